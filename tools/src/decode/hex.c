/* See hex.h. */
#include "decode/hex.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Of a number; what is longer is a string of bytes. */
#define WORD_DIGITS 16
/* What a log line may have in front of and in a line of a dump. */
#define LOG_LINE_MAX 1024
#define LOG_BYTES_MIN 8

void dump_begin(struct dump *dump)
{
	memset(dump, 0, sizeof(*dump));
}

void dump_end(struct dump *dump)
{
	free(dump->words);
	free(dump->lines);
}

/* --- One line ---------------------------------------------------------- */

/* A line as it is read, before it is taken. */
struct parsed {
	const char *line;
	struct dump_word *words;
	uint32_t count;
	uint32_t room;
	uint64_t offset;
	bool has_offset;
	bool colon;
	bool failed;
	bool plain; /* a string of bytes was in it */
	enum order seen;
};

static bool is_separator(char c)
{
	return c != '\0' && strchr(" \t\r\n,;{}()[]", c) != NULL;
}

static unsigned nibble(char c)
{
	return (unsigned)(isdigit((unsigned char)c) ? c - '0'
						    : (c | 0x20) - 'a' + 10);
}

static size_t hex_digits(const char *at)
{
	size_t count = 0;

	while (isxdigit((unsigned char)at[count]))
		count++;
	return count;
}

static const char *skip_prefix(const char *at)
{
	bool prefixed = at[0] == '0' && (at[1] | 0x20) == 'x' &&
			isxdigit((unsigned char)at[2]);

	return prefixed ? at + 2 : at;
}

static uint64_t number_of(const char *at, size_t digits)
{
	uint64_t value = 0;

	for (size_t i = 0; i < digits; i++)
		value = value << 4 | nibble(at[i]);
	return value;
}

static void add_word(struct parsed *parsed, struct dump_word word)
{
	if (parsed->count == parsed->room) {
		parsed->room = 2 * parsed->room + 16;
		parsed->words = grown(
			parsed->words, parsed->room, sizeof(*parsed->words));
	}
	parsed->words[parsed->count++] = word;
}

/* A group at `at`; returns what follows it, NULL where there is none. */
static const char *take_group(struct parsed *parsed, const char *at)
{
	const char *digits = skip_prefix(at);
	bool prefixed = digits != at;
	size_t count = hex_digits(digits);
	char next = digits[count];

	if (count == 0 ||
		(count % 2 != 0 && (!prefixed || count > WORD_DIGITS)))
		return NULL;
	if (next != '\0' && !is_separator(next) && next != '|' && next != '>')
		return NULL;
	if (count <= WORD_DIGITS) {
		add_word(parsed, (struct dump_word){number_of(digits, count),
					 (uint8_t)count, prefixed});
		return digits + count;
	}
	parsed->plain = true;
	for (size_t i = 0; i < count; i += 2)
		add_word(parsed,
			(struct dump_word){number_of(digits + i, 2), 2, false});
	return digits + count;
}

/* The byte at `index` of the line in this order, groups all of one width. */
static uint8_t byte_at(
	const struct parsed *parsed, uint32_t index, enum order order)
{
	uint32_t width = parsed->words[0].digits / 2u;
	const struct dump_word *word = &parsed->words[index / width];
	uint32_t place = index % width;

	if (order == ORDER_MEMORY)
		place = width - 1 - place;
	return (uint8_t)(word->value >> 8 * place);
}

static bool is_uniform(const struct parsed *parsed)
{
	for (uint32_t i = 0; i < parsed->count; i++)
		if (parsed->words[i].digits != parsed->words[0].digits ||
			parsed->words[i].digits < 2)
			return false;
	return parsed->count > 0;
}

static bool shows(const struct parsed *parsed, const char *column,
	uint32_t bytes, enum order order)
{
	for (uint32_t i = 0; i < bytes; i++) {
		uint8_t byte = byte_at(parsed, i, order);
		char shown = byte >= ' ' && byte <= '~' ? (char)byte : '.';

		if (column[i] != shown)
			return false;
	}
	return true;
}

/* The line ends in a character for each byte so far. */
static bool is_column(struct parsed *parsed, const char *from)
{
	size_t rest = strcspn(from, "\r\n");
	uint32_t bytes;
	bool as_memory;
	bool as_number;

	if (!is_uniform(parsed))
		return false;
	bytes = parsed->count * parsed->words[0].digits / 2u;
	if (rest < bytes)
		return false;
	as_memory = shows(parsed, from + rest - bytes, bytes, ORDER_MEMORY);
	as_number = shows(parsed, from + rest - bytes, bytes, ORDER_NUMBER);
	if (as_memory && !as_number)
		parsed->seen = ORDER_MEMORY;
	if (as_number && !as_memory)
		parsed->seen = ORDER_NUMBER;
	return as_memory || as_number;
}

/* Groups up to the end or a column of characters. */
static void take_groups(struct parsed *parsed, const char *at)
{
	for (;;) {
		const char *from = at;
		const char *next;

		while (is_separator(*at))
			at++;
		if (*at == '\0')
			return;
		if (parsed->count > 0 && (*at == '|' || *at == '>'))
			return;
		if (parsed->count > 0 && at - from >= 2 &&
			is_column(parsed, from))
			return;
		next = take_group(parsed, at);
		if (next == NULL) {
			/* Characters, or no dump at all. */
			parsed->failed = parsed->count == 0 || at - from < 2;
			return;
		}
		at = next;
	}
}

static bool has_decimal(const char *digits, size_t count)
{
	return strcspn(digits, "0123456789") < count;
}

/* "00000010:", "0x48000010 <tx+16>:", "0000010 " and a group that differs. */
static const char *take_offset(struct parsed *parsed, const char *at)
{
	const char *digits = skip_prefix(at);
	size_t count = hex_digits(digits);
	const char *end = digits + count;
	const char *colon = end;
	const char *next;

	if (count < 4 || count > WORD_DIGITS || !has_decimal(digits, count))
		return at;
	while (*colon == ' ')
		colon++;
	if (*colon == '<')
		colon += strcspn(colon, ">\r\n");
	if (*colon == '>')
		colon++;
	parsed->offset = number_of(digits, count);
	parsed->has_offset = true;
	parsed->colon = *colon == ':';
	if (*colon == ':')
		return colon + 1;
	next = end + strspn(end, " \t");
	if (digits == at && count >= 6 &&
		(*next == '\0' || *next == '\r' || *next == '\n' ||
			(next > end && hex_digits(next) != count)))
		return end;
	parsed->has_offset = false;
	return at;
}

static void parse(struct parsed *parsed, const char *at, bool offsets)
{
	parsed->line = at;
	parsed->count = 0;
	parsed->failed = false;
	parsed->has_offset = false;
	parsed->plain = false;
	parsed->seen = ORDER_UNKNOWN;
	take_groups(parsed, offsets ? take_offset(parsed, at) : at);
}

/* --- Taking it --------------------------------------------------------- */

static struct dump_line *new_line(struct dump *dump, unsigned long number)
{
	struct dump_line *line;

	if (dump->line_count == dump->line_room) {
		dump->line_room = 2 * dump->line_room + 16;
		dump->lines = grown(
			dump->lines, dump->line_room, sizeof(*dump->lines));
	}
	line = &dump->lines[dump->line_count++];
	*line = (struct dump_line){
		.number = number,
		.words = dump->word_count,
	};
	return line;
}

static void put_word(struct dump *dump, struct dump_word word)
{
	if (dump->word_count == dump->word_room) {
		dump->word_room = 2 * dump->word_room + 64;
		dump->words = grown(
			dump->words, dump->word_room, sizeof(*dump->words));
	}
	dump->words[dump->word_count++] = word;
}

/* The end of a string of bytes may be short enough for a number. */
static void put_bytes(struct dump *dump, struct dump_word word)
{
	for (unsigned shift = 4u * word.digits; shift > 0; shift -= 8)
		put_word(dump,
			(struct dump_word){
				word.value >> (shift - 8) & 0xff, 2, false});
}

static void take(
	struct dump *dump, const struct parsed *parsed, unsigned long number)
{
	struct dump_line *line;

	if (dump->word_count + 8 * parsed->count > 2 * BYTES_MAX ||
		dump->line_count >= BYTES_MAX) {
		dump->too_long = true;
		return;
	}
	line = new_line(dump, number);
	line->offset = parsed->offset;
	line->has_offset = parsed->has_offset;
	if (parsed->has_offset && parsed->colon)
		dump->colons = true;
	if (parsed->seen != ORDER_UNKNOWN)
		dump->seen = parsed->seen;
	dump->plain |= parsed->plain;
	for (uint32_t i = 0; i < parsed->count; i++) {
		if (dump->plain && !parsed->words[i].prefixed)
			put_bytes(dump, parsed->words[i]);
		else
			put_word(dump, parsed->words[i]);
	}
}

/* Or a declaration: what it has in it begins on the next line. */
static bool is_comment(const char *at)
{
	size_t length = strlen(at);

	while (length > 0 && isspace((unsigned char)at[length - 1]))
		length--;
	if (length > 0 && strchr(at, '=') != NULL && at[length - 1] == ';')
		return true;
	return length == 0 || at[length - 1] == '{' || *at == '#' ||
	       strncmp(at, "//", 2) == 0 || strncmp(at, "/*", 2) == 0;
}

static bool is_repeat(const char *at)
{
	return *at == '*' && at[1 + strspn(at + 1, " \t\r\n")] == '\0';
}

static void take_repeat(struct dump *dump, unsigned long number)
{
	if (dump->line_count < BYTES_MAX)
		new_line(dump, number)->repeats = true;
}

enum dump_answer dump_line(
	struct dump *dump, const char *line, unsigned long number)
{
	struct parsed parsed = {.words = NULL};
	const char *at = line;
	bool good;

	while (is_separator(*at))
		at++;
	if (is_comment(at))
		return DUMP_EMPTY;
	if (is_repeat(at) && dump->line_count > 0) {
		take_repeat(dump, number);
		return DUMP_YES;
	}
	parse(&parsed, at, true);
	/* An offset alone ends a dump that has offsets. */
	if (parsed.count == 0 &&
		(dump->line_count == 0 || !dump->lines[0].has_offset))
		parse(&parsed, at, false);
	good = !parsed.failed && (parsed.count > 0 || parsed.has_offset);
	if (good)
		take(dump, &parsed, number);
	free(parsed.words);
	return good ? DUMP_YES : DUMP_NO;
}

/* A dump with at least so many bytes from here to the end of the line. */
static bool is_tail(struct parsed *parsed, const char *at)
{
	parse(parsed, at, true);
	if (parsed->failed || !is_uniform(parsed))
		return false;
	if (parsed->has_offset && parsed->colon)
		return parsed->count * parsed->words[0].digits >= 8;
	return parsed->words[0].digits == 2 && !parsed->words[0].prefixed &&
	       parsed->count >= LOG_BYTES_MIN;
}

static bool find_tail(struct parsed *parsed, const char *line)
{
	const char *at = line;

	if (strnlen(line, LOG_LINE_MAX) == LOG_LINE_MAX)
		return false;
	while (*at != '\0') {
		at += strspn(at, " \t");
		if (*at == '\0' || is_tail(parsed, at))
			break;
		at += strcspn(at, " \t");
	}
	return *at != '\0';
}

/* The line goes on where the dump is. */
static bool goes_on(const struct dump *dump, const struct parsed *parsed)
{
	const struct dump_line *last;

	if (dump->line_count == 0)
		return true;
	last = &dump->lines[dump->line_count - 1];
	if (dump->word_count > 0 &&
		dump->words[0].digits != parsed->words[0].digits)
		return false;
	if (last->has_offset != parsed->has_offset)
		return false;
	return !parsed->has_offset || parsed->offset > last->offset;
}

enum dump_answer dump_in_log(
	struct dump *dump, const char *line, unsigned long number, bool *fresh)
{
	struct parsed parsed = {.words = NULL};
	bool found = find_tail(&parsed, line);

	*fresh = found && !goes_on(dump, &parsed);
	if (found && !*fresh)
		take(dump, &parsed, number);
	free(parsed.words);
	return found ? DUMP_YES : DUMP_NO;
}
