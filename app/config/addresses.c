/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The types of values that are addresses, prefixes or port numbers. */

#include <arpa/inet.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include <rte_byteorder.h>

#include "config/keys.h"

/* struct rs_prefix holds an IPv4 prefix of n bits as one of 96 + n bits. */
#define IPV4_OFFSET RS_ADDR_IPV4_BITS

static const char not_a_host[] = "is an address that no host can have (0/8, 127/8 or 224/3)";
static const char no_prefix[] = "is not an IPv4 address with a prefix length";

bool
rs_prefix_overlap(const struct rs_prefix *a, const struct rs_prefix *b)
{
	return a->len <= b->len ? rs_prefix_has(a, &b->addr) : rs_prefix_has(b, &a->addr);
}

void
rs_prefix_format(const struct rs_prefix *prefix, char *text, size_t size)
{
	char addr[INET_ADDRSTRLEN] = "";

	if (prefix->len < IPV4_OFFSET) {
		strlcpy(text, "any", size);
		return;
	}
	inet_ntop(AF_INET, &prefix->addr.w[3], addr, sizeof(addr));
	snprintf(text, size, "%s/%d", addr, prefix->len - IPV4_OFFSET);
}

/* The mask of the bits after the prefix. */
static uint32_t
host_bits(const struct rs_prefix *prefix)
{
	return (uint32_t)(UINT64_C(0xffffffff) >> (prefix->len - IPV4_OFFSET));
}

/* Read A.B.C.D/N. A.B.C.D alone has default_len; it is refused if that is 0. */
static bool
prefix_read(const char *text, uint8_t default_len, struct rs_prefix *prefix)
{
	const char *slash = strchr(text, '/');
	size_t n = slash == NULL ? strlen(text) : (size_t)(slash - text);
	char addr[INET_ADDRSTRLEN];
	const char *error = NULL;
	rte_be32_t be;

	if (n >= sizeof(addr))
		return false;
	strlcpy(addr, text, n + 1);
	if (inet_pton(AF_INET, addr, &be) != 1)
		return false;

	prefix->addr = rs_addr_from_ipv4(be);
	prefix->len = default_len;
	if (slash != NULL) {
		/* strtonum() would accept blanks and a sign */
		if (strspn(slash + 1, "0123456789") != strlen(slash + 1))
			return false;
		prefix->len = (uint8_t)(IPV4_OFFSET + strtonum(slash + 1, 0, 32, &error));
	}
	return error == NULL && prefix->len > 0;
}

/* Whether a prefix contains addresses that no host can have. */
static bool
prefix_reserved(const struct rs_prefix *prefix)
{
	return !rs_ipv4_are_hosts(prefix->addr.w[3], ~rte_cpu_to_be_32(host_bits(prefix)));
}

/* Check a prefix of addresses that a port can have. @return NULL, or the error */
static const char *
prefix_check(const struct rs_prefix *prefix)
{
	if ((rte_be_to_cpu_32(prefix->addr.w[3]) & host_bits(prefix)) != 0)
		return "has bits set after its prefix length";
	if (prefix_reserved(prefix))
		return "has addresses that no host can have (0/8, 127/8 or 224/3)";
	return NULL;
}

static const char *
host_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_config_port *port = object;
	struct rs_prefix prefix, host;
	uint32_t bits, mask;

	RTE_SET_USED(key);
	if (!prefix_read(text, 0, &prefix))
		return no_prefix;
	if (prefix.len == IPV4_OFFSET)
		return "has the prefix length 0";
	host = (struct rs_prefix){ prefix.addr, IPV4_OFFSET + 32 };
	if (prefix_reserved(&host))
		return not_a_host;

	/* a subnet of one or two addresses has only addresses of hosts (RFC 3021) */
	mask = host_bits(&prefix);
	bits = rte_be_to_cpu_32(prefix.addr.w[3]) & mask;
	if (mask > 1 && bits == 0)
		return "is the address of its subnet, not of a host";
	if (mask > 1 && bits == mask)
		return "is the broadcast address of its subnet";
	port->address = prefix;
	return NULL;
}

static void
host_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_config_port *port = object;

	RTE_SET_USED(key);
	rs_prefix_format(&port->address, text, size);
}

static void
host_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "the IPv4 address of a host with its prefix length, like 192.0.2.1/24",
		size);
}

static const char *
address_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_prefix host = { .len = 0 };

	if (strcmp(text, "none") != 0) {
		if (strchr(text, '/') != NULL || !prefix_read(text, IPV4_OFFSET + 32, &host))
			return "is neither none nor an IPv4 address";
		if (prefix_reserved(&host))
			return not_a_host;
	}
	*(struct rs_addr *)rs_key_field(key, object) = host.addr;
	return NULL;
}

static void
address_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	struct rs_prefix host = { *(const struct rs_addr *)rs_key_const_field(key, object), 0 };

	if (!rs_addr_is_zero(&host.addr))
		inet_ntop(AF_INET, &host.addr.w[3], text, (socklen_t)size);
	else
		strlcpy(text, "none", size);
}

static void
address_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "the IPv4 address of a host, like 192.0.2.254, or none", size);
}

static const char *
match_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_prefix prefix = { .len = 0 };
	const char *error = NULL;

	if (strcmp(text, "any") != 0) {
		if (!prefix_read(text, IPV4_OFFSET + 32, &prefix))
			return "is neither any nor an IPv4 address or prefix";
		error = prefix_check(&prefix);
	}
	if (error == NULL)
		*(struct rs_prefix *)rs_key_field(key, object) = prefix;
	return error;
}

static void
match_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	rs_prefix_format(rs_key_const_field(key, object), text, size);
}

static void
match_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "any, or an IPv4 address or prefix like 192.0.2.1 or 198.18.0.0/15", size);
}

static const char *
prefixes_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_config_port *port = object;
	char copy[RS_VALUE_TEXT_MAX];
	struct rs_prefix prefix;
	const char *error;
	char *save = NULL;
	char *word;

	RTE_SET_USED(key);
	strlcpy(copy, text, sizeof(copy));
	for (word = strtok_r(copy, ", \t", &save); word != NULL;
	     word = strtok_r(NULL, ", \t", &save)) {
		if (!prefix_read(word, IPV4_OFFSET + 32, &prefix))
			return no_prefix;
		error = prefix_check(&prefix);
		if (error != NULL)
			return error;
		if (port->n_terminate == RS_PREFIXES_MAX)
			return "is one prefix too many";
		port->terminate[port->n_terminate++] = prefix;
	}
	return NULL;
}

static void
prefixes_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_config_port *port = object;
	unsigned int i;
	size_t n;

	RTE_SET_USED(key);
	*text = '\0';
	for (i = 0; i < port->n_terminate; i++) {
		strlcat(text, i > 0 ? ", " : "", size);
		n = strlen(text);
		rs_prefix_format(&port->terminate[i], text + n, size - n);
	}
}

static void
prefixes_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	snprintf(text, size, "up to %d IPv4 prefixes like 198.18.0.0/15, separated by blanks or "
		"commas, or nothing", RS_PREFIXES_MAX);
}

/* Read a port number of len characters. */
static bool
port_read(const char *text, size_t len, uint16_t *port)
{
	char digits[6];
	const char *error;

	if (len == 0 || len >= sizeof(digits) || strspn(text, "0123456789") < len)
		return false;
	strlcpy(digits, text, len + 1);
	*port = (uint16_t)strtonum(digits, 1, UINT16_MAX, &error);
	return error == NULL;
}

static const char *
socket_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_config_socket *socket = rs_key_field(key, object);
	const char *colon = strchr(text, ':');
	struct rs_prefix host;
	char addr[INET_ADDRSTRLEN];
	uint16_t port;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(addr))
		return "is not an IPv4 address with a port";
	strlcpy(addr, text, (size_t)(colon - text) + 1);
	if (strchr(addr, '/') != NULL || !prefix_read(addr, IPV4_OFFSET + 32, &host) ||
	    !port_read(colon + 1, strlen(colon + 1), &port))
		return "is not an IPv4 address with a port";
	if (prefix_reserved(&host))
		return not_a_host;
	*socket = (struct rs_config_socket){ host.addr, port };
	return NULL;
}

static void
socket_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_config_socket *socket = rs_key_const_field(key, object);
	char addr[INET_ADDRSTRLEN] = "";

	inet_ntop(AF_INET, &socket->addr.w[3], addr, sizeof(addr));
	snprintf(text, size, "%s:%u", addr, socket->port);
}

static void
socket_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "an IPv4 address and a port, like 192.0.2.1:80", size);
}

static const char *
port_range_parse(const struct rs_key *key, const char *text, void *object)
{
	uint16_t *range = rs_key_field(key, object);
	size_t n = strcspn(text, "-");
	const char *last_text = text[n] == '\0' ? text : text + n + 1;
	uint16_t first, last;

	if (!port_read(text, n, &first) || !port_read(last_text, strlen(last_text), &last))
		return "is not a port or range of ports";
	if (first > last)
		return "ends before it starts";
	range[0] = first;
	range[1] = last;
	return NULL;
}

static void
port_range_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const uint16_t *range = rs_key_const_field(key, object);

	if (range[0] == range[1])
		snprintf(text, size, "%u", range[0]);
	else
		snprintf(text, size, "%u-%u", range[0], range[1]);
}

static void
port_range_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "a port from 1 to 65535, or an ascending range like 8000-8010", size);
}

const struct rs_value_type rs_value_address = { address_parse, address_format, address_expect };
const struct rs_value_type rs_value_host = { host_parse, host_format, host_expect };
const struct rs_value_type rs_value_match = { match_parse, match_format, match_expect };
const struct rs_value_type rs_value_port_range = {
	port_range_parse, port_range_format, port_range_expect,
};
const struct rs_value_type rs_value_prefixes = {
	prefixes_parse, prefixes_format, prefixes_expect,
};
const struct rs_value_type rs_value_socket = { socket_parse, socket_format, socket_expect };
