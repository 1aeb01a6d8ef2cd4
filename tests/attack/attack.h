/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Attacks on one worker in simulated time. The server is a worker of the appliance with its
 * default configuration and its own services; it gets one run of 64 frames for each device in
 * each step, from a receive ring that drops what does not fit. Honest users are connections of
 * a second stack (honest.c). Attackers are generated frames, or bots, which speak just as much
 * TCP as an attack needs (bots.c). The question of each attack: were the honest users served?
 */

#ifndef ATTACK_H
#define ATTACK_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "app.h"
#include "base/seq.h"
#include "packet.h"
#include "rstack.h"
#include "sim/rand.h"

/** A step of simulated time, microseconds: the worker polls each of its devices once. */
#define ATTACK_STEP 100u
#define ATTACK_SECOND UINT64_C(1000000)

/** Frames of an attack in a step: half of what the worker can receive from a device. */
#define ATTACK_RATE (RS_BURST / 2)

/** Frames that a receive ring holds. */
#define ATTACK_RING 1024u

/** Devices of the server, and their addresses. */
#define ATTACK_DEVICES 2
#define ATTACK_SERVER_0 UINT32_C(0xc0000201) /* 192.0.2.1 */
#define ATTACK_SERVER_1 UINT32_C(0xc6336401) /* 198.51.100.1 */
#define ATTACK_HONEST UINT32_C(0xc0000202)   /* 192.0.2.2 */
#define ATTACK_BOTS UINT32_C(0x0a000000)     /* 10.0.0.0: bot 0 */
#define ATTACK_BOTS_MAX (1u << 17)

/** Ports of the server's listeners. */
enum {
	PORT_ECHO = 7,
	PORT_DISCARD = 9,
	PORT_CHARGEN = 19,
	PORT_WEB = 80,          /**< http, a body of 1,024 bytes */
	PORT_BIG = 81,          /**< http, a body of 65,536 bytes */
	PORT_CLOSED = 82,       /**< no listener */
};

/** How the honest users behave. */
struct profile {
	bool split;             /**< a request comes in two segments, 5 ms apart */
	bool big;               /**< GETs of PORT_BIG; without it, each fourth request is an echo */
	uint32_t loss;          /**< each so-manieth full segment to the users is lost; 0: none */
};

struct honest;
struct world;

/** A connection of an attacker. Its address is ATTACK_BOTS + its index. */
struct bot {
	enum { BOT_CLOSED, BOT_SYN_SENT, BOT_OPEN } state;
	uint16_t port;          /**< its own; each new connection has another */
	uint16_t dport;
	uint16_t wnd;           /**< that it offers, not scaled */
	uint32_t iss, irs;
	uint32_t una, nxt;      /**< SND.UNA, SND.NXT */
	uint32_t edge;          /**< right edge of the server's window */
	uint32_t ack;           /**< RCV.NXT */
	uint8_t shift;          /**< of the server's window */
	uint64_t timer;         /**< a time of the attack, microseconds */
	uint32_t count;         /**< a number of the attack */
};

/** The pools that bots exhaust. One bot holds a busy block, 256 chunks, or 1,024 ranges. */
enum attack_pool { POOL_NONE, POOL_BUSY, POOL_CHUNKS, POOL_RANGES };

/** An attack. Of its functions those that it does not need are NULL. */
struct attack {
	const char *name;
	bool ipv4_only;         /**< its frames are those of a protocol of IPv4 */
	struct profile profile;
	uint8_t device;         /**< of the server, that the frames reach */
	uint16_t rate;          /**< frames in a step; 0: ATTACK_RATE */
	uint32_t n_bots;        /**< at least; more where the pool is larger */
	enum attack_pool pool;  /**< that the bots together exhaust */
	uint32_t lead_ms;       /**< of the attack before the honest users come */
	/** Write the next frame of no connection. @return its length */
	uint16_t (*frame)(struct world *w, uint8_t *bytes);
	/** It is a bot's turn, as often as the rate allows. */
	void (*turn)(struct world *w, struct bot *bot);
	/** The connection of a bot is ESTABLISHED, and nothing was sent. */
	void (*opened)(struct world *w, struct bot *bot);
	/** The server sent a segment to an open bot, whose una and edge are up to date. */
	void (*segment)(struct world *w, struct bot *bot, const struct frame_seg *s);
};

/** Attacks by file, each list ended by one without a name. */
extern const struct attack attacks_flood[], attacks_hold[], attacks_link[], attacks_link6[],
	attacks_slow[];

/** A frame of the path between the server and the honest users. */
struct flight {
	uint64_t at;            /**< when it arrives, microseconds */
	struct rte_mbuf *m;
};

/** Frames in the order in which they arrive. */
struct path {
	struct flight flights[1u << 14];
	uint32_t head, tail;
};

/** A receive ring of the server. */
struct rx_ring {
	struct rte_mbuf *mbufs[ATTACK_RING];
	uint32_t head, tail;
	uint64_t received;
	uint64_t dropped;       /**< the ring was full */
	uint64_t no_mbuf;       /**< the server's mempool was empty */
};

/** Honest tuples that an attacker may guess: the ports of the latest connections. */
#define ATTACK_GUESSES 16

/** Of a SYN of the users: an attacker may guess the port, but not the number. */
struct attack_guess {
	uint16_t sport;
	uint32_t isn;
};

/** A server with its users and attackers. */
struct world {
	uint64_t now;           /**< microseconds */
	bool ipv6;              /**< the family of users and attackers; the server has both */
	struct sim_rand rand;
	struct rs_app app;
	struct rs_worker worker;
	struct rx_ring rings[ATTACK_DEVICES];
	struct rte_mempool *client_mbufs;
	struct path to_server, to_client;
	struct honest *honest;
	struct attack_guess guesses[ATTACK_GUESSES];
	unsigned int n_guesses;
	const struct attack *attack;
	bool attacking;
	uint32_t full_segments; /**< sent to the honest users */
	struct {
		uint16_t port;
		uint32_t seq;
	} lost[256];            /**< the latest of them that the path lost */
	unsigned int n_lost;
	struct bot *bots;
	uint32_t n_bots;
	uint32_t next_bot;
	struct packet *queue;   /**< of the bots, for the next steps */
	uint32_t queue_head, queue_tail;
	uint64_t attack_frames;
	uint64_t bot_resets;    /**< connections of bots that the server reset */
	uint64_t bot_closes;    /**< that were closed in order */
	const char *wrong;      /**< the first frame of the server that broke a rule */
};

/* world.c */

/** Set up; ends the program with a sentence if that fails. @param attack may be NULL */
void world_init(struct world *w, const struct attack *attack, const struct profile *profile,
	bool ipv6);

/** The address of a family that stands for an IPv4 address, which is in host order. */
struct rs_addr world_addr(uint32_t ipv4, bool ipv6);

/** Let ATTACK_STEP pass. */
void world_step(struct world *w);

/** Let 10 ms pass in which nobody sends anything to the server. */
void world_wait(struct world *w);

/** Free all. @return mbufs that leaked */
unsigned int world_fini(struct world *w);

/* bots.c */

void bots_init(struct world *w);
void bots_fini(struct world *w);

/** Write the next frame of the attack. @return its length; 0: there is none now */
uint16_t bots_frame(struct world *w, uint8_t *bytes);

/** Take a segment from the server to the address of a bot. */
void bots_receive(struct world *w, const struct frame_seg *s);

/** Send a SYN from a port that was not used. */
void bot_open(struct world *w, struct bot *bot, uint16_t dport, uint16_t wnd, bool options);

/** A segment of a bot's connection with SND.NXT, RCV.NXT and its window. */
struct packet bot_packet(struct world *w, const struct bot *bot, uint8_t flags);

/** Put a segment in the queue. */
void bot_send(struct world *w, const struct packet *p);

/** Send data at SND.NXT, as much as fits one segment and the server's window. @return bytes */
uint16_t bot_send_data(struct world *w, struct bot *bot, const void *data, uint32_t len);

/** Acknowledge all data of a segment, if it comes in order. @return whether it has any or FIN */
bool bot_take(struct bot *bot, const struct frame_seg *s);

/** Forget the connection. */
void bot_close(struct bot *bot);

/** The number of a bot. */
static inline uint32_t
bot_index(const struct world *w, const struct bot *bot)
{
	return (uint32_t)(bot - w->bots);
}

/* honest.c */

/** What became of the requests of the honest users. */
struct honest_result {
	uint32_t answered;
	uint32_t wrong;         /**< answered by something else than was asked for */
	uint32_t reset;
	uint32_t timed_out;     /**< given up by the users' own TCP */
	uint32_t open;          /**< without an answer until the limit */
	uint64_t busy_us;       /**< sum of the times that the users needed, thinking included */
	uint64_t worst_us;      /**< longest time of an answer */
};

struct honest *honest_create(struct rte_mempool *mbufs, const struct profile *profile,
	bool ipv6, uint64_t now);
void honest_free(struct honest *honest);

/** Let the users make so many requests from now on. */
void honest_begin(struct honest *honest, uint32_t requests, uint64_t now);

/** The users act, before the stack runs. @return false: all requests have ended */
bool honest_poll(struct honest *honest, uint64_t now);

/** Count the requests that are open, too. */
struct honest_result honest_result(const struct honest *honest, uint64_t now);

/** The stack of the users. */
struct rs_stack *honest_stack(struct honest *honest);

const struct profile *honest_profile(const struct honest *honest);

#endif /* ATTACK_H */
