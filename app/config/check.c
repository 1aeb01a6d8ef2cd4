/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* Checks of the configuration's values against each other, and of the files that it names. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "config/keys.h"

/* Bytes of the IPv4 and TCP headers without options: the MTU minus the MSS. */
#define HEADERS 40

static void
port_section(const struct rs_config_port *port, char *text, size_t size)
{
	snprintf(text, size, "port %u", port->number);
}

static void
listener_section(const struct rs_config_listener *listener, char *text, size_t size)
{
	strlcpy(text, listener->closed ? "closed " : "listen ", size);
	strlcat(text, listener->name, size);
}

/* The n-th address of a port; NULL: it has less. */
static const struct rs_prefix *
port_address(const struct rs_config_port *port, unsigned int n)
{
	if (n < port->n_addresses)
		return &port->addresses[n];
	n -= port->n_addresses;
	return n < port->n_addresses6 ? &port->addresses6[n] : NULL;
}

/* A port must not have an address that another port terminates. */
static void
check_terminated(struct rs_config_reader *reader, const struct rs_config_port *port,
	const struct rs_config_port *other)
{
	const struct rs_prefix *address;
	char section[32], text[64];
	unsigned int i, n;

	for (n = 0; (address = port_address(port, n)) != NULL; n++) {
		for (i = 0; i < other->n_terminate; i++) {
			if (!rs_prefix_has(&other->terminate[i], &address->addr))
				continue;
			port_section(port, section, sizeof(section));
			rs_prefix_format(address, text, sizeof(text));
			rs_config_refuse(reader, section, "address", text,
				"is also terminated by [port %u]; expected each address on one "
				"port only",
				other->number);
		}
	}
}

/* Two ports must differ in their addresses; link-local ones are of one link only. */
static void
check_addresses(struct rs_config_reader *reader, const struct rs_config_port *a,
	const struct rs_config_port *b)
{
	const struct rs_prefix *of_a, *of_b;
	char section[32], text[64];
	unsigned int i, j;

	for (i = 0; (of_a = port_address(a, i)) != NULL; i++) {
		for (j = 0; (of_b = port_address(b, j)) != NULL; j++) {
			if (!rs_addr_equal(&of_a->addr, &of_b->addr) ||
			    rs_ipv6_is_link_local(&of_a->addr))
				continue;
			port_section(b, section, sizeof(section));
			rs_prefix_format(of_b, text, sizeof(text));
			rs_config_refuse(reader, section, "address", text,
				"is also the address of [port %u]; expected a different address",
				a->number);
		}
	}
}

/* Whether two ports have the same device: its name, which a comma ends, is that of the other. */
static bool
same_device(const struct rs_config_port *a, const struct rs_config_port *b)
{
	size_t n = strcspn(a->device, ",");

	return n > 0 && n == strcspn(b->device, ",") && strncmp(a->device, b->device, n) == 0;
}

unsigned int
rs_config_device_first(const struct rs_config *config, unsigned int i)
{
	unsigned int first = 0;

	while (first < i && !same_device(&config->ports[first], &config->ports[i]))
		first++;
	return first;
}

/* Whether the frames of two ports of one device have the same tags. */
static bool
same_tags(const struct rs_tags *a, const struct rs_tags *b)
{
	if (a->n != b->n || memcmp(a->vid, b->vid, a->n * sizeof(a->vid[0])) != 0)
		return false;
	return a->n < RTE_DIM(a->vid) || a->outer_is_8100 == b->outer_is_8100;
}

/* Two sections with one device must differ in their tags, and agree about the device. */
static void
check_same_device(struct rs_config_reader *reader, const struct rs_config_port *a,
	const struct rs_config_port *b)
{
	static const char *const keys[] = {
		"device", "rx_descriptors", "tx_descriptors", "rx_checksum", "tx_checksum",
		"vlan_tags", "scatter", "tso", "rss_hash", "fast_free", "promiscuous", "syn_queue",
		"queues",
	};
	char section[32], text_a[RS_VALUE_TEXT_MAX], text_b[RS_VALUE_TEXT_MAX];
	unsigned int i;

	port_section(b, section, sizeof(section));
	if (same_tags(&a->tags, &b->tags)) {
		rs_config_refuse(reader, section, "device", b->device,
			"is also the device of [port %u], with the same vlan; expected a different "
			"device or vlan", a->number);
		return;
	}
	for (i = 0; i < RTE_DIM(keys); i++) {
		const struct rs_key *key = rs_key_find(RS_SECTION_PORT, keys[i]);

		key->type->format(key, a, text_a, sizeof(text_a));
		key->type->format(key, b, text_b, sizeof(text_b));
		if (strcmp(text_a, text_b) != 0)
			rs_config_refuse(reader, section, key->name, text_b,
				"is not that of [port %u], which has the same device; expected %s",
				a->number, text_a);
	}
}

/* Two ports must differ in device or tags, and in address. */
static void
check_two_ports(struct rs_config_reader *reader, const struct rs_config_port *a,
	const struct rs_config_port *b)
{
	char section[32];

	if (same_device(a, b))
		check_same_device(reader, a, b);
	port_section(b, section, sizeof(section));
	check_addresses(reader, a, b);
	check_terminated(reader, a, b);
	check_terminated(reader, b, a);
}

/* A gateway must be a neighbour: on a subnet of the port, or link-local. */
static void
check_gateway(struct rs_config_reader *reader, const struct rs_config_port *port,
	const struct rs_addr *gateway)
{
	const char *name = rs_key_find(RS_SECTION_PORT, "gateway")->name;
	bool known = rs_ipv6_is_link_local(gateway) && port->n_addresses6 > 0;
	const struct rs_prefix *address;
	char section[32], text[64], subnets[RS_VALUE_TEXT_MAX];
	unsigned int n;

	if (rs_addr_is_zero(gateway) || port_address(port, 0) == NULL)
		return;
	port_section(port, section, sizeof(section));
	rs_addr_format(gateway, text, sizeof(text));
	for (n = 0; (address = port_address(port, n)) != NULL; n++) {
		known |= rs_prefix_has(address, gateway);
		if (rs_addr_equal(&address->addr, gateway))
			rs_config_refuse(reader, section, name, text,
				"is the port's own address; expected a neighbour");
	}
	if (known)
		return;
	rs_key_find(RS_SECTION_PORT, "address")->type->format(NULL, port, subnets, sizeof(subnets));
	rs_config_refuse(reader, section, name, text,
		"is not on the port's subnet; expected a neighbour of address = %s", subnets);
}

/* The smallest MTU of IPv6 (RFC 8200 5). */
#define MTU_MIN_IPV6 1280

/* A port of IPv6 must carry the datagrams that every host of IPv6 accepts. */
static void
check_mtu(struct rs_config_reader *reader, const struct rs_config_port *port)
{
	bool ipv6 = port->n_addresses6 > 0;
	char section[32], text[16];
	unsigned int i;

	for (i = 0; i < port->n_terminate; i++)
		ipv6 |= !rs_addr_is_ipv4(&port->terminate[i].addr);
	if (!ipv6 || port->mtu == 0 || port->mtu >= MTU_MIN_IPV6)
		return;
	port_section(port, section, sizeof(section));
	snprintf(text, sizeof(text), "%u", port->mtu);
	rs_config_refuse(reader, section, "mtu", text,
		"is too small for IPv6; expected at least %d", MTU_MIN_IPV6);
}

/* The kernel needs an interface for its frames, one for each port. */
static void
check_kernel(struct rs_config_reader *reader, const struct rs_config_port *port)
{
	static const char *const keys[] = { "kernel_tcp", "kernel_udp", "kernel_protocols" };
	char section[32], text[RS_VALUE_TEXT_MAX];
	const struct rs_config_port *other;
	unsigned int i;

	port_section(port, section, sizeof(section));
	for (i = 0; i < RTE_DIM(keys) && port->kernel[0] == '\0'; i++) {
		const struct rs_key *key = rs_key_find(RS_SECTION_PORT, keys[i]);

		key->type->format(key, port, text, sizeof(text));
		if (text[0] != '\0')
			rs_config_refuse(reader, section, key->name, text,
				"is for an interface of the kernel; expected its name as kernel");
	}
	for (other = reader->config->ports; other < port; other++) {
		if (port->kernel[0] != '\0' && strcmp(port->kernel, other->kernel) == 0)
			rs_config_refuse(reader, section, "kernel", port->kernel,
				"is also the interface of [port %u]; expected a different name",
				other->number);
	}
}

/* The n-th prefix of a port must not overlap a prefix before it. */
static void
check_terminate(struct rs_config_reader *reader, const struct rs_config_port *port, unsigned int n)
{
	const struct rs_config_port *other;
	char section[32], text[64], other_text[64];
	unsigned int i, end;

	for (other = reader->config->ports; other <= port; other++) {
		end = other == port ? n : other->n_terminate;
		for (i = 0; i < end; i++) {
			if (!rs_prefix_overlap(&port->terminate[n], &other->terminate[i]))
				continue;
			port_section(port, section, sizeof(section));
			rs_prefix_format(&port->terminate[n], text, sizeof(text));
			rs_prefix_format(&other->terminate[i], other_text, sizeof(other_text));
			rs_config_refuse(reader, section, "terminate", text,
				"overlaps %s of [port %u]; expected each address in one prefix "
				"only",
				other_text, other->number);
			return;
		}
	}
}

static void
check_ports(struct rs_config_reader *reader)
{
	const struct rs_config *config = reader->config;
	const struct rs_config_port *port;
	unsigned int n_prefixes = 0;
	unsigned int i, j;

	if (config->n_ports == 0)
		rs_config_refuse(reader, "port N", NULL, NULL,
			"is missing; expected at least one, with device and address");
	for (i = 0; i < config->n_ports; i++) {
		port = &config->ports[i];
		for (j = 0; j < i; j++)
			check_two_ports(reader, &config->ports[j], port);
		for (j = 0; j < port->n_terminate; j++)
			check_terminate(reader, port, j);
		check_gateway(reader, port, &port->gateway);
		check_gateway(reader, port, &port->gateway6);
		check_mtu(reader, port);
		check_kernel(reader, port);
		n_prefixes += port->n_terminate;
	}
	if (n_prefixes > RS_PREFIXES_MAX)
		rs_config_refuse(reader, "port N", "terminate", NULL,
			"there are %u prefixes on all ports; expected at most %d", n_prefixes,
			RS_PREFIXES_MAX);
}

/* Whether a port has or terminates an address of the prefix. */
static bool
is_owned(const struct rs_config *config, const struct rs_prefix *prefix)
{
	const struct rs_config_port *port;
	const struct rs_prefix *address;
	unsigned int i;

	for (port = config->ports; port < config->ports + config->n_ports; port++) {
		for (i = 0; (address = port_address(port, i)) != NULL; i++) {
			if (rs_prefix_has(prefix, &address->addr))
				return true;
		}
		for (i = 0; i < port->n_terminate; i++) {
			if (rs_prefix_overlap(prefix, &port->terminate[i]))
				return true;
		}
	}
	return false;
}

static void
check_owned(struct rs_config_reader *reader, const struct rs_config_listener *listener)
{
	char section[64], text[64];

	if (is_owned(reader->config, &listener->address))
		return;
	listener_section(listener, section, sizeof(section));
	rs_prefix_format(&listener->address, text, sizeof(text));
	rs_config_refuse(reader, section, "address", text,
		"belongs to no port; expected an address that a [port N] has or terminates");
}

/* A listener must not overlap a listener before it. */
static void
check_listener(struct rs_config_reader *reader, const struct rs_config_listener *listener)
{
	const struct rs_key *key = rs_key_find(RS_SECTION_LISTEN, "port");
	const struct rs_config_listener *other;
	char section[64], other_section[64], text[64];

	for (other = reader->config->listeners; other < listener; other++) {
		if (other->port_first == 0 || listener->port_first == 0 ||
		    other->port_first > listener->port_last ||
		    listener->port_first > other->port_last ||
		    !rs_prefix_overlap(&other->address, &listener->address))
			continue;
		listener_section(listener, section, sizeof(section));
		listener_section(other, other_section, sizeof(other_section));
		key->type->format(key, listener, text, sizeof(text));
		rs_config_refuse(reader, section, key->name, text,
			"overlaps [%s] in address and port; expected other ports or addresses",
			other_section);
	}
}

/* Check that a file can be sent. @return NULL, or the reason why it cannot */
static const char *
check_file(const char *path, uint64_t *stamp)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	const char *wrong = NULL;
	struct stat st;

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &st) != 0)
		wrong = strerror(errno);
	else if (S_ISDIR(st.st_mode))
		wrong = strerror(EISDIR);
	else if (!S_ISREG(st.st_mode))
		wrong = "not a regular file";
	else if (st.st_size > UINT32_MAX)
		wrong = "too large";
	else
		*stamp = st.st_ino ^ (uint64_t)st.st_size << 32 ^
			((uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec);
	close(fd);
	return wrong;
}

bool
rs_config_resolve_file(const struct rs_config_reader *reader, const char *section, const char *key,
	char file[PATH_MAX], char value[PATH_MAX])
{
	const struct rs_config_place *place = rs_config_place_find(reader->lines, section, key);
	const char *path = place != NULL ? place->file : reader->config->path;
	const char *slash = strrchr(path, '/');
	size_t n = 0;

	strlcpy(value, file, PATH_MAX);
	if (value[0] != '/' && slash != NULL) {
		n = (size_t)(slash - path) + 1;
		strlcpy(file, path, n + 1);
	}
	return n + strlcpy(file + n, value, PATH_MAX - n) < PATH_MAX;
}

/* Check a file. */
static void
check_bytes(struct rs_config_reader *reader, const char *section, const struct rs_key *key,
	struct rs_config_bytes *bytes)
{
	char expected[RS_EXPECTED_MAX];
	char value[PATH_MAX];
	const char *wrong;

	if (bytes->file[0] == '\0')
		return;
	wrong = rs_config_resolve_file(reader, section, key->name, bytes->file, value) ?
		check_file(bytes->file, &bytes->stamp) : strerror(ENAMETOOLONG);
	if (wrong == NULL)
		return;
	rs_key_expect(key, expected, sizeof(expected));
	rs_config_refuse(reader, section, key->name, value,
		"is neither a size nor a readable file (%s: %s); expected %s", bytes->file, wrong,
		expected);
}

/* Check the file of a plugin; whether it is one shows when it is loaded. */
static void
check_plugin(struct rs_config_reader *reader, const char *section,
	struct rs_config_listener *listener)
{
	char expected[RS_EXPECTED_MAX];
	char value[PATH_MAX];
	const char *wrong;

	if (strcmp(listener->service, "plugin") != 0)
		return;
	rs_key_expect(rs_key_find(RS_SECTION_LISTEN, "path"), expected, sizeof(expected));
	if (listener->path[0] == '\0') {
		rs_config_refuse(reader, section, "path", NULL, "is missing; expected %s",
			expected);
		return;
	}
	wrong = rs_config_resolve_file(reader, section, "path", listener->path, value) ?
		check_file(listener->path, &listener->path_stamp) : strerror(ENAMETOOLONG);
	if (wrong != NULL)
		rs_config_refuse(reader, section, "path", value,
			"is not a readable file (%s: %s); expected %s", listener->path, wrong,
			expected);
}

/* Read the secret of SYN cookies from its file. @return NULL, or the reason why not */
static const char *
read_secret(struct rs_config *config)
{
	uint64_t stamp;
	const char *wrong = check_file(config->cookie_secret, &stamp);
	FILE *file;
	size_t n;

	if (wrong != NULL)
		return wrong;
	file = fopen(config->cookie_secret, "re");
	if (file == NULL)
		return strerror(errno);
	setvbuf(file, NULL, _IONBF, 0); /* no other copy is left in memory */
	n = fread(config->cookie_bytes, 1, sizeof(config->cookie_bytes), file);
	if (ferror(file))
		wrong = strerror(EIO);
	else if (n < RS_COOKIE_FILE_LEAST)
		wrong = "too short";
	else if (n > RS_COOKIE_FILE_MOST)
		wrong = "too long";
	fclose(file);
	config->n_cookie_bytes = (uint32_t)n;
	return wrong;
}

/* Read the file that [tcp] cookie_secret names. */
static void
check_cookie_secret(struct rs_config_reader *reader)
{
	struct rs_config *config = reader->config;
	char expected[RS_EXPECTED_MAX];
	char value[PATH_MAX];
	const char *wrong;

	if (config->cookie_secret[0] == '\0')
		return;
	wrong = rs_config_resolve_file(reader, "tcp", "cookie_secret", config->cookie_secret,
			value) ? read_secret(config) : strerror(ENAMETOOLONG);
	if (wrong == NULL)
		return;
	rs_key_expect(rs_key_find(RS_SECTION_TCP, "cookie_secret"), expected, sizeof(expected));
	rs_config_refuse(reader, rs_sections[RS_SECTION_TCP].name, "cookie_secret", value,
		"is not usable (%s: %s); expected %s", config->cookie_secret, wrong, expected);
}

/* Find the file that [watch] capture names. */
static void
check_capture(struct rs_config_reader *reader)
{
	struct rs_config *config = reader->config;
	char expected[RS_EXPECTED_MAX];
	char value[PATH_MAX];
	char folder[PATH_MAX];

	if (config->capture[0] == '\0')
		return;
	if (rs_config_resolve_file(reader, "watch", "capture", config->capture, value)) {
		snprintf(folder, sizeof(folder), "%s", config->capture);
		if (access(dirname(folder), X_OK) == 0)
			return;
	}
	rs_key_expect(rs_key_find(RS_SECTION_WATCH, "capture"), expected, sizeof(expected));
	rs_config_refuse(reader, rs_sections[RS_SECTION_WATCH].name, "capture", value,
		"is in no directory; expected %s", expected);
}

/* Find the program that [stop] hook names. */
static void
check_hook(struct rs_config_reader *reader)
{
	struct rs_config *config = reader->config;
	char expected[RS_EXPECTED_MAX];
	char value[PATH_MAX];
	struct stat st;

	if (config->stop_hook[0] == '\0' ||
	    (rs_config_resolve_file(reader, "stop", "hook", config->stop_hook, value) &&
	     stat(config->stop_hook, &st) == 0 && S_ISREG(st.st_mode) &&
	     access(config->stop_hook, X_OK) == 0))
		return;
	rs_key_expect(rs_key_find(RS_SECTION_STOP, "hook"), expected, sizeof(expected));
	rs_config_refuse(reader, rs_sections[RS_SECTION_STOP].name, "hook", value,
		"cannot be run; expected %s", expected);
}

/* Check target, source, path and body of [load]. */
static void
check_load(struct rs_config_reader *reader, bool ports_known)
{
	struct rs_load_config *load = &reader->config->load;
	const struct rs_key *target = rs_key_find(RS_SECTION_LOAD, "target");
	char expected[RS_EXPECTED_MAX], text[64];

	if (load->target.port == 0 && (reader->sections & 1u << RS_SECTION_LOAD) == 0) {
		rs_key_expect(target, expected, sizeof(expected));
		rs_config_refuse(reader, "load", target->name, NULL, "is missing; expected %s",
			expected);
	}
	if (ports_known && load->source.len > 0 && !is_owned(reader->config, &load->source)) {
		rs_prefix_format(&load->source, text, sizeof(text));
		rs_config_refuse(reader, "load", "source", text,
			"belongs to no port; expected addresses that a [port N] has or terminates");
	}
	if (load->source.len > 0 && load->target.port != 0 &&
	    rs_addr_is_ipv4(&load->source.addr) != rs_addr_is_ipv4(&load->target.addr)) {
		rs_prefix_format(&load->source, text, sizeof(text));
		rs_config_refuse(reader, "load", "source", text,
			"is not of the family of target; expected addresses that reach it");
	}
	if (load->path[0] != '/') {
		rs_key_expect(rs_key_find(RS_SECTION_LOAD, "path"), expected, sizeof(expected));
		rs_config_refuse(reader, "load", "path", load->path,
			"does not start with a /; expected %s", expected);
	}
	check_bytes(reader, "load", rs_key_find(RS_SECTION_LOAD, "body"), &load->body);
}

void
rs_config_check_places(struct rs_config_reader *reader)
{
	struct rs_config *config = reader->config;
	char section[64];
	bool ports_known;
	unsigned int i;

	check_ports(reader);
	check_cookie_secret(reader);
	check_capture(reader);
	check_hook(reader);
	/* after a refusal it is not known which addresses the ports have */
	ports_known = reader->refused == 0;
	for (i = 0; i < config->n_listeners; i++) {
		if (ports_known)
			check_owned(reader, &config->listeners[i]);
		check_listener(reader, &config->listeners[i]);
		listener_section(&config->listeners[i], section, sizeof(section));
		check_plugin(reader, section, &config->listeners[i]);
		check_bytes(reader, section, rs_key_find(RS_SECTION_LISTEN, "body"),
			&config->listeners[i].body);
	}
	rs_config_check_acl(reader);
	if ((config->usage->sections & 1u << RS_SECTION_LOAD) != 0)
		check_load(reader, ports_known);
}

void
rs_config_refuse_limit(struct rs_config_reader *reader, enum rs_section_id section,
	const char *name, const char *format, ...)
{
	const struct rs_key *key = rs_key_find(section, name);
	char value[RS_VALUE_TEXT_MAX];
	char wrong[256];
	va_list args;

	key->type->format(key, reader->config, value, sizeof(value));
	va_start(args, format);
	vsnprintf(wrong, sizeof(wrong), format, args);
	va_end(args);
	rs_config_refuse(reader, rs_sections[section].name, name, value, "%s", wrong);
}

/* Check the timers (RFC 6298 2.1 to 2.5, RFC 9293 3.8.3). */
static void
check_tcp(struct rs_config_reader *reader)
{
	const struct rs_tcp_params *params = &reader->config->tcp;
	uint64_t rto = params->rto_initial_ms;
	uint64_t r1_ms = 0;
	unsigned int i;

	if (params->rto_min_ms > params->rto_initial_ms)
		rs_config_refuse_limit(reader, RS_SECTION_TCP, "rto_min",
			"is greater than rto_initial; expected at most %" PRIu32 "ms",
			params->rto_initial_ms);
	if (params->rto_initial_ms > params->rto_max_ms)
		rs_config_refuse_limit(reader, RS_SECTION_TCP, "rto_initial",
			"is greater than rto_max; expected at most %" PRIu32 "ms",
			params->rto_max_ms);
	if (params->uto_min_ms > params->uto_max_ms)
		rs_config_refuse_limit(reader, RS_SECTION_TCP, "user_timeout_min",
			"is greater than user_timeout_max; expected at most %" PRIu32 "ms",
			params->uto_max_ms);

	/* R2 must be greater than R1 (MUST-20), the time until the r1-th retransmission. */
	for (i = 0; i < params->r1; i++) {
		r1_ms += rto;
		rto = RTE_MIN(2 * rto, (uint64_t)params->rto_max_ms);
	}
	if (r1_ms >= params->r2_ms)
		rs_config_refuse_limit(reader, RS_SECTION_TCP, "r1",
			"is reached after %" PRIu64 "ms, not before r2 = %" PRIu32 "ms; "
			"expected R1 before R2 (RFC 9293 MUST-20)", r1_ms, params->r2_ms);
}

/* While idle_timeout runs no keep-alive probes are sent, so it must not be the longer one. */
static void
check_idle(struct rs_config_reader *reader)
{
	const struct rs_key *key = rs_key_find(RS_SECTION_LISTEN, "idle_timeout");
	const struct rs_config *config = reader->config;
	const struct rs_config_listener *l;
	char section[64], text[64];

	for (l = config->listeners; l < config->listeners + config->n_listeners; l++) {
		if (!l->keepalive || l->idle_timeout_ms == RS_CONFIG_TIMEOUT_DEFAULT ||
		    l->idle_timeout_ms <= config->tcp.keepalive_ms)
			continue;
		listener_section(l, section, sizeof(section));
		key->type->format(key, l, text, sizeof(text));
		rs_config_refuse(reader, section, key->name, text,
			"is longer than [tcp] keepalive_time, so keep-alive would never probe; "
			"expected at most %" PRIu32 "ms, or 0, or keepalive = no",
			config->tcp.keepalive_ms);
	}
}

/* Each worker needs TCBs and local ports for its share of the connections. */
static void
check_load_limits(struct rs_config_reader *reader)
{
	const struct rs_config *config = reader->config;
	uint64_t workers = rs_lcores_count(config->eal.lcores) - 1;

	if (config->load.concurrency > config->tcp.max_connections * workers)
		rs_config_refuse_limit(reader, RS_SECTION_LOAD, "concurrency",
			"is greater than [tcp] max_connections of all workers; expected at most %"
			PRIu64, config->tcp.max_connections * workers);
	if (config->tcp.local_port_last - config->tcp.local_port_first + UINT64_C(1) < workers)
		rs_config_refuse_limit(reader, RS_SECTION_TCP, "local_ports",
			"has fewer ports than there are workers; expected at least %"
			PRIu64, workers);
}

void
rs_config_check_limits(struct rs_config_reader *reader)
{
	struct rs_config *config = reader->config;
	const struct rs_config_port *port;

	config->eal.small_pages = config->eal.no_huge;
	if (config->eal.no_huge && config->eal.in_memory)
		rs_config_refuse_limit(reader, RS_SECTION_EAL, "in-memory",
			"cannot be combined with no-huge; expected only one of the two");
	for (port = config->ports; port < config->ports + config->n_ports; port++) {
		if (port->mtu != 0 && config->tcp.mss + HEADERS > port->mtu)
			rs_config_refuse_limit(reader, RS_SECTION_TCP, "mss",
				"does not fit the MTU of [port %u]; expected at most %d",
				port->number, port->mtu - HEADERS);
	}
	rs_config_derive(reader);
	check_tcp(reader);
	check_idle(reader);
	if ((config->usage->sections & 1u << RS_SECTION_LOAD) != 0)
		check_load_limits(reader);
}
