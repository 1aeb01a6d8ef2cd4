/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The check of plain frames of IPv6; any other frame goes to rs_ipv6_input(). */

#include "packet/plain6.h"

/* Sources that begin with 0 may be no host's, and those that begin with this octet or a higher one
 * are multicast, link-local or rare. */
#define RARE_OCTET 0xfe

/* Frames that are prefetched ahead of the one that is parsed. */
#define AHEAD 4

/* Bytes of options and text that rs_cksum_add_few() sums; the MSS option. */
#define FEW_BYTES 64
#define MSS_OPTION 4

/* Lengths of a plain frame, bytes; those below 0 are large numbers, which are too large. And
 * its sum. */
struct lens {
	uint32_t rest;          /* behind the headers without options */
	uint32_t options;       /* of TCP options among them */
	uint64_t sum;           /* rs_stray6.sum */
};

/* The full check of the addresses. @return the sum of the destination and the protocol, 0: bad */
static __rte_noinline uint64_t
check_addrs(const struct rs_link *link, uint16_t port, const uint8_t *p)
{
	struct rs_addr src, dst;

	memcpy(&src, p + RS_PLAIN6_SRC, sizeof(src));
	memcpy(&dst, p + RS_PLAIN6_DST, sizeof(dst));
	if (!rs_ipv6_is_host(&src) || rs_link_is_us_ipv6(link, &src) ||
	    rs_ipv6_is_multicast(&dst) || !rs_link_owns_ipv6(link, port, &dst))
		return 0;
	return (uint64_t)dst.w[0] + dst.w[1] + dst.w[2] + dst.w[3] + RTE_BE32(IPPROTO_TCP);
}

/* Sum the options and the text of a plain frame. noinline, because the loop needs the registers. */
static __rte_noinline uint64_t
sum_rest(uint64_t sum, const uint8_t *p, uint32_t rest)
{
	if (rest > FEW_BYTES)
		return rs_cksum_add(sum, p + RS_PLAIN6_LEN, rest);
	return rs_cksum_add_few(sum, p + RS_PLAIN6_LEN, rest);
}

/* Whether the checksum is right. @param lens with the sum */
static __rte_always_inline bool
cksum_is_good(const struct rte_mbuf *m, const uint8_t *p, const struct lens *lens, rte_be16_t len)
{
	uint64_t report = m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	uint64_t sum = lens->sum;

	if (report != 0)
		return report != RTE_MBUF_F_RX_L4_CKSUM_BAD;
	/* a 16-bit word counts the same in either half of the pseudo-header's length */
	sum = rs_cksum_add64(sum, rs_cksum_word64(p + RS_PLAIN6_NUMBERS));
	sum = rs_cksum_add64(sum, rs_cksum_word64(p + RS_PLAIN6_OFFSET));
	sum = rs_cksum_add64(sum, len);
	if (lens->rest == MSS_OPTION)
		sum = rs_cksum_add64(sum, rs_cksum_word(p + RS_PLAIN6_LEN, 0));
	else if (lens->rest > 0)
		sum = sum_rest(sum, p, lens->rest);
	return rs_cksum_is_good(sum);
}

/* Whether a frame of the port, which is not cut, is plain and correct. @param lens [out] of it */
static __rte_always_inline bool
is_good(const struct rs_link *link, const struct rs_port_words6 *words, const struct rte_mbuf *m,
	const uint8_t *p, struct lens *lens)
{
	uint64_t sum = words->addr_sum;
	rte_be16_t len, rport;
	uint32_t room;

	if (__builtin_sub_overflow((uint32_t)m->data_len, (uint32_t)RS_PLAIN6_LEN, &room) ||
	    !rs_plain6_head_is_good(words, p) || p[RS_PLAIN6_NEXT] != IPPROTO_TCP ||
	    (rs_cksum_word64(p + RS_PLAIN6_FROM) & RS_ETHER_MAC) == 0)
		return false;
	memcpy(&rport, p + RS_PLAIN6_PORTS, sizeof(rport));
	memcpy(&len, p + RS_PLAIN6_LENGTH, sizeof(len));
	lens->rest = (uint32_t)rte_be_to_cpu_16(len) - (uint32_t)RS_TCP_LEN;
	lens->options = (uint32_t)(p[RS_PLAIN6_OFFSET] >> 4) * 4 - (uint32_t)RS_TCP_LEN;
	if (rport == 0 || lens->rest > room || lens->options > lens->rest)
		return false;
	/* most peers differ from our addresses in the bits that these share */
	if (unlikely(!rs_plain6_addrs_are_usual(link, words, p) ||
			(uint8_t)(p[RS_PLAIN6_SRC] - 1) >= RARE_OCTET - 1)) {
		sum = check_addrs(link, m->port, p);
		if (sum == 0)
			return false;
	}
	sum = rs_cksum_add64(sum, rs_cksum_word64(p + RS_PLAIN6_SRC));
	sum = rs_cksum_add64(sum, rs_cksum_word64(p + RS_PLAIN6_SRC + 8));
	lens->sum = rs_cksum_add64(sum, rs_cksum_word(p + RS_PLAIN6_PORTS, 0));
	return cksum_is_good(m, p, lens, len);
}

/* Read the segment of a plain frame. noinline, because the loop needs the registers. */
static __rte_noinline void
read_segment(const struct rs_link *link, const uint8_t *p, struct lens lens,
	struct rs_segment *seg)
{
	rs_segment_read(seg, (const struct rte_tcp_hdr *)(p + RS_PLAIN6_PORTS),
		(uint16_t)(RS_TCP_LEN + lens.options), RTE_ETHER_HDR_LEN, RS_PLAIN6_PORTS,
		(uint16_t)(RS_TCP_LEN + lens.rest));
	memcpy(&seg->tuple.laddr, p + RS_PLAIN6_DST, sizeof(seg->tuple.laddr));
	memcpy(&seg->tuple.raddr, p + RS_PLAIN6_SRC, sizeof(seg->tuple.raddr));
	seg->hash = rs_hash_ipv6(&link->key, &seg->tuple);
	seg->tos = (uint8_t)(p[RS_PLAIN6_IP] << 4 | p[RS_PLAIN6_IP + 1] >> 4);
}

/* noinline, so that the compiler keeps the loop's variables in registers */
__rte_noinline struct rte_mbuf **
rs_plain6_parse(const struct rs_link *link, const struct rs_portset *lookup,
	struct rte_mbuf **pkts, struct rte_mbuf **end, struct rs_parsed *parsed)
{
	const struct rs_port_words6 *words = &link->words6[pkts[0]->port];
	const uint32_t shape = rs_plain_shape_of(pkts[0]->port);
	struct rs_stray6 *stray = &parsed->strays6[parsed->n_strays6];
	struct rte_mbuf **end_ahead = end - RTE_MIN(end - pkts, AHEAD);
	uint64_t bytes = 0;

	for (; pkts < end; pkts++) {
		struct rte_mbuf *m = *pkts;
		const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
		struct lens lens;

		if (pkts < end_ahead)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[AHEAD], void *));
		if (rs_plain_shape(m) != shape || !is_good(link, words, m, p, &lens))
			break;
		if (!rs_portset_has_be(lookup, rs_plain6_lport(p))) {
			stray->m = m;
			stray->sum = lens.sum;
			stray->text_len = (uint16_t)(lens.rest - lens.options);
			stray++;
		} else if (likely(rs_plain6_lport(p) != 0)) {
			read_segment(link, p, lens, &parsed->segs[parsed->n_segments]);
			parsed->pkts[parsed->n_segments++] = m;
		} else {
			break;
		}
		bytes += m->pkt_len;
	}
	parsed->n_strays6 = (uint16_t)(stray - parsed->strays6);
	link->stats->packet.rx_bytes += bytes;
	return pkts;
}
