/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * How a device says that it spreads frames, and how it is told to put SYNs into queues of their
 * own, with DPDK's null device as one that does both. The rules of rte_flow that it takes are
 * the test's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_flow.h>
#include <rte_malloc.h>
#include <rte_tcp.h>
#include <rte_thash.h>

#include "app.h"
#include "port.h"
#include "spread.h"
#include "syn_queue.h"

#define N_QUEUES 3
#define RULES_MAX 8

/* 40 bytes, as the device has them. */
static uint8_t key[] = "0123456789abcdefghijklmnopqrstuvwxyzABCD";

/* A configured device; NULL: its driver is not installed. */
static int
setup(void **state)
{
	struct rte_eth_conf conf = {
		.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS,
		.rx_adv_conf.rss_conf.rss_hf = RTE_ETH_RSS_NONFRAG_IPV4_TCP,
	};
	struct rs_port *port = calloc(1, sizeof(*port));

	if (rte_eal_hotplug_add("vdev", "net_null0", "") != 0 ||
	    rte_eth_dev_get_port_by_name("net_null0", &port->device) != 0) {
		free(port);
		return 0;
	}
	*state = port;
	return rte_eth_dev_configure(port->device, N_QUEUES, N_QUEUES, &conf);
}

static int
teardown(void **state)
{
	struct rs_port *port = *state;

	if (port != NULL)
		rte_eth_dev_close(port->device);
	free(port);
	return 0;
}

/* Skip a test for which the device is missing. */
static void
require_device(const struct rs_port *port)
{
	if (port != NULL)
		return;
	print_message("skipped, because DPDK's driver net_null is not installed\n");
	skip();
}

/* Give the device a key and what it hashes. */
static void
set_hash(const struct rs_port *port, uint64_t rss_hf)
{
	struct rte_eth_rss_conf conf = {
		.rss_key = key, .rss_key_len = sizeof(key) - 1, .rss_hf = rss_hf,
	};

	assert_int_equal(rte_eth_dev_rss_hash_update(port->device, &conf), 0);
}

/* A rule that the device took. */
struct rule {
	enum rte_flow_item_type family;
	uint8_t flags;          /* those it looks at */
	uint16_t queues[4];
	unsigned int n_queues;
	uint64_t types;         /* that several queues are spread by */
};

/* The rules of a device that looks at no more flags than these. */
static struct {
	uint8_t flags;
	bool ipv6;              /* it takes rules for IPv6 */
	struct rule rules[RULES_MAX];
	unsigned int n;
	unsigned int flushes;
} flow;

struct rte_flow *__wrap_rte_flow_create(uint16_t device, const struct rte_flow_attr *attr,
	const struct rte_flow_item *items, const struct rte_flow_action *actions,
	struct rte_flow_error *error);
int __wrap_rte_flow_flush(uint16_t device, struct rte_flow_error *error);

struct rte_flow *
__wrap_rte_flow_create(uint16_t device __rte_unused, const struct rte_flow_attr *attr,
	const struct rte_flow_item *items, const struct rte_flow_action *actions,
	struct rte_flow_error *error)
{
	const struct rte_flow_item_tcp *spec = items[2].spec;
	const struct rte_flow_item_tcp *mask = items[2].mask;
	struct rule *rule = &flow.rules[flow.n];

	assert_true(attr->ingress && !attr->egress && !attr->transfer);
	assert_int_equal(items[0].type, RTE_FLOW_ITEM_TYPE_ETH);
	assert_null(items[0].spec);
	assert_null(items[1].spec);
	assert_int_equal(items[2].type, RTE_FLOW_ITEM_TYPE_TCP);
	assert_int_equal(spec->hdr.tcp_flags, RTE_TCP_SYN_FLAG);
	assert_true((mask->hdr.tcp_flags & RTE_TCP_SYN_FLAG) != 0);
	assert_int_equal(items[3].type, RTE_FLOW_ITEM_TYPE_END);
	assert_int_equal(actions[1].type, RTE_FLOW_ACTION_TYPE_END);
	if ((mask->hdr.tcp_flags & ~flow.flags) != 0 ||
	    (items[1].type == RTE_FLOW_ITEM_TYPE_IPV6 && !flow.ipv6)) {
		rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM, NULL, "no such item");
		return NULL;
	}
	*rule = (struct rule){ .family = items[1].type, .flags = mask->hdr.tcp_flags };
	if (actions[0].type == RTE_FLOW_ACTION_TYPE_QUEUE) {
		rule->queues[rule->n_queues++] =
			((const struct rte_flow_action_queue *)actions[0].conf)->index;
	} else {
		const struct rte_flow_action_rss *rss = actions[0].conf;

		assert_int_equal(actions[0].type, RTE_FLOW_ACTION_TYPE_RSS);
		rule->types = rss->types;
		rule->n_queues = rss->queue_num;
		memcpy(rule->queues, rss->queue, rss->queue_num * sizeof(rss->queue[0]));
	}
	flow.n++;
	return (struct rte_flow *)rule;
}

int
__wrap_rte_flow_flush(uint16_t device __rte_unused, struct rte_flow_error *error __rte_unused)
{
	flow.n = 0;
	flow.flushes++;
	return 0;
}

/* Have a device that looks at these flags steer SYNs. @return 0 or -errno */
static int
steer(const struct rs_port *port, uint8_t flags, bool ipv6, uint16_t n, const char **error)
{
	memset(&flow, 0, sizeof(flow));
	flow.flags = flags;
	flow.ipv6 = ipv6;
	return rs_syn_queue_steer(port->device, n, RTE_ETH_RSS_NONFRAG_IPV4_TCP, true, error);
}

static void
syns_have_a_queue_of_their_own(void **state)
{
	struct rs_port *port = *state;
	const char *error;

	require_device(port);
	assert_int_equal(steer(port, 0xff, true, 1, &error), 0);
	assert_int_equal(flow.n, 2);
	assert_int_equal(flow.rules[0].family, RTE_FLOW_ITEM_TYPE_IPV4);
	assert_int_equal(flow.rules[1].family, RTE_FLOW_ITEM_TYPE_IPV6);
	assert_int_equal(flow.rules[1].flags,
		RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG | RTE_TCP_RST_FLAG);
	assert_int_equal(flow.rules[1].n_queues, 1);
	assert_int_equal(flow.rules[1].queues[0], 1);
	assert_int_equal(flow.flushes, 0);
}

/* Several workers: their queues of SYNs are the last ones, and no other frame gets there. */
static void
syns_of_several_workers_are_spread(void **state)
{
	struct rs_port *port = *state;
	const char *error;
	struct rs_rss rss;
	unsigned int i;

	require_device(port);
	set_hash(port, RTE_ETH_RSS_NONFRAG_IPV4_TCP);
	assert_int_equal(steer(port, 0xff, true, 2, &error), 0);
	assert_int_equal(flow.rules[0].n_queues, 2);
	assert_int_equal(flow.rules[0].queues[0], 2);
	assert_int_equal(flow.rules[0].queues[1], 3);
	assert_int_equal(flow.rules[0].types, RTE_ETH_RSS_NONFRAG_IPV4_TCP);
	rs_port_rss(port, &rss);
	assert_true(rss.known);
	for (i = 0; i <= rss.mask; i++)
		assert_int_equal(rss.queue[i], i % 2);
}

/* A filter of SYNs may know no other flag. */
static void
the_most_exact_rule_is_chosen(void **state)
{
	struct rs_port *port = *state;
	const char *error;

	require_device(port);
	assert_int_equal(steer(port, RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG, true, 1, &error), 0);
	assert_int_equal(flow.n, 2);
	assert_int_equal(flow.rules[0].flags, RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG);
	assert_int_equal(steer(port, RTE_TCP_SYN_FLAG, true, 1, &error), 0);
	assert_int_equal(flow.n, 2);
	assert_int_equal(flow.rules[0].flags, RTE_TCP_SYN_FLAG);
}

/* A device that cannot says why, and no rule of half the frames is left. */
static void
a_device_may_refuse(void **state)
{
	struct rs_port *port = *state;
	const char *error;

	require_device(port);
	assert_int_equal(steer(port, 0, true, 1, &error), -ENOTSUP);
	assert_string_equal(error, "no such item");
	assert_int_equal(steer(port, 0xff, false, 1, &error), -ENOTSUP);
	assert_int_equal(flow.n, 0);
	assert_true(flow.flushes > 0);
}

/* The mbufs of the workers of a test. */
static void
give_mbufs(struct rs_worker *workers, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		workers[i].queue = (uint16_t)i;
		workers[i].mbufs = rte_pktmbuf_pool_create(i == 0 ? "port_0" : "port_1", 511, 0, 0,
			RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
		assert_non_null(workers[i].mbufs);
	}
}

/* The whole start, with and without a device that steers; either way every queue is polled. */
static void
port_starts_with_and_without_steering(void **state)
{
	struct rs_config *config = calloc(1, sizeof(*config));
	struct rs_worker *workers = rte_zmalloc(NULL, 2 * sizeof(*workers), RTE_CACHE_LINE_SIZE);
	struct rs_port *port = *state;
	struct rte_eth_dev_info info;
	unsigned int flags;
	struct rs_spread spread = { .n_queues = 2 };

	require_device(port);
	give_mbufs(workers, 2);
	config->n_ports = 1;
	config->ports[0] = (struct rs_config_port){
		.device = "net_null0", .rx_descriptors = 64, .tx_descriptors = 64,
		.syn_queue = true,
	};
	port->mtu = 1500;
	set_hash(port, RTE_ETH_RSS_NONFRAG_IPV4_TCP);
	for (flags = 0; flags <= 0xff; flags += 0xff) {
		memset(&flow, 0, sizeof(flow));
		flow.flags = (uint8_t)flags;
		assert_int_equal(rs_port_start(config, 0, port, workers, 2, &spread), 0);
		assert_int_equal(spread.syns_steered, flags != 0);
		assert_int_equal(spread.rss_asked, RS_RSS_ASKED);
		assert_int_equal(rte_eth_dev_info_get(port->device, &info), 0);
		assert_int_equal(info.nb_rx_queues, spread.syns_steered ? 4 : 2);
		assert_int_equal(info.nb_tx_queues, 2);
		assert_int_equal(flow.n, spread.syns_steered);
		assert_int_equal(rte_eth_dev_stop(port->device), 0);
	}
	rte_mempool_free(workers[0].mbufs);
	rte_mempool_free(workers[1].mbufs);
	rte_free(workers);
	free(config);
}

static void
rss_is_as_the_device_says(void **state)
{
	struct rte_eth_rss_reta_entry64 reta[2];
	struct rte_eth_dev_info info;
	struct rs_port *port = *state;
	struct rs_rss rss;
	unsigned int i;

	require_device(port);
	assert_int_equal(rte_eth_dev_info_get(port->device, &info), 0);
	assert_int_equal(info.reta_size, 128);
	memset(reta, 0xff, sizeof(reta));
	for (i = 0; i < 128; i++)
		reta[i / 64].reta[i % 64] = (uint16_t)(i * 5 % N_QUEUES);
	assert_int_equal(rte_eth_dev_rss_reta_update(port->device, reta, 128), 0);
	set_hash(port, RTE_ETH_RSS_NONFRAG_IPV4_TCP);

	rs_port_rss(port, &rss);
	assert_true(rss.known);
	assert_true(rss.ports);
	assert_int_equal(rss.mask, 127);
	for (i = 0; i < 128; i++)
		assert_int_equal(rss.queue[i], i * 5 % N_QUEUES);
	/* as rte_softrss_be() wants it */
	assert_int_equal(rss.key[0], 0x30313233);
	assert_int_equal(rss.key[9], 0x41424344);
	assert_int_equal(rss.key[10], 0);
}

static void
rss_may_be_of_addresses_only(void **state)
{
	struct rs_port *port = *state;
	struct rs_rss rss;

	require_device(port);
	set_hash(port, RTE_ETH_RSS_IPV4);
	rs_port_rss(port, &rss);
	assert_true(rss.known);
	assert_false(rss.ports);
	set_hash(port, RTE_ETH_RSS_NONFRAG_IPV4_UDP);
	rs_port_rss(port, &rss);
	assert_false(rss.known);
}

static void
rss_without_key_is_unknown(void **state)
{
	struct rs_port *port = *state;
	struct rs_rss rss;

	require_device(port);
	memset(key, 0, sizeof(key));
	set_hash(port, RTE_ETH_RSS_NONFRAG_IPV4_TCP);
	rs_port_rss(port, &rss);
	assert_false(rss.known);
}

/* The NUMA node that the device says it is on. */
static int node;

int __wrap_rte_eth_dev_socket_id(uint16_t device);

int
__wrap_rte_eth_dev_socket_id(uint16_t device __rte_unused)
{
	return node;
}

/* The appliance with the device and workers on lcores 4 to 6, of NUMA nodes 0, 0 and 1. */
static struct rs_app *
make_app(const struct rs_port *port)
{
	struct rs_app *app = calloc(1, sizeof(*app));
	unsigned int i;

	app->config.n_ports = 1;
	app->config.ports[0] = (struct rs_config_port){ .number = 7, .device = "net_null0" };
	app->ports[0] = *port;
	app->n_workers = 3;
	app->workers = rte_zmalloc(NULL, 3 * sizeof(*app->workers), RTE_CACHE_LINE_SIZE);
	for (i = 0; i < 3; i++) {
		app->workers[i].lcore = 4 + i;
		app->workers[i].socket = i / 2;
	}
	return app;
}

static void
free_app(struct rs_app *app)
{
	rte_free(app->workers);
	free(app);
}

/* Who steers follows from the queues and the hash of the device, or from the file. */
static void
steering_is_chosen(void **state)
{
	struct rs_port *port = *state;
	struct rs_spread *spread;
	struct rs_app *app;

	require_device(port);
	app = make_app(port);
	spread = &app->spread[port->device];
	set_hash(port, RTE_ETH_RSS_NONFRAG_IPV4_TCP);
	rs_spread_plan(app, 3);
	assert_int_equal(spread->n_queues, 3);
	rs_spread_learn(app);
	assert_int_equal(app->steering, RS_STEERING_DEVICE);
	assert_true(app->rss.known && spread->rss_known);
	assert_false(app->seek);
	app->seek = true; /* a worker has found out that it hashes otherwise */
	assert_int_equal(rs_spread_now(app), RS_STEERING_DEVICE_WRONG);

	set_hash(port, RTE_ETH_RSS_NONFRAG_IPV4_UDP); /* not what was asked for */
	rs_spread_plan(app, 3);
	rs_spread_learn(app);
	assert_int_equal(app->steering, RS_STEERING_DEVICE_UNKNOWN);
	assert_true(app->seek && !app->rss.known);

	app->config.ports[0].queues = 2;
	rs_spread_plan(app, 3);
	rs_spread_learn(app);
	assert_int_equal(spread->n_queues, 2);
	assert_int_equal(app->steering, RS_STEERING_SOFTWARE_QUEUES);
	assert_true(app->steer_key.k[0] != 0 && !app->seek);
	app->config.steering = RS_STEER_DEVICE; /* a worker would have no frames at all */
	rs_spread_plan(app, 3);
	assert_int_equal(app->steering, RS_STEERING_SOFTWARE_QUEUES);
	app->config.ports[0].queues = 0;
	rs_spread_plan(app, 3);
	assert_int_equal(app->steering, RS_STEERING_DEVICE_KEY);
	app->config.steering = RS_STEER_SOFTWARE;
	rs_spread_plan(app, 3);
	assert_int_equal(app->steering, RS_STEERING_SOFTWARE_KEY);
	rs_spread_plan(app, 1);
	assert_int_equal(app->steering, RS_STEERING_NONE);
	assert_int_equal(spread->n_queues, 1);
	free_app(app);
}

/* What the start says. @return allocated */
static char *
say(const struct rs_app *app)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	rs_spread_say(app, out);
	fclose(out);
	return text;
}

/* The start warns of each worker that polls a device of another NUMA node, and of no other. */
static void
far_workers_are_told(void **state)
{
	struct rs_port *port = *state;
	struct rs_app *app;
	char *text;

	require_device(port);
	app = make_app(port);
	rs_spread_plan(app, 3);
	node = 0;
	text = say(app);
	assert_non_null(strstr(text, "[port 7] is on NUMA node 0, and lcore 6, which polls it, on "
		"node 1"));
	assert_null(strstr(text, "lcore 4"));
	free(text);
	node = 1;
	text = say(app);
	assert_non_null(strstr(text, "lcore 4, which"));
	assert_non_null(strstr(text, "lcore 5, which"));
	assert_null(strstr(text, "lcore 6, which"));
	free(text);
	app->config.ports[0].queues = 1; /* only lcore 4 polls it */
	rs_spread_plan(app, 3);
	text = say(app);
	assert_null(strstr(text, "lcore 5, which"));
	free(text);
	node = SOCKET_ID_ANY; /* a virtual device */
	text = say(app);
	assert_null(strstr(text, "NUMA"));
	assert_non_null(strstr(text, "[port 7] 1 queue for 3 workers, RSS: asked for none; granted "
		"none\nsteering by software: a device has fewer queues than there are workers\n"));
	free(text);
	node = 0;
	free_app(app);
}

#define RX_ALL (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | \
	RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_VLAN_STRIP | \
	RTE_ETH_RX_OFFLOAD_VLAN_FILTER | RTE_ETH_RX_OFFLOAD_SCATTER | \
	RTE_ETH_RX_OFFLOAD_RSS_HASH | RTE_ETH_RX_OFFLOAD_TCP_LRO)
#define TX_ALL (RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM | \
	RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_VLAN_INSERT | \
	RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_MULTI_SEGS | \
	RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE)

/* A device that says that it can do other work than it can, and what it was asked for. */
static struct {
	const char *driver;     /* NULL: it says what it can do */
	uint64_t rx, tx;
	struct rte_eth_conf conf;
	uint64_t vlans;         /* a bit for each that it shall receive */
	bool no_rss;            /* it has none */
	bool tells_tcp;         /* its packet types tell TCP */
	bool groups;            /* it shall receive frames to multicast addresses */
} work;

int __wrap_rte_eth_dev_info_get(uint16_t device, struct rte_eth_dev_info *info);
int __real_rte_eth_dev_info_get(uint16_t device, struct rte_eth_dev_info *info);
int __wrap_rte_eth_dev_configure(uint16_t device, uint16_t n_rx, uint16_t n_tx,
	const struct rte_eth_conf *conf);
int __real_rte_eth_dev_configure(uint16_t device, uint16_t n_rx, uint16_t n_tx,
	const struct rte_eth_conf *conf);
int __wrap_rte_eth_dev_vlan_filter(uint16_t device, uint16_t vlan, int on);
int __wrap_rte_eth_allmulticast_enable(uint16_t device);
int __wrap_rte_eth_dev_get_supported_ptypes(uint16_t device, uint32_t mask, uint32_t *types, int n);

int
__wrap_rte_eth_allmulticast_enable(uint16_t device __rte_unused)
{
	work.groups = true;
	return 0;
}

int
__wrap_rte_eth_dev_info_get(uint16_t device, struct rte_eth_dev_info *info)
{
	int ret = __real_rte_eth_dev_info_get(device, info);

	if (work.driver != NULL) {
		info->driver_name = work.driver;
		info->rx_offload_capa = work.rx;
		info->tx_offload_capa = work.tx;
		if (work.no_rss)
			info->flow_type_rss_offloads = 0;
	}
	return ret;
}

int
__wrap_rte_eth_dev_configure(uint16_t device, uint16_t n_rx, uint16_t n_tx,
	const struct rte_eth_conf *conf)
{
	struct rte_eth_conf real = *conf;

	work.conf = *conf;
	if (work.driver != NULL)
		real.rxmode.offloads = real.txmode.offloads = 0;
	return __real_rte_eth_dev_configure(device, n_rx, n_tx, &real);
}

int
__wrap_rte_eth_dev_vlan_filter(uint16_t device __rte_unused, uint16_t vlan, int on)
{
	assert_true(on == 1 && vlan < 64);
	work.vlans |= UINT64_C(1) << vlan;
	return 0;
}

/* The most packet buffers of a frame that the device cuts, as the last start noted it. */
static uint16_t noted_tso;

/* Start the device as a file says. @param n  workers, @param pools  mempools that they have */
static void
start_as(struct rs_port *port, const struct rs_config_port *keys, const struct rs_tags *tags,
	uint16_t n, unsigned int pools)
{
	struct rs_config *config = calloc(1, sizeof(*config));
	struct rs_worker *workers = rte_zmalloc(NULL, 2 * sizeof(*workers), RTE_CACHE_LINE_SIZE);
	struct rs_spread spread = { .n_queues = n, .hash_asked = keys->rss_hash };
	struct rs_port *ports = calloc(1, sizeof(*ports));

	give_mbufs(workers, pools);
	workers[1].queue = 1;
	if (pools == 1)
		workers[1].mbufs = workers[0].mbufs;
	config->n_ports = 1;
	config->ports[0] = *keys;
	strcpy(config->ports[0].device, "net_null0");
	config->ports[0].rx_descriptors = config->ports[0].tx_descriptors = 64;
	*ports = *port;
	ports->mtu = 1500;
	ports->tags = *tags;
	work.vlans = 0;
	work.groups = false;
	assert_int_equal(rs_port_start(config, 0, ports, workers, n, &spread), 0);
	assert_int_equal(spread.rx_offloads, work.conf.rxmode.offloads);
	assert_int_equal(spread.tx_offloads, work.conf.txmode.offloads);
	noted_tso = ports->tso_mbufs;
	assert_int_equal(rte_eth_dev_stop(port->device), 0);
	rte_mempool_free(workers[0].mbufs);
	if (pools == 2)
		rte_mempool_free(workers[1].mbufs);
	rte_free(workers);
	free(ports);
	free(config);
}

/* What was asked of the device. */
static void
assert_asked(uint64_t rx, uint64_t tx, uint64_t vlans)
{
	assert_int_equal(work.conf.rxmode.offloads, rx);
	assert_int_equal(work.conf.txmode.offloads, tx);
	assert_int_equal(work.vlans, vlans);
}

static const struct rs_config_port all_keys = {
	.rx_checksum = true, .tx_checksum = true, .vlan_tags = true, .scatter = true,
	.fast_free = true,
};
static const struct rs_tags no_tag;
static const struct rs_tags one_tag = { .n = 1, .vid = { 5 } };
static const struct rs_tags two_tags = { .n = 2, .vid = { 6, 7 } };

/* Each key is one kind of work, and of a device that can do none of it none is asked. */
static void
offloads_have_a_key_each(void **state)
{
	const uint64_t rx_cksums = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM;
	const uint64_t tx_cksums = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
	struct rs_port *port = *state;

	require_device(port);
	work.driver = "net_all";
	work.rx = RX_ALL;
	work.tx = TX_ALL;
	start_as(port, &(struct rs_config_port){ 0 }, &no_tag, 1, 1);
	assert_asked(0, 0, 0);
	start_as(port, &(struct rs_config_port){ .rx_checksum = true }, &no_tag, 1, 1);
	assert_asked(rx_cksums, 0, 0);
	start_as(port, &(struct rs_config_port){ .tx_checksum = true }, &no_tag, 1, 1);
	assert_asked(0, tx_cksums, 0);
	start_as(port, &(struct rs_config_port){ .scatter = true }, &no_tag, 1, 1);
	assert_asked(RTE_ETH_RX_OFFLOAD_SCATTER, 0, 0);
	start_as(port, &(struct rs_config_port){ .vlan_tags = true }, &no_tag, 1, 1);
	assert_asked(0, 0, 0);
	start_as(port, &(struct rs_config_port){ .fast_free = true }, &no_tag, 1, 1);
	assert_asked(0, RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE, 0);
	start_as(port, &all_keys, &no_tag, 1, 1);
	assert_asked(rx_cksums | RTE_ETH_RX_OFFLOAD_SCATTER,
		tx_cksums | RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE, 0);
	work.rx = RTE_ETH_RX_OFFLOAD_TCP_CKSUM;
	work.tx = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM;
	start_as(port, &all_keys, &one_tag, 1, 1);
	assert_asked(work.rx, work.tx, 0);
	work.driver = NULL;
}

/*
 * A hash in the packet buffer is asked for where the workers steer in software, of a device with
 * one queue, too, and RSS with it, because devices hash for nothing else.
 */
static void
hash_needs_rss(void **state)
{
	const struct rs_config_port keys = { .rss_hash = true };
	struct rs_port *port = *state;

	require_device(port);
	work.driver = "net_all";
	work.rx = RX_ALL;
	work.tx = TX_ALL;
	start_as(port, &keys, &no_tag, 1, 1);
	assert_asked(RTE_ETH_RX_OFFLOAD_RSS_HASH, 0, 0);
	assert_int_equal(work.conf.rxmode.mq_mode, RTE_ETH_MQ_RX_RSS);
	assert_true((work.conf.rx_adv_conf.rss_conf.rss_hf & RTE_ETH_RSS_NONFRAG_IPV4_TCP) != 0);
	work.rx = RX_ALL & ~RTE_ETH_RX_OFFLOAD_RSS_HASH;
	start_as(port, &keys, &no_tag, 1, 1);
	assert_asked(0, 0, 0);
	assert_int_equal(work.conf.rxmode.mq_mode, RTE_ETH_MQ_RX_NONE);
	/* DPDK refuses it without RSS */
	work.rx = RX_ALL;
	work.no_rss = true;
	start_as(port, &keys, &no_tag, 1, 1);
	assert_asked(0, 0, 0);
	work.no_rss = false;
	work.driver = NULL;
}

int
__wrap_rte_eth_dev_get_supported_ptypes(uint16_t device __rte_unused, uint32_t mask,
	uint32_t *types, int n)
{
	assert_int_equal(mask, RTE_PTYPE_L4_MASK);
	assert_true(n >= 2);
	types[0] = RTE_PTYPE_L4_UDP;
	types[1] = RTE_PTYPE_L4_TCP;
	return work.tells_tcp ? 2 : 1;
}

/* What the workers make of the hashes of a device that grants them, and what the start says. */
static void
assert_hash_use(struct rs_app *app, enum rs_hash_use use, const char *said)
{
	struct rs_spread *spread = &app->spread[app->ports[0].device];
	char *text;

	rs_spread_plan(app, app->n_workers);
	rs_spread_learn(app);
	assert_int_equal(rs_spread_hash_now(spread), use);
	assert_int_equal(app->seek, use == RS_HASH_USED);
	text = say(app);
	assert_non_null(strstr(text, said));
	free(text);
}

/* Hashes are taken if all that they need is there, and as long as none was wrong. */
static void
hashes_are_chosen(void **state)
{
	struct rs_port *port = *state;
	struct rs_steer *steer = calloc(1, sizeof(*steer));
	struct rs_spread *spread;
	struct rs_app *app;

	require_device(port);
	app = make_app(port);
	spread = &app->spread[port->device];
	spread->rx_offloads = RTE_ETH_RX_OFFLOAD_RSS_HASH;
	work.tells_tcp = true;
	set_hash(port, RTE_ETH_RSS_NONFRAG_IPV4_TCP);
	app->config.ports[0].queues = 1;
	rs_spread_plan(app, 3);
	assert_int_equal(spread->hash_use, RS_HASH_OFF);
	assert_false(spread->hash_asked);
	app->config.ports[0].rss_hash = true;
	assert_hash_use(app, RS_HASH_USED, "[port 7] RSS hash in packet buffers: asked for; "
		"granted yes; used yes\n");
	assert_true(app->hash.ports && !app->hash.ports6);
	rs_spread_give_hashes(app, steer);
	assert_ptr_equal(steer->toeplitz, &app->hash);
	assert_ptr_equal(steer->astray, &app->astray);
	assert_ptr_equal(steer->hashes[port->device].wrong, &spread->hash_wrong);
	spread->hash_wrong = true;
	assert_int_equal(rs_spread_hash_now(spread), RS_HASH_WRONG);
	spread->hash_wrong = false;

	work.tells_tcp = false;
	assert_hash_use(app, RS_HASH_NO_TYPES, "granted yes; used no: the device does not tell by "
		"packet types");
	set_hash(port, RTE_ETH_RSS_IPV4); /* of addresses alone */
	assert_hash_use(app, RS_HASH_NO_KEY, "granted yes; used no: the device does not tell its "
		"key, or hashes no TCP ports");
	spread->rx_offloads = 0;
	assert_hash_use(app, RS_HASH_NOT_GRANTED, "asked for; granted no; used no: the device does "
		"not grant it");
	memset(steer, 0, sizeof(*steer));
	rs_spread_give_hashes(app, steer);
	assert_null(steer->toeplitz);
	app->config.ports[0].queues = 0;
	set_hash(port, RTE_ETH_RSS_NONFRAG_IPV4_TCP);
	assert_hash_use(app, RS_HASH_NO_STEERING, "not asked for; granted no; used no: the workers "
		"do not steer in software");
	free_app(app);
	free(steer);
}

/* All workers have one hash, so a device with another key is left to compute. */
static void
hashes_have_one_key(void **state)
{
	uint8_t other_key[sizeof(key)] = "another key of as many bytes as that has";
	struct rte_eth_rss_conf hash = { .rss_key = other_key, .rss_key_len = sizeof(key) - 1,
		.rss_hf = RTE_ETH_RSS_NONFRAG_IPV4_TCP };
	const struct rte_eth_conf conf = { .rxmode.mq_mode = RTE_ETH_MQ_RX_RSS };
	struct rs_port *port = *state;
	struct rs_spread *second;
	struct rs_app *app;
	unsigned int i;

	require_device(port);
	app = make_app(port);
	set_hash(port, RTE_ETH_RSS_NONFRAG_IPV4_TCP);
	work.tells_tcp = true;
	assert_int_equal(rte_eal_hotplug_add("vdev", "net_null1", ""), 0);
	assert_int_equal(rte_eth_dev_get_port_by_name("net_null1", &app->ports[1].device), 0);
	assert_int_equal(rte_eth_dev_configure(app->ports[1].device, N_QUEUES, N_QUEUES, &conf), 0);
	app->config.n_ports = 2;
	app->config.ports[1] = (struct rs_config_port){ .number = 8, .device = "net_null1" };
	for (i = 0; i < 2; i++) {
		app->config.ports[i].rss_hash = true;
		app->config.ports[i].queues = 1;
		app->spread[app->ports[i].device].rx_offloads = RTE_ETH_RX_OFFLOAD_RSS_HASH;
	}
	second = &app->spread[app->ports[1].device];
	for (i = 0; i < 2; i++) {
		assert_int_equal(rte_eth_dev_rss_hash_update(app->ports[1].device, &hash), 0);
		assert_hash_use(app, RS_HASH_USED, i == 0 ? "[port 8] RSS hash in packet buffers: "
			"asked for; granted yes; used no: another device with rss_hash has another "
			"key" : "[port 8] RSS hash in packet buffers: asked for; granted yes; used "
			"yes");
		assert_int_equal(second->hash_use, i == 0 ? RS_HASH_OTHER_KEY : RS_HASH_USED);
		hash.rss_key = key;
	}
	rte_eth_dev_close(app->ports[1].device);
	free_app(app);
}

/* The device handles one tag, never two, and filters VLANs in any case. */
static void
offloads_of_tags(void **state)
{
	const struct rs_config_port tags = { .vlan_tags = true };
	struct rs_port *port = *state;

	require_device(port);
	work.driver = "net_all";
	work.rx = RX_ALL;
	work.tx = TX_ALL;
	start_as(port, &tags, &one_tag, 1, 1);
	assert_asked(RTE_ETH_RX_OFFLOAD_VLAN_STRIP | RTE_ETH_RX_OFFLOAD_VLAN_FILTER,
		RTE_ETH_TX_OFFLOAD_VLAN_INSERT, 1 << 0 | 1 << 5);
	start_as(port, &(struct rs_config_port){ 0 }, &one_tag, 1, 1);
	assert_asked(RTE_ETH_RX_OFFLOAD_VLAN_FILTER, 0, 1 << 0 | 1 << 5);
	start_as(port, &tags, &two_tags, 1, 1);
	assert_asked(RTE_ETH_RX_OFFLOAD_VLAN_FILTER, 0, 1 << 0 | 1 << 6);
	work.driver = NULL;
}

/* A device cuts frames if it makes their checksums, too; fast free would leave chains linked. */
static void
tso_needs_checksums(void **state)
{
	const struct rs_config_port alone = { .tso = true };
	const struct rs_config_port both = { .tso = true, .tx_checksum = true, .fast_free = true };
	const uint64_t cksums = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
	const uint64_t tso = RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	struct rs_port *port = *state;

	require_device(port);
	work.driver = "net_all";
	work.rx = RX_ALL;
	work.tx = TX_ALL;
	start_as(port, &alone, &no_tag, 1, 1);
	assert_asked(0, 0, 0);
	assert_int_equal(noted_tso, 0);
	start_as(port, &both, &no_tag, 1, 1);
	assert_asked(0, cksums | tso, 0);
	assert_int_equal(noted_tso, 16); /* a quarter of its 64 descriptors */
	/* without multi-segment frames, or TCP checksums, there is none */
	work.tx = TX_ALL & ~RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	start_as(port, &both, &no_tag, 1, 1);
	assert_asked(0, cksums | RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE, 0);
	assert_int_equal(noted_tso, 0);
	work.tx = TX_ALL & ~RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
	start_as(port, &both, &no_tag, 1, 1);
	assert_int_equal(noted_tso, 0);
	/* a virtio-net fills in no IPv4 header checksum */
	work.tx = TX_ALL & ~RTE_ETH_TX_OFFLOAD_IPV4_CKSUM;
	start_as(port, &both, &no_tag, 1, 1);
	assert_asked(0, RTE_ETH_TX_OFFLOAD_TCP_CKSUM | tso, 0);
	/* net_tap's is rte_gso */
	work.driver = "net_tap";
	work.tx = TX_ALL;
	start_as(port, &both, &no_tag, 1, 1);
	assert_asked(0, cksums | RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE, 0);
	assert_int_equal(noted_tso, 0);
	work.driver = NULL;
}

/* A virtio-net filters VLANs unasked: it must be told to receive priority tags (802.1Q 6.9). */
static void
virtio_receives_priority_tags(void **state)
{
	const struct rs_config_port tags = { .vlan_tags = true };
	struct rs_port *port = *state;

	require_device(port);
	work.driver = "net_virtio";
	work.rx = RX_ALL;
	work.tx = TX_ALL;
	start_as(port, &tags, &no_tag, 1, 1);
	assert_asked(RTE_ETH_RX_OFFLOAD_VLAN_FILTER, 0, 1 << 0);
	start_as(port, &tags, &one_tag, 1, 1);
	assert_asked(RTE_ETH_RX_OFFLOAD_VLAN_STRIP | RTE_ETH_RX_OFFLOAD_VLAN_FILTER, 0,
		1 << 0 | 1 << 5);
	work.rx = 0; /* a device without a filter */
	start_as(port, &tags, &no_tag, 1, 1);
	assert_asked(0, 0, 0);
	work.driver = NULL;
}

/* Fast free puts all mbufs of a queue into one pool, so there must be no other (rte_ethdev.h). */
static void
fast_free_needs_one_pool(void **state)
{
	const struct rs_config_port fast = { .fast_free = true };
	const struct rs_config_port shared = { .fast_free = true, .kernel = "kernel0" };
	struct rs_port *port = *state;

	require_device(port);
	work.driver = "net_all";
	work.rx = RX_ALL;
	work.tx = TX_ALL;
	start_as(port, &fast, &no_tag, 2, 2);
	assert_asked(0, 0, 0);
	/* frames of the kernel have a pool of their own */
	start_as(port, &shared, &no_tag, 2, 1);
	assert_asked(0, 0, 0);
	start_as(port, &fast, &no_tag, 2, 1);
	assert_asked(0, RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE, 0);
	work.driver = NULL;
}

/* Neighbour solicitations, and OSPF of the kernel, are sent to multicast addresses. */
static void
multicast_is_received_where_it_is_needed(void **state)
{
	struct rs_port *port = *state;
	struct rs_port with = *port;

	require_device(port);
	start_as(&with, &all_keys, &no_tag, 2, 2);
	assert_false(work.groups);
	with.exceptions.on = true;
	start_as(&with, &all_keys, &no_tag, 2, 2);
	assert_true(work.groups);
	with.exceptions.on = false;
	with.n_subnets6 = 1;
	start_as(&with, &all_keys, &one_tag, 2, 2);
	assert_true(work.groups);
}

static void
queues_are_pairs_that_work(void **state)
{
	struct rte_eth_dev_info info = {
		.driver_name = "net_vmxnet3", .max_rx_queues = 16, .max_tx_queues = 8,
	};

	(void)state;
	assert_int_equal(rs_port_queues(&info), 8);
	info.max_rx_queues = 4;
	assert_int_equal(rs_port_queues(&info), 4);
	/* its second queues receive nothing; those of an 82540EM transmit nothing, either */
	info.driver_name = "net_e1000_em";
	assert_int_equal(rs_port_queues(&info), 1);
}

int
main(int argc __rte_unused, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rss_is_as_the_device_says),
		cmocka_unit_test(rss_may_be_of_addresses_only),
		cmocka_unit_test(syns_have_a_queue_of_their_own),
		cmocka_unit_test(syns_of_several_workers_are_spread),
		cmocka_unit_test(the_most_exact_rule_is_chosen),
		cmocka_unit_test(a_device_may_refuse),
		cmocka_unit_test(port_starts_with_and_without_steering),
		cmocka_unit_test(steering_is_chosen),
		cmocka_unit_test(hashes_are_chosen),
		cmocka_unit_test(hashes_have_one_key),
		cmocka_unit_test(far_workers_are_told),
		cmocka_unit_test(offloads_have_a_key_each),
		cmocka_unit_test(hash_needs_rss),
		cmocka_unit_test(offloads_of_tags),
		cmocka_unit_test(tso_needs_checksums),
		cmocka_unit_test(virtio_receives_priority_tags),
		cmocka_unit_test(fast_free_needs_one_pool),
		cmocka_unit_test(multicast_is_received_where_it_is_needed),
		cmocka_unit_test(rss_without_key_is_unknown),
		cmocka_unit_test(queues_are_pairs_that_work),
	};
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf",
		"--log-level=error", "-m", "64", NULL };

	if (rte_eal_init((int)RTE_DIM(eal) - 1, eal) < 0)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, setup, teardown);
}
