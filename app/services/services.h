/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The services that a listener can have, one file each.
 */

#ifndef RS_APP_SERVICES_H
#define RS_APP_SERVICES_H

#include <stddef.h>

#include "config/config.h"
#include "rstack.h"

/** A kind of service. */
struct rs_service_type {
	const struct rs_service *ops; /**< ops->name is what `service =` says */
	/**
	 * Make what one listener of one worker needs (its rs_listener.arg); NULL: nothing.
	 *
	 * @param error  [out] one sentence when it fails
	 * @return 0 or -1
	 */
	int (*create)(const struct rs_config_listener *config, void **arg, char *error,
		size_t size);
	void (*destroy)(void *arg);
};

/** @return the service of that name, or NULL */
const struct rs_service_type *rs_service_find(const char *name);

/** All services, ended by NULL. */
extern const struct rs_service_type *const rs_services[];

extern const struct rs_service_type rs_service_echo;
extern const struct rs_service_type rs_service_discard;
extern const struct rs_service_type rs_service_chargen;
extern const struct rs_service_type rs_service_http;
extern const struct rs_service_type rs_service_reset;

#endif /* RS_APP_SERVICES_H */
