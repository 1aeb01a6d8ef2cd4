/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The key performance indicators of RFC 9411 6.3. */

#include "kpi.h"
#include "report.h"

enum kpi { CONNECTIONS, CONCURRENT, TRANSACTIONS, RESETS, KPIS };

static const struct {
	const char *name;
	const char *key;  /* in JSON */
	const char *help;
	int decimals;
} kpis[KPIS] = {
	[CONNECTIONS] = { "connections/s", "tcp_connections_per_second",
		"TCP connections per second (RFC 9411), established", 0 },
	[CONCURRENT] = { "concurrent", "concurrent_tcp_connections",
		"concurrent TCP connections (RFC 9411), the most at a time", 0 },
	[TRANSACTIONS] = { "transactions/s", "transactions_per_second",
		"transactions per second (RFC 9411), answered completely", 0 },
	[RESETS] = { "reset, percent", "unexpected_resets_percent",
		"of the connections, ended by an unexpected reset: RFC 9411 asks for less than"
		" 0.001", 5 },
};

static double
ratio(double a, uint64_t b)
{
	return b == 0 ? 0 : a / (double)b;
}

static double
kpi_value(const struct rs_load_sum *sum, enum kpi kpi)
{
	switch (kpi) {
	case CONNECTIONS:
		return ratio((double)sum->count[RS_LOAD_established] * 1e6, sum->us);
	case CONCURRENT:
		return (double)sum->concurrent;
	case TRANSACTIONS:
		return ratio((double)sum->count[RS_LOAD_completed] * 1e6, sum->us);
	default:
		return ratio((double)sum->count[RS_LOAD_reset] * 100,
			sum->count[RS_LOAD_attempted]);
	}
}

void
rs_load_kpi_text(const struct rs_load_sum *sum, FILE *out)
{
	unsigned int i;

	for (i = 0; i < KPIS; i++)
		fprintf(out, "  %-15s %12.*f  %s\n", kpis[i].name, kpis[i].decimals,
			kpi_value(sum, i), kpis[i].help);
}

void
rs_load_kpi_json(const struct rs_load_sum *sum, FILE *out)
{
	unsigned int i;

	fprintf(out, "\"rfc9411\": {");
	for (i = 0; i < KPIS; i++)
		fprintf(out, "%s\"%s\": %.*f", i == 0 ? "" : ", ", kpis[i].key, kpis[i].decimals,
			kpi_value(sum, i));
	fprintf(out, "}");
}
