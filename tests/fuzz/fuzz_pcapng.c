/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The writer of the capture around resets (watch/capture_file.c): each block of its pcapng file is
 * well-formed, each frame has its bytes, direction and interface, in the order of time, and the
 * frame of a reset has the comment that names its cause. The input has the captures in place of the
 * workers' rings.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "app.h"
#include "fuzz/fuzz.h"
#include "watch/capture.h"
#include "worker.h"

#define SHOTS_MAX 8
#define DEVICES 2
#define SKIPPED 77 /* the exit status that meson takes for it */

/* Blocks of a pcapng file (draft-ietf-opsawg-pcapng 4), and options of a frame. */
#define SECTION_HEADER 0x0a0d0d0au
#define INTERFACE 1u
#define FRAME 6u
#define OPTION_END 0
#define OPTION_COMMENT 1
#define OPTION_FLAGS 2
#define FRAME_HEAD 28 /* bytes in front of its data */

/* The captures of an input, and the next one that is written. */
static struct rs_capture_shot shots[SHOTS_MAX];
static unsigned int n_shots, next_shot;

/* What the reader has seen. */
struct seen {
	const uint8_t *p;
	size_t n;
	unsigned int interfaces;
	uint64_t time;
};

/* In place of the worker's part: capture.c is not linked. */
struct rs_capture_shot *
rs_capture_take(struct rs_capture *capture)
{
	RTE_SET_USED(capture);
	return next_shot < n_shots ? &shots[next_shot++] : NULL;
}

void
rs_capture_give_back(struct rs_capture *capture, struct rs_capture_shot *shot)
{
	RTE_SET_USED(capture);
	fuzz_check(shot == &shots[next_shot - 1], "another capture is given back");
}

static uint32_t
get32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static uint16_t
get16(const uint8_t *p)
{
	uint16_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

/* Read a capture: a reset, and frames, the latest first. */
static void
read_shot(struct fuzz_in *in, struct rs_capture_shot *shot)
{
	struct rs_reset_record *record = &shot->record;
	uint64_t time = UINT64_C(1) << 40;
	unsigned int i;

	memset(shot, 0, sizeof(*shot));
	record->sent = (fuzz_u8(in) & 1) != 0;
	record->cause = (uint8_t)(fuzz_u8(in) % (record->sent ? RS_RESET_MAX : RS_VERDICT_MAX));
	record->state = (uint8_t)(fuzz_u8(in) % RS_STATE_MAX);
	record->life.age_ms = (uint64_t)fuzz_u32(in) << fuzz_u8(in) % 32;
	record->life.rx_bytes = fuzz_u32(in);
	record->life.tx_bytes = fuzz_u32(in);
	record->life.retransmitted = fuzz_u32(in) & 0xffffff;
	shot->n = fuzz_u8(in) % (RS_CAPTURE_FRAMES + 1);
	for (i = 0; i < shot->n; i++) {
		struct rs_capture_frame *frame = &shot->frames[i];

		frame->sent = (fuzz_u8(in) & 1) != 0;
		frame->port = fuzz_u8(in) % DEVICES;
		frame->len = 1u + fuzz_u16(in);
		time -= fuzz_u32(in);
		frame->time = time;
		fuzz_bytes(in, frame->data, RS_CAPTURE_BYTES);
		/* of a frame in several mbufs the ring has those of the first one */
		frame->kept = (uint16_t)RTE_MIN(RTE_MIN(frame->len, (uint32_t)RS_CAPTURE_BYTES),
			1u + frame->data[0]);
	}
}

/* The next block. @return its type; 0: the file has ended */
static uint32_t
next_block(struct seen *seen, const uint8_t **block, uint32_t *len)
{
	if (seen->n == 0)
		return 0;
	fuzz_check(seen->n >= 12, "%zu bytes are no block", seen->n);
	*block = seen->p;
	*len = get32(seen->p + 4);
	fuzz_check(*len >= 12 && *len % 4 == 0 && *len <= seen->n, "a block of %u bytes", *len);
	fuzz_check(get32(seen->p + *len - 4) == *len, "a block with two lengths");
	seen->p += *len;
	seen->n -= *len;
	return get32(*block);
}

/* Check the head of a section: one of our byte order, then the interfaces. */
static void
check_section(struct seen *seen)
{
	const uint8_t *block;
	uint32_t len;

	fuzz_check(next_block(seen, &block, &len) == SECTION_HEADER && len >= 28 &&
		get32(block + 8) == 0x1a2b3c4d && get16(block + 12) == 1, "no section header");
	for (seen->interfaces = 0; seen->n > 0 && get32(seen->p) == INTERFACE;
		seen->interfaces++) {
		next_block(seen, &block, &len);
		fuzz_check(get16(block + 8) == 1, "an interface that is not Ethernet");
	}
	fuzz_check(seen->interfaces == DEVICES, "%u interfaces", seen->interfaces);
}

/* Check the comment of a reset's frame. */
static void
check_comment(const struct rs_reset_record *record, const char *text, uint16_t len)
{
	const struct rs_stat_name *cause = record->sent ? &rs_reset_reason_names[record->cause] :
		&rs_reset_verdict_names[record->cause];
	char begin[256];

	snprintf(begin, sizeof(begin), "rstack: reset %s, %s (%s), in %s, ",
		record->sent ? "sent" : "received", cause->name, cause->help,
		rs_state_names[record->state]);
	fuzz_check(len > strlen(begin) && memcmp(text, begin, strlen(begin)) == 0,
		"the comment \"%.*s\"", len, text);
	fuzz_check(memcmp(text + len - strlen("retransmitted"), "retransmitted",
		strlen("retransmitted")) == 0, "a comment that is cut off: \"%.*s\"", len, text);
}

/* Check the options of a frame. `record` is NULL if it is not the one of the reset. */
static void
check_options(const uint8_t *option, const uint8_t *end, const struct rs_capture_frame *frame,
	const struct rs_reset_record *record)
{
	bool comment = false, direction = false;
	uint16_t code = UINT16_MAX, len;

	/* 3.5: the end of the block ends options, too, and DPDK 22.11 writes no other end */
	while (option < end && code != OPTION_END) {
		fuzz_check(end - option >= 4, "half an option");
		code = get16(option);
		len = get16(option + 2);
		fuzz_check(end - option - 4 >= len, "an option of %u bytes", len);
		option += 4;
		if (code == OPTION_COMMENT) {
			fuzz_check(record != NULL && !comment, "a comment too many");
			check_comment(record, (const char *)option, len);
			comment = true;
		} else if (code == OPTION_FLAGS) {
			fuzz_check(len == 4 && (get32(option) & 3) == (frame->sent ? 2 : 1),
				"another direction");
			direction = true;
		}
		option += RTE_ALIGN_CEIL(len, 4u);
	}
	fuzz_check(option == end, "bytes behind the options");
	fuzz_check(comment == (record != NULL) && direction, "an option is missing");
}

static void
check_frame(struct seen *seen, const struct rs_capture_frame *frame,
	const struct rs_reset_record *record)
{
	uint32_t captured = frame->kept;
	const uint8_t *block = NULL;
	uint32_t len = 0;
	uint64_t time;

	fuzz_check(next_block(seen, &block, &len) == FRAME && len >= FRAME_HEAD + captured + 4,
		"no frame");
	fuzz_check(get32(block + 8) == frame->port, "interface %u", get32(block + 8));
	fuzz_check(get32(block + 20) == captured && get32(block + 24) == frame->len,
		"another length");
	fuzz_check(memcmp(block + FRAME_HEAD, frame->data, captured) == 0, "other bytes");
	time = (uint64_t)get32(block + 12) << 32 | get32(block + 16);
	fuzz_check(time >= seen->time, "the time goes back");
	seen->time = time;
	check_options(block + FRAME_HEAD + RTE_ALIGN_CEIL(captured, 4u), block + len - 4, frame,
		record);
}

/* Check the captures that were written: as many as had room, the oldest frame first. */
static void
check_file(struct seen *seen, uint64_t size, uint64_t written, uint64_t dropped)
{
	uint64_t used = 0, found = 0, without = 0;
	unsigned int s, i;
	const uint8_t *begin;

	check_section(seen);
	for (s = 0; s < n_shots; s++) {
		const struct rs_capture_shot *shot = &shots[s];

		if (shot->n == 0 || used >= size) {
			without++;
			continue;
		}
		begin = seen->p;
		seen->time = 0;
		for (i = shot->n; i > 0; i--)
			check_frame(seen, &shot->frames[i - 1], i == 1 ? &shot->record : NULL);
		used += (uint64_t)(seen->p - begin);
		found++;
	}
	fuzz_check(seen->n == 0, "%zu bytes too many", seen->n);
	fuzz_check(written == found && dropped == without, "captures are miscounted");
}

/* Two devices, as the interfaces, and a worker. */
static struct rs_app *
make_app(void)
{
	static const char *const names[DEVICES] = { "net_null0", "net_null1" };
	struct rs_app *app = calloc(1, sizeof(*app));
	unsigned int i;

	fuzz_eal();
	for (i = 0; i < DEVICES; i++) {
		if (rte_eal_hotplug_add("vdev", names[i], "") != 0) {
			printf("skipped, because DPDK's driver net_null is not installed\n");
			exit(SKIPPED);
		}
	}
	fuzz_check(app != NULL && (app->workers = calloc(1, sizeof(*app->workers))) != NULL,
		"no memory");
	app->n_workers = 1;
	rs_clock_init(&app->clock, rte_get_tsc_cycles(), rte_get_tsc_hz());
	return app;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rs_app *app;
	struct fuzz_in in = { data, size };
	struct rs_capture_file *file;
	uint64_t room, written, dropped;
	struct seen seen;
	char path[64];
	void *map;
	int fd;

	if (app == NULL)
		app = make_app();
	room = 1u + fuzz_u16(&in);
	next_shot = 0;
	for (n_shots = 0; in.n > 0 && n_shots < SHOTS_MAX; n_shots++)
		read_shot(&in, &shots[n_shots]);
	fd = memfd_create("fuzz", 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	file = rs_capture_open(path, room);
	fuzz_check(file != NULL, "no file");
	rs_capture_write(file, app);
	written = rs_capture_written(file);
	dropped = rs_capture_dropped(file);
	rs_capture_close(file);
	seen = (struct seen){ .n = (size_t)lseek(fd, 0, SEEK_END) };
	map = mmap(NULL, seen.n, PROT_READ, MAP_PRIVATE, fd, 0);
	fuzz_check(map != MAP_FAILED, "the file cannot be read");
	seen.p = map;
	check_file(&seen, room, written, dropped);
	munmap(map, (size_t)lseek(fd, 0, SEEK_END));
	close(fd);
	return 0;
}
