/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The sizes of a worker's pools. Those that the file does not give are derived, so that
 * max_connections alone answers how many connections a worker can have.
 */

#include <unistd.h>

#include <rte_common.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "config/keys.h"

/*
 * Packet buffers of a worker that neither rings nor chunks hold: a mempool cache at its
 * fullest, 1.5 * 512, and four bursts in work.
 */
#define SPARE_MBUFS (3 * 512 / 2 + 4 * RS_BURST)

/* Packet buffers beside the fragments that wait: the datagrams that become whole in a burst, and
 * frames that wait to be sent (packet/fragment.c). */
#define WHOLE_MBUFS (2 * RS_BURST)

/* Memory of a packet buffer beside its data room: rte_mbuf, mempool header, padding. */
#define MBUF_OVERHEAD (sizeof(struct rte_mbuf) + 2 * RTE_CACHE_LINE_SIZE)

/* A pool's size that is derived from the number of connections. */
static uint32_t
share_of(uint32_t max_connections, uint32_t part, uint32_t least)
{
	uint32_t size = max_connections / part;

	return RTE_MIN(RTE_MAX(size, least), (uint32_t)RS_DERIVED_MAX);
}

/* Packet buffers that the rings of all devices, their intakes, waiting fragments and the worker
 * hold, at most. */
static uint32_t
mbufs_beside_chunks(const struct rs_config *config)
{
	const struct rs_config_port *port;
	uint32_t n = SPARE_MBUFS +
		(config->max_fragments > 0 ? config->max_fragments + WHOLE_MBUFS : 0);
	unsigned int i;

	for (i = 0; i < config->n_ports; i++) {
		port = &config->ports[i];
		if (rs_config_device_first(config, i) == i)
			n += port->rx_descriptors * (port->syn_queue ? 2u : 1u) +
				(uint32_t)port->tx_descriptors + RS_INTAKE_MAX;
	}
	return n;
}

/* Chunks for the packet buffers that the file gives, all but those of the rings. */
static void
derive_chunks(struct rs_config_reader *reader, uint32_t others)
{
	struct rs_config *config = reader->config;
	uint32_t chunks = config->mbufs - RTE_MIN(config->mbufs, others);

	if (chunks < RS_CHUNKS_MIN)
		rs_config_refuse_limit(reader, RS_SECTION_WORKER, "mbufs",
			"is too few for the rings, fragments and %u chunks; expected at least %u, "
			"or 0",
			RS_CHUNKS_MIN, others + RS_CHUNKS_MIN);
	config->tcp.max_chunks = RTE_MIN(chunks, RS_CHUNKS_MAX);
}

void
rs_config_derive(struct rs_config_reader *reader)
{
	struct rs_config *config = reader->config;
	struct rs_tcp_params *params = &config->tcp;
	uint32_t others = mbufs_beside_chunks(config);
	unsigned int i;

	if (params->max_time_wait == 0)
		params->max_time_wait = share_of(params->max_connections, 1, 1);
	if (params->max_half_open == 0)
		params->max_half_open = RTE_MIN(RTE_MAX(params->max_connections /
			RS_HALF_OPEN_PART, 1u), (uint32_t)RS_HALF_OPEN_MOST);
	if (params->max_busy == 0)
		params->max_busy = share_of(params->max_connections, RS_BUSY_PART, RS_BUSY_LEAST);
	for (i = 0; i < config->n_listeners; i++)
		config->listeners[i].half_requests = RTE_MIN(params->max_busy,
			(uint32_t)RS_HALF_REQUESTS_MAX);
	if (params->max_sent == 0)
		params->max_sent = RTE_MIN(params->max_busy, RS_SENT_MAX / RS_SENT_TIMES) *
			RS_SENT_TIMES;
	if (params->max_chunks == 0 && config->mbufs == 0)
		params->max_chunks = share_of(params->max_connections, RS_CHUNKS_PART,
			RS_CHUNKS_LEAST);
	else if (params->max_chunks == 0)
		derive_chunks(reader, others);
	else if (config->mbufs != 0 && config->mbufs < others + params->max_chunks)
		rs_config_refuse_limit(reader, RS_SECTION_WORKER, "mbufs",
			"is too few for [tcp] max_chunks, max_fragments and the rings; expected at "
			"least %u, or 0",
			others + params->max_chunks);
	if (config->mbufs == 0)
		config->mbufs = others + params->max_chunks;
}

uint16_t
rs_mbuf_room(uint16_t mtu)
{
	/* some devices count the room of a buffer in units of 1,024 bytes, and would put a frame
	 * that exceeds these into two */
	uint32_t data = RTE_ALIGN_CEIL(rs_frame_max(mtu) + RTE_ETHER_CRC_LEN, UINT32_C(1024));
	uint32_t need = RTE_MAX(RTE_PKTMBUF_HEADROOM + data, (uint32_t)RTE_MBUF_DEFAULT_BUF_SIZE);

	return (uint16_t)RTE_MIN(need, (uint32_t)UINT16_MAX);
}

/* Bytes of memory that n packet buffers take; an MTU of 0 counts as 1500. */
static uint64_t
mbuf_memory(const struct rs_config *config, uint64_t n)
{
	const struct rs_config_port *port;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint16_t mtu = RTE_ETHER_MTU;
	uint64_t size;

	for (port = config->ports; port < config->ports + config->n_ports; port++)
		if (port->mtu > mtu)
			mtu = port->mtu;
	size = MBUF_OVERHEAD + rs_mbuf_room(mtu);
	if (!config->eal.small_pages)
		return n * size;
	/* rte_mempool lets no packet buffer cross a page, and without hugepages one is small */
	if (size > page)
		return n * RTE_ALIGN_CEIL(size, page);
	return (n + page / size - 1) / (page / size) * page;
}

uint64_t
rs_config_mbuf_memory(const struct rs_config *config)
{
	return mbuf_memory(config, config->mbufs);
}

uint32_t
rs_config_kernel_mbufs(const struct rs_config_port *port)
{
	if (port->kernel[0] == '\0')
		return 0;
	/* those of the port's transmit ring are frames of the kernel */
	return RS_KERNEL_RING + RS_KERNEL_DESCRIPTORS + port->tx_descriptors + 2 * RS_BURST;
}

uint64_t
rs_config_kernel_memory(const struct rs_config *config)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < config->n_ports; i++)
		n += rs_config_kernel_mbufs(&config->ports[i]);
	return n > 0 ? mbuf_memory(config, n) : 0;
}
