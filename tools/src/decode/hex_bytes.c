/* The lines of a dump put together; see hex.h. */
#include "decode/hex.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The bytes so far. */
struct build {
	const struct dump *dump;
	unsigned width;
	enum order order;
	unsigned radix; /* of offsets */
	bool octal;     /* groups are octal numbers */
	uint8_t *bytes;
	uint32_t size;
	uint32_t last; /* where the line before began */
	bool repeats;
	char *error;
};

/* --- Groups ------------------------------------------------------------ */

/* The digits of `number`, read as hex, in another radix; false if not so. */
static bool in_radix(uint64_t number, unsigned radix, uint64_t *out)
{
	*out = 0;
	for (int shift = 60; shift >= 0; shift -= 4) {
		unsigned digit = (unsigned)(number >> shift & 0xf);

		if (digit >= radix)
			return false;
		*out = *out * radix + digit;
	}
	return true;
}

/* What od prints when nobody tells it otherwise: six octal digits. */
static bool is_octal(const struct dump *dump)
{
	uint64_t value;

	for (uint32_t i = 0; i < dump->word_count; i++) {
		const struct dump_word *word = &dump->words[i];

		if (word->digits != 6 || word->prefixed ||
			!in_radix(word->value, 8, &value) || value > UINT16_MAX)
			return false;
	}
	return dump->word_count > 0;
}

/* Bytes of a group; 0 where groups are of several widths. */
static unsigned width_of(const struct dump *dump, unsigned wanted)
{
	unsigned longest = 0;
	bool uniform = true;

	for (uint32_t i = 0; i < dump->word_count; i++) {
		const struct dump_word *word = &dump->words[i];

		if (word->digits > longest)
			longest = word->digits;
		if (word->digits != dump->words[0].digits && !word->prefixed)
			uniform = false;
	}
	if (wanted != 0)
		return longest <= 2 * wanted ? wanted : 0;
	if (!uniform || dump->word_count == 0)
		return 0;
	if (is_octal(dump))
		return 2;
	for (unsigned width = 1; width < 8; width *= 2)
		if (longest <= 2 * width)
			return width;
	return longest <= 16 ? 8 : 0;
}

bool dump_order(
	const struct dump *dump, struct dump_options options, enum order *order)
{
	bool prefixed = dump->word_count > 0 && dump->words[0].prefixed;
	unsigned width = width_of(dump, options.width);

	*order = options.order;
	if (*order != ORDER_UNKNOWN)
		return true;
	*order = dump->seen;
	if (*order != ORDER_UNKNOWN)
		return true;
	*order = ORDER_NUMBER;
	if (prefixed || width <= 1)
		return true;
	/* xxd has colons and groups of two; hexdump and od have no colons. */
	if (width == 2 && dump->colons)
		*order = ORDER_MEMORY;
	return width == 2 && dump->lines[0].has_offset;
}

/* --- Offsets ----------------------------------------------------------- */

static uint32_t line_bytes(const struct build *build, uint32_t index)
{
	const struct dump *dump = build->dump;
	uint32_t end = index + 1 < dump->line_count
			       ? dump->lines[index + 1].words
			       : dump->word_count;

	return (end - dump->lines[index].words) * build->width;
}

/* The radix in which the second offset is where the first line ends. */
static unsigned radix_of(const struct build *build)
{
	static const unsigned all[] = {16, 8, 10};
	const struct dump_line *lines = build->dump->lines;

	for (uint32_t i = 0; i + 1 < build->dump->line_count; i++) {
		if (!lines[i].has_offset || !lines[i + 1].has_offset)
			continue;
		for (size_t j = 0; j < ARRAY_COUNT(all); j++) {
			uint64_t from;
			uint64_t to;

			if (in_radix(lines[i].offset, all[j], &from) &&
				in_radix(lines[i + 1].offset, all[j], &to) &&
				to - from == line_bytes(build, i))
				return all[j];
		}
	}
	return 16;
}

/* Where the line begins, counted from the first one. */
static uint64_t place_of(
	const struct build *build, const struct dump_line *line)
{
	uint64_t first;
	uint64_t here;

	if (!in_radix(build->dump->lines[0].offset, build->radix, &first) ||
		!in_radix(line->offset, build->radix, &here))
		return line->offset - build->dump->lines[0].offset;
	return here - first;
}

/* --- Bytes ------------------------------------------------------------- */

static bool has_room(
	struct build *build, uint64_t more, const struct dump_line *line)
{
	if (more <= BYTES_MAX - build->size)
		return true;
	build->error =
		text("line %lu: more than %u bytes", line->number, BYTES_MAX);
	return false;
}

static void put_word(struct build *build, const struct dump_word *word)
{
	uint64_t value = word->value;

	if (build->octal && !in_radix(word->value, 8, &value))
		value = word->value;
	for (unsigned i = 0; i < build->width; i++) {
		unsigned place =
			build->order == ORDER_NUMBER ? i : build->width - 1 - i;

		build->bytes[build->size++] = (uint8_t)(value >> 8 * place);
	}
}

/* What "*" stands for. */
static bool repeat_until(
	struct build *build, uint64_t place, const struct dump_line *line)
{
	uint32_t length = build->size - build->last;
	uint64_t more = place - build->size;

	if (length == 0 || !has_room(build, more, line))
		return false;
	for (; build->size < place; build->size++)
		build->bytes[build->size] = build->bytes[build->size - length];
	return true;
}

/* The line's offset against what is there. */
static bool reach(struct build *build, const struct dump_line *line)
{
	uint64_t place = place_of(build, line);
	bool back = place >> 63 != 0 || place < build->size;
	bool is_end = line->words == build->dump->word_count;

	if (!back && place > build->size && build->repeats)
		return repeat_until(build, place, line);
	/* The last offset tells that a group was filled up. */
	if (is_end && place < build->size && build->size - place < 8) {
		build->size = (uint32_t)place;
		return true;
	}
	if (place == build->size)
		return true;
	build->error =
		back ? text("line %lu: the offset goes back", line->number)
		     : text("line %lu: bytes 0x%" PRIx32 " to 0x%" PRIx64
			    " are missing",
			       line->number, build->size, place);
	return false;
}

static bool put_line(struct build *build, uint32_t index)
{
	const struct dump *dump = build->dump;
	const struct dump_line *line = &dump->lines[index];
	uint32_t bytes = line_bytes(build, index);

	if (line->repeats) {
		build->repeats = true;
		return true;
	}
	if (dump->lines[0].has_offset && line->has_offset &&
		!reach(build, line))
		return false;
	build->repeats = false;
	if (!has_room(build, bytes, line))
		return false;
	if (bytes > 0)
		build->last = build->size;
	for (uint32_t i = 0; i < bytes / build->width; i++)
		put_word(build, &dump->words[line->words + i]);
	return true;
}

static char *width_error(const struct dump *dump, unsigned wanted)
{
	if (dump->word_count == 0)
		return text("no bytes");
	if (wanted != 0)
		return text("line %lu: a group has more than %u bytes",
			dump->lines[0].number, wanted);
	return text("line %lu: groups of several widths; --width tells",
		dump->lines[0].number);
}

uint8_t *dump_bytes(const struct dump *dump, struct dump_options options,
	uint32_t *size, char **error)
{
	struct build build = {.dump = dump};
	bool good;

	*error = NULL;
	build.width = width_of(dump, options.width);
	if (build.width == 0 || dump->too_long) {
		*error = dump->too_long ? text("more than %u bytes", BYTES_MAX)
					: width_error(dump, options.width);
		return NULL;
	}
	dump_order(dump, options, &build.order);
	build.octal = is_octal(dump);
	build.radix = radix_of(&build);
	build.bytes = grown(NULL, BYTES_MAX, 1);
	good = true;
	for (uint32_t i = 0; good && i < dump->line_count; i++)
		good = put_line(&build, i);
	*size = build.size;
	if (good)
		return build.bytes;
	*error = build.error != NULL ? build.error : text("nothing to repeat");
	free(build.bytes);
	return NULL;
}
