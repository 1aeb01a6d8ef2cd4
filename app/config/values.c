/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The types of values that are not addresses: parse, format, expectation. */

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include <rte_lcore.h>
#include <rte_pci.h>

#include "config/keys.h"

const struct rs_units rs_units_size = {
	"size", "k, M, G", false,
	(const struct rs_unit[]){ { "G", 1 << 30 }, { "M", 1 << 20 }, { "k", 1 << 10 },
		{ "", 1 }, { NULL, 0 } },
};

const struct rs_units rs_units_time = {
	"time", "us, ms, s, min, h", true,
	(const struct rs_unit[]){ { "h", UINT64_C(3600000000) }, { "min", 60000000 },
		{ "s", 1000000 }, { "ms", 1000 }, { "us", 1 }, { NULL, 0 } },
};

/* Errors of numbers, which bytes_parse() compares by address. */
static const char not_a_number[] = "is not a number";
static const char out_of_range[] = "is out of range";

static void
field_set(const struct rs_key *key, void *object, uint64_t value)
{
	void *p = rs_key_field(key, object);

	switch (key->size) {
	case 1:
		*(uint8_t *)p = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)p = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)p = (uint32_t)value;
		break;
	default:
		*(uint64_t *)p = value;
		break;
	}
}

static uint64_t
field_get(const struct rs_key *key, const void *object)
{
	const void *p = rs_key_const_field(key, object);

	switch (key->size) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		return *(const uint16_t *)p;
	case 4:
		return *(const uint32_t *)p;
	default:
		return *(const uint64_t *)p;
	}
}

/* Copy the next word of a key. @return false after the last */
static bool
next_word(const char **words, char *word, size_t size)
{
	size_t len = strcspn(*words, "|");

	if (**words == '\0')
		return false;
	snprintf(word, size, "%.*s", (int)len, *words);
	*words += len;
	*words += **words == '|';
	return true;
}

/* Write "a, b or c" for "a|b|c". */
static void
words_expect(const struct rs_key *key, char *text, size_t size)
{
	const char *words = key->words;
	char word[RS_CONFIG_NAME_MAX];

	*text = '\0';
	while (next_word(&words, word, sizeof(word))) {
		if (*text != '\0')
			strlcat(text, *words == '\0' ? " or " : ", ", size);
		strlcat(text, word, size);
	}
}

static const char *
bool_parse(const struct rs_key *key, const char *text, void *object)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true" };
	unsigned int i;

	for (i = 0; i < RTE_DIM(words); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			field_set(key, object, i & 1);
			return NULL;
		}
	}
	return "is neither yes nor no";
}

static void
bool_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	strlcpy(text, field_get(key, object) != 0 ? "yes" : "no", size);
}

static void
bool_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "yes or no", size);
}

static const char *
word_parse(const struct rs_key *key, const char *text, void *object)
{
	const char *words = key->words;
	char word[RS_CONFIG_NAME_MAX];
	unsigned int i;

	for (i = 0; next_word(&words, word, sizeof(word)); i++) {
		if (strcmp(text, word) == 0) {
			field_set(key, object, i);
			return NULL;
		}
	}
	return "is unknown";
}

static void
word_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	uint64_t index = field_get(key, object);
	const char *words = key->words;

	do {
		next_word(&words, text, size);
	} while (index-- > 0);
}

static const char *
name_parse(const struct rs_key *key, const char *text, void *object)
{
	const char *words = key->words;
	char word[RS_CONFIG_NAME_MAX];

	while (next_word(&words, word, sizeof(word))) {
		if (strcmp(text, word) == 0) {
			strlcpy(rs_key_field(key, object), text, key->size);
			return NULL;
		}
	}
	return "is unknown";
}

static const char *
text_parse(const struct rs_key *key, const char *text, void *object)
{
	const char *p;

	for (p = text; *p != '\0'; p++) {
		if (!isascii(*p) || !isprint(*p) ||
		    (key->words != NULL && strchr(key->words, *p) == NULL))
			return "has a character that is not allowed";
	}
	if (strlen(text) >= key->size)
		return "is too long";
	strlcpy(rs_key_field(key, object), text, key->size);
	return NULL;
}

static void
text_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	strlcpy(text, rs_key_const_field(key, object), size);
}

static void
text_expect(const struct rs_key *key, char *text, size_t size)
{
	snprintf(text, size, "up to %zu characters", key->size - 1);
}

/* RFC 9110 8.3.1: type "/" subtype, parameters. */
static const char *
media_parse(const struct rs_key *key, const char *text, void *object)
{
	const char *slash = strchr(text, '/');

	if (slash == NULL || slash == text || !isalnum((unsigned char)slash[1]))
		return "is not a media type";
	return text_parse(key, text, object);
}

static void
media_expect(const struct rs_key *key, char *text, size_t size)
{
	snprintf(text, size, "a media type like text/plain of up to %zu characters",
		key->size - 1);
}

/* @return the scale of a unit, or 0; a key without units has only the empty name */
static uint64_t
unit_scale(const struct rs_key *key, const char *name)
{
	const struct rs_unit *unit;

	if (*name == '\0')
		return key->units == NULL ? 1 : key->units->required ? 0 : key->base;
	if (key->units == NULL)
		return 0;
	for (unit = key->units->unit; unit->scale != 0; unit++) {
		if (strcmp(name, unit->name) == 0 ||
		    (unit->scale == 1 << 10 && strcmp(name, "K") == 0))
			return unit->scale;
	}
	return 0;
}

static const char *
number_parse(const struct rs_key *key, const char *text, void *object)
{
	uint64_t base = key->units == NULL ? 1 : key->base;
	size_t n = strspn(text, "0123456789");
	char digits[20]; /* any number that strtonum() accepts */
	const char *error;
	uint64_t scale;
	uint64_t value;

	/* only digits, because strtonum() would accept a sign and blanks */
	if (n == 0)
		return not_a_number;
	scale = unit_scale(key, text + n + strspn(text + n, " \t"));
	if (scale == 0 && text[n] == '\0') {
		if (strspn(text, "0") != n)
			return "has no unit";
		scale = base;
	}
	if (scale == 0)
		return key->units == NULL ? not_a_number : "has an unknown unit";
	if (n >= sizeof(digits))
		return out_of_range;
	strlcpy(digits, text, n + 1);
	value = (uint64_t)strtonum(digits, 0, (long long)(INT64_MAX / scale), &error);
	if (error != NULL)
		return out_of_range;

	value *= scale;
	if (value % base != 0)
		return "is finer than the unit of the key";
	value /= base;
	if ((value < key->min || value > key->max) && (value != 0 || key->zero == NULL))
		return out_of_range;
	if (key->step != 0 && value % key->step != 0)
		return "is not a valid multiple";
	field_set(key, object, value);
	return NULL;
}

/* Write a number, in the largest unit of which it is a multiple. */
static void
number_text(const struct rs_key *key, uint64_t value, char *text, size_t size)
{
	const struct rs_unit *unit;

	if (key->units == NULL || value == 0) {
		snprintf(text, size, "%" PRIu64, value);
		return;
	}
	value *= key->base;
	for (unit = key->units->unit; value % unit->scale != 0; unit++)
		;
	snprintf(text, size, "%" PRIu64 "%s", value / unit->scale, unit->name);
}

static void
number_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	number_text(key, field_get(key, object), text, size);
}

static void
number_expect(const struct rs_key *key, char *text, size_t size)
{
	const struct rs_unit *unit;
	char min[32], max[32];
	size_t n;

	number_text(key, key->min, min, sizeof(min));
	number_text(key, key->max, max, sizeof(max));
	snprintf(text, size, "a %s from %s to %s",
		key->units == NULL ? "number" : key->units->noun, min, max);
	if (key->units != NULL && key->units->required) {
		n = strlen(text);
		snprintf(text + n, size - n, " with its unit (%s), like %s", key->units->names,
			max);
	} else if (key->units != NULL) {
		for (unit = key->units->unit; unit->scale != key->base; unit++)
			;
		n = strlen(text);
		snprintf(text + n, size - n, " (%s; without a unit: %s)", key->units->names,
			*unit->name == '\0' ? "bytes" : unit->name);
	}
	if (key->zero != NULL) {
		n = strlen(text);
		snprintf(text + n, size - n, ", or 0: %s", key->zero);
	}
}

/* The DiffServ octet of a listener: a number, or "tcp" for [tcp] tos. */
static const char *
tos_parse(const struct rs_key *key, const char *text, void *object)
{
	if (strcmp(text, "tcp") != 0)
		return number_parse(key, text, object);
	field_set(key, object, RS_CONFIG_TOS_TCP);
	return NULL;
}

static void
tos_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	if (field_get(key, object) == RS_CONFIG_TOS_TCP)
		strlcpy(text, "tcp", size);
	else
		number_format(key, object, text, size);
}

/* A time limit of a listener: a number, or "default" for that of the service. */
static const char *
timeout_parse(const struct rs_key *key, const char *text, void *object)
{
	if (strcmp(text, "default") != 0)
		return number_parse(key, text, object);
	field_set(key, object, RS_CONFIG_TIMEOUT_DEFAULT);
	return NULL;
}

static void
timeout_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	if (field_get(key, object) == RS_CONFIG_TIMEOUT_DEFAULT)
		strlcpy(text, "default", size);
	else
		number_format(key, object, text, size);
}

static void
timeout_expect(const struct rs_key *key, char *text, size_t size)
{
	size_t n = strlcpy(text, "default, or ", size);

	number_expect(key, text + n, size - n);
}

/* Read a number of a list of lcores, and move text after it. */
static bool
lcore_next(const char **text, unsigned int *lcore)
{
	const char *start = *text;

	*lcore = 0;
	while (isdigit((unsigned char)**text) && *lcore < RTE_MAX_LCORE)
		*lcore = *lcore * 10 + (unsigned int)(*(*text)++ - '0');
	return *text > start && *lcore < RTE_MAX_LCORE;
}

/* The list has N, N-M or N@CPU, separated by commas. */
unsigned int
rs_lcores_count(const char *text)
{
	unsigned int first, last, cpu;
	unsigned int next = 0;
	unsigned int n = 0;

	do {
		if (!lcore_next(&text, &first) || first < next)
			return 0;
		last = first;
		if (*text == '-') {
			text++;
			if (!lcore_next(&text, &last) || last < first)
				return 0;
		} else if (*text == '@') {
			text++;
			if (!lcore_next(&text, &cpu))
				return 0;
		}
		n += last - first + 1;
		next = last + 1;
	} while (*text++ == ',');
	return text[-1] == '\0' ? n : 0;
}

static const char *
lcores_parse(const struct rs_key *key, const char *text, void *object)
{
	unsigned int n = rs_lcores_count(text);

	if (n == 0)
		return "is not a list of lcores";
	if (n == 1)
		return "leaves no lcore for a worker";
	strlcpy(rs_key_field(key, object), text, key->size);
	return NULL;
}

static void
lcores_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	snprintf(text, size, "at least two lcores below %u in ascending order, like 0-3 or 0,2,3 "
		"or 0@0,1@0 (lcore@CPU)", RTE_MAX_LCORE);
}

static const char *
device_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_config_port *port = object;
	struct rte_pci_addr pci;
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, ","), text);
	port->is_pci = rte_pci_addr_parse(name, &pci) == 0;
	/* DPDK's drivers of virtual Ethernet devices have such names */
	if (!port->is_pci && (strncmp(name, "net_", 4) != 0 || strlen(name) == 4 ||
			      name[strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789")] != '\0'))
		return "is not a device name";
	return text_parse(key, text, object);
}

static void
device_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "a PCI address like 0000:03:00.0 or a virtual device like net_tap0, "
		"both followed by ,argument=value where needed", size);
}

/* @return a key for the size in struct rs_config_bytes */
static struct rs_key
bytes_size(const struct rs_key *key)
{
	struct rs_key size = *key;

	size.offset += offsetof(struct rs_config_bytes, size);
	size.size = sizeof(((struct rs_config_bytes *)NULL)->size);
	return size;
}

static const char *
bytes_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_config_bytes *bytes = rs_key_field(key, object);
	const struct rs_key size = bytes_size(key);
	const char *error = number_parse(&size, text, object);

	/* text that is not a number is the name of a file */
	bytes->file[0] = '\0';
	if (error == NULL || error == out_of_range || *text == '\0')
		return error;
	strlcpy(bytes->file, text, sizeof(bytes->file));
	return NULL;
}

static void
bytes_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_config_bytes *bytes = rs_key_const_field(key, object);
	const struct rs_key number = bytes_size(key);

	if (bytes->file[0] != '\0')
		strlcpy(text, bytes->file, size);
	else
		number_format(&number, object, text, size);
}

static void
bytes_expect(const struct rs_key *key, char *text, size_t size)
{
	number_expect(key, text, size);
	strlcat(text, ", or the name of a file of less than 4G", size);
}

/* Read a VLAN identifier at text, and move text behind it. */
static bool
vid_next(const char **text, uint16_t *vid)
{
	size_t n = strspn(*text, "0123456789");
	const char *error = NULL;
	char digits[5];

	if (n == 0 || n >= sizeof(digits))
		return false;
	strlcpy(digits, *text, n + 1);
	*vid = (uint16_t)strtonum(digits, 1, 4094, &error);
	*text += n;
	return error == NULL;
}

static const char *
vlan_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_tags *tags = rs_key_field(key, object);

	tags->n = 0;
	if (strcmp(text, "none") == 0)
		return NULL;
	do {
		if (tags->n == RTE_DIM(tags->vid) || !vid_next(&text, &tags->vid[tags->n]))
			return "is neither none nor one or two VLAN identifiers";
		tags->n++;
	} while (*text++ == '.');
	return text[-1] == '\0' ? NULL : "is neither none nor one or two VLAN identifiers";
}

static void
vlan_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_tags *tags = rs_key_const_field(key, object);

	if (tags->n == 0)
		strlcpy(text, "none", size);
	else if (tags->n == 1)
		snprintf(text, size, "%u", tags->vid[0]);
	else
		snprintf(text, size, "%u.%u", tags->vid[0], tags->vid[1]);
}

static void
vlan_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "none, a VLAN identifier from 1 to 4094, or two like 200.100", size);
}

const struct rs_value_type rs_value_bool = { bool_parse, bool_format, bool_expect };
const struct rs_value_type rs_value_bytes = { bytes_parse, bytes_format, bytes_expect };
const struct rs_value_type rs_value_device = { device_parse, text_format, device_expect };
const struct rs_value_type rs_value_lcores = { lcores_parse, text_format, lcores_expect };
const struct rs_value_type rs_value_media = { media_parse, text_format, media_expect };
const struct rs_value_type rs_value_name = { name_parse, text_format, words_expect };
const struct rs_value_type rs_value_number = { number_parse, number_format, number_expect };
const struct rs_value_type rs_value_text = { text_parse, text_format, text_expect };
const struct rs_value_type rs_value_timeout = { timeout_parse, timeout_format, timeout_expect };
const struct rs_value_type rs_value_tos = { tos_parse, tos_format, words_expect };
const struct rs_value_type rs_value_vlan = { vlan_parse, vlan_format, vlan_expect };
const struct rs_value_type rs_value_word = { word_parse, word_format, words_expect };
