/*
 * The text form of a trace record: one line a call.
 *
 *   [    0.123456] nwd    MEM_SHARE  1 page  SUCCESS  shared 0x48000000 …
 */
#ifndef CALL_TRACE_TEXT_H
#define CALL_TRACE_TEXT_H

#include "spm.h"

#define TRACE_LINE_SIZE 256

/*
 * Writes the line with its newline, not NUL-terminated; returns its length.
 * `more`: so many others like it are not printed.
 */
size_t trace_text(const struct spm *spm, const struct trace_record *record,
	uint32_t more, char line[TRACE_LINE_SIZE]);

/* What the line says of a change, up to what is changed. */
const char *trace_change_words(enum trace_change change);

#endif
