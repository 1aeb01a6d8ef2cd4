/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TCP options (RFC 9293 3.1 and 3.2; RFC 7323 2 and 3, RFC 2018 2 and 3, RFC 5482 4).
 */

#include <string.h>

#include "packet/options.h"

/* Lengths of the options that are known, kind and length bytes included. */
#define LEN_MSS 4
#define LEN_WSCALE 3
#define LEN_SACK_PERMITTED 2
#define LEN_SACK 2       /* and blocks */
#define LEN_SACK_BLOCK 8
#define LEN_TIMESTAMPS 10
#define LEN_UTO 4

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

/* The blocks of a SACK option. */
static bool
sack_take(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	uint8_t n = (uint8_t)((len - LEN_SACK) / LEN_SACK_BLOCK);
	uint8_t i;

	if (n == 0 || n > RS_SACK_MAX || len != LEN_SACK + n * LEN_SACK_BLOCK)
		return false;
	for (i = 0; i < n; i++) {
		options->sack[i].left = get32(&opt[LEN_SACK + i * LEN_SACK_BLOCK]);
		options->sack[i].right = get32(&opt[LEN_SACK + i * LEN_SACK_BLOCK + 4]);
	}
	options->n_sack = n;
	return true;
}

/* Take over one option, whose length lies within the header. */
static bool
option_take(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	switch (opt[0]) {
	case RS_OPT_MSS:
		if (len != LEN_MSS)
			return false;
		options->mss = get16(&opt[2]);
		return true;
	case RS_OPT_WSCALE:
		if (len != LEN_WSCALE)
			return false;
		options->wscale = opt[2] < RS_WSCALE_MAX ? opt[2] : RS_WSCALE_MAX;
		options->has_wscale = true;
		return true;
	case RS_OPT_SACK_PERMITTED:
		if (len != LEN_SACK_PERMITTED)
			return false;
		options->sack_permitted = true;
		return true;
	case RS_OPT_SACK:
		return sack_take(opt, len, options);
	case RS_OPT_TIMESTAMPS:
		if (len != LEN_TIMESTAMPS)
			return false;
		options->tsval = get32(&opt[2]);
		options->tsecr = get32(&opt[6]);
		options->has_ts = true;
		return true;
	case RS_OPT_UTO:
		if (len != LEN_UTO)
			return false;
		options->uto = get16(&opt[2]);
		options->has_uto = true;
		return true;
	default:
		return true; /* unknown ones are skipped (MUST-6) */
	}
}

bool
rs_options_parse(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	/* What nearly all segments have (RFC 7323 appendix A). */
	static const uint8_t only_ts[] = { RS_OPT_NOP, RS_OPT_NOP, RS_OPT_TIMESTAMPS,
		LEN_TIMESTAMPS };
	unsigned int i = 0;

	memset(options, 0, sizeof(*options));
	if (len == sizeof(only_ts) + 8 && memcmp(opt, only_ts, sizeof(only_ts)) == 0)
		return option_take(&opt[2], LEN_TIMESTAMPS, options);
	while (i < len && opt[i] != RS_OPT_EOL) {
		if (opt[i] == RS_OPT_NOP) {
			i++;
			continue;
		}
		/* a length of 0 or 1 would never end, a large one leave the header (MUST-7) */
		if (i + 1 >= len || opt[i + 1] < 2 || opt[i + 1] > len - i)
			return false;
		if (!option_take(&opt[i], opt[i + 1], options))
			return false;
		i += opt[i + 1];
	}
	return true;
}

uint8_t
rs_options_write_syn(uint8_t *opt, const struct rs_options *options)
{
	opt[0] = RS_OPT_MSS;
	opt[1] = LEN_MSS;
	opt[2] = (uint8_t)(options->mss >> 8);
	opt[3] = (uint8_t)options->mss;
	if (!options->has_wscale)
		return LEN_MSS;
	opt[4] = RS_OPT_NOP;
	opt[5] = RS_OPT_WSCALE;
	opt[6] = LEN_WSCALE;
	opt[7] = options->wscale;
	return RS_OPTIONS_SYN_MAX;
}
