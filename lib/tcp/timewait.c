/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TIME-WAIT: its 2 MSL (RFC 9293 3.6.1, MUST-13), its record, and reopening by a new SYN
 * (MAY-2, RFC 6191). timewait_input.c has the other segments that a record receives.
 */

#include <rte_prefetch.h>

#include "base/seq.h"
#include "packet/tcp_options.h"
#include "tcp/tcp.h"

/* Distance of the new ISS from SND.NXT of the connection before. */
#define ISS_BEYOND 65537

/* What reopening needs of the connection before. */
struct before {
	uint32_t snd_nxt;
	uint32_t rcv_nxt;
	uint32_t ts_recent;
	bool ts;
};

/* Ticks of 2 MSL: the current one has begun, so one more. */
static uint32_t
lifetime(const struct rs_tcp *tcp)
{
	return 2 * tcp->par.msl_ms + 1;
}

void
rs_timewait_enter(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (tcb->state != RS_TIME_WAIT) {
		tcp->stats->tcp.time_waits++;
		rs_tcb_set_state(tcp, tcb, RS_TIME_WAIT);
	}
	rs_tcp_timer_stop(tcb, RS_TIMER_RTX);
	tcb->flags |= RS_F_T_LIFE;
	tcb->t_life = tcp->tick + lifetime(tcp);
	/* If the service has taken all text, its part is over. */
	if ((tcb->flags & RS_F_FIN_RCVD) == 0)
		rs_receive_offer(tcp, tcb);
	rs_tcp_owe(tcp, tcb, 0); /* output makes a record of it, or arms the wheel */
}

uint32_t
rs_timewait_rcv_wnd(const struct rs_tcp *tcp, const struct rs_timewait *tw)
{
	return (uint32_t)tw->rcv_wnd << (tw->scaled ? tcp->rcv_shift : 0);
}

/* Unlink a record and free it; its connection is in the table no more, or in a TCB. */
static void
record_free(struct rs_tcp *tcp, uint32_t index)
{
	struct rs_timewait *tw = rs_timewait_at(&tcp->waits, index);

	tcp->stats->states[RS_TIME_WAIT]--;
	tw->owes_ack = 0; /* rs_timewait_acks() passes it over */
	rs_neigh_put(tcp->link, tw->neigh);
	rs_timewait_unlink(&tcp->waits, index);
	rs_pool_put(&tcp->waits.pool, index);
}

void
rs_timewait_end(struct rs_tcp *tcp, uint32_t index, enum rs_end how)
{
	const struct rs_timewait *tw = rs_timewait_at(&tcp->waits, index);

	rs_tcp_count_ended(tcp, (uint8_t)tw->listener, how);
	rs_conn_remove(&tcp->table, rs_tuple_hash(&tcp->link->key, &tw->tuple),
		index | RS_CONN_WAITS);
	rs_local_port_release(tcp, tw->tuple.lport);
	record_free(tcp, index);
}

/* Take a free record, or that of the connection which has been in TIME-WAIT longest. */
static uint32_t
record_get(struct rs_tcp *tcp)
{
	uint32_t index = rs_pool_get(&tcp->waits.pool);

	if (index != 0)
		return index;
	tcp->stats->tcp.time_wait_evicted++;
	rs_timewait_end(tcp, tcp->waits.oldest, RS_END_CLOSED);
	return rs_pool_get(&tcp->waits.pool);
}

/* Fill in a record, which will be the newest: 2 MSL begin now. */
static void
record_fill(const struct rs_tcp *tcp, struct rs_timewait *tw, const struct rs_tcb *tcb)
{
	bool ts = (tcb->flags & RS_F_TS) != 0;
	uint8_t shift = rs_tcb_rcv_shift(tcb);
	uint32_t wnd = (tcb->rcv_wnd + (UINT32_C(1) << shift) - 1) >> shift;

	*tw = (struct rs_timewait){
		.tuple = tcb->tuple,
		.rcv_nxt = tcb->rcv_nxt,
		.snd_nxt = tcb->snd_nxt,
		.ts_recent = tcb->ts_recent,
		.older = tcp->waits.newest & RS_TIMEWAIT_MASK,
		.since = tcp->tick & RS_SINCE_MASK,
		.challenges = (uint32_t)tcb->challenges & RS_CHALLENGES_MAX,
		.second = (uint32_t)tcb->challenges >> RS_CHALLENGE_BITS & 3,
		.ts = ts,
		/* the only other origin is that of a connection that came with a cookie */
		.ts_later = ts && tcb->ts_offset != rs_ts_origin(tcp, &tcb->tuple),
		.sack = (tcb->flags & RS_F_SACK) != 0,
		.scaled = (tcb->flags & RS_F_WSCALE) != 0,
		.max_snd = (uint32_t)rte_fls_u32(rs_tcb_max_snd_wnd(tcb)) & 31,
		.listener = tcb->listener,
		.neigh = tcb->neigh,
		.rcv_wnd = (uint16_t)RTE_MIN(wnd, (uint32_t)UINT16_MAX),
	};
}

void
rs_timewait_settle(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	uint32_t from = rs_tcb_index(tcp, tcb);
	uint32_t index;

	if (tcp->par.max_time_wait == 0 ||
	    (tcb->flags & (RS_F_READY | RS_F_WAITS_POOL | RS_F_OPENED | RS_F_IP_EXTRA)) != 0) {
		rs_timer_arm(&tcp->wheel, from, tcb->t_life);
		return;
	}
	index = record_get(tcp);
	record_fill(tcp, rs_timewait_at(&tcp->waits, index), tcb);
	rs_timewait_append(&tcp->waits, index);
	rs_conn_replace(&tcp->table, rs_tuple_hash(&tcp->link->key, &tcb->tuple), from,
		index | RS_CONN_WAITS);
	rs_timer_cancel(&tcp->wheel, from);
	rs_tcb_busy_put(tcp, tcb);
	rs_path_end(tcp, tcb);
	tcb->state = RS_CLOSED; /* the gauge of TIME-WAIT counts the record now */
	rs_pool_put(&tcp->tcb_pool, from);
}

/* How many due records a run ends: more while the oldest of them is late. */
static uint32_t
expire_budget(const struct rs_tcp *tcp)
{
	const struct rs_timewait *tw = rs_timewait_at(&tcp->waits, tcp->waits.oldest);
	uint32_t late = rs_timewait_age(tw, tcp->tick) - lifetime(tcp);

	return RS_TIMEWAIT_BURST * (1 + RTE_MIN(late, 3U));
}

/* flattened, because each connection that has closed first passes here once */
__attribute__((flatten)) void
rs_timewait_expire(struct rs_tcp *tcp)
{
	uint32_t left = expire_budget(tcp);
	uint32_t index;

	while ((index = tcp->waits.oldest) != 0 && left-- > 0) {
		const struct rs_timewait *tw = rs_timewait_at(&tcp->waits, index);

		if (rs_timewait_age(tw, tcp->tick) < lifetime(tcp))
			return;
		rte_prefetch0(rs_timewait_at(&tcp->waits, tw->newer));
		tcp->work++;
		rs_timewait_end(tcp, index, RS_END_CLOSED);
	}
}

uint32_t
rs_timewait_next(const struct rs_tcp *tcp, uint32_t most)
{
	uint32_t age;

	if (tcp->waits.oldest == 0)
		return most;
	age = rs_timewait_age(rs_timewait_at(&tcp->waits, tcp->waits.oldest), tcp->tick);
	return age < lifetime(tcp) ? RTE_MIN(most, lifetime(tcp) - age) : 0;
}

/*
 * Whether a SYN cannot be a duplicate from the connection before it (RFC 6191 2): its
 * timestamp is later, or else its ISN is beyond every sequence number of the peer before.
 */
static bool
is_later(const struct rs_tcp *tcp, const struct before *before, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	struct rs_options opt;

	rs_options_parse(rs_segment_options(seg, m), seg->opt_len, &opt);
	if (opt.has_ts && tcp->par.timestamps) {
		/* The connection before had no timestamps, so neither has an old duplicate. */
		if (!before->ts)
			return true;
		if (opt.tsval != before->ts_recent)
			return rs_seq_gt(opt.tsval, before->ts_recent);
	}
	return rs_seq_geq(seg->seq, before->rcv_nxt);
}

void
rs_timewait_over(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (rs_receive_waits(tcp, tcb))
		rs_receive_offer(tcp, tcb);
	if (tcb->state == RS_CLOSED)
		return;
	if (rs_receive_waits(tcp, tcb))
		rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, 2 * tcp->par.msl_ms);
	else
		rs_tcp_end(tcp, tcb, RS_END_CLOSED);
}

/*
 * Find the listener that a SYN in TIME-WAIT opens a connection to. @return NULL: it opens none,
 * because it may be an old duplicate, or has another security: that is the third step's, which
 * comes before the SYN bit
 */
static const struct rs_listener *
reopen_listener(const struct rs_tcp *tcp, const struct before *before,
	const struct rs_segment *seg, const struct rte_mbuf *m)
{
	const struct rs_listener *listener;
	bool drop;

	if (tcp->stopping || !is_later(tcp, before, seg, m))
		return NULL;
	listener = rs_listen_find(tcp, seg, &drop);
	if (listener == NULL ||
	    !rs_ip_options_secure(rs_segment_ip(seg, m), &listener->security) ||
	    !rs_admit(tcp, listener, &seg->tuple))
		return NULL;
	return listener;
}

/* Open a connection in a TCB that holds nothing of the one before but its tuple. */
static void
begin_again(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_listener *listener,
	const struct before *before, const struct rs_segment *seg, const struct rte_mbuf *m)
{
	uint32_t iss = rs_open_isn(tcp, &tcb->tuple);

	/* MAY-2 (1) */
	if (!rs_seq_gt(iss, before->snd_nxt))
		iss = before->snd_nxt + ISS_BEYOND;
	tcb->user = NULL; /* set by the service of the connection before */
	/* MAY-2 (2): save the numbers in case the SYN turns out to be an old duplicate. */
	tcb->old_snd_nxt = before->snd_nxt;
	tcb->old_ts_recent = before->ts_recent;
	tcb->flags = (tcb->flags & (RS_F_READY | RS_F_TIMER | RS_F_WAITS_POOL)) | RS_F_REOPENED |
		(before->ts ? RS_F_OLD_TS : 0);
	rs_open_bind(tcp, tcb, listener);
	tcp->stats->tcp.reopened++;
	rs_open_begin(tcp, tcb, iss);
	rs_open_syn(tcp, tcb, seg, m);
	tcb->snd_wl1 = before->rcv_nxt;
	rs_open_received(tcp, tcb, seg);
}

bool
rs_timewait_reopen(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	const struct before before = {
		.snd_nxt = tcb->snd_nxt,
		.rcv_nxt = tcb->rcv_nxt,
		.ts_recent = tcb->ts_recent,
		.ts = (tcb->flags & RS_F_TS) != 0,
	};
	const struct rs_listener *listener = reopen_listener(tcp, &before, seg, m);

	/* The service must take the text of the connection before first. */
	if (listener == NULL || rs_receive_waits(tcp, tcb))
		return false;
	rs_tcp_notify_end(tcp, tcb, RS_END_CLOSED);
	rs_tcb_busy_put(tcp, tcb);
	rs_ip_extra_put(tcp, tcb);
	rs_path_end(tcp, tcb);
	rs_tcp_count_end(tcp, tcb, RS_END_CLOSED);
	if (!rs_neigh_is(tcp->link, tcb->neigh, m))
		rs_tcp_move(tcp, tcb, m);
	begin_again(tcp, tcb, listener, &before, seg, m);
	return true;
}

bool
rs_timewait_reopen_record(struct rs_tcp *tcp, uint32_t index, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	const struct rs_timewait *tw = rs_timewait_at(&tcp->waits, index);
	const struct before before = {
		.snd_nxt = tw->snd_nxt,
		.rcv_nxt = tw->rcv_nxt,
		.ts_recent = tw->ts_recent,
		.ts = tw->ts,
	};
	const struct rs_listener *listener = reopen_listener(tcp, &before, seg, m);
	struct rs_tcb *tcb;
	uint16_t neigh;

	if (listener == NULL)
		return false;
	neigh = rs_neigh_get(tcp->link, m);
	tcb = neigh != RS_NO_NEIGH ? rs_open_tcb(tcp, &seg->tuple, neigh, listener) : NULL;
	if (tcb == NULL) {
		tcp->stats->tcp.syn_dropped++;
		return true; /* dropped: the peer retransmits it, and TIME-WAIT goes on */
	}
	rs_conn_replace(&tcp->table, seg->hash, index | RS_CONN_WAITS, rs_tcb_index(tcp, tcb));
	rs_tcp_count_ended(tcp, (uint8_t)tw->listener, RS_END_CLOSED);
	record_free(tcp, index);
	begin_again(tcp, tcb, listener, &before, seg, m);
	return true;
}
