/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The effect of an ICMP error on the connection that it quotes (RFC 9293 3.9.2.2), with the
 * checks against off-path attackers (RFC 5927).
 */

#include "base/seq.h"
#include "tcp/loss/loss.h"
#include "tcp/tcp.h"

/* While our segments get through, an error lowers Eff.snd.MSS to this at least, because every
 * path of today carries the datagram that every host accepts (RFC 791 3.1, RFC 5927 7.2). An error
 * of IPv6 never asks for so little, because packet/icmp6.c has dropped it. */
#define MSS_BELIEVED 536

/* Too big for the path: send smaller segments from now on (RFC 1191, RFC 8201). */
static void
lower_mss(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_icmp_error *error)
{
	uint16_t least = tcb->backoff > 0 ? RS_MSS_LEAST : MSS_BELIEVED;
	uint16_t mss = error->mss > least ? error->mss : least;
	uint16_t before = tcb->snd_mss;

	if (mss >= before)
		return;
	tcb->snd_mss = mss;
	tcp->stats->tcp.mss_lowered++;
	if (rs_tcb_synchronized(tcb)) {
		rs_path_lowered(tcp, tcb, before, true);
		rs_rtx_resegment(tcp, tcb);
	}
}

/* A hard error ends an open; a synchronized connection survives it (RFC 5927 5.2). */
static void
take_hard_error(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (rs_tcb_synchronized(tcb))
		return;
	if (tcb->state == RS_SYN_RECEIVED && (tcb->flags & RS_F_ACTIVE) == 0)
		rs_listen_return(tcp, tcb);
	else
		rs_tcp_end(tcp, tcb, RS_END_UNREACHABLE);
}

/* Hand the frame of an error over to the stack that may have its connection. */
static bool
hand_over(const struct rs_link *link, struct rs_icmp_error *error)
{
	if (error->m == NULL || !link->hand_over(link->hand_over_arg, &error->tuple, error->m))
		return false;
	error->m = NULL;
	return true;
}

/* Apply one ICMP error. */
static void
take_error(struct rs_tcp *tcp, struct rs_icmp_error *error)
{
	uint32_t hash = rs_tuple_hash(&tcp->link->key, &error->tuple);
	uint32_t index = rs_conn_find(&tcp->table, &error->tuple, hash);
	bool has_tcb = index != 0 && (index & RS_CONN_WAITS) == 0;
	struct rs_tcb *tcb = &tcp->tcbs[has_tcb ? index : 0];

	if (index == 0 && hand_over(tcp->link, error))
		return;
	/* RFC 5927 4.1: SND.UNA =< SEG.SEQ < SND.NXT, or it quotes no segment in flight; a
	 * record of TIME-WAIT has none */
	if (!has_tcb || !rs_seq_in_window(error->seq, tcb->snd_una, tcb->snd_nxt - tcb->snd_una)) {
		tcp->stats->tcp.icmp_stale++;
		return;
	}
	tcp->stats->tcp.icmp_taken++;
	rs_tcp_report(tcp, tcb, RS_ERROR_ICMP, (uint32_t)error->type << 8 | error->code);
	if (tcb->state == RS_CLOSED)
		return;
	if (error->kind == RS_ICMP_TOO_BIG)
		lower_mss(tcp, tcb, error);
	else if (error->kind == RS_ICMP_HARD)
		take_hard_error(tcp, tcb);
}

void
rs_tcp_icmp(struct rs_tcp *tcp)
{
	struct rs_link *link = tcp->link;
	uint16_t i;

	for (i = 0; i < link->n_errors; i++) {
		take_error(tcp, &link->errors[i]);
		rte_pktmbuf_free(link->errors[i].m);
	}
	link->n_errors = 0;
}
