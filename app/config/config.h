/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The configuration, read from an INI file by rte_cfgfile. Every key is checked before any
 * port is touched.
 */

#ifndef RS_APP_CONFIG_H
#define RS_APP_CONFIG_H

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rstack.h"

#define RS_CONFIG_LISTENERS_MAX 64

/** Most prefixes of peers that a listener allows. */
#define RS_CONFIG_ALLOW_MAX 16
#define RS_CONFIG_PORTS_MAX 32
#define RS_CONFIG_NAME_MAX 32

/** Room for the name of a network interface (IF_NAMESIZE). */
#define RS_KERNEL_NAME_MAX 16

/** Size of the ring of frames for the interface of the kernel, which holds one frame less, and of
 *  the ring of frames from it. */
#define RS_KERNEL_RING 1024
#define RS_KERNEL_DESCRIPTORS 256

/** Most [acl NAME] sections. */
#define RS_CONFIG_ACLS_MAX 32

/** Length of a file with the secret of SYN cookies, bytes. */
#define RS_COOKIE_FILE_LEAST 16
#define RS_COOKIE_FILE_MOST 4096

/** Stands for [tcp] tos in a listener: no DiffServ octet, because those have two 0 bits. */
#define RS_CONFIG_TOS_TCP UINT8_MAX

/** Stands for the default of the service in a listener's idle_timeout and send_timeout. */
#define RS_CONFIG_TIMEOUT_DEFAULT UINT32_MAX

/** [worker] idle: the action of the poll loop after a poll without frames. */
enum rs_worker_idle {
	RS_IDLE_POLL,   /**< polls again at once */
	RS_IDLE_YIELD,  /**< sched_yield() */
	RS_IDLE_SLEEP,  /**< sleeps until a timer may be due, at most idle_sleep */
};

/** [worker] steering: how received frames reach the worker of their connection. */
enum rs_steer_how {
	RS_STEER_AUTO,
	RS_STEER_DEVICE,
	RS_STEER_SOFTWARE,
};

/** How a program is used: the sections of its file, and its command line. */
struct rs_usage {
	const char *name;       /**< of the program */
	unsigned int sections;  /**< bits of enum rs_section_id that its file can have */
	int own;                /**< a section whose keys are options, too; -1: none */
	const char *keys;       /**< the file that shows every key */
	const char *status_1;   /**< the meaning of exit status 1, for the help */
};

extern const struct rs_usage rs_usage_load;
extern const struct rs_usage rs_usage_rstack;

/** Keys that the command line sets, which override the file. */
#define RS_SETTINGS_MAX 64
struct rs_settings {
	struct {
		const char *key;
		const char *value;
	} set[RS_SETTINGS_MAX];
	unsigned int n;
};

/** [eal]: EAL options, which the command line overrides. */
struct rs_config_eal {
	char lcores[256];       /**< --lcores */
	bool no_huge;           /**< --no-huge */
	bool small_pages;       /**< no hugepages, by the file or the command line (eal.h) */
	bool in_memory;         /**< --in-memory; not together with no_huge */
	uint32_t memory_mb;     /**< -m; 0: the pools' need with --no-huge, else EAL's choice */
	char file_prefix[64];   /**< --file-prefix; "": EAL's */
	bool telemetry;         /**< false: --no-telemetry */
	char args[512];         /**< further EAL options, separated by spaces */
};

static_assert(RS_CONFIG_PORTS_MAX <= RS_TAGGED_MAX && RS_CONFIG_PORTS_MAX <= RS_DEVICES_MAX,
	"each section may have tags, or a device of its own");

/** [port N]. */
struct rs_config_port {
	unsigned int number;    /**< N */
	char device[256];       /**< --vdev string, or PCI address for -a */
	bool is_pci;
	struct rs_tags tags;
	struct rs_prefix addresses[RS_SUBNETS_MAX]; /**< own IPv4 addresses with prefix lengths */
	unsigned int n_addresses;
	struct rs_prefix addresses6[RS_SUBNETS6_MAX]; /**< the same for IPv6 */
	unsigned int n_addresses6;
	struct rs_prefix terminate[RS_PREFIXES_MAX];
	unsigned int n_terminate;
	struct rs_addr gateway; /**< all 0: none */
	struct rs_addr gateway6; /**< the same for IPv6 */
	bool router_advertisements;
	uint8_t dad_transmits;
	uint16_t mtu;           /**< 0: the device's */
	uint16_t rx_descriptors;
	uint16_t tx_descriptors;
	bool rx_checksum;       /**< by the device if it can; false: in software */
	bool tx_checksum;       /**< the same for frames that are sent */
	bool vlan_tags;         /**< the same for the tags of ports with one tag */
	bool scatter;           /**< a received frame may lie in several packet buffers */
	bool tso;               /**< the device cuts large frames into segments if it can */
	bool rss_hash;          /**< workers take the device's hash of a segment if it has one */
	bool fast_free;         /**< sent packet buffers go back to their pool unchecked */
	bool promiscuous;
	bool syn_queue;         /**< by the device if it can */
	uint16_t queues;        /**< most of the device; 0: one for each worker */
	char kernel[RS_KERNEL_NAME_MAX]; /**< interface of the host's kernel; "": none */
	struct rs_exceptions exceptions; /**< frames that it gets; `on` is not set here */
	uint32_t kernel_rate;   /**< frames a second, in each direction; 0: no limit */
};

/** Bytes to send: generated, or those of a file. */
struct rs_config_bytes {
	uint64_t size;          /**< if file is "" */
	char file[PATH_MAX];
	uint64_t stamp;         /**< changes with the file's content */
};

/** [listen NAME] and [closed NAME]. */
struct rs_config_listener {
	char name[RS_CONFIG_NAME_MAX]; /**< "": its index is unused */
	uint32_t id;            /**< of this listener, and no other one of the run */
	bool gone;              /**< the file has it no longer; its connections live on */
	bool closed;            /**< a [closed NAME] section: `drop` is its answer */
	struct rs_prefix address; /**< len 0: any */
	uint16_t port_first, port_last;
	bool drop;
	char service[RS_CONFIG_NAME_MAX];
	bool no_connection_drop; /**< segments that belong to no connection get no reset */
	bool nodelay, keepalive, linger_zero;
	uint8_t tos;            /**< RS_CONFIG_TOS_TCP: that of [tcp] */
	struct rs_security security; /**< len 0: none */
	struct rs_prefix allow[RS_CONFIG_ALLOW_MAX]; /**< peers that may connect */
	unsigned int n_allow;   /**< 0: every peer may */
	uint32_t max_connections; /**< of each worker; 0: no limit */
	uint32_t max_per_source;  /**< of each worker; 0: no limit */
	uint32_t resets_per_second; /**< of each worker; 0: no limit */
	uint32_t idle_timeout_ms; /**< 0: none; RS_CONFIG_TIMEOUT_DEFAULT: the service's */
	uint32_t send_timeout_ms; /**< the same */
	uint32_t min_rate;        /**< bytes a second, of reading and of a request's content */
	/* service = http */
	uint32_t header_timeout_ms; /**< 0: none */
	uint32_t body_timeout_ms; /**< 0: none */
	uint32_t half_requests;   /**< most incomplete requests; derived from [tcp] max_busy */
	struct rs_config_bytes body;
	char content_type[128];
	/* service = plugin */
	char path[PATH_MAX];
	uint64_t path_stamp;    /**< of this content of the file */
	char argument[256];
	/* service = reset */
	uint64_t reset_after;   /**< bytes received before the reset; 0: at once */
};

/** The [acl NAME] sections: their rules make one list, in the order of the file. */
struct rs_config_acl {
	char names[RS_CONFIG_ACLS_MAX][RS_CONFIG_NAME_MAX]; /**< of the sections */
	unsigned int n_names;
	char listeners[RS_CONFIG_LISTENERS_MAX][RS_CONFIG_NAME_MAX]; /**< that rules name */
	unsigned int n_listeners;
	struct rs_acl_rule rules[RS_ACL_RULES_MAX]; /**< `listener` is an index in listeners */
	unsigned int n_rules;
};

/** [load] request. */
enum rs_load_request {
	RS_LOAD_GET,    /**< HTTP/1.1 GET */
	RS_LOAD_BYTES,  /**< rs_load_config.body */
	RS_LOAD_NONE,
};

/** [load] answer: the end of an answer. */
enum rs_load_answer {
	RS_LOAD_HTTP,
	RS_LOAD_SIZE,   /**< rs_load_config.answer_size bytes */
	RS_LOAD_CLOSE,  /**< the peer closes */
};

/** [load] close: the side that closes after the last answer. */
enum rs_load_close {
	RS_LOAD_BY_PEER,
	RS_LOAD_BY_FIN,
	RS_LOAD_BY_RESET,
};

/** [load] idempotent. */
enum rs_load_idempotent {
	RS_LOAD_AUTO,   /**< a GET is idempotent, bytes are not (RFC 9110 9.2.2) */
	RS_LOAD_IDEMPOTENT_YES,
	RS_LOAD_IDEMPOTENT_NO,
};

/** An address with a port. */
struct rs_config_socket {
	struct rs_addr addr;
	uint16_t port;          /**< 0: not set */
};

/** [load]: target, request and rate of the load generator, for all workers together. */
struct rs_load_config {
	struct rs_config_socket target;
	struct rs_prefix source; /**< len 0: the address of the port that leads to the target */
	uint32_t rate;          /**< connections a second; 0: no limit */
	uint32_t concurrency;   /**< connections at one time */
	uint64_t count;         /**< connections, retries not counted; 0: no limit */
	uint32_t duration_ms;   /**< 0: no limit */
	enum rs_load_request request;
	char path[256];
	char host[256];         /**< "": the target */
	struct rs_config_bytes body;
	bool half_close;        /**< FIN after the last request */
	enum rs_load_answer answer;
	uint64_t answer_size;
	uint32_t requests;      /**< on one connection, each after the answer before */
	enum rs_load_close close;
	uint8_t retry;          /**< retries of a request after a reset */
	enum rs_load_idempotent idempotent;
	uint32_t connect_timeout_ms; /**< 0: TCP's own only */
	uint32_t request_timeout_ms; /**< 0: none */
	uint32_t report_ms;     /**< between two lines of progress; 0: none */
	bool json;              /**< the final report is one line of JSON */
};

/** [watch] kill: the connections that /rstack/conn/kill resets. */
enum rs_watch_kill {
	RS_WATCH_KILL_NONE,
	RS_WATCH_KILL_ONE,      /**< by its addresses and ports */
	RS_WATCH_KILL_ANY,      /**< those of a filter, too */
};

/** [watch] log. */
enum rs_log_target {
	RS_LOG_STDERR,
	RS_LOG_SYSLOG,
	RS_LOG_JOURNAL,         /**< standard error, with the levels that journald reads */
};

/** [watch] log_level. */
enum rs_log_level {
	RS_LOG_ERROR,
	RS_LOG_WARNING,
	RS_LOG_NOTICE,
	RS_LOG_INFO,
	RS_LOG_DEBUG,
	RS_LOG_LEVELS,
};

/** Reasons of sent resets and verdicts on received ones, a bit each. */
struct rs_config_causes {
	uint64_t reasons;
	uint64_t verdicts;
};

/** Read names separated by commas, or "all". @return whether all of them are known */
bool rs_config_parse_causes(const char *text, struct rs_config_causes *causes);

/** Write them as a text that rs_config_parse_causes() accepts, unless there are none. */
void rs_config_format_causes(const struct rs_config_causes *causes, char *text, size_t size);

/** The configuration. */
struct rs_config {
	const struct rs_usage *usage;
	char path[PATH_MAX];
	struct rs_config_eal eal;
	struct rs_config_port ports[RS_CONFIG_PORTS_MAX];
	unsigned int n_ports;
	struct rs_tcp_params tcp;
	char cookie_secret[PATH_MAX]; /**< file that SYN cookies are keyed by; "": none */
	uint8_t cookie_bytes[RS_COOKIE_FILE_MOST + 1]; /**< read from it */
	uint32_t n_cookie_bytes; /**< 0: no file */
	uint32_t mbufs;         /**< packet buffers of each worker */
	uint16_t mbuf_cache;
	uint32_t max_neighbours;
	uint32_t max_fragments; /**< 0: fragments are dropped */
	uint32_t reassembly_timeout_ms;
	uint32_t icmp_errors_per_second;
	uint32_t icmp_echoes_per_second; /**< 0: no limit */
	uint32_t resets_per_second; /**< of each worker; 0: no limit */
	uint32_t resets_per_source; /**< of each source, a second; 0: no limit */
	uint8_t source_prefix;  /**< bits of an IPv4 address that make a source */
	enum rs_steer_how steering;
	enum rs_worker_idle idle;
	uint32_t idle_sleep_us;
	bool stop_reset;        /**< [stop] how = reset; false: finish */
	uint32_t stop_timeout_ms; /**< after which open connections are reset */
	char stop_hook[PATH_MAX]; /**< a program that is run before; "": none */
	uint32_t hook_timeout_ms; /**< after which the stop no longer waits for it */
	enum rs_watch_kill kill; /**< [watch] kill */
	enum rs_log_target log; /**< [watch] log */
	enum rs_log_level log_level; /**< from which on it is written */
	char capture[PATH_MAX]; /**< file of the capture around resets; "": none */
	struct rs_config_causes capture_causes;
	uint32_t capture_frames; /**< of a reset */
	uint32_t capture_ring;  /**< frames that a worker keeps */
	uint64_t capture_size;  /**< bytes that a run may add to the file */
	struct rs_config_listener listeners[RS_LISTENERS_MAX]; /**< with those that are gone */
	unsigned int n_listeners; /**< behind the last one that is used */
	uint32_t last_id;       /**< highest id of a listener */
	struct rs_config_acl acl;
	struct rs_load_config load;
};

/**
 * Read and check a configuration file. Needs no EAL, touches no device.
 *
 * @param settings  keys that override the file; NULL: none
 * @param err  gets a sentence for each error: section, key, value, expectation
 * @return 0, or -1 if a part of the file was refused
 */
int rs_config_load(const struct rs_usage *usage, const char *path,
	const struct rs_settings *settings, struct rs_config *config, FILE *err);

/**
 * Change a running configuration to that of a file, as far as a running rstack can.
 *
 * A listener keeps its index. One that is gone, or has other settings of its service, stays as
 * `gone` at its index, because its connections refer to it.
 *
 * @param now    gets a line for each part that changes
 * @param later  gets the section and key of each part that changes with the next start
 * @param err    gets a sentence if the configuration cannot be changed now
 * @return 0 or -1
 */
int rs_config_change(struct rs_config *running, const struct rs_config *file, FILE *now,
	FILE *later, FILE *err);

/**
 * The rules of the access list, for listeners as they stand in the configuration. A rule for a
 * listener that is gone is left out.
 *
 * @param rules  [out] room for config->acl.n_rules
 * @return their number
 */
unsigned int rs_config_acl_rules(const struct rs_config *config, struct rs_acl_rule *rules);

/** A listener that is gone has no connection any more: its index is unused from now on. */
void rs_config_forget(struct rs_config *config, unsigned int listener);

/** The first section with the device of port i: i, or that of an earlier port. */
unsigned int rs_config_device_first(const struct rs_config *config, unsigned int i);

/** Write an IP address as text (RFC 5952). */
void rs_addr_format(const struct rs_addr *addr, char *text, size_t size);

/** Write an address with its port as text, an IPv6 address in brackets. */
void rs_socket_format(const struct rs_config_socket *socket, char *text, size_t size);

/** Bytes of data room that a packet buffer needs for a tagged frame of this MTU. */
uint16_t rs_mbuf_room(uint16_t mtu);

/** Bytes of memory that the packet buffers of one worker take; an MTU of 0 counts as 1500. */
uint64_t rs_config_mbuf_memory(const struct rs_config *config);

/** Packet buffers of the exception path of a port (exception.h); 0: it has none. */
uint32_t rs_config_kernel_mbufs(const struct rs_config_port *port);

/** Bytes of memory that the packet buffers of all exception paths take. */
uint64_t rs_config_kernel_memory(const struct rs_config *config);

/** Print the configuration: ports, addresses, listeners, pools, every key. */
void rs_config_print(const struct rs_config *config, FILE *out);

/** Write the text of --help-config: every key with section, unit, default and range. */
void rs_config_help(const struct rs_usage *usage, FILE *out);

#endif /* RS_APP_CONFIG_H */
