/*
 * Reads the compiler's annotated output, which is one node or one property a
 * line:
 *
 *	rx: rx { / * sp.dts:42 * /
 *		attributes = <0x01>; / * sp.dts:46 * /
 */
#define _GNU_SOURCE
#include "lines.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define PATH_MAX_BYTES 1024

struct place {
	char *node;
	char *property; /* NULL: the node itself */
	char *file;
	unsigned line;
};

struct lines {
	size_t count;
	size_t room;
	struct place *place;
};

static void add(struct lines *lines, struct place place)
{
	if (lines->count == lines->room) {
		lines->room = 2 * lines->room + 64;
		lines->place = must_have(realloc(
			lines->place, lines->room * sizeof(*lines->place)));
	}
	lines->place[lines->count++] = place;
}

/* Cuts the comment off; false when the line has none. */
static bool take_comment(char *line, struct place *place)
{
	char *comment = NULL;
	char *at = line;
	char *colon;

	while ((at = strstr(at, "/* ")) != NULL)
		comment = at++;
	if (comment == NULL)
		return false;
	*comment = '\0';
	comment += 3;
	/* A place may have several; the first will do. */
	comment[strcspn(comment, ", ")] = '\0';
	colon = strrchr(comment, ':');
	if (colon == NULL)
		return false;
	*colon = '\0';
	place->file = comment;
	place->line = (unsigned)strtoul(colon + 1, NULL, 10);
	return true;
}

static void trim(char **line)
{
	size_t length;

	*line += strspn(*line, "\t ");
	length = strlen(*line);
	while (length > 0 && strchr("\t \n", (*line)[length - 1]))
		(*line)[--length] = '\0';
}

/* "label: name {": the name, behind all labels. */
static char *node_name(char *line)
{
	char *brace = strrchr(line, '{');
	char *label;

	*brace = '\0';
	trim(&line);
	while ((label = strstr(line, ": ")) != NULL)
		line = label + 2;
	return line;
}

static void enter(char *path, const char *name)
{
	size_t length = strlen(path);

	if (strcmp(name, "/") == 0)
		return;
	snprintf(path + length, PATH_MAX_BYTES - length, "/%s", name);
}

static void leave(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL)
		*slash = '\0';
}

static void note(struct lines *lines, const char *path, const char *property,
	const struct place *place)
{
	add(lines, (struct place){
			   .node = copy_text(*path ? path : "/"),
			   .property = property ? copy_text(property) : NULL,
			   .file = copy_text(place->file),
			   .line = place->line,
		   });
}

static void read_line(struct lines *lines, char *line, char *path)
{
	struct place place = {0};
	bool known = take_comment(line, &place);
	size_t length;

	trim(&line);
	length = strlen(line);
	if (length == 0)
		return;
	if (line[0] == '}') {
		leave(path);
	} else if (line[length - 1] == '{') {
		enter(path, node_name(line));
		if (known)
			note(lines, path, NULL, &place);
	} else if (known) {
		line[strcspn(line, " =;")] = '\0';
		note(lines, path, line, &place);
	}
}

struct lines *lines_read(const char *annotated)
{
	struct lines *lines = must_have(calloc(1, sizeof(*lines)));
	char *text = copy_text(annotated);
	char path[PATH_MAX_BYTES] = "";
	char *rest = text;
	char *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		read_line(lines, line, path);
	free(text);
	return lines;
}

static bool is_property(const struct place *place, const char *property)
{
	if (place->property == NULL || property == NULL)
		return place->property == property;
	return strcmp(place->property, property) == 0;
}

static const struct place *find(
	const struct lines *lines, const char *node, const char *property)
{
	for (size_t i = 0; i < lines->count; i++)
		if (is_property(&lines->place[i], property) &&
			strcmp(lines->place[i].node, node) == 0)
			return &lines->place[i];
	return NULL;
}

struct line lines_find(
	const struct lines *lines, const char *node, const char *property)
{
	const struct place *place = find(lines, node, property);

	if (place == NULL)
		place = find(lines, node, NULL);
	if (place == NULL)
		return (struct line){0};
	return (struct line){place->file, place->line};
}

void lines_free(struct lines *lines)
{
	if (lines == NULL)
		return;
	for (size_t i = 0; i < lines->count; i++) {
		free(lines->place[i].node);
		free(lines->place[i].property);
		free(lines->place[i].file);
	}
	free(lines->place);
	free(lines);
}
