/*
 * A capture as a file has it: a console log with lines that begin with `~`;
 * all others are passed over. docs/TRACE.md has the format.
 */
#ifndef TOOL_CAPTURE_FILE_H
#define TOOL_CAPTURE_FILE_H

#include <stdio.h>

#include "base/types.h"
#include "partition/capture.h"

#define CAPTURE_NUMBERS_MAX 26
#define CAPTURE_BYTES_MAX 64

struct capture_line {
	enum capture_kind kind;
	unsigned count; /* numbers; the others are 0 */
	uint64_t number[CAPTURE_NUMBERS_MAX];
	uint32_t size; /* bytes, of the kinds that have them */
	uint8_t bytes[CAPTURE_BYTES_MAX];
	unsigned where; /* in the file, from 1 on */
};

#define CAPTURE_LINE_SIZE 1024

struct capture_text {
	char at[CAPTURE_LINE_SIZE];
	unsigned length;
};

struct capture_file {
	FILE *file;
	const char *name;
	unsigned where;
	uint32_t next;               /* number of the next line */
	struct capture_text text[2]; /* begun: without and with CAPTURE_OURS */
};

enum capture_read {
	CAPTURE_LINE,
	CAPTURE_END,
	CAPTURE_BAD, /* a sentence has been printed; one may go on reading */
};

/* The next line of the capture. */
enum capture_read capture_file_read(
	struct capture_file *file, struct capture_line *line);

#endif
