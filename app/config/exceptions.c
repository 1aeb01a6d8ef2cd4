/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The types of values that say which frames the kernel of the host gets. */

#include <netinet/in.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include "config/keys.h"

#define SEPARATORS ", \t"

static const char *
ranges_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_port_ranges *ranges = rs_key_field(key, object);
	char copy[RS_VALUE_TEXT_MAX];
	const char *error = NULL;
	char *save = NULL;
	char *word;

	ranges->n = 0;
	strlcpy(copy, text, sizeof(copy));
	for (word = strtok_r(copy, SEPARATORS, &save); word != NULL && error == NULL;
	     word = strtok_r(NULL, SEPARATORS, &save)) {
		if (ranges->n == RTE_DIM(ranges->range)) {
			error = "has too many ports and ranges";
			break;
		}
		error = rs_port_range_parse(word, &ranges->range[ranges->n].first,
			&ranges->range[ranges->n].last);
		ranges->n++;
	}
	if (error != NULL)
		ranges->n = 0;
	return error;
}

static void
ranges_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_port_ranges *ranges = rs_key_const_field(key, object);
	unsigned int i;
	size_t n = 0;

	*text = '\0';
	for (i = 0; i < ranges->n && n < size; i++) {
		uint16_t first = ranges->range[i].first;
		uint16_t last = ranges->range[i].last;

		n += (size_t)snprintf(text + n, size - n, first == last ? "%s%u" : "%s%u-%u",
			i > 0 ? ", " : "", first, last);
	}
}

static void
ranges_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	snprintf(text, size, "up to %d ports or ranges of ports like 22, 3784-3785, separated by "
		"blanks or commas, or nothing", RS_PORT_RANGES_MAX);
}

static const char *
protocols_parse(const struct rs_key *key, const char *text, void *object)
{
	uint64_t *protocols = rs_key_field(key, object);
	char copy[RS_VALUE_TEXT_MAX];
	char *save = NULL;
	char *word;

	memset(protocols, 0, key->size);
	strlcpy(copy, text, sizeof(copy));
	for (word = strtok_r(copy, SEPARATORS, &save); word != NULL;
	     word = strtok_r(NULL, SEPARATORS, &save)) {
		const char *error = NULL;
		unsigned int proto;

		/* only digits, because strtonum() would accept a sign */
		proto = (unsigned int)strtonum(word, 0, UINT8_MAX, &error);
		if (error != NULL || strspn(word, "0123456789") != strlen(word)) {
			memset(protocols, 0, key->size);
			return "is not a list of IP protocols";
		}
		if (proto == IPPROTO_TCP || proto == IPPROTO_UDP) {
			memset(protocols, 0, key->size);
			return "has TCP or UDP, of which the kernel gets ports";
		}
		protocols[proto / 64] |= UINT64_C(1) << (proto % 64);
	}
	return NULL;
}

static void
protocols_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const uint64_t *protocols = rs_key_const_field(key, object);
	unsigned int proto;
	size_t n = 0;

	*text = '\0';
	for (proto = 0; proto <= UINT8_MAX && n < size; proto++) {
		if ((protocols[proto / 64] >> (proto % 64) & 1) != 0)
			n += (size_t)snprintf(text + n, size - n, "%s%u", n > 0 ? ", " : "",
				proto);
	}
}

static void
protocols_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "numbers of IP protocols but 6 and 17, like 1, 58, 89, separated by blanks "
		"or commas, or nothing", size);
}

const struct rs_value_type rs_value_ranges = { ranges_parse, ranges_format, ranges_expect };
const struct rs_value_type rs_value_protocols = {
	protocols_parse, protocols_format, protocols_expect,
};
