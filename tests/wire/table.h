/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * SEGMENT ARRIVES as a function: what RFC 9293 3.10.7 says of one segment, written from its
 * text alone. Nothing of lib/ is used but the names of states, ends and resets.
 */

#ifndef TABLE_H
#define TABLE_H

#include "wire.h"

enum { TABLE_TOLD_MAX = 6 };

/** What an endpoint knows of its connection, as far as the text asks for it. */
struct table_conn {
	enum rs_state state;
	bool active;            /**< SYN-RECEIVED, but not from LISTEN */
	uint32_t snd_una, snd_nxt, max_snd_wnd, rcv_nxt, rcv_wnd;
	uint32_t unread;        /**< bytes before RCV.NXT that the user has not taken */
};

/** What comes of a segment. */
struct table_end {
	uint8_t answer;         /**< flags of the segment sent, or 0 */
	bool may_ack;           /**< an ACK may be sent, the text does not say */
	bool new_iss;           /**< SEQ of the answer is an ISS */
	uint32_t seq, ack;      /**< of the answer */
	enum rs_reset_reason reset; /**< of the answer, or RS_RESET_MAX */
	enum rs_reset_verdict verdict; /**< on the segment, or RS_VERDICT_MAX */
	struct table_conn conn; /**< afterwards */
	uint32_t data_off;      /**< what of the text is told by DATA */
	uint32_t n_told;
	struct {
		enum wire_told what;
		uint32_t arg;   /**< URGENT: bytes ahead; ENDED: how; DATA: bytes */
	} told[TABLE_TOLD_MAX];
};

/** A segment arrives; len is that of its text. */
void table_segment_arrives(const struct table_conn *conn, const struct wire_seg *seg,
	struct table_end *end);

#endif /* TABLE_H */
