/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The access list (packet/acl.h) in front of the state machine. It decides about segments that
 * belong to no connection, so a change of the list does not end connections. A received reset is
 * not its business, because it is never answered.
 */

#include <string.h>

#include <rte_tcp.h>

#include "packet/acl.h"
#include "packet/plain.h"
#include "packet/plain6.h"
#include "tcp/tcp.h"

/* Whether a segment would be the first of a connection. */
static bool
may_begin(const struct rs_tcp *tcp, const struct rs_segment *seg, uint32_t index)
{
	if ((seg->flags & RTE_TCP_RST_FLAG) != 0)
		return false;
	if (index == 0)
		return true;
	/* a SYN may reopen a connection in TIME-WAIT (MAY-2) */
	return (seg->flags & (RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG)) == RTE_TCP_SYN_FLAG &&
	       ((index & RS_CONN_WAITS) != 0 || tcp->tcbs[index].state == RS_TIME_WAIT);
}

/* The key of a segment. */
static struct rs_acl_key
key_of(const struct rs_tcp *tcp, const struct rs_segment *seg)
{
	const struct rs_listener *listener = rs_listen_match(tcp, &seg->tuple);

	return (struct rs_acl_key){
		.listener = listener != NULL ? (uint8_t)(listener - tcp->listeners) :
			RS_ACL_NO_LISTENER,
		.source = seg->tuple.raddr,
		.port = rte_cpu_to_be_16(seg->tuple.lport),
	};
}

void
rs_screen_segments(const struct rs_tcp *tcp, const struct rs_segment *segs, uint16_t n,
	uint32_t *index)
{
	struct rs_acl_search searched;
	uint8_t which[RS_BURST]; /* index of the segment of each key */
	unsigned int i;

	searched.n = 0;
	for (i = 0; i < n; i++) {
		struct rs_acl_key key;

		if (!may_begin(tcp, &segs[i], index[i]))
			continue;
		key = key_of(tcp, &segs[i]);
		if (!rs_acl_suspects(tcp->acl, &key))
			continue;
		which[searched.n] = (uint8_t)i;
		searched.keys[searched.n++] = key;
	}
	if (searched.n == 0)
		return;
	rs_acl_decide(tcp->acl, &searched);
	for (i = 0; i < searched.n; i++) {
		if (searched.actions[i] == RS_ACL_DROP)
			index[which[i]] = RS_SCREEN_DROP;
		else if (searched.actions[i] == RS_ACL_RESET)
			index[which[i]] = RS_SCREEN_RESET;
	}
}

void
rs_screen_refuse(struct rs_tcp *tcp, struct rs_segment *seg, uint32_t index)
{
	tcp->stats->tcp.rx_segments++;
	if (index == RS_SCREEN_RESET)
		seg->owed = RS_RESET_acl;
	else
		tcp->stats->drop[RS_DROP_acl]++;
}

/* Drop a stray. */
static void
drop_stray(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf *m)
{
	tcp->stats->tcp.rx_segments++;
	tcp->stats->drop[RS_DROP_acl]++;
	parsed->done[parsed->n_free++] = m;
}

uint16_t
rs_screen_strays(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rs_stray refused[RS_BURST])
{
	struct rs_acl_search searched;
	uint16_t n = parsed->n_strays;
	uint16_t n_refused = 0;
	uint16_t i;

	for (searched.n = 0; searched.n < n; searched.n++) {
		const uint8_t *p = rte_pktmbuf_mtod(parsed->strays[searched.n].m, const uint8_t *);

		searched.keys[searched.n] = (struct rs_acl_key){
			.listener = RS_ACL_NO_LISTENER,
			.source = rs_addr_from_ipv4(rs_cksum_word(p + RS_PLAIN_ADDRS, 0)),
			.port = rs_plain_lport(p),
		};
	}
	rs_acl_decide(tcp->acl, &searched);
	parsed->n_strays = 0;
	for (i = 0; i < n; i++) {
		if (searched.actions[i] == RS_ACL_ALLOW)
			parsed->strays[parsed->n_strays++] = parsed->strays[i];
		else if (searched.actions[i] == RS_ACL_RESET)
			refused[n_refused++] = parsed->strays[i];
		else
			drop_stray(tcp, parsed, parsed->strays[i].m);
	}
	return n_refused;
}

uint16_t
rs_screen_strays6(struct rs_tcp *tcp, struct rs_parsed *parsed,
	struct rs_stray6 refused[RS_BURST])
{
	struct rs_acl_search searched;
	uint16_t n = parsed->n_strays6;
	uint16_t n_refused = 0;
	uint16_t i;

	for (searched.n = 0; searched.n < n; searched.n++) {
		const uint8_t *p = rte_pktmbuf_mtod(parsed->strays6[searched.n].m, const uint8_t *);
		struct rs_acl_key *key = &searched.keys[searched.n];

		*key = (struct rs_acl_key){
			.listener = RS_ACL_NO_LISTENER,
			.port = rs_plain6_lport(p),
		};
		memcpy(&key->source, p + RS_PLAIN6_SRC, sizeof(key->source));
	}
	rs_acl_decide(tcp->acl, &searched);
	parsed->n_strays6 = 0;
	for (i = 0; i < n; i++) {
		if (searched.actions[i] == RS_ACL_ALLOW)
			parsed->strays6[parsed->n_strays6++] = parsed->strays6[i];
		else if (searched.actions[i] == RS_ACL_RESET)
			refused[n_refused++] = parsed->strays6[i];
		else
			drop_stray(tcp, parsed, parsed->strays6[i].m);
	}
	return n_refused;
}
