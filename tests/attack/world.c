/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The server, the path to its honest users, and the time. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>
#include <rte_errno.h>

#include "attack.h"
#include "services/services.h"

#define ONE_WAY 500u            /* delay of the path to the honest users, microseconds */
#define CLIENT_MBUFS 8191
#define MTU 1500
#define FULL_SEGMENT 1000       /* bytes of data from which on a segment can be lost */

/*
 * The default configuration, with every service. The devices are never opened. Without Nagle a
 * lost segment at the end of an answer is repaired as fast as the others.
 */
static const char config_text[] =
	"[port 0]\ndevice = net_null0\naddress = 192.0.2.1/24, 2001:db8::c000:201/64\n"
	"[port 1]\ndevice = net_null1\n"
	"address = 198.51.100.1/24, 2001:db8:c633:6401::c633:6401/64\n"
	"[listen echo]\nport = 7\nservice = echo\n"
	"[listen discard]\nport = 9\nservice = discard\n"
	"[listen chargen]\nport = 19\nservice = chargen\n"
	"[listen web]\nport = 80\nservice = http\nbody = 1024\n"
	"[listen big]\nport = 81\nservice = http\nbody = 65536\nnodelay = yes\n";

/* In the place of libbsd's: the secret of the stack is the same in each run of a test. */
void
arc4random_buf(void *buf, size_t n)
{
	memset(buf, 0x5a, n);
}

static void
read_config(struct rs_config *config)
{
	char path[] = "/tmp/attack-XXXXXX";
	int fd = mkstemp(path);
	ssize_t len = (ssize_t)strlen(config_text);

	if (fd < 0 || write(fd, config_text, (size_t)len) != len)
		err(1, "%s", path);
	close(fd);
	if (rs_config_load(&rs_usage_rstack, path, NULL, config, stderr) != 0)
		errx(1, "the configuration was refused");
	unlink(path);
}

struct rs_addr
world_addr(uint32_t ipv4, bool ipv6)
{
	struct rs_addr addr = rs_addr_from_ipv4(rte_cpu_to_be_32(ipv4));

	if (ipv6)
		packet_put_addr6(addr.b, ipv4);
	return addr;
}

static void
init_server(struct world *w)
{
	static const uint32_t addrs[] = { ATTACK_SERVER_0, ATTACK_SERVER_1 };
	char error[256] = "";
	uint8_t i;

	read_config(&w->app.config);
	for (i = 0; i < ATTACK_DEVICES; i++) {
		w->app.ports[i] = (struct rs_port){
			.id = i,
			.device = i,
			.mtu = MTU,
			.mac = { .addr_bytes = { 2, 0, 0, 0, 0, (uint8_t)(i + 1) } },
			.subnet = { .addr = world_addr(addrs[i], false), .len = 96 + 24 },
			.subnets6 = { { .addr = world_addr(addrs[i], true), .len = 64 } },
			.n_subnets6 = 1,
		};
	}
	w->worker.mbuf_shares = 1;
	if (rs_worker_init(&w->worker, &w->app.config, MTU, error, sizeof(error)) != 0)
		errx(1, "no worker: %s", error);
	/* The clock has no rate, so the worker's stack begins at 0 microseconds. */
	if (rs_worker_open(&w->worker, &w->app) != 0)
		errx(1, "no stack: %s", rte_strerror(rte_errno));
}

void
world_init(struct world *w, const struct attack *attack, const struct profile *profile,
	bool ipv6)
{
	memset(w, 0, sizeof(*w));
	w->ipv6 = ipv6;
	/* Seeds with which no forged SYN falls by chance into the window of an honest half-open
	 * connection, which would end it (RFC 9293 3.10.7.4, fourth): 1 run in 20 has one. */
	w->rand.state = ipv6 ? 2 : 3;
	w->attack = attack;
	w->now = ATTACK_SECOND;
	init_server(w);
	w->client_mbufs = rte_pktmbuf_pool_create("honest", CLIENT_MBUFS, 0, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (w->client_mbufs == NULL)
		errx(1, "no mempool: %s", rte_strerror(rte_errno));
	w->honest = honest_create(w->client_mbufs, profile, ipv6, w->now);
	bots_init(w);
}

/* A frame reaches a device of the server. */
static void
deliver(struct world *w, uint8_t device, const uint8_t *bytes, uint16_t len)
{
	struct rx_ring *ring = &w->rings[device];
	struct rte_mbuf *m;

	if (ring->tail - ring->head == ATTACK_RING) {
		ring->dropped++;
		return;
	}
	m = rte_pktmbuf_alloc(w->worker.mbufs);
	if (m == NULL) {
		ring->no_mbuf++;
		return;
	}
	memcpy(rte_pktmbuf_append(m, len), bytes, len);
	m->port = device;
	ring->mbufs[ring->tail++ % ATTACK_RING] = m;
	ring->received++;
}

static void
path_push(struct path *path, struct rte_mbuf *m, uint64_t at)
{
	if (path->tail - path->head == RTE_DIM(path->flights))
		errx(1, "the path to the honest users is full");
	path->flights[path->tail++ % RTE_DIM(path->flights)] =
		(struct flight){ .at = at, .m = m };
}

/* @return the next frame that has arrived, NULL: none */
static struct rte_mbuf *
path_pop(struct path *path, uint64_t now)
{
	const struct flight *flight = &path->flights[path->head % RTE_DIM(path->flights)];

	if (path->head == path->tail || flight->at > now)
		return NULL;
	path->head++;
	return flight->m;
}

/* A frame leaves for the honest users; it goes on in an mbuf of theirs. */
static void
send_to_client(struct world *w, const struct rte_mbuf *m)
{
	struct rte_mbuf *copy = rte_pktmbuf_alloc(w->client_mbufs);

	if (copy == NULL)
		errx(1, "the honest users have no mbuf");
	memcpy(rte_pktmbuf_append(copy, m->data_len), rte_pktmbuf_mtod(m, void *), m->data_len);
	copy->port = 0;
	path_push(&w->to_client, copy, w->now + ONE_WAY);
}

/*
 * Whether the path loses this segment: never the last one of an answer and none twice, so that
 * SACK is enough to repair each loss, without an RTO.
 */
static bool
is_lost(struct world *w, const struct frame_seg *s)
{
	uint32_t loss = honest_profile(w->honest)->loss;
	unsigned int i;

	if (loss == 0 || s->len < FULL_SEGMENT || (s->flags & PSH) != 0 ||
	    ++w->full_segments % loss != 0)
		return false;
	for (i = 0; i < RTE_DIM(w->lost); i++) {
		if (w->lost[i].port == s->dport && w->lost[i].seq == s->seq)
			return false;
	}
	w->lost[w->n_lost].port = s->dport;
	w->lost[w->n_lost].seq = s->seq;
	w->n_lost = (w->n_lost + 1) % RTE_DIM(w->lost);
	return true;
}

/* Whether a frame without a segment is for the honest users: ARP, neighbour discovery. */
static bool
is_for_users(const struct frame_seg *s)
{
	const uint8_t multicast = 0xff;

	return s->ip == NULL || s->daddr == ATTACK_HONEST ||
	       (s->ip_version == 6 && s->ip[24] == multicast);
}

/* A frame leaves the server. Where it leads nowhere, it is gone. */
static void
transmit(struct world *w, const struct rte_mbuf *m)
{
	struct frame_seg s = { 0 };
	const char *why = NULL;
	enum frame_kind kind = frame_read(rte_pktmbuf_mtod(m, const uint8_t *), m->pkt_len, &s,
		&why);

	if (kind == FRAME_BAD && w->wrong == NULL)
		w->wrong = why;
	if (kind == FRAME_TCP && s.daddr - ATTACK_BOTS < w->n_bots) {
		if (w->attacking)
			bots_receive(w, &s);
	} else if (m->port == 0 && is_for_users(&s) && !is_lost(w, &s)) {
		send_to_client(w, m);
	}
}

/* The worker polls a device. */
static void
poll_device(struct world *w, uint8_t device)
{
	struct rx_ring *ring = &w->rings[device];
	struct rte_mbuf *rx[RS_BURST];
	struct rte_mbuf *tx[2 * RS_BURST];
	uint16_t n = 0;
	uint16_t i;

	while (n < RS_BURST && ring->head != ring->tail)
		rx[n++] = ring->mbufs[ring->head++ % ATTACK_RING];
	n = rs_stack_run(w->worker.stack, rx, n, w->now, tx, RTE_DIM(tx));
	for (i = 0; i < n; i++)
		transmit(w, tx[i]);
	rte_pktmbuf_free_bulk(tx, n);
}

/* The users send: an attacker may guess the ports of their SYNs. */
static void
send_to_server(struct world *w, struct rte_mbuf *m)
{
	struct frame_seg s = { 0 };
	const char *why;

	if (frame_read(rte_pktmbuf_mtod(m, const uint8_t *), m->pkt_len, &s, &why) == FRAME_TCP &&
	    (s.flags & SYN) != 0)
		w->guesses[w->n_guesses++ % ATTACK_GUESSES] = (struct attack_guess){
			.sport = s.sport, .isn = s.seq,
		};
	path_push(&w->to_server, m, w->now + ONE_WAY);
}

static void
run_client(struct world *w)
{
	struct rte_mbuf *rx[RS_BURST];
	struct rte_mbuf *tx[2 * RS_BURST];
	uint16_t n_rx, n, i;

	do {
		n_rx = 0;
		while (n_rx < RS_BURST && (rx[n_rx] = path_pop(&w->to_client, w->now)) != NULL)
			n_rx++;
		n = rs_stack_run(honest_stack(w->honest), rx, n_rx, w->now, tx, RTE_DIM(tx));
		for (i = 0; i < n; i++)
			send_to_server(w, tx[i]);
	} while (n_rx == RS_BURST);
}

static void
run_attack(struct world *w)
{
	uint16_t rate = w->attack->rate != 0 ? w->attack->rate : ATTACK_RATE;
	uint8_t bytes[PACKET_MAX];
	uint16_t i, len;

	for (i = 0; i < rate; i++) {
		len = w->attack->frame != NULL ? w->attack->frame(w, bytes) :
			bots_frame(w, bytes);
		if (len == 0)
			return;
		w->attack_frames++;
		deliver(w, w->attack->device, bytes, len);
	}
}

void
world_step(struct world *w)
{
	struct rte_mbuf *m;
	uint8_t i;

	w->now += ATTACK_STEP;
	if (w->attacking)
		run_attack(w);
	while ((m = path_pop(&w->to_server, w->now)) != NULL) {
		deliver(w, 0, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len);
		rte_pktmbuf_free(m);
	}
	for (i = 0; i < ATTACK_DEVICES; i++)
		poll_device(w, i);
	run_client(w);
}

void
world_wait(struct world *w)
{
	w->now += 10000 - ATTACK_STEP;
	world_step(w);
}

unsigned int
world_fini(struct world *w)
{
	unsigned int leaked, i;

	for (i = 0; i < ATTACK_DEVICES; i++) {
		struct rx_ring *ring = &w->rings[i];

		while (ring->head != ring->tail)
			rte_pktmbuf_free(ring->mbufs[ring->head++ % ATTACK_RING]);
	}
	while (w->to_server.head != w->to_server.tail)
		rte_pktmbuf_free(path_pop(&w->to_server, UINT64_MAX));
	while (w->to_client.head != w->to_client.tail)
		rte_pktmbuf_free(path_pop(&w->to_client, UINT64_MAX));
	bots_fini(w);
	honest_free(w->honest);
	rs_worker_close(&w->worker);
	leaked = rs_worker_fini(&w->worker, &w->app.config);
	leaked += rte_mempool_in_use_count(w->client_mbufs);
	rte_mempool_free(w->client_mbufs);
	return leaked;
}
