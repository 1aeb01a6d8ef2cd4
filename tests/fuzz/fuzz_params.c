/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Parameters of telemetry commands: pages, filters, connections, listeners, numbers, causes of
 * captures. Text that is refused has a sentence; an address that is read is written as a text that
 * is read as the same.
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "fuzz/fuzz.h"
#include "watch/filter.h"
#include "watch/telemetry.h"

static void
filter(const struct rs_app *app, const char *text)
{
	char error[RS_FILTER_ERROR_MAX] = "";
	struct rs_filter f;

	if (rs_filter_parse(app, text, UINT32_MAX, 100, &f, error)) {
		fuzz_check(f.count <= 100, "a larger page than the largest");
		fuzz_check((f.keys & 1U << RS_FILTER_listener) == 0 ||
			f.listener < app->config.n_listeners, "no such listener");
	} else {
		fuzz_check(error[0] != '\0' && strlen(error) < RS_FILTER_ERROR_MAX,
			"refused without a sentence");
	}
}

static void
tuple(const char *text)
{
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];
	char again[2 * INET6_ADDRSTRLEN + 32];
	struct rs_tuple t, same;

	memset(&t, 0, sizeof(t));
	if (!rs_telemetry_tuple(text, &t))
		return;
	memset(&same, 0, sizeof(same));
	rs_telemetry_addr(&t.laddr, local);
	rs_telemetry_addr(&t.raddr, remote);
	snprintf(again, sizeof(again), strchr(local, ':') != NULL ? "[%s]:%u," : "%s:%u,", local,
		t.lport);
	snprintf(again + strlen(again), sizeof(again) - strlen(again),
		strchr(remote, ':') != NULL ? "[%s]:%u" : "%s:%u", remote, t.rport);
	fuzz_check(rs_telemetry_tuple(again, &same) && rs_tuple_equal(&t, &same),
		"%s is not read as it was written", again);
}

static void
causes(const char *text)
{
	struct rs_config_causes c, same;
	char again[4096];

	if (!rs_config_parse_causes(text, &c) || (c.reasons | c.verdicts) == 0)
		return;
	rs_config_format_causes(&c, again, sizeof(again));
	fuzz_check(rs_config_parse_causes(again, &same) && same.reasons == c.reasons &&
		same.verdicts == c.verdicts, "%s is not read as it was written", again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rs_app *app;
	unsigned long value;
	unsigned int id;
	char *text;

	if (app == NULL) {
		app = calloc(1, sizeof(*app));
		fuzz_check(app != NULL, "no memory");
		app->config.n_listeners = 2;
		strcpy(app->config.listeners[0].name, "web");
		strcpy(app->config.listeners[1].name, "echo");
	}
	text = calloc(1, size + 1);
	fuzz_check(text != NULL, "no memory");
	if (size > 0)
		memcpy(text, data, size);
	filter(app, text);
	tuple(text);
	causes(text);
	if (rs_filter_listener(app, text, &id))
		fuzz_check(id < app->config.n_listeners, "no such listener");
	if (rs_telemetry_number(text, 1000, &value, NULL))
		fuzz_check(value <= 1000, "a number beyond its limit");
	free(text);
	return 0;
}
