/*
 * What is wrong with a retrieve response: a manager has written it, so nobody
 * refuses it, but a borrower should not believe it.
 */
#include "decode/mtd_check.h"

#include <inttypes.h>

#include "abi/ffa_func.h"

#define SPEC "DEN0140 §1.10, FF-A 1.1 §10.9"

static const struct rule response_handle = {
	"RESPONSE_HANDLE", SPEC, "a response names a live handle"};
static const struct rule response_flags = {
	"RESPONSE_FLAGS", SPEC, "a flag is set that a response does not have"};
static const struct rule response_type = {"RESPONSE_TYPE", SPEC,
	"the response does not say whether memory was shared, lent or donated"};
static const struct rule response_attributes = {"RESPONSE_ATTRIBUTES", SPEC,
	"a reserved attribute bit or encoding; NS only from FF-A 1.1 on"};
static const struct rule response_open = {"RESPONSE_OPEN", SPEC,
	"a response states what was mapped; only the one to a hypervisor may "
	"leave it open"};

static void check_response_header(struct check *check)
{
	struct reading *reading = check->reading;
	const struct mtd *mtd = &check->mtd;

	if (mtd->handle == 0 || mtd->handle == UINT64_MAX)
		reading_remark(reading, &response_handle,
			bytes_at(MTD_AT_HANDLE, 8),
			text("the handle asked for"));
	if ((mtd->flags & ~(MEM_FLAG_ZERO | MEM_FLAG_TYPE_MASK)) != 0)
		reading_remark(reading, &response_flags,
			bytes_at(MTD_AT_FLAGS, 4),
			text("no bits but 0, 3 and 4"));
	if ((mtd->flags & MEM_FLAG_TYPE_MASK) == 0)
		reading_remark(reading, &response_type,
			bytes_at(MTD_AT_FLAGS, 4),
			text("bits 3 and 4: 1 share, 2 lend, 3 donate"));
}

static bool has_good_attributes(const struct mtd *mtd)
{
	uint16_t known = mtd->v10 ? 0x3f : 0x7f;
	uint16_t type = mtd->attributes & ATTR_TYPE_MASK;
	uint16_t cache = mtd->attributes & ATTR_CACHE_MASK;

	if ((mtd->attributes & ~known) != 0 || type == ATTR_TYPE_MASK)
		return false;
	if (type != ATTR_TYPE_NORMAL)
		return true;
	return (cache == ATTR_CACHE_NC || cache == ATTR_CACHE_WB) &&
	       (mtd->attributes & ATTR_SHARE_MASK) != 1;
}

static void check_response_attributes(struct check *check)
{
	struct place place =
		bytes_at(MTD_AT_ATTRIBUTES, check->mtd.v10 ? 1 : 2);

	if (!has_good_attributes(&check->mtd))
		reading_remark(check->reading, &response_attributes, place,
			text("0x2f: Normal, write-back, inner shareable; or "
			     "another that is not reserved"));
	else if ((check->mtd.attributes & ATTR_TYPE_MASK) == 0)
		reading_hint(check->reading, &response_open, place,
			text("a type, 1 (Device) or 2 (Normal)"));
}

static void check_response_access(struct check *check)
{
	for (uint32_t i = 0; i < receivers(check); i++) {
		uint64_t byte =
			of_receiver(check, i, RECEIVER_AT_PERMISSIONS, 1);
		uint32_t at = mtd_receiver(&check->mtd, i);

		if ((byte & 3) != 0 && (byte >> 2 & 3) != 0)
			continue;
		reading_hint(check->reading, &response_open,
			bytes_at(at + RECEIVER_AT_PERMISSIONS, 1),
			text("data access of 1 or 2, instruction access of 1 "
			     "or 2"));
	}
}

void check_response(const struct blob *blob, struct reading *reading)
{
	struct check check = {.blob = blob, .reading = reading};

	mtd_open(blob, &check.mtd);
	if (!check_lengths(&check))
		return;
	check_header(&check);
	check_response_header(&check);
	check_response_attributes(&check);
	check_receivers(&check);
	check_response_access(&check);
	check_region(&check);
	if (check.mtd.has_region)
		check_overlap(blob, reading, check.mtd.ranges_at,
			check.mtd.ranges_here);
}
