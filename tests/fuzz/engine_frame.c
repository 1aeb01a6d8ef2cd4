/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* See engine_frame.h. */

#include <netinet/in.h>
#include <string.h>

#include <rte_common.h>

#include "frame/frame.h"
#include "fuzz/engine_frame.h"

enum { UDP_LEN = 8, ICMP_LEN = 8, TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_ARP = 0x0806 };

struct rs_addr
engine_addr(bool ipv6, uint8_t network, uint8_t host)
{
	static const uint8_t v4[4][3] = { { 192, 0, 2 }, { 198, 51, 100 }, { 203, 0, 113 },
		{ 192, 0, 2 } };
	struct rs_addr addr = { .b = { 0x20, 1, 0x0d, 0xb8, [5] = network, [15] = host } };

	if (ipv6)
		return addr;
	memset(&addr, 0, sizeof(addr));
	addr.b[10] = addr.b[11] = 0xff;
	memcpy(addr.b + 12, v4[network & 3], 3);
	addr.b[15] = host;
	return addr;
}

static bool
is_ipv4(const struct rs_addr *addr)
{
	return addr->b[0] == 0;
}

/* Write the Ethernet header of a frame from a host to us. */
static void
ether_head(struct engine_frame *f, uint8_t host, uint16_t type, uint8_t tags)
{
	static const uint8_t us[6] = { 2, 0, 0, 0, 0, ENGINE_US };
	uint8_t *p = f->b + 12;

	memcpy(f->b, us, 6);
	memcpy(f->b + 6, us, 5);
	f->b[11] = host;
	for (; tags > 0; tags--, p += 4) {
		put16(p, tags > 1 ? 0x88a8u : 0x8100u);
		put16(p + 2, tags > 1 ? ENGINE_VLAN_OUTER : ENGINE_VLAN);
	}
	put16(p, type);
	f->l3 = (uint16_t)(p + 2 - f->b);
}

/* Write the IP header of a datagram with len bytes of payload. @return the payload */
static uint8_t *
ip_head(struct engine_frame *f, const struct rs_tuple *t, uint8_t proto, uint16_t len)
{
	uint8_t *ip = f->b + f->l3;
	bool ipv4 = is_ipv4(&t->laddr);
	uint16_t head = ipv4 ? FRAME_IP_LEN : FRAME_IP6_LEN;

	memset(ip, 0, head);
	if (ipv4) {
		ip[0] = 0x45;
		put16(ip + 2, (uint32_t)head + len);
		ip[8] = 64;
		ip[9] = proto;
		memcpy(ip + 12, t->raddr.b + 12, 4);
		memcpy(ip + 16, t->laddr.b + 12, 4);
	} else {
		ip[0] = 0x60;
		put16(ip + 4, len);
		ip[6] = proto;
		ip[7] = 64;
		memcpy(ip + 8, t->raddr.b, 16);
		memcpy(ip + 24, t->laddr.b, 16);
	}
	f->len = (uint16_t)(f->l3 + head + len);
	return ip + head;
}

/* A small number, perhaps below 0. */
static uint32_t
offset(struct fuzz_in *in)
{
	return (uint32_t)fuzz_u8(in) - 128;
}

/* A number near to others, or any. */
static uint32_t
near_to(struct fuzz_in *in, uint32_t first, uint32_t second, uint32_t window)
{
	uint8_t how = fuzz_u8(in);

	switch (how & 7) {
	case 0:
	case 1:
		return first;
	case 2:
		return second;
	case 3:
		return first + offset(in);
	case 4:
		return first + fuzz_u16(in);
	case 5:
		return first + window - (how >> 3);
	case 6:
		return first - 1;
	default:
		return how >> 3 == 0 ? fuzz_u32(in) : first + (how >> 3) * 536u;
	}
}

static const uint8_t kinds[] = {
	SYN, ACK, PSH | ACK, FIN | ACK, RST, SYN | ACK, ACK, PSH | ACK,
};

/* Write the options of a SYN. @return their length */
static uint8_t
syn_options(struct fuzz_in *in, uint8_t *opt, const struct engine_numbers *at)
{
	uint8_t has = fuzz_u8(in);
	uint8_t n = 0;

	if ((has & 1) != 0) {
		memcpy(opt, (uint8_t[]){ 2, 4 }, 2);
		put16(opt + 2, (has & 0x10) != 0 ? fuzz_u16(in) : 1460);
		n = 4;
	}
	if ((has & 2) != 0) {
		memcpy(opt + n, (uint8_t[]){ 1, 3, 3, fuzz_u8(in) & 15 }, 4);
		n = (uint8_t)(n + 4);
	}
	if ((has & 4) != 0) {
		memcpy(opt + n, (uint8_t[]){ 1, 1, 4, 2 }, 4);
		n = (uint8_t)(n + 4);
	}
	if ((has & 8) != 0) {
		memcpy(opt + n, (uint8_t[]){ 1, 1, 8, 10 }, 4);
		put32(opt + n + 4, at->now_ms);
		put32(opt + n + 8, 0);
		n = (uint8_t)(n + 12);
	}
	if ((has & 0x20) != 0) {
		memcpy(opt + n, (uint8_t[]){ 28, 4, fuzz_u8(in), fuzz_u8(in) }, 4);
		n = (uint8_t)(n + 4);
	}
	return n;
}

/* Write options. @return their length, a multiple of 4 */
static uint8_t
options(struct fuzz_in *in, uint8_t *opt, const struct engine_numbers *at)
{
	uint8_t how = fuzz_u8(in);
	uint8_t n = 0;
	uint8_t i;

	if ((how & 3) == 1)
		return syn_options(in, opt, at);
	if ((how & 3) == 3) {
		n = (uint8_t)((how >> 4 & 15) * 4 % 44);
		memset(opt, 0, n);
		fuzz_bytes(in, opt, n);
		return n;
	}
	if ((how & 4) != 0) {
		memcpy(opt, (uint8_t[]){ 1, 1, 8, 10 }, 4);
		put32(opt + 4, at->now_ms + ((how & 8) != 0 ? offset(in) : 0));
		put32(opt + 8, at->ts);
		n = 12;
	}
	if ((how & 3) == 2) {
		uint8_t blocks = (uint8_t)(1 + (how >> 4) % (n > 0 ? 3 : 4));

		memcpy(opt + n, (uint8_t[]){ 1, 1, 5, (uint8_t)(2 + 8 * blocks) }, 4);
		for (i = 0; i < blocks; i++) {
			uint32_t left = near_to(in, at->una, at->nxt, at->window);

			put32(opt + n + 4 + 8 * i, left);
			put32(opt + n + 8 + 8 * i, left + (uint32_t)fuzz_u8(in) * 64);
		}
		n = (uint8_t)(n + 4 + 8 * blocks);
	}
	return n;
}

/* Insert bytes in front of a datagram's payload. @return whether they fit */
static bool
insert(struct engine_frame *f, uint16_t at, uint16_t n)
{
	if (f->len + n > ENGINE_FRAME_MAX)
		return false;
	memmove(f->b + at + n, f->b + at, (size_t)(f->len - at));
	memset(f->b + at, 0, n);
	f->len = (uint16_t)(f->len + n);
	return true;
}

/* Insert IPv4 options. The checksums are wrong afterwards. */
static void
ipv4_options(struct fuzz_in *in, struct engine_frame *f, uint8_t how)
{
	uint8_t *ip = f->b + f->l3;
	uint8_t n = (uint8_t)(4 * (how >> 3 & 7));

	if (n == 0 || !insert(f, (uint16_t)(f->l3 + FRAME_IP_LEN), n))
		return;
	ip[0] = (uint8_t)(0x45 + n / 4);
	put16(ip + 2, get16(ip + 2) + (uint32_t)n);
	if ((how & 4) != 0)
		memcpy(ip + FRAME_IP_LEN, (uint8_t[]){ 0x82, 4, 0x5a, 0x80 }, 4);
	else
		fuzz_bytes(in, ip + FRAME_IP_LEN, n);
}

/* Insert an IPv6 extension header. The checksum stays right. */
static void
extension_header(struct fuzz_in *in, struct engine_frame *f, uint8_t how)
{
	static const uint8_t types[] = { 0, 60, 43, 44, 0, 51, 60, 135 };
	uint8_t *ip = f->b + f->l3;
	uint8_t *ext = ip + FRAME_IP6_LEN;
	uint16_t n = (uint16_t)(8 + 8 * (how >> 6));

	if (!insert(f, (uint16_t)(f->l3 + FRAME_IP6_LEN), n))
		return;
	fuzz_bytes(in, ext + 2, (uint16_t)(n - 2));
	ext[0] = ip[6];
	ext[1] = (uint8_t)(n / 8 - 1);
	ip[6] = types[how >> 3 & 7];
	put16(ip + 4, get16(ip + 4) + (uint32_t)n);
}

void
engine_segment(struct fuzz_in *in, const struct rs_tuple *tuple, const struct engine_numbers *at,
	uint8_t tags, struct engine_frame *f)
{
	uint8_t how = fuzz_u8(in);
	uint8_t extra = fuzz_u8(in);
	bool ipv4 = is_ipv4(&tuple->laddr);
	uint8_t opt[64];
	uint16_t len = 0;
	uint8_t n_opt;
	uint8_t *th;

	ether_head(f, tuple->raddr.b[15], ipv4 ? TYPE_IPV4 : TYPE_IPV6, tags);
	n_opt = (how & 8) != 0 ? options(in, opt, at) : 0;
	if ((how & 0x30) != 0)
		len = (how & 0x30) == 0x30 ? fuzz_u16(in) % 1400 :
			(how & 0x10) != 0 ? fuzz_u8(in) : 1400;
	th = ip_head(f, tuple, IPPROTO_TCP, (uint16_t)(FRAME_TCP_LEN + n_opt + len));
	put16(th, tuple->rport);
	put16(th + 2, tuple->lport);
	put32(th + 4, near_to(in, at->seq, at->seq, at->window));
	put32(th + 8, near_to(in, at->nxt, at->una, at->window));
	th[12] = (uint8_t)((FRAME_TCP_LEN + n_opt) / 4 << 4);
	th[13] = (how & 0x40) != 0 ? fuzz_u8(in) : kinds[how & 7];
	put16(th + 14, (how & 0x80) != 0 ? (uint32_t)fuzz_u8(in) << 6 : 0xfff0u);
	put32(th + 16, (th[13] & URG) != 0 ? fuzz_u8(in) : 0u);
	memcpy(th + FRAME_TCP_LEN, opt, n_opt);
	memset(th + FRAME_TCP_LEN + n_opt, 'x', len);
	if (ipv4) {
		f->b[f->l3 + 1] = (extra & 3) == 3 ? 3 : 0; /* ECN: CE */
		ipv4_options(in, f, (extra & 0x80) != 0 ? extra : 0);
	}
	frame_set_checksums(f->b + f->l3);
	if (!ipv4 && (extra & 4) != 0)
		extension_header(in, f, extra);
}

void
engine_icmp_error(struct fuzz_in *in, const struct rs_tuple *tuple,
	const struct engine_numbers *at, struct engine_frame *f)
{
	static const uint8_t types[2][4] = { { 3, 4, 11, 12 }, { 1, 2, 3, 4 } };
	struct rs_tuple router = *tuple;
	struct rs_tuple mirror = { .laddr = tuple->raddr, .raddr = tuple->laddr };
	bool ipv4 = is_ipv4(&tuple->laddr);
	uint16_t head = ipv4 ? FRAME_IP_LEN : FRAME_IP6_LEN;
	uint8_t how = fuzz_u8(in);
	struct engine_frame quote = { .l3 = 0 };
	uint16_t quoted = (uint16_t)(head + ((how & 0x40) != 0 ? FRAME_TCP_LEN : 8));
	uint8_t *icmp, *th;

	th = ip_head(&quote, &mirror, IPPROTO_TCP, FRAME_TCP_LEN);
	memset(th, 0, FRAME_TCP_LEN);
	put16(th, tuple->lport);
	put16(th + 2, tuple->rport);
	put32(th + 4, near_to(in, at->una, at->nxt, at->window));
	th[12] = 0x50;
	th[13] = ACK;
	if (ipv4)
		frame_set_ip_checksum(quote.b);
	router.raddr.b[15] = 9;
	ether_head(f, 9, ipv4 ? TYPE_IPV4 : TYPE_IPV6, 0);
	icmp = ip_head(f, &router, ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6,
		(uint16_t)(ICMP_LEN + quoted));
	memset(icmp, 0, ICMP_LEN);
	icmp[0] = types[!ipv4][how & 3];
	icmp[1] = how >> 2 & 15;
	put32(icmp + 4, (how & 0x80) != 0 ? (uint32_t)fuzz_u16(in) : 1400u);
	memcpy(icmp + ICMP_LEN, quote.b, quoted);
	if (ipv4) {
		frame_set_ip_checksum(f->b + f->l3);
		put16(icmp + 2, ~frame_sum(icmp, (size_t)ICMP_LEN + quoted, 0));
	} else {
		frame_set_checksum6(f->b + f->l3);
	}
}

/* Write a router's advertisement of itself, a prefix and the MTU (RFC 4861 4.2). */
static void
advertisement(struct fuzz_in *in, uint8_t host, uint8_t *p)
{
	struct rs_addr prefix = engine_addr(true, fuzz_u8(in) & 3, 0);

	memcpy(p, (uint8_t[]){ 134, 0, 0, 0, 64 }, 5);
	p[5] = fuzz_u8(in); /* flags, with its preference */
	p[7] = fuzz_u8(in); /* lifetime */
	memcpy(p + 16, (uint8_t[]){ 1, 1, 2, 0, 0, 0, 0, host }, 8);
	memcpy(p + 24, (uint8_t[]){ 3, 4, 64, 0xc0 }, 4);
	p[31] = fuzz_u8(in);
	memcpy(p + 40, prefix.b, sizeof(prefix.b));
	memcpy(p + 56, (uint8_t[]){ 5, 1, 0, 0, 0, 0, 5 }, 7);
	p[63] = fuzz_u8(in);
}

/* A router advertises itself, or asks for the groups of multicast listeners (RFC 2710, RFC 3810
 * 5.1). */
static void
router_says(struct fuzz_in *in, uint8_t host, bool query, struct engine_frame *f)
{
	static const uint8_t alert[8] = { IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0 };
	struct rs_tuple t = { .laddr = { .b = { 0xff, 2, [15] = 1 } },
		.raddr = { .b = { 0xfe, 0x80, [15] = host } } };
	uint16_t len = query ? 28 : 64;
	uint8_t *ip = f->b + FRAME_ETHER_LEN;
	uint8_t *p;

	ether_head(f, host, TYPE_IPV6, 0);
	memcpy(f->b, (uint8_t[]){ 0x33, 0x33, 0, 0, 0, 1 }, 6);
	p = ip_head(f, &t, IPPROTO_ICMPV6, len);
	memset(p, 0, len);
	ip[7] = query ? 1 : 255;
	if (!query) {
		advertisement(in, host, p);
		frame_set_checksum6(ip);
		return;
	}
	p[0] = 130;
	p[4] = fuzz_u8(in); /* how long the answer has time */
	frame_set_checksum6(ip);
	insert(f, FRAME_ETHER_LEN + FRAME_IP6_LEN, sizeof(alert));
	memcpy(ip + FRAME_IP6_LEN, alert, sizeof(alert));
	ip[6] = 0;
	put16(ip + 4, len + (uint32_t)sizeof(alert));
}

void
engine_neighbour(struct fuzz_in *in, struct engine_frame *f)
{
	uint8_t how = fuzz_u8(in);
	uint8_t host = (uint8_t)(2 + (how & 7));
	struct rs_tuple t = { .laddr = engine_addr(true, 0, ENGINE_US),
		.raddr = engine_addr(true, 0, host) };
	uint8_t *p;

	if ((how & 0xb0) == 0xb0) {
		router_says(in, host, (how & 8) != 0, f);
		return;
	}
	if ((how & 0x80) != 0) {
		ether_head(f, host, TYPE_IPV6, 0);
		p = ip_head(f, &t, IPPROTO_ICMPV6, 32);
		f->b[f->l3 + 7] = 255;
		memset(p, 0, 32);
		p[0] = (how & 0x40) != 0 ? 135 : 136;
		p[4] = p[0] == 136 ? fuzz_u8(in) : 0;
		memcpy(p + 8, p[0] == 136 ? t.raddr.b : t.laddr.b, 16);
		memcpy(p + 24, (uint8_t[]){ p[0] == 136 ? 2 : 1, 1, 2, 0, 0, 0, 0, host }, 8);
		frame_set_checksum6(f->b + f->l3);
		return;
	}
	ether_head(f, host, TYPE_ARP, (how & 0x20) != 0 ? 1 : 0);
	p = f->b + f->l3;
	memcpy(p, (uint8_t[]){ 0, 1, 8, 0, 6, 4, 0, (how & 0x40) != 0 ? 1 : 2,
		2, 0, 0, 0, 0, host, 192, 0, 2, (how & 0x10) != 0 ? ENGINE_US : host,
		2, 0, 0, 0, 0, ENGINE_US, 192, 0, 2, ENGINE_US }, 28);
	f->len = (uint16_t)(f->l3 + 28);
}

void
engine_echo(struct fuzz_in *in, struct engine_frame *f)
{
	uint8_t how = fuzz_u8(in);
	bool ipv6 = (how & 1) != 0;
	struct rs_tuple t = { .laddr = engine_addr(ipv6, how >> 1 & 1, ENGINE_US),
		.raddr = engine_addr(ipv6, 0, 3) };
	uint16_t len = (uint16_t)(8 + fuzz_u16(in) % 1400);
	uint8_t *p;

	ether_head(f, 3, ipv6 ? TYPE_IPV6 : TYPE_IPV4, 0);
	if ((how & 4) != 0) {
		p = ip_head(f, &t, IPPROTO_UDP, len);
		memset(p, 0, len);
		put16(p, 1000);
		put16(p + 2, 2000);
		put16(p + 4, len);
		frame_set_ip_checksum(f->b + f->l3);
		return;
	}
	p = ip_head(f, &t, ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, len);
	memset(p, 0, len);
	p[0] = ipv6 ? 128 : 8;
	if (ipv6) {
		frame_set_checksum6(f->b + f->l3);
		return;
	}
	frame_set_ip_checksum(f->b + f->l3);
	put16(p + 2, ~frame_sum(p, len, 0));
}

void
engine_raw(struct fuzz_in *in, struct engine_frame *f)
{
	static const uint16_t types[] = { TYPE_IPV4, TYPE_IPV6, TYPE_ARP, 0x8100 };
	uint8_t how = fuzz_u8(in);

	ether_head(f, 3, types[how & 3], (how & 4) != 0 ? 1 : 0);
	f->len = (uint16_t)(f->l3 + fuzz_bytes(in, f->b + f->l3, fuzz_u8(in)));
	if ((how & 8) != 0)
		f->len = (uint16_t)RTE_MIN(f->len, how >> 4);
}

/* Copy a part of a datagram's payload behind its head, at `at`. */
static void
copy_part(const struct engine_frame *f, struct engine_frame *part, uint16_t head, uint16_t at,
	uint16_t off, uint16_t n)
{
	*part = *f;
	memcpy(part->b + at, f->b + head + off, n);
	part->len = (uint16_t)(at + n);
}

bool
engine_cut(struct fuzz_in *in, const struct engine_frame *f, struct engine_frame part[2])
{
	const uint8_t *ip = f->b + f->l3;
	bool ipv4 = ip[0] >> 4 == 4;
	uint16_t head = (uint16_t)(f->l3 + (ipv4 ? (ip[0] & 15) * 4 : FRAME_IP6_LEN));
	uint8_t how = fuzz_u8(in);
	uint16_t cut = (uint16_t)(8 * (1 + (how & 31)));
	uint16_t skew = (how & 0x80) != 0 ? 8 : 0; /* the second overlaps the first */
	unsigned int i;

	if (f->len <= head + cut || f->len + 8 > ENGINE_FRAME_MAX)
		return false;
	for (i = 0; i < 2; i++) {
		uint16_t off = i == 0 ? 0 : cut;
		uint16_t n = (uint16_t)(i == 0 ? cut : f->len - head - cut);
		uint8_t *p = part[i].b + f->l3;

		copy_part(f, &part[i], head, (uint16_t)(head + (ipv4 ? 0 : 8)), off, n);
		off = (uint16_t)(off - (i == 0 ? 0 : skew));
		if (ipv4) {
			put16(p + 2, (uint32_t)(head - f->l3) + n);
			put16(p + 4, how >> 5 & 1);
			put16(p + 6, (i == 0 ? 0x2000u : 0u) | off / 8u);
			frame_set_ip_checksum(p);
		} else {
			memset(p + FRAME_IP6_LEN, 0, 8);
			p[FRAME_IP6_LEN] = ip[6];
			put16(p + FRAME_IP6_LEN + 2, off | (i == 0));
			p[FRAME_IP6_LEN + 7] = how >> 5 & 1;
			p[6] = 44;
			put16(p + 4, n + 8u);
		}
	}
	return true;
}

void
engine_spoil(struct fuzz_in *in, struct engine_frame *f)
{
	uint8_t n = fuzz_u8(in) & 3;

	for (; n > 0 && f->len > 0; n--)
		f->b[fuzz_u8(in) % f->len] = fuzz_u8(in);
}

bool
engine_strip(struct engine_frame *f, uint16_t *tci)
{
	uint16_t type = get16(f->b + 12);

	if (f->len < FRAME_ETHER_LEN + FRAME_VLAN_LEN || (type != 0x8100 && type != 0x88a8))
		return false;
	*tci = get16(f->b + FRAME_ETHER_LEN);
	f->len = (uint16_t)(f->len - FRAME_VLAN_LEN);
	memmove(f->b + 12, f->b + 12 + FRAME_VLAN_LEN, (size_t)(f->len - 12));
	return true;
}

/* Append a part of a frame in an mbuf of its own. @return whether there was one */
static bool
add_segment(struct rte_mbuf *m, struct rte_mempool *pool, const uint8_t *p, uint16_t n)
{
	struct rte_mbuf *more = rte_pktmbuf_alloc(pool);

	if (more == NULL)
		return false;
	memcpy(rte_pktmbuf_append(more, n), p, n);
	return rte_pktmbuf_chain(m, more) == 0;
}

struct rte_mbuf *
engine_mbuf(struct fuzz_in *in, const struct engine_frame *f, struct rte_mempool *own,
	struct rte_mempool *foreign)
{
	uint8_t how = fuzz_u8(in);
	struct rte_mempool *pool = (how & 0x10) != 0 ? foreign : own;
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	uint16_t first = f->len;
	uint16_t cut;

	if (m == NULL)
		return NULL;
	m->port = 0;
	if ((how & 0x20) != 0)
		m->data_off = (uint16_t)(fuzz_u8(in) & 0x7e); /* headers stand at even offsets */
	if ((how & 0x40) != 0)
		first = (uint16_t)(fuzz_u8(in) % (f->len + 1));
	memcpy(rte_pktmbuf_append(m, first), f->b, first);
	while (first < f->len) {
		cut = (uint16_t)RTE_MIN(f->len - first, 1 + 8 * fuzz_u8(in));
		if (!add_segment(m, (how & 0x80) != 0 ? foreign : own, f->b + first, cut)) {
			rte_pktmbuf_free(m);
			return NULL;
		}
		first = (uint16_t)(first + cut);
	}
	if ((how & 7) == 1)
		m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	else if ((how & 7) == 2)
		m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_BAD;
	else if ((how & 7) == 3)
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_BAD;
	return m;
}
