/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Frames of IPv4 and TCP, read and written by the test's own hand (RFC 791, 1071, 9293 3.1,
 * 7323, 2018, 3168, 5482): nothing of lib/ is used to judge what comes out of it.
 */

#ifndef SIM_FRAME_H
#define SIM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Flags of a segment. */
enum {
	SIM_FIN = 0x01, SIM_SYN = 0x02, SIM_RST = 0x04, SIM_PSH = 0x08,
	SIM_ACK = 0x10, SIM_URG = 0x20, SIM_ECE = 0x40, SIM_CWR = 0x80,
};

#define SIM_ETHER_LEN 14
#define SIM_SACK_MAX 4

/** A segment as it lies in a frame, host order. */
struct sim_seg {
	uint32_t saddr, daddr;
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags;
	uint8_t tos, ttl;
	uint8_t opt_len;
	uint16_t wnd;
	uint16_t ip_len;
	const uint8_t *data;
	uint32_t len;           /**< of data */
	bool has_mss, has_ws, sack_ok, has_ts, has_uto;
	uint16_t mss;
	uint8_t ws;
	uint8_t n_sack;
	uint32_t tsval, tsecr;
	uint32_t left[SIM_SACK_MAX], right[SIM_SACK_MAX];
};

/** SEG.LEN: SYN and FIN count. */
static inline uint32_t
sim_seg_len(const struct sim_seg *s)
{
	return s->len + ((s->flags & SIM_SYN) != 0) + ((s->flags & SIM_FIN) != 0);
}

/** What a frame is. */
enum sim_kind {
	SIM_OTHER,              /**< ARP, ICMP */
	SIM_TCP,
	SIM_BAD,                /**< not as it must be: *why tells */
};

/** Read a frame, every length and checksum of it. */
enum sim_kind sim_frame_read(const uint8_t *frame, size_t len, struct sim_seg *s,
	const char **why);

/** Fill in the checksums of IPv4 and TCP, as a device does. */
void sim_frame_checksums(uint8_t *frame);

/** Say a segment in the RFC's notation. */
void sim_seg_print(const struct sim_seg *s, char *text, size_t size);

#endif /* SIM_FRAME_H */
