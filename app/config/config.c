/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * Reading the configuration file. The parser is rte_cfgfile, which is given the lines that lines.c
 * has checked.
 */

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include <rte_cfgfile.h>

#include "config/keys.h"

/* A section of the file. */
struct section {
	char name[CFG_NAME_LEN];     /* "port 0" */
	enum rs_section_id id;
	const char *label;           /* "0", inside name */
	void *object;                /* holds the fields of its keys */
	struct rte_cfgfile_entry *entries;
	int n_entries;
};

/* Write the file and line that a sentence is about. @return its length */
static size_t
begin_sentence(const struct rs_config_reader *reader, const char *section, const char *key,
	char *text, size_t size)
{
	const struct rs_config_place *place = reader->place;

	if (place == NULL && section != NULL && reader->source == reader->config->path)
		place = rs_config_place_find(reader->lines, section, key);
	if (place == NULL)
		return strlcpy(text, reader->source, size);
	snprintf(text, size, "%s:%u", place->file, place->line);
	return strlen(text);
}

void
rs_config_refuse(struct rs_config_reader *reader, const char *section, const char *key,
	const char *value, const char *format, ...)
{
	char sentence[PATH_MAX + 2048];
	size_t path_len = begin_sentence(reader, section, key, sentence, sizeof(sentence));
	size_t n = path_len;
	va_list args;
	char *p;

	n += strlcat(sentence + n, ": ", sizeof(sentence) - n);
	if (section != NULL)
		n += (size_t)snprintf(sentence + n, sizeof(sentence) - n, "[%s]%s%s%s%s: ", section,
			key != NULL ? " " : "", key != NULL ? key : "",
			value != NULL ? " = " : "", value != NULL ? value : "");
	va_start(args, format);
	vsnprintf(sentence + n, sizeof(sentence) - n, format, args);
	va_end(args);

	/* the file may hold any bytes, and no escape sequence of it must reach a terminal */
	for (p = sentence + path_len; *p != '\0'; p++) {
		if (!isprint((unsigned char)*p))
			*p = '?';
	}
	fprintf(reader->err, "%s\n", sentence);
	reader->refused++;
}

/* Count the insertions, deletions and replacements that turn a into b (Levenshtein). */
static size_t
edit_distance(const char *a, const char *b)
{
	size_t row[CFG_NAME_LEN + 1];
	size_t i, j, diagonal, above;

	for (j = 0; j <= strlen(b); j++)
		row[j] = j;
	for (i = 1; i <= strlen(a); i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= strlen(b); j++) {
			above = row[j];
			row[j] = RTE_MIN(RTE_MIN(row[j - 1], above) + 1,
				diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[strlen(b)];
}

/* Keep name as the nearest to the word of the file, if it is near enough. */
static void
keep_nearest(const char *found, const char *name, const char **nearest, size_t *least)
{
	size_t d = edit_distance(found, name);

	if (d < *least && d <= 1 + strlen(name) / 3) {
		*least = d;
		*nearest = name;
	}
}

static void
refuse_section(struct rs_config_reader *reader, const char *name, const char *kind)
{
	const char *nearest = NULL;
	size_t least = SIZE_MAX;
	char names[256] = "";
	unsigned int i;
	size_t n;

	for (i = 0; i < RS_SECTION_MAX; i++) {
		if ((reader->config->usage->sections & 1u << i) == 0)
			continue;
		n = strlen(names);
		snprintf(names + n, sizeof(names) - n, "%s[%s%s%s]", n > 0 ? ", " : "",
			rs_sections[i].name, rs_sections[i].label != NULL ? " " : "",
			rs_sections[i].label != NULL ? rs_sections[i].label : "");
		keep_nearest(kind, rs_sections[i].name, &nearest, &least);
	}
	rs_config_refuse(reader, name, NULL, NULL,
		"unknown section; expected one of %s%s%s%s", names,
		nearest != NULL ? " (did you mean [" : "", nearest != NULL ? nearest : "",
		nearest != NULL ? "]?)" : "");
}

static void
refuse_key(struct rs_config_reader *reader, const struct section *section,
	const struct rte_cfgfile_entry *entry)
{
	const char *nearest = NULL;
	size_t least = SIZE_MAX;
	char names[1024] = "";
	unsigned int i;

	for (i = 0; i < rs_n_keys; i++) {
		if (rs_keys[i].section != section->id)
			continue;
		strlcat(names, *names != '\0' ? ", " : "", sizeof(names));
		strlcat(names, rs_keys[i].name, sizeof(names));
		keep_nearest(entry->name, rs_keys[i].name, &nearest, &least);
	}
	rs_config_refuse(reader, section->name, entry->name, entry->value,
		"unknown key; expected one of %s%s%s%s", names,
		nearest != NULL ? " (did you mean " : "", nearest != NULL ? nearest : "",
		nearest != NULL ? "?)" : "");
}

/* Add the port of a [port N] section. */
static void *
open_port(struct rs_config_reader *reader, const struct section *section)
{
	struct rs_config *config = reader->config;
	const char *error = NULL;
	struct rs_config_port *port;
	unsigned int number, i;

	number = (unsigned int)strtonum(section->label, 0, RS_CONFIG_PORTS_MAX - 1, &error);
	if (error != NULL || strspn(section->label, "0123456789") != strlen(section->label)) {
		rs_config_refuse(reader, section->name, NULL, NULL,
			"has no port number; expected [port 0] to [port %d]",
			RS_CONFIG_PORTS_MAX - 1);
		return NULL;
	}
	for (i = 0; i < config->n_ports; i++) {
		if (config->ports[i].number == number) {
			rs_config_refuse(reader, section->name, NULL, NULL,
				"is set twice; expected one section for each port");
			return NULL;
		}
	}
	port = &config->ports[config->n_ports++];
	*port = rs_config_port_defaults;
	port->number = number;
	return port;
}

/* Add the listener of a [listen NAME] or [closed NAME] section. */
static void *
open_listener(struct rs_config_reader *reader, const struct section *section)
{
	struct rs_config *config = reader->config;
	struct rs_config_listener *listener;
	size_t n = strspn(section->label,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	unsigned int i;

	if (n == 0 || n >= sizeof(listener->name) || section->label[n] != '\0') {
		rs_config_refuse(reader, section->name, NULL, NULL,
			"has no valid name; expected [%s NAME], NAME of 1 to %d letters, digits, "
			"_ and -",
			rs_sections[section->id].name, RS_CONFIG_NAME_MAX - 1);
		return NULL;
	}
	for (i = 0; i < config->n_listeners; i++) {
		if (strcmp(config->listeners[i].name, section->label) == 0) {
			rs_config_refuse(reader, section->name, NULL, NULL,
				"uses a name that is set twice; expected a different name for each "
				"listen or closed section");
			return NULL;
		}
	}
	if (config->n_listeners == RS_CONFIG_LISTENERS_MAX) {
		rs_config_refuse(reader, section->name, NULL, NULL,
			"is one too many; expected at most %d listen and closed sections",
			RS_CONFIG_LISTENERS_MAX);
		return NULL;
	}
	listener = &config->listeners[config->n_listeners++];
	*listener = rs_config_listener_defaults;
	strlcpy(listener->name, section->label, sizeof(listener->name));
	listener->id = ++config->last_id;
	listener->closed = section->id == RS_SECTION_CLOSED;
	return listener;
}

/* Note the name of an [acl NAME] section. @return the object of all of them */
static void *
open_acl(struct rs_config_reader *reader, const struct section *section)
{
	struct rs_config_acl *acl = &reader->config->acl;
	unsigned int i;

	if (*section->label == '\0' || strlen(section->label) >= RS_CONFIG_NAME_MAX) {
		rs_config_refuse(reader, section->name, NULL, NULL,
			"has no valid name; expected [acl NAME], NAME of 1 to %d characters",
			RS_CONFIG_NAME_MAX - 1);
		return NULL;
	}
	for (i = 0; i < acl->n_names; i++) {
		if (strcmp(acl->names[i], section->label) == 0) {
			rs_config_refuse(reader, section->name, NULL, NULL,
				"is set twice; expected a different name for each acl section");
			return NULL;
		}
	}
	if (acl->n_names == RS_CONFIG_ACLS_MAX) {
		rs_config_refuse(reader, section->name, NULL, NULL,
			"is one too many; expected at most %d acl sections", RS_CONFIG_ACLS_MAX);
		return NULL;
	}
	strlcpy(acl->names[acl->n_names++], section->label, RS_CONFIG_NAME_MAX);
	return acl;
}

/* Find a section that the program has by its name, or RS_SECTION_MAX. */
static enum rs_section_id
find_section(const struct rs_usage *usage, const char *kind)
{
	enum rs_section_id id = 0;

	while (id < RS_SECTION_MAX && ((usage->sections & 1u << id) == 0 ||
				       strcmp(kind, rs_sections[id].name) != 0))
		id++;
	return id;
}

/* Find the kind of a section and the object of its keys. @return false if it is refused */
static bool
open_section(struct rs_config_reader *reader, struct section *section)
{
	size_t n = strcspn(section->name, " \t");
	char kind[CFG_NAME_LEN];

	/* rte_cfgfile cuts off a name at this length silently */
	if (strlen(section->name) == CFG_NAME_LEN - 1) {
		rs_config_refuse(reader, section->name, NULL, NULL,
			"is too long; expected at most %d characters", CFG_NAME_LEN - 2);
		return false;
	}
	strlcpy(kind, section->name, n + 1);
	section->label = section->name + n + strspn(section->name + n, " \t");
	section->id = find_section(reader->config->usage, kind);
	if (section->id == RS_SECTION_MAX) {
		refuse_section(reader, section->name, kind);
		return false;
	}
	if (rs_sections[section->id].label == NULL && *section->label != '\0') {
		rs_config_refuse(reader, section->name, NULL, NULL,
			"has text after its name; expected [%s]", kind);
		return false;
	}
	if (rs_sections[section->id].label == NULL && (reader->sections & 1u << section->id) != 0) {
		rs_config_refuse(reader, section->name, NULL, NULL,
			"is set twice; expected one section with all its keys");
		return false;
	}
	reader->sections |= 1u << section->id;

	if (section->id == RS_SECTION_PORT)
		section->object = open_port(reader, section);
	else if (section->id == RS_SECTION_LISTEN || section->id == RS_SECTION_CLOSED)
		section->object = open_listener(reader, section);
	else if (section->id == RS_SECTION_ACL)
		section->object = open_acl(reader, section);
	else
		section->object = reader->config;
	return section->object != NULL;
}

/* @return index of the first entry with that name, or n_entries */
static int
find_entry(const struct section *section, const char *name)
{
	int i = 0;

	while (i < section->n_entries && strcmp(section->entries[i].name, name) != 0)
		i++;
	return i;
}

/* Take away the quotes around a value, which keep its semicolons. */
static void
unquote(char *value)
{
	size_t n = strlen(value);

	if (n < 2 || value[0] != '"' || strchr(value + 1, '"') != value + n - 1)
		return;
	memmove(value, value + 1, n - 2);
	value[n - 2] = '\0';
}

static void
read_entry(struct rs_config_reader *reader, const struct section *section, int index)
{
	struct rte_cfgfile_entry *entry = &section->entries[index];
	const struct rs_key *key = rs_key_find(section->id, entry->name);
	char expected[RS_EXPECTED_MAX];
	const char *wrong;

	if (key == NULL) {
		refuse_key(reader, section, entry);
		return;
	}
	if (!key->repeats && find_entry(section, entry->name) < index) {
		rs_config_refuse(reader, section->name, entry->name, entry->value,
			"is set twice; expected the key once in its section");
		return;
	}
	/* rte_cfgfile cuts off a value at this length silently */
	if (strlen(entry->value) == CFG_VALUE_LEN - 1) {
		wrong = "is longer than 254 characters";
	} else {
		unquote(entry->value);
		wrong = key->type->parse(key, entry->value, section->object);
	}
	if (wrong == NULL && section->id == RS_SECTION_ACL)
		rs_config_acl_entry(reader, section->name, key, entry->value);
	if (wrong == NULL)
		return;
	rs_key_expect(key, expected, sizeof(expected));
	rs_config_refuse(reader, section->name, entry->name, entry->value, "%s; expected %s",
		*entry->value == '\0' ? "has no value" : wrong, expected);
}

/* Whether the command line sets a key. */
static bool
is_set(const struct rs_config_reader *reader, const struct rs_key *key)
{
	unsigned int i;

	if (reader->settings == NULL || (int)key->section != reader->config->usage->own)
		return false;
	for (i = 0; i < reader->settings->n; i++) {
		if (strcmp(reader->settings->set[i].key, key->name) == 0)
			return true;
	}
	return false;
}

/* Apply the keys that the command line sets, which override the file. */
static void
apply_settings(struct rs_config_reader *reader)
{
	const struct rs_usage *usage = reader->config->usage;
	char expected[RS_EXPECTED_MAX];
	unsigned int i;

	reader->source = usage->name;
	for (i = 0; reader->settings != NULL && i < reader->settings->n; i++) {
		const char *value = reader->settings->set[i].value;
		const struct rs_key *key = rs_key_find((enum rs_section_id)usage->own,
			reader->settings->set[i].key);
		const char *wrong = key->type->parse(key, value, reader->config);

		if (wrong == NULL)
			continue;
		rs_key_expect(key, expected, sizeof(expected));
		rs_config_refuse(reader, NULL, NULL, NULL, "--%s %s: %s; expected %s", key->name,
			value, *value == '\0' ? "has no value" : wrong, expected);
	}
	reader->source = reader->config->path;
}

/* Refuse missing keys, and keys of another service. */
static void
check_entries(struct rs_config_reader *reader, const struct section *section)
{
	const struct rs_config_listener *listener = section->object;
	char expected[RS_EXPECTED_MAX];
	const struct rs_key *key;
	int i;

	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		if (key->section != section->id)
			continue;
		i = find_entry(section, key->name);
		if (i == section->n_entries && key->example != NULL && !is_set(reader, key)) {
			rs_key_expect(key, expected, sizeof(expected));
			rs_config_refuse(reader, section->name, key->name, NULL,
				"is missing; expected %s", expected);
		} else if (i < section->n_entries && key->service != NULL &&
			   listener->service[0] != '\0' &&
			   strcmp(key->service, listener->service) != 0) {
			rs_config_refuse(reader, section->name, key->name,
				section->entries[i].value,
				"applies to service = %s only; expected no %s with service = %s",
				key->service, key->name, listener->service);
		}
	}
}

static void
read_section(struct rs_config_reader *reader, struct rte_cfgfile *file, int index)
{
	struct section section;
	int i;

	section.n_entries = rte_cfgfile_section_num_entries_by_index(file, section.name, index);
	section.entries = calloc((size_t)section.n_entries + 1, sizeof(*section.entries));
	if (section.entries == NULL) {
		rs_config_refuse(reader, section.name, NULL, NULL, "cannot be read: %s",
			strerror(ENOMEM));
		return;
	}
	rte_cfgfile_section_entries_by_index(file, index, section.name, section.entries,
		section.n_entries);

	reader->place = rs_config_place_next(reader->lines, (unsigned int)index, false);
	/* the first section is rte_cfgfile's own, for entries before any section */
	if (index == 0) {
		for (i = 0; i < section.n_entries; i++) {
			reader->place = rs_config_place_next(reader->lines, 0, true);
			rs_config_refuse(reader, NULL, NULL, NULL,
				"%s = %s: is in no section; expected a [section] above it",
				section.entries[i].name, section.entries[i].value);
		}
	} else if (open_section(reader, &section)) {
		for (i = 0; i < section.n_entries; i++) {
			reader->place = rs_config_place_next(reader->lines, (unsigned int)index,
				true);
			read_entry(reader, &section, i);
		}
		reader->place = NULL;
		check_entries(reader, &section);
	}
	reader->place = NULL;
	free(section.entries);
}

static int
compare_ports(const void *a, const void *b)
{
	const struct rs_config_port *port_a = a;
	const struct rs_config_port *port_b = b;

	return (int)port_a->number - (int)port_b->number;
}

/* Have rte_cfgfile read the checked file, which it opens by a name. @return NULL: it cannot */
static struct rte_cfgfile *
load_checked(FILE *checked)
{
	const struct rte_cfgfile_parameters params = {
		.comment_character = CFG_DEFAULT_COMMENT_CHARACTER,
	};
	char path[64];

	if (fflush(checked) != 0 || ferror(checked))
		return NULL; /* the part that was written is not the file */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(checked));
	return rte_cfgfile_load_with_params(path,
		CFG_FLAG_GLOBAL_SECTION | CFG_FLAG_EMPTY_VALUES, &params);
}

/* Read the sections of the file. @return false if it has none that could be read */
static bool
read_file(struct rs_config_reader *reader)
{
	FILE *checked = fdopen(memfd_create("configuration", MFD_CLOEXEC), "w");
	struct rte_cfgfile *file = NULL;
	int i, n;

	if (checked != NULL)
		rs_config_lines_read(reader, checked);
	if (checked != NULL && reader->refused == 0)
		file = load_checked(checked);
	if (file == NULL && reader->refused == 0)
		rs_config_refuse(reader, NULL, NULL, NULL,
			"cannot be read; expected a configuration file (see --help-config)");
	n = file == NULL ? 0 : rte_cfgfile_num_sections(file, NULL, 0);
	for (i = 0; i < n; i++)
		read_section(reader, file, i);
	if (file != NULL)
		rte_cfgfile_close(file);
	if (checked != NULL)
		fclose(checked);
	return file != NULL;
}

int
rs_config_load(const struct rs_usage *usage, const char *path,
	const struct rs_settings *settings, struct rs_config *config, FILE *err)
{
	struct rs_config_place rule_places[RS_CONFIG_LISTENERS_MAX];
	struct rs_config_reader reader = {
		.config = config, .settings = settings, .source = config->path, .err = err,
		.rule_places = rule_places,
	};

	rs_config_defaults(config);
	config->usage = usage;
	if (strlcpy(config->path, path, sizeof(config->path)) >= sizeof(config->path))
		rs_config_refuse(&reader, NULL, NULL, NULL, "%s; expected a shorter name",
			strerror(ENAMETOOLONG));
	if (reader.refused > 0 || !read_file(&reader)) {
		rs_config_lines_free(reader.lines);
		return -1;
	}
	apply_settings(&reader);

	qsort(config->ports, config->n_ports, sizeof(config->ports[0]), compare_ports);
	rs_config_check_places(&reader);
	/* a refused limit has its default, so a comparison would be misleading */
	if (reader.refused == 0)
		rs_config_check_limits(&reader);
	rs_config_lines_free(reader.lines);
	return reader.refused == 0 ? 0 : -1;
}
