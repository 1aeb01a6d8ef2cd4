/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The pcap format with microseconds (draft-ietf-opsawg-pcap), in the machine's byte order. */

#include "pcap.h"

#define MAGIC 0xa1b2c3d4U
#define VERSION (4U << 16 | 2U) /* 2.4 */
#define LINKTYPE_ETHERNET 1U
#define SNAPLEN 65535U

FILE *
sim_pcap_open(const char *path)
{
	const uint32_t header[] = { MAGIC, VERSION, 0, 0, SNAPLEN, LINKTYPE_ETHERNET };
	FILE *file = fopen(path, "w");

	if (file != NULL)
		fwrite(header, sizeof(header), 1, file);
	return file;
}

void
sim_pcap_write(FILE *file, uint64_t time, const void *frame, uint32_t len)
{
	const uint32_t header[] = {
		(uint32_t)(time / 1000000), (uint32_t)(time % 1000000), len, len,
	};

	fwrite(header, sizeof(header), 1, file);
	fwrite(frame, len, 1, file);
}
