/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TCP options (packet/tcp_options.h) and IPv4 options (packet/ip_options.h): the fast paths agree
 * with the parser, and options that are written are read as they were.
 */

#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "packet/ip_options.h"
#include "packet/tcp_options.h"

/* What a SYN offers, read the fast way, is what the parser reads. */
static void
check_syn(const uint8_t *opt, uint8_t len, const struct rs_options *all, bool legal)
{
	struct rs_syn_offer offer;

	if (!rs_options_read_syn(opt, len, &offer))
		return;
	fuzz_check(legal, "an offer of illegal options");
	fuzz_check(offer.mss == all->mss, "another MSS");
	fuzz_check(((offer.has & RS_OFFER_WSCALE) != 0) == all->has_wscale &&
		(!all->has_wscale || offer.wscale == all->wscale), "another window scale");
	fuzz_check(((offer.has & RS_OFFER_SACK) != 0) == all->sack_permitted, "another SACK");
	fuzz_check(((offer.has & RS_OFFER_TS) != 0) == all->has_ts &&
		(!all->has_ts || rte_be_to_cpu_32(offer.tsval) == all->tsval),
		"other timestamps");
}

/* Options of a SYN are read as they were written. */
static void
check_written(const struct rs_options *options)
{
	uint8_t opt[RS_OPTIONS_MAX];
	struct rs_options again;
	uint8_t len;

	len = rs_options_write_syn(opt, options);
	fuzz_check(len % 4 == 0 && len <= RS_OPTIONS_MAX, "options of an odd length");
	fuzz_check(rs_options_parse(opt, len, &again), "written options are illegal");
	fuzz_check(again.mss == options->mss && again.has_wscale == options->has_wscale &&
		(!options->has_wscale || again.wscale == options->wscale) &&
		again.sack_permitted == options->sack_permitted &&
		again.has_ts == options->has_ts &&
		(!options->has_ts || again.tsval == options->tsval), "options changed");
}

static void
tcp_options(const uint8_t *opt, uint8_t len)
{
	struct rs_options all, fast;
	bool legal;

	memset(&all, 0, sizeof(all));
	legal = rs_options_parse(opt, len, &all);
	fuzz_check(all.n_sack <= RS_SACK_MAX && (!all.has_wscale || all.wscale <= RS_WSCALE_MAX),
		"a value out of its range");
	check_syn(opt, len, &all, legal);
	check_written(&all);
	if (rs_options_only_ts(opt, len, &fast))
		fuzz_check(legal && all.has_ts && all.tsval == fast.tsval &&
			all.tsecr == fast.tsecr && all.n_sack == 0, "other timestamps");
}

/* The header's length was checked before, so it is right here, too. */
static void
ip_options(const uint8_t *opt, uint8_t len)
{
	const struct rs_security label = { .len = 4, .option = { 0x82, 4, 0x5a, 0x80 } };
	uint16_t n = (uint16_t)(len / 4 * 4);
	struct rte_ipv4_hdr *ip = calloc(1, sizeof(*ip) + n);
	struct rs_source_route route;

	fuzz_check(ip != NULL, "no memory");
	ip->version_ihl = (uint8_t)(0x45 + n / 4);
	ip->src_addr = RTE_BE32(0xc0000202);
	ip->dst_addr = RTE_BE32(0xc0000201);
	memcpy(ip + 1, opt, n);
	rs_ip_options_secure(ip, &label);
	if (rs_source_route_back(&route, ip))
		fuzz_check(route.len <= RS_ROUTE_MAX, "a route longer than its room");
	free(ip);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t len = (uint8_t)(size < RS_OPTIONS_MAX ? size : RS_OPTIONS_MAX);
	uint8_t *exact = malloc(len); /* so that a read behind the options is found */

	if (len > 0)
		memcpy(exact, data, len);
	tcp_options(exact, len);
	ip_options(exact, len);
	free(exact);
	return 0;
}
