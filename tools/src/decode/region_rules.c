/* What is wrong with the region of a descriptor; see mtd_check.h. */
#include "decode/mtd_check.h"

#include <inttypes.h>

static bool check_region_offset(struct check *check)
{
	const struct mtd *mtd = &check->mtd;
	uint64_t offset = of_receiver(check, 0, RECEIVER_AT_COMPOSITE, 4);
	uint64_t room = check->blob->size;

	if (room > PAGE_SIZE)
		room = PAGE_SIZE;
	if (offset >= mtd->end && offset % (mtd->v10 ? 8 : 16) == 0 &&
		offset + REGION_HEADER <= room)
		return true;
	wrong(check, R_COMPOSITE_OFFSET,
		mtd_receiver(mtd, 0) + RECEIVER_AT_COMPOSITE, 4,
		text("0x%" PRIx64 ", the end of the receivers, or a multiple "
		     "of %d behind it",
			mtd->end, mtd->v10 ? 8 : 16));
	return false;
}

static void check_region_counts(struct check *check)
{
	const struct mtd *mtd = &check->mtd;
	uint64_t rest = check->blob->total;
	uint64_t length = mtd->ranges_at + (uint64_t)mtd->ranges * RANGE_SIZE;

	if (!blob_is_zero(check->blob, mtd->region + REGION_AT_RESERVED, 8))
		wrong(check, R_RANGE_RESERVED, mtd->region + REGION_AT_RESERVED,
			8, text("0"));
	if (mtd->ranges == 0)
		wrong(check, R_RANGE_NONE, mtd->region + REGION_AT_RANGES, 4,
			text("1 or more"));
	if (mtd->pages == 0)
		wrong(check, R_RANGE_NONE, mtd->region + REGION_AT_PAGES, 4,
			text("1 or more"));
	if (length == rest)
		return;
	rest = rest > mtd->ranges_at ? rest - mtd->ranges_at : 0;
	wrong(check, R_RANGE_LENGTH, mtd->region + REGION_AT_RANGES, 4,
		text("%" PRIu64 ", for %" PRIu32 " bytes in all; or %" PRIu64
		     " bytes in all",
			rest / RANGE_SIZE, check->blob->total, length));
}

void check_region(struct check *check)
{
	const struct blob *blob = check->blob;
	const struct mtd *mtd = &check->mtd;
	uint32_t over;
	uint64_t pages;

	if (mtd->here == 0 || mtd->here < mtd->count ||
		!check_region_offset(check))
		return;
	check_region_counts(check);
	over = (blob->fragment - mtd->ranges_at) % RANGE_SIZE;
	if (over != 0)
		wrong(check, R_FRAGMENT_LENGTH, blob->fragment - over, over,
			text("whole ranges of %u bytes", RANGE_SIZE));
	pages = check_each_range(
		blob, check->reading, mtd->ranges_at, mtd->ranges_here);
	if (blob->size == blob->total && pages != mtd->pages)
		wrong(check, R_RANGE_SUM, mtd->region + REGION_AT_PAGES, 4,
			text("%" PRIu64 ", the sum of the ranges' pages",
				pages));
}
