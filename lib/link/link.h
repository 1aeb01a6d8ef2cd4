/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The link layer of one worker: its ports, the addresses that it answers for, and the
 * neighbours that its connections send to.
 */

#ifndef RS_LINK_LINK_H
#define RS_LINK_LINK_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/addr.h"
#include "base/portset.h"
#include "base/rate.h"
#include "base/hash.h"
#include "base/stats.h"
#include "link/ethernet.h"
#include "rstack.h"

/** Index of no neighbour. */
#define RS_NO_NEIGH 0

/** Fate of a frame: the enum rs_drop that it was dropped for, or one of these. */
enum {
	RS_FATE_SEGMENT = RS_DROP_MAX, /**< it holds a TCP segment */
	RS_FATE_REPLY,                 /**< it was turned into its reply, to be sent */
	RS_FATE_TAKEN,                 /**< it was processed, and is to be freed */
	RS_FATE_KEPT,                  /**< a fragment, which waits for the rest or is freed */
};

/** State of a neighbour entry (link/resolve.c). */
enum rs_neigh_state {
	RS_NEIGH_LEARNED,       /**< made from a received frame, keyed by its MAC and port */
	RS_NEIGH_INCOMPLETE,    /**< its address is being resolved, no reply yet */
	RS_NEIGH_REACHABLE,     /**< it replied, so its MAC is known */
	RS_NEIGH_PROBE,         /**< its reply is old, so it is asked again */
	RS_NEIGH_FAILED,        /**< it does not reply; unhashed, so rs_resolve() starts anew */
};

/** The lists of resolved entries, oldest first; an entry is in one of them at most. */
enum rs_neigh_list {
	RS_NEIGHS_TO_ASK,       /**< INCOMPLETE, PROBE: a request is due */
	RS_NEIGHS_ASKED,        /**< INCOMPLETE, PROBE: a request was sent */
	RS_NEIGHS_ANSWERED,     /**< REACHABLE */
	RS_NEIGHS_CHANGED,      /**< REACHABLE, FAILED: waiting TCBs must be notified */
	RS_NEIGHS_LISTS,        /**< in no list */
};

/** A neighbour entry: the MAC and port that frames of a connection are sent to. */
struct rs_neigh {
	struct rte_ether_addr mac;
	uint16_t port;
	uint16_t next;          /**< in its hash chain, or in the free list */
	uint32_t refs;          /**< connections that use it */
	struct rs_addr addr;    /**< resolved address; unused in a LEARNED entry */
	uint64_t due;           /**< microseconds: the request is lost, or the reply is old */
	uint32_t waiting;       /**< first TCB that waits for it (tcp/connect.c); 0: none */
	uint32_t half_open;     /**< references that are those of half-open passive connections */
	uint16_t older, newer;  /**< in its list */
	uint8_t list;           /**< enum rs_neigh_list */
	uint8_t state;          /**< enum rs_neigh_state */
	uint8_t tries;          /**< requests without a reply */
	uint32_t progress;      /**< tick in which a connection made progress last */
};

static_assert(offsetof(struct rs_neigh, port) == RTE_ETHER_ADDR_LEN,
	"rs_ether_write_src() reads 8 bytes from mac on, rs_neigh_is() compares them in one word");
static_assert(offsetof(struct rs_neigh, addr) == 16,
	"the fields that are written into every frame are in one line");

/** An owned IPv4 prefix and the port that answers for it. */
struct rs_owned {
	rte_be32_t value;       /**< bits outside the mask are 0 */
	rte_be32_t mask;
	uint16_t port;
};

/** The network or broadcast address of a further subnet of a port: no host's. */
struct rs_no_host {
	rte_be32_t addr;
	uint16_t port;
};

/** State of an owned IPv6 prefix. */
enum rs_own_state {
	RS_OWN_READY,           /**< in use */
	RS_OWN_TENTATIVE,       /**< duplicate address detection runs (RFC 4862 5.4) */
	RS_OWN_DUPLICATE,       /**< another host has the address, so it is not used */
};

/** An owned IPv6 prefix and the port that answers for it. */
struct rs_owned6 {
	struct rs_addr value;   /**< bits outside the mask are 0 */
	struct rs_addr mask;
	uint16_t port;
	uint8_t state;          /**< enum rs_own_state */
	uint8_t subnet_len;     /**< of the on-link prefix of a port's own address; 0: a terminated
				 *   prefix */
	uint8_t solicits;       /**< TENTATIVE: solicitations that are still to be sent */
	uint64_t due;           /**< TENTATIVE: time of the next step, microseconds */
};

/** Sources that the peers of a port cannot have: a value and its mask in the vectors below. */
enum {
	RS_NO_PEER_NETWORK,     /**< subnet address, no host's (RFC 1122 3.2.1.3); 0: none */
	RS_NO_PEER_BROADCAST,   /**< broadcast address, likewise */
	RS_NO_PEER_OURS,        /**< bits that all our addresses share; a peer may have them, too */
	RS_NO_PEER_LOOPBACK,    /**< 127/8 */
	RS_NO_PEERS,
};

/**
 * Words of a port that frames are compared with (packet/plain.h) or made of, in the byte order
 * of a frame. Those of nearly every frame are in the first line.
 */
struct rs_port_words {
	uint64_t head[2];       /**< bytes 0 to 15 of plain frames: our MAC, 0, type, version */
	uint64_t src_ipv4;      /**< of frames to be sent: its MAC as the source, EtherType IPv4 */
	uint64_t reply[2];      /**< of plain replies: src_ipv4, then version to fragment offset */
	uint64_t reply_sum;     /**< of plain replies: the IP header without addresses */
	uint32_t reply_ttl;     /**< of plain replies: TTL and protocol */
	rte_be32_t addr;        /**< the port's own */
	uint64_t tx_flags;      /**< ol_flags of frames whose checksums its device fills in; 0: it
				 *   fills in none */
	rte_be32_t no_peer[RS_NO_PEERS] __rte_aligned(16);
	rte_be32_t no_peer_mask[RS_NO_PEERS];
} __rte_cache_aligned;

static_assert(offsetof(struct rs_port_words, no_peer) <= RTE_CACHE_LINE_SIZE,
	"a frame is compared with one line");

/** The same for IPv6 (packet/plain6.h). */
struct rs_port_words6 {
	uint64_t head[2];       /**< bytes 0 to 15 of plain frames: our MAC, 0, type, version; until
				 *   there is an addr no frame is plain */
	struct rs_addr addr;    /**< one of the port's addresses that are in use; 0: none */
	uint64_t src_ipv6;      /**< of frames to be sent: its MAC as the source, EtherType IPv6 */
	uint64_t reply;         /**< of plain replies: version to hop limit, flow label 0 */
	uint64_t addr_sum;      /**< of plain frames to addr: it, and the protocol */
} __rte_cache_aligned;

static_assert(sizeof(struct rs_port_words6) == RTE_CACHE_LINE_SIZE,
	"a frame is compared with one line");

/** Owned IPv6 prefixes of a link: of each port its addresses and a link-local one. */
#define RS_OWNED6_MAX (RS_PORTS_MAX * (RS_SUBNETS6_MAX + 1) + RS_PREFIXES_MAX)

/** Meaning of an ICMP error for a connection (RFC 9293 3.9.2.2). */
enum rs_icmp_kind {
	RS_ICMP_SOFT,           /**< the condition may pass */
	RS_ICMP_HARD,           /**< the condition is permanent */
	RS_ICMP_TOO_BIG,        /**< the segment exceeds an MTU of the path, and has DF set */
};

/** An ICMP error about a segment that we sent. */
struct rs_icmp_error {
	struct rs_tuple tuple;  /**< connection of the quoted segment */
	uint32_t seq;           /**< SEG.SEQ of the quoted segment */
	enum rs_icmp_kind kind;
	uint16_t mss;           /**< TOO_BIG: bytes of text and options that fit; 0: unknown */
	uint8_t type;           /**< of the ICMP message */
	uint8_t code;           /**< of the ICMP message */
	struct rte_mbuf *m;     /**< a reference to its frame, to hand it over; NULL: none */
};

/** Multicast listener discovery on a port (link/mld.c). Times are in microseconds. */
struct rs_mld {
	uint8_t changes;        /**< state change reports that are still to be sent */
	bool answers;           /**< a query is to be answered */
	uint64_t change_due;
	uint64_t answer_due;
	struct rs_addr asked;   /**< the group that was asked for; all 0: each */
	uint64_t v1_until;      /**< a querier of version 1 is present */
};

/** Most default routers and on-link prefixes that router advertisements give a port. */
#define RS_ROUTERS_MAX 4
#define RS_ON_LINK_MAX 8

/** A default router of a port. */
struct rs_router {
	struct rs_addr addr;    /**< link-local */
	uint64_t until;         /**< end of its lifetime, microseconds */
	uint8_t preference;     /**< 0: low, 1: medium, 2: high (RFC 4191) */
	bool failed;            /**< it answered no solicitation since its last advertisement */
};

/** A prefix whose addresses are on the link of a port. */
struct rs_on_link {
	struct rs_prefix prefix;
	uint64_t until;         /**< end of its lifetime, microseconds; UINT64_MAX: never */
};

/** Router discovery on a port (link/ra.c). */
struct rs_ra {
	bool on;
	bool has_gateway;       /**< one is configured, so no router is used */
	uint8_t solicits;       /**< router solicitations that are still to be sent */
	uint8_t n_routers;
	uint8_t n_prefixes;
	uint64_t solicit_due;   /**< microseconds */
	struct rs_router routers[RS_ROUTERS_MAX];
	struct rs_on_link prefixes[RS_ON_LINK_MAX];
};

/** A tagged port, as link/vlan.c finds it. */
struct rs_vlan {
	uint32_t key;           /**< device and tags */
	uint16_t port;          /**< its id */
};

struct rs_fragments;

/** Ports, addresses, neighbours and limits of one worker. */
struct rs_link {
	struct rs_stats *stats;
	struct rs_hash_key key;
	struct rs_port ports[RS_PORTS_MAX];  /**< by port id; mtu 0: not ours */
	uint16_t port_ids[RS_PORTS_MAX];     /**< of those that are ours */
	uint16_t n_port_ids;
	struct rs_vlan vlans[RS_TAGGED_MAX]; /**< the tagged ports; the last one found is [0] */
	uint16_t n_vlans;
	struct rs_owned owned[RS_PORTS_MAX * RS_SUBNETS_MAX + RS_PREFIXES_MAX];
	unsigned int n_owned;
	struct rs_no_host no_hosts[RS_PORTS_MAX * (RS_SUBNETS_MAX - 1) * 2];
	unsigned int n_no_hosts;
	struct rs_owned common;              /**< bits that all owned addresses share */
	struct rs_port_words words[RS_PORTS_MAX];
	bool offload;                        /**< a port has rs_port_words.tx_flags */
	bool tso;                            /**< the device of a port cuts frames (TSO) */
	bool odd_octet[UINT8_MAX + 1];       /**< a source that begins so may be no peer's */
	struct rs_owned6 owned6[RS_OWNED6_MAX];
	unsigned int n_owned6;
	struct rs_addr common6;              /**< bits that all owned IPv6 prefixes share, the */
	struct rs_addr common6_mask;         /**< link-local ones not counted */
	struct rs_port_words6 words6[RS_PORTS_MAX];
	struct rs_mld mld[RS_PORTS_MAX];
	struct rs_ra ra[RS_PORTS_MAX];
	uint16_t mtu6[RS_PORTS_MAX];         /**< MTU of IPv6, which routers may lower */
	bool mld_on;                         /**< rs_stack_params.mld */
	bool dad_silent;                     /**< rs_stack_params.dad_silent */
	uint64_t nd_due;                     /**< microseconds: when rs_nd_run() has work again */
	struct rs_neigh *neighs;             /**< [0] stays unused */
	uint16_t *neigh_heads;               /**< neigh_mask + 1 chains */
	uint32_t neigh_mask;
	uint32_t n_neighs;                   /**< entries, [0] included */
	uint16_t neigh_free;
	uint32_t neighs_used;                /**< entries with a reference */
	uint32_t neighs_half_open;           /**< those that only half-open connections use */
	uint16_t neigh_hand;                 /**< the entry examined last for eviction */
	uint16_t neigh_last;                 /**< the entry of the last frame's sender, maybe */
	struct {
		uint16_t oldest, newest;
	} neigh_lists[RS_NEIGHS_LISTS];
	struct rte_mempool *mbufs;           /**< for requests */
	struct rs_rate icmp_errors;          /**< limit of ICMP errors */
	struct rs_rate icmp_echoes;          /**< limit of echo replies */
	struct rs_icmp_error errors[RS_BURST]; /**< received in this burst, for TCP */
	uint16_t n_errors;
	bool later;                          /**< errors or fragments wait until the burst ends */
	uint32_t n_fragments;                /**< that wait for the rest of their datagrams */
	struct rs_fragments *fragments;      /**< packet/fragment.h; NULL: they are dropped */
	rs_hand_over *hand_over;             /**< as rs_stack_params has it */
	void *hand_over_arg;
	const bool *seek;                    /**< not NULL */
	uint64_t defend_after[RS_PORTS_MAX]; /**< microseconds: no ARP defence before */
	uint64_t started;                    /**< microseconds */
	uint64_t speak_at;                   /**< the same: first message of discovery */
	uint8_t ttl;                         /**< of every datagram sent */
	uint8_t tos;                         /**< DiffServ field without a connection */
	rs_except *except;                   /**< takes the exceptions of ports
					      *   (packet/exception.h); NULL: no port has any */
	void *except_arg;
	struct rs_portset except_tcp;        /**< TCP ports that are exceptions of any port */
};

/**
 * Initialize a link: derive its hash key, own its addresses, make its neighbour table.
 *
 * @param link   zeroed memory
 * @param stats  the caller's, for as long as the link lives
 * @param now    microseconds
 * @return 0, -EINVAL (an address that no host can have, one address on two ports, a port
 *   number or an MTU out of range) or -ENOMEM
 */
int rs_link_init(struct rs_link *link, const struct rs_stack_params *params,
	struct rs_stats *stats, uint64_t now);

/** Free the neighbour table of a link. */
void rs_link_fini(struct rs_link *link);

/**
 * Find the owned prefix of a port that an IPv6 address lies in, whatever its state. NULL: none.
 *
 * @param port  RS_PORTS_MAX: any port
 */
struct rs_owned6 *rs_link_find6(const struct rs_link *link, uint16_t port,
	const struct rs_addr *addr);

/** Whether a port answers for an IPv6 address, which no other host has (RFC 4862 5.4). */
bool rs_link_owns_ipv6(const struct rs_link *link, uint16_t port, const struct rs_addr *addr);

/** Whether any port has or tries to have an IPv6 address. */
static inline bool
rs_link_is_us_ipv6(const struct rs_link *link, const struct rs_addr *addr)
{
	/* most peers differ from our addresses in the bits that these share */
	return (rs_addr_equal_masked(addr, &link->common6, &link->common6_mask) ||
		rs_ipv6_is_link_local(addr)) && rs_link_find6(link, RS_PORTS_MAX, addr) != NULL;
}

/**
 * The address of a port for datagrams to `to`: the own one on whose subnet it is, else one with
 * its scope (RFC 6724 5). NULL: the port has none that is in use.
 */
const struct rs_addr *rs_link_source6(const struct rs_link *link, uint16_t port,
	const struct rs_addr *to);

/** IPv4 address i of a port with its on-link prefix; NULL: it has less. */
static inline const struct rs_prefix *
rs_port_subnet(const struct rs_port *port, unsigned int i)
{
	if (port->subnet.len == 0)
		return NULL;
	if (i == 0)
		return &port->subnet;
	return i <= port->n_more_subnets ? &port->more_subnets[i - 1] : NULL;
}

/**
 * The address of a port for datagrams to the IPv4 address `to`: on the longest on-link prefix
 * that has it, else the first. NULL: the port has none.
 */
const struct rs_addr *rs_link_source4(const struct rs_link *link, uint16_t port,
	const struct rs_addr *to);

/** Use an IPv6 address that passed duplicate address detection, or stop it. */
void rs_link_own6_settle(struct rs_link *link, struct rs_owned6 *own, enum rs_own_state state);

/**
 * Choose for each port anew, of its IPv6 addresses in use, the one that plain frames are compared
 * with, after the owned prefixes changed.
 */
void rs_link_choose6(struct rs_link *link);

/** The MTU of a port for datagrams to or from a peer. */
static inline uint16_t
rs_link_mtu(const struct rs_link *link, uint16_t port, const struct rs_addr *raddr)
{
	return rs_addr_is_ipv4(raddr) ? link->ports[port].mtu : link->mtu6[port];
}

/** Whether a port answers for an address. */
bool rs_link_owns(const struct rs_link *link, uint16_t port, const struct rs_addr *addr);

/**
 * Take a reference to the entry of the neighbour that sent a frame; make the entry if there
 * is none.
 *
 * @param m  a received frame, not yet turned
 * @return its index, or RS_NO_NEIGH (the table is full)
 */
uint16_t rs_neigh_get(struct rs_link *link, const struct rte_mbuf *m);

/**
 * The same for a SYN: no entry is made if those that only half-open connections use are half
 * of the table, because hosts with many MACs would else leave none to the others.
 */
uint16_t rs_neigh_get_half_open(struct rs_link *link, const struct rte_mbuf *m);

/** Whether an entry is without a reference, so that rs_neigh_get() can have it. */
static inline bool
rs_neigh_has_room(const struct rs_link *link)
{
	return link->neighs_used < link->n_neighs - 1;
}

/** Count a reference as that of a half-open connection. */
static inline void
rs_neigh_half_open_add(struct rs_link *link, uint16_t neigh)
{
	struct rs_neigh *n = &link->neighs[neigh];

	n->half_open++;
	link->neighs_half_open += n->half_open == n->refs;
}

/** The connection of a reference is half-open no longer. */
static inline void
rs_neigh_half_open_remove(struct rs_link *link, uint16_t neigh)
{
	struct rs_neigh *n = &link->neighs[neigh];

	link->neighs_half_open -= n->half_open == n->refs;
	n->half_open--;
}

/** Whether a frame came from neighbour `neigh`: same MAC and port. */
static inline bool
rs_neigh_is(const struct rs_link *link, uint16_t neigh, const struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rs_neigh *n = &link->neighs[neigh];
	uint64_t sender, entry;

	memcpy(&sender, &eth->src_addr, sizeof(sender));
	memcpy(&entry, n, sizeof(entry));
	return ((sender ^ entry) & RS_ETHER_MAC) == 0 && n->port == m->port;
}

/**
 * A connection through a neighbour made progress: what it sent was acknowledged, so the neighbour
 * is reachable (RFC 4861 7.3.1, RFC 1122 2.3.2.1). It is read when the neighbour would be asked.
 *
 * @param tick  milliseconds
 */
static inline void
rs_neigh_progress(struct rs_link *link, uint16_t neigh, uint32_t tick)
{
	link->neighs[neigh].progress = tick;
}

/** Give a reference back; the last one frees an entry that is not REACHABLE. */
void rs_neigh_put(struct rs_link *link, uint16_t neigh);

/** Whether raddr can be a peer's: a host's address that is not ours (RFC 9293 MUST-46). */
bool rs_route_peer_is_good(const struct rs_link *link, const struct rs_addr *raddr);

/**
 * Find the port and the next hop for segments to raddr. An on-link prefix is preferred to a
 * gateway, and the longest of several on-link prefixes to the others (RFC 1122 3.3.1.1).
 *
 * @param laddr  [in,out] all 0: set to the port's own address; otherwise only ports that
 *               answer for it are considered
 * @param port   [out] port id
 * @param hop    [out] raddr, or the gateway
 * @return 0, -EINVAL (no host can have raddr, or it is ours: MUST-46; or laddr is of the other
 *   family), -EADDRNOTAVAIL (laddr is not ours), -ENETUNREACH (no route)
 */
int rs_route(const struct rs_link *link, struct rs_addr *laddr, const struct rs_addr *raddr,
	uint16_t *port, struct rs_addr *hop);

/**
 * Take a reference to the neighbour entry of an address; make the entry and send a request
 * in the next rs_resolve_run() if there is none. The MAC may not be known yet:
 * rs_neigh_usable().
 *
 * @return its index, or RS_NO_NEIGH (the table is full)
 */
uint16_t rs_resolve(struct rs_link *link, uint16_t port, const struct rs_addr *addr);

/**
 * Take a reference to the neighbour entry of an address if its MAC is known. If it is not,
 * it is asked for, so that a later call finds it.
 *
 * @return its index, or RS_NO_NEIGH (its MAC is not known yet, or the table is full)
 */
uint16_t rs_resolve_known(struct rs_link *link, uint16_t port, const struct rs_addr *addr);

/**
 * Suspect a neighbour, because a connection through it receives no acknowledgments, or is
 * answered from another MAC: ask it again whether it has its address (negative advice, RFC
 * 1122 3.3.1.4). No effect on an entry that was not resolved, is being resolved, or has
 * replied within a second.
 */
void rs_resolve_suspect(struct rs_link *link, uint16_t neigh, uint64_t now);

/**
 * Ask the resolved neighbours behind a device again, all hosts at once, because its link was down,
 * and forget those that no connection uses.
 */
void rs_resolve_link_up(struct rs_link *link, uint16_t device);

/** Whether frames can be sent to a neighbour, because its MAC is known. */
static inline bool
rs_neigh_usable(const struct rs_link *link, uint16_t neigh)
{
	uint8_t state = link->neighs[neigh].state;

	return state != RS_NEIGH_INCOMPLETE && state != RS_NEIGH_FAILED;
}

/**
 * Send the requests that are due. A request without a reply is retried once a second and
 * three times in all (RFC 1122 2.3.2.1).
 *
 * @param now   microseconds
 * @param tx    [out] requests, which become the caller's
 * @param room  in tx; requests that do not fit follow at the next call
 * @return the number of requests in tx
 */
uint16_t rs_resolve_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room);

/** Time of the next work for rs_resolve_run(), microseconds; 0: now, UINT64_MAX: never. */
uint64_t rs_resolve_due(const struct rs_link *link);

/** A neighbour that became usable or failed while TCBs wait for it; RS_NO_NEIGH: none. */
static inline uint16_t
rs_resolve_changed(const struct rs_link *link)
{
	return link->neigh_lists[RS_NEIGHS_CHANGED].oldest;
}

/** Take the neighbour of rs_resolve_changed() off its list: no TCB waits for it any more. */
void rs_resolve_notified(struct rs_link *link, uint16_t neigh);

/** Whether an address is one of those in rs_link.no_hosts. */
bool rs_link_is_no_host(const struct rs_link *link, uint16_t port, rte_be32_t addr);

/** Whether no host on a port has an address: it is that of a subnet, or its broadcast address. */
static inline bool
rs_link_no_host_has(const struct rs_link *link, uint16_t port, rte_be32_t addr)
{
	const struct rs_port_words *words = &link->words[port];

	return addr == words->no_peer[RS_NO_PEER_NETWORK] ||
	       addr == words->no_peer[RS_NO_PEER_BROADCAST] ||
	       (unlikely(link->n_no_hosts > 0) && rs_link_is_no_host(link, port, addr));
}

/** Whether a port answers for an IPv4 address. */
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
			return !rs_link_no_host_has(link, port, addr);
	}
	return false;
}

/** Whether any port answers for an IPv4 address. */
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

/** Give a copy of a received frame to the other stacks with the same ports, if there are any. */
static inline void
rs_link_tell_others(const struct rs_link *link, struct rte_mbuf *m)
{
	if (link->hand_over != NULL)
		link->hand_over(link->hand_over_arg, NULL, m);
}

/** Give an ARP reply or neighbour advertisement to the kernel of the host, which resolves, too. */
static inline void
rs_link_tell_kernel(const struct rs_link *link, const struct rte_mbuf *m)
{
	if (unlikely(link->except != NULL) && link->ports[m->port].exceptions.on)
		link->except(link->except_arg, m, true);
}

/** Set the length of a frame to be sent, clear its reception flags, and count it. */
static inline void
rs_frame_finish(struct rs_link *link, struct rte_mbuf *m, uint16_t len)
{
	m->data_len = len;
	m->pkt_len = len;
	m->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
	link->stats->packet.tx_frames++;
}

#endif /* RS_LINK_LINK_H */
