/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The scoreboard of a sender: the ranges of sequence numbers that are in flight, SACKED or
 * LOST (RFC 2018 5, RFC 6675 3, RFC 8985 5.1). The bytes of a range were last sent at one
 * time and share one state. The ranges cover everything from SND.UNA to SND.NXT without a
 * gap; the data itself stays in the send queue.
 */

#ifndef RS_TCP_LOSS_SCOREBOARD_H
#define RS_TCP_LOSS_SCOREBOARD_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

struct rs_tcp;

/**
 * A connection has at most RS_RANGES_SPARE ranges and one for each full segment in flight, so
 * that a walk over them is bounded by the segments in flight, whatever the peer acknowledges
 * selectively. The spare ones are for segments that are not full.
 */
#define RS_RANGES_SPARE 64

/** State of a range. */
enum rs_range_state {
	RS_RANGE_IN_FLIGHT,
	RS_RANGE_SACKED,         /**< the peer has it, but may discard it (RFC 2018 8) */
	RS_RANGE_LOST,           /**< to be retransmitted */
};

/**
 * A range of sequence numbers: the new data of one output turn is one range. All its segments are
 * full, but for the last one, so a short segment ends where its range ends.
 */
struct rs_range {
	uint32_t next;          /**< by sequence number (the pool's link, so first); 0: last */
	uint32_t prev;
	uint32_t newer;         /**< by time of transmission, in flight only; 0: newest */
	uint32_t older;
	uint32_t seq;
	uint32_t end;           /**< the sequence number behind it */
	uint32_t sent;          /**< time of the last transmission, microseconds, low bits */
	uint8_t state;          /**< enum rs_range_state */
	bool resent;            /**< sent more than once, so it gives no RTT sample (Karn) */
};

static_assert(sizeof(struct rs_range) == 32, "two ranges a line");

/** The ranges of one connection. Indices are of the pool of ranges. */
struct rs_scoreboard {
	uint32_t first;         /**< the range of SND.UNA; 0: nothing is in flight */
	uint32_t last;          /**< the range of SND.NXT */
	uint32_t oldest;        /**< by time of transmission */
	uint32_t newest;
	uint32_t lost_from;     /**< no range before this one is LOST; 0: no range is */
	uint32_t sack_hint;     /**< the range of the last SACK block; 0: not known */
	uint32_t sacked;        /**< bytes SACKED */
	uint32_t lost;          /**< bytes LOST */
	uint32_t n;             /**< ranges */
	uint32_t least;         /**< bytes of the shortest full segment; 0: each segment is full */
	bool last_short;        /**< the last segment of the last range is not full */
};

/** Called for each range that an ACK newly delivers, in the order of sequence numbers. */
typedef void rs_range_visit(void *arg, const struct rs_range *range);

/** Microseconds since a range was last sent. */
static inline uint32_t
rs_range_age(const struct rs_range *range, uint64_t now)
{
	return (uint32_t)now - range->sent;
}

/** The same as a round-trip time, of which 0 would mean that there is none. */
static inline uint32_t
rs_range_rtt(const struct rs_range *range, uint64_t now)
{
	uint32_t age = rs_range_age(range, now);

	return age > 0 ? age : 1;
}

/** The range with this index. */
struct rs_range *rs_range_at(const struct rs_tcp *tcp, uint32_t index);

/** Full segments have `mss` bytes from now on, options included. */
void rs_scoreboard_set_mss(struct rs_scoreboard *sb, uint32_t mss);

/** [seq, end) is sent for the first time, now; seq is the end of the last range. */
void rs_range_new(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t seq, uint32_t end);

/**
 * [seq, end) was sent before and is the first range of an empty scoreboard.
 *
 * @param sent  time of it, microseconds, low bits
 * @param last  bytes of its last segment
 */
void rs_range_first(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t seq, uint32_t end,
	uint32_t sent, uint32_t last);

/** [seq, end), all of it sent before, is retransmitted now. */
void rs_range_resent(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t seq, uint32_t end);

/** Everything before `una` is acknowledged. */
void rs_range_acked(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t una,
	rs_range_visit *visit, void *arg);

/**
 * The peer SACKed [left, right), which lies between SND.UNA and SND.NXT. A part of the block that
 * would split off less than a full segment is ignored and counted, because a receiver has no
 * reason to report it: SACK is advice (RFC 2018 8), so less of it is less exact and never wrong.
 */
void rs_range_sacked(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t left,
	uint32_t right, rs_range_visit *visit, void *arg);

/** Mark a range that is in flight LOST. */
void rs_range_lose(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t index);

/**
 * Mark [SND.UNA, end) LOST as far as the first range reaches, if that is in flight and was
 * sent once.
 *
 * @return whether anything was marked
 */
bool rs_range_lose_first(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t end);

/**
 * Mark all ranges LOST, SACKED ones too (RFC 2018 8). A range in flight that was sent less
 * than `young` microseconds ago stays, unless it is the first one (RFC 8985 6.3).
 */
void rs_range_lose_all(struct rs_tcp *tcp, struct rs_scoreboard *sb, uint32_t young);

/** The loss was spurious: each LOST range that was not retransmitted is in flight again. */
void rs_range_undo(struct rs_tcp *tcp, struct rs_scoreboard *sb);

/** The first range that is LOST; 0: none. */
uint32_t rs_range_next_lost(const struct rs_tcp *tcp, struct rs_scoreboard *sb);

/** Give all ranges back to the pool. */
void rs_range_clear(struct rs_tcp *tcp, struct rs_scoreboard *sb);

#endif /* RS_TCP_LOSS_SCOREBOARD_H */
