/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Gives a target the inputs of files and directories, in the order of their names: the test of a
 * build without a fuzzer. An input that ends the process is the last one that was named.
 */

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz/fuzz.h"

/* Longest input. */
#define INPUT_MAX (1 << 20)

static unsigned int inputs;

static void
replay_file(const char *path)
{
	uint8_t *data = malloc(INPUT_MAX);
	FILE *file = fopen(path, "r");
	uint8_t *exact;
	size_t n;

	fuzz_check(data != NULL && file != NULL, "%s: cannot be read", path);
	n = fread(data, 1, INPUT_MAX, file);
	fclose(file);
	printf("# %s: %zu bytes\n", path, n);
	fflush(stdout);
	exact = malloc(n); /* so that a read behind the input's end is found */
	if (n > 0)
		memcpy(exact, data, n);
	free(data);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	inputs++;
}

static int
is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
replay_directory(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_file, alphasort);
	char name[PATH_MAX];
	int i;

	fuzz_check(n >= 0, "%s: cannot be read", path);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		replay_file(name);
		free(entries[i]);
	}
	free(entries);
}

int
main(int argc, char **argv)
{
	struct stat st;
	int i;

	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			replay_directory(argv[i]);
		else
			replay_file(argv[i]);
	}
	printf("# %u inputs\n", inputs);
	return inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
