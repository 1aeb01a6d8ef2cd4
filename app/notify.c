/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* systemd's notification protocol. */

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"

/* Set the address of a socket; a leading @ stands for the 0 of an abstract name. */
static bool
set_address(const char *path, struct sockaddr_un *to, socklen_t *len)
{
	size_t n = strlen(path);

	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	if (n < 2 || n >= sizeof(to->sun_path) || (path[0] != '/' && path[0] != '@'))
		return false;
	memcpy(to->sun_path, path, n);
	if (path[0] == '@')
		to->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return true;
}

void
rs_notify(const char *format, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	char text[512];
	socklen_t len;
	va_list ap;
	int fd, n;

	if (path == NULL || !set_address(path, &to, &len))
		return;
	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* a notification that is lost does not change the work; the watchdog's is sent again */
	if (n > 0 && (size_t)n < sizeof(text))
		(void)!sendto(fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL,
			(const struct sockaddr *)&to, len);
	close(fd);
}

bool
rs_notify_watchdog(void)
{
	const char *us = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	return us != NULL && strtoull(us, NULL, 10) > 0 &&
	       (pid == NULL || strtol(pid, NULL, 10) == (long)getpid());
}
