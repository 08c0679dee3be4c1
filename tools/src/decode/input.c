/* See input.h. */
#include "decode/input.h"

#include <stdlib.h>
#include <string.h>

#include "decode/reading.h"

void lines_begin(struct lines *lines, FILE *file)
{
	memset(lines, 0, sizeof(*lines));
	lines->file = file;
	lines->ahead = grown(NULL, INPUT_AHEAD, 1);
	lines->ahead_count = fread(lines->ahead, 1, INPUT_AHEAD, file);
	lines->failed = ferror(file) != 0;
}

void lines_end(struct lines *lines)
{
	free(lines->ahead);
	free(lines->line);
}

int lines_byte(struct lines *lines)
{
	int byte;

	if (lines->ahead_at < lines->ahead_count)
		return lines->ahead[lines->ahead_at++];
	/* The end has been seen; a terminal would have to be told twice. */
	if (lines->ahead_count < INPUT_AHEAD || lines->ahead_only)
		return EOF;
	byte = getc(lines->file);
	if (byte == EOF && ferror(lines->file))
		lines->failed = true;
	return byte;
}

static void put(struct lines *lines, char next)
{
	if (lines->length == INPUT_LINE_MAX) {
		lines->cut = true;
		return;
	}
	if (lines->length + 1 >= lines->room) {
		lines->room = 2 * lines->room + 256;
		lines->line = grown(lines->line, lines->room, 1);
	}
	lines->line[lines->length++] = next;
}

bool lines_next(struct lines *lines)
{
	int byte = lines_byte(lines);

	lines->length = 0;
	lines->cut = false;
	if (byte == EOF)
		return false;
	for (; byte != EOF && byte != '\n'; byte = lines_byte(lines))
		if (byte != '\r')
			put(lines, byte == '\0' ? ' ' : (char)byte);
	/* Room for the end, in an empty line, too. */
	put(lines, ' ');
	lines->line[--lines->length] = '\0';
	lines->number++;
	return true;
}

/* Bytes of the character at `at`; 0 where there is none. */
static size_t character(const uint8_t *at, size_t rest)
{
	size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;

	if (at[0] < ' ')
		return memchr("\n\r\t\f\b\033", at[0], 6) != NULL;
	if (at[0] < 0x80)
		return at[0] != 0x7f;
	if (at[0] < 0xc0)
		return 0;
	for (size_t i = 1; i < length; i++)
		if (i >= rest || (at[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* Serial consoles have a stray byte here and there. */
static bool is_binary(const uint8_t *bytes, size_t count)
{
	size_t strange = 0;
	size_t at = 0;

	while (at < count) {
		size_t length = character(bytes + at, count - at);

		strange += length == 0;
		at += length == 0 ? 1 : length;
	}
	return strange > count / 10;
}

bool lines_are_binary(const struct lines *lines)
{
	size_t first = lines->ahead_count;

	if (first > 256)
		first = 256;
	return is_binary(lines->ahead, first) ||
	       is_binary(lines->ahead, lines->ahead_count);
}
