/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The configuration file of rstack and of rstack-load: a file that is refused has a sentence for
 * it, and one that is taken can be printed.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "fuzz/fuzz.h"

/* Longest file: the parser is not for speed, and rte_cfgfile takes no longer lines. */
#define FILE_MAX 8192

/* Whether text begins with a key and its '='. */
static bool
has_key(const uint8_t *text, size_t size, const char *key)
{
	size_t n = strlen(key);

	if (size < n || memcmp(text, key, n) != 0)
		return false;
	while (n < size && isspace(text[n]))
		n++;
	return n < size && text[n] == '=';
}

/* Whether a line has a key that names a file. Such inputs are left out: they would open files of
 * the machine. */
static bool
names_file(const uint8_t *data, size_t size)
{
	static const char *const keys[] = {
		"body", "capture", "cookie_secret", "file", "include", "path",
	};
	unsigned int i;
	size_t at;

	for (at = 0; at < size; at++) {
		if (at > 0 && !isspace(data[at - 1]))
			continue;
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			if (has_key(data + at, size - at, keys[i]))
				return true;
		}
	}
	return false;
}

/* Load bytes. @return that of rs_config_load() */
static int
load(const struct rs_usage *usage, const void *data, size_t size, struct rs_config *config,
	char **err)
{
	int fd = memfd_create("fuzz", 0);
	char path[64];
	size_t len;
	FILE *out = open_memstream(err, &len);
	int ret;

	fuzz_check(fd >= 0 && out != NULL && write(fd, data, size) == (ssize_t)size, "no file");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = rs_config_load(usage, path, NULL, config, out);
	fclose(out);
	close(fd);
	return ret;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rs_config config;
	const struct rs_usage *usage;
	char *err = NULL, *text = NULL;
	size_t len;
	FILE *out;
	int ret;

	if (data == NULL || size < 1 || size > FILE_MAX || names_file(data + 1, size - 1))
		return 0;
	usage = (data[0] & 1) != 0 ? &rs_usage_load : &rs_usage_rstack;
	ret = load(usage, data + 1, size - 1, &config, &err);
	fuzz_check((ret == 0) == (err[0] == '\0'), "refused without a sentence: %s", err);
	free(err);
	if (ret != 0)
		return 0;
	out = open_memstream(&text, &len);
	fuzz_check(out != NULL, "no memory");
	rs_config_print(&config, out);
	fclose(out);
	fuzz_check(len > 0, "nothing was printed");
	free(text);
	return 0;
}
