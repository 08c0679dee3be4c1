/*
 * What is written of a log, and where. Entries that the options leave out are
 * gone before; what repeats is told once.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include "trace/log.h"

/* Every entry on a line. `fold`: as the console folds, a CPU at a time. */
void text_write(FILE *out, const struct log *log, bool fold);

/* One object an entry. */
void json_write(FILE *out, const struct log *log);

/* What is drawn: an entry for all of its repetitions. */
struct shown {
	const struct entry *entry;
	uint64_t times; /* how often it happened */
};

struct story {
	const struct log *log;
	struct shown *shown;
	size_t count;
	size_t left_out; /* that are too many to be drawn */
};

/* Entries that a picture has room for. */
#define STORY_MAX 2000u

void story_open(struct story *story, const struct log *log);
void story_close(struct story *story);

/* Both pictures in one file, and both in a page with the text. */
void svg_write(FILE *out, const struct story *story, const char *title);
void html_write(FILE *out, const struct story *story, const char *title);

#endif
