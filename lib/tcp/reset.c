/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Build every reset (RFC 9293 3.5.2); no other file does. Input decides whether a segment is
 * owed a reset, this file its SEQ and ACK. It also keeps the log of resets.
 */

#include <rte_prefetch.h>
#include <rte_tcp.h>

#include "base/seq.h"
#include "tcp/tcp.h"

#define RECORDS (RS_RESET_LOG + 1)

/* Log a reset. The head moves after the record is complete (rs_reset_log_read()). */
static inline void
log_reset(struct rs_tcp *tcp, const struct rs_tuple *tuple, uint32_t seq, uint32_t ack,
	uint8_t flags, uint8_t state, uint8_t cause, bool sent)
{
	struct rs_reset_log *log = &tcp->log;
	struct rs_reset_record *record = &log->records[log->head % RECORDS];

	/* no reader may see the old head beside a part of the new record */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	record->time = tcp->now;
	record->tuple = *tuple;
	record->seq = seq;
	record->ack = ack;
	record->state = state;
	record->cause = cause;
	record->sent = sent;
	record->flags = flags;
	__atomic_store_n(&log->head, log->head + 1, __ATOMIC_RELEASE);
}

/* noinline, so that the compiler keeps the loop's variables in registers. */
__rte_noinline uint16_t
rs_reset_burst(struct rs_tcp *tcp, const struct rs_segment *segs, struct rte_mbuf **pkts,
	uint16_t n, struct rte_mbuf **tx)
{
	unsigned int sent = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		const struct rs_segment *seg = &segs[i];
		uint32_t seq = 0;
		uint32_t ack = 0;
		uint8_t flags = RTE_TCP_RST_FLAG;
		enum rs_state state = RS_CLOSED;

		if (seg->owed >= RS_RESET_MAX) {
			if (seg->owed == RS_SEGMENT_ANSWERED)
				tx[sent++] = pkts[i];
			continue;
		}
		if ((seg->flags & RTE_TCP_ACK_FLAG) != 0) {
			/* <SEQ=SEG.ACK><CTL=RST> */
			seq = seg->ack;
		} else {
			/* <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
			ack = seg->seq + seg->len;
			flags |= RTE_TCP_ACK_FLAG;
		}
		if (seg->owed == RS_RESET_listen_bad_ack)
			state = RS_LISTEN;
		else if (seg->owed == RS_RESET_syn_sent_bad_ack)
			state = RS_SYN_SENT;
		else if (seg->owed == RS_RESET_syn_received_bad_ack)
			state = RS_SYN_RECEIVED;
		rs_frame_answer(tcp->link, seg, pkts[i], seq, ack, flags);
		tcp->stats->reset_sent[seg->owed]++;
		log_reset(tcp, &seg->tuple, seq, ack, flags, (uint8_t)state, seg->owed, true);
		tx[sent++] = pkts[i];
	}
	tcp->stats->tcp.tx_segments += sent;
	return (uint16_t)sent;
}

/*
 * SEQ of an abort's reset: SND.NXT (3.10.5), but not beyond SND.UNA + SND.WND, because the
 * peer drops a reset there. A probe of a closed window lies beyond it, and the peer has not
 * taken its octet.
 */
static uint32_t
abort_seq(const struct rs_tcb *tcb)
{
	uint32_t edge = tcb->snd_una + rs_tcb_snd_wnd(tcb);

	/* SYN and FIN need no window. */
	if (tcb->end_state == RS_SYN_SENT || tcb->end_state == RS_SYN_RECEIVED ||
	    (tcb->flags & RS_F_FIN_SENT) != 0)
		return tcb->snd_nxt;
	return rs_seq_lt(edge, tcb->snd_nxt) ? edge : tcb->snd_nxt;
}

struct rte_mbuf *
rs_reset_connection(struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_ip_extra *extra = rs_tcb_ip_extra(tcp, tcb);
	uint8_t opt[RS_OPTIONS_TS_LEN];
	struct rs_tcp_out out = {
		.tuple = &tcb->tuple,
		.seq = abort_seq(tcb),
		.flags = RTE_TCP_RST_FLAG,
		.tos = rs_tcb_tos(tcp, tcb, extra),
		.extra = extra,
		.opt = opt,
	};
	struct rte_mbuf *m = rs_tcp_mbuf_get(tcp);

	if (m == NULL)
		return NULL;
	if ((tcb->flags & RS_F_TS) != 0) /* RFC 7323 3.2; TSecr is 0 without ACK */
		out.opt_len = rs_options_write_ts(opt, rs_ts_now(tcp, tcb), 0);
	rs_frame_write(tcp->link, tcb->neigh, m, &out, 0, 0);
	tcp->stats->reset_sent[tcb->reason]++;
	tcp->stats->tcp.tx_segments++;
	log_reset(tcp, &tcb->tuple, out.seq, 0, out.flags, tcb->end_state, tcb->reason, true);
	return m;
}

void
rs_reset_received(struct rs_tcp *tcp, const struct rs_segment *seg, enum rs_state state,
	enum rs_reset_verdict verdict)
{
	uint32_t ack = (seg->flags & RTE_TCP_ACK_FLAG) != 0 ? seg->ack : 0;

	tcp->stats->reset_received[verdict]++;
	log_reset(tcp, &seg->tuple, seg->seq, ack, seg->flags, (uint8_t)state, (uint8_t)verdict,
		false);
}

unsigned int
rs_reset_log_read(const struct rs_reset_log *log, struct rs_reset_record *records,
	unsigned int n)
{
	uint64_t head = __atomic_load_n(&log->head, __ATOMIC_ACQUIRE);
	unsigned int copied = 0;
	uint64_t oldest = head > RS_RESET_LOG ? head - RS_RESET_LOG : 0;
	uint64_t i;

	for (i = head; i > oldest && copied < n; i--)
		records[copied++] = log->records[(i - 1) % RECORDS];
	/* Drop the records that the writer may have changed during the copy: record k is being
	 * overwritten once the head is k + RECORDS. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	oldest = __atomic_load_n(&log->head, __ATOMIC_RELAXED);
	while (copied > 0 && head - copied + RECORDS <= oldest)
		copied--;
	return copied;
}
