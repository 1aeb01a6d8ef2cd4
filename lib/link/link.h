/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What lies below TCP on one worker: its ports, the addresses it answers for, the
 * neighbours that its connections talk to, and the writing of frames.
 */

#ifndef RS_LINK_LINK_H
#define RS_LINK_LINK_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "base/addr.h"
#include "base/hash.h"
#include "base/stats.h"
#include "link/ethernet.h"
#include "rstack.h"

/** No neighbour. */
#define RS_NO_NEIGH 0

/** Fate of a frame: an enum rs_drop that ended it, or one of these. */
enum {
	RS_FATE_SEGMENT = RS_DROP_MAX, /**< a TCP segment */
	RS_FATE_REPLY,                 /**< became its own answer, to be sent */
	RS_FATE_TAKEN,                 /**< processed; nothing is left to do */
};

/** What an ICMP error costs; the credit grows by icmp_per_second a microsecond. */
#define RS_ICMP_CREDIT UINT64_C(1000000)

/** What is known of a neighbour (link/resolve.c). */
enum rs_neigh_state {
	RS_NEIGH_LEARNED,       /**< it sent us a frame; never asked for by its address */
	RS_NEIGH_INCOMPLETE,    /**< asked for, no answer yet */
	RS_NEIGH_REACHABLE,     /**< answered */
	RS_NEIGH_PROBE,         /**< asked anew: the answer has grown old */
	RS_NEIGH_FAILED,        /**< does not answer; who asks for it again gets another entry */
};

/** Lists that an entry asked for by its address is in, oldest first. */
enum rs_neigh_list {
	RS_NEIGHS_TO_ASK,       /**< INCOMPLETE, PROBE: a request is due */
	RS_NEIGHS_ASKED,        /**< INCOMPLETE, PROBE: a request was sent */
	RS_NEIGHS_ANSWERED,     /**< REACHABLE */
	RS_NEIGHS_CHANGED,         /**< REACHABLE, FAILED: TCP is to be told */
	RS_NEIGHS_LISTS,        /**< in none */
};

/** A neighbour: where frames of a connection go. */
struct rs_neigh {
	struct rte_ether_addr mac;
	uint16_t vlan;          /**< TCI as it came, host order; RS_NO_VLAN: untagged */
	uint16_t port;
	uint16_t next;          /**< in its hash chain, or in the free list */
	uint32_t refs;          /**< connections that use it */
	struct rs_addr addr;    /**< of one that was asked for */
	uint64_t due;           /**< microseconds: the request is lost, or the answer old */
	uint32_t waiting;       /**< first TCB that waits for it (tcp/connect.c); 0: none */
	uint16_t older, newer;  /**< in its list */
	uint8_t list;           /**< enum rs_neigh_list */
	uint8_t state;          /**< enum rs_neigh_state */
	uint8_t tries;          /**< requests without an answer */
};

static_assert(offsetof(struct rs_neigh, addr) == 16,
	"what is written in front of every segment is in one line");

/** An owned IPv4 prefix and the port it is answered on. */
struct rs_owned {
	rte_be32_t value;       /**< its bits outside the mask are 0 */
	rte_be32_t mask;
	uint16_t port;
};

/** What the frames of one port are compared with, as it lies in them. */
struct rs_port_words {
	uint64_t mac;           /**< the port's own, and two bytes of 0 */
	rte_be32_t network;     /**< no host's (RFC 1122 3.2.1.3); 0: there is none */
	rte_be32_t broadcast;   /**< likewise */
	rte_be32_t addr;        /**< the port's own */
};

/** What an ICMP error means to a connection (RFC 9293 3.9.2.2). */
enum rs_icmp_kind {
	RS_ICMP_SOFT,           /**< may pass */
	RS_ICMP_HARD,           /**< will not */
	RS_ICMP_TOO_BIG,        /**< the segment needs a fragmentation that we forbid */
};

/** An ICMP error about a segment of ours. */
struct rs_icmp_error {
	struct rs_tuple tuple;  /**< of the segment, as ours */
	uint32_t seq;           /**< SEG.SEQ of it */
	enum rs_icmp_kind kind;
	uint16_t mss;           /**< TOO_BIG: text and options that fit a segment; 0: none */
	uint8_t type;           /**< as it came */
	uint8_t code;
};

/** Ports, addresses, neighbours and limits of one worker. */
struct rs_link {
	struct rs_stats *stats;
	struct rs_hash_key key;
	struct rs_port ports[RS_PORTS_MAX];  /**< by port id; mtu 0: not ours */
	struct rs_owned owned[RS_PORTS_MAX + RS_PREFIXES_MAX];
	unsigned int n_owned;
	struct rs_owned common;              /**< bits that all owned addresses share */
	struct rs_port_words words[RS_PORTS_MAX];
	struct rs_neigh *neighs;             /**< [0] stays unused */
	uint16_t *neigh_heads;               /**< neigh_mask + 1 chains */
	uint32_t neigh_mask;
	uint32_t n_neighs;                   /**< entries, [0] included */
	uint16_t neigh_free;
	uint32_t neighs_used;                /**< those with a reference */
	struct {
		uint16_t oldest, newest;
	} neigh_lists[RS_NEIGHS_LISTS];
	struct rte_mempool *mbufs;           /**< for requests */
	uint32_t icmp_per_second;            /**< token bucket of port unreachables */
	uint64_t icmp_credit;                /**< at most of one second */
	uint64_t icmp_refilled;              /**< microseconds */
	struct rs_icmp_error errors[RS_BURST]; /**< of the burst, for TCP */
	uint16_t n_errors;
	uint64_t defend_after[RS_PORTS_MAX]; /**< microseconds: no ARP defence before */
	uint8_t ttl;
	uint8_t tos;
};

/**
 * Set a link up, zeroed memory.
 *
 * @return 0, or -EINVAL, -ENOMEM
 */
int rs_link_init(struct rs_link *link, const struct rs_stack_params *params,
	struct rs_stats *stats, uint64_t now);

/** Give back what rs_link_init() took. */
void rs_link_fini(struct rs_link *link);

/** Whether addr is answered on port. */
bool rs_link_owns(const struct rs_link *link, uint16_t port, const struct rs_addr *addr);

/**
 * The neighbour that sent this frame, with one reference more.
 *
 * @return its index, or RS_NO_NEIGH when the table is full
 */
uint16_t rs_neigh_get(struct rs_link *link, const struct rte_mbuf *m);

/** Whether neighbour `neigh` sent this frame. */
bool rs_neigh_is(const struct rs_link *link, uint16_t neigh, const struct rte_mbuf *m);

/** Give a reference back. */
void rs_neigh_put(struct rs_link *link, uint16_t neigh);

/** Whether a peer can have this address: some host's, and not ours (MUST-46). */
bool rs_route_peer_is_good(const struct rs_link *link, const struct rs_addr *raddr);

/**
 * Where segments to raddr go: the port, and the neighbour on it that is the next hop. On-link
 * prefixes come before gateways, of several the longest.
 *
 * @param laddr  [in,out] all 0: becomes the port's own address; else the port answers for it
 * @param hop    [out] raddr, or the gateway
 * @return 0, -EINVAL (no host can have raddr, or we have it: MUST-46), -EADDRNOTAVAIL (laddr
 *   is not ours), -ENETUNREACH (no route)
 */
int rs_route(const struct rs_link *link, struct rs_addr *laddr, const struct rs_addr *raddr,
	uint16_t *port, struct rs_addr *hop);

/**
 * The neighbour with this address, with one reference more; asked for if need be. It may
 * not be usable yet: rs_neigh_usable().
 *
 * @return its index, or RS_NO_NEIGH when the table is full
 */
uint16_t rs_resolve(struct rs_link *link, uint16_t port, const struct rs_addr *addr);

/**
 * A connection hears nothing by way of this neighbour: ask whether it is still there, if
 * it was asked for (RFC 1122 3.3.1.4: negative advice).
 */
void rs_resolve_suspect(struct rs_link *link, uint16_t neigh);

/** Whether frames can be sent to it. */
static inline bool
rs_neigh_usable(const struct rs_link *link, uint16_t neigh)
{
	uint8_t state = link->neighs[neigh].state;

	return state != RS_NEIGH_INCOMPLETE && state != RS_NEIGH_FAILED;
}

/**
 * Ask for neighbours, again where no answer came: once a second at the most, three times
 * in all (RFC 1122 2.3.2.1).
 *
 * @return requests put in tx, at most room
 */
uint16_t rs_resolve_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room);

/** When rs_resolve_run() has something to do, microseconds; UINT64_MAX: never. */
uint64_t rs_resolve_due(const struct rs_link *link);

/** A neighbour that became usable or failed, with TCBs waiting; RS_NO_NEIGH: none. */
static inline uint16_t
rs_resolve_changed(const struct rs_link *link)
{
	return link->neigh_lists[RS_NEIGHS_CHANGED].oldest;
}

/** None of them waits any more for the one that rs_resolve_changed() gave. */
void rs_resolve_notified(struct rs_link *link, uint16_t neigh);

/** Whether an IPv4 address is answered on port. */
static inline bool
rs_link_owns_ipv4(const struct rs_link *link, uint16_t port, rte_be32_t addr)
{
	const struct rs_port_words *words = &link->words[port];
	unsigned int i;

	if (addr == words->addr && addr != 0)
		return true;
	for (i = 0; i < link->n_owned; i++) {
		const struct rs_owned *o = &link->owned[i];

		if (((addr ^ o->value) & o->mask) == 0 && o->port == port)
			return addr != words->network && addr != words->broadcast;
	}
	return false;
}

/** Whether an IPv4 address is answered on any port. */
static inline bool
rs_link_is_us(const struct rs_link *link, rte_be32_t addr)
{
	unsigned int i;

	if (((addr ^ link->common.value) & link->common.mask) != 0)
		return false;
	for (i = 0; i < link->n_owned; i++) {
		if (((addr ^ link->owned[i].value) & link->owned[i].mask) == 0)
			return true;
	}
	return false;
}

/** Set the length of a frame to be sent, and forget what the device said on reception. */
static inline void
rs_frame_finish(struct rs_link *link, struct rte_mbuf *m, uint16_t len)
{
	m->data_len = len;
	m->pkt_len = len;
	m->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
	link->stats->packet.tx_frames++;
}

#endif /* RS_LINK_LINK_H */
