/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The names of all counters, made from the lists of stats.h.
 */

#include "base/stats.h"

#define NAME_AND_HELP(name, help) { #name, help },
#define NAME_UNIT_AND_HELP(name, unit, help) { #name, help },
#define NAME(name) #name,

const struct rs_stat_name rs_drop_names[RS_DROP_MAX] = { RS_DROPS(NAME_AND_HELP) };
const struct rs_stat_name rs_reset_reason_names[RS_RESET_MAX] = {
	RS_RESET_REASONS(NAME_AND_HELP)
};
const struct rs_stat_name rs_reset_verdict_names[RS_VERDICT_MAX] = {
	RS_RESET_VERDICTS(NAME_AND_HELP)
};
const struct rs_stat_name rs_reset_limit_names[RS_LIMITED_MAX] = {
	RS_RESET_LIMITS(NAME_AND_HELP)
};
const char *const rs_state_names[RS_STATE_MAX] = { RS_STATES(NAME) };
const char *const rs_stat_unit_names[RS_UNIT_MAX] = { "", RS_STAT_UNITS(NAME) };
const struct rs_stat_name rs_packet_stat_names[RS_PACKET_STATS_MAX] = {
	RS_PACKET_STATS(NAME_UNIT_AND_HELP)
};
const struct rs_stat_name rs_tcp_stat_names[RS_TCP_STATS_MAX] = {
	RS_TCP_STATS(NAME_UNIT_AND_HELP)
};
