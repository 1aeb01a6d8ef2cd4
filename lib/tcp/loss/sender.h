/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The sender of a connection: the state of loss recovery and congestion control while data is
 * queued or in flight. It is made for the first byte that is sent and goes with the busy
 * block; the TCB then remembers its windows in segments.
 */

#ifndef RS_TCP_LOSS_SENDER_H
#define RS_TCP_LOSS_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/busy.h"
#include "conn/tcb.h"
#include "packet/tcp_options.h"
#include "packet/segment.h"
#include "tcp/congestion/cc.h"
#include "tcp/core/core.h"
#include "tcp/loss/pacing.h"
#include "tcp/loss/scoreboard.h"

/** DupThresh: so many duplicate ACKs mean that a segment was lost (RFC 5681 3.2). */
#define RS_DUP_THRESH 3

/** Phase of loss recovery. */
enum rs_recovery {
	RS_RECOVERY_NONE,
	RS_RECOVERY_CWR,        /**< the window was reduced, nothing was lost */
	RS_RECOVERY_FAST,       /**< fast recovery (RFC 5681 3.2, RFC 6675 5) */
	RS_RECOVERY_RTO,        /**< slow start after a time-out (RFC 5681 3.1) */
};

/** Meaning of t_rtx while data is in flight and the window is open. */
enum rs_rtx_timer {
	RS_RTX_RTO,
	RS_RTX_PTO,             /**< the tail loss probe (RFC 8985 7) */
	RS_RTX_REO,             /**< the reordering timer (RFC 8985 6.2) */
};

/** RACK's variables (RFC 8985 5.3). Times in microseconds. */
struct rs_rack {
	uint32_t xmit_ts;       /**< when the range sent last of all delivered ones was sent */
	uint32_t end_seq;       /**< the end of that range */
	uint32_t rtt;           /**< its round-trip time; 0: nothing was delivered */
	uint32_t min_rtt;       /**< 0: not known */
	uint32_t fack;          /**< the highest sequence number delivered */
	uint32_t dsack_round;   /**< with in_dsack_round: the end of the round */
	uint8_t reo_wnd_mult;
	uint8_t reo_wnd_persist;
	bool in_dsack_round;
	bool reordering_seen;
};

/** Probes that the next output turn sends: of a tail loss, of a larger path MTU. */
enum {
	RS_PROBE_TAIL = 1 << 0,
	RS_PROBE_MTU = 1 << 1,
};

/** Variables of the tail loss probe (RFC 8985 5.3). */
struct rs_tlp {
	uint32_t end_seq;       /**< with `out`: SND.NXT when the probe was sent */
	uint32_t flight;        /**< bytes in flight when the probe was sent */
	uint8_t owed;           /**< RS_PROBE_* */
	bool out;               /**< a probe is in flight */
	bool is_retrans;        /**< the probe was a retransmission, not new data */
};

/** The sender of a connection. */
struct rs_sender {
	uint32_t link;          /**< used by the pool */
	struct rs_scoreboard board;
	struct rs_tlp tlp;
	struct rs_pacing pacing;
	uint8_t recovery;       /**< enum rs_recovery */
	uint8_t timer;          /**< enum rs_rtx_timer: meaning of t_rtx */
	uint8_t rtx_count;      /**< retransmissions of the segment at SND.UNA (R1) */
	uint8_t dup_acks;       /**< duplicate ACKs; with SACK: ACKs that SACKed new data */
	uint32_t dup_bytes;     /**< without SACK: bytes that left the network by dup_acks */
	uint32_t iw;            /**< initial and restart window, bytes */
	uint32_t begin_cwnd;    /**< cwnd at the start; if unchanged, the TCB has it */
	uint32_t rto_due;       /**< tick */
	uint32_t rtt_seq;       /**< the next RTT sample is of data from here on */
	uint32_t last_sent;     /**< tick of the last transmission */
	uint32_t recover;       /**< SND.NXT when recovery began (RFC 6582 3.2) */
	uint32_t full_seq;      /**< SND.NXT when the congestion window was last full */
	uint32_t prr_flight;    /**< RecoverFS (RFC 6937 3) */
	uint32_t prr_delivered;
	uint32_t prr_out;
	/* to detect that the loss was spurious */
	bool may_undo;          /**< the last recovery can still be undone */
	bool undo_sent;         /**< the recovery has retransmitted something */
	uint32_t undo_ts;       /**< TSval of its first retransmission (RFC 3522) */
	uint32_t undo_seq;      /**< SEG.SEQ of that retransmission */
	uint32_t undo_until;    /**< with may_undo, after the recovery: SND.NXT at its end */
	uint32_t undo_bytes;    /**< retransmitted, no duplicate reported (RFC 3708) */
	/* members with an init function of their own; all members above begin as zero */
	struct rs_cc cc;
	struct rs_rack rack;
};

/** An ACK that arrives while data is in flight, as recovery.c and rack.c process it. */
struct rs_ack {
	struct rs_tcp *tcp;
	struct rs_tcb *tcb;
	struct rs_sender *snd;
	const struct rs_options *opt;
	uint32_t acked;         /**< bytes that SND.UNA moved */
	uint32_t delivered;     /**< bytes that it newly reports as arrived (RFC 6937 3) */
	uint32_t rtt;           /**< RTT of a range sent once, microseconds; 0: none */
	bool resent;            /**< SND.UNA moved over a range that was sent more than once */
	bool echo;              /**< it echoes a mark (RFC 3168 6.1.2) */
	bool sacked;            /**< it SACKed new data */
	bool dsack;             /**< it reports a duplicate (RFC 2883) */
	uint32_t dsack_end;
	bool duplicate;         /**< a duplicate ACK (RFC 5681 2) */
	bool lost;              /**< because of it a range was marked LOST */
	uint32_t reo;           /**< microseconds until the reordering timer is due; 0: never */
};

/** Get the sender of a connection; NULL: it has none. */
struct rs_sender *rs_sender(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/**
 * Get or make the sender, which knows of a light flight then. Never fails: the pool has one for
 * each busy block.
 */
struct rs_sender *rs_sender_get(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Get the sender of what is in flight: as rs_sender(), but of a light flight it is made. */
struct rs_sender *rs_sender_of_flight(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Give the sender back to the pool. The busy block remembers its windows. */
void rs_sender_put(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Give the busy block back, if the connection has one, with everything queued in it. */
void rs_tcb_busy_put(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Give the busy block back, which the connection must have and which is empty, unless it is
 *  needed for something else than queues. */
void rs_tcb_busy_put_empty(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Give the busy block back if the connection has one and it is empty. */
static inline void
rs_tcb_busy_release(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if ((tcb->flags & RS_F_BUSY) != 0 && rs_busy_is_empty(rs_busy_at(&tcp->buf, tcb->busy)))
		rs_tcb_busy_put_empty(tcp, tcb);
}

/** Bytes in the network: pipe (RFC 6675 4). */
static inline uint32_t
rs_sender_pipe(const struct rs_tcb *tcb, const struct rs_sender *snd)
{
	uint32_t gone = snd->board.sacked + snd->board.lost + snd->dup_bytes;
	uint32_t flight = tcb->snd_nxt - tcb->snd_una;

	return flight > gone ? flight - gone : 0;
}

/**
 * New data is sent while nothing is in flight: after an idle time longer than the RTO, cwnd is
 * reduced to the restart window (RFC 5681 4.1).
 */
void rs_sender_restart(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd);

/** An output turn is done: note whether the congestion window is full (RFC 9438 5.8). */
void rs_sender_turn_done(const struct rs_tcb *tcb, struct rs_sender *snd);

/** [seq, end) was sent while SND.NXT was `nxt`: the part below `nxt` is a retransmission. */
void rs_sender_sent(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t seq, uint32_t end, uint32_t nxt);

/* light.c */

/** Whether all queued data, and our FIN with it, can be sent now as a light flight. */
bool rs_light_fits(const struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_busy *busy);

/** A light flight was sent. Start the timers. */
void rs_light_sent(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_busy *busy);

/**
 * Process an acceptable ACK that arrives while data is in flight, if that is a light flight and
 * the ACK ends it.
 *
 * @return false: the flight has a sender now, or there was no light flight
 */
bool rs_light_acked(struct rs_tcp *tcp, struct rs_tcb *tcb, const struct rs_segment *seg,
	const struct rs_options *opt);

/** A light flight gets a sender, which is new: tell it of the flight. */
void rs_light_end(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_busy *busy,
	struct rs_sender *snd);

/* recovery.c */

/** Whether a recovery is retransmitting lost data. */
static inline bool
rs_recovery_repairs(const struct rs_sender *snd)
{
	return snd->recovery == RS_RECOVERY_FAST || snd->recovery == RS_RECOVERY_RTO;
}

/** Process an acceptable ACK that arrives while data is in flight. */
void rs_recovery_ack(struct rs_ack *ack, const struct rs_segment *seg);

/** The RTO expired: mark ranges LOST and set the loss window (RFC 5681 3.1). */
void rs_recovery_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd);

/** The reordering timer expired. @return microseconds until it is due again; 0: never */
uint32_t rs_recovery_reorder(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd);

/** Reduce the window once a window of data, for congestion that leaves nothing to repair. */
void rs_recovery_reduce(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t flight);

/* path_mtu.c: RFC 4821, RFC 8201 */

/** Allocate the entries for a number of TCBs. @return 0 or -ENOMEM */
int rs_path_init(struct rs_paths *paths, uint32_t connections, unsigned int socket);

/** Bytes of memory of them. */
uint64_t rs_path_memory(uint32_t connections);

/** Free them. */
void rs_path_fini(struct rs_paths *paths);

/**
 * A connection's MSS was lowered, from `before`: a larger one is tried in 10 minutes.
 *
 * @param by_error  an ICMP error lowered it
 */
void rs_path_lowered(struct rs_tcp *tcp, const struct rs_tcb *tcb, uint16_t before, bool by_error);

/** The MSS of a connection before it was lowered. */
uint16_t rs_path_mss(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** The segment at SND.UNA timed out: lower the MSS if the path may swallow its size. */
void rs_path_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd);

/** Try a larger MSS soon, if time-outs lowered it, because these were spurious. */
void rs_path_try_again(struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** The MSS that a probe tries; 0: none is due. */
uint16_t rs_path_probe_mss(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** The bytes from seq to SND.NXT were sent as the probe. */
void rs_path_probe_sent(struct rs_tcp *tcp, const struct rs_tcb *tcb, uint32_t seq);

/**
 * Data in flight is lost: a probe that is in flight has failed.
 *
 * @return whether the probe is all that is lost
 */
bool rs_path_probe_lost(struct rs_tcp *tcp, const struct rs_tcb *tcb, const struct rs_sender *snd);

/** Examine some entries: raise the MSS of an acknowledged probe, and owe probes that are due. */
void rs_path_run(struct rs_tcp *tcp);

/** Forget a connection that has an entry, because it ended. */
void rs_path_drop(struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** The same of any connection. */
static inline void
rs_path_end(struct rs_tcp *tcp, const struct rs_tcb *tcb)
{
	if (unlikely(tcp->paths.n > 0))
		rs_path_drop(tcp, tcb);
}

/* rack.c: RFC 8985 */

/** Set the variables of a new sender. */
void rs_rack_init(struct rs_rack *rack, const struct rs_tcb *tcb);

/** Steps 1 to 3, for each range that an ACK newly delivers (6.2). */
void rs_rack_delivered(const struct rs_ack *ack, const struct rs_range *range);

/** Steps 4 and 5: mark ranges LOST. @return microseconds until the next may be; 0: none may */
uint32_t rs_rack_detect(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd,
	bool *lost);

/** Step 4: an ACK arrived; `dsack`: it reports a duplicate (6.2). */
void rs_rack_dsack(const struct rs_tcb *tcb, struct rs_rack *rack, bool dsack);

/** A recovery ended: count down the persistence of the reordering window (6.2 step 4). */
void rs_rack_recovered(struct rs_rack *rack);

/** The reordering window (6.2 step 4). */
uint32_t rs_rack_reo_wnd(const struct rs_tcb *tcb, const struct rs_sender *snd);

/** PTO: milliseconds until the tail loss probe is due (7.2); 0: no probe. */
uint32_t rs_tlp_pto(const struct rs_tcb *tcb, const struct rs_sender *snd);

/** The same while nothing was lost, SACKED or probed, as of a light flight. */
uint32_t rs_tlp_pto_alone(const struct rs_tcb *tcb);

/** Detect by an ACK whether the tail loss probe repaired a loss (7.4.2). */
void rs_tlp_ack(const struct rs_ack *ack);

#endif /* RS_TCP_LOSS_SENDER_H */
