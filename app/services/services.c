/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The table of services, made from RS_SERVICES() of config/services.h. */

#include <stddef.h>
#include <string.h>

#include <rte_common.h>

#include "services.h"

#define SERVICE_ROW(name, help) { #name, &rs_service_##name },
static const struct {
	const char *name;
	const struct rs_service_type *type;
} services[] = {
	RS_SERVICES(SERVICE_ROW)
};

void
rs_service_idle_over(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

const struct rs_service_type *
rs_service_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(services); i++) {
		if (strcmp(services[i].name, name) == 0)
			return services[i].type;
	}
	return NULL;
}
