/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Exceptions: frames that the stack leaves to the kernel of its host, byte for byte as they came,
 * and those that it keeps (issue 11, "The rest of the host").
 */

#include "wire.h"

#define ABOUT "issue 11, the rest of the host"

enum { IP = FRAME_ETHER_LEN, SSH = 22, BGP = 179, BFD = 3784, OSPF = 89, UDP = 17 };

/* Lengths and offsets that each family has of its own. */
#define IP_LEN (wire_ipv6 ? FRAME_IP6_LEN : FRAME_IP_LEN)
#define ADDR_LEN (wire_ipv6 ? 16 : 4)
#define IP_SRC (IP + (wire_ipv6 ? 8 : 12))
#define IP_DST (IP_SRC + ADDR_LEN)
#define IP_PROTO (IP + (wire_ipv6 ? 6 : 9))
#define L4 (IP + IP_LEN)
#define ICMP (wire_ipv6 ? 58 : 1)
#define ECHO_REQUEST (wire_ipv6 ? 128 : 8)
#define ECHO_REPLY (wire_ipv6 ? 129 : 0)

/* The frames that the kernel got. */
struct kernel {
	unsigned int n;         /* of them */
	unsigned int neighbours; /* ARP replies and neighbour advertisements */
	uint16_t port;          /* of the last one */
	uint16_t len;
	uint8_t frame[WIRE_FRAME_MAX];
};

static void
take_frame(void *arg, const struct rte_mbuf *m, bool neighbour)
{
	struct kernel *k = arg;

	k->n += !neighbour;
	k->neighbours += neighbour;
	k->port = m->port;
	k->len = m->data_len;
	memcpy(k->frame, rte_pktmbuf_mtod(m, const void *), m->data_len);
}

/* Share the port with a kernel that has SSH, BGP, BFD, OSPF and ICMP. */
static void
share(struct wire *w, struct kernel *k)
{
	memset(k, 0, sizeof(*k));
	w->port.exceptions = (struct rs_exceptions){
		.on = true,
		.tcp = { .n = 2, .range = { { SSH, SSH }, { BGP, BGP } } },
		.udp = { .n = 1, .range = { { BFD, BFD + 1 } } },
		.protocols = { 1u << 1 | UINT64_C(1) << 58, 1u << (OSPF - 64) },
	};
	w->except = take_frame;
	w->except_arg = k;
}

/* The kernel got this frame as its n-th one, and nothing was sent. */
static void
kernel_has(struct wire *w, const struct kernel *k, unsigned int n, const uint8_t *frame,
	uint16_t len)
{
	check(k->n == n && k->len == len && memcmp(k->frame, frame, len) == 0);
	check(k->port == w->port.id);
	counted(packet.excepted, 1);
	quiet();
}

/* A segment arrives that the kernel gets. */
static void
to_kernel(struct wire *w, const struct kernel *k, const struct wire_seg *s)
{
	uint8_t frame[WIRE_FRAME_MAX];
	unsigned int n = k->n;
	uint16_t len = wire_build(w, s, frame);

	in_any(frame, len);
	kernel_has(w, k, n + 1, frame, len);
}

#define kernel_gets(k_, flags_, ...) \
	to_kernel(HERE, k_, &seg(flags_, .seq = 100, .ack = 300, ##__VA_ARGS__))

/* Write a datagram of the peer. @return the length of its frame */
static uint16_t
build_datagram(struct wire *w, uint8_t *frame, uint8_t protocol, const void *text, uint16_t len)
{
	build_any(seg(SYN, .lport = WIRE_LPORT_CLOSED), frame);
	put16(frame + IP + (wire_ipv6 ? 4 : 2), len + (wire_ipv6 ? 0u : FRAME_IP_LEN));
	frame[IP_PROTO] = protocol;
	memcpy(frame + L4, text, len);
	if (!wire_ipv6)
		frame_set_ip_checksum(frame + IP);
	return (uint16_t)RTE_MAX(L4 + len, 60);
}

/* Write a UDP datagram of the peer. */
static uint16_t
build_udp(struct wire *w, uint8_t *frame, uint16_t from, uint16_t to)
{
	uint8_t udp[12] = { [5] = sizeof(udp), [8] = 'b', 'f', 'd', '!' };
	uint16_t len;

	put16(udp, from);
	put16(udp + 2, to);
	len = build_datagram(w, frame, UDP, udp, sizeof(udp));
	put16(frame + L4 + 6, ~frame_sum(frame + L4, sizeof(udp), frame_sum(frame + IP_SRC,
		2 * (size_t)ADDR_LEN, UDP + sizeof(udp))));
	return len;
}

/* Write an ICMP message of the peer. */
static uint16_t
build_icmp(struct wire *w, uint8_t *frame, int type)
{
	const uint8_t icmp[16] = { (uint8_t)type };
	uint16_t len = build_datagram(w, frame, (uint8_t)ICMP, icmp, sizeof(icmp));
	uint32_t sum = wire_ipv6 ? frame_sum(frame + IP_SRC, 2 * (size_t)ADDR_LEN,
		58 + sizeof(icmp)) : 0;

	put16(frame + L4 + 2, ~frame_sum(frame + L4, sizeof(icmp), sum));
	return len;
}

/* Make the destination of a datagram the group of all OSPF routers. */
static void
to_group(uint8_t *frame)
{
	static const uint8_t group4[4] = { 224, 0, 0, 5 };
	static const uint8_t group6[16] = { 0xff, 2, [15] = 5 };
	static const uint8_t macs[2][6] = {
		{ 1, 0, 0x5e, 0, 0, 5 }, { 0x33, 0x33, 0, 0, 0, 5 },
	};

	memcpy(frame, macs[wire_ipv6], sizeof(macs[0]));
	memcpy(frame + IP_DST, wire_ipv6 ? group6 : group4, (size_t)ADDR_LEN);
	if (!wire_ipv6)
		frame_set_ip_checksum(frame + IP);
}

WIRE(except_segments_to_a_port_of_the_kernel, ABOUT, "")
{
	static const uint8_t flags[] = { SYN, ACK, SYN | ACK, PSH | ACK, FIN | ACK, RST,
		RST | ACK, FIN, 0 };
	struct kernel k;
	unsigned int i;

	share(w, &k);
	for (i = 0; i < RTE_DIM(flags); i++) {
		kernel_gets(&k, flags[i], .lport = SSH);
		kernel_gets(&k, flags[i], .lport = BGP, .data = "keepalive");
	}
	counted(tcp.rx_segments, 2 * RTE_DIM(flags));
	/* other ports are closed as before */
	in(SYN, .lport = SSH + 1, .seq = 100);
	out(RST | ACK, .lport = SSH + 1, .seq = 0, .ack = 101);
	reset(no_listener);
	check(k.n == 2 * RTE_DIM(flags));
}

/* The kernel opens connections, too; but a peer opens none to a port that is not listed. */
WIRE(except_segments_from_a_port_of_the_kernel_s_peers, ABOUT, "")
{
	static const uint8_t replies[] = { SYN | ACK, ACK, PSH | ACK, FIN | ACK, RST, RST | ACK };
	struct kernel k;
	unsigned int i;

	share(w, &k);
	for (i = 0; i < RTE_DIM(replies); i++) {
		kernel_gets(&k, replies[i], .rport = BGP, .lport = WIRE_LPORT_CLOSED);
		/* a port that is looked up, because a closed range has it */
		kernel_gets(&k, replies[i], .rport = BGP, .lport = WIRE_LPORT_RESET);
	}
	counted(tcp.rx_segments, 2 * RTE_DIM(replies));
	in(SYN, .rport = BGP, .lport = WIRE_LPORT_CLOSED, .seq = 100);
	out(RST | ACK, .rport = BGP, .lport = WIRE_LPORT_CLOSED, .seq = 0, .ack = 101);
	in(SYN, .rport = BGP, .lport = WIRE_LPORT_RESET, .seq = 100);
	out(RST | ACK, .rport = BGP, .lport = WIRE_LPORT_RESET, .seq = 0, .ack = 101);
	resets(no_listener, 2);
	/* a reply from a port that is not listed, to one that is looked up */
	in(ACK, .lport = WIRE_LPORT_RESET, .ack = 300);
	out(RST, .lport = WIRE_LPORT_RESET, .seq = 300);
	reset(no_connection);
	in(FIN, .rport = BGP, .lport = WIRE_LPORT_CLOSED, .seq = 100);
	out(RST | ACK, .rport = BGP, .lport = WIRE_LPORT_CLOSED, .seq = 0, .ack = 101);
	reset(no_connection);
	check(k.n == 2 * RTE_DIM(replies));
}

/* A listener or a connection has a port before the kernel. */
WIRE(except_no_segment_of_a_listener, ABOUT, "")
{
	struct wire_tcb t;
	struct kernel k;

	share(w, &k);
	w->port.exceptions.tcp.range[0].first = WIRE_LPORT;
	w->port.exceptions.tcp.range[0].last = WIRE_LPORT;
	in(ACK, .seq = 100, .ack = 300);
	out(RST, .seq = 300);
	reset(listen_bad_ack);
	t = handshake(.rport = BGP);
	in(ACK | PSH, .rport = BGP, .seq = 101, .ack = t.snd_nxt, .data = "hello");
	told(DATA, .rport = BGP, .data = "hello");
	/* while the stack stops, its listeners refuse, and the kernel goes on */
	rs_stack_stop(stack(), RS_STOP_RESET);
	after(1);
	out(RST, .rport = BGP, .seq = t.snd_nxt);
	ended(ABORTED, .rport = BGP);
	in(SYN, .seq = 100);
	out(RST | ACK, .seq = 0, .ack = 101);
	resets(shutdown, 2);
	check(k.n == 0);
	kernel_gets(&k, SYN, .lport = BGP);
	kernel_gets(&k, SYN | ACK, .rport = BGP, .lport = WIRE_LPORT_CLOSED);
}

/* Among others in a burst, with an access list, with rate limits: only its own leave the burst. */
WIRE(except_strays_among_others, ABOUT, "")
{
	struct kernel k;

	share(w, &k);
	w->resets_per_second = 1000;
	burst(seg(SYN, .lport = WIRE_LPORT_CLOSED, .seq = 100),
		seg(ACK, .rport = BGP, .lport = WIRE_LPORT_CLOSED, .seq = 1, .ack = 2),
		seg(SYN, .lport = BGP, .seq = 200),
		seg(ACK, .lport = WIRE_LPORT_CLOSED, .seq = 300, .ack = 400));
	out(RST | ACK, .lport = WIRE_LPORT_CLOSED, .seq = 0, .ack = 101);
	out(RST, .lport = WIRE_LPORT_CLOSED, .seq = 400);
	reset(no_listener);
	reset(no_connection);
	counted(packet.excepted, 2);
	check(k.n == 2);
	quiet();
}

WIRE(except_access_list_decides_about_ports, ABOUT, "")
{
	const struct rs_acl_rule rule = {
		.action = RS_ACL_DROP, .source = { wire_addr(WIRE_RHOST), 128 }, .listener = -1,
	};
	struct kernel k;

	share(w, &k);
	w->rules = &rule;
	w->n_rules = 1;
	in(SYN, .lport = SSH, .seq = 100);
	quiet();
	dropped(acl);
	check(k.n == 0);
	kernel_gets(&k, SYN, .lport = SSH, .rhost = WIRE_RHOST + 1);
	/* connections that are open are not asked about: those of the kernel, too */
	kernel_gets(&k, SYN | ACK, .rport = BGP, .lport = WIRE_LPORT_CLOSED);
	in(ACK, .rport = 7, .lport = WIRE_LPORT_CLOSED, .seq = 1, .ack = 2);
	quiet();
	dropped(acl);
}

/* [tcp] closed = drop is for the ports that the kernel does not have. */
WIRE(except_where_closed_ports_are_silent, ABOUT, "")
{
	struct kernel k;

	share(w, &k);
	w->tcp.closed_drop = true;
	kernel_gets(&k, SYN, .lport = SSH);
	kernel_gets(&k, SYN | ACK, .rport = BGP, .lport = WIRE_LPORT_CLOSED);
	in(SYN, .lport = WIRE_LPORT_CLOSED, .seq = 100);
	quiet();
	dropped(closed_drop);
}

/* The kernel gets the frames of its VLAN without tags, and none of another one. */
WIRE(except_the_ports_of_one_vlan, ABOUT, "")
{
	static const char text[] = "with which neither frame has padding";
	uint8_t frame[WIRE_FRAME_MAX];
	struct kernel k;
	uint16_t len;

	set_vlan(5);
	add_vlan(6, 16);
	share(w, &k);
	len = build_any(seg(SYN, .lport = SSH, .seq = 100, .data = text), frame);
	in(SYN, .lport = SSH, .vlan = 5, .seq = 100, .data = text);
	kernel_has(w, &k, 1, frame, len);
	in(SYN, .lport = SSH, .lhost = 16, .vlan = 6, .seq = 100);
	out(RST | ACK, .lport = SSH, .lhost = 16, .vlan = WIRE_TCI(6), .seq = 0, .ack = 101);
	reset(no_listener);
	in(ACK, .rport = BGP, .lport = WIRE_LPORT_CLOSED, .lhost = 16, .vlan = 6, .ack = 300);
	out(RST, .rport = BGP, .lport = WIRE_LPORT_CLOSED, .lhost = 16, .vlan = WIRE_TCI(6),
		.seq = 300);
	reset(no_connection);
	check(k.n == 1);
}

/* Nor of a VLAN with a kernel that has other ports. */
WIRE(except_the_ports_of_two_vlans, ABOUT, "")
{
	struct kernel k;

	set_vlan(5);
	add_vlan(6, 16);
	share(w, &k);
	w->vlans[0].exceptions = w->port.exceptions;
	w->vlans[0].exceptions.tcp = (struct rs_port_ranges){ .n = 1, .range = { { SSH, SSH } } };
	in(ACK, .rport = BGP, .lport = WIRE_LPORT_CLOSED, .lhost = 16, .vlan = 6, .ack = 300);
	out(RST, .rport = BGP, .lport = WIRE_LPORT_CLOSED, .lhost = 16, .vlan = WIRE_TCI(6),
		.seq = 300);
	reset(no_connection);
	check(k.n == 0);
	in(ACK, .rport = SSH, .lport = WIRE_LPORT_CLOSED, .lhost = 16, .vlan = 6, .ack = 300);
	in(ACK, .rport = BGP, .lport = WIRE_LPORT_CLOSED, .vlan = 5, .ack = 300);
	counted(packet.excepted, 2);
	check(k.n == 2);
	quiet();
}

/* The kernel's frames get the tags of their port. */
WIRE(except_frames_of_the_kernel_get_tags, ABOUT, "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	struct rte_mbuf *m;
	struct kernel k;
	uint16_t len;

	share(w, &k);
	set_vlan(5);
	len = build_any(seg(SYN, .rport = BGP, .seq = 100), frame);
	stack();
	m = rte_pktmbuf_alloc(w->mbufs);
	check(m != NULL);
	memcpy(rte_pktmbuf_append(m, len), frame, len);
	m->port = w->port.id;
	check(rs_stack_forward(stack(), &m, 1) == 1);
	check(m->port == w->port.device && m->data_len == len + 4);
	check(memcmp(rte_pktmbuf_mtod(m, uint8_t *) + 12, (const uint8_t[]){ 0x81, 0,
		WIRE_TCI(5) >> 8, 5 }, 4) == 0);
	check(memcmp(rte_pktmbuf_mtod(m, uint8_t *) + 16, frame + 12, len - 12u) == 0);
	rte_pktmbuf_free(m);
}

WIRE(except_udp_of_the_kernel, ABOUT, "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	struct kernel k;
	uint16_t len;

	share(w, &k);
	len = build_udp(w, frame, 49152, BFD);
	in_any(frame, len);
	kernel_has(w, &k, 1, frame, len);
	len = build_udp(w, frame, 49152, BFD + 1);
	in_any(frame, len);
	kernel_has(w, &k, 2, frame, len);
	to_group(frame);
	in_any(frame, len);
	kernel_has(w, &k, 3, frame, len);
	/* the header is cut */
	in_any(frame, (uint16_t)(L4 + 7));
	in_any(frame, build_udp(w, frame, 49152, BFD + 2));
	skip_out();
	/* from such a port, which any host could take */
	in_any(frame, build_udp(w, frame, BFD, 53));
	skip_out();
	counted(packet.icmp_unreachables, 2);
	check(k.n == 3);
}

WIRE(except_protocols_of_the_kernel, ABOUT, "")
{
	static const char hello[] = "OSPF's hello";
	uint8_t frame[WIRE_FRAME_MAX];
	struct kernel k;
	uint16_t len;

	share(w, &k);
	len = build_datagram(w, frame, OSPF, hello, sizeof(hello));
	in_any(frame, len);
	kernel_has(w, &k, 1, frame, len);
	to_group(frame);
	in_any(frame, len);
	kernel_has(w, &k, 2, frame, len);
	len = build_datagram(w, frame, OSPF + 1, hello, sizeof(hello));
	to_group(frame);
	in_any(frame, len);
	check(k.n == 2);
	counted(packet.excepted, 0);
	quiet();
}

/* The kernel reassembles, because its fragments may be of a datagram larger than the MTU. */
/* A datagram to a group reaches the kernel for its protocol or its UDP port only. */
WIRE(except_datagrams_to_a_group_that_nobody_named, ABOUT, "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	struct kernel k;
	uint16_t len;

	share(w, &k);
	/* TCP and UDP go by their ports, whatever the protocols say */
	w->port.exceptions.protocols[0] |= 1u << 6 | 1u << UDP;
	len = build_datagram(w, frame, 6, "a segment of TCP", 16);
	to_group(frame);
	in_any(frame, len);
	len = build_udp(w, frame, 49152, BFD - 1);
	to_group(frame);
	in_any(frame, len);
	/* the header of UDP is cut */
	len = build_datagram(w, frame, UDP, "\xc0\0\x0e\xc8\0\4\0", 7);
	to_group(frame);
	in_any(frame, (uint16_t)(L4 + 7));
	/* no other group member of ICMPv6 than the stack itself */
	len = build_icmp(w, frame, ECHO_REPLY);
	to_group(frame);
	if (wire_ipv6)
		in_any(frame, len);
	check(k.n == 0);
	counted(packet.excepted, 0);
	counted(drop[RS_DROP_ip_not_ours], wire_ipv6 ? 4 : 0);
	counted(drop[RS_DROP_link_broadcast], wire_ipv6 ? 0 : 3);
	quiet();
}

WIRE(except_group4_of_what_is_no_group, ABOUT, "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	struct kernel k;
	uint16_t len;

	ipv4_only();
	share(w, &k);
	len = build_datagram(w, frame, OSPF, "hello", 5);
	/* our address in a frame to a group; a frame without an IPv4 header; another version */
	memcpy(frame, (const uint8_t[]){ 1, 0, 0x5e, 0, 0, 5 }, 6);
	in_any(frame, len);
	to_group(frame);
	in_any(frame, IP + FRAME_IP_LEN - 1);
	frame[IP] = 6 << 4;
	in_any(frame, len);
	/* a fragment behind the first one has no ports */
	len = build_udp(w, frame, 49152, BFD);
	put16(frame + IP + 6, 1);
	to_group(frame);
	in_any(frame, len);
	check(k.n == 0);
	counted(drop[RS_DROP_link_broadcast], 4);
	put16(frame + IP + 6, 0);
	to_group(frame);
	in_any(frame, len);
	kernel_has(w, &k, 1, frame, len);
}

WIRE(except_fragments_of_a_protocol_of_the_kernel, ABOUT, "")
{
	uint8_t text[16] = { OSPF, [3] = 1, [7] = 1 };
	uint8_t frame[WIRE_FRAME_MAX];
	struct kernel k;
	uint16_t len;

	share(w, &k);
	len = build_datagram(w, frame, wire_ipv6 ? 44 : OSPF, text, sizeof(text));
	if (!wire_ipv6) {
		put16(frame + IP + 6, 0x2000);
		frame_set_ip_checksum(frame + IP);
	}
	in_any(frame, len);
	kernel_has(w, &k, 1, frame, len);
	counted(packet.rx_fragments, 0);
}

WIRE(except_icmp_that_both_need, ABOUT, "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	struct wire_tcb t;
	struct kernel k;
	uint16_t len;

	share(w, &k);
	len = build_icmp(w, frame, ECHO_REPLY);
	in_any(frame, len);
	kernel_has(w, &k, 1, frame, len);
	len = build_icmp(w, frame, ECHO_REQUEST);
	in_any(frame, len);
	skip_out();
	counted(packet.echo_replies, 1);
	check(k.n == 1);
	/* an error about a segment of the stack is the stack's, too */
	t = reach(ESTABLISHED);
	user_send("hello", 5);
	out(ACK | PSH, .seq = t.snd_nxt, .ack = 101, .data = "hello");
	icmp(3, 1, .seq = t.snd_nxt);
	counted(packet.icmp_errors, 1);
	counted(tcp.icmp_taken, 1);
	check(k.n == 2);
	in(ACK, .seq = 101, .ack = t.snd_nxt + 5);
}

WIRE(except_icmp_only_where_it_is_named, ABOUT, "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	struct kernel k;

	share(w, &k);
	w->port.exceptions.protocols[0] = 0;
	in_any(frame, build_icmp(w, frame, ECHO_REPLY));
	dropped(icmp_type);
	check(k.n == 0);
	quiet();
}

WIRE(except_arp_replies_are_copied, ABOUT ", RFC 826", "")
{
	uint8_t frame[WIRE_FRAME_MAX];
	struct kernel k;
	uint16_t len;

	share(w, &k);
	arp_in(1, WIRE_RHOST, WIRE_RHOST, NONE);
	skip_out();
	counted(packet.arp_replies, 1);
	check(k.neighbours == 0);
	arp_in(2, WIRE_RHOST, WIRE_RHOST, NONE);
	check(k.neighbours == 1 && k.n == 0);
	/* an announcement (RFC 5227 3) */
	len = wire_build_arp(1, WIRE_RHOST, WIRE_RHOST, NONE, frame);
	memcpy(frame + 38, frame + 28, 4);
	in_frame(frame, len);
	check(k.neighbours == 2 && memcmp(k.frame, frame, k.len) == 0);
	quiet();
}

WIRE(except_advertisements_are_copied, ABOUT ", RFC 4861", "")
{
	struct kernel k;

	share(w, &k);
	nd_in(ND_SOLICITED, WIRE_RHOST, WIRE_RHOST);
	check(k.neighbours == 1 && k.n == 0 && k.frame[L4] == 136);
	quiet();
}

WIRE(except_nothing_while_it_is_off, ABOUT, "")
{
	struct kernel k;

	share(w, &k);
	w->port.exceptions.on = false;
	in(SYN, .lport = SSH, .seq = 100);
	out(RST | ACK, .lport = SSH, .seq = 0, .ack = 101);
	reset(no_listener);
	answer_in(WIRE_RHOST, WIRE_RHOST);
	check(k.n + k.neighbours == 0);
}
