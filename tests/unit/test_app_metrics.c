/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The table of metrics: each row is complete and reads its own word. Every word of two workers
 * holds a value of its own, and the expected words are found by their order in the structs, not
 * by the table's offsets, so a row that is off by one word reads a wrong value.
 */

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>
#include <rte_mempool.h>

#include "fake_telemetry.h"
#include "planted_stack.h"
#include "seqcount.h"
#include "watch/metrics.h"
#include "watch/prometheus.h"
#include "watch/summary.h"

#define N_WORKERS 2
#define N_LISTENERS 2
#define FIRST_LCORE 3

struct fixture {
	struct rs_app app;
	struct rs_worker workers[N_WORKERS];
	struct rs_stats *stats[N_WORKERS]; /* of the workers' stacks */
	struct rs_listener_stats listeners[N_WORKERS][N_LISTENERS];
	struct rte_mempool pools[N_WORKERS]; /* `size` is the number of mbufs in use */
	struct rte_tel_data data;
};

/* In place of the library's, which needs a real mempool. */
unsigned int
rte_mempool_in_use_count(const struct rte_mempool *mp)
{
	return mp->size;
}

/* Give each of n words a value that no other word has. */
static void
plant(void *words, size_t size, uint64_t *value)
{
	uint64_t *word = words;
	size_t i;

	assert_int_equal(size % sizeof(*word), 0);
	for (i = 0; i < size / sizeof(*word); i++)
		word[i] = *value += 1000003;
}

/* Plant values in every word of worker w that a metric can read, except pools. */
static void
plant_worker(struct fixture *f, unsigned int w, uint64_t *value)
{
	plant(f->stats[w], sizeof(*f->stats[w]), value);
	plant(f->workers[w].count, sizeof(f->workers[w].count), value);
	plant(f->listeners[w], sizeof(f->listeners[w]), value);
}

static int
setup(void **state)
{
	struct fixture *f = aligned_alloc(RTE_CACHE_LINE_SIZE,
		RTE_ALIGN_CEIL(sizeof(*f), (size_t)RTE_CACHE_LINE_SIZE));
	unsigned int w;

	assert_non_null(f);
	memset(f, 0, sizeof(*f));
	f->app.workers = f->workers;
	f->app.n_workers = N_WORKERS;
	f->app.config.n_listeners = N_LISTENERS;
	for (w = 0; w < N_LISTENERS; w++)
		snprintf(f->app.config.listeners[w].name, sizeof(f->app.config.listeners[w].name),
			"listener%u", w);
	for (w = 0; w < N_WORKERS; w++) {
		uint32_t base = w * 1000;
		const struct rs_pool_use use = { .tcbs = base + 1,
			.time_waits = base + 2, .busy = base + 3, .chunks = base + 4,
			.ranges = base + 5, .half_open = base + 6, .neighbours = base + 7,
			.fragments = base + 8 };

		f->workers[w].stack = planted_stack_create(f->listeners[w], &use, &f->stats[w]);
		assert_non_null(f->workers[w].stack);
		f->pools[w].size = base + 9;
		f->workers[w].mbufs = &f->pools[w];
		f->workers[w].mbuf_shares = 1;
		f->workers[w].lcore = FIRST_LCORE + w;
	}
	*state = f;
	return 0;
}

/* As setup(), with a value in each word; pools have theirs already. */
static int
setup_planted(void **state)
{
	uint64_t value = UINT64_C(1) << 33;
	unsigned int w;

	setup(state);
	for (w = 0; w < N_WORKERS; w++)
		plant_worker(*state, w, &value);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	unsigned int w;

	for (w = 0; w < N_WORKERS; w++)
		free(f->workers[w].stack);
	free(f);
	return 0;
}

/* The rows of a group, in their order. @return how many */
static unsigned int
group_rows(enum rs_metric_group group, const struct rs_metric **rows)
{
	unsigned int n = 0;
	unsigned int i;

	for (i = 0; i < RS_METRIC_MAX; i++)
		if (rs_metrics[i].group == group)
			rows[n++] = &rs_metrics[i];
	return n;
}

static void
rows_are_complete(void **state __rte_unused)
{
	char name[128];
	unsigned int i, j;

	for (i = 0; i < RS_METRIC_MAX; i++) {
		const struct rs_metric *m = &rs_metrics[i];

		assert_non_null(m->name);
		assert_in_range(strlen(m->key), 1, 63); /* 22.11 takes no longer key */
		assert_in_range(strlen(m->help), 1, 200);
		assert_true(m->kind == RS_METRIC_COUNTER || m->kind == RS_METRIC_GAUGE);
		assert_in_range(m->unit, RS_UNIT_UNSET + 1, RS_UNIT_MAX - 1);
		assert_true(m->group < RS_METRIC_GROUP_MAX);
		assert_true(m->words > 0);
		snprintf(name, sizeof(name), "%s_%s", rs_metric_groups[m->group].name, m->key);
		assert_string_equal(m->name, name);
		for (j = 0; m->name[j] != '\0'; j++)
			assert_true(isalnum((unsigned char)m->name[j]) || m->name[j] == '_');
		for (j = 0; j < i; j++)
			assert_string_not_equal(m->name, rs_metrics[j].name);
	}
	for (i = RS_UNIT_UNSET + 1; i < RS_UNIT_MAX; i++)
		assert_true(strlen(rs_stat_unit_names[i]) > 0);
}

static void
only_states_pools_links_and_open_connections_are_gauges(void **state __rte_unused)
{
	unsigned int i;

	for (i = 0; i < RS_METRIC_MAX; i++) {
		const struct rs_metric *m = &rs_metrics[i];
		bool gauge = m->group == RS_METRIC_GROUP_state ||
			m->group == RS_METRIC_GROUP_pool ||
			i == RS_METRIC_listener_open || i == RS_METRIC_port_link_up;

		assert_int_equal(m->kind, gauge ? RS_METRIC_GAUGE : RS_METRIC_COUNTER);
	}
}

/*
 * The rows of a group are `names`, and read the words that lie in that order at `offset` of
 * rs_stats: one worker's, and the sum.
 */
static void
check_stats(const struct fixture *f, enum rs_metric_group group, const struct rs_stat_name *names,
	unsigned int n, size_t offset)
{
	const struct rs_metric *rows[RS_METRIC_MAX];
	unsigned int i, w;

	assert_int_equal(group_rows(group, rows), n);
	for (i = 0; i < n; i++) {
		uint64_t sum = 0;

		assert_string_equal(rows[i]->key, names[i].name);
		assert_string_equal(rows[i]->help, names[i].help);
		for (w = 0; w < N_WORKERS; w++) {
			const uint64_t *words = RTE_PTR_ADD(f->stats[w], offset);

			assert_int_equal(rs_metric_read(rows[i], &f->workers[w], 0), words[i]);
			sum += words[i];
		}
		assert_int_equal(rs_metric_sum(rows[i], &f->app, 0), sum);
	}
}

static void
engine_counters_read_their_words(void **state)
{
	const struct fixture *f = *state;
	const struct rs_metric *rows[RS_METRIC_MAX];
	unsigned int i;

	check_stats(f, RS_METRIC_GROUP_packet, rs_packet_stat_names, RS_PACKET_STATS_MAX,
		offsetof(struct rs_stats, packet));
	check_stats(f, RS_METRIC_GROUP_tcp, rs_tcp_stat_names, RS_TCP_STATS_MAX,
		offsetof(struct rs_stats, tcp));
	check_stats(f, RS_METRIC_GROUP_drop, rs_drop_names, RS_DROP_MAX,
		offsetof(struct rs_stats, drop));
	check_stats(f, RS_METRIC_GROUP_reset_sent, rs_reset_reason_names, RS_RESET_MAX,
		offsetof(struct rs_stats, reset_sent));
	check_stats(f, RS_METRIC_GROUP_reset_received, rs_reset_verdict_names, RS_VERDICT_MAX,
		offsetof(struct rs_stats, reset_received));
	check_stats(f, RS_METRIC_GROUP_reset_limited, rs_reset_limit_names, RS_LIMITED_MAX,
		offsetof(struct rs_stats, reset_limited));
	assert_int_equal(group_rows(RS_METRIC_GROUP_state, rows), RS_STATE_MAX);
	for (i = 0; i < RS_STATE_MAX; i++) {
		assert_string_equal(rows[i]->key, rs_state_names[i]);
		assert_int_equal(rs_metric_read(rows[i], &f->workers[1], 0),
			f->stats[1]->states[i]);
	}
}

static void
totals_are_the_sums_of_their_groups(void **state)
{
	static const struct {
		enum rs_metric_id total;
		enum rs_metric_group group;
	} totals[] = {
		{ RS_METRIC_total_resets_sent, RS_METRIC_GROUP_reset_sent },
		{ RS_METRIC_total_resets_received, RS_METRIC_GROUP_reset_received },
		{ RS_METRIC_total_resets_limited, RS_METRIC_GROUP_reset_limited },
		{ RS_METRIC_total_drops, RS_METRIC_GROUP_drop },
	};
	const struct fixture *f = *state;
	const struct rs_metric *rows[RS_METRIC_MAX];
	unsigned int i, j;

	assert_int_equal(group_rows(RS_METRIC_GROUP_total, rows), RTE_DIM(totals));
	for (i = 0; i < RTE_DIM(totals); i++) {
		unsigned int n = group_rows(totals[i].group, rows);
		uint64_t sum = 0;

		for (j = 0; j < n; j++)
			sum += rs_metric_sum(rows[j], &f->app, 0);
		assert_int_equal(rs_metric_sum(&rs_metrics[totals[i].total], &f->app, 0), sum);
	}
}

static void
worker_counters_read_their_words(void **state)
{
	const struct fixture *f = *state;
	const struct rs_metric *rows[RS_METRIC_MAX];
	unsigned int i;

	assert_int_equal(group_rows(RS_METRIC_GROUP_worker, rows), RS_WORKER_STAT_MAX);
	for (i = 0; i < RS_WORKER_STAT_MAX; i++) {
		assert_int_equal(rs_metric_read(rows[i], &f->workers[1], 0),
			f->workers[1].count[i]);
		assert_int_equal(rs_metric_sum(rows[i], &f->app, 0),
			f->workers[0].count[i] + f->workers[1].count[i]);
	}
	assert_string_equal(rows[0]->key, "total_cycles");
	assert_string_equal(rows[RS_WORKER_polls]->key, "polls");
	assert_string_equal(rows[RS_WORKER_rx_batch_64]->key, "rx_batch_64");
	assert_int_equal(rows[RS_WORKER_busy_cycles]->unit, RS_UNIT_cycles);
}

static void
listener_counters_read_their_words(void **state)
{
	static const char *const keys[] = { "accepted", "established", "open", "ended", "aborted",
		"rx_bytes", "tx_bytes" };
	const struct fixture *f = *state;
	const struct rs_metric *rows[RS_METRIC_MAX];
	unsigned int i, listener;

	assert_int_equal(group_rows(RS_METRIC_GROUP_listener, rows), RTE_DIM(keys));
	for (i = 0; i < RTE_DIM(keys); i++) {
		assert_string_equal(rows[i]->key, keys[i]);
		for (listener = 0; listener < N_LISTENERS; listener++) {
			const uint64_t *a = (const uint64_t *)&f->listeners[0][listener];
			const uint64_t *b = (const uint64_t *)&f->listeners[1][listener];

			assert_int_equal(rs_metric_sum(rows[i], &f->app, listener), a[i] + b[i]);
		}
	}
	assert_int_equal(rs_metric_read(&rs_metrics[RS_METRIC_listener_open], &f->workers[1], 1),
		f->listeners[1][1].open);
}

/* Counters of ports are of no worker. */
static void
port_counters_read_their_words(void **state)
{
	static const char *const keys[] = { "rx_frames", "rx_bytes", "rx_missed", "rx_errors",
		"rx_no_mbuf", "tx_frames", "tx_bytes", "tx_errors", "link_up" };
	struct fixture *f = *state;
	const struct rs_metric *rows[RS_METRIC_MAX];
	const uint64_t *words = (const uint64_t *)&f->app.port_counts[2];
	uint64_t value = 5;
	unsigned int i;

	plant(f->app.port_counts, sizeof(f->app.port_counts), &value);
	assert_int_equal(group_rows(RS_METRIC_GROUP_port, rows), RTE_DIM(keys));
	for (i = 0; i < RTE_DIM(keys); i++) {
		assert_string_equal(rows[i]->key, keys[i]);
		assert_int_equal(rs_metric_sum(rows[i], &f->app, 2), words[i]);
		assert_int_equal(rs_metric_read(rows[i], &f->workers[0], 2), 0);
	}
}

static void
pool_gauges_read_their_pools(void **state)
{
	static const char *const keys[] = { "used_tcbs", "used_time_waits", "used_busy",
		"used_chunks", "used_ranges", "used_half_open", "used_neighbours",
		"used_fragments", "used_mbufs" };
	const struct fixture *f = *state;
	const struct rs_metric *rows[RS_METRIC_MAX];
	unsigned int i;

	assert_int_equal(group_rows(RS_METRIC_GROUP_pool, rows), RTE_DIM(keys));
	for (i = 0; i < RTE_DIM(keys); i++) {
		assert_string_equal(rows[i]->key, keys[i]);
		assert_int_equal(rs_metric_read(rows[i], &f->workers[1], 0), 1000 + i + 1);
		assert_int_equal(rs_metric_sum(rows[i], &f->app, 0), 1000 + 2 * (i + 1));
	}
}

/* Workers that steer in software have one mempool, which the first one counts. */
static void
shared_mempool_is_counted_once(void **state)
{
	struct fixture *f = *state;
	const struct rs_metric *mbufs = &rs_metrics[RS_METRIC_pool_used_mbufs];

	f->workers[1].mbufs = f->workers[0].mbufs;
	f->workers[1].mbuf_shares = 0;
	assert_int_equal(rs_metric_read(mbufs, &f->workers[0], 0), 9);
	assert_int_equal(rs_metric_sum(mbufs, &f->app, 0), 9);
}

/* A command's answer has the keys of these groups, each with its value, and no other. */
static void
check_answer(struct fixture *f, const char *name, const char *params, uint64_t groups,
	const struct rs_worker *worker, unsigned int listener)
{
	unsigned int n = 0;
	unsigned int i;

	fake_telemetry_ask(rs_telemetry_find(name), &f->app, params, &f->data);
	for (i = 0; i < RS_METRIC_MAX; i++) {
		const struct rs_metric *m = &rs_metrics[i];

		if ((groups & RTE_BIT64(m->group)) == 0)
			continue;
		n++;
		assert_int_equal(fake_telemetry_value(&f->data, m->key), worker != NULL ?
			rs_metric_read(m, worker, listener) : rs_metric_sum(m, &f->app, listener));
	}
	assert_int_equal(f->data.n, n);
}

static void
answers_are_groups_of_the_table(void **state)
{
	struct fixture *f = *state;

	check_answer(f, "/rstack/stats", NULL, RTE_BIT64(RS_METRIC_GROUP_packet) |
		RTE_BIT64(RS_METRIC_GROUP_tcp) | RTE_BIT64(RS_METRIC_GROUP_total) |
		RTE_BIT64(RS_METRIC_GROUP_worker) | RTE_BIT64(RS_METRIC_GROUP_pool), NULL, 0);
	check_answer(f, "/rstack/lcore/stats", "4", RTE_BIT64(RS_METRIC_GROUP_worker),
		&f->workers[1], 0);
	check_answer(f, "/rstack/listener/stats", "1", RTE_BIT64(RS_METRIC_GROUP_listener),
		NULL, 1);
	check_answer(f, "/rstack/tcp/stats", NULL, RTE_BIT64(RS_METRIC_GROUP_tcp), NULL, 0);
	check_answer(f, "/rstack/tcp/states", NULL, RTE_BIT64(RS_METRIC_GROUP_state), NULL, 0);
	check_answer(f, "/rstack/reset/sent", NULL, RTE_BIT64(RS_METRIC_GROUP_reset_sent),
		NULL, 0);
	check_answer(f, "/rstack/reset/received", NULL, RTE_BIT64(RS_METRIC_GROUP_reset_received),
		NULL, 0);
	check_answer(f, "/rstack/reset/limited", NULL, RTE_BIT64(RS_METRIC_GROUP_reset_limited),
		NULL, 0);
	check_answer(f, "/rstack/drop", NULL, RTE_BIT64(RS_METRIC_GROUP_drop), NULL, 0);
}

/* Prometheus' text of f in pieces of `size`, to be freed; no piece is longer, none empty. */
static char *
write_prometheus(const struct fixture *f, uint32_t size, unsigned int *pieces)
{
	char *text = calloc(1, rs_prometheus_size(&f->app) + 1);
	uint64_t position = 0;
	uint32_t len = 0;

	assert_non_null(text);
	*pieces = 0;
	do {
		uint32_t n = rs_prometheus_write(&f->app, &position, text + len, size);

		assert_in_range(n, 1, size);
		len += n;
		assert_int_equal(text[len - 1], '\n'); /* lines are whole */
		++*pieces;
		assert_true(len <= rs_prometheus_size(&f->app));
	} while (position != 0);
	text[len] = '\0';
	return text;
}

/* The value of a sample that is in the text once. */
static uint64_t
sample(const char *text, const char *name)
{
	char line[256];
	const char *at;

	snprintf(line, sizeof(line), "\n%s ", name);
	at = strstr(text, line);
	if (at == NULL || strstr(at + 1, line) != NULL)
		fail_msg("%s is not in the text once", name);
	return strtoull(at + strlen(line), NULL, 10);
}

static void
prometheus_has_each_metric_once(void **state)
{
	struct fixture *f = *state;
	unsigned int pieces;
	char *text, *again;

	snprintf(f->app.config.listeners[0].name, sizeof(f->app.config.listeners[0].name), "web");
	f->app.config.listeners[1].closed = true;
	text = write_prometheus(f, 65536, &pieces);
	assert_int_equal(sample(text, "rstack_tcp_retransmitted_total"),
		f->stats[0]->tcp.retransmitted + f->stats[1]->tcp.retransmitted);
	assert_int_equal(sample(text, "rstack_packet_rx_bytes_total"),
		f->stats[0]->packet.rx_bytes + f->stats[1]->packet.rx_bytes);
	assert_int_equal(sample(text, "rstack_resets_sent_total{reason=\"evicted\"}"),
		f->stats[0]->reset_sent[RS_RESET_evicted] +
		f->stats[1]->reset_sent[RS_RESET_evicted]);
	assert_int_equal(sample(text, "rstack_connections{state=\"ESTABLISHED\"}"),
		f->stats[0]->states[RS_ESTABLISHED] + f->stats[1]->states[RS_ESTABLISHED]);
	assert_int_equal(sample(text, "rstack_worker_polls_total{worker=\"4\"}"),
		f->workers[1].count[RS_WORKER_polls]);
	assert_int_equal(sample(text, "rstack_pool_used_mbufs{worker=\"4\"}"), 1009);
	assert_int_equal(sample(text, "rstack_listener_open{listener=\"web\"}"),
		f->listeners[0][0].open + f->listeners[1][0].open);
	sample(text, "# TYPE rstack_resets_sent_total");
	sample(text, "# HELP rstack_frames_dropped_total");
	assert_non_null(strstr(text, "# HELP rstack_worker_busy_seconds_total seconds of polls"));
	/* sums over a label are left to Prometheus, and a closed range is no listener */
	assert_null(strstr(text, "rstack_total"));
	assert_null(strstr(text, "listener=\"\""));
	/* pieces of any size are parts of the same text */
	again = write_prometheus(f, RS_PROMETHEUS_SAMPLE_MAX, &pieces);
	assert_true(pieces > 20);
	assert_non_null(strchr(again, '\n'));
	assert_int_equal(strlen(again), strlen(text));
	free(again);
	free(text);
}

/* A device has one sample, though each of its VLANs is a port. */
static void
prometheus_has_the_counters_of_devices(void **state)
{
	static const char *const devices[] = { "net_tap0,iface=a\"b", "net_tap0,iface=a\"b",
		"0000:03:00.0" };
	struct fixture *f = *state;
	unsigned int pieces, i;
	char *text;

	f->app.config.n_ports = RTE_DIM(devices);
	for (i = 0; i < RTE_DIM(devices); i++) {
		f->app.config.ports[i].number = 10 * i;
		strcpy(f->app.config.ports[i].device, devices[i]);
		f->app.port_counts[i].rx_missed = 70 + i;
		f->app.port_counts[i].link_up = i == 2;
	}
	text = write_prometheus(f, 4096, &pieces);
	assert_int_equal(sample(text, "rstack_port_rx_missed_total{port=\"0\","
		"device=\"net_tap0\"}"), 70);
	assert_int_equal(sample(text, "rstack_port_rx_missed_total{port=\"20\","
		"device=\"0000:03:00.0\"}"), 72);
	assert_int_equal(sample(text, "rstack_port_link_up{port=\"0\",device=\"net_tap0\"}"), 0);
	assert_int_equal(sample(text, "rstack_port_link_up{port=\"20\","
		"device=\"0000:03:00.0\"}"), 1);
	assert_non_null(strstr(text, "# TYPE rstack_port_link_up gauge\n"));
	assert_non_null(strstr(text, "# TYPE rstack_port_tx_errors_total counter\n"));
	assert_null(strstr(text, "port=\"10\""));
	free(text);
}

/* A reload between two pieces, or while one is written: the text begins anew. */
static void
prometheus_text_is_of_one_configuration(void **state)
{
	struct fixture *f = *state;
	char *text = calloc(1, rs_prometheus_size(&f->app) + 1);
	uint64_t position = 0;
	bool changed = false;
	uint32_t len = 0;

	assert_non_null(text);
	do {
		position = position == RS_PROMETHEUS_ANEW ? 0 : position;
		len = position == 0 ? 0 : len;
		len += rs_prometheus_write(&f->app, &position, text + len,
			RS_PROMETHEUS_SAMPLE_MAX);
		if (strstr(text, "rstack_listener_established_total{listener=\"listener0\"}") ==
		    NULL)
			continue;
		/* it is in the midst of the listeners: they change */
		changed = true;
		rs_seqcount_begin(&f->app.changes);
		strcpy(f->app.config.listeners[0].name, "new");
		assert_int_equal(rs_prometheus_write(&f->app, &position, text + len,
			RS_PROMETHEUS_SAMPLE_MAX), 0);
		assert_true(position == RS_PROMETHEUS_ANEW);
		/* it cannot begin before the change has ended */
		position = 0;
		assert_int_equal(rs_prometheus_write(&f->app, &position, text,
			RS_PROMETHEUS_SAMPLE_MAX), 0);
		assert_true(position == RS_PROMETHEUS_ANEW);
		rs_seqcount_end(&f->app.changes);
		memset(text, 0, len);
	} while (position != 0);
	text[len] = '\0';
	assert_true(changed);
	assert_null(strstr(text, "listener0"));
	sample(text, "rstack_listener_accepted_total{listener=\"new\"}");
	sample(text, "rstack_listener_tx_bytes_total{listener=\"new\"}");
	free(text);
}

/* Cycles are told in seconds. */
static void
prometheus_tells_seconds(void **state)
{
	struct fixture *f = *state;
	unsigned int pieces;
	char *text;

	rs_clock_init(&f->app.clock, 0, UINT64_C(2000000000));
	f->workers[0].count[RS_WORKER_busy_cycles] = UINT64_C(5200000100);
	text = write_prometheus(f, 4096, &pieces);
	assert_non_null(strstr(text, "\nrstack_worker_busy_seconds_total{worker=\"3\"} 2.6000"));
	free(text);
}

/* The work of a piece is bounded: many workers make more pieces, not longer ones. */
static void
prometheus_reads_a_bounded_number_of_words(void **state)
{
	struct fixture *f = *state;
	unsigned int few, many;

	f->app.n_workers = 1;
	free(write_prometheus(f, 65536, &few));
	f->app.n_workers = N_WORKERS;
	free(write_prometheus(f, 65536, &many));
	assert_true(few > 1 && many > few);
}

/* The summary of f, to be freed. */
static char *
write_summary(const struct fixture *f)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	rs_summary_write(&f->app, out);
	fclose(out);
	return text;
}

static void
summary_has_a_line_for_each_reset_and_drop(void **state)
{
	struct fixture *f = *state;
	char *text = write_summary(f);
	char line[512];
	unsigned int i;

	for (i = 0; i < RS_METRIC_MAX; i++) {
		const struct rs_metric *m = &rs_metrics[i];
		const char *title = rs_metric_groups[m->group].title;

		if (title == NULL)
			continue;
		snprintf(line, sizeof(line), "  %-15s %12" PRIu64 "  %s: %s\n", title,
			rs_metric_sum(m, &f->app, 0), m->key, m->help);
		assert_non_null(strstr(text, line));
	}
	snprintf(line, sizeof(line), "%" PRIu64 " retransmitted\n",
		f->stats[0]->tcp.retransmitted + f->stats[1]->tcp.retransmitted);
	assert_non_null(strstr(text, line));
	free(text);
}

static void
summary_leaves_out_zeros(void **state)
{
	char *text = write_summary(*state);

	assert_non_null(strstr(text, "2 workers, busy for 0.0 % of the time\n"));
	assert_non_null(strstr(text, "  frames                     0 received, 0 sent\n"));
	assert_null(strstr(text, "resets"));
	assert_null(strstr(text, "dropped"));
	assert_null(strstr(text, "handed"));
	free(text);
}

#define planted_test(f) cmocka_unit_test_setup_teardown(f, setup_planted, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_complete),
		cmocka_unit_test(only_states_pools_links_and_open_connections_are_gauges),
		planted_test(engine_counters_read_their_words),
		planted_test(totals_are_the_sums_of_their_groups),
		planted_test(worker_counters_read_their_words),
		planted_test(listener_counters_read_their_words),
		planted_test(port_counters_read_their_words),
		planted_test(pool_gauges_read_their_pools),
		planted_test(shared_mempool_is_counted_once),
		planted_test(answers_are_groups_of_the_table),
		planted_test(summary_has_a_line_for_each_reset_and_drop),
		planted_test(prometheus_has_each_metric_once),
		planted_test(prometheus_has_the_counters_of_devices),
		planted_test(prometheus_text_is_of_one_configuration),
		planted_test(prometheus_tells_seconds),
		planted_test(prometheus_reads_a_bounded_number_of_words),
		cmocka_unit_test_setup_teardown(summary_leaves_out_zeros, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
