/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The exception path between the workers and the kernel of the host. */

#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_net.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "app.h"
#include "eal.h"
#include "exception.h"
#include "worker.h"

/* Room for the name of the virtual device and its arguments. */
#define DEVICE_TEXT_MAX 128

/* Make the interface of the kernel. @return 0 or -1, which is explained */
static int
make_interface(struct rs_exception *path, const struct rs_config_port *config,
	const struct rs_port *port, struct rs_eal_log *log)
{
	char name[RTE_ETH_NAME_MAX_LEN], device[DEVICE_TEXT_MAX];
	char mac[RTE_ETHER_ADDR_FMT_SIZE];

	rte_ether_format_addr(mac, sizeof(mac), &port->mac);
	snprintf(name, sizeof(name), "net_tap_kernel%u", config->number);
	snprintf(device, sizeof(device), "%s,iface=%s,mac=%s", name, config->kernel, mac);
	rs_eal_log_clear(log);
	if (rte_dev_probe(device) == 0 && rte_eth_dev_get_port_by_name(name, &path->tap) == 0) {
		path->started = true;
		return 0;
	}
	warnx("[port %u] kernel = %s: the interface could not be created (%s); it needs the driver "
		"net_tap (package librte-net-tap23), /dev/net/tun (modprobe tun) and root's "
		"rights, and no interface may have its name (ip link)", config->number,
		config->kernel, rs_eal_log_line(log));
	return -1;
}

/* The MTU of the interface: the port's, but DPDK 22.11's TAPs have no jumbo frames. */
static uint16_t
interface_mtu(const struct rs_exception *path, const struct rs_port *port)
{
	struct rte_eth_dev_info info;

	if (rte_eth_dev_info_get(path->tap, &info) == 0 &&
	    port->mtu + (uint32_t)(RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN) > info.max_rx_pktlen)
		return RTE_ETHER_MTU;
	return port->mtu;
}

/* Start the interface, with one pair of queues. @return 0 or -errno */
static int
start_interface(const struct rs_exception *path, const struct rs_port *port)
{
	struct rte_eth_conf conf = { .rxmode = { .mtu = interface_mtu(path, port) } };
	uint16_t n_rx = RS_KERNEL_DESCRIPTORS, n_tx = RS_KERNEL_DESCRIPTORS;
	int ret = rte_eth_dev_configure(path->tap, 1, 1, &conf);

	if (ret == 0)
		ret = rte_eth_dev_adjust_nb_rx_tx_desc(path->tap, &n_rx, &n_tx);
	if (ret == 0)
		ret = rte_eth_dev_set_mtu(path->tap, (uint16_t)conf.rxmode.mtu);
	if (ret == 0)
		ret = rte_eth_rx_queue_setup(path->tap, 0, n_rx, (unsigned int)SOCKET_ID_ANY, NULL,
			path->mbufs);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(path->tap, 0, n_tx, (unsigned int)SOCKET_ID_ANY, NULL);
	return ret == 0 ? rte_eth_dev_start(path->tap) : ret;
}

/* Make the exception path of a port. @return 0 or -1, which is explained */
static int
make_path(struct rs_exception *path, const struct rs_config_port *config,
	const struct rs_port *port, struct rs_eal_log *log)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	int ret;

	path->port = port->id;
	path->rate = config->kernel_rate;
	path->from = rs_rate_of(path->rate);
	snprintf(name, sizeof(name), "kernel_%u", config->number);
	/* without caches of lcores, because frames are rare here and most lcores only free them */
	path->mbufs = rte_pktmbuf_pool_create(name, rs_config_kernel_mbufs(config), 0, 0,
		rs_mbuf_room(port->mtu), SOCKET_ID_ANY);
	/* RTS mode, because workers may share a CPU and be preempted within an enqueue */
	path->ring = rte_ring_create(name, RS_KERNEL_RING, SOCKET_ID_ANY,
		RING_F_MP_RTS_ENQ | RING_F_SC_DEQ);
	if (path->mbufs == NULL || path->ring == NULL) {
		warnx("[port %u] kernel = %s: too little memory for its frames; raise [eal] "
			"memory", config->number, config->kernel);
		return -1;
	}
	if (make_interface(path, config, port, log) != 0)
		return -1;
	ret = start_interface(path, port);
	if (ret != 0)
		warnx("[port %u] kernel = %s: the interface could not be started (%s)",
			config->number, config->kernel, rte_strerror(-ret));
	return ret == 0 ? 0 : -1;
}

int
rs_exception_start(struct rs_app *app, struct rs_eal_log *log)
{
	struct rs_exception_paths *all;
	unsigned int i;

	for (i = 0; i < app->config.n_ports; i++) {
		if (!app->ports[i].exceptions.on)
			continue;
		if (app->exceptions == NULL)
			app->exceptions = calloc(1, sizeof(*app->exceptions));
		all = app->exceptions;
		if (all == NULL) {
			warn("memory");
			return -1;
		}
		/* counted first, so that rs_exception_end() frees one that is made in part */
		if (make_path(&all->paths[all->n++], &app->config.ports[i], &app->ports[i],
				log) != 0)
			return -1;
		all->by_port[app->ports[i].id] = &all->paths[all->n - 1];
	}
	return 0;
}

int
rs_exception_attach(struct rs_app *app)
{
	struct rs_exception_paths *all = app->exceptions;
	unsigned int i, j;

	for (i = 0; i < app->n_workers && all != NULL; i++) {
		struct rs_worker *w = &app->workers[i];

		w->kernel_limits = calloc(RS_PORTS_MAX, sizeof(*w->kernel_limits));
		if (w->kernel_limits == NULL)
			return -ENOMEM;
		for (j = 0; j < all->n; j++)
			w->kernel_limits[all->paths[j].port] = rs_rate_of(all->paths[j].rate);
		w->exceptions = all;
	}
	/* it has the interfaces, so it ends as the last one */
	if (all != NULL && app->workers[0].n_peers == 0) {
		app->workers[0].peers = app->workers;
		app->workers[0].n_peers = app->n_workers;
	}
	return 0;
}

/* Free an exception path, however far it came. */
static void
end_path(struct rs_exception *path)
{
	struct rte_mbuf *m;
	unsigned int lost;

	if (path->started) {
		rte_eth_dev_stop(path->tap);
		rte_eth_dev_close(path->tap);
	}
	while (path->ring != NULL && rte_ring_dequeue(path->ring, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(path->ring);
	lost = path->mbufs != NULL ? rte_mempool_in_use_count(path->mbufs) : 0;
	if (lost != 0)
		warnx("bug: %u mbufs of the kernel's interface were not freed", lost);
	rte_mempool_free(path->mbufs);
}

void
rs_exception_end(struct rs_app *app)
{
	unsigned int i;

	for (i = 0; i < app->n_workers; i++) {
		free(app->workers[i].kernel_limits);
		app->workers[i].kernel_limits = NULL;
	}
	for (i = 0; app->exceptions != NULL && i < app->exceptions->n; i++)
		end_path(&app->exceptions->paths[i]);
	free(app->exceptions);
	app->exceptions = NULL;
}

/* The part of a datagram that a checksum covers. */
struct covered {
	uint32_t off;           /* of the TCP or UDP header in the frame */
	uint32_t len;           /* of header and data; more than the frame has: it is cut */
	uint16_t pseudo;        /* sum of the pseudo-header */
};

/* Find the part of a datagram with these headers that the checksum of proto covers. */
static struct covered
covered_part(const struct rte_mbuf *m, uint32_t type, const struct rte_net_hdr_lens *lens,
	uint8_t proto)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *,
		lens->l2_len);
	struct covered part = { .off = (uint32_t)lens->l2_len + lens->l3_len };
	struct rte_ipv6_hdr ip6;

	if (RTE_ETH_IS_IPV4_HDR(type)) {
		part.len = rte_be_to_cpu_16(ip->total_length) - (uint32_t)lens->l3_len;
		part.pseudo = rte_ipv4_phdr_cksum(ip, 0);
		return part;
	}
	memcpy(&ip6, ip, sizeof(ip6));
	part.len = rte_be_to_cpu_16(ip6.payload_len) + (uint32_t)sizeof(ip6) - lens->l3_len;
	/* it names the protocol and the length behind extension headers (RFC 8200 8.1) */
	ip6.proto = proto;
	ip6.payload_len = rte_cpu_to_be_16((uint16_t)part.len);
	part.pseudo = rte_ipv6_phdr_cksum(&ip6, 0);
	return part;
}

/* Write the checksum of a TCP segment or UDP datagram, if the frame is one. */
static void
write_l4_checksum(struct rte_mbuf *m, uint32_t type, const struct rte_net_hdr_lens *lens)
{
	bool tcp = (type & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_TCP;
	uint32_t header = tcp ? sizeof(struct rte_tcp_hdr) : sizeof(struct rte_udp_hdr);
	uint32_t field = tcp ? offsetof(struct rte_tcp_hdr, cksum) :
		offsetof(struct rte_udp_hdr, dgram_cksum);
	struct covered part;
	uint16_t sum = 0;
	uint32_t both;

	if (!tcp && (type & RTE_PTYPE_L4_MASK) != RTE_PTYPE_L4_UDP)
		return;
	part = covered_part(m, type, lens, tcp ? IPPROTO_TCP : IPPROTO_UDP);
	/* a length below 0 is a large number here */
	if (part.len < header || part.off + (uint64_t)part.len > m->pkt_len ||
	    part.off + header > m->data_len)
		return;
	memcpy(rte_pktmbuf_mtod_offset(m, char *, part.off + field), &sum, sizeof(sum));
	rte_raw_cksum_mbuf(m, part.off, part.len, &sum);
	both = (uint32_t)sum + part.pseudo;
	sum = (uint16_t)~((both & UINT16_MAX) + (both >> 16));
	if (sum == 0) /* in UDP it says that there is none (RFC 768); ffff has the same value */
		sum = UINT16_MAX;
	memcpy(rte_pktmbuf_mtod_offset(m, char *, part.off + field), &sum, sizeof(sum));
}

/*
 * Fill in the checksums of a frame for the kernel which the device says that its sender left out,
 * because both are on one host and the data cannot be damaged (RTE_MBUF_F_RX_L4_CKSUM_NONE). The
 * kernel gets the frame without this report, and would drop it.
 */
static void
fill_checksums(struct rte_mbuf *m)
{
	bool ip_none = (m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_NONE;
	bool l4_none = (m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_NONE;
	struct rte_net_hdr_lens lens;
	struct rte_ipv4_hdr *ip;
	uint32_t type;

	if (!ip_none && !l4_none)
		return;
	type = rte_net_get_ptype(m, &lens, RTE_PTYPE_ALL_MASK);
	if (ip_none && RTE_ETH_IS_IPV4_HDR(type)) {
		ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, lens.l2_len);
		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_ipv4_cksum(ip);
	}
	if (l4_none)
		write_l4_checksum(m, type, &lens);
}

void
rs_exception_give(void *worker, const struct rte_mbuf *m, bool neighbour)
{
	struct rs_worker *w = worker;
	struct rs_exception *path = w->exceptions->by_port[m->port];
	struct rte_mbuf *copy;

	/* another worker gave it when it handed a copy over to this one */
	if (neighbour && w->steer.inbox)
		return;
	if (!rs_rate_take(&w->kernel_limits[m->port], rs_rate_clock(w->now))) {
		w->count[RS_WORKER_kernel_limited]++;
		return;
	}
	copy = rte_pktmbuf_copy(m, path->mbufs, 0, UINT32_MAX);
	if (copy != NULL)
		fill_checksums(copy);
	if (copy == NULL || rte_ring_enqueue(path->ring, copy) != 0) {
		rte_pktmbuf_free(copy);
		w->count[RS_WORKER_kernel_full]++;
		return;
	}
	w->count[RS_WORKER_to_kernel]++;
}

/* Give the frames of the ring to the interface. @return whether there was any */
static bool
give_interface(struct rs_worker *w, struct rs_exception *path)
{
	struct rte_mbuf *tx[RS_BURST];
	uint16_t n = (uint16_t)rte_ring_dequeue_burst(path->ring, (void **)tx, RS_BURST, NULL);
	uint16_t sent = n > 0 ? rte_eth_tx_burst(path->tap, 0, tx, n) : 0;

	if (unlikely(sent < n)) {
		w->count[RS_WORKER_kernel_full] += n - sent;
		rte_pktmbuf_free_bulk(&tx[sent], n - sent);
	}
	return n > 0;
}

/*
 * Take the frames of the kernel, unless its limit is reached: then they wait in its interface. A
 * burst may go beyond the limit, and the next one comes later then.
 */
static uint16_t
take_interface(struct rs_exception *path, uint64_t now, struct rte_mbuf **tx)
{
	uint64_t clock = rs_rate_clock(now);
	struct rs_rate *limit = &path->from;
	uint16_t n = 0;
	uint16_t i;

	if (rs_rate_has(rs_rate_next(limit->full, limit->cost, clock), clock))
		n = rte_eth_rx_burst(path->tap, 0, tx, RS_BURST);
	for (i = 0; i < n; i++) {
		limit->full = rs_rate_next(limit->full, limit->cost, clock);
		tx[i]->port = path->port;
		/* what the driver says of a received frame is nothing for another one */
		tx[i]->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
	}
	return n;
}

uint16_t
rs_exception_poll(struct rs_worker *w, struct rs_exception *path, struct rte_mbuf **tx, bool *busy)
{
	uint16_t n = take_interface(path, w->now, tx);

	*busy |= give_interface(w, path) || n > 0;
	w->count[RS_WORKER_from_kernel] += n;
	return n;
}
