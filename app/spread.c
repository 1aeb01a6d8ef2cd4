/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The choice between devices and software. RSS keeps a connection at one queue, whatever the hash;
 * a device without it need not. Which queue that is, is believed only of a device that tells its
 * key and table, and verified while frames come (rs_steer_verify()).
 */

#include <string.h>

#include <bsd/string.h>
#include <rte_ethdev.h>

#include "app.h"
#include "port.h"
#include "spread.h"
#include "steer.h"

/* The fields that are asked for, by their names in dpdk-testpmd. */
static const struct { uint64_t field; const char *name; } fields[] = {
	{ RTE_ETH_RSS_IPV4, "ipv4" },
	{ RTE_ETH_RSS_FRAG_IPV4, "ipv4-frag" },
	{ RTE_ETH_RSS_NONFRAG_IPV4_TCP, "ipv4-tcp" },
	{ RTE_ETH_RSS_NONFRAG_IPV4_OTHER, "ipv4-other" },
	{ RTE_ETH_RSS_IPV6, "ipv6" },
	{ RTE_ETH_RSS_FRAG_IPV6, "ipv6-frag" },
	{ RTE_ETH_RSS_NONFRAG_IPV6_TCP, "ipv6-tcp" },
	{ RTE_ETH_RSS_NONFRAG_IPV6_OTHER, "ipv6-other" },
	{ RTE_ETH_RSS_IPV6_EX, "ipv6-ex" },
	{ RTE_ETH_RSS_IPV6_TCP_EX, "ipv6-tcp-ex" },
};

void
rs_spread_fields(uint64_t of, char *text, size_t size)
{
	unsigned int i;

	strlcpy(text, of == 0 ? "none" : "", size);
	for (i = 0; i < RTE_DIM(fields); i++) {
		if ((of & fields[i].field) == 0)
			continue;
		if (text[0] != '\0')
			strlcat(text, " ", size);
		strlcat(text, fields[i].name, size);
	}
}

#define STEERING_TEXT(name, help) [RS_STEERING_##name] = help,
static const char *const texts[] = { RS_STEERINGS(STEERING_TEXT) };

const char *
rs_steering_text(enum rs_steering steering)
{
	return texts[steering];
}

/*
 * The pairs of queues that a device may have. A memif says that it has many, but those that its
 * other side does not have are no queues: the driver reads and writes the first one in their place.
 */
static uint32_t
count_queues(const struct rs_config_port *config, const struct rte_eth_dev_info *info)
{
	uint16_t most = rs_port_queues(info);

	if (config->queues != 0)
		return config->queues < most ? config->queues : most;
	return strcmp(info->driver_name, "net_memif") == 0 ? 1 : most;
}

void
rs_spread_plan(struct rs_app *app, unsigned int n_workers)
{
	enum rs_steering steering = RS_STEERING_DEVICE;
	unsigned int i;

	for (i = 0; i < app->config.n_ports; i++) {
		struct rs_spread *spread = &app->spread[app->ports[i].device];
		struct rte_eth_dev_info info;

		if (rs_config_device_first(&app->config, i) != i ||
		    rte_eth_dev_info_get(app->ports[i].device, &info) != 0)
			continue;
		spread->n_queues = (uint16_t)RTE_MIN(n_workers,
			count_queues(&app->config.ports[i], &info));
		if (spread->n_queues < n_workers)
			steering = RS_STEERING_SOFTWARE_QUEUES;
		else if ((info.flow_type_rss_offloads & RS_RSS_ASKED) == 0 &&
			 steering == RS_STEERING_DEVICE)
			steering = RS_STEERING_SOFTWARE_NO_RSS;
	}
	if (n_workers == 1)
		steering = RS_STEERING_NONE;
	else if (app->config.steering == RS_STEER_SOFTWARE)
		steering = RS_STEERING_SOFTWARE_KEY;
	/* without a queue of its own, a worker needs the others */
	else if (app->config.steering == RS_STEER_DEVICE && steering != RS_STEERING_SOFTWARE_QUEUES)
		steering = RS_STEERING_DEVICE_KEY;
	app->steering = steering;
	for (i = 0; i < app->config.n_ports; i++) {
		struct rs_spread *spread = &app->spread[app->ports[i].device];

		spread->hash_use = app->config.ports[i].rss_hash ? RS_HASH_NO_STEERING :
			RS_HASH_OFF;
		spread->hash_asked = app->config.ports[i].rss_hash &&
			rs_steering_is_software(steering);
	}
}

/* Whether the workers can take the hashes of a device, as far as that depends on it alone. */
static enum rs_hash_use
judge_hash(const struct rs_port *port, const struct rs_spread *spread, const struct rs_rss *rss)
{
	if ((spread->rx_offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH) == 0)
		return RS_HASH_NOT_GRANTED;
	if (rss->key[0] == 0 || !(rss->ports || rss->ports6))
		return RS_HASH_NO_KEY;
	return rs_port_tells_segments(port) ? RS_HASH_USED : RS_HASH_NO_TYPES;
}

/* Whether two devices hash segments alike, wherever they put them. */
static bool
same_hash(const struct rs_rss *a, const struct rs_rss *b)
{
	return a->ports == b->ports && a->ports6 == b->ports6 &&
	       memcmp(a->key, b->key, sizeof(a->key)) == 0;
}

/* Choose whose hashes the workers take: those of the first device that can, and of all alike. */
static void
choose_hashes(struct rs_app *app)
{
	bool chosen = false;
	struct rs_rss rss;
	unsigned int i;

	for (i = 0; i < app->config.n_ports; i++) {
		struct rs_spread *spread = &app->spread[app->ports[i].device];

		if (!spread->hash_asked)
			continue;
		rs_port_rss(&app->ports[i], &rss);
		spread->hash_use = judge_hash(&app->ports[i], spread, &rss);
		if (spread->hash_use != RS_HASH_USED)
			continue;
		if (!chosen)
			app->hash = rss;
		else if (!same_hash(&app->hash, &rss))
			spread->hash_use = RS_HASH_OTHER_KEY;
		chosen = true;
	}
	/* until it is found out, a wrong hash leads segments away from their connection */
	app->seek |= chosen;
}

void
rs_spread_give_hashes(struct rs_app *app, struct rs_steer *steer)
{
	unsigned int i;

	for (i = 0; i < app->config.n_ports; i++) {
		uint16_t device = app->ports[i].device;

		if (app->spread[device].hash_use != RS_HASH_USED)
			continue;
		steer->toeplitz = &app->hash;
		steer->astray = &app->astray;
		rs_steer_take_hashes(steer, device, &app->spread[device].hash_wrong);
	}
}

enum rs_hash_use
rs_spread_hash_now(const struct rs_spread *spread)
{
	return __atomic_load_n(&spread->hash_wrong, __ATOMIC_RELAXED) ? RS_HASH_WRONG :
		spread->hash_use;
}

#define HASH_USE_TEXT(name, help) [RS_HASH_##name] = help,
static const char *const hash_use_texts[] = { RS_HASH_USES(HASH_USE_TEXT) };

const char *
rs_hash_use_text(enum rs_hash_use use)
{
	return hash_use_texts[use];
}

void
rs_spread_learn(struct rs_app *app)
{
	struct rs_rss other;
	bool known = true, equal = true;
	unsigned int i;

	for (i = 0; i < app->config.n_ports; i++) {
		rs_port_rss(&app->ports[i], i == 0 ? &app->rss : &other);
		app->spread[app->ports[i].device].rss_known = i == 0 ? app->rss.known : other.known;
		known &= app->spread[app->ports[i].device].rss_known;
		equal &= i == 0 || rs_rss_equal(&app->rss, &other);
	}
	app->rss.known = known && equal;
	if (app->steering == RS_STEERING_DEVICE && !app->rss.known)
		app->steering = RS_STEERING_DEVICE_UNKNOWN;
	app->seek = app->steering == RS_STEERING_DEVICE_UNKNOWN ||
		app->steering == RS_STEERING_DEVICE_KEY;
	if (rs_steering_is_software(app->steering))
		rs_steer_choose_key(&app->steer_key);
	choose_hashes(app);
}

enum rs_steering
rs_spread_now(const struct rs_app *app)
{
	return app->steering == RS_STEERING_DEVICE &&
	       __atomic_load_n(&app->seek, __ATOMIC_RELAXED) ? RS_STEERING_DEVICE_WRONG :
		app->steering;
}

/* Warn of workers that are on another NUMA node than a device; one of no node is near all. */
static void
say_far_workers(const struct rs_app *app, unsigned int port, FILE *out)
{
	int node = rte_eth_dev_socket_id(app->ports[port].device);
	unsigned int i;

	for (i = 0; i < app->spread[app->ports[port].device].n_queues && node >= 0; i++) {
		const struct rs_worker *w = &app->workers[i];

		if (w->socket != (unsigned int)node)
			fprintf(out, "[port %u] is on NUMA node %d, and lcore %u, which polls it, "
				"on node %u: each frame crosses between them; set [eal] lcores to "
				"CPUs of node %d\n", app->config.ports[port].number, node,
				w->lcore, w->socket, node);
	}
}

/* Write what came of [port] rss_hash. */
static void
say_hashes(const struct rs_app *app, unsigned int port, FILE *out)
{
	const struct rs_spread *spread = &app->spread[app->ports[port].device];
	bool granted = (spread->rx_offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH) != 0;

	fprintf(out, "[port %u] RSS hash in packet buffers: %s; granted %s; used %s\n",
		app->config.ports[port].number, spread->hash_asked ? "asked for" :
		"not asked for", granted ? "yes" : "no", rs_hash_use_text(spread->hash_use));
}

void
rs_spread_say(const struct rs_app *app, FILE *out)
{
	char asked[RS_RSS_TEXT_MAX], granted[RS_RSS_TEXT_MAX];
	unsigned int i;

	for (i = 0; i < app->config.n_ports; i++) {
		const struct rs_spread *spread = &app->spread[app->ports[i].device];

		if (rs_config_device_first(&app->config, i) != i)
			continue;
		say_far_workers(app, i, out);
		if (app->steering == RS_STEERING_NONE)
			continue;
		rs_spread_fields(spread->rss_asked, asked, sizeof(asked));
		rs_spread_fields(spread->rss_granted, granted, sizeof(granted));
		fprintf(out, "[port %u] %u queue%s for %u workers, RSS: asked for %s; granted %s\n",
			app->config.ports[i].number, spread->n_queues,
			spread->n_queues == 1 ? "" : "s", app->n_workers, asked, granted);
		if (app->config.ports[i].rss_hash)
			say_hashes(app, i, out);
	}
	if (app->steering != RS_STEERING_NONE)
		fprintf(out, "steering by %s\n", rs_steering_text(app->steering));
}
