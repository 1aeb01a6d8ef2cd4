/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The path MTU of connections whose Eff.snd.MSS is lower than at their start. It is lowered by an
 * ICMP error (tcp/icmp.c), or here, where a path swallows large segments and no error arrives, a
 * black hole (RFC 4821 7.7). Ten minutes later a probe, one segment of the next larger size, tries
 * whether the path carries more (RFC 8201 4, RFC 4821 7.4). Few connections are lowered, so their
 * entries stand beside the TCBs, and no segment of another connection meets them.
 */

#include <errno.h>

#include <rte_malloc.h>

#include "base/seq.h"
#include "tcp/loss/loss.h"

/* Time after which a larger size is tried (RFC 1191 6.3, RFC 8201 4). */
#define RAISE_AFTER_MS (10 * 60 * 1000)

/* So many time-outs of one segment lower the MSS to that of the next size. */
#define TIMEOUTS 2

/* Entries that one run examines, and the most that a stack has. */
#define RUN_BURST 64
#define PATHS_MAX 8192

/* Sizes of IP datagrams that are tried: of Ethernet, the least MTU of IPv6 (RFC 8200 5), and the
 * datagram that every IPv4 host accepts (RFC 791 3.1). */
static const uint16_t sizes[] = { 1500, RS_IPV6_DATAGRAM, 576 };

/* The number of those that a family has: IPv6 has no link with a smaller MTU than 1280. */
static unsigned int
n_sizes(const struct rs_tcb *tcb)
{
	return rs_tuple_is_ipv4(&tcb->tuple) ? RTE_DIM(sizes) : RTE_DIM(sizes) - 1;
}

/* The MSS of a size. */
static uint16_t
size_mss(const struct rs_tcb *tcb, uint16_t size)
{
	bool ipv4 = rs_tuple_is_ipv4(&tcb->tuple);

	return (uint16_t)(size - (ipv4 ? RS_IPV4_LEN : RS_IPV6_LEN) - RS_TCP_LEN);
}

/* The next smaller MSS; 0: there is none. */
static uint16_t
smaller_mss(const struct rs_tcb *tcb)
{
	unsigned int i;

	for (i = 0; i < n_sizes(tcb); i++) {
		uint16_t mss = size_mss(tcb, sizes[i]);

		if (mss < tcb->snd_mss)
			return mss;
	}
	return 0;
}

/* The next larger MSS, up to the one that the connection began with. */
static uint16_t
larger_mss(const struct rs_tcb *tcb, const struct rs_path *path)
{
	unsigned int i;

	for (i = n_sizes(tcb); i > 0; i--) {
		uint16_t mss = size_mss(tcb, sizes[i - 1]);

		if (mss > tcb->snd_mss && mss < path->mss)
			return mss;
	}
	return path->mss;
}

int
rs_path_init(struct rs_paths *paths, uint32_t connections, unsigned int socket)
{
	uint32_t n = (uint32_t)(rs_path_memory(connections) / sizeof(*paths->entries));

	paths->entries = rte_zmalloc_socket("rs_paths", n * sizeof(*paths->entries),
		RTE_CACHE_LINE_SIZE, (int)socket);
	paths->mask = n - 1;
	return paths->entries != NULL ? 0 : -ENOMEM;
}

uint64_t
rs_path_memory(uint32_t connections)
{
	uint32_t n = connections < PATHS_MAX ? rte_align32pow2(connections + 1) : PATHS_MAX;

	return (uint64_t)n * sizeof(struct rs_path);
}

void
rs_path_fini(struct rs_paths *paths)
{
	rte_free(paths->entries);
}

/* The entry of a connection, or NULL. */
static struct rs_path *
find(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	uint32_t index = rs_tcb_index(tcp, tcb);
	struct rs_path *path = &tcp->paths.entries[index & tcp->paths.mask];

	return path->tcb == index ? path : NULL;
}

void
rs_path_drop(struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	struct rs_path *path = find(tcp, tcb);

	if (path == NULL)
		return;
	path->tcb = 0;
	tcp->paths.n--;
}

void
rs_path_lowered(struct rs_tcp *tcp, const struct rs_tcb *tcb, uint16_t before, bool by_error)
{
	uint32_t index = rs_tcb_index(tcp, tcb);
	struct rs_path *path = &tcp->paths.entries[index & tcp->paths.mask];

	if (path->tcb != index) {
		/* another connection that had this entry keeps its lower MSS */
		tcp->paths.n += path->tcb == 0;
		*path = (struct rs_path){ .tcb = index, .mss = before };
	}
	path->probing = false;
	path->by_error = by_error;
	path->due = tcp->tick + RAISE_AFTER_MS;
}

uint16_t
rs_path_mss(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_path *path = find(tcp, tcb);

	return path != NULL ? path->mss : tcb->snd_mss;
}

/* The sender goes on with another MSS. */
static void
sender_set_mss(struct rs_sender *snd, uint16_t mss)
{
	snd->cc.mss = mss;
	rs_scoreboard_set_mss(&snd->board, mss);
}

void
rs_path_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd)
{
	uint32_t options = tcb->snd_mss - rs_tcp_text_max(tcp, tcb);
	uint16_t before = tcb->snd_mss;
	uint16_t mss;

	if (!tcp->par.black_holes || snd->rtx_count == 0 || snd->rtx_count % TIMEOUTS != 0)
		return;
	mss = smaller_mss(tcb);
	/* The retransmission is as long as the flight, but for the limit of the MSS. */
	if (mss == 0 || tcb->snd_nxt - tcb->snd_una + options <= mss)
		return;
	tcb->snd_mss = mss;
	sender_set_mss(snd, mss);
	tcp->stats->tcp.path_black_holes++;
	rs_path_lowered(tcp, tcb, before, false);
}

bool
rs_path_probe_lost(struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_sender *snd)
{
	struct rs_path *path = find(tcp, tcb);
	uint32_t first = snd->board.lost_from;

	if (path == NULL || !path->probing)
		return false;
	/* Whatever else was lost, too, the probe failed or says nothing (RFC 4821 7.6.2). */
	path->probing = false;
	path->due = tcp->tick + RAISE_AFTER_MS;
	tcp->stats->tcp.path_probes_lost++;
	return first != 0 && rs_range_at(tcp, first)->seq == path->seq &&
	       snd->board.lost == path->end - path->seq;
}

void
rs_path_try_again(struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	struct rs_path *path = find(tcp, tcb);

	if (path != NULL && !path->by_error) /* after an error not for minutes (RFC 8201 4) */
		path->due = tcp->tick;
}

/* The windows of a connection without a sender, in segments: as many bytes as before. */
static void
scale_idle(struct rs_idle *idle, uint32_t before, uint32_t mss)
{
	if (idle->cwnd != 0)
		idle->cwnd = (uint16_t)RTE_MAX(idle->cwnd * before / mss, 1U);
	if (idle->ssthresh != 0)
		idle->ssthresh = (uint16_t)RTE_MAX(idle->ssthresh * before / mss, 1U);
}

/* The probe of a path was acknowledged: send segments of its size (RFC 4821 7.6.1). */
static void
raise_mss(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_path *path)
{
	struct rs_sender *snd = rs_sender_of_flight(tcp, tcb);
	struct rs_busy *busy = rs_tcb_busy(tcp, tcb);
	uint16_t mss = larger_mss(tcb, path);

	if (snd == NULL)
		scale_idle(busy != NULL ? &busy->idle : &tcb->idle, tcb->snd_mss, mss);
	tcb->snd_mss = mss;
	if (snd != NULL) {
		sender_set_mss(snd, mss);
		snd->cc.cwnd = RTE_MAX(snd->cc.cwnd, snd->cc.mss);
	}
	tcp->stats->tcp.path_raised++;
	path->probing = false;
	if (mss == path->mss)
		rs_path_drop(tcp, tcb);
}

uint16_t
rs_path_probe_mss(const struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	const struct rs_path *path = find(tcp, tcb);

	return path != NULL ? larger_mss(tcb, path) : 0;
}

void
rs_path_probe_sent(struct rs_tcp *tcp, const struct rs_tcb *tcb, uint32_t seq)
{
	struct rs_path *path = find(tcp, tcb);

	tcp->stats->tcp.path_probes++;
	path->probing = true;
	path->seq = seq;
	path->end = tcb->snd_nxt;
}

/* Whether a connection has queued enough for a probe, and nothing is lost. */
static bool
can_probe(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_path *path,
	const struct rs_sender *snd)
{
	return snd != NULL && snd->recovery == RS_RECOVERY_NONE && snd->board.lost == 0 &&
	       !snd->tlp.out && rs_rtx_unsent(tcp, tcb) >= larger_mss(tcb, path);
}

/* One entry: has its probe been acknowledged, or is one due? */
static void
examine(struct rs_tcp *tcp, struct rs_path *path)
{
	struct rs_tcb *tcb = &tcp->tcbs[path->tcb];
	struct rs_sender *snd;

	if (!rs_tcb_synchronized(tcb))
		return; /* it has ended, and is not buried yet */
	if (path->probing) {
		if (rs_seq_geq(tcb->snd_una, path->end))
			raise_mss(tcp, tcb, path);
		return;
	}
	if (rs_seq_gt(path->due, tcp->tick))
		return;
	snd = rs_sender(tcp, tcb);
	if (!can_probe(tcp, tcb, path, snd)) {
		path->due = tcp->tick; /* however long it takes */
		return;
	}
	snd->tlp.owed |= RS_PROBE_MTU;
	rs_tcp_owe(tcp, tcb, RS_OWES_DATA);
}

void
rs_path_run(struct rs_tcp *tcp)
{
	struct rs_paths *paths = &tcp->paths;
	unsigned int i;

	if (paths->tick == tcp->tick)
		return;
	paths->tick = tcp->tick;
	for (i = 0; i < RUN_BURST; i++) {
		struct rs_path *path = &paths->entries[paths->next++ & paths->mask];

		if (path->tcb != 0)
			examine(tcp, path);
	}
}
