/* See mtd.h. */
#include "decode/mtd.h"

#include <inttypes.h>

#include "abi/ffa_func.h"

/* --- Places ------------------------------------------------------------ */

static uint32_t usual_stride(const struct blob *blob)
{
	return blob->version < FFA_VERSION_1_2 ? RECEIVER_SHORT : RECEIVER_LONG;
}

static void place_receivers(const struct blob *blob, struct mtd *mtd)
{
	uint32_t stated = (uint32_t)blob_get(blob, MTD_AT_SIZE, 4);
	uint32_t offset = (uint32_t)blob_get(blob, MTD_AT_OFFSET, 4);
	uint32_t room;

	mtd->stride = usual_stride(blob);
	mtd->first = mtd->header;
	if (!mtd->v10 && (stated == RECEIVER_SHORT || stated == RECEIVER_LONG))
		mtd->stride = stated;
	if (!mtd->v10 && offset >= MTD_HEADER && offset % 16 == 0 &&
		offset < blob->size)
		mtd->first = offset;
	room = blob->size > mtd->first ? blob->size - mtd->first : 0;
	mtd->here = room / mtd->stride;
	if (mtd->here > mtd->count)
		mtd->here = mtd->count;
	mtd->end = mtd->first + (uint64_t)mtd->count * mtd->stride;
}

static bool may_be_region(const struct mtd *mtd, uint64_t at)
{
	return at >= mtd->first + mtd->here * (uint64_t)mtd->stride &&
	       at % 8 == 0 && blob_has(mtd->blob, at, REGION_HEADER);
}

/* Where the first receiver says, or else behind the receivers. */
static void place_region(const struct blob *blob, struct mtd *mtd)
{
	uint64_t at = 0;

	if (mtd->here > 0)
		at = blob_get(blob, mtd->first + RECEIVER_AT_COMPOSITE, 4);
	if (at == 0 && (mtd->here == 0 || !kind_is_send(blob->kind)))
		return;
	if (!may_be_region(mtd, at))
		at = mtd->end;
	if (!may_be_region(mtd, at))
		return;
	mtd->has_region = true;
	mtd->region = (uint32_t)at;
	mtd->pages = (uint32_t)blob_get(blob, mtd->region, 4);
	mtd->ranges =
		(uint32_t)blob_get(blob, mtd->region + REGION_AT_RANGES, 4);
	mtd->ranges_at = mtd->region + REGION_HEADER;
	mtd->ranges_here = (blob->size - mtd->ranges_at) / RANGE_SIZE;
}

void mtd_open(const struct blob *blob, struct mtd *mtd)
{
	*mtd = (struct mtd){.blob = blob};
	mtd->v10 = blob->version == FFA_VERSION_1_0;
	mtd->header = mtd->v10 ? MTD_V10_HEADER : MTD_HEADER;
	mtd->sender = (uint16_t)blob_get(blob, MTD_AT_SENDER, 2);
	mtd->attributes =
		(uint16_t)blob_get(blob, MTD_AT_ATTRIBUTES, mtd->v10 ? 1 : 2);
	mtd->flags = (uint32_t)blob_get(blob, MTD_AT_FLAGS, 4);
	mtd->handle = blob_get(blob, MTD_AT_HANDLE, 8);
	mtd->tag = blob_get(blob, MTD_AT_TAG, 8);
	mtd->count = (uint32_t)blob_get(blob, MTD_AT_COUNT, 4);
	if (blob->size < mtd->header)
		return;
	place_receivers(blob, mtd);
	place_region(blob, mtd);
}

/* By what the descriptor says, however little of it is there. */
uint64_t length_mtd(const struct blob *blob)
{
	struct mtd mtd;

	mtd_open(blob, &mtd);
	if (mtd.has_region)
		return mtd.ranges_at + (uint64_t)mtd.ranges * RANGE_SIZE;
	return mtd.end;
}

/* --- Fields ------------------------------------------------------------ */

static const struct row v10_rows[] = {
	{0, 2, SAY_ID, "sender"},
	{2, 1, SAY_ATTRIBUTES, "attributes"},
	{3, 1, SAY_RESERVED, "reserved"},
	{4, 4, SAY_SEND_FLAGS, "flags"},
	{8, 8, SAY_HANDLE, "handle"},
	{16, 8, SAY_NOTHING, "tag"},
	{24, 4, SAY_RESERVED, "reserved"},
	{28, 4, SAY_COUNT, "receiver_count"},
};

static const struct row v11_rows[] = {
	{0, 2, SAY_ID, "sender"},
	{2, 2, SAY_ATTRIBUTES, "attributes"},
	{4, 4, SAY_SEND_FLAGS, "flags"},
	{8, 8, SAY_HANDLE, "handle"},
	{16, 8, SAY_NOTHING, "tag"},
	{24, 4, SAY_BYTES, "receiver_size"},
	{28, 4, SAY_COUNT, "receiver_count"},
	{32, 4, SAY_OFFSET, "receiver_offset"},
	{36, 4, SAY_RESERVED, "reserved"},
	{40, 8, SAY_RESERVED, "reserved"},
};

static const struct row short_rows[] = {
	{0, 2, SAY_ID, "id"},
	{2, 1, SAY_PERMISSIONS, "permissions"},
	{3, 1, SAY_RECEIVER_FLAGS, "flags"},
	{4, 4, SAY_OFFSET, "region_offset"},
	{8, 8, SAY_RESERVED, "reserved"},
};

static const struct row long_rows[] = {
	{0, 2, SAY_ID, "id"},
	{2, 1, SAY_PERMISSIONS, "permissions"},
	{3, 1, SAY_RECEIVER_FLAGS, "flags"},
	{4, 4, SAY_OFFSET, "region_offset"},
	{8, 8, SAY_NOTHING, "impdef_0"},
	{16, 8, SAY_NOTHING, "impdef_1"},
	{24, 8, SAY_RESERVED, "reserved"},
};

static const struct row region_rows[] = {
	{REGION_AT_PAGES, 4, SAY_PAGES, "pages"},
	{REGION_AT_RANGES, 4, SAY_COUNT, "range_count"},
	{REGION_AT_RESERVED, 8, SAY_RESERVED, "reserved"},
};

static const struct row range_rows[] = {
	{RANGE_AT_BASE, 8, SAY_ADDRESS, "base"},
	{RANGE_AT_PAGES, 4, SAY_PAGES, "pages"},
	{RANGE_AT_RESERVED, 4, SAY_RESERVED, "reserved"},
};

static enum say flags_of(enum kind kind)
{
	if (kind_is_send(kind))
		return SAY_SEND_FLAGS;
	return kind == KIND_RESPONSE ? SAY_RESPONSE_FLAGS : SAY_RETRIEVE_FLAGS;
}

static bool show_header(const struct show *show, const struct mtd *mtd)
{
	struct row rows[ARRAY_COUNT(v11_rows)];
	size_t count = mtd->v10 ? ARRAY_COUNT(v10_rows) : ARRAY_COUNT(v11_rows);

	for (size_t i = 0; i < count; i++) {
		rows[i] = mtd->v10 ? v10_rows[i] : v11_rows[i];
		if (rows[i].say == SAY_SEND_FLAGS)
			rows[i].say = flags_of(show->blob->kind);
	}
	return show_rows(show, rows, count);
}

static void show_receivers(struct show *show, const struct mtd *mtd)
{
	bool is_long = mtd->stride == RECEIVER_LONG;

	show->part = "receiver";
	for (uint32_t i = 0; i < mtd->here; i++) {
		show->base = mtd_receiver(mtd, i);
		show->index = i;
		if (is_long)
			show_rows(show, long_rows, ARRAY_COUNT(long_rows));
		else
			show_rows(show, short_rows, ARRAY_COUNT(short_rows));
	}
}

static void show_one_range(struct show *show)
{
	uint64_t base = blob_get(show->blob, show->base, 8);
	uint64_t pages = blob_get(show->blob, show->base + RANGE_AT_PAGES, 4);

	show_field(show, &range_rows[0],
		text("to 0x%" PRIx64, base + (pages << PAGE_SHIFT)));
	show_rows(show, &range_rows[1], ARRAY_COUNT(range_rows) - 1);
}

void show_range(const struct blob *blob, struct reading *reading, uint32_t base)
{
	struct show show = {reading, blob, base, "range", 0};

	for (; blob_has(blob, show.base, RANGE_SIZE); show.index++) {
		show_one_range(&show);
		show.base += RANGE_SIZE;
	}
	show_gap(&show, show.base, blob->size, "cut off");
}

void show_mtd(const struct blob *blob, struct reading *reading)
{
	struct show show = {reading, blob, 0, NULL, NO_INDEX};
	struct mtd mtd;
	uint32_t end;

	mtd_open(blob, &mtd);
	if (!show_header(&show, &mtd))
		return;
	show_gap(&show, mtd.header, mtd.first, "in front of the receivers");
	show_receivers(&show, &mtd);
	end = mtd_receiver(&mtd, mtd.here);
	show.part = NULL;
	if (!mtd.has_region) {
		show_gap(&show, end, blob->size, "behind the receivers");
		return;
	}
	show_gap(&show, end, mtd.region, "in front of the region");
	show.base = mtd.region;
	show.part = "region";
	show.index = NO_INDEX;
	show_rows(&show, region_rows, ARRAY_COUNT(region_rows));
	show_range(blob, reading, mtd.ranges_at);
}
