/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The rows of the table, made from the X-macro lists of the counters; and reading them.
 */

#include <assert.h>

#include <rte_common.h>
#include <rte_mempool.h>

#include "watch/metrics.h"

#define GROUP_ROW(name, label, family, title) { #name, label, family, title },
const struct rs_metric_group_info rs_metric_groups[RS_METRIC_GROUP_MAX] = {
	RS_METRIC_GROUPS(GROUP_ROW)
};

/* A row: the metric `k` of group `g`. */
#define ROW(g, k, h, kind_, unit_, source_, words_, offset_) \
	[RS_METRIC_##g##_##k] = { \
		.name = #g "_" #k, \
		.key = #k, \
		.help = h, \
		.kind = RS_METRIC_##kind_, \
		.unit = RS_UNIT_##unit_, \
		.group = RS_METRIC_GROUP_##g, \
		.source = RS_METRIC_FROM_##source_, \
		.words = words_, \
		.offset = offset_, \
	},

/* The word of an array that an enumerator names. */
#define WORD(type, array, index) (offsetof(type, array) + (index) * sizeof(uint64_t))

#define PACKET(k, unit, help) \
	ROW(packet, k, help, COUNTER, unit, STATS, 1, offsetof(struct rs_stats, packet.k))
#define TCP(k, unit, help) \
	ROW(tcp, k, help, COUNTER, unit, STATS, 1, offsetof(struct rs_stats, tcp.k))
#define TOTAL(k, array, unit, help) \
	ROW(total, k, help, COUNTER, unit, STATS, \
		sizeof(((struct rs_stats *)0)->array) / sizeof(uint64_t), \
		offsetof(struct rs_stats, array))
#define WORKER(k, unit, help) \
	ROW(worker, k, help, COUNTER, unit, WORKER, 1, \
		WORD(struct rs_worker, count, RS_WORKER_##k))
#define POOL(k, unit, help) \
	ROW(pool, used_##k, help, GAUGE, unit, POOL_USE, 1, offsetof(struct rs_pool_use, k))
#define LISTENER(k, kind, unit, help) \
	ROW(listener, k, help, kind, unit, LISTENER, 1, offsetof(struct rs_listener_stats, k))
#define PORT(k, kind, unit, help) \
	ROW(port, k, help, kind, unit, PORT, 1, offsetof(struct rs_port_counts, k))
#define STATE(k) \
	ROW(state, k, "connections in " #k " now", GAUGE, connections, STATS, 1, \
		WORD(struct rs_stats, states, RS_##k))
#define RESET_SENT(k, help) \
	ROW(reset_sent, k, help, COUNTER, resets, STATS, 1, \
		WORD(struct rs_stats, reset_sent, RS_RESET_##k))
#define RESET_RECEIVED(k, help) \
	ROW(reset_received, k, help, COUNTER, resets, STATS, 1, \
		WORD(struct rs_stats, reset_received, RS_VERDICT_##k))
#define RESET_LIMITED(k, help) \
	ROW(reset_limited, k, help, COUNTER, resets, STATS, 1, \
		WORD(struct rs_stats, reset_limited, RS_LIMITED_##k))
#define DROP(k, help) \
	ROW(drop, k, help, COUNTER, frames, STATS, 1, \
		WORD(struct rs_stats, drop, RS_DROP_##k))

const struct rs_metric rs_metrics[RS_METRIC_MAX] = {
	RS_PACKET_STATS(PACKET)
	RS_TCP_STATS(TCP)
	RS_TOTAL_METRICS(TOTAL)
	RS_WORKER_STATS(WORKER)
	RS_POOL_METRICS(POOL)
	ROW(pool, used_mbufs, "mbufs in use", GAUGE, mbufs, MBUF_POOL, 1, 0)
	RS_LISTENER_METRICS(LISTENER)
	RS_PORT_METRICS(PORT)
	RS_STATES(STATE)
	RS_RESET_REASONS(RESET_SENT)
	RS_RESET_VERDICTS(RESET_RECEIVED)
	RS_RESET_LIMITS(RESET_LIMITED)
	RS_DROPS(DROP)
};

#define COUNT_POOL(field, unit, help) +1
#define COUNT_FIELD(field, kind, unit, help) +1
static_assert((0 RS_POOL_METRICS(COUNT_POOL)) * sizeof(uint32_t) == sizeof(struct rs_pool_use),
	"each pool has a metric");
static_assert((0 RS_LISTENER_METRICS(COUNT_FIELD)) * sizeof(uint64_t) ==
	sizeof(struct rs_listener_stats), "each counter of a listener has a metric");
static_assert((0 RS_PORT_METRICS(COUNT_FIELD)) * sizeof(uint64_t) ==
	sizeof(struct rs_port_counts), "each counter of a port has a metric");

/* Add up words that another thread may be writing. */
static uint64_t
sum_words(const void *base, size_t offset, unsigned int n)
{
	const uint64_t *words = RTE_PTR_ADD(base, offset);
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		sum += __atomic_load_n(&words[i], __ATOMIC_RELAXED);
	return sum;
}

/* The number of entries of a pool in use. */
static uint64_t
read_pool_use(const struct rs_stack *stack, size_t offset)
{
	struct rs_pool_use use;

	rs_stack_pools(stack, &use);
	return *(const uint32_t *)RTE_PTR_ADD(&use, offset);
}

uint64_t
rs_metric_read(const struct rs_metric *metric, const struct rs_worker *worker,
	unsigned int listener)
{
	const void *base = NULL;

	switch (metric->source) {
	case RS_METRIC_FROM_STATS:
		base = rs_stack_stats(worker->stack);
		break;
	case RS_METRIC_FROM_WORKER:
		base = worker;
		break;
	case RS_METRIC_FROM_LISTENER:
		base = rs_stack_listener_stats(worker->stack, listener);
		break;
	case RS_METRIC_FROM_CLIENT:
		base = worker->client_arg;
		break;
	case RS_METRIC_FROM_POOL_USE:
		return read_pool_use(worker->stack, metric->offset);
	case RS_METRIC_FROM_PORT:
		return 0;
	case RS_METRIC_FROM_MBUF_POOL:
		/* workers that share a pool count it once */
		return worker->mbuf_shares > 0 ? rte_mempool_in_use_count(worker->mbufs) : 0;
	}
	return sum_words(base, metric->offset, metric->words);
}

uint64_t
rs_metric_sum(const struct rs_metric *metric, const struct rs_app *app, unsigned int index)
{
	uint64_t sum = 0;
	unsigned int i;

	if (metric->source == RS_METRIC_FROM_PORT)
		return sum_words(&app->port_counts[index], metric->offset, metric->words);
	for (i = 0; i < app->n_workers; i++)
		sum += rs_metric_read(metric, &app->workers[i], index);
	return sum;
}
