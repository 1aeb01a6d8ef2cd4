/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * What stands around the stack of the engine's target: a device with offloads, an access list, the
 * kernel of the host, other stacks; and allocations that fail.
 */

#include <inttypes.h>
#include <string.h>

#include <rte_common.h>

#include "frame/device.h"
#include "frame/frame.h"
#include "fuzz/engine.h"
#include "wire/faults.h"

/* TCI that the tagged port sends: its priority and VLAN, behind the outer VLAN if it has one. */
#define TCI(vid) (3u << 13 | (vid))

/* What the input can choose: bits of engine_features(). */
enum {
	CHECKSUMS = 1, TSO = 2, STRIP_TAGS = 4, INSERT_TAGS = 8, TWO_TAGS = 0x10, ACL = 0x20,
	EXCEPTIONS = 0x40, ROUTERS = 0x80, FRAMES_SEEN = 0x100, SEEK = 0x200,
	COOKIE_SECRET = 0x400, REPLIES_HERE = 0x800, DAD_SILENT = 0x1000, MORE_SUBNETS = 0x2000,
};

/*
 * Allocations that fail. The engine is linked with fault_hooks.h and fault_heap.c, which ask here.
 */

/* fault_hooks.h notes here that a failure needs no counter; nobody asks. */
struct wire_faults wire_faults;

struct engine_faults engine_faults;

bool
wire_fault_due(enum wire_fault kind, const char *what __rte_unused,
	const char *file __rte_unused, int line __rte_unused)
{
	uint32_t *left = kind == WIRE_FAULT_heap ? &engine_faults.heap : &engine_faults.memory;

	if (*left == 0 || --*left > 0)
		return false;
	engine_faults.failed = true;
	return true;
}

/*
 * The parameters.
 */

static bool
replies_here(void *arg __rte_unused, const struct rs_tuple *tuple)
{
	return ((tuple->lport ^ tuple->rport) & 1) == 0;
}

static void
frames_seen(void *arg __rte_unused, struct rte_mbuf *const *frames, uint16_t n,
	bool sent __rte_unused, uint64_t now __rte_unused)
{
	uint16_t i;

	fuzz_check(n > 0 && n <= 2 * RS_BURST, "%u frames are seen", n);
	for (i = 0; i < n; i++) {
		rte_mbuf_sanity_check(frames[i], 1);
		fuzz_check(frames[i]->data_len >= FRAME_ETHER_LEN, "a frame without a header");
	}
}

static void
except(void *arg, const struct rte_mbuf *m, bool neighbour)
{
	struct engine *e = arg;

	rte_mbuf_sanity_check(m, 1);
	fuzz_check(m->port == e->ports[0].id || m->port == e->ports[1].id,
		"a frame of no port for the kernel");
	e->excepted += !neighbour;
}

const struct rs_acl *
engine_acl(void)
{
	const struct rs_acl_rule rules[] = {
		{ .action = RS_ACL_RESET, .source = { engine_addr(false, 0, 3), 128 },
			.port_first = 80, .port_last = 80, .listener = -1 },
		{ .action = RS_ACL_ALLOW, .source = { engine_addr(true, 0, 2), 128 },
			.listener = -1 },
		{ .action = RS_ACL_DROP, .any = true, .port_first = 81, .port_last = 82,
			.listener = -1 },
		{ .action = RS_ACL_RESET, .source = { engine_addr(true, 0, 0), 64 },
			.listener = 3 },
	};
	struct rs_acl *acl = rs_acl_create(rules, RTE_DIM(rules), 0);

	fuzz_check(acl != NULL, "no access list");
	return acl;
}

static void
make_exceptions(struct rs_exceptions *ex)
{
	*ex = (struct rs_exceptions){
		.on = true,
		.tcp = { .range = { { 86, 87 }, { 40003, 40003 } }, .n = 2 },
		.udp = { .range = { { 2000, 2000 } }, .n = 1 },
		.protocols = { UINT64_C(1) << 1 | UINT64_C(1) << 58 | UINT64_C(1) << 47 },
	};
}

static void
make_device(struct engine *e, uint16_t has)
{
	struct rs_port *tagged = &e->ports[1];
	unsigned int i;

	for (i = 0; i < RTE_DIM(e->ports); i++) {
		e->ports[i].tx_ip_cksum = e->ports[i].tx_tcp_cksum = (has & CHECKSUMS) != 0;
		e->ports[i].tso_mbufs = (has & (CHECKSUMS | TSO)) == (CHECKSUMS | TSO) ? 4 : 0;
		if ((has & EXCEPTIONS) != 0)
			make_exceptions(&e->ports[i].exceptions);
		if ((has & ROUTERS) != 0) {
			e->ports[i].router_advertisements = true;
			e->ports[i].gateway6 = (struct rs_addr){ .b = { 0 } };
		}
	}
	if ((has & MORE_SUBNETS) != 0) {
		e->ports[0].more_subnets[0] = (struct rs_prefix){ engine_addr(false, 1, 1), 120 };
		e->ports[0].n_more_subnets = 1;
	}
	if ((has & TWO_TAGS) != 0) {
		tagged->tags.n = 2;
		tagged->tags.vid[0] = ENGINE_VLAN_OUTER;
		tagged->tags.vid[1] = ENGINE_VLAN;
		return;
	}
	tagged->rx_vlan = (has & STRIP_TAGS) != 0;
	tagged->tx_vlan = (has & INSERT_TAGS) != 0;
}

void
engine_features(struct engine *e)
{
	static const uint8_t cookie_secret[32] = "a secret of several stacks";
	static const bool yes = true;
	uint16_t has = fuzz_u16(&e->in);

	engine_faults.heap = fuzz_u8(&e->in);
	make_device(e, has);
	if ((has & ACL) != 0)
		e->params.acl = e->acl;
	if ((has & EXCEPTIONS) != 0) {
		e->params.except = except;
		e->params.except_arg = e;
	}
	if ((has & FRAMES_SEEN) != 0)
		e->params.frames_seen = frames_seen;
	if ((has & SEEK) != 0)
		e->params.seek = &yes;
	if ((has & COOKIE_SECRET) != 0) {
		e->params.cookie_secret = cookie_secret;
		e->params.cookie_secret_len = sizeof(cookie_secret);
	}
	if ((has & REPLIES_HERE) != 0)
		e->params.replies_here = replies_here;
	e->params.dad_silent = (has & DAD_SILENT) != 0;
}

/*
 * The device.
 */

/* Note a segment that was sent, for the numbers of the next ones. */
static void
note_segment(struct engine *e, const struct frame_seg *s)
{
	struct engine_sent *sent = &e->sent[s->dport & 3];

	e->tx_segments++;
	if ((s->flags & RST) != 0) {
		e->resets++;
		return;
	}
	sent->seq = s->seq + frame_seg_len(s);
	sent->ack = s->ack;
	sent->lport = s->sport;
	if (s->has_ts)
		sent->ts = s->tsval;
}

/* A frame as it is on the wire. */
static void
read_sent(void *arg, const uint8_t *frame, uint32_t len)
{
	struct engine *e = arg;
	struct engine_frame f = { .len = (uint16_t)len };
	struct frame_seg s = { 0 };
	const char *why = "";
	uint16_t outer = 0;

	fuzz_check(len <= rs_frame_max(e->ports[0].mtu), "a frame of %" PRIu32 " bytes", len);
	memcpy(f.b, frame, len);
	if (get16(frame + 12) == 0x88a8)
		fuzz_check(engine_strip(&f, &outer) && outer == TCI(ENGINE_VLAN_OUTER),
			"another outer tag");
	switch (frame_read(f.b, f.len, &s, &why)) {
	case FRAME_BAD:
		fuzz_check(false, "a frame with %s", why);
		break;
	case FRAME_TCP:
		note_segment(e, &s);
		break;
	default:
		break;
	}
	fuzz_check(!s.tagged || s.tci == TCI(ENGINE_VLAN), "another tag");
}

void
engine_sent(struct engine *e, struct rte_mbuf *m)
{
	const struct rs_port *port = &e->ports[1]; /* both have the same device */
	uint64_t flags = m->ol_flags & RTE_MBUF_F_TX_OFFLOAD_MASK;
	uint64_t can = 0;
	const char *why;

	if (port->tx_tcp_cksum)
		can = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_IP_CKSUM |
			RTE_MBUF_F_TX_L4_MASK;
	if (port->tso_mbufs > 0)
		can |= RTE_MBUF_F_TX_TCP_SEG;
	if (port->tx_vlan)
		can |= RTE_MBUF_F_TX_VLAN;
	rte_mbuf_sanity_check(m, 1);
	fuzz_check(m->port == port->device, "a frame for no port");
	fuzz_check((flags & ~can) == 0, "work that the device does not do");
	fuzz_check((flags & RTE_MBUF_F_TX_VLAN) == 0 || m->vlan_tci == TCI(ENGINE_VLAN),
		"another tag");
	fuzz_check((flags & RTE_MBUF_F_TX_TCP_SEG) == 0 || m->nb_segs <= port->tso_mbufs,
		"a frame in %u mbufs", m->nb_segs);
	e->tx_frames++;
	why = device_send(m, read_sent, e);
	fuzz_check(why == NULL, "a frame that the device refuses: it has %s", why);
	rte_pktmbuf_free(m);
}

struct rte_mbuf *
engine_received(struct engine *e, const struct engine_frame *f)
{
	struct engine_frame plain;
	struct rte_mbuf *m;
	uint16_t tci;

	if (!e->ports[1].rx_vlan)
		return engine_mbuf(&e->in, f, e->own, e->foreign);
	plain = *f;
	if (!engine_strip(&plain, &tci))
		return engine_mbuf(&e->in, f, e->own, e->foreign);
	m = engine_mbuf(&e->in, &plain, e->own, e->foreign);
	if (m != NULL) {
		m->vlan_tci = tci;
		m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	}
	return m;
}

void
engine_forward(struct engine *e)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(e->own);
	struct engine_frame f;
	uint8_t how;

	engine_echo(&e->in, &f);
	how = fuzz_u8(&e->in);
	if (m == NULL)
		return;
	m->data_off = how & 0x7e;
	memcpy(rte_pktmbuf_append(m, f.len), f.b, f.len);
	m->port = e->ports[how & 1].id;
	if (rs_stack_forward(e->stack, &m, 1) == 0)
		return;
	fuzz_check(m->port == e->ports[0].device, "a frame for no port");
	rte_pktmbuf_free(m);
}
