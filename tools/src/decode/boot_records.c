/*
 * The boot information blob, and what FFA_NS_RES_INFO_GET writes: a header
 * that says where its records are, and the records.
 */
#include <inttypes.h>

#include "abi/ffa_func.h"
#include "abi/ns_res.h"
#include "decode/kinds.h"

static void remark(struct reading *reading, const struct rule *rule,
	struct place place, const char *right)
{
	reading_remark(reading, rule, place, text("%s", right));
}

/* --- Boot information -------------------------------------------------- */

#define BOOT_SIGNATURE 0x0ffau
#define BOOT_HEADER 32u
#define BOOT_RECORD 32u

static const struct row boot_header[] = {
	{0, 4, SAY_BOOT_SIGNATURE, "signature"},
	{4, 4, SAY_VERSION, "version"},
	{8, 4, SAY_BYTES, "blob_size"},
	{12, 4, SAY_BYTES, "descriptor_size"},
	{16, 4, SAY_COUNT, "descriptor_count"},
	{20, 4, SAY_OFFSET, "descriptor_offset"},
	{24, 8, SAY_RESERVED, "reserved"},
};

static const struct row boot_record[] = {
	{0, 16, SAY_NAME, "name"},
	{16, 1, SAY_BOOT_TYPE, "type"},
	{17, 1, SAY_RESERVED, "reserved"},
	{18, 2, SAY_BOOT_FLAGS, "flags"},
	{20, 4, SAY_BYTES, "size"},
	{24, 8, SAY_NOTHING, "contents"},
};

static const struct row boot_record_uuid[] = {
	{0, 16, SAY_UUID, "name"},
};

#define BOOT_SPEC "§5.4"

static const struct rule boot_signature = {
	"BOOT_SIGNATURE", BOOT_SPEC, "no boot information blob"};
static const struct rule boot_version = {
	"BOOT_VERSION", BOOT_SPEC, "another major version"};
static const struct rule boot_size = {"BOOT_SIZE", BOOT_SPEC,
	"the blob is smaller than its parts, or than it says"};
static const struct rule boot_descriptor_size = {
	"BOOT_DESCRIPTOR_SIZE", BOOT_SPEC, "descriptors have 32 bytes"};
static const struct rule boot_offset = {"BOOT_OFFSET", BOOT_SPEC,
	"the descriptors do not lie in the blob, behind the header"};
static const struct rule boot_reserved = {
	"BOOT_RESERVED", BOOT_SPEC, "a reserved field is not zero"};
static const struct rule boot_type = {
	"BOOT_TYPE", BOOT_SPEC, "a reserved standard type"};
static const struct rule boot_flags = {
	"BOOT_FLAGS", BOOT_SPEC, "a reserved flag or contents format"};
static const struct rule boot_contents = {"BOOT_CONTENTS", BOOT_SPEC,
	"the contents do not fit: a value has 1 to 8 bytes, others lie "
	"somewhere"};

static uint32_t boot_at(const struct blob *blob)
{
	return (uint32_t)blob_get(blob, 20, 4);
}

uint64_t length_boot_info(const struct blob *blob)
{
	return blob_get(blob, 8, 4);
}

/* The records that are there; no more than are stated. */
static uint32_t boot_count(const struct blob *blob)
{
	uint64_t count = blob_get(blob, 16, 4);
	uint64_t at = boot_at(blob);

	if (at < BOOT_HEADER || at > blob->size)
		return 0;
	if (count > (blob->size - at) / BOOT_RECORD)
		count = (blob->size - at) / BOOT_RECORD;
	return (uint32_t)count;
}

void show_boot_info(const struct blob *blob, struct reading *reading)
{
	struct show show = {reading, blob, 0, NULL, NO_INDEX};
	uint32_t count = boot_count(blob);
	uint32_t at = boot_at(blob);

	if (!show_rows(&show, boot_header, ARRAY_COUNT(boot_header)))
		return;
	if (count == 0)
		at = BOOT_HEADER;
	show_gap(&show, BOOT_HEADER, at, "in front of the descriptors");
	show.part = "descriptor";
	for (uint32_t i = 0; i < count; i++) {
		show.base = at + i * BOOT_RECORD;
		show.index = i;
		if (blob_get(blob, show.base + 18, 2) & 1)
			show_rows(&show, boot_record_uuid, 1);
		else
			show_rows(&show, boot_record, 1);
		show_rows(&show, boot_record + 1, ARRAY_COUNT(boot_record) - 1);
	}
	show.part = NULL;
	show_gap(&show, at + count * BOOT_RECORD, blob->size, "contents");
}

static void check_boot_header(const struct blob *blob, struct reading *reading)
{
	uint64_t end =
		boot_at(blob) + blob_get(blob, 16, 4) * (uint64_t)BOOT_RECORD;

	if (blob_get(blob, 0, 4) != BOOT_SIGNATURE)
		remark(reading, &boot_signature, bytes_at(0, 4), "0x0ffa");
	if (blob_get(blob, 4, 4) >> 16 != FFA_VERSION_OURS >> 16)
		remark(reading, &boot_version, bytes_at(4, 4),
			"0x10001 or another 1.x");
	if (blob_get(blob, 8, 4) > blob->size || blob_get(blob, 8, 4) < end)
		reading_remark(reading, &boot_size, bytes_at(8, 4),
			text("%" PRIu64 " to %" PRIu32 " bytes", end,
				blob->size));
	if (blob_get(blob, 12, 4) != BOOT_RECORD)
		remark(reading, &boot_descriptor_size, bytes_at(12, 4), "32");
	if (boot_at(blob) < BOOT_HEADER || boot_at(blob) % 8 != 0 ||
		end > blob->size)
		remark(reading, &boot_offset, bytes_at(16, 8),
			"an offset of 32, and no more descriptors than fit");
	if (!blob_is_zero(blob, 24, 8))
		remark(reading, &boot_reserved, bytes_at(24, 8), "0");
}

static void check_boot_record(
	const struct blob *blob, struct reading *reading, uint32_t at)
{
	uint64_t type = blob_get(blob, at + 16, 1);
	uint64_t flags = blob_get(blob, at + 18, 2);
	uint64_t size = blob_get(blob, at + 20, 4);
	uint64_t format = flags >> 2 & 3;

	if (type < 0x80 && type > 1)
		remark(reading, &boot_type, bytes_at(at + 16, 1),
			"0 (FDT), 1 (HOB), or bit 7 set");
	if (!blob_is_zero(blob, at + 17, 1))
		remark(reading, &boot_reserved, bytes_at(at + 17, 1), "0");
	if ((flags & ~0xdull) != 0 || format == 3)
		remark(reading, &boot_flags, bytes_at(at + 18, 2),
			"bit 0: name is a UUID; bits 2 and 3: 0 address, 1 "
			"value, 2 offset");
	if (size == 0 || (format == 1 && size > 8))
		remark(reading, &boot_contents, bytes_at(at + 20, 4),
			format == 1 ? "1 to 8" : "1 or more");
	if (format == 0 && blob_is_zero(blob, at + 24, 8))
		remark(reading, &boot_contents, bytes_at(at + 24, 8),
			"an address");
}

void check_boot_info(const struct blob *blob, struct reading *reading)
{
	if (blob->size < BOOT_HEADER) {
		remark(reading, &boot_size, bytes_at(0, blob->size),
			"32 bytes of header at least");
		return;
	}
	check_boot_header(blob, reading);
	for (uint32_t i = 0; i < boot_count(blob); i++)
		check_boot_record(
			blob, reading, boot_at(blob) + i * BOOT_RECORD);
}

/* --- Non-secure memory of the secure world ----------------------------- */

static const struct row ns_header[] = {
	{0, 4, SAY_BYTES, "record_size"},
	{4, 4, SAY_COUNT, "record_count"},
	{8, 4, SAY_OFFSET, "record_offset"},
	{12, 4, SAY_RESERVED, "reserved"},
};

static const struct row ns_record[] = {
	{0, 8, SAY_ADDRESS, "base"},
	{8, 4, SAY_PAGES, "pages"},
	{12, 1, SAY_AMD_PERMISSIONS, "permissions"},
	{13, 2, SAY_ID, "endpoint"},
	{15, 1, SAY_AMD_FLAGS, "flags"},
};

#define NS_SPEC "FF-A 1.3 §13"

static const struct rule ns_size = {
	"NS_RES_SIZE", NS_SPEC, "header and records of 16 bytes, all there"};
static const struct rule ns_more = {
	"NS_RES_MORE", NS_SPEC, "the list goes on in further parts"};
static const struct rule ns_reserved = {
	"NS_RES_RESERVED", NS_SPEC, "a reserved bit or field is not zero"};
static const struct rule ns_range = {
	"NS_RES_RANGE", NS_SPEC, "a region is whole pages, one at least"};

uint64_t length_ns_res(const struct blob *blob)
{
	return blob_get(blob, 8, 4) + blob_get(blob, 4, 4) * NS_RES_SIZE;
}

static uint32_t ns_count(const struct blob *blob)
{
	uint64_t count = blob_get(blob, 4, 4);
	uint64_t at = blob_get(blob, 8, 4);

	if (at < NS_RES_SIZE || at > blob->size)
		return 0;
	if (count > (blob->size - at) / NS_RES_SIZE)
		count = (blob->size - at) / NS_RES_SIZE;
	return (uint32_t)count;
}

void show_ns_res(const struct blob *blob, struct reading *reading)
{
	struct show show = {reading, blob, 0, NULL, NO_INDEX};
	uint32_t at = (uint32_t)blob_get(blob, 8, 4);
	uint32_t count = ns_count(blob);

	if (!show_rows(&show, ns_header, ARRAY_COUNT(ns_header)))
		return;
	if (count == 0)
		at = NS_RES_SIZE;
	show_gap(&show, NS_RES_SIZE, at, "in front of the records");
	show.part = "region";
	for (uint32_t i = 0; i < count; i++) {
		show.base = at + i * NS_RES_SIZE;
		show.index = i;
		show_rows(&show, ns_record, ARRAY_COUNT(ns_record));
	}
	show.part = NULL;
	show_gap(&show, at + count * NS_RES_SIZE, blob->size,
		"behind the records");
}

static void check_ns_record(
	const struct blob *blob, struct reading *reading, uint32_t at)
{
	if ((blob_get(blob, at, 8) & PAGE_MASK) != 0)
		remark(reading, &ns_range, bytes_at(at, 8),
			"a multiple of 4096");
	if (blob_get(blob, at + 8, 4) == 0)
		remark(reading, &ns_range, bytes_at(at + 8, 4), "1 or more");
	if ((blob_get(blob, at + 12, 1) & 0x88) != 0)
		remark(reading, &ns_reserved, bytes_at(at + 12, 1),
			"bits 3 and 7 clear");
	if (blob_get(blob, at + 15, 1) > 1)
		remark(reading, &ns_reserved, bytes_at(at + 15, 1),
			"0 (direct) or 1 (indirect)");
}

void check_ns_res(const struct blob *blob, struct reading *reading)
{
	uint32_t at = (uint32_t)blob_get(blob, 8, 4);

	if (blob->size < NS_RES_SIZE || blob_get(blob, 0, 4) != NS_RES_SIZE)
		remark(reading, &ns_size, bytes_at(0, 4), "16");
	if (at < NS_RES_SIZE || at % 8 != 0)
		remark(reading, &ns_size, bytes_at(8, 4), "16");
	else if (length_ns_res(blob) > blob->size)
		reading_hint(reading, &ns_more, bytes_at(4, 4),
			text("%" PRIu32 " of the records are here",
				ns_count(blob)));
	if (!blob_is_zero(blob, 12, 4))
		remark(reading, &ns_reserved, bytes_at(12, 4), "0");
	for (uint32_t i = 0; i < ns_count(blob); i++)
		check_ns_record(blob, reading, at + i * NS_RES_SIZE);
}
