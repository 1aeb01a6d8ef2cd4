/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TCP options (RFC 9293 3.1 and 3.2; RFC 7323 2 and 3, RFC 2018, RFC 5482): read from any
 * segment, written into ours.
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
	RS_OPT_SACK_PERMITTED = 4,
	RS_OPT_SACK = 5,
	RS_OPT_TIMESTAMPS = 8,
	RS_OPT_UTO = 28,
};

/** Largest shift (RFC 7323 2.3). */
#define RS_WSCALE_MAX 14

/** Most SACK blocks that 40 bytes of options take (RFC 2018 3). */
#define RS_SACK_MAX 4

/** A SACK block: left =< SEQ < right has been received. */
struct rs_sack {
	uint32_t left;
	uint32_t right;
};

/** The options of a segment. */
struct rs_options {
	uint16_t mss;      /**< 0: not given */
	uint8_t wscale;    /**< 0..RS_WSCALE_MAX; a larger one is taken as 14 (RFC 7323 2.3) */
	bool has_wscale;
	bool sack_permitted;
	bool has_ts;
	bool has_uto;
	uint8_t n_sack;
	uint32_t tsval;    /**< TSval */
	uint32_t tsecr;    /**< TSecr; means nothing without the ACK flag */
	struct rs_sack sack[RS_SACK_MAX]; /**< in the order they came */
	uint16_t uto;      /**< as it came: granularity bit and 15 bits (RFC 5482 4) */
};

/**
 * Read the options of a segment; any order, alignment and kind. Stops at EOL or at the first
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
