/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * For the fuzz targets. A target is a file with LLVMFuzzerTestOneInput(), which libFuzzer and AFL++
 * call, and replay.c where neither is linked. What must hold is checked by fuzz_check().
 */

#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>

/** The entry point of a target. @return 0 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** The rest of an input; behind its end each number is 0. */
struct fuzz_in {
	const uint8_t *p;
	size_t n;
};

uint8_t fuzz_u8(struct fuzz_in *in);
uint16_t fuzz_u16(struct fuzz_in *in);
uint32_t fuzz_u32(struct fuzz_in *in);

/** The next n bytes, or as many as are left. @return how many were copied */
uint16_t fuzz_bytes(struct fuzz_in *in, void *to, uint16_t n);

/** End the process with a text, as a find, unless `holds`. */
void fuzz_check(bool holds, const char *format, ...) __rte_format_printf(2, 3);

/** Start the EAL, once: in memory, without devices and without files. */
void fuzz_eal(void);

/** A pool of n mbufs of the default size. */
struct rte_mempool *fuzz_pool(const char *name, unsigned int n);

#endif /* TESTS_FUZZ_H */
