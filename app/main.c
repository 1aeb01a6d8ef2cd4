/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* rstack: the appliance that serves its listeners. */

#include "process.h"
#include "watch/summary.h"

static int
write_summary(struct rs_app *app, FILE *out)
{
	rs_summary_write(app, out);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct rs_program program = {
		.usage = &rs_usage_rstack,
		.summary = write_summary,
		.reloads = true,
	};

	return rs_program_run(&program, argc, argv);
}
