/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A device that makes checksums and cuts frames into segments (TSO), for wire and sim. It does the
 * work that a frame's mbuf asks for, as rte_mbuf_core.h describes it, and refuses a frame whose
 * fields contradict its bytes. Nothing of lib/ is used here.
 */

#ifndef TESTS_DEVICE_H
#define TESTS_DEVICE_H

#include <stdint.h>

struct rte_mbuf;

/** Takes a frame as it is on the wire. */
typedef void device_emit(void *arg, const uint8_t *frame, uint32_t len);

/**
 * Send a frame. The mbuf stays the caller's.
 *
 * @param emit  is called for each frame on the wire, in order
 * @return NULL, or why the device refuses the frame
 */
const char *device_send(const struct rte_mbuf *m, device_emit *emit, void *arg);

#endif /* TESTS_DEVICE_H */
