/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The reasons of sent resets and the verdicts on received ones that are captured. */

#include <string.h>

#include <bsd/string.h>

#include "config/keys.h"

static_assert(RS_RESET_MAX < 64 && RS_VERDICT_MAX < 64, "a bit for each");

/* A bit for each of n. */
#define ALL(n) ((UINT64_C(1) << (n)) - 1)

/* Longest list of names. */
#define TEXT_MAX 1024

/* Set the bit of a name. @return whether the list has it */
static bool
set_bit(const struct rs_stat_name *names, unsigned int n, const char *name, uint64_t *bits)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (strcmp(names[i].name, name) == 0) {
			*bits |= UINT64_C(1) << i;
			return true;
		}
	}
	return false;
}

bool
rs_config_parse_causes(const char *text, struct rs_config_causes *causes)
{
	struct rs_config_causes read = { 0 };
	char copy[TEXT_MAX];
	char *rest = copy;
	char *name;

	if (strcmp(text, "all") == 0) {
		*causes = (struct rs_config_causes){ ALL(RS_RESET_MAX), ALL(RS_VERDICT_MAX) };
		return true;
	}
	if (strlcpy(copy, text, sizeof(copy)) >= sizeof(copy))
		return false;
	while ((name = strsep(&rest, ",")) != NULL) {
		name += strspn(name, " ");
		name[strcspn(name, " ")] = '\0';
		if (!set_bit(rs_reset_reason_names, RS_RESET_MAX, name, &read.reasons) &&
		    !set_bit(rs_reset_verdict_names, RS_VERDICT_MAX, name, &read.verdicts))
			return false;
	}
	*causes = read;
	return true;
}

static const char *
causes_parse(const struct rs_key *key, const char *text, void *object)
{
	return rs_config_parse_causes(text, rs_key_field(key, object)) ? NULL :
		"has a name that is neither a reason nor a verdict";
}

/* Append the names whose bits are set. */
static void
append_names(const struct rs_stat_name *names, unsigned int n, uint64_t bits, char *text,
	size_t size)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		if (*text != '\0')
			strlcat(text, ",", size);
		strlcat(text, names[i].name, size);
	}
}

void
rs_config_format_causes(const struct rs_config_causes *causes, char *text, size_t size)
{
	*text = '\0';
	if (causes->reasons == ALL(RS_RESET_MAX) && causes->verdicts == ALL(RS_VERDICT_MAX)) {
		strlcat(text, "all", size);
		return;
	}
	append_names(rs_reset_reason_names, RS_RESET_MAX, causes->reasons, text, size);
	append_names(rs_reset_verdict_names, RS_VERDICT_MAX, causes->verdicts, text, size);
}

static void
causes_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	rs_config_format_causes(rs_key_const_field(key, object), text, size);
}

static void
causes_expect(const struct rs_key *key __rte_unused, char *text, size_t size)
{
	strlcpy(text, "all, or reasons and verdicts separated by commas, such as "
		"killed,rtx_limit,accepted", size);
}

const struct rs_value_type rs_value_causes = { causes_parse, causes_format, causes_expect };
