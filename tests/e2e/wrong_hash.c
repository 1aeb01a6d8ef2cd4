/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * A device whose hash is wrong on purpose: with this library in LD_PRELOAD, the SYNs of each device
 * arrive at the queue of their hash, and all other segments at the queue before it. So each worker
 * receives the segments of other workers' connections, and none of its own. With WRONG_HASH=tells
 * in the environment the device tells the hash that only its SYNs follow, else it tells none.
 *
 * With WRONG_HASH_FILE in the environment the frames stay at their queue, of which there is one,
 * and have their hash in the packet buffer. It is wrong while the file begins with another byte
 * than 0, which the test changes while rstack runs.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_tcp.h>
#include <rte_thash.h>

#define QUEUES 3
#define RETA_SIZE 128
#define RING_SIZE 4096

/* Any key but 0. */
static const uint8_t key[40] __rte_aligned(sizeof(uint32_t)) = {
	0xe7, 0xee, 0xe7, 0x61, 0x5e, 0xf3, 0x5f, 0x30, 0xe4, 0x9b, 0x48, 0x2e, 0x15, 0xca, 0xe7,
	0x50, 0x07, 0x20, 0x1e, 0x12, 0x61, 0x7b, 0x0f, 0xed, 0xa7, 0xe1, 0x64, 0x77, 0x96, 0xff,
	0x02, 0x2b, 0xea, 0x8e, 0xd0, 0x2a, 0x82, 0xa1, 0x75, 0x93,
};

/* The frames that wait for each queue of the one device of a test. */
static struct rte_ring *rings[QUEUES];
static const struct rte_eth_rxtx_callback *callbacks[QUEUES];

/* The first byte of WRONG_HASH_FILE, from the start on. */
static const volatile uint8_t *wrong;

/* The function that this library stands in front of. */
#define NEXT(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

/* Whether the device puts hashes into packet buffers. */
static bool
gives_hash(void)
{
	return getenv("WRONG_HASH_FILE") != NULL;
}

static bool
tells_hash(void)
{
	const char *how = getenv("WRONG_HASH");

	return (how != NULL && strcmp(how, "tells") == 0) || gives_hash();
}

int
rte_eth_dev_info_get(uint16_t port, struct rte_eth_dev_info *info)
{
	int ret = NEXT(rte_eth_dev_info_get)(port, info);

	if (ret == 0 && tells_hash()) {
		info->hash_key_size = sizeof(key);
		info->reta_size = RETA_SIZE;
	}
	if (ret == 0 && gives_hash()) {
		info->rx_offload_capa |= RTE_ETH_RX_OFFLOAD_RSS_HASH;
		info->flow_type_rss_offloads |= RTE_ETH_RSS_NONFRAG_IPV4_TCP |
			RTE_ETH_RSS_NONFRAG_IPV6_TCP;
	}
	return ret;
}

/* The real driver cannot do it. It tells the types of frames, because it reads them. */
int
rte_eth_dev_configure(uint16_t port, uint16_t n_rx, uint16_t n_tx, const struct rte_eth_conf *conf)
{
	struct rte_eth_conf real = *conf;

	if ((conf->rxmode.offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH) != 0) {
		real.rxmode.offloads &= ~RTE_ETH_RX_OFFLOAD_RSS_HASH;
		real.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
		real.rx_adv_conf.rss_conf.rss_hf = 0;
	}
	return NEXT(rte_eth_dev_configure)(port, n_rx, n_tx, &real);
}

int
rte_eth_dev_rss_hash_conf_get(uint16_t port, struct rte_eth_rss_conf *conf)
{
	if (!tells_hash())
		return NEXT(rte_eth_dev_rss_hash_conf_get)(port, conf);
	conf->rss_hf = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP;
	if (conf->rss_key != NULL)
		memcpy(conf->rss_key, key, sizeof(key));
	return 0;
}

int
rte_eth_dev_rss_reta_query(uint16_t port, struct rte_eth_rss_reta_entry64 *reta, uint16_t size)
{
	uint16_t i;

	if (!tells_hash())
		return NEXT(rte_eth_dev_rss_reta_query)(port, reta, size);
	for (i = 0; i < size; i++)
		reta[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] = i % QUEUES;
	return 0;
}

/* The hash over the addresses and ports of a segment. */
static uint32_t
hash_of(const uint8_t *addrs, unsigned int n_words, const struct rte_tcp_hdr *th)
{
	uint32_t words[9]; /* host order */
	uint32_t word;
	unsigned int i;

	for (i = 0; i < n_words; i++) {
		memcpy(&word, addrs + i * sizeof(word), sizeof(word));
		words[i] = rte_be_to_cpu_32(word);
	}
	words[i++] = (uint32_t)rte_be_to_cpu_16(th->src_port) << 16 |
		rte_be_to_cpu_16(th->dst_port);
	return rte_softrss(words, i, key);
}

/*
 * Find the TCP header of a plain segment, maybe tagged. @param hash  [out] of the segment
 * @return NULL: it is none
 */
static const struct rte_tcp_hdr *
find_segment(const struct rte_mbuf *m, uint32_t *hash)
{
	const uint8_t *l3 = rte_pktmbuf_mtod_offset(m, const uint8_t *, RTE_ETHER_HDR_LEN);
	const uint8_t *end = rte_pktmbuf_mtod_offset(m, const uint8_t *, m->data_len);
	const struct rte_ipv4_hdr *ip;
	const struct rte_ipv6_hdr *ip6;
	const struct rte_tcp_hdr *th = NULL;
	rte_be16_t type;

	memcpy(&type, l3 - sizeof(type), sizeof(type));
	while ((type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ)) &&
	       l3 + RTE_VLAN_HLEN < end) {
		l3 += RTE_VLAN_HLEN;
		memcpy(&type, l3 - sizeof(type), sizeof(type));
	}
	ip = (const struct rte_ipv4_hdr *)l3;
	ip6 = (const struct rte_ipv6_hdr *)l3;
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4) && l3 + sizeof(*ip) + sizeof(*th) <= end &&
	    ip->version_ihl == RTE_IPV4_VHL_DEF && ip->next_proto_id == IPPROTO_TCP) {
		th = (const struct rte_tcp_hdr *)(ip + 1);
		*hash = hash_of((const uint8_t *)&ip->src_addr, 2, th);
	} else if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6) &&
		   l3 + sizeof(*ip6) + sizeof(*th) <= end && ip6->proto == IPPROTO_TCP) {
		th = (const struct rte_tcp_hdr *)(ip6 + 1);
		*hash = hash_of(ip6->src_addr, 8, th);
	}
	return th;
}

/* The queue that a frame arrives at; one that is no plain segment stays. */
static uint16_t
wrong_queue(const struct rte_mbuf *m, uint16_t queue)
{
	uint32_t hash;
	const struct rte_tcp_hdr *th = find_segment(m, &hash);
	uint16_t right;

	if (th == NULL)
		return queue;
	right = (uint16_t)(hash % RETA_SIZE % QUEUES);
	if ((th->tcp_flags & RTE_TCP_SYN_FLAG) != 0)
		return right;
	return (uint16_t)((right + QUEUES - 1U) % QUEUES);
}

/*
 * Put the hashes of segments into their packet buffers. A wrong one leads to another one of the
 * three workers than the right one.
 */
static uint16_t
give_hashes(uint16_t port __rte_unused, uint16_t queue __rte_unused, struct rte_mbuf **pkts,
	uint16_t n, uint16_t room __rte_unused, void *arg __rte_unused)
{
	uint32_t hash;
	uint16_t i;

	for (i = 0; i < n; i++) {
		if (find_segment(pkts[i], &hash) == NULL)
			continue;
		pkts[i]->ol_flags |= RTE_MBUF_F_RX_RSS_HASH;
		pkts[i]->hash.rss = *wrong != 0 ? hash ^ UINT32_C(1) << 31 : hash;
	}
	return n;
}

/* Move the frames of a burst to their queues, and give the queue those that wait for it. */
static uint16_t
spread_wrongly(uint16_t port __rte_unused, uint16_t queue, struct rte_mbuf **pkts, uint16_t n,
	uint16_t room, void *arg __rte_unused)
{
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		uint16_t to = wrong_queue(pkts[i], queue);

		if (to == queue)
			pkts[kept++] = pkts[i];
		else if (rte_ring_enqueue(rings[to], pkts[i]) != 0)
			rte_pktmbuf_free(pkts[i]);
	}
	return (uint16_t)(kept + rte_ring_dequeue_burst(rings[queue], (void **)&pkts[kept],
		(unsigned int)(room - kept), NULL));
}

/* Have the one queue give hashes. @return 0 or -errno */
static int
begin_to_give(uint16_t port)
{
	int fd = open(getenv("WRONG_HASH_FILE"), O_RDONLY | O_CLOEXEC);
	void *map = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);

	if (fd < 0 || map == MAP_FAILED)
		return -EIO;
	close(fd);
	wrong = map;
	callbacks[0] = rte_eth_add_rx_callback(port, 0, give_hashes, NULL);
	return callbacks[0] == NULL ? -ENOMEM : 0;
}

int
rte_eth_dev_start(uint16_t port)
{
	int ret = gives_hash() ? begin_to_give(port) : 0;
	uint16_t i;

	if (ret != 0 || gives_hash())
		return ret != 0 ? ret : NEXT(rte_eth_dev_start)(port);
	for (i = 0; i < QUEUES; i++) {
		char name[] = { 'w', 'r', 'o', 'n', 'g', (char)('0' + i), '\0' };

		rings[i] = rte_ring_create(name, RING_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ);
		callbacks[i] = rte_eth_add_rx_callback(port, i, spread_wrongly, NULL);
		if (rings[i] == NULL || callbacks[i] == NULL)
			return -ENOMEM;
	}
	return NEXT(rte_eth_dev_start)(port);
}

int
rte_eth_dev_stop(uint16_t port)
{
	struct rte_mbuf *m;
	uint16_t i;

	if (gives_hash()) {
		rte_eth_remove_rx_callback(port, 0, callbacks[0]);
		return NEXT(rte_eth_dev_stop)(port);
	}
	for (i = 0; i < QUEUES; i++) {
		rte_eth_remove_rx_callback(port, i, callbacks[i]);
		while (rte_ring_dequeue(rings[i], (void **)&m) == 0)
			rte_pktmbuf_free(m);
		rte_ring_free(rings[i]);
	}
	return NEXT(rte_eth_dev_stop)(port);
}
