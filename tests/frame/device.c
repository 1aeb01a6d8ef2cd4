/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The work of a device on the frames that it sends: checksums and segmentation. */

#include <string.h>

#include <rte_mbuf.h>

#include "device.h"
#include "frame.h"

#define LARGE_MAX (UINT16_MAX + FRAME_ETHER_LEN + 2 * FRAME_VLAN_LEN)
#define OUT_MAX 16384

/* Offsets in the IP and TCP headers. */
enum {
	IP_LEN = 2, IP_ID = 4, IP_SUM = 10, IP_ADDRS = 12,
	IP6_LEN = 4, IP6_ADDRS = 8,
	TCP_SEQ = 4, TCP_OFF = 12, TCP_FLAGS = 13, TCP_SUM = 16,
	PROTO_TCP = 6,
};

/* A frame with work for the device. */
struct work {
	uint8_t bytes[LARGE_MAX];
	uint32_t len;
	bool ipv6;
	uint32_t l3, l4, text;  /* offsets of IP header, TCP header and text */
};

/* Copy the chain of a frame. @return whether its lengths agree */
static bool
copy_chain(const struct rte_mbuf *m, struct work *w)
{
	const struct rte_mbuf *part;
	uint16_t n = 0;

	w->len = 0;
	for (part = m; part != NULL; part = part->next, n++) {
		if (part->data_len > sizeof(w->bytes) - w->len || part->data_len == 0 ||
		    rte_mbuf_refcnt_read(part) != 1)
			return false;
		memcpy(&w->bytes[w->len], rte_pktmbuf_mtod(part, const void *), part->data_len);
		w->len += part->data_len;
	}
	return n == m->nb_segs && w->len == m->pkt_len;
}

/* The sum that the TCP checksum field of a frame has: the pseudo-header's, folded. */
static uint16_t
pseudo(const struct work *w, uint32_t tcp_len)
{
	const uint8_t *ip = &w->bytes[w->l3];
	uint32_t sum = w->ipv6 ? frame_sum(ip + IP6_ADDRS, 32, PROTO_TCP) :
		frame_sum(ip + IP_ADDRS, 8, PROTO_TCP);

	sum += tcp_len;
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)sum;
}

/* Read the headers. @return NULL, or the field of the mbuf that contradicts them */
static const char *
read_headers(const struct rte_mbuf *m, struct work *w)
{
	const uint8_t *ip;
	const uint8_t *tcp;

	w->l3 = (uint32_t)m->l2_len;
	w->l4 = w->l3 + (uint32_t)m->l3_len;
	w->text = w->l4 + (uint32_t)m->l4_len;
	w->ipv6 = (m->ol_flags & RTE_MBUF_F_TX_IPV6) != 0;
	if (w->ipv6 == ((m->ol_flags & RTE_MBUF_F_TX_IPV4) != 0))
		return "not one of the flags of IPv4 and IPv6";
	if (w->text > m->data_len)
		return "headers that do not lie in the first mbuf";
	ip = &w->bytes[w->l3];
	tcp = &w->bytes[w->l4];
	if (get16(ip - 2) != (w->ipv6 ? 0x86dd : 0x0800))
		return "a wrong l2_len, or the flag of the other family";
	if (m->l3_len != (w->ipv6 ? FRAME_IP6_LEN : (ip[0] & 0xf) * 4))
		return "a wrong l3_len";
	if (get16(ip + (w->ipv6 ? IP6_LEN : IP_LEN)) !=
	    w->len - w->l3 - (w->ipv6 ? FRAME_IP6_LEN : 0))
		return "a wrong length in its IP header";
	if (m->l4_len != (tcp[TCP_OFF] >> 4) * 4)
		return "a wrong l4_len";
	return NULL;
}

/* A frame that is not cut. */
static const char *
send_one(const struct rte_mbuf *m, struct work *w)
{
	if ((m->ol_flags & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_TCP_CKSUM &&
	    get16(&w->bytes[w->l4 + TCP_SUM]) != pseudo(w, w->len - w->l4))
		return "not the pseudo-header's sum as its TCP checksum";
	if ((m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) != 0 &&
	    get16(&w->bytes[w->l3 + IP_SUM]) != 0)
		return "an IP checksum, which a device has to find 0";
	frame_set_checksums(&w->bytes[w->l3]);
	return NULL;
}

/* Write the headers of segment i, with `len` bytes of text. */
static void
write_segment(uint8_t *out, const struct work *w, uint32_t at, uint32_t len, uint16_t i, bool last)
{
	uint8_t *ip = out + w->l3;
	uint8_t *tcp = out + w->l4;

	memcpy(out, w->bytes, w->text);
	memcpy(out + w->text, &w->bytes[w->text + at], len);
	put32(tcp + TCP_SEQ, get32(tcp + TCP_SEQ) + at);
	if (!last)
		tcp[TCP_FLAGS] &= (uint8_t)~(FIN | PSH);
	if (w->ipv6) {
		put16(ip + IP6_LEN, w->text - w->l4 + len);
	} else {
		put16(ip + IP_LEN, w->text - w->l3 + len);
		put16(ip + IP_ID, (uint32_t)get16(ip + IP_ID) + i);
	}
	frame_set_checksums(ip);
}

/* Cut a frame. CWR is refused, because devices differ in whether they repeat it. */
static const char *
cut(const struct rte_mbuf *m, const struct work *w, device_emit *emit, void *arg)
{
	const uint8_t *tcp = &w->bytes[w->l4];
	uint32_t mss = m->tso_segsz;
	uint8_t out[OUT_MAX];
	uint32_t at, len;
	uint16_t i = 0;

	if (mss == 0 || w->text + mss > sizeof(out))
		return "a tso_segsz that no segment can have";
	if (w->len > UINT16_MAX)
		return "64 KiB or more";
	if (w->len - w->text <= mss)
		return "one segment that is to be cut";
	if ((tcp[TCP_FLAGS] & (SYN | RST | URG | CWR)) != 0)
		return "flags that not every segment of it may have";
	if (get16(tcp + TCP_SUM) != pseudo(w, 0))
		return "not the sum of the pseudo-header without a length as its TCP checksum";
	for (at = 0; at < w->len - w->text; at += len, i++) {
		uint32_t left = w->len - w->text - at;

		len = left < mss ? left : mss;
		write_segment(out, w, at, len, i, len == left);
		emit(arg, out, w->text + len);
	}
	return NULL;
}

const char *
device_send(const struct rte_mbuf *m, device_emit *emit, void *arg)
{
	const uint64_t some = RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_L4_MASK |
		RTE_MBUF_F_TX_TCP_SEG;
	struct work w;
	const char *why;

	if (!copy_chain(m, &w))
		return "lengths that contradict each other, or mbufs with other references";
	if ((m->ol_flags & some) != 0) {
		why = read_headers(m, &w);
		if (why != NULL)
			return why;
		if ((m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) != 0)
			return cut(m, &w, emit, arg);
		why = send_one(m, &w);
		if (why != NULL)
			return why;
	}
	emit(arg, w.bytes, w.len);
	return NULL;
}
