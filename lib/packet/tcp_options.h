/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TCP options (RFC 9293 3.1 and 3.2; RFC 7323 2 and 3, RFC 2018, RFC 5482): reading those of
 * received segments, writing those of ours. tcp/options/ decides which ones we send.
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

/** Lengths of these options, kind and length bytes included; RS_OPT_SACK_LEN has no block. */
enum {
	RS_OPT_MSS_LEN = 4,
	RS_OPT_WSCALE_LEN = 3,
	RS_OPT_SACK_PERMITTED_LEN = 2,
	RS_OPT_SACK_LEN = 2,
	RS_OPT_SACK_BLOCK_LEN = 8,
	RS_OPT_TIMESTAMPS_LEN = 10,
	RS_OPT_UTO_LEN = 4,
};

/** Largest window shift (RFC 7323 2.3). */
#define RS_WSCALE_MAX 14

/** Most SACK blocks in 40 bytes of options (RFC 2018 3). */
#define RS_SACK_MAX 4

/** The options of a segment. */
struct rs_options {
	uint16_t mss;      /**< 0: no MSS option */
	uint8_t wscale;    /**< 0..RS_WSCALE_MAX; a larger one is read as 14 (RFC 7323 2.3) */
	bool has_wscale;
	bool wscale_large; /**< the received shift was above RS_WSCALE_MAX */
	bool sack_permitted;
	bool has_ts;
	bool has_uto;
	uint8_t n_sack;    /**< blocks in sack; 0: no SACK option */
	uint32_t tsval;    /**< TSval */
	uint32_t tsecr;    /**< TSecr; undefined without the ACK flag */
	struct rs_sack sack[RS_SACK_MAX]; /**< in the order of the option */
	uint16_t uto;      /**< granularity bit and 15 bits, as in the option (RFC 5482 4) */
};

/**
 * Read the options of a segment, of any order, alignment and kind. It stops at EOL or at the
 * first option of illegal length, and keeps the options before it (MUST-6, MUST-7, MUST-64).
 *
 * @param opt      len bytes of options
 * @param options  [out]
 * @return whether every length was legal
 */
bool rs_options_parse(const uint8_t *opt, uint8_t len, struct rs_options *options);

/** Options that a SYN offers, in rs_syn_offer.has. */
enum {
	RS_OFFER_TS = 1,
	RS_OFFER_SACK = 2,
	RS_OFFER_WSCALE = 4,
	RS_OFFERS = 8,          /**< sets of them */
};

/** The options of a SYN that most hosts offer. */
struct rs_syn_offer {
	uint16_t mss;           /**< 0: no MSS option */
	uint8_t wscale;         /**< 0..RS_WSCALE_MAX, with RS_OFFER_WSCALE */
	uint8_t has;            /**< RS_OFFER_* */
	rte_be32_t tsval;       /**< with RS_OFFER_TS */
};

/**
 * Read the options of a SYN that are laid out as those of common hosts: an MSS alone, Linux,
 * Windows, FreeBSD, macOS. This is the fast path of rs_options_parse().
 *
 * @param offer  [out] on success
 * @return whether the options are these
 */
bool rs_options_read_syn(const uint8_t *opt, uint8_t len, struct rs_syn_offer *offer);

/** Most bytes of options in a TCP header (RFC 9293 3.1). */
#define RS_OPTIONS_MAX 40

/** Bytes of the options in a header as they are written here, padded to words. */
#define RS_OPTIONS_TS_LEN (2 + RS_OPT_TIMESTAMPS_LEN)
#define RS_OPTIONS_UTO_LEN RS_OPT_UTO_LEN
#define RS_OPTIONS_SACK_LEN(n) (2 + RS_OPT_SACK_LEN + RS_OPT_SACK_BLOCK_LEN * (n))

/** Make options those of a segment without any; fields that only a SYN uses are left. */
static inline void
rs_options_none(struct rs_options *options)
{
	options->has_ts = false;
	options->has_uto = false;
	options->n_sack = 0;
}

/**
 * Read the options of a segment that has timestamps only, laid out as in RFC 7323 appendix A.
 * Nearly all segments with options have these, so this is the fast path of
 * rs_options_parse().
 *
 * @param options  [out] on success
 * @return whether the options are these
 */
static inline bool
rs_options_only_ts(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	static const uint8_t head[] = {
		RS_OPT_NOP, RS_OPT_NOP, RS_OPT_TIMESTAMPS, RS_OPT_TIMESTAMPS_LEN
	};
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

/** Write a timestamps option (RFC 7323 3.2). @return bytes written, a multiple of 4 */
uint8_t rs_options_write_ts(uint8_t *opt, uint32_t tsval, uint32_t tsecr);

/** Write n SACK blocks, 1..RS_SACK_MAX (RFC 2018 3). @return bytes written, a multiple of 4 */
uint8_t rs_options_write_sack(uint8_t *opt, const struct rs_sack *blocks, uint8_t n);

/** Write a User Timeout option (RFC 5482 3.3); uto as in rs_options. @return bytes written */
uint8_t rs_options_write_uto(uint8_t *opt, uint16_t uto);

/**
 * Write the options of a SYN or SYN-ACK: the MSS, and each other one that options has, padded
 * to whole words (MUST-69).
 *
 * @param opt  [out] room for RS_OPTIONS_MAX
 * @return bytes written, a multiple of 4

 */
uint8_t rs_options_write_syn(uint8_t *opt, const struct rs_options *options);

#endif /* RS_PACKET_TCP_OPTIONS_H */
