/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The rate limits of the resets that answer segments. A reset that is withheld is the same to the
 * peer as one that was lost, which TCP allows for. The resets of connections are not limited,
 * because their number is that of the connections, and the peer has to be told.
 */

#include <rte_tcp.h>

#include "packet/plain.h"
#include "tcp/tcp.h"

/* The bucket of the listener or closed range of a tuple, if it has one. */
static struct rs_rate *
listener_bucket(struct rs_tcp *tcp, const struct rs_tuple *tuple)
{
	const struct rs_listener *listener = NULL;

	if (tcp->ratelimit.of_listeners)
		listener = rs_listen_match(tcp, tuple);
	return listener != NULL ? &tcp->limits[listener - tcp->listeners].resets : NULL;
}

void
rs_reset_limit_burst(struct rs_tcp *tcp, struct rs_segment *segs, uint16_t n)
{
	struct rs_ratelimit *limit = &tcp->ratelimit;
	const uint64_t now = tcp->now;
	const bool of_sources = limit->rows != NULL;
	uint16_t i;

	for (i = 0; i < n; i++) {
		struct rs_segment *seg = &segs[i];
		enum rs_limited limited;
		uint64_t source = 0;

		if (seg->owed >= RS_RESET_MAX)
			continue;
		if (of_sources)
			source = rs_ratelimit_source(limit, &seg->tuple.raddr);
		limited = rs_ratelimit_take(limit, source, listener_bucket(tcp, &seg->tuple), now);
		if (limited == RS_LIMITED_MAX)
			continue;
		tcp->stats->reset_limited[limited]++;
		seg->owed = RS_RESET_MAX;
	}
}

/* The limit that a stray exceeds; RS_LIMITED_MAX: none. Its port is of no listener or range. */
static enum rs_limited
stray_limited(struct rs_tcp *tcp, const uint8_t *p)
{
	struct rs_ratelimit *limit = &tcp->ratelimit;
	struct rs_addr raddr = rs_addr_from_ipv4(rs_cksum_word(p + RS_PLAIN_ADDRS, 0));

	if ((p[RS_PLAIN_FLAGS] & RTE_TCP_RST_FLAG) != 0)
		return RS_LIMITED_MAX; /* it is owed no reset */
	return rs_ratelimit_take(limit, limit->rows != NULL ?
		rs_ratelimit_source(limit, &raddr) : 0, NULL, tcp->now);
}

void
rs_reset_limit_strays(struct rs_tcp *tcp, struct rs_parsed *parsed)
{
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < parsed->n_strays; i++) {
		struct rs_stray stray = parsed->strays[i];
		enum rs_limited limited = stray_limited(tcp,
			rte_pktmbuf_mtod(stray.m, const uint8_t *));

		if (limited == RS_LIMITED_MAX) {
			parsed->strays[kept++] = stray;
			continue;
		}
		tcp->stats->tcp.rx_segments++;
		tcp->stats->reset_limited[limited]++;
		parsed->done[parsed->n_free++] = stray.m;
	}
	parsed->n_strays = kept;
}
