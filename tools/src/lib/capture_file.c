/* Lines of a capture, back into numbers and bytes. */
#include "lib/capture_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define OURS_SHIFT 7

_Static_assert(CAPTURE_OURS == 1u << OURS_SHIFT, "the bit");

static enum capture_read bad(const struct capture_file *file, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", file->name, file->where, what);
	return CAPTURE_BAD;
}

static bool has_bytes(enum capture_kind kind)
{
	return kind == CAPTURE_MANIFEST || kind == CAPTURE_PACKAGE ||
	       kind == CAPTURE_TX || kind == CAPTURE_PARTY;
}

static int digit(char character)
{
	const char *digits = "0123456789abcdef";
	const char *found = strchr(digits, character);

	return character == '\0' || found == NULL ? -1 : (int)(found - digits);
}

/* One number behind a space; false where there is none. */
static bool read_number(const char **at, uint64_t *value)
{
	const char *from = *at;

	if (*from++ != ' ' || digit(*from) < 0)
		return false;
	*value = 0;
	for (; digit(*from) >= 0; from++)
		*value = *value << 4 | (uint64_t)digit(*from);
	*at = from;
	return true;
}

static bool read_bytes(const char **at, struct capture_line *line)
{
	const char *from = *at;

	if (*from++ != ' ')
		return false;
	while (digit(from[0]) >= 0 && digit(from[1]) >= 0) {
		if (line->size == CAPTURE_BYTES_MAX)
			return false;
		line->bytes[line->size++] =
			(uint8_t)(digit(from[0]) << 4 | digit(from[1]));
		from += 2;
	}
	*at = from;
	return true;
}

static bool is_end(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return *at == '\0';
}

static enum capture_read parse(
	struct capture_file *file, const char *text, struct capture_line *line)
{
	unsigned most = CAPTURE_NUMBERS_MAX;
	char *rest;
	const char *at;
	unsigned long number = strtoul(text + 1, &rest, 16);

	if (rest != text + 9 || rest[0] != ' ' || rest[1] == '\0')
		return bad(file, "not a line of a capture");
	if (number != file->next) {
		file->next = (uint32_t)number + 1;
		return bad(file, "a line of the capture is missing before");
	}
	file->next++;
	memset(line, 0, sizeof(*line));
	line->where = file->where;
	line->kind = (enum capture_kind)rest[1];
	at = rest + 2;
	if (has_bytes(line->kind))
		most = 1;
	while (line->count < most &&
		read_number(&at, &line->number[line->count]))
		line->count++;
	if (has_bytes(line->kind) && !read_bytes(&at, line))
		return bad(file, "the line has no bytes");
	return is_end(at) ? CAPTURE_LINE : bad(file, "the line is damaged");
}

/* One more byte of the line; true at its end. What is too long is cut off. */
static bool add(struct capture_text *text, char byte)
{
	text->length += text->length < CAPTURE_LINE_SIZE - 1;
	text->at[text->length - 1] = byte;
	text->at[text->length] = '\0';
	return byte == '\n';
}

/* The next of the two texts that has come to the end of a line, or of all. */
static struct capture_text *next_line(struct capture_file *file)
{
	int byte;

	while ((byte = getc(file->file)) != EOF) {
		struct capture_text *text = &file->text[byte >> OURS_SHIFT];

		if (add(text, (char)(byte % (int)CAPTURE_OURS)))
			return text;
	}
	return &file->text[file->text[0].length == 0];
}

enum capture_read capture_file_read(
	struct capture_file *file, struct capture_line *line)
{
	struct capture_text *text;

	while ((text = next_line(file))->length != 0) {
		bool whole = text->at[text->length - 1] == '\n';

		text->length = 0;
		file->where += whole;
		if (text->at[0] != '~')
			continue;
		if (!whole)
			return bad(file, "the capture ends within a line");
		return parse(file, text->at, line);
	}
	return CAPTURE_END;
}
