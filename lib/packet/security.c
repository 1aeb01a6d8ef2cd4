/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The IPv4 basic security option (RFC 1108 2): whether a segment carries just the one that
 * is asked for (RFC 9293 3.10.7, third check).
 */

#include "packet/ipv4.h"

#define IPV4_LEN sizeof(struct rte_ipv4_hdr)

/* Option types (RFC 791 3.1, RFC 1108 2). */
#define OPT_END 0
#define OPT_NOP 1
#define OPT_SECURITY 130

/* The security option among n bytes of options, NULL: there is none that can be read. */
static const uint8_t *
find(const uint8_t *opt, unsigned int n)
{
	unsigned int i = 0;

	while (i < n && opt[i] != OPT_END) {
		if (opt[i] == OPT_NOP) {
			i++;
			continue;
		}
		if (i + 1 >= n || opt[i + 1] < 2 || opt[i + 1] > n - i)
			return NULL;
		if (opt[i] == OPT_SECURITY)
			return &opt[i];
		i += opt[i + 1];
	}
	return NULL;
}

bool
rs_segment_security_is(const struct rs_segment *seg, const struct rte_mbuf *m,
	const struct rs_security *security)
{
	const uint8_t *opt = find(rte_pktmbuf_mtod_offset(m, const uint8_t *,
		seg->l3_off + IPV4_LEN), seg->l4_off - seg->l3_off - (unsigned int)IPV4_LEN);

	if (security->len == 0)
		return true;
	return opt != NULL && opt[1] == security->len &&
	       memcmp(opt, security->option, security->len) == 0;
}
