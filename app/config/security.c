/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The security option of a listener as text: a level and authorities (RFC 1108 2.3, 2.4). */

#include <string.h>

#include <bsd/string.h>

#include "config/keys.h"

#define OPT_SECURITY 130

struct name {
	const char *name;
	uint8_t value;
};

static const struct name levels[] = {
	{ "top-secret", 0x3d }, { "secret", 0x5a }, { "confidential", 0x96 },
	{ "unclassified", 0xab },
};

/* Bits of the octet of authorities; its last bit, 0, says that no other octet follows. */
static const struct name authorities[] = {
	{ "genser", 0x80 }, { "siop-esi", 0x40 }, { "sci", 0x20 }, { "nsa", 0x10 },
	{ "doe", 0x08 },
};

/* @return the value of the name of n characters at text, or 0 */
static uint8_t
find_value(const struct name *names, size_t n_names, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n_names; i++) {
		if (strlen(names[i].name) == n && strncmp(names[i].name, text, n) == 0)
			return names[i].value;
	}
	return 0;
}

static const char *
security_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_security *security = (void *)((char *)object + key->offset);
	size_t n = strcspn(text, " \t");
	uint8_t flags = 0;
	uint8_t level;

	if (strcmp(text, "none") == 0) {
		security->len = 0;
		return NULL;
	}
	level = find_value(levels, RTE_DIM(levels), text, n);
	if (level == 0)
		return "has an unknown level";
	text += n + strspn(text + n, " \t");
	while (*text != '\0') {
		uint8_t flag;

		n = strcspn(text, ", \t");
		flag = find_value(authorities, RTE_DIM(authorities), text, n);
		if (flag == 0)
			return "has an unknown authority";
		flags |= flag;
		text += n + strspn(text + n, ", \t");
	}
	memset(security, 0, sizeof(*security));
	security->len = flags != 0 ? 4 : 3;
	security->option[0] = OPT_SECURITY;
	security->option[1] = security->len;
	security->option[2] = level;
	security->option[3] = flags;
	return NULL;
}

static void
security_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_security *security = (const void *)((const char *)object + key->offset);
	const char *before = " ";
	size_t i;

	strlcpy(text, "none", size);
	if (security->len == 0)
		return;
	for (i = 0; i < RTE_DIM(levels); i++) {
		if (levels[i].value == security->option[2])
			strlcpy(text, levels[i].name, size);
	}
	for (i = 0; i < RTE_DIM(authorities); i++) {
		if ((authorities[i].value & security->option[3]) == 0)
			continue;
		strlcat(text, before, size);
		strlcat(text, authorities[i].name, size);
		before = ",";
	}
}

static void
security_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "none, or one of top-secret, secret, confidential, unclassified, followed "
		"by any of genser, siop-esi, sci, nsa, doe, separated by commas", size);
}

const struct rs_value_type rs_value_security = {
	security_parse, security_format, security_expect,
};
