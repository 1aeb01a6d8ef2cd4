/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The scoreboard of a sender: what is in flight, as ranges that were sent at one time and
 * have one fate (RFC 2018 5, RFC 6675 3, RFC 8985 5.1). The ranges cover all from SND.UNA to
 * SND.NXT; the data itself stays in the send queue.
 */

#ifndef RS_TCP_LOSS_SCOREBOARD_H
#define RS_TCP_LOSS_SCOREBOARD_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

struct rs_tcp;

/**
 * Ranges of one connection at most: walks over them are bounded, whatever the peer
 * acknowledges selectively.
 */
#define RS_RANGES_MAX 1024

/** What became of a range. */
enum rs_range_state {
	RS_RANGE_IN_FLIGHT,
	RS_RANGE_SACKED,         /**< the peer has it, but may forget it (RFC 2018 8) */
	RS_RANGE_LOST,           /**< it is to be sent again */
};

/** A range of sequence numbers: what goes out in one turn is one. */
struct rs_range {
	uint32_t next;          /**< by sequence number (first word: the pool's too); 0: last */
	uint32_t prev;
	uint32_t newer;         /**< by time of transmission, those in flight only; 0: newest */
	uint32_t older;
	uint32_t seq;
	uint32_t end;           /**< the sequence number behind it */
	uint32_t sent;          /**< when it was last sent, microseconds, the low bits */
	uint8_t state;          /**< enum rs_range_state */
	bool again;             /**< it was sent more than once: no sample (Karn) */
};

static_assert(sizeof(struct rs_range) == 32, "two ranges a line");

/** The ranges of one connection. */
struct rs_scoreboard {
	uint32_t first;         /**< that of SND.UNA; 0: nothing is in flight */
	uint32_t last;          /**< that of SND.NXT */
	uint32_t oldest;        /**< by time of transmission */
	uint32_t newest;
	uint32_t lost_from;     /**< none before it is LOST; 0: none at all */
	uint32_t sack_hint;     /**< where the last SACK block was; 0: nowhere */
	uint32_t sacked;        /**< bytes SACKED */
	uint32_t lost;          /**< bytes LOST */
	uint32_t n;             /**< ranges */
};

/** Told of what an acknowledgment newly delivers, in the order of sequence numbers. */
typedef void rs_range_visit(void *arg, const struct rs_range *sent);

/** The range of an index. */
struct rs_range *rs_range_at(const struct rs_tcp *tcp, uint32_t index);

/** [seq, end) went out for the first time, now; seq is where the last range ends. */
void rs_range_new(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t seq, uint32_t end);

/** [seq, end), all of it sent before, went out again, now. */
void rs_range_resent(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t seq, uint32_t end);

/** All before `una` is acknowledged. */
void rs_range_acked(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t una,
	rs_range_visit *visit, void *arg);

/** A SACK block within what is in flight. */
void rs_range_sacked(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t left,
	uint32_t right, rs_range_visit *visit, void *arg);

/** A range in flight is LOST. */
void rs_range_lose(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index);

/** What of [SND.UNA, end) is still in flight and was sent once is LOST. @return whether any */
bool rs_range_lose_first(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t end);

/**
 * All is LOST, SACKED too (RFC 2018 8), but for what follows the first range and was sent
 * less than `young` microseconds ago (RFC 8985 6.3).
 */
void rs_range_lose_all(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t young);

/** What is LOST and was not sent again was not lost: it is in flight, as before. */
void rs_range_undo(struct rs_tcp *tcp, struct rs_scoreboard *sb);

/** The first range that is LOST; 0: none. */
uint32_t rs_range_next_lost(const struct rs_tcp *tcp, struct rs_scoreboard *sb);

/** Give all ranges back. */
void rs_range_clear(struct rs_tcp *tcp, struct rs_scoreboard *sb);

#endif /* RS_TCP_LOSS_SCOREBOARD_H */
