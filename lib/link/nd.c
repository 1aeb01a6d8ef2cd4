/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Neighbour discovery for IPv6 (RFC 4861 7): a solicitation of an address of ours is turned into
 * its advertisement in the same mbuf, and the solicitations of resolve.c are written. Duplicate
 * address detection (RFC 4862 5.4) keeps an address from use while another host may have it.
 */

#include <netinet/in.h>

#include <rte_ip.h>

#include "base/checksum.h"
#include "link/mld.h"
#include "link/nd.h"
#include "link/neigh.h"
#include "link/ra.h"

/* RETRANS_TIMER (RFC 4861 10), microseconds. */
#define RETRANS_TIMER UINT64_C(1000000)

/* A message that is not so far away from its sender may come from another link (7.1.1). */
#define HOP_LIMIT 255

/* Flags of an advertisement (4.4): solicited, override. */
#define SOLICITED RTE_BE32(UINT32_C(1) << 30)
#define OVERRIDE RTE_BE32(UINT32_C(1) << 29)

/* Options with a MAC (4.6.1). */
#define OPTION_SOURCE_MAC 1
#define OPTION_TARGET_MAC 2

/* A solicitation or advertisement without options. */
struct nd_message {
	uint8_t type;
	uint8_t code;
	rte_be16_t cksum;
	rte_be32_t flags;
	uint8_t target[16];
} __rte_packed;

/* The option with a MAC. */
struct nd_mac_option {
	uint8_t type;
	uint8_t len;
	struct rte_ether_addr mac;
};

static_assert(sizeof(struct nd_mac_option) == RS_ND_OPTION_UNIT, "its length is 1");

static const struct rs_addr all_nodes = { .b = { 0xff, 2, [15] = 1 } };

bool
rs_nd_listens(const struct rs_link *link, uint16_t port, const struct rs_addr *group)
{
	unsigned int i;

	for (i = 0; i < link->n_owned6; i++) {
		const struct rs_owned6 *o = &link->owned6[i];
		struct rs_addr node = rs_ipv6_solicited_node(&o->value);

		if (o->port != port)
			continue;
		if (rs_addr_equal(group, &all_nodes))
			return true;
		/* the addresses of a prefix differ in the bits behind it */
		node.w[3] = (node.w[3] & o->mask.w[3]) | (group->w[3] & ~o->mask.w[3]) |
			RTE_BE32(0xff000000);
		if (rs_addr_equal(group, &node))
			return true;
	}
	return false;
}

/* Write a message with a MAC option, the IPv6 header and the checksum at l3_off; finish m. */
static void
nd_write(struct rs_link *link, struct rte_mbuf *m, uint16_t l3_off, const struct rs_addr *src,
	const struct rs_addr *dst, const struct nd_message *message, bool with_mac)
{
	struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, l3_off);
	struct nd_message *nd = (struct nd_message *)(ip + 1);
	struct nd_mac_option *option = (struct nd_mac_option *)(nd + 1);
	uint16_t len = (uint16_t)(sizeof(*nd) + (with_mac ? sizeof(*option) : 0));

	*nd = *message;
	nd->cksum = 0;
	if (with_mac) {
		option->type = nd->type == RS_ND_SOLICITATION ? OPTION_SOURCE_MAC :
			OPTION_TARGET_MAC;
		option->len = 1;
		option->mac = link->ports[m->port].mac;
	}
	ip->vtc_flow = RTE_BE32(UINT32_C(6) << 28);
	ip->payload_len = rte_cpu_to_be_16(len);
	ip->proto = IPPROTO_ICMPV6;
	ip->hop_limits = HOP_LIMIT;
	memcpy(ip->src_addr, src, sizeof(ip->src_addr));
	memcpy(ip->dst_addr, dst, sizeof(ip->dst_addr));
	nd->cksum = rs_cksum_finish(rs_cksum_add(rs_cksum_pseudo6(src, dst, IPPROTO_ICMPV6, len),
		nd, len));
	rs_frame_finish(link, m, (uint16_t)(l3_off + sizeof(*ip) + len));
}

void
rs_nd_solicit(struct rs_link *link, struct rte_mbuf *m, const struct rs_neigh *neigh, bool to_all)
{
	const struct rs_addr *src = rs_link_source6(link, neigh->port, &neigh->addr);
	const struct rs_addr group = rs_ipv6_solicited_node(&neigh->addr);
	const struct rte_ether_addr group_mac = rs_nd_multicast_mac(&group);
	struct nd_message message = { .type = RS_ND_SOLICITATION };
	const struct rs_addr none = { .b = { 0 } };

	memcpy(message.target, &neigh->addr, sizeof(message.target));
	m->port = neigh->port;
	rs_ether_write(m, to_all ? &group_mac : &neigh->mac, &link->ports[m->port].mac,
		RTE_ETHER_TYPE_IPV6);
	nd_write(link, m, RTE_ETHER_HDR_LEN, src != NULL ? src : &none,
		to_all ? &group : &neigh->addr, &message, src != NULL);
}

/* Write the solicitation by which a duplicate of an address is detected (RFC 4862 5.4.2). */
static void
dad_solicit(struct rs_link *link, struct rte_mbuf *m, const struct rs_owned6 *own)
{
	const struct rs_addr group = rs_ipv6_solicited_node(&own->value);
	const struct rte_ether_addr group_mac = rs_nd_multicast_mac(&group);
	struct nd_message message = { .type = RS_ND_SOLICITATION };
	const struct rs_addr none = { .b = { 0 } };

	memcpy(message.target, &own->value, sizeof(message.target));
	m->port = own->port;
	rs_ether_write(m, &group_mac, &link->ports[own->port].mac, RTE_ETHER_TYPE_IPV6);
	nd_write(link, m, RTE_ETHER_HDR_LEN, &none, &group, &message, false);
}

uint16_t
rs_dad_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room)
{
	uint16_t sent = 0;
	unsigned int i;

	for (i = 0; i < link->n_owned6; i++) {
		struct rs_owned6 *own = &link->owned6[i];

		if (own->state != RS_OWN_TENTATIVE || own->due > now)
			continue;
		if (own->solicits == 0) {
			rs_link_own6_settle(link, own, RS_OWN_READY);
			continue;
		}
		if (sent == room)
			break;
		if (!link->dad_silent) { /* else another stack asks, and all see the answer */
			struct rte_mbuf *m = rte_pktmbuf_alloc(link->mbufs);

			if (m == NULL) {
				link->stats->drop[RS_DROP_no_mbuf]++;
				break;
			}
			dad_solicit(link, m, own);
			link->stats->packet.dad_solicitations++;
			tx[sent++] = m;
		}
		own->solicits--;
		own->due = now + RETRANS_TIMER;
	}
	return sent;
}

uint64_t
rs_dad_due(const struct rs_link *link)
{
	uint64_t due = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < link->n_owned6; i++) {
		if (link->owned6[i].state == RS_OWN_TENTATIVE)
			due = RTE_MIN(due, link->owned6[i].due);
	}
	return due;
}

uint16_t
rs_nd_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room)
{
	/* groups are joined before an address is tried (RFC 4862 5.4.2) */
	uint16_t sent = rs_mld_run(link, now, tx, room);

	sent = (uint16_t)(sent + rs_dad_run(link, now, &tx[sent], (uint16_t)(room - sent)));
	sent = (uint16_t)(sent + rs_ra_run(link, now, &tx[sent], (uint16_t)(room - sent)));
	link->nd_due = RTE_MIN(RTE_MIN(rs_dad_due(link), rs_mld_due(link)), rs_ra_due(link));
	return sent;
}

/*
 * Read the options of a message (RFC 4861 4.6).
 *
 * @param type  of the option with a MAC that the message can have
 * @param mac   [out] the MAC in it, in the frame; NULL: there is none
 * @return false: an option has the length 0 or ends beyond the message (7.1.1)
 */
static bool
read_options(const uint8_t *option, uint16_t len, uint8_t type, const struct rte_ether_addr **mac)
{
	*mac = NULL;
	while (len > 0) {
		uint16_t option_len = rs_nd_option_len(option, len);

		if (option_len == 0)
			return false;
		if (option[0] == type && option_len == sizeof(struct nd_mac_option))
			*mac = &((const struct nd_mac_option *)option)->mac;
		option += option_len;
		len = (uint16_t)(len - option_len);
	}
	return true;
}

/* Turn the solicitation of an address of ours into its advertisement (RFC 4861 7.2.4). */
static unsigned int
advertise(struct rs_link *link, struct rte_mbuf *m, const struct rs_nd_received *in,
	const struct rte_ether_addr *mac, const struct rs_addr *target)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	bool to_all = rs_addr_is_zero(&in->src);
	struct rte_ether_addr dst_mac = to_all ? rs_nd_multicast_mac(&all_nodes) :
		mac != NULL ? *mac : eth->src_addr;
	uint16_t len = (uint16_t)(in->l3_off + sizeof(struct rte_ipv6_hdr) +
		sizeof(struct nd_message) + sizeof(struct nd_mac_option));
	struct nd_message message = {
		.type = RS_ND_ADVERTISEMENT,
		.flags = OVERRIDE | (to_all ? 0 : SOLICITED),
	};

	if (m->data_off + len > m->buf_len)
		return RS_DROP_no_mbuf;
	memcpy(message.target, target, sizeof(message.target));
	link->stats->packet.nd_advertisements++;
	rs_ether_write(m, &dst_mac, &link->ports[m->port].mac, RTE_ETHER_TYPE_IPV6);
	nd_write(link, m, in->l3_off, target, to_all ? &all_nodes : &in->src, &message, true);
	return RS_FATE_REPLY;
}

/* Another host has or tries an address of ours. While we try it, it is a duplicate then. */
static unsigned int
conflict(struct rs_link *link, struct rte_mbuf *m, struct rs_owned6 *own)
{
	if (own->state == RS_OWN_TENTATIVE) {
		rs_link_tell_others(link, m);
		link->stats->packet.dad_duplicates++;
		rs_link_own6_settle(link, own, RS_OWN_DUPLICATE);
	}
	return RS_DROP_nd_conflict;
}

/* Process a neighbour solicitation (RFC 4861 7.1.1, 7.2.3; RFC 4862 5.4.3). */
static unsigned int
take_solicitation(struct rs_link *link, struct rte_mbuf *m, const struct rs_nd_received *in,
	const struct rs_addr *target, const struct rte_ether_addr *mac, uint64_t now)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	struct rs_owned6 *own = rs_link_find6(link, m->port, target);
	bool probe = rs_addr_is_zero(&in->src);
	const struct rs_addr group = rs_ipv6_solicited_node(target);
	bool known = false;

	if (probe && (mac != NULL || !rs_addr_equal(&in->dst, &group)))
		return RS_DROP_nd_bad;
	if (mac != NULL) {
		const struct rs_advertised ad = { .addr = in->src, .mac = mac, .override = true };

		known = rs_resolve_advertised(link, m, &ad, now);
	}
	if (own == NULL)
		return known ? RS_FATE_TAKEN : RS_DROP_nd_not_ours;
	if (own->state == RS_OWN_READY)
		return advertise(link, m, in, mac, target);
	/* a solicitation of ours may come back (RFC 4862 appendix A) */
	if (probe && !rte_is_same_ether_addr(&eth->src_addr, &link->ports[m->port].mac))
		return conflict(link, m, own);
	return RS_DROP_nd_not_ours;
}

/* Process a neighbour advertisement (RFC 4861 7.1.2, 7.2.5; RFC 4862 5.4.4). */
static unsigned int
take_advertisement(struct rs_link *link, struct rte_mbuf *m, const struct rs_nd_received *in,
	const struct nd_message *nd, const struct rte_ether_addr *mac, uint64_t now)
{
	struct rs_advertised ad = {
		.mac = mac,
		.solicited = (nd->flags & SOLICITED) != 0,
		.override = (nd->flags & OVERRIDE) != 0,
	};
	struct rs_owned6 *own;

	memcpy(&ad.addr, nd->target, sizeof(ad.addr));
	if (rs_ipv6_is_multicast(&in->dst) && ad.solicited)
		return RS_DROP_nd_bad;
	own = rs_link_find6(link, m->port, &ad.addr);
	if (own != NULL)
		return conflict(link, m, own);
	return rs_resolve_advertised(link, m, &ad, now) ? RS_FATE_TAKEN : RS_DROP_nd_not_ours;
}

unsigned int
rs_nd_input(struct rs_link *link, struct rte_mbuf *m, const struct rs_nd_received *in,
	uint64_t now)
{
	const struct nd_message *nd = rte_pktmbuf_mtod_offset(m, const struct nd_message *,
		in->l4_off);
	const struct rte_ether_addr *mac;
	struct rs_addr target;
	uint8_t option;

	if (nd->type == RS_ND_ROUTER_ADVERTISEMENT && link->ra[m->port].on)
		return rs_ra_input(link, m, in, now);
	if (in->hop_limit != HOP_LIMIT || nd->code != 0)
		return RS_DROP_nd_bad;
	if (nd->type != RS_ND_SOLICITATION && nd->type != RS_ND_ADVERTISEMENT)
		return RS_DROP_nd_ignored;
	if (in->len < sizeof(*nd))
		return RS_DROP_nd_bad;
	option = nd->type == RS_ND_SOLICITATION ? OPTION_SOURCE_MAC : OPTION_TARGET_MAC;
	memcpy(&target, nd->target, sizeof(target));
	if (rs_ipv6_is_multicast(&target) ||
	    !read_options((const uint8_t *)(nd + 1), (uint16_t)(in->len - sizeof(*nd)), option,
		&mac) ||
	    (mac != NULL && !rte_is_valid_assigned_ether_addr(mac)))
		return RS_DROP_nd_bad;
	if (nd->type == RS_ND_SOLICITATION)
		return take_solicitation(link, m, in, &target, mac, now);
	rs_link_tell_kernel(link, m);
	return take_advertisement(link, m, in, nd, mac, now);
}
