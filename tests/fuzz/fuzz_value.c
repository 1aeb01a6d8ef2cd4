/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The values of every key of the configuration: hosts, prefixes, ports, times, sizes, names. A
 * value that is taken is written as a text that is taken and written in the same way again. An
 * input is SECTION.KEY=VALUE; where no key has the name, the first byte chooses one, so that
 * changed inputs reach all keys.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "fuzz/fuzz.h"

#define TEXT_MAX 1024
#define KEY_MAX 64

/* The key of an input, and where its value begins. */
static const struct rs_key *
find_key(const uint8_t *data, size_t size, size_t *begin)
{
	const uint8_t *end = memchr(data, '=', size);
	char name[KEY_MAX];
	unsigned int i;

	for (i = 0; end != NULL && i < rs_n_keys; i++) {
		snprintf(name, sizeof(name), "%s.%s=", rs_sections[rs_keys[i].section].name,
			rs_keys[i].name);
		*begin = strlen(name);
		if (*begin == (size_t)(end + 1 - data) && memcmp(name, data, *begin) == 0)
			return &rs_keys[i];
	}
	*begin = 1;
	return &rs_keys[data[0] % rs_n_keys];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rs_config first, second;
	char text[TEXT_MAX], again[TEXT_MAX], third[TEXT_MAX];
	const struct rs_key *key;
	size_t begin;

	if (size < 1 || size > 512)
		return 0;
	key = find_key(data, size, &begin);
	memcpy(text, data + begin, size - begin);
	text[size - begin] = '\0';
	memset(&first, 0, sizeof(first));
	memset(&second, 0, sizeof(second));
	if (strlen(text) != size - begin || key->type->parse(key, text, &first) != NULL)
		return 0;
	if (key->type == &rs_value_rules) /* the rules of the file are kept, not its name */
		return 0;
	key->type->format(key, &first, again, sizeof(again));
	fuzz_check(key->type->parse(key, again, &second) == NULL, "%s: %s is refused", key->name,
		again);
	key->type->format(key, &second, third, sizeof(third));
	fuzz_check(strcmp(again, third) == 0, "%s: %s became %s", key->name, again, third);
	return 0;
}
