/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TCP options (RFC 9293 3.1 and 3.2; RFC 7323 2 and 3, RFC 2018 2 and 3, RFC 5482 4).
 */

#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>

#include "packet/tcp_options.h"

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* Read the blocks of a SACK option. @return whether its length is legal */
static bool
sack_read(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	uint8_t n = (uint8_t)((len - RS_OPT_SACK_LEN) / RS_OPT_SACK_BLOCK_LEN);
	uint8_t i;

	if (n == 0 || n > RS_SACK_MAX || len != RS_OPT_SACK_LEN + n * RS_OPT_SACK_BLOCK_LEN)
		return false;
	opt += RS_OPT_SACK_LEN;
	for (i = 0; i < n; i++, opt += RS_OPT_SACK_BLOCK_LEN) {
		options->sack[i].left = get32(opt);
		options->sack[i].right = get32(opt + sizeof(uint32_t));
	}

	options->n_sack = n;
	return true;
}

/* Read one option that lies within the header. @return whether its length is legal */
static bool
option_read(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	switch (opt[0]) {
	case RS_OPT_MSS:
		if (len != RS_OPT_MSS_LEN)
			return false;
		options->mss = get16(&opt[2]);
		return true;
	case RS_OPT_WSCALE:
		if (len != RS_OPT_WSCALE_LEN)
			return false;
		options->wscale = opt[2] < RS_WSCALE_MAX ? opt[2] : RS_WSCALE_MAX;
		options->wscale_large = opt[2] > RS_WSCALE_MAX;
		options->has_wscale = true;
		return true;
	case RS_OPT_SACK_PERMITTED:
		if (len != RS_OPT_SACK_PERMITTED_LEN)
			return false;
		options->sack_permitted = true;
		return true;
	case RS_OPT_SACK:
		return sack_read(opt, len, options);
	case RS_OPT_TIMESTAMPS:
		if (len != RS_OPT_TIMESTAMPS_LEN)
			return false;
		options->tsval = get32(&opt[2]);
		options->tsecr = get32(&opt[6]);
		options->has_ts = true;
		return true;
	case RS_OPT_UTO:
		if (len != RS_OPT_UTO_LEN)
			return false;
		options->uto = get16(&opt[2]);
		options->has_uto = true;
		return true;
	default:
		return true; /* an unknown option is skipped (MUST-6) */
	}
}

/* Words of options, as rs_options_write_syn() writes them. */
#define WORD(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))
#define WORD_MSS WORD(RS_OPT_MSS, RS_OPT_MSS_LEN, 0, 0)
#define WORD_SACK_TS WORD(RS_OPT_SACK_PERMITTED, RS_OPT_SACK_PERMITTED_LEN, \
	RS_OPT_TIMESTAMPS, RS_OPT_TIMESTAMPS_LEN)
#define WORD_WSCALE WORD(RS_OPT_NOP, RS_OPT_WSCALE, RS_OPT_WSCALE_LEN, 0)

#define WORD_NOPS_TS WORD(RS_OPT_NOP, RS_OPT_NOP, RS_OPT_TIMESTAMPS, RS_OPT_TIMESTAMPS_LEN)
#define WORD_NOPS_SACK WORD(RS_OPT_NOP, RS_OPT_NOP, RS_OPT_SACK_PERMITTED, \
	RS_OPT_SACK_PERMITTED_LEN)
#define WORD_SACK_EOL WORD(RS_OPT_SACK_PERMITTED, RS_OPT_SACK_PERMITTED_LEN, RS_OPT_EOL, \
	RS_OPT_EOL)

/* The n-th word of options, as in the header. */
static inline rte_be32_t
word(const uint8_t *opt, unsigned int n)
{
	rte_be32_t w;

	memcpy(&w, opt + n * sizeof(w), sizeof(w));
	return w;
}

/* Whether the n-th word is padding and a legal window shift. */
static inline bool
is_wscale(const uint8_t *opt, unsigned int n)
{
	return (word(opt, n) & RTE_BE32(UINT32_C(0xffffff00))) == RTE_BE32(WORD_WSCALE) &&
	       opt[n * 4 + 3] <= RS_WSCALE_MAX;
}

/* The parts of rs_syn_offer behind the MSS. @param wscale, ts the words that have their values */
static inline bool
offer_all(const uint8_t *opt, unsigned int wscale, unsigned int ts, struct rs_syn_offer *offer)
{
	offer->wscale = opt[wscale * 4 + 3];
	offer->tsval = word(opt, ts);
	offer->has = RS_OFFER_TS | RS_OFFER_SACK | RS_OFFER_WSCALE;
	return true;
}

bool
rs_options_read_syn(const uint8_t *opt, uint8_t len, struct rs_syn_offer *offer)
{
	if (len < 4 || (word(opt, 0) & RTE_BE32(UINT32_C(0xffff0000))) != RTE_BE32(WORD_MSS))
		return false;
	offer->mss = rte_be_to_cpu_16((rte_be16_t)(RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN ?
		word(opt, 0) >> 16 : word(opt, 0)));
	offer->has = 0;
	if (len == 4)
		return true;
	if (len == 20 && word(opt, 1) == RTE_BE32(WORD_SACK_TS) && is_wscale(opt, 4))
		return offer_all(opt, 4, 2, offer); /* Linux */
	if (len < 12 || !is_wscale(opt, 1))
		return false;
	if (len == 20 && word(opt, 2) == RTE_BE32(WORD_SACK_TS))
		return offer_all(opt, 1, 3, offer); /* FreeBSD */
	if (len == 24 && word(opt, 2) == RTE_BE32(WORD_NOPS_TS) &&
	    word(opt, 5) == RTE_BE32(WORD_SACK_EOL))
		return offer_all(opt, 1, 3, offer); /* macOS */
	if (len != 12 || word(opt, 2) != RTE_BE32(WORD_NOPS_SACK))
		return false;
	offer->wscale = opt[7]; /* Windows */
	offer->has = RS_OFFER_SACK | RS_OFFER_WSCALE;
	return true;
}

/*
 * Read the options of a SYN that are laid out as those of most hosts are: an MSS alone, or MSS,
 * SACK-permitted, timestamps and a legal window shift. @return whether they are
 */
static inline bool
syn_read(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	uint32_t wscale;

	if ((len != 4 && len != 20) || (get32(opt) ^ WORD_MSS) > UINT16_MAX)
		return false;
	if (len == 20) {
		wscale = get32(&opt[16]) ^ WORD_WSCALE;
		if (get32(&opt[4]) != WORD_SACK_TS || wscale > RS_WSCALE_MAX)
			return false;
		options->sack_permitted = true;
		options->has_ts = true;
		options->tsval = get32(&opt[8]);
		options->tsecr = get32(&opt[12]);
		options->has_wscale = true;
		options->wscale = (uint8_t)wscale;
	}
	options->mss = get16(&opt[2]);
	return true;
}

bool
rs_options_parse(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	unsigned int i = 0;

	memset(options, 0, sizeof(*options));
	if (likely(syn_read(opt, len, options)))
		return true;
	while (i < len && opt[i] != RS_OPT_EOL) {
		if (opt[i] == RS_OPT_NOP) {
			i++;
			continue;
		}
		/* length 0 would loop for ever, a large one read beyond the header (MUST-7) */
		if (i + 1 >= len || opt[i + 1] < 2 || opt[i + 1] > len - i)
			return false;
		if (!option_read(&opt[i], opt[i + 1], options))
			return false;
		i += opt[i + 1];
	}
	return true;
}

/* Write 16 bits. @return the byte behind them */
static uint8_t *
put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
	return p + 2;
}

/* Write 32 bits. @return the byte behind them */
static uint8_t *
put32(uint8_t *p, uint32_t value)
{
	rte_be32_t word = rte_cpu_to_be_32(value);

	memcpy(p, &word, sizeof(word));
	return p + sizeof(word);
}

/* Write a word: two bytes (padding or a 2-byte option), then kind and length of an option. */
static uint8_t *
put_head(uint8_t *p, uint8_t first, uint8_t second, uint8_t kind, uint8_t len)
{
	p[0] = first;
	p[1] = second;
	p[2] = kind;
	p[3] = len;
	return p + 4;
}

uint8_t
rs_options_write_ts(uint8_t *opt, uint32_t tsval, uint32_t tsecr)
{
	uint8_t *p = put_head(opt, RS_OPT_NOP, RS_OPT_NOP, RS_OPT_TIMESTAMPS,
		RS_OPT_TIMESTAMPS_LEN);

	put32(put32(p, tsval), tsecr);
	return RS_OPTIONS_TS_LEN;
}

uint8_t
rs_options_write_sack(uint8_t *opt, const struct rs_sack *blocks, uint8_t n)
{
	uint8_t *p = put_head(opt, RS_OPT_NOP, RS_OPT_NOP, RS_OPT_SACK,
		(uint8_t)(RS_OPT_SACK_LEN + n * RS_OPT_SACK_BLOCK_LEN));
	uint8_t i;

	for (i = 0; i < n; i++)
		p = put32(put32(p, blocks[i].left), blocks[i].right);
	return (uint8_t)RS_OPTIONS_SACK_LEN(n);
}

uint8_t
rs_options_write_uto(uint8_t *opt, uint16_t uto)
{
	opt[0] = RS_OPT_UTO;
	opt[1] = RS_OPT_UTO_LEN;
	put16(&opt[2], uto);
	return RS_OPTIONS_UTO_LEN;
}

uint8_t
rs_options_write_syn(uint8_t *opt, const struct rs_options *options)
{
	uint8_t *p = opt;

	p[0] = RS_OPT_MSS;
	p[1] = RS_OPT_MSS_LEN;
	p = put16(&p[2], options->mss);
	/* SACK-permitted has 2 bytes, so it replaces the padding of the timestamps */

	if (options->sack_permitted && options->has_ts) {
		p = put_head(p, RS_OPT_SACK_PERMITTED, RS_OPT_SACK_PERMITTED_LEN, RS_OPT_TIMESTAMPS,
			RS_OPT_TIMESTAMPS_LEN);
		p = put32(put32(p, options->tsval), options->tsecr);
	} else if (options->sack_permitted) {
		p = put_head(p, RS_OPT_NOP, RS_OPT_NOP, RS_OPT_SACK_PERMITTED,
			RS_OPT_SACK_PERMITTED_LEN);
	} else if (options->has_ts) {
		p += rs_options_write_ts(p, options->tsval, options->tsecr);
	}
	if (options->has_wscale) {
		p[0] = RS_OPT_NOP;
		p[1] = RS_OPT_WSCALE;
		p[2] = RS_OPT_WSCALE_LEN;
		p[3] = options->wscale;
		p += 4;
	}
	if (options->has_uto)
		p += rs_options_write_uto(p, options->uto);
	return (uint8_t)(p - opt);
}
