/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Congestion control: one struct rs_cc_ops an algorithm, one file each (cc_*.c). Loss
 * recovery (recovery.c) finds out what was lost and when a recovery begins and ends; the
 * algorithm says how large the window is. All in bytes and microseconds, no floating point.
 */

#ifndef RS_TCP_CONGESTION_CC_H
#define RS_TCP_CONGESTION_CC_H

#include <stdbool.h>
#include <stdint.h>

#include "rstack.h"

/** ssthresh before the first congestion event: no limit (RFC 5681 3.1). */
#define RS_CC_NO_LIMIT UINT32_MAX

/** cwnd grows no further: no window that the peer can offer is larger (RFC 7323 2.3). */
#define RS_CC_CWND_MAX (UINT32_C(1) << 30)

struct rs_cc;

/** An acknowledgment of new data, outside of recovery. */
struct rs_cc_ack {
	uint64_t now;           /**< microseconds */
	uint32_t acked;         /**< bytes that SND.UNA moved */
	uint32_t snd_una;       /**< after it moved */
	uint32_t snd_nxt;
	uint32_t srtt;          /**< microseconds */
	uint32_t rtt;           /**< of this acknowledgment, microseconds; 0: no sample */
};

/** One algorithm. Called through rs_cc_*() below; may change what is its own in cc. */
struct rs_cc_ops {
	const char *name;
	/** No history: a connection begins, or was idle for long. cwnd, ssthresh, mss are set. */
	void (*init)(struct rs_cc *cc);
	/** New data was acknowledged and the window was what limits: cwnd may grow. */
	void (*acked)(struct rs_cc *cc, const struct rs_cc_ack *ack);
	/** New data was acknowledged, but the window had not been used up; may be NULL. */
	void (*unused)(struct rs_cc *cc, const struct rs_cc_ack *ack);
	/** A congestion event with `flight` bytes in flight. @return the new ssthresh */
	uint32_t (*congestion)(struct rs_cc *cc, uint32_t flight);
	/** A time-out. @return the new ssthresh */
	uint32_t (*timeout)(struct rs_cc *cc, uint32_t flight);
	/** The last event was none: back to the own state of before it; may be NULL. */
	void (*undo)(struct rs_cc *cc);
	/** Bytes to spread over an SRTT, more than the window; NULL: the ACKs are the clock. */
	uint64_t (*per_rtt)(const struct rs_cc *cc);
};

/** HyStart++ (RFC 9406 4.2): leaves slow start when the round-trip time grows. */
struct rs_hystart {
	uint32_t window_end;    /**< its acknowledgment ends the round */
	uint32_t last_min;      /**< least RTT of the round before, microseconds */
	uint32_t min;           /**< of this one */
	uint32_t css_base;      /**< cssBaselineMinRtt; 0: slow start, not CSS */
	uint8_t samples;        /**< of the RTT in this round, N_RTT_SAMPLE are enough */
	uint8_t css_rounds;     /**< rounds of Conservative Slow Start so far */
	bool started;           /**< a round runs */
};

/** CUBIC's variables that a congestion event changes (RFC 9438 4.1.2). */
struct rs_cubic_epoch {
	uint64_t start;         /**< t_epoch, microseconds; 0: none runs */
	uint32_t w_max;         /**< bytes; 0: none, as after a time-out (4.8) */
	uint32_t cwnd_prior;    /**< bytes; W_est catches up with it (4.3) */
	uint32_t k;             /**< microseconds from start until W_max */
	uint32_t w_est;         /**< bytes */
};

/** CUBIC's (RFC 9438). */
struct rs_cubic {
	struct rs_cubic_epoch epoch;
	struct rs_cubic_epoch prior; /**< before the last event, for undo (4.9) */
	uint64_t last_ack;      /**< microseconds */
	uint64_t w_est_credit;  /**< acknowledged towards W_est's next segment */
	uint32_t credit;        /**< what the last division left */
	struct rs_hystart hystart;
};

/** NewReno's (RFC 5681 3.1). */
struct rs_newreno {
	uint32_t credit;        /**< bytes acknowledged towards the next segment of cwnd */
};

/** A connection's congestion control, in its busy block. */
struct rs_cc {
	const struct rs_cc_ops *ops;
	uint32_t cwnd;          /**< congestion window, bytes */
	uint32_t ssthresh;      /**< bytes, or RS_CC_NO_LIMIT */
	uint32_t mss;           /**< SMSS (RFC 5681 2) */
	uint32_t prior_cwnd;    /**< before the last congestion event, for undo; 0: none */
	uint32_t prior_ssthresh;
	bool after_timeout;     /**< slow start that follows a time-out (RFC 3465 2.3) */
	union {
		struct rs_cubic cubic;
		struct rs_newreno newreno;
	};
};

extern const struct rs_cc_ops rs_cc_cubic;
extern const struct rs_cc_ops rs_cc_newreno;

/**
 * Begin: IW and no limit. IW is `segments` of mss and at most what RFC 6928 2 allows. The
 * caller says 1 segment when the SYN or the SYN-ACK was lost (RFC 5681 3.1).
 */
void rs_cc_init(struct rs_cc *cc, enum rs_congestion algorithm, uint8_t segments, uint16_t mss);

/** New data was acknowledged outside of recovery; `limited`: the window had been used up. */
void rs_cc_acked(struct rs_cc *cc, const struct rs_cc_ack *ack, bool limited);

/**
 * A congestion event: sets ssthresh. cwnd is the caller's to set, and so is that there is
 * but one event in a window of data.
 *
 * @param flight  FlightSize (RFC 5681 2), bytes
 */
void rs_cc_congestion(struct rs_cc *cc, uint32_t flight);

/**
 * A time-out: sets ssthresh, and cwnd to the loss window of one segment (RFC 5681 3.1). For
 * the first one only of a segment that times out again and again.
 */
void rs_cc_timeout(struct rs_cc *cc, uint32_t flight);

/** The last event was none: cwnd, ssthresh and what the algorithm knew are again as before. */
void rs_cc_undo(struct rs_cc *cc);

/** Slow start (RFC 5681 3.1), counting bytes, at most `limit` segments an ACK (RFC 3465). */
void rs_cc_slow_start(struct rs_cc *cc, uint32_t acked, uint32_t limit);

/** Slow start goes on? At ssthresh congestion avoidance may begin (RFC 5681 3.1). */
static inline bool
rs_cc_in_slow_start(const struct rs_cc *cc)
{
	return cc->cwnd < cc->ssthresh;
}

/** HyStart++ before an ACK. @return by how much to divide what slow start adds; 0: it ends */
uint32_t rs_hystart_ack(struct rs_hystart *hystart, const struct rs_cc_ack *ack);

#endif /* RS_TCP_CONGESTION_CC_H */
