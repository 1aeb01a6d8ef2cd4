/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Every frame that a host sends is judged by what it sent and saw before: sequence numbers,
 * acknowledgments, windows, options and the bytes (RFC 9293 3.4, 3.8.6; 7323; 2018; 3168).
 * What a host saw is taken as all that was delivered, so no judgement is too strict.
 */

#include <inttypes.h>
#include <string.h>

#include "base/seq.h"
#include "sim.h"

/* Runs from audit to audit, which looks at each connection. */
#define AUDIT_EVERY 8

#define MSS_DEFAULT 536
#define MSS_DEFAULT_IPV6 1220
#define MSS_LEAST 48U /* the engine's choice, lib/README.md */

/* The TCB that a host's segments between these ports belong to now. */
static struct sim_tcb *
find_tcb(struct sim *sim, uint8_t host, uint16_t lport, uint16_t rport)
{
	unsigned int i;

	for (i = sim->n_tcbs; i > 0; i--) {
		struct sim_tcb *t = &sim->tcbs[i - 1];

		if (t->host == host && t->lport == lport && t->rport == rport)
			return t;
	}
	return NULL;
}

/* The peer's TCB with this ISS. */
static struct sim_tcb *
find_iss(struct sim *sim, const struct sim_tcb *t, uint32_t iss)
{
	unsigned int i;

	for (i = sim->n_tcbs; i > 0; i--) {
		struct sim_tcb *p = &sim->tcbs[i - 1];

		if (p->host != t->host && p->lport == t->rport && p->rport == t->lport &&
		    p->iss == iss)
			return p;
	}
	return NULL;
}

/* The user of a TCB: the end with its numbers. */
static struct sim_end *
user_of(struct sim *sim, struct sim_tcb *t)
{
	unsigned int i;

	for (i = sim->n_ends; i > 0 && t->end == NULL; i--) {
		struct sim_end *end = &sim->ends[i - 1];

		if (end->host == t->host && end->tuple.lport == t->lport &&
		    end->tuple.rport == t->rport && end->iss == t->iss)
			t->end = end;
	}
	return t->end;
}

static uint8_t
shift(const struct sim_tcb *t, const struct frame_seg *s)
{
	return t->has_ws && t->peer_ws && (s->flags & SYN) == 0 ? t->ws : 0;
}

/* t learns from which SYN of its peer it is (RFC 9293 3.5). */
static void
learn_peer(struct sim_tcb *t, const struct sim_tcb *peer)
{
	t->irs_known = true;
	t->irs = peer->iss;
	t->end_in = peer->iss + 1;
	t->wl1 = peer->iss;
	t->peer_ws = peer->has_ws;
	t->sack_in = peer->sack_ok;
	t->ts_known = t->ts_in = peer->ts;
	t->tsval_in = peer->tsval; /* of its latest: no SYN that came has a later one */
	t->mss_in = peer->mss;
}

/* The MSS of a peer without the option (MUST-15, MUST-16). */
static uint16_t
mss_default(const struct sim *sim)
{
	return sim->plan.ipv6 ? MSS_DEFAULT_IPV6 : MSS_DEFAULT;
}

/* A SYN or SYN-ACK that begins a TCB. */
static struct sim_tcb *
begin(struct sim *sim, uint8_t host, const struct frame_seg *s)
{
	struct sim_tcb *before = find_tcb(sim, host, s->sport, s->dport);
	struct sim_tcb *t = &sim->tcbs[sim->n_tcbs];

	if (sim->n_tcbs == SIM_TCBS_MAX)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->host = host;
	t->lport = s->sport;
	t->rport = s->dport;
	t->iss = t->ack_in = t->una = s->seq;
	t->nxt = t->edge_in = s->seq + 1;
	t->has_ws = s->has_ws;
	t->ws = s->ws;
	t->sack_ok = s->sack_ok;
	t->mss_in = mss_default(sim);
	t->ts = s->has_ts;
	t->tsval = s->tsval;
	t->mss = s->has_mss ? s->mss : mss_default(sim);
	t->before = before;
	sim->n_tcbs++;
	return t;
}

/* The TCB of a segment, which is no reset. */
static struct sim_tcb *
tcb_of(struct sim *sim, uint8_t host, const struct frame_seg *s)
{
	struct sim_tcb *t = find_tcb(sim, host, s->sport, s->dport);
	const struct sim_tcb *peer;

	if ((s->flags & SYN) != 0) {
		if (t == NULL || t->iss != s->seq)
			t = begin(sim, host, s);
		peer = t != NULL && (s->flags & ACK) != 0 ? find_iss(sim, t, s->ack - 1) :
			NULL;
		if (peer != NULL && !t->ack_sent)
			learn_peer(t, peer);
		return t;
	}
	/* MAY-2 (2): a SYN-RECEIVED that came from TIME-WAIT went back to it. */
	if (t != NULL && t->before != NULL && t->nxt == t->iss + 1 && s->seq != t->nxt &&
	    s->seq == t->before->nxt && s->ack == t->before->ack) {
		*t = *t->before;
		t->before = NULL;
	}
	if (t == NULL)
		sim_fail(sim, "a segment of a connection that no SYN began");
	return t;
}

/*
 * What is judged, one function each.
 */

static void
check_frame(struct sim *sim, uint8_t from, const struct frame_seg *s)
{
	const struct sim_host_plan *host = &sim->plan.host[from];

	if (s->ip_version != (sim->plan.ipv6 ? 6 : 4))
		sim_fail(sim, "a segment over IPv%u", s->ip_version);
	if (s->saddr != 0xc0000201U + from || s->daddr != 0xc0000201U + (from ^ 1))
		sim_fail(sim, "addresses %08x > %08x", s->saddr, s->daddr);
	if (s->ttl != host->tcp.ttl)
		sim_fail(sim, "TTL is %u, not %u (MUST-49)", s->ttl, host->tcp.ttl);
	if ((s->tos & ~3) != 0)
		sim_fail(sim, "DiffServ field is %02x (MUST-48)", s->tos);
	if (s->ip_len > host->mtu)
		sim_fail(sim, "%u bytes of IP, the MTU is %u", s->ip_len, host->mtu);
}

/* RFC 9293 3.5.2: no reset answers a reset. */
static void
check_reset(struct sim *sim, uint8_t from, const struct frame_seg *s)
{
	unsigned int resets = 0, others = 0;
	unsigned int i;

	if (s->len > 0)
		sim_fail(sim, "a reset with data");
	for (i = 0; i < sim->n_seen; i++) {
		if (sim->seen[i].lport == s->sport && sim->seen[i].rport == s->dport)
			*(sim->seen[i].rst ? &resets : &others) += 1;
	}
	if (resets == 0 || others > 0)
		return;
	for (i = 0; i < sim->n_ends; i++) {
		const struct sim_end *end = &sim->ends[i];

		if (end->host == from && end->tuple.lport == s->sport && end->ended &&
		    end->ended_at == sim->world.now &&
		    (end->how == RS_END_ABORTED || end->how == RS_END_TIMEOUT))
			return;
	}
	sim_fail(sim, "a reset in answer to a reset (RFC 9293 3.5.2)");
}

static void
check_syn(struct sim *sim, const struct sim_tcb *t, const struct frame_seg *s)
{
	const struct rs_tcp_params *tcp = &sim->plan.host[t->host].tcp;

	if (s->len > 0 || (s->flags & FIN) != 0)
		sim_fail(sim, "a SYN with data or FIN");
	if ((s->has_ts && !tcp->timestamps) || (s->has_ws && !tcp->window_scale) ||
	    (s->sack_ok && !tcp->sack))
		sim_fail(sim, "a SYN with an option that is switched off");
	if (s->has_ws && s->ws > 14)
		sim_fail(sim, "a shift of %u (RFC 7323 2.3)", s->ws);
	if ((s->flags & ACK) != 0 && t->irs_known &&
	    ((s->has_ts && !t->ts_known) || (s->has_ws && !t->peer_ws) ||
	     (s->sack_ok && !t->sack_in)))
		sim_fail(sim, "a SYN-ACK with an option that the SYN had not");
}

static void
check_timestamps(struct sim *sim, struct sim_tcb *t, const struct frame_seg *s)
{
	bool agreed = t->ts && t->ts_known;

	if ((s->flags & SYN) == 0 && s->has_ts != agreed)
		sim_fail(sim, "timestamps are %s, but the segment has %s (RFC 7323 3.2)",
			agreed ? "agreed on" : "not agreed on", s->has_ts ? "them" : "none");
	if (!s->has_ts)
		return;
	if (rs_seq_lt(s->tsval, t->tsval))
		sim_fail(sim, "TSval %u after %u (RFC 7323 4.1)", s->tsval, t->tsval);
	t->tsval = s->tsval;
	if ((s->flags & ACK) != 0 && t->ts_in && rs_seq_gt(s->tsecr, t->tsval_in))
		sim_fail(sim, "TSecr %u, the highest that came is %u (RFC 7323 3.2)", s->tsecr,
			t->tsval_in);
}

/* RFC 2018 3 and 4; RFC 2883 4: the first block may tell of what came twice. */
static void
check_sack(struct sim *sim, const struct sim_tcb *t, const struct frame_seg *s)
{
	unsigned int first = 0;
	unsigned int i, k;

	if (s->n_sack > 0 && !(t->sack_ok && t->sack_in))
		sim_fail(sim, "SACK was not agreed on (RFC 2018 2)");
	if (s->n_sack > 0 && rs_seq_leq(s->right[0], s->ack))
		first = 1;
	if (s->n_sack > 1 && rs_seq_leq(s->left[1], s->left[0]) &&
	    rs_seq_geq(s->right[1], s->right[0]))
		first = 1;
	for (i = 0; i < s->n_sack; i++) {
		/* What came twice may be of the connection before: the stack has no IRS by now. */
		if (!rs_seq_lt(s->left[i], s->right[i]) || rs_seq_gt(s->right[i], t->end_in) ||
		    (i >= first && rs_seq_leq(s->left[i], t->irs)))
			sim_fail(sim, "SACK block %u-%u of what never came", s->left[i] - t->irs,
				s->right[i] - t->irs);
		if (i >= first && rs_seq_leq(s->left[i], s->ack))
			sim_fail(sim, "SACK block %u-%u is not above ACK %u (RFC 2018 3)",
				s->left[i] - t->irs, s->right[i] - t->irs, s->ack - t->irs);
		for (k = first; k < i; k++) {
			if (rs_seq_lt(s->left[i], s->right[k]) &&
			    rs_seq_lt(s->left[k], s->right[i]))
				sim_fail(sim, "SACK blocks overlap (RFC 2018 3)");
		}
	}
}

/* What is acknowledged and offered. */
static void
check_ack(struct sim *sim, struct sim_tcb *t, const struct frame_seg *s)
{
	uint32_t edge = s->ack + ((uint32_t)s->wnd << shift(t, s));
	/* The field is rounded down (RFC 7323 2.4), and not scaled in a SYN (2.2). */
	uint32_t rounding = (1u << shift(t, s)) - 1;

	if ((s->flags & ACK) == 0) {
		if ((s->flags & SYN) == 0)
			sim_fail(sim, "a segment without ACK (RFC 9293 3.1)");
		return;
	}
	if (!t->irs_known) {
		sim_fail(sim, "an ACK of a SYN that never came");
		return;
	}
	if (rs_seq_gt(s->ack, t->end_in))
		sim_fail(sim, "ACK %u, what came ends at %u", s->ack - t->irs, t->end_in - t->irs);
	if (t->ack_sent && rs_seq_lt(s->ack, t->ack))
		sim_fail(sim, "ACK %u after %u", s->ack - t->irs, t->ack - t->irs);
	if (t->ack_sent && (s->flags & SYN) == 0 && rs_seq_lt(edge + rounding, t->edge))
		sim_fail(sim, "the window shrinks: it ended at %u, now at %u (SHLD-14)",
			t->edge - t->irs, edge - t->irs);
	t->edge = t->ack_sent ? rs_seq_max(t->edge, edge) : edge;
	t->ack_sent = true;
	t->ack = s->ack;
	check_sack(sim, t, s);
}

/* The bytes of a segment are those that its user sent, there. */
static void
check_bytes(struct sim *sim, struct sim_tcb *t, const struct frame_seg *s)
{
	const struct sim_end *end = user_of(sim, t);
	uint32_t off = s->seq - t->iss - 1;
	bool fin = (s->flags & FIN) != 0;

	if (s->len == 0 && !fin)
		return;
	if (end == NULL) {
		sim_fail(sim, "data of a connection that was not opened");
		return;
	}
	if (off + s->len > end->sent)
		sim_fail(sim, "bytes up to %u, the user sent %" PRIu64, off + s->len, end->sent);
	else if (memcmp(s->data, sim->pattern + (end->stream + off) % SIM_PATTERN, s->len) != 0)
		sim_fail(sim, "%u bytes at %u are not those that the user sent", s->len, off);
	if (fin && (!end->shut || off + s->len != end->sent))
		sim_fail(sim, "FIN at %u, the user sent %" PRIu64 "%s", off + s->len, end->sent,
			end->shut ? "" : " and did not close");
}

/* Where a segment lies: after what was sent, in what was offered, never over its FIN. */
static void
check_place(struct sim *sim, struct sim_tcb *t, const struct frame_seg *s)
{
	uint32_t len = frame_seg_len(s);
	uint32_t end = s->seq + len;
	bool probe = len == 1 && rs_seq_leq(s->seq, t->edge_in);
	bool new = rs_seq_gt(end, t->nxt);

	if (rs_seq_lt(s->seq, t->iss) || rs_seq_gt(s->seq, t->nxt))
		sim_fail(sim, "SEQ %u, SND.NXT is %u", s->seq - t->iss, t->nxt - t->iss);
	if (len > 0 && (s->flags & SYN) == 0 && rs_seq_gt(end, t->edge_in) && !probe)
		sim_fail(sim, "text up to %u, the window ends at %u", end - t->iss,
			t->edge_in - t->iss);
	if (t->fin && rs_seq_gt(end, t->fin_seq + 1))
		sim_fail(sim, "text after FIN");
	if ((s->flags & FIN) != 0) {
		t->fin = true;
		t->fin_seq = end - 1;
	}
	/* RFC 3168 6.1.5, 6.1.6 */
	if ((s->tos & 3) != 0 && (s->len == 0 || rs_seq_lt(s->seq, t->nxt)))
		sim_fail(sim, "ECT on what is no new data (RFC 3168 6.1.5)");
	if (new)
		t->nxt = end;
}

static void
check_segment(struct sim *sim, struct sim_tcb *t, const struct frame_seg *s)
{
	/* Eff.snd.MSS (RFC 9293 3.7.1) */
	uint32_t mss = RTE_MAX((uint32_t)t->mss_in, MSS_LEAST);

	if ((s->flags & SYN) != 0)
		check_syn(sim, t, s);
	if (s->len > 0 && s->len + s->opt_len > mss)
		sim_fail(sim, "%u bytes and %u of options, the MSS is %u", s->len, s->opt_len, mss);
	check_timestamps(sim, t, s);
	check_ack(sim, t, s);
	check_bytes(sim, t, s);
	check_place(sim, t, s);
}

/*
 * The world's hooks.
 */

/* --break: host 0 sends what it must not. */
static void
spoil(struct sim *sim, struct rte_mbuf *m)
{
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);
	struct frame_seg s;
	uint8_t *tcp;
	const char *why;
	unsigned int i;

	if (sim_frame_read(frame, m->pkt_len, &s, &why) != FRAME_TCP ||
	    (s.flags & (SYN | RST | ACK)) != ACK)
		return;
	tcp = frame + FRAME_ETHER_LEN + s.ip_header_len;
	if (sim->broken == SIM_BREAK_ACK)
		put32(tcp + 8, s.ack + 100000);
	if (sim->broken == SIM_BREAK_WINDOW)
		tcp[14] = 0;
	if (sim->broken == SIM_BREAK_WIRE && s.len > 0)
		frame[m->pkt_len - 1] ^= 1;
	for (i = 20; i < 20u + s.opt_len; i++) {
		if (sim->broken == SIM_BREAK_TS && tcp[i] == 8 && tcp[i + 1] == 10)
			put32(tcp + i + 2, s.tsval - (uint32_t)sim->world.frames * 1000);
		if (sim->broken == SIM_BREAK_SACK && tcp[i] == 5 && tcp[i + 1] % 8 == 2)
			put32(tcp + i + 6, s.right[0] + 1000000);
	}
	frame_set_checksums(frame + FRAME_ETHER_LEN);
	if (sim->broken == SIM_BREAK_CHECKSUM)
		tcp[16] ^= 1;
}

static void
record(struct sim *sim, struct rte_mbuf *m)
{
	if (sim->pcap != NULL)
		sim_pcap_write(sim->pcap, sim->world.now, rte_pktmbuf_mtod(m, void *), m->pkt_len);
}

uint32_t
sim_watch_sent(void *arg, uint8_t from, struct rte_mbuf *m)
{
	struct sim *sim = arg;
	struct sim_tcb *t;
	struct frame_seg s;
	const char *why;
	char text[320];
	enum frame_kind kind;

	if (sim->broken != SIM_BREAK_NONE && from == 0)
		spoil(sim, m);
	record(sim, m);
	if (rte_mbuf_refcnt_read(m) != 1 || m->nb_segs != 1 || m->port != 0)
		sim_fail(sim, "an mbuf that is not the device's alone");
	kind = sim_frame_read(rte_pktmbuf_mtod(m, uint8_t *), m->pkt_len, &s, &why);
	if (kind == FRAME_BAD)
		sim_fail(sim, "a frame with %s", why);
	if (kind != FRAME_TCP)
		return 0;
	if (sim->verbose) {
		sim_seg_print(&s, text, sizeof(text));
		printf("# %12.6f host %u %s\n", (double)sim->world.now / 1e6, from, text);
	}
	check_frame(sim, from, &s);
	if ((s.flags & RST) != 0) {
		check_reset(sim, from, &s);
		return 0;
	}
	t = tcb_of(sim, from, &s);
	if (t == NULL)
		return 0;
	check_segment(sim, t, &s);
	return (uint32_t)(t - sim->tcbs) + 1;
}

/* t sees a segment of its peer: what it may do from now on. */
static void
see(struct sim_tcb *t, const struct sim_tcb *peer, const struct frame_seg *s)
{
	uint32_t edge = s->ack + ((uint32_t)s->wnd << shift(peer, s));

	/* In SYN-SENT: the SYN-ACK of our SYN, or the SYN of a simultaneous open. */
	if ((s->flags & SYN) != 0 && !t->ack_sent &&
	    ((s->flags & ACK) == 0 || s->ack == t->iss + 1))
		learn_peer(t, peer);
	if (!t->irs_known || t->irs != peer->iss)
		return;
	t->end_in = rs_seq_max(t->end_in, s->seq + frame_seg_len(s));
	if (s->has_ts && (!t->ts_in || rs_seq_gt(s->tsval, t->tsval_in))) {
		t->ts_in = true;
		t->tsval_in = s->tsval;
	}
	if ((s->flags & ACK) == 0 || (peer->irs_known && peer->irs != t->iss))
		return;
	t->ack_in = rs_seq_max(t->ack_in, s->ack);
	if (rs_seq_geq(s->seq, t->wl1)) {
		t->wl1 = s->seq;
		t->wnd_in = edge - s->ack;
	}
	/*
	 * SND.WND is an offset from SND.UNA, and an ACK that is older than the last update of
	 * the window moves SND.UNA alone (RFC 9293 3.10.7.4, fifth).
	 */
	t->edge_in = rs_seq_max(t->edge_in, rs_seq_max(edge, t->ack_in + t->wnd_in));
}

void
sim_watch_delivered(void *arg, const struct sim_flight *flight)
{
	struct sim *sim = arg;
	uint8_t *frame = rte_pktmbuf_mtod(flight->m, uint8_t *);
	struct sim_tcb *t;
	struct frame_seg s;
	const char *why;

	if (flight->corrupt || sim_frame_read(frame, flight->m->pkt_len, &s, &why) != FRAME_TCP)
		return;
	if (sim->broken == SIM_BREAK_DELIVER && s.len > 0) {
		frame[flight->m->pkt_len - 1] ^= 1;
		frame_set_checksums(frame + FRAME_ETHER_LEN);
	}
	sim->seen[sim->n_seen++] = (struct sim_run_seen){
		.lport = s.dport, .rport = s.sport,
		.rst = (s.flags & RST) != 0 || sim->broken == SIM_BREAK_RESET,
	};
	t = find_tcb(sim, flight->to, s.dport, s.sport);
	if (t != NULL && flight->tag != 0)
		see(t, &sim->tcbs[flight->tag - 1], &s);
}

void
sim_watch_ran(void *arg, uint8_t host)
{
	struct sim *sim = arg;
	struct rs_conn_info info;
	struct rs_tuple tuple;
	const char *wrong = sim->world.runs % AUDIT_EVERY == 0 ?
		rs_stack_audit(sim->world.host[host].stack) : NULL;
	struct sim_tcb *t;
	unsigned int i;

	if (wrong != NULL)
		sim_fail(sim, "audit of host %u: %s", host, wrong);
	for (i = 0; i < sim->n_seen; i++) {
		tuple = (struct rs_tuple){
			.laddr = sim_world_addr(host, sim->plan.ipv6),
			.raddr = sim_world_addr(host ^ 1, sim->plan.ipv6),
			.lport = sim->seen[i].lport, .rport = sim->seen[i].rport,
		};
		t = find_tcb(sim, host, tuple.lport, tuple.rport);
		if ((i > 0 && sim->seen[i].lport == sim->seen[i - 1].lport) || t == NULL ||
		    rs_stack_inspect(sim->world.host[host].stack, &tuple, &info) != 0)
			continue;
		if (rs_seq_gt(info.snd_una, info.snd_nxt))
			sim_fail(sim, "SND.UNA %u is beyond SND.NXT %u", info.snd_una,
				info.snd_nxt);
		if (info.snd_una != t->una && user_of(sim, t) != NULL)
			t->end->progress = sim->world.now;
		t->una = info.snd_una;
		if (info.snd_nxt != t->nxt && info.state >= RS_ESTABLISHED &&
		    info.state != RS_TIME_WAIT)
			sim_fail(sim, "SND.NXT is %u, what was sent ends at %u",
				info.snd_nxt - t->iss, t->nxt - t->iss);
	}
	sim->n_seen = 0;
}
