/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Plays scripts in the language of packetdrill against the engine, in simulated time, and prints
 * the results in the Test Anything Protocol. The stack has rstack's defaults.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "play.h"

#define MBUFS 4095

static void
begin(struct wire *w, const char *file, const struct script *script)
{
	static const struct rte_ether_addr mac = { .addr_bytes = { 2, 0, 0, 0, 0, 1 } };

	w->file = file;
	TAILQ_INIT(&w->sent);
	TAILQ_INIT(&w->events);
	TAILQ_INIT(&w->conns);
	rs_tcp_defaults(&w->tcp);
	w->tcp.max_connections = 64;
	w->tcp.max_time_wait = 64;
	w->tcp.max_half_open = 32;
	w->tcp.max_busy = 64;
	w->tcp.max_chunks = 2048;
	w->tcp.max_sent = 2048;
	w->port = (struct rs_port){ .id = 3, .device = 3, .mtu = script->mtu, .mac = mac };
	if (wire_ipv6) {
		w->port.subnets6[0] = (struct rs_prefix){ wire_addr(WIRE_LHOST), 64 };
		w->port.n_subnets6 = 1;
	} else {
		w->port.subnet = (struct rs_prefix){ wire_addr(WIRE_LHOST), 96 + 24 };
	}
	w->now = UINT64_C(1000000000);
	w->mbufs = rte_pktmbuf_pool_create("packetdrill", MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
		0);
	if (w->mbufs == NULL)
		wire_fail(w, "no mempool: %s", rte_strerror(rte_errno));
}

static void
end(struct wire *w)
{
	struct wire_frame *f;
	struct wire_event *e;
	struct wire_conn *c;

	if (w->stack != NULL)
		rs_stack_free(w->stack);
	while ((f = TAILQ_FIRST(&w->sent)) != NULL) {
		TAILQ_REMOVE(&w->sent, f, next);
		free(f);
	}
	while ((e = TAILQ_FIRST(&w->events)) != NULL) {
		TAILQ_REMOVE(&w->events, e, next);
		free(e);
	}
	while ((c = TAILQ_FIRST(&w->conns)) != NULL) {
		TAILQ_REMOVE(&w->conns, c, next);
		free(c);
	}
	rte_mempool_free(w->mbufs);
}

/* The text of a file, to be freed; NULL with errno. */
static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (f == NULL)
		return NULL;
	/* up to a byte that no script has */
	if (getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = ferror(f) ? NULL : strdup("");
	}
	fclose(f);
	return text;
}

static bool
passes(struct wire *w, struct script *script, const char *settings, const char *path,
	const char *text)
{
	memset(w, 0, sizeof(*w));
	w->file = path;
	if (setjmp(w->failed) != 0)
		return false;
	script_read(w, settings, text, script);
	wire_ipv6 = script->ipv6;
	begin(w, path, script);
	play(w, script);
	return true;
}

static bool
run(struct wire *w, struct script *script, const char *settings, const char *path)
{
	char *text = read_file(path);
	bool ok;

	if (text == NULL) {
		printf("# %s: %s\n", path, strerror(errno));
		return false;
	}
	ok = passes(w, script, settings, path, text);
	if (w->mbufs != NULL)
		end(w);
	free(text);
	return ok;
}

int
main(int argc, char **argv)
{
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m",
		"256", "--log-level=error" };
	struct script *script = malloc(sizeof(*script));
	struct wire *w = calloc(1, sizeof(*w));
	char settings[256] = "";
	unsigned int failed = 0;
	int first, i;

	for (first = 1; first < argc && strncmp(argv[first], "--", 2) == 0; first++)
		snprintf(settings + strlen(settings), sizeof(settings) - strlen(settings), " %s",
			argv[first]);
	if (first == argc) {
		fprintf(stderr, "usage: %s [--tolerance_usecs=N] [--mtu=N] [--ip_version=ipv6] "
			"SCRIPT...\n", argv[0]);
		return 2;
	}
	if (w == NULL || script == NULL || rte_eal_init(RTE_DIM(eal), eal) < 0) {
		printf("Bail out! EAL: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	printf("1..%d\n", argc - first);
	for (i = first; i < argc; i++) {
		bool ok = run(w, script, settings, argv[i]);

		printf("%sok %d - %s\n", ok ? "" : "not ", i - first + 1, argv[i]);
		fflush(stdout);
		failed += !ok;
	}
	free(script);
	free(w);
	rte_eal_cleanup();
	return failed > 0 ? 1 : 0;
}
