/* See mtd_check.h. */
#include "decode/mtd_check.h"

#include <inttypes.h>

#include "abi/ffa_func.h"
#include "abi/mem_decode.h"

void wrong(struct check *check, enum reason reason, uint32_t at, uint32_t size,
	char *right)
{
	blob_wrong(
		check->reading, check->blob, reason, bytes_at(at, size), right);
}

/* --- The manager's decision -------------------------------------------- */

static enum mem_func func_of(enum kind kind)
{
	if (kind == KIND_SHARE)
		return MEM_SHARE;
	return kind == KIND_LEND ? MEM_LEND : MEM_DONATE;
}

/* The manager looks at the first page, then at the ranges behind it. */
static enum reason decide_send(
	const struct mem_input *in, const struct blob *blob)
{
	struct mem_desc desc;
	enum reason reason = mem_decode_send(in, func_of(blob->kind), &desc);
	uint64_t pages;
	uint32_t at;
	uint32_t count;

	if (reason != R_NONE || in->size == blob->size)
		return reason;
	pages = desc.pages_here;
	at = (uint32_t)(desc.ranges - in->bytes) +
	     desc.ranges_here * RANGE_SIZE;
	count = (blob->size - at) / RANGE_SIZE;
	reason = mem_decode_ranges(in->bytes + at, count, &pages);
	if (reason == R_NONE && blob->size == blob->total &&
		pages != desc.page_count)
		reason = R_RANGE_SUM;
	return reason;
}

static enum reason decide_retrieve(
	const struct mem_input *in, const struct blob *blob)
{
	struct mem_desc desc;

	if (in->fragment < in->total)
		return R_FRAGMENT_LENGTH;
	if (blob->kind == KIND_HYPERVISOR && mem_is_hypervisor_retrieve(in))
		return mem_decode_hypervisor_retrieve(in, &desc);
	return mem_decode_retrieve(in, &desc);
}

static enum reason decide(const struct blob *blob)
{
	struct mem_input in = {
		.bytes = blob->bytes,
		.size = blob->size < PAGE_SIZE ? blob->size : PAGE_SIZE,
		.fragment = blob->fragment,
		.total = blob->total,
		.version = blob->version,
	};

	if (in.fragment == 0 || in.fragment > in.total)
		return R_FRAGMENT_LENGTH;
	return kind_is_send(blob->kind) ? decide_send(&in, blob)
					: decide_retrieve(&in, blob);
}

void check_decide(struct check *check)
{
	enum reason reason = decide(check->blob);

	if (reason != R_NONE && !reading_put_first(check->reading, reason))
		wrong(check, reason, 0, check->blob->size, text("%s", ""));
}

/* --- Lengths, header --------------------------------------------------- */

static bool is_request(enum kind kind)
{
	return kind == KIND_RETRIEVE || kind == KIND_HYPERVISOR;
}

bool check_lengths(struct check *check)
{
	const struct blob *blob = check->blob;

	if (blob->fragment == 0 || blob->fragment > blob->total)
		wrong(check, R_FRAGMENT_LENGTH, 0, blob->size,
			text("1 to %" PRIu32 " bytes", blob->total));
	if (is_request(blob->kind) && blob->fragment < blob->total)
		wrong(check, R_FRAGMENT_LENGTH, 0, blob->size,
			text("all %" PRIu32 " bytes in one fragment",
				blob->total));
	if (blob->size >= check->mtd.header)
		return true;
	wrong(check, R_FRAGMENT_LENGTH, 0, blob->size,
		text("%" PRIu32 " bytes of header at least",
			check->mtd.header));
	return false;
}

static void check_reserved(struct check *check, uint32_t at, uint32_t size)
{
	if (!blob_is_zero(check->blob, at, size))
		wrong(check, R_HEADER_RESERVED, at, size, text("0"));
}

static void check_v11_header(struct check *check)
{
	uint32_t stated = (uint32_t)blob_get(check->blob, MTD_AT_SIZE, 4);
	uint32_t offset = (uint32_t)blob_get(check->blob, MTD_AT_OFFSET, 4);
	bool may_be_long = check->blob->version >= FFA_VERSION_1_2;

	check_reserved(check, MTD_AT_RESERVED, 4);
	check_reserved(check, MTD_AT_RESERVED + 4, 8);
	if (stated != RECEIVER_SHORT &&
		(stated != RECEIVER_LONG || !may_be_long))
		wrong(check, R_RECEIVER_SIZE, MTD_AT_SIZE, 4,
			text("%s", may_be_long ? "32 (or 16)" : "16"));
	if (offset < MTD_HEADER || offset % 16 != 0)
		wrong(check, R_RECEIVER_OFFSET, MTD_AT_OFFSET, 4,
			text("48, or a greater multiple of 16"));
}

/* Which of the two that determine it is to blame. */
static void check_receivers_fit(struct check *check)
{
	const struct mtd *mtd = &check->mtd;
	uint32_t offset = (uint32_t)blob_get(check->blob, MTD_AT_OFFSET, 4);
	uint64_t first = mtd->v10 ? mtd->first : offset;
	uint64_t room = check->blob->size;

	if (room > PAGE_SIZE)
		room = PAGE_SIZE;
	if (first + (uint64_t)mtd->count * mtd->stride <= room)
		return;
	if (mtd->v10 || first + mtd->stride <= room)
		wrong(check, R_RECEIVER_OFFSET, MTD_AT_COUNT, 4,
			text("as many receivers of %" PRIu32
			     " bytes as lie in the descriptor",
				mtd->stride));
	else
		wrong(check, R_RECEIVER_OFFSET, MTD_AT_OFFSET, 4,
			text("a place in the descriptor, mostly 48"));
}

void check_header(struct check *check)
{
	const struct mtd *mtd = &check->mtd;

	if (mtd->v10) {
		check_reserved(check, MTD_AT_ATTRIBUTES + 1, 1);
		check_reserved(check, MTD_AT_SIZE, 4);
	} else {
		check_v11_header(check);
	}
	if (mtd->count == 0)
		wrong(check, R_RECEIVER_NONE, MTD_AT_COUNT, 4,
			text("1 or more"));
	else if (mtd->count > MEM_RECEIVERS_MAX)
		wrong(check, R_RECEIVER_COUNT, MTD_AT_COUNT, 4,
			text("%d at most", MEM_RECEIVERS_MAX));
	else
		check_receivers_fit(check);
}

void check_attributes(struct check *check)
{
	uint16_t attributes = check->mtd.attributes;
	uint16_t type = attributes & ATTR_TYPE_MASK;
	uint16_t cache = attributes & ATTR_CACHE_MASK;

	if ((attributes & ATTR_NS) != 0)
		wrong(check, R_ATTRIBUTE_NS, MTD_AT_ATTRIBUTES, 1,
			text("bit 6 clear: 0x%02x", attributes & ~ATTR_NS));
	if (attributes >> 7 != 0)
		wrong(check, R_ATTRIBUTE_RESERVED,
			MTD_AT_ATTRIBUTES + ((attributes & 0x80) == 0), 1,
			text("bits from 7 on clear"));
	else if (type == ATTR_TYPE_MASK)
		wrong(check, R_ATTRIBUTE_RESERVED, MTD_AT_ATTRIBUTES, 1,
			text("a type of 0 (open), 1 (Device) or 2 (Normal)"));
	else if (type == ATTR_TYPE_NORMAL && cache != ATTR_CACHE_NC &&
		 cache != ATTR_CACHE_WB)
		wrong(check, R_ATTRIBUTE_RESERVED, MTD_AT_ATTRIBUTES, 1,
			text("a cacheability of 1 (non-cacheable) or 3 "
			     "(write-back)"));
	else if (type == ATTR_TYPE_NORMAL && (attributes & 3) == 1)
		wrong(check, R_ATTRIBUTE_RESERVED, MTD_AT_ATTRIBUTES, 1,
			text("a shareability of 0, 2 (outer) or 3 (inner)"));
}

/* --- Receivers --------------------------------------------------------- */

uint64_t of_receiver(
	const struct check *check, uint32_t index, uint32_t at, uint32_t size)
{
	return blob_get(
		check->blob, mtd_receiver(&check->mtd, index) + at, size);
}

static void check_permission_codes(struct check *check, uint32_t index)
{
	uint64_t byte = of_receiver(check, index, RECEIVER_AT_PERMISSIONS, 1);
	const char *right = NULL;

	if (byte >> 4 != 0)
		right = "bits 4 to 7 clear";
	else if ((byte & 3) == MEM_DATA_RESERVED)
		right = "data access of 0 (open), 1 (read-only) or 2 "
			"(read-write)";
	else if ((byte >> 2 & 3) == MEM_INSTR_RESERVED)
		right = "instruction access of 0 (open), 1 (no) or 2 (yes)";
	if (right != NULL)
		wrong(check, R_PERMISSION_RESERVED,
			mtd_receiver(&check->mtd, index) +
				RECEIVER_AT_PERMISSIONS,
			1, text("%s", right));
}

static void check_named_once(struct check *check, uint32_t index)
{
	uint64_t id = of_receiver(check, index, RECEIVER_AT_ID, 2);

	for (uint32_t i = 0; i < index; i++) {
		if (of_receiver(check, i, RECEIVER_AT_ID, 2) != id)
			continue;
		wrong(check, R_RECEIVER_TWICE, mtd_receiver(&check->mtd, index),
			2,
			text("another than that of receiver[%" PRIu32 "]", i));
		return;
	}
}

static void check_receiver(struct check *check, uint32_t index)
{
	const struct mtd *mtd = &check->mtd;
	uint32_t at = mtd_receiver(mtd, index);
	uint32_t reserved = at + mtd_receiver_reserved(mtd);
	uint64_t region = of_receiver(check, index, RECEIVER_AT_COMPOSITE, 4);
	uint64_t first = of_receiver(check, 0, RECEIVER_AT_COMPOSITE, 4);

	if (!blob_is_zero(check->blob, reserved, 8))
		wrong(check, R_RECEIVER_RESERVED, reserved, 8, text("0"));
	check_permission_codes(check, index);
	check_named_once(check, index);
	if (region != first)
		wrong(check, R_COMPOSITE_DIFFERS, at + RECEIVER_AT_COMPOSITE, 4,
			text("0x%" PRIx64 ", as receiver[0] has it", first));
}

/* What is looked at: as many as a manager supports. */
uint32_t receivers(const struct check *check)
{
	return check->mtd.here < MEM_RECEIVERS_MAX ? check->mtd.here
						   : MEM_RECEIVERS_MAX;
}

void check_receivers(struct check *check)
{
	for (uint32_t i = 0; i < receivers(check); i++)
		check_receiver(check, i);
}
