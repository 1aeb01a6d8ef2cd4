/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SYN cookies (RFC 4987 3.6): the ISS of the SYN-ACK, and the low bits of its timestamp, hold what
 * a half-open TCB would. A flood of SYNs takes no memory then, and the ACK of an honest peer
 * brings the cookie back.
 *
 *     ISS        24 bits hash | 1 bit minute | 7 bits options
 *     timestamp  22 bits clock | 10 bits options
 *
 * The hash is keyed, and the key changes each minute: "minute" is its lowest bit. A cookie is
 * accepted in its minute and in the next one. With timestamps its options are the MSS (11 bits),
 * the window shift, SACK-permitted and ECN. Without, they are one of 8 MSS values, one of 7
 * window shifts and SACK-permitted; the values are rounded down, so that we send no larger
 * segment and no more data than the peer takes.
 */

#include <rte_tcp.h>

#include "base/seq.h"
#include "base/siphash.h"
#include "tcp/loss/ecn.h"
#include "tcp/tcp.h"

#define MINUTE_US (UINT64_C(60) * 1000 * 1000)

/* Parts of the ISS. */
#define HASH_SHIFT 8
#define MINUTE_SHIFT 7
#define ISS_OPTIONS 0x7fu

/* Bits of a cookie's options, which are 7 of the ISS and 10 of the timestamp above them. */
#define TS_SHIFT 7
#define TS_OPTIONS 0x3ffu
#define FORM_TS (UINT32_C(1) << 17)

/* With timestamps: bits 0..6 and 7..10 are the MSS, 11..14 the window shift. */
#define WSCALE_SHIFT 11
#define WSCALE_NONE 15u
#define SACK_BIT (UINT32_C(1) << 15)
#define ECN_BIT (UINT32_C(1) << 16)

/* The MSS is exact below MSS_EXACT, above it a multiple of MSS_STEP, in 11 bits. */
#define MSS_EXACT 1920u
#define MSS_STEP 128u
#define MSS_CODES 2048u

/* Without timestamps: the MSS's number, the window shift's number, SACK-permitted. */
#define PLAIN_MSS_SHIFT 4
#define PLAIN_WSCALE_SHIFT 1
#define PLAIN_SACK_BIT 1u

/* Values to round down to. 536 and 1220 are the defaults of RFC 9293 3.7.1. */
static const uint16_t mss_values[8] = {
	RS_MSS_LEAST, 536, 1220, 1360, 1400, 1440, 1460, 8960,
};
static const uint8_t wscale_values[8] = { UINT8_MAX /* none */, 0, 2, 4, 6, 7, 8, 10 };

/* The options of a SYN that a cookie holds. */
struct cookie {
	struct rs_options opt;  /* has_ts: tsval is not in the cookie */
	bool ecn;
};

/* Pack the options into the bits of a cookie. */
static uint32_t
cookie_pack(const struct cookie *cookie)
{
	const struct rs_options *opt = &cookie->opt;
	uint32_t mss = opt->mss;
	uint32_t i = RTE_DIM(mss_values) - 1;
	uint32_t wscale = 0;

	if (opt->has_ts) {
		if (mss >= MSS_EXACT)
			mss = RTE_MIN(MSS_EXACT + (mss - MSS_EXACT) / MSS_STEP, MSS_CODES - 1);
		wscale = opt->has_wscale ? opt->wscale : WSCALE_NONE;
		return mss | wscale << WSCALE_SHIFT | FORM_TS |
			(opt->sack_permitted ? SACK_BIT : 0) | (cookie->ecn ? ECN_BIT : 0);
	}
	while (i > 0 && mss_values[i] > mss)
		i--;
	if (opt->has_wscale)
		for (wscale = RTE_DIM(wscale_values) - 1; wscale_values[wscale] > opt->wscale;)
			wscale--;
	return i << PLAIN_MSS_SHIFT | wscale << PLAIN_WSCALE_SHIFT |
		(opt->sack_permitted ? PLAIN_SACK_BIT : 0);
}

/* Unpack the bits of a cookie. */
static void
cookie_unpack(uint32_t bits, struct cookie *cookie)
{
	struct rs_options *opt = &cookie->opt;
	uint32_t mss = bits & (MSS_CODES - 1);

	*cookie = (struct cookie){ 0 };
	if ((bits & FORM_TS) != 0) {
		if (mss >= MSS_EXACT)
			mss = MSS_EXACT + (mss - MSS_EXACT) * MSS_STEP;
		opt->mss = (uint16_t)mss;
		opt->wscale = bits >> WSCALE_SHIFT & WSCALE_NONE;
		opt->has_wscale = opt->wscale != WSCALE_NONE;
		opt->sack_permitted = (bits & SACK_BIT) != 0;
		opt->has_ts = true;
		cookie->ecn = (bits & ECN_BIT) != 0;
		return;
	}
	opt->mss = mss_values[bits >> PLAIN_MSS_SHIFT & 7];
	opt->wscale = wscale_values[bits >> PLAIN_WSCALE_SHIFT & 7];
	opt->has_wscale = opt->wscale != UINT8_MAX;
	opt->sack_permitted = (bits & PLAIN_SACK_BIT) != 0;
}

/* The minute that the keys count by. */
static uint64_t
minute_now(const struct rs_tcp *tcp)
{
	return (tcp->now + tcp->cookies.epoch) / MINUTE_US;
}

/* The key of a minute, derived at its first use. */
static const uint64_t *
minute_key(struct rs_syncookies *cookies, uint64_t minute)
{
	uint64_t message[2] = { rte_cpu_to_le_64(minute), 0 };
	unsigned int at = minute % RS_COOKIE_KEYS;

	if (unlikely(cookies->keys[at].minute != minute)) {
		cookies->keys[at].minute = minute;
		cookies->keys[at].key[0] = rs_siphash(cookies->key, message, sizeof(message));
		message[1] = rte_cpu_to_le_64(1);
		cookies->keys[at].key[1] = rs_siphash(cookies->key, message, sizeof(message));
	}
	return cookies->keys[at].key;
}

/* The keyed hash of a cookie: over the tuple, the peer's ISN and the options. */
static uint32_t
cookie_hash(const uint64_t key[2], const struct rs_tuple *tuple, uint32_t irs, uint32_t bits)
{
	uint64_t ports = (uint64_t)tuple->rport << 48 | (uint64_t)tuple->lport << 32 | irs;
	uint64_t words[5];
	unsigned int i;

	if (likely(rs_addr_is_ipv4(&tuple->raddr))) {
		words[0] = (uint64_t)rte_be_to_cpu_32(tuple->laddr.w[3]) << 32 |
			rte_be_to_cpu_32(tuple->raddr.w[3]);
		words[1] = ports;
		return (uint32_t)(rs_siphash13(key, words, 2, bits, 20) >> HASH_SHIFT);
	}
	for (i = 0; i < 2; i++) {
		words[i] = (uint64_t)rte_be_to_cpu_32(tuple->laddr.w[2 * i]) << 32 |
			rte_be_to_cpu_32(tuple->laddr.w[2 * i + 1]);
		words[i + 2] = (uint64_t)rte_be_to_cpu_32(tuple->raddr.w[2 * i]) << 32 |
			rte_be_to_cpu_32(tuple->raddr.w[2 * i + 1]);
	}
	words[4] = ports;
	return (uint32_t)(rs_siphash13(key, words, 5, bits, 44) >> HASH_SHIFT);
}

/* The ISS that is the cookie of a minute. */
static uint32_t
cookie_iss(struct rs_tcp *tcp, uint64_t minute, const struct rs_tuple *tuple, uint32_t irs,
	uint32_t bits)
{
	return cookie_hash(minute_key(&tcp->cookies, minute), tuple, irs, bits) << HASH_SHIFT |
		(uint32_t)(minute & 1) << MINUTE_SHIFT | (bits & ISS_OPTIONS);
}

/* Our timestamp with the options of the cookie in its low bits, and not later than now. */
static uint32_t
cookie_tsval(const struct rs_tcp *tcp, const struct rs_tuple *tuple, uint32_t bits)
{
	uint32_t now = rs_ts_at(tcp, rs_ts_origin(tcp, tuple));
	uint32_t tsval = (now & ~TS_OPTIONS) | (bits >> TS_SHIFT & TS_OPTIONS);

	return rs_seq_gt(tsval, now) ? tsval - (TS_OPTIONS + 1) : tsval;
}

/* Whether the answer to a SYN has to return along its source route: a cookie has no room for it. */
static bool
returns_route(const struct rs_tcp *tcp, const struct rs_segment *seg, const struct rte_mbuf *m)
{
	struct rs_source_route route;

	return unlikely(rs_segment_has_ip_options(seg)) && tcp->par.source_route &&
	       rs_source_route_back(&route, rs_segment_ip(seg, m));
}

/* Write <SEQ=cookie><ACK=SEG.SEQ+1><CTL=SYN,ACK> into the mbuf of the SYN. */
static void
write_syn_ack(struct rs_tcp *tcp, const struct rs_listener *listener,
	const struct rs_segment *seg, struct rte_mbuf *m, const struct cookie *cookie)
{
	uint32_t bits = cookie_pack(cookie);
	uint16_t rmss = rs_tcp_rmss_on(tcp, m->port, &seg->tuple.raddr);
	uint8_t opt[RS_OPTIONS_MAX];
	uint32_t tsval = 0;
	struct rs_tcp_out out = {
		.tuple = &seg->tuple,
		.seq = cookie_iss(tcp, minute_now(tcp), &seg->tuple, seg->seq, bits),
		.ack = seg->seq + 1,
		.wnd = (uint16_t)RTE_MIN(tcp->par.rcv_buf, (uint32_t)UINT16_MAX),
		.flags = RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG,
		.tos = listener->tos,
		.opt = opt,
	};

	if (cookie->ecn)
		out.flags |= RTE_TCP_ECE_FLAG;
	if (unlikely(listener->security.len != 0))
		out.extra = &tcp->ip_extras.listeners[listener - tcp->listeners];
	if (cookie->opt.has_ts)
		tsval = cookie_tsval(tcp, &seg->tuple, bits);
	out.opt_len = rs_syn_options_answer(tcp, rmss, &cookie->opt, tsval, opt);
	rs_frame_reply(tcp->link, seg, m, &out);
}

bool
rs_syncookie_answer(struct rs_tcp *tcp, const struct rs_listener *listener,
	struct rs_segment *seg, struct rte_mbuf *m)
{
	const uint8_t ecn = RTE_TCP_ECE_FLAG | RTE_TCP_CWR_FLAG;
	struct cookie cookie;

	if (tcp->par.syn_cookies == RS_COOKIES_NEVER || returns_route(tcp, seg, m))
		return false;
	rs_syn_options_read(tcp, seg, m, &cookie.opt);
	if (cookie.opt.mss == 0)
		cookie.opt.mss = rs_mss_default(&seg->tuple.raddr);
	/* There is no bit for ECN without timestamps. */
	cookie.ecn = cookie.opt.has_ts && tcp->par.ecn != RS_ECN_OFF && (seg->flags & ecn) == ecn;
	if (seg->len > 1)
		tcp->stats->tcp.rx_syn_data++;
	write_syn_ack(tcp, listener, seg, m, &cookie);
	seg->owed = RS_SEGMENT_ANSWERED;
	tcp->cookies.until = tcp->now + 2 * MINUTE_US;
	tcp->stats->tcp.cookies_sent++;
	return true;
}

/* Read the cookie that an ACK brings back. @return whether it is one of ours and not too old */
static bool
cookie_read(struct rs_tcp *tcp, const struct rs_segment *seg, const struct rs_options *opt,
	struct cookie *cookie)
{
	uint32_t iss = seg->ack - 1;
	uint32_t irs = seg->seq - 1;
	uint32_t bits = iss & ISS_OPTIONS;
	uint64_t minute = minute_now(tcp);
	bool good;

	if (opt->has_ts && tcp->par.timestamps)
		bits |= (opt->tsecr & TS_OPTIONS) << TS_SHIFT | FORM_TS;
	if ((iss >> MINUTE_SHIFT & 1) == (minute & 1))
		good = iss == cookie_iss(tcp, minute, &seg->tuple, irs, bits);
	else
		good = iss == cookie_iss(tcp, minute - 1, &seg->tuple, irs, bits) ||
			/* the clock of another stack may be ahead */
			(tcp->cookies.shared &&
			 iss == cookie_iss(tcp, minute + 1, &seg->tuple, irs, bits));
	if (good)
		cookie_unpack(bits, cookie);
	return good;
}

/* Make the connection of a cookie, in SYN-RECEIVED with our SYN sent. @return NULL: no room */
static struct rs_tcb *
cookie_open(struct rs_tcp *tcp, const struct rs_listener *listener, const struct rs_segment *seg,
	const struct rte_mbuf *m, const struct cookie *cookie)
{
	uint16_t neigh = rs_neigh_get(tcp->link, m);
	struct rs_tcb *tcb = neigh == RS_NO_NEIGH ? NULL :
		rs_open_tcb_completed(tcp, &seg->tuple, neigh, listener);

	if (tcb == NULL)
		return NULL;
	rs_open_bind(tcp, tcb, listener);
	rs_conn_insert(&tcp->table, seg->hash, rs_tcb_index(tcp, tcb));
	tcp->stats->tcp.passive_opens++;
	rs_open_begin(tcp, tcb, seg->ack - 1);
	rs_open_arm(tcp, tcb);
	rs_tcb_set_flag(tcb, RS_F_ECN, cookie->ecn);
	rs_syn_options_agree(tcp, tcb, m->port, &cookie->opt);
	tcb->rcv_nxt = seg->seq;
	rs_tcb_birth(tcp, tcb)->irs = seg->seq - 1;
	tcb->snd_wl1 = seg->seq;
	tcb->snd_wnd = seg->wnd;
	tcb->max_snd_wnd = seg->wnd;
	rs_tcb_set_state(tcp, tcb, RS_SYN_RECEIVED);
	rs_half_open_enter(tcp, tcb);
	return tcb;
}

struct rs_tcb *
rs_syncookie_open(struct rs_tcp *tcp, const struct rs_listener *listener, struct rs_segment *seg,
	const struct rte_mbuf *m)
{
	struct rs_options opt;
	struct cookie cookie;
	struct rs_tcb *tcb;

	seg->owed = RS_RESET_listen_bad_ack;
	if (tcp->par.syn_cookies == RS_COOKIES_NEVER ||
	    (!tcp->cookies.shared && tcp->now >= tcp->cookies.until))
		return NULL;
	rs_options_parse(rs_segment_options(seg, m), seg->opt_len, &opt);
	if (!cookie_read(tcp, seg, &opt, &cookie)) {
		tcp->stats->tcp.cookies_bad++;
		return NULL;
	}
	if (!rs_ip_options_secure(rs_segment_ip(seg, m), &listener->security)) {
		seg->owed = RS_RESET_security;
		return NULL;
	}
	seg->owed = RS_RESET_MAX;
	if (!rs_admit(tcp, listener, &seg->tuple))
		return NULL; /* in silence, as its SYN would have been */
	cookie.opt.tsval = opt.tsval;
	tcb = cookie_open(tcp, listener, seg, m, &cookie);
	if (tcb == NULL) {
		tcp->stats->tcp.cookies_no_room++;
		return NULL;
	}
	if (cookie.opt.has_ts)
		rs_ts_start_after(tcp, tcb, opt.tsecr);
	tcp->stats->tcp.cookies_taken++;
	return tcb;
}

void
rs_syncookie_init(struct rs_tcp *tcp, const struct rs_stack_params *params)
{
	/* These keep the two halves of the key apart, and need not be secret. */
	static const uint64_t halves[2][2] = { { 0, 1 }, { 0, 2 } };
	struct rs_syncookies *cookies = &tcp->cookies;
	unsigned int i;

	cookies->shared = params->cookie_secret_len > 0;
	for (i = 0; i < RTE_DIM(halves); i++)
		cookies->key[i] = cookies->shared ? rs_siphash(halves[i], params->cookie_secret,
			params->cookie_secret_len) :
			rs_siphash(halves[i], params->secret, sizeof(params->secret));
	for (i = 0; i < RS_COOKIE_KEYS; i++)
		cookies->keys[i].minute = UINT64_MAX;
}
