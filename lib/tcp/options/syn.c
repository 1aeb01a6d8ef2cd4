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
	uint16_t largest = (uint16_t)(rs_link_mtu(tcp->link, port, raddr) -
		rs_headers_len(raddr));

	if (mss < RS_MSS_LEAST)
		mss = RS_MSS_LEAST;
	return mss < largest ? mss : largest;
}

void
rs_syn_options_read(struct rs_tcp *tcp, const struct rs_segment *seg, const struct rte_mbuf *m,
	struct rs_options *opt)
{
	const struct rs_tcp_params *par = &tcp->par;

	if (!rs_options_parse(rs_segment_options(seg, m), seg->opt_len, opt))
		tcp->stats->tcp.bad_options++;
	if (opt->wscale_large)
		tcp->stats->tcp.large_wscale++; /* RFC 7323 2.3 */
	opt->has_wscale &= par->window_scale;
	opt->sack_permitted &= par->sack;
	opt->has_ts &= par->timestamps;
}

void
rs_syn_options_agree(const struct rs_tcp *tcp, struct rs_tcb *tcb, uint16_t port,
	const struct rs_options *opt)
{
	const uint32_t agreed = RS_F_WSCALE | RS_F_SACK | RS_F_TS | RS_F_UTO;

	tcb->snd_mss = effective_mss(tcp, tcb, port, opt);
	tcb->flags = (tcb->flags & ~agreed) |
		(opt->has_wscale ? RS_F_WSCALE : 0) |
		(opt->sack_permitted ? RS_F_SACK : 0) |
		(opt->has_ts ? RS_F_TS : 0) |
		(tcp->uto != 0 ? RS_F_UTO : 0); /* also in our first segment after the SYN */
	tcb->wscale = opt->has_wscale ?
		(uint8_t)((unsigned int)opt->wscale << 4 | tcp->rcv_shift) : 0;
	if (opt->has_ts) {
		rs_ts_start(tcp, tcb);
		tcb->ts_recent = opt->tsval;
	}
	if ((tcb->flags & RS_F_UTO_SET) == 0)
		tcb->uto = 0;
	if (opt->has_uto)
		rs_uto_take(tcp, tcb, opt->uto);
}

void
rs_syn_options_take(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	struct rs_options opt;

	rs_syn_options_read(tcp, seg, m, &opt);
	rs_syn_options_agree(tcp, tcb, m->port, &opt);
}

uint8_t
rs_syn_options_answer(const struct rs_tcp *tcp, uint16_t rmss, const struct rs_options *theirs,
	uint32_t tsval, uint8_t *opt)
{
	struct rs_options options = {
		.mss = rmss,
		.wscale = tcp->rcv_shift,
		.has_wscale = theirs->has_wscale,
		.sack_permitted = theirs->sack_permitted,
		.has_ts = theirs->has_ts,
		.tsval = tsval,
		.tsecr = theirs->tsval,
		.has_uto = tcp->uto != 0,
		.uto = tcp->uto,
	};

	return rs_options_write_syn(opt, &options);
}

uint8_t
rs_syn_options_write(const struct rs_tcp *tcp, const struct rs_tcb *tcb, uint8_t *opt)
{
	const struct rs_tcp_params *par = &tcp->par;
	bool offer = tcb->state == RS_SYN_SENT;
	struct rs_options options = {
		.mss = rs_tcp_rmss(tcp, tcb),
		.wscale = tcp->rcv_shift,
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
