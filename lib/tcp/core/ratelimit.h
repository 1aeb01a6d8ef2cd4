/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The rate limits of the resets that answer segments: of the worker, of a listener or closed
 * range, and of a source, which is a prefix of the peer's address.
 *
 * The sources share a fixed table, a count-min sketch with conservative update: each source has a
 * bucket in each row, and the fuller one counts. No bucket of a source ever holds more than a
 * bucket of its own would, so no source gets more than its limit, however many sources there are.
 * A source is limited for the resets of others only if they emptied its bucket in each row. The
 * hash is keyed and not linear, so no peer can choose addresses that share the buckets of another.
 */

#ifndef RS_TCP_CORE_RATELIMIT_H
#define RS_TCP_CORE_RATELIMIT_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include "base/addr.h"
#include "base/rate.h"
#include "base/stats.h"
#include "rstack.h"

/** Buckets in a row of the table of sources; its two rows are 64 KiB. */
#define RS_RATELIMIT_BUCKETS 4096

/** The rate limits of one worker. */
struct rs_ratelimit {
	bool on;                /**< a limit is set */
	bool of_listeners;      /**< a listener or closed range has one */
	rte_be32_t mask;        /**< of the prefix that makes an IPv4 source */
	struct rs_rate worker;
	uint64_t source_cost;   /**< of a token in the buckets of the sources */
	uint64_t key[3];        /**< of the hash of sources; the first is odd */
	struct {
		uint64_t full[RS_RATELIMIT_BUCKETS]; /**< as of rs_rate */
	} *rows;                /**< two; NULL: sources have no limit */
};

/** The limits during a burst: the clock, and the bucket of the worker. */
struct rs_ratelimit_burst {
	uint64_t clock;
	uint64_t worker;        /**< time at which its bucket will be full, at the clock or later */
	uint64_t worker_last;   /**< latest time at which it has a token */
	uint64_t source_last;   /**< the same of a source's bucket */
};

/** Bytes of memory of the table of sources. */
uint64_t rs_ratelimit_memory(const struct rs_stack_params *params);

/** Set up the limits. @return 0, -EINVAL (a parameter is out of range) or -ENOMEM */
int rs_ratelimit_init(struct rs_ratelimit *limit, const struct rs_stack_params *params);

/** Free the table of sources. */
void rs_ratelimit_fini(struct rs_ratelimit *limit);

/** The source of an IPv4 address. */
static inline uint64_t
rs_ratelimit_source_ipv4(const struct rs_ratelimit *limit, rte_be32_t addr)
{
	return addr & limit->mask;
}

/** The source of an IPv6 address, of its first 64 bits: a host has all addresses of its /64. */
static inline uint64_t
rs_ratelimit_source_ipv6(uint64_t first)
{
	return first;
}

/** The source of an address. */
static inline uint64_t
rs_ratelimit_source(const struct rs_ratelimit *limit, const struct rs_addr *addr)
{
	return rs_addr_is_ipv4(addr) ? rs_ratelimit_source_ipv4(limit, addr->w[3]) :
		rs_ratelimit_source_ipv6(rs_addr_first64(addr));
}

static_assert(RS_RATELIMIT_BUCKETS == 1 << 12, "12 bits of the hash choose a bucket");

/** A hash of a source, the upper bits of which choose its buckets. */
static inline uint64_t
rs_ratelimit_hash(const struct rs_ratelimit *limit, uint64_t source)
{
	uint64_t h = source * limit->key[0];

	return (h + limit->key[1]) * ((h >> 32) + limit->key[2]);
}

/** Begin a burst. @param now microseconds */
static inline struct rs_ratelimit_burst
rs_ratelimit_begin(const struct rs_ratelimit *limit, uint64_t now)
{
	uint64_t clock = rs_rate_clock(now);

	return (struct rs_ratelimit_burst){
		.clock = clock,
		.worker = RTE_MAX(limit->worker.full, clock),
		.worker_last = clock + RS_RATE_SECOND - limit->worker.cost,
		.source_last = clock + RS_RATE_SECOND - limit->source_cost,
	};
}

/** End a burst. */
static inline void
rs_ratelimit_end(struct rs_ratelimit *limit, const struct rs_ratelimit_burst *burst)
{
	limit->worker.full = burst->worker;
}

/**
 * Take a token for a reset out of each bucket, or out of none.
 *
 * @param source    of the peer: rs_ratelimit_source()
 * @param listener  the bucket of the listener or closed range; NULL: none has the port
 * @return RS_LIMITED_MAX: it may be sent; or the limit that withholds it
 */
static __rte_always_inline enum rs_limited
rs_ratelimit_take(struct rs_ratelimit *limit, struct rs_ratelimit_burst *burst, uint64_t source,
	struct rs_rate *listener)
{
	uint64_t listener_next = 0;
	uint64_t source_next = 0;
	uint64_t *a = NULL;
	uint64_t *b = NULL;

	if (limit->rows != NULL) {
		uint64_t hash = rs_ratelimit_hash(limit, source);

		a = &limit->rows[0].full[hash >> 52];
		b = &limit->rows[1].full[(hash >> 40) % RS_RATELIMIT_BUCKETS];
		source_next = RTE_MIN(*a, *b);
		if (source_next > burst->source_last)
			return RS_LIMITED_source;
		source_next = rs_rate_next(source_next, limit->source_cost, burst->clock);
	}
	if (listener != NULL) {
		listener_next = rs_rate_next(listener->full, listener->cost, burst->clock);
		if (!rs_rate_has(listener_next, burst->clock))
			return RS_LIMITED_listener;
	}
	if (burst->worker > burst->worker_last)
		return RS_LIMITED_worker;
	burst->worker += limit->worker.cost;
	if (listener != NULL)
		listener->full = listener_next;
	if (a != NULL) {
		*a = RTE_MAX(*a, source_next);
		*b = RTE_MAX(*b, source_next);
	}
	return RS_LIMITED_MAX;
}

#endif /* RS_TCP_CORE_RATELIMIT_H */
