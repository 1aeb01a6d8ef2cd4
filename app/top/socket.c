/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* A client of rte_telemetry, protocol version 2. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "socket.h"

/* Longest wait for an answer: a busy appliance takes milliseconds. */
#define WAIT_S 5

bool
rs_top_socket_init(struct rs_top_socket *s, const char *prefix)
{
	const char *base = getenv("RUNTIME_DIRECTORY");
	int n;

	if (base == NULL)
		base = geteuid() == 0 ? "/var/run" : getenv("XDG_RUNTIME_DIR");
	if (base == NULL)
		base = "/tmp";
	s->fd = -1;
	s->addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(s->addr.sun_path, sizeof(s->addr.sun_path), "%s/dpdk/%s/dpdk_telemetry.v2",
		base, prefix);
	return n > 0 && (size_t)n < sizeof(s->addr.sun_path);
}

void
rs_top_socket_close(struct rs_top_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* Receive a message as JSON. @return NULL with errno */
static json_t *
receive(struct rs_top_socket *s)
{
	char *text = malloc(RS_TOP_ANSWER_MAX);
	json_t *json = NULL;
	ssize_t n;

	if (text == NULL)
		return NULL;
	do
		n = recv(s->fd, text, RS_TOP_ANSWER_MAX, 0);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ECONNRESET;
	if (n > 0) {
		json = json_loadb(text, (size_t)n, 0, NULL);
		if (json == NULL)
			errno = EPROTO;
	}
	free(text);
	return json;
}

int
rs_top_socket_open(struct rs_top_socket *s)
{
	const struct timeval wait = { .tv_sec = WAIT_S };
	json_t *greeting;
	int ret;

	s->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -errno;
	/* a connect waits, too, while another client is being accepted */
	setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(s->fd, (const struct sockaddr *)&s->addr, sizeof(s->addr)) == 0) {
		greeting = receive(s);
		if (greeting != NULL) {
			json_decref(greeting);
			return 0;
		}
	}
	ret = -errno;
	rs_top_socket_close(s);
	return ret;
}

json_t *
rs_top_socket_ask(struct rs_top_socket *s, const char *command)
{
	json_t *answer = NULL;
	json_t *value;
	ssize_t n;

	do
		n = send(s->fd, command, strlen(command), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		answer = receive(s);
	/* the answer has one member: the command without its parameters */
	value = json_object_iter_value(json_object_iter(answer));
	if (answer != NULL && value == NULL)
		errno = EPROTO;
	json_incref(value);
	json_decref(answer);
	if (value == NULL) {
		int error = errno;

		rs_top_socket_close(s);
		errno = error;
	}
	return value;
}
