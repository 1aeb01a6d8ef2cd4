/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The connection to an appliance: DPDK's telemetry socket. One command is asked at a time, because
 * DPDK 22.11 parses the commands of several clients with one static buffer.
 */

#ifndef RS_TOP_SOCKET_H
#define RS_TOP_SOCKET_H

#include <stdbool.h>
#include <sys/un.h>

#include <jansson.h>

/** The longest command that DPDK 22.11 reads. */
#define RS_TOP_COMMAND_MAX 55

/** Room for an answer: the largest of DPDK 22.11 has 16 KiB. */
#define RS_TOP_ANSWER_MAX (64 * 1024)

/** A connection. */
struct rs_top_socket {
	struct sockaddr_un addr; /**< where the socket is */
	int fd;                  /**< -1: not connected */
};

/**
 * Find the socket of a file prefix, as dpdk-telemetry.py does: in dpdk/PREFIX of RUNTIME_DIRECTORY,
 * else of /var/run for root and of XDG_RUNTIME_DIR or /tmp for others.
 *
 * @return whether its name fits
 */
bool rs_top_socket_init(struct rs_top_socket *s, const char *prefix);

/** Connect, and read the greeting. @return 0 or -errno */
int rs_top_socket_open(struct rs_top_socket *s);

/** Hang up. */
void rs_top_socket_close(struct rs_top_socket *s);

/**
 * Ask a command.
 *
 * @return its answer, for json_decref(); NULL with errno, and the connection is closed
 */
json_t *rs_top_socket_ask(struct rs_top_socket *s, const char *command);

#endif /* RS_TOP_SOCKET_H */
