/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* rstack: the appliance that serves. */

#include "process.h"
#include "watch/summary.h"

static int
summary(struct rs_app *app, FILE *out)
{
	rs_summary_write(app, out);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct rs_life life = {
		.program = &rs_program_rstack,
		.summary = summary,
	};

	return rs_life(&life, argc, argv);
}
