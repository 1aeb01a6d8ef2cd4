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

#include "stack.h"
#include "tcp/loss/sender.h"

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
		ret = rs_tcp_init(&stack->tcp, params, &stack->link, &stack->stats, now);
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
	rs_link_fini(&stack->link);
	rte_free(stack);
}

uint64_t
rs_stack_memory(const struct rs_stack_params *params)
{
	const struct rs_tcp_params *par = &params->tcp;

	return sizeof(struct rs_stack) +
	       (uint64_t)par->max_connections * sizeof(struct rs_tcb) +
	       (uint64_t)rs_conn_table_buckets(par->max_connections) * sizeof(struct rs_bucket) +
	       (uint64_t)rte_align32pow2(par->max_connections + 1) * sizeof(uint32_t) +
	       (uint64_t)par->max_busy * (sizeof(struct rs_busy) + sizeof(struct rs_sender) +
			sizeof(struct rs_range)) +
	       (uint64_t)par->max_sent * sizeof(struct rs_range) +
	       (uint64_t)par->max_chunks * sizeof(struct rs_chunk) +
	       (uint64_t)params->max_neighbours * 2 * sizeof(struct rs_neigh) +
	       RS_IP_EXTRAS_MAX * 2 * sizeof(struct rs_ip_extra);
}

/* Reuse a received mbuf without other references for a frame that this run sends. */
static inline void
mbuf_give_back(struct rs_tcp *tcp, struct rte_mbuf *m)
{
	if (rte_mbuf_refcnt_read(m) == 1 && RTE_MBUF_DIRECT(m) && m->nb_segs == 1)
		tcp->spare[tcp->n_spare++] = m;
	else
		rte_pktmbuf_free(m);
}

/*
 * Find the connection of a segment, NULL: none. The burst's lookup is repeated where it may be
 * stale, because an earlier segment of the burst ended or made a connection.
 */
static inline struct rs_tcb *
segment_conn(const struct rs_tcp *tcp, const struct rs_segment *seg, uint32_t index,
	uint32_t version)
{
	if (version != tcp->table.version &&
	    (index == 0 || tcp->tcbs[index].state == RS_CLOSED))
		index = rs_conn_find(&tcp->table, &seg->tuple, seg->hash);
	return index != 0 ? &tcp->tcbs[index] : NULL;
}

/* Process the segments of a burst. @return the number of resets in tx */
static uint16_t
run_segments(struct rs_stack *stack, struct rte_mbuf **pkts, uint16_t n, struct rte_mbuf **tx)
{
	struct rs_tcp *tcp = &stack->tcp;
	struct rs_segment *segs = stack->segs;
	uint32_t index[RS_BURST];
	uint32_t version = tcp->table.version;
	uint16_t resets;
	uint16_t i;

	rs_conn_find_burst(&tcp->table, segs, n, index);
	for (i = 0; i < n; i++)
		rs_tcp_input(tcp, segment_conn(tcp, &segs[i], index[i], version), &segs[i],
			pkts[i]);
	resets = rs_reset_burst(tcp, segs, pkts, n, tx);
	for (i = 0; i < n && resets < n; i++)
		if (segs[i].owed == RS_RESET_MAX)
			mbuf_give_back(tcp, pkts[i]);
	return resets;
}

uint16_t
rs_stack_run(struct rs_stack *stack, struct rte_mbuf **rx, uint16_t n_rx, uint64_t now,
	struct rte_mbuf **tx, uint16_t n_tx)
{
	struct rs_tcp *tcp = &stack->tcp;
	struct rte_mbuf *pkts[RS_BURST];
	struct rte_mbuf *done[RS_BURST];
	struct rs_parsed parsed;
	uint16_t n = 0;

	tcp->now = now;
	tcp->tick = (uint32_t)(now / 1000);
	if (n_rx > 0) {
		parsed = rs_segment_parse_burst(&stack->link, rx, n_rx, now, stack->segs, pkts,
			tx, done);
		n = parsed.n_replies;
		if (parsed.n_free > 0)
			rte_pktmbuf_free_bulk(done, parsed.n_free);
		if (parsed.n_segments > 0)
			n = (uint16_t)(n + run_segments(stack, pkts, parsed.n_segments, &tx[n]));
	}
	if (unlikely(stack->link.n_errors > 0))
		rs_tcp_icmp(tcp);
	n = (uint16_t)(n + rs_resolve_run(&stack->link, now, &tx[n], (uint16_t)(n_tx - n)));
	if (unlikely(rs_resolve_changed(&stack->link) != RS_NO_NEIGH))
		rs_connect_resolved(tcp);
	rs_tcp_timers(tcp);
	if (unlikely(tcp->stopping))
		rs_tcp_stop_some(tcp);
	n = (uint16_t)(n + rs_tcp_output_burst(tcp, &tx[n], (uint16_t)(n_tx - n)));
	if (tcp->dead != 0)
		n = (uint16_t)(n + rs_tcp_bury(tcp, &tx[n], (uint16_t)(n_tx - n)));
	if (tcp->n_spare > 0) {
		rte_pktmbuf_free_bulk(tcp->spare, tcp->n_spare);
		tcp->n_spare = 0;
	}
	return n;
}

uint64_t
rs_stack_idle(const struct rs_stack *stack, uint64_t most)
{
	const struct rs_tcp *tcp = &stack->tcp;
	uint64_t due = rs_resolve_due(&stack->link);
	uint64_t us;

	if (tcp->ready.head != tcp->ready.tail || tcp->dead != 0 ||
	    (tcp->stopping && tcp->stop_next <= tcp->tcb_pool.fresh))
		return 0;
	us = (uint64_t)rs_timer_next(&tcp->wheel, tcp->tick, (uint32_t)(most / 1000 + 2)) * 1000;
	us -= RTE_MIN(us, tcp->now % 1000); /* a part of the first tick has passed */
	us = RTE_MIN(us, due > tcp->now ? due - tcp->now : 0);
	return us < most ? us : most;
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

/* Find the connection of a tuple, NULL: none. */

static struct rs_tcb *
conn_lookup(const struct rs_stack *stack, const struct rs_tuple *tuple)
{
	const struct rs_tcp *tcp = &stack->tcp;
	uint32_t index = rs_conn_find(&tcp->table, tuple, rs_tuple_hash(&stack->link.key, tuple));

	return index != 0 ? &tcp->tcbs[index] : NULL;
}

int
rs_stack_inspect(const struct rs_stack *stack, const struct rs_tuple *tuple,
	struct rs_conn_info *info)
{
	const struct rs_tcb *tcb = conn_lookup(stack, tuple);

	if (tcb == NULL)
		return -ENOENT;
	*info = (struct rs_conn_info) {
		.state = tcb->state,
		.snd_una = tcb->snd_una,
		.snd_nxt = tcb->snd_nxt,
		.snd_wnd = rs_tcb_snd_wnd(tcb),
		.rcv_nxt = tcb->rcv_nxt,
		.rcv_wnd = tcb->rcv_wnd,
		.srtt_us = tcb->srtt,
		.rto_ms = rs_rtt_rto(&stack->tcp.par, tcb),
		.mss = tcb->snd_mss,
		.listener = tcb->listener,
	};
	return 0;
}

int
rs_stack_kill(struct rs_stack *stack, const struct rs_tuple *tuple)
{
	struct rs_tcb *tcb = conn_lookup(stack, tuple);

	if (tcb == NULL)
		return -ENOENT;
	rs_tcp_abort(&stack->tcp, tcb, RS_RESET_killed, RS_END_ABORTED);
	return 0;
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
	use->busy = stack->tcp.buf.busy.used;
	use->chunks = stack->tcp.buf.chunks.used;
	use->ranges = stack->tcp.ranges.used;
	use->neighbours = stack->link.neighs_used;
}

const char *
rs_stack_audit(const struct rs_stack *stack)
{
	return rs_tcp_audit(&stack->tcp);
}
