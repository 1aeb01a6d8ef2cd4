/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The types of values that are addresses, prefixes or port numbers. */

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include <rte_byteorder.h>

#include "config/keys.h"

/* struct rs_prefix holds an IPv4 prefix of n bits as one of 96 + n bits. */
#define IPV4_OFFSET RS_ADDR_IPV4_BITS
#define WHOLE (IPV4_OFFSET + 32)

static_assert(WHOLE == 128, "an address of either family is a prefix of 128 bits");

static const char not_a_host[] =
	"is an address that no host can have (0/8, 127/8, 224/3, ::/64 or ff00::/8)";
static const char no_prefix[] = "is not an IP address with a prefix length";

bool
rs_prefix_overlap(const struct rs_prefix *a, const struct rs_prefix *b)
{
	return a->len <= b->len ? rs_prefix_has(a, &b->addr) : rs_prefix_has(b, &a->addr);
}

void
rs_addr_format(const struct rs_addr *addr, char *text, size_t size)
{
	if (rs_addr_is_ipv4(addr))
		inet_ntop(AF_INET, &addr->w[3], text, (socklen_t)size);
	else
		inet_ntop(AF_INET6, addr, text, (socklen_t)size);
}

void
rs_prefix_format(const struct rs_prefix *prefix, char *text, size_t size)
{
	char addr[INET6_ADDRSTRLEN] = "";

	if (prefix->len == 0) {
		strlcpy(text, "any", size);
		return;
	}
	rs_addr_format(&prefix->addr, addr, sizeof(addr));
	snprintf(text, size, "%s/%d", addr,
		prefix->len - (rs_addr_is_ipv4(&prefix->addr) ? IPV4_OFFSET : 0));
}

/* The mask of the bits of an IPv4 address after its prefix. */
static uint32_t
host_bits(const struct rs_prefix *prefix)
{
	return (uint32_t)(UINT64_C(0xffffffff) >> (prefix->len - IPV4_OFFSET));
}

/* Read an address of either family, n characters of text. */
static bool
addr_read(const char *text, size_t n, struct rs_addr *out)
{
	char addr[INET6_ADDRSTRLEN];
	rte_be32_t be;

	if (n >= sizeof(addr))
		return false;
	strlcpy(addr, text, n + 1);
	if (inet_pton(AF_INET, addr, &be) == 1) {
		*out = rs_addr_from_ipv4(be);
		return true;
	}
	/* ::ffff:192.0.2.1 is no address of a host, and would stand for an IPv4 address */
	return inet_pton(AF_INET6, addr, out) == 1 && !rs_addr_is_ipv4(out);
}

/* Read ADDRESS/N. ADDRESS alone has default_len; it is refused if that is 0. */
static bool
prefix_read(const char *text, uint8_t default_len, struct rs_prefix *prefix)
{
	const char *slash = strchr(text, '/');
	size_t n = slash == NULL ? strlen(text) : (size_t)(slash - text);
	const char *error = NULL;
	int offset;

	if (!addr_read(text, n, &prefix->addr))
		return false;
	offset = rs_addr_is_ipv4(&prefix->addr) ? IPV4_OFFSET : 0;
	prefix->len = default_len;
	if (slash != NULL) {
		/* strtonum() would accept blanks and a sign */
		if (strspn(slash + 1, "0123456789") != strlen(slash + 1))
			return false;
		prefix->len = (uint8_t)(offset + strtonum(slash + 1, 0, WHOLE - offset, &error));
	}
	return error == NULL && (prefix->len > 0 || slash != NULL);
}

/* Whether a prefix contains addresses that no host can have. */
static bool
prefix_reserved(const struct rs_prefix *prefix)
{
	if (rs_addr_is_ipv4(&prefix->addr))
		return !rs_ipv4_are_hosts(prefix->addr.w[3],
			~rte_cpu_to_be_32(host_bits(prefix)));
	return prefix->len < 8 || !rs_ipv6_is_host(&prefix->addr);
}

/* Whether bits are set after the prefix. */
static bool
prefix_has_host_bits(const struct rs_prefix *prefix)
{
	const struct rs_addr mask = rs_ipv6_mask(prefix->len);
	struct rs_addr net;
	unsigned int i;

	for (i = 0; i < RTE_DIM(net.w); i++)
		net.w[i] = prefix->addr.w[i] & mask.w[i];
	return !rs_addr_equal(&net, &prefix->addr);
}

/* Check a prefix of addresses that a port can have. @return NULL, or the error */
static const char *
prefix_check(const struct rs_prefix *prefix)
{
	if (prefix_has_host_bits(prefix))
		return "has bits set after its prefix length";
	if (prefix_reserved(prefix))
		return "has addresses that no host can have (0/8, 127/8, 224/3, ::/64 or ff00::/8)";
	return NULL;
}

/* Check the address of a port with the length of its subnet. @return NULL, or the error */
static const char *
host_check(const struct rs_prefix *prefix)
{
	const struct rs_prefix host = { prefix->addr, WHOLE };
	bool is_ipv4 = rs_addr_is_ipv4(&prefix->addr);
	uint32_t bits, mask;

	if (prefix->len == (is_ipv4 ? IPV4_OFFSET : 0))
		return "has the prefix length 0";
	if (prefix_reserved(&host))
		return not_a_host;
	if (!is_ipv4)
		return NULL;
	/* a subnet of one or two addresses has only addresses of hosts (RFC 3021) */
	mask = host_bits(prefix);
	bits = rte_be_to_cpu_32(prefix->addr.w[3]) & mask;
	if (mask > 1 && bits == 0)
		return "is the address of its subnet, not of a host";
	if (mask > 1 && bits == mask)
		return "is the broadcast address of its subnet";
	return NULL;
}

/* Add an address to those of its family. @return NULL, or the error */
static const char *
host_append(struct rs_prefix *addresses, unsigned int *n, unsigned int max,
	const struct rs_prefix *prefix)
{
	unsigned int i;

	for (i = 0; i < *n; i++) {
		if (rs_addr_equal(&addresses[i].addr, &prefix->addr))
			return "has an address twice";
	}
	if (*n == max)
		return "has too many addresses of a family";
	addresses[(*n)++] = *prefix;
	return NULL;
}

/* Add an address to a port. @return NULL, or the error */
static const char *
host_add(struct rs_config_port *port, const struct rs_prefix *prefix)
{
	return rs_addr_is_ipv4(&prefix->addr) ?
		host_append(port->addresses, &port->n_addresses, RS_SUBNETS_MAX, prefix) :
		host_append(port->addresses6, &port->n_addresses6, RS_SUBNETS6_MAX, prefix);
}

static const char *
host_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_config_port *port = object;
	char copy[RS_VALUE_TEXT_MAX];
	const char *error = no_prefix;
	struct rs_prefix prefix;
	char *save = NULL;
	char *word;

	RTE_SET_USED(key);
	port->n_addresses = 0;
	port->n_addresses6 = 0;
	strlcpy(copy, text, sizeof(copy));
	for (word = strtok_r(copy, ", \t", &save); word != NULL;
	     word = strtok_r(NULL, ", \t", &save)) {
		error = prefix_read(word, 0, &prefix) ? host_check(&prefix) : no_prefix;
		if (error == NULL)
			error = host_add(port, &prefix);
		if (error != NULL)
			break;
	}
	if (error != NULL) {
		port->n_addresses = 0;
		port->n_addresses6 = 0;
	}
	return error;
}

static void
host_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_config_port *port = object;
	unsigned int i;
	size_t n;

	RTE_SET_USED(key);
	*text = '\0';
	for (i = 0; i < port->n_addresses + port->n_addresses6; i++) {
		const struct rs_prefix *prefix = i < port->n_addresses ? &port->addresses[i] :
			&port->addresses6[i - port->n_addresses];

		strlcat(text, i > 0 ? ", " : "", size);
		n = strlen(text);
		rs_prefix_format(prefix, text + n, size - n);
	}
}

static void
host_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	snprintf(text, size, "up to %d IPv4 addresses, up to %d IPv6 addresses or both, each with "
		"its prefix length, like 192.0.2.1/24, 192.0.2.2/24, 2001:db8::1/64",
		RS_SUBNETS_MAX, RS_SUBNETS6_MAX);
}

static const char *
gateway_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_addr gateways[2] = { 0 }; /* of IPv4 and IPv6 */
	struct rs_config_port *port = object;
	struct rs_prefix host = { .len = WHOLE };
	char copy[RS_VALUE_TEXT_MAX];
	struct rs_addr *gateway = NULL;
	char *save = NULL;
	char *word;

	RTE_SET_USED(key);
	port->gateway = gateways[0];
	port->gateway6 = gateways[1];
	if (strcmp(text, "none") == 0)
		return NULL;
	strlcpy(copy, text, sizeof(copy));
	for (word = strtok_r(copy, ", \t", &save); word != NULL;
	     word = strtok_r(NULL, ", \t", &save)) {
		if (!addr_read(word, strlen(word), &host.addr))
			return "is neither none nor an IP address of each family";
		if (prefix_reserved(&host))
			return not_a_host;
		gateway = &gateways[!rs_addr_is_ipv4(&host.addr)];
		if (!rs_addr_is_zero(gateway))
			return "has two addresses of one family";
		*gateway = host.addr;
	}
	if (gateway == NULL)
		return "is neither none nor an IP address of each family";
	port->gateway = gateways[0];
	port->gateway6 = gateways[1];
	return NULL;
}

static void
gateway_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_config_port *port = object;
	bool is_set = !rs_addr_is_zero(&port->gateway);
	size_t n = 0;

	RTE_SET_USED(key);
	if (is_set) {
		rs_addr_format(&port->gateway, text, size);
		n = strlen(text);
	}
	if (!rs_addr_is_zero(&port->gateway6)) {
		n += (size_t)snprintf(text + n, size - n, "%s", is_set ? ", " : "");
		rs_addr_format(&port->gateway6, text + n, size - n);
	} else if (!is_set) {
		strlcpy(text, "none", size);
	}
}

static void
gateway_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "the address of a host, one of IPv4 and one of IPv6 at most, like "
		"192.0.2.254, fe80::1, or none", size);
}

static const char *
match_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_prefix prefix = { .len = 0 };
	const char *error = NULL;

	if (strcmp(text, "any") != 0) {
		if (!prefix_read(text, WHOLE, &prefix))
			return "is neither any nor an IP address or prefix";
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
	strlcpy(text, "any, or an IP address or prefix like 192.0.2.1, 198.18.0.0/15 or "
		"2001:db8::/64", size);
}

/* Add the prefixes of a list, each of which passes `check`. @return NULL, or the error */
static const char *
list_parse(const char *text, const char *(*check)(const struct rs_prefix *),
	struct rs_prefix *list, unsigned int *n, unsigned int most)
{
	char copy[RS_VALUE_TEXT_MAX];
	struct rs_prefix prefix;
	const char *error;
	char *save = NULL;
	char *word;

	strlcpy(copy, text, sizeof(copy));
	for (word = strtok_r(copy, ", \t", &save); word != NULL;
	     word = strtok_r(NULL, ", \t", &save)) {
		if (!prefix_read(word, WHOLE, &prefix))
			return no_prefix;
		error = check(&prefix);
		if (error != NULL)
			return error;
		if (*n == most)
			return "is one prefix too many";
		list[(*n)++] = prefix;
	}
	return NULL;
}

/* Write a list of prefixes. */
static void
list_format(const struct rs_prefix *list, unsigned int count, char *text, size_t size)
{
	unsigned int i;
	size_t n;

	*text = '\0';
	for (i = 0; i < count; i++) {
		strlcat(text, i > 0 ? ", " : "", size);
		n = strlen(text);
		/* the prefix of all IPv6 addresses, which are not any address */
		if (list[i].len == 0)
			strlcat(text, "::/0", size);
		else
			rs_prefix_format(&list[i], text + n, size - n);
	}
}

static const char *
prefixes_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_config_port *port = object;

	RTE_SET_USED(key);
	return list_parse(text, prefix_check, port->terminate, &port->n_terminate,
		RS_PREFIXES_MAX);
}

static void
prefixes_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_config_port *port = object;

	RTE_SET_USED(key);
	list_format(port->terminate, port->n_terminate, text, size);
}

static void
prefixes_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	snprintf(text, size, "up to %d prefixes like 198.18.0.0/15 or 2001:db8:1::/48, separated "
		"by blanks or commas, or nothing", RS_PREFIXES_MAX);
}

/* Check a prefix of peers, which may be that of all addresses. @return NULL, or the error */
static const char *
allow_check(const struct rs_prefix *prefix)
{
	return prefix_has_host_bits(prefix) ? "has bits set after its prefix length" : NULL;
}

const char *
rs_prefix_parse(const char *text, struct rs_prefix *prefix)
{
	return prefix_read(text, WHOLE, prefix) ? allow_check(prefix) : no_prefix;
}

static const char *
allow_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_config_listener *listener = object;

	RTE_SET_USED(key);
	if (strcmp(text, "any") == 0) {
		listener->n_allow = 0;
		return NULL;
	}
	if (text[strspn(text, ", \t")] == '\0')
		return "has no prefix";
	return list_parse(text, allow_check, listener->allow, &listener->n_allow,
		RS_CONFIG_ALLOW_MAX);
}

static void
allow_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_config_listener *listener = object;

	RTE_SET_USED(key);
	if (listener->n_allow == 0)
		strlcpy(text, "any", size);
	else
		list_format(listener->allow, listener->n_allow, text, size);
}

static void
allow_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	snprintf(text, size, "any, or up to %d prefixes like 192.0.2.0/24 or 2001:db8::/32, "
		"separated by blanks or commas", RS_CONFIG_ALLOW_MAX);
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

/* Read ADDRESS:PORT, where an IPv6 address stands in brackets (RFC 3986 3.2.2). */
static bool
socket_read(const char *text, struct rs_config_socket *socket)
{
	const char *colon = strrchr(text, ':');
	size_t len;

	if (colon == NULL || !port_read(colon + 1, strlen(colon + 1), &socket->port))
		return false;
	len = (size_t)(colon - text);
	if (text[0] != '[')
		return addr_read(text, len, &socket->addr) && rs_addr_is_ipv4(&socket->addr);
	return len > 2 && text[len - 1] == ']' && addr_read(text + 1, len - 2, &socket->addr) &&
	       !rs_addr_is_ipv4(&socket->addr);
}

static const char *
socket_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_config_socket socket;
	struct rs_prefix host = { .len = WHOLE };

	if (!socket_read(text, &socket))
		return "is not an IP address with a port";
	host.addr = socket.addr;
	if (prefix_reserved(&host))
		return not_a_host;
	*(struct rs_config_socket *)rs_key_field(key, object) = socket;
	return NULL;
}

void
rs_socket_format(const struct rs_config_socket *socket, char *text, size_t size)
{
	bool is_ipv4 = rs_addr_is_ipv4(&socket->addr);
	char addr[INET6_ADDRSTRLEN] = "";

	rs_addr_format(&socket->addr, addr, sizeof(addr));
	snprintf(text, size, is_ipv4 ? "%s:%u" : "[%s]:%u", addr, socket->port);
}

static void
socket_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	rs_socket_format(rs_key_const_field(key, object), text, size);
}

static void
socket_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "an IP address and a port, like 192.0.2.1:80 or [2001:db8::1]:80", size);
}

const char *
rs_port_range_parse(const char *text, uint16_t *first, uint16_t *last)
{
	size_t n = strcspn(text, "-");
	const char *last_text = text[n] == '\0' ? text : text + n + 1;

	if (!port_read(text, n, first) || !port_read(last_text, strlen(last_text), last))
		return "is not a port or range of ports";
	return *first > *last ? "ends before it starts" : NULL;
}

static const char *
port_range_parse(const struct rs_key *key, const char *text, void *object)
{
	uint16_t *range = rs_key_field(key, object);
	uint16_t first, last;
	const char *wrong = rs_port_range_parse(text, &first, &last);

	if (wrong != NULL)
		return wrong;
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

const struct rs_value_type rs_value_allow = { allow_parse, allow_format, allow_expect };
const struct rs_value_type rs_value_gateway = { gateway_parse, gateway_format, gateway_expect };
const struct rs_value_type rs_value_host = { host_parse, host_format, host_expect };
const struct rs_value_type rs_value_match = { match_parse, match_format, match_expect };
const struct rs_value_type rs_value_port_range = {
	port_range_parse, port_range_format, port_range_expect,
};
const struct rs_value_type rs_value_prefixes = {
	prefixes_parse, prefixes_format, prefixes_expect,
};
const struct rs_value_type rs_value_socket = { socket_parse, socket_format, socket_expect };
