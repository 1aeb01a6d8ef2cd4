/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A worker: an lcore that polls its queue of each port and runs its own stack.
 */

#ifndef RS_APP_WORKER_H
#define RS_APP_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include "clock.h"
#include "control.h"
#include "config/config.h"
#include "packet/intake.h"
#include "rstack.h"
#include "steer.h"

struct rs_app;
struct rs_exception_paths;
struct rs_rate;
struct rs_service_text;
struct rs_spread;

/** Counters of the worker itself. Those from rx_batch_1 on are the sizes of received bursts. */
#define RS_WORKER_STATS(X) \
	X(total_cycles, cycles, "TSC cycles since the worker started") \
	X(busy_cycles, cycles, "TSC cycles of polls that received or sent frames, or served" \
		" timers or waiting connections") \
	X(polls, polls, "polls of all ports") \
	X(idles, polls, "polls that ended in a yield or a sleep") \
	X(syns_dropped, frames, "SYNs dropped because the worker could not keep up") \
	X(rx_bursts, bursts, "bursts received, empty ones excluded") \
	X(tx_bursts, bursts, "bursts given to a device") \
	X(tx_full, frames, "frames dropped because the device's transmit queue, or the ring to" \
		" the worker that has one, was full, or the device was reset or removed") \
	X(tx_refused, frames, "frames of several segments (TSO) that a driver refused; the worker" \
		" then sends single segments through the port") \
	X(messages, messages, "messages from other threads") \
	X(message_cycles, cycles, "TSC cycles spent on answering them") \
	X(handed_over, frames, "frames handed over to the worker of their connection") \
	X(handed_in, frames, "frames that other workers handed over to this one") \
	X(handover_full, frames, "frames dropped because the ring of that worker was full") \
	X(hashes_taken, frames, "frames whose worker was found by the RSS hash in the packet" \
		" buffer ([port] rss_hash), without reading the frame") \
	X(hashes_verified, frames, "frames whose RSS hash in the packet buffer was verified") \
	X(hashes_wrong, frames, "frames whose RSS hash in the packet buffer was wrong; after the" \
		" first one of a device its hashes are not used") \
	X(tx_handed_over, frames, "frames given to another worker to send, because the device" \
		" has fewer transmit queues than there are workers") \
	X(to_kernel, frames, "frames given to the interface of the host's kernel ([port] kernel)," \
		" copies of ARP replies and neighbour advertisements included") \
	X(from_kernel, frames, "frames of the kernel that left through the port") \
	X(kernel_limited, frames, "frames not given to the kernel because of kernel_rate") \
	X(kernel_full, frames, "frames for the kernel dropped because its queue was full or its" \
		" interface down") \
	X(rx_batch_1, bursts, "bursts of 1 frame") \
	X(rx_batch_2_3, bursts, "bursts of 2 or 3 frames") \
	X(rx_batch_4_7, bursts, "bursts of 4 to 7 frames") \
	X(rx_batch_8_15, bursts, "bursts of 8 to 15 frames") \
	X(rx_batch_16_31, bursts, "bursts of 16 to 31 frames") \
	X(rx_batch_32_63, bursts, "bursts of 32 to 63 frames") \
	X(rx_batch_64, bursts, "bursts of 64 frames")

#define RS_ENUM_WORKER(name, unit, help) RS_WORKER_##name,
enum rs_worker_stat { RS_WORKER_STATS(RS_ENUM_WORKER) RS_WORKER_STAT_MAX };

/** @return the counter of received bursts of n frames, n > 0 */
static inline enum rs_worker_stat
rs_worker_batch(uint16_t n)
{
	return (enum rs_worker_stat)(RS_WORKER_rx_batch_1 + rte_fls_u32(n) - 1);
}

/** A client, which a worker runs beside its ports to open connections (load/client.h). */
struct rs_client {
	/**
	 * Open and end connections. Called before each poll of the ports.
	 *
	 * @param now       microseconds
	 * @param stopping  the worker was told to stop
	 * @param behind    the last poll received a full burst, so that frames may wait
	 */
	void (*poll)(void *arg, struct rs_stack *stack, uint64_t now, bool stopping, bool behind);
	/** @return microseconds until poll() has work, at most `most` */
	uint64_t (*idle)(const void *arg, uint64_t now, uint64_t most);
};

/** Bursts of which a device took no frame, one after the other, in microseconds. */
struct rs_stall {
	uint64_t since;                 /**< the first one; 0: the device took frames at last */
	uint64_t last;
};

/**
 * A worker. Other threads read `count` and `stalls`, and otherwise use only `mailbox`, `quit` and
 * rs_worker_set_queues().
 */
struct rs_worker {
	struct rs_stack *stack;
	struct rte_ring *mailbox;       /**< control.h */
	const struct rs_clock *clock;
	uint64_t now;                   /**< microseconds at the last poll */
	uint64_t epoch_due;             /**< the stack is told the wall clock again then */
	uint16_t ports[RS_DEVICES_MAX]; /**< devices */
	uint16_t n_ports;
	uint16_t queue;                 /**< its queue on each device that has so many */
	uint16_t n_queues[RS_DEVICES_MAX]; /**< by device: workers from this number on have none;
					    * 0 while the device is reset (devices.h) */
	bool cuts[RS_DEVICES_MAX];      /**< by device: it cuts frames into segments (TSO) */
	uint16_t syn_queues[RS_DEVICES_MAX]; /**< its queue of SYNs on each; 0: none */
	struct rs_stall stalls[RS_DEVICES_MAX]; /**< by device, of its transmit queue */
	struct rs_intake *intakes;      /**< one for each device */
	enum rs_worker_idle idle;
	uint32_t idle_sleep_us;
	const struct rs_client *client; /**< NULL: none */
	void *client_arg;
	struct rte_keepalive *keepalive; /**< marked at each poll; NULL: none (health.h) */
	struct rte_rcu_qsbr *qsbr;      /**< told of each poll, as thread `queue` (reload.h) */
	struct rs_steer steer;          /**< for the connections of its client */
	bool verifies;                  /**< whether the devices hash as they say */
	bool behind;                    /**< the last poll received a full burst */
	struct rs_capture *capture;     /**< around resets; NULL: none (watch/capture.h) */
	struct rs_exception_paths *exceptions; /**< to the host's kernel; NULL: none */
	struct rs_rate *kernel_limits;  /**< of frames for the kernel, by port id */
	bool stopping;                  /**< asked to stop: ends after its last connection */
	bool done;                      /**< stopping, without connections; other workers read it */
	bool quit;                      /**< set by the main lcore: end now */
	uint64_t count[RS_WORKER_STAT_MAX] __rte_cache_aligned;
	/* not used while it runs */
	unsigned int lcore;
	unsigned int socket;
	struct rte_ring *inbox;         /**< frames from other workers, or NULL */
	struct rte_ring *outbox;        /**< frames that it sends for other workers, or NULL */
	struct rte_ring *const *outboxes; /**< of the workers by number */
	const struct rs_worker *peers;  /**< the n_peers workers that need each other's queues */
	unsigned int n_peers;           /**< 0: it ends when it likes */
	struct rs_pace pace;            /**< of walks over its connections (control.h) */
	unsigned int mbuf_shares;       /**< workers that its mbufs are for; 0: another one's are */
	struct rte_mempool *mbufs;
	struct rs_listener *listeners;  /**< room for RS_LISTENERS_MAX; the stack reads them */
	unsigned int n_listeners;
} __rte_cache_aligned;

/**
 * Create the services, mbufs and mailbox of a worker. The ports have not started yet.
 *
 * @param w      zeroed, with lcore, queue and mbuf_shares set, and mbufs if they are another's
 * @param mtu    the largest of the ports' MTUs
 * @param error  [out] one sentence
 * @return 0, or -EINVAL (a service refused its configuration), -ENOMEM
 */
int rs_worker_init(struct rs_worker *w, const struct rs_config *config, uint16_t mtu,
	char *error, size_t size);

/**
 * Create the worker's stack for the ports of app, which have started.
 *
 * @return 0, or -EINVAL, -ENOMEM
 */
int rs_worker_open(struct rs_worker *w, const struct rs_app *app);

/**
 * Let a worker use its queues of a device, or none of them. The main lcore may call this while the
 * worker runs, which uses the queues that it had until its next quiescent state.
 *
 * @param spread  of the device, which has started; NULL: the worker has no queue of it
 */
void rs_worker_set_queues(struct rs_worker *w, uint16_t device, const struct rs_spread *spread,
	uint16_t n_workers);

/**
 * Make a listener of a worker, with its service, or without one if its ports are closed.
 *
 * @param running  the same listener as it is now, whose service it takes; NULL: it is a new one
 * @param error    [out] one sentence
 * @return 0 or -EINVAL
 */
int rs_worker_listener(struct rs_listener *listener, const struct rs_config_listener *config,
	const struct rs_listener *running, uint8_t tos, char *error, size_t size);

/**
 * Give the service of a new listener the text that it serves, if it serves the appliance's.
 *
 * @param text  NULL: there is none yet
 * @return 0 or -1: no memory
 */
int rs_worker_give_text(struct rs_listener *listener, const struct rs_config_listener *config,
	const struct rs_service_text *text);

/** Free the service of a listener. */
void rs_worker_listener_end(struct rs_listener *listener,
	const struct rs_config_listener *config);

/** The parameters of the worker's stack; the listeners are those of `w`. */
struct rs_stack_params rs_worker_params(struct rs_worker *w, const struct rs_app *app);

/** The poll loop, an lcore function. It ends at `quit`, or when stopping without connections. */
int rs_worker_run(void *worker);

/** Free the stack and its mbufs. */
void rs_worker_close(struct rs_worker *w);

/**
 * Free the rest. The ports are closed.
 *
 * @return how many mbufs were not freed: 0, unless there is a bug
 */
unsigned int rs_worker_fini(struct rs_worker *w, const struct rs_config *config);

/** @return the approximate bytes of memory of one worker; needs no EAL */
uint64_t rs_worker_memory(const struct rs_config *config);

/** Start the clock that all workers share. */
void rs_worker_clock_start(struct rs_clock *clock);

/** @return microseconds on that clock; for other threads */
uint64_t rs_worker_clock_now(const struct rs_clock *clock);

#endif /* RS_APP_WORKER_H */
