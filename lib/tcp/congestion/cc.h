/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Congestion control: each algorithm is a struct rs_cc_ops in a file of its own (cubic.c,
 * newreno.c). Loss recovery (loss/recovery.c) detects losses and the begin and end of a recovery;
 * the algorithm sets the window. Units are bytes and microseconds, without floating point.
 */

#ifndef RS_TCP_CONGESTION_CC_H
#define RS_TCP_CONGESTION_CC_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include "rstack.h"

/** ssthresh before the first congestion event: no limit (RFC 5681 3.1). */
#define RS_CC_NO_LIMIT UINT32_MAX

/** Largest cwnd, because no peer can offer a larger window (RFC 7323 2.3). */
#define RS_CC_CWND_MAX (UINT32_C(1) << 30)

struct rs_cc;

/** An ACK of new data, outside of recovery. */
struct rs_cc_ack {
	uint64_t now;           /**< microseconds */
	uint32_t acked;         /**< bytes that SND.UNA moved */
	uint32_t snd_una;       /**< after it moved */
	uint32_t snd_nxt;
	uint32_t srtt;          /**< microseconds */
	uint32_t rtt;           /**< sample of this ACK, microseconds; 0: none */
};

/** An algorithm, called through rs_cc_*() below. It may change its own member of cc's union. */
struct rs_cc_ops {
	const char *name;
	/** Forget all history: the connection is new or was idle. cwnd, ssthresh, mss are set. */
	void (*init)(struct rs_cc *cc);
	/** New data was acknowledged and the window limited the sender: cwnd may grow. */
	void (*acked)(struct rs_cc *cc, const struct rs_cc_ack *ack);
	/** New data was acknowledged, but the window had not been used up; may be NULL. */
	void (*unused)(struct rs_cc *cc, const struct rs_cc_ack *ack);
	/** A congestion event with `flight` bytes in flight. @return the new ssthresh */
	uint32_t (*congestion)(struct rs_cc *cc, uint32_t flight);
	/** A time-out. @return the new ssthresh */
	uint32_t (*timeout)(struct rs_cc *cc, uint32_t flight);
	/** The last event was spurious: restore the state saved before it; may be NULL. */
	void (*undo)(struct rs_cc *cc);
	/** Bytes to pace over an SRTT, more than the window; NULL: no pacing. */
	uint64_t (*per_rtt)(const struct rs_cc *cc);
};

/** HyStart++ (RFC 9406 4.2): leaves slow start when the round-trip time grows. */
struct rs_hystart {
	uint32_t window_end;    /**< the ACK of this sequence number ends the round */
	uint32_t last_min;      /**< least RTT of the last round, microseconds */
	uint32_t min;           /**< least RTT of this round, microseconds */
	uint32_t css_base;      /**< cssBaselineMinRtt; 0: slow start, not CSS */
	uint8_t samples;        /**< RTT samples in this round, at most N_RTT_SAMPLE */
	uint8_t css_rounds;     /**< rounds of Conservative Slow Start so far */
	bool started;           /**< a round is running */
};

/** CUBIC's variables that a congestion event changes (RFC 9438 4.1.2). */
struct rs_cubic_epoch {
	uint64_t start;         /**< t_epoch, microseconds; 0: no epoch is running */
	uint32_t w_max;         /**< bytes; 0: none, as after a time-out (4.8) */
	uint32_t cwnd_prior;    /**< bytes; where W_est reaches it, alpha is 1 (4.3) */
	uint32_t k;             /**< microseconds from start until W_max */
	uint32_t w_est;         /**< bytes */
};

/** State of CUBIC (RFC 9438). */
struct rs_cubic {
	struct rs_cubic_epoch epoch;
	struct rs_cubic_epoch prior; /**< as before the last event, for undo (4.9) */
	uint64_t last_ack;      /**< time of the last ACK, microseconds */
	uint64_t w_est_credit;  /**< acknowledged towards W_est's next segment */
	uint32_t credit;        /**< remainder of the last division */
	struct rs_hystart hystart;
};

/** State of NewReno (RFC 5681 3.1). */
struct rs_newreno {
	uint32_t credit;        /**< bytes acknowledged towards the next segment of cwnd */
};

/** Congestion control of a connection, a part of its sender. */
struct rs_cc {
	const struct rs_cc_ops *ops;
	uint32_t cwnd;          /**< congestion window, bytes */
	uint32_t ssthresh;      /**< bytes, or RS_CC_NO_LIMIT */
	uint32_t mss;           /**< SMSS (RFC 5681 2) */
	uint32_t prior_cwnd;    /**< before the last congestion event, for undo; 0: none */
	uint32_t prior_ssthresh;
	bool after_timeout;     /**< slow start follows a time-out (RFC 3465 2.3) */
	union {
		struct rs_cubic cubic;
		struct rs_newreno newreno;
	};
};

extern const struct rs_cc_ops rs_cc_cubic;
extern const struct rs_cc_ops rs_cc_newreno;

/**
 * Set cwnd to the initial window, ssthresh to no limit, and start the algorithm.
 *
 * @param segments  segments of the initial window, which RFC 6928 2 limits; 1 if the SYN or
 *                  SYN-ACK was lost (RFC 5681 3.1)
 * @param mss       SMSS, bytes
 */
void rs_cc_init(struct rs_cc *cc, enum rs_congestion algorithm, uint8_t segments, uint16_t mss);

/** The initial window, bytes (RFC 6928 2: ten segments of the Ethernet MTU). */
static inline uint32_t
rs_cc_initial_window(uint8_t segments, uint16_t mss)
{
	return RTE_MIN((uint32_t)segments * mss, RTE_MAX(2U * mss, 14600U));
}

/** New data was acknowledged outside of recovery; `limited`: the window limited the sender. */
void rs_cc_acked(struct rs_cc *cc, const struct rs_cc_ack *ack, bool limited);

/**
 * A congestion event: set ssthresh. The caller sets cwnd, and sees to it that there is only one
 * event in a window of data.
 *
 * @param flight  FlightSize (RFC 5681 2), bytes
 */
void rs_cc_congestion(struct rs_cc *cc, uint32_t flight);

/**
 * A time-out: set ssthresh, and cwnd to the loss window of one segment (RFC 5681 3.1). Of a
 * segment that times out repeatedly, the caller reports only the first time-out.
 */
void rs_cc_timeout(struct rs_cc *cc, uint32_t flight);

/** The last event was spurious: restore cwnd, ssthresh and the algorithm's state. */
void rs_cc_undo(struct rs_cc *cc);

/**
 * Grow cwnd in slow start (RFC 5681 3.1) by the bytes acknowledged (RFC 3465 2.2).
 *
 * @param limit  most segments that an ACK may add (RFC 3465 2.3); 0: 2, after a time-out 1
 */
void rs_cc_slow_start(struct rs_cc *cc, uint32_t acked, uint32_t limit);

/** Whether the window is in slow start: at ssthresh congestion avoidance begins (RFC 5681 3.1). */
static inline bool
rs_cc_in_slow_start(const struct rs_cc *cc)
{
	return cc->cwnd < cc->ssthresh;
}

/** Process an ACK in HyStart++. @return divisor of the growth of slow start; 0: it ends */
uint32_t rs_hystart_ack(struct rs_hystart *hystart, const struct rs_cc_ack *ack);

#endif /* RS_TCP_CONGESTION_CC_H */
