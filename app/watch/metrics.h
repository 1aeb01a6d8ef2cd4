/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The table of metrics: every number that a user can watch, with its name, kind, unit and help
 * text, and the word that it is read from. Telemetry and the summary walk this table.
 */

#ifndef RS_WATCH_METRICS_H
#define RS_WATCH_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "app.h"

/** Whether a value only grows, or goes up and down. */
enum rs_metric_kind {
	RS_METRIC_KIND_UNSET,
	RS_METRIC_COUNTER,
	RS_METRIC_GAUGE,
};

/** Where the value of one worker is read. */
enum rs_metric_source {
	RS_METRIC_FROM_STATS,     /**< uint64_t of struct rs_stats */
	RS_METRIC_FROM_WORKER,    /**< uint64_t of struct rs_worker */
	RS_METRIC_FROM_LISTENER,  /**< uint64_t of struct rs_listener_stats */
	RS_METRIC_FROM_POOL_USE,  /**< uint32_t of struct rs_pool_use */
	RS_METRIC_FROM_MBUF_POOL, /**< mbufs in use of the worker's mempool */
	RS_METRIC_FROM_CLIENT,    /**< uint64_t of the worker's client (worker.h) */
	RS_METRIC_FROM_PORT,      /**< uint64_t of struct rs_port_counts: of no worker */
};

/** X(name, label, family, title): groups of metrics, in the order of the table. */
#define RS_METRIC_GROUPS(X) \
	X(packet, NULL, NULL, NULL) \
	X(tcp, NULL, NULL, NULL) \
	X(total, NULL, NULL, NULL) \
	X(worker, NULL, NULL, NULL) \
	X(pool, NULL, NULL, NULL) \
	X(listener, NULL, NULL, NULL) \
	X(port, NULL, NULL, NULL) \
	X(state, "state", "connections", NULL) \
	X(reset_sent, "reason", "resets_sent", "resets sent") \
	X(reset_received, "verdict", "resets_received", "resets received") \
	X(reset_limited, "limit", "resets_limited", "resets withheld") \
	X(drop, "reason", "frames_dropped", "frames dropped") \
	X(load, NULL, NULL, NULL)

#define RS_ENUM_METRIC_GROUP(name, label, family, title) RS_METRIC_GROUP_##name,
enum rs_metric_group { RS_METRIC_GROUPS(RS_ENUM_METRIC_GROUP) RS_METRIC_GROUP_MAX };

/** A group of metrics. */
struct rs_metric_group_info {
	const char *name;
	/** The metrics are parts of one sum, told apart by this label; NULL: they are not. */
	const char *label;
	const char *family; /**< of a label: the name of the whole (watch/prometheus.h) */
	const char *title; /**< of its lines in the summary; NULL: it has none there */
};

extern const struct rs_metric_group_info rs_metric_groups[RS_METRIC_GROUP_MAX];

/** A metric. All but `source`, `words` and `offset` is for users. */
struct rs_metric {
	const char *name;  /**< unique and stable: the group's name, '_', the key */
	const char *key;   /**< of the value in telemetry's answers; unique in the group */
	const char *help;
	enum rs_metric_kind kind;
	enum rs_stat_unit unit;
	enum rs_metric_group group;
	enum rs_metric_source source;
	uint32_t words;    /**< the value is the sum of so many words; 1: of one */
	size_t offset;     /**< bytes, of the first word in `source` */
};

/** X(field, unit, help): members of struct rs_pool_use. */
#define RS_POOL_METRICS(X) \
	X(tcbs, connections, "connections that have a TCB") \
	X(time_waits, connections, "connections in TIME-WAIT that have a record, not a TCB") \
	X(busy, blocks, "busy blocks in use, which hold a connection's queues") \
	X(chunks, chunks, "chunks in use, the buffer descriptors of queued data") \
	X(ranges, ranges, "ranges in use, which record data in flight") \
	X(half_open, connections, "half-open connections: passive opens in SYN-RECEIVED, which" \
		" max_half_open limits (RFC 4987 3.6)") \
	X(neighbours, neighbours, "neighbour entries in use") \
	X(fragments, frames, "IP fragments that wait for the rest of their datagrams")

/** X(field, kind, unit, help): members of struct rs_listener_stats. */
#define RS_LISTENER_METRICS(X) \
	X(accepted, COUNTER, connections, "connections accepted into SYN-RECEIVED") \
	X(established, COUNTER, connections, "connections that reached ESTABLISHED") \
	X(open, GAUGE, connections, "connections open now, in any state") \
	X(ended, COUNTER, connections, "connections closed in order") \
	X(aborted, COUNTER, connections, "connections ended by a reset or a time-out") \
	X(rx_bytes, COUNTER, bytes, "bytes of data received in order and delivered") \
	X(tx_bytes, COUNTER, bytes, "bytes of data sent, retransmissions excluded")

/** X(field, kind, unit, help): members of struct rs_port_counts. */
#define RS_PORT_METRICS(X) \
	X(rx_frames, COUNTER, frames, "frames that the device received") \
	X(rx_bytes, COUNTER, bytes, "bytes of these frames") \
	X(rx_missed, COUNTER, frames, "frames that the device dropped because its receive queue" \
		" was full: the worker was too slow") \
	X(rx_errors, COUNTER, frames, "frames that the device received with an error") \
	X(rx_no_mbuf, COUNTER, frames, "frames that the driver dropped because no mbuf was free") \
	X(tx_frames, COUNTER, frames, "frames that the device sent") \
	X(tx_bytes, COUNTER, bytes, "bytes of these frames") \
	X(tx_errors, COUNTER, frames, "frames that the device could not send") \
	X(link_up, GAUGE, ports, "1 while the link is up, else 0")

/** X(name, source array, help): sums over a labelled group. */
#define RS_TOTAL_METRICS(X) \
	X(resets_sent, reset_sent, resets, "resets sent, for any reason") \
	X(resets_received, reset_received, resets, "resets received, with any verdict") \
	X(resets_limited, reset_limited, resets, "resets withheld by any rate limit") \
	X(drops, drop, frames, "frames dropped, for any reason")

#define RS_METRIC_ID_packet(name, unit, help) RS_METRIC_packet_##name,
#define RS_METRIC_ID_tcp(name, unit, help) RS_METRIC_tcp_##name,
#define RS_METRIC_ID_total(name, array, unit, help) RS_METRIC_total_##name,
#define RS_METRIC_ID_worker(name, unit, help) RS_METRIC_worker_##name,
#define RS_METRIC_ID_pool(field, unit, help) RS_METRIC_pool_used_##field,
#define RS_METRIC_ID_listener(field, kind, unit, help) RS_METRIC_listener_##field,
#define RS_METRIC_ID_port(field, kind, unit, help) RS_METRIC_port_##field,
#define RS_METRIC_ID_state(name) RS_METRIC_state_##name,
#define RS_METRIC_ID_reset_sent(name, help) RS_METRIC_reset_sent_##name,
#define RS_METRIC_ID_reset_received(name, help) RS_METRIC_reset_received_##name,
#define RS_METRIC_ID_reset_limited(name, help) RS_METRIC_reset_limited_##name,
#define RS_METRIC_ID_drop(name, help) RS_METRIC_drop_##name,

/** Index of each metric in the table: RS_METRIC_, its name. */
enum rs_metric_id {
	RS_PACKET_STATS(RS_METRIC_ID_packet)
	RS_TCP_STATS(RS_METRIC_ID_tcp)
	RS_TOTAL_METRICS(RS_METRIC_ID_total)
	RS_WORKER_STATS(RS_METRIC_ID_worker)
	RS_POOL_METRICS(RS_METRIC_ID_pool)
	RS_METRIC_pool_used_mbufs,
	RS_LISTENER_METRICS(RS_METRIC_ID_listener)
	RS_PORT_METRICS(RS_METRIC_ID_port)
	RS_STATES(RS_METRIC_ID_state)
	RS_RESET_REASONS(RS_METRIC_ID_reset_sent)
	RS_RESET_VERDICTS(RS_METRIC_ID_reset_received)
	RS_RESET_LIMITS(RS_METRIC_ID_reset_limited)
	RS_DROPS(RS_METRIC_ID_drop)
	RS_METRIC_MAX
};

/** The table, in the order of enum rs_metric_id. */
extern const struct rs_metric rs_metrics[RS_METRIC_MAX];

/**
 * Read a metric of one worker. Any thread, while the worker exists.
 *
 * @param listener  which listener; of no matter unless the metric is read from listeners
 */
uint64_t rs_metric_read(const struct rs_metric *metric, const struct rs_worker *worker,
	unsigned int listener);

/**
 * Read a metric of all workers and add up.
 *
 * @param index  which listener or which of config.ports, if the metric is one of these
 */
uint64_t rs_metric_sum(const struct rs_metric *metric, const struct rs_app *app,
	unsigned int index);

#endif /* RS_WATCH_METRICS_H */
