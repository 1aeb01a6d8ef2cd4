/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The ring of the capture around resets: which frames a reset gets, and how many resets get any. */

#include <rte_ether.h>

#include "tcp_fixture.h"
#include "watch/capture.h"

#define RING 64

/* A capture that looks at the fixture's stack. */
struct watched {
	struct rs_config_causes causes;
	bool on;
	struct rs_capture *capture;
};

static void
watch(struct fixture *f, struct watched *w, unsigned int most, const char *causes)
{
	assert_true(rs_config_parse_causes(causes, &w->causes));
	w->on = true;
	w->capture = rs_capture_create(RING, most, &w->causes, &w->on, 0);
	assert_non_null(w->capture);
	f->params.frames_seen = rs_capture_seen;
	f->params.frames_arg = w->capture;
	fixture_start(f);
}

/* Open a connection by frames: fixture_reach() does without. */
static void
open_one(struct fixture *f, uint16_t rport)
{
	uint32_t iss;

	burst(f, { .flags = SYN, .seq = f->irs, .rport = rport });
	iss = fixture_expect(f, SYN | ACK)->seq;
	burst(f, { .flags = ACK, .seq = f->irs + 1, .ack = iss + 1, .rport = rport });
	assert_int_equal(fixture_find(f, LPORT, rport)->state, RS_ESTABLISHED);
}

/* Kill a connection. @return its capture; NULL: there is none */
static struct rs_capture_shot *
kill_one(struct fixture *f, const struct watched *w, uint16_t rport)
{
	struct rs_tuple tuple = fixture_find(f, LPORT, rport)->tuple;

	assert_int_equal(rs_stack_kill(f->stack, &tuple), 0);
	fixture_run(f);
	fixture_forget(f);
	rs_capture_look(w->capture, f->stack, f->now);
	return rs_capture_take(w->capture);
}

/* TCP flags and length of a frame of the fixture, which has no tag and no IP option. */
static uint8_t
flags_of(const struct rs_capture_frame *frame)
{
	return frame->data[RTE_ETHER_HDR_LEN + 20 + 13];
}

static void
reset_gets_the_frames_of_its_connection(void **state)
{
	struct fixture *f = *state;
	struct rs_capture_shot *shot;
	struct watched w;
	uint64_t begin;
	unsigned int i;

	watch(f, &w, RS_CAPTURE_FRAMES, "all");
	begin = f->now;
	open_one(f, 1000);
	open_one(f, 2000);
	burst(f, { .flags = ACK, .seq = f->irs + 1, .ack = fixture_find(f, LPORT, 2000)->snd_nxt,
		.rport = 2000, .data = f->bytes, .len = 1000 });
	fixture_after(f, 300);
	shot = kill_one(f, &w, 2000);
	assert_non_null(shot);
	assert_int_equal(shot->record.cause, RS_RESET_killed);
	assert_int_equal(shot->record.tuple.rport, 2000);
	assert_true(shot->n >= 5);
	/* the latest first: the reset, ..., data, ACK, SYN-ACK, SYN */
	assert_int_equal(flags_of(&shot->frames[0]), RST);
	assert_true(shot->frames[0].sent);
	assert_int_equal(flags_of(&shot->frames[shot->n - 1]), SYN);
	assert_int_equal(flags_of(&shot->frames[shot->n - 2]), SYN | ACK);
	assert_false(shot->frames[shot->n - 1].sent);
	for (i = 0; i < shot->n; i++) {
		const struct rs_capture_frame *frame = &shot->frames[i];

		assert_in_range(frame->time, begin, i == 0 ? f->now : shot->frames[i - 1].time);
		assert_int_equal(frame->data[frame->sent ? 36 : 34] << 8 |
			frame->data[frame->sent ? 37 : 35], 2000);
	}
	assert_int_equal(shot->frames[shot->n - 4].len, 1000 + 54);
	assert_memory_equal(&shot->frames[shot->n - 4].data[54], f->bytes, RS_CAPTURE_BYTES - 54);
	rs_capture_give_back(w.capture, shot);
	assert_null(rs_capture_take(w.capture));
	fixture_finish(f);
	rs_capture_free(w.capture);
}

/* Only wanted ones, at most so many frames, and of those only what the ring still has. */
static void
reset_is_chosen_and_cut(void **state)
{
	struct fixture *f = *state;
	struct rs_capture_shot *shot;
	struct watched w;
	unsigned int i;

	watch(f, &w, 3, "rtx_limit,accepted");
	for (i = 0; i < 4; i++)
		open_one(f, (uint16_t)(1000 + i));
	assert_null(kill_one(f, &w, 1000));
	assert_true(rs_config_parse_causes("killed", &w.causes));
	shot = kill_one(f, &w, 1001);
	assert_non_null(shot);
	assert_int_equal(shot->n, 3);
	rs_capture_give_back(w.capture, shot);
	w.on = false;
	assert_null(kill_one(f, &w, 1002));
	w.on = true;
	/* the handshake is gone from the ring, the reset is there */
	for (i = 0; i < RING; i++)
		burst(f, { .flags = SYN, .seq = f->irs, .rport = (uint16_t)(5000 + i) });
	fixture_forget(f);
	shot = kill_one(f, &w, 1003);
	assert_non_null(shot);
	assert_int_equal(shot->n, 1);
	assert_int_equal(flags_of(&shot->frames[0]), RST);
	rs_capture_give_back(w.capture, shot);
	fixture_finish(f);
	rs_capture_free(w.capture);
}

/* A mbuf keeps the bytes of earlier frames behind a shorter one: they are of other connections. */
static void
bytes_of_an_earlier_frame_are_not_captured(void **state)
{
	struct fixture *f = *state;
	struct rs_capture_shot *shot;
	struct watched w;
	unsigned int i, j;

	memset(f->bytes, 0x52, 200);
	watch(f, &w, RS_CAPTURE_FRAMES, "all");
	open_one(f, 1000);
	for (i = 0; i < RING; i++)
		burst(f, { .flags = ACK, .seq = f->irs + 1 + i * 200,
			.ack = fixture_find(f, LPORT, 1000)->snd_nxt, .rport = 1000,
			.data = f->bytes, .len = 200 });
	fixture_forget(f);
	open_one(f, 2000);
	shot = kill_one(f, &w, 2000);
	assert_non_null(shot);
	assert_true(shot->n >= 4);
	for (i = 0; i < shot->n; i++) {
		const struct rs_capture_frame *frame = &shot->frames[i];

		assert_int_equal(frame->kept, RTE_MIN(frame->len, (uint32_t)RS_CAPTURE_BYTES));
		for (j = frame->kept; j < RS_CAPTURE_BYTES; j++)
			assert_int_equal(frame->data[j], 0);
	}
	rs_capture_give_back(w.capture, shot);
	fixture_finish(f);
	rs_capture_free(w.capture);
}

/* RS_CAPTURE_RATE in a second; the others are missed. Closed ports are none of it. */
static void
rate_is_limited(void **state)
{
	struct fixture *f = *state;
	struct rs_capture_shot *shot;
	struct watched w;
	unsigned int got = 0;
	unsigned int i;

	watch(f, &w, 5, "all");
	f->now = f->now >> 20 << 20;
	for (i = 0; i < 30; i++)
		open_one(f, (uint16_t)(1000 + i));
	for (i = 0; i < 20; i++) {
		shot = kill_one(f, &w, (uint16_t)(1000 + i));
		got += shot != NULL;
		if (shot != NULL)
			rs_capture_give_back(w.capture, shot);
	}
	assert_int_equal(got, RS_CAPTURE_RATE);
	assert_int_equal(rs_capture_missed(w.capture), 20 - RS_CAPTURE_RATE);
	burst(f, { .flags = SYN, .lport = LPORT_CLOSED, .rport = 9 });
	fixture_forget(f);
	rs_capture_look(w.capture, f->stack, f->now);
	assert_int_equal(rs_capture_missed(w.capture), 20 - RS_CAPTURE_RATE);
	fixture_after(f, 1100);
	shot = kill_one(f, &w, 1020);
	assert_non_null(shot);
	rs_capture_give_back(w.capture, shot);
	fixture_finish(f);
	rs_capture_free(w.capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(reset_gets_the_frames_of_its_connection),
		fixture_test(reset_is_chosen_and_cut),
		fixture_test(bytes_of_an_earlier_frame_are_not_captured),
		fixture_test(rate_is_limited),
	};

	return cmocka_run_group_tests(tests, fixture_group, NULL);
}
