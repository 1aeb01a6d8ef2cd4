/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Notify a service of events of its connection.
 */

#include "tcp/core/core.h"

void
rs_tcp_report(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_error error, uint32_t detail)
{
	const struct rs_service *service = rs_tcb_service(tcp, tcb);

	if (service->error != NULL && (tcb->flags & RS_F_OPENED) != 0)
		service->error(tcp, tcb, error, detail);
}

void
rs_tcp_notify_end(struct rs_tcp *tcp, struct rs_tcb *tcb, enum rs_end how)
{
	const struct rs_service *service = rs_tcb_service(tcp, tcb);

	if ((tcb->flags & RS_F_OPENED) == 0)
		return;
	tcb->flags &= (uint32_t)~RS_F_OPENED;
	if (service->ended != NULL)
		service->ended(tcp, tcb, how);
}
