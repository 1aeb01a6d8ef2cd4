/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Frames between two hosts. */

#include <stdio.h>

#include "frame.h"

enum frame_kind
sim_frame_read(const uint8_t *frame, size_t len, struct frame_seg *s, const char **why)
{
	enum frame_kind kind = frame_read(frame, len, s, why);

	if (kind == FRAME_BAD)
		return kind;
	*why = NULL;
	if (s->tagged)
		*why = "a VLAN tag";
	else if (s->ip_version == 4 && s->ip_header_len != FRAME_IP_LEN)
		*why = "IPv4 options";
	else if (s->ip_version == 4 && s->ip_fragment != 0x4000)
		*why = "DF that is not set, or a fragment";
	return *why == NULL ? kind : FRAME_BAD;
}

void
sim_seg_print(const struct frame_seg *s, char *text, size_t size)
{
	static const char names[] = "FSRPAUEC";
	size_t n;
	unsigned int i;

	n = (size_t)snprintf(text, size, "%u>%u <SEQ=%u><ACK=%u><WND=%u><CTL=", s->sport, s->dport,
		s->seq, s->ack, s->wnd);
	for (i = 0; i < 8 && n + 2 < size; i++) {
		if ((s->flags & 1u << i) != 0)
			text[n++] = names[i];
	}
	n += (size_t)snprintf(text + n, size - n, "><DATA=%u>", s->len);
	if (s->has_ts && n < size)
		n += (size_t)snprintf(text + n, size - n, "<TS=%u,%u>", s->tsval, s->tsecr);
	if (s->has_mss && n < size)
		n += (size_t)snprintf(text + n, size - n, "<MSS=%u>", s->mss);
	if (s->has_ws && n < size)
		n += (size_t)snprintf(text + n, size - n, "<WS=%u>", s->ws);
	for (i = 0; i < s->n_sack && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "<SACK=%u-%u>", s->left[i], s->right[i]);
}
