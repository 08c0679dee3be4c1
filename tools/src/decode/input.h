/*
 * A file byte by byte or line by line, with a look ahead to see what it is.
 * Memory is bounded, whatever comes.
 */
#ifndef DECODE_INPUT_H
#define DECODE_INPUT_H

#include <stdio.h>

#include "base/types.h"

/* Bytes that are looked at in advance. */
#define INPUT_AHEAD 65536u
/* A line may hold a whole descriptor; what is longer is cut. */
#define INPUT_LINE_MAX (4u << 20)

struct lines {
	FILE *file;
	uint8_t *ahead;
	size_t ahead_count;
	size_t ahead_at;
	char *line;
	size_t room;
	size_t length;
	unsigned long number;
	bool cut;        /* the line was too long */
	bool ahead_only; /* what follows is not read */
	bool failed;
};

void lines_begin(struct lines *lines, FILE *file);
void lines_end(struct lines *lines);

/* The next byte; EOF. */
int lines_byte(struct lines *lines);

/* The next line, without its end; false when there is none. */
bool lines_next(struct lines *lines);

/* Bytes that no text has are in what is ahead. */
bool lines_are_binary(const struct lines *lines);

#endif
