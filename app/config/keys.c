/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The table of sections and keys, and the defaults. */

#include <assert.h>
#include <string.h>

#include "config/keys.h"
#include "config/services.h"

#define KILO (UINT64_C(1) << 10)
#define MEGA (UINT64_C(1) << 20)
#define GIGA (UINT64_C(1) << 30)
#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

#define FIELD(type, field) \
	.offset = offsetof(struct type, field), .size = sizeof(((struct type *)NULL)->field)
#define CONFIG(field) FIELD(rs_config, field)
#define PORT(field) FIELD(rs_config_port, field)
#define LOAD(field) CONFIG(load.field)
#define LISTENER(field) FIELD(rs_config_listener, field)

#define NUMBER(low, high) .type = &rs_value_number, .min = low, .max = high
#define SIZE(low, high) NUMBER(low, high), .units = &rs_units_size, .base = 1
#define MEBIBYTES(low, high) NUMBER(low, high), .units = &rs_units_size, .base = MEGA
#define MICROSECONDS(low, high) NUMBER(low, high), .units = &rs_units_time, .base = 1
#define MILLISECONDS(low, high) NUMBER(low, high), .units = &rs_units_time, .base = 1000
/* The least rate of Kestrel, for both directions; Apache's mod_reqtimeout has 500 bytes a second
 * for requests, nginx has none. */
#define RS_MIN_RATE 240

#define TIMEOUT(field) .type = &rs_value_timeout, .min = 1, .max = 168 * HOUR, \
	.units = &rs_units_time, .base = 1000, LISTENER(field)
#define BYTES(low, high) .type = &rs_value_bytes, .min = low, .max = high, \
	.units = &rs_units_size, .base = 1
/* Rows of RS_SERVICES(): the allowed values, and the help. */
#define SERVICE_WORD(name, help) #name "|"
#define SERVICE_HELP(name, help) "; " #name ": " help
#define WORDS(list) .type = &rs_value_word, .words = list

static_assert(offsetof(struct rs_tcp_params, local_port_last) ==
	offsetof(struct rs_tcp_params, local_port_first) + sizeof(uint16_t),
	"a range of ports is two numbers, one after the other");
static_assert(offsetof(struct rs_config_listener, port_last) ==
	offsetof(struct rs_config_listener, port_first) + sizeof(uint16_t),
	"a range of ports is two numbers, one after the other");

/* Characters of a request line and a Host field (RFC 3986 2) */
#define VISIBLE \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
	"-._~:/?#[]@!$&'()*+,;=%"

/* Characters of the name of a file or a network interface. */
#define NAME \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

#define BIT(section) (1u << (RS_SECTION_##section))
#define COMMON_SECTIONS \
	(BIT(EAL) | BIT(PORT) | BIT(WORKER) | BIT(TCP) | BIT(ICMP) | BIT(STOP) | BIT(WATCH))

const struct rs_usage rs_usage_load = {
	.name = "rstack-load",
	.sections = COMMON_SECTIONS | BIT(LOAD),
	.own = RS_SECTION_LOAD,
	.keys = "config/load.ini",
	.status_1 = "could not run, or a request failed",
};

const struct rs_usage rs_usage_rstack = {
	.name = "rstack",
	.sections = COMMON_SECTIONS | BIT(LIMITS) | BIT(LISTEN) | BIT(CLOSED) | BIT(ACL),
	.own = -1,
	.keys = "config/rstack.ini",
	.status_1 = "could not run",
};

const struct rs_section rs_sections[RS_SECTION_MAX] = {
	[RS_SECTION_EAL] = { "eal", NULL, NULL,
		"options of DPDK's EAL; options on the command line override them" },
	[RS_SECTION_PORT] = { "port", "N", "0",
		"an Ethernet port; one section for each port and each VLAN on it, N from 0 to 31" },
	[RS_SECTION_WORKER] = { "worker", NULL, NULL,
		"poll loop and memory of each worker" },
	[RS_SECTION_TCP] = { "tcp", NULL, NULL,
		"TCP parameters; the max_ limits hold for each worker" },
	[RS_SECTION_ICMP] = { "icmp", NULL, NULL,
		"ICMP messages" },
	[RS_SECTION_LIMITS] = { "limits", NULL, NULL,
		"rate limits of each worker on the resets that answer segments; resets that end "
		"connections are not limited. Unused resets add up for one second at most" },
	[RS_SECTION_STOP] = { "stop", NULL, NULL,
		"the stop at SIGINT, SIGTERM, SIGQUIT or /rstack/drain" },
	[RS_SECTION_WATCH] = { "watch", NULL, NULL,
		"commands of an operator, who asks through the telemetry socket" },
	[RS_SECTION_LISTEN] = { "listen", "NAME", "web",
		"a service on addresses and ports; up to 64 listen and closed sections, or none" },
	[RS_SECTION_CLOSED] = { "closed", "NAME", NULL,
		"ports without a service that answer differently from [tcp] closed" },
	[RS_SECTION_ACL] = { "acl", "NAME", NULL,
		"peers that may connect, or may not; up to 32 sections. Their rules make one list "
		"in the order of the file, of which the first rule that matches a segment decides; "
		"where none does, it is allowed. It is asked about each segment that belongs to no "
		"connection: a SYN, the ACK of a SYN cookie, a scan. Open connections go on" },
	[RS_SECTION_LOAD] = { "load", NULL, NULL,
		"target, request and rate of the load generator, for all workers together" },
};

const struct rs_key rs_keys[] = {
	/* [eal] */
	{ RS_SECTION_EAL, "lcores", &rs_value_lcores, CONFIG(eal.lcores),
		.help = "EAL's --lcores: the first lcore is the main one, each other lcore runs a "
			"worker" },
	{ RS_SECTION_EAL, "no-huge", &rs_value_bool, CONFIG(eal.no_huge),
		.help = "EAL's --no-huge: use ordinary pages instead of hugepages (slower)" },
	{ RS_SECTION_EAL, "in-memory", &rs_value_bool, CONFIG(eal.in_memory),
		.help = "EAL's --in-memory: create no files in hugetlbfs; not together with "
			"no-huge" },
	{ RS_SECTION_EAL, "memory", MEBIBYTES(64, 1024 * KILO), CONFIG(eal.memory_mb),
		.zero = "as much as is needed",
		.help = "EAL's -m: memory that is reserved at the start" },
	{ RS_SECTION_EAL, "file-prefix", &rs_value_text, CONFIG(eal.file_prefix),
		.words = NAME,
		.expected = "up to 63 letters, digits, _ . -, or nothing for EAL's own",
		.help = "EAL's --file-prefix: distinguishes DPDK processes that run at the same "
			"time" },
	{ RS_SECTION_EAL, "telemetry", &rs_value_bool, CONFIG(eal.telemetry),
		.help = "offer the socket that dpdk-telemetry.py reads; no: EAL's --no-telemetry" },
	{ RS_SECTION_EAL, "args", &rs_value_text, CONFIG(eal.args),
		.expected = "EAL options separated by blanks, or nothing",
		.help = "further EAL options" },

	/* [port N] */
	{ RS_SECTION_PORT, "device", &rs_value_device, PORT(device),
		.example = "net_tap0,iface=rstack0",
		.help = "PCI address, or virtual device with its arguments. Sections with the same "
			"device and different vlan are the VLANs of one port" },
	{ RS_SECTION_PORT, "vlan", &rs_value_vlan, PORT(tags),
		.help = "VLAN tags of the port's frames: none, one (802.1Q), or two (802.1ad, "
			"\"QinQ\"), the outer one first. Frames with other tags are dropped" },
	{ RS_SECTION_PORT, "vlan_priority", NUMBER(0, 7), PORT(tags.priority),
		.help = "priority (PCP) of the tags that are sent; that of received ones is "
			"ignored" },
	{ RS_SECTION_PORT, "vlan_outer_type", WORDS("88a8|8100"), PORT(tags.outer_is_8100),
		.help = "EtherType of the outer one of two tags" },
	{ RS_SECTION_PORT, "address", &rs_value_host, PORT(addresses),
		.example = "192.0.2.1/24",
		.help = "the port's own addresses with the prefix lengths of their subnets; with "
			"an IPv6 address the port has a link-local one of its MAC address, too" },
	{ RS_SECTION_PORT, "terminate", &rs_value_prefixes, PORT(terminate), .repeats = true,
		.live = true,
		.help = "prefixes of which every address is terminated, too; the key may be "
			"repeated" },
	{ RS_SECTION_PORT, "gateway", &rs_value_gateway, PORT(gateway),
		.help = "next hop of active opens to addresses outside the subnets, one of each "
			"family. Replies need none, because they return to their sender" },
	{ RS_SECTION_PORT, "router_advertisements", &rs_value_bool,
		PORT(router_advertisements),
		.help = "take IPv6 routers, on-link prefixes and the MTU from router "
			"advertisements (RFC 4861 6.3); a gateway takes the place of the routers, "
			"and no address is made. no: they are ignored, because any host on the "
			"link could send them" },
	{ RS_SECTION_PORT, "dad_transmits", NUMBER(1, 10), PORT(dad_transmits),
		.zero = "IPv6 addresses are used at once",
		.help = "neighbour solicitations by which is detected that another host has an "
			"IPv6 address of the port (RFC 4862 5.1)" },
	{ RS_SECTION_PORT, "mtu", NUMBER(68, 9600), PORT(mtu), .zero = "the device's",
		.help = "MTU of the IP layer, in bytes" },
	{ RS_SECTION_PORT, "rx_descriptors", NUMBER(32, 32768), PORT(rx_descriptors),
		.help = "length of each receive ring, in frames" },
	{ RS_SECTION_PORT, "tx_descriptors", NUMBER(32, 32768), PORT(tx_descriptors),
		.help = "length of each transmit ring, in frames" },
	{ RS_SECTION_PORT, "rx_checksum", WORDS("software|offload"), PORT(rx_checksum),
		.help = "checksums of received frames. offload: the device verifies the checksums "
			"that it can, and rstack verifies those whose result it does not report" },
	{ RS_SECTION_PORT, "tx_checksum", WORDS("software|offload"), PORT(tx_checksum),
		.help = "IPv4 and TCP checksums of sent frames. offload: the device computes the "
			"checksums that it can, and rstack the others" },
	{ RS_SECTION_PORT, "vlan_tags", WORDS("software|offload"), PORT(vlan_tags),
		.help = "offload: the device strips and inserts the tag if it can. On a port with "
			"two tags rstack does, because devices differ in which of them they "
			"strip" },
	{ RS_SECTION_PORT, "scatter", &rs_value_bool, PORT(scatter),
		.help = "the device may put a received frame into several packet buffers. A buffer "
			"has room for a frame of the MTU, so this is only for a device that "
			"rejects a large MTU without it" },
	{ RS_SECTION_PORT, "tso", &rs_value_bool, PORT(tso),
		.help = "the device cuts the segments of bulk data from frames that have up to 16 "
			"of them (TSO), if it can and computes their checksums. Bulk data then "
			"costs a third less; other frames may cost more, because many drivers "
			"have a slower function for frames in several packet buffers, for which "
			"fast_free is not used, either" },
	{ RS_SECTION_PORT, "rss_hash", &rs_value_bool, PORT(rss_hash),
		.help = "where the workers steer in software, take the RSS hash that the device "
			"puts into the packet buffer of a TCP segment, if it can, in place of a "
			"hash of the segment's headers, so that the worker that receives a frame "
			"need not read it. The workers verify each of the first 1,024 hashes and "
			"one of 256 later; after a wrong one they use no more of them" },
	{ RS_SECTION_PORT, "fast_free", &rs_value_bool, PORT(fast_free),
		.help = "the driver returns sent packet buffers to their pool in bulk, if it can "
			"(MBUF_FAST_FREE). This needs all of them to come from one pool, so it is "
			"used with one worker or with steering in software, and not with kernel" },
	{ RS_SECTION_PORT, "promiscuous", &rs_value_bool, PORT(promiscuous),
		.help = "receive frames to any MAC address" },
	{ RS_SECTION_PORT, "syn_queue", &rs_value_bool, PORT(syn_queue),
		.help = "have the device put untagged SYNs into a receive queue of their own, by "
			"a rule of rte_flow; beyond what a worker has time for, it drops them at "
			"no cost to the worker" },

	{ RS_SECTION_PORT, "queues", NUMBER(1, RTE_MAX_LCORE), PORT(queues),
		.zero = "one for each worker, as far as the device has them; one of a memif",
		.help = "most pairs of queues of the device; of a memif as many as its other side "
			"has. Workers without a queue send and receive through others" },

	{ RS_SECTION_PORT, "kernel", &rs_value_text, PORT(kernel),
		.words = NAME,
		.expected = "the name of a new network interface, up to 15 letters, digits, _ . "
			"-, or nothing",
		.help = "network interface by which the host's kernel shares the port: it gets the "
			"frames for the port's addresses that kernel_tcp, kernel_udp and "
			"kernel_protocols name, and its own frames leave through the port. It has "
			"the port's MAC address; ip addr gives it the port's addresses. Each VLAN "
			"can have one, in its section, whose frames have no tags" },
	{ RS_SECTION_PORT, "kernel_tcp", &rs_value_ranges, PORT(exceptions.tcp),
		.help = "TCP ports of the kernel, where no listener has them: segments to them "
			"go to the kernel, and segments from them that do not open a connection, "
			"because the kernel opens connections, too" },
	{ RS_SECTION_PORT, "kernel_udp", &rs_value_ranges, PORT(exceptions.udp),
		.help = "UDP ports of the kernel; datagrams to multicast addresses count, too" },
	{ RS_SECTION_PORT, "kernel_protocols", &rs_value_protocols, PORT(exceptions.protocols),
		.help = "IP protocols of the kernel, such as 89 for OSPF; datagrams to multicast "
			"addresses count, too. Protocol 1 gives the kernel a copy of each ICMP "
			"message except echo requests, and 58 of each ICMPv6 message except echo "
			"requests and neighbour discovery" },
	{ RS_SECTION_PORT, "kernel_rate", NUMBER(1, RS_RATE_MAX), PORT(kernel_rate),
		.zero = "no limit",
		.help = "frames a second that each worker gives the kernel at most; frames beyond "
			"it are dropped (kernel_limited). The kernel's own frames have the same "
			"limit, and wait in its interface beyond it" },

	/* [worker] */
	{ RS_SECTION_WORKER, "steering", WORDS("auto|device|software"), CONFIG(steering),
		.help = "how received frames reach the worker of their connection. device: each "
			"connection stays at the queue that the device chooses; software: the "
			"workers hash each frame and hand it over; auto: by the device if it "
			"has RSS, tells its hash, and has a queue for each worker" },
	{ RS_SECTION_WORKER, "idle", WORDS("poll|yield|sleep"), CONFIG(idle),
		.help = "after a poll without frames: poll again at once, yield the CPU, or "
			"sleep" },
	{ RS_SECTION_WORKER, "idle_sleep", MICROSECONDS(1, 250 * 1000), CONFIG(idle_sleep_us),
		.help = "longest sleep with idle = sleep; a worker that has not polled for almost "
			"a second is reported" },
	{ RS_SECTION_WORKER, "mbufs", NUMBER(1024, 16 * MEGA), CONFIG(mbufs),
		.zero = "derived from [tcp] max_chunks, max_fragments and the rings",
		.help = "packet buffers of each worker" },
	{ RS_SECTION_WORKER, "mbuf_cache", NUMBER(0, 512), CONFIG(mbuf_cache),
		.help = "packet buffers in the cache of each worker" },
	{ RS_SECTION_WORKER, "max_neighbours", NUMBER(1, 65534), CONFIG(max_neighbours),
		.help = "MAC addresses that the connections of a worker can use at the same time" },
	{ RS_SECTION_WORKER, "max_fragments", NUMBER(32, 65536), CONFIG(max_fragments),
		.zero = "fragments are dropped",
		.help = "received IP fragments that wait for the rest of their datagrams, a packet "
			"buffer each; beyond it those of the oldest datagram are dropped. A "
			"datagram has at most " RTE_STR(RTE_LIBRTE_IP_FRAG_MAX_FRAG)
			" fragments" },
	{ RS_SECTION_WORKER, "reassembly_timeout", MILLISECONDS(SECOND, 2 * MINUTE),
		CONFIG(reassembly_timeout_ms),
		.help = "time after the first fragment of a datagram until it is abandoned if "
			"fragments are missing (RFC 1122 3.3.2: 60 to 120 s; RFC 8200 4.5: "
			"60 s)" },

	/* [tcp] */
	{ RS_SECTION_TCP, "max_connections", NUMBER(1, RS_CONNECTIONS_MAX),
		CONFIG(tcp.max_connections),
		.help = "connections in any state; the sizes of the other pools are derived from "
			"it" },
	{ RS_SECTION_TCP, "max_time_wait", NUMBER(1, RS_TIME_WAIT_MAX), CONFIG(tcp.max_time_wait),
		.zero = "as max_connections, at most " RTE_STR(RS_DERIVED_MAX),
		.help = "connections in TIME-WAIT, in records of their own; beyond it the oldest "
			"makes way" },
	{ RS_SECTION_TCP, "max_half_open", NUMBER(1, 128 * MEGA), CONFIG(tcp.max_half_open),
		.zero = "derived as max_connections / " RTE_STR(RS_HALF_OPEN_PART) ", at least 1 "
			"and at most " RTE_STR(RS_HALF_OPEN_MOST),
		.help = "half-open connections (SYN-RECEIVED) beyond which SYNs are answered with "
			"cookies; beyond half of it SYN-ACKs are retransmitted only twice (RFC "
			"4987 3.3)" },
	{ RS_SECTION_TCP, "syn_cookies", WORDS("auto|always|never"), CONFIG(tcp.syn_cookies),
		.help = "SYN cookies (RFC 4987 3.6): beyond max_half_open and when no TCB is left, "
			"for every SYN, or never. Without timestamps a cookie holds SACK, one of "
			"7 window shifts and one of 8 MSS values, but not ECN" },
	{ RS_SECTION_TCP, "cookie_secret", &rs_value_text, CONFIG(cookie_secret),
		.expected = "the name of a file of " RTE_STR(RS_COOKIE_FILE_LEAST) " to "
			RTE_STR(RS_COOKIE_FILE_MOST) " bytes, such as head -c 32 /dev/urandom "
			"makes, or nothing",
		.help = "file of random bytes (relative to this file's directory): workers and "
			"hosts with the same bytes accept each other's SYN cookies while their "
			"clocks differ by less than a minute. Without it each worker has a "
			"secret of its own" },
	{ RS_SECTION_TCP, "max_busy", NUMBER(1, 16 * MEGA), CONFIG(tcp.max_busy),
		.zero = "derived as max_connections / " RTE_STR(RS_BUSY_PART) ", at least "
			RTE_STR(RS_BUSY_LEAST) " and at most " RTE_STR(RS_DERIVED_MAX),
		.help = "connections that have data queued, in either direction; each takes 0.8 KB "
			"of memory with its part of max_sent" },
	{ RS_SECTION_TCP, "max_chunks", NUMBER(1, RS_CHUNKS_MAX), CONFIG(tcp.max_chunks),
		.zero = "derived as max_connections / " RTE_STR(RS_CHUNKS_PART) ", at least "
			RTE_STR(RS_CHUNKS_LEAST) " and at most " RTE_STR(RS_DERIVED_MAX)
			"; with [worker] mbufs set, as mbufs less those of the rings",
		.help = "pieces of queued data of all connections; each takes a packet buffer, 2.5 "
			"KB of memory with an MTU of 1500" },
	{ RS_SECTION_TCP, "max_sent", NUMBER(1, RS_SENT_MAX), CONFIG(tcp.max_sent),
		.zero = "derived as max_busy * " RTE_STR(RS_SENT_TIMES),
		.help = "byte ranges in flight of all connections; bursts and losses add ranges" },
	{ RS_SECTION_TCP, "mss", NUMBER(28, 9560), CONFIG(tcp.mss),
		.zero = "the port's MTU less 40",
		.help = "largest segment that is received, in bytes of data (RFC 9293 3.7.1)" },
	{ RS_SECTION_TCP, "rcv_buf", SIZE(1, GIGA), CONFIG(tcp.rcv_buf),
		.help = "receive buffer of a connection, which limits its window (RFC 9293 "
			"3.8.6)" },
	{ RS_SECTION_TCP, "snd_buf", SIZE(1, GIGA), CONFIG(tcp.snd_buf),
		.help = "bytes that a service can queue by copy on a connection" },
	{ RS_SECTION_TCP, "snd_window", SIZE(1, GIGA), CONFIG(tcp.snd_window),
		.help = "limit of the bytes in flight on a connection, whatever window the peer "
			"offers" },
	{ RS_SECTION_TCP, "msl", MILLISECONDS(1, 10 * MINUTE), CONFIG(tcp.msl_ms),
		.help = "maximum segment lifetime; TIME-WAIT lasts two of it (RFC 9293 3.4.2, "
			"MUST-13)" },
	{ RS_SECTION_TCP, "rto_initial", MILLISECONDS(1, MINUTE), CONFIG(tcp.rto_initial_ms),
		.help = "retransmission timeout before the first RTT measurement (RFC 6298 2.1)" },
	{ RS_SECTION_TCP, "rto_min", MILLISECONDS(1, MINUTE), CONFIG(tcp.rto_min_ms),
		.help = "lower bound of the retransmission timeout; less than 1s violates RFC 6298 "
			"2.4" },
	{ RS_SECTION_TCP, "rto_max", MILLISECONDS(MINUTE, HOUR), CONFIG(tcp.rto_max_ms),
		.help = "upper bound of the retransmission timeout (RFC 6298 2.5)" },
	{ RS_SECTION_TCP, "r1", NUMBER(1, UINT8_MAX), CONFIG(tcp.r1),
		.help = "R1: retransmissions of one segment before the service is told (RFC 9293 "
			"SHLD-10)" },
	{ RS_SECTION_TCP, "r2", MILLISECONDS(SECOND, 168 * HOUR), CONFIG(tcp.r2_ms),
		.help = "R2: retransmission time after which a connection ends (RFC 9293 "
			"SHLD-11)" },
	{ RS_SECTION_TCP, "r2_syn", MILLISECONDS(SECOND, 168 * HOUR), CONFIG(tcp.r2_syn_ms),
		.help = "R2 of a SYN or SYN-ACK; less than 3min violates RFC 9293 MUST-23" },
	{ RS_SECTION_TCP, "ack_delay", MILLISECONDS(0, 499), CONFIG(tcp.ack_delay_ms),
		.help = "longest delay of an acknowledgment (RFC 9293 MUST-40); 0: no delay" },
	{ RS_SECTION_TCP, "user_timeout", MILLISECONDS(1, 168 * HOUR), CONFIG(tcp.user_timeout_ms),
		.zero = "only R2",
		.help = "time without acknowledgment of data after which a connection ends" },
	{ RS_SECTION_TCP, "user_timeout_option", &rs_value_bool, CONFIG(tcp.uto),
		.help = "send the User Timeout option, and adopt the peer's timeout (RFC 5482)" },
	{ RS_SECTION_TCP, "user_timeout_min", MILLISECONDS(SECOND, 168 * HOUR),
		CONFIG(tcp.uto_min_ms),
		.help = "lower bound of a user timeout that the peer's option sets (RFC 5482 "
			"3.1)" },
	{ RS_SECTION_TCP, "user_timeout_max", MILLISECONDS(SECOND, 168 * HOUR),
		CONFIG(tcp.uto_max_ms),
		.help = "upper bound of a user timeout that the peer's option sets" },
	{ RS_SECTION_TCP, "fin_wait_2", MILLISECONDS(1, 168 * HOUR), CONFIG(tcp.fin_wait_2_ms),
		.help = "time that a closed connection waits for the peer's FIN in FIN-WAIT-2" },
	{ RS_SECTION_TCP, "keepalive_time", MILLISECONDS(1, 168 * HOUR), CONFIG(tcp.keepalive_ms),
		.help = "idle time before the first keep-alive probe (RFC 9293 MUST-28)" },
	{ RS_SECTION_TCP, "keepalive_interval", MILLISECONDS(1, HOUR),
		CONFIG(tcp.keepalive_interval_ms), .help = "time between two keep-alive probes" },
	{ RS_SECTION_TCP, "keepalive_probes", NUMBER(1, UINT8_MAX), CONFIG(tcp.keepalive_probes),
		.help = "unanswered probes after which a connection ends (RFC 9293 MUST-29)" },
	{ RS_SECTION_TCP, "challenge_acks", NUMBER(1, RS_CHALLENGES_MAX),
		CONFIG(tcp.challenge_acks),
		.help = "challenge ACKs that a connection may send in a second (RFC 5961 7)" },
	{ RS_SECTION_TCP, "ttl", NUMBER(1, UINT8_MAX), CONFIG(tcp.ttl),
		.help = "time to live of sent packets (RFC 9293 MUST-49)" },
	{ RS_SECTION_TCP, "tos", NUMBER(0, 252), CONFIG(tcp.tos), .step = 4,
		.expected = "a multiple of 4 from 0 to 252 (the two low bits are ECN's)",
		.help = "DiffServ octet of sent packets: the code point times 4 (RFC 9293 "
			"MUST-48)" },
	{ RS_SECTION_TCP, "window_scale", &rs_value_bool, CONFIG(tcp.window_scale),
		.help = "window scale option, for windows above 64k (RFC 7323 2)" },
	{ RS_SECTION_TCP, "timestamps", &rs_value_bool, CONFIG(tcp.timestamps),
		.help = "timestamps, and protection against wrapped sequence numbers (RFC 7323 "
			"3)" },
	{ RS_SECTION_TCP, "sack", &rs_value_bool, CONFIG(tcp.sack),
		.help = "selective acknowledgments, sent and used (RFC 2018)" },
	{ RS_SECTION_TCP, "congestion", WORDS("cubic|newreno"), CONFIG(tcp.congestion),
		.help = "congestion control: RFC 9438, or RFC 5681 and RFC 6582 (RFC 9293 "
			"MUST-19)" },
	{ RS_SECTION_TCP, "initial_window", NUMBER(1, 10), CONFIG(tcp.initial_window),
		.help = "initial congestion window, in segments (RFC 6928)" },
	{ RS_SECTION_TCP, "pacing", &rs_value_bool, CONFIG(tcp.pacing),
		.help = "spread segments over the round trip if the congestion control asks for "
			"it" },
	{ RS_SECTION_TCP, "black_holes", &rs_value_bool, CONFIG(tcp.black_holes),
		.help = "find paths that swallow large segments without an ICMP error: after two "
			"time-outs of a segment smaller ones are sent, and a larger one is tried "
			"again after 10 minutes (RFC 4821 7.7)" },
	{ RS_SECTION_TCP, "ecn", WORDS("off|passive|on"), CONFIG(tcp.ecn),
		.help = "ECN (RFC 3168): off, passive (accept if the peer asks), or on (also "
			"request it)" },
	{ RS_SECTION_TCP, "local_ports", &rs_value_port_range, CONFIG(tcp.local_port_first),
		.help = "local ports of active opens, chosen at random (RFC 6056)" },
	{ RS_SECTION_TCP, "source_route", WORDS("ignore|return"), CONFIG(tcp.source_route),
		.help = "segments with a source route: ignore the route, or return along it (RFC "
			"9293 "
			"MUST-53), which lets every host on the route use any address (BCP 186)" },
	{ RS_SECTION_TCP, "time_wait_rst", WORDS("ignore|accept"), CONFIG(tcp.time_wait_rst),
		.help = "a reset in TIME-WAIT: ignore (RFC 1337), or accept and end the "
			"connection" },
	{ RS_SECTION_TCP, "closed", WORDS("reset|drop"), CONFIG(tcp.closed_drop),
		.live = true,
		.help = "segments to ports without a listener: answer with a reset, or drop "
			"silently" },

	{ RS_SECTION_TCP, "life", &rs_value_bool, CONFIG(tcp.life),
		.help = "keep the age, bytes and retransmissions of each connection for "
			"/rstack/conn/list and /rstack/reset/log, in 16 bytes each" },
	{ RS_SECTION_TCP, "reset_text", &rs_value_bool, CONFIG(tcp.reset_text),
		.help = "resets of connections say their reason as text (RFC 1122 4.2.2.12, RFC "
			"9293 SHLD-2)" },

	/* [icmp] */
	{ RS_SECTION_ICMP, "errors_per_second", NUMBER(0, 1000 * 1000),
		CONFIG(icmp_errors_per_second),
		.live = true,
		.help = "ICMP errors that a worker may send in a second (port unreachable, "
			"parameter problem, time exceeded); 0: none" },
	{ RS_SECTION_ICMP, "echo_replies_per_second", NUMBER(1, RS_RATE_MAX),
		CONFIG(icmp_echoes_per_second), .zero = "no limit",
		.live = true,
		.help = "echo replies (ping) that a worker may send in a second" },

	/* [limits] */
	{ RS_SECTION_LIMITS, "resets_per_second", NUMBER(1, RS_RATE_MAX),
		CONFIG(resets_per_second), .zero = "no limit",
		.live = true,
		.help = "resets that a worker may send in a second; the others are counted in "
			"/rstack/reset/limited" },
	{ RS_SECTION_LIMITS, "resets_per_second_per_source", NUMBER(1, RS_RATE_MAX),
		CONFIG(resets_per_source), .zero = "no limit",
		.live = true,
		.help = "the same for each source, which is a prefix of the peer's address; "
			"thousands of sources that use up their limits may use up those of others, "
			"too" },
	{ RS_SECTION_LIMITS, "source_prefix", NUMBER(0, 32), CONFIG(source_prefix),
		.live = true,
		.help = "bits of an IPv4 address that make a source; an IPv6 source is a /64" },

	/* [stop] */
	{ RS_SECTION_STOP, "how", WORDS("finish|reset"), CONFIG(stop_reset),
		.live = true,
		.help = "finish: close the connections and wait until they end; reset: reset "
			"them" },
	{ RS_SECTION_STOP, "timeout", MILLISECONDS(0, HOUR), CONFIG(stop_timeout_ms),
		.live = true,
		.help = "time after which connections that are still open are reset" },
	{ RS_SECTION_STOP, "answer", WORDS("reset|drop"), CONFIG(tcp.stop_drop),
		.live = true,
		.help = "new connections during a stop or a drain: answer with a reset, or drop "
			"silently, so that the peer tries again" },
	{ RS_SECTION_STOP, "hook", &rs_value_text, CONFIG(stop_hook),
		.expected = "the name of an executable file, or nothing",
		.live = true,
		.help = "program (relative to this file's directory) that withdraws the route "
			"before a stop or a drain refuses connections. Its arguments are stop, or "
			"drain and the listener's name" },
	{ RS_SECTION_STOP, "hook_timeout", MILLISECONDS(1, HOUR), CONFIG(hook_timeout_ms),
		.live = true,
		.help = "time after which the program is killed and the stop goes on" },

	/* [watch] */
	{ RS_SECTION_WATCH, "kill", WORDS("none|one|any"), CONFIG(kill),
		.live = true,
		.help = "connections that /rstack/conn/kill resets: none, one that it names, or "
			"any that a filter chooses" },
	{ RS_SECTION_WATCH, "log", WORDS("stderr|syslog|journal"), CONFIG(log),
		.help = "log of events at run time, one line each: to standard error with UTC time "
			"and level, to syslog, or to standard error with the levels that systemd's "
			"journal reads" },
	{ RS_SECTION_WATCH, "log_level", WORDS("error|warning|notice|info|debug"),
		CONFIG(log_level),
		.live = true,
		.help = "events from this level on are logged, at most 20 lines a second of each "
			"type; /rstack/log sets the level of a type" },
	{ RS_SECTION_WATCH, "capture", &rs_value_text, CONFIG(capture),
		.expected = "the name of a file, or nothing",
		.help = "file to which the latest segments of connections that are reset are "
			"appended, as pcapng (relative to this file's directory); at most 10 "
			"resets a second of each worker" },
	{ RS_SECTION_WATCH, "capture_reasons", &rs_value_causes, CONFIG(capture_causes),
		.live = true,
		.help = "reasons of sent resets and verdicts on received ones that are captured" },
	{ RS_SECTION_WATCH, "capture_segments", NUMBER(1, 64), CONFIG(capture_frames),
		.help = "segments of a reset that are captured at most, 128 bytes each" },
	{ RS_SECTION_WATCH, "capture_ring", NUMBER(64, MEGA), CONFIG(capture_ring),
		.help = "segments that each worker keeps for it, rounded up to a power of 2; each "
			"takes 144 bytes" },
	{ RS_SECTION_WATCH, "capture_size", SIZE(64 * KILO, 1024 * GIGA), CONFIG(capture_size),
		.help = "bytes that are appended at most" },

	/* [listen NAME] */
	{ RS_SECTION_LISTEN, "address", &rs_value_match, LISTENER(address),
		.live = true,
		.help = "local addresses of the listener" },
	{ RS_SECTION_LISTEN, "port", &rs_value_port_range, LISTENER(port_first), .example = "80",
		.live = true,
		.help = "TCP port or range of ports" },
	{ RS_SECTION_LISTEN, "service", &rs_value_name, LISTENER(service), .example = "http",
		.words = RS_SERVICES(SERVICE_WORD),
		.help = "the service" RS_SERVICES(SERVICE_HELP) },
	{ RS_SECTION_LISTEN, "nodelay", &rs_value_bool, LISTENER(nodelay),
		.live = true,
		.help = "disable Nagle's algorithm (RFC 9293 MUST-17)" },
	{ RS_SECTION_LISTEN, "keepalive", &rs_value_bool, LISTENER(keepalive),
		.live = true,
		.help = "enable keep-alive (RFC 9293 MUST-24)" },
	{ RS_SECTION_LISTEN, "linger", WORDS("off|0"), LISTENER(linger_zero),
		.live = true,
		.help = "0: a close aborts the connection with a reset" },
	{ RS_SECTION_LISTEN, "tos", &rs_value_tos, LISTENER(tos), .min = 0, .max = 252, .step = 4,
		.words = "tcp|a multiple of 4 from 0 to 252",
		.help = "DiffServ octet of sent packets (RFC 9293 MUST-48); tcp: as [tcp] tos" },
	{ RS_SECTION_LISTEN, "security", &rs_value_security, LISTENER(security),
		.help = "IPv4 security option that every segment must have (RFC 1108 2)" },
	{ RS_SECTION_LISTEN, "allow", &rs_value_allow, LISTENER(allow), .repeats = true,
		.help = "prefixes of the peers that may connect: the SYN of any other is answered "
			"with a reset not_allowed; the key may be repeated" },
	{ RS_SECTION_LISTEN, "max_connections", NUMBER(1, 128 * MEGA), LISTENER(max_connections),
		.zero = "no limit",
		.live = true,
		.help = "connections of the listener at a time, on each worker, those in TIME-WAIT "
			"not counted; SYNs beyond them are dropped silently" },
	{ RS_SECTION_LISTEN, "max_per_source", NUMBER(1, 128 * MEGA), LISTENER(max_per_source),
		.zero = "no limit",
		.live = true,
		.help = "the same of each peer, which is an IPv4 address or an IPv6 /64; a SYN "
			"from a forged address counts for as long as it is half-open" },
	{ RS_SECTION_LISTEN, "resets_per_second", NUMBER(1, RS_RATE_MAX),
		LISTENER(resets_per_second), .zero = "no limit",
		.live = true,
		.help = "resets that each worker may send in a second to segments without a "
			"connection, as [limits] resets_per_second" },
	{ RS_SECTION_LISTEN, "no_connection", WORDS("reset|drop"), LISTENER(no_connection_drop),
		.live = true,
		.help = "answer to a segment with an ACK that belongs to no connection, for "
			"example because an ECMP route moved its flow here from another host: a "
			"reset listen_bad_ack (RFC 9293 3.10.7.2), or silence (drop), so that the "
			"flow goes on when its route returns" },
	{ RS_SECTION_LISTEN, "idle_timeout", TIMEOUT(idle_timeout_ms), .zero = "no limit",
		.help = "close a connection after this time without data received or in flight; "
			"default: 75s between two requests of service http, no limit for the "
			"other services; a chargen connection is never idle" },
	{ RS_SECTION_LISTEN, "send_timeout", TIMEOUT(send_timeout_ms), .zero = "no limit",
		.help = "reset a connection after this time in which its peer takes none of the "
			"waiting data; default: 60s for service http, no limit for the others" },
	{ RS_SECTION_LISTEN, "min_rate", NUMBER(1, GIGA), LISTENER(min_rate),
		.zero = "any rate",
		.help = "bytes a second that a peer must take of waiting data, or send of a "
			"request's content: a slower peer uses up send_timeout or body_timeout" },
	{ RS_SECTION_LISTEN, "header_timeout", MILLISECONDS(1, 168 * HOUR),
		LISTENER(header_timeout_ms), .zero = "no limit", .service = "http",
		.help = "time for the whole head of a request, from its first byte, of the first "
			"one from the start of the connection; then 408 is answered" },
	{ RS_SECTION_LISTEN, "body_timeout", MILLISECONDS(1, 168 * HOUR),
		LISTENER(body_timeout_ms), .zero = "no limit", .service = "http",
		.help = "longest time without a byte of a request's content; then 408 is "
			"answered" },
	{ RS_SECTION_LISTEN, "body", BYTES(0, 4 * GIGA - 1), LISTENER(body), .service = "http",
		.help = "body of GET /: this many bytes, or a file (relative to this file's "
			"directory)" },
	{ RS_SECTION_LISTEN, "content_type", &rs_value_media, LISTENER(content_type),
		.service = "http",
		.help = "Content-Type of the body, such as text/html; charset=utf-8" },
	{ RS_SECTION_LISTEN, "path", &rs_value_text, LISTENER(path), .service = "plugin",
		.expected = "the name of a shared object",
		.help = "shared object that is the service, as rstack_plugin.h says (relative to "
			"this file's directory); it runs with all rights of rstack" },
	{ RS_SECTION_LISTEN, "argument", &rs_value_text, LISTENER(argument), .service = "plugin",
		.expected = "text of at most 255 characters, or nothing",
		.help = "what the plugin is told of the listener" },
	{ RS_SECTION_LISTEN, "reset_after", SIZE(0, GIGA), LISTENER(reset_after),
		.service = "reset", .help = "bytes to receive before the reset; 0: reset at once" },

	/* [closed NAME] */
	{ RS_SECTION_CLOSED, "address", &rs_value_match, LISTENER(address),
		.live = true,
		.help = "local addresses" },
	{ RS_SECTION_CLOSED, "port", &rs_value_port_range, LISTENER(port_first),
		.example = "1-1023", .live = true,
		.help = "TCP port or range of ports" },
	{ RS_SECTION_CLOSED, "answer", WORDS("reset|drop"), LISTENER(drop), .example = "drop",
		.live = true,
		.help = "answer segments with a reset, or drop them silently" },
	{ RS_SECTION_CLOSED, "resets_per_second", NUMBER(1, RS_RATE_MAX),
		LISTENER(resets_per_second), .zero = "no limit",
		.live = true,
		.help = "resets that each worker may send in a second, as [limits] "
			"resets_per_second" },

	/* [acl NAME] */
	{ RS_SECTION_ACL, "rule", &rs_value_rule, FIELD(rs_config_acl, rules),
		.repeats = true, .live = true,
		.help = "a rule, such as drop 192.0.2.0/24, allow 2001:db8::/32 port 80-89, or "
			"reset any listener web. drop is silence (acl of /rstack/drop), reset the "
			"reset of a closed port with reason acl; the key may be repeated" },
	{ RS_SECTION_ACL, "file", &rs_value_rules, FIELD(rs_config_acl, rules),
		.repeats = true, .live = true,
		.help = "file of rules at this place of the list, one a line, # or ; before a "
			"comment (relative to this file's directory); the key may be repeated" },

	/* [load] */
	{ RS_SECTION_LOAD, "target", &rs_value_socket, LOAD(target), .example = "192.0.2.1:80",
		.help = "address and port to connect to" },
	{ RS_SECTION_LOAD, "source", &rs_value_match, LOAD(source),
		.help = "local addresses of the connections, in turn; any: the port's address" },
	{ RS_SECTION_LOAD, "rate", NUMBER(1, 100 * 1000 * 1000), LOAD(rate),
		.zero = "as fast as concurrency allows",
		.help = "connections to open in a second, by the clock: whatever the answers take, "
			"and those that cannot be opened are counted as not_offered" },
	{ RS_SECTION_LOAD, "concurrency", NUMBER(1, 16 * MEGA), LOAD(concurrency),
		.help = "limit of open connections" },
	{ RS_SECTION_LOAD, "count", NUMBER(1, UINT64_C(1000000000000)), LOAD(count),
		.zero = "no limit", .help = "connections to open in all, retries not counted" },
	{ RS_SECTION_LOAD, "duration", MILLISECONDS(1, 168 * HOUR), LOAD(duration_ms),
		.zero = "until count is reached or Ctrl-C",
		.help = "time after which no more connections are opened" },
	{ RS_SECTION_LOAD, "request", WORDS("get|bytes|none"), LOAD(request),
		.help = "HTTP/1.1 GET, the bytes of body, or no request" },
	{ RS_SECTION_LOAD, "path", &rs_value_text, LOAD(path), .words = VISIBLE,
		.expected = "up to 255 visible characters, the first a /",
		.help = "request = get: the path, with its query" },
	{ RS_SECTION_LOAD, "host", &rs_value_text, LOAD(host), .words = VISIBLE,
		.expected = "up to 255 visible characters, or nothing for the target",
		.help = "request = get: the Host field" },
	{ RS_SECTION_LOAD, "body", BYTES(0, 4 * GIGA - 1), LOAD(body),
		.help = "request = bytes: this many bytes, or a file (relative to this file's "
			"directory)" },
	{ RS_SECTION_LOAD, "half_close", &rs_value_bool, LOAD(half_close),
		.help = "close the sending side after the last request" },
	{ RS_SECTION_LOAD, "answer", WORDS("http|size|close"), LOAD(answer),
		.help = "end of an answer: as HTTP says, after answer_size bytes, or the peer's "
			"FIN" },
	{ RS_SECTION_LOAD, "answer_size", SIZE(1, 1024 * GIGA), LOAD(answer_size),
		.help = "answer = size: bytes of each answer" },
	{ RS_SECTION_LOAD, "requests", NUMBER(1, 1000 * 1000 * 1000), LOAD(requests),
		.help = "requests on a connection, each after the answer to the previous one" },
	{ RS_SECTION_LOAD, "close", WORDS("peer|fin|reset"), LOAD(close),
		.help = "after the last answer: the peer closes, the client closes, or it resets" },
	{ RS_SECTION_LOAD, "retry", NUMBER(0, UINT8_MAX), LOAD(retry),
		.help = "retries of a request after a reset (RFC 9110 9.2.2)" },
	{ RS_SECTION_LOAD, "idempotent", WORDS("auto|yes|no"), LOAD(idempotent),
		.help = "no: retry only if no byte of the answer has arrived; auto: yes for "
			"request = get" },
	{ RS_SECTION_LOAD, "connect_timeout", MILLISECONDS(1, HOUR), LOAD(connect_timeout_ms),
		.zero = "only [tcp] r2_syn", .help = "longest wait for ESTABLISHED" },
	{ RS_SECTION_LOAD, "request_timeout", MILLISECONDS(1, HOUR), LOAD(request_timeout_ms),
		.zero = "no limit", .help = "longest wait for a whole answer, and for the close" },
	{ RS_SECTION_LOAD, "report", MILLISECONDS(10, HOUR), LOAD(report_ms),
		.zero = "only at the end", .help = "time between two lines of progress" },
	{ RS_SECTION_LOAD, "output", WORDS("text|json"), LOAD(json),
		.help = "the final report: text, or one line of JSON" },
};

const unsigned int rs_n_keys = RTE_DIM(rs_keys);

const struct rs_config_port rs_config_port_defaults = {
	.rx_descriptors = 1024,
	.tx_descriptors = 1024,
	.dad_transmits = 1,
	.kernel_rate = 10000,
	.rx_checksum = true,
	.tx_checksum = true,
	.vlan_tags = true,
	.fast_free = true,
};

const struct rs_config_listener rs_config_listener_defaults = {
	.tos = RS_CONFIG_TOS_TCP,
	/* nginx: client_header_timeout, client_body_timeout */
	.idle_timeout_ms = RS_CONFIG_TIMEOUT_DEFAULT,
	.send_timeout_ms = RS_CONFIG_TIMEOUT_DEFAULT,
	.min_rate = RS_MIN_RATE,
	.header_timeout_ms = MINUTE,
	.body_timeout_ms = MINUTE,
	.half_requests = RS_BUSY_LEAST,
	.body.size = KILO,
	.content_type = "application/octet-stream",
};

void
rs_config_defaults(struct rs_config *config)
{
	memset(config, 0, sizeof(*config));
	config->eal = (struct rs_config_eal){ .lcores = "0-1", .telemetry = true };
	rs_tcp_defaults(&config->tcp);
	config->tcp.max_time_wait = 0;
	config->tcp.max_half_open = 0;
	config->tcp.max_busy = 0;
	config->tcp.max_chunks = 0;
	config->tcp.max_sent = 0;
	config->mbuf_cache = 256;
	config->max_neighbours = KILO;
	config->max_fragments = 512;
	config->reassembly_timeout_ms = MINUTE;
	config->icmp_errors_per_second = 100;
	config->source_prefix = 24;
	config->idle = RS_IDLE_POLL;
	config->idle_sleep_us = 100;
	config->stop_timeout_ms = 5 * SECOND;
	config->hook_timeout_ms = 10 * SECOND;
	config->kill = RS_WATCH_KILL_ONE;
	config->log_level = RS_LOG_NOTICE;
	rs_config_parse_causes("all", &config->capture_causes);
	config->capture_frames = 20;
	config->capture_ring = 4096;
	config->capture_size = 64 * MEGA;
	config->load = (struct rs_load_config){
		.concurrency = 100,
		.path = "/",
		.body.size = 64,
		.answer_size = 64,
		.requests = 1,
		.retry = 3,
		.connect_timeout_ms = 5 * SECOND,
		.request_timeout_ms = 10 * SECOND,
		.report_ms = SECOND,
	};
}

const struct rs_key *
rs_key_find(enum rs_section_id section, const char *name)
{
	unsigned int i;

	for (i = 0; i < rs_n_keys; i++) {
		if (rs_keys[i].section == section && strcmp(rs_keys[i].name, name) == 0)
			return &rs_keys[i];
	}
	return NULL;
}

void
rs_key_expect(const struct rs_key *key, char *text, size_t size)
{
	if (key->expected != NULL)
		snprintf(text, size, "%s", key->expected);
	else
		key->type->expect(key, text, size);
}
