/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Set-up of an Ethernet device. */

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_thash.h>

#include "port.h"
#include "syn_queue.h"

#define TUN_DEVICE "/dev/net/tun"

/* Time to wait for a link to come up before the port is polled without it. */
#define LINK_WAIT_MS 3000
#define LINK_LOOK_US 10000

#define RX_CKSUMS (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM)
#define TX_CKSUMS (RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM)
#define TX_TSO (RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_MULTI_SEGS)

/*
 * Most packet buffers of a frame that a device cuts into segments. The 16 segments that the engine
 * puts into one have room in as many, and all drivers of DPDK 22.11 take as many (vmxnet3: 24).
 */
#define TSO_MBUFS 16u

/* Get the device's name: the vdev string up to its first comma. */
static void
get_device_name(const struct rs_config_port *config, char name[RTE_DEV_NAME_MAX_LEN])
{
	size_t len = strcspn(config->device, ",");

	snprintf(name, RTE_DEV_NAME_MAX_LEN, "%.*s", (int)RTE_MIN(len, RTE_DEV_NAME_MAX_LEN - 1U),
		config->device);
}

/* Write why there is no device of this name, as far as the reason is known. */
static void
explain_no_device(const struct rs_config_port *config, const char *name, int err,
	struct rs_eal_log *log)
{
	size_t driver = strlen(name);

	if (config->is_pci) {
		warnx("[port %u] device = %s: DPDK can use no such PCI device; bind it to "
			"vfio-pci with dpdk-devbind.py -b vfio-pci %s",
			config->number, name, name);
		return;
	}
	while (driver > 0 && isdigit((unsigned char)name[driver - 1]))
		driver--;
	/* -EFAULT: no driver knows the name of the vdev */
	if (err == -EFAULT || err == -ENODEV)
		warnx("[port %u] device = %s: no driver %.*s is installed; Debian has a driver "
			"net_NAME in the package librte-net-NAME23", config->number, config->device,
			(int)driver, name);
	else if (strncmp(name, "net_tap", strlen("net_tap")) != 0)
		warnx("[port %u] device = %s: the driver could not create it (%s); check its "
			"arguments", config->number, config->device, rs_eal_log_line(log));
	else if (access(TUN_DEVICE, F_OK) != 0)
		warnx("[port %u] device = %s: " TUN_DEVICE " is missing; load the module with "
			"modprobe tun", config->number, config->device);
	else if (geteuid() != 0)
		warnx("[port %u] device = %s: no permission to create a network interface; run "
			"rstack as root", config->number, config->device);
	else
		warnx("[port %u] device = %s: the interface could not be created; check its "
			"arguments, and that no interface has its name (ip link)",
			config->number, config->device);
}

int
rs_port_find(const struct rs_config_port *config, struct rs_port *port, struct rs_eal_log *log)
{
	char name[RTE_DEV_NAME_MAX_LEN];
	int ret = 0;

	get_device_name(config, name);
	/* EAL's start has probed the PCI devices, and any --vdev of the command line */
	if (rte_eth_dev_get_port_by_name(name, &port->device) != 0) {
		rs_eal_log_clear(log);
		if (!config->is_pci)
			ret = rte_dev_probe(config->device);
		if (rte_eth_dev_get_port_by_name(name, &port->device) != 0) {
			explain_no_device(config, name, ret, log);
			return -1;
		}
	}
	if (port->device >= RS_DEVICES_MAX) {
		warnx("[port %u] device = %s: there are more than %u devices",
			config->number, config->device, RS_DEVICES_MAX);
		return -1;
	}
	/* the section's number makes the id of a tagged port one of its own */
	port->id = config->tags.n == 0 ? port->device : (uint16_t)(RS_DEVICES_MAX + config->number);
	port->tags = config->tags;
	port->mtu = config->mtu;
	if (port->mtu == 0)
		rte_eth_dev_get_mtu(port->device, &port->mtu);
	rte_eth_macaddr_get(port->device, &port->mac);
	if (config->n_addresses > 0) {
		port->subnet = config->addresses[0];
		port->n_more_subnets = config->n_addresses - 1;
		memcpy(port->more_subnets, &config->addresses[1],
			port->n_more_subnets * sizeof(port->more_subnets[0]));
	}
	port->gateway = config->gateway;
	memcpy(port->subnets6, config->addresses6, sizeof(port->subnets6));
	port->n_subnets6 = config->n_addresses6;
	port->gateway6 = config->gateway6;
	port->router_advertisements = config->router_advertisements;
	port->dad_transmits = config->dad_transmits;
	port->exceptions = config->exceptions;
	port->exceptions.on = config->kernel[0] != '\0';
	return 0;
}

/* The device of one or more ports: what they need of it. */
struct device {
	const struct rs_config_port *config; /* of its first port, as of the others */
	uint16_t id;
	uint16_t mtu;           /* the largest */
	bool set_mtu;           /* a section names it */
	bool one_tag;           /* a port has a tag */
	bool two_tags;          /* a port has two */
	bool ipv6;              /* a port has IPv6 addresses */
	bool groups;            /* frames to multicast addresses are received */
	bool one_pool;          /* all mbufs that it sends are of one pool */
	bool own_queues;        /* each worker has a transmit queue */
	bool hash;              /* its hash of a frame is wanted in the packet buffer */
	unsigned int n_vlans;   /* those of its ports, by their outer tags */
	uint16_t vlans[RS_CONFIG_PORTS_MAX];
};

static struct device
describe_device(const struct rs_config *config, const struct rs_port *ports, unsigned int first,
	const struct rs_worker *workers, uint16_t n_workers, const struct rs_spread *spread)
{
	struct device dev = {
		.config = &config->ports[first], .id = ports[first].device, .one_pool = true,
		.own_queues = spread->n_queues == n_workers, .hash = spread->hash_asked,
	};
	unsigned int i;

	/* workers hand frames over to each other, and answer in the mbufs that they are given */
	for (i = 0; i < n_workers; i++)
		dev.one_pool &= workers[i].mbufs == workers[0].mbufs;
	for (i = first; i < config->n_ports; i++) {
		if (rs_config_device_first(config, i) != first)
			continue;
		if (ports[i].mtu > dev.mtu)
			dev.mtu = ports[i].mtu;
		dev.set_mtu |= config->ports[i].mtu != 0;
		/* frames of the kernel are in a pool of their own */
		dev.one_pool &= config->ports[i].kernel[0] == '\0';
		dev.one_tag |= ports[i].tags.n == 1;
		dev.two_tags |= ports[i].tags.n == 2;
		dev.ipv6 |= ports[i].n_subnets6 > 0;
		/* solicitations are sent to groups of our addresses (RFC 4861 7.2.2), and the
		 * kernel has groups of its own */
		dev.groups |= ports[i].n_subnets6 > 0 || ports[i].exceptions.on;
		if (ports[i].tags.n > 0)
			dev.vlans[dev.n_vlans++] = ports[i].tags.vid[0];
	}
	return dev;
}

uint16_t
rs_port_queues(const struct rte_eth_dev_info *info)
{
	/*
	 * The driver offers two pairs of queues, but receives all frames into the first, and the
	 * older ones of its devices (82540EM) transmit no frame of the second.
	 */
	if (strcmp(info->driver_name, "net_e1000_em") == 0)
		return 1;
	return (uint16_t)RTE_MIN(info->max_rx_queues, info->max_tx_queues);
}

/*
 * Whether the device inserts tags. The driver of virtio-net does it in rte_eth_tx_prepare(), which
 * workers do not call, because the engine's own way costs no more.
 */
static bool
inserts_tags(const struct rte_eth_dev_info *info)
{
	return (info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_VLAN_INSERT) != 0 &&
	       strncmp(info->driver_name, "net_virtio", strlen("net_virtio")) != 0;
}

/*
 * Whether the device filters VLANs without being asked to. A virtio-net does so whose driver can
 * set the filter, and DPDK's says that it can; then only frames of VLAN 0 and without a tag are
 * received, and the former only if VLAN 0 is set in the filter.
 */
static bool
filters_unasked(const struct rte_eth_dev_info *info)
{
	return strncmp(info->driver_name, "net_virtio", strlen("net_virtio")) == 0;
}

/*
 * Whether the device cuts frames into segments and makes their checksums. net_tap does so in
 * software, by rte_gso: only IPv4, only segments that are shorter than the MTU by a link header,
 * and for more than it costs to send them one by one.
 */
static bool
cuts_segments(const struct device *dev, const struct rte_eth_dev_info *info)
{
	const uint64_t needed = TX_TSO | RTE_ETH_TX_OFFLOAD_TCP_CKSUM;

	return dev->config->tso && dev->config->tx_checksum && dev->own_queues &&
	       (info->tx_offload_capa & needed) == needed &&
	       strcmp(info->driver_name, "net_tap") != 0;
}

/* Most packet buffers of a frame that the device cuts: a part of its ring has room for it. */
static uint16_t
tso_mbufs(const struct device *dev, const struct rte_eth_dev_info *info)
{
	uint32_t most = RTE_MIN(TSO_MBUFS, dev->config->tx_descriptors / 4u);

	if (info->tx_desc_lim.nb_max > 0)
		most = RTE_MIN(most, info->tx_desc_lim.nb_max / 4u);
	if (info->tx_desc_lim.nb_seg_max > 0)
		most = RTE_MIN(most, info->tx_desc_lim.nb_seg_max);
	return (uint16_t)most;
}

/* The work on received frames that the device can do and the file lets it do. */
static uint64_t
choose_rx(const struct device *dev, const struct rte_eth_dev_info *info)
{
	uint64_t wanted = 0;

	if (dev->config->rx_checksum)
		wanted |= RX_CKSUMS;
	if (dev->config->vlan_tags && dev->one_tag && !dev->two_tags)
		wanted |= RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	if (dev->n_vlans > 0 || filters_unasked(info))
		wanted |= RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
	if (dev->config->scatter)
		wanted |= RTE_ETH_RX_OFFLOAD_SCATTER;
	if (dev->hash && (info->flow_type_rss_offloads & RS_RSS_ASKED) != 0)
		wanted |= RTE_ETH_RX_OFFLOAD_RSS_HASH;
	return info->rx_offload_capa & wanted;
}

/*
 * The same of sent frames. Without TSO each frame of the stack is one mbuf without other
 * references, so fast free only needs one pool for all; multi-segment frames are not asked for
 * then, because drivers have faster functions without. Fast free does not unlink the mbufs of a
 * chain, so it is not asked for with TSO.
 */
static uint64_t
choose_tx(const struct device *dev, const struct rte_eth_dev_info *info)
{
	uint64_t wanted = 0;

	if (dev->config->tx_checksum)
		wanted |= TX_CKSUMS;
	if (dev->config->vlan_tags && dev->one_tag && !dev->two_tags && inserts_tags(info))
		wanted |= RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
	if (cuts_segments(dev, info))
		wanted |= TX_TSO;
	else if (dev->config->fast_free && dev->one_pool)
		wanted |= RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	return info->tx_offload_capa & wanted;
}

/*
 * Choose the offloads and RSS that the device offers and rstack can use; none is required. Devices
 * differ in which of two tags they strip, so they strip none where a port has two.
 */
static struct rte_eth_conf
choose_conf(const struct device *dev, const struct rte_eth_dev_info *info, uint16_t n_queues)
{
	struct rte_eth_conf conf = {
		.rxmode = { .mtu = dev->mtu, .offloads = choose_rx(dev, info) },
		.txmode.offloads = choose_tx(dev, info),
	};

	/* with one queue, too, a device hashes frames only for RSS */
	if (n_queues > 1 || (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH) != 0) {
		conf.rx_adv_conf.rss_conf.rss_hf = info->flow_type_rss_offloads & RS_RSS_ASKED;
		if (conf.rx_adv_conf.rss_conf.rss_hf != 0)
			conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	}
	return conf;
}

/* Set up the queue pair of a worker, and its queue of SYNs, if it shall have one. */
static int
setup_queue(const struct rs_config_port *config, uint16_t id, const struct rs_worker *w,
	uint16_t syn_queue)
{
	uint16_t n_rx = config->rx_descriptors;
	uint16_t n_tx = config->tx_descriptors;
	unsigned int socket;
	int ret;

	ret = rte_eth_dev_adjust_nb_rx_tx_desc(id, &n_rx, &n_tx);
	if (ret != 0)
		return ret;
	socket = (unsigned int)rte_eth_dev_socket_id(id);
	ret = rte_eth_rx_queue_setup(id, w->queue, n_rx, socket, NULL, w->mbufs);
	if (ret == 0 && syn_queue != 0)
		ret = rte_eth_rx_queue_setup(id, syn_queue, n_rx, socket, NULL, w->mbufs);
	if (ret != 0)
		return ret;
	return rte_eth_tx_queue_setup(id, w->queue, n_tx, socket, NULL);
}

bool
rs_port_connects_at_start(const struct rs_config_port *config, uint16_t id)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(id, &info) == 0 &&
	       strcmp(info.driver_name, "net_memif") == 0 &&
	       strstr(config->device, "role=server") == NULL &&
	       strstr(config->device, "role=master") == NULL;
}

/* The type of the driver's messages. rte_log_register() finds it by its name. */
#define MEMIF_LOG "pmd.net.memif"

int
rs_port_connect(uint16_t id)
{
	int type = rte_log_register(MEMIF_LOG);
	int level = type < 0 ? 0 : rte_log_get_level((uint32_t)type);
	int ret = rte_eth_dev_stop(id);

	/* each try would have its line that the other side is not there */
	if (type >= 0)
		rte_log_set_level((uint32_t)type, RTE_LOG_CRIT);
	if (ret == 0)
		ret = rte_eth_dev_start(id);
	if (type >= 0)
		rte_log_set_level((uint32_t)type, (uint32_t)level);
	return ret;
}

/* Have a device without a link connect once more, and say so the first time. @return 0 or -errno */
static int
connect_again(const struct rs_config_port *config, uint16_t id, bool first)
{
	int ret = rte_eth_dev_stop(id);

	if (first)
		warnx("[port %u] device = %s: it connects again, for %u seconds at most, because "
			"the other side has not started its port", config->number, config->device,
			LINK_WAIT_MS / 1000);
	return ret != 0 ? ret : rte_eth_dev_start(id);
}

/*
 * Wait for the link, but not forever, because a cable may be plugged in later.
 * @return 0, also without a link, or -errno: the device has not started
 */
static int
wait_link(const struct rs_config_port *config, uint16_t id)
{
	const unsigned int looks = LINK_WAIT_MS * 1000 / LINK_LOOK_US;
	const unsigned int looks_connect = RS_CONNECT_WAIT_MS * 1000 / LINK_LOOK_US;
	struct rte_eth_link link = { 0 };
	unsigned int i;
	int ret = 0;

	for (i = 0; i < looks; i++) {
		if (i > 0 && i % looks_connect == 0 && rs_port_connects_at_start(config, id))
			ret = connect_again(config, id, i == looks_connect);
		if (ret == 0 && (rte_eth_link_get_nowait(id, &link) != 0 ||
		    link.link_status == RTE_ETH_LINK_UP))
			return 0;
		usleep(LINK_LOOK_US);
	}
	if (ret == 0)
		warnx("[port %u] device = %s: the link is down; %s", config->number,
			config->device, rs_port_connects_at_start(config, id) ?
			"rstack runs, and connects when the other side has started its port" :
			"rstack runs, and serves when it comes up");
	return ret;
}

/* Set the MTU that a section names. @return 0 or -errno, which is explained */
static int
set_mtu(const struct device *dev)
{
	int ret;

	if (!dev->set_mtu)
		return 0;
	ret = rte_eth_dev_set_mtu(dev->id, dev->mtu);
	/* a driver without this function, such as net_vhost, took the MTU of rte_eth_conf */
	if (ret == -ENOTSUP)
		return 0;
	if (ret != 0)
		warnx("[port %u] mtu = %u: the device rejects it (%s); set a smaller MTU, or 0",
			dev->config->number, dev->mtu, rte_strerror(-ret));
	return ret;
}

/* Whether a device can have the MTU, as rte_eth_dev_configure() checks it; if not, say so. */
static bool
mtu_fits(const struct device *dev, const struct rte_eth_dev_info *info)
{
	uint32_t most = info->max_mtu;

	if (most == UINT16_MAX || info->max_rx_pktlen <= most)
		most = RTE_MIN(most, info->max_rx_pktlen - RTE_ETHER_HDR_LEN - RTE_ETHER_CRC_LEN);
	if (!dev->set_mtu || dev->mtu <= most)
		return true;
	warnx("[port %u] mtu = %u: the device takes %u at most; set a smaller MTU, or 0",
		dev->config->number, dev->mtu, most);
	return false;
}

/* Explain why a device could not be started. */
static void
explain_no_start(const struct rs_config_port *config, int ret)
{
	if (ret == -ENOMEM)
		warnx("[port %u] device = %s: too little memory for its queues; raise [worker] "
			"mbufs or [eal] memory, or lower rx_descriptors", config->number,
			config->device);
	else if (ret == -EPERM && strncmp(config->device, "net_memif", strlen("net_memif")) == 0)
		/* the driver gives no other reason when it cannot connect as the client */
		warnx("[port %u] device = %s: nothing listens on its socket; start the other "
			"side, which has role=server, first", config->number, config->device);
	else
		warnx("[port %u] device = %s: it could not be started (%s)", config->number,
			config->device, rte_strerror(-ret));
}

/* Explain why SYNs have no queue of their own. */
static void
explain_no_steering(const struct rs_config_port *config, const char *why)
{
	warnx("[port %u] syn_queue = yes: device %s does not give SYNs a queue of their own (%s); "
		"rstack runs without", config->number, config->device, why);
}

/* Have the device receive frames that are not to its MAC address. @return 0 or -errno */
static int
set_modes(const struct device *dev)
{
	int ret = dev->config->promiscuous ? rte_eth_promiscuous_enable(dev->id) : 0;

	if ((ret == 0 || ret == -ENOTSUP) && dev->groups)
		ret = rte_eth_allmulticast_enable(dev->id);
	/* some devices have no such mode, because they receive every frame */
	return ret == -ENOTSUP ? 0 : ret;
}

/*
 * Have a device that filters VLANs receive those of its ports. Some filter even without being
 * asked to (virtio-net, virtual functions). VLAN 0 is no VLAN, because such a tag only has a
 * priority (802.1Q 6.9). @return 0 or -errno, which is explained
 */
static int
receive_vlans(const struct device *dev)
{
	unsigned int i;
	int ret;

	/* a device without VLAN 0 in its filter still receives untagged frames */
	rte_eth_dev_vlan_filter(dev->id, 0, 1);
	for (i = 0; i < dev->n_vlans; i++) {
		ret = rte_eth_dev_vlan_filter(dev->id, dev->vlans[i], 1);
		if (ret != 0) {
			warnx("[port %u] vlan = %u: the device does not receive it (%s)",
				dev->config->number, dev->vlans[i], rte_strerror(-ret));
			return ret;
		}
	}
	return 0;
}

/*
 * Configure the device, set up its queues, and start it. @param syn_queues  each worker has a queue
 * of SYNs, too. @return 0 or -errno, which is explained
 */
static int
start_device(const struct device *dev, const struct rte_eth_conf *conf,
	const struct rs_worker *workers, uint16_t n_workers, bool syn_queues)
{
	int ret = rte_eth_dev_configure(dev->id,
		(uint16_t)(syn_queues ? 2 * n_workers : n_workers), n_workers, conf);
	uint16_t i;

	if (ret == 0 && set_mtu(dev) != 0)
		return -EINVAL;
	for (i = 0; ret == 0 && i < n_workers; i++)
		ret = setup_queue(dev->config, dev->id, &workers[i],
			syn_queues ? (uint16_t)(n_workers + i) : 0);
	if (ret == 0)
		ret = rte_eth_dev_start(dev->id);
	if (ret == 0)
		ret = set_modes(dev);
	if (ret != 0) {
		explain_no_start(dev->config, ret);
		return ret;
	}
	return (conf->rxmode.offloads & RTE_ETH_RX_OFFLOAD_VLAN_FILTER) != 0 ?
		receive_vlans(dev) : 0;
}

/*
 * Have a started device steer SYNs into queues of their own. Several workers then need to know how
 * it spreads frames. @return NULL, or why it does not
 */
static const char *
steer_syns(const struct device *dev, const struct rs_port *port, uint64_t rss_hf,
	uint16_t n_workers)
{
	const char *error = NULL;
	struct rs_rss rss;
	int ret;

	rs_port_rss(port, &rss);
	if (n_workers > 1 && !rss.known)
		return "it does not say how it spreads frames over queues";
	ret = rs_syn_queue_steer(dev->id, n_workers, rss_hf,
		dev->ipv6 && (n_workers == 1 || rss.ipv6), &error);
	if (ret == 0)
		return NULL;
	return error != NULL ? error : rte_strerror(-ret);
}

/*
 * Start a device whose workers have queues of SYNs; without these, if it cannot steer SYNs.
 * @param steered  [out] whether it does. @return 0 or -errno, which is explained
 */
static int
start_with_syn_queues(const struct device *dev, const struct rte_eth_conf *conf,
	const struct rs_port *port, const struct rs_worker *workers, uint16_t n_workers,
	bool *steered)
{
	const char *error;
	int ret;

	*steered = false;
	/* some devices want as many receive as transmit queues */
	ret = rte_eth_dev_configure(dev->id, (uint16_t)(2 * n_workers), n_workers, conf);
	if (ret != 0) {
		explain_no_steering(dev->config, "it rejects the number of queues");
		return start_device(dev, conf, workers, n_workers, false);
	}
	ret = start_device(dev, conf, workers, n_workers, true);
	if (ret != 0)
		return ret;
	error = steer_syns(dev, port, conf->rx_adv_conf.rss_conf.rss_hf, n_workers);
	if (error == NULL) {
		*steered = true;
		return 0;
	}
	explain_no_steering(dev->config, error);
	ret = rte_eth_dev_stop(dev->id);
	if (ret == 0)
		return start_device(dev, conf, workers, n_workers, false);
	explain_no_start(dev->config, ret);
	return ret;
}

/* Note for each port of a device which offloads it has. @param mbufs  tso_mbufs() */
static void
note_offloads(const struct rs_config *config, struct rs_port *ports, unsigned int first,
	const struct rte_eth_conf *conf, uint16_t mbufs)
{
	uint64_t rx = conf->rxmode.offloads;
	uint64_t tx = conf->txmode.offloads;
	unsigned int i;

	for (i = first; i < config->n_ports; i++) {
		if (rs_config_device_first(config, i) != first)
			continue;
		ports[i].tx_ip_cksum = (tx & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) != 0;
		ports[i].tx_tcp_cksum = (tx & RTE_ETH_TX_OFFLOAD_TCP_CKSUM) != 0;
		ports[i].tso_mbufs = (tx & RTE_ETH_TX_OFFLOAD_TCP_TSO) != 0 ? mbufs : 0;
		ports[i].rx_vlan = ports[i].tags.n > 0 &&
			(rx & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
		ports[i].tx_vlan = ports[i].tags.n > 0 &&
			(tx & RTE_ETH_TX_OFFLOAD_VLAN_INSERT) != 0;
	}
}

/* The fields that a started device hashes: those that it tells, else those that it took. */
static uint64_t
rss_granted(uint16_t id, uint64_t taken)
{
	struct rte_eth_rss_conf conf = { .rss_key = NULL };

	return taken != 0 && rte_eth_dev_rss_hash_conf_get(id, &conf) == 0 ?
		conf.rss_hf & RS_RSS_ASKED : taken;
}

/* Configure and start a device, without waiting for its link. @return 0 or -1 */
static int
start_port(const struct rs_config *config, unsigned int first, struct rs_port *ports,
	const struct rs_worker *workers, uint16_t n_workers, struct rs_spread *spread)
{
	const struct device dev = describe_device(config, ports, first, workers, n_workers, spread);
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf;
	bool own_queues; /* there are some for SYNs alone */
	int ret;

	ret = rte_eth_dev_info_get(dev.id, &info);
	if (ret != 0) {
		explain_no_start(dev.config, ret);
		return -1;
	}
	if (!mtu_fits(&dev, &info))
		return -1;
	conf = choose_conf(&dev, &info, spread->n_queues);
	spread->syns_steered = false;
	own_queues = spread->n_queues == n_workers && info.max_rx_queues >= 2 * n_workers;
	if (dev.config->syn_queue && !own_queues)
		explain_no_steering(dev.config, "it has too few receive queues");
	if (dev.config->syn_queue && own_queues)
		ret = start_with_syn_queues(&dev, &conf, &ports[first], workers, n_workers,
			&spread->syns_steered);
	else
		ret = start_device(&dev, &conf, workers, spread->n_queues, false);
	if (ret != 0)
		return -1;
	spread->rx_offloads = conf.rxmode.offloads;
	spread->tx_offloads = conf.txmode.offloads;
	spread->rss_asked = spread->n_queues > 1 || spread->hash_asked ? RS_RSS_ASKED : 0;
	spread->rss_granted = rss_granted(dev.id, conf.rx_adv_conf.rss_conf.rss_hf);
	note_offloads(config, ports, first, &conf, tso_mbufs(&dev, &info));
	return 0;
}

int
rs_port_start(const struct rs_config *config, unsigned int first, struct rs_port *ports,
	const struct rs_worker *workers, uint16_t n_workers, struct rs_spread *spread)
{
	int ret;

	if (start_port(config, first, ports, workers, n_workers, spread) != 0)
		return -1;
	ret = wait_link(&config->ports[first], ports[first].device);
	if (ret != 0)
		explain_no_start(&config->ports[first], ret);
	return ret != 0 ? -1 : 0;
}

int
rs_port_restart(const struct rs_config *config, unsigned int first, struct rs_port *ports,
	const struct rs_worker *workers, uint16_t n_workers, struct rs_spread *spread)
{
	uint16_t id = ports[first].device;
	int ret = rte_eth_dev_reset(id);

	if (ret == -ENOTSUP)
		ret = rte_eth_dev_stop(id);
	if (ret != 0) {
		explain_no_start(&config->ports[first], ret);
		return -1;
	}
	return start_port(config, first, ports, workers, n_workers, spread);
}

/* Read the table from hash to queue. @return false if the device has none */
static bool
read_reta(uint16_t id, uint16_t size, struct rs_rss *rss)
{
	struct rte_eth_rss_reta_entry64 reta[RTE_ETH_RSS_RETA_SIZE_512 / RTE_ETH_RETA_GROUP_SIZE];
	unsigned int i;

	if (size == 0 || size > RTE_DIM(rss->queue) || !rte_is_power_of_2(size))
		return false;
	memset(reta, 0xff, sizeof(reta)); /* the masks select every entry */
	if (rte_eth_dev_rss_reta_query(id, reta, size) != 0)
		return false;
	for (i = 0; i < size; i++)
		rss->queue[i] = reta[i / RTE_ETH_RETA_GROUP_SIZE].reta[i %
			RTE_ETH_RETA_GROUP_SIZE];
	rss->mask = (uint16_t)(size - 1);
	return true;
}

void
rs_port_rss(const struct rs_port *port, struct rs_rss *rss)
{
	uint8_t key[RS_RSS_KEY_MAX] __rte_aligned(sizeof(uint32_t)) = { 0 };
	struct rte_eth_rss_conf conf = { .rss_key = key, .rss_key_len = sizeof(key) };
	struct rte_eth_dev_info info;

	memset(rss, 0, sizeof(*rss));
	/* some drivers report a key size of 0 but still return the key */
	if (rte_eth_dev_info_get(port->device, &info) != 0 || info.hash_key_size > sizeof(key))
		return;
	if (rte_eth_dev_rss_hash_conf_get(port->device, &conf) != 0 ||
	    (conf.rss_hf & (RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP)) == 0)
		return;
	rte_convert_rss_key((const uint32_t *)key, rss->key, sizeof(key));
	rss->ports = (conf.rss_hf & RTE_ETH_RSS_NONFRAG_IPV4_TCP) != 0;
	rss->ipv6 = (conf.rss_hf & (RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP)) != 0;
	rss->ports6 = (conf.rss_hf & RTE_ETH_RSS_NONFRAG_IPV6_TCP) != 0;
	/* a driver that does not know its key leaves it 0, and then each hash is 0 */
	rss->known = rss->key[0] != 0 && read_reta(port->device, info.reta_size, rss);
}

bool
rs_port_tells_segments(const struct rs_port *port)
{
	uint32_t types[64];
	int n = rte_eth_dev_get_supported_ptypes(port->device, RTE_PTYPE_L4_MASK, types,
		RTE_DIM(types));
	int i;

	for (i = 0; i < RTE_MIN(n, (int)RTE_DIM(types)); i++)
		if ((types[i] & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_TCP)
			return true;
	return false;
}

bool
rs_port_keeps_buffers(const struct rs_port *port)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(port->device, &info) == 0 &&
	       strcmp(info.driver_name, "net_af_xdp") == 0;
}

void
rs_port_stop(const struct rs_port *port)
{
	rte_eth_dev_stop(port->device);
	rte_eth_dev_close(port->device);
}
