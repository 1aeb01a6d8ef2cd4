/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The frames of a turn: segments with options, those of IPv6, SYNs and SYN-ACKs.
 */

#include "packet/frame_write.h"
#include "packet/tcp_options.h"
#include "tcp/loss/ecn.h"
#include "tcp/turn.h"

/* Copy queued bytes behind the headers of m. @return their sum, if the device does not make it */
static __rte_always_inline uint64_t
copy_text(struct rs_turn *t, struct rte_mbuf *m, const struct rs_tcp_out *out, uint32_t len)
{
	const struct rs_link *link = t->tcp->link;
	bool summed = likely(!link->ports[link->neighs[t->tcb->neigh].port].tx_tcp_cksum) ||
		!rs_frame_may_offload(out);

	return rs_turn_copy(t, rte_pktmbuf_mtod_offset(m, uint8_t *, rs_frame_header_len(out)), len,
		summed);
}

/*
 * Write a segment with the len queued bytes at seq into m. `bare` is a constant of the caller:
 * rs_turn_is_bare() has found that the segment has neither options nor ECN.
 */
static __rte_always_inline void
segment_write(struct rs_turn *t, struct rte_mbuf *m, uint32_t seq, uint32_t len, uint8_t flags,
	uint16_t wnd, const bool bare)
{
	struct rs_tcb *tcb = t->tcb;
	const struct rs_ip_extra *extra = bare ? NULL : rs_tcb_ip_extra(t->tcp, tcb);
	uint8_t opt[RS_OPTIONS_MAX];
	struct rs_tcp_out out = {
		.tuple = &tcb->tuple,
		.seq = seq,
		.ack = tcb->rcv_nxt,
		.wnd = wnd,
		.flags = flags | RTE_TCP_ACK_FLAG,
		.tos = rs_tcb_tos(t->tcp, tcb, extra),
		.extra = extra,
		.opt = opt,
	};
	uint64_t sum = 0;

	if (!bare)
		out.opt_len = rs_tcp_options_write(t->tcp, tcb, opt);
	if (len > 0)
		sum = copy_text(t, m, &out, len);
	if (!bare && (tcb->flags & RS_F_ECN) != 0)
		rs_ecn_out(tcb, &out, len);
	rs_frame_write_inline(t->tcp->link, tcb->neigh, m, &out, (uint16_t)len, sum);
}

__rte_noinline void
rs_turn_write(struct rs_turn *t, struct rte_mbuf *m, uint32_t seq, uint32_t len,
	uint8_t flags, uint16_t wnd)
{
	segment_write(t, m, seq, len, flags, wnd, false);
}

__rte_noinline void
rs_turn_write_bare(struct rs_turn *t, struct rte_mbuf *m, uint32_t seq, uint32_t len,
	uint8_t flags, uint16_t wnd)
{
	segment_write(t, m, seq, len, flags, wnd, true);
}

__rte_noinline bool
rs_turn_send(struct rs_turn *t, uint32_t seq, uint32_t len, uint8_t flags)
{
	return rs_turn_send_inline(t, t->busy, seq, len, flags);
}

/* rs_turn_send_alike() for plain frames: what is the same in all of them is looked up once. */
static __rte_noinline uint32_t
send_alike_plain(struct rs_turn *t, uint32_t n, uint32_t len)
{
	struct rs_tcp *tcp = t->tcp;
	const struct rs_tcb *tcb = t->tcb;
	const struct rs_neigh *to = &tcp->link->neighs[tcb->neigh];
	const struct rs_plain_ends ends = rs_plain_ends_of_tuple(to, &tcb->tuple);
	struct rs_plain_segment out = {
		.seq = tcb->snd_nxt,
		.ack = tcb->rcv_nxt,
		.wnd = rs_receive_window(tcp, t->tcb, t->busy),
		.flags = RTE_TCP_ACK_FLAG,
		.tos = tcp->listeners[tcb->listener].tos,
	};
	uint32_t i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = rs_turn_mbuf(t);

		if (m == NULL)
			break;
		rs_turn_write_plain(t, to, &ends, m, &out, len);
		out.seq += len;
		t->tx[t->n++] = m;
	}
	tcp->link->stats->packet.tx_frames += i;
	if (i > 0)
		rs_turn_sent(t, i);
	return i;
}

uint32_t
rs_turn_send_alike(struct rs_turn *t, uint32_t n, uint32_t len)
{
	struct rs_tcb *tcb = t->tcb;
	uint32_t i;

	if (likely(rs_turn_is_bare(tcb, t->busy) && rs_tuple_is_ipv4(&tcb->tuple))) {
		n = send_alike_plain(t, n, len);
		tcb->snd_nxt += n * len;
		return n;
	}
	for (i = 0; i < n && rs_turn_send(t, tcb->snd_nxt, len, 0); i++)
		tcb->snd_nxt += len; /* new data begins there (rs_ecn_out()) */
	return i;
}

/* Write <SEQ=ISS><CTL=SYN>, or in SYN-RECEIVED <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>. */
static __rte_noinline void
syn_write(const struct rs_turn *t, struct rte_mbuf *m)
{
	struct rs_tcp *tcp = t->tcp;
	struct rs_tcb *tcb = t->tcb;
	const struct rs_ip_extra *extra = rs_tcb_ip_extra(tcp, tcb);
	uint8_t opt[RS_OPTIONS_MAX];
	struct rs_tcp_out out = {
		.tuple = &tcb->tuple,
		.seq = tcb->snd_una,
		/* not scaled (RFC 7323 2.2); a later ACK may have offered a larger window */
		.wnd = (uint16_t)RTE_MIN(tcb->rcv_wnd, (uint32_t)UINT16_MAX),
		.flags = (uint8_t)(RTE_TCP_SYN_FLAG | rs_ecn_syn_flags(tcp, tcb)),
		.tos = rs_tcb_tos(tcp, tcb, extra),
		.extra = extra,
		.opt = opt,
	};

	if (tcb->state == RS_SYN_RECEIVED) {
		out.flags |= RTE_TCP_ACK_FLAG;
		out.ack = tcb->rcv_nxt;
	}
	out.opt_len = rs_syn_options_write(tcp, tcb, opt);
	rs_frame_write_inline(tcp->link, tcb->neigh, m, &out, 0, 0);
}

/* Whether the words of the SYN-ACK are prepared: those that SYN cookies are answered with. */
static inline bool
syn_ack_is_prepared(const struct rs_turn *t, uint16_t port)
{
	const struct rs_tcb *tcb = t->tcb;

	return tcb->state == RS_SYN_RECEIVED && t->tcp->cookies.brief[port] &&
	       (tcb->flags & (RS_F_ACTIVE | RS_F_SECURE | RS_F_IP_EXTRA)) == 0 &&
	       rs_tuple_is_ipv4(&tcb->tuple) &&
	       tcb->rcv_wnd == RTE_MIN(t->tcp->par.rcv_buf, (uint32_t)UINT16_MAX);
}

/* syn_write() for a SYN-ACK whose words are prepared. */
static __rte_always_inline void
syn_ack_write(const struct rs_turn *t, const struct rs_neigh *to, struct rte_mbuf *m)
{
	struct rs_tcp *tcp = t->tcp;
	const struct rs_tcb *tcb = t->tcb;
	const struct rs_plain_ends ends = rs_plain_ends_of_tuple(to, &tcb->tuple);
	const struct rs_port_words *port = &tcp->link->words[to->port];
	uint32_t has = ((tcb->flags & RS_F_TS) != 0 ? RS_OFFER_TS : 0) |
		((tcb->flags & RS_F_SACK) != 0 ? RS_OFFER_SACK : 0) |
		((tcb->flags & RS_F_WSCALE) != 0 ? RS_OFFER_WSCALE : 0) |
		((tcb->flags & RS_F_ECN) != 0 ? RS_OFFERS : 0);
	struct rs_plain_syn_words words = {
		.numbers = rte_cpu_to_be_64((uint64_t)tcb->snd_una << 32 | tcb->rcv_nxt),
		.tos = tcp->listeners[tcb->listener].tos,
	};

	if ((tcb->flags & RS_F_TS) != 0)
		words.ts = rte_cpu_to_be_64((uint64_t)rs_ts_now(tcp, tcb) << 32 | tcb->ts_recent);
	m->port = to->port;
	rs_plain_syn_ack(port, &tcp->cookies.answers[to->port][has], m, &ends, &words);
	rs_plain_offload(port, m, rte_pktmbuf_mtod(m, uint8_t *));
	tcp->stats->packet.tx_frames++;
}

/* flattened, because each connection passes here once */
__rte_noinline __attribute__((flatten)) void
rs_turn_send_syn(struct rs_turn *t)
{
	struct rs_tcp *tcp = t->tcp;
	struct rs_tcb *tcb = t->tcb;
	const struct rs_neigh *to = &tcp->link->neighs[tcb->neigh];
	struct rte_mbuf *m = rs_turn_mbuf(t);

	if (m == NULL)
		return;
	if (likely(syn_ack_is_prepared(t, to->port)))
		syn_ack_write(t, to, m);
	else
		syn_write(t, m);
	t->tx[t->n++] = m;
	tcp->stats->tcp.tx_segments++;
	tcb->owes &= (uint8_t)~(RS_OWES_SYN | RS_OWES_ACK);
	if (tcb->backoff > 0)
		rs_tcp_retransmitted(tcp, tcb);
	else
		tcb->syn_sent = (uint32_t)tcp->now;
	rs_rtx_sent(tcp, tcb);
}
