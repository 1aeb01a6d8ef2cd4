/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The engine without a device, in lockstep: a burst of frames in, replies out, the mbufs
 * back. What allocating, filling and freeing the frames costs is measured beside it with
 * the engine left out, and subtracted. The first and the last round of each are verified:
 * every reply against RFC 9293, checksums and all.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_random.h>

#include "frames.h"
#include "perf.h"
#include "rstack.h"
#include "services/services.h"

#define CLOSED_PORT 7777
#define DISCARD_PORT 9
#define HTTP_PORT 80            /* the peer closes first */
#define HTTP_CLOSE_PORT 81      /* the service does */
#define BULK_PORT 82            /* the service sends without end */
#define BULK_TEXT (1 << 20)
#define BULK_PEERS 64u          /* most bulk connections */
#define BULK_DUE 4096u          /* more than their windows have segments; a power of 2 */
#define REAL_HTTP_PORT 8080     /* services of app/services */
#define REAL_ECHO_PORT 7
#define ROUND 16384u            /* segments, or connections, of a round */
#define PEER_ISN 1000u
#define BURST_US 2              /* simulated time of a burst */
#define LIMITED_BURST_US 8      /* with rate limits, which are 10 million a second at most */
#define RESPONSE 128
#define REQUEST 64
#define BODY 64                 /* of the real http service */
#define RULES 10000             /* of the access list */
#define SEGMENT 1460u           /* text of a full segment */
#define TSO_MBUFS 40            /* of a frame that the device cuts */

/* The steps of a short connection, as the peer sends them. */
enum step { STEP_SYN, STEP_ACK, STEP_REQUEST, STEP_FIN, STEP_LAST_ACK, STEP_MAX };

/* Listeners of a stack: some with a service of a few lines, the last ones with real services. */
enum listener { DISCARD, HTTP, HTTP_CLOSE, BULK, REAL_HTTP, REAL_ECHO, LISTENERS };

/* A scenario: a stack, its peers and where they are in their sequence space. */
struct bench {
	struct rs_stack *stack;
	struct rs_acl *acl;      /* NULL: none */
	struct rs_listener listeners[LISTENERS];
	struct rte_mempool *mbufs;
	uint64_t now;
	uint16_t burst;
	bool engine;             /* false: frames come straight back */
	bool verify;             /* look at each reply */
	bool silent;             /* no segment gets a reply */
	bool limits;             /* resets are limited */
	bool ipv6;               /* the frames are of IPv6 */
	bool offloads;           /* the device makes the checksums of replies, which are verified */
	uint32_t n;              /* peers */
	struct peer *peers;      /* in the order in which they send */
	uint32_t *numbers;       /* of the peers */
	uint32_t next;           /* peer to send next */
	uint32_t seq;            /* of the next segment of every peer */
	struct frame frames[STEP_MAX];
	unsigned int steps;
	uint16_t response_len;   /* of the answer to STEP_REQUEST; 0: not known yet */
	uint32_t *seen;          /* by number: resets seen, or what was acknowledged last */
	struct peer *due;        /* bulk, BULK_DUE entries: ACKs that the peers owe */
	uint32_t due_first;
	uint32_t due_n;
	bool odd[BULK_PEERS];    /* bulk, by number: the last segment is not acknowledged */
};

static const char response[RESPONSE] =
	"HTTP/1.1 200 OK\r\nContent-Length: 64\r\nContent-Type: text/plain\r\n\r\n";

static uint32_t
take_all(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	(void)tcp;
	(void)conn;
	(void)m;
	(void)data;
	return len;
}

static uint32_t
answer(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	(void)m;
	(void)data;
	perf_require(rs_conn_send(tcp, conn, response, RESPONSE) == RESPONSE, "no room to send");
	return len;
}

static uint32_t
answer_and_close(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m,
	const uint8_t *data, uint32_t len)
{
	answer(tcp, conn, m, data, len);
	rs_conn_shutdown(tcp, conn);
	return len;
}

static void
close_too(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

static uint8_t bulk_text[BULK_TEXT];

/* Queue as much of the same immutable memory as the engine takes; `writable` follows. */
static void
send_without_end(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	while (rs_conn_send(tcp, conn, bulk_text, BULK_TEXT) > 0)
		;
}

static const struct rs_service bulk = {
	.name = "bulk", .opened = send_without_end, .writable = send_without_end,
};
static const struct rs_service discard = { .name = "discard", .data = take_all };
static const struct rs_service http = {
	.name = "http", .data = answer, .peer_closed = close_too,
};
static const struct rs_service http_close = { .name = "http_close", .data = answer_and_close };

static const struct rs_listener listeners[] = {
	[DISCARD] = { .name = "discard", .port_first = DISCARD_PORT, .service = &discard },
	[HTTP] = { .name = "http", .port_first = HTTP_PORT, .service = &http },
	[HTTP_CLOSE] = { .name = "http_close", .port_first = HTTP_CLOSE_PORT,
		.service = &http_close },
	[BULK] = { .name = "bulk", .port_first = BULK_PORT, .service = &bulk },
	[REAL_HTTP] = { .name = "real_http", .port_first = REAL_HTTP_PORT },
	[REAL_ECHO] = { .name = "real_echo", .port_first = REAL_ECHO_PORT },
};

/* The service types of the real ones. */
static const struct rs_service_type *const real[LISTENERS] = {
	[REAL_HTTP] = &rs_service_http,
	[REAL_ECHO] = &rs_service_echo,
};

static void *
take(size_t n, size_t size)
{
	void *p = rte_zmalloc("perf", n * size, RTE_CACHE_LINE_SIZE);

	perf_require(p != NULL, "memory was refused");
	return p;
}

/* Fill in the listeners, those of the real services with the defaults of the configuration. */
static void
make_listeners(struct rs_listener made[LISTENERS])
{
	static const struct rs_config_listener config = {
		.idle_timeout_ms = RS_CONFIG_TIMEOUT_DEFAULT,
		.send_timeout_ms = RS_CONFIG_TIMEOUT_DEFAULT,
		.min_rate = 240,
		.header_timeout_ms = 60000,
		.body_timeout_ms = 60000,
		.half_requests = 1024,
		.body.size = BODY,
	};
	char error[256];
	unsigned int i;

	for (i = 0; i < LISTENERS; i++) {
		made[i] = listeners[i];
		made[i].port_last = made[i].port_first;
		if (real[i] == NULL)
			continue;
		made[i].service = real[i]->ops;
		made[i].send_timeout_ms = rs_service_send_ms(real[i], &config);
		made[i].send_rate = config.min_rate;
		perf_require(real[i]->create(&config, &made[i].arg, error, sizeof(error)) == 0,
			"a service was not made");
	}
}

static void
unmake_listeners(struct rs_listener made[LISTENERS])
{
	unsigned int i;

	for (i = 0; i < LISTENERS; i++) {
		if (real[i] != NULL && real[i]->destroy != NULL)
			real[i]->destroy(made[i].arg);
	}
}

/* The work on sent segments that a device does. */
enum work { NONE, CHECKSUMS, SEGMENTATION };

/* What differs between the stacks. */
struct kind {
	enum rs_syn_cookies cookies;
	enum work work;          /* what the device does of frames that are sent */
	bool limits;             /* resets are limited, but to more than there are */
	bool ipv6;               /* the frames are of IPv6 */
	enum { NO_LIST, OTHERS, NEIGHBOURS, ALL_NEAR, BY_PORT } list; /* the access list refuses
						    * other networks; hosts near the peers, too;
						    * or such whose first bytes are the peers';
						    * and a port, too */
};

/* The /64 of the peers over IPv6. */
static const uint8_t peers6[8] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1 };

/* Have a rule name a /64 that has its first `same` bytes in common with that of the peers. */
static void
place_near(struct rs_acl_rule *rule, unsigned int same)
{
	uint64_t bits = rte_rand();

	rule->source = (struct rs_prefix){ .len = 64 };
	memcpy(rule->source.addr.b, &bits, sizeof(bits));
	memcpy(rule->source.addr.b, peers6, same);
	/* the next byte differs, so that a lookup cannot decide by fewer of them */
	rule->source.addr.b[same] = (uint8_t)(peers6[same] + 1 + rte_rand_max(UINT8_MAX));
}

/* Make an access list of RULES networks that are refused, and none of which has a peer. */
static struct rs_acl *
make_list(const struct kind *kind)
{
	struct rs_acl_rule *rules = take(RULES, sizeof(*rules));
	struct rs_acl *acl;
	unsigned int i;

	for (i = 0; i < RULES; i++) {
		rules[i].action = i % 2 == 0 ? RS_ACL_DROP : RS_ACL_RESET;
		rules[i].listener = -1;
		rules[i].source.len = (uint8_t)(kind->ipv6 ? 32 + i % 33 : 96 + 16 + i % 17);
		rules[i].source.addr = kind->ipv6 ? (struct rs_addr){ .w = {
				RTE_BE32(0x24000000) | (uint32_t)rte_rand(), (uint32_t)rte_rand()
			} } : rs_addr_from_ipv4(rte_cpu_to_be_32(0x0b000000 +
			(uint32_t)rte_rand_max(0x70000000)));
	}
	if (kind->list == NEIGHBOURS && kind->ipv6) {
		place_near(&rules[RULES / 2], sizeof(peers6) - 1);
	} else if (kind->list == NEIGHBOURS) {
		rules[RULES / 2].source.len = 128;
		rules[RULES / 2].source.addr = rs_addr_from_ipv4(RTE_BE32(0x0a0000fa));
	}
	for (i = 0; i < RULES && kind->list >= ALL_NEAR; i++)
		place_near(&rules[i], 2 + i % (sizeof(peers6) - 2));
	if (kind->list == BY_PORT)
		rules[0].port_first = rules[0].port_last = CLOSED_PORT + 1;
	acl = rs_acl_create(rules, RULES, 0);
	perf_require(acl != NULL, "no access list");
	rte_free(rules);
	return acl;
}

static struct rs_stack *
make_stack(const struct bench *b, const struct kind *kind)
{
	const struct rs_port port = {
		.id = 0, .mtu = 1500, .mac = PERF_MAC,
		.subnet = { .addr = rs_addr_from_ipv4(PERF_ADDR), .len = 96 + 24 },
		.subnets6 = { { .addr = { .b = PERF_ADDR6 }, .len = 64 } }, .n_subnets6 = 1,
		.tx_ip_cksum = kind->work != NONE, .tx_tcp_cksum = kind->work != NONE,
		.tso_mbufs = kind->work == SEGMENTATION ? TSO_MBUFS : 0,
	};
	struct rs_stack_params params = {
		.mbufs = b->mbufs, .ports = &port, .n_ports = 1,
		.listeners = b->listeners, .n_listeners = LISTENERS,
		.acl = b->acl,
		.max_neighbours = 16,
	};
	struct rs_stack *stack;

	memset(params.secret, 0x5a, sizeof(params.secret));
	rs_tcp_defaults(&params.tcp);
	params.tcp.max_connections = 128 * 1024;
	params.tcp.syn_cookies = kind->cookies;
	if (kind->limits) {
		params.resets_per_second = RS_RATE_MAX;
		params.resets_per_source = RS_RATE_MAX;
		params.source_prefix = 24;
	}
	params.tcp.msl_ms = 5; /* TIME-WAITs of the simulated 10 ms fit the TCBs */
	stack = rs_stack_create(&params, 0);
	if (stack == NULL)
		rte_exit(EXIT_FAILURE, "no stack: %s\n", rte_strerror(rte_errno));
	return stack;
}

/* Shuffled, so that peers send in another order than that in which their TCBs lie. */
static void
make_peers(struct bench *b, uint32_t n)
{
	uint32_t i;

	b->n = n;
	b->peers = take(n, sizeof(b->peers[0]));
	b->numbers = take(n, sizeof(b->numbers[0]));
	b->seen = take(n, sizeof(b->seen[0]));
	for (i = 0; i < n; i++) {
		uint32_t j = (uint32_t)rte_rand_max(i + 1);

		b->numbers[i] = b->numbers[j];
		b->numbers[j] = i;
	}
	for (i = 0; i < n; i++) {
		peer_init(&b->peers[i], b->numbers[i]);
		b->peers[i].ack = (uint32_t)rte_rand();
	}
}

static void
make_with(struct bench *b, struct rte_mempool *mbufs, uint16_t burst, uint32_t n,
	const struct kind *kind)
{
	memset(b, 0, sizeof(*b));
	b->mbufs = mbufs;
	b->burst = burst;
	make_listeners(b->listeners);
	if (kind->list != NO_LIST)
		b->acl = make_list(kind);
	b->stack = make_stack(b, kind);
	b->limits = kind->limits;
	b->ipv6 = kind->ipv6;
	b->engine = true;
	b->seq = PEER_ISN;
	make_peers(b, n);
}

static void
make(struct bench *b, struct rte_mempool *mbufs, uint16_t burst, uint32_t n)
{
	make_with(b, mbufs, burst, n, &(struct kind){ 0 });
}

/* Turn the frames into those of the bench's family. */
static void
choose_family(struct bench *b)
{
	unsigned int i;

	for (i = 0; b->ipv6 && i < RTE_DIM(b->frames); i++)
		if (b->frames[i].len > 0)
			frame_make_ipv6(&b->frames[i]);
}

static void
unmake(const struct perf *perf, struct bench *b)
{
	if (perf->verify)
		printf("# %" PRIu64 " segments\n", rs_stack_stats(b->stack)->tcp.rx_segments);
	rs_stack_free(b->stack);
	rs_acl_free(b->acl);
	unmake_listeners(b->listeners);
	perf_require(rte_mempool_avail_count(b->mbufs) == b->mbufs->size, "mbufs leaked");
	rte_free(b->seen);
	rte_free(b->numbers);
	rte_free(b->peers);
}

/*
 * One run of the engine. noinline, because tests/perf/instructions counts what is executed in
 * this function.
 */
static __rte_noinline uint16_t
run_stack(struct bench *b, struct rte_mbuf **rx, uint16_t n, struct rte_mbuf **tx)
{
	return rs_stack_run(b->stack, rx, n, b->now, tx, 2 * RS_BURST);
}

/* What the device does whose port makes the checksums, on the word of the frame's flags. */
static void
fill_in_checksums(struct rte_mbuf *m)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, m->l2_len);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)((uint8_t *)ip + m->l3_len);

	perf_require((m->ol_flags & ~RTE_MBUF_F_TX_TCP_SEG) == (RTE_MBUF_F_TX_IPV4 |
		RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM) && ip->hdr_checksum == 0 &&
		tcp->cksum == rte_ipv4_phdr_cksum(ip, m->ol_flags),
		"a checksum is left to the device");
	if ((m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) != 0)
		return;
	tcp->cksum = 0;
	tcp->cksum = rte_ipv4_udptcp_cksum(ip, tcp);
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

static uint16_t
exchange(struct bench *b, struct rte_mbuf **rx, uint16_t n, struct rte_mbuf **tx)
{
	uint16_t i;

	if (!b->engine) {
		memcpy(tx, rx, n * sizeof(tx[0]));
		return n;
	}
	b->now += b->limits ? LIMITED_BURST_US : BURST_US;
	n = run_stack(b, rx, n, tx);
	for (i = 0; b->offloads && b->verify && i < n; i++)
		fill_in_checksums(tx[i]);
	return n;
}

/* A burst of one template from b->next on; every peer of a turn has the same SEQ. */
static uint16_t
send_burst(struct bench *b, const struct frame *frame, struct rte_mbuf **tx)
{
	struct rte_mbuf *rx[RS_BURST];
	uint16_t i;

	perf_require(rte_pktmbuf_alloc_bulk(b->mbufs, rx, b->burst) == 0, "out of mbufs");
	for (i = 0; i < b->burst; i++) {
		frame_stamp(frame, &b->peers[b->next], b->seq, rx[i]);
		if (++b->next == b->n) {
			b->next = 0;
			b->seq += frame->data_len;
		}
	}
	return exchange(b, rx, b->burst, tx);
}

/* So many ms pass, one at a time (a run fires a bounded number of timers), and silence comes. */
static void
settle(struct bench *b, uint64_t ms, void (*look)(struct bench *, const struct rte_mbuf *))
{
	uint64_t end = b->now + ms * 1000;
	uint16_t n = 1;

	while (n > 0 || b->now < end) {
		struct rte_mbuf *tx[2 * RS_BURST];
		uint16_t i;

		b->now += 1000;
		n = run_stack(b, NULL, 0, tx);
		for (i = 0; look != NULL && i < n; i++)
			look(b, tx[i]);
		rte_pktmbuf_free_bulk(tx, n);
	}
}

/* RFC 9293 3.10.7.1: what a segment to a closed port gets. */
static void
look_at_reset(struct bench *b, const struct rte_mbuf *m)
{
	struct reply reply = reply_read(m);
	bool ack = b->frames[0].bytes[b->frames[0].tcp_off + 13] == RTE_TCP_ACK_FLAG;
	uint32_t i = 0;

	perf_require(reply.peer < b->n && b->seen[reply.peer] == 0, "one reset for each peer");
	while (b->numbers[i] != reply.peer)
		i++;
	if (ack)
		perf_require(reply.flags == RTE_TCP_RST_FLAG && reply.seq == b->peers[i].ack,
			"<SEQ=SEG.ACK><CTL=RST>");
	else
		perf_require(reply.flags == (RTE_TCP_RST_FLAG | RTE_TCP_ACK_FLAG) &&
			reply.seq == 0 && reply.ack == PEER_ISN + 1,
			"<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>");
	perf_require(reply.data_len == 0, "a reset has no data");
	b->seen[reply.peer] = 1;
}

/* RFC 9293 3.10.7.2 third: what a SYN to a listener gets. */
static void
look_at_syn_ack(struct bench *b, const struct rte_mbuf *m)
{
	struct reply reply = reply_read(m);

	perf_require(reply.peer < b->n && reply.data_len == 0 &&
		reply.flags == (RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG) && reply.ack == PEER_ISN + 1,
		"<SEQ=ISS><ACK=SEG.SEQ+1><CTL=SYN,ACK>");
	b->seen[reply.peer] = reply.seq;
}

static uint64_t
syn_round(struct bench *b)
{
	uint32_t n;

	for (n = 0; n < ROUND; n += b->burst) {
		struct rte_mbuf *tx[2 * RS_BURST];
		uint16_t n_tx = send_burst(b, &b->frames[STEP_SYN], tx);
		uint16_t i;

		for (i = 0; b->verify && i < n_tx; i++)
			look_at_syn_ack(b, tx[i]);
		perf_require(n_tx == b->burst, "not every SYN got a SYN-ACK");
		rte_pktmbuf_free_bulk(tx, n_tx);
	}
	return ROUND;
}

static uint64_t
reset_round(struct bench *b)
{
	uint32_t n;

	for (n = 0; n < ROUND; n += b->burst) {
		struct rte_mbuf *tx[2 * RS_BURST];
		uint16_t n_tx = send_burst(b, &b->frames[0], tx);
		uint16_t i;

		for (i = 0; b->verify && i < n_tx; i++)
			look_at_reset(b, tx[i]);
		if (b->verify && b->next == 0)
			memset(b->seen, 0, b->n * sizeof(b->seen[0]));
		perf_require(n_tx == (b->silent && b->engine ? 0 : b->burst),
			"a segment without its reset, or a reset that got one");
		rte_pktmbuf_free_bulk(tx, n_tx);
	}
	return ROUND;
}

/* RFC 9293 3.10.7.4: never acknowledged is what was not sent, and nothing else is said. */
static void
look_at_ack(struct bench *b, const struct rte_mbuf *m)
{
	struct reply reply = reply_read(m);

	perf_require(reply.peer < b->n && reply.flags == RTE_TCP_ACK_FLAG && reply.data_len == 0,
		"only acknowledgments");
	perf_require((int32_t)(b->seq + b->frames[STEP_REQUEST].data_len - reply.ack) >= 0,
		"acknowledged what was not sent");
	b->seen[reply.peer] = reply.ack;
}

static uint64_t
data_round(struct bench *b)
{
	const struct frame *frame = &b->frames[STEP_REQUEST];
	uint32_t n;

	for (n = 0; n < ROUND; n += b->burst) {
		struct rte_mbuf *tx[2 * RS_BURST];
		uint16_t n_tx = send_burst(b, frame, tx);
		uint16_t i;

		for (i = 0; b->verify && i < n_tx; i++)
			look_at_ack(b, tx[i]);
		rte_pktmbuf_free_bulk(tx, n_tx);
	}
	return ROUND;
}

/* After a while every byte is acknowledged to the peer that sent it (MUST-40). */
static void
data_settled(struct bench *b)
{
	const struct rs_stats *stats = rs_stack_stats(b->stack);
	uint16_t len = b->frames[STEP_REQUEST].data_len;
	uint32_t i;

	b->verify = true;
	for (i = 0; i < b->n; i += ROUND) /* so that each peer sends once while it is looked at */
		data_round(b);
	settle(b, 5000, look_at_ack);
	for (i = 0; i < b->n; i++)
		perf_require(b->seen[b->numbers[i]] == b->seq + (i < b->next ? len : 0),
			"a peer's data is not acknowledged");
	perf_require((uint32_t)stats->tcp.rx_data_bytes ==
		(b->seq - PEER_ISN - 1) * b->n + b->next * len, "not all data came in order");
}

/* The peer's next segment acknowledges a SYN-ACK or data, and a FIN with it. */
static void
follow(struct bench *b, uint16_t n_tx, struct rte_mbuf **tx)
{
	uint16_t i;

	for (i = 0; i < n_tx; i++) {
		uint16_t l4_len;
		const struct rte_tcp_hdr *tcp = frame_tcp(tx[i], &l4_len);
		uint32_t slot = (uint32_t)rte_be_to_cpu_16(tcp->dst_port) % b->burst;
		uint32_t len = l4_len - (tcp->data_off >> 4) * 4u;

		len += (tcp->tcp_flags & (RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG)) != 0;
		b->peers[slot].ack = rte_be_to_cpu_32(tcp->sent_seq) + len;
	}
}

/* Note the length of the http service's answers from the first one. */
static void
learn_response(struct bench *b, const struct rte_mbuf *m)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\n";

	if (b->response_len != 0)
		return;
	b->response_len = reply_read(m).data_len;
	perf_require(b->response_len > sizeof(ok) + BODY && memcmp(rte_pktmbuf_mtod_offset(m,
		const char *, m->data_len - b->response_len), ok, sizeof(ok) - 1) == 0,
		"an answer of status 200");
}

/* What the peer sees of a short connection, each step answered by one segment or none. */
static void
look_at_step(const struct bench *b, enum step step, uint16_t n_tx, struct rte_mbuf **tx)
{
	uint32_t request = b->frames[STEP_REQUEST].data_len;
	const uint32_t acked[] = { 1, 0, 1 + request, 1 + request + 1, 0 };
	bool server_closes = b->steps == STEP_LAST_ACK;
	uint8_t flags = RTE_TCP_ACK_FLAG;
	uint16_t i;

	if (step == STEP_SYN)
		flags |= RTE_TCP_SYN_FLAG;
	else if (step == (server_closes ? STEP_REQUEST : STEP_FIN))
		flags |= RTE_TCP_FIN_FLAG;
	perf_require(n_tx == (acked[step] > 0 ? b->burst : 0), "one reply for each step");
	for (i = 0; i < n_tx; i++) {
		struct reply reply = reply_read(tx[i]);

		perf_require((reply.flags & ~RTE_TCP_PSH_FLAG) == flags, "flags of a step");
		perf_require(reply.ack == PEER_ISN + acked[step], "acknowledgment of a step");
		perf_require(reply.data_len == (step == STEP_REQUEST ? b->response_len : 0),
			"data of a step");
	}
}

/* A burst of connections, each from SYN to its last segment. */
static uint64_t
connections(struct bench *b)
{
	uint32_t request = b->frames[STEP_REQUEST].data_len;
	const uint32_t seqs[] = { 0, 1, 1, 1 + request, 1 + request + 1 };
	uint64_t segments = 0;
	enum step step;
	uint16_t i;

	for (i = 0; i < b->burst; i++)
		peer_init(&b->peers[i], b->numbers[0] + i);
	/* 2^20 tuples: long out of TIME-WAIT when they come again */
	b->numbers[0] = (b->numbers[0] + b->burst) & 0xfffff;
	for (step = STEP_SYN; step < b->steps; step++) {
		struct rte_mbuf *tx[2 * RS_BURST];
		uint16_t n_tx;

		b->seq = PEER_ISN + seqs[step];
		b->next = 0;
		n_tx = send_burst(b, &b->frames[step], tx);
		if (b->verify && step == STEP_REQUEST && n_tx > 0)
			learn_response(b, tx[0]);
		if (b->verify)
			look_at_step(b, step, n_tx, tx);
		if (b->engine)
			follow(b, n_tx, tx);
		rte_pktmbuf_free_bulk(tx, n_tx);
		segments += b->burst;
	}
	return segments;
}

/* A burst of requests on kept connections, each answered by one segment in the same burst. */
static uint64_t
requests_round(struct bench *b)
{
	uint32_t n;

	for (n = 0; n < ROUND; n += b->burst) {
		struct rte_mbuf *tx[2 * RS_BURST];
		uint32_t first = b->next;
		uint32_t acked = b->seq + b->frames[STEP_REQUEST].data_len;
		uint16_t n_tx = send_burst(b, &b->frames[STEP_REQUEST], tx);
		uint16_t i;

		perf_require(n_tx == b->burst, "not every request got an answer");
		if (b->engine)
			learn_response(b, tx[0]);
		for (i = 0; b->engine && i < n_tx; i++) {
			uint32_t slot = (first + i) % b->n;
			struct reply reply;

			b->peers[slot].ack += b->response_len;
			if (!b->verify)
				continue;
			reply = reply_read(tx[i]);
			perf_require(reply.peer == b->numbers[slot] &&
				reply.flags == (RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG) &&
				reply.data_len == b->response_len &&
				reply.seq + reply.data_len == b->peers[slot].ack,
				"an answer to each request, in order");
			/* a burst may go on with the second turn of the peers */
			perf_require(reply.ack == acked + (first + i >= b->n ?
				b->frames[STEP_REQUEST].data_len : 0),
				"an answer acknowledges its request");
		}
		rte_pktmbuf_free_bulk(tx, n_tx);
	}
	return ROUND;
}

static uint64_t
connections_round(struct bench *b)
{
	uint64_t segments = 0;

	while (segments < ROUND)
		segments += connections(b);
	return segments;
}

/* Look at bulk data of len bytes: in order, and full segments, in one frame or in many. */
static void
verify_bulk(const struct bench *b, struct rte_mbuf *m, uint32_t peer, uint32_t len)
{
	bool large = (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) != 0;
	const struct rte_tcp_hdr *tcp = rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *,
		sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr));

	perf_require(rte_be_to_cpu_32(tcp->sent_seq) == b->peers[peer].ack, "data in order");
	if (m->ol_flags != 0)
		fill_in_checksums(m);
	if (large)
		perf_require(len > SEGMENT && len % SEGMENT == 0 && m->tso_segsz == SEGMENT &&
			m->pkt_len == len + 54, "full segments in a frame");
	else
		perf_require(reply_read(m).data_len == SEGMENT, "full segments");
}

/* Bulk data arrives in order; each second segment is acknowledged (RFC 9293 3.8.6.3). */
static void
take_bulk(struct bench *b, uint16_t n_tx, struct rte_mbuf **tx)
{
	uint16_t i;

	for (i = 0; i < n_tx; i++) {
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(tx[i],
			const struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));
		const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(ip + 1);
		uint32_t peer = peer_number(ip->dst_addr, tcp->dst_port);
		uint32_t len = rte_be_to_cpu_16(ip->total_length) - 40u;

		if (b->verify)
			verify_bulk(b, tx[i], peer, len);
		for (; len > 0; len -= RTE_MIN(len, SEGMENT)) {
			b->peers[peer].ack += RTE_MIN(len, SEGMENT);
			b->odd[peer] = !b->odd[peer];
			if (!b->odd[peer])
				b->due[(b->due_first + b->due_n++) % BULK_DUE] = b->peers[peer];
		}
	}
}

/* A burst of ACKs, for which the service sends twice as many segments. */
static uint16_t
bulk_acks(struct bench *b, uint16_t n)
{
	struct rte_mbuf *rx[RS_BURST];
	struct rte_mbuf *tx[2 * RS_BURST];
	uint16_t n_tx, i;

	perf_require(n > 0 && rte_pktmbuf_alloc_bulk(b->mbufs, rx, n) == 0, "out of mbufs");
	for (i = 0; i < n; i++)
		frame_stamp(&b->frames[STEP_ACK], &b->due[(b->due_first + i) % BULK_DUE],
			PEER_ISN + 1, rx[i]);
	if (b->engine) {
		b->due_first += n;
		b->due_n -= n;
	}
	n_tx = exchange(b, rx, n, tx);
	if (b->engine)
		take_bulk(b, n_tx, tx);
	rte_pktmbuf_free_bulk(tx, n_tx);
	return n;
}

/* Bulk from the service. @return the segments of data for which an ACK was sent */
static uint64_t
bulk_round(struct bench *b)
{
	uint64_t segments = 0;

	while (segments < ROUND)
		segments += 2u * bulk_acks(b, (uint16_t)RTE_MIN(b->due_n, (uint32_t)b->burst));
	return segments;
}

/* With the engine left out; the peers go on after it where they were. */
static uint64_t
without_engine(struct bench *b, uint64_t (*round)(struct bench *))
{
	struct bench copy = *b;

	copy.engine = false;
	copy.verify = false;
	return round(&copy);
}

static uint64_t
run_resets(void *b)
{
	return reset_round(b);
}

static uint64_t
refill_resets(void *b)
{
	return without_engine(b, reset_round);
}

static uint64_t
run_syns(void *b)
{
	return syn_round(b);
}

static uint64_t
refill_syns(void *b)
{
	return without_engine(b, syn_round);
}

static uint64_t
run_data(void *b)
{
	return data_round(b);
}

static uint64_t
refill_data(void *b)
{
	return without_engine(b, data_round);
}

static uint64_t
run_bulk(void *b)
{
	return bulk_round(b);
}

static uint64_t
refill_bulk(void *b)
{
	return without_engine(b, bulk_round);
}

static uint64_t
run_connections(void *b)
{
	return connections_round(b);
}

static uint64_t
refill_connections(void *b)
{
	struct bench *bench = b;
	uint32_t number = bench->numbers[0];
	uint64_t n = without_engine(bench, connections_round);

	bench->numbers[0] = number;
	return n;
}

static uint64_t
run_requests(void *b)
{
	return requests_round(b);
}

static uint64_t
refill_requests(void *b)
{
	return without_engine(b, requests_round);
}

/* One verified round, the measured ones, one verified round again. */
static void
measure(const struct perf *perf, struct bench *b, const char *what,
	uint64_t (*run)(void *), uint64_t (*refill)(void *))
{
	const struct perf_round rounds[] = { { "engine", run }, { "refill", refill } };
	struct perf_time times[RTE_DIM(rounds)];
	struct perf_time net;
	char name[80];

	b->verify = true;
	run(b);
	b->verify = false;
	perf_measure(perf, rounds, RTE_DIM(rounds), b, times);
	b->verify = true;
	run(b);
	net = perf_minus(&times[0], &times[1]);
	snprintf(name, sizeof(name), "%s, %u a burst", what, b->burst);
	perf_print(perf, name, "segment", &net);
	if (!perf->verify)
		printf("%-52s %7.1f ns\n", "  beside it, refill", times[1].ns);
}

static void
measure_resets(const struct perf *perf, struct rte_mempool *mbufs, uint16_t burst)
{
	static const struct {
		const char *name;
		uint8_t flags;
		uint8_t reason;  /* enum rs_reset_reason; RS_RESET_MAX: no reset is sent */
		bool limits;
		bool ipv6;
		int list;        /* of struct kind */
		enum work work;
	} kinds[] = {
		{ "closed port, SYN -> RST", RTE_TCP_SYN_FLAG, RS_RESET_no_listener, false,
			false },
		{ "closed port, checksums offloaded, SYN -> RST", RTE_TCP_SYN_FLAG,
			RS_RESET_no_listener, .work = CHECKSUMS },
		{ "closed port, stray ACK -> RST", RTE_TCP_ACK_FLAG, RS_RESET_no_connection,
			false, false },
		{ "closed port, stray RST -> nothing", RTE_TCP_RST_FLAG, RS_RESET_MAX, false,
			false },
		{ "closed port, limited SYN -> RST", RTE_TCP_SYN_FLAG, RS_RESET_no_listener,
			true, false },
		{ "closed port of IPv6, SYN -> RST", RTE_TCP_SYN_FLAG, RS_RESET_no_listener, false,
			true },
		{ "closed port of IPv6, stray ACK -> RST", RTE_TCP_ACK_FLAG,
			RS_RESET_no_connection, false, true },
		{ "closed port of IPv6, stray RST -> nothing", RTE_TCP_RST_FLAG, RS_RESET_MAX,
			false, true },
		{ "closed port of IPv6, limited SYN -> RST", RTE_TCP_SYN_FLAG, RS_RESET_no_listener,
			true, true },
		{ "closed port, 10000 rules, SYN -> RST", RTE_TCP_SYN_FLAG,
			RS_RESET_no_listener, .list = OTHERS },
		{ "closed port, 10000 rules with neighbours, SYN -> RST", RTE_TCP_SYN_FLAG,
			RS_RESET_no_listener, .list = NEIGHBOURS },
		{ "closed port of IPv6, 10000 rules, SYN -> RST", RTE_TCP_SYN_FLAG,
			RS_RESET_no_listener, .ipv6 = true, .list = OTHERS },
		{ "closed port of IPv6, 10000 rules with neighbours, SYN -> RST", RTE_TCP_SYN_FLAG,
			RS_RESET_no_listener, .ipv6 = true, .list = NEIGHBOURS },
		{ "closed port of IPv6, 10000 rules that are all near, SYN -> RST",
			RTE_TCP_SYN_FLAG, RS_RESET_no_listener, .ipv6 = true, .list = ALL_NEAR },
		{ "closed port of IPv6, 10000 near rules, one of a port, SYN -> RST",
			RTE_TCP_SYN_FLAG, RS_RESET_no_listener, .ipv6 = true, .list = BY_PORT },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(kinds); i++) {
		const struct rs_stats *stats;
		struct bench b;

		/* a list for one burst only, because valgrind takes long to make it */
		if (!perf_wanted(perf, kinds[i].name) ||
		    (kinds[i].list != NO_LIST && burst != RS_BURST))
			continue;
		make_with(&b, mbufs, burst, 512, &(struct kind){
			.limits = kinds[i].limits, .ipv6 = kinds[i].ipv6, .list = kinds[i].list,
			.work = kinds[i].work,
		});
		b.offloads = kinds[i].work == CHECKSUMS;
		b.silent = kinds[i].reason == RS_RESET_MAX;
		frame_init(&b.frames[0], kinds[i].flags, CLOSED_PORT, NULL, 0);
		choose_family(&b);
		measure(perf, &b, kinds[i].name, run_resets, refill_resets);
		stats = rs_stack_stats(b.stack);
		perf_require((b.silent ? stats->reset_received[RS_VERDICT_ignored_closed] :
			stats->reset_sent[kinds[i].reason]) == stats->tcp.rx_segments,
			"resets are not counted under their reason");
		unmake(perf, &b);
	}
}

/* A flood of SYNs: each is answered by a cookie, and makes no connection. */
static void
measure_cookies(const struct perf *perf, struct rte_mempool *mbufs, uint16_t burst)
{
	/* as of Linux: MSS 1460, SACK-permitted, timestamps, window shift 7 */
	static const uint8_t all[] = {
		2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0x12, 0x34, 0, 0, 0, 0, 1, 3, 3, 7,
	};
	static const struct {
		const char *name;
		uint8_t opt_len;
		bool ipv6;
		enum work work;
	} kinds[] = {
		{ "SYN -> SYN-ACK cookie", 4, false, NONE },
		{ "SYN, checksums offloaded -> SYN-ACK cookie", 4, false, CHECKSUMS },
		{ "SYN with all options -> SYN-ACK cookie", sizeof(all), false, NONE },
		{ "SYN of IPv6 with all options -> SYN-ACK cookie", sizeof(all), true, NONE },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(kinds); i++) {
		const struct rs_stats *stats;
		struct bench b;

		if (!perf_wanted(perf, kinds[i].name))
			continue;
		make_with(&b, mbufs, burst, 512, &(struct kind){
			.cookies = RS_COOKIES_ALWAYS, .ipv6 = kinds[i].ipv6, .work = kinds[i].work,
		});
		b.offloads = kinds[i].work == CHECKSUMS;
		frame_init_syn(&b.frames[STEP_SYN], DISCARD_PORT, all, kinds[i].opt_len);
		choose_family(&b);
		measure(perf, &b, kinds[i].name, run_syns, refill_syns);
		stats = rs_stack_stats(b.stack);
		perf_require(stats->tcp.cookies_sent == stats->tcp.rx_segments &&
			stats->tcp.passive_opens == 0, "a SYN without a cookie");
		unmake(perf, &b);
	}
}

/* Let every peer connect, to the port of the frames. */
static void
establish(struct bench *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		struct rte_mbuf *tx[2 * RS_BURST];
		struct rte_mbuf *m[2];

		perf_require(rte_pktmbuf_alloc_bulk(b->mbufs, m, 2) == 0, "out of mbufs");
		frame_stamp(&b->frames[STEP_SYN], &b->peers[b->numbers[i]], PEER_ISN, m[0]);
		perf_require(exchange(b, &m[0], 1, tx) == 1, "a SYN-ACK for each SYN");
		b->peers[b->numbers[i]].ack = reply_read(tx[0]).seq + 1;
		rte_pktmbuf_free(tx[0]);
		frame_stamp(&b->frames[STEP_ACK], &b->peers[b->numbers[i]], PEER_ISN + 1, m[1]);
		perf_require(exchange(b, &m[1], 1, tx) == 0, "no reply to the ACK of a SYN-ACK");
	}
	b->seq = PEER_ISN + 1;
	perf_require(rs_stack_stats(b->stack)->states[RS_ESTABLISHED] == b->n, "not established");
}

static void
measure_data(const struct perf *perf, struct rte_mempool *mbufs, uint16_t burst, uint32_t n,
	uint16_t len)
{
	uint8_t data[1460];
	struct bench b;
	char what[64];

	snprintf(what, sizeof(what), "%u bytes on %u connection%s", len, n,
		n == 1 ? "" : "s");
	if (!perf_wanted(perf, what))
		return;
	memset(data, 'x', sizeof(data));
	make(&b, mbufs, burst, n);
	frame_init(&b.frames[STEP_SYN], RTE_TCP_SYN_FLAG, DISCARD_PORT, NULL, 0);
	frame_init(&b.frames[STEP_ACK], RTE_TCP_ACK_FLAG, DISCARD_PORT, NULL, 0);
	frame_init(&b.frames[STEP_REQUEST], RTE_TCP_ACK_FLAG, DISCARD_PORT, data, len);
	establish(&b);
	measure(perf, &b, what, run_data, refill_data);
	data_settled(&b);
	unmake(perf, &b);
}

/* The requests of wrk and of curl, of clients that close themselves and that ask for it. */
static const char request_plain[REQUEST] = "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n"
	"User-Agent: perf\r\nA: bcd\r\n\r";
#define REQUEST_KEPT "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\nUser-Agent: curl/7.88.1\r\n" \
	"Accept: */*\r\n\r\n"
#define REQUEST_CLOSE "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\nUser-Agent: curl/7.88.1\r\n" \
	"Accept: */*\r\nConnection: close\r\n\r\n"

/* Short connections: the request and the length of the answer. */
static const struct exchange {
	const char *name;
	uint16_t port;
	bool server_closes;
	const char *request;
	uint16_t request_len;
	uint16_t response_len; /* 0: as long as the first one */
	bool ipv6;
	enum work work;
} exchanges[] = {
	{ "HTTP, 5 in 3 out, peer closes first", HTTP_PORT, false, request_plain, REQUEST,
	  RESPONSE, false },
	{ "HTTP, 4 in 3 out, service closes first", HTTP_CLOSE_PORT, true, request_plain, REQUEST,
	  RESPONSE, false },
	{ "HTTP, 4 in 3 out, checksums offloaded", HTTP_CLOSE_PORT, true, request_plain, REQUEST,
	  RESPONSE, false, CHECKSUMS },
	{ "http service, 5 in 3 out, peer closes first", REAL_HTTP_PORT, false, REQUEST_KEPT,
	  sizeof(REQUEST_KEPT) - 1, 0, false },
	{ "http service, 4 in 3 out, service closes first", REAL_HTTP_PORT, true, REQUEST_CLOSE,
	  sizeof(REQUEST_CLOSE) - 1, 0, false },
	{ "echo service, 5 in 3 out, peer closes first", REAL_ECHO_PORT, false, request_plain, 16,
	  16, false },
	{ "http service over IPv6, 5 in 3 out, peer closes first", REAL_HTTP_PORT, false,
	  REQUEST_KEPT, sizeof(REQUEST_KEPT) - 1, 0, true },
};

static void
make_frames(struct bench *b, const struct exchange *e)
{
	frame_init(&b->frames[STEP_SYN], RTE_TCP_SYN_FLAG, e->port, NULL, 0);
	frame_init(&b->frames[STEP_ACK], RTE_TCP_ACK_FLAG, e->port, NULL, 0);
	frame_init(&b->frames[STEP_REQUEST], RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG, e->port,
		e->request, e->request_len);
	frame_init(&b->frames[STEP_FIN], RTE_TCP_ACK_FLAG | RTE_TCP_FIN_FLAG, e->port, NULL, 0);
	frame_init(&b->frames[STEP_LAST_ACK], RTE_TCP_ACK_FLAG, e->port, NULL, 0);
	choose_family(b);
	b->response_len = e->response_len;
}

static void
measure_connections(const struct perf *perf, struct rte_mempool *mbufs, uint16_t burst,
	const struct exchange *e)
{
	const struct rs_stats *stats;
	struct bench b;

	if (!perf_wanted(perf, e->name))
		return;
	make_with(&b, mbufs, burst, burst, &(struct kind){ .ipv6 = e->ipv6, .work = e->work });
	b.offloads = e->work == CHECKSUMS;
	b.numbers[0] = 0;
	b.steps = e->server_closes ? STEP_LAST_ACK : STEP_MAX;
	make_frames(&b, e);
	measure(perf, &b, e->name, run_connections, refill_connections);
	settle(&b, 5000, NULL);
	stats = rs_stack_stats(b.stack);
	perf_require(stats->tcp.established == stats->tcp.closed &&
		stats->tcp.rx_segments == stats->tcp.closed * b.steps && stats->tcp.aborted == 0 &&
		stats->tcp.retransmitted == 0, "not every connection closed in order");
	unmake(perf, &b);
}

/* Let every peer connect to the bulk service. */
static void
establish_bulk(struct bench *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		struct rte_mbuf *tx[2 * RS_BURST];
		struct rte_mbuf *m;

		peer_init(&b->peers[i], i);
		perf_require(rte_pktmbuf_alloc_bulk(b->mbufs, &m, 1) == 0, "out of mbufs");
		frame_stamp(&b->frames[STEP_SYN], &b->peers[i], PEER_ISN, m);
		perf_require(exchange(b, &m, 1, tx) == 1, "a SYN-ACK for each SYN");
		if (tx[0]->ol_flags != 0)
			fill_in_checksums(tx[0]);
		b->peers[i].ack = reply_read(tx[0]).seq + 1;
		b->due[b->due_n++] = b->peers[i];
		rte_pktmbuf_free(tx[0]);
	}
	/* the windows open */
	while (rs_stack_stats(b->stack)->tcp.tx_data_bytes < b->n * BULK_TEXT)
		bulk_acks(b, (uint16_t)RTE_MIN(b->due_n, (uint32_t)b->burst));
}

static void
measure_bulk(const struct perf *perf, struct rte_mempool *mbufs, uint16_t burst, uint32_t n,
	enum work work)
{
	static const char *const names[] = {
		[NONE] = "checksums in software",
		[CHECKSUMS] = "checksums offloaded",
		[SEGMENTATION] = "segments cut by the device",
	};
	const struct rs_stats *stats;
	struct bench b;
	char what[80];

	snprintf(what, sizeof(what), "bulk sent on %u connection%s, %s", n, n == 1 ? "" : "s",
		names[work]);
	if (!perf_wanted(perf, what))
		return;
	make_with(&b, mbufs, burst, n, &(struct kind){ .work = work });
	b.due = take(BULK_DUE, sizeof(b.due[0]));
	frame_init(&b.frames[STEP_SYN], RTE_TCP_SYN_FLAG, BULK_PORT, NULL, 0);
	frame_init(&b.frames[STEP_ACK], RTE_TCP_ACK_FLAG, BULK_PORT, NULL, 0);
	establish_bulk(&b);
	measure(perf, &b, what, run_bulk, refill_bulk);
	stats = rs_stack_stats(b.stack);
	perf_require(stats->tcp.retransmitted == 0 && stats->tcp.aborted == 0 &&
		stats->states[RS_ESTABLISHED] == n, "bulk was lost");
	perf_require((work == SEGMENTATION) == (stats->tcp.tx_large > 0), "who cut the segments");
	rte_free(b.due);
	unmake(perf, &b);
}

/* Requests one after the other on connections that are kept. */
static void
measure_requests(const struct perf *perf, struct rte_mempool *mbufs, uint16_t burst)
{
	static const struct exchange kept[] = {
		{ "http service, request on 1000 kept connections", REAL_HTTP_PORT, false,
		  REQUEST_KEPT, sizeof(REQUEST_KEPT) - 1, 0, false },
		{ "echo service, 16 bytes on 1000 kept connections", REAL_ECHO_PORT, false,
		  request_plain, 16, 16, false },
	};
	const struct rs_stats *stats;
	struct bench b;
	unsigned int i;

	for (i = 0; i < RTE_DIM(kept); i++) {
		if (!perf_wanted(perf, kept[i].name))
			continue;
		make(&b, mbufs, burst, 1000);
		make_frames(&b, &kept[i]);
		establish(&b);
		measure(perf, &b, kept[i].name, run_requests, refill_requests);
		stats = rs_stack_stats(b.stack);
		perf_require(stats->tcp.retransmitted == 0 && stats->states[RS_ESTABLISHED] == b.n,
			"a request was not answered in order");
		unmake(perf, &b);
	}
}

int
main(int argc, char **argv)
{
	static const uint16_t bursts[] = { 32, 64 };
	static const uint16_t sizes[] = { 256, 512, 1024 }; /* between 64 and 1460 */
	struct rte_mempool *mbufs;
	struct perf perf;
	unsigned int i, j;

	perf_start(&perf, argc, argv, 256);
	mbufs = rte_pktmbuf_pool_create("perf", 8191, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	perf_require(mbufs != NULL, "no mempool");
	for (i = 0; i < RTE_DIM(bursts); i++) {
		measure_resets(&perf, mbufs, bursts[i]);
		measure_cookies(&perf, mbufs, bursts[i]);
		measure_data(&perf, mbufs, bursts[i], 1, 64);
		measure_data(&perf, mbufs, bursts[i], 1000, 64);
		measure_data(&perf, mbufs, bursts[i], 100 * 1000, 64);
		measure_data(&perf, mbufs, bursts[i], 1000, 1460);
		for (j = 0; j < RTE_DIM(exchanges); j++)
			measure_connections(&perf, mbufs, bursts[i], &exchanges[j]);
		measure_requests(&perf, mbufs, bursts[i]);
		for (j = NONE; j <= SEGMENTATION; j++)
			measure_bulk(&perf, mbufs, bursts[i], 1, (enum work)j);
		for (j = NONE; j <= SEGMENTATION; j++)
			measure_bulk(&perf, mbufs, bursts[i], BULK_PEERS, (enum work)j);
	}
	/* for the plot of cost against size, which --verify has no use for */
	for (i = 0; i < RTE_DIM(sizes) && !perf.verify; i++)
		measure_data(&perf, mbufs, RS_BURST, 1000, sizes[i]);
	rte_mempool_free(mbufs);
	perf_end(&perf);
	return 0;
}
