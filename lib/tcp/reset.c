/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Build every reset (RFC 9293 3.5.2); no other file does. Input decides whether a segment is
 * owed a reset, this file its SEQ and ACK. It also keeps the log of resets.
 */

#include <stdio.h>
#include <string.h>

#include <rte_prefetch.h>
#include <rte_tcp.h>

#include "base/copy_sum.h"
#include "base/seq.h"
#include "packet/acl.h"
#include "packet/exception.h"
#include "packet/plain.h"
#include "packet/plain6.h"
#include "tcp/tcp.h"

/* Longest text of a reset, with its end. */
#define RS_RESET_TEXT_MAX 160

/* The entry of the log that is written next. */
static inline struct rs_reset_entry *
log_entry(struct rs_reset_log *log, uint64_t next)
{
	return &log->entries[next % RS_RESET_ENTRIES];
}

/* The entry behind another one. */
static inline struct rs_reset_entry *
log_entry_next(struct rs_reset_log *log, struct rs_reset_entry *entry)
{
	return entry + 1 < &log->entries[RS_RESET_ENTRIES] ? entry + 1 : log->entries;
}

/* Let readers see the records below `next`: at most RS_BURST more than at the last call. */
static inline void
log_publish(struct rs_reset_log *log, uint64_t next)
{
	log->next = next;
	__atomic_store_n(&log->head, next, __ATOMIC_RELEASE);
	/* no reader may see a part of a later record beside an older head (rs_reset_log_read()) */
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/* Log a reset; log_publish() follows. */
static inline void
log_reset(struct rs_tcp *tcp, const struct rs_tuple *tuple, uint32_t seq, uint32_t ack,
	uint8_t flags, uint8_t state, uint8_t cause, bool sent)
{
	struct rs_reset_log *log = &tcp->log;
	struct rs_reset_entry *entry = log_entry(log, log->next);
	uint8_t how = sent ? RS_RESET_SENT : 0;

	if (unlikely(!rs_addr_is_ipv4(&tuple->laddr))) {
		how |= RS_RESET_WIDE;
		log->wide[log->next % RS_RESET_ENTRIES].laddr = tuple->laddr;
		log->wide[log->next % RS_RESET_ENTRIES].raddr = tuple->raddr;
	}
	*entry = (struct rs_reset_entry){
		.time = tcp->now,
		.addrs = rs_plain_pair(tuple->raddr.w[3], tuple->laddr.w[3]),
		.numbers = rs_plain_pair(rte_cpu_to_be_32(seq), rte_cpu_to_be_32(ack)),
		.ports = rte_cpu_to_be_32((uint32_t)tuple->rport << 16 | tuple->lport),
		.kind = { .state = state, .cause = cause, .flags = flags, .how = how },
	};
	log->next++;
}

/* Note the connection of the reset that was logged last; log_publish() follows. */
static void
log_connection(struct rs_tcp *tcp, const struct rs_tcb *tcb, enum rs_state state)
{
	struct rs_reset_log *log = &tcp->log;
	uint64_t last = log->next - 1;

	log_entry(log, last)->kind.how |= RS_RESET_CONN;
	log->conns[last % RS_RESET_ENTRIES] = rs_tcb_life(tcp, tcb, state);
	log->conn_resets++;
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
	log_publish(&tcp->log, tcp->log.next);
	tcp->stats->tcp.tx_segments += sent;
	return (uint16_t)sent;
}

/* A reason that all resets for strays have, in place of their own; RS_RESET_MAX: none. */
static enum rs_reset_reason
stray_reason(const struct rs_tcp *tcp)
{
	return tcp->stopping ? RS_RESET_shutdown : RS_RESET_MAX;
}

/*
 * The kind of a reset for a stray, as one word. The reasons are those of closed_state() in
 * tcp/input.c.
 *
 * @param all   a reason in place of it, or RS_RESET_MAX
 * @param wide  RS_RESET_WIDE for IPv6, else 0
 */
static uint32_t
stray_kind(enum rs_reset_reason all, uint8_t flags, enum rs_reset_reason reason, uint8_t wide)
{
	const struct rs_reset_kind kind = {
		.state = RS_CLOSED,
		.cause = all != RS_RESET_MAX ? (uint8_t)all : (uint8_t)reason,
		.flags = flags,
		.how = RS_RESET_SENT | wide,
	};

	return rs_cksum_word(&kind, 0);
}

/* The kind of a received reset that is dropped (3.10.7.1), likewise. */
static uint32_t
rst_kind(uint8_t flags, uint8_t wide)
{
	const struct rs_reset_kind kind = {
		.state = RS_CLOSED,
		.cause = RS_VERDICT_ignored_closed,
		.flags = flags,
		.how = wide,
	};

	return rs_cksum_word(&kind, 0);
}

/* Log the reset that a stray is or gets. @param numbers SEQ and ACK of the reset */
static __rte_always_inline void
log_stray(struct rs_reset_entry *entry, uint64_t now, struct rs_plain_peer peer, uint64_t numbers,
	uint32_t kind)
{
	entry->time = now;
	entry->addrs = peer.addrs;
	entry->numbers = numbers;
	entry->ports = peer.ports;
	rs_cksum_put(&entry->kind, 0, kind);
}

/* What the strays of a burst were. */
struct stray_counts {
	uint64_t sent;          /* resets sent, for SYNs and others */
	uint64_t syns;          /* of them for SYNs */
	uint64_t limited;       /* resets withheld; the other strays were resets */
	uint16_t suspects;      /* strays that the access list may refuse: not answered yet */
};

/* Count n strays. @param all a reason that all resets have, or RS_RESET_MAX */
static void
count_strays(struct rs_tcp *tcp, uint64_t n, const struct stray_counts *counts,
	enum rs_reset_reason all)
{
	struct rs_stats *stats = tcp->stats;

	stats->tcp.rx_segments += n;
	stats->tcp.tx_segments += counts->sent;
	stats->packet.tx_frames += counts->sent;
	stats->reset_received[RS_VERDICT_ignored_closed] += n - counts->sent - counts->limited;
	if (unlikely(all != RS_RESET_MAX)) {
		stats->reset_sent[all] += counts->sent;
		return;
	}
	stats->reset_sent[RS_RESET_no_listener] += counts->syns;
	stats->reset_sent[RS_RESET_no_connection] += counts->sent - counts->syns;
}

/* Whether a rate limit withholds the reset of a stray, whose port is of no listener or range. */
static __rte_always_inline bool
stray_is_limited(struct rs_tcp *tcp, struct rs_ratelimit_burst *burst, struct rs_plain_peer peer)
{
	struct rs_ratelimit *limit = &tcp->ratelimit;
	uint64_t source = rs_ratelimit_source_ipv4(limit, rs_plain_first(peer.addrs));
	enum rs_limited limited = rs_ratelimit_take(limit, burst, source, NULL);

	if (likely(limited == RS_LIMITED_MAX))
		return false;
	tcp->stats->reset_limited[limited]++;
	return true;
}

/* Leave checksums to the devices that make them. */
static inline void
offload_strays(const struct rs_link *link, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t i;

	if (likely(!link->offload))
		return;
	for (i = 0; i < n; i++)
		rs_plain_offload(&link->words[pkts[i]->port], pkts[i],
			rte_pktmbuf_mtod(pkts[i], uint8_t *));
}

/* The same for IPv6. */
static inline void
offload_strays6(const struct rs_link *link, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t i;

	if (likely(!link->offload))
		return;
	for (i = 0; i < n; i++)
		rs_frame_offload(&link->ports[pkts[i]->port], pkts[i], RTE_ETHER_HDR_LEN);
}

/* Publish and count those of n strays that are answered. */
static void
end_strays(struct rs_tcp *tcp, uint16_t n, const struct stray_counts *counts,
	enum rs_reset_reason all)
{
	uint64_t done = (uint64_t)n - counts->suspects;

	log_publish(&tcp->log, tcp->log.next + done - counts->limited);
	count_strays(tcp, done, counts, all);
}

/*
 * rs_reset_strays(). Inlined, so that without rate limits and access list nothing asks for them.
 *
 * @param all      a reason that all resets have, or RS_RESET_MAX
 * @param screens  strays that the access list may refuse stay in parsed->strays, the others do not
 */
static __rte_always_inline uint16_t
answer_strays(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx,
	enum rs_reset_reason all, const bool limits, const bool screens)
{
	const uint8_t rst_ack = RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG;
	const uint32_t kind_of_ack = stray_kind(all, RTE_TCP_RST_FLAG, RS_RESET_no_connection, 0);
	const uint32_t kind_of_syn[] = { /* and of others, at 0 */
		stray_kind(all, rst_ack, RS_RESET_no_connection, 0),
		stray_kind(all, rst_ack, RS_RESET_no_listener, 0),
	};
	const struct rs_stray *stray = parsed->strays;
	const struct rs_stray *end = stray + parsed->n_strays;
	struct rs_ratelimit_burst burst = rs_ratelimit_begin(&tcp->ratelimit, tcp->now);
	struct rs_reset_entry *entry = log_entry(&tcp->log, tcp->log.next);
	struct rte_mbuf **done = &parsed->done[parsed->n_free];
	const struct rs_port_words *words = tcp->link->words;
	struct stray_counts counts = { 0 };
	struct rte_mbuf **out = tx;
	const uint64_t now = tcp->now;

	for (; stray < end; stray++) {
		struct rte_mbuf *m = stray->m;
		uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
		const struct rs_plain_peer peer = rs_plain_read_peer(p);
		uint64_t numbers = rs_cksum_word64(p + RS_PLAIN_NUMBERS);
		uint8_t flags = p[RS_PLAIN_FLAGS];

		if (unlikely((flags & RTE_TCP_RST_FLAG) != 0)) {
			log_stray(entry, now, peer, (flags & RTE_TCP_ACK_FLAG) != 0 ? numbers :
				rs_plain_pair(rs_plain_first(numbers), 0), rst_kind(flags, 0));
			*done++ = m;
		} else if (screens && unlikely(rs_acl_suspects_ipv4(tcp->acl,
				p + RS_PLAIN_ADDRS))) {
			parsed->strays[counts.suspects++] = *stray;
			continue;
		} else if (limits && unlikely(stray_is_limited(tcp, &burst, peer))) {
			counts.limited++;
			*done++ = m;
			continue;
		} else if ((flags & RTE_TCP_ACK_FLAG) != 0) {
			/* <SEQ=SEG.ACK><CTL=RST> */
			numbers = rs_plain_pair(rs_plain_second(numbers), 0);
			log_stray(entry, now, peer, numbers, kind_of_ack);
			rs_plain_answer(&words[m->port], m, p, peer, numbers, RTE_TCP_RST_FLAG);
			*out++ = m;
		} else {
			/* <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
			unsigned int syn = flags / RTE_TCP_SYN_FLAG & 1;

			numbers = rs_plain_pair(0, rte_cpu_to_be_32(stray->text_len + syn +
				(flags & RTE_TCP_FIN_FLAG) +
				rte_be_to_cpu_32(rs_plain_first(numbers))));
			counts.syns += syn;
			log_stray(entry, now, peer, numbers, kind_of_syn[syn]);
			rs_plain_answer(&words[m->port], m, p, peer, numbers, rst_ack);
			*out++ = m;
		}
		entry = log_entry_next(&tcp->log, entry);
	}
	counts.sent = (uint64_t)(out - tx);
	if (limits)
		rs_ratelimit_end(&tcp->ratelimit, &burst);
	parsed->n_free = (uint16_t)(done - parsed->done);
	end_strays(tcp, parsed->n_strays, &counts, all);
	if (screens)
		parsed->n_strays = counts.suspects;
	return (uint16_t)counts.sent;
}

/* noinline, so that the compiler keeps the loop's variables in registers. */
static __rte_noinline uint16_t
answer_limited_strays(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx,
	enum rs_reset_reason all)
{
	return answer_strays(tcp, parsed, tx, all, true, false);
}

static __rte_noinline uint16_t
answer_any_strays(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx,
	enum rs_reset_reason all)
{
	if (unlikely(tcp->ratelimit.on))
		return answer_limited_strays(tcp, parsed, tx, all);
	return answer_strays(tcp, parsed, tx, all, false, false);
}

static __rte_noinline uint16_t
screen_limited_strays(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx)
{
	return answer_strays(tcp, parsed, tx, stray_reason(tcp), true, true);
}

static __rte_noinline uint16_t
screen_strays(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx)
{
	return answer_strays(tcp, parsed, tx, stray_reason(tcp), false, true);
}

/* Answer strays with an access list: those that it may refuse behind the others. */
static __rte_noinline uint16_t
answer_listed_strays(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx)
{
	struct rs_stray refused[RS_BURST];
	uint16_t n = tcp->ratelimit.on ? screen_limited_strays(tcp, parsed, tx) :
		screen_strays(tcp, parsed, tx);
	uint16_t n_refused;

	if (parsed->n_strays == 0)
		return n;
	n_refused = rs_screen_strays(tcp, parsed, refused);
	if (parsed->n_strays > 0)
		n = (uint16_t)(n + answer_any_strays(tcp, parsed, &tx[n], stray_reason(tcp)));
	memcpy(parsed->strays, refused, n_refused * sizeof(refused[0]));
	parsed->n_strays = n_refused;
	if (n_refused > 0)
		n = (uint16_t)(n + answer_any_strays(tcp, parsed, &tx[n], RS_RESET_acl));
	return n;
}

/* Answer strays without those that the kernel of the host gets. */
static __rte_noinline uint16_t
answer_screened_strays(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx)
{
	if (rs_excepts(tcp->link))
		rs_except_strays(tcp->link, parsed);
	return tcp->acl != NULL ? answer_listed_strays(tcp, parsed, tx) :
		answer_any_strays(tcp, parsed, tx, stray_reason(tcp));
}

uint16_t
rs_reset_strays(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx)
{
	uint16_t n = unlikely(tcp->screens) ? answer_screened_strays(tcp, parsed, tx) :
		answer_any_strays(tcp, parsed, tx, stray_reason(tcp));

	offload_strays(tcp->link, tx, n);
	return n;
}

/* Log the reset that a stray of IPv6 is or gets. @param numbers SEQ and ACK of it */
static __rte_always_inline void
log_stray6(struct rs_reset_log *log, unsigned int k, uint64_t now, const uint8_t *p,
	uint64_t numbers, uint32_t kind)
{
	struct rs_reset_entry *entry = &log->entries[k];

	entry->time = now;
	entry->numbers = numbers;
	entry->ports = rs_cksum_word(p + RS_PLAIN6_PORTS, 0);
	rs_cksum_put(&entry->kind, 0, kind);
	memcpy(&log->wide[k].raddr, p + RS_PLAIN6_SRC, sizeof(struct rs_addr));
	memcpy(&log->wide[k].laddr, p + RS_PLAIN6_DST, sizeof(struct rs_addr));
}

/* stray_is_limited() of IPv6. */
static __rte_always_inline bool
stray6_is_limited(struct rs_tcp *tcp, struct rs_ratelimit_burst *burst, const uint8_t *p)
{
	struct rs_ratelimit *limit = &tcp->ratelimit;
	uint64_t source = rs_ratelimit_source_ipv6(rs_cksum_word64(p + RS_PLAIN6_SRC));
	enum rs_limited limited = rs_ratelimit_take(limit, burst, source, NULL);

	if (likely(limited == RS_LIMITED_MAX))
		return false;
	tcp->stats->reset_limited[limited]++;
	return true;
}

/* rs_reset_strays6(). Inlined, as answer_strays() is. */
static __rte_always_inline uint16_t
answer_strays6(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx,
	enum rs_reset_reason all, const bool limits, const bool screens)
{
	const uint8_t rst_ack = RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG;
	const uint32_t kind_of_ack = stray_kind(all, RTE_TCP_RST_FLAG, RS_RESET_no_connection,
		RS_RESET_WIDE);
	const uint32_t kind_of_syn[] = { /* and of others, at 0 */
		stray_kind(all, rst_ack, RS_RESET_no_connection, RS_RESET_WIDE),
		stray_kind(all, rst_ack, RS_RESET_no_listener, RS_RESET_WIDE),
	};
	const struct rs_stray6 *stray = parsed->strays6;
	const struct rs_stray6 *end = stray + parsed->n_strays6;
	struct rs_ratelimit_burst burst = rs_ratelimit_begin(&tcp->ratelimit, tcp->now);
	struct rte_mbuf **done = &parsed->done[parsed->n_free];
	const struct rs_port_words6 *words = tcp->link->words6;
	const struct rs_hash_key *key = &tcp->link->key;
	unsigned int k = tcp->log.next % RS_RESET_ENTRIES;
	struct stray_counts counts = { 0 };
	struct rte_mbuf **out = tx;
	const uint64_t now = tcp->now;

	for (; stray < end; stray++) {
		struct rte_mbuf *m = stray->m;
		uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
		uint64_t numbers = rs_cksum_word64(p + RS_PLAIN6_NUMBERS);
		uint8_t flags = p[RS_PLAIN6_FLAGS];

		if (unlikely((flags & RTE_TCP_RST_FLAG) != 0)) {
			log_stray6(&tcp->log, k, now, p, (flags & RTE_TCP_ACK_FLAG) != 0 ?
				numbers : rs_plain_pair(rs_plain_first(numbers), 0),
				rst_kind(flags, RS_RESET_WIDE));
			*done++ = m;
		} else if (screens && unlikely(rs_acl_suspects_ipv6(tcp->acl,
				p + RS_PLAIN6_SRC))) {
			parsed->strays6[counts.suspects++] = *stray;
			continue;
		} else if (limits && unlikely(stray6_is_limited(tcp, &burst, p))) {
			counts.limited++;
			*done++ = m;
			continue;
		} else if ((flags & RTE_TCP_ACK_FLAG) != 0) {
			/* <SEQ=SEG.ACK><CTL=RST> */
			numbers = rs_plain_pair(rs_plain_second(numbers), 0);
			log_stray6(&tcp->log, k, now, p, numbers, kind_of_ack);
			rs_plain6_answer(&words[m->port], key, m, p, stray->sum, numbers,
				RTE_TCP_RST_FLAG);
			*out++ = m;
		} else {
			/* <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
			unsigned int syn = flags / RTE_TCP_SYN_FLAG & 1;

			numbers = rs_plain_pair(0, rte_cpu_to_be_32(stray->text_len + syn +
				(flags & RTE_TCP_FIN_FLAG) +
				rte_be_to_cpu_32(rs_plain_first(numbers))));
			counts.syns += syn;
			log_stray6(&tcp->log, k, now, p, numbers, kind_of_syn[syn]);
			rs_plain6_answer(&words[m->port], key, m, p, stray->sum, numbers, rst_ack);
			*out++ = m;
		}
		k = (k + 1) % RS_RESET_ENTRIES;
	}
	counts.sent = (uint64_t)(out - tx);
	if (limits)
		rs_ratelimit_end(&tcp->ratelimit, &burst);
	parsed->n_free = (uint16_t)(done - parsed->done);
	end_strays(tcp, parsed->n_strays6, &counts, all);
	if (screens)
		parsed->n_strays6 = counts.suspects;
	return (uint16_t)counts.sent;
}

/* noinline, so that the compiler keeps the loop's variables in registers. */
static __rte_noinline uint16_t
answer_limited_strays6(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx,
	enum rs_reset_reason all)
{
	return answer_strays6(tcp, parsed, tx, all, true, false);
}

static __rte_noinline uint16_t
answer_any_strays6(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx,
	enum rs_reset_reason all)
{
	if (unlikely(tcp->ratelimit.on))
		return answer_limited_strays6(tcp, parsed, tx, all);
	return answer_strays6(tcp, parsed, tx, all, false, false);
}

static __rte_noinline uint16_t
screen_limited_strays6(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx)
{
	return answer_strays6(tcp, parsed, tx, stray_reason(tcp), true, true);
}

static __rte_noinline uint16_t
screen_strays6(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx)
{
	return answer_strays6(tcp, parsed, tx, stray_reason(tcp), false, true);
}

/* Answer strays with an access list: those that it may refuse behind the others. */
static __rte_noinline uint16_t
answer_listed_strays6(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx)
{
	struct rs_stray6 refused[RS_BURST];
	uint16_t n = tcp->ratelimit.on ? screen_limited_strays6(tcp, parsed, tx) :
		screen_strays6(tcp, parsed, tx);
	uint16_t n_refused;

	if (parsed->n_strays6 == 0)
		return n;
	n_refused = rs_screen_strays6(tcp, parsed, refused);
	if (parsed->n_strays6 > 0)
		n = (uint16_t)(n + answer_any_strays6(tcp, parsed, &tx[n], stray_reason(tcp)));
	memcpy(parsed->strays6, refused, n_refused * sizeof(refused[0]));
	parsed->n_strays6 = n_refused;
	if (n_refused > 0)
		n = (uint16_t)(n + answer_any_strays6(tcp, parsed, &tx[n], RS_RESET_acl));
	return n;
}

/* Answer strays without those that the kernel of the host gets. */
static __rte_noinline uint16_t
answer_screened_strays6(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx)
{
	if (rs_excepts(tcp->link))
		rs_except_strays6(tcp->link, parsed);
	return tcp->acl != NULL ? answer_listed_strays6(tcp, parsed, tx) :
		answer_any_strays6(tcp, parsed, tx, stray_reason(tcp));
}

uint16_t
rs_reset_strays6(struct rs_tcp *tcp, struct rs_parsed *parsed, struct rte_mbuf **tx)
{
	uint16_t n = unlikely(tcp->screens) ? answer_screened_strays6(tcp, parsed, tx) :
		answer_any_strays6(tcp, parsed, tx, stray_reason(tcp));

	offload_strays6(tcp->link, tx, n);
	return n;
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

/*
 * Write why a connection is reset behind the header, as ASCII text: RFC 1122 4.2.2.12 suggests it,
 * and a receiver should allow it (RFC 9293 SHLD-2).
 *
 * @return bytes of text, with their sum
 */
static uint16_t
write_text(struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_tcp_out *out,
	struct rte_mbuf *m, uint64_t *sum)
{
	const struct rs_stat_name *reason = &rs_reset_reason_names[tcb->reason];
	char text[RS_RESET_TEXT_MAX];
	int len = snprintf(text, sizeof(text), "%s: %s", reason->name, reason->help);
	uint32_t n = RTE_MIN((uint32_t)len, (uint32_t)sizeof(text) - 1);

	n = RTE_MIN(n, rs_tcp_text_max(tcp, tcb));
	*sum = rs_copy_sum(rte_pktmbuf_mtod_offset(m, uint8_t *,
		rs_frame_header_len(out)), (const uint8_t *)text, n);
	return (uint16_t)n;
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
	uint16_t text = 0;
	uint64_t sum = 0;

	if (m == NULL)
		return NULL;
	if ((tcb->flags & RS_F_TS) != 0) /* RFC 7323 3.2; TSecr is 0 without ACK */
		out.opt_len = rs_options_write_ts(opt, rs_ts_now(tcp, tcb), 0);
	if (unlikely(tcp->par.reset_text))
		text = write_text(tcp, tcb, &out, m, &sum);
	rs_frame_write(tcp->link, tcb->neigh, m, &out, text, sum);
	tcp->stats->reset_sent[tcb->reason]++;
	tcp->stats->tcp.tx_segments++;
	log_reset(tcp, &tcb->tuple, out.seq, 0, out.flags, tcb->end_state, tcb->reason, true);
	log_connection(tcp, tcb, tcb->end_state);
	log_publish(&tcp->log, tcp->log.next);
	return m;
}

void
rs_reset_received(struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_segment *seg,
	enum rs_state state, enum rs_reset_verdict verdict)
{
	uint32_t ack = (seg->flags & RTE_TCP_ACK_FLAG) != 0 ? seg->ack : 0;

	tcp->stats->reset_received[verdict]++;
	log_reset(tcp, &seg->tuple, seg->seq, ack, seg->flags, (uint8_t)state, (uint8_t)verdict,
		false);
	if (tcb != NULL)
		log_connection(tcp, tcb, state);
	log_publish(&tcp->log, tcp->log.next);
}

/* Read entry k. */
static struct rs_reset_record
log_record(const struct rs_reset_log *log, uint64_t k)
{
	const struct rs_reset_entry *entry = &log->entries[k % RS_RESET_ENTRIES];
	struct rs_reset_record record = {
		.time = entry->time,
		.tuple = rs_tuple_from_ipv4(rs_plain_second(entry->addrs),
			rs_plain_first(entry->addrs), 0, 0),
		.seq = rte_be_to_cpu_32(rs_plain_first(entry->numbers)),
		.ack = rte_be_to_cpu_32(rs_plain_second(entry->numbers)),
		.state = entry->kind.state,
		.cause = entry->kind.cause,
		.sent = (entry->kind.how & RS_RESET_SENT) != 0,
		.flags = entry->kind.flags,
	};

	record.tuple.rport = (uint16_t)(rte_be_to_cpu_32(entry->ports) >> 16);
	record.tuple.lport = (uint16_t)rte_be_to_cpu_32(entry->ports);
	if ((entry->kind.how & RS_RESET_WIDE) != 0) {
		record.tuple.laddr = log->wide[k % RS_RESET_ENTRIES].laddr;
		record.tuple.raddr = log->wide[k % RS_RESET_ENTRIES].raddr;
	}
	if ((entry->kind.how & RS_RESET_CONN) != 0) {
		record.of_conn = true;
		record.life = log->conns[k % RS_RESET_ENTRIES];
	}
	return record;
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
		records[copied++] = log_record(log, i - 1);
	/* Drop the records that the writer may have changed during the copy: it writes at most
	 * RS_BURST records beyond the head, and record k + RS_RESET_ENTRIES in place of k. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	oldest = __atomic_load_n(&log->head, __ATOMIC_RELAXED);
	while (copied > 0 && head - copied + RS_RESET_ENTRIES < oldest + RS_BURST)
		copied--;
	return copied;
}

unsigned int
rs_reset_log_read_from(const struct rs_reset_log *log, uint64_t *from,
	struct rs_reset_record *records, unsigned int n)
{
	uint64_t head = __atomic_load_n(&log->head, __ATOMIC_ACQUIRE);
	uint64_t first = head > RS_RESET_LOG ? head - RS_RESET_LOG : 0;
	unsigned int copied = 0;
	unsigned int lost = 0;

	first = RTE_MIN(RTE_MAX(first, *from), head);
	for (; copied < n && first + copied < head; copied++)
		records[copied] = log_record(log, first + copied);
	/* Drop the first ones if the writer may have changed them, as rs_reset_log_read() does. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	head = __atomic_load_n(&log->head, __ATOMIC_RELAXED);
	while (lost < copied && first + lost + RS_RESET_ENTRIES < head + RS_BURST)
		lost++;
	memmove(records, records + lost, (copied - lost) * sizeof(*records));
	*from = first + lost;
	return copied - lost;
}
