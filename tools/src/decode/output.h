/*
 * Readings on paper: text for people and diff, or JSON, one object a line.
 */
#ifndef DECODE_OUTPUT_H
#define DECODE_OUTPUT_H

#include "decode/reading.h"

/* Where a reading comes from. */
struct source {
	const char *file;   /* NULL: arguments */
	unsigned long line; /* 0: the whole file */
	const char *text;   /* the line, where it is one of a log */
};

struct output {
	FILE *file;
	bool json;
	bool began; /* something has been printed */
};

void output_reading(struct output *output, const struct source *source,
	const struct reading *reading);

/* Where in the specification a finding's rule is. */
const char *output_section(const struct finding *finding);

#endif
