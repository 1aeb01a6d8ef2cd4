/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The state of the appliance, which the main lcore sets up and telemetry reads.
 */

#ifndef RS_APP_APP_H
#define RS_APP_APP_H

#include <stdbool.h>

#include "clock.h"
#include "config/config.h"
#include "rstack.h"
#include "spread.h"
#include "worker.h"

struct rs_capture_state;
struct rs_logs;
struct rs_resets;
struct rs_service_text;

/** Counters of a device, which the main lcore reads, because that takes some drivers long. */
struct rs_port_counts {
	uint64_t rx_frames, rx_bytes, rx_missed, rx_errors, rx_no_mbuf;
	uint64_t tx_frames, tx_bytes, tx_errors;
	uint64_t link_up;
};

struct rs_app {
	struct rs_config config;
	uint32_t changes;                        /**< of config; odd: under way (seqcount.h) */
	struct rs_clock clock;
	uint32_t speak_delay_us;                 /**< rs_stack_params.speak_delay_us */
	struct rs_port ports[RS_CONFIG_PORTS_MAX]; /**< the ports of config.ports */
	struct rs_port_counts port_counts[RS_CONFIG_PORTS_MAX]; /**< of a device's first port */
	uint64_t port_counts_due;                /**< they are read again then */
	struct rs_prefix terminate[RS_PREFIXES_MAX];
	uint16_t terminate_port[RS_PREFIXES_MAX];
	unsigned int n_terminate;
	struct rs_acl *acl;                      /**< of all workers; NULL: none */
	bool no_huge;
	bool pdump;                              /**< dpdk-dumpcap can attach */
	struct rs_capture_state *capture;        /**< NULL: none (watch/capture.h) */
	struct rs_exception_paths *exceptions;   /**< NULL: no port shares with the kernel */
	struct rs_logs *logs;                    /**< of the main lcore (log.h) */
	bool stopping;                           /**< a signal asked for it; telemetry reads */
	struct rs_resets *resets;                /**< of all workers (watch/resets.h) */
	const struct rs_service_text *text;      /**< of the service metrics */
	struct rs_worker *workers;
	unsigned int n_workers;
	struct rs_spread spread[RS_DEVICES_MAX]; /**< by device */
	enum rs_steering steering;
	bool seek;                               /**< rs_stack_params.seek; workers may set it */
	bool seek_said;                          /**< the log has it */
	struct rs_rss rss;                       /**< of all devices alike, or unknown */
	struct rs_hash_key steer_key;            /**< of steering in software */
	struct rs_rss hash;                      /**< rs_steer.toeplitz; unknown: it is not used */
	bool astray;                             /**< rs_steer.astray */
	struct rte_ring *inboxes[RTE_MAX_LCORE]; /**< of the workers, if there are several */
	struct rte_ring *outboxes[RTE_MAX_LCORE]; /**< of those that send for others */
	void *program_data;                      /**< of rs_program.create() to destroy() */
};

#endif /* RS_APP_APP_H */
