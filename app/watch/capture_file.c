/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The main lcore's part of the capture around resets: the pcapng file. */

/* rte_pcapng is experimental in 22.11 */
#define ALLOW_EXPERIMENTAL_API

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_pcapng.h>

#include "app.h"
#include "watch/capture.h"

/* Of an Enhanced Packet Block (draft-ietf-opsawg-pcapng 4.3): the offsets of its lengths, of its
 * data, and the code of a comment. */
#define BLOCK_LENGTH 4
#define BLOCK_CAPTURED 20
#define BLOCK_DATA 28
#define OPTION_COMMENT 1

/* Longest comment, with its end. */
#define COMMENT_MAX 384

/* Bytes of an option in front of its text. */
#define OPTION_HEAD 4

/* Packet buffers: frames, and their blocks. */
#define MBUFS (2 * RS_CAPTURE_FRAMES + 1)

struct rs_capture_file {
	rte_pcapng_t *pcapng;
	struct rte_mempool *mbufs;
	uint64_t room;           /* bytes that the file may still have */
	uint64_t written;
	uint64_t dropped;
};

struct rs_capture_file *
rs_capture_open(const char *path, uint64_t size)
{
	struct rs_capture_file *file = calloc(1, sizeof(*file));
	int fd;

	if (file == NULL)
		return NULL;
	file->room = size;
	file->mbufs = rte_pktmbuf_pool_create("capture", MBUFS, 0, 0, (uint16_t)(
		rte_pcapng_mbuf_size(RS_CAPTURE_BYTES) + OPTION_HEAD + COMMENT_MAX), SOCKET_ID_ANY);
	fd = file->mbufs == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND, 0640);
	if (fd >= 0) {
		file->pcapng = rte_pcapng_fdopen(fd, NULL, NULL, "rstack " RS_VERSION, NULL);
		if (file->pcapng == NULL)
			close(fd);
	} else if (file->mbufs == NULL) {
		errno = rte_errno;
	}
	if (file->pcapng == NULL) {
		rte_mempool_free(file->mbufs);
		free(file);
		return NULL;
	}
	return file;
}

void
rs_capture_close(struct rs_capture_file *file)
{
	if (file == NULL)
		return;
	rte_pcapng_close(file->pcapng);
	rte_mempool_free(file->mbufs);
	free(file);
}

/* Write a comment about a reset. */
static void
write_comment(const struct rs_reset_record *record, char *text, size_t size)
{
	const struct rs_stat_name *cause = record->sent ? &rs_reset_reason_names[record->cause] :
		&rs_reset_verdict_names[record->cause];

	snprintf(text, size, "rstack: reset %s, %s (%s), in %s, after %" PRIu64 ".%03u s, %u bytes "
		"received, %u sent, %u segments retransmitted", record->sent ? "sent" : "received",
		cause->name, cause->help, rs_state_names[record->state],
		record->life.age_ms / 1000, (unsigned int)(record->life.age_ms % 1000),
		record->life.rx_bytes, record->life.tx_bytes, record->life.retransmitted);
}

/* Insert a comment as the first option of a packet's block, which 22.11 cannot do. */
static void
add_comment(struct rte_mbuf *block, const char *text)
{
	uint16_t len = (uint16_t)strlen(text);
	uint16_t more = (uint16_t)(OPTION_HEAD + RTE_ALIGN_CEIL(len, (uint16_t)4));
	uint8_t *begin, *options;
	uint32_t captured, total;

	if (rte_pktmbuf_append(block, more) == NULL)
		return;
	begin = rte_pktmbuf_mtod(block, uint8_t *);
	total = block->pkt_len;
	memcpy(&captured, begin + BLOCK_CAPTURED, sizeof(captured));
	options = begin + BLOCK_DATA + RTE_ALIGN_CEIL(captured, 4U);
	memmove(options + more, options, (size_t)(begin + total - more - options));
	memset(options, 0, more);
	memcpy(options, &(uint16_t){ OPTION_COMMENT }, sizeof(uint16_t));
	memcpy(options + 2, &len, sizeof(len));
	memcpy(options + OPTION_HEAD, text, len);
	memcpy(begin + BLOCK_LENGTH, &total, sizeof(total));
	memcpy(begin + total - sizeof(total), &total, sizeof(total));
}

/* The TSC at a time of the workers' clock. */
static uint64_t
cycles_of(const struct rs_clock *clock, uint64_t us)
{
	return clock->start + (uint64_t)((unsigned __int128)us * rte_get_tsc_hz() / 1000000);
}

/* Make the block of a frame. @return NULL: no packet buffer */
static struct rte_mbuf *
make_block(struct rs_capture_file *file, const struct rs_app *app,
	const struct rs_capture_frame *frame)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(file->mbufs);
	struct rte_mbuf *block;

	if (m == NULL)
		return NULL;
	memcpy(rte_pktmbuf_mtod(m, uint8_t *), frame->data, frame->kept);
	m->data_len = frame->kept;
	m->pkt_len = frame->len; /* of the whole frame, which the block tells */
	block = rte_pcapng_copy(frame->port, 0, m, file->mbufs, frame->kept,
		cycles_of(&app->clock, frame->time), frame->sent ? RTE_PCAPNG_DIRECTION_OUT :
		RTE_PCAPNG_DIRECTION_IN);
	m->pkt_len = frame->kept;
	rte_pktmbuf_free(m);
	return block;
}

/* Write a capture, the oldest frame first. */
static void
write_shot(struct rs_capture_file *file, const struct rs_app *app,
	const struct rs_capture_shot *shot)
{
	struct rte_mbuf *blocks[RS_CAPTURE_FRAMES];
	char comment[COMMENT_MAX];
	unsigned int n = 0;
	ssize_t bytes = 0;
	unsigned int i;

	for (i = shot->n; i > 0 && file->room > 0; i--) {
		blocks[n] = make_block(file, app, &shot->frames[i - 1]);
		if (blocks[n] != NULL)
			n++;
	}
	if (n > 0) {
		write_comment(&shot->record, comment, sizeof(comment));
		add_comment(blocks[n - 1], comment);
		bytes = rte_pcapng_write_packets(file->pcapng, blocks, (uint16_t)n);
		rte_pktmbuf_free_bulk(blocks, n);
	}
	if (bytes <= 0) {
		__atomic_store_n(&file->dropped, file->dropped + 1, __ATOMIC_RELAXED);
		return;
	}
	file->room -= RTE_MIN(file->room, (uint64_t)bytes);
	__atomic_store_n(&file->written, file->written + 1, __ATOMIC_RELAXED);
}

void
rs_capture_write(struct rs_capture_file *file, const struct rs_app *app)
{
	struct rs_capture_shot *shot;
	unsigned int i;

	for (i = 0; file != NULL && i < app->n_workers; i++) {
		struct rs_capture *capture = app->workers[i].capture;

		while ((shot = rs_capture_take(capture)) != NULL) {
			write_shot(file, app, shot);
			rs_capture_give_back(capture, shot);
		}
	}
}

uint64_t
rs_capture_written(const struct rs_capture_file *file)
{
	return __atomic_load_n(&file->written, __ATOMIC_RELAXED);
}

uint64_t
rs_capture_dropped(const struct rs_capture_file *file)
{
	return __atomic_load_n(&file->dropped, __ATOMIC_RELAXED);
}
