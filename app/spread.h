/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * How received frames are spread over the workers: by the devices, or in software where a device
 * has fewer queues than there are workers, has no RSS, or does not tell how it hashes.
 */

#ifndef RS_APP_SPREAD_H
#define RS_APP_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_ethdev.h>

struct rs_app;
struct rs_steer;

/**
 * Whether the workers take the RSS hashes of a device from its packet buffers ([port] rss_hash),
 * and the reason: X(name, help).
 */
#define RS_HASH_USES(X) \
	X(OFF, "no: rss_hash = no") \
	X(NO_STEERING, "no: the workers do not steer in software") \
	X(NOT_GRANTED, "no: the device does not grant it") \
	X(NO_KEY, "no: the device does not tell its key, or hashes no TCP ports") \
	X(NO_TYPES, "no: the device does not tell by packet types which frames are segments") \
	X(OTHER_KEY, "no: another device with rss_hash has another key, or hashes other fields") \
	X(WRONG, "no: a hash of the device was wrong") \
	X(USED, "yes")

#define RS_ENUM_HASH_USE(name, help) RS_HASH_##name,
enum rs_hash_use { RS_HASH_USES(RS_ENUM_HASH_USE) };

/** The queues of a device, and the work that it does. */
struct rs_spread {
	uint16_t n_queues;      /**< pairs of them, each of a worker */
	bool syns_steered;      /**< SYNs have queues of their own */
	uint64_t rss_asked;     /**< fields to hash (RTE_ETH_RSS_*); 0: it has one queue */
	uint64_t rss_granted;   /**< those that it hashes, as far as it tells */
	bool rss_known;         /**< it tells key and table, so that software can hash as it does */
	uint64_t rx_offloads;   /**< RTE_ETH_RX_OFFLOAD_* that it does */
	uint64_t tx_offloads;   /**< RTE_ETH_TX_OFFLOAD_* */
	bool hash_asked;        /**< for the hash in the packet buffer */
	enum rs_hash_use hash_use; /**< as chosen at the start */
	bool hash_wrong;        /**< a worker has found a wrong one */
	bool hash_said;         /**< the log has it */
};

/** The fields that are asked for: all that a TCP segment may be hashed by. */
#define RS_RSS_ASKED (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP)

/** Room for the names of all fields. */
#define RS_RSS_TEXT_MAX 128

/** Where frames are steered to their workers, and the reason: X(name, help). */
#define RS_STEERINGS(X) \
	X(NONE, "none: there is one worker") \
	X(DEVICE, "device: RSS, whose hash is known") \
	X(DEVICE_UNKNOWN, "device: RSS, whose hash is unknown; segments without a connection are" \
		" shown to each worker") \
	X(DEVICE_WRONG, "device: RSS, but not by the hash that it tells; segments without a" \
		" connection are shown to each worker") \
	X(DEVICE_KEY, "device: steering = device says that each connection stays at one queue") \
	X(SOFTWARE_KEY, "software: steering = software") \
	X(SOFTWARE_QUEUES, "software: a device has fewer queues than there are workers") \
	X(SOFTWARE_NO_RSS, "software: a device has no RSS")

#define RS_ENUM_STEERING(name, help) RS_STEERING_##name,
enum rs_steering { RS_STEERINGS(RS_ENUM_STEERING) };

/** Whether the workers steer each frame. */
static inline bool
rs_steering_is_software(enum rs_steering steering)
{
	return steering >= RS_STEERING_SOFTWARE_KEY;
}

/**
 * Choose the number of queues of each device, and how to steer as far as that is known before the
 * devices start.
 *
 * @param app  the ports are found
 */
void rs_spread_plan(struct rs_app *app, unsigned int n_workers);

/**
 * Find out how the started devices hash, and choose app->steering, app->rss, app->steer_key and
 * app->hash.
 */
void rs_spread_learn(struct rs_app *app);

/** Let a worker that steers in software take the hashes that rs_spread_learn() chose. */
void rs_spread_give_hashes(struct rs_app *app, struct rs_steer *steer);

/** Whether the workers take a device's hashes now. Any thread. */
enum rs_hash_use rs_spread_hash_now(const struct rs_spread *spread);

/** A sentence about the use of hashes. */
const char *rs_hash_use_text(enum rs_hash_use use);

/** How frames are steered now. Any thread. */
enum rs_steering rs_spread_now(const struct rs_app *app);

/**
 * Write which workers are on another NUMA node than a device, and if there are several, what was
 * asked of RSS, what was granted, and how frames are steered.
 */
void rs_spread_say(const struct rs_app *app, FILE *out);

/** A sentence about a choice. */
const char *rs_steering_text(enum rs_steering steering);

/** Write the names of RSS's fields into text, separated by blanks; "none" if there is none. */
void rs_spread_fields(uint64_t fields, char *text, size_t size);

#endif /* RS_APP_SPREAD_H */
