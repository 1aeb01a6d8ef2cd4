/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Rules of rte_flow for SYNs. Devices differ in the flags that a rule can ask for: those with a
 * filter of their own for SYNs look at no other flag, so that SYN-ACKs get into the queue, too.
 */

#include <errno.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_tcp.h>

#include "syn_queue.h"

/* The flags that a rule looks at, the most exact first. */
static const uint8_t masks[] = {
	RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG | RTE_TCP_RST_FLAG,
	RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG,
	RTE_TCP_SYN_FLAG,
};

/* Make a rule for the SYNs of a family. @return 0 or -errno */
static int
make_rule(uint16_t device, enum rte_flow_item_type family, uint8_t mask,
	const struct rte_flow_action *actions, struct rte_flow_error *error)
{
	const struct rte_flow_attr attr = { .ingress = 1 };
	const struct rte_flow_item_tcp tcp_spec = { .hdr.tcp_flags = RTE_TCP_SYN_FLAG };
	const struct rte_flow_item_tcp tcp_mask = { .hdr.tcp_flags = mask };
	const struct rte_flow_item items[] = {
		{ .type = RTE_FLOW_ITEM_TYPE_ETH },
		{ .type = family },
		{ .type = RTE_FLOW_ITEM_TYPE_TCP, .spec = &tcp_spec, .mask = &tcp_mask },
		{ .type = RTE_FLOW_ITEM_TYPE_END },
	};

	memset(error, 0, sizeof(*error));
	/* rules live as long as the device runs */
	return rte_flow_create(device, &attr, items, actions, error) != NULL ? 0 : -rte_errno;
}

/* Make the rules of all families with the most exact mask that the device takes. */
static int
make_rules(uint16_t device, bool ipv6, const struct rte_flow_action *actions,
	struct rte_flow_error *error)
{
	int ret = -ENOTSUP;
	unsigned int i;

	for (i = 0; i < RTE_DIM(masks); i++) {
		ret = make_rule(device, RTE_FLOW_ITEM_TYPE_IPV4, masks[i], actions, error);
		if (ret == 0 && ipv6)
			ret = make_rule(device, RTE_FLOW_ITEM_TYPE_IPV6, masks[i], actions, error);
		if (ret == 0)
			return 0;
		rte_flow_flush(device, NULL);
	}
	return ret;
}

/* Keep the queues of SYNs out of the table by which the device spreads other frames. */
static int
spread_others(uint16_t device, uint16_t n)
{
	struct rte_eth_rss_reta_entry64 reta[RTE_ETH_RSS_RETA_SIZE_512 / RTE_ETH_RETA_GROUP_SIZE];
	struct rte_eth_dev_info info;
	unsigned int i;
	int ret = rte_eth_dev_info_get(device, &info);

	if (ret != 0)
		return ret;
	if (info.reta_size == 0 || info.reta_size > RTE_ETH_RSS_RETA_SIZE_512)
		return -ENOTSUP;
	memset(reta, 0xff, sizeof(reta)); /* the masks select every entry */
	for (i = 0; i < info.reta_size; i++)
		reta[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] =
			(uint16_t)(i % n);
	return rte_eth_dev_rss_reta_update(device, reta, info.reta_size);
}

int
rs_syn_queue_steer(uint16_t device, uint16_t n, uint64_t rss_hf, bool ipv6, const char **error)
{
	uint16_t queues[RTE_MAX_LCORE];
	const struct rte_flow_action_queue queue = { .index = n };
	const struct rte_flow_action_rss rss = {
		.types = rss_hf, .queue_num = n, .queue = queues,
	};
	const struct rte_flow_action actions[] = {
		n == 1 ? (struct rte_flow_action){ RTE_FLOW_ACTION_TYPE_QUEUE, &queue } :
			(struct rte_flow_action){ RTE_FLOW_ACTION_TYPE_RSS, &rss },
		{ .type = RTE_FLOW_ACTION_TYPE_END },
	};
	struct rte_flow_error why = { .message = NULL };
	uint16_t i;
	int ret;

	for (i = 0; i < n; i++)
		queues[i] = (uint16_t)(n + i);
	ret = n > 1 ? spread_others(device, n) : 0;
	if (ret == 0)
		ret = make_rules(device, ipv6, actions, &why);
	*error = why.message;
	return ret;
}
