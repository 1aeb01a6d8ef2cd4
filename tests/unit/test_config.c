/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The configuration: what every refusal says, the files in config/, and that no file
 * whatever does harm.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>
#include <rte_common.h>

#include "config_fixture.h"

/* Files that are refused, and the one sentence that says why. */
static const struct {
	const char *text;
	const char *sentence;
} refusals[] = {
	{ "", "[port N]: is missing; expected at least one, with device and address" },
	{ "; nothing\n\n", "[port N]: is missing; expected at least one, with device and "
		"address" },
	{ "a = b\n" PORT_0, "a = b: is in no section; expected a [section] above it" },
	{ PORT_0 "[listne x]\nport = 7\nservice = echo\n",
		"[listne x]: unknown section; expected one of [eal], [port N], [worker], [tcp], "
		"[icmp], [limits], [stop], [watch], [listen NAME], [closed NAME], [acl NAME] "
		"(did you mean [listen]?)" },
	{ PORT_0 "[database]\n",
		"[database]: unknown section; expected one of [eal], [port N], [worker], [tcp], "
		"[icmp], [limits], [stop], [watch], [listen NAME], [closed NAME], [acl NAME]" },
	{ PORT_0 "[]\n",
		"[]: unknown section; expected one of [eal], [port N], [worker], [tcp], [icmp], "
		"[limits], [stop], [watch], [listen NAME], [closed NAME], [acl NAME]" },
	{ PORT_0 "[GLOBAL]\n",
		"[GLOBAL]: unknown section; expected one of [eal], [port N], [worker], [tcp], "
		"[icmp], [limits], [stop], [watch], [listen NAME], [closed NAME], [acl NAME]" },
	{ PORT_0 "[stop]\nhwo = reset\n",
		"[stop] hwo = reset: unknown key; expected one of how, timeout, answer, hook, "
		"hook_timeout (did you mean "
		"how?)" },
	{ PORT_0 "[stop]\nmss = 1460\n",
		"[stop] mss = 1460: unknown key; expected one of how, timeout, answer, hook, "
		"hook_timeout" },
	{ PORT_0 "[stop]\n = reset\n",
		"[stop]  = reset: unknown key; expected one of how, timeout, answer, hook, "
		"hook_timeout" },
	{ PORT_0 "[tcp]\nmss = 536\n[tcp]\nttl = 64\n",
		"[tcp]: is set twice; expected one section with all its keys" },
	{ PORT_0 "[tcp 1]\n", "[tcp 1]: has text after its name; expected [tcp]" },
	{ PORT_0 "[tcp]\nttl = 64\nmss = 536\nttl = 63\n",
		"[tcp] ttl = 63: is set twice; expected the key once in its section" },
	{ PORT_0 PORT_0, "[port 0]: is set twice; expected one section for each port" },
	{ PORT_0 "[port  00]\n", "[port  00]: is set twice; expected one section for each port" },
	{ PORT_0 "[port]\n", "[port]: has no port number; expected [port 0] to [port 31]" },
	{ PORT_0 "[port 32]\n",
		"[port 32]: has no port number; expected [port 0] to [port 31]" },
	{ PORT_0 "[port -1]\n",
		"[port -1]: has no port number; expected [port 0] to [port 31]" },
	{ "[port 0]\naddress = 192.0.2.1/24\n",
		"[port 0] device: is missing; expected a PCI address like 0000:03:00.0 or a "
		"virtual device like net_tap0, both followed by ,argument=value where needed" },
	{ "[port 0]\ndevice = net_tap0\n",
		"[port 0] address: is missing; expected up to 8 IPv4 addresses, up to 8 IPv6 "
		"addresses or both, each with its prefix length, like 192.0.2.1/24, 192.0.2.2/24, "
		"2001:db8::1/64" },
	{ PORT_0 "[listen]\nport = 7\nservice = echo\n",
		"[listen]: has no valid name; expected [listen NAME], NAME of 1 to 31 letters, "
		"digits, _ and -" },
	{ PORT_0 "[closed a b]\n",
		"[closed a b]: has no valid name; expected [closed NAME], NAME of 1 to 31 letters, "
		"digits, _ and -" },
	{ PORT_0 "[listen 12345678901234567890123456789012]\nport = 7\nservice = echo\n",
		"[listen 12345678901234567890123456789012]: has no valid name; expected [listen "
		"NAME], NAME of 1 to 31 letters, digits, _ and -" },
	{ PORT_0 "[listen a]\nservice = echo\n",
		"[listen a] port: is missing; expected a port from 1 to 65535, or an ascending "
		"range like 8000-8010" },
	{ PORT_0 "[listen a]\nport = 7\n",
		"[listen a] service: is missing; expected chargen, discard, echo, http, "
		"metrics, plugin or reset" },
	{ PORT_0 "[closed a]\nport = 7\n",
		"[closed a] answer: is missing; expected reset or drop" },
	{ PORT_0 "[listen a]\nport = 7\nservice = echo\n[closed a]\nport = 8\nanswer = drop\n",
		"[closed a]: uses a name that is set twice; expected a different name for each "
		"listen or closed section" },
	{ PORT_0 "[listen a]\nport = 7\nservice = echo\nbody = 5\n",
		"[listen a] body = 5: applies to service = http only; expected no body with "
		"service = echo" },
	{ PORT_0 "[listen a]\nport = 7\nservice = http\nreset_after = 5\n",
		"[listen a] reset_after = 5: applies to service = reset only; expected no "
		"reset_after with service = http" },

	/* An address and port have one listener. */
	{ PORT_0 "[listen a]\nport = 7\nservice = echo\n[listen b]\nport = 7\nservice = discard\n",
		"[listen b] port = 7: overlaps [listen a] in address and port; expected other "
		"ports or addresses" },
	{ PORT_0 "[listen a]\nport = 7-100\nservice = echo\n"
		"[listen b]\naddress = 192.0.2.1\nport = 100-200\nservice = discard\n",
		"[listen b] port = 100-200: overlaps [listen a] in address and port; expected "
		"other ports or addresses" },
	{ PORT_0 "[closed a]\naddress = 192.0.2.0/24\nport = 1-1023\nanswer = drop\n"
		"[listen b]\naddress = 192.0.2.1\nport = 80\nservice = http\n",
		"[listen b] port = 80: overlaps [closed a] in address and port; expected other "
		"ports or addresses" },
	{ PORT_0 "[listen a]\naddress = 192.0.2.2\nport = 80\nservice = http\n",
		"[listen a] address = 192.0.2.2/32: belongs to no port; expected an address that a "
		"[port N] has or terminates" },

	/* An address has one port. */
	{ PORT_0 "[port 1]\ndevice = net_tap1\naddress = 192.0.2.1/25\n",
		"[port 1] address = 192.0.2.1/25: is also the address of [port 0]; expected a "
		"different address" },
	{ PORT_0 "vlan = 5\n[port 1]\ndevice = net_tap0\naddress = 10.0.0.1/8\nvlan = 5\n",
		"[port 1] device = net_tap0: is also the device of [port 0], with the same vlan; "
		"expected a different device or vlan" },
	{ PORT_0 "[port 1]\ndevice = net_tap0,iface=x\naddress = 10.0.0.1/8\nvlan = 5\n",
		"[port 1] device = net_tap0,iface=x: is not that of [port 0], which has the same "
		"device; expected net_tap0" },
	{ PORT_0 "[port 1]\ndevice = net_tap0\naddress = 10.0.0.1/8\nvlan = 5\n"
		"rx_descriptors = 64\n",
		"[port 1] rx_descriptors = 64: is not that of [port 0], which has the same device; "
		"expected 1024" },
	{ PORT_0 "[port 1]\ndevice = net_tap0\naddress = 192.0.2.2/24\n",
		"[port 1] device = net_tap0: is also the device of [port 0], with the same vlan; "
		"expected a different device or vlan" },
	{ PORT_0 PORT_1 "terminate = 192.0.2.0/28\n",
		"[port 0] address = 192.0.2.1/24: is also terminated by [port 1]; expected each "
		"address on one port only" },
	{ PORT_1 PORT_0 "terminate = 198.51.100.1\n",
		"[port 1] address = 198.51.100.1/24: is also terminated by [port 0]; expected each "
		"address on one port only" },
	{ PORT_0 "terminate = 198.18.0.0/15\n" PORT_1 "terminate = 198.19.7.0/24\n",
		"[port 1] terminate = 198.19.7.0/24: overlaps 198.18.0.0/15 of [port 0]; expected "
		"each address in one prefix only" },
	{ PORT_0 "terminate = 198.18.7.7 10.0.0.0/8\nterminate = 198.18.0.0/15\n",
		"[port 0] terminate = 198.18.0.0/15: overlaps 198.18.7.7/32 of [port 0]; expected "
		"each address in one prefix only" },

	/* The kernel has an interface for each port. */
	{ PORT_0 "kernel_udp = 3784\n",
		"[port 0] kernel_udp = 3784: is for an interface of the kernel; expected its name "
		"as kernel" },
	{ PORT_0 "kernel = rs0\n" PORT_1 "kernel = rs0\n",
		"[port 1] kernel = rs0: is also the interface of [port 0]; expected a different "
		"name" },

	/* A gateway is a neighbour. */
	{ PORT_0 "gateway = 192.0.3.1\n",
		"[port 0] gateway = 192.0.3.1: is not on the port's subnet; expected a neighbour "
		"of address = 192.0.2.1/24" },
	{ PORT_0 "gateway = 192.0.2.9, 2001:db8::9\n",
		"[port 0] gateway = 2001:db8::9: is not on the port's subnet; expected a neighbour "
		"of address = 192.0.2.1/24" },
	{ PORT_0 "gateway = fe80::1\n",
		"[port 0] gateway = fe80::1: is not on the port's subnet; expected a neighbour of "
		"address = 192.0.2.1/24" },
	{ "[port 0]\ndevice = net_tap0\naddress = 192.0.2.1/24 2001:db8::1/64\n"
		"gateway = 2001:db8:1::9\n",
		"[port 0] gateway = 2001:db8:1::9: is not on the port's subnet; expected a "
		"neighbour of address = 192.0.2.1/24, 2001:db8::1/64" },
	{ "[port 0]\ndevice = net_tap0\naddress = 2001:db8::1/64\nmtu = 1279\n",
		"[port 0] mtu = 1279: is too small for IPv6; expected at least 1280" },
	{ PORT_0 "mtu = 1000\nterminate = 2001:db8:1::/48\n",
		"[port 0] mtu = 1000: is too small for IPv6; expected at least 1280" },
	{ "[port 0]\ndevice = net_tap0\naddress = 2001:db8::1/64\n"
		"[port 1]\ndevice = net_tap1\naddress = 10.0.0.1/8, 2001:db8::1/48\n",
		"[port 1] address = 2001:db8::1/48: is also the address of [port 0]; expected a "
		"different address" },
	{ PORT_0 "gateway = 192.0.2.1\n",
		"[port 0] gateway = 192.0.2.1: is the port's own address; expected a neighbour" },

	/* Limits that do not go together. */
	{ PORT_0 "[eal]\nno-huge = yes\nin-memory = yes\n",
		"[eal] in-memory = yes: cannot be combined with no-huge; expected only one of the "
		"two" },
	{ PORT_0 "mtu = 1500\n[tcp]\nmss = 1461\n",
		"[tcp] mss = 1461: does not fit the MTU of [port 0]; expected at most 1460" },
	{ PORT_0 "[tcp]\nrto_min = 2s\n",
		"[tcp] rto_min = 2s: is greater than rto_initial; expected at most 1000ms" },
	{ PORT_0 "[tcp]\nuser_timeout_max = 99s\n",
		"[tcp] user_timeout_min = 100s: is greater than user_timeout_max; expected at most "
		"99000ms" },
	/* 1 + 2 + 4 + 8 + 16 + 32 + 60 s: the seventh retransmission comes after 100 s. */
	{ PORT_0 "[tcp]\nr1 = 7\n",
		"[tcp] r1 = 7: is reached after 123000ms, not before r2 = 100000ms; expected R1 "
		"before R2 (RFC 9293 MUST-20)" },
	{ PORT_0 "[tcp]\nr2 = 7s\n",
		"[tcp] r1 = 3: is reached after 7000ms, not before r2 = 7000ms; expected R1 before "
		"R2 (RFC 9293 MUST-20)" },
	/* 8192 of max_chunks, two rings and an intake of 1024, 640 for fragments, and 1024 to
	 * spare. */
	{ PORT_0 "[worker]\nmbufs = 12927\n[tcp]\nmax_chunks = 8192\n",
		"[worker] mbufs = 12927: is too few for [tcp] max_chunks, max_fragments and the "
		"rings; expected at least 12928, or 0" },
	/* Without max_chunks the rest becomes chunks, which must be 1024. */
	{ PORT_0 "[worker]\nmbufs = 4095\n",
		"[worker] mbufs = 4095: is too few for the rings, fragments and 1024 chunks; "
		"expected at least 5760, or 0" },
	{ PORT_0 "[worker]\nmbufs = 1024\n",
		"[worker] mbufs = 1024: is too few for the rings, fragments and 1024 chunks; "
		"expected at least 5760, or 0" },

	/* Lines that rte_cfgfile would skip, cut off or break off at. */
	{ PORT_0 "mtu 1500\n",
		"mtu 1500: is neither a section nor a key; expected [section], key = value "
		"or ; comment" },
	{ PORT_0 "# mtu\n",
		"# mtu: is neither a section nor a key; expected [section], key = value or "
		"; comment" },
	{ PORT_0 "mtu ; = 1500\n",
		"mtu: is neither a section nor a key; expected [section], key = value or ; "
		"comment" },
	{ PORT_0 "[tcp] mss = 536\n",
		"[tcp] mss = 536: is neither a section nor a key; expected [section], key "
		"= value or ; comment" },
	{ PORT_0 "[tcp\n",
		"[tcp: is neither a section nor a key; expected [section], key = value or "
		"; comment" },
};

static void
config_each_refusal(void **state)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(refusals); i++)
		assert_refused(*state, refusals[i].text, refusals[i].sentence);
}

/* All that is wrong with a file is said at once, a line each. */
static void
config_refuses_everything_at_once(void **state)
{
	struct config_fixture *f = *state;
	unsigned int lines = 0;
	const char *p;

	assert_int_equal(config_load(f, "[eal]\nlcores = 0\nfoo = 1\n"
		"[tcp]\nmss = big\nmss = 0\n[foo]\n[port 0]\ndevice = net_tap0\n"
		"[listen a]\nport = 1\nservice = x\n"
		"[listen b]\nport = 1\nservice = echo\n"), -1);
	for (p = f->err; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	/* lcores, foo, mss twice, [foo], address, service, the overlap. */
	assert_int_equal(lines, 8);
}

/* What stands between listeners or ports that do not meet is no overlap. */
static void
config_takes_neighbours(void **state)
{
	struct config_fixture *f = *state;

	assert_taken(f, PORT_0 "terminate = 198.18.0.0/16\n" PORT_1 "terminate = 198.19.0.0/16\n"
		"[listen a]\naddress = 192.0.2.1\nport = 80\nservice = http\n"
		"[listen b]\naddress = 198.51.100.1\nport = 80\nservice = http\n"
		"[listen c]\naddress = 198.18.0.0/17\nport = 80\nservice = http\n"
		"[listen d]\naddress = 198.18.128.0/17\nport = 80\nservice = http\n"
		"[listen e]\nport = 81-99\nservice = http\n[closed f]\nport = 1-79\nanswer = "
		"drop\n");
	assert_int_equal(f->config.n_ports, 2);
	assert_int_equal(f->config.n_listeners, 6);
	assert_true(f->config.listeners[5].closed && f->config.listeners[5].drop);
	assert_int_equal(f->config.listeners[5].port_last, 79);
	assert_taken(f, PORT_0 "[tcp]\nrto_initial = 1min\nr2 = 181s\n");
	/* A gateway of each family, in any order. */
	assert_taken(f, "[port 0]\ndevice = net_tap0\naddress = 2001:db8::1/64, 192.0.2.1/24\n"
		"gateway = fe80::1 192.0.2.254\nterminate = 2001:db8:1::/48\n"
		"[listen a]\naddress = 2001:db8::1\nport = 80\nservice = http\n"
		"[listen b]\naddress = 2001:db8:1::/64\nport = 80\nservice = http\n");
	/* An address of one's own may lie in a prefix that one terminates. */
	assert_taken(f, PORT_0 "terminate = 192.0.2.0/28\n");
}

/* Ports are in the order of their numbers, whatever the order of the file. */
static void
config_sorts_ports(void **state)
{
	struct config_fixture *f = *state;

	assert_taken(f, PORT_1 PORT_0);
	assert_int_equal(f->config.ports[0].number, 0);
	assert_int_equal(f->config.ports[1].number, 1);
	assert_string_equal(f->config.ports[1].device, "net_tap1");
}

static void
config_tells_pci_from_vdev(void **state)
{
	struct config_fixture *f = *state;

	assert_taken(f, PORT_0 "[port 1]\ndevice = 0000:03:00.0,x=1\naddress = 10.0.0.1/8\n");
	assert_false(f->config.ports[0].is_pci);
	assert_true(f->config.ports[1].is_pci);
}

/* mbufs = 0 is filled in: max_chunks, max_fragments, all rings and intakes, and 1024. */
static void
config_counts_mbufs(void **state)
{
	struct config_fixture *f = *state;

	assert_taken(f, PORT_0 "rx_descriptors = 32\n" PORT_1 "tx_descriptors = 64\n"
		"[tcp]\nmax_chunks = 100\n");
	assert_int_equal(f->config.mbufs, 100 + 32 + 1024 + 1024 + 64 + 2 * RS_INTAKE_MAX +
		512 + 128 + 1024);
	/* a queue of SYNs has a ring as long as that of the other frames */
	assert_taken(f, PORT_0 "rx_descriptors = 32\nsyn_queue = yes\n"
		"[tcp]\nmax_chunks = 100\n");
	assert_int_equal(f->config.mbufs, 100 + 2 * 32 + 1024 + RS_INTAKE_MAX + 512 + 128 + 1024);
	/* frames of the kernel have packet buffers of their own: of the queue to it, its
	 * interface, a transmit ring and a burst each way */
	assert_int_equal(rs_config_kernel_memory(&f->config), 0);
	assert_taken(f, PORT_0 "tx_descriptors = 64\nkernel = rs0\n"
		"[tcp]\nmax_chunks = 100\n");
	assert_int_equal(f->config.mbufs, 100 + 1024 + 64 + RS_INTAKE_MAX + 512 + 128 + 1024);
	assert_int_equal(rs_config_kernel_mbufs(&f->config.ports[0]), 1024 + 256 + 64 + 128);
	assert_true(rs_config_kernel_memory(&f->config) >= (1024 + 256 + 64 + 128) * 2048);
}

/* Packet buffers that a worker can hold at the same time: in rings and intakes, in the cache of
 * its mempool (rte_mempool flushes it at 1.5 times its size), in a burst in work, in queues, as
 * fragments that wait. */
static uint32_t
mbufs_held_at_most(const struct rs_config *config)
{
	const uint32_t received = RS_BURST;
	const uint32_t to_send = 2 * RS_BURST;
	const uint32_t whole = 2 * RS_BURST; /* reassembled, or to be sent later */
	uint32_t n = config->tcp.max_chunks + config->mbuf_cache * 3u / 2 + received + to_send +
		config->max_fragments + whole;
	unsigned int i;

	for (i = 0; i < config->n_ports; i++)
		n += config->ports[i].rx_descriptors + (uint32_t)config->ports[i].tx_descriptors +
			RS_INTAKE_MAX;
	return n;
}

/* Queues that are full leave packet buffers to receive and to send: the pool never runs out. */
static void
config_mbufs_suffice_when_every_queue_is_full(void **state)
{
	static const char *const limits[] = {
		"", "[worker]\nmbuf_cache = 512", "[worker]\nmbuf_cache = 0",
		"[worker]\nmbufs = 5760\nmbuf_cache = 512", "[worker]\nmbufs = 12928",
		"[worker]\nmbufs = 20000\nmbuf_cache = 512\n[tcp]\nmax_chunks = 15264",
		"[worker]\nmbufs = 16777216", "[tcp]\nmax_connections = 100000000",
		"[tcp]\nmax_chunks = 1",
		"rx_descriptors = 4096\ntx_descriptors = 4096\n[worker]\nmbuf_cache = 512",
	};
	struct config_fixture *f = *state;
	char text[512];
	unsigned int i;

	for (i = 0; i < RTE_DIM(limits); i++) {
		snprintf(text, sizeof(text), "%s%s\n", PORT_0, limits[i]);
		assert_taken(f, text);
		assert_in_range(f->config.mbufs, mbufs_held_at_most(&f->config), UINT32_MAX);
	}
}

/* Without hugepages rte_mempool gives each packet buffer pages of its own. */
static void
config_counts_pages_of_mbufs_without_hugepages(void **state)
{
	struct config_fixture *f = *state;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	assert_taken(f, PORT_0 "[worker]\nmbufs = 10240\n");
	assert_true(rs_config_mbuf_memory(&f->config) < 10240 * page);
	assert_taken(f, PORT_0 "[worker]\nmbufs = 10240\n[eal]\nno-huge = yes\n");
	assert_int_equal(rs_config_mbuf_memory(&f->config), 10240 * page);
	assert_taken(f, PORT_0 "mtu = 9000\n[worker]\nmbufs = 10240\n[eal]\nno-huge = yes\n");
	assert_int_equal(rs_config_mbuf_memory(&f->config), 10240 * 3 * page);
}

/* Load limits of [tcp] and [worker], and compare the pools with max_busy, ... mbufs. */
static void
assert_pools(struct config_fixture *f, const char *limits, uint32_t max_busy,
	uint32_t max_chunks, uint32_t max_sent, uint32_t mbufs)
{
	char text[512];

	snprintf(text, sizeof(text), "%s%s\n", PORT_0, limits);
	assert_taken(f, text);
	assert_int_equal(f->config.tcp.max_busy, max_busy);
	assert_int_equal(f->config.tcp.max_chunks, max_chunks);
	assert_int_equal(f->config.tcp.max_sent, max_sent);
	assert_int_equal(f->config.mbufs, mbufs);
}

/* Pools that are not given follow from max_connections and mbufs. */
static void
config_derives_pools(void **state)
{
	struct config_fixture *f = *state;

	/* 4736 mbufs are those of two rings and an intake, fragments, and 1024 to spare */
	assert_pools(f, "", 16384, 16384, 131072, 16384 + 4736);
	assert_pools(f, "[tcp]\nmax_connections = 1", 16384, 16384, 131072, 16384 + 4736);
	assert_pools(f, "[tcp]\nmax_connections = 131087", 16384, 16385, 131072, 16385 + 4736);
	assert_pools(f, "[tcp]\nmax_connections = 1048576", 65536, 131072, 524288,
		131072 + 4736);
	assert_pools(f, "[tcp]\nmax_connections = 100000000", 1048576, 1048576, 8388608,
		1048576 + 4736);
	assert_pools(f, "[tcp]\nmax_busy = 0\nmax_chunks = 0\nmax_sent = 0", 16384, 16384,
		131072, 16384 + 4736);
	/* mbufs that are given bound the chunks, and max_connections does not */
	assert_pools(f, "[worker]\nmbufs = 5760", 16384, 1024, 131072, 5760);
	assert_pools(f, "[worker]\nmbufs = 12928", 16384, 8192, 131072, 12928);
	assert_pools(f, "[worker]\nmbufs = 104736\n[tcp]\nmax_connections = 1048576", 65536,
		100000, 524288, 104736);
	assert_pools(f, "[worker]\nmbufs = 16777216", 16384, 8388608, 131072, 16777216);
}

/* A pool that is given is taken as it is, and max_sent follows max_busy. */
static void
config_takes_given_pools(void **state)
{
	struct config_fixture *f = *state;

	assert_pools(f, "[tcp]\nmax_busy = 5", 5, 16384, 40, 16384 + 4736);
	assert_pools(f, "[tcp]\nmax_busy = 16777216", 16777216, 16384, 67108864, 16384 + 4736);
	assert_pools(f, "[tcp]\nmax_sent = 7", 16384, 16384, 7, 16384 + 4736);
	assert_pools(f, "[tcp]\nmax_connections = 1048576\nmax_busy = 10\nmax_chunks = 11\n"
		"max_sent = 12", 10, 11, 12, 11 + 4736);
	assert_pools(f, "[worker]\nmbufs = 20000\n[tcp]\nmax_chunks = 100", 16384, 100, 131072,
		20000);
}

/* rte_cfgfile's limits, on both sides of each. */
static void
config_lengths(void **state)
{
	struct config_fixture *f = *state;
	char text[1024], part[64];
	char x[400];

	memset(x, 'x', sizeof(x));
	/* A value of 254 characters is taken whole. */
	snprintf(text, sizeof(text), "%s[eal]\nargs = %.254s\n", PORT_0, x);
	assert_taken(f, text);
	assert_int_equal(strlen(f->config.eal.args), 254);
	snprintf(text, sizeof(text), "%s[eal]\nargs = %.255s\n", PORT_0, x);
	assert_said(f, text, ": is longer than 254 characters; expected ");
	snprintf(text, sizeof(text), "%s[eal]\nargs = %.300s\n", PORT_0, x);
	assert_said(f, text, ": is longer than 254 characters; expected ");

	/* A line of 322 characters, with and without a newline. */
	snprintf(text, sizeof(text), "%s;%.321s\n", PORT_0, x);
	assert_taken(f, text);
	snprintf(text, sizeof(text), "%s;%.321s", PORT_0, x);
	assert_taken(f, text);
	snprintf(text, sizeof(text), "%s;%.322s\n", PORT_0, x);
	assert_refused(f, text, "is too long; expected at most 322 characters");

	/* A section of 62 characters is known as none, of 63 and more as too long. */
	snprintf(text, sizeof(text), "%s[%.62s]\n", PORT_0, x);
	assert_said(f, text, "]: unknown section; expected ");
	snprintf(text, sizeof(text), "%s[%.100s]\n", PORT_0, x);
	assert_said(f, text, "]: is too long; expected at most 62 characters");
	snprintf(part, sizeof(part), "[tcp] %.50s", x);
	snprintf(text, sizeof(text), "%s[tcp]\n%.100s = 1\n", PORT_0, x);
	assert_said(f, text, part);
}

/* Comments, blanks, line ends and order do not matter. */
static void
config_form(void **state)
{
	struct config_fixture *f = *state;

	assert_taken(f, "\r\n ; x = y\r\n  [ tcp ]  ;c\r\n\tmss=1000 ;c=d\r\n"
		"[port\t0]\r\ndevice=net_tap0,iface=a=b\r\naddress = 192.0.2.1/24 ; [x]");
	assert_int_equal(f->config.tcp.mss, 1000);
	assert_string_equal(f->config.ports[0].device, "net_tap0,iface=a=b");
	/* A semicolon without a blank before it is no comment, whether it is escaped or not. */
	assert_taken(f, PORT_0 "[listen a]\nport = 1\nservice = http\ncontent_type = "
		"text/html; charset=utf-8;x=\\;y ; comment; more\n");
	assert_string_equal(f->config.listeners[0].content_type,
		"text/html; charset=utf-8;x=;y");
	assert_refused(f, PORT_0 "[tcp]\nmss = 1000;c\n", "[tcp] mss = 1000;c: is not a number; "
		"expected a number from 28 to 9560, or 0: the port's MTU less 40");
	/* terminate may stand more than once. */
	assert_taken(f, PORT_0 "terminate = 198.18.0.0/16\nterminate = 10.0.0.0/8\n");
	assert_int_equal(f->config.ports[0].n_terminate, 2);
}

/* Sentences name the place and hold nothing that commands a terminal. */
static void
config_says_nothing_unprintable(void **state)
{
	struct config_fixture *f = *state;

	assert_refused(f, PORT_0 "[stop]\n\x1b[2J = \x07\n",
		"[stop] ?[2J = ?: unknown key; expected one of how, timeout, answer, hook, "
		"hook_timeout");
	assert_refused(f, PORT_0 "\xef\xbb\xbf" "a\n",
		"???a: is neither a section nor a key; expected [section], key = value or "
		"; comment");
}

static void
assert_unreadable(struct config_fixture *f, const char *path, const char *why)
{
	char sentence[512];

	snprintf(sentence, sizeof(sentence), "%s: cannot be read: %s; expected a configuration "
		"file (see --help-config)\n", path, why);
	assert_int_equal(config_load_path(f, path), -1);
	assert_string_equal(f->err, sentence);
}

static void
config_no_file(void **state)
{
	struct config_fixture *f = *state;
	char path[PATH_MAX + 2];
	FILE *file;

	assert_unreadable(f, "/nonexistent/x.ini", "No such file or directory");
	assert_unreadable(f, "", "No such file or directory");
	assert_unreadable(f, f->dir, "is not a regular file");
	assert_unreadable(f, "/dev/zero", "is not a regular file");
	unlink(f->path);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_unreadable(f, f->path, "is not a regular file");
	unlink(f->path);

	assert_int_equal(config_load_bytes(f, "[tcp]\0mss = 5\n", 14), -1);
	assert_unreadable(f, f->path, "is not a text file");
	file = fopen(f->path, "w");
	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), 1 << 20), 0);
	fclose(file);
	assert_unreadable(f, f->path, "is larger than 1 MiB");

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(config_load_path(f, path), -1);
	assert_non_null(strstr(f->err, "File name too long"));
}

/* A user who is not root may not read everything. */
static void
config_no_permission(void **state)
{
	struct config_fixture *f = *state;
	const uid_t user = geteuid();

	assert_taken(f, PORT_0);
	assert_int_equal(chmod(f->path, 0), 0);
	if (user == 0)
		assert_int_equal(seteuid(65534), 0);
	assert_unreadable(f, f->path, "Permission denied");
	assert_int_equal(seteuid(user), 0);
}

/* Write the configuration with a body of that name. */
static void
body_text(char *text, size_t size, const char *body)
{
	snprintf(text, size, "%s[listen a]\nport = 80\nservice = http\nbody = %s\n", PORT_0, body);
}

/* A body counts from the directory of the configuration, wherever one is. */
static void
config_body(void **state)
{
	struct config_fixture *f = *state;
	char text[512], path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/body.bin", f->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	body_text(text, sizeof(text), "body.bin");
	assert_taken(f, text);
	assert_string_equal(f->config.listeners[0].body.file, path);
	body_text(text, sizeof(text), path);
	assert_taken(f, text);
	assert_string_equal(f->config.listeners[0].body.file, path);
	body_text(text, sizeof(text), "10k");
	assert_taken(f, text);
	assert_string_equal(f->config.listeners[0].body.file, "");
	assert_int_equal(f->config.listeners[0].body.size, 10240);

	/* 4 GiB - 1 is the most. */
	body_text(text, sizeof(text), "body.bin");
	assert_int_equal(ftruncate(fileno(file), UINT32_MAX), 0);
	assert_taken(f, text);
	assert_int_equal(ftruncate(fileno(file), (off_t)UINT32_MAX + 1), 0);
	assert_said(f, text, "/body.bin: too large); expected a size from 0 to 4294967295");
	fclose(file);
	unlink(path);
	assert_said(f, text, "/body.bin: No such file or directory); expected ");
	assert_said(f, text, "[listen a] body = body.bin: is neither a size nor a readable file (");

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_said(f, text, "/body.bin: not a regular file); expected ");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_said(f, text, "/body.bin: Is a directory); expected ");
	rmdir(path);
}

static void
config_body_no_permission(void **state)
{
	struct config_fixture *f = *state;
	const uid_t user = geteuid();
	char text[512], path[256];
	FILE *file;
	int rc;

	snprintf(path, sizeof(path), "%s/body.bin", f->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(chmod(path, 0), 0);
	body_text(text, sizeof(text), "body.bin");
	config_load(f, text);
	if (user == 0)
		assert_int_equal(seteuid(65534), 0);
	rc = config_load_path(f, f->path);
	assert_int_equal(seteuid(user), 0);
	unlink(path);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(f->err, "/body.bin: Permission denied); expected "));
}

/* Sections with one device and different tags are the VLANs of one port, whose rings count once. */
static void
config_takes_vlans_of_one_device(void **state)
{
	struct config_fixture *f = *state;
	uint32_t mbufs;

	assert_taken(f, PORT_0);
	mbufs = f->config.mbufs;
	assert_taken(f, PORT_0 "[port 1]\ndevice = net_tap0\naddress = 10.0.0.1/8\nvlan = 7\n"
		"[port 2]\ndevice = net_tap0\naddress = 11.0.0.1/8\nvlan = 7.8\n"
		"vlan_priority = 5\n[port 3]\ndevice = net_tap0\naddress = 12.0.0.1/8\n"
		"vlan = 7.8\nvlan_outer_type = 8100\n");
	assert_int_equal(f->config.n_ports, 4);
	assert_int_equal(f->config.mbufs, mbufs);
	assert_int_equal(f->config.ports[0].tags.n, 0);
	assert_int_equal(f->config.ports[1].tags.n, 1);
	assert_int_equal(f->config.ports[1].tags.vid[0], 7);
	assert_int_equal(f->config.ports[2].tags.n, 2);
	assert_int_equal(f->config.ports[2].tags.vid[0], 7);
	assert_int_equal(f->config.ports[2].tags.vid[1], 8);
	assert_int_equal(f->config.ports[2].tags.priority, 5);
	assert_false(f->config.ports[2].tags.outer_is_8100);
	assert_true(f->config.ports[3].tags.outer_is_8100);
	assert_int_equal(rs_config_device_first(&f->config, 3), 0);
}

/* As many ports, prefixes and listeners as there may be, and one more. */
static void
config_many(void **state)
{
	struct config_fixture *f = *state;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int i;

	for (i = 0; i < RS_CONFIG_PORTS_MAX; i++)
		fprintf(out, "[port %u]\ndevice = net_tap%u\naddress = 10.%u.0.1/16\n"
			"terminate = 20.%u.0.0/16 21.%u.0.0/16\n", i, i, i, i, i);
	for (i = 0; i < RS_CONFIG_LISTENERS_MAX; i++)
		fprintf(out, "[listen a%u]\nport = %u\nservice = echo\n", i, i + 1);
	fflush(out);
	assert_taken(f, text);
	assert_int_equal(f->config.n_ports, RS_CONFIG_PORTS_MAX);
	assert_int_equal(f->config.n_listeners, RS_CONFIG_LISTENERS_MAX);
	assert_string_equal(f->config.listeners[63].name, "a63");

	fprintf(out, "[closed b]\nport = 1000\nanswer = drop\n");
	fclose(out);
	assert_refused(f, text,
		"[closed b]: is one too many; expected at most 64 listen and closed sections");
	free(text);

	out = open_memstream(&text, &size);
	fprintf(out, PORT_0);
	for (i = 0; i < RS_PREFIXES_MAX; i++)
		fprintf(out, "terminate = 20.%u.0.0/16\n", i);
	fprintf(out, PORT_1 "terminate = 21.0.0.0/16\n");
	fclose(out);
	assert_refused(f, text,
		"[port N] terminate: there are 65 prefixes on all ports; expected at most 64");
	free(text);
}

/* The keys of a section must have the same values in two configurations. */
static void
assert_same(enum rs_section_id section, const struct rs_config *a, const struct rs_config *b)
{
	char text_a[RS_VALUE_TEXT_MAX], text_b[RS_VALUE_TEXT_MAX];
	const struct rs_key *key;

	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		if (key->section != section)
			continue;
		key->type->format(key, config_object(a, section), text_a, sizeof(text_a));
		key->type->format(key, config_object(b, section), text_b, sizeof(text_b));
		assert_string_equal(text_a, text_b);
	}
}

/* A file of a port only has the defaults, TCP's from rs_tcp_defaults(). */
static void
config_defaults(void **state)
{
	struct config_fixture *f = *state;
	const struct rs_config *c = &f->config;
	struct rs_config *expected = calloc(1, sizeof(*expected));

	assert_taken(f, PORT_0);
	rs_tcp_defaults(&expected->tcp);
	assert_same(RS_SECTION_TCP, c, expected);
	free(expected);
	assert_string_equal(c->path, f->path);
	assert_string_equal(c->eal.lcores, "0-1");
	assert_true(c->eal.telemetry);
	assert_false(c->eal.no_huge || c->eal.in_memory);
	assert_int_equal(c->idle, RS_IDLE_POLL);
	assert_false(c->stop_reset);
	assert_int_equal(c->stop_timeout_ms, 5000);
	assert_int_equal(c->n_listeners, 0);
	assert_true(c->ports[0].rx_checksum && c->ports[0].tx_checksum &&
		c->ports[0].vlan_tags && c->ports[0].fast_free && !c->ports[0].scatter &&
		!c->ports[0].tso && !c->ports[0].rss_hash);
	assert_int_equal(c->ports[0].addresses[0].len, 96 + 24);
}

/* What the RFCs say of defaults. */
static void
tcp_defaults_keep_the_rfcs(void **state __rte_unused)
{
	struct rs_tcp_params tcp;

	rs_tcp_defaults(&tcp);
	assert_int_equal(tcp.rto_initial_ms, 1000);              /* RFC 6298 2.1 */
	assert_int_equal(tcp.rto_min_ms, 1000);                  /* RFC 6298 2.4 */
	assert_true(tcp.rto_max_ms >= 60 * 1000);                /* RFC 6298 2.5 */
	assert_true(tcp.r1 >= 3);                                /* RFC 9293 SHLD-10 */
	assert_true(tcp.r2_ms >= 100 * 1000);                    /* RFC 9293 SHLD-11 */
	assert_true(tcp.r2_syn_ms >= 180 * 1000);                /* RFC 9293 MUST-23 */
	assert_true(tcp.ack_delay_ms < 500);                     /* RFC 9293 MUST-40 */
	assert_true(tcp.keepalive_ms >= 2 * 3600 * 1000);        /* RFC 9293 MUST-28 */
	assert_true(tcp.keepalive_probes > 1);                   /* RFC 9293 MUST-29 */
	assert_true(tcp.rcv_buf <= (uint32_t)UINT16_MAX << 14);  /* RFC 7323 2.3 */
	assert_false(tcp.time_wait_rst);                         /* RFC 1337 */
	assert_int_equal(tcp.tos & 3, 0);                        /* RFC 3168 5: not ECN-capable */
}

/* A whole file as text; the caller frees it. */
static char *
read_file(const char *path, size_t *len)
{
	char *text = calloc(1, 1 << 20);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	*len = fread(text, 1, (1 << 20) - 1, file);
	fclose(file);
	return text;
}

/* The files that show every key, and the least that each program needs beside it. */
static const struct {
	const struct rs_usage *usage;
	const char *file;
	const char *least;
} shown_files[] = {
	{ &rs_usage_rstack, RS_SOURCE_ROOT "/config/rstack.ini",
		"[port 0]\ndevice = net_tap0,iface=rstack0\naddress = 192.0.2.1/24\n"
		"[listen web]\nport = 80\nservice = http\n" },
	{ &rs_usage_load, RS_SOURCE_ROOT "/config/load.ini",
		"[port 0]\ndevice = net_tap0,iface=rstack0\naddress = 192.0.2.1/24\n"
		"[load]\ntarget = 192.0.2.1:80\n" },
};

/* They are what --help-config writes, so every key is in them, and they are valid. */
static void
config_file_is_the_help(void **state)
{
	struct config_fixture *f = *state;
	char *help, *file;
	size_t help_len, file_len;
	unsigned int i;
	FILE *out;

	for (i = 0; i < RTE_DIM(shown_files); i++) {
		out = open_memstream(&help, &help_len);
		rs_config_help(shown_files[i].usage, out);
		fclose(out);
		file = read_file(shown_files[i].file, &file_len);
		if (strcmp(file, help) != 0)
			fail_msg("run build/app/%s -- --help-config > %s",
				shown_files[i].usage->name, shown_files[i].usage->keys);
		free(file);
		free(help);
		f->usage = shown_files[i].usage;
		assert_int_equal(config_load_path(f, shown_files[i].file), 0);
	}
	f->usage = &rs_usage_rstack;
}

/* The next key of the table that a program has, from `key` on. */
static const struct rs_key *
next_key(const struct rs_usage *usage, const struct rs_key *key)
{
	while (key < rs_keys + rs_n_keys && (usage->sections & 1u << key->section) == 0)
		key++;
	return key;
}

/* Each key of the table stands in the file in its section, and no other does. */
static void
assert_has_each_key(const struct rs_usage *usage, const char *path)
{
	size_t len;
	char *file = read_file(path, &len);
	const struct rs_key *key = next_key(usage, rs_keys);
	char *rest = file, *line;
	const char *section = "";

	while ((line = strsep(&rest, "\n")) != NULL) {
		/* What the example cannot have stands as a comment without a blank. */
		line += line[0] == ';' && line[1] != ' ';
		if (line[0] == '[') {
			section = line + 1;
			line[strcspn(line, " ]")] = '\0';
		} else if (line[0] != '\0' && line[0] != ';') {
			assert_true(key < rs_keys + rs_n_keys);
			assert_string_equal(section, rs_sections[key->section].name);
			line[strcspn(line, " ")] = '\0';
			assert_string_equal(line, key->name);
			key = next_key(usage, key + 1);
		}
	}
	assert_ptr_equal(key, rs_keys + rs_n_keys);
	free(file);
}

static void
config_file_has_each_key(void **state __rte_unused)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(shown_files); i++)
		assert_has_each_key(shown_files[i].usage, shown_files[i].file);
}

/* What the files show are the defaults. */
static void
config_file_shows_the_defaults(void **state)
{
	struct config_fixture *f = *state;
	struct rs_config *shown = calloc(1, sizeof(*shown));
	enum rs_section_id id;
	unsigned int i;

	for (i = 0; i < RTE_DIM(shown_files); i++) {
		f->usage = shown_files[i].usage;
		assert_int_equal(config_load_path(f, shown_files[i].file), 0);
		memcpy(shown, &f->config, sizeof(*shown));
		assert_taken(f, shown_files[i].least);
		for (id = 0; id < RS_SECTION_MAX; id++)
			assert_same(id, shown, &f->config);
	}
	f->usage = &rs_usage_rstack;
	free(shown);
}

/* A program has its own sections only. */
static void
config_sections_are_the_programs(void **state)
{
	struct config_fixture *f = *state;

	assert_refused(f, PORT_0 "[load]\ntarget = 192.0.2.9:80\n",
		"[load]: unknown section; expected one of [eal], [port N], [worker], [tcp], "
		"[icmp], [limits], [stop], [watch], [listen NAME], [closed NAME], [acl NAME] "
		"(did you mean [closed]?)");
	f->usage = &rs_usage_load;
	assert_refused(f, PORT_0 "[load]\ntarget = 192.0.2.9:80\n[listen a]\nport = 80\n",
		"[listen a]: unknown section; expected one of [eal], [port N], [worker], [tcp], "
		"[icmp], [stop], [watch], [load]");
	assert_refused(f, PORT_0, "[load] target: is missing; expected an IP address and a port, "
		"like 192.0.2.1:80 or [2001:db8::1]:80");
	assert_refused(f, PORT_0 "[load]\nrate = 5\n",
		"[load] target: is missing; expected an IP address and a port, like "
		"192.0.2.1:80 or [2001:db8::1]:80");
	assert_refused(f, PORT_0 "[load]\ntarget = [2001:db8::9]:80\nsource = 192.0.2.1\n",
		"[load] source = 192.0.2.1/32: is not of the family of target; expected addresses "
		"that reach it");
	assert_refused(f, PORT_0 "[load]\ntarget = 192.0.2.9:80\nsource = 192.0.2.2\n",
		"[load] source = 192.0.2.2/32: belongs to no port; expected addresses that a [port "
		"N] has or terminates");
	assert_refused(f, PORT_0 "[load]\ntarget = 192.0.2.9:80\nconcurrency = 3\n"
		"[eal]\nlcores = 0-2\n[tcp]\nmax_connections = 1\n",
		"[load] concurrency = 3: is greater than [tcp] max_connections of all workers; "
		"expected at most 2");
	assert_refused(f, PORT_0 "[load]\ntarget = 192.0.2.9:80\n"
		"[eal]\nlcores = 0-3\n[tcp]\nlocal_ports = 2000-2001\n",
		"[tcp] local_ports = 2000-2001: has fewer ports than there are workers; expected "
		"at least 3");
	assert_taken(f, PORT_0 "[load]\ntarget = 192.0.2.9:80\n"
		"[eal]\nlcores = 0-2\n[tcp]\nlocal_ports = 2000-2001\n");
	assert_taken(f, PORT_0 "terminate = 198.18.0.0/15\n"
		"[load]\ntarget = 192.0.2.9:80\nsource = 198.18.0.0/24\n");
	f->usage = &rs_usage_rstack;
}

/* The command line wins over the file, and stands in for what lacks there. */
static void
config_settings_win(void **state)
{
	const struct rs_settings good = {
		.set = { { "target", "192.0.2.7:7" }, { "rate", "9" }, { "rate", "10" } }, .n = 3,
	};
	const struct rs_settings bad = {
		.set = { { "rate", "many" }, { "target", "" } }, .n = 2,
	};
	struct config_fixture *f = *state;

	f->usage = &rs_usage_load;
	f->settings = &good;
	assert_taken(f, PORT_0);
	assert_taken(f, PORT_0 "[load]\n");
	assert_taken(f, PORT_0 "[load]\ntarget = 192.0.2.9:80\nrate = 5\nconcurrency = 2\n");
	assert_int_equal(f->config.load.target.port, 7);
	assert_int_equal(f->config.load.rate, 10);
	assert_int_equal(f->config.load.concurrency, 2);
	f->settings = &bad;
	assert_int_equal(config_load(f, PORT_0 "[load]\ntarget = 192.0.2.9:80\n"), -1);
	assert_string_equal(f->err,
		"rstack-load: --rate many: is not a number; expected a number from 1 to 100000000, "
		"or 0: as fast as concurrency allows\n"
		"rstack-load: --target : has no value; expected an IP address and a port, like "
		"192.0.2.1:80 or [2001:db8::1]:80\n");
	f->settings = NULL;
	f->usage = &rs_usage_rstack;
}

static void
config_quickstart(void **state)
{
	static const struct {
		uint16_t port;
		const char *service;
	} expected[] = { { 7, "echo" }, { 9, "discard" }, { 19, "chargen" }, { 80, "http" },
		{ 104, "reset" } };
	struct config_fixture *f = *state;
	unsigned int i;

	assert_int_equal(config_load_path(f, RS_SOURCE_ROOT "/config/quickstart.ini"), 0);
	assert_true(f->config.eal.no_huge);
	assert_int_equal(f->config.idle, RS_IDLE_SLEEP);
	assert_string_equal(f->config.ports[0].device, "net_tap0,iface=rstack0");
	assert_int_equal(f->config.ports[0].n_terminate, 1);
	assert_int_equal(f->config.n_listeners, RTE_DIM(expected));
	for (i = 0; i < RTE_DIM(expected); i++) {
		assert_int_equal(f->config.listeners[i].port_first, expected[i].port);
		assert_string_equal(f->config.listeners[i].service, expected[i].service);
	}
	assert_int_equal(f->config.listeners[3].body.size, 1024);
}

/* Write n bytes 'x' into the file secret of the test's directory, and name it in `text`. */
static void
secret_file(const struct config_fixture *f, size_t n, char *text, size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/secret", f->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	while (n-- > 0)
		fputc('x', file);
	fclose(file);
	snprintf(text, size, "%s[tcp]\ncookie_secret = secret\n", PORT_0);
}

/* The bytes of the file are the secret; the file counts from the configuration's directory. */
static void
config_cookie_secret(void **state)
{
	struct config_fixture *f = *state;
	char text[512], path[128];

	snprintf(path, sizeof(path), "%s/secret", f->dir);
	assert_taken(f, PORT_0);
	assert_int_equal(f->config.n_cookie_bytes, 0);
	secret_file(f, 16, text, sizeof(text));
	assert_taken(f, text);
	assert_string_equal(f->config.cookie_secret, path);
	assert_int_equal(f->config.n_cookie_bytes, 16);
	assert_memory_equal(f->config.cookie_bytes, "xxxxxxxxxxxxxxxx", 16);
	secret_file(f, 4096, text, sizeof(text));
	assert_taken(f, text);
	assert_int_equal(f->config.n_cookie_bytes, 4096);
	secret_file(f, 15, text, sizeof(text));
	assert_said(f, text, "[tcp] cookie_secret = secret: is not usable (");
	assert_said(f, text, "/secret: too short); expected the name of a file of 16 to 4096 "
		"bytes, such as head -c 32 /dev/urandom makes, or nothing");
	secret_file(f, 4097, text, sizeof(text));
	assert_said(f, text, "/secret: too long); expected the name of ");
	assert_int_equal(remove(path), 0);
	assert_said(f, text, "/secret: No such file or directory); expected the name of ");
}

/* max_half_open follows from max_connections, and is never 0. */
static void
config_derives_max_half_open(void **state)
{
	static const struct { uint32_t connections, half_open; } cases[] = {
		{ 1, 1 }, { 7, 1 }, { 8, 2 }, { 65536, 16384 }, { 262144, 65536 },
		{ 133169152, 65536 },
	};
	struct config_fixture *f = *state;
	char text[256];
	unsigned int i;

	for (i = 0; i < RTE_DIM(cases); i++) {
		snprintf(text, sizeof(text), "%s[tcp]\nmax_connections = %u\n", PORT_0,
			cases[i].connections);
		assert_taken(f, text);
		assert_int_equal(f->config.tcp.max_half_open, cases[i].half_open);
	}
	assert_taken(f, PORT_0 "[tcp]\nmax_connections = 10\nmax_half_open = 7\n");
	assert_int_equal(f->config.tcp.max_half_open, 7);
}

/* What would run, as -t shows it; the caller frees it. */
static char *
printed(const struct rs_config *config)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	rs_config_print(config, out);
	fclose(out);
	return text;
}

static void
config_print(void **state)
{
	static const char *const parts[] = {
		"lcores 0-3: 3 workers\n", "each worker: 1048576 connections, 65536 of them busy, "
		"131072 chunks, 524288 ranges; 135808 packet buffers in about 315 MiB\n",
		"\tmbufs = 135808\n", "\tmax_busy = 65536\n", "\tmax_chunks = 131072\n",
		"\tmax_sent = 524288\n", "port 0: net_tap0\n", "\taddress 192.0.2.1/24, terminates "
		"198.18.0.0/15, 10.0.0.0/8\n", "MTU 1400", "the device does "
		"what it can of: tx_checksum vlan_tags fast_free, promiscuous",
		"listen web: address 198.18.0.0/16, port 80-81, service http, header_timeout 10s, "
		"body_timeout 1min, body 2k, content_type text/plain, max_per_source 9, "
		"resets_per_second 100, no_connection drop, idle_timeout 30s, nodelay, keepalive, "
		"linger 0\n",
		"listen r: address any, port 104, service reset, reset_after 10\n",
		"closed c: address any, port 1-9, drop, resets_per_second 7\n", "\tmss = 1000\n",
		"\tmsl = 1s\n", "\thow = reset\n", "limits:\n\tresets_per_second = 0\n",
		"\tsource_prefix = 20\n",
	};
	struct config_fixture *f = *state;
	unsigned int i;
	char *text;

	assert_taken(f, PORT_0 "terminate = 198.18.0.0/15,10.0.0.0/8\nmtu = 1400\n"
		"rx_checksum = software\npromiscuous = yes\n[eal]\nlcores = 0-3\n[tcp]\n"
		"mss = 1000\n"
		"msl = 1s\nmax_connections = 1048576\n[stop]\nhow = reset\n"
		"[listen web]\naddress = 198.18.0.0/16\n"
		"port = 80-81\nservice = http\nbody = 2048\ncontent_type = text/plain\nnodelay "
		"= on\n"
		"keepalive = on\nlinger = 0\nheader_timeout = 10s\nidle_timeout = 30s\n"
		"max_per_source = 9\nresets_per_second = 100\nno_connection = drop\n"
		"[listen r]\nport = 104\nservice = reset\n"
		"reset_after = 10\n[closed c]\nport = 1-9\nanswer = drop\n"
		"resets_per_second = 7\n[limits]\nsource_prefix = 20\n");
	text = printed(&f->config);
	for (i = 0; i < RTE_DIM(parts); i++) {
		if (strstr(text, parts[i]) == NULL)
			fail_msg("not printed: %s\nbut: %s", parts[i], text);
	}
	free(text);

	/* A reset responder, and nothing else, is a configuration. */
	assert_taken(f, PORT_0);
	text = printed(&f->config);
	assert_non_null(strstr(text, "no listener: every connection is refused\n"));
	assert_non_null(strstr(text, ": 1 worker\n"));
	free(text);

	assert_taken(f, PORT_0 "syn_queue = yes\n");
	text = printed(&f->config);
	assert_non_null(strstr(text, ", SYNs in a queue of their own where it can\n"));
	assert_null(strstr(text, "kernel"));
	free(text);

	assert_taken(f, PORT_0 "kernel = rs0\nkernel_tcp = 22 179\n");
	text = printed(&f->config);
	assert_non_null(strstr(text, "\tkernel rs0, kernel_tcp 22, 179, kernel_rate 10000\n"));
	free(text);
}

/* xorshift64: the same numbers for the same seed. */
static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Change a text in one place: a byte, a piece cut out, doubled or put elsewhere. */
static size_t
mutate(char *text, size_t len, size_t size, uint64_t *random)
{
	static const char bytes[] = "=;[]\\ \n\t\r,-/.@0919azAZ#\x01\xff";
	size_t at = next_random(random) % len;
	size_t n = 1 + next_random(random) % 40;
	size_t to = next_random(random) % len;

	n = RTE_MIN(n, len - at);
	switch (next_random(random) % 5) {
	case 0:
		text[at] = bytes[next_random(random) % (sizeof(bytes) - 1)];
		return len;
	case 1:
		text[at] = (char)next_random(random);
		return len;
	case 2:
		memmove(text + at, text + at + n, len - at - n);
		return len - n;
	case 3:
		n = RTE_MIN(n, size - len);
		memmove(text + at + n, text + at, len - at);
		return len + n;
	default:
		n = RTE_MIN(n, len - to);
		memmove(text + to, text + at, n);
		return len;
	}
}

/* Whatever stands in the file: taken in silence, or refused in sentences of the known form. */
static void
assert_sane(struct config_fixture *f, int rc)
{
	char *line, *rest = f->err;
	size_t path_len = strlen(f->path);

	if (rc == 0) {
		assert_string_equal(f->err, "");
		free(printed(&f->config));
		return;
	}
	assert_int_equal(rc, -1);
	assert_true(f->err_len > 0);
	assert_int_equal(f->err[f->err_len - 1], '\n');
	f->err[f->err_len - 1] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		assert_memory_equal(line, f->path, path_len);
		if (strstr(line, "; expected ") == NULL)
			fail_msg("nothing expected: %s", line);
	}
}

static void
fuzz(struct config_fixture *f, const char *path, unsigned int runs)
{
	size_t len, original_len, i, n;
	char *original = read_file(path, &original_len);
	const size_t size = original_len + 4096;
	char *text = malloc(size);
	unsigned int taken = 0;
	uint64_t random;
	unsigned int run;
	int rc;

	for (run = 1; run <= runs; run++) {
		random = run * UINT64_C(0x9e3779b97f4a7c15);
		memcpy(text, original, original_len);
		len = original_len;
		n = 1 + next_random(&random) % 8;
		for (i = 0; i < n && len > 0; i++)
			len = mutate(text, len, size, &random);
		rc = config_load_bytes(f, text, len);
		assert_sane(f, rc);
		taken += rc == 0;
	}
	/* Some hit comments only: both ways were gone. */
	assert_in_range(taken, 1, runs - 1);
	free(text);
	free(original);
}

static void
config_fuzz(void **state)
{
	fuzz(*state, RS_SOURCE_ROOT "/config/rstack.ini", 2000);
	fuzz(*state, RS_SOURCE_ROOT "/config/quickstart.ini", 2000);
}

/* No memory for the copy that is read: the rest of a file must not look as if it were all. */
static void
config_that_cannot_be_copied_is_refused(void **state)
{
	struct config_fixture *f = *state;
	struct rlimit old, small;
	int rc;

	assert_taken(f, PORT_0 "[tcp]\nmss = 536\n");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ strlen(PORT_0), old.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	rc = config_load_path(f, f->path);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(f->err, "cannot be read"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_each_refusal),
		cmocka_unit_test(config_body),
		cmocka_unit_test(config_body_no_permission),
		cmocka_unit_test(config_cookie_secret),
		cmocka_unit_test(config_derives_max_half_open),
		cmocka_unit_test(config_counts_mbufs),
		cmocka_unit_test(config_mbufs_suffice_when_every_queue_is_full),
		cmocka_unit_test(config_counts_pages_of_mbufs_without_hugepages),
		cmocka_unit_test(config_defaults),
		cmocka_unit_test(config_derives_pools),
		cmocka_unit_test(config_file_has_each_key),
		cmocka_unit_test(config_file_is_the_help),
		cmocka_unit_test(config_file_shows_the_defaults),
		cmocka_unit_test(config_form),
		cmocka_unit_test(config_fuzz),
		cmocka_unit_test(config_lengths),
		cmocka_unit_test(config_takes_vlans_of_one_device),
		cmocka_unit_test(config_many),
		cmocka_unit_test(config_no_file),
		cmocka_unit_test(config_no_permission),
		cmocka_unit_test(config_print),
		cmocka_unit_test(config_quickstart),
		cmocka_unit_test(config_refuses_everything_at_once),
		cmocka_unit_test(config_sections_are_the_programs),
		cmocka_unit_test(config_settings_win),
		cmocka_unit_test(config_says_nothing_unprintable),
		cmocka_unit_test(config_sorts_ports),
		cmocka_unit_test(config_takes_given_pools),
		cmocka_unit_test(config_that_cannot_be_copied_is_refused),
		cmocka_unit_test(config_takes_neighbours),
		cmocka_unit_test(config_tells_pci_from_vdev),
		cmocka_unit_test(tcp_defaults_keep_the_rfcs),
	};

	return cmocka_run_group_tests(tests, config_setup, config_teardown);
}
