/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Inside the configuration: the table of sections and keys, which makes the parser, the
 * defaults, the help and config/rstack.ini, and the types of values.
 */

#ifndef RS_APP_CONFIG_KEYS_H
#define RS_APP_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_common.h>

#include "config/config.h"

/** Room for any value as text. */
#define RS_VALUE_TEXT_MAX 4608

/** Room for the name of a key. */
#define RS_KEY_NAME_MAX 32

/** Room for the expectation of a key. */
#define RS_EXPECTED_MAX 512

/** The sections, in the order of the help. */
enum rs_section_id {
	RS_SECTION_EAL,
	RS_SECTION_PORT,
	RS_SECTION_WORKER,
	RS_SECTION_TCP,
	RS_SECTION_ICMP,
	RS_SECTION_LIMITS,
	RS_SECTION_STOP,
	RS_SECTION_WATCH,
	RS_SECTION_LISTEN,
	RS_SECTION_CLOSED,
	RS_SECTION_ACL,
	RS_SECTION_LOAD,
	RS_SECTION_MAX,
};

/** A section. */
struct rs_section {
	const char *name;
	const char *label;    /**< follows the name: "N", "NAME" or NULL */
	const char *example;  /**< label in the help; NULL: the section is a comment */
	const char *help;
};

/** A unit of a number. */
struct rs_unit {
	const char *name;
	uint64_t scale;
};

/** Units of size or time, from the largest to the smallest, ended by a scale of 0. */
struct rs_units {
	const char *noun;     /**< "size" */
	const char *names;    /**< "k, M, G" */
	bool required;        /**< a number other than 0 must have one */
	const struct rs_unit *unit;
};

extern const struct rs_units rs_units_size;
extern const struct rs_units rs_units_time;

struct rs_key;

/** A type of value. `object` is the configuration or a part of it, a port or a listener. */
struct rs_value_type {
	/** Parse text into the object. @return NULL, or the error */
	const char *(*parse)(const struct rs_key *key, const char *text, void *object);
	/** Write the object's value as a text that parse() accepts. */
	void (*format)(const struct rs_key *key, const void *object, char *text, size_t size);
	/** Write which values are allowed. */
	void (*expect)(const struct rs_key *key, char *text, size_t size);
};

extern const struct rs_value_type rs_value_allow;      /* listener: prefixes of peers, or any */
extern const struct rs_value_type rs_value_bool;
extern const struct rs_value_type rs_value_bytes;      /* rs_config_bytes: a size or a file */
extern const struct rs_value_type rs_value_causes;     /* rs_config_causes: names, or all */
extern const struct rs_value_type rs_value_device;     /* port: PCI address or vdev */
extern const struct rs_value_type rs_value_gateway;    /* port: of each family, or none */
extern const struct rs_value_type rs_value_host;       /* port: addresses and prefix lengths */
extern const struct rs_value_type rs_value_lcores;     /* text: rising list */
extern const struct rs_value_type rs_value_match;      /* rs_prefix: any or prefix */
extern const struct rs_value_type rs_value_media;      /* text: a media type */
extern const struct rs_value_type rs_value_name;       /* text: one of words */
extern const struct rs_value_type rs_value_number;     /* unsigned, with or without units */
extern const struct rs_value_type rs_value_port_range; /* first and last, two uint16_t: N or N-M */
extern const struct rs_value_type rs_value_prefixes;   /* port: terminate */
extern const struct rs_value_type rs_value_socket;     /* rs_config_socket: ADDRESS:PORT */
extern const struct rs_value_type rs_value_text;       /* text; words: its characters */
extern const struct rs_value_type rs_value_tos;        /* listener: DiffServ, or [tcp]'s */
extern const struct rs_value_type rs_value_protocols;  /* uint64_t[4]: bits of IP protocols */
extern const struct rs_value_type rs_value_ranges;     /* rs_port_ranges: N or N-M, several */
extern const struct rs_value_type rs_value_rule;       /* rs_config_acl: a rule */
extern const struct rs_value_type rs_value_rules;      /* rs_config_acl: the name of a file */
extern const struct rs_value_type rs_value_security;   /* listener: IPv4 option */
extern const struct rs_value_type rs_value_timeout;    /* listener: time, or the service's */
extern const struct rs_value_type rs_value_vlan;       /* rs_tags: none, VID or VID.VID */
extern const struct rs_value_type rs_value_word;       /* bool or enum: index into words */

/** A key. */
struct rs_key {
	enum rs_section_id section;
	const char *name;
	const struct rs_value_type *type;
	size_t offset, size;          /**< of the field inside the object */
	uint64_t min, max;            /**< numbers: the range, in the field's unit */
	uint64_t step;                /**< numbers: must be a multiple of it; 0: any */
	const struct rs_units *units; /**< numbers: NULL: none */
	uint64_t base;                /**< numbers: scale of the field's unit */
	const char *zero;             /**< numbers: the meaning of 0, if allowed beside min..max */
	const char *words;            /**< "a|b|c" */
	const char *expected;         /**< replaces the text of type->expect() */
	const char *example;          /**< the key is required; the help shows this value */
	const char *service;          /**< [listen]: the only service with this key */
	bool repeats;                 /**< may be given more than once; each adds values */
	bool live;                    /**< changes while rstack runs; [listen]: without making
				       *   another listener of it */
	const char *help;
};

/** @return the field of the key in its object */
static inline void *
rs_key_field(const struct rs_key *key, void *object)
{
	return (char *)object + key->offset;
}

static inline const void *
rs_key_const_field(const struct rs_key *key, const void *object)
{
	return (const char *)object + key->offset;
}

extern const struct rs_section rs_sections[RS_SECTION_MAX];
extern const struct rs_key rs_keys[];
extern const unsigned int rs_n_keys;

/** @return the key, or NULL */
const struct rs_key *rs_key_find(enum rs_section_id section, const char *name);

/** Write which values the key accepts. */
void rs_key_expect(const struct rs_key *key, char *text, size_t size);

/** Set the defaults, without ports and listeners. Pools that are derived are 0. */
void rs_config_defaults(struct rs_config *config);
extern const struct rs_config_port rs_config_port_defaults;
extern const struct rs_config_listener rs_config_listener_defaults;

/** @return how many lcores a list has; 0: it is not a list of lcores in ascending order */
unsigned int rs_lcores_count(const char *text);

/** Whether two prefixes have an address in common. */
bool rs_prefix_overlap(const struct rs_prefix *a, const struct rs_prefix *b);

/** Write a prefix as text, or "any" if its length is 0. */
void rs_prefix_format(const struct rs_prefix *prefix, char *text, size_t size);

/** State of reading a file. */
struct rs_config_reader {
	struct rs_config *config;
	const struct rs_settings *settings;
	const char *source;    /**< begins each sentence: the file, or the program's name */
	FILE *err;
	unsigned int sections; /**< bits of enum rs_section_id that the file has */
	unsigned int refused; /**< sentences written to err */
	struct rs_config_lines *lines; /**< of the file and those that it includes */
	const struct rs_config_place *place; /**< of the line that is read; NULL: none */
	struct rs_config_place *rule_places; /**< of the first rule for each of
					      *   rs_config_acl.listeners */
	unsigned int n_rule_places;
};

/** A line with a section or a key. */
struct rs_config_place {
	char section[64];      /**< text between the brackets; "": the line is above all of them */
	char key[64];          /**< "": the section's own line */
	unsigned int index;    /**< of the section, from 1 on */
	const char *file;
	unsigned int line;
};

/**
 * Read the file and those that it includes, and refuse lines that rte_cfgfile would skip or cut
 * off silently.
 *
 * @param checked  gets the other lines, without comments
 */
void rs_config_lines_read(struct rs_config_reader *reader, FILE *checked);

/** Free what they take. */
void rs_config_lines_free(struct rs_config_lines *lines);

/** Keep a file's name for as long as the lines. @return it, or "" if there is no room */
const char *rs_config_lines_keep(struct rs_config_lines *lines, const char *path);

/** The line of a section and key, the first of several; NULL: none. A key of NULL: the section. */
const struct rs_config_place *rs_config_place_find(const struct rs_config_lines *lines,
	const char *section, const char *key);

/** The next line with a key of a section by its index, in the order of the file. NULL: none. */
const struct rs_config_place *rs_config_place_next(struct rs_config_lines *lines,
	unsigned int index, bool key);

/**
 * Refuse a part of the file: write one sentence to err.
 *
 * @param section  text between the brackets; NULL: the file as a whole
 * @param key      NULL: the section as a whole
 * @param value    NULL: the key has none
 */
void rs_config_refuse(struct rs_config_reader *reader, const char *section, const char *key,
	const char *value, const char *format, ...) __rte_format_printf(5, 6);

/** Read ADDRESS/N, or ADDRESS alone as the prefix of one host; no bits may be set behind it.
 *  @return NULL, or the error */
const char *rs_prefix_parse(const char *text, struct rs_prefix *prefix);

/** Read a port or a range of ports. @return NULL, or the error */
const char *rs_port_range_parse(const char *text, uint16_t *first, uint16_t *last);

/**
 * Make a file's name, which is relative to the directory of the file that has it, one that can be
 * opened. `value` keeps the name as it was given. @return whether it fits
 */
bool rs_config_resolve_file(const struct rs_config_reader *reader, const char *section,
	const char *key, char file[PATH_MAX], char value[PATH_MAX]);

/** An entry of [acl NAME] was parsed: note its line, and read the file that it names. */
void rs_config_acl_entry(struct rs_config_reader *reader, const char *section,
	const struct rs_key *key, const char *value);

/** Check the listeners that rules name, once all are known. */
void rs_config_check_acl(struct rs_config_reader *reader);

/** Check the addresses of ports and listeners, and the files that the keys name. */
void rs_config_check_places(struct rs_config_reader *reader);

/** Refuse the value that a key of a section without a label has. */
void rs_config_refuse_limit(struct rs_config_reader *reader, enum rs_section_id section,
	const char *name, const char *format, ...) __rte_format_printf(4, 5);

/** Check the limits of [eal], [worker] and [tcp] against each other, and derive pool sizes. */
void rs_config_check_limits(struct rs_config_reader *reader);

/*
 * Sizes of pools that are derived: a part of max_connections, but at least LEAST and at
 * most RS_DERIVED_MAX, since the connections that have data queued at one time follow the
 * bandwidth, not the number of connections. LEAST serves 8,000 clients of HTTP that acknowledge
 * an answer only with their next request: each holds a busy block and 2 chunks all the time.
 * max_time_wait is max_connections, up to RS_DERIVED_MAX, since connections in TIME-WAIT follow
 * the rate of closes. max_sent is a multiple of max_busy, so the reserve of the ranges is 2 for
 * each busy connection.
 */
#define RS_BUSY_PART 16
#define RS_BUSY_LEAST 16384
#define RS_CHUNKS_PART 8
#define RS_CHUNKS_LEAST 16384
#define RS_DERIVED_MAX 1048576
#define RS_SENT_TIMES 8

/** Half-open connections that are derived: a part of max_connections, and the most. */
#define RS_HALF_OPEN_PART 4
#define RS_HALF_OPEN_MOST 65536

/** Most incomplete HTTP requests of a listener: max_busy, but no more than this. Each takes 0.6
 *  KiB, and the oldest makes way for another one. */
#define RS_HALF_REQUESTS_MAX 65536

/** Chunks that derived from [worker] mbufs are too few for a TCP to work with. */
#define RS_CHUNKS_MIN 1024

/**
 * The largest values of max_connections, max_time_wait, max_chunks and max_sent. With pages of 2
 * MiB one allocation of EAL has 16 GiB at most (RTE_MAX_MEMSEG_PER_LIST). 2^27 TCBs would not fit,
 * because EAL adds bytes of its own.
 */
#define RS_CONNECTIONS_MAX (UINT32_C(127) << 20)
#define RS_TIME_WAIT_MAX 33554431
#define RS_CHUNKS_MAX (UINT32_C(8) << 20)
#define RS_SENT_MAX (UINT32_C(64) << 20)

/** Fill in the sizes of the pools and mbufs where they are 0; refuse too few mbufs. */
void rs_config_derive(struct rs_config_reader *reader);

#endif /* RS_APP_CONFIG_KEYS_H */
