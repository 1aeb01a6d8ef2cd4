/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The allocations of stacks with very many connections: EAL must be able to make each of them with
 * hugepages of 2 MiB. They are not made here, only looked at: pages that are not touched need no
 * memory.
 */

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <rte_config.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "config/keys.h"
#include "rstack.h"

/* All pages of 2 MiB of one of EAL's lists; no allocation is in two lists. */
#define LIST_BYTES (RTE_MAX_MEMSEG_PER_LIST * (UINT64_C(2) << 20))

/* EAL's bytes in front of an allocation, and its padding, are less than a page. */
#define EAL_BYTES 4096

/* Of the allocations. */
static uint64_t largest, sum;

void *__wrap_rte_malloc_socket(const char *type, size_t size, unsigned int align, int socket);
void *__wrap_rte_zmalloc_socket(const char *type, size_t size, unsigned int align, int socket);
void __wrap_rte_free(void *p);

/* Allocate as EAL would. The page in front has the size. */
void *
__wrap_rte_zmalloc_socket(const char *type, size_t size, unsigned int align, int socket)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t whole = size + page;
	char *p;

	(void)type;
	(void)socket;
	assert_true(align <= page);
	largest = RTE_MAX(largest, (uint64_t)size);
	sum += size;
	if (size + EAL_BYTES > LIST_BYTES)
		return NULL;
	p = mmap(NULL, whole, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	memcpy(p, &whole, sizeof(whole));
	return p + page;
}

void *
__wrap_rte_malloc_socket(const char *type, size_t size, unsigned int align, int socket)
{
	return __wrap_rte_zmalloc_socket(type, size, align, socket);
}

void
__wrap_rte_free(void *p)
{
	char *start;
	size_t whole;

	if (p == NULL)
		return;
	start = (char *)p - sysconf(_SC_PAGESIZE);
	memcpy(&whole, start, sizeof(whole));
	munmap(start, whole);
}

/* Make a stack for n connections, with all that a file can add to its memory. @return whether */
static bool
make_stack(uint32_t n)
{
	struct rs_port port = { .mtu = 1500, .mac = { { 2, 0, 0, 0, 0, 1 } },
		.subnet = { rs_addr_from_ipv4(RTE_BE32(0xc0000201)), 96 + 24 } };
	struct rs_listener listener = { .name = "x", .port_first = 1, .port_last = 1,
		.max_per_source = 1 };
	struct rs_stack_params params = {
		.mbufs = rte_mempool_lookup("mbufs"), .ports = &port, .n_ports = 1,
		.listeners = &listener, .n_listeners = 1, .max_neighbours = 65534,
		.max_fragments = 65536, .reassembly_timeout_ms = 60000, .resets_per_source = 1,
		.source_prefix = 32, .icmp_errors_per_second = 10,
	};
	struct rs_stack *stack;
	bool made;

	rs_tcp_defaults(&params.tcp);
	params.tcp.life = true;
	params.tcp.max_connections = n;
	params.tcp.max_half_open = n;
	params.tcp.max_time_wait = RS_TIME_WAIT_MAX;
	params.tcp.max_busy = UINT32_C(16) << 20;
	params.tcp.max_chunks = RS_CHUNKS_MAX;
	params.tcp.max_sent = RS_SENT_MAX;
	largest = 0;
	sum = 0;
	stack = rs_stack_create(&params, 0);
	made = stack != NULL;
	/* what -m and the messages about memory are computed from */
	if (made)
		assert_true(sum <= rs_stack_memory(&params) + (UINT64_C(8) << 20));
	else
		assert_int_equal(rte_errno, ENOMEM);
	rs_stack_free(stack);
	return made;
}

static void
a_hundred_million_connections_fit_pages_of_2_mib(void **state)
{
	(void)state;
	assert_true(make_stack(100 * 1000 * 1000));
	assert_true(largest < LIST_BYTES);
}

/* The largest value of every key that counts. */
static void
the_largest_file_fits_pages_of_2_mib(void **state)
{
	(void)state;
	assert_true(make_stack(RS_CONNECTIONS_MAX));
	/* a larger max_connections would not */
	assert_true(largest + (UINT64_C(256) << 20) > LIST_BYTES);
}

/* What EAL cannot allocate at a time is refused, and all before it is given back. */
static void
more_connections_are_refused(void **state)
{
	(void)state;
	assert_false(make_stack(UINT32_C(1) << 27));
	assert_true(largest > LIST_BYTES);
}

int
main(int argc __rte_unused, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_million_connections_fit_pages_of_2_mib),
		cmocka_unit_test(the_largest_file_fits_pages_of_2_mib),
		cmocka_unit_test(more_connections_are_refused),
	};
	char *eal[] = { argv[0], "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf",
		"--log-level=error", "-m", "64", NULL };

	if (rte_eal_init((int)RTE_DIM(eal) - 1, eal) < 0 ||
	    rte_pktmbuf_pool_create("mbufs", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
			SOCKET_ID_ANY) == NULL)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
