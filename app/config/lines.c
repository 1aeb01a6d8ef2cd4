/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright(c) 2026 The rstack authors */

/*
 * The lines of the configuration file and of those that it includes. The parser is rte_cfgfile;
 * text that it would skip or cut off silently is refused here, and comments are removed, because it
 * takes the "; charset" of a media type for one.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bsd/string.h>
#include <rte_cfgfile.h>

#include "config/keys.h"

#define FILE_SIZE_MAX (1024 * 1024)

/* rte_cfgfile reads lines, with their newline, into CFG_NAME_LEN + CFG_VALUE_LEN + 4. */
#define LINE_LEN_MAX (CFG_NAME_LEN + CFG_VALUE_LEN + 2)

/* Bad lines that are reported. A file with more is no configuration. */
#define BAD_LINES_MAX 20

/* Most files, and most files that include one another. */
#define FILES_MAX 256
#define DEPTH_MAX 16

struct rs_config_lines {
	struct rs_config_place *places;
	size_t n_places;
	size_t next;             /* of rs_config_place_next() */
	char *files[FILES_MAX];
	unsigned int n_files;
	unsigned int n_sections;
	char section[64];        /* that the lines belong to */
	unsigned int depth;
	const char *open[DEPTH_MAX]; /* files that include one another */
	FILE *checked;
};

/* Cut off the comment: a semicolon begins one at the start of a line and behind a blank. */
static void
cut_comment(char *line)
{
	bool quoted = false;
	char *p;

	for (p = line; *p != '\0'; p++) {
		/* a quote that does not end is a character like others */
		if (*p == '"')
			quoted = !quoted && strchr(p + 1, '"') != NULL;
		if (*p == CFG_DEFAULT_COMMENT_CHARACTER && !quoted &&
		    (p == line || isblank((unsigned char)p[-1]))) {
			*p = '\0';
			return;
		}
	}
}

/* Escape each semicolon of a line, because rte_cfgfile would take it for a comment. */
static void
escape_line(const char *line, char *escaped, size_t size)
{
	size_t n = 0;
	const char *p;

	for (p = line; *p != '\0' && n + 2 < size; p++) {
		if (*p == CFG_DEFAULT_COMMENT_CHARACTER && p > line && p[-1] != '\\')
			escaped[n++] = '\\';
		escaped[n++] = *p;
	}
	escaped[n] = '\0';
}

/* Cut off blanks at both ends. @return the rest */
static char *
trim(char *text)
{
	char *p;

	while (isspace((unsigned char)*text))
		text++;
	for (p = text + strlen(text); p > text && isspace((unsigned char)p[-1]); p--)
		p[-1] = '\0';
	return text;
}

/* Note the place of a section or, with its value behind =, of a key. */
static void
add_place(struct rs_config_lines *lines, const struct rs_config_place *at, const char *line)
{
	struct rs_config_place *more;
	struct rs_config_place *place;

	if ((lines->n_places & (lines->n_places - 1)) == 0) { /* a power of two: it is full */
		more = reallocarray(lines->places, RTE_MAX(2 * lines->n_places, (size_t)1),
			sizeof(*more));
		if (more == NULL)
			return; /* then sentences have no line */
		lines->places = more;
	}
	place = &lines->places[lines->n_places++];
	*place = *at;
	if (*line == '[') {
		strlcpy(lines->section, line + 1, RTE_MIN(strcspn(line, "]"),
			sizeof(lines->section)));
		lines->n_sections++;
	} else {
		strlcpy(place->key, line, RTE_MIN(strcspn(line, " \t=") + 1,
			sizeof(place->key)));
	}
	strlcpy(place->section, lines->section, sizeof(place->section));
	place->index = lines->n_sections;
}

/* The value of a line that includes files, or NULL. */
static char *
included(char *line)
{
	size_t n = strlen("include");

	if (strncmp(line, "include", n) != 0)
		return NULL;
	line += n + strspn(line + n, " \t");
	return *line == '=' ? trim(line + 1) : NULL;
}

static void read_path(struct rs_config_reader *reader, const char *path);

/* Include a file, or the *.ini of a directory, by a name relative to the including file. */
static void
include(struct rs_config_reader *reader, const struct rs_config_place *at, const char *name)
{
	const char *slash = strrchr(at->file, '/');
	struct dirent **entries = NULL;
	char path[PATH_MAX], file[PATH_MAX];
	struct stat st;
	int i, n;

	snprintf(path, sizeof(path), "%.*s%s", name[0] == '/' || slash == NULL ? 0 :
		(int)(slash - at->file) + 1, at->file, name);
	if (reader->lines->section[0] != '\0') {
		rs_config_refuse(reader, NULL, NULL, NULL, "include = %s: stands in a section; "
			"expected it above the first section of its file", name);
		return;
	}
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		read_path(reader, path);
		return;
	}
	n = scandir(path, &entries, NULL, alphasort);
	for (i = 0; i < n; i++) {
		size_t len = strlen(entries[i]->d_name);

		if (len > strlen(".ini") && entries[i]->d_name[0] != '.' &&
		    strcmp(&entries[i]->d_name[len - strlen(".ini")], ".ini") == 0 &&
		    snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name) <
				(int)sizeof(file))
			read_path(reader, file);
		free(entries[i]);
	}
	free(entries);
}

static void
check_line(struct rs_config_reader *reader, struct rs_config_place *at, char *line)
{
	char escaped[2 * LINE_LEN_MAX];
	bool too_long = strlen(line) > LINE_LEN_MAX;
	char *name, *p;

	cut_comment(line);
	escape_line(line, escaped, sizeof(escaped));
	if (too_long || strlen(escaped) > LINE_LEN_MAX) {
		rs_config_refuse(reader, NULL, NULL, NULL,
			"is too long; expected at most %d characters", LINE_LEN_MAX);
		return;
	}
	line = trim(line);
	name = included(line);
	if (name != NULL) {
		include(reader, at, name);
		return;
	}
	fprintf(reader->lines->checked, "%s\n", escaped);
	if (*line == '\0')
		return;
	p = strchr(line, ']');
	if (*line == '[' ? p == NULL || p[1] != '\0' : strchr(line, '=') == NULL)
		rs_config_refuse(reader, NULL, NULL, NULL,
			"%.80s: is neither a section nor a key; expected [section], "
			"key = value or ; comment", line);
	else
		add_place(reader->lines, at, line);
}

/* Read a file into text. @return NULL, or the reason why it cannot be read */
static const char *
read_text(const char *path, char *text)
{
	struct stat st;
	const char *wrong = NULL;
	size_t n;
	FILE *f;

	/* rte_cfgfile reads a directory as an empty file, and waits for a FIFO */
	if (stat(path, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "is not a regular file";
	f = fopen(path, "r");
	if (f == NULL)
		return strerror(errno);
	n = fread(text, 1, FILE_SIZE_MAX, f);
	if (ferror(f))
		wrong = strerror(errno);
	else if (n == FILE_SIZE_MAX)
		wrong = "is larger than 1 MiB";
	else if (memchr(text, '\0', n) != NULL)
		wrong = "is not a text file";
	text[wrong == NULL ? n : 0] = '\0';
	fclose(f);
	return wrong;
}

/* Read the lines of a text of a file. */
static void
check_lines(struct rs_config_reader *reader, const char *file, char *text)
{
	struct rs_config_place at = { .file = file };
	char *line;

	while ((line = strsep(&text, "\n")) != NULL && reader->refused < BAD_LINES_MAX) {
		at.line++;
		reader->place = &at;
		check_line(reader, &at, line);
	}
	reader->place = NULL;
}

/* Note that a file is read. @return its name, which lasts, or NULL: it includes itself */
static const char *
open_file(struct rs_config_lines *lines, const char *path)
{
	char *real = realpath(path, NULL);
	unsigned int i;
	bool loop = lines->depth == DEPTH_MAX || lines->n_files == FILES_MAX;

	for (i = 0; i < lines->depth; i++) {
		char *other = realpath(lines->open[i], NULL);

		loop |= real != NULL && other != NULL && strcmp(real, other) == 0;
		free(other);
	}
	free(real);
	if (loop || (lines->files[lines->n_files] = strdup(path)) == NULL)
		return NULL;
	lines->open[lines->depth++] = lines->files[lines->n_files];
	return lines->files[lines->n_files++];
}

/* Read a file. A sentence about it names the line that includes it. */
static void
read_path(struct rs_config_reader *reader, const char *path)
{
	const struct rs_config_place *place = reader->place;
	struct rs_config_lines *lines = reader->lines;
	char *text = malloc(FILE_SIZE_MAX);
	const char *file = open_file(lines, path);
	const char *wrong = text == NULL ? "there is too little memory" : NULL;

	if (file == NULL) {
		rs_config_refuse(reader, NULL, NULL, NULL, "include: %s includes itself, or too "
			"many files are included; expected each once", path);
		free(text);
		return;
	}
	if (wrong == NULL)
		wrong = read_text(path, text);
	if (wrong != NULL)
		rs_config_refuse(reader, NULL, NULL, NULL,
			"%s%scannot be read: %s; expected a configuration file (see "
			"--help-config)", place != NULL ? path : "", place != NULL ? ": " : "",
			wrong);
	else
		check_lines(reader, file, text);
	lines->section[0] = '\0';
	lines->depth--;
	reader->place = place;
	free(text);
}

void
rs_config_lines_read(struct rs_config_reader *reader, FILE *checked)
{
	reader->lines = calloc(1, sizeof(*reader->lines));
	if (reader->lines == NULL) {
		rs_config_refuse(reader, NULL, NULL, NULL,
			"cannot be read: %s; expected a configuration file (see --help-config)",
			strerror(ENOMEM));
		return;
	}
	reader->lines->checked = checked;
	read_path(reader, reader->config->path);
}

void
rs_config_lines_free(struct rs_config_lines *lines)
{
	unsigned int i;

	if (lines == NULL)
		return;
	for (i = 0; i < lines->n_files; i++)
		free(lines->files[i]);
	free(lines->places);
	free(lines);
}

const char *
rs_config_lines_keep(struct rs_config_lines *lines, const char *path)
{
	char *kept = lines->n_files < FILES_MAX ? strdup(path) : NULL;

	if (kept == NULL)
		return "";
	lines->files[lines->n_files++] = kept;
	return kept;
}

const struct rs_config_place *
rs_config_place_find(const struct rs_config_lines *lines, const char *section, const char *key)
{
	const struct rs_config_place *of_section = NULL;
	size_t i;

	for (i = 0; lines != NULL && i < lines->n_places; i++) {
		const struct rs_config_place *place = &lines->places[i];

		if (strcmp(place->section, section) != 0)
			continue;
		if (key != NULL && strcmp(place->key, key) == 0)
			return place;
		if (of_section == NULL)
			of_section = place;
	}
	return of_section;
}

const struct rs_config_place *
rs_config_place_next(struct rs_config_lines *lines, unsigned int index, bool key)
{
	size_t i;

	if (index == 0 && !key) /* lines above the first section have none of their own */
		return NULL;
	for (i = lines->next; i < lines->n_places; i++) {
		const struct rs_config_place *place = &lines->places[i];

		if (place->index == index && (place->key[0] != '\0') == key) {
			lines->next = i + 1;
			return place;
		}
	}
	return NULL;
}
