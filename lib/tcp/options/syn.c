/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The options of SYNs: the ones that we offer, accept, and that a connection then has
 * (RFC 9293 3.7.1, RFC 7323 2 and 3.2, RFC 2018 2, RFC 5482 3).
 */

#include "tcp/options/options.h"

uint8_t
rs_syn_rcv_shift(const struct rs_tcp_params *par)
{
	uint8_t shift = 0;

	while (shift < RS_WSCALE_MAX && par->rcv_buf >> shift > UINT16_MAX)
		shift++;
	return shift;
}

/* Eff.snd.MSS (3.7.1, MUST-16): the peer's, no larger than our MTU carries. */
static uint16_t
effective_mss(const struct rs_tcp *tcp, const struct rs_tcb *tcb, uint16_t port,
	const struct rs_options *opt)
{
	const struct rs_addr *raddr = &tcb->tuple.raddr;
	uint16_t mss = opt->mss != 0 ? opt->mss : rs_mss_default(raddr);
	uint16_t largest = (uint16_t)(tcp->link->ports[port].mtu - rs_headers_len(raddr));

	if (mss < RS_MSS_LEAST)
		mss = RS_MSS_LEAST;
	return mss < largest ? mss : largest;
}

void
rs_syn_options_take(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	const struct rs_tcp_params *par = &tcp->par;
	struct rs_options opt;

	if (!rs_options_parse(rs_segment_options(seg, m), seg->opt_len, &opt))
		tcp->stats->tcp.bad_options++;
	tcb->snd_mss = effective_mss(tcp, tcb, m->port, &opt);
	rs_tcb_set_flag(tcb, RS_F_WSCALE, opt.has_wscale && par->window_scale);
	tcb->wscale = (tcb->flags & RS_F_WSCALE) != 0 ?
		(uint8_t)((unsigned int)opt.wscale << 4 | rs_syn_rcv_shift(par)) : 0;
	if (opt.wscale_large)
		tcp->stats->tcp.large_wscale++; /* RFC 7323 2.3 */
	rs_tcb_set_flag(tcb, RS_F_SACK, opt.sack_permitted && par->sack);
	rs_tcb_set_flag(tcb, RS_F_UTO, tcp->uto != 0); /* also in our first segment after the SYN */
	rs_tcb_set_flag(tcb, RS_F_TS, opt.has_ts && par->timestamps);
	if ((tcb->flags & RS_F_TS) != 0) {
		rs_ts_start(tcp, tcb);
		tcb->ts_recent = opt.tsval;
	}
	if ((tcb->flags & RS_F_UTO_SET) == 0)
		tcb->uto = 0;
	if (opt.has_uto)
		rs_uto_take(tcp, tcb, opt.uto);
}

uint8_t
rs_syn_options_write(const struct rs_tcp *tcp, const struct rs_tcb *tcb, uint8_t *opt)
{
	const struct rs_tcp_params *par = &tcp->par;
	bool offer = tcb->state == RS_SYN_SENT;
	struct rs_options options = {
		.mss = rs_tcp_rmss(tcp, tcb),
		.wscale = rs_syn_rcv_shift(par),
		.has_wscale = offer ? par->window_scale : (tcb->flags & RS_F_WSCALE) != 0,
		.sack_permitted = offer ? par->sack : (tcb->flags & RS_F_SACK) != 0,
		.has_ts = offer ? par->timestamps : (tcb->flags & RS_F_TS) != 0,
		.tsval = rs_ts_now(tcp, tcb),
		.tsecr = offer ? 0 : tcb->ts_recent, /* not valid without ACK (3.2) */
		.has_uto = tcp->uto != 0,
		.uto = tcp->uto,
	};

	return rs_options_write_syn(opt, &options);
}
