/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * ask COMMAND: print the answer to a command of rstack's telemetry. It runs in the virtual
 * machine, which has no Python for dpdk-telemetry.py.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* DPDK's MAX_OUTPUT_LEN, and the most that it says at first */
#define ANSWER_MAX (1024 * 16 * 2)

int
main(int argc, char **argv)
{
	static char answer[ANSWER_MAX];
	const struct sockaddr_un path = {
		.sun_family = AF_UNIX,
		.sun_path = "/run/dpdk/rte/dpdk_telemetry.v2",
	};
	int sock = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	ssize_t len;

	if (argc != 2)
		errx(2, "usage: ask COMMAND");
	if (sock < 0 || connect(sock, (const struct sockaddr *)&path, sizeof(path)) != 0)
		err(1, "%s", path.sun_path);
	/* the socket says its version before it listens */
	if (read(sock, answer, sizeof(answer)) <= 0 ||
	    write(sock, argv[1], strlen(argv[1])) < 0)
		err(1, "telemetry");
	len = read(sock, answer, sizeof(answer));
	if (len <= 0)
		err(1, "telemetry");
	printf("%.*s\n", (int)len, answer);
	return 0;
}
