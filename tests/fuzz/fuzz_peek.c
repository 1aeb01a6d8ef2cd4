/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The owner of a frame that is not verified yet (packet/peek.h): no byte behind the frame's end may
 * be read or change the result, and frames of one connection have one owner.
 */

#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "packet/peek.h"

#define FRAME_MAX 2000
#define TAIL 64

static enum rs_peek
peek(const uint8_t *data, uint16_t n, uint16_t tail, struct rs_tuple *tuple)
{
	uint8_t *copy = malloc((size_t)n + tail);
	static struct rte_mbuf m; /* a sanitizer's stack is not aligned as a cache line is */
	enum rs_peek owner;

	fuzz_check(copy != NULL || n + tail == 0, "no memory");
	if (n > 0)
		memcpy(copy, data, n);
	if (tail > 0)
		memset(copy + n, 0x45, tail);
	memset(&m, 0, sizeof(m));
	m.buf_addr = copy;
	m.buf_len = m.data_len = n;
	m.pkt_len = n;
	m.nb_segs = 1;
	memset(tuple, 0, sizeof(*tuple));
	owner = rs_peek_owner(&m, tuple);
	free(copy);
	return owner;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t n = (uint16_t)(size < FRAME_MAX ? size : FRAME_MAX);
	struct rs_tuple tuple, other;
	enum rs_peek owner = peek(data, n, 0, &tuple);

	fuzz_check(owner <= RS_PEEK_ALL, "no owner");
	fuzz_check(peek(data, n, TAIL, &other) == owner &&
		(owner != RS_PEEK_TUPLE || rs_tuple_equal(&tuple, &other)),
		"a byte behind the frame's end changes its owner");
	return 0;
}
