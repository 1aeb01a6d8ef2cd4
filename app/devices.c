/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Watching running devices: links, resets, removals. */

#include <inttypes.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_rcu_qsbr.h>

#include "control.h"
#include "devices.h"
#include "log.h"
#include "port.h"
#include "watch/telemetry.h"

/* Time from a failed start of a device to the next try, which doubles up to the second one. */
#define WAIT_MS 100
#define WAIT_MAX_MS 60000

/* Time from one try to connect to the next. */
#define CONNECT_US (UINT64_C(1000) * RS_CONNECT_WAIT_MS)

/* A transmit queue that takes no frame for so long is stalled, not only full. */
#define STALL_US (1000 * 1000)

/* The driver reports an event. A thread of DPDK calls this. */
static int
note_event(uint16_t id __rte_unused, enum rte_eth_event_type event, void *arg,
	void *ret __rte_unused)
{
	struct rs_device *d = arg;

	if (event == RTE_ETH_EVENT_INTR_RESET)
		__atomic_store_n(&d->reset, true, __ATOMIC_RELEASE);
	else if (event == RTE_ETH_EVENT_INTR_RMV)
		__atomic_store_n(&d->removed, true, __ATOMIC_RELEASE);
	return 0;
}

/* Whether the link was down when rs_port_stats_keep() read its state. */
static bool
link_is_down(const struct rs_app *app, const struct rs_device *d)
{
	return app->port_counts[d->first].link_up == 0;
}

void
rs_devices_start(struct rs_devices *devices, struct rs_app *app, struct rte_rcu_qsbr *qsbr)
{
	uint64_t now = rs_worker_clock_now(&app->clock);
	unsigned int i;

	memset(devices, 0, sizeof(*devices));
	devices->app = app;
	devices->qsbr = qsbr;
	for (i = 0; i < app->config.n_ports; i++) {
		struct rs_device *d = &devices->devices[devices->n];

		if (rs_config_device_first(&app->config, i) != i)
			continue;
		devices->n++;
		*d = (struct rs_device){
			.first = i, .id = app->ports[i].device, .link_since = now,
		};
		d->link_down = link_is_down(app, d);
		d->connects = rs_port_connects_at_start(&app->config.ports[i], d->id);
		d->watched = rte_eth_dev_callback_register(d->id, RTE_ETH_EVENT_INTR_RESET,
				note_event, d) == 0 &&
			rte_eth_dev_callback_register(d->id, RTE_ETH_EVENT_INTR_RMV,
				note_event, d) == 0;
	}
}

void
rs_devices_end(struct rs_devices *devices)
{
	unsigned int i;

	for (i = 0; i < devices->n; i++) {
		struct rs_device *d = &devices->devices[i];

		if (!d->watched)
			continue;
		rte_eth_dev_callback_unregister(d->id, RTE_ETH_EVENT_INTR_RESET, note_event, d);
		rte_eth_dev_callback_unregister(d->id, RTE_ETH_EVENT_INTR_RMV, note_event, d);
	}
}

/* The number of the device's first [port] section. */
static unsigned int
port_number(const struct rs_devices *devices, const struct rs_device *d)
{
	return devices->app->config.ports[d->first].number;
}

/* Have the workers ask their next hops behind a device again, which may be other hosts now. */
static void
tell_link_up(const struct rs_devices *devices, const struct rs_device *d)
{
	struct rs_app *app = devices->app;
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		struct rs_control control = { .verb = RS_CONTROL_LINK_UP, .device = d->id };

		rs_control_ask(app->workers[i].mailbox, &control, RS_CONTROL_TIMEOUT_MS);
	}
}

/* Log a change of the link. */
static void
look_at_link(const struct rs_devices *devices, struct rs_device *d, uint64_t now)
{
	bool down = link_is_down(devices->app, d);

	if (down == d->link_down)
		return;
	rs_log(devices->app->logs, RS_LOG_port, down ? RS_LOG_WARNING : RS_LOG_NOTICE,
		"[port %u] the link is %s, after %" PRIu64 " ms", port_number(devices, d),
		down ? "down" : "up", (now - d->link_since) / 1000);
	d->link_down = down;
	d->link_since = now;
	if (!down)
		tell_link_up(devices, d);
}

/* Since when a device has taken no frame of some worker. @return 0: each could send */
static uint64_t
find_stall(const struct rs_app *app, uint16_t id)
{
	uint64_t first = 0;
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		const struct rs_stall *stall = &app->workers[i].stalls[id];
		uint64_t since = __atomic_load_n(&stall->since, __ATOMIC_ACQUIRE);
		uint64_t last = __atomic_load_n(&stall->last, __ATOMIC_RELAXED);

		if (since != 0 && last >= since + STALL_US && (first == 0 || since < first))
			first = since;
	}
	return first;
}

/* Log that transmit queues stall, and that they do so no more. */
static void
look_at_stalls(const struct rs_devices *devices, struct rs_device *d, uint64_t now)
{
	uint64_t since = find_stall(devices->app, d->id);

	if ((since != 0) == d->stalled)
		return;
	d->stalled = since != 0;
	if (d->stalled) {
		d->stalled_since = since;
		rs_log(devices->app->logs, RS_LOG_port, RS_LOG_WARNING,
			"[port %u] a transmit queue of the device has taken no frame for %" PRIu64
			" ms: the frames are counted as tx_full", port_number(devices, d),
			(now - since) / 1000);
	} else {
		rs_log(devices->app->logs, RS_LOG_port, RS_LOG_NOTICE,
			"[port %u] the device takes frames again, after %" PRIu64 " ms",
			port_number(devices, d), (now - d->stalled_since) / 1000);
	}
}

/* Have the workers use their queues of a device, as they are now, or none of them. */
static void
set_queues(const struct rs_devices *devices, const struct rs_device *d, bool use)
{
	struct rs_app *app = devices->app;
	unsigned int i;

	for (i = 0; i < app->n_workers; i++)
		rs_worker_set_queues(&app->workers[i], d->id,
			use ? &app->spread[d->id] : NULL, (uint16_t)app->n_workers);
}

/*
 * Tell the workers to leave a device, because it was removed, its driver asks for a reset, or it
 * has lost its other side.
 */
static void
leave_device(const struct rs_devices *devices, struct rs_device *d, bool removed, uint64_t now)
{
	bool reset = __atomic_load_n(&d->reset, __ATOMIC_ACQUIRE);

	if (removed)
		rs_log(devices->app->logs, RS_LOG_port, RS_LOG_ERROR,
			"[port %u] the device was removed: rstack runs without it, and frames for "
			"it are counted as tx_full", port_number(devices, d));
	else if (reset)
		rs_log(devices->app->logs, RS_LOG_port, RS_LOG_WARNING,
			"[port %u] the device needs a reset: frames for it are counted as tx_full "
			"until it has started again", port_number(devices, d));
	else
		rs_log(devices->app->logs, RS_LOG_port, RS_LOG_WARNING,
			"[port %u] the other side of the memif is not there: the device connects "
			"again, and frames for it are counted as tx_full until it is back",
			port_number(devices, d));
	set_queues(devices, d, false);
	d->token = rte_rcu_qsbr_start(devices->qsbr);
	d->left_since = now;
	d->wait_ms = WAIT_MS;
	/* a driver that loses its other side takes the connection apart in a thread of its own */
	d->due = removed || reset ? now : now + CONNECT_US;
	d->state = removed ? RS_DEVICE_GONE : RS_DEVICE_LEFT;
}

/* Try to start a device that no worker uses. @return whether workers may use it */
static bool
start_again(const struct rs_devices *devices, const struct rs_device *d)
{
	struct rs_app *app = devices->app;
	const struct rs_spread *before = &app->spread[d->id];
	struct rs_port ports[RS_CONFIG_PORTS_MAX];
	struct rs_spread spread = *before;
	int ret;

	/* the workers' stacks have the ports, and use them meanwhile */
	memcpy(ports, app->ports, sizeof(ports));
	ret = rs_port_restart(&app->config, d->first, ports, app->workers,
		(uint16_t)app->n_workers, &spread);
	if (ret != 0)
		return false;
	/* the stacks rely on what the device did with their frames */
	if (spread.rx_offloads != before->rx_offloads ||
	    spread.tx_offloads != before->tx_offloads) {
		rs_log(app->logs, RS_LOG_port, RS_LOG_ERROR,
			"[port %u] the device has other offloads than before its reset; restart "
			"rstack if it keeps them", port_number(devices, d));
		return false;
	}
	app->spread[d->id].syns_steered = spread.syns_steered;
	set_queues(devices, d, true);
	return true;
}

/* Start a device again, if it is time to try. */
static void
restart_device(const struct rs_devices *devices, struct rs_device *d, uint64_t now)
{
	if (now < d->due || !rs_telemetry_lock(0))
		return;
	/* the driver may ask once more from now on */
	__atomic_store_n(&d->reset, false, __ATOMIC_RELEASE);
	if (start_again(devices, d)) {
		d->state = RS_DEVICE_USED;
		rs_log(devices->app->logs, RS_LOG_port, RS_LOG_NOTICE,
			"[port %u] the device has started again, after %" PRIu64 " ms",
			port_number(devices, d), (now - d->left_since) / 1000);
	} else {
		rs_log(devices->app->logs, RS_LOG_port, RS_LOG_WARNING,
			"[port %u] the device could not be started again; the next try is in %u ms",
			port_number(devices, d), d->wait_ms);
		d->due = now + UINT64_C(1000) * d->wait_ms;
		d->wait_ms = RTE_MIN(2 * d->wait_ms, (uint32_t)WAIT_MAX_MS);
	}
	rs_telemetry_unlock();
}

/*
 * Give the workers a device that has connected, or if it is time, start it again, which is how it
 * tries to.
 */
static void
connect_device(const struct rs_devices *devices, struct rs_device *d, uint64_t now)
{
	struct rte_eth_link link;

	if (rte_eth_link_get_nowait(d->id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP) {
		set_queues(devices, d, true);
		d->state = RS_DEVICE_USED;
		/* look_at_link() sees it, too, which the next reading would be too late for */
		__atomic_store_n(&devices->app->port_counts[d->first].link_up, 1, __ATOMIC_RELAXED);
	} else if (now >= d->due && rs_telemetry_lock(0)) {
		rs_port_connect(d->id);
		rs_telemetry_unlock();
		d->due = now + CONNECT_US;
	}
}

/* Look at one device. @return whether it waits */
static bool
look_at_device(const struct rs_devices *devices, struct rs_device *d, uint64_t now)
{
	bool removed = __atomic_load_n(&d->removed, __ATOMIC_ACQUIRE);

	if (d->state == RS_DEVICE_USED && (removed || (d->connects && d->link_down) ||
	    __atomic_load_n(&d->reset, __ATOMIC_ACQUIRE)))
		leave_device(devices, d, removed, now);
	else if (removed)
		d->state = RS_DEVICE_GONE;
	if (d->state == RS_DEVICE_LEFT &&
	    rte_rcu_qsbr_check(devices->qsbr, d->token, false) == 1)
		d->state = RS_DEVICE_UNUSED;
	if (d->state == RS_DEVICE_UNUSED && d->connects)
		connect_device(devices, d, now);
	else if (d->state == RS_DEVICE_UNUSED)
		restart_device(devices, d, now);
	return d->state == RS_DEVICE_LEFT || d->state == RS_DEVICE_UNUSED;
}

bool
rs_devices_look(struct rs_devices *devices, uint64_t now)
{
	bool waits = false;
	unsigned int i;

	for (i = 0; i < devices->n; i++) {
		struct rs_device *d = &devices->devices[i];

		if (look_at_device(devices, d, now)) {
			waits = true;
		} else if (d->state == RS_DEVICE_USED) {
			look_at_link(devices, d, now);
			look_at_stalls(devices, d, now);
		}
	}
	return waits;
}
