/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The services that a listener can have. Each is a file of this folder, and a line of
 * RS_SERVICES() in config/services.h.
 */

#ifndef RS_APP_SERVICES_H
#define RS_APP_SERVICES_H

#include <stddef.h>

#include "config/config.h"
#include "config/services.h"
#include "rstack.h"

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
	/** Free that state. May be NULL. */
	void (*destroy)(void *arg);
};

/** @return the service with this name in RS_SERVICES(), or NULL */
const struct rs_service_type *rs_service_find(const char *name);

#define RS_SERVICE_DECLARE(name, help) extern const struct rs_service_type rs_service_##name;
RS_SERVICES(RS_SERVICE_DECLARE)

#endif /* RS_APP_SERVICES_H */
