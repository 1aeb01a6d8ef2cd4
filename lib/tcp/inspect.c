/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Answers for an operator: the state of a connection, and a walk over all of them. A walk looks at
 * a bounded number of connections and goes on where it stopped, so the worker can serve bursts
 * between two walks.
 */

#include "tcp/loss/sender.h"
#include "tcp/tcp.h"

/* A position of a walk: the index of a TCB, or with this bit that of a record of TIME-WAIT. */
#define WAITS (UINT64_C(1) << 32)

/* Connections ahead of the present one whose memory is fetched. */
#define AHEAD 8

/* The state of a record of TIME-WAIT. */
static struct rs_conn_info
inspect_record(const struct rs_tcp *tcp, const struct rs_timewait *tw)
{
	return (struct rs_conn_info){
		.state = RS_TIME_WAIT,
		.snd_una = tw->snd_nxt,
		.snd_nxt = tw->snd_nxt,
		.rcv_nxt = tw->rcv_nxt,
		.rcv_wnd = rs_timewait_rcv_wnd(tcp, tw),
		.listener = tw->listener,
		.congestion = "none",
		.recovery = "none",
		.timestamps = tw->ts,
		.sack = tw->sack,
		.life.age_ms = tcp->par.life ? rs_timewait_age(tw, tcp->tick) : 0,
	};
}

/* Windows in segments, as a connection without data in flight remembers them. */
static void
inspect_idle(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_idle *idle,
	struct rs_conn_info *info)
{
	info->cwnd = idle->cwnd != 0 ? (uint32_t)idle->cwnd * tcb->snd_mss :
		rs_cc_initial_window(tcp->par.initial_window, tcb->snd_mss);
	info->ssthresh = (uint32_t)idle->ssthresh * tcb->snd_mss;
}

/* The sender of a connection. */
static void
inspect_sender(const struct rs_tcb *tcb, const struct rs_sender *snd, struct rs_conn_info *info)
{
	static const char *const phases[] = {
		[RS_RECOVERY_NONE] = "none", [RS_RECOVERY_CWR] = "cwr",
		[RS_RECOVERY_FAST] = "fast", [RS_RECOVERY_RTO] = "rto",
	};

	info->cwnd = snd->cc.cwnd;
	info->ssthresh = snd->cc.ssthresh != RS_CC_NO_LIMIT ? snd->cc.ssthresh : 0;
	info->recovery = phases[snd->recovery];
	info->sacked = snd->board.sacked;
	info->lost = snd->board.lost;
	info->pipe = rs_sender_pipe(tcb, snd);
	info->min_rtt_us = snd->rack.min_rtt;
}

/* The queues and windows of a connection, which only a busy one has. */
static void
inspect_queues(const struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_conn_info *info)
{
	static const struct rs_idle none;
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	const struct rs_sender *snd = rs_sender(tcp, tcb);

	info->pipe = tcb->snd_nxt - tcb->snd_una;
	if (snd != NULL)
		inspect_sender(tcb, snd, info);
	else if (busy != NULL)
		inspect_idle(tcp, tcb, &busy->idle, info);
	else
		inspect_idle(tcp, tcb, rs_tcb_synchronized(tcb) ? &tcb->idle : &none, info);
	if (busy == NULL)
		return;
	info->queued = busy->snd_len;
	info->unread = busy->rcv_len;
	info->out_of_order = busy->ooo.head != 0 ? busy->ooo_len : 0;
}

/* Milliseconds until a tick, 0: it is due or the timer is not set. */
static uint32_t
until(const struct rs_tcp *tcp, const struct rs_tcb *tcb, uint32_t flag, uint32_t tick)
{
	int32_t left = (int32_t)(tick - tcp->tick);

	return (tcb->flags & flag) != 0 && left > 0 ? (uint32_t)left : 0;
}

static struct rs_conn_info
inspect_tcb(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	struct rs_conn_info info = {
		.state = tcb->state,
		.snd_una = tcb->snd_una,
		.snd_nxt = tcb->snd_nxt,
		.snd_wnd = rs_tcb_snd_wnd(tcb),
		.rcv_nxt = tcb->rcv_nxt,
		.rcv_wnd = tcb->rcv_wnd,
		.srtt_us = tcb->srtt,
		.rto_ms = rs_rtt_rto(&tcp->par, tcb),
		.mss = tcb->snd_mss,
		.mss_full = rs_path_mss(tcp, tcb),
		.path_mtu = (uint16_t)(tcb->snd_mss + RS_TCP_LEN +
			(rs_tuple_is_ipv4(&tcb->tuple) ? RS_IPV4_LEN : RS_IPV6_LEN)),
		.listener = tcb->listener,
		.rttvar_us = tcb->srtt != 0 ? tcb->rttvar : 0,
		.backoff = tcb->backoff,
		.rcv_mss = rs_tcp_rmss(tcp, tcb),
		.congestion = tcp->par.congestion == RS_CC_CUBIC ? "cubic" : "newreno",
		.recovery = "none",
		.window_scale = (tcb->flags & RS_F_WSCALE) != 0,
		.snd_shift = rs_tcb_snd_shift(tcb),
		.rcv_shift = rs_tcb_rcv_shift(tcb),
		.timestamps = (tcb->flags & RS_F_TS) != 0,
		.sack = (tcb->flags & RS_F_SACK) != 0,
		.ecn = (tcb->flags & RS_F_ECN) != 0,
		.nodelay = (tcb->flags & RS_F_NODELAY) != 0,
		.keepalive = (tcb->flags & RS_F_KEEPALIVE) != 0,
		.active = (tcb->flags & RS_F_ACTIVE) != 0,
		.rtx_left_ms = until(tcp, tcb, RS_F_T_RTX, tcb->t_rtx),
		.life_left_ms = until(tcp, tcb, RS_F_T_LIFE, tcb->t_life),
		.life = rs_tcb_life(tcp, tcb, tcb->state),
	};

	inspect_queues(tcp, tcb, &info);
	return info;
}

struct rs_conn_info
rs_tcp_inspect(const struct rs_tcp *tcp, uint32_t index)
{
	if ((index & RS_CONN_WAITS) != 0)
		return inspect_record(tcp, rs_timewait_at(&tcp->waits, index & ~RS_CONN_WAITS));
	return inspect_tcb(tcp, &tcp->tcbs[index]);
}

/* Whether a filter chooses a connection. */
static bool
chosen(const struct rs_conn_filter *filter, const struct rs_conn_entry *entry)
{
	return (filter->states == 0 || (filter->states & 1u << entry->state) != 0) &&
	       (filter->any_listener || entry->listener == filter->listener) &&
	       entry->life.age_ms >= filter->age_ms &&
	       rs_prefix_has(&filter->local, &entry->tuple.laddr) &&
	       rs_prefix_has(&filter->prefix, &entry->tuple.raddr);
}

/* Describe the connection of a TCB. @return false: the TCB is free, or its connection has ended */
static bool
describe_tcb(const struct rs_tcp *tcp, uint32_t index, struct rs_conn_entry *entry)
{
	const struct rs_tcb *tcb = &tcp->tcbs[index];

	if (tcb->state == RS_CLOSED)
		return false;
	*entry = (struct rs_conn_entry){
		.tuple = tcb->tuple,
		.state = tcb->state,
		.listener = tcb->listener,
		.life = rs_tcb_life(tcp, tcb, tcb->state),
	};
	return true;
}

/* The same of a record of TIME-WAIT, which is free unless the table leads to it. */
static bool
describe_record(const struct rs_tcp *tcp, uint32_t index, struct rs_conn_entry *entry)
{
	const struct rs_timewait *tw = rs_timewait_at(&tcp->waits, index);

	if (rs_conn_find(&tcp->table, &tw->tuple, rs_tuple_hash(&tcp->link->key, &tw->tuple)) !=
	    (index | RS_CONN_WAITS))
		return false;
	*entry = (struct rs_conn_entry){
		.tuple = tw->tuple,
		.state = RS_TIME_WAIT,
		.listener = tw->listener,
		.life.age_ms = tcp->par.life ? rs_timewait_age(tw, tcp->tick) : 0,
	};
	return true;
}

/* Move a position that is behind the last TCB to the records, or from behind these to 0. */
static uint64_t
settle(const struct rs_tcp *tcp, uint64_t position)
{
	if (position == 0)
		position = 1;
	if ((position & WAITS) == 0 && position > tcp->tcb_pool.fresh)
		position = WAITS + 1;
	if ((position & WAITS) != 0 && (position & ~WAITS) > tcp->waits.pool.fresh)
		position = 0;
	return position;
}

/* Fetch the memory of a connection that a walk comes to soon. */
static void
prefetch_ahead(const struct rs_tcp *tcp, uint64_t position)
{
	uint32_t index = (uint32_t)position + AHEAD;

	if ((position & WAITS) != 0) {
		if (index <= tcp->waits.pool.fresh)
			rte_prefetch0(rs_timewait_at(&tcp->waits, index));
	} else if (index <= tcp->tcb_pool.fresh) {
		rs_tcb_prefetch(tcp, index);
		rte_prefetch0(rs_tcb_birth(tcp, &tcp->tcbs[index]));
	}
}

unsigned int
rs_tcp_walk(const struct rs_tcp *tcp, const struct rs_conn_filter *filter, uint64_t *position,
	struct rs_conn_entry *entries, unsigned int n)
{
	uint64_t at = settle(tcp, *position);
	unsigned int found = 0;
	unsigned int i;

	for (i = 0; i < RS_WALK_BURST && at != 0 && found < n; i++) {
		struct rs_conn_entry *entry = &entries[found];
		bool used;

		prefetch_ahead(tcp, at);
		used = (at & WAITS) != 0 ? describe_record(tcp, (uint32_t)at, entry) :
			describe_tcb(tcp, (uint32_t)at, entry);
		entry->position = at;
		if (used && chosen(filter, entry))
			found++;
		at = settle(tcp, at + 1);
	}
	*position = at;
	return found;
}

void
rs_tcp_kill(struct rs_tcp *tcp, uint32_t index)
{
	if ((index & RS_CONN_WAITS) != 0)
		rs_timewait_end(tcp, index & ~RS_CONN_WAITS, RS_END_ABORTED);
	else
		rs_tcp_abort(tcp, &tcp->tcbs[index], RS_RESET_killed, RS_END_ABORTED);
}

unsigned int
rs_tcp_kill_some(struct rs_tcp *tcp, const struct rs_conn_filter *filter, enum rs_kill how,
	uint64_t *position)
{
	struct rs_conn_entry entries[RS_KILL_BURST];
	unsigned int n = rs_tcp_walk(tcp, filter, position, entries, RS_KILL_BURST);
	unsigned int i;

	for (i = 0; i < n; i++) {
		bool waits = (entries[i].position & WAITS) != 0;
		uint32_t index = (uint32_t)entries[i].position;

		if (how == RS_KILL_ABORT)
			rs_tcp_kill(tcp, index | (waits ? RS_CONN_WAITS : 0));
		else if (!waits)
			rs_tcp_stop(tcp, &tcp->tcbs[index], how == RS_KILL_STOP_RESET);
		else if (how == RS_KILL_STOP_RESET)
			rs_timewait_end(tcp, index, RS_END_ABORTED);
	}
	return n;
}
