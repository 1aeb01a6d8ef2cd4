/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Gives a target the inputs of files and directories, in the order of their names: the test of a
 * build without a fuzzer. An input that ends the process is the last one that was named. With
 * "--fresh SECONDS FILE" in front, inputs that are changed at random follow for so many seconds of
 * CPU time; FILE then has the one that ended the process.
 */

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

/* Longest input, and most inputs that are changed. */
#define INPUT_MAX 65536
#define INPUTS_MAX 4096

static struct {
	uint8_t *data;
	size_t n;
} inputs[INPUTS_MAX];
static unsigned int n_inputs;

/* A generator of random numbers (xorshift64). */
static uint64_t state;

static uint64_t
any(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/* Run an input in memory of its own size, so that a read behind its end is found. */
static void
run_input(const uint8_t *data, size_t n)
{
	uint8_t *exact = malloc(n);

	if (n > 0)
		memcpy(exact, data, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static void
replay_file(const char *path)
{
	uint8_t *data = malloc(INPUT_MAX);
	FILE *file = fopen(path, "r");
	size_t n;

	fuzz_check(data != NULL && file != NULL && n_inputs < INPUTS_MAX, "%s: cannot be read",
		path);
	n = fread(data, 1, INPUT_MAX, file);
	fclose(file);
	printf("# %s: %zu bytes\n", path, n);
	fflush(stdout);
	run_input(data, n);
	inputs[n_inputs].data = data;
	inputs[n_inputs++].n = n;
}

static int
is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
replay_directory(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_input, alphasort);
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

/* Change an input: bytes, a part of it that is repeated or left out, a part of another one. */
static size_t
change_input(uint8_t *data, size_t n)
{
	unsigned int times = 1 + (unsigned int)any(6);
	size_t at, len, other;

	for (; times > 0 && n > 0; times--) {
		at = any(n);
		len = 1 + any(n - at < 32 ? n - at : 32);
		switch (any(6)) {
		case 0:
			memmove(data + at, data + at + len, n - at - len);
			n -= len;
			break;
		case 1:
			if (n + len <= INPUT_MAX) {
				memmove(data + at + len, data + at, n - at);
				n += len;
			}
			break;
		case 2:
			other = any(n_inputs);
			at = any(inputs[other].n + 1);
			len = inputs[other].n - at;
			if (n + len <= INPUT_MAX && len > 0) {
				memcpy(data + n, inputs[other].data + at, len);
				n += len;
			}
			break;
		case 3:
			data[at] = (uint8_t)(data[at] ^ 1 << any(8));
			break;
		default:
			data[at] = (uint8_t)any(256);
			break;
		}
	}
	return n;
}

/* Run changed inputs for so many seconds of CPU time. */
static void
run_fresh(unsigned int seconds, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	clock_t end = clock() + (clock_t)seconds * CLOCKS_PER_SEC;
	unsigned int runs = 0;
	struct timespec now;
	uint8_t *data;
	size_t n, i;

	fuzz_check(fd >= 0 && ftruncate(fd, INPUT_MAX) == 0, "%s: cannot be written", path);
	data = mmap(NULL, INPUT_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fuzz_check(data != MAP_FAILED, "no memory");
	clock_gettime(CLOCK_REALTIME, &now);
	state = (uint64_t)now.tv_sec << 20 ^ (uint64_t)now.tv_nsec;
	printf("# seed %" PRIu64 ", inputs of a find are in %s\n", state, path);
	fflush(stdout);
	for (; clock() < end; runs++) {
		i = any(n_inputs);
		memcpy(data, inputs[i].data, inputs[i].n);
		n = change_input(data, inputs[i].n);
		fuzz_check(ftruncate(fd, (off_t)n) == 0, "%s: cannot be cut", path);
		run_input(data, n);
		fuzz_check(ftruncate(fd, INPUT_MAX) == 0, "%s: cannot be made longer", path);
	}
	munmap(data, INPUT_MAX);
	close(fd);
	unlink(path);
	printf("# %u changed inputs\n", runs);
}

int
main(int argc, char **argv)
{
	bool fresh = argc > 3 && strcmp(argv[1], "--fresh") == 0;
	struct stat st;
	int i;

	for (i = fresh ? 4 : 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			replay_directory(argv[i]);
		else
			replay_file(argv[i]);
	}
	printf("# %u inputs\n", n_inputs);
	if (n_inputs == 0)
		return EXIT_FAILURE;
	if (fresh)
		run_fresh((unsigned int)atoi(argv[2]), argv[3]);
	for (; n_inputs > 0; n_inputs--)
		free(inputs[n_inputs - 1].data);
	return EXIT_SUCCESS;
}
