/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A capture around resets: each worker keeps the first bytes of its latest frames in a ring. When a
 * connection is reset, the frames of this connection are copied out of the ring, and the main lcore
 * writes them to a pcapng file; the reset's frame says the reason as its comment.
 */

#ifndef RS_WATCH_CAPTURE_H
#define RS_WATCH_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "config/config.h"
#include "rstack.h"

struct rs_app;

/** Bytes of a frame that are kept: the headers and the beginning of the data. */
#define RS_CAPTURE_BYTES 128

/** Most frames of a reset. */
#define RS_CAPTURE_FRAMES 64

/** Most captures a second of a worker, because each costs it a search through its ring. */
#define RS_CAPTURE_RATE 10

/** Captures that wait for the main lcore to write them, of a worker; a power of 2. */
#define RS_CAPTURE_WAITING 16

/** A frame. */
struct rs_capture_frame {
	uint64_t time;           /**< microseconds of the workers' clock */
	uint32_t len;            /**< of the whole frame */
	uint16_t port;
	uint16_t kept;           /**< bytes of `data` that are the frame's; the others are 0 */
	bool sent;
	uint8_t data[RS_CAPTURE_BYTES] __rte_aligned(64);
};

/** The frames of a connection that was reset, the latest first. */
struct rs_capture_shot {
	struct rs_reset_record record;
	unsigned int n;
	struct rs_capture_frame frames[RS_CAPTURE_FRAMES];
};

/** The worker's part. */
struct rs_capture;

/** The main lcore's part: the file. */
struct rs_capture_file;

/** What all of them share. */
struct rs_capture_state {
	struct rs_capture_file *file;
	struct rs_config_causes causes; /**< a command may change them */
	bool on;
};

/**
 * Make the ring of a worker.
 *
 * @param frames  of the ring, rounded up to a power of 2
 * @param most    frames of a capture, 1..RS_CAPTURE_FRAMES
 * @param causes  of all workers; another thread may change the words
 * @param on      whether frames are kept; another thread may change it
 * @return NULL: no memory
 */
struct rs_capture *rs_capture_create(unsigned int frames, unsigned int most,
	const struct rs_config_causes *causes, const bool *on, unsigned int socket);

/** Free the ring, which may be NULL. */
void rs_capture_free(struct rs_capture *capture);

/** Keep frames; a rs_frames_seen of the worker's stack. */
void rs_capture_seen(void *capture, struct rte_mbuf *const *frames, uint16_t n, bool sent,
	uint64_t now);

/** After a run of the stack: copy the frames of connections that were reset. */
void rs_capture_look(struct rs_capture *capture, const struct rs_stack *stack, uint64_t now);

/**
 * Take the next capture to write it. One thread; rs_capture_give_back() follows.
 *
 * @return NULL: there is none
 */
struct rs_capture_shot *rs_capture_take(struct rs_capture *capture);
void rs_capture_give_back(struct rs_capture *capture, struct rs_capture_shot *shot);

/** Captures that were missed, because they were too many. Any thread. */
uint64_t rs_capture_missed(const struct rs_capture *capture);

/**
 * Open the file, to append a section with the interfaces of all ports.
 *
 * @param size  bytes that it may have; captures beyond are dropped
 * @return NULL with errno
 */
struct rs_capture_file *rs_capture_open(const char *path, uint64_t size);

/** Close the file, which may be NULL. */
void rs_capture_close(struct rs_capture_file *file);

/** Write the captures that wait. The main lcore. */
void rs_capture_write(struct rs_capture_file *file, const struct rs_app *app);

/** Captures written to the file, those dropped because it was full. Any thread. */
uint64_t rs_capture_written(const struct rs_capture_file *file);
uint64_t rs_capture_dropped(const struct rs_capture_file *file);

/** Choose the causes that the workers capture. Any thread. */
void rs_capture_choose(struct rs_capture_state *state, const struct rs_config_causes *causes);

#endif /* RS_WATCH_CAPTURE_H */
