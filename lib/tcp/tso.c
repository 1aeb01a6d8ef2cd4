/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Frames of several segments of new data, which a device cuts (TSO). All segments of a frame are
 * full, so sender and scoreboard see what they would see if each had been sent alone.
 */

#include <rte_tcp.h>

#include "base/mbuf.h"
#include "packet/frame.h"
#include "tcp/loss/ecn.h"
#include "tcp/tcp.h"

/* Flags of connections whose IP options a device may not know. */
#define F_IP_OPTIONS (RS_F_SECURE | RS_F_IP_EXTRA)

/* The port that the frames of a connection leave through. */
static const struct rs_port *
port_of(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return &tcp->link->ports[tcp->link->neighs[tcb->neigh].port];
}

bool
rs_tso_allows(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_busy *busy = rs_tcb_busy(tcp, tcb);

	/* a text of the service is a light flight's */
	return port_of(tcp, tcb)->tso_mbufs > 1 && (tcb->flags & F_IP_OPTIONS) == 0 &&
	       !rs_tcp_next_is_alone(tcb, busy) && busy->snd_text == NULL;
}

/* Bytes of headers in front of the text of a large frame. */
static uint32_t
headers_len(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	return (uint32_t)RTE_ETHER_HDR_LEN + rs_headers_len(&tcb->tuple.raddr) +
	       rs_tcp_options_len(tcp, tcb);
}

struct rte_mbuf *
rs_tso_get(struct rs_tcp *tcp, const struct rs_tcb *tcb, uint32_t full, uint32_t *segs)
{
	uint16_t most = port_of(tcp, tcb)->tso_mbufs;
	uint32_t head = headers_len(tcp, tcb);
	uint32_t need = head + RTE_MIN(*segs, (UINT16_MAX - head) / full) * full;
	struct rte_mbuf *first = NULL;
	struct rte_mbuf *last = NULL;
	uint32_t room = 0;
	uint16_t n;

	for (n = 0; n < most && room < need; n++) {
		struct rte_mbuf *m = rs_tcp_mbuf_get(tcp);

		if (m == NULL)
			break;
		room += (uint32_t)(m->buf_len - m->data_off);
		*(last != NULL ? &last->next : &first) = m;
		last = m;
	}
	room = RTE_MIN(room, need);
	*segs = room > head ? (room - head) / full : 0;
	if (first != NULL)
		first->nb_segs = n;
	if (*segs > 1)
		return first;
	rte_pktmbuf_free(first);
	return NULL;
}

/*
 * Copy len queued bytes into a chain, behind the headers. None of its mbufs stays empty, because
 * each has room for a whole frame (rs_stack_create()), so what rs_tso_get() leaves free is less.
 */
static void
fill_chain(const struct rs_tcp *tcp, struct rte_mbuf *first, uint32_t head, uint32_t len,
	uint32_t *chunk, uint32_t *off)
{
	struct rte_mbuf *m;

	for (m = first; m != NULL; m = m->next) {
		uint32_t part = RTE_MIN(len, (uint32_t)(m->buf_len - m->data_off) - head);

		rs_queue_copy(&tcp->buf, chunk, off, rte_pktmbuf_mtod_offset(m, uint8_t *, head),
			part);
		m->data_len = (uint16_t)(head + part);
		len -= part;
		head = 0;
		RTE_ASSERT(part > 0);
	}
	RTE_ASSERT(len == 0);
}

void
rs_tso_write(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rte_mbuf *m,
	const struct rs_tso_text *text, uint32_t *chunk, uint32_t *off)
{
	uint8_t opt[RS_OPTIONS_MAX];
	struct rs_tcp_out out = {
		.tuple = &tcb->tuple,
		.seq = tcb->snd_nxt,
		.ack = tcb->rcv_nxt,
		.wnd = rs_receive_window(tcp, tcb, rs_tcb_busy(tcp, tcb)),
		.flags = text->flags | RTE_TCP_ACK_FLAG,
		.tos = rs_tcb_tos(tcp, tcb, NULL),
		.opt = opt,
	};

	out.opt_len = rs_tcp_options_write(tcp, tcb, opt);
	if ((tcb->flags & RS_F_ECN) != 0)
		rs_ecn_out(tcb, &out, text->len);
	fill_chain(tcp, m, rs_frame_header_len(&out), text->len, chunk, off);
	rs_frame_write_large(tcp->link, tcb->neigh, m, &out, (uint16_t)text->len,
		(uint16_t)text->full);
	tcp->stats->tcp.tx_large++;
}
