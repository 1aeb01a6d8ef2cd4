/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The list of the records of TIME-WAIT, oldest first.
 */

#include "conn/timewait.h"

void
rs_timewait_link(struct rs_timewaits *waits, uint32_t index, uint32_t tick)
{
	struct rs_timewait *tw = rs_timewait_at(waits, index);

	tw->since = tick & RS_SINCE_MASK;
	tw->older = waits->newest & RS_TIMEWAIT_MASK;
	tw->newer = 0;
	rs_timewait_append(waits, index);
}

void
rs_timewait_append(struct rs_timewaits *waits, uint32_t index)
{
	if (waits->newest != 0)
		rs_timewait_at(waits, waits->newest)->newer = index & RS_TIMEWAIT_MASK;
	else
		waits->oldest = index;
	waits->newest = index;
}

void
rs_timewait_unlink(struct rs_timewaits *waits, uint32_t index)
{
	const struct rs_timewait *tw = rs_timewait_at(waits, index);

	if (tw->older != 0)
		rs_timewait_at(waits, tw->older)->newer = tw->newer;
	else
		waits->oldest = tw->newer;
	if (tw->newer != 0)
		rs_timewait_at(waits, tw->newer)->older = tw->older;
	else
		waits->newest = tw->older;
}
