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
	if (lines->ahead_count < INPUT_AHEAD)
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

/* Serial consoles have a stray byte here and there. */
bool lines_are_binary(const struct lines *lines)
{
	size_t strange = 0;

	for (size_t i = 0; i < lines->ahead_count; i++) {
		uint8_t byte = lines->ahead[i];
		bool plain = byte >= ' ' || byte == '\n' || byte == '\r' ||
			     byte == '\t' || byte == '\f' || byte == '\b' ||
			     byte == 0x1b;

		strange += !plain || byte == 0x7f;
	}
	return strange > lines->ahead_count / 10;
}
