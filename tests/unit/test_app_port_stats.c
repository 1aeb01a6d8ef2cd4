/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The counters of devices: which of a driver's is shown under which name. The drivers are fakes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <cmocka.h>
#include <rte_ethdev.h>

#include "watch/port_stats.h"

/* Each port of the test has a device of its own, but [port 1], which is a VLAN of device 0. */
#define PORTS 3

int __wrap_rte_eth_stats_get(uint16_t device, struct rte_eth_stats *stats);
int __wrap_rte_eth_link_get_nowait(uint16_t device, struct rte_eth_link *link);
int __wrap_rte_tel_data_add_dict_u64(struct rte_tel_data *data, const char *name, uint64_t value);

/* What the drivers answer. */
static unsigned int asked;
static bool is_link_known;
static bool fails;

/* The sums that an answer got. */
static char answer[4096];

/* The counters of a device are 10 times its number, and one more each. */
int
__wrap_rte_eth_stats_get(uint16_t device, struct rte_eth_stats *stats)
{
	const uint64_t base = device * UINT64_C(10);

	asked++;
	if (fails)
		return -EIO;
	*stats = (struct rte_eth_stats){
		.ipackets = base + 1, .opackets = base + 2, .ibytes = base + 3, .obytes = base + 4,
		.imissed = base + 5, .ierrors = base + 6, .oerrors = base + 7,
		.rx_nombuf = base + 8,
	};
	return 0;
}

/* The link of device 0 is down, the others are up. */
int
__wrap_rte_eth_link_get_nowait(uint16_t device, struct rte_eth_link *link)
{
	if (!is_link_known)
		return -ENOTSUP;
	link->link_status = device != 0;
	return 0;
}

int
__wrap_rte_tel_data_add_dict_u64(struct rte_tel_data *data __rte_unused, const char *name,
	uint64_t value)
{
	char line[128];

	snprintf(line, sizeof(line), "%s %" PRIu64 "\n", name, value);
	strlcat(answer, line, sizeof(answer));
	return 0;
}

static int
make_app(void **state)
{
	struct rs_app *app = calloc(1, sizeof(*app));
	unsigned int i;

	assert_non_null(app);
	app->config.n_ports = PORTS;
	for (i = 0; i < PORTS; i++) {
		struct rs_config_port *port = &app->config.ports[i];

		port->number = i;
		snprintf(port->device, sizeof(port->device), "net_null%u", i == 1 ? 0 : i);
		app->ports[i].device = (uint16_t)(i == 1 ? 0 : i);
	}
	asked = 0;
	is_link_known = true;
	fails = false;
	answer[0] = '\0';
	*state = app;
	return 0;
}

static int
free_app(void **state)
{
	free(*state);
	return 0;
}

static void
counters_are_kept_under_their_names(void **state)
{
	struct rs_app *app = *state;
	const struct rs_port_counts expected = {
		.rx_frames = 21, .tx_frames = 22, .rx_bytes = 23, .tx_bytes = 24, .rx_missed = 25,
		.rx_errors = 26, .tx_errors = 27, .rx_no_mbuf = 28, .link_up = 1,
	};

	rs_port_stats_keep(app, 0);
	assert_int_equal(asked, 2);
	assert_memory_equal(&app->port_counts[2], &expected, sizeof(expected));
	assert_int_equal(app->port_counts[0].rx_frames, 1);
	assert_int_equal(app->port_counts[0].link_up, 0);
	assert_int_equal(app->port_counts[1].rx_frames, 0);
}

static void
counters_are_read_in_an_interval(void **state)
{
	struct rs_app *app = *state;

	rs_port_stats_keep(app, 1000);
	rs_port_stats_keep(app, 1000 + RS_PORT_COUNTS_US - 1);
	assert_int_equal(asked, 2);
	rs_port_stats_keep(app, 1000 + RS_PORT_COUNTS_US);
	assert_int_equal(asked, 4);
}

/* A driver that does not know its link has one that is up; one that fails changes no counter. */
static void
driver_that_does_not_know(void **state)
{
	struct rs_app *app = *state;

	is_link_known = false;
	rs_port_stats_keep(app, 0);
	assert_int_equal(app->port_counts[0].link_up, 1);
	is_link_known = true;
	fails = true;
	rs_port_stats_keep(app, RS_PORT_COUNTS_US);
	assert_int_equal(asked, 4);
	assert_int_equal(app->port_counts[0].link_up, 1);
	assert_int_equal(app->port_counts[2].tx_errors, 27);
}

static void
sums_count_a_device_once(void **state)
{
	rs_port_stats_add_sums(*state, NULL);
	assert_string_equal(answer, "port_ipackets 22\nport_opackets 24\nport_ibytes 26\n"
		"port_obytes 28\nport_imissed 30\nport_ierrors 32\nport_oerrors 34\n"
		"port_rx_nombuf 36\n");
}

static void
summary_has_a_line_for_each_device(void **state)
{
	const struct rs_app *app = *state;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	rs_port_stats_write(app, out);
	fclose(out);
	assert_string_equal(text,
		"  port 0                     3 bytes received, 4 sent; frames lost: 5 imissed, "
		"6 ierrors, 8 rx_nombuf, 7 oerrors\n"
		"  port 2                    23 bytes received, 24 sent; frames lost: 25 imissed, "
		"26 ierrors, 28 rx_nombuf, 27 oerrors\n");
	free(text);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_app, free_app)
	const struct CMUnitTest tests[] = {
		TEST(counters_are_kept_under_their_names),
		TEST(counters_are_read_in_an_interval),
		TEST(driver_that_does_not_know),
		TEST(sums_count_a_device_once),
		TEST(summary_has_a_line_for_each_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
