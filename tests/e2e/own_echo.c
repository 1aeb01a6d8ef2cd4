/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A program of one's own on the engine: an echo server on the first DPDK port, at 192.0.2.1:7.
 * It is built outside the tree, with the installed library only:
 *   cc -o own_echo own_echo.c $(pkg-config --cflags --libs rstack)
 *   ./own_echo --no-huge -m 128 --no-pci --vdev=net_tap0,iface=rstack0
 */

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>

#include <rstack.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#define ADDRESS RTE_BE32(UINT32_C(0xc0000201)) /* 192.0.2.1 */

static volatile sig_atomic_t stopped;

static void
stop(int sig)
{
	stopped = sig;
}

/* Send back all that there is room for; the rest is offered again when there is room. */
static uint32_t
echo_data(struct rs_tcp *tcp, struct rs_tcb *conn, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len)
{
	int64_t sent = rs_conn_send_mbuf(tcp, conn, m, data, len);

	return sent < 0 ? len : (uint32_t)sent;
}

static void
echo_peer_closed(struct rs_tcp *tcp, struct rs_tcb *conn)
{
	rs_conn_close(tcp, conn);
}

/* Start the port with one queue pair. @return its mbufs */
static struct rte_mempool *
start_port(struct rs_port *port)
{
	const struct rte_eth_conf conf = { .txmode.offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS };
	struct rte_mempool *mbufs = rte_pktmbuf_pool_create("mbufs", 8191, 256, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, 0);

	if (mbufs == NULL || rte_eth_dev_configure(port->id, 1, 1, &conf) != 0 ||
	    rte_eth_rx_queue_setup(port->id, 0, 512, 0, NULL, mbufs) != 0 ||
	    rte_eth_tx_queue_setup(port->id, 0, 512, 0, NULL) != 0 ||
	    rte_eth_dev_start(port->id) != 0 || rte_eth_macaddr_get(port->id, &port->mac) != 0)
		errx(1, "the port does not start");
	return mbufs;
}

/* One burst in, one burst out. */
static void
poll(struct rs_stack *stack)
{
	uint64_t now = (uint64_t)((double)rte_rdtsc() * 1e6 / (double)rte_get_tsc_hz());
	struct rte_mbuf *rx[RS_BURST], *tx[2 * RS_BURST];
	uint16_t n = rte_eth_rx_burst(0, 0, rx, RS_BURST);
	uint16_t sent;

	n = rs_stack_run(stack, rx, n, now, tx, RTE_DIM(tx));
	sent = rte_eth_tx_burst(0, 0, tx, n);
	rte_pktmbuf_free_bulk(&tx[sent], (unsigned int)(n - sent));
}

int
main(int argc, char **argv)
{
	static const struct rs_service echo = { .name = "echo", .data = echo_data,
		.peer_closed = echo_peer_closed };
	static const struct rs_listener listener = { .name = "echo", .port_first = 7,
		.port_last = 7, .service = &echo };
	struct rs_port port = { .mtu = 1500, .subnet = { rs_addr_from_ipv4(ADDRESS), 96 + 24 } };
	struct rs_stack_params params = { .ports = &port, .n_ports = 1, .listeners = &listener,
		.n_listeners = 1, .max_neighbours = 1024, .icmp_errors_per_second = 1000 };
	struct rs_stack *stack;

	if (rte_eal_init(argc, argv) < 0)
		errx(1, "EAL does not start");
	params.mbufs = start_port(&port);
	rs_tcp_defaults(&params.tcp);
	params.tcp.max_connections = 1024;
	if (getrandom(params.secret, sizeof(params.secret), 0) != sizeof(params.secret))
		err(1, "getrandom");
	stack = rs_stack_create(&params, 0);
	if (stack == NULL)
		errx(1, "rs_stack_create: %s", rte_strerror(rte_errno));
	signal(SIGINT, stop);
	signal(SIGIO, SIG_IGN); /* a TAP sends it for each frame that it receives */
	puts("serves 192.0.2.1:7");
	fflush(stdout);
	while (!stopped)
		poll(stack);
	rs_stack_free(stack);
	rte_eth_dev_stop(port.id);
	return rte_eal_cleanup();
}
