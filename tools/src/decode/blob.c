/* See blob.h. */
#include "decode/blob.h"

#include <inttypes.h>
#include <stdlib.h>

uint64_t blob_get(const struct blob *blob, uint32_t at, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = size; i > 0; i--) {
		uint64_t place = (uint64_t)at + i - 1;

		value <<= 8;
		if (place < blob->size)
			value |= blob->bytes[place];
	}
	return value;
}

bool blob_is_zero(const struct blob *blob, uint32_t at, uint32_t size)
{
	for (uint64_t i = at; i < (uint64_t)at + size && i < blob->size; i++)
		if (blob->bytes[i] != 0)
			return false;
	return true;
}

void blob_wrong(struct reading *reading, const struct blob *blob,
	enum reason reason, struct place place, char *right)
{
	if (place.at > blob->size)
		place.at = blob->size;
	if (place.size > blob->size - place.at)
		place.size = blob->size - place.at;
	reading_wrong(reading, reason, place, right);
}

static char *name_of(const struct show *show, const char *name)
{
	if (show->part == NULL)
		return text("%s", name);
	if (show->index == NO_INDEX)
		return text("%s.%s", show->part, name);
	return text("%s[%" PRIu32 "].%s", show->part, show->index, name);
}

void show_field(const struct show *show, const struct row *row, char *meaning)
{
	uint32_t at = show->base + row->at;
	uint64_t value = blob_get(show->blob, at, row->size);
	char *name = name_of(show, row->name);

	reading_field(show->reading, bytes_at(at, row->size), name,
		text("0x%0*" PRIx64, 2 * row->size, value), meaning);
	free(name);
}

static void show_long(const struct show *show, const struct row *row)
{
	uint32_t at = show->base + row->at;
	const uint8_t *bytes = show->blob->bytes + at;
	char *name = name_of(show, row->name);
	char *value = row->say == SAY_UUID ? say_uuid(bytes) : say_name(bytes);

	reading_field(show->reading, bytes_at(at, row->size), name, value,
		text("%s", ""));
	free(name);
}

bool show_rows(const struct show *show, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t at = show->base + rows[i].at;

		if (!blob_has(show->blob, at, rows[i].size)) {
			show_gap(show, at, show->blob->size, "cut off");
			return false;
		}
		if (rows[i].size > 8)
			show_long(show, &rows[i]);
		else
			show_field(show, &rows[i],
				say(rows[i].say, blob_get(show->blob, at,
							 rows[i].size)));
	}
	return true;
}

void show_gap(
	const struct show *show, uint32_t at, uint32_t end, const char *meaning)
{
	const char *zero = "";

	if (at >= end)
		return;
	if (blob_is_zero(show->blob, at, end - at))
		zero = ", zero";
	reading_field(show->reading, bytes_at(at, end - at), "(unused)",
		text("%s", ""), text("%s%s", meaning, zero));
}
