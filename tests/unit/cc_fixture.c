/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* See cc_fixture.h. */

#include "cc_fixture.h"

void
path_init(struct path *path, enum rs_congestion algorithm, uint16_t mss, uint32_t rtt)
{
	*path = (struct path){
		.now = UINT64_C(1) << 32,
		.rtt = rtt,
		.acked_each = 2U * mss,
		.snd_una = UINT32_MAX - 100000,
	};
	rs_cc_init(&path->cc, algorithm, 10, mss);
}

uint32_t
path_ack(struct path *path)
{
	uint32_t acked = RTE_MIN(path->acked_each, path->cc.cwnd);
	/* The window is acknowledged in one round trip: acked / cwnd of it for this ACK. */
	uint64_t time = (uint64_t)acked * path->rtt + path->ticks;
	struct rs_cc_ack ack;

	path->now += time / path->cc.cwnd;
	path->ticks = (uint32_t)(time % path->cc.cwnd);
	path->snd_una += acked;
	ack = (struct rs_cc_ack){
		.now = path->now,
		.acked = acked,
		.snd_una = path->snd_una,
		.snd_nxt = path->snd_una + path->cc.cwnd,
		.srtt = path->rtt,
		.rtt = path->rtt,
	};
	rs_cc_acked(&path->cc, &ack, true);
	return acked;
}

void
path_round(struct path *path)
{
	uint64_t end = path->now + path->rtt;

	while (path->now < end)
		path_ack(path);
}
