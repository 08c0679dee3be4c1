/* Lines of a capture, back into numbers and bytes. */
#include "lib/capture_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 1024

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

/* Where it begins; a partition with a serial line of its own may have written
 * something before. NULL: nowhere. */
static const char *find(const char *text)
{
	const char *at = text;

	while (at != NULL && *at != '\0' && (at = strchr(at, '~')) != NULL) {
		unsigned digits = 1;

		while (digits < 9 && digit(at[digits]) >= 0)
			digits++;
		if (at == text || (digits == 9 && at[9] == ' '))
			return at;
		at++;
	}
	return NULL;
}

enum capture_read capture_file_read(
	struct capture_file *file, struct capture_line *line)
{
	char text[LINE_SIZE];

	while (fgets(text, sizeof(text), file->file) != NULL) {
		bool whole = strchr(text, '\n') != NULL;
		const char *at = find(text);

		file->where += whole;
		if (at == NULL)
			continue;
		if (!whole)
			return bad(file, "the capture ends within a line");
		return parse(file, at, line);
	}
	return CAPTURE_END;
}
