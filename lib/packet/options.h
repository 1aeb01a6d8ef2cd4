/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TCP options (RFC 9293 3.1 and 3.2, RFC 7323 2): those of a SYN are read, all others skipped.
 */

#ifndef RS_PACKET_OPTIONS_H
#define RS_PACKET_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/** Option kinds. */
enum {
	RS_OPT_EOL = 0,
	RS_OPT_NOP = 1,
	RS_OPT_MSS = 2,
	RS_OPT_WSCALE = 3,
};

/** Largest shift (RFC 7323 2.3). */
#define RS_WSCALE_MAX 14

/** The options of a SYN. */
struct rs_options {
	uint16_t mss;      /**< 0: not given */
	uint8_t wscale;    /**< 0..RS_WSCALE_MAX; a larger one is taken as 14 (RFC 7323 2.3) */
	bool has_wscale;
};

/**
 * Read the options of a SYN; any order, alignment and kind. Stops at EOL or at the first
 * option of illegal length, keeping what was read before it (MUST-6, MUST-7, MUST-64).
 *
 * @return whether every length was legal
 */
bool rs_options_parse(const uint8_t *opt, uint8_t len, struct rs_options *options);

/** The most bytes that rs_options_write_syn() writes. */
#define RS_OPTIONS_SYN_MAX 8

/**
 * Write the options of a SYN or SYN-ACK: MSS, and window scale where has_wscale,
 * padded to a multiple of 4 (MUST-69).
 *
 * @return bytes written
 */
uint8_t rs_options_write_syn(uint8_t *opt, const struct rs_options *options);

#endif /* RS_PACKET_OPTIONS_H */
