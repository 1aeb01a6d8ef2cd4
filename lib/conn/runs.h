/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The out-of-order queue of a connection: a list of runs, each of which is contiguous text that
 * was received behind a gap, and perhaps the FIN behind it. So a search passes over the gaps, not
 * over the segments, and a run is a SACK block (RFC 2018 3). Small pieces are copied together.
 */

#ifndef RS_CONN_RUNS_H
#define RS_CONN_RUNS_H

#include "conn/busy.h"

/** A run; it takes an entry of the pool of chunks. */
struct rs_run {
	uint32_t next;          /**< by sequence number (the pool's link, so first); 0: last */
	uint32_t prev;
	uint32_t seq;           /**< of its first byte */
	uint32_t end;           /**< the sequence number behind its last byte */
	struct rs_queue text;   /**< its chunks; empty: the run is a FIN alone */
	bool fin;               /**< FIN follows the text; the last run only */
};

static_assert(sizeof(struct rs_run) <= sizeof(struct rs_chunk), "a run fits where a chunk does");

/** Longest piece of text that is copied; a longer one holds the mbuf it was received in. */
#define RS_RUN_COPY_MAX 1024

/** The run with this index. */
static inline struct rs_run *
rs_run_at(const struct rs_buffers *buf, uint32_t index)
{
	return rs_pool_at(&buf->chunks, index);
}

/** The last run that begins at seq or before; 0: none does. */
uint32_t rs_run_find(const struct rs_buffers *buf, const struct rs_busy *busy, uint32_t seq);

/** Insert an empty run at seq, behind `prev`; 0: at the head. @return it, 0: the pool is empty */
uint32_t rs_run_insert(struct rs_buffers *buf, struct rs_busy *busy, uint32_t prev, uint32_t seq);

/** Remove a run with its text. */
void rs_run_remove(struct rs_buffers *buf, struct rs_busy *busy, uint32_t index);

/** Remove all runs. */
void rs_runs_clear(struct rs_buffers *buf, struct rs_busy *busy);

/**
 * Add text at the end of a run: in the room behind its last chunk, as a copy in an mbuf of a run
 * beside it, or by reference to the mbuf that it was received in.
 *
 * @param may_grow  whether the queue may take one more chunk
 * @return false: there is no room for it
 */
bool rs_run_append(struct rs_buffers *buf, struct rs_busy *busy, uint32_t index,
	struct rte_mbuf *m, const uint8_t *data, uint32_t len, bool may_grow);

/** Add text before the beginning of a run; otherwise the same. */
bool rs_run_prepend(struct rs_buffers *buf, struct rs_busy *busy, uint32_t index,
	struct rte_mbuf *m, const uint8_t *data, uint32_t len, bool may_grow);

/** Join a run with the next one, which begins where it ends. */
void rs_run_join_next(struct rs_buffers *buf, struct rs_busy *busy, uint32_t index);

/**
 * Take the first chunk out of the first run, which has text. A run without text left is removed.
 *
 * @param seq  [out] the sequence number of its first byte
 * @param fin  [out] whether FIN follows; it is taken out, too
 * @return the chunk
 */
uint32_t rs_runs_take_first(struct rs_buffers *buf, struct rs_busy *busy, uint32_t *seq,
	bool *fin);

/** Put a chunk back as the first one, at seq. @return false: the pool has no room, it is freed */
bool rs_runs_put_back(struct rs_buffers *buf, struct rs_busy *busy, uint32_t chunk, uint32_t seq,
	bool fin);

#endif /* RS_CONN_RUNS_H */
