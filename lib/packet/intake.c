/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Receive frames as fast as the queue has them, and drop SYNs while too many frames wait.
 */

#include <netinet/in.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_prefetch.h>
#include <rte_tcp.h>

#include "base/checksum.h"
#include "link/ethernet.h"
#include "packet/intake.h"

/* Offset of the TCP header of an IPv4 or IPv6 packet at l3_off; 0: there is none. */
static uint32_t
tcp_offset(const uint8_t *frame, uint32_t len, uint32_t l3_off)
{
	const uint8_t *l3 = frame + l3_off;

	if (len < l3_off + sizeof(struct rte_ipv4_hdr))
		return 0;
	if (l3[0] >> 4 == 4) {
		const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(const void *)l3;

		if (ip->next_proto_id != IPPROTO_TCP ||
		    (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) != 0)
			return 0;
		return l3_off + (ip->version_ihl & RTE_IPV4_HDR_IHL_MASK) * RTE_IPV4_IHL_MULTIPLIER;
	}
	if (len >= l3_off + sizeof(struct rte_ipv6_hdr) && l3[0] >> 4 == 6 &&
	    ((const struct rte_ipv6_hdr *)(const void *)l3)->proto == IPPROTO_TCP)
		return l3_off + (uint32_t)sizeof(struct rte_ipv6_hdr);
	return 0;
}

/* The TCP flags of a SYN, and those that make it another segment. */
#define OPENING (RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG | RTE_TCP_RST_FLAG)

/* Where the flags of a plain frame lie: untagged, IPv4 without options, whole, TCP. */
#define TYPE_OFF 12
#define TYPE_MASK RTE_BE32(0xffffff00)
#define TYPE_PLAIN RTE_BE32(RTE_ETHER_TYPE_IPV4 << 16 | RTE_IPV4_VHL_DEF << 8)
#define FRAGMENT_OFF 20
#define FRAGMENT_MASK RTE_BE32(RTE_IPV4_HDR_OFFSET_MASK << 16 | 0xff)
#define FRAGMENT_PLAIN RTE_BE32(IPPROTO_TCP)
#define FLAGS_OFF 47
#define PLAIN_LEN 54

/* rs_intake_is_syn() of any frame. */
static __rte_noinline bool
is_syn(const struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	struct rs_ether ether;
	uint32_t off;

	if (!rs_ether_read(m, &ether))
		return false;
	off = tcp_offset(frame, m->data_len, ether.len);
	if (off == 0 || m->data_len < off + sizeof(struct rte_tcp_hdr))
		return false;
	return (((const struct rte_tcp_hdr *)(const void *)(frame + off))->tcp_flags & OPENING) ==
	       RTE_TCP_SYN_FLAG;
}

bool
rs_intake_is_syn(const struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);

	if (likely(m->data_len >= PLAIN_LEN &&
		   (rs_cksum_word(frame + TYPE_OFF, 0) & TYPE_MASK) == TYPE_PLAIN &&
		   (rs_cksum_word(frame + FRAGMENT_OFF, 0) & FRAGMENT_MASK) == FRAGMENT_PLAIN))
		return (frame[FLAGS_OFF] & OPENING) == RTE_TCP_SYN_FLAG;
	return is_syn(m);
}

/* SYNs that are dropped. Those of one pool go back to it together. */
struct dropped {
	struct rte_mempool *pool;
	struct rte_mbuf *mbufs[RS_BURST];
	uint16_t n;
};

/*
 * Free a frame as rte_pktmbuf_free_bulk() does, inlined for what a device delivers, because the
 * cost of a dropped SYN is what a flood takes from everyone else.
 */
static __rte_always_inline void
drop_frame(struct dropped *dropped, struct rte_mbuf *m)
{
	if (likely(rte_mbuf_refcnt_read(m) == 1 && m->nb_segs == 1 && RTE_MBUF_DIRECT(m) &&
		   m->pool == dropped->pool))
		dropped->mbufs[dropped->n++] = m;
	else
		rte_pktmbuf_free(m);
}

/* Add a burst without its SYNs. @return the number of SYNs. noinline: the loop needs registers */
static __rte_noinline uint16_t
add_without_syns(struct rs_intake *intake, struct rte_mbuf **rx, uint16_t n)
{
	struct dropped dropped = { .pool = rx[0]->pool, .n = 0 };
	uint32_t tail = intake->tail;
	uint16_t i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = rx[i];

		if (likely(rs_intake_is_syn(m)))
			drop_frame(&dropped, m);
		else
			intake->frames[tail++ % RS_INTAKE_MAX] = m;
	}
	if (dropped.n > 0)
		rte_mempool_put_bulk(dropped.pool, (void **)dropped.mbufs, dropped.n);
	n = (uint16_t)(n - (tail - intake->tail));
	intake->syns_dropped += n;
	intake->tail = tail;
	return n;
}

/* Add a burst. @return the number of SYNs */
static uint16_t
add_all(struct rs_intake *intake, struct rte_mbuf **rx, uint16_t n)
{
	uint16_t syns = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		syns = (uint16_t)(syns + rs_intake_is_syn(rx[i]));
		intake->frames[intake->tail++ % RS_INTAKE_MAX] = rx[i];
	}
	return syns;
}

/* Add a burst, without its SYNs if too many frames wait. */
static void
add_burst(struct rs_intake *intake, struct rte_mbuf **rx, uint16_t n)
{
	uint16_t syns;
	uint16_t i;

	if (n == 0)
		return;
	for (i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(rx[i], const void *));
	syns = intake->standing == RS_INTAKE_STANDS &&
	       intake->tail - intake->head >= RS_INTAKE_SYNS ?
		add_without_syns(intake, rx, n) : add_all(intake, rx, n);
	if (syns < n)
		intake->quiet = 0;
	else if (intake->quiet < RS_INTAKE_QUIET)
		intake->quiet++;
}

/*
 * Take the oldest frames, a burst at most. They have waited while others came, so their headers
 * are fetched again; their mbufs were when the burst before them was taken.
 */
static uint16_t
take_burst(struct rs_intake *intake, struct rte_mbuf **rx)
{
	uint32_t waiting = intake->tail - intake->head;
	uint16_t n = (uint16_t)RTE_MIN(waiting, (uint32_t)RS_BURST);
	uint16_t next = (uint16_t)RTE_MIN(waiting - n, (uint32_t)RS_BURST);
	uint16_t i;

	if (waiting - n < RS_INTAKE_SYNS / 2)
		intake->standing = 0;
	else if (intake->standing < RS_INTAKE_STANDS)
		intake->standing++;

	for (i = 0; i < n; i++) {
		rx[i] = intake->frames[intake->head++ % RS_INTAKE_MAX];
		rte_prefetch0(rte_pktmbuf_mtod(rx[i], const void *));
	}
	for (i = 0; i < next; i++)
		rte_mbuf_prefetch_part1(intake->frames[(intake->head + i) % RS_INTAKE_MAX]);
	return n;
}

uint16_t
rs_intake_receive(struct rs_intake *intake, rs_receive *receive, void *arg, bool protect,
	struct rte_mbuf **rx)
{
	unsigned int left = RS_INTAKE_BURSTS;
	bool more = true;

	if (likely(intake->tail == intake->head)) {
		uint16_t n = receive(arg, rx, &more);

		if (likely(!more || !protect))
			return n;
		add_burst(intake, rx, n);
	}
	while (more && left-- > 0 && intake->quiet < RS_INTAKE_QUIET &&
	       intake->tail - intake->head <= RS_INTAKE_MAX - RS_BURST)
		add_burst(intake, rx, receive(arg, rx, &more));
	return take_burst(intake, rx);
}

uint16_t
rs_intake_syn_room(struct rs_intake *intake, uint16_t n)
{
	if (n <= RS_BURST / 2) {
		intake->full = 0;
		return (uint16_t)(RS_BURST - n);
	}
	if (++intake->full < RS_INTAKE_FULL)
		return 0;
	intake->full = 0;
	return RS_BURST / 2;
}

void
rs_intake_clear(struct rs_intake *intake)
{
	struct rte_mbuf *rx[RS_BURST];
	uint16_t n;

	while ((n = take_burst(intake, rx)) > 0)
		rte_pktmbuf_free_bulk(rx, n);
}
