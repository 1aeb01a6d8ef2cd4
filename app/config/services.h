/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The list of services. The values of [listen] service, the help of that key and the table
 * of services/services.c are made from it. It stands here and not in services/, because
 * services may include the configuration, and the configuration may not include services.
 */

#ifndef RS_APP_CONFIG_SERVICES_H
#define RS_APP_CONFIG_SERVICES_H

/**
 * X(name, help): service `name` is rs_service_NAME of services/NAME.c, metrics of http.c. In the
 * order of the help. A new service needs a line here, its source file, and that file in
 * meson.build.
 */
#define RS_SERVICES(X) \
	X(chargen, "an endless character stream (RFC 864)") \
	X(discard, "data is discarded (RFC 863)") \
	X(echo,    "data is sent back (RFC 862)") \
	X(http,    "an HTTP/1.1 server (RFC 9112)") \
	X(metrics, "the counters for Prometheus, over HTTP at /metrics") \
	X(plugin,  "a shared object of your own (key path)") \
	X(reset,   "the connection is accepted and then reset")

#endif /* RS_APP_CONFIG_SERVICES_H */
