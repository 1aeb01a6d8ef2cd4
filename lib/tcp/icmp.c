/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What an ICMP error does to the connection that it is about (RFC 9293 3.9.2.2), as far as
 * a stranger who guesses can be kept from doing it (RFC 5927).
 */

#include "base/seq.h"
#include "tcp/tcp.h"

/* Eff.snd.MSS that an error is believed down to while what we send gets through: no path
 * of today carries less than what every host takes (RFC 791 3.1, RFC 5927 7.2). */
#define MSS_BELIEVED 536

/* The segment needs a fragmentation that we forbid: smaller ones from now on (RFC 1191). */
static void
too_big(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_icmp_error *error)
{
	uint16_t least = tcb->backoff > 0 ? RS_MSS_LEAST : MSS_BELIEVED;
	uint16_t mss = error->mss > least ? error->mss : least;

	if (mss >= tcb->snd_mss)
		return;
	tcb->snd_mss = mss;
	tcp->stats->tcp.mss_lowered++;
	if (rs_tcb_synchronized(tcb))
		rs_rtx_resegment(tcp, tcb);
}

/* A connection that is not synchronized ends; one that is bears it (RFC 5927 5.2). */
static void
hard(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (rs_tcb_synchronized(tcb))
		return;
	if (tcb->state == RS_SYN_RECEIVED && (tcb->flags & RS_F_ACTIVE) == 0)
		rs_listen_return(tcp, tcb);
	else
		rs_tcp_end(tcp, tcb, RS_END_UNREACHABLE);
}

static void
take(struct rs_tcp *tcp, const struct rs_icmp_error *error)
{
	uint32_t hash = rs_tuple_hash(&tcp->link->key, &error->tuple);
	uint32_t index = rs_conn_find(&tcp->table, &error->tuple, hash);
	struct rs_tcb *tcb = &tcp->tcbs[index];

	/* RFC 5927 4.1: SND.UNA =< SEG.SEQ < SND.NXT, or it is about nothing of ours */
	if (index == 0 ||
	    !rs_seq_in_window(error->seq, tcb->snd_una, tcb->snd_nxt - tcb->snd_una)) {
		tcp->stats->tcp.icmp_stale++;
		return;
	}
	tcp->stats->tcp.icmp_taken++;
	rs_tcp_report(tcp, tcb, RS_ERROR_ICMP, (uint32_t)error->type << 8 | error->code);
	if (tcb->state == RS_CLOSED)
		return;
	if (error->kind == RS_ICMP_TOO_BIG)
		too_big(tcp, tcb, error);
	else if (error->kind == RS_ICMP_HARD)
		hard(tcp, tcb);
}

void
rs_tcp_icmp(struct rs_tcp *tcp)
{
	struct rs_link *link = tcp->link;
	uint16_t i;

	for (i = 0; i < link->n_errors; i++)
		take(tcp, &link->errors[i]);
	link->n_errors = 0;
}
