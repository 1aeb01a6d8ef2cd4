/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Congestion control: one struct rs_cc_ops an algorithm, one file each (cc_*.c). Loss
 * recovery (recovery.c) finds out what was lost and when a recovery begins and ends; the
 * algorithm says how large the window is. All in bytes and microseconds, no floating point.
 */

#ifndef RS_TCP_CC_H
#define RS_TCP_CC_H

#include <stdbool.h>
#include <stdint.h>

#include "rstack.h"

/** ssthresh before the first congestion event: no limit (RFC 5681 3.1). */
#define RS_CC_NO_LIMIT UINT32_MAX

struct rs_cc;

/** One algorithm. Called with cwnd, ssthresh and mss of cc set. */
struct rs_cc_ops {
	const char *name;
	/** A connection begins, or comes back from being idle for long: no history. */
	void (*init)(struct rs_cc *cc);
	/**
	 * New data was acknowledged outside of recovery: cwnd may grow.
	 *
	 * @param acked  bytes
	 * @param srtt   microseconds
	 */
	void (*acked)(struct rs_cc *cc, uint32_t acked, uint64_t now, uint32_t srtt);
	/** A congestion event: sets ssthresh for `flight` bytes in flight; recovery sets cwnd. */
	void (*congestion)(struct rs_cc *cc, uint32_t flight, uint64_t now);
	/** A time-out: sets ssthresh as well; recovery sets cwnd to one segment. */
	void (*timeout)(struct rs_cc *cc, uint32_t flight, uint64_t now);
	/** The last event was none after all: the algorithm's own state of before it. */
	void (*undo)(struct rs_cc *cc);
	/** Bytes a second to spread what is sent over; 0: no pacing. */
	uint64_t (*pacing_rate)(const struct rs_cc *cc, uint32_t srtt);
};

/** CUBIC's own variables (RFC 9438 4.1). */
struct rs_cubic {
	uint64_t epoch_start;   /**< microseconds; 0: none runs */
	uint32_t w_max;         /**< bytes */
	uint32_t cwnd_epoch;    /**< bytes */
	uint32_t w_est;         /**< bytes */
	uint32_t k;             /**< microseconds from epoch_start to w_max */
	uint32_t credit;        /**< bytes acknowledged towards the next increase */
	uint32_t w_est_credit;
	uint32_t prior_w_max;   /**< for undo */
	uint32_t prior_k;
	uint64_t prior_epoch_start;
};

/** NewReno's (RFC 5681 3.1). */
struct rs_newreno {
	uint32_t credit;        /**< bytes acknowledged towards the next increase */
};

/** A connection's congestion control, in its side block. */
struct rs_cc {
	const struct rs_cc_ops *ops;
	uint32_t cwnd;          /**< congestion window, bytes */
	uint32_t ssthresh;      /**< bytes, or RS_CC_NO_LIMIT */
	uint32_t mss;           /**< SMSS (RFC 5681 2) */
	uint32_t prior_cwnd;    /**< before the last congestion event, for undo */
	uint32_t prior_ssthresh;
	union {
		struct rs_cubic cubic;
		struct rs_newreno newreno;
	};
};

extern const struct rs_cc_ops rs_cc_cubic;
extern const struct rs_cc_ops rs_cc_newreno;

/** Begin: IW (RFC 6928 2: `segments` of mss, RFC 5681 3.1 where that is more) and no limit. */
void rs_cc_init(struct rs_cc *cc, enum rs_congestion algorithm, uint8_t segments, uint16_t mss);

#endif /* RS_TCP_CC_H */
