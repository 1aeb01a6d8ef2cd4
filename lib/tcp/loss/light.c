/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A light flight: all data that was queued is sent at one time, once, and is at most half of the
 * initial window, as nearly every short response is. Until its ACK nothing else has to be known
 * of it than SND.UNA, SND.NXT and the time, and the ACK changes no window, because the window was
 * not used up (RFC 9438 5.8, RFC 5681 3.1). So it has no sender. It gets one that knows it
 * (rs_sender_get()) when an ACK, a timer or more data says something else.
 */

#include "base/seq.h"
#include "tcp/loss/ecn.h"
#include "tcp/loss/loss.h"

bool
rs_light_fits(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_busy *busy)
{
	uint32_t cwnd = rs_cc_initial_window(tcp->par.initial_window, tcb->snd_mss);
	uint32_t wnd = RTE_MIN(rs_tcb_snd_wnd(tcb), tcp->par.snd_window);
	uint64_t len = busy->snd_len + 1; /* perhaps with our FIN */

	return tcb->snd_una == tcb->snd_nxt && busy->sender == 0 && busy->idle.cwnd == 0 &&
	       busy->snd_len > 0 && len < cwnd / 2 && len + tcb->snd_mss <= cwnd && len <= wnd &&
	       (tcb->flags & (RS_F_T_RTX | RS_F_FIN_SENT | RS_F_UTO)) == 0 && !rs_sack_waits(busy);
}

/* flattened, because nearly each answer is a light flight */
__attribute__((flatten)) void
rs_light_sent(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_busy *busy)
{
	uint32_t rto = rs_rtt_rto(&tcp->par, tcb);
	uint32_t pto = rs_tlp_pto_alone(tcb);

	busy->light = true;
	busy->light_sent = (uint32_t)tcp->now;
	rs_rtx_begin(tcp, tcb, pto != 0 && pto < rto ? pto : rto);
}

bool
rs_light_acked(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt)
{
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	uint32_t acked = seg->ack - tcb->snd_una;

	if (busy == NULL || !busy->light)
		return false;
	if (seg->ack != tcb->snd_nxt || opt->n_sack > 0 || rs_ecn_is_echo(tcb, seg)) {
		rs_sender_get(tcp, tcb);
		return false;
	}
	rs_rtt_sample(tcb, (uint32_t)tcp->now - busy->light_sent);
	rs_neigh_progress(tcp->link, tcb->neigh, tcp->tick);
	busy->light = false;
	tcb->snd_una = seg->ack;
	rs_rtx_acked(tcp, tcb, acked);
	if (seg->data_len == 0) /* else after the text, because most answers need it again */
		rs_tcb_busy_release(tcp, tcb);
	return true;
}

void
rs_light_end(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_busy *busy,
	struct rs_sender *snd)
{
	uint32_t age = (uint32_t)tcp->now - busy->light_sent;
	uint32_t tick = (uint32_t)((tcp->now - age) / 1000);
	uint32_t fin = (tcb->flags & RS_F_FIN_SENT) != 0;
	uint32_t text = tcb->snd_nxt - tcb->snd_una - fin;
	uint32_t last = (text - 1) % rs_tcp_text_max(tcp, tcb) + 1 + fin;

	busy->light = false;
	rs_range_first(tcp, &snd->board, tcb->snd_una, tcb->snd_nxt, busy->light_sent, last);
	snd->last_sent = tick;
	snd->rto_due = tick + rs_rtt_rto(&tcp->par, tcb) + 1;
	snd->timer = tcb->t_rtx == snd->rto_due ? RS_RTX_RTO : RS_RTX_PTO;
}
