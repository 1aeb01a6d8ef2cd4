/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * TIME-WAIT: its 2 MSL (RFC 9293 3.6.1, MUST-13), and reopening by a new SYN (MAY-2,
 * RFC 6191).
 */

#include "base/seq.h"
#include "packet/tcp_options.h"
#include "tcp/tcp.h"

/* Distance of the new ISS from SND.NXT of the connection before. */
#define ISS_BEYOND 65537

void
rs_timewait_enter(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (tcb->state != RS_TIME_WAIT) {
		tcp->stats->tcp.time_waits++;
		rs_tcb_set_state(tcp, tcb, RS_TIME_WAIT);
	}
	rs_tcp_timer_stop(tcb, RS_TIMER_RTX);
	rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, 2 * tcp->par.msl_ms);
	/* If the service has taken all text, its part is over. */
	if ((tcb->flags & RS_F_FIN_RCVD) == 0)
		rs_receive_offer(tcp, tcb);
}

/*
 * Whether a SYN cannot be a duplicate from the connection before it (RFC 6191 2): its
 * timestamp is later, or else its ISN is beyond every sequence number of the peer before.
 */
static bool
is_later(struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	struct rs_options opt;

	rs_options_parse(rs_segment_options(seg, m), seg->opt_len, &opt);
	if (opt.has_ts && tcp->par.timestamps) {
		/* The connection before had no timestamps, so neither has an old duplicate. */
		if ((tcb->flags & RS_F_TS) == 0)
			return true;
		if (opt.tsval != tcb->ts_recent)
			return rs_seq_gt(opt.tsval, tcb->ts_recent);
	}
	return rs_seq_geq(seg->seq, tcb->rcv_nxt);
}

void
rs_timewait_over(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if (rs_receive_waits(tcp, tcb))
		rs_receive_offer(tcp, tcb);
	if (tcb->state == RS_CLOSED)
		return;
	if (rs_receive_waits(tcp, tcb))
		rs_tcp_timer_set(tcp, tcb, RS_TIMER_LIFE, 2 * tcp->par.msl_ms);
	else
		rs_tcp_end(tcp, tcb, RS_END_CLOSED);
}

bool
rs_timewait_reopen(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	uint32_t iss = rs_open_isn(tcp, &tcb->tuple);
	const struct rs_listener *listener;
	uint32_t rcv_nxt;
	bool drop;

	if (tcp->stopping || !rs_tcp_in_vlan(tcp, tcb, m) || !is_later(tcp, tcb, seg, m))
		return false;
	/* The service must take the text of the connection before first. */
	if (rs_receive_waits(tcp, tcb))
		return false;
	listener = rs_listen_find(tcp, seg, &drop);
	/* Another security is the third step's: it comes before the SYN bit. */
	if (listener == NULL ||
	    !rs_ip_options_secure(rs_segment_ip(seg, m), &listener->security))
		return false;
	/* MAY-2 (1) */
	if (!rs_seq_gt(iss, tcb->snd_nxt))
		iss = tcb->snd_nxt + ISS_BEYOND;
	rs_tcp_notify_end(tcp, tcb, RS_END_CLOSED);
	rs_tcb_busy_put(tcp, tcb);
	rs_ip_extra_put(tcp, tcb);
	rs_tcp_count_end(tcp, tcb, RS_END_CLOSED);
	tcb->user = NULL; /* set by the service of the connection before */
	/* MAY-2 (2): save the numbers in case the SYN turns out to be an old duplicate. */
	rcv_nxt = tcb->rcv_nxt;
	tcb->old_snd_nxt = tcb->snd_nxt;
	tcb->old_ts_recent = tcb->ts_recent;
	tcb->flags = (tcb->flags & (RS_F_READY | RS_F_TIMER)) | RS_F_REOPENED |
		((tcb->flags & RS_F_TS) != 0 ? RS_F_OLD_TS : 0);
	rs_open_bind(tcp, tcb, listener);
	if (!rs_neigh_is(tcp->link, tcb->neigh, m))
		rs_tcp_move(tcp, tcb, m);
	tcp->stats->tcp.reopened++;
	rs_open_begin(tcp, tcb, iss);
	rs_open_syn(tcp, tcb, seg, m);
	tcb->snd_wl1 = rcv_nxt;
	rs_open_received(tcp, tcb, seg);
	return true;
}
