/* What can be wrong with ranges: one by one, and where they overlap. */
#include "decode/mtd.h"

#include <inttypes.h>
#include <stdlib.h>

#define PHYSICAL_BITS 52

struct span {
	uint64_t from;
	uint64_t end;
	uint32_t index;
};

static bool is_whole(const struct span *span)
{
	return span->end > span->from && span->end <= 1ull << PHYSICAL_BITS;
}

static struct span span_of(
	const struct blob *blob, uint32_t base, uint32_t index)
{
	uint32_t at = base + index * RANGE_SIZE;
	struct span span = {.index = index};

	span.from = blob_get(blob, at + RANGE_AT_BASE, 8);
	span.end = span.from +
		   (blob_get(blob, at + RANGE_AT_PAGES, 4) << PAGE_SHIFT);
	return span;
}

static void check_range(
	const struct blob *blob, struct reading *reading, uint32_t at)
{
	uint64_t base = blob_get(blob, at + RANGE_AT_BASE, 8);
	uint64_t pages = blob_get(blob, at + RANGE_AT_PAGES, 4);
	uint64_t end = base + (pages << PAGE_SHIFT);

	if (blob_get(blob, at + RANGE_AT_RESERVED, 4) != 0)
		blob_wrong(reading, blob, R_RANGE_RESERVED,
			bytes_at(at + RANGE_AT_RESERVED, 4), text("0"));
	if (pages == 0)
		blob_wrong(reading, blob, R_RANGE_EMPTY,
			bytes_at(at + RANGE_AT_PAGES, 4), text("1 or more"));
	if ((base & PAGE_MASK) != 0)
		blob_wrong(reading, blob, R_RANGE_ALIGNMENT,
			bytes_at(at + RANGE_AT_BASE, 8),
			text("a multiple of 4096: 0x%" PRIx64,
				(uint64_t)(base - (base & PAGE_MASK))));
	if (end < base || end > 1ull << PHYSICAL_BITS)
		blob_wrong(reading, blob, R_RANGE_WRAPS,
			bytes_at(at + RANGE_AT_BASE, 12),
			text("an end of 2^%d at most", PHYSICAL_BITS));
}

uint64_t check_each_range(const struct blob *blob, struct reading *reading,
	uint32_t base, uint32_t count)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = base + i * RANGE_SIZE;

		check_range(blob, reading, at);
		pages += blob_get(blob, at + RANGE_AT_PAGES, 4);
	}
	return pages;
}

static int by_address(const void *a, const void *b)
{
	const struct span *left = a;
	const struct span *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	return left->index < right->index ? -1 : 1;
}

/* The later one of the two in the descriptor is the one too many. */
static void found_overlap(const struct blob *blob, struct reading *reading,
	uint32_t base, const struct span *a, const struct span *b)
{
	const struct span *later = a->index > b->index ? a : b;
	const struct span *first = later == a ? b : a;

	blob_wrong(reading, blob, R_RANGE_OVERLAP,
		bytes_at(base + later->index * RANGE_SIZE, 12),
		text("no page of range[%" PRIu32 "], 0x%" PRIx64
		     " to 0x%" PRIx64,
			first->index, first->from, first->end));
}

void check_overlap(const struct blob *blob, struct reading *reading,
	uint32_t base, uint32_t count)
{
	struct span *spans = grown(NULL, count + 1ull, sizeof(*spans));
	struct span widest = {0};
	uint32_t used = 0;

	for (uint32_t i = 0; i < count; i++) {
		spans[used] = span_of(blob, base, i);
		used += is_whole(&spans[used]);
	}
	qsort(spans, used, sizeof(*spans), by_address);
	for (uint32_t i = 0; i < used; i++) {
		if (spans[i].from < widest.end)
			found_overlap(blob, reading, base, &widest, &spans[i]);
		if (spans[i].end > widest.end)
			widest = spans[i];
	}
	free(spans);
}
