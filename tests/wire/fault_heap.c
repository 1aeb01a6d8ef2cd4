/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The linker puts these in the place of the functions by which the engine takes memory of the
 * heap (meson.build: --wrap): each asks first whether it shall fail.
 */

#include <errno.h>
#include <stddef.h>

#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_ip_frag.h>

#include "wire/faults.h"

void *__real_rte_malloc_socket(const char *type, size_t size, unsigned int align, int socket);
void *__wrap_rte_malloc_socket(const char *type, size_t size, unsigned int align, int socket);
void *__real_rte_zmalloc(const char *type, size_t size, unsigned int align);
void *__wrap_rte_zmalloc(const char *type, size_t size, unsigned int align);
void *__real_rte_zmalloc_socket(const char *type, size_t size, unsigned int align, int socket);
void *__wrap_rte_zmalloc_socket(const char *type, size_t size, unsigned int align, int socket);
struct rte_hash *__real_rte_hash_create(const struct rte_hash_parameters *params);
struct rte_hash *__wrap_rte_hash_create(const struct rte_hash_parameters *params);
struct rte_ip_frag_tbl *__real_rte_ip_frag_table_create(uint32_t buckets, uint32_t entries,
	uint32_t max, uint64_t cycles, int socket);
struct rte_ip_frag_tbl *__wrap_rte_ip_frag_table_create(uint32_t buckets, uint32_t entries,
	uint32_t max, uint64_t cycles, int socket);

static bool
fails(const char *what)
{
	if (!wire_fault_due(WIRE_FAULT_heap, what, __FILE__, __LINE__))
		return false;
	rte_errno = ENOMEM;
	return true;
}

void *
__wrap_rte_malloc_socket(const char *type, size_t size, unsigned int align, int socket)
{
	return fails(type) ? NULL : __real_rte_malloc_socket(type, size, align, socket);
}

void *
__wrap_rte_zmalloc(const char *type, size_t size, unsigned int align)
{
	return fails(type) ? NULL : __real_rte_zmalloc(type, size, align);
}

void *
__wrap_rte_zmalloc_socket(const char *type, size_t size, unsigned int align, int socket)
{
	return fails(type) ? NULL : __real_rte_zmalloc_socket(type, size, align, socket);
}

struct rte_hash *
__wrap_rte_hash_create(const struct rte_hash_parameters *params)
{
	return fails("rte_hash") ? NULL : __real_rte_hash_create(params);
}

struct rte_ip_frag_tbl *
__wrap_rte_ip_frag_table_create(uint32_t buckets, uint32_t entries, uint32_t max,
	uint64_t cycles, int socket)
{
	return fails("rte_ip_frag") ? NULL :
		__real_rte_ip_frag_table_create(buckets, entries, max, cycles, socket);
}
