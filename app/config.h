/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The configuration file: INI by rte_cfgfile, every key checked before any port is touched.
 */

#ifndef RS_APP_CONFIG_H
#define RS_APP_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rstack.h"

#define RS_CONFIG_LISTENERS_MAX 64
#define RS_CONFIG_NAME_MAX 32

/** A listener's tos that is [tcp] tos: no DiffServ octet, whose two low bits are 0. */
#define RS_CONFIG_TOS_TCP UINT8_MAX

/** What the poll loop does when a poll found nothing: [worker] idle. */
enum rs_idle {
	RS_IDLE_POLL,   /**< polls again at once */
	RS_IDLE_YIELD,  /**< sched_yield() */
	RS_IDLE_SLEEP,  /**< sleeps until a timer may be due, idle_sleep at most */
};

/** A program of this folder: what differs in its configuration and command line. */
struct rs_program {
	const char *name;
	unsigned int sections;  /**< bits of enum rs_section_id that its file can have */
	int own;                /**< a section whose keys are options, too; -1: none */
	const char *keys;       /**< the file that shows every key */
};

extern const struct rs_program rs_program_rstack;

/** Keys that the command line sets, in place of what the file says. */
#define RS_SETTINGS_MAX 64
struct rs_settings {
	struct {
		const char *key;
		const char *value;
	} set[RS_SETTINGS_MAX];
	unsigned int n;
};

/** [eal]: options that the command line did not give. */
struct rs_config_eal {
	char lcores[256];       /**< --lcores */
	bool no_huge;           /**< --no-huge */
	bool in_memory;         /**< --in-memory; not together with no_huge */
	uint32_t memory_mb;     /**< -m; 0: what the pools need with --no-huge, else EAL's choice */
	char file_prefix[64];   /**< --file-prefix; "": EAL's */
	bool telemetry;         /**< false: --no-telemetry */
	char args[512];         /**< further EAL options, separated by spaces */
};

/** [port N]. */
struct rs_config_port {
	unsigned int number;    /**< N */
	char device[256];       /**< --vdev string, or a PCI address for -a */
	bool is_pci;
	struct rs_prefix address; /**< own address with its prefix length */
	struct rs_prefix terminate[RS_PREFIXES_MAX];
	unsigned int n_terminate;
	struct rs_addr gateway; /**< all 0: none */
	uint16_t mtu;           /**< 0: the device's */
	uint16_t rx_descriptors;
	uint16_t tx_descriptors;
	bool checksum_offload;  /**< use what the device offers; false: always in software */
	bool promiscuous;
};

/** Bytes to be sent: that many, or a file's. */
struct rs_config_bytes {
	uint64_t size;          /**< when file is "" */
	char file[PATH_MAX];
};

/** [listen NAME] and [closed NAME]. */
struct rs_config_listener {
	char name[RS_CONFIG_NAME_MAX];
	bool closed;            /**< from a [closed NAME] section: drop says what it answers */
	struct rs_prefix address; /**< len 0: any */
	uint16_t port_first, port_last;
	bool drop;
	char service[RS_CONFIG_NAME_MAX];
	bool nodelay, keepalive, linger_zero;
	uint8_t tos;            /**< RS_CONFIG_TOS_TCP: that of [tcp] */
	/* http */
	struct rs_config_bytes body;
	char content_type[128];
	/* reset */
	uint64_t reset_after;   /**< abort after so many bytes received; 0: at once */
};

/** The whole file. */
struct rs_config {
	const struct rs_program *program;
	char path[PATH_MAX];
	struct rs_config_eal eal;
	struct rs_config_port ports[RS_PORTS_MAX];
	unsigned int n_ports;
	struct rs_tcp_params tcp;
	uint32_t mbufs;         /**< [worker] mbufs per worker */
	uint16_t mbuf_cache;
	uint32_t max_neighbours;
	uint32_t icmp_errors_per_second;
	enum rs_idle idle;
	uint32_t idle_sleep_us;
	bool stop_reset;        /**< [stop] how = reset; false: finish */
	uint32_t stop_timeout_ms; /**< after which what is still open is reset */
	struct rs_config_listener listeners[RS_CONFIG_LISTENERS_MAX];
	unsigned int n_listeners;
};

/**
 * Read and check a configuration file. Needs no EAL, touches nothing.
 *
 * @param settings  what wins over the file; NULL: nothing
 * @param err  where one sentence an error goes: section, key, value, what was expected
 * @return 0, or -1 when anything was refused
 */
int rs_config_load(const struct rs_program *program, const char *path,
	const struct rs_settings *settings, struct rs_config *config, FILE *err);

/** Say in some lines what would run: ports, addresses, listeners, limits. */
void rs_config_print(const struct rs_config *config, FILE *out);

/** Write every key with section, unit, default and range, as --help-config does. */
void rs_config_help(const struct rs_program *program, FILE *out);

#endif /* RS_APP_CONFIG_H */
