/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TCP options (RFC 9293 3.1 and 3.2; RFC 7323 2 and 3, RFC 2018, RFC 5482): read from any
 * segment, written into ours.
 */

#ifndef RS_PACKET_TCP_OPTIONS_H
#define RS_PACKET_TCP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

#include "base/seq.h"

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

/** The options of a segment. */
struct rs_options {
	uint16_t mss;      /**< 0: not given */
	uint8_t wscale;    /**< 0..RS_WSCALE_MAX; a larger one is taken as 14 (RFC 7323 2.3) */
	bool has_wscale;
	bool wscale_large; /**< it was above RS_WSCALE_MAX */
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

/** The most bytes of options that a header takes (RFC 9293 3.1). */
#define RS_OPTIONS_MAX 40

/** Bytes that the options take in a header, padded to words as they are written. */
#define RS_OPTIONS_TS_LEN 12
#define RS_OPTIONS_UTO_LEN 4
#define RS_OPTIONS_SACK_LEN(n) (4 + 8 * (n))

/** No options: each that a segment without SYN may have says that it is not there. */
static inline void
rs_options_none(struct rs_options *options)
{
	options->has_ts = false;
	options->has_uto = false;
	options->n_sack = 0;
}

/**
 * The options of a segment that has timestamps and nothing else, as nearly all have that have
 * any (RFC 7323 appendix A).
 *
 * @param options  [out] when it is so
 * @return whether it is so
 */
static inline bool
rs_options_only_ts(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	static const uint8_t head[] = { RS_OPT_NOP, RS_OPT_NOP, RS_OPT_TIMESTAMPS, 10 };
	rte_be32_t value[2];

	if (len != RS_OPTIONS_TS_LEN || memcmp(opt, head, sizeof(head)) != 0)
		return false;
	memcpy(value, opt + sizeof(head), sizeof(value));
	*options = (struct rs_options){
		.has_ts = true,
		.tsval = rte_be_to_cpu_32(value[0]),
		.tsecr = rte_be_to_cpu_32(value[1]),
	};
	return true;
}

/** Write the timestamps of options (RFC 7323 3.2). @return bytes written, a multiple of 4 */
uint8_t rs_options_write_ts(uint8_t *opt, uint32_t tsval, uint32_t tsecr);

/** Write n SACK blocks, 1..RS_SACK_MAX (RFC 2018 3). @return bytes written, a multiple of 4 */
uint8_t rs_options_write_sack(uint8_t *opt, const struct rs_sack *blocks, uint8_t n);

/** Write a user time-out as it lies in the option (RFC 5482 3.3). @return bytes written */
uint8_t rs_options_write_uto(uint8_t *opt, uint16_t uto);

/**
 * Write the options of a SYN or SYN-ACK: MSS, and each other that options has, in whole
 * words (MUST-69).
 *
 * @param opt  room for RS_OPTIONS_MAX
 * @return bytes written
 */
uint8_t rs_options_write_syn(uint8_t *opt, const struct rs_options *options);

#endif /* RS_PACKET_TCP_OPTIONS_H */
