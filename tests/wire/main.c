/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Runs all cases, or those whose names match a pattern of the command line, and prints
 * them in the Test Anything Protocol. What must hold after every case is checked here.
 * With --ipv6 they run over IPv6; with --tso the device makes checksums and cuts frames into
 * segments; with --isn, the numbers of both ends begin at a number of choice;
 * with --faults N SEED each runs again for one of N things that can fail in it (faults.h).
 */

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include "wire.h"

/* Made by the linker: the section that WIRE() puts its cases in. */
extern const struct wire_case *const __start_wire_cases[];
extern const struct wire_case *const __stop_wire_cases[];

/* A linear congruential generator: bytes in the wrong place are seen. */
static void
fill_bytes(struct wire *w)
{
	uint32_t x = 1;
	unsigned int i;

	for (i = 0; i < WIRE_BYTES; i++) {
		x = x * UINT32_C(1664525) + UINT32_C(1013904223);
		w->bytes[i] = (char)(x >> 24);
	}
}

static void
wire_begin(struct wire *w, const struct wire_start *start)
{
	static const struct rte_ether_addr mac = { .addr_bytes = { 2, 0, 0, 0, 0, 1 } };

	memset(w, 0, offsetof(struct wire, bytes)); /* those are the same in all cases */
	TAILQ_INIT(&w->sent);
	TAILQ_INIT(&w->events);
	TAILQ_INIT(&w->conns);
	rs_tcp_defaults(&w->tcp);
	w->tcp.max_connections = 64;
	w->tcp.max_busy = 64;
	w->tcp.max_chunks = 1024;
	w->tcp.mss = 1460;
	w->tcp.rcv_buf = WIRE_RCV_BUF;
	w->tcp.msl_ms = 30000;
	w->tcp.rto_initial_ms = 1000;
	w->tcp.rto_min_ms = 1000;
	w->tcp.rto_max_ms = 60000;
	w->tcp.r2_ms = 100000;
	w->tcp.r2_syn_ms = 180000;
	w->tcp.ack_delay_ms = 40;
	w->tcp.challenge_acks = 10;
	w->tcp.black_holes = false; /* time-outs change no size: case_path_mtu.c */
	w->port = (struct rs_port){
		.id = 3,
		.device = 3,
		.mtu = wire_ipv6 ? 1520 : 1500, /* so that the MSS is the same */
		.mac = mac,
	};
	if (start->tso)
		wire_set_tso(w);
	if (wire_ipv6) {
		w->port.subnets6[0] = (struct rs_prefix){ wire_addr(WIRE_LHOST), 64 };
		w->port.n_subnets6 = 1;
	} else {
		w->port.subnet = (struct rs_prefix){ wire_addr(WIRE_LHOST), 96 + 24 };
	}
	w->now = start->now;
	w->base = start->base;
	w->take = UINT64_MAX;
	w->mbufs = rte_pktmbuf_pool_create("wire", WIRE_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (w->mbufs == NULL)
		rte_panic("no mempool: %s\n", rte_strerror(rte_errno));
}

static void
wire_free(struct wire *w)
{
	struct wire_conn *c;

	if (w->stack != NULL)
		rs_stack_free(w->stack);
	rs_acl_free(w->acl);
	wire_free_frames(w);
	wire_free_events(w);
	while ((c = TAILQ_FIRST(&w->conns)) != NULL) {
		TAILQ_REMOVE(&w->conns, c, next);
		free(c);
	}
	rte_mempool_free(w->mbufs);
}

/* The case has named every reset: those that were sent and those that were received. */
static void
end_accounted(struct wire *w)
{
	const struct rs_stats *s = rs_stack_stats(w->stack);
	unsigned int i;

	for (i = 0; i < RS_RESET_MAX; i++)
		wire_moved(w, rs_reset_reason_names[i].name, &s->reset_sent[i],
			&w->checked.reset_sent[i], 0);
	for (i = 0; i < RS_VERDICT_MAX; i++)
		wire_moved(w, rs_reset_verdict_names[i].name, &s->reset_received[i],
			&w->checked.reset_received[i], 0);
	for (i = 0; i < RS_LIMITED_MAX; i++)
		wire_moved(w, rs_reset_limit_names[i].name, &s->reset_limited[i],
			&w->checked.reset_limited[i], 0);
}

static bool
pools_empty(const struct rs_stack *stack)
{
	struct rs_pool_use use;

	rs_stack_pools(stack, &use);
	return (use.tcbs | use.time_waits | use.busy | use.chunks | use.ranges |
		use.neighbours | use.fragments) == 0;
}

/* Stop the stack: resets are all that may be sent, until 2 MSL have passed. */
static void
end_stop(struct wire *w)
{
	uint64_t until = w->now + 2000 * w->tcp.msl_ms + 1000000;
	const struct wire_frame *f;

	rs_stack_stop(w->stack, RS_STOP_RESET);
	while (w->now < until && !pools_empty(w->stack)) {
		wire_run(w, NULL, 0);
		w->now += 10000;
	}
	TAILQ_FOREACH(f, &w->sent, next) {
		if (!wire_faulted() && (!f->is_tcp || (f->seg.flags & RST) == 0))
			wire_wrong(w, "a stop sends something that is no reset");
	}
	if (!TAILQ_EMPTY(&w->conns))
		wire_wrong(w, "the service was not told the end of a connection");
	if (!pools_empty(w->stack) || rs_stack_open(w->stack) != 0)
		wire_wrong(w, "a pool of the stack is not full again");
	wire_free_frames(w);
	if (rte_mempool_avail_count(w->mbufs) != WIRE_MBUFS)
		wire_wrong(w, "%u mbufs leaked", WIRE_MBUFS - rte_mempool_avail_count(w->mbufs));
}

static bool
is_logged(struct wire *w, const struct rs_reset_record *r)
{
	unsigned int i;

	for (i = 0; i < w->n_resets; i++) {
		struct wire_reset *seen = &w->resets[i];

		if (!seen->logged && seen->sent == r->sent && seen->seq == r->seq &&
				seen->ack == r->ack && seen->flags == r->flags &&
				rs_tuple_equal(&seen->tuple, &r->tuple)) {
			seen->logged = true;
			return true;
		}
	}
	return false;
}

/* The log has the resets that were on the wire, and the causes that were counted. */
static void
end_log(struct wire *w)
{
	struct rs_reset_record log[RS_RESET_LOG];
	const struct rs_stats *s = rs_stack_stats(w->stack);
	struct rs_stats causes = { 0 };
	unsigned int n = rs_stack_resets(w->stack, log, RS_RESET_LOG);
	unsigned int i;

	if (w->n_resets > RS_RESET_LOG)
		return;
	if (n != w->n_resets)
		wire_wrong(w, "%u resets on the wire, %u in the log", w->n_resets, n);
	for (i = 0; i < n; i++) {
		if (i > 0 && log[i].time > log[i - 1].time)
			wire_wrong(w, "the log of resets is not newest first");
		if (!is_logged(w, &log[i]))
			wire_wrong(w, "logged reset with SEQ %u was not on the wire", log[i].seq);
		if (log[i].cause >= (log[i].sent ? RS_RESET_MAX : RS_VERDICT_MAX))
			wire_wrong(w, "logged reset without a cause");
		(log[i].sent ? causes.reset_sent : causes.reset_received)[log[i].cause]++;
	}
	if (memcmp(causes.reset_sent, s->reset_sent, sizeof(s->reset_sent)) != 0 ||
			memcmp(causes.reset_received, s->reset_received,
				sizeof(s->reset_received)) != 0)
		wire_wrong(w, "the log of resets has other causes than the counters");
}

/* Totals add up to what was on the wire. */
static void
end_totals(struct wire *w)
{
	const struct rs_stats *s = rs_stack_stats(w->stack);
	uint64_t sent = 0, received = 0;
	unsigned int i;

	for (i = 0; i < RS_RESET_MAX; i++)
		sent += s->reset_sent[i];
	for (i = 0; i < RS_VERDICT_MAX; i++)
		received += s->reset_received[i];
	if (sent != w->rst_sent || received != w->rst_received)
		wire_wrong(w, "%u resets sent, %u counted; %u received, %u counted",
			(uint32_t)w->rst_sent, (uint32_t)sent, (uint32_t)w->rst_received,
			(uint32_t)received);
	if (s->tcp.tx_segments != w->tcp_sent)
		wire_wrong(w, "%u segments sent, %u counted", (uint32_t)w->tcp_sent,
			(uint32_t)s->tcp.tx_segments);
	if (s->tcp.tx_large != w->large_sent)
		wire_wrong(w, "%u large frames sent, %u counted", (uint32_t)w->large_sent,
			(uint32_t)s->tcp.tx_large);
	if (s->packet.tx_frames != w->frames_sent)
		wire_wrong(w, "%u frames sent, %u counted", (uint32_t)w->frames_sent,
			(uint32_t)s->packet.tx_frames);
	for (i = 0; i < RS_STATE_MAX; i++) {
		if (s->states[i] != 0)
			wire_wrong(w, "%d connections are left in %s", (int)s->states[i],
				rs_state_names[i]);
	}
	for (i = 0; i < WIRE_LISTENERS; i++) {
		if (rs_stack_listener_stats(w->stack, i)->open != 0)
			wire_wrong(w, "listener %s has open connections", w->listeners[i].name);
	}
}

static void
wire_end(struct wire *w)
{
	w->file = "end of case, after line";
	wire_quiet(w);
	wire_nothing_told(w);
	end_accounted(w);
	if (rs_stack_audit(w->stack) != NULL)
		wire_fail(w, "audit: %s", rs_stack_audit(w->stack));
	end_stop(w);
	end_log(w);
	end_totals(w);
}

/*
 * After a fault, wherever the case got to: timers run, and then the stack comes to an end at which
 * it is as good as new.
 */
static void
faults_end(struct wire *w)
{
	unsigned int i;

	w->file = "end of case, after line";
	wire_give_back(w);
	if (w->stack == NULL)
		return;
	w->take = UINT64_MAX;
	w->case_over = true;
	memset(w->on, 0, sizeof(w->on));
	for (i = 0; i < 300; i++) {
		w->now += 10000;
		wire_run(w, NULL, 0);
	}
	if (rs_stack_audit(w->stack) != NULL)
		wire_wrong(w, "audit: %s", rs_stack_audit(w->stack));
	end_stop(w);
	end_log(w);
	end_totals(w);
}

/* A case in which something fails. A check that must hold all the same comes back to FAILED. */
static enum wire_result
survives(struct wire *w, const struct wire_case *c)
{
	switch (setjmp(w->failed)) {
	case 0:
		c->run(w);
		break;
	case WIRE_LOST:
		break;
	case WIRE_UNJUDGED:
		return UNJUDGED;
	default:
		return FAILED;
	}
	if (setjmp(w->failed) != 0)
		return FAILED;
	faults_end(w);
	return PASSED;
}

/* A check that fails comes back here. */
static enum wire_result
passes(struct wire *w, const struct wire_case *c)
{
	int why = setjmp(w->failed);

	const char *reason = wire_other_family(c->name);

	if (why == WIRE_SKIPPED && reason == NULL)
		printf("# it skips itself, and families.c has no reason for it\n");
	if (why != 0)
		return why == WIRE_SKIPPED && reason != NULL ? SKIPPED : FAILED;
	c->run(w);
	wire_end(w);
	if (reason != NULL)
		printf("# families.c says that it does not run in this family, but it does\n");
	return reason == NULL ? PASSED : FAILED;
}

enum wire_result
wire_run_case(struct wire *w, const struct wire_case *c, const struct wire_start *start,
	enum rs_state param, uint8_t flags)
{
	struct rte_malloc_socket_stats before, freed;
	enum wire_result result;

	rte_malloc_get_socket_stats(0, &before);
	wire_begin(w, start);
	w->param = param;
	w->flags = flags;
	result = wire_faults.at != 0 ? survives(w, c) : passes(w, c);
	wire_free(w);
	rte_malloc_get_socket_stats(0, &freed);
	if (result == PASSED && before.alloc_count != freed.alloc_count) {
		wire_fault_print();
		printf("# rs_stack_free() leaves memory allocated\n");
		return FAILED;
	}
	return result;
}

/* One line of TAP: "ok 3 - name in STATE with SYN,ACK # section; ids". */
static void
print_result(const struct wire_case *c, enum wire_result result, unsigned int n,
	enum rs_state state, uint8_t flags)
{
	char text[64] = "no flags";

	if (flags != 0)
		wire_print_flags(flags, text, sizeof(text));
	printf("%sok %u - %s%s%s%s%s # %s%s%s%s\n", result != FAILED ? "" : "not ", n, c->name,
		c->states != 0 ? " in " : "", c->states != 0 ? rs_state_names[state] : "",
		c->flags != 0 ? " with " : "", c->flags != 0 ? text : "",
		result == SKIPPED ? "SKIP " : "",
		result == SKIPPED ? wire_other_family(c->name) : c->section,
		result != SKIPPED && c->ids[0] != '\0' ? "; " : "",
		result != SKIPPED ? c->ids : "");
	fflush(stdout);
}

/* Run a case, once or for each of its states and flags. @return how many runs failed */
static unsigned int
run_states(struct wire *w, const struct wire_case *c, const struct wire_start *start,
	unsigned int *n)
{
	unsigned int failed = 0;
	unsigned int s, flags;

	for (s = 0; s < RS_STATE_MAX; s++) {
		if (c->states == 0 ? s > 0 : (c->states & 1u << s) == 0)
			continue;
		for (flags = 0; flags <= c->flags; flags++) {
			enum wire_result result = wire_run_case(w, c, start, s, (uint8_t)flags);

			print_result(c, result, ++*n, s, (uint8_t)flags);
			failed += result == FAILED;
		}
	}
	return failed;
}

/* The same with faults: one line of TAP for all of them. @return whether one failed */
static unsigned int
run_faults(struct wire *w, const struct wire_case *c, const struct wire_start *start,
	struct wire_fault_total *total, unsigned int *n)
{
	unsigned int failed = total->failed;
	unsigned int s, flags;

	for (s = 0; s < RS_STATE_MAX; s++) {
		if (c->states == 0 ? s > 0 : (c->states & 1u << s) == 0)
			continue;
		for (flags = 0; flags <= c->flags; flags++)
			wire_fault_each(w, c, start, s, (uint8_t)flags, total);
	}
	printf("%sok %u - faults of %s # %s\n", total->failed == failed ? "" : "not ", ++*n,
		c->name, c->section);
	fflush(stdout);
	return total->failed != failed;
}

static bool
is_wanted(const struct wire_case *c, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (fnmatch(argv[i], c->name, 0) == 0)
			return true;
	}
	return argc == 0;
}

/*
 * The start at which the SYN of reach() has the number isn, and the SYN-ACK has it, too: the
 * clock counts every 4 microseconds in our ISN (RFC 9293 3.4.1).
 */
static bool
start_at(struct wire *w, uint32_t isn, struct wire_start *start)
{
	uint32_t iss;
	int i;

	start->base = isn - 100;
	for (i = 0; i < 2; i++) {
		wire_begin(w, start);
		if (setjmp(w->failed) != 0)
			return false;
		in(SYN, .seq = 100, .mss = 1460);
		iss = out(SYN | ACK, .ack = 101);
		wire_free(w);
		start->now += UINT64_C(4) * (uint32_t)(isn - iss);
	}
	return iss == isn;
}

/* Run the cases whose names match. @return how many failed */
static unsigned int
run_all(struct wire *w, const struct wire_start *start, int argc, char **argv, unsigned int *n)
{
	struct wire_fault_total total = { 0 };
	const struct wire_case *const *c;
	unsigned int failed = 0;

	for (c = __start_wire_cases; c < __stop_wire_cases; c++) {
		if (!is_wanted(*c, argc, argv))
			continue;
		if (wire_faults.on)
			failed += run_faults(w, *c, start, &total, n);
		else
			failed += run_states(w, *c, start, n);
	}
	if (wire_faults.on && argc == 0) {
		bool all = wire_fault_summary(&total);

		printf("%sok %u - faults of each kind happened\n", all ? "" : "not ", ++*n);
		failed += !all;
	}
	return failed;
}

int
main(int argc, char **argv)
{
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m",
		"256", "--log-level=error" };
	struct wire_start start = { .base = 0, .now = UINT64_C(1000000000) };
	unsigned int n = 0, failed;
	struct wire *w = malloc(sizeof(*w));
	int first = 1;

	if (w == NULL || rte_eal_init(RTE_DIM(eal), eal) < 0) {
		printf("Bail out! EAL: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	fill_bytes(w);
	if (argc > 1 && strcmp(argv[1], "--ipv6") == 0) {
		wire_ipv6 = true;
		first = 2;
	}
	if (argc > first && strcmp(argv[first], "--tso") == 0) {
		start.tso = true;
		first++;
	}
	if (argc > first + 1 && strcmp(argv[first], "--isn") == 0) {
		first += 2;
		if (!start_at(w, (uint32_t)strtoll(argv[first - 1], NULL, 0), &start)) {
			printf("Bail out! The numbers do not begin at %s\n", argv[first - 1]);
			return 1;
		}
	}
	if (argc > first + 2 && strcmp(argv[first], "--faults") == 0) {
		first += 3;
		wire_fault_start((uint32_t)strtoul(argv[first - 2], NULL, 0),
			(uint32_t)strtoul(argv[first - 1], NULL, 0));
	}
	failed = run_all(w, &start, argc - first, argv + first, &n);
	if (argc == first && wire_reason_unused() != NULL) {
		printf("not ok %u - families.c has no row without a case # %s\n", ++n,
			wire_reason_unused());
		failed++;
	}
	printf("1..%u\n", n);
	free(w);
	rte_eal_cleanup();
	return failed > 0 ? 1 : 0;
}
