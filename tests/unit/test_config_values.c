/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* What each key of the configuration takes and refuses. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include "config_fixture.h"

/* What a value is taken as, in the form that the help writes; NULL: it is refused. */
struct value_case {
	const char *section;
	const char *key;
	const char *value;
	const char *taken;
};

#define TAKE(section, key, value) { section, key, value, value }
#define TAKE_AS(section, key, value, taken) { section, key, value, taken }
#define REFUSE(section, key, value) { section, key, value, NULL }
#define BOOLEAN(section, key) \
	TAKE(section, key, "yes"), TAKE(section, key, "no"), \
	TAKE_AS(section, key, "on", "yes"), TAKE_AS(section, key, "off", "no"), \
	TAKE_AS(section, key, "true", "yes"), TAKE_AS(section, key, "false", "no"), \
	REFUSE(section, key, "1"), REFUSE(section, key, "maybe"), REFUSE(section, key, "")
#define NUMBER(section, key, min, below, max, above) \
	TAKE(section, key, min), TAKE(section, key, max), REFUSE(section, key, below), \
	REFUSE(section, key, above), REFUSE(section, key, ""), REFUSE(section, key, "-1"), \
	REFUSE(section, key, "+40"), REFUSE(section, key, "0x40"), REFUSE(section, key, "40x"), \
	REFUSE(section, key, "40.0"), REFUSE(section, key, "forty"), REFUSE(section, key, "1 2"), \
	REFUSE(section, key, "18446744073709551616"), \
	REFUSE(section, key, "9223372036854775808"), \
	REFUSE(section, key, "999999999999999999999999999999")

static const struct value_case value_cases[] = {
	TAKE("eal", "lcores", "0-1"), TAKE("eal", "lcores", "0,2,4-7"),
	TAKE("eal", "lcores", "0@0,1@0"), TAKE("eal", "lcores", "126-127"),
	REFUSE("eal", "lcores", "0"), REFUSE("eal", "lcores", "1,0"),
	REFUSE("eal", "lcores", "0,0"),
	REFUSE("eal", "lcores", "3-1"), REFUSE("eal", "lcores", "0-128"),
	REFUSE("eal", "lcores", "0,"), REFUSE("eal", "lcores", ""),
	REFUSE("eal", "lcores", "0-1-2"),
	REFUSE("eal", "lcores", "a"), REFUSE("eal", "lcores", "0@"),
	REFUSE("eal", "lcores", "0, 1"),
	BOOLEAN("eal", "no-huge"),
	BOOLEAN("eal", "in-memory"),
	NUMBER("eal", "memory", "64M", "63", "1024G", "1025G"), TAKE("eal", "memory", "0"),
	TAKE_AS("eal", "memory", "512", "512M"), TAKE_AS("eal", "memory", "65536k", "64M"),
	TAKE_AS("eal", "memory", "2048", "2G"), REFUSE("eal", "memory", "65537k"),
	TAKE("eal", "file-prefix", "rstack-1_a.b"), TAKE("eal", "file-prefix", ""),
	REFUSE("eal", "file-prefix", "a/b"), REFUSE("eal", "file-prefix", "a b"),
	REFUSE("eal", "file-prefix",
		"0123456789012345678901234567890123456789012345678901234567890123"),
	BOOLEAN("eal", "telemetry"),
	TAKE("eal", "args", "--log-level=8 --iova-mode=va"), TAKE("eal", "args", ""),
	REFUSE("eal", "args", "--log\x01level"), REFUSE("eal", "args", "\xff"),

	TAKE("port", "device", "net_tap0,iface=rstack0"), TAKE("port", "device", "0000:03:00.0"),
	TAKE("port", "device", "03:00.1"), TAKE("port", "device", "0000:03:00.0,arg=1"),
	REFUSE("port", "device", "eth0"), REFUSE("port", "device", "net_"),
	REFUSE("port", "device", "net tap0"), REFUSE("port", "device", "0000:03:00"),
	REFUSE("port", "device", "0000:03:00.0x"), REFUSE("port", "device", ""),
	TAKE("port", "address", "192.0.2.1/24"), TAKE("port", "address", "10.0.0.0/31"),
	TAKE("port", "address", "10.0.0.1/31"), TAKE("port", "address", "10.0.0.0/32"),
	TAKE("port", "address", "10.0.1.0/23"), TAKE("port", "address", "10.0.0.255/23"),
	TAKE("port", "address", "223.255.255.254/8"),
	REFUSE("port", "address", "192.0.2.1"), REFUSE("port", "address", "192.0.2.0/24"),
	REFUSE("port", "address", "192.0.2.255/24"), REFUSE("port", "address", "10.0.0.3/30"),
	REFUSE("port", "address", "127.0.0.1/8"), REFUSE("port", "address", "224.0.0.1/24"),
	REFUSE("port", "address", "240.0.0.1/24"), REFUSE("port", "address", "255.255.255.255/32"),
	REFUSE("port", "address", "0.0.0.0/32"), REFUSE("port", "address", "0.1.2.3/24"),
	REFUSE("port", "address", "192.0.2.1/33"), REFUSE("port", "address", "192.0.2.1/0"),
	REFUSE("port", "address", "192.0.2.1/"), REFUSE("port", "address", "192.0.2.1/+24"),
	REFUSE("port", "address", "192.0.2.1/24x"), REFUSE("port", "address", "192.0.2/24"),
	REFUSE("port", "address", "192.0.2.256/24"), REFUSE("port", "address", "2001:db8::1"),
	TAKE("port", "address", "2001:db8::1/64"), TAKE("port", "address", "2001:db8::/128"),
	TAKE_AS("port", "address", "2001:DB8:0::1/64 fe80::1/64,192.0.2.1/24",
		"192.0.2.1/24, 2001:db8::1/64, fe80::1/64"),
	TAKE("port", "address", "2001:db8::1/1, 2001:db8::2/2, 2001:db8::3/3, 2001:db8::4/4, "
		"2001:db8::5/5, 2001:db8::6/6, 2001:db8::7/7, 2001:db8::8/8"),
	REFUSE("port", "address", "2001:db8::1/1, 2001:db8::2/2, 2001:db8::3/3, 2001:db8::4/4, "
		"2001:db8::5/5, 2001:db8::6/6, 2001:db8::7/7, 2001:db8::8/8, 2001:db8::9/9"),
	TAKE("port", "address", "192.0.2.1/24, 192.0.2.2/24, 198.51.100.1/24"),
	TAKE_AS("port", "address", "2001:db8::1/64 192.0.2.1/24 192.0.3.1/24",
		"192.0.2.1/24, 192.0.3.1/24, 2001:db8::1/64"),
	REFUSE("port", "address", "192.0.2.1/24, 192.0.2.1/16"),
	TAKE("port", "address", "10.0.0.1/24, 10.0.1.1/24, 10.0.2.1/24, 10.0.3.1/24, "
		"10.0.4.1/24, 10.0.5.1/24, 10.0.6.1/24, 10.0.7.1/24"),
	REFUSE("port", "address", "10.0.0.1/24, 10.0.1.1/24, 10.0.2.1/24, 10.0.3.1/24, "
		"10.0.4.1/24, 10.0.5.1/24, 10.0.6.1/24, 10.0.7.1/24, 10.0.8.1/24"),
	REFUSE("port", "address", "2001:db8::1/64, 2001:db8::1/48"),
	REFUSE("port", "address", "2001:db8::1/0"), REFUSE("port", "address", "2001:db8::1/129"),
	REFUSE("port", "address", "ff02::1/64"), REFUSE("port", "address", "::1/128"),
	REFUSE("port", "address", "::/64"), REFUSE("port", "address", "::ffff:192.0.2.1/120"),
	REFUSE("port", "address", "2001:db8::1%eth0/64"),
	REFUSE("port", "address", "any"), REFUSE("port", "address", ""),
	TAKE("port", "terminate", ""), TAKE("port", "terminate", "198.18.0.0/15"),
	TAKE_AS("port", "terminate", "198.18.0.0/16 198.19.0.0/16,203.0.113.7",
		"198.18.0.0/16, 198.19.0.0/16, 203.0.113.7/32"),
	REFUSE("port", "terminate", "198.18.0.1/15"), REFUSE("port", "terminate", "0.0.0.0/0"),
	REFUSE("port", "terminate", "126.0.0.0/7"), REFUSE("port", "terminate", "239.0.0.0/24"),
	REFUSE("port", "terminate", "10.0.0.0/33"),
	TAKE_AS("port", "terminate", "2001:db8:1::/48 198.18.0.0/15 2001:db8::7",
		"2001:db8:1::/48, 198.18.0.0/15, 2001:db8::7/128"),
	REFUSE("port", "terminate", "::/0"), REFUSE("port", "terminate", "2001:db8::1/64"),
	REFUSE("port", "terminate", "ff00::/8"), REFUSE("port", "terminate", "::/96"),
	REFUSE("port", "terminate", "198.18.0.0/15 all"),
	TAKE("port", "gateway", "none"),
	REFUSE("port", "gateway", "192.0.2.254, 192.0.2.253"),
	REFUSE("port", "gateway", "fe80::1, fe80::2"), REFUSE("port", "gateway", "ff02::2"),
	REFUSE("port", "gateway", "::"), TAKE("port", "gateway", "192.0.2.254"),
	REFUSE("port", "gateway", "192.0.2.254/24"), REFUSE("port", "gateway", "127.0.0.1"),
	REFUSE("port", "gateway", "any"), REFUSE("port", "gateway", ""),
	TAKE("port", "dad_transmits", "0"), TAKE("port", "dad_transmits", "10"),
	REFUSE("port", "dad_transmits", "11"), REFUSE("port", "dad_transmits", "no"),
	NUMBER("port", "mtu", "68", "67", "9600", "9601"), TAKE("port", "mtu", "0"),
	NUMBER("port", "rx_descriptors", "32", "31", "32768", "32769"),
	NUMBER("port", "tx_descriptors", "32", "31", "32768", "65568"),
	TAKE("port", "rx_checksum", "offload"), TAKE("port", "rx_checksum", "software"),
	REFUSE("port", "rx_checksum", "hardware"), REFUSE("port", "rx_checksum", ""),
	TAKE("port", "tx_checksum", "offload"), TAKE("port", "tx_checksum", "software"),
	REFUSE("port", "tx_checksum", "yes"),
	TAKE("port", "vlan_tags", "offload"), TAKE("port", "vlan_tags", "software"),
	REFUSE("port", "vlan_tags", "100"),
	BOOLEAN("port", "scatter"), BOOLEAN("port", "tso"), BOOLEAN("port", "rss_hash"),
	BOOLEAN("port", "fast_free"),
	BOOLEAN("port", "promiscuous"), BOOLEAN("port", "router_advertisements"),
	BOOLEAN("port", "syn_queue"),
	TAKE("port", "kernel", ""), TAKE("port", "kernel", "rs0"),
	TAKE("port", "kernel", "fifteen.letters"), REFUSE("port", "kernel", "sixteen_letters_"),
	REFUSE("port", "kernel", "a/b"), REFUSE("port", "kernel", "a b"),
	TAKE("port", "kernel_tcp", ""), TAKE("port", "kernel_tcp", "22, 179, 8000-8999"),
	TAKE_AS("port", "kernel_tcp", "1-65535,22 23", "1-65535, 22, 23"),
	TAKE("port", "kernel_tcp", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16"),
	REFUSE("port", "kernel_tcp", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17"),
	REFUSE("port", "kernel_tcp", "0"), REFUSE("port", "kernel_tcp", "65536"),
	REFUSE("port", "kernel_tcp", "23-22"), REFUSE("port", "kernel_tcp", "22-"),
	REFUSE("port", "kernel_tcp", "ssh"), REFUSE("port", "kernel_tcp", "22, -1"),
	TAKE("port", "kernel_udp", "3784-3785"), REFUSE("port", "kernel_udp", "bfd"),
	TAKE("port", "kernel_protocols", ""), TAKE("port", "kernel_protocols", "0, 1, 58, 255"),
	TAKE_AS("port", "kernel_protocols", "89 2,2", "2, 89"),
	REFUSE("port", "kernel_protocols", "6"), REFUSE("port", "kernel_protocols", "1, 17"),
	REFUSE("port", "kernel_protocols", "256"), REFUSE("port", "kernel_protocols", "+1"),
	REFUSE("port", "kernel_protocols", "ospf"), REFUSE("port", "kernel_protocols", "1x"),
	NUMBER("port", "kernel_rate", "1", "-1", "10000000", "10000001"),
	TAKE("port", "kernel_rate", "0"),
	NUMBER("port", "queues", "1", "-1", "128", "129"), TAKE("port", "queues", "0"),
	TAKE("port", "vlan", "none"), TAKE("port", "vlan", "1"), TAKE("port", "vlan", "4094"),
	TAKE("port", "vlan", "200.100"), TAKE("port", "vlan", "4094.1"),
	REFUSE("port", "vlan", ""), REFUSE("port", "vlan", "0"), REFUSE("port", "vlan", "4095"),
	REFUSE("port", "vlan", "-1"), REFUSE("port", "vlan", "1."), REFUSE("port", "vlan", ".1"),
	REFUSE("port", "vlan", "1.2.3"), REFUSE("port", "vlan", "1.0"),
	REFUSE("port", "vlan", "100 200"), REFUSE("port", "vlan", "00100"),
	REFUSE("port", "vlan", "x"),
	NUMBER("port", "vlan_priority", "0", "-1", "7", "8"),
	TAKE("port", "vlan_outer_type", "88a8"), TAKE("port", "vlan_outer_type", "8100"),
	REFUSE("port", "vlan_outer_type", "9100"), REFUSE("port", "vlan_outer_type", ""),

	TAKE("worker", "steering", "auto"), TAKE("worker", "steering", "device"),
	TAKE("worker", "steering", "software"), REFUSE("worker", "steering", "rss"),
	REFUSE("worker", "steering", ""),
	TAKE("worker", "idle", "poll"), TAKE("worker", "idle", "yield"),
	TAKE("worker", "idle", "sleep"), REFUSE("worker", "idle", "pol"),
	REFUSE("worker", "idle", "sleep|"), REFUSE("worker", "idle", ""),
	NUMBER("worker", "idle_sleep", "1us", "0", "250ms", "250001us"),
	TAKE_AS("worker", "idle_sleep", "250 us", "250us"),
	REFUSE("worker", "idle_sleep", "250"), TAKE("worker", "idle_sleep", "2ms"),
	NUMBER("worker", "mbufs", "20000", "1023", "16777216", "16777217"),
	TAKE_AS("worker", "mbufs", "0", "21120"), TAKE("worker", "mbufs", "5760"),
	REFUSE("worker", "mbufs", "1023"),
	NUMBER("worker", "mbuf_cache", "0", "513", "512", "65536"),
	NUMBER("worker", "max_neighbours", "1", "0", "65534", "65535"),
	NUMBER("worker", "max_fragments", "32", "31", "65536", "65537"),
	TAKE("worker", "max_fragments", "0"),
	NUMBER("worker", "reassembly_timeout", "1s", "999", "2min", "120001"),

	NUMBER("tcp", "max_connections", "1", "0", "133169152", "133169153"),
	NUMBER("tcp", "max_time_wait", "1", "4294967297", "33554431", "33554432"),
	TAKE_AS("tcp", "max_time_wait", "0", "65536"),
	NUMBER("tcp", "max_half_open", "1", "134217729", "134217728", "4294967297"),
	TAKE_AS("tcp", "max_half_open", "0", "16384"),
	TAKE("tcp", "syn_cookies", "auto"), TAKE("tcp", "syn_cookies", "always"),
	TAKE("tcp", "syn_cookies", "never"), REFUSE("tcp", "syn_cookies", "yes"),
	TAKE("tcp", "cookie_secret", ""), REFUSE("tcp", "cookie_secret", "no-such-file"),
	NUMBER("tcp", "max_busy", "1", "4294967297", "16777216", "16777217"),
	TAKE_AS("tcp", "max_busy", "0", "16384"),
	NUMBER("tcp", "max_chunks", "1", "4294967297", "8388608", "8388609"),
	TAKE_AS("tcp", "max_chunks", "0", "16384"),
	NUMBER("tcp", "max_sent", "1", "4294967297", "67108864", "67108865"),
	TAKE_AS("tcp", "max_sent", "0", "131072"),
	NUMBER("tcp", "mss", "28", "27", "9560", "9561"), TAKE("tcp", "mss", "0"),
	NUMBER("tcp", "rcv_buf", "1", "0", "1G", "1073741825"),
	TAKE_AS("tcp", "rcv_buf", "64K", "64k"), TAKE_AS("tcp", "rcv_buf", "1024k", "1M"),
	TAKE_AS("tcp", "rcv_buf", "3 M", "3M"), REFUSE("tcp", "rcv_buf", "3MB"),
	REFUSE("tcp", "rcv_buf", "1.5M"), REFUSE("tcp", "rcv_buf", "17179869185G"),
	NUMBER("tcp", "snd_buf", "1", "0", "1G", "2G"),
	NUMBER("tcp", "snd_window", "1", "0", "1G", "1025M"),
	NUMBER("tcp", "msl", "1ms", "0", "10min", "600001ms"),
	TAKE_AS("tcp", "msl", "120000ms", "2min"), TAKE_AS("tcp", "msl", "2 s", "2s"),
	TAKE_AS("tcp", "msl", "5000us", "5ms"), REFUSE("tcp", "msl", "1500us"),
	REFUSE("tcp", "msl", "1h"), REFUSE("tcp", "msl", "1 day"), REFUSE("tcp", "msl", "1S"),
	NUMBER("tcp", "rto_initial", "1s", "0", "10s", "61s"),
	NUMBER("tcp", "rto_min", "1ms", "0", "1s", "61s"),
	NUMBER("tcp", "rto_max", "1min", "59s", "1h", "61min"),
	NUMBER("tcp", "r1", "1", "0", "6", "256"),
	NUMBER("tcp", "r2", "8s", "999ms", "168h", "169h"),
	NUMBER("tcp", "r2_syn", "1s", "999ms", "168h", "604800001ms"),
	/* RFC 9293 MUST-40: less than half a second. */
	NUMBER("tcp", "ack_delay", "0", "500ms", "499ms", "1s"),
	NUMBER("tcp", "user_timeout", "1ms", "169h", "168h", "4294967296ms"),
	TAKE("tcp", "user_timeout", "0"),
	BOOLEAN("tcp", "user_timeout_option"),
	/* with the default of the other one */
	NUMBER("tcp", "user_timeout_min", "1s", "999ms", "1h", "169h"),
	NUMBER("tcp", "user_timeout_max", "100s", "999ms", "168h", "169h"),
	NUMBER("tcp", "fin_wait_2", "1ms", "0", "168h", "169h"),
	NUMBER("tcp", "keepalive_time", "1ms", "0", "168h", "169h"),
	NUMBER("tcp", "keepalive_interval", "1ms", "0", "1h", "61min"),
	NUMBER("tcp", "keepalive_probes", "1", "0", "255", "256"),
	NUMBER("tcp", "challenge_acks", "1", "0", "15", "16"),
	NUMBER("tcp", "ttl", "1", "0", "255", "256"),
	NUMBER("tcp", "tos", "0", "1", "252", "255"), TAKE("tcp", "tos", "184"),
	BOOLEAN("tcp", "window_scale"),
	BOOLEAN("tcp", "timestamps"),
	BOOLEAN("tcp", "sack"),
	TAKE("tcp", "congestion", "cubic"), TAKE("tcp", "congestion", "newreno"),
	REFUSE("tcp", "congestion", "reno"), REFUSE("tcp", "congestion", ""),
	NUMBER("tcp", "initial_window", "1", "0", "10", "11"),
	BOOLEAN("tcp", "pacing"),
	BOOLEAN("tcp", "black_holes"),
	TAKE("tcp", "ecn", "off"), TAKE("tcp", "ecn", "passive"), TAKE("tcp", "ecn", "on"),
	REFUSE("tcp", "ecn", "yes"),
	TAKE("tcp", "local_ports", "1-65535"), TAKE("tcp", "local_ports", "49152"),
	REFUSE("tcp", "local_ports", "0-1023"), REFUSE("tcp", "local_ports", "2-1"),
	TAKE("tcp", "source_route", "ignore"), TAKE("tcp", "source_route", "return"),
	REFUSE("tcp", "source_route", "yes"),
	TAKE("tcp", "time_wait_rst", "ignore"), TAKE("tcp", "time_wait_rst", "accept"),
	REFUSE("tcp", "time_wait_rst", "yes"),
	TAKE("tcp", "closed", "reset"), TAKE("tcp", "closed", "drop"),
	REFUSE("tcp", "closed", "silent"),
	BOOLEAN("tcp", "life"), BOOLEAN("tcp", "reset_text"),

	NUMBER("icmp", "errors_per_second", "0", "1000001", "1000000", "4294967296"),
	NUMBER("icmp", "echo_replies_per_second", "0", "-2", "10000000", "10000001"),

	NUMBER("limits", "resets_per_second", "0", "-2", "10000000", "10000001"),
	NUMBER("limits", "resets_per_second_per_source", "0", "-2", "10000000", "10000001"),
	NUMBER("limits", "source_prefix", "0", "-2", "32", "33"),

	TAKE("stop", "how", "finish"), TAKE("stop", "how", "reset"), REFUSE("stop", "how", "kill"),
	NUMBER("stop", "timeout", "0", "3600001ms", "1h", "2h"),
	TAKE("watch", "log", "syslog"), TAKE("watch", "log", "journal"),
	REFUSE("watch", "log", "file"),
	TAKE("watch", "log_level", "error"), TAKE("watch", "log_level", "debug"),
	REFUSE("watch", "log_level", "7"),
	TAKE("stop", "answer", "drop"), TAKE("stop", "answer", "reset"),
	REFUSE("stop", "answer", "silence"),
	TAKE("stop", "hook", "/bin/true"), TAKE("stop", "hook", ""), REFUSE("stop", "hook", "/bin"),
	NUMBER("stop", "hook_timeout", "1ms", "0", "1h", "2h"),

	TAKE("watch", "kill", "none"), TAKE("watch", "kill", "one"), TAKE("watch", "kill", "any"),
	REFUSE("watch", "kill", "all"),
	TAKE("watch", "capture", ""), TAKE("watch", "capture", "/tmp/rstack-resets.pcapng"),
	REFUSE("watch", "capture", "/no-such-directory/resets.pcapng"),
	TAKE("watch", "capture_reasons", "all"),
	TAKE("watch", "capture_reasons", "killed,evicted,accepted"),
	TAKE_AS("watch", "capture_reasons", "accepted, killed", "killed,accepted"),
	REFUSE("watch", "capture_reasons", "killed,"), REFUSE("watch", "capture_reasons", "all,"),
	REFUSE("watch", "capture_reasons", ""), REFUSE("watch", "capture_reasons", "kill"),
	NUMBER("watch", "capture_segments", "1", "0", "64", "65"),
	NUMBER("watch", "capture_ring", "64", "63", "1048576", "1048577"),
	TAKE("watch", "capture_size", "64k"), TAKE("watch", "capture_size", "1G"),
	REFUSE("watch", "capture_size", "63k"), REFUSE("watch", "capture_size", "1025G"),

	TAKE("listen", "address", "any"), TAKE_AS("listen", "address", "192.0.2.1", "192.0.2.1/32"),
	TAKE("listen", "address", "192.0.2.0/24"), REFUSE("listen", "address", "*"),
	REFUSE("listen", "address", "192.0.2.1/24"), REFUSE("listen", "address", "0.0.0.0"),
	REFUSE("listen", "address", "::/0"), REFUSE("listen", "address", "::"),
	REFUSE("listen", "address", ""),
	TAKE("listen", "port", "1"), TAKE("listen", "port", "65535"),
	TAKE("listen", "port", "1-65535"), TAKE_AS("listen", "port", "80-80", "80"),
	REFUSE("listen", "port", "0"), REFUSE("listen", "port", "65536"),
	REFUSE("listen", "port", "90-80"), REFUSE("listen", "port", "80-"),
	REFUSE("listen", "port", "-80"), REFUSE("listen", "port", "80-90-100"),
	REFUSE("listen", "port", "80 - 90"), REFUSE("listen", "port", "http"),
	REFUSE("listen", "port", "+80"), REFUSE("listen", "port", "080000"),
	REFUSE("listen", "port", ""),
	TAKE("listen", "service", "chargen"), TAKE("listen", "service", "discard"),
	TAKE("listen", "service", "echo"), TAKE("listen", "service", "http"),
	TAKE("listen", "service", "metrics"), TAKE("listen", "service", "reset"),
	REFUSE("listen", "service", "HTTP"), REFUSE("listen", "service", "ftp"),
	REFUSE("listen", "service", ""),
	BOOLEAN("listen", "nodelay"),
	TAKE("listen", "allow", "any"), TAKE("listen", "allow", "192.0.2.0/24, 2001:db8::/32"),
	TAKE_AS("listen", "allow", "192.0.2.1 ::/0", "192.0.2.1/32, ::/0"),
	TAKE("listen", "allow", "0.0.0.0/0"), REFUSE("listen", "allow", ""),
	REFUSE("listen", "allow", ","), REFUSE("listen", "allow", "192.0.2.1/24"),
	REFUSE("listen", "allow", "any, 192.0.2.0/24"), REFUSE("listen", "allow", "all"),
	REFUSE("listen", "allow", "1/8 2/8 3/8 4/8 5/8 6/8 7/8 8/8 9/8"),
	BOOLEAN("listen", "keepalive"),
	TAKE("listen", "linger", "0"), TAKE("listen", "linger", "off"),
	REFUSE("listen", "linger", "1"), REFUSE("listen", "linger", "on"),
	TAKE("listen", "security", "none"), TAKE("listen", "security", "secret"),
	TAKE("listen", "security", "top-secret genser,siop-esi,sci,nsa,doe"),
	TAKE_AS("listen", "security", "confidential doe, genser", "confidential genser,doe"),
	TAKE("listen", "security", "unclassified nsa"), REFUSE("listen", "security", ""),
	REFUSE("listen", "security", "genser"), REFUSE("listen", "security", "secret gense"),
	REFUSE("listen", "security", "Secret"), REFUSE("listen", "security", "none genser"),
	NUMBER("listen", "tos", "0", "1", "252", "255"), TAKE("listen", "tos", "184"),
	TAKE("listen", "tos", "tcp"), REFUSE("listen", "tos", "TCP"),
	NUMBER("listen", "max_connections", "0", "-2", "134217728", "134217729"),
	NUMBER("listen", "max_per_source", "0", "-2", "134217728", "134217729"),
	TAKE("listen", "no_connection", "reset"), TAKE("listen", "no_connection", "drop"),
	REFUSE("listen", "no_connection", "silence"), REFUSE("listen", "no_connection", ""),
	NUMBER("listen", "resets_per_second", "0", "-2", "10000000", "10000001"),
	NUMBER("listen", "min_rate", "0", "-2", "1073741824", "1073741825"),
	TAKE("listen", "idle_timeout", "default"), TAKE("listen", "idle_timeout", "0"),
	TAKE("listen", "idle_timeout", "1ms"), TAKE("listen", "idle_timeout", "168h"),
	REFUSE("listen", "idle_timeout", "169h"), REFUSE("listen", "idle_timeout", "Default"),
	TAKE("listen", "send_timeout", "default"), TAKE("listen", "send_timeout", "90s"),
	REFUSE("listen", "send_timeout", "never"), REFUSE("listen", "send_timeout", ""),
	TAKE("listen", "header_timeout", "10s"), TAKE("listen", "header_timeout", "0"),
	REFUSE("listen", "header_timeout", "default"), REFUSE("listen", "header_timeout", "1us"),
	TAKE("listen", "body_timeout", "10s"), TAKE("listen", "body_timeout", "0"),
	REFUSE("listen", "body_timeout", "default"), REFUSE("listen", "body_timeout", "169h"),
	TAKE("listen", "body", "0"), TAKE("listen", "body", "100M"),
	TAKE_AS("listen", "body", "1024", "1k"), TAKE("listen", "body", "4294967295"),
	TAKE("listen", "body", "/proc/self/cmdline"),
	REFUSE("listen", "body", "4G"), REFUSE("listen", "body", "100MB"),
	REFUSE("listen", "body", ""),
	TAKE("listen", "content_type", "text/html"),
	TAKE("listen", "content_type", "text/html; charset=utf-8"),
	TAKE_AS("listen", "content_type", "text/html\\; charset=utf-8", "text/html; charset=utf-8"),
	REFUSE("listen", "content_type", "html"), REFUSE("listen", "content_type", "/html"),
	REFUSE("listen", "content_type", "text/"), REFUSE("listen", "content_type", ""),
	REFUSE("listen", "content_type", "text/a\x02"),
	TAKE("listen", "path", RS_SOURCE_ROOT "/meson.build"),
	REFUSE("listen", "path", "no-such-file"),
	TAKE("listen", "argument", "hello world"), REFUSE("listen", "argument", "hello\x02"),
	NUMBER("listen", "reset_after", "0", "1025M", "1G", "2G"),

	TAKE("closed", "address", "any"), REFUSE("closed", "address", "none"),
	TAKE("closed", "port", "1-1023"), REFUSE("closed", "port", "0-1023"),
	TAKE("closed", "answer", "reset"), TAKE("closed", "answer", "drop"),
	REFUSE("closed", "answer", "yes"),
	NUMBER("closed", "resets_per_second", "0", "-2", "10000000", "10000001"),

	TAKE("acl", "rule", "allow any"), TAKE("acl", "rule", "reset 192.0.2.0/24 port 80"),
	TAKE("acl", "rule", "drop 2001:db8::/32 port 1-65535"), TAKE("acl", "rule", "drop ::/0"),
	TAKE("acl", "rule", "drop 0.0.0.0/0"),
	TAKE_AS("acl", "rule", "drop\t192.0.2.1", "drop 192.0.2.1/32"),
	REFUSE("acl", "rule", ""), REFUSE("acl", "rule", "deny any"),
	REFUSE("acl", "rule", "allow"), REFUSE("acl", "rule", "allow 192.0.2.1/24"),
	REFUSE("acl", "rule", "allow 192.0.2.0/33"), REFUSE("acl", "rule", "allow any port"),
	REFUSE("acl", "rule", "allow any port 0"), REFUSE("acl", "rule", "allow any port 9-8"),
	REFUSE("acl", "rule", "allow any port 1 port 2"), REFUSE("acl", "rule", "allow any to x"),
	REFUSE("acl", "rule", "allow any listener"),
	REFUSE("acl", "rule", "allow any listener a listener b"),
	REFUSE("acl", "rule", "allow any listener abcdefghijklmnopqrstuvwxyz0123456789"),
	TAKE_AS("acl", "file", RS_SOURCE_ROOT "/tests/unit/rules.txt", ""),
	REFUSE("acl", "file", "no-such-file"), REFUSE("acl", "file", "/"),
	REFUSE("acl", "file", ""),

	TAKE("load", "target", "192.0.2.1:80"), TAKE("load", "target", "10.0.0.0:65535"),
	REFUSE("load", "target", "192.0.2.1"), REFUSE("load", "target", "192.0.2.1:0"),
	REFUSE("load", "target", "192.0.2.1:65536"), REFUSE("load", "target", "192.0.2.1/32:80"),
	REFUSE("load", "target", "127.0.0.1:80"), REFUSE("load", "target", "example.org:80"),
	TAKE("load", "target", "[2001:db8::1]:80"), REFUSE("load", "target", "2001:db8::1:80"),
	REFUSE("load", "target", "[192.0.2.1]:80"), REFUSE("load", "target", "[::1]:80"),
	REFUSE("load", "target", "[2001:db8::1]"), REFUSE("load", "target", "[2001:db8::1:80"),
	REFUSE("load", "target", ":80"), REFUSE("load", "target", ""),
	TAKE("load", "source", "any"), TAKE_AS("load", "source", "192.0.2.1", "192.0.2.1/32"),
	REFUSE("load", "source", "192.0.2.1/24"), REFUSE("load", "source", "none"),
	NUMBER("load", "rate", "1", "100000001", "100000000", "4294967297"),
	TAKE("load", "rate", "0"),
	NUMBER("load", "concurrency", "1", "0", "65536", "16777217"),
	NUMBER("load", "count", "1", "1000000000001", "1000000000000", "1T"),
	TAKE("load", "count", "0"),
	NUMBER("load", "duration", "1ms", "169h", "168h", "604800001"),
	TAKE("load", "duration", "0"), TAKE_AS("load", "duration", "60s", "1min"),
	TAKE("load", "request", "get"), TAKE("load", "request", "bytes"),
	TAKE("load", "request", "none"), REFUSE("load", "request", "GET"),
	TAKE("load", "path", "/a/b?c=d&e=%20"), REFUSE("load", "path", "a"),
	REFUSE("load", "path", "/a b"), REFUSE("load", "path", ""),
	TAKE("load", "host", "example.org:8080"), TAKE("load", "host", ""),
	REFUSE("load", "host", "a b"), REFUSE("load", "host", "a\x02"),
	TAKE("load", "body", "0"), TAKE("load", "body", "1M"),
	TAKE("load", "body", "/proc/self/cmdline"), REFUSE("load", "body", "4G"),
	REFUSE("load", "body", "nowhere"),
	BOOLEAN("load", "half_close"),
	TAKE("load", "answer", "http"), TAKE("load", "answer", "size"),
	TAKE("load", "answer", "close"), REFUSE("load", "answer", "chunked"),
	NUMBER("load", "answer_size", "1", "0", "1024G", "1025G"),
	NUMBER("load", "requests", "1", "0", "1000000000", "1000000001"),
	TAKE("load", "close", "peer"), TAKE("load", "close", "fin"),
	TAKE("load", "close", "reset"), REFUSE("load", "close", "rst"),
	NUMBER("load", "retry", "0", "256", "255", "257"),
	TAKE("load", "idempotent", "auto"), TAKE("load", "idempotent", "yes"),
	TAKE("load", "idempotent", "no"), REFUSE("load", "idempotent", "maybe"),
	NUMBER("load", "connect_timeout", "1ms", "61min", "1h", "2h"),
	TAKE("load", "connect_timeout", "0"),
	NUMBER("load", "request_timeout", "1ms", "61min", "1h", "2h"),
	TAKE("load", "request_timeout", "0"),
	NUMBER("load", "report", "10ms", "9", "1h", "2h"), TAKE("load", "report", "0"),
	TAKE("load", "output", "text"), TAKE("load", "output", "json"),
	REFUSE("load", "output", "xml"),
};

static const struct rs_key *
case_key(const struct value_case *c)
{
	const struct rs_key *key;

	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		if (strcmp(rs_sections[key->section].name, c->section) == 0 &&
		    strcmp(key->name, c->key) == 0)
			return key;
	}
	fail_msg("no key %s in [%s]", c->key, c->section);
	return NULL;
}

/* A section with all that it requires, and the key of the case if it is there. */
static void
write_section(FILE *out, const char *section, const struct value_case *c)
{
	const bool labelled = strcmp(section, "listen") == 0 || strcmp(section, "closed") == 0 ||
		strcmp(section, "acl") == 0;
	const struct rs_key *tested = case_key(c);
	const struct rs_key *key;
	const char *value;

	fprintf(out, "[%s%s]\n", section,
		strcmp(section, "port") == 0 ? " 0" : labelled ? " x" : "");
	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		if (strcmp(rs_sections[key->section].name, section) != 0)
			continue;
		value = key->example;
		if (strcmp(key->name, "service") == 0 && tested->service != NULL)
			value = tested->service;
		/* which is a shared object or not when it is loaded */
		if (strcmp(key->name, "path") == 0 && tested->service != NULL &&
		    strcmp(tested->service, "plugin") == 0)
			value = RS_SOURCE_ROOT "/README.md";
		/* the frames that it gets need it */
		if (strcmp(key->name, "kernel") == 0 && strncmp(c->key, "kernel_", 7) == 0)
			value = "rs0";
		if (key == tested)
			value = c->value;
		if (value != NULL)
			fprintf(out, "%s = %s\n", key->name, value);
	}
}

static void
run_case(struct config_fixture *f, const struct value_case *c)
{
	const struct rs_key *key = case_key(c);
	char part[RS_EXPECTED_MAX + 16], taken[RS_VALUE_TEXT_MAX], expected[RS_EXPECTED_MAX];
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int rc;

	f->usage = key->section == RS_SECTION_LOAD ? &rs_usage_load : &rs_usage_rstack;
	if (strcmp(c->section, "port") != 0)
		write_section(out, "port", c);
	write_section(out, c->section, c);
	fclose(out);
	rc = config_load(f, text);
	free(text);

	if (c->taken != NULL) {
		if (rc != 0)
			fail_msg("[%s] %s = %s: %s", c->section, c->key, c->value, f->err);
		key->type->format(key, config_object(&f->config, key->section), taken,
			sizeof(taken));
		assert_string_equal(taken, c->taken);
		return;
	}
	/* The sentence names section, key and value, and says what was expected. */
	if (rc != -1)
		fail_msg("[%s] %s = %s: taken", c->section, c->key, c->value);
	rs_key_expect(key, expected, sizeof(expected));
	snprintf(part, sizeof(part), "[%s", c->section);
	assert_non_null(strstr(f->err, part));
	snprintf(part, sizeof(part), "] %s = ", c->key);
	assert_non_null(strstr(f->err, part));
	snprintf(part, sizeof(part), "; expected %s", expected);
	assert_non_null(strstr(f->err, part));
	if (strpbrk(c->value, "\x01\x02\xff") == NULL)
		assert_non_null(strstr(f->err, c->value));
	assert_ptr_equal(strchr(f->err, '\n'), f->err + f->err_len - 1);
}

static void
config_each_value(void **state)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(value_cases); i++)
		run_case(*state, &value_cases[i]);
}

/* No key without a good and a bad value above. */
static void
config_each_key_is_tested(void **state __rte_unused)
{
	const struct rs_key *key;
	bool taken, refused;
	unsigned int i;

	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		taken = refused = false;
		for (i = 0; i < RTE_DIM(value_cases); i++) {
			if (case_key(&value_cases[i]) != key)
				continue;
			taken |= value_cases[i].taken != NULL;
			refused |= value_cases[i].taken == NULL;
		}
		if (!taken || !refused)
			fail_msg("[%s] %s has no case", rs_sections[key->section].name, key->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_each_key_is_tested),
		cmocka_unit_test(config_each_value),
	};

	return cmocka_run_group_tests(tests, config_setup, config_teardown);
}
