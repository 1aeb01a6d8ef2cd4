/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The rate limits of resets: their parameters, and the memory of the table of sources. */

#include <errno.h>

#include <rte_malloc.h>

#include "base/siphash.h"
#include "tcp/core/ratelimit.h"

/* Rows of the table of sources. */
#define ROWS 2

uint64_t
rs_ratelimit_memory(const struct rs_stack_params *params)
{
	return params->resets_per_source != 0 ?
		ROWS * sizeof(*((struct rs_ratelimit *)NULL)->rows) : 0;
}

int
rs_ratelimit_init(struct rs_ratelimit *limit, const struct rs_stack_params *params)
{
	unsigned int i;

	if (params->source_prefix > 32 || params->resets_per_second > RS_RATE_MAX ||
	    params->resets_per_source > RS_RATE_MAX)
		return -EINVAL;
	for (i = 0; i < params->n_listeners; i++) {
		if (params->listeners[i].resets_per_second > RS_RATE_MAX)
			return -EINVAL;
		limit->of_listeners |= params->listeners[i].resets_per_second != 0;
	}
	limit->on = limit->of_listeners || params->resets_per_second != 0 ||
		params->resets_per_source != 0;
	limit->worker = rs_rate_of(params->resets_per_second);
	limit->source_cost = rs_rate_cost(params->resets_per_source);
	limit->mask = rs_ipv4_mask(params->source_prefix);
	if (params->resets_per_source == 0)
		return 0;
	for (i = 0; i < RTE_DIM(limit->key); i++) {
		/* keeps this key apart from others of the secret, and need not be secret */
		const uint64_t use[2] = { i, 3 };

		limit->key[i] = rs_siphash(use, params->secret, sizeof(params->secret));
	}
	limit->key[0] |= 1; /* so that no bit of the source is lost */
	limit->rows = rte_zmalloc_socket("rs_ratelimit", rs_ratelimit_memory(params),
		RTE_CACHE_LINE_SIZE, (int)params->socket);
	return limit->rows != NULL ? 0 : -ENOMEM;
}

void
rs_ratelimit_fini(struct rs_ratelimit *limit)
{
	rte_free(limit->rows);
}
