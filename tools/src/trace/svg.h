/* Pieces of SVG. All text comes from outside and is escaped here. */
#ifndef TRACE_SVG_H
#define TRACE_SVG_H

#include "trace/trace.h"

/* A picture whose size is known before it is drawn. */
struct picture {
	unsigned width;
	unsigned height;
};

/* Width of a character of the pictures' fixed font. */
#define CHARACTER 6.7
/* And of a chapter's title. */
#define TITLE_CHARACTER 7.3

/* Printed as a multiplication sign; never comes from outside. */
#define TIMES_SIGN "\1"

/* Text for XML and HTML, in attributes, too. */
void xml_text(FILE *out, const char *text);

/* What both pictures and their legend look like. */
void svg_style(FILE *out);

/* <svg> of a picture, `y` below the top of the one around it. */
void svg_begin(FILE *out, struct picture size, unsigned y);

/* <g> of what an entry has in a picture, and its line as a tooltip. */
void svg_entry(FILE *out, const struct story *story, size_t index);

void svg_text(
	FILE *out, double x, double y, const char *class, const char *text);

/* Cuts it to so many characters, visibly. */
void svg_short(char *text, size_t most);

/* The line of an entry, with how often it came. */
void shown_line(
	const struct story *story, size_t index, char line[LOG_LINE_SIZE + 32]);

/* r-- and so on; the class of its colour. */
void access_word(uint8_t access, char word[4]);
const char *access_class(uint8_t access);

/* Who owns and may access what, over time. */
struct memory;
struct memory *memory_open(const struct story *story);
struct picture memory_size(const struct memory *memory);
void memory_write(FILE *out, const struct memory *memory, unsigned y);
void memory_close(struct memory *memory);

/* Calls and returns across worlds. */
struct picture calls_size(const struct story *story);
void calls_write(FILE *out, const struct story *story, unsigned y);

#endif
