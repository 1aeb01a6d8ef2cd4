/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Two hosts, a link and the time. */

#include <string.h>

#include "frame/frame.h"
#include "world.h"

/* The longest that an idle host sleeps; longer means that it waits for nothing. */
#define IDLE_MOST UINT64_C(3600000000)

struct rs_addr
sim_world_addr(uint8_t i, bool ipv6)
{
	rte_be32_t ipv4 = RTE_BE32(0xc0000201 + i);

	return ipv6 ? (struct rs_addr){ .w = { RTE_BE32(0x20010db8), 0, 0, ipv4 } } :
		rs_addr_from_ipv4(ipv4);
}

void
sim_world_init(struct sim_world *w, struct rte_mempool *mbufs, uint64_t seed, bool ipv6)
{
	uint8_t i;

	memset(w, 0, sizeof(*w));
	w->mbufs = mbufs;
	w->ipv6 = ipv6;
	sim_link_init(&w->link, mbufs, seed);
	for (i = 0; i < 2; i++) {
		struct rs_prefix subnet = { sim_world_addr(i, ipv6), ipv6 ? 64 : 96 + 24 };

		w->host[i].wake = SIM_NEVER;
		w->host[i].port = (struct rs_port){
			.id = 0,
			.mtu = 1500,
			.mac = { .addr_bytes = { 2, 0, 0, 0, 0, (uint8_t)(i + 1) } },
			.subnet = ipv6 ? (struct rs_prefix){ .len = 0 } : subnet,
			.subnets6 = { subnet },
			.n_subnets6 = ipv6,
		};
	}
}

bool
sim_world_start(struct sim_world *w, uint8_t i, struct rs_stack_params *params)
{
	struct sim_host *host = &w->host[i];

	host->port.tx_ip_cksum = host->port.tx_tcp_cksum = host->offload;
	params->ports = &host->port;
	params->n_ports = 1;
	params->mbufs = w->mbufs;
	host->stack = rs_stack_create(params, w->now + host->offset);
	host->wake = w->now;
	return host->stack != NULL;
}

static void
drop_waiting(struct sim_host *host)
{
	while (host->n_in > 0)
		rte_pktmbuf_free(host->in[--host->n_in].m);
}

void
sim_world_crash(struct sim_world *w, uint8_t i)
{
	struct sim_host *host = &w->host[i];

	drop_waiting(host);
	rs_stack_free(host->stack);
	host->stack = NULL;
	host->wake = SIM_NEVER;
}

/* When host sees what comes now: at its next poll. */
static uint64_t
next_poll(const struct sim_host *host, uint64_t at)
{
	return host->grain == 0 ? at : (at + host->grain - 1) / host->grain * host->grain;
}

/* A frame came out of the link. */
static void
arrive(struct sim_world *w, const struct sim_flight *flight)
{
	struct sim_host *host = &w->host[flight->to];

	if (host->stack == NULL) {
		rte_pktmbuf_free(flight->m);
		return;
	}
	host->in[host->n_in++] = *flight;
	host->wake = RTE_MIN(host->wake, next_poll(host, w->now));
}

/* Make the mbuf that one device sent the one that the other received. */
static void
cross(const struct sim_host *host, struct rte_mbuf *m)
{
	m->port = host->port.id;
	m->ol_flags = 0;
	m->tx_offload = 0;
	if (host->offload)
		m->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
}

/* Cut a received frame into mbufs of scatter bytes, as far as there are mbufs. */
static void
scatter(const struct sim_world *w, const struct sim_host *host, struct rte_mbuf *m)
{
	uint16_t size = host->scatter;
	struct rte_mbuf *rest = NULL;
	uint16_t at;

	if (size == 0 || m->data_len <= size)
		return;
	/* the last part first, so that a frame is whole whenever there are no more mbufs */
	for (at = (uint16_t)((m->data_len - 1) / size * size); at > 0;
	     at = (uint16_t)(at - size)) {
		uint16_t len = (uint16_t)(m->data_len - at);
		struct rte_mbuf *part = rte_pktmbuf_alloc(w->mbufs);

		if (part == NULL)
			break;
		memcpy(rte_pktmbuf_append(part, len), rte_pktmbuf_mtod_offset(m, void *, at), len);
		part->next = rest;
		rest = part;
		m->data_len = at;
		m->nb_segs++;
	}
	m->next = rest;
}

static void
transmit(struct sim_world *w, uint8_t i, struct rte_mbuf *m)
{
	uint32_t tag = 0;

	if (w->host[i].offload &&
	    (m->ol_flags & (RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM)) != 0)
		frame_set_checksums(rte_pktmbuf_mtod_offset(m, uint8_t *,
			FRAME_ETHER_LEN));
	w->frames++;
	if (w->watcher.sent != NULL)
		tag = w->watcher.sent(w->watcher.arg, i, m);
	sim_link_send(&w->link, i, m, tag, w->now);
}

static void
run(struct sim_world *w, uint8_t i)
{
	struct sim_host *host = &w->host[i];
	struct rte_mbuf *rx[RS_BURST];
	struct rte_mbuf *tx[SIM_TX_MAX];
	uint16_t n_rx = host->n_in;
	uint16_t n, k;
	uint64_t idle;

	for (k = 0; k < n_rx; k++) {
		rx[k] = host->in[k].m;
		cross(host, rx[k]);
		if (w->watcher.delivered != NULL)
			w->watcher.delivered(w->watcher.arg, &host->in[k]);
		scatter(w, host, rx[k]);
	}
	host->n_in = 0;
	n = rs_stack_run(host->stack, rx, n_rx, w->now + host->offset, tx, SIM_TX_MAX);
	w->runs++;
	for (k = 0; k < n; k++)
		transmit(w, i, tx[k]);
	idle = rs_stack_idle(host->stack, IDLE_MOST);
	host->wake = idle >= IDLE_MOST ? SIM_NEVER :
		next_poll(host, w->now + RTE_MAX(idle, UINT64_C(1)));
	if (w->watcher.ran != NULL)
		w->watcher.ran(w->watcher.arg, i);
}

void
sim_world_wake(struct sim_world *w, uint8_t i)
{
	if (w->host[i].stack == NULL)
		return;
	run(w, i);
	w->host[i].wake = w->now;
}

uint64_t
sim_world_next(const struct sim_world *w)
{
	uint64_t next = sim_link_next(&w->link);

	next = RTE_MIN(next, w->host[0].wake);
	return RTE_MIN(next, w->host[1].wake);
}

void
sim_world_step(struct sim_world *w, uint64_t until)
{
	uint64_t next = sim_world_next(w);
	struct sim_flight flight;
	uint8_t i;

	w->now = RTE_MAX(w->now, RTE_MIN(next, until));
	/* What finds a port full of frames waits in the link, in its order. */
	while (w->host[0].n_in < RS_BURST && w->host[1].n_in < RS_BURST &&
	       sim_link_receive(&w->link, w->now, &flight))
		arrive(w, &flight);
	for (i = 0; i < 2; i++) {
		if (w->host[i].stack != NULL && (w->host[i].wake <= w->now ||
				w->host[i].n_in == RS_BURST))
			run(w, i);
	}
}

void
sim_world_fini(struct sim_world *w)
{
	uint8_t i;

	for (i = 0; i < 2; i++) {
		drop_waiting(&w->host[i]);
		rs_stack_free(w->host[i].stack);
		w->host[i].stack = NULL;
	}
	sim_link_fini(&w->link);
}
