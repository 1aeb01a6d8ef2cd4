/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The sender of a connection: what loss recovery and congestion control know while something
 * is queued or in flight. It comes with the first byte that is sent and goes when the side
 * block goes; of the windows the TCB remembers as many segments.
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
#include "tcp/loss/pacing.h"
#include "tcp/loss/scoreboard.h"

struct rs_tcp;

/** Duplicate ACKs that tell a loss (RFC 5681 3.2). */
#define RS_DUP_THRESH 3

/** Where loss recovery is. */
enum rs_recovery {
	RS_RECOVERY_NONE,
	RS_RECOVERY_CWR,        /**< the window was reduced, nothing is missing */
	RS_RECOVERY_FAST,       /**< fast recovery (RFC 5681 3.2, RFC 6675 5) */
	RS_RECOVERY_RTO,        /**< slow start after a time-out (RFC 5681 3.1) */
};

/** What t_rtx waits for while something is in flight and the window is open. */
enum rs_rtx_timer {
	RS_RTX_RTO,
	RS_RTX_PTO,             /**< the tail loss probe (RFC 8985 7) */
	RS_RTX_REO,             /**< reordering: what may be lost will be (RFC 8985 6.2) */
};

/** RACK's variables (RFC 8985 5.3). Times in microseconds. */
struct rs_rack {
	uint32_t xmit_ts;       /**< of the latest sent of what was delivered */
	uint32_t end_seq;       /**< its end */
	uint32_t rtt;           /**< its round-trip time; 0: nothing was delivered */
	uint32_t min_rtt;       /**< 0: not known */
	uint32_t fack;          /**< the highest sequence number delivered */
	uint32_t dsack_round;   /**< with in_dsack_round: its end */
	uint8_t reo_wnd_mult;
	uint8_t reo_wnd_persist;
	bool in_dsack_round;
	bool reordering_seen;
};

/** The tail loss probe's (RFC 8985 5.3). */
struct rs_tlp {
	uint32_t end_seq;       /**< with `out`: SND.NXT when it was sent */
	uint32_t flight;        /**< bytes in flight when it was sent */
	bool owed;              /**< the next output sends one */
	bool out;               /**< one is in flight */
	bool is_retrans;        /**< it was no new data */
};

/** The sender. */
struct rs_sender {
	uint32_t link;          /**< the pool's */
	struct rs_scoreboard board;
	struct rs_tlp tlp;
	struct rs_pacing pacing;
	uint8_t recovery;       /**< enum rs_recovery */
	uint8_t timer;          /**< enum rs_rtx_timer: what t_rtx is */
	uint8_t rtx_count;      /**< retransmissions of the segment at SND.UNA (R1) */
	uint8_t dup_acks;       /**< duplicate ACKs, or with SACK those that told of new data */
	uint32_t dup_bytes;     /**< without SACK: what they say has left the network */
	uint32_t iw;            /**< initial window, and restart window, bytes */
	uint32_t begin_cwnd;    /**< cwnd as it began: the TCB knows it already */
	uint32_t rto_due;       /**< tick */
	uint32_t rtt_seq;       /**< next sample of the RTT is of what is sent from here on */
	uint32_t last_sent;     /**< tick */
	uint32_t recover;       /**< SND.NXT when the recovery began (RFC 6582 3.2) */
	uint32_t full_seq;      /**< SND.NXT when the congestion window was last full */
	uint32_t prr_flight;    /**< RecoverFS (RFC 6937 3) */
	uint32_t prr_delivered;
	uint32_t prr_out;
	/* to find that nothing was lost after all */
	bool undo;              /**< it still can be found */
	bool undo_sent;         /**< something was sent again */
	uint32_t undo_ts;       /**< TSval of the first retransmission (RFC 3522) */
	uint32_t undo_seq;      /**< SEQ of it */
	uint32_t undo_bytes;    /**< sent again and not reported as a duplicate (RFC 3708) */
	/* what has a beginning of its own; all before it begins as zero */
	struct rs_cc cc;
	struct rs_rack rack;
};

/** An acknowledgment while something is in flight, as recovery.c and rack.c look at it. */
struct rs_ack {
	struct rs_tcp *tcp;
	struct rs_tcb *tcb;
	struct rs_sender *snd;
	const struct rs_options *opt;
	uint32_t acked;         /**< bytes that SND.UNA moved */
	uint32_t delivered;     /**< bytes that it says arrived (RFC 6937 3) */
	uint32_t rtt;           /**< of what was sent but once, microseconds; 0: none */
	bool again;             /**< SND.UNA moved over what was sent more than once */
	bool echo;              /**< it echoes a mark (RFC 3168 6.1.2) */
	bool sacked;            /**< it told of something new beyond SND.UNA */
	bool dsack;             /**< it reports a duplicate (RFC 2883) */
	uint32_t dsack_end;
	bool duplicate;         /**< by RFC 5681 2 */
	bool lost;              /**< by it something was found lost */
	uint32_t reo;           /**< until more may be lost, microseconds; 0: nothing may */
};

/** The sender of a connection; NULL: it has none. */
struct rs_sender *rs_sender(const struct rs_tcp *tcp, const struct rs_tcb *tcb);

/** The same, made where there is none: with a busy block there is always one left. */
struct rs_sender *rs_sender_get(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Give it back; its windows are remembered in the busy block. */
void rs_sender_put(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Give the busy block back, if it has one, with all that is queued. */
void rs_tcb_busy_put(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** The same, of one that it has and if nothing is in it any more. */
void rs_tcb_busy_put_empty(struct rs_tcp *tcp, struct rs_tcb *tcb);

/** Give the busy block back if nothing is in it any more. */
static inline void
rs_tcb_busy_release(struct rs_tcp *tcp, struct rs_tcb *tcb)
{
	if ((tcb->flags & RS_F_BUSY) != 0)
		rs_tcb_busy_put_empty(tcp, tcb);
}

/** What is in the network (RFC 6675 4). */
static inline uint32_t
rs_sender_pipe(const struct rs_tcb *tcb, const struct rs_sender *snd)
{
	uint32_t gone = snd->board.sacked + snd->board.lost + snd->dup_bytes;
	uint32_t flight = tcb->snd_nxt - tcb->snd_una;

	return flight > gone ? flight - gone : 0;
}

/** New data goes out while nothing is in flight: after a pause cwnd is less (RFC 5681 4.1). */
void rs_sender_restart(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd);

/** A turn of output is over: note whether the window is full (RFC 9438 5.8). */
void rs_sender_turned(const struct rs_tcb *tcb, struct rs_sender *snd);

/** [seq, end) went out, when SND.NXT was `nxt`: what is below was sent before. */
void rs_sender_sent(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t seq, uint32_t end, uint32_t nxt);

/* recovery.c */

/** An acceptable ACK, while something is in flight. */
void rs_recovery_ack(struct rs_ack *ack, const struct rs_segment *seg);

/** The RTO expired. */
void rs_recovery_timeout(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd);

/** The reordering timer expired. @return microseconds until it is due again; 0: not */
uint32_t rs_recovery_reorder(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd);

/** Congestion with nothing to repair: the window is reduced, once a window of data. */
void rs_recovery_reduce(struct rs_tcp *tcp, struct rs_tcb *tcb, struct rs_sender *snd,
	uint32_t flight);

/* rack.c: RFC 8985 */

/** A sender begins. */
void rs_rack_init(struct rs_rack *rack, const struct rs_tcb *tcb);

/** Steps 1 to 3, for each range that is newly delivered (6.2). */
void rs_rack_delivered(const struct rs_ack *ack, const struct rs_range *sent);

/** Steps 4 and 5: mark what is lost. @return microseconds until more will be; 0: nothing */
uint32_t rs_rack_detect(struct rs_tcp *tcp, const struct rs_tcb *tcb, struct rs_sender *snd,
	bool *lost);

/** Step 4: an ACK came that tells of a duplicate (6.2). */
void rs_rack_dsack(const struct rs_tcb *tcb, struct rs_rack *rack, bool dsack);

/** A recovery is over. */
void rs_rack_recovered(struct rs_rack *rack);

/** The reordering window (6.2 step 4). */
uint32_t rs_rack_reo_wnd(const struct rs_tcb *tcb, const struct rs_sender *snd);

/** When to probe, milliseconds from now (7.2); 0: not at all. */
uint32_t rs_tlp_pto(const struct rs_tcb *tcb, const struct rs_sender *snd);

/** What an ACK says of a probe (7.4.2). */
void rs_tlp_ack(const struct rs_ack *ack);

#endif /* RS_TCP_LOSS_SENDER_H */
