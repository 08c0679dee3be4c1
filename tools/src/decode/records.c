/*
 * Descriptors that are lists of records: ranges of a further fragment, the
 * relinquish descriptor, what discovery writes.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "abi/ffa_func.h"
#include "abi/mem_decode.h"
#include "abi/part_info.h"
#include "decode/mtd.h"

/* --- Ranges ------------------------------------------------------------ */

void show_ranges(const struct blob *blob, struct reading *reading)
{
	show_range(blob, reading, 0);
}

void check_ranges(const struct blob *blob, struct reading *reading)
{
	uint32_t count = blob->size / RANGE_SIZE;
	uint32_t over = blob->size % RANGE_SIZE;
	enum reason reason;
	uint64_t pages = 0;

	if (over != 0 || count == 0)
		blob_wrong(reading, blob, R_FRAGMENT_LENGTH,
			bytes_at(blob->size - over, over),
			text("whole ranges of %u bytes", RANGE_SIZE));
	check_each_range(blob, reading, 0, count);
	check_overlap(blob, reading, 0, count);
	reason = mem_decode_ranges(blob->bytes, count, &pages);
	if (over == 0 && reason != R_NONE)
		reading_put_first(reading, reason);
}

/* --- Relinquish -------------------------------------------------------- */

#define RELINQUISH_AT_FLAGS 8
#define RELINQUISH_AT_COUNT 12
#define RELINQUISH_AT_IDS 16

static const struct row relinquish_rows[] = {
	{0, 8, SAY_HANDLE, "handle"},
	{RELINQUISH_AT_FLAGS, 4, SAY_RELINQUISH_FLAGS, "flags"},
	{RELINQUISH_AT_COUNT, 4, SAY_COUNT, "endpoint_count"},
};

static const struct row endpoint_rows[] = {{0, 2, SAY_ID, "id"}};

static const struct rule cut_off = {
	"CUT_OFF", "—", "the bytes end inside the descriptor"};

uint64_t length_relinquish(const struct blob *blob)
{
	return RELINQUISH_AT_IDS + 2 * blob_get(blob, RELINQUISH_AT_COUNT, 4);
}

void show_relinquish(const struct blob *blob, struct reading *reading)
{
	struct show show = {reading, blob, 0, NULL, NO_INDEX};
	uint64_t count = blob_get(blob, RELINQUISH_AT_COUNT, 4);
	bool whole =
		show_rows(&show, relinquish_rows, ARRAY_COUNT(relinquish_rows));

	if (!whole)
		return;
	show.base = RELINQUISH_AT_IDS;
	show.part = "endpoint";
	for (show.index = 0; show.index < count; show.index++) {
		if (!show_rows(&show, endpoint_rows, 1))
			return;
		show.base += 2;
	}
	show.part = NULL;
	show_gap(&show, show.base, blob->size, "behind the endpoints");
}

void check_relinquish(const struct blob *blob, struct reading *reading)
{
	struct mem_relinquish request;
	uint32_t flags = (uint32_t)blob_get(blob, RELINQUISH_AT_FLAGS, 4);
	enum reason reason = R_NONE;

	if (blob->size >= MEM_RELINQUISH_SIZE)
		reason = mem_decode_relinquish(blob->bytes, &request);
	if (reason != R_NONE)
		blob_wrong(reading, blob, reason,
			bytes_at(RELINQUISH_AT_COUNT, 4), text("1"));
	if ((flags & ~MEM_FLAG_ZERO) != 0)
		blob_wrong(reading, blob, R_RELINQUISH_FLAGS,
			bytes_at(RELINQUISH_AT_FLAGS, 4),
			text("0 or 1 (zero the memory)"));
	if (length_relinquish(blob) > blob->size ||
		blob->size < MEM_RELINQUISH_SIZE)
		reading_remark(reading, &cut_off, bytes_at(0, blob->size),
			text("%" PRIu64 " bytes", length_relinquish(blob)));
}

/* --- Partition information --------------------------------------------- */

static const struct row info_rows[] = {
	{0, 2, SAY_ID, "id"},
	{2, 2, SAY_COUNT, "contexts"},
	{4, 4, SAY_PROPERTIES, "properties"},
	{8, 16, SAY_UUID, "protocol_uuid"},
	{24, 16, SAY_UUID, "image_uuid"},
	{40, 4, SAY_VERSION, "ffa_version"},
	{44, 4, SAY_RESERVED, "reserved"},
};

#define INFO_SPEC "§6.2, table 6.1"

static const struct rule info_size = {
	"INFO_SIZE", INFO_SPEC, "not a whole number of records"};
static const struct rule info_properties = {
	"INFO_PROPERTIES", INFO_SPEC, "a reserved property is set"};
static const struct rule info_reserved = {
	"INFO_RESERVED", INFO_SPEC, "a reserved field is not zero"};
static const struct rule info_contexts = {
	"INFO_CONTEXTS", INFO_SPEC, "a partition without execution contexts"};
static const struct rule info_version = {
	"INFO_VERSION", INFO_SPEC, "no version of FF-A"};

static size_t info_row_count(uint32_t size)
{
	size_t count = 0;

	while (count < ARRAY_COUNT(info_rows) && info_rows[count].at < size)
		count++;
	return count;
}

void show_info(const struct blob *blob, struct reading *reading)
{
	struct show show = {reading, blob, 0, "partition", 0};
	uint32_t size = part_info_size(blob->version);

	for (; blob_has(blob, show.base, size); show.index++) {
		show_rows(&show, info_rows, info_row_count(size));
		show.base += size;
	}
	show.part = NULL;
	show_gap(&show, show.base, blob->size, "cut off");
}

static void check_info_record(
	const struct blob *blob, struct reading *reading, uint32_t at)
{
	uint64_t properties = blob_get(blob, at + 4, 4);
	uint32_t mask = part_info_mask(blob->version);

	if (blob_get(blob, at + 2, 2) == 0)
		reading_hint(reading, &info_contexts, bytes_at(at + 2, 2),
			text("1 or more"));
	if ((properties & ~(uint64_t)mask) != 0)
		reading_remark(reading, &info_properties, bytes_at(at + 4, 4),
			text("no bits outside of 0x%" PRIx32, mask));
	if (blob->version < FFA_VERSION_1_3)
		return;
	if (blob_get(blob, at + 40, 4) >> 16 != FFA_VERSION_OURS >> 16)
		reading_remark(reading, &info_version, bytes_at(at + 40, 4),
			text("0x10000 to 0x%" PRIx32, FFA_VERSION_OURS));
	if (!blob_is_zero(blob, at + 44, 4))
		reading_remark(reading, &info_reserved, bytes_at(at + 44, 4),
			text("0"));
}

void check_info(const struct blob *blob, struct reading *reading)
{
	uint32_t size = part_info_size(blob->version);
	uint32_t at = 0;

	for (; blob_has(blob, at, size); at += size)
		check_info_record(blob, reading, at);
	if (at == 0 || at != blob->size)
		reading_remark(reading, &info_size,
			bytes_at(at, blob->size - at),
			text("a multiple of %" PRIu32 " bytes", size));
}

/* Records, where what is behind them is zero. */
uint64_t length_info(const struct blob *blob)
{
	uint32_t size = part_info_size(blob->version);
	uint32_t at = 0;

	while (blob_has(blob, at, size) && !blob_is_zero(blob, at, size))
		at += size;
	return at;
}
