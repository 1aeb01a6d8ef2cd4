/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TCP options of a SYN (RFC 9293 3.1 and 3.2, RFC 7323 2).
 */

#include <string.h>

#include "packet/options.h"

/* Lengths of the options that are known, kind and length bytes included. */
#define LEN_MSS 4
#define LEN_WSCALE 3

/* Take over one option, whose length lies within the header. */
static bool
option_take(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	switch (opt[0]) {
	case RS_OPT_MSS:
		if (len != LEN_MSS)
			return false;
		options->mss = (uint16_t)(opt[2] << 8 | opt[3]);
		return true;
	case RS_OPT_WSCALE:
		if (len != LEN_WSCALE)
			return false;
		options->wscale = opt[2] < RS_WSCALE_MAX ? opt[2] : RS_WSCALE_MAX;
		options->has_wscale = true;
		return true;
	default:
		return true; /* unknown ones are skipped (MUST-6) */
	}
}

bool
rs_options_parse(const uint8_t *opt, uint8_t len, struct rs_options *options)
{
	unsigned int i = 0;

	memset(options, 0, sizeof(*options));
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
