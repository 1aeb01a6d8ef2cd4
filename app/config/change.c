/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The change of a running configuration to that of a file: which listeners stay, which keys change
 * at once, and which with the next start.
 */

#include <string.h>

#include <bsd/string.h>

#include "config/keys.h"

/* A change that is being made. */
struct change {
	struct rs_config *running;
	const struct rs_config *file;
	bool taken[RS_CONFIG_LISTENERS_MAX]; /* listeners of the file that have their index */
	FILE *now, *later;
};

/* Whether a key has the same value in two objects. */
static bool
is_same(const struct rs_key *key, const void *a, const void *b)
{
	char text_a[RS_VALUE_TEXT_MAX], text_b[RS_VALUE_TEXT_MAX];

	key->type->format(key, a, text_a, sizeof(text_a));
	key->type->format(key, b, text_b, sizeof(text_b));
	return strcmp(text_a, text_b) == 0;
}

/* Write a key with its new value. */
static void
say_key(FILE *out, const char *section, const struct rs_key *key, const void *object)
{
	char text[RS_VALUE_TEXT_MAX];

	key->type->format(key, object, text, sizeof(text));
	fprintf(out, "[%s] %s =%s%s\n", section, key->name, *text != '\0' ? " " : "", text);
}

/* Change the keys of sections without a label. */
static void
change_keys(struct change *c)
{
	const struct rs_key *key;

	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		const char *section = rs_sections[key->section].name;

		if (rs_sections[key->section].label != NULL ||
		    (c->running->usage->sections & 1u << key->section) == 0 ||
		    is_same(key, c->running, c->file))
			continue;
		if (!key->live) {
			fprintf(c->later, "[%s] %s\n", section, key->name);
			continue;
		}
		memcpy(rs_key_field(key, c->running), rs_key_const_field(key, c->file), key->size);
		say_key(c->now, section, key, c->running);
	}
}

/* Find a port by its number. @return NULL: there is none */
static const struct rs_config_port *
find_port(const struct rs_config *config, unsigned int number)
{
	unsigned int i;

	for (i = 0; i < config->n_ports; i++) {
		if (config->ports[i].number == number)
			return &config->ports[i];
	}
	return NULL;
}

/* Change the prefixes of a port; its other keys change with the next start. */
static void
change_port(struct change *c, struct rs_config_port *port, const struct rs_config_port *next)
{
	const struct rs_key *key;
	char section[32];

	snprintf(section, sizeof(section), "port %u", port->number);
	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		if (key->section != RS_SECTION_PORT || is_same(key, port, next))
			continue;
		if (!key->live) {
			fprintf(c->later, "[%s] %s\n", section, key->name);
			continue;
		}
		memcpy(port->terminate, next->terminate, sizeof(port->terminate));
		port->n_terminate = next->n_terminate;
		say_key(c->now, section, key, port);
	}
}

static void
change_ports(struct change *c)
{
	const struct rs_config_port *next;
	unsigned int i;

	for (i = 0; i < c->running->n_ports; i++) {
		next = find_port(c->file, c->running->ports[i].number);
		if (next != NULL)
			change_port(c, &c->running->ports[i], next);
		else
			fprintf(c->later, "[port %u], which is gone\n",
				c->running->ports[i].number);
	}
	for (i = 0; i < c->file->n_ports; i++) {
		if (find_port(c->running, c->file->ports[i].number) == NULL)
			fprintf(c->later, "[port %u], which is new\n", c->file->ports[i].number);
	}
}

/* Whether two rules are the same. @param a_acl, b_acl where their listeners have their names */
static bool
same_rule(const struct rs_config_acl *a_acl, const struct rs_acl_rule *a,
	const struct rs_config_acl *b_acl, const struct rs_acl_rule *b)
{
	if (a->action != b->action || a->any != b->any || a->port_first != b->port_first ||
	    a->port_last != b->port_last || (a->listener < 0) != (b->listener < 0))
		return false;
	if (a->listener >= 0 && strcmp(a_acl->listeners[a->listener],
			b_acl->listeners[b->listener]) != 0)
		return false;
	return a->any || (a->source.len == b->source.len &&
			  rs_addr_equal(&a->source.addr, &b->source.addr));
}

/* Change the access list. */
static void
change_acl(struct change *c)
{
	struct rs_config_acl *running = &c->running->acl;
	const struct rs_config_acl *next = &c->file->acl;
	unsigned int i = 0;

	while (i < running->n_rules && i < next->n_rules &&
	       same_rule(running, &running->rules[i], next, &next->rules[i]))
		i++;
	if (i < running->n_rules || i < next->n_rules)
		fprintf(c->now, "[acl] has %u rules, the first %u of them as before\n",
			next->n_rules, i);
	*running = *next;
}

static const char *
kind_of(const struct rs_config_listener *l)
{
	return l->closed ? "closed" : "listen";
}

/* Whether connections would begin or cease to count, which is for those of another listener. */
static bool
counts_alike(const struct rs_config_listener *a, const struct rs_config_listener *b)
{
	return (a->max_connections == 0) == (b->max_connections == 0) &&
	       (a->max_per_source == 0) == (b->max_per_source == 0);
}

/*
 * Compare a listener with that of the file, and write the keys that differ.
 *
 * @return whether it is another listener than before, for new connections only
 */
static bool
compare_listener(struct change *c, const struct rs_config_listener *old,
	const struct rs_config_listener *next)
{
	enum rs_section_id id = next->closed ? RS_SECTION_CLOSED : RS_SECTION_LISTEN;
	bool another = !counts_alike(old, next);
	const struct rs_key *key;
	char section[64];

	snprintf(section, sizeof(section), "%s %s", kind_of(next), next->name);
	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		if (key->section != id || is_same(key, old, next))
			continue;
		another |= !key->live;
		say_key(c->now, section, key, next);
	}
	if (old->body.stamp != next->body.stamp && old->body.file[0] != '\0' &&
	    strcmp(old->body.file, next->body.file) == 0)
		fprintf(c->now, "[%s] body: the file has changed\n", section);
	if (old->path_stamp != next->path_stamp && strcmp(old->path, next->path) == 0)
		fprintf(c->now, "[%s] path: the file has changed\n", section);
	return another || old->body.stamp != next->body.stamp ||
	       old->path_stamp != next->path_stamp;
}

/* The index of the file's listener with a name; n_listeners: there is none. */
static unsigned int
find_next(const struct change *c, const struct rs_config_listener *l)
{
	unsigned int i = 0;

	while (i < c->file->n_listeners && (c->file->listeners[i].closed != l->closed ||
					    strcmp(c->file->listeners[i].name, l->name) != 0))
		i++;
	return i;
}

/* Take a listener away. */
static void
end_listener(struct change *c, unsigned int index)
{
	struct rs_config_listener *l = &c->running->listeners[index];

	if (l->closed)
		rs_config_forget(c->running, index);
	else
		l->gone = true;
}

/* Keep, change or end the listener at an index. */
static void
change_listener(struct change *c, unsigned int index)
{
	struct rs_config_listener *l = &c->running->listeners[index];
	unsigned int next = find_next(c, l);
	uint32_t id = l->id;

	if (next == c->file->n_listeners) {
		fprintf(c->now, "[%s %s] is gone\n", kind_of(l), l->name);
		end_listener(c, index);
	} else if (compare_listener(c, l, &c->file->listeners[next])) {
		end_listener(c, index);
	} else {
		*l = c->file->listeners[next];
		l->id = id;
		c->taken[next] = true;
	}
}

/* Whether the running configuration had a listener like this, before it went. */
static bool
had_listener(const struct rs_config *old, const struct rs_config_listener *next)
{
	unsigned int i;

	for (i = 0; i < old->n_listeners; i++) {
		if (!old->listeners[i].gone && old->listeners[i].closed == next->closed &&
		    strcmp(old->listeners[i].name, next->name) == 0)
			return true;
	}
	return false;
}

/* Give a listener of the file an index that is unused. @return false: there is none */
static bool
place_listener(struct change *c, const struct rs_config_listener *next)
{
	struct rs_config *config = c->running;
	unsigned int i = 0;

	while (i < config->n_listeners && config->listeners[i].name[0] != '\0')
		i++;
	if (i == RTE_DIM(config->listeners))
		return false;
	config->listeners[i] = *next;
	config->listeners[i].id = ++config->last_id;
	config->n_listeners = RTE_MAX(config->n_listeners, i + 1);
	return true;
}

int
rs_config_change(struct rs_config *running, const struct rs_config *file, FILE *now,
	FILE *later, FILE *err)
{
	struct change c = { .running = running, .file = file, .now = now, .later = later };
	unsigned int i, before = running->n_listeners;
	bool is_new[RS_CONFIG_LISTENERS_MAX];

	change_ports(&c);
	change_keys(&c);
	change_acl(&c);
	for (i = 0; i < file->n_listeners; i++)
		is_new[i] = !had_listener(running, &file->listeners[i]);
	for (i = 0; i < before; i++) {
		if (!running->listeners[i].gone)
			change_listener(&c, i);
	}
	for (i = 0; i < file->n_listeners; i++) {
		const struct rs_config_listener *next = &file->listeners[i];

		if (c.taken[i])
			continue;
		if (!place_listener(&c, next)) {
			fprintf(err, "%s: [%s %s]: finds no room, because %d listeners that are "
				"gone or were changed still have connections; expected a reload "
				"when these have ended\n", file->path, kind_of(next), next->name,
				RS_LISTENERS_MAX - RS_CONFIG_LISTENERS_MAX);
			return -1;
		}
		if (is_new[i])
			fprintf(now, "[%s %s] is new\n", kind_of(next), next->name);
	}
	return 0;
}

void
rs_config_forget(struct rs_config *config, unsigned int listener)
{
	memset(&config->listeners[listener], 0, sizeof(config->listeners[listener]));
	config->listeners[listener].gone = true;
}
