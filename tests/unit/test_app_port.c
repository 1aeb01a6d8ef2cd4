/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* How a device says that it spreads frames, with DPDK's null device as one that says it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_thash.h>

#include "port.h"

#define N_QUEUES 3

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

int
main(int argc __rte_unused, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rss_is_as_the_device_says),
		cmocka_unit_test(rss_may_be_of_addresses_only),
		cmocka_unit_test(rss_without_key_is_unknown),
	};
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf",
		"--log-level=error", "-m", "64", NULL };

	if (rte_eal_init((int)RTE_DIM(eal) - 1, eal) < 0)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, setup, teardown);
}
