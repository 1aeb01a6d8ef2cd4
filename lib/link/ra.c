/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Router discovery of a host (RFC 4861 6.3) with router preferences (RFC 4191 2). The lists of
 * routers and prefixes have a bound, and those that are in them stay: hosts that send forged
 * advertisements of many routers can fill the lists, but not empty them.
 */

#include <netinet/in.h>

#include <rte_ip.h>

#include "base/checksum.h"
#include "link/neigh.h"
#include "link/ra.h"

#define SECOND UINT64_C(1000000)

/* RFC 4861 10: solicitations, their interval, and the most that the first one is delayed. */
#define SOLICITATIONS 3
#define SOLICITATION_INTERVAL (4 * SECOND)
#define SOLICITATION_DELAY SECOND

/* A message that is not so far away from its sender may come from another link (6.1.2). */
#define HOP_LIMIT 255

/* The least MTU of a link (RFC 8200 5). */
#define MTU_MIN_IPV6 1280

/* Options (4.6). */
#define OPTION_SOURCE_MAC 1
#define OPTION_PREFIX 3
#define OPTION_MTU 5

/* Flag of a prefix: its addresses are on the link (4.6.2). */
#define ON_LINK 0x80

/* A lifetime without an end, seconds. */
#define INFINITE UINT32_MAX

/* Router preference in the flags of an advertisement (RFC 4191 2.2). */
#define PREFERENCE(flags) ((flags) >> 3 & 3)
enum { MEDIUM = 0, HIGH = 1, LOW = 3 };

/* A router advertisement without its options (4.2). */
struct ra_message {
	uint8_t type;
	uint8_t code;
	rte_be16_t cksum;
	uint8_t hop_limit;
	uint8_t flags;
	rte_be16_t lifetime;            /* of a default router, seconds */
	rte_be32_t reachable_time;
	rte_be32_t retrans_timer;
} __rte_packed;

/* A router solicitation with the MAC of its sender (4.1). */
struct ra_solicitation {
	uint8_t type;
	uint8_t code;
	rte_be16_t cksum;
	rte_be32_t reserved;
	uint8_t option_type;
	uint8_t option_len;
	uint8_t mac[RTE_ETHER_ADDR_LEN];
} __rte_packed;

/* Length of a solicitation without its option. */
#define SOLICITATION_BARE offsetof(struct ra_solicitation, option_type)

/* A prefix (4.6.2). */
struct ra_prefix {
	uint8_t type;
	uint8_t len;
	uint8_t prefix_len;
	uint8_t flags;
	rte_be32_t valid;               /* seconds */
	rte_be32_t preferred;
	rte_be32_t reserved;
	uint8_t prefix[16];
} __rte_packed;

/* The MTU of the link (4.6.4). */
struct ra_mtu {
	uint8_t type;
	uint8_t len;
	rte_be16_t reserved;
	rte_be32_t mtu;
} __rte_packed;

static const struct rs_addr all_routers = { .b = { 0xff, 2, [15] = 2 } };

/* The prefix of the sources of solicitations, because routers have no other one in common. */
static const struct rs_addr link_local = { .b = { 0xfe, 0x80 } };

/* The end of a lifetime in seconds. */
static uint64_t
end_of(uint32_t seconds, uint64_t now)
{
	return seconds == INFINITE ? UINT64_MAX : now + seconds * SECOND;
}

/* Whether a router is better than another one: it answers, or is preferred (RFC 4861 6.3.6). */
static bool
is_better(const struct rs_router *a, const struct rs_router *b)
{
	if (a->failed != b->failed)
		return b->failed;
	return !a->failed && a->preference > b->preference;
}

/* Make the best router the gateway of its port. A configured gateway stays. */
static void
ra_choose(struct rs_link *link, uint16_t port)
{
	const struct rs_ra *ra = &link->ra[port];
	const struct rs_router *best = &ra->routers[0];
	unsigned int i;

	if (ra->has_gateway)
		return;
	for (i = 1; i < ra->n_routers; i++) {
		if (is_better(&ra->routers[i], best))
			best = &ra->routers[i];
	}
	link->ports[port].gateway6 = ra->n_routers > 0 ? best->addr :
		(struct rs_addr){ .b = { 0 } };
}

void
rs_ra_init(struct rs_link *link, const struct rs_port *port)
{
	struct rs_ra *ra = &link->ra[port->id];

	link->mtu6[port->id] = port->mtu;
	ra->on = port->router_advertisements && port->n_subnets6 > 0;
	ra->has_gateway = !rs_addr_is_zero(&port->gateway6);
	if (!ra->on || link->dad_silent)
		return;
	ra->solicits = SOLICITATIONS;
	/* after duplicate address detection, so that the solicitation has a source */
	ra->solicit_due = link->speak_at + port->dad_transmits * SECOND +
		rs_hash_nh(link->started, port->id, link->key.k[0], link->key.k[1]) %
		SOLICITATION_DELAY;
}

/* Index of a router in the list of a port; n_routers: none. */
static unsigned int
find_router(const struct rs_ra *ra, const struct rs_addr *addr)
{
	unsigned int i = 0;

	while (i < ra->n_routers && !rs_addr_equal(&ra->routers[i].addr, addr))
		i++;
	return i;
}

/* Remove a router; the order of the others stays. */
static void
router_remove(struct rs_link *link, struct rs_ra *ra, unsigned int i)
{
	link->stats->packet.routers_removed++;
	ra->n_routers--;
	memmove(&ra->routers[i], &ra->routers[i + 1],
		(ra->n_routers - i) * sizeof(ra->routers[0]));
}

/* Note a default router, or forget one that is none any more (RFC 4861 6.3.4). */
static void
take_router(struct rs_link *link, struct rs_ra *ra, const struct rs_addr *addr,
	const struct ra_message *message, uint64_t now)
{
	static const uint8_t ranks[] = { [LOW] = 0, [MEDIUM] = 1, [2] = 1, [HIGH] = 2 };
	uint32_t lifetime = rte_be_to_cpu_16(message->lifetime);
	unsigned int i = find_router(ra, addr);

	if (lifetime == 0) {
		if (i < ra->n_routers)
			router_remove(link, ra, i);
		return;
	}
	ra->solicits = 0; /* 6.3.7: no more solicitations */
	if (i == RS_ROUTERS_MAX) {
		link->stats->packet.routers_refused++;
		return;
	}
	if (i == ra->n_routers) {
		ra->n_routers++;
		link->stats->packet.routers_added++;
	}
	ra->routers[i] = (struct rs_router){
		.addr = *addr,
		.until = now + lifetime * SECOND,
		.preference = ranks[PREFERENCE(message->flags)],
	};
}

/* Note a prefix whose addresses are on the link, or forget it (6.3.4). */
static void
take_prefix(struct rs_link *link, struct rs_ra *ra, const struct ra_prefix *option, uint64_t now)
{
	struct rs_prefix prefix = { .len = option->prefix_len };
	uint32_t valid = rte_be_to_cpu_32(option->valid);
	unsigned int i = 0;

	memcpy(&prefix.addr, option->prefix, sizeof(prefix.addr));
	if ((option->flags & ON_LINK) == 0 || prefix.len == 0 || prefix.len > 128 ||
	    rs_ipv6_is_link_local(&prefix.addr) || rs_ipv6_is_multicast(&prefix.addr))
		return;
	while (i < ra->n_prefixes && (ra->prefixes[i].prefix.len != prefix.len ||
	       !rs_prefix_has(&ra->prefixes[i].prefix, &prefix.addr)))
		i++;
	if (valid == 0) {
		if (i < ra->n_prefixes)
			ra->prefixes[i] = ra->prefixes[--ra->n_prefixes];
		return;
	}
	if (i == RS_ON_LINK_MAX) {
		link->stats->packet.routers_refused++;
		return;
	}
	if (i == ra->n_prefixes)
		ra->n_prefixes++;
	ra->prefixes[i] = (struct rs_on_link){ prefix, end_of(valid, now) };
}

/* Take the MTU of the link, if it is one (6.3.4). */
static void
take_mtu(struct rs_link *link, uint16_t port, const struct ra_mtu *option)
{
	uint32_t mtu = rte_be_to_cpu_32(option->mtu);

	if (mtu >= MTU_MIN_IPV6 && mtu <= link->ports[port].mtu)
		link->mtu6[port] = (uint16_t)mtu;
}

/* Process one option of a valid advertisement. Others than these are ignored (6.1.2). */
static void
take_option(struct rs_link *link, struct rte_mbuf *m, const struct rs_nd_received *in,
	const uint8_t *option, uint64_t now)
{
	const struct rte_ether_addr *mac = (const struct rte_ether_addr *)(option + 2);
	const struct rs_advertised ad = { .addr = in->src, .mac = mac, .override = true };
	uint16_t len = (uint16_t)(option[1] * RS_ND_OPTION_UNIT);

	if (option[0] == OPTION_PREFIX && len == sizeof(struct ra_prefix))
		take_prefix(link, &link->ra[m->port], (const struct ra_prefix *)option, now);
	else if (option[0] == OPTION_MTU && len == sizeof(struct ra_mtu))
		take_mtu(link, m->port, (const struct ra_mtu *)option);
	else if (option[0] == OPTION_SOURCE_MAC && len == RS_ND_OPTION_UNIT &&
		 rte_is_valid_assigned_ether_addr(mac))
		rs_resolve_advertised(link, m, &ad, now);
}

unsigned int
rs_ra_input(struct rs_link *link, struct rte_mbuf *m, const struct rs_nd_received *in,
	uint64_t now)
{
	const struct ra_message *message = rte_pktmbuf_mtod_offset(m, const struct ra_message *,
		in->l4_off);
	const uint8_t *options = (const uint8_t *)(message + 1);
	uint16_t len, off, option_len;

	if (in->hop_limit != HOP_LIMIT || message->code != 0 || in->len < sizeof(*message) ||
	    !rs_ipv6_is_link_local(&in->src))
		return RS_DROP_nd_bad;
	len = (uint16_t)(in->len - sizeof(*message));
	for (off = 0; off < len; off = (uint16_t)(off + option_len)) {
		option_len = rs_nd_option_len(options + off, (uint16_t)(len - off));
		if (option_len == 0)
			return RS_DROP_nd_bad;
	}
	link->stats->packet.router_advertisements++;
	rs_link_tell_others(link, m); /* it went to a group, so one stack alone received it */
	take_router(link, &link->ra[m->port], &in->src, message, now);
	for (off = 0; off < len; off = (uint16_t)(off + options[off + 1] * RS_ND_OPTION_UNIT))
		take_option(link, m, in, options + off, now);
	ra_choose(link, m->port);
	link->nd_due = RTE_MIN(link->nd_due, rs_ra_due(link));
	return RS_FATE_TAKEN;
}

void
rs_ra_unreachable(struct rs_link *link, uint16_t port, const struct rs_addr *addr)
{
	struct rs_ra *ra = &link->ra[port];
	unsigned int i = find_router(ra, addr);
	struct rs_router router;

	if (i == ra->n_routers)
		return;
	/* at the end of the list, so that routers of which none answers take turns */
	router = ra->routers[i];
	router.failed = true;
	memmove(&ra->routers[i], &ra->routers[i + 1],
		(ra->n_routers - 1u - i) * sizeof(router));
	ra->routers[ra->n_routers - 1] = router;
	ra_choose(link, port);
}

uint8_t
rs_ra_on_link(const struct rs_link *link, uint16_t port, const struct rs_addr *addr)
{
	const struct rs_ra *ra = &link->ra[port];
	uint8_t best = 0;
	unsigned int i;

	for (i = 0; i < ra->n_prefixes; i++) {
		const struct rs_prefix *prefix = &ra->prefixes[i].prefix;

		if (prefix->len > best && rs_prefix_has(prefix, addr))
			best = prefix->len;
	}
	return best;
}

/* Forget routers and prefixes of a port whose lifetime is over (6.3.5). */
static void
ra_expire(struct rs_link *link, uint16_t port, uint64_t now)
{
	struct rs_ra *ra = &link->ra[port];
	unsigned int i;

	for (i = ra->n_routers; i-- > 0;) {
		if (ra->routers[i].until <= now)
			router_remove(link, ra, i);
	}
	for (i = ra->n_prefixes; i-- > 0;) {
		if (ra->prefixes[i].until <= now)
			ra->prefixes[i] = ra->prefixes[--ra->n_prefixes];
	}
	ra_choose(link, port);
}

/* Write a router solicitation (4.1). @return false: there is no mbuf */
static bool
solicit(struct rs_link *link, uint16_t port, struct rte_mbuf **tx)
{
	static const struct rs_addr none = { .b = { 0 } };
	const struct rs_addr *src = rs_link_source6(link, port, &link_local);
	const struct rte_ether_addr group = rs_nd_multicast_mac(&all_routers);
	uint16_t len = src != NULL ? sizeof(struct ra_solicitation) : SOLICITATION_BARE;
	struct rte_mbuf *m = rte_pktmbuf_alloc(link->mbufs);
	struct ra_solicitation *message;
	struct rte_ipv6_hdr *ip;

	if (m == NULL) {
		link->stats->drop[RS_DROP_no_mbuf]++;
		return false;
	}
	m->port = port;
	rs_ether_write(m, &group, &link->ports[port].mac, RTE_ETHER_TYPE_IPV6);
	ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, RTE_ETHER_HDR_LEN);
	ip->vtc_flow = RTE_BE32(UINT32_C(6) << 28);
	ip->payload_len = rte_cpu_to_be_16(len);
	ip->proto = IPPROTO_ICMPV6;
	ip->hop_limits = HOP_LIMIT;
	memcpy(ip->src_addr, src != NULL ? src : &none, sizeof(ip->src_addr));
	memcpy(ip->dst_addr, &all_routers, sizeof(ip->dst_addr));
	message = (struct ra_solicitation *)(ip + 1);
	*message = (struct ra_solicitation){
		.type = RS_ND_ROUTER_SOLICITATION, .option_type = OPTION_SOURCE_MAC,
		.option_len = 1,
	};
	memcpy(message->mac, &link->ports[port].mac, sizeof(message->mac));
	message->cksum = rs_cksum_finish(rs_cksum_add(rs_cksum_pseudo6(src != NULL ? src : &none,
		&all_routers, IPPROTO_ICMPV6, len), message, len));
	rs_frame_finish(link, m, (uint16_t)(RTE_ETHER_HDR_LEN + sizeof(*ip) + len));
	link->stats->packet.router_solicitations++;
	*tx = m;
	return true;
}

uint16_t
rs_ra_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room)
{
	uint16_t sent = 0;
	uint16_t i;

	for (i = 0; i < RS_PORTS_MAX; i++) {
		struct rs_ra *ra = &link->ra[i];

		if (!ra->on)
			continue;
		ra_expire(link, i, now);
		if (ra->solicits == 0 || ra->solicit_due > now || sent == room)
			continue;
		sent = (uint16_t)(sent + solicit(link, i, &tx[sent]));
		ra->solicits--;
		ra->solicit_due = now + SOLICITATION_INTERVAL;
	}
	return sent;
}

uint64_t
rs_ra_due(const struct rs_link *link)
{
	uint64_t due = UINT64_MAX;
	unsigned int i, k;

	for (i = 0; i < RS_PORTS_MAX; i++) {
		const struct rs_ra *ra = &link->ra[i];

		if (ra->solicits > 0)
			due = RTE_MIN(due, ra->solicit_due);
		for (k = 0; k < ra->n_routers; k++)
			due = RTE_MIN(due, ra->routers[k].until);
		for (k = 0; k < ra->n_prefixes; k++)
			due = RTE_MIN(due, ra->prefixes[k].until);
	}
	return due;
}
