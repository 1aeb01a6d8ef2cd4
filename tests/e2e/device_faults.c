/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A device that fails on purpose: with this library in LD_PRELOAD, the file that DEVICE_FAULTS
 * names holds a struct faults, which the test changes while rstack runs. Stalled queues receive or
 * take no frame. A device that asked for a reset is dead until rte_eth_dev_reset(), as a virtual
 * function is whose physical function was reset, and a removed one for ever. There is one device.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_ethdev.h>

#define LOOK_US 5000

/* Bytes of the file. The test writes them, and this library takes back what it has done. */
struct faults {
	uint8_t rx_stalled;     /* all receive queues are stalled */
	uint8_t tx_stalled;     /* all transmit queues */
	uint8_t reset;          /* 1: ask for a reset; becomes 0 */
	uint8_t remove;         /* 1: report the removal; becomes 0 */
	uint8_t failing;        /* rte_eth_dev_reset() fails */
	uint8_t poor;           /* the device has no offloads */
};

static volatile struct faults *faults;
static bool dead;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static eth_rx_burst_t real_rx;
static eth_tx_burst_t real_tx;
static uint16_t device;

/* What rstack wants to be told of, by event. */
static rte_eth_dev_cb_fn callbacks[RTE_ETH_EVENT_MAX];
static void *callback_args[RTE_ETH_EVENT_MAX];

/* The function that this library stands in front of. */
#define NEXT(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

static uint16_t
rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	return dead || faults->rx_stalled ? 0 : real_rx(queue, pkts, n);
}

static uint16_t
tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	return dead || faults->tx_stalled ? 0 : real_tx(queue, pkts, n);
}

static void
report(enum rte_eth_event_type event)
{
	dead = true;
	if (callbacks[event] != NULL)
		callbacks[event](device, event, callback_args[event], NULL);
}

/* Report events when the test says so, from a thread of its own, as drivers do. */
static void *
report_events(void *arg __rte_unused)
{
	for (;;) {
		if (faults->reset) {
			report(RTE_ETH_EVENT_INTR_RESET);
			faults->reset = 0;
		}
		if (faults->remove) {
			report(RTE_ETH_EVENT_INTR_RMV);
			faults->remove = 0;
		}
		usleep(LOOK_US);
	}
	return NULL;
}

static void
begin(void)
{
	int fd = open(getenv("DEVICE_FAULTS"), O_RDWR | O_CLOEXEC);
	void *map = mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pthread_t thread;

	if (fd < 0 || map == MAP_FAILED)
		abort();
	close(fd);
	faults = map;
	if (pthread_create(&thread, NULL, report_events, NULL) != 0)
		abort();
	pthread_detach(thread);
}

int
rte_eth_dev_start(uint16_t port)
{
	struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[port];
	int ret = NEXT(rte_eth_dev_start)(port);

	if (ret != 0)
		return ret;
	device = port;
	pthread_once(&once, begin);
	real_rx = ops->rx_pkt_burst;
	real_tx = ops->tx_pkt_burst;
	ops->rx_pkt_burst = rx_burst;
	ops->tx_pkt_burst = tx_burst;
	return 0;
}

int
rte_eth_dev_info_get(uint16_t port, struct rte_eth_dev_info *info)
{
	int ret = NEXT(rte_eth_dev_info_get)(port, info);

	if (faults != NULL && faults->poor) {
		info->rx_offload_capa = 0;
		info->tx_offload_capa = 0;
	}
	return ret;
}

/* The real driver cannot do it. This one leaves the device stopped, so it must be configured. */
int
rte_eth_dev_reset(uint16_t port)
{
	if (faults->failing)
		return -EAGAIN;
	dead = false;
	return NEXT(rte_eth_dev_stop)(port);
}

int
rte_eth_dev_callback_register(uint16_t port, enum rte_eth_event_type event, rte_eth_dev_cb_fn fn,
	void *arg)
{
	if (event < RTE_ETH_EVENT_MAX) {
		callbacks[event] = fn;
		callback_args[event] = arg;
	}
	return NEXT(rte_eth_dev_callback_register)(port, event, fn, arg);
}
