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
 * hash is keyed, so no peer can choose addresses that share the buckets of another.
 */

#ifndef RS_TCP_CORE_RATELIMIT_H
#define RS_TCP_CORE_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "base/hash.h"
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
	uint64_t key[4];        /**< of the hash of sources */
	struct {
		uint64_t full[RS_RATELIMIT_BUCKETS];
	} *rows;                /**< two; NULL: sources have no limit */
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

/** The source of an address; an IPv6 host has all addresses of its /64. */
static inline uint64_t
rs_ratelimit_source(const struct rs_ratelimit *limit, const struct rs_addr *addr)
{
	uint64_t source;

	if (rs_addr_is_ipv4(addr))
		return rs_ratelimit_source_ipv4(limit, addr->w[3]);
	memcpy(&source, addr, sizeof(source));
	return source;
}

/** A hash of a source, whose halves choose its buckets. */
static inline uint64_t
rs_ratelimit_hash(const struct rs_ratelimit *limit, uint64_t source)
{
	uint64_t h = rs_hash_nh(source, source >> 32, limit->key[0], limit->key[1]);

	return rs_hash_nh(h, h >> 32, limit->key[2], limit->key[3]);
}

/**
 * Take a token for a reset out of each bucket, or out of none.
 *
 * @param source    of the peer: rs_ratelimit_source()
 * @param listener  the bucket of the listener or closed range; NULL: none has the port
 * @param now       microseconds
 * @return RS_LIMITED_MAX: it may be sent; or the limit that withholds it
 */
static inline enum rs_limited
rs_ratelimit_take(struct rs_ratelimit *limit, uint64_t source, struct rs_rate *listener,
	uint64_t now)
{
	uint64_t clock = rs_rate_clock(now);
	uint64_t worker_next = rs_rate_next(limit->worker.full, limit->worker.cost, clock);
	uint64_t listener_next = 0;
	uint64_t source_next = 0;
	uint64_t *a = NULL;
	uint64_t *b = NULL;

	if (limit->rows != NULL) {
		uint64_t hash = rs_ratelimit_hash(limit, source);

		a = &limit->rows[0].full[hash % RS_RATELIMIT_BUCKETS];
		b = &limit->rows[1].full[(hash >> 32) % RS_RATELIMIT_BUCKETS];
		source_next = rs_rate_next(RTE_MIN(*a, *b), limit->source_cost, clock);
		if (!rs_rate_has(source_next, clock))
			return RS_LIMITED_source;
	}
	if (listener != NULL) {
		listener_next = rs_rate_next(listener->full, listener->cost, clock);
		if (!rs_rate_has(listener_next, clock))
			return RS_LIMITED_listener;
	}
	if (!rs_rate_has(worker_next, clock))
		return RS_LIMITED_worker;
	limit->worker.full = worker_next;
	if (listener != NULL)
		listener->full = listener_next;
	if (a != NULL) {
		*a = RTE_MAX(*a, source_next);
		*b = RTE_MAX(*b, source_next);
	}
	return RS_LIMITED_MAX;
}

#endif /* RS_TCP_CORE_RATELIMIT_H */
