/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The list of services; a new one is a file beside this one and a line here. */

#include <stddef.h>
#include <string.h>

#include "services.h"

const struct rs_service_type *const rs_services[] = {
	&rs_service_chargen,
	&rs_service_discard,
	&rs_service_echo,
	&rs_service_http,
	&rs_service_reset,
	NULL,
};

const struct rs_service_type *
rs_service_find(const char *name)
{
	unsigned int i;

	for (i = 0; rs_services[i] != NULL; i++) {
		if (strcmp(rs_services[i]->ops->name, name) == 0)
			return rs_services[i];
	}
	return NULL;
}
