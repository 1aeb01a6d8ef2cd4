/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* See fuzz.h. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_eal.h>

#include "fuzz/fuzz.h"

uint8_t
fuzz_u8(struct fuzz_in *in)
{
	if (in->n == 0)
		return 0;
	in->n--;
	return *in->p++;
}

uint16_t
fuzz_u16(struct fuzz_in *in)
{
	uint8_t high = fuzz_u8(in);

	return (uint16_t)(high << 8 | fuzz_u8(in));
}

uint32_t
fuzz_u32(struct fuzz_in *in)
{
	uint32_t high = fuzz_u16(in);

	return high << 16 | fuzz_u16(in);
}

uint16_t
fuzz_bytes(struct fuzz_in *in, void *to, uint16_t n)
{
	n = (uint16_t)RTE_MIN(n, in->n);
	if (n > 0)
		memcpy(to, in->p, n);
	in->p += n;
	in->n -= n;
	return n;
}

void
fuzz_check(bool holds, const char *format, ...)
{
	va_list ap;

	if (holds)
		return;
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

void
fuzz_eal(void)
{
	static bool started;
	static char *argv[] = {
		(char *)(uintptr_t)"fuzz", (char *)(uintptr_t)"--no-huge",
		(char *)(uintptr_t)"--no-pci", (char *)(uintptr_t)"--no-telemetry",
		(char *)(uintptr_t)"--no-shconf", (char *)(uintptr_t)"-m",
		(char *)(uintptr_t)"128", (char *)(uintptr_t)"--log-level=4",
	};

	if (started)
		return;
	started = true;
	fuzz_check(rte_eal_init(RTE_DIM(argv), argv) >= 0, "no EAL");
}

struct rte_mempool *
fuzz_pool(const char *name, unsigned int n)
{
	struct rte_mempool *pool = rte_pktmbuf_pool_create(name, n, 0, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);

	fuzz_check(pool != NULL, "no mempool");
	return pool;
}
