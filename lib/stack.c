/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * One run of a stack: a burst of frames in, a burst of frames out. lib/README.md follows a
 * segment through it.
 */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "base/mbuf.h"
#include "link/vlan.h"
#include "packet/exception.h"
#include "packet/fragment.h"
#include "packet/peek.h"
#include "stack.h"
#include "tcp/loss/sender.h"

/* Segments that are matched, and their TCBs fetched, while the ones before them are processed. */
#define MATCH_AHEAD 4

/* Whether an mbuf of the pool has room for the largest frame of each port. */
static bool
mbufs_fit(const struct rs_stack_params *params)
{
	uint16_t room = rte_pktmbuf_data_room_size(params->mbufs);
	unsigned int i;

	for (i = 0; i < RTE_MIN(params->n_ports, (unsigned int)RS_PORTS_MAX); i++) {
		if (room < RTE_PKTMBUF_HEADROOM + rs_frame_max(params->ports[i].mtu))
			return false;
	}
	return true;
}

/* Initialize the ledger of fragments, and TCP. @return 0 or -errno */
static int
init_tcp(struct rs_stack *stack, const struct rs_stack_params *params, uint64_t now)
{
	struct rs_link *link = &stack->link;
	int ret;

	if (params->max_fragments > 0) {
		if (params->max_fragments < RS_FRAGMENTS_MIN)
			return -EINVAL;
		link->fragments = rs_fragments_create(params->max_fragments,
			params->reassembly_timeout_ms * UINT64_C(1000), params->socket);
		if (link->fragments == NULL)
			return -ENOMEM;
	}
	ret = rs_tcp_init(&stack->tcp, params, link, &stack->stats, now);
	if (ret != 0)
		rs_fragments_free(link->fragments);
	return ret;
}

struct rs_stack *
rs_stack_create(const struct rs_stack_params *params, uint64_t now)
{
	struct rs_stack *stack;
	int ret;

	if (!mbufs_fit(params)) {
		rte_errno = EINVAL;
		return NULL;
	}
	stack = rte_zmalloc_socket("rs_stack", sizeof(*stack), RTE_CACHE_LINE_SIZE,
		(int)params->socket);
	if (stack == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	ret = rs_link_init(&stack->link, params, &stack->stats, now);
	if (ret == 0) {
		rs_except_init(&stack->link, params);
		ret = init_tcp(stack, params, now);
		if (ret != 0)
			rs_link_fini(&stack->link);
	}
	if (ret != 0) {
		rte_free(stack);
		rte_errno = -ret;
		return NULL;
	}
	return stack;
}

void
rs_stack_free(struct rs_stack *stack)
{
	if (stack == NULL)
		return;
	rs_tcp_fini(&stack->tcp);
	rs_fragments_free(stack->link.fragments);
	rs_link_fini(&stack->link);
	rte_free(stack);
}

uint64_t
rs_stack_memory(const struct rs_stack_params *params)
{
	const struct rs_tcp_params *par = &params->tcp;

	return sizeof(struct rs_stack) +
	       (uint64_t)par->max_connections * (sizeof(struct rs_tcb) +
			(par->life ? sizeof(struct rs_birth) : 0)) +
	       (uint64_t)par->max_time_wait * sizeof(struct rs_timewait) +
	       (uint64_t)rs_conn_table_buckets(par->max_connections + par->max_time_wait) *
			sizeof(struct rs_bucket) +
	       2 * rs_fifo_memory(par->max_connections) +
	       (uint64_t)par->max_busy * (sizeof(struct rs_busy) + sizeof(struct rs_sender) +
			sizeof(struct rs_range)) +
	       (uint64_t)par->max_sent * sizeof(struct rs_range) +
	       (uint64_t)par->max_chunks * sizeof(struct rs_chunk) +
	       (uint64_t)params->max_neighbours * 2 * sizeof(struct rs_neigh) +
	       RS_IP_EXTRAS_MAX * 2 * sizeof(struct rs_ip_extra) +
	       rs_path_memory(par->max_connections) + rs_admit_memory(params) +
	       rs_ratelimit_memory(params) + rs_fragments_memory(params->max_fragments);
}

/* Reuse a received mbuf without other references for a frame that this run sends. */
static inline void
mbuf_give_back(struct rs_tcp *tcp, struct rte_mbuf *m)
{
	if (rs_mbuf_is_whole(m))
		tcp->spare[tcp->n_spare++] = m;
	else
		rte_pktmbuf_free(m);
}

/*
 * Whether the match of a segment is not its connection: another one has the same hash, or an
 * earlier segment of the burst ended, reopened or made a connection, or took the TCB of a half-open
 * one. `version` is that of the table before the burst.
 */
static inline bool
match_is_wrong(const struct rs_tcp *tcp, const struct rs_segment *seg, uint32_t index,
	uint32_t version)
{
	if (index == 0 || unlikely(rs_screen_refuses(index)))
		return version != tcp->table.version &&
		       rs_conn_may_be_new(&tcp->table, seg->hash);
	if (unlikely((index & RS_CONN_WAITS) != 0))
		return version != tcp->table.version ||
		       !rs_tuple_equal(&rs_timewait_at(&tcp->waits,
				index & ~RS_CONN_WAITS)->tuple, &seg->tuple);
	return tcp->tcbs[index].state == RS_CLOSED ||
	       !rs_tuple_equal(&tcp->tcbs[index].tuple, &seg->tuple);
}

/* Hand a segment to a record of TIME-WAIT, unless the access list refuses it. */
static __rte_noinline void
run_other_segment(struct rs_tcp *tcp, struct rs_segment *seg, uint32_t index,
	const struct rte_mbuf *m)
{
	if (rs_screen_refuses(index))
		rs_screen_refuse(tcp, seg, index);
	else
		rs_timewait_input(tcp, index & ~RS_CONN_WAITS, seg, m);
}

/* Hand a segment to its connection. */
static inline void
run_segment(struct rs_tcp *tcp, struct rs_segment *seg, uint32_t index, uint32_t version,
	struct rte_mbuf *m)
{
	if (unlikely(match_is_wrong(tcp, seg, index, version))) {
		index = rs_conn_find(&tcp->table, &seg->tuple, seg->hash);
		if (unlikely(tcp->acl != NULL))
			rs_screen_segments(tcp, seg, 1, &index);
	}
	if (unlikely((index & RS_CONN_WAITS) != 0))
		run_other_segment(tcp, seg, index, m);
	else
		rs_tcp_input(tcp, index != 0 ? &tcp->tcbs[index] : NULL, seg, m);
}

/* Apply the rate limits: the mbufs of segments that are owed no reset now are given back. */
static __rte_noinline void
limit_resets(struct rs_tcp *tcp, struct rs_segment *segs, struct rte_mbuf **pkts, uint16_t n,
	uint64_t owed)
{
	static_assert(RS_BURST <= 64, "a bit for each segment");

	rs_reset_limit_burst(tcp, segs, n);
	for (; owed != 0; owed &= owed - 1) {
		unsigned int i = (unsigned int)rte_bsf64(owed);

		if (segs[i].owed == RS_RESET_MAX)
			mbuf_give_back(tcp, pkts[i]);
	}
}

/* Process the segments of a burst. @return the number of resets and ACKs in tx */
static __rte_always_inline uint16_t
run_segments(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx)
{
	struct rs_segment *segs = parsed->segs;
	struct rte_mbuf **pkts = parsed->pkts;
	uint16_t n = parsed->n_segments;
	uint16_t n_ahead = n; /* segments to match while others are processed; 0: none */
	uint32_t index[RS_BURST];
	uint32_t version = tcp->table.version;
	uint16_t resets = 0;
	uint64_t owed = 0; /* a bit for each segment that is owed a reset, or answered */
	uint16_t acks = 0;
	uint16_t i;

	if (unlikely(tcp->frames_seen != NULL))
		tcp->frames_seen(tcp->frames_arg, pkts, n, false, tcp->now);
	tcp->table.inserted = 0;
	if (likely(tcp->acl == NULL)) {
		rs_conn_match_begin(&tcp->table, segs, n, MATCH_AHEAD, index);
	} else {
		rs_conn_find_burst(&tcp->table, segs, n, index);
		rs_screen_segments(tcp, segs, n, index);
		n_ahead = 0;
	}
	for (i = 0; i < n; i++) {
		rs_conn_match_ahead(&tcp->table, segs, i, n_ahead, MATCH_AHEAD, index);
		run_segment(tcp, &segs[i], index[i], version, pkts[i]);
		if (likely(segs[i].owed == RS_RESET_MAX)) {
			mbuf_give_back(tcp, pkts[i]);
			continue;
		}
		if (unlikely(pkts[i]->nb_segs > 1)) /* the answer is in the first mbuf */
			rte_pktmbuf_free(rs_mbuf_detach(pkts[i]));
		owed |= UINT64_C(1) << i;
	}
	if (owed != 0) {
		if (unlikely(tcp->ratelimit.on))
			limit_resets(tcp, segs, pkts, n, owed);
		if ((tcp->cookies.syns.n | tcp->cookies.syns6.n) > 0)
			rs_syncookie_write_burst(tcp);
		resets = rs_reset_burst(tcp, segs, pkts, n, tx);
	}
	if (unlikely(tcp->n_acks > 0))
		acks = rs_timewait_acks(tcp, &tx[resets], n - resets);
	return (uint16_t)(resets + acks);
}

/*
 * Process a burst of frames. Inlined in rs_stack_run(), although run_reassembled() needs it, too.
 * @return the number of replies in tx
 */
static __rte_always_inline uint16_t
run_frames(struct rs_stack *stack, struct rte_mbuf **rx, uint16_t n_rx, struct rte_mbuf **tx)
{
	struct rs_parsed *parsed = &stack->parsed;
	struct rs_tcp *tcp = &stack->tcp;
	uint16_t n = 0;

	rs_segment_parse_burst(&stack->link, &tcp->lookup, rx, n_rx, tcp->now, parsed);
	for (; n < parsed->n_replies; n++)
		tx[n] = parsed->replies[n];
	if (parsed->n_strays > 0)
		n = (uint16_t)(n + rs_reset_strays(tcp, parsed, &tx[n]));
	if (unlikely(parsed->n_strays6 > 0))
		n = (uint16_t)(n + rs_reset_strays6(tcp, parsed, &tx[n]));
	if (parsed->n_segments > 0)
		n = (uint16_t)(n + run_segments(tcp, parsed, &tx[n]));
	if (parsed->n_free > 0)
		rs_mbuf_free_burst(parsed->done, parsed->n_free);
	return n;
}

/* Find the connection of a tuple. @return its index in the table, 0: none */
static uint32_t
conn_lookup(const struct rs_stack *stack, const struct rs_tuple *tuple)
{
	return rs_conn_find(&stack->tcp.table, tuple, rs_tuple_hash(&stack->link.key, tuple));
}

/* Hand a reassembled datagram over to the stack that has its connection, if this one has not. */
static bool
hand_over(struct rs_stack *stack, struct rte_mbuf *m)
{
	struct rs_link *link = &stack->link;
	struct rs_tuple tuple;

	return link->hand_over != NULL && rs_peek_owner(m, &tuple) == RS_PEEK_TUPLE &&
	       conn_lookup(stack, &tuple) == 0 &&
	       link->hand_over(link->hand_over_arg, &tuple, m);
}

/* Process the datagrams that became whole. @return the number of replies in tx */
static uint16_t
run_reassembled(struct rs_stack *stack, struct rte_mbuf **tx)
{
	struct rte_mbuf *rx[RS_BURST];
	uint16_t n = rs_fragments_take(&stack->link, rx);
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		if (!hand_over(stack, rx[i]))
			rx[kept++] = rx[i];
	}
	return kept > 0 ? run_frames(stack, rx, kept, tx) : 0;
}

/*
 * Process what the burst left for later: reassembled datagrams, and ICMP errors for TCP. A burst
 * has a reply or a reassembled datagram for each frame at most, so both have room in tx.
 */
static __rte_noinline uint16_t
run_later(struct rs_stack *stack, struct rte_mbuf **tx, uint16_t room)
{
	struct rs_link *link = &stack->link;
	uint16_t n = 0;

	link->later = false;
	if (link->fragments != NULL) {
		n = run_reassembled(stack, tx);
		n = (uint16_t)(n + rs_fragments_run(link, stack->tcp.now, &tx[n],
			(uint16_t)(room - n)));
		link->later = rs_fragments_due(link) != UINT64_MAX;
	}
	rs_tcp_icmp(&stack->tcp);
	return n;
}

/* The part of `room` that output may fill: resets of ended connections have some of it. */
static uint16_t
output_room(const struct rs_tcp *tcp, int room)
{
	return (uint16_t)(tcp->dead != 0 ? room - RTE_MIN(room / 2, RS_BURY_ROOM) : room);
}

uint16_t
rs_stack_run(struct rs_stack *stack, struct rte_mbuf **rx, uint16_t n_rx, uint64_t now,
	struct rte_mbuf **tx, uint16_t n_tx)
{
	struct rs_tcp *tcp = &stack->tcp;
	uint16_t n = 0;
	uint16_t first;

	tcp->now = now;
	tcp->tick = (uint32_t)(now / 1000);
	tcp->no_mbuf = false;
	if (n_rx > 0)
		n = run_frames(stack, rx, n_rx, tx);
	if (unlikely(stack->link.later))
		n = (uint16_t)(n + run_later(stack, &tx[n], (uint16_t)(n_tx - n)));
	n = (uint16_t)(n + rs_resolve_run(&stack->link, now, &tx[n], (uint16_t)(n_tx - n)));
	if (unlikely(rs_resolve_changed(&stack->link) != RS_NO_NEIGH))
		rs_connect_resolved(tcp);
	if (unlikely(tcp->paths.n > 0))
		rs_path_run(tcp);
	rs_tcp_timers(tcp);
	if (tcp->waits.oldest != 0)
		rs_timewait_expire(tcp);
	if (unlikely(tcp->stopping))
		rs_tcp_stop_some(tcp);
	if (unlikely(tcp->wanted.any))
		rs_evict_run(tcp);
	if (unlikely(tcp->waiting.n > 0))
		rs_tcp_wake(tcp);
	first = n;
	n = (uint16_t)(n + rs_tcp_output_burst(tcp, &tx[n], output_room(tcp, n_tx - n)));
	if (tcp->dead != 0)
		n = (uint16_t)(n + rs_tcp_bury(tcp, &tx[n], (uint16_t)(n_tx - n)));
	if (unlikely(tcp->frames_seen != NULL) && n > first)
		tcp->frames_seen(tcp->frames_arg, &tx[first], (uint16_t)(n - first), true, now);
	if (tcp->n_spare > 0) {
		rs_mbuf_free_burst(tcp->spare, tcp->n_spare);
		tcp->n_spare = 0;
	}
	if (unlikely(stack->link.n_vlans > 0))
		n = rs_vlan_send(&stack->link, tx, n);
	return n;
}

uint16_t
rs_stack_forward(struct rs_stack *stack, struct rte_mbuf **tx, uint16_t n)
{
	return stack->link.n_vlans > 0 ? rs_vlan_send(&stack->link, tx, n) : n;
}

void
rs_stack_cut_nothing(struct rs_stack *stack, uint16_t device)
{
	unsigned int i;

	for (i = 0; i < RS_PORTS_MAX; i++) {
		if (stack->link.ports[i].device == device)
			stack->link.ports[i].tso_mbufs = 0;
	}
}

void
rs_stack_set_epoch(struct rs_stack *stack, uint64_t epoch)
{
	if (stack->tcp.cookies.shared)
		stack->tcp.cookies.epoch = epoch;
}

uint64_t
rs_stack_idle(const struct rs_stack *stack, uint64_t most)
{
	const struct rs_tcp *tcp = &stack->tcp;
	uint64_t due = RTE_MIN(rs_resolve_due(&stack->link), rs_fragments_due(&stack->link));
	uint32_t ticks;
	uint64_t us;

	if (tcp->ready.n > 0 || tcp->bulk.n > 0 || tcp->dead != 0 ||
	    (tcp->stopping && (tcp->stop_next <= tcp->tcb_pool.fresh ||
			(tcp->stop_how == RS_STOP_RESET && tcp->waits.oldest != 0))))
		return 0;
	ticks = rs_timewait_next(tcp, (uint32_t)(most / 1000 + 2));
	us = (uint64_t)rs_timer_next(&tcp->wheel, tcp->tick, ticks) * 1000;
	us -= RTE_MIN(us, tcp->now % 1000); /* a part of the first tick has passed */
	us = RTE_MIN(us, due > tcp->now ? due - tcp->now : 0);
	if (tcp->waiting.n > 0 || tcp->wanted.any)
		us = RTE_MIN(us, UINT64_C(1000)); /* rs_tcp_wake(), rs_evict_run() */
	return us < most ? us : most;
}

void
rs_stack_link_up(struct rs_stack *stack, uint16_t device)
{
	rs_resolve_link_up(&stack->link, device);
}

uint64_t
rs_stack_work(const struct rs_stack *stack)
{
	return stack->tcp.work;
}

const struct rs_stats *
rs_stack_stats(const struct rs_stack *stack)
{
	return &stack->stats;
}

const struct rs_listener_stats *
rs_stack_listener_stats(const struct rs_stack *stack, unsigned int listener)
{
	return &stack->tcp.listener_stats[listener];
}

unsigned int
rs_stack_resets(const struct rs_stack *stack, struct rs_reset_record *records, unsigned int n)
{
	return rs_reset_log_read(&stack->tcp.log, records, n);
}

unsigned int
rs_stack_resets_from(const struct rs_stack *stack, uint64_t *from,
	struct rs_reset_record *records, unsigned int n)
{
	return rs_reset_log_read_from(&stack->tcp.log, from, records, n);
}

uint64_t
rs_stack_conn_resets(const struct rs_stack *stack)
{
	return stack->tcp.log.conn_resets;
}

void
rs_stack_stop(struct rs_stack *stack, enum rs_stop how)
{
	stack->tcp.stopping = true;
	stack->tcp.stop_how = how;
	stack->tcp.stop_next = 1;
}

uint32_t
rs_stack_open(const struct rs_stack *stack)
{
	return stack->tcp.table.count - (uint32_t)stack->stats.states[RS_TIME_WAIT];
}

bool
rs_stack_serves(const struct rs_stack *stack)
{
	return rs_stack_open(stack) > (uint32_t)stack->stats.states[RS_SYN_RECEIVED];
}

int
rs_stack_inspect(const struct rs_stack *stack, const struct rs_tuple *tuple,
	struct rs_conn_info *info)
{
	uint32_t index = conn_lookup(stack, tuple);

	if (index == 0)
		return -ENOENT;
	*info = rs_tcp_inspect(&stack->tcp, index);
	return 0;
}

bool
rs_stack_seeks(const struct rs_stack *stack, const struct rs_tuple *tuple)
{
	const struct rs_tcp *tcp = &stack->tcp;
	const struct rs_listener *listener = rs_listen_match(tcp, tuple);

	return rs_listen_seeks(tcp, tuple->lport,
		listener != NULL && listener->service != NULL ? listener : NULL);
}

int
rs_stack_kill(struct rs_stack *stack, const struct rs_tuple *tuple)
{
	uint32_t index = conn_lookup(stack, tuple);

	if (index == 0)
		return -ENOENT;
	rs_tcp_kill(&stack->tcp, index);
	return 0;
}

unsigned int
rs_stack_walk(const struct rs_stack *stack, const struct rs_conn_filter *filter,
	uint64_t *position, struct rs_conn_entry *entries, unsigned int n)
{
	return rs_tcp_walk(&stack->tcp, filter, position, entries, n);
}

unsigned int
rs_stack_kill_some(struct rs_stack *stack, const struct rs_conn_filter *filter,
	enum rs_kill how, uint64_t *position)
{
	return rs_tcp_kill_some(&stack->tcp, filter, how, position);
}

struct rs_tcp *
rs_stack_tcp(struct rs_stack *stack)
{
	return &stack->tcp;
}

void
rs_stack_pools(const struct rs_stack *stack, struct rs_pool_use *use)
{
	use->tcbs = stack->tcp.tcb_pool.used;
	use->time_waits = stack->tcp.waits.pool.used;
	use->busy = stack->tcp.buf.busy.used;
	use->chunks = stack->tcp.buf.chunks.used;
	use->ranges = stack->tcp.ranges.used;
	use->half_open = stack->tcp.half_open.n;
	use->neighbours = stack->link.neighs_used;
	use->fragments = stack->link.n_fragments;
}

const char *
rs_stack_audit(const struct rs_stack *stack)
{
	return rs_tcp_audit(&stack->tcp);
}
