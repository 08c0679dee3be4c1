/*
 * One line of text, put together before it is printed: other CPUs print, too.
 */
#ifndef GUEST_LINE_H
#define GUEST_LINE_H

#include "base/types.h"

#define LINE_SIZE 160

struct line {
	char text[LINE_SIZE];
	size_t length;
};

/* What does not fit is left out. */
void line_add(struct line *line, const char *text);
void line_decimal(struct line *line, uint64_t value);
void line_hex(struct line *line, uint64_t value);

/* Prints it with its newline and empties it. */
void line_print(struct line *line);

#endif
