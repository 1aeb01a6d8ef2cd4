/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Parameters of commands: pages and filters. */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <rte_common.h>

#include "watch/filter.h"
#include "watch/telemetry.h"

/* Longest parameters that are read, and the longest age. */
#define TEXT_MAX 512
#define AGE_MAX_S (100UL * 365 * 24 * 3600)

#define KEY_NAME(key) #key,
static const char *const key_names[] = { RS_FILTER_KEYS(KEY_NAME) };

/* What parse functions share. */
struct parse {
	const struct rs_app *app;
	struct rs_filter *filter;
	char *error;
};

#define REFUSE(parse, ...) \
	(snprintf((parse)->error, RS_FILTER_ERROR_MAX, __VA_ARGS__), false)

/* Find a name in a list. @return its index, or n */
static unsigned int
find_name(const struct rs_stat_name *names, unsigned int n, const char *text)
{
	unsigned int i;

	for (i = 0; i < n && strcmp(names[i].name, text) != 0; i++)
		;
	return i;
}

bool
rs_filter_listener(const struct rs_app *app, const char *text, unsigned int *id)
{
	unsigned long value;

	if (rs_telemetry_number(text, RS_LISTENERS_MAX - 1, &value, NULL) &&
	    value < app->config.n_listeners && app->config.listeners[value].name[0] != '\0') {
		*id = (unsigned int)value;
		return true;
	}
	for (*id = 0; text != NULL && *id < app->config.n_listeners; (*id)++)
		if (!app->config.listeners[*id].gone &&
		    strcmp(app->config.listeners[*id].name, text) == 0)
			return true;
	return false;
}

/* Read ADDRESS/LENGTH or ADDRESS. */
static bool
parse_prefix(const char *text, struct rs_prefix *prefix)
{
	const char *slash = strchr(text, '/');
	char host[INET6_ADDRSTRLEN];
	struct in_addr ipv4;
	unsigned long len;
	bool is_ipv4;

	if (strlcpy(host, text, sizeof(host)) >= sizeof(host) && slash == NULL)
		return false;
	if (slash != NULL && (size_t)(slash - text) >= sizeof(host))
		return false;
	if (slash != NULL)
		host[slash - text] = '\0';
	is_ipv4 = inet_pton(AF_INET, host, &ipv4) == 1;
	if (is_ipv4)
		prefix->addr = rs_addr_from_ipv4(ipv4.s_addr);
	else if (inet_pton(AF_INET6, host, prefix->addr.b) != 1)
		return false;
	len = is_ipv4 ? 32 : 128;
	if (slash != NULL && !rs_telemetry_number(slash + 1, len, &len, NULL))
		return false;
	prefix->len = (uint8_t)(is_ipv4 ? RS_ADDR_IPV4_BITS + len : len);
	return true;
}

static bool
parse_state(const char *text, enum rs_state *state)
{
	unsigned int i;

	for (i = 0; i < RS_STATE_MAX; i++) {
		if (strcmp(rs_state_names[i], text) == 0) {
			*state = (enum rs_state)i;
			return true;
		}
	}
	return false;
}

/* Read the value of a key. */
static bool
parse_value(struct parse *parse, enum rs_filter_key key, const char *text)
{
	struct rs_filter *filter = parse->filter;
	unsigned long seconds;
	unsigned int i;

	switch (key) {
	case RS_FILTER_reason:
		i = find_name(rs_reset_reason_names, RS_RESET_MAX, text);
		filter->reason = (enum rs_reset_reason)i;
		return i < RS_RESET_MAX || REFUSE(parse, "there is no reason %.40s; "
			"/rstack/reset/sent lists them", text);
	case RS_FILTER_verdict:
		i = find_name(rs_reset_verdict_names, RS_VERDICT_MAX, text);
		filter->verdict = (enum rs_reset_verdict)i;
		return i < RS_VERDICT_MAX || REFUSE(parse, "there is no verdict %.40s; "
			"/rstack/reset/received lists them", text);
	case RS_FILTER_listener:
		return rs_filter_listener(parse->app, text, &filter->listener) ||
			REFUSE(parse, "there is no listener %.40s", text);
	case RS_FILTER_prefix:
		return parse_prefix(text, &filter->prefix) ||
			REFUSE(parse, "%.40s is no prefix such as 192.0.2.0/24", text);
	case RS_FILTER_state:
		return parse_state(text, &filter->state) ||
			REFUSE(parse, "there is no state %.40s; /rstack/tcp/states lists them",
				text);
	case RS_FILTER_age:
		if (!parse->app->config.tcp.life)
			return REFUSE(parse, "age needs [tcp] life = yes");
		if (!rs_telemetry_number(text, AGE_MAX_S, &seconds, NULL))
			return REFUSE(parse, "age is a number of seconds, not %.40s", text);
		filter->age_ms = (uint64_t)seconds * 1000;
		return true;
	case RS_FILTER_MAX:
		break;
	}
	return false;
}

/* Read KEY=VALUE, whose "=" stands at equals. */
static bool
parse_key(struct parse *parse, char *text, char *equals, unsigned int keys)
{
	unsigned int key;

	*equals = '\0';
	for (key = 0; key < RS_FILTER_MAX; key++) {
		if ((keys & 1u << key) != 0 && strcmp(key_names[key], text) == 0) {
			parse->filter->keys |= 1u << key;
			return parse_value(parse, (enum rs_filter_key)key, equals + 1);
		}
	}
	return REFUSE(parse, "the command has no filter %.40s", text);
}

bool
rs_filter_parse(const struct rs_app *app, const char *text, unsigned int keys, unsigned int most,
	struct rs_filter *filter, char *error)
{
	struct parse parse = { .app = app, .filter = filter, .error = error };
	char copy[TEXT_MAX];
	char *rest = copy;
	unsigned int n = 0;
	char *part;

	*filter = (struct rs_filter){ .count = most };
	if (text == NULL || *text == '\0')
		return true;
	if (strlcpy(copy, text, sizeof(copy)) >= sizeof(copy))
		return REFUSE(&parse, "the parameters are longer than %d characters", TEXT_MAX - 1);
	while ((part = strsep(&rest, ",")) != NULL) {
		char *equals = strchr(part, '=');
		unsigned long value;

		if (equals != NULL) {
			if (!parse_key(&parse, part, equals, keys))
				return false;
			continue;
		}
		if (filter->keys != 0 || n == 2)
			return REFUSE(&parse, "%.40s is no filter: KEY=VALUE", part);
		if (!rs_telemetry_number(part, ULONG_MAX, &value, NULL))
			return REFUSE(&parse, "%.40s is not a number", part);
		if (n++ == 0) {
			filter->position = value;
		} else {
			if (value == 0 || value > most)
				return REFUSE(&parse, "COUNT is at most %u, and at least 1", most);
			filter->count = (unsigned int)value;
		}
	}
	return true;
}

bool
rs_filter_has_tuple(const struct rs_filter *filter, const struct rs_app *app,
	const struct rs_tuple *tuple)
{
	const struct rs_config_listener *listener = &app->config.listeners[filter->listener];

	if ((filter->keys & RS_FILTER_BIT(prefix)) != 0 &&
	    !rs_prefix_has(&filter->prefix, &tuple->raddr))
		return false;
	return (filter->keys & RS_FILTER_BIT(listener)) == 0 ||
	       (tuple->lport >= listener->port_first && tuple->lport <= listener->port_last &&
		rs_prefix_has(&listener->address, &tuple->laddr));
}

bool
rs_filter_has_reset(const struct rs_filter *filter, const struct rs_app *app,
	const struct rs_reset_record *record)
{
	const unsigned int causes = RS_FILTER_BIT(reason) | RS_FILTER_BIT(verdict);
	bool by_reason = (filter->keys & RS_FILTER_BIT(reason)) != 0 && record->sent &&
		record->cause == filter->reason;
	bool by_verdict = (filter->keys & RS_FILTER_BIT(verdict)) != 0 && !record->sent &&
		record->cause == filter->verdict;

	if ((filter->keys & causes) != 0 && !by_reason && !by_verdict)
		return false;
	return rs_filter_has_tuple(filter, app, &record->tuple);
}
