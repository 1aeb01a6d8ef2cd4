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

/* Pack the options into the bits of a cookie. @param ecn only with timestamps */
static inline uint32_t
cookie_pack(const struct rs_syn_offer *offer, bool ecn)
{
	bool has_wscale = (offer->has & RS_OFFER_WSCALE) != 0;
	bool sack = (offer->has & RS_OFFER_SACK) != 0;
	uint32_t mss = offer->mss;
	uint32_t i = RTE_DIM(mss_values) - 1;
	uint32_t wscale = 0;

	if ((offer->has & RS_OFFER_TS) != 0) {
		if (mss >= MSS_EXACT)
			mss = RTE_MIN(MSS_EXACT + (mss - MSS_EXACT) / MSS_STEP, MSS_CODES - 1);
		wscale = has_wscale ? offer->wscale : WSCALE_NONE;
		return mss | wscale << WSCALE_SHIFT | FORM_TS | (sack ? SACK_BIT : 0) |
			(ecn ? ECN_BIT : 0);
	}
	while (i > 0 && mss_values[i] > mss)
		i--;
	if (has_wscale)
		for (wscale = RTE_DIM(wscale_values) - 1; wscale_values[wscale] > offer->wscale;)
			wscale--;
	return i << PLAIN_MSS_SHIFT | wscale << PLAIN_WSCALE_SHIFT | (sack ? PLAIN_SACK_BIT : 0);
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
static inline uint32_t
cookie_tsval(const struct rs_tcp *tcp, uint16_t origin, uint32_t bits)
{
	uint32_t now = rs_ts_at(tcp, origin);
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

/*
 * Write <SEQ=cookie><ACK=SEG.SEQ+1><CTL=SYN,ACK> into the mbuf of any SYN. It is the twin of
 * rs_syncookie_write_burst().
 */
static __rte_noinline void
write_syn_ack(struct rs_tcp *tcp, const struct rs_listener *listener,
	const struct rs_segment *seg, struct rte_mbuf *m, const struct rs_syn_offer *offer,
	uint32_t bits)
{
	const struct rs_options theirs = {
		.has_ts = (offer->has & RS_OFFER_TS) != 0,
		.sack_permitted = (offer->has & RS_OFFER_SACK) != 0,
		.has_wscale = (offer->has & RS_OFFER_WSCALE) != 0,
		.tsval = rte_be_to_cpu_32(offer->tsval),
	};
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

	if ((bits & ECN_BIT) != 0)
		out.flags |= RTE_TCP_ECE_FLAG;
	if (unlikely(listener->security.len != 0))
		out.extra = &tcp->ip_extras.listeners[listener - tcp->listeners];
	if (theirs.has_ts)
		tsval = cookie_tsval(tcp, rs_ts_origin(tcp, &seg->tuple), bits);
	out.opt_len = rs_syn_options_answer(tcp, rmss, &theirs, tsval, opt);
	rs_frame_reply(tcp->link, seg, m, &out);
}

/* Read the options of a SYN whose layout is seldom. */
static __rte_noinline void
read_offer(struct rs_tcp *tcp, const struct rs_segment *seg, const struct rte_mbuf *m,
	struct rs_syn_offer *offer)
{
	struct rs_options opt;

	rs_syn_options_read(tcp, seg, m, &opt);
	*offer = (struct rs_syn_offer){
		.mss = opt.mss,
		.wscale = opt.wscale,
		.has = (uint8_t)((opt.has_ts ? RS_OFFER_TS : 0) |
			(opt.sack_permitted ? RS_OFFER_SACK : 0) |
			(opt.has_wscale ? RS_OFFER_WSCALE : 0)),
		.tsval = rte_cpu_to_be_32(opt.tsval),
	};
}

/* Whether the SYN-ACK of a segment can be written by rs_syncookie_write_burst(). */
static inline bool
is_brief(const struct rs_tcp *tcp, const struct rs_listener *listener,
	const struct rs_segment *seg, const struct rte_mbuf *m)
{
	uint8_t ip_len = rs_addr_is_ipv4(&seg->tuple.raddr) ? RS_IPV4_LEN : RS_IPV6_LEN;

	return likely(tcp->cookies.brief[m->port]) && seg->l3_off == RTE_ETHER_HDR_LEN &&
	       seg->l4_off == RTE_ETHER_HDR_LEN + ip_len && listener->security.len == 0;
}

/* Note a SYN, but for the messages that are hashed of it. @return its index */
static inline unsigned int
note_answer(struct rs_cookie_syns *syns, const struct rs_listener *listener, struct rte_mbuf *m,
	const struct rs_syn_offer *offer, uint32_t bits)
{
	unsigned int i = syns->n++;

	syns->syns[i].m = m;
	syns->syns[i].tsval = offer->tsval;
	syns->syns[i].tos = listener->tos;
	syns->syns[i].answer = (uint8_t)(offer->has + ((bits & ECN_BIT) != 0 ? RS_OFFERS : 0));
	syns->hashed.rest[i] = bits;
	return i;
}

/* Note a SYN for rs_syncookie_write_burst(): the messages that cookie_hash() and rs_ts_origin()
 * hash of it. */
static inline void
note_syn(struct rs_tcp *tcp, const struct rs_listener *listener, const struct rs_segment *seg,
	struct rte_mbuf *m, const struct rs_syn_offer *offer, uint32_t bits)
{
	struct rs_cookie_syns *syns = &tcp->cookies.syns;
	const struct rs_tuple *tuple = &seg->tuple;
	uint64_t addrs = (uint64_t)tuple->laddr.w[3] << 32 | tuple->raddr.w[3];
	uint64_t ports = (uint64_t)tuple->rport << 16 | tuple->lport;
	unsigned int i = note_answer(syns, listener, m, offer, bits);

	syns->hashed.words[0][i] = (uint64_t)rte_be_to_cpu_32(tuple->laddr.w[3]) << 32 |
		rte_be_to_cpu_32(tuple->raddr.w[3]);
	syns->hashed.words[1][i] = ports << 32 | seg->seq;
	if ((offer->has & RS_OFFER_TS) != 0) {
		i = syns->n_ts++;
		syns->origins.words[0][i] = addrs;
		syns->origins.rest[i] = ports;
	}
}

/* The same for IPv6. */
static inline void
note_syn6(struct rs_tcp *tcp, const struct rs_listener *listener, const struct rs_segment *seg,
	struct rte_mbuf *m, const struct rs_syn_offer *offer, uint32_t bits)
{
	struct rs_cookie_syns *syns = &tcp->cookies.syns6;
	const struct rs_tuple *tuple = &seg->tuple;
	uint64_t ports = (uint64_t)tuple->rport << 16 | tuple->lport;
	unsigned int i = note_answer(syns, listener, m, offer, bits);
	uint64_t addrs[4];
	unsigned int k;

	memcpy(addrs, tuple, sizeof(addrs)); /* ours, the peer's */
	for (k = 0; k < RTE_DIM(addrs); k++)
		syns->hashed.words[k][i] = rte_be_to_cpu_64(addrs[k]);
	syns->hashed.words[k][i] = ports << 32 | seg->seq;
	if ((offer->has & RS_OFFER_TS) == 0)
		return;
	i = syns->n_ts++;
	for (k = 0; k < RTE_DIM(addrs); k++)
		syns->origins.words[k][i] = addrs[k];
	syns->origins.rest[i] = ports;
}

bool
rs_syncookie_answer(struct rs_tcp *tcp, const struct rs_listener *listener,
	struct rs_segment *seg, struct rte_mbuf *m)
{
	const uint8_t ecn = RTE_TCP_ECE_FLAG | RTE_TCP_CWR_FLAG;
	struct rs_syn_offer offer;
	uint32_t bits;

	if (tcp->par.syn_cookies == RS_COOKIES_NEVER || returns_route(tcp, seg, m))
		return false;
	if (unlikely(!rs_options_read_syn(rs_segment_options(seg, m), seg->opt_len, &offer)))
		read_offer(tcp, seg, m, &offer);
	offer.has &= tcp->cookies.offers;
	if (offer.mss == 0)
		offer.mss = rs_mss_default(&seg->tuple.raddr);
	/* There is no bit for ECN without timestamps. */
	bits = cookie_pack(&offer, tcp->par.ecn != RS_ECN_OFF && (seg->flags & ecn) == ecn);
	if (seg->len > 1)
		tcp->stats->tcp.rx_syn_data++;
	if (unlikely(!is_brief(tcp, listener, seg, m)))
		write_syn_ack(tcp, listener, seg, m, &offer, bits);
	else if (rs_addr_is_ipv4(&seg->tuple.raddr))
		note_syn(tcp, listener, seg, m, &offer, bits);
	else
		note_syn6(tcp, listener, seg, m, &offer, bits);
	seg->owed = RS_SEGMENT_ANSWERED;
	tcp->cookies.until = tcp->now + 2 * MINUTE_US;
	tcp->stats->tcp.cookies_sent++;
	return true;
}

/* The hashes of the SYNs of one family. */
struct hashes {
	uint64_t of_iss[RS_SIPHASH_BURST];
	uint64_t origins[RS_SIPHASH_BURST];
};

static inline void
hash_syns(struct rs_tcp *tcp, const struct rs_cookie_syns *syns, uint64_t minute,
	struct hashes *hashes)
{
	tcp->cookies.hash(minute_key(&tcp->cookies, minute), &syns->hashed, syns->n,
		hashes->of_iss);
	if (syns->n_ts > 0)
		tcp->cookies.hash(tcp->ts_key, &syns->origins, syns->n_ts, hashes->origins);
}

/*
 * The words of the SYN-ACK that answers SYN i.
 *
 * @param irs     the peer's ISN
 * @param origin  [in,out] the origin of the timestamps of the next SYN that has any
 */
static __rte_always_inline struct rs_plain_syn_words
syn_ack_words(const struct rs_tcp *tcp, const struct rs_cookie_syns *syns, unsigned int i,
	uint64_t minute, uint64_t hash, uint32_t irs, const uint64_t **origin)
{
	const uint32_t minute_bit = (uint32_t)(minute & 1) << MINUTE_SHIFT;
	uint32_t bits = (uint32_t)syns->hashed.rest[i];
	uint32_t iss = ((uint32_t)hash & ~UINT32_C(0xff)) | minute_bit | (bits & ISS_OPTIONS);
	struct rs_plain_syn_words words = {
		.numbers = rs_plain_pair(rte_cpu_to_be_32(iss), rte_cpu_to_be_32(irs + 1)),
		.tos = syns->syns[i].tos,
	};

	if ((bits & FORM_TS) != 0)
		words.ts = rs_plain_pair(rte_cpu_to_be_32(cookie_tsval(tcp,
			(uint16_t)*(*origin)++, bits)), syns->syns[i].tsval);
	return words;
}

/* noinline, so that the compiler keeps the loop's variables in registers */
static __rte_noinline void
write_burst4(struct rs_tcp *tcp, uint64_t minute)
{
	struct rs_cookie_syns *syns = &tcp->cookies.syns;
	struct hashes hashes;
	const uint64_t *origin = hashes.origins;
	unsigned int i;

	hash_syns(tcp, syns, minute, &hashes);
	for (i = 0; i < syns->n; i++) {
		struct rte_mbuf *m = syns->syns[i].m;
		struct rs_plain_syn_words words = syn_ack_words(tcp, syns, i, minute,
			hashes.of_iss[i], (uint32_t)syns->hashed.words[1][i], &origin);
		const struct rs_port_words *port = &tcp->link->words[m->port];
		uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
		struct rs_plain_ends ends = rs_plain_ends_of_reply(p);

		rs_plain_syn_ack(port, &tcp->cookies.answers[m->port][syns->syns[i].answer], m,
			&ends, &words);
		rs_plain_offload(port, m, p);
	}
}

static void make_answers6(struct rs_tcp *tcp, uint16_t port);

/* The same for IPv6. */
static __rte_noinline void
write_burst6(struct rs_tcp *tcp, uint64_t minute)
{
	struct rs_cookie_syns *syns = &tcp->cookies.syns6;
	struct hashes hashes;
	const uint64_t *origin = hashes.origins;
	unsigned int i;

	hash_syns(tcp, syns, minute, &hashes);
	for (i = 0; i < syns->n; i++) {
		struct rte_mbuf *m = syns->syns[i].m;
		struct rs_plain_syn_words words = syn_ack_words(tcp, syns, i, minute,
			hashes.of_iss[i], (uint32_t)syns->hashed.words[4][i], &origin);

		if (unlikely(tcp->cookies.mtu6[m->port] != tcp->link->mtu6[m->port]))
			make_answers6(tcp, m->port); /* a router told another MTU */
		rs_plain6_syn_ack(&tcp->link->words6[m->port], &tcp->link->key,
			&tcp->cookies.answers6[m->port][syns->syns[i].answer], m, &words);
		if (unlikely(tcp->link->words[m->port].tx_flags != 0))
			rs_frame_offload(&tcp->link->ports[m->port], m, RTE_ETHER_HDR_LEN);
	}
}

void
rs_syncookie_write_burst(struct rs_tcp *tcp)
{
	struct rs_cookie_syns *syns = &tcp->cookies.syns;
	struct rs_cookie_syns *syns6 = &tcp->cookies.syns6;
	uint64_t minute = minute_now(tcp);

	if (syns->n > 0)
		write_burst4(tcp, minute);
	if (syns6->n > 0)
		write_burst6(tcp, minute);
	tcp->stats->packet.tx_frames += syns->n + syns6->n;
	syns->n = syns->n_ts = 0;
	syns6->n = syns6->n_ts = 0;
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

/* The parts of the SYN-ACKs of a port to peers that offer these options, and maybe ECN. */
struct answer_parts {
	uint64_t tcp_len;
	uint64_t offset;        /* RS_PLAIN_OFFSET */
	uint64_t sum;           /* of it and the options */
	uint8_t opt[RS_OPTIONS_MAX];
};

static void
make_parts(const struct rs_tcp *tcp, uint16_t rmss, uint8_t has, struct answer_parts *parts)
{
	uint64_t flags = RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG |
		(has >= RS_OFFERS ? RTE_TCP_ECE_FLAG : 0);
	const struct rs_options theirs = {
		.has_ts = (has & RS_OFFER_TS) != 0,
		.sack_permitted = (has & RS_OFFER_SACK) != 0,
		.has_wscale = (has & RS_OFFER_WSCALE) != 0,
	};
	uint64_t wnd = RTE_MIN(tcp->par.rcv_buf, (uint32_t)UINT16_MAX);
	uint64_t opt_len;

	memset(parts, 0, sizeof(*parts));
	opt_len = rs_syn_options_answer(tcp, rmss, &theirs, 0, parts->opt);
	parts->tcp_len = RS_TCP_LEN + opt_len;
	parts->offset = rte_cpu_to_be_64(parts->tcp_len / 4 << 60 | flags << 48 | wnd << 32);
	parts->sum = rs_cksum_add((parts->offset >> 32) + (uint32_t)parts->offset, parts->opt,
		opt_len);
}

static void
make_answer(const struct rs_tcp *tcp, uint16_t port, uint8_t has,
	struct rs_plain_syn_ack *answer)
{
	const struct rs_addr ipv4 = rs_addr_from_ipv4(0);
	struct answer_parts parts;

	make_parts(tcp, rs_tcp_rmss_on(tcp, port, &ipv4), has, &parts);
	memset(answer, 0, sizeof(*answer));
	answer->ip = rte_cpu_to_be_64((uint64_t)RTE_IPV4_VHL_DEF << 56 |
		(RS_IPV4_LEN + parts.tcp_len) << 32 | RTE_IPV4_HDR_DF_FLAG);
	answer->ip_sum = (answer->ip >> 32) + (uint32_t)answer->ip +
		tcp->link->words[port].reply_ttl;
	answer->offset = parts.offset;
	memcpy(answer->opt, parts.opt, sizeof(answer->opt));
	answer->tcp_sum = rs_cksum_fold(rs_cksum_add64(parts.sum,
		rs_cksum_pseudo(0, 0, IPPROTO_TCP, (uint16_t)parts.tcp_len)));
	answer->len = (uint16_t)(RTE_ETHER_HDR_LEN + RS_IPV4_LEN + parts.tcp_len);
}

/* Make the answers of a port to SYNs of IPv6, for the MTU that it has now. */
static void
make_answers6(struct rs_tcp *tcp, uint16_t port)
{
	const struct rs_addr ipv6 = { .b = { 0x20 } };
	struct answer_parts parts;
	uint8_t has;

	tcp->cookies.mtu6[port] = tcp->link->mtu6[port];
	for (has = 0; has < 2 * RS_OFFERS; has++) {
		struct rs_plain6_syn_ack *answer = &tcp->cookies.answers6[port][has];

		make_parts(tcp, rs_tcp_rmss_on(tcp, port, &ipv6), has, &parts);
		memset(answer, 0, sizeof(*answer));
		answer->ip = rte_cpu_to_be_64(UINT64_C(6) << 60 | parts.tcp_len << 16 |
			IPPROTO_TCP << 8 | tcp->link->ttl);
		answer->offset = parts.offset;
		memcpy(answer->opt, parts.opt, sizeof(answer->opt));
		answer->tcp_sum = rs_cksum_fold(rs_cksum_add64(parts.sum,
			rs_cksum_pseudo(0, 0, IPPROTO_TCP, (uint16_t)parts.tcp_len)));
		answer->len = (uint16_t)(RTE_ETHER_HDR_LEN + RS_IPV6_LEN + parts.tcp_len);
	}
}

/* Prepare the answers to plain SYNs, unless they have the User Timeout option. */
static void
init_answers(struct rs_tcp *tcp)
{
	const struct rs_tcp_params *par = &tcp->par;
	uint16_t port;
	uint8_t has;

	tcp->cookies.hash = rs_siphash13_choose(false);
	tcp->cookies.syns.hashed.n_words = 2;
	tcp->cookies.syns.hashed.len = 20;
	tcp->cookies.syns.origins.n_words = 1;
	tcp->cookies.syns.origins.len = 12;
	tcp->cookies.syns6.hashed.n_words = 5;
	tcp->cookies.syns6.hashed.len = 44;
	tcp->cookies.syns6.origins.n_words = 4;
	tcp->cookies.syns6.origins.len = 36;
	tcp->cookies.offers = (uint8_t)((par->timestamps ? RS_OFFER_TS : 0) |
		(par->sack ? RS_OFFER_SACK : 0) | (par->window_scale ? RS_OFFER_WSCALE : 0));
	for (port = 0; port < RS_PORTS_MAX; port++) {
		tcp->cookies.brief[port] = tcp->uto == 0 && tcp->link->ports[port].mtu != 0;
		for (has = 0; tcp->cookies.brief[port] && has < 2 * RS_OFFERS; has++)
			make_answer(tcp, port, has, &tcp->cookies.answers[port][has]);
		if (tcp->cookies.brief[port])
			make_answers6(tcp, port);
	}
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
	init_answers(tcp);
}
