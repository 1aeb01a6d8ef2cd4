/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The rate limits of the resets that answer segments. A reset that is withheld is the same to the
 * peer as one that was lost, which TCP allows for. The resets of connections are not limited,
 * because their number is that of the connections, and the peer has to be told.
 */

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
	struct rs_ratelimit_burst burst = rs_ratelimit_begin(limit, tcp->now);
	uint16_t i;

	for (i = 0; i < n; i++) {
		struct rs_segment *seg = &segs[i];
		enum rs_limited limited;

		if (seg->owed >= RS_RESET_MAX)
			continue;
		limited = rs_ratelimit_take(limit, &burst,
			rs_ratelimit_source(limit, &seg->tuple.raddr),
			listener_bucket(tcp, &seg->tuple));
		if (limited == RS_LIMITED_MAX)
			continue;
		tcp->stats->reset_limited[limited]++;
		seg->owed = RS_RESET_MAX;
	}
	rs_ratelimit_end(limit, &burst);
}
