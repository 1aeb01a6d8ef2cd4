/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Printing a configuration (-t), and every key (--help-config). */

#include <inttypes.h>
#include <string.h>

#include <bsd/string.h>

#include "config/keys.h"

/* Write the value of a key into text, in the form of the file. @return text */
static const char *
format_value(enum rs_section_id section, const char *name, const void *object, char *text,
	size_t size)
{
	const struct rs_key *key = rs_key_find(section, name);

	key->type->format(key, object, text, size);
	return text;
}

/* Print the frames that the kernel gets. */
static void
print_kernel(const struct rs_config_port *port, FILE *out)
{
	static const char *const names[] = { "kernel_tcp", "kernel_udp", "kernel_protocols",
		"kernel_rate" };
	char text[RS_VALUE_TEXT_MAX];
	unsigned int i;

	if (port->kernel[0] == '\0')
		return;
	fprintf(out, "\tkernel %s", port->kernel);
	for (i = 0; i < RTE_DIM(names); i++) {
		format_value(RS_SECTION_PORT, names[i], port, text, sizeof(text));
		if (text[0] != '\0')
			fprintf(out, ", %s %s", names[i], text);
	}
	fprintf(out, "\n");
}

/* Print the work that a device is asked to do. */
static void
print_offloads(const struct rs_config_port *port, FILE *out)
{
	const struct { const char *key; bool on; } offloads[] = {
		{ "rx_checksum", port->rx_checksum }, { "tx_checksum", port->tx_checksum },
		{ "vlan_tags", port->vlan_tags }, { "scatter", port->scatter },
		{ "tso", port->tso }, { "rss_hash", port->rss_hash },
		{ "fast_free", port->fast_free },
	};
	bool any = false;
	unsigned int i;

	fprintf(out, ", the device does what it can of:");
	for (i = 0; i < RTE_DIM(offloads); i++) {
		if (offloads[i].on)
			fprintf(out, " %s", offloads[i].key);
		any |= offloads[i].on;
	}
	fprintf(out, "%s", any ? "" : " nothing");
}

static void
print_port(const struct rs_config_port *port, FILE *out)
{
	char text[RS_VALUE_TEXT_MAX];

	fprintf(out, "port %u: %s", port->number, port->device);
	if (port->tags.n > 0)
		fprintf(out, ", VLAN %s with priority %u",
			format_value(RS_SECTION_PORT, "vlan", port, text, sizeof(text)),
			port->tags.priority);
	fprintf(out, "\n");
	fprintf(out, "\taddress %s",
		format_value(RS_SECTION_PORT, "address", port, text, sizeof(text)));
	if (port->n_terminate > 0)
		fprintf(out, ", terminates %s",
			format_value(RS_SECTION_PORT, "terminate", port, text, sizeof(text)));
	if (!rs_addr_is_zero(&port->gateway) || !rs_addr_is_zero(&port->gateway6))
		fprintf(out, ", gateway %s",
			format_value(RS_SECTION_PORT, "gateway", port, text, sizeof(text)));
	fprintf(out, "\n\tMTU ");
	if (port->mtu == 0)
		fprintf(out, "of the device");
	else
		fprintf(out, "%u", port->mtu);
	fprintf(out, ", %u receive and %u transmit descriptors", port->rx_descriptors,
		port->tx_descriptors);
	print_offloads(port, out);
	fprintf(out, "%s%s\n", port->promiscuous ? ", promiscuous" : "",
		port->syn_queue ? ", SYNs in a queue of their own where it can" : "");
	print_kernel(port, out);
}

/* Print the limits of a listener that are not the default. */
static void
print_limits(const struct rs_config_listener *listener, FILE *out)
{
	static const char *const names[] = { "max_connections", "max_per_source",
		"resets_per_second", "no_connection", "idle_timeout", "send_timeout", "min_rate" };
	char text[RS_VALUE_TEXT_MAX], standard[RS_VALUE_TEXT_MAX];
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		format_value(RS_SECTION_LISTEN, names[i], listener, text, sizeof(text));
		format_value(RS_SECTION_LISTEN, names[i], &rs_config_listener_defaults, standard,
			sizeof(standard));
		if (strcmp(text, standard) != 0)
			fprintf(out, ", %s %s", names[i], text);
	}
}

static void
print_listener(const struct rs_config_listener *listener, FILE *out)
{
	char text[RS_VALUE_TEXT_MAX];
	const struct rs_key *key;

	fprintf(out, "%s %s: ", listener->closed ? "closed" : "listen", listener->name);
	fprintf(out, "address %s, ",
		format_value(RS_SECTION_LISTEN, "address", listener, text, sizeof(text)));
	fprintf(out, "port %s, ",
		format_value(RS_SECTION_LISTEN, "port", listener, text, sizeof(text)));
	if (listener->closed) {
		fprintf(out, "%s", listener->drop ? "drop" : "reset");
		if (listener->resets_per_second != 0)
			fprintf(out, ", resets_per_second %u", listener->resets_per_second);
		fprintf(out, "\n");
		return;
	}
	fprintf(out, "service %s", listener->service);
	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		if (key->section != RS_SECTION_LISTEN || key->service == NULL ||
		    strcmp(key->service, listener->service) != 0)
			continue;
		key->type->format(key, listener, text, sizeof(text));
		fprintf(out, ", %s %s", key->name, text);
	}
	print_limits(listener, out);
	if (listener->tos != RS_CONFIG_TOS_TCP)
		fprintf(out, ", tos %u", listener->tos);
	fprintf(out, "%s%s%s\n", listener->nodelay ? ", nodelay" : "",
		listener->keepalive ? ", keepalive" : "",
		listener->linger_zero ? ", linger 0" : "");
}

static void
print_section(const struct rs_config *config, enum rs_section_id section, FILE *out)
{
	char text[RS_VALUE_TEXT_MAX];
	const struct rs_key *key;

	if ((config->usage->sections & 1u << section) == 0)
		return;
	fprintf(out, "%s:\n", rs_sections[section].name);
	for (key = rs_keys; key < rs_keys + rs_n_keys; key++) {
		if (key->section != section)
			continue;
		key->type->format(key, config, text, sizeof(text));
		fprintf(out, "\t%s =%s%s\n", key->name, *text != '\0' ? " " : "", text);
	}
}

void
rs_config_print(const struct rs_config *config, FILE *out)
{
	unsigned int workers = rs_lcores_count(config->eal.lcores) - 1;
	unsigned int i;

	fprintf(out, "%s: lcores %s: %u worker%s%s\n", config->path, config->eal.lcores, workers,
		workers == 1 ? "" : "s", config->eal.small_pages ? ", without hugepages" : "");
	fprintf(out, "each worker: %u connections, %u of them busy, %u chunks, %u ranges; "
		"%u packet buffers in about %" PRIu64 " MiB\n", config->tcp.max_connections,
		config->tcp.max_busy, config->tcp.max_chunks, config->tcp.max_sent, config->mbufs,
		(rs_config_mbuf_memory(config) >> 20) + 1);
	for (i = 0; i < config->n_ports; i++)
		print_port(&config->ports[i], out);
	if (config->n_listeners == 0 && (config->usage->sections & 1u << RS_SECTION_LISTEN) != 0)
		fprintf(out, "no listener: every connection is refused\n");
	for (i = 0; i < config->n_listeners; i++)
		print_listener(&config->listeners[i], out);
	if (config->acl.n_rules > 0)
		fprintf(out, "access list: %u rules in about %" PRIu64 " MiB\n",
			config->acl.n_rules, (rs_acl_memory(config->acl.n_rules) >> 20) + 1);
	print_section(config, RS_SECTION_EAL, out);
	print_section(config, RS_SECTION_WORKER, out);
	print_section(config, RS_SECTION_TCP, out);
	print_section(config, RS_SECTION_ICMP, out);
	print_section(config, RS_SECTION_LIMITS, out);
	print_section(config, RS_SECTION_STOP, out);
	print_section(config, RS_SECTION_WATCH, out);
	print_section(config, RS_SECTION_LOAD, out);
}

/* Write text as a comment of lines of at most 96 characters. */
static void
help_comment(const char *text, FILE *out)
{
	const char *rest = text;
	size_t n;

	while (*rest != '\0') {
		n = strlen(rest);
		if (n > 94) {
			n = 94;
			while (rest[n] != ' ')
				n--;
		}
		fprintf(out, "; %.*s\n", (int)n, rest);
		rest += n;
		rest += *rest == ' ';
	}
}

/* Whether a key is a comment, because the example of its section cannot have it. */
static bool
help_commented(const struct rs_key *key)
{
	const struct rs_key *service = rs_key_find(key->section, "service");

	return rs_sections[key->section].label != NULL &&
		(rs_sections[key->section].example == NULL ||
		 (key->service != NULL && strcmp(key->service, service->example) != 0));
}

/* @return the object with the defaults of a section */
static const void *
help_defaults(enum rs_section_id section, const struct rs_config *config)
{
	switch (section) {
	case RS_SECTION_PORT:
		return &rs_config_port_defaults;
	case RS_SECTION_LISTEN:
	case RS_SECTION_CLOSED:
		return &rs_config_listener_defaults;
	case RS_SECTION_ACL:
		return &config->acl;
	default:
		return config;
	}
}

static void
help_key(const struct rs_key *key, const void *defaults, FILE *out)
{
	char expected[RS_EXPECTED_MAX];
	char text[RS_VALUE_TEXT_MAX];

	fprintf(out, "\n");
	help_comment(key->help, out);
	rs_key_expect(key, expected, sizeof(expected));
	snprintf(text, sizeof(text), "%s%s%s%s%s", key->example != NULL ? "required: " : "",
		expected,
		key->service != NULL ? "; applies to service = " : "",
		key->service != NULL ? key->service : "", key->service != NULL ? " only" : "");
	help_comment(text, out);

	if (key->example != NULL)
		strlcpy(text, key->example, sizeof(text));
	else
		key->type->format(key, defaults, text, sizeof(text));
	fprintf(out, "%s%s =%s%s\n", help_commented(key) ? ";" : "", key->name,
		*text != '\0' ? " " : "", text);
}

void
rs_config_help(const struct rs_usage *usage, FILE *out)
{
	const struct rs_section *section;
	struct rs_config config;
	enum rs_section_id id;
	unsigned int i;

	rs_config_defaults(&config);
	fprintf(out, "; SPDX-License-Identifier: BSD-3-Clause\n"
		"; Copyright(c) 2026 The rstack authors\n\n"
		"; The configuration of %s with every section and key, as --help-config writes\n"
		"; it. A key has its default value, or an example if it is required. Only a\n"
		"; [port N] section is required. Times have a unit, sizes may have one. A\n"
		"; semicolon begins a comment at the start of a line and behind a blank, unless\n"
		"; the value is quoted. Above the first section, include = PATH reads a file, or\n"
		"; the *.ini of a directory (relative to this file's directory).\n", usage->name);
	for (id = 0; id < RS_SECTION_MAX; id++) {
		if ((usage->sections & 1u << id) == 0)
			continue;
		section = &rs_sections[id];
		fprintf(out, "\n");
		if (section->label == NULL)
			fprintf(out, "[%s]\n", section->name);
		else if (section->example != NULL)
			fprintf(out, "[%s %s]\n", section->name, section->example);
		else
			fprintf(out, ";[%s %s]\n", section->name, section->label);
		help_comment(section->help, out);
		for (i = 0; i < rs_n_keys; i++) {
			if (rs_keys[i].section == id)
				help_key(&rs_keys[i], help_defaults(id, &config), out);
		}
	}
}
