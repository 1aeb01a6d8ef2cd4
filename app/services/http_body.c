/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The body that the http service serves, read or generated before the first connection. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http_body.h"

/* Generate a body of `size` bytes: lines of 63 characters and a newline. */
static int
body_generate(struct rs_http_body *body, uint64_t size, char *error, size_t error_size)
{
	static const char line[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-\n";
	char *text;
	uint32_t i;

	if (size > UINT32_MAX) {
		snprintf(error, error_size,
			"a body of %ju bytes is larger than the limit of %u bytes",
			(uintmax_t)size, UINT32_MAX);
		return -1;
	}
	body->len = (uint32_t)size;
	body->data = text = malloc(size + 1);
	if (text == NULL) {
		snprintf(error, error_size, "no memory for a body of %u bytes", body->len);
		return -1;
	}
	for (i = 0; i < body->len; i++)
		text[i] = line[i % (sizeof(line) - 1)];
	return 0;
}

/* Read len bytes. @return 0, or -errno; -EIO if the file has become shorter */
static int
read_bytes(int fd, char *to, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, to, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		to += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Read the body from an open file. @return 0, or -errno */
static int
body_read_fd(struct rs_http_body *body, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > UINT32_MAX)
		return -EFBIG;
	body->len = (uint32_t)st.st_size;
	body->data = malloc((size_t)body->len + 1);
	if (body->data == NULL)
		return -ENOMEM;
	return read_bytes(fd, body->data, body->len);
}

static int
body_read(struct rs_http_body *body, const char *file, char *error, size_t error_size)
{
	/* O_NONBLOCK, because opening a FIFO without a writer would block the start */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret = fd < 0 ? -errno : body_read_fd(body, fd);

	if (fd >= 0)
		close(fd);
	if (ret < 0) {
		snprintf(error, error_size, "cannot read the body file %s: %s", file,
			strerror(-ret));
		return -1;
	}
	snprintf(body->path, sizeof(body->path), "/%s", basename(file));
	return 0;
}

int
rs_http_body_create(struct rs_http_body *body, const struct rs_config_bytes *config,
	char *error, size_t size)
{
	if (config->file[0] != '\0')
		return body_read(body, config->file, error, size);
	return body_generate(body, config->size, error, size);
}

void
rs_http_body_free(struct rs_http_body *body)
{
	free(body->data);
	body->data = NULL;
}
