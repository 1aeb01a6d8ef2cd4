/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The values of every key of the configuration: hosts, prefixes, ports, times, sizes, names. A
 * value that is taken is written as a text that is taken and written in the same way again.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "fuzz/fuzz.h"

#define TEXT_MAX 1024

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rs_config first, second;
	char text[TEXT_MAX], again[TEXT_MAX], third[TEXT_MAX];
	const struct rs_key *key;

	if (size < 1 || size > 512)
		return 0;
	key = &rs_keys[data[0] % rs_n_keys];
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	memset(&first, 0, sizeof(first));
	memset(&second, 0, sizeof(second));
	if (strlen(text) != size - 1 || key->type->parse(key, text, &first) != NULL)
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
