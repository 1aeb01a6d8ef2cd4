/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The services that a listener can have. Each is a file of this folder, and a line of
 * RS_SERVICES() in config/services.h.
 */

#ifndef RS_APP_SERVICES_H
#define RS_APP_SERVICES_H

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "config/services.h"
#include "rstack.h"

/** A position: the text must begin anew, because the appliance changes, or has changed. */
#define RS_SERVICE_TEXT_ANEW UINT64_MAX

/** A text that a service serves and the appliance writes, in pieces. */
struct rs_service_text {
	/**
	 * Write the next whole lines.
	 *
	 * @param position  [in,out] 0 at first; 0 after the last line; RS_SERVICE_TEXT_ANEW: all
	 *                  pieces are to be dropped, and the next call begins with 0
	 * @param text      [out] room for n bytes, which no NUL follows
	 * @return the number of bytes
	 */
	uint32_t (*write)(const void *arg, uint64_t *position, char *text, uint32_t n);
	const void *arg;
	uint32_t size;            /**< of the longest text that there can be */
	const char *type;         /**< media type */
};

/** A service: its callbacks, and the state that it needs for each listener. */
struct rs_service_type {
	const struct rs_service *ops;
	/**
	 * Make the state of one listener of one worker, its rs_listener.arg. May be NULL.
	 *
	 * @param error  [out] one sentence when it fails
	 * @return 0 or -1
	 */
	int (*create)(const struct rs_config_listener *config, void **arg, char *error,
		size_t size);
	/**
	 * Give that state the text that it serves, before the first connection. May be NULL.
	 *
	 * @param text  copied
	 * @return 0 or -1: no memory
	 */
	int (*give)(void *arg, const struct rs_service_text *text);
	/** Free that state. May be NULL. */
	void (*destroy)(void *arg);
	/**
	 * In place of create() and ops: set the service and arg of a listener. May be NULL.
	 *
	 * @param error  [out] one sentence when it fails
	 * @return 0 or -1
	 */
	int (*load)(const struct rs_config_listener *config, struct rs_listener *listener,
		char *error, size_t size);
	/** Undo load(). */
	void (*unload)(struct rs_listener *listener);
	uint32_t idle_timeout_ms; /**< default of [listen] idle_timeout; 0: none */
	uint32_t send_timeout_ms; /**< default of [listen] send_timeout; 0: none */
};

/** The idle_timeout of a listener, or else the default of its service; 0: none. */
static inline uint32_t
rs_service_idle_ms(const struct rs_service_type *type, const struct rs_config_listener *config)
{
	return config->idle_timeout_ms != RS_CONFIG_TIMEOUT_DEFAULT ? config->idle_timeout_ms :
		type->idle_timeout_ms;
}

/** The same for send_timeout. */
static inline uint32_t
rs_service_send_ms(const struct rs_service_type *type, const struct rs_config_listener *config)
{
	return config->send_timeout_ms != RS_CONFIG_TIMEOUT_DEFAULT ? config->send_timeout_ms :
		type->send_timeout_ms;
}

/** Data came: an idle_timeout of `ms` starts anew; 0: there is none. */
static inline void
rs_service_idle_restart(struct rs_tcp *tcp, struct rs_tcb *conn, uint32_t ms)
{
	if (ms != 0)
		rs_conn_set_time_limit(tcp, conn, ms);
}

/** An idle_timeout is over: close the connection. For rs_service.expired. */
void rs_service_idle_over(struct rs_tcp *tcp, struct rs_tcb *conn);

/** @return the service with this name in RS_SERVICES(), or NULL */
const struct rs_service_type *rs_service_find(const char *name);

#define RS_SERVICE_DECLARE(name, help) extern const struct rs_service_type rs_service_##name;
RS_SERVICES(RS_SERVICE_DECLARE)

#endif /* RS_APP_SERVICES_H */
