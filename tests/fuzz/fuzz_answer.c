/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The reader of HTTP answers (load/answer.h): where the bytes are split makes no difference. */

#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "load/answer.h"

/* Read the input in pieces of `piece` bytes. @return how many bytes belong to the answer */
static size_t
read_in(const uint8_t *data, size_t size, size_t piece, struct rs_answer *a)
{
	size_t done = 0;
	uint32_t n, taken;
	uint8_t *exact;

	memset(a, 0, sizeof(*a));
	while (done < size) {
		n = (uint32_t)(size - done < piece ? size - done : piece);
		exact = malloc(n);
		memcpy(exact, data + done, n);
		taken = rs_answer_read(a, exact, n);
		free(exact);
		fuzz_check(taken <= n, "more bytes than there are");
		done += taken;
		if (taken < n)
			break;
	}
	return done;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rs_answer whole, pieces;
	size_t piece;
	size_t n;

	if (size < 1)
		return 0;
	piece = 1 + data[0] % 64u;
	n = read_in(data + 1, size - 1, size, &whole);
	fuzz_check(read_in(data + 1, size - 1, piece, &pieces) == n,
		"another length, read in pieces");
	fuzz_check(whole.state == pieces.state && whole.status == pieces.status &&
		whole.left == pieces.left, "another answer, read in pieces");
	fuzz_check(whole.state <= RS_ANSWER_BAD, "no state");
	fuzz_check(whole.state != RS_ANSWER_DONE ||
		rs_answer_persists(&whole) == rs_answer_persists(&pieces),
		"another end of the connection");
	return 0;
}
