/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/* The rules of [acl NAME], from the configuration and from files of their own. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bsd/string.h>

#include "config/keys.h"

/* Longest line of a file of rules. */
#define LINE_MAX_LEN 255

/* Bad lines of a file that are reported. */
#define BAD_LINES_MAX 20

static const char *const actions[] = {
	[RS_ACL_ALLOW] = "allow",
	[RS_ACL_DROP] = "drop",
	[RS_ACL_RESET] = "reset",
};

/* The index of a listener's name, which is added if it is new; -1: no room. */
static int
name_listener(struct rs_config_acl *acl, const char *name)
{
	unsigned int i = 0;

	while (i < acl->n_listeners && strcmp(acl->listeners[i], name) != 0)
		i++;
	if (i < acl->n_listeners)
		return (int)i;
	if (i == RS_CONFIG_LISTENERS_MAX || strlen(name) >= RS_CONFIG_NAME_MAX)
		return -1;
	strlcpy(acl->listeners[acl->n_listeners++], name, RS_CONFIG_NAME_MAX);
	return (int)i;
}

/* Read the action and the source of a rule. @return NULL, or the error */
static const char *
read_source(const char *action, const char *source, struct rs_acl_rule *rule)
{
	unsigned int i = 0;

	while (i < RTE_DIM(actions) && (action == NULL || strcmp(action, actions[i]) != 0))
		i++;
	if (i == RTE_DIM(actions))
		return "begins with none of allow, drop and reset";
	rule->action = (enum rs_acl_action)i;
	rule->any = source != NULL && strcmp(source, "any") == 0;
	if (rule->any)
		return NULL;
	return source == NULL ? "has no source" : rs_prefix_parse(source, &rule->source);
}

/* Read a part behind the source. @return NULL, or the error */
static const char *
read_part(const char *word, const char *value, struct rs_acl_rule *rule, const char **listener)
{
	if (strcmp(word, "port") != 0 && strcmp(word, "listener") != 0)
		return "has a word that is neither port nor listener";
	if (value == NULL)
		return "ends in the middle";
	if (strcmp(word, "port") == 0)
		return rule->port_first != 0 ? "has two ports" :
			rs_port_range_parse(value, &rule->port_first, &rule->port_last);
	if (*listener != NULL)
		return "has two listeners";
	*listener = value;
	return NULL;
}

static const char *
rule_parse(const struct rs_key *key, const char *text, void *object)
{
	struct rs_acl_rule rule = { .listener = -1 };
	struct rs_config_acl *acl = object;
	const char *listener = NULL;
	char copy[RS_VALUE_TEXT_MAX];
	const char *error;
	char *save = NULL;
	char *word;

	RTE_SET_USED(key);
	if (acl->n_rules == RTE_DIM(acl->rules))
		return "is one rule too many";
	strlcpy(copy, text, sizeof(copy));
	word = strtok_r(copy, " \t", &save);
	error = read_source(word, strtok_r(NULL, " \t", &save), &rule);
	while (error == NULL && (word = strtok_r(NULL, " \t", &save)) != NULL)
		error = read_part(word, strtok_r(NULL, " \t", &save), &rule, &listener);
	if (error != NULL)
		return error;
	if (listener != NULL) {
		rule.listener = (int16_t)name_listener(acl, listener);
		if (rule.listener < 0)
			return "names a listener that there cannot be";
	}
	acl->rules[acl->n_rules++] = rule;
	return NULL;
}

/* The last rule, because one key has one. */
static void
rule_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	const struct rs_config_acl *acl = object;
	const struct rs_acl_rule *rule;
	char source[64] = "any";
	size_t n;

	RTE_SET_USED(key);
	*text = '\0';
	if (acl->n_rules == 0)
		return;
	rule = &acl->rules[acl->n_rules - 1];
	if (!rule->any && rule->source.len == 0)
		strlcpy(source, "::/0", sizeof(source));
	else if (!rule->any)
		rs_prefix_format(&rule->source, source, sizeof(source));
	n = (size_t)snprintf(text, size, "%s %s", actions[rule->action], source);
	if (rule->listener >= 0)
		n += (size_t)snprintf(text + n, size - n, " listener %s",
			acl->listeners[rule->listener]);
	if (rule->port_first != 0)
		n += (size_t)snprintf(text + n, size - n, " port %u", rule->port_first);
	if (rule->port_first != rule->port_last)
		snprintf(text + n, size - n, "-%u", rule->port_last);
}

/* The rules of a file are not kept as such. */
static void
rules_format(const struct rs_key *key, const void *object, char *text, size_t size)
{
	RTE_SET_USED(key);
	RTE_SET_USED(object);
	RTE_SET_USED(size);
	*text = '\0';
}

static void
rule_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	snprintf(text, size, "allow, drop or reset; any or an IP address or prefix; then, if at "
		"all, listener NAME, port N or N-M; at most %d rules", RS_ACL_RULES_MAX);
}

static const char *
rules_parse(const struct rs_key *key, const char *text, void *object)
{
	RTE_SET_USED(key);
	RTE_SET_USED(object);
	return *text == '\0' ? "has no name" : NULL;
}

static void
rules_expect(const struct rs_key *key, char *text, size_t size)
{
	RTE_SET_USED(key);
	strlcpy(text, "the name of a readable file of rules", size);
}

const struct rs_value_type rs_value_rule = { rule_parse, rule_format, rule_expect };
const struct rs_value_type rs_value_rules = { rules_parse, rules_format, rules_expect };

/* Note the line as that of the listeners which it is the first to name. */
static void
note_places(struct rs_config_reader *reader)
{
	while (reader->n_rule_places < reader->config->acl.n_listeners)
		reader->rule_places[reader->n_rule_places++] = *reader->place;
}

/* Read a line of a file of rules. */
static void
read_line(struct rs_config_reader *reader, const char *section, char *line)
{
	const struct rs_key *key = rs_key_find(RS_SECTION_ACL, "rule");
	struct rs_config_acl *acl = &reader->config->acl;
	char expected[RS_EXPECTED_MAX];
	const char *wrong;
	size_t n;

	line[strcspn(line, "#;\r\n")] = '\0';
	line += strspn(line, " \t");
	for (n = strlen(line); n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'); n--)
		line[n - 1] = '\0';
	if (*line == '\0')
		return;
	wrong = rule_parse(key, line, acl);
	if (wrong == NULL) {
		note_places(reader);
		return;
	}
	rule_expect(key, expected, sizeof(expected));
	rs_config_refuse(reader, section, key->name, line, "%s; expected %s", wrong, expected);
}

/* Read the lines of a file of rules. */
static void
read_rules(struct rs_config_reader *reader, const char *section, const char *path, FILE *file)
{
	const struct rs_config_place *place = reader->place;
	struct rs_config_place at = { .file = path };
	unsigned int refused = reader->refused;
	char line[LINE_MAX_LEN + 2];

	strlcpy(at.section, section, sizeof(at.section));
	reader->place = &at;
	while (fgets(line, sizeof(line), file) != NULL &&
	       reader->refused < refused + BAD_LINES_MAX) {
		at.line++;
		if (strchr(line, '\n') == NULL && strlen(line) == sizeof(line) - 1) {
			rs_config_refuse(reader, section, NULL, NULL,
				"is too long; expected at most %d characters", LINE_MAX_LEN);
			break;
		}
		read_line(reader, section, line);
	}
	reader->place = place;
}

/* Open a file of rules. @return NULL with errno */
static FILE *
open_rules(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return NULL;
	}
	return fopen(path, "re");
}

void
rs_config_acl_entry(struct rs_config_reader *reader, const char *section,
	const struct rs_key *key, const char *value)
{
	char name[PATH_MAX], path[PATH_MAX], expected[RS_EXPECTED_MAX];
	FILE *file = NULL;

	if (key->type != &rs_value_rules) {
		note_places(reader);
		return;
	}
	strlcpy(path, value, sizeof(path));
	errno = ENAMETOOLONG;
	if (rs_config_resolve_file(reader, section, key->name, path, name))
		file = open_rules(path);
	if (file == NULL) {
		rules_expect(key, expected, sizeof(expected));
		rs_config_refuse(reader, section, key->name, name, "cannot be read (%s: %s); "
			"expected %s", path, strerror(errno), expected);
		return;
	}
	read_rules(reader, section, rs_config_lines_keep(reader->lines, path), file);
	fclose(file);
}

/* The index of a listener or closed range that is not gone; n_listeners: there is none. */
static unsigned int
find_listener(const struct rs_config *config, const char *name)
{
	unsigned int i = 0;

	while (i < config->n_listeners && (config->listeners[i].gone ||
			strcmp(config->listeners[i].name, name) != 0))
		i++;
	return i;
}

void
rs_config_check_acl(struct rs_config_reader *reader)
{
	const struct rs_config *config = reader->config;
	unsigned int i;

	for (i = 0; i < config->acl.n_listeners; i++) {
		if (find_listener(config, config->acl.listeners[i]) < config->n_listeners)
			continue;
		reader->place = &reader->rule_places[i];
		rs_config_refuse(reader, reader->place->section, "rule", NULL,
			"names listener %s; expected the name of a listen or closed section",
			config->acl.listeners[i]);
		reader->place = NULL;
	}
}

unsigned int
rs_config_acl_rules(const struct rs_config *config, struct rs_acl_rule *rules)
{
	const struct rs_config_acl *acl = &config->acl;
	unsigned int n = 0;
	unsigned int i;

	for (i = 0; i < acl->n_rules; i++) {
		unsigned int listener = 0;

		rules[n] = acl->rules[i];
		if (rules[n].listener >= 0) {
			listener = find_listener(config, acl->listeners[rules[n].listener]);
			rules[n].listener = (int16_t)listener;
		}
		n += listener == 0 || listener < config->n_listeners;
	}
	return n;
}
