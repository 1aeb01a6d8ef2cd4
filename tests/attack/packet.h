/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Frames of attackers: a description of a segment, and the bytes that it becomes. */

#ifndef ATTACK_PACKET_H
#define ATTACK_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "frame/frame.h"

/** Bytes that a frame of packet_write() needs at most, tag included. */
#define PACKET_MAX 1518

/** Most bytes of TCP options. */
#define PACKET_OPT_MAX 40

/** Most bytes of data in a segment, over IPv4 or IPv6. */
#define PACKET_MSS 1440

/** A segment that an attacker sends. */
struct packet {
	uint32_t mac;           /**< last four octets of the source MAC address */
	bool tagged;
	uint16_t tci;           /**< tag control information, if tagged */
	uint8_t device;         /**< of the server, 0 or 1: decides about the destination MAC */
	bool ipv6;
	uint32_t saddr, daddr;  /**< of IPv6: packet_put_addr6() */
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t wnd;
	uint8_t opt_len;        /**< a multiple of 4 */
	uint8_t opt[PACKET_OPT_MAX];
	const void *data;       /**< memory that outlives the packet */
	uint16_t len;           /**< of data */
};

/**
 * Write the IPv6 address that stands for an IPv4 address: those of 192/8 are in 2001:db8::/64, any
 * other has a /64 of its own. The last 32 bits are the IPv4 address.
 */
void packet_put_addr6(uint8_t addr[16], uint32_t ipv4);

/** Write the Ethernet header, and the VLAN tag. @return its length */
uint16_t packet_write_link(uint8_t *frame, const struct packet *p);

/**
 * Write an IPv4 header without options; its checksum is still missing.
 *
 * @param len  bytes behind the header
 */
void packet_write_ip(uint8_t *ip, const struct packet *p, uint8_t proto, uint16_t len);

/** The same of an IPv6 header without extension headers. */
void packet_write_ip6(uint8_t *ip, const struct packet *p, uint8_t proto, uint16_t len);

/** Write a frame with every checksum. @return its length, at least 60 bytes */
uint16_t packet_write(uint8_t *frame, const struct packet *p);

/** Set the options of a SYN: MSS alone, or with SACK-permitted and a window shift of 7, too. */
void packet_syn_options(struct packet *p, bool all);

/** Add a SACK option with one block more. */
void packet_add_sack(struct packet *p, uint32_t left, uint32_t right);

#endif /* ATTACK_PACKET_H */
