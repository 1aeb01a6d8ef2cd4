/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* A writer of pcap files, for Wireshark and tcpdump. */

#ifndef SIM_PCAP_H
#define SIM_PCAP_H

#include <stdint.h>
#include <stdio.h>

/** Begin a file of Ethernet frames. @return NULL, with errno: it cannot be written */
FILE *sim_pcap_open(const char *path);

/** Add a frame; time in microseconds. */
void sim_pcap_write(FILE *file, uint64_t time, const void *frame, uint32_t len);

#endif /* SIM_PCAP_H */
