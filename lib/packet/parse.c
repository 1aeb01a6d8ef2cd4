/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * From frame to segment. plain_is_good() checks the common frame with a few wide compares. Any
 * other frame goes to parse_frame(), which checks one header after the other and so knows the
 * reason of a drop.
 */

#include <netinet/in.h>

#include "link/arp.h"
#include "link/vlan.h"
#include "packet/exception.h"
#include "packet/fragment.h"
#include "packet/headers.h"
#include "packet/icmp.h"
#include "packet/ipv6.h"
#include "packet/l4.h"
#include "packet/plain.h"
#include "packet/plain6.h"
#include "packet/segment.h"

/* Frames that are prefetched ahead of the one that is parsed. */
#define AHEAD 4

/* Fill seg from a TCP header of header_len bytes. */
static __rte_always_inline void
segment_fill(const struct rs_link *link, const struct rs_datagram *d,
	const struct rte_tcp_hdr *th, uint16_t header_len, struct rs_segment *seg)
{
	uint32_t ports = rs_segment_read(seg, th, header_len, d->l3_off, d->l4_off, d->l4_len);

	seg->tuple.laddr = rs_addr_from_ipv4(d->ip->dst_addr);
	seg->tuple.raddr = rs_addr_from_ipv4(d->ip->src_addr);
	seg->hash = rs_hash_ipv4(&link->key, d->ip->dst_addr, d->ip->src_addr, ports);
	seg->tos = d->ip->type_of_service;
}

/* Check a TCP header (RFC 9293 3.1) and read the segment. @return the fate of the frame */
static unsigned int
parse_tcp(const struct rs_link *link, const struct rte_mbuf *m, const struct rs_datagram *d,
	struct rs_segment *seg)
{
	const struct rte_tcp_hdr *th = rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *,
		d->l4_off);
	enum rs_drop drop = rs_tcp_check(m, d->l4_off, d->l4_len, rs_cksum_pseudo(d->ip->src_addr,
		d->ip->dst_addr, IPPROTO_TCP, d->l4_len));

	if (drop != RS_DROP_MAX)
		return drop;
	segment_fill(link, d, th, rs_tcp_header_len(th), seg);
	return RS_FATE_SEGMENT;
}

/* Whether the IPv4 header checksum is right, as the device reports or the sum shows. */
static bool
ip_cksum_is_good(const struct rte_mbuf *m, const struct rte_ipv4_hdr *ip, uint16_t header_len)
{
	if ((m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) != 0) /* or NONE: rs_l4_cksum_is_good() */
		return true;
	if ((m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_BAD) != 0)
		return false;
	return rs_cksum_is_good(rs_cksum_add(0, ip, header_len));
}

/* Whether a datagram received on port may have this source (RFC 1122 3.2.1.3). */
static bool
source_is_good(const struct rs_link *link, uint16_t port, rte_be32_t src)
{
	return rs_ipv4_is_host(src) && !rs_link_no_host_has(link, port, src) &&
	       !rs_link_is_us(link, src);
}

/* Check an IPv4 header (RFC 791 3.1, RFC 1122 3.2.1). @return RS_DROP_MAX, or the reason to drop */
static unsigned int
check_ipv4(const struct rs_link *link, const struct rte_mbuf *m, struct rs_datagram *d)
{
	const struct rte_ipv4_hdr *ip = d->ip;
	uint32_t room = m->pkt_len - d->l3_off;
	uint16_t header_len;
	uint16_t total_len;

	if (m->data_len < d->l3_off + RS_IPV4_LEN)
		return RS_DROP_short_frame;
	if (ip->version_ihl >> 4 != IPVERSION)
		return RS_DROP_ip_version;
	header_len = rte_ipv4_hdr_len(ip);
	total_len = rte_be_to_cpu_16(ip->total_length);
	if (total_len > room || total_len < RS_IPV4_LEN)
		return RS_DROP_ip_length;
	if (header_len < RS_IPV4_LEN || header_len > total_len)
		return RS_DROP_ip_header;
	if (!ip_cksum_is_good(m, ip, header_len))
		return RS_DROP_ip_checksum;
	if (!rs_link_owns_ipv4(link, m->port, ip->dst_addr))
		return RS_DROP_ip_not_ours;
	if (!source_is_good(link, m->port, ip->src_addr))
		return RS_DROP_ip_source;
	d->l4_off = (uint16_t)(d->l3_off + header_len);
	d->l4_len = (uint16_t)(total_len - header_len);
	return RS_DROP_MAX;
}

/* Process a fragment. Of a protocol that is an exception, the kernel reassembles. */
static unsigned int
fragment_input(struct rs_link *link, struct rte_mbuf *m, const struct rs_datagram *d, uint64_t now)
{
	uint8_t proto = d->ip->next_proto_id;

	if (rs_excepts(link) && proto != IPPROTO_ICMP && rs_except_protocol(link, m, proto))
		return RS_FATE_TAKEN;
	return rs_fragment_input(link, m, d, now);
}

/* Check a datagram and process its payload. @return the fate of the frame */
static unsigned int
parse_ipv4(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off, uint64_t now,
	struct rs_segment *seg)
{
	struct rs_datagram d = {
		.ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, l3_off),
		.l3_off = l3_off,
	};
	unsigned int drop = check_ipv4(link, m, &d);

	if (drop != RS_DROP_MAX)
		return drop;
	if (d.ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK))
		return fragment_input(link, m, &d, now);
	if (d.ip->time_to_live == 0)
		link->stats->packet.rx_ttl_zero++;
	if (d.ip->version_ihl != RTE_IPV4_VHL_DEF)
		link->stats->packet.rx_ip_options++;
	if (d.ip->next_proto_id == IPPROTO_TCP)
		return parse_tcp(link, m, &d, seg);
	if (d.ip->next_proto_id == IPPROTO_ICMP)
		return rs_icmp_input(link, m, &d, now);
	if (d.ip->next_proto_id == IPPROTO_UDP)
		return rs_udp_input(link, m, &d, now);
	return rs_excepts(link) && rs_except_protocol(link, m, d.ip->next_proto_id) ?
		RS_FATE_TAKEN : RS_DROP_ip_protocol;
}

/* The offset of the TCP header in the first mbuf of a chain; 0: it is no segment, or not plain. */
static uint32_t
find_tcp(const struct rte_mbuf *m)
{
	struct rs_ether ether;
	const struct rte_ipv4_hdr *ip;
	const struct rte_ipv6_hdr *ip6;

	if (!rs_ether_read(m, &ether) || m->data_len < ether.len + RS_IPV6_LEN)
		return 0;
	ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, ether.len);
	ip6 = (const struct rte_ipv6_hdr *)ip;
	if (ether.type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		return ip6->proto == IPPROTO_TCP ? ether.len + (uint32_t)RS_IPV6_LEN : 0;
	if (ether.type != RTE_BE16(RTE_ETHER_TYPE_IPV4) || ip->next_proto_id != IPPROTO_TCP ||
	    (ip->fragment_offset &
	     RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) != 0)
		return 0;
	return ether.len + (uint32_t)rte_ipv4_hdr_len(ip);
}

/*
 * Whether a chain is a segment whose headers lie in the first mbuf. Then it stays a chain, because
 * text is delivered mbuf by mbuf (rs_receive_text()).
 */
static bool
chain_may_stay(const struct rte_mbuf *m)
{
	uint32_t off = find_tcp(m);

	return off != 0 && m->data_len >= off + RS_TCP_LEN &&
	       m->data_len >= off + rs_tcp_header_len(rte_pktmbuf_mtod_offset(m,
			const struct rte_tcp_hdr *, off));
}

/* Check an Ethernet header (RFC 894) and process its payload. @return the fate of the frame */
static __rte_noinline unsigned int
parse_frame(struct rs_link *link, struct rte_mbuf *m, uint64_t now, struct rs_segment *seg)
{
	const struct rte_ether_hdr *eth;
	enum rs_drop drop;
	bool group;

	if (m->nb_segs > 1 && !chain_may_stay(m) && rte_pktmbuf_linearize(m) != 0)
		return RS_DROP_multi_segment;
	drop = rs_vlan_receive(link, m);
	if (drop != RS_DROP_MAX)
		return drop;
	eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	if (!rte_is_valid_assigned_ether_addr(&eth->src_addr))
		return RS_DROP_bad_source_mac;
	group = rte_is_multicast_ether_addr(&eth->dst_addr);
	if (!group && !rte_is_same_ether_addr(&eth->dst_addr, &link->ports[m->port].mac))
		return RS_DROP_not_our_mac;
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP))
		return rs_arp_input(link, m, RTE_ETHER_HDR_LEN, now);
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		return rs_ipv6_input(link, m, RTE_ETHER_HDR_LEN, now, seg);
	if (eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return RS_DROP_ethertype;
	if (group)
		return rs_excepts(link) && rs_except_group(link, m) ? RS_FATE_TAKEN :
			RS_DROP_link_broadcast;
	return parse_ipv4(link, m, RTE_ETHER_HDR_LEN, now, seg);
}

/* The device's report on both checksums; NONE, which is good, has the bits of GOOD and of BAD. */
#define CKSUM_GOOD (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD)
#define CKSUM_BAD (RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_BAD)

/* Bytes of options and text that rs_cksum_add_few() sums; the MSS option; those of most SYNs. */
#define FEW_BYTES 64
#define MSS_OPTION 4
#define SYN_OPTIONS 20

/* Sum a long text. noinline, so that the compiler keeps the loop's variables in registers. */
static __rte_noinline uint64_t
cksum_add_text(uint64_t sum, const void *p, size_t len)
{
	return rs_cksum_add(sum, p, len);
}

/* Lengths of a plain frame, bytes; those below 0 are large numbers, which are too large. */
struct plain_lens {
	rte_be16_t total;       /* as in the IP header */
	uint32_t rest;          /* behind the headers without options */
	uint32_t options;       /* of TCP options among them */
};

/* Read the lengths of a plain frame. */
static __rte_always_inline struct plain_lens
plain_read_lens(const uint8_t *p)
{
	rte_be16_t total;

	memcpy(&total, p + RS_PLAIN_LENGTH, sizeof(total));
	return (struct plain_lens){
		.total = total,
		.rest = (uint32_t)rte_be_to_cpu_16(total) - (uint32_t)(RS_IPV4_LEN + RS_TCP_LEN),
		.options = (uint32_t)(p[RS_PLAIN_OFFSET] >> 4) * 4 - (uint32_t)RS_TCP_LEN,
	};
}

/*
 * Whether a source whose first octet is odd may be a peer's. noinline, because it is called
 * only for sources near ours.
 */
static __rte_noinline bool
source_is_peer(const struct rs_link *link, const struct rs_port_words *words, uint16_t port,
	const uint8_t *p)
{
	rte_be32_t src = rs_cksum_word(p + RS_PLAIN_ADDRS, 0);

	return (rs_ipv4_is_host(src) && rs_plain_source_is_good(words, src)) ||
	       source_is_good(link, port, src);
}

/* The same of a destination that is not the port's own address. */
static __rte_noinline bool
dst_is_ours(const struct rs_link *link, uint16_t port, rte_be32_t dst)
{
	return rs_link_owns_ipv4(link, port, dst);
}

/* Whether the destination is ours, and the source a peer's. */
static __rte_always_inline bool
plain_addrs_are_good(const struct rs_link *link, const struct rs_port_words *words,
	const struct rte_mbuf *m, const uint8_t *p)
{
	rte_be32_t dst = rs_cksum_word(p + RS_PLAIN_ADDRS, 1);

	if (unlikely(dst != words->addr) && !dst_is_ours(link, m->port, dst))
		return false;
	return likely(!link->odd_octet[p[RS_PLAIN_ADDRS]]) ||
	       source_is_peer(link, words, m->port, p);
}

/* Sum the options and the text of a plain frame, `rest` bytes. */
static __rte_always_inline uint64_t
plain_sum_rest(uint64_t sum, const uint8_t *p, uint32_t rest)
{
	if (rest == MSS_OPTION) /* a SYN with its MSS only */
		return rs_cksum_add64(sum, rs_cksum_word(p + RS_PLAIN_LEN, 0));
	if (rest == SYN_OPTIONS) {
		sum = rs_cksum_add64(sum, rs_cksum_word64(p + RS_PLAIN_LEN));
		sum = rs_cksum_add64(sum, rs_cksum_word64(p + RS_PLAIN_LEN + 8));
		return rs_cksum_add64(sum, rs_cksum_word(p + RS_PLAIN_LEN + 16, 0));
	}
	if (rest > FEW_BYTES)
		return cksum_add_text(sum, p + RS_PLAIN_LEN, rest);
	return rs_cksum_add_few(sum, p + RS_PLAIN_LEN, rest);
}

/* A word whose sum with the total length of a datagram is that of the pseudo-header's protocol
 * and length, which is less by that of the IP header. */
#define PSEUDO_LESS_TOTAL ((uint32_t)RTE_BE16(IPPROTO_TCP) + UINT16_MAX - RTE_BE16(RS_IPV4_LEN))

/* Whether both checksums are right; the addresses are summed once for both. */
static __rte_always_inline bool
plain_cksums_are_good(const uint8_t *p, struct plain_lens lens)
{
	uint64_t addrs = rs_cksum_word64(p + RS_PLAIN_ADDRS);
	uint64_t ip, tcp;

	addrs = (addrs >> 32) + (uint32_t)addrs;
	ip = addrs + rs_cksum_word(p + RS_PLAIN_TTL, 0);
	ip = rs_cksum_add64(ip, rs_cksum_word64(p + RS_PLAIN_IP));
	tcp = addrs + rs_cksum_word(p + RS_PLAIN_PORTS, 0) + lens.total + PSEUDO_LESS_TOTAL;
	tcp = rs_cksum_add64(tcp, rs_cksum_word64(p + RS_PLAIN_NUMBERS));
	tcp = rs_cksum_add64(tcp, rs_cksum_word64(p + RS_PLAIN_OFFSET));
	if (lens.rest > 0)
		tcp = plain_sum_rest(tcp, p, lens.rest);
	return rs_cksum_both_good(ip, tcp);
}

/*
 * Whether a frame of the port, which is not cut, is plain and correct, so that its segment can be
 * read. If it is not, nothing has been counted, and parse_frame() decides.
 */
static __rte_always_inline bool
plain_is_good(const struct rs_link *link, const struct rs_port_words *words,
	const struct rte_mbuf *m, const uint8_t *p, struct plain_lens *lens)
{
	uint32_t room;

	if (__builtin_sub_overflow((uint32_t)m->data_len, (uint32_t)RS_PLAIN_LEN, &room) ||
	    !rs_plain_head_is_good(words, p) ||
	    (rs_cksum_word64(p + RS_PLAIN_FROM) & RS_ETHER_MAC) == 0 ||
	    p[RS_PLAIN_TTL] == 0 || rs_plain_rport_is_zero(p))
		return false;
	*lens = plain_read_lens(p);
	if (lens->rest > room || lens->options > lens->rest)
		return false;
	if (!plain_addrs_are_good(link, words, m, p))
		return false;
	if ((m->ol_flags & (CKSUM_GOOD | CKSUM_BAD)) != 0) {
		if ((m->ol_flags & CKSUM_GOOD) == CKSUM_GOOD)
			return true;
		/* parse_frame() decides where one is BAD, or NONE while the other is not good */
		if ((m->ol_flags & CKSUM_BAD) != 0)
			return false;
	}
	return plain_cksums_are_good(p, *lens);
}

/* Read the segment of a plain frame. */
static __rte_always_inline void
plain_read(const struct rs_link *link, const uint8_t *p, struct plain_lens lens,
	struct rs_segment *seg)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(p + RTE_ETHER_HDR_LEN);
	const struct rs_datagram d = {
		.ip = ip,
		.l3_off = RTE_ETHER_HDR_LEN,
		.l4_off = RTE_ETHER_HDR_LEN + RS_IPV4_LEN,
		.l4_len = (uint16_t)(RS_TCP_LEN + lens.rest),
	};

	segment_fill(link, &d, (const struct rte_tcp_hdr *)(ip + 1),
		(uint16_t)(RS_TCP_LEN + lens.options), seg);
}

/* Parse a frame that is not plain, or not correct. */
static __rte_noinline void
parse_other(struct rs_link *link, struct rte_mbuf *m, uint64_t now, struct rs_parsed *parsed)
{
	unsigned int fate;

	link->stats->packet.rx_bytes += m->pkt_len;
	fate = parse_frame(link, m, now, &parsed->segs[parsed->n_segments]);
	if (fate == RS_FATE_SEGMENT) {
		parsed->pkts[parsed->n_segments++] = m;
		return;
	}
	if (fate == RS_FATE_KEPT)
		return;
	if (fate == RS_FATE_REPLY) {
		parsed->replies[parsed->n_replies++] = m;
		return;
	}
	if (fate != RS_FATE_TAKEN)
		link->stats->drop[fate]++;
	parsed->done[parsed->n_free++] = m;
}

/*
 * Find the ports of a burst's frames where ports have tags, so that a tagged frame is a plain one
 * to the rest of the stack. @return the number of frames that remain, which are moved to the front
 */
static __rte_noinline uint16_t
receive_tagged(struct rs_link *link, struct rte_mbuf **pkts, uint16_t n, struct rs_parsed *parsed)
{
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		uint32_t len = pkts[i]->pkt_len;
		/* parse_frame() asks again, once a frame is in one mbuf */
		enum rs_drop drop = pkts[i]->nb_segs > 1 ? RS_DROP_MAX :
			rs_vlan_receive(link, pkts[i]);

		link->stats->packet.rx_bytes += len;
		if (likely(drop == RS_DROP_MAX)) {
			link->stats->packet.rx_bytes -= pkts[i]->pkt_len; /* counted later */
			pkts[kept++] = pkts[i];
			continue;
		}
		link->stats->packet.rx_frames++;
		link->stats->drop[drop]++;
		parsed->done[parsed->n_free++] = pkts[i];
	}
	return kept;
}

/*
 * Parse the plain frames of IPv4 at the beginning of a burst: each becomes a segment or a stray.
 * noinline, so that the compiler keeps the loop's variables in registers.
 *
 * @return the first frame that is not plain or not correct, which is not counted; or end
 */
static __rte_noinline struct rte_mbuf **
plain_parse(const struct rs_link *link, const struct rs_portset *lookup, struct rte_mbuf **pkts,
	struct rte_mbuf **end, struct rs_parsed *parsed)
{
	const struct rs_port_words *words = &link->words[pkts[0]->port];
	uint32_t shape = rs_plain_shape_of(pkts[0]->port);
	struct rte_mbuf **end_ahead = end - RTE_MIN(end - pkts, AHEAD);
	struct rs_stray *stray = &parsed->strays[parsed->n_strays];
	struct rs_segment *seg = &parsed->segs[parsed->n_segments];
	struct rte_mbuf **seg_pkt = &parsed->pkts[parsed->n_segments];
	uint64_t bytes = 0;

	for (; pkts < end; pkts++) {
		struct rte_mbuf *m = *pkts;
		const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
		struct plain_lens lens;

		if (pkts < end_ahead)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[AHEAD], void *));
		if (unlikely(rs_plain_shape(m) != shape)) {
			shape = rs_plain_shape_of(m->port);
			words = &link->words[m->port];
		}
		if (unlikely(rs_plain_shape(m) != shape || !plain_is_good(link, words, m, p,
				&lens)))
			break;
		if (!rs_portset_has_be(lookup, rs_plain_lport(p))) {
			stray->m = m;
			stray->text_len = (uint16_t)(lens.rest - lens.options);
			stray++;
		} else if (likely(rs_plain_lport(p) != 0)) {
			plain_read(link, p, lens, seg);
			*seg_pkt++ = m;
			seg++;
		} else {
			break;
		}
		bytes += m->pkt_len;
	}
	parsed->n_segments = (uint16_t)(seg - parsed->segs);
	parsed->n_strays = (uint16_t)(stray - parsed->strays);
	link->stats->packet.rx_bytes += bytes;
	return pkts;
}

void
rs_segment_parse_burst(struct rs_link *link, const struct rs_portset *lookup,
	struct rte_mbuf **pkts, uint16_t n, uint64_t now, struct rs_parsed *parsed)
{
	struct rte_mbuf **end;

	parsed->n_segments = 0;
	parsed->n_strays = 0;
	parsed->n_strays6 = 0;
	parsed->n_replies = 0;
	parsed->n_free = 0;
	if (unlikely(link->n_vlans > 0))
		n = receive_tagged(link, pkts, n, parsed);
	link->stats->packet.rx_frames += n;
	end = pkts + n;
	/* a loop for each family, because most frames follow others of their family */
	while (pkts < end) {
		struct rte_mbuf **next = plain_parse(link, lookup, pkts, end, parsed);

		if (next < end)
			next = rs_plain6_parse(link, lookup, next, end, parsed);
		if (unlikely(next == pkts))
			parse_other(link, *next++, now, parsed);
		pkts = next;
	}
}
