/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Multicast listener discovery of a host (RFC 3810 5 and 6): a state change report when a port
 * begins to listen, repeated once, and an answer to each query after a random delay. While a
 * querier of version 1 is present, reports are those of RFC 2710. All nodes' group is never
 * reported (6), and neither are the groups of a terminated prefix, because routers send to it.
 */

#include <netinet/in.h>
#include <stddef.h>

#include <rte_ip.h>

#include "base/checksum.h"
#include "link/mld.h"

/* Types of messages, and of the records of a report (RFC 3810 5.2, 5.2.12; RFC 2710 3). */
#define TYPE_REPORT_V1 131
#define TYPE_REPORT 143
#define RECORD_IS_EXCLUDE 2
#define RECORD_TO_EXCLUDE 4

/* Length of a query of version 1, and the least of version 2 (RFC 3810 8.1). */
#define QUERY_LEN_V1 24
#define QUERY_LEN 28

/* Variables of RFC 3810 9: Robustness, Unsolicited Report Interval, and the time after which a
 * querier of version 1 has gone, 2 * 125 s + 10 s. */
#define ROBUSTNESS 2
#define REPORT_INTERVAL UINT64_C(1000000)
#define V1_PRESENT (260 * UINT64_C(1000000))

/* Records of one report, so that it fits the least MTU. */
#define RECORDS_MAX 32

/* The hop-by-hop options of each message: router alert with the value 0 (RFC 2711), padding. */
static const uint8_t hop_by_hop[8] = { IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0 };

/* The hop limit of each message (RFC 3810 5). */
#define HOP_LIMIT 1

/* A message of version 1, and the head of a query of version 2. */
struct mld_message {
	uint8_t type;
	uint8_t code;
	rte_be16_t cksum;
	rte_be16_t max_response;
	rte_be16_t reserved;
	struct rs_addr group;
} __rte_packed;

static_assert(sizeof(struct mld_message) == QUERY_LEN_V1, "RFC 2710 3");

/* A record without sources. */
struct mld_record {
	uint8_t type;
	uint8_t aux_len;
	rte_be16_t n_sources;
	struct rs_addr group;
} __rte_packed;

/* A report of version 2. */
struct mld_report {
	uint8_t type;
	uint8_t reserved;
	rte_be16_t cksum;
	rte_be16_t reserved2;
	rte_be16_t n_records;
	struct mld_record records[RECORDS_MAX];
} __rte_packed;

/* All routers that speak version 2 (5.2.14). */
static const struct rs_addr routers = { .b = { 0xff, 2, [15] = 0x16 } };

/* A random time below `most` microseconds. */
static uint64_t
random_below(const struct rs_link *link, uint16_t port, uint64_t now, uint64_t most)
{
	return rs_hash_nh(now, port, link->key.k[0], link->key.k[1]) % most;
}

/* Whether an owned prefix of a port is an address whose solicited-node group is listened to. */
static bool
has_group(const struct rs_owned6 *own, uint16_t port)
{
	return own->port == port && own->state != RS_OWN_DUPLICATE &&
	       (own->mask.w[3] & RTE_BE32(0xffffff)) == RTE_BE32(0xffffff);
}

/* Group i of a port from *at on, each once. @param at [in,out] @return false: there is none */
static bool
next_group(const struct rs_link *link, uint16_t port, unsigned int *at, struct rs_addr *group)
{
	for (; *at < link->n_owned6; (*at)++) {
		unsigned int i = 0;

		if (!has_group(&link->owned6[*at], port))
			continue;
		*group = rs_ipv6_solicited_node(&link->owned6[*at].value);
		for (; i < *at; i++) {
			struct rs_addr before = rs_ipv6_solicited_node(&link->owned6[i].value);

			if (has_group(&link->owned6[i], port) && rs_addr_equal(&before, group))
				break;
		}
		if (i < (*at)++)
			continue;
		return true;
	}
	return false;
}

/* The link-local address of a port, all 0 while it is not in use (RFC 3590 4). */
static struct rs_addr
source(const struct rs_link *link, uint16_t port)
{
	unsigned int i;

	for (i = 0; i < link->n_owned6; i++) {
		const struct rs_owned6 *own = &link->owned6[i];

		if (own->port == port && own->state == RS_OWN_READY && own->subnet_len != 0 &&
		    rs_ipv6_is_link_local(&own->value))
			return own->value;
	}
	return (struct rs_addr){ .b = { 0 } };
}

/* Send a message of len bytes, whose checksum is 0. @return the number of frames in tx */
static uint16_t
message_send(struct rs_link *link, uint16_t port, const struct rs_addr *to, const void *message,
	uint16_t len, struct rte_mbuf **tx)
{
	const struct rs_addr src = source(link, port);
	const struct rte_ether_addr mac = rs_nd_multicast_mac(to);
	struct rte_mbuf *m = rte_pktmbuf_alloc(link->mbufs);
	struct mld_message *out;
	struct rte_ipv6_hdr *ip;

	if (m == NULL) {
		link->stats->drop[RS_DROP_no_mbuf]++;
		return 0;
	}
	m->port = port;
	rs_ether_write(m, &mac, &link->ports[port].mac, RTE_ETHER_TYPE_IPV6);
	ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, RTE_ETHER_HDR_LEN);
	ip->vtc_flow = RTE_BE32(UINT32_C(6) << 28);
	ip->payload_len = rte_cpu_to_be_16((uint16_t)(sizeof(hop_by_hop) + len));
	ip->proto = IPPROTO_HOPOPTS;
	ip->hop_limits = HOP_LIMIT;
	memcpy(ip->src_addr, &src, sizeof(src));
	memcpy(ip->dst_addr, to, sizeof(*to));
	memcpy(ip + 1, hop_by_hop, sizeof(hop_by_hop));
	out = (struct mld_message *)((uint8_t *)(ip + 1) + sizeof(hop_by_hop));
	memcpy(out, message, len);
	out->cksum = rs_cksum_finish(rs_cksum_add(
		rs_cksum_pseudo6(&src, to, IPPROTO_ICMPV6, len), out, len));
	rs_frame_finish(link, m, (uint16_t)(RTE_ETHER_HDR_LEN + sizeof(*ip) +
		sizeof(hop_by_hop) + len));
	link->stats->packet.mld_reports++;
	*tx = m;
	return 1;
}

/* Report groups to a querier of version 1, each in a message to the group (RFC 2710 4). */
static uint16_t
report_v1(struct rs_link *link, uint16_t port, const struct rs_addr *only, struct rte_mbuf **tx,
	uint16_t room)
{
	struct mld_message message = { .type = TYPE_REPORT_V1 };
	struct rs_addr group;
	unsigned int at = 0;
	uint16_t sent = 0;

	while (sent < room && next_group(link, port, &at, &group)) {
		if (!rs_addr_is_zero(only) && !rs_addr_equal(only, &group))
			continue;
		message.group = group;
		sent = (uint16_t)(sent + message_send(link, port, &group, &message, sizeof(message),
			&tx[sent]));
	}
	return sent;
}

/* Report groups in version 2. @param only this group; all 0: each */
static uint16_t
report(struct rs_link *link, uint16_t port, uint8_t record, const struct rs_addr *only,
	struct rte_mbuf **tx, uint16_t room)
{
	struct mld_report message = { .type = TYPE_REPORT };
	struct rs_addr group;
	unsigned int at = 0;
	uint16_t sent = 0;
	uint16_t n = 0;

	while (sent < room) {
		bool more = next_group(link, port, &at, &group);

		if (more && (rs_addr_is_zero(only) || rs_addr_equal(only, &group)))
			message.records[n++] = (struct mld_record){
				.type = record, .group = group };
		if (n > 0 && (!more || n == RECORDS_MAX)) {
			message.n_records = rte_cpu_to_be_16(n);
			sent = (uint16_t)(sent + message_send(link, port, &routers, &message,
				(uint16_t)(offsetof(struct mld_report, records) +
				n * sizeof(message.records[0])), &tx[sent]));
			n = 0;
		}
		if (!more)
			break;
	}
	return sent;
}

void
rs_mld_join(struct rs_link *link, uint16_t port, uint64_t due)
{
	if (!link->mld_on)
		return;
	link->mld[port].changes = ROBUSTNESS;
	link->mld[port].change_due = due;
	link->nd_due = RTE_MIN(link->nd_due, due);
}

/* Time in which a query wants its answer, microseconds (RFC 3810 5.1.3). */
static uint64_t
max_response(const struct mld_message *query, bool v1)
{
	uint32_t code = rte_be_to_cpu_16(query->max_response);

	if (!v1 && code >= 0x8000)
		code = ((code & 0xfff) | 0x1000) << (((code >> 12) & 7) + 3);
	return code * UINT64_C(1000) + 1;
}

unsigned int
rs_mld_input(struct rs_link *link, struct rte_mbuf *m, const struct rs_nd_received *in,
	uint64_t now)
{
	const struct mld_message *query = rte_pktmbuf_mtod_offset(m, const struct mld_message *,
		in->l4_off);
	struct rs_mld *mld = &link->mld[m->port];
	bool v1 = in->len == QUERY_LEN_V1;
	struct rs_addr group;
	uint64_t due;

	if (in->hop_limit != HOP_LIMIT || !in->router_alert || !rs_ipv6_is_link_local(&in->src) ||
	    (!v1 && in->len < QUERY_LEN))
		return RS_DROP_mld_bad;
	link->stats->packet.mld_queries++;
	if (!link->mld_on) {
		rs_link_tell_others(link, m); /* one of them answers */
		return RS_FATE_TAKEN;
	}
	if (v1)
		mld->v1_until = now + V1_PRESENT;
	memcpy(&group, &query->group, sizeof(group));
	if (!rs_addr_is_zero(&group) && !rs_nd_listens(link, m->port, &group))
		return RS_FATE_TAKEN;
	due = now + random_below(link, m->port, now, max_response(query, v1));
	if (mld->answers && !rs_addr_equal(&mld->asked, &group))
		mld->asked = (struct rs_addr){ .b = { 0 } }; /* both are answered together */
	else
		mld->asked = group;
	mld->answer_due = mld->answers ? RTE_MIN(mld->answer_due, due) : due;
	mld->answers = true;
	link->nd_due = RTE_MIN(link->nd_due, mld->answer_due);
	return RS_FATE_TAKEN;
}

/* Send what is due on a port. @return the number of frames in tx */
static uint16_t
run_port(struct rs_link *link, uint16_t port, uint64_t now, struct rte_mbuf **tx, uint16_t room)
{
	static const struct rs_addr all = { .b = { 0 } };
	struct rs_mld *mld = &link->mld[port];
	bool v1 = now < mld->v1_until;
	uint16_t sent = 0;

	if (mld->changes > 0 && mld->change_due <= now) {
		sent = v1 ? report_v1(link, port, &all, tx, room) :
			report(link, port, RECORD_TO_EXCLUDE, &all, tx, room);
		mld->changes--;
		mld->change_due = now + random_below(link, port, now, REPORT_INTERVAL);
	}
	if (mld->answers && mld->answer_due <= now && sent < room) {
		mld->answers = false;
		sent = (uint16_t)(sent + (v1 ?
			report_v1(link, port, &mld->asked, &tx[sent], (uint16_t)(room - sent)) :
			report(link, port, RECORD_IS_EXCLUDE, &mld->asked, &tx[sent],
				(uint16_t)(room - sent))));
	}
	return sent;
}

uint16_t
rs_mld_run(struct rs_link *link, uint64_t now, struct rte_mbuf **tx, uint16_t room)
{
	uint16_t sent = 0;
	uint16_t i;

	for (i = 0; i < RS_PORTS_MAX && sent < room; i++)
		sent = (uint16_t)(sent + run_port(link, i, now, &tx[sent],
			(uint16_t)(room - sent)));
	return sent;
}

uint64_t
rs_mld_due(const struct rs_link *link)
{
	uint64_t due = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < RS_PORTS_MAX; i++) {
		const struct rs_mld *mld = &link->mld[i];

		if (mld->changes > 0)
			due = RTE_MIN(due, mld->change_due);
		if (mld->answers)
			due = RTE_MIN(due, mld->answer_due);
	}
	return due;
}
