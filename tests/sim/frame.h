/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Frames between two hosts: the rules that hold on this link only, and segments as text. */

#ifndef SIM_FRAME_H
#define SIM_FRAME_H

#include "frame/frame.h"

/** frame_read() of a link without VLANs, IP options and fragments. */
enum frame_kind sim_frame_read(const uint8_t *frame, size_t len, struct frame_seg *s,
	const char **why);

/** Print a segment in the RFC's notation. */
void sim_seg_print(const struct frame_seg *s, char *text, size_t size);

#endif /* SIM_FRAME_H */
