/*
 * What is wrong with a retrieve request, the hypervisor's among them; see
 * mtd_check.h.
 */
#include "decode/mtd_check.h"

#include <inttypes.h>

static void check_request_header(struct check *check)
{
	const struct mtd *mtd = &check->mtd;
	uint32_t allowed = MEM_FLAG_ZERO | MEM_FLAG_ZERO_AFTER |
			   MEM_FLAG_TYPE_MASK | MEM_FLAG_BYPASS;
	uint32_t end = (uint32_t)mtd->end;

	if (mtd->here == mtd->count && mtd->count > 0 &&
		mtd->end != check->blob->fragment)
		wrong(check, R_REQUEST_LENGTH,
			check->blob->fragment > end ? end : 0,
			check->blob->size,
			text("%" PRIu32 " bytes in all, the end of the "
			     "receivers",
				end));
	if ((mtd->flags & ~allowed) != 0)
		wrong(check, R_RETRIEVE_FLAGS, MTD_AT_FLAGS, 4,
			text("no bits but 0, 2, 3, 4 and 10"));
	check_attributes(check);
}

/* The caller's own entry where the bytes tell, else receivers(). */
static uint32_t own_receiver(const struct check *check)
{
	uint32_t count = receivers(check);
	uint32_t own = count;

	for (uint32_t i = 0; i < count; i++) {
		if (of_receiver(check, i, RECEIVER_AT_FLAGS, 1) != 0)
			continue;
		if (own != count)
			return count;
		own = i;
	}
	return own;
}

static void check_request_receivers(struct check *check)
{
	uint32_t count = receivers(check);
	bool bypass = check->mtd.flags & MEM_FLAG_BYPASS;

	if (count > 0 && of_receiver(check, 0, RECEIVER_AT_COMPOSITE, 4) != 0)
		wrong(check, R_RANGES_CHOSEN,
			mtd_receiver(&check->mtd, 0) + RECEIVER_AT_COMPOSITE, 4,
			text("0"));
	if (bypass && check->mtd.count != 1)
		wrong(check, R_RETRIEVE_FLAGS, MTD_AT_FLAGS, 4,
			text("bit 10 clear: more than the caller is named"));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = mtd_receiver(&check->mtd, i) + RECEIVER_AT_FLAGS;
		uint64_t flags = blob_get(check->blob, at, 1);

		if (flags > 1 || (flags == 1 && count == 1))
			wrong(check, R_RECEIVER_FLAGS, at, 1,
				text("0; 1 for another borrower"));
	}
}

static uint32_t type_of(const struct check *check)
{
	return (check->mtd.flags & MEM_FLAG_TYPE_MASK) >> MEM_FLAG_TYPE_SHIFT;
}

/* Who asks for zeroed memory must be able to write it. */
static void check_zero(struct check *check, uint32_t at)
{
	bool zero = check->mtd.flags & (MEM_FLAG_ZERO | MEM_FLAG_ZERO_AFTER);
	uint32_t type = type_of(check);

	if (!zero || type == 0)
		return;
	if (type == MEM_SHARE)
		wrong(check, R_SHARE_ZERO, MTD_AT_FLAGS, 4,
			text("bits 0 and 2 clear in a share"));
	else if (attr_is_device((uint8_t)check->mtd.attributes))
		wrong(check, R_ZERO_DEVICE, MTD_AT_FLAGS, 4,
			text("bits 0 and 2 clear for a device"));
	else if (at != 0 && (blob_get(check->blob, at, 1) & 3) == MEM_DATA_RO)
		wrong(check, R_ZERO_NEEDS_WRITE, at, 1,
			text("2 (read-write) where memory is to be zeroed"));
}

/* What no transaction could grant. */
static void check_request_access(struct check *check)
{
	uint32_t own = own_receiver(check);
	bool device = attr_is_device((uint8_t)check->mtd.attributes);
	bool shared = type_of(check) == MEM_SHARE || check->mtd.count > 1 ||
		      (check->mtd.flags & MEM_FLAG_BYPASS) != 0;
	uint32_t at = mtd_receiver(&check->mtd, own) + RECEIVER_AT_PERMISSIONS;
	uint64_t byte = blob_get(check->blob, at, 1);

	if (own == receivers(check)) {
		check_zero(check, 0);
		return;
	}
	if ((byte >> 2 & 3) == MEM_INSTR_X && device)
		wrong(check, R_EXECUTE_DEVICE, at, 1,
			text("instruction access of 0 or 1 (no)"));
	else if ((byte >> 2 & 3) != 0 && shared)
		wrong(check, R_INSTRUCTION_STATED, at, 1,
			text("bits 2 and 3 clear: 0x%02" PRIx64, byte & 3));
	check_zero(check, at);
}

/* No receivers, a handle, nothing else. */
static void check_hypervisor(struct check *check)
{
	const struct mtd *mtd = &check->mtd;

	/* All 16 bits in every version, as the manager looks at them. */
	if (blob_get(check->blob, MTD_AT_ATTRIBUTES, 2) != 0)
		wrong(check, R_HYPERVISOR_REQUEST, MTD_AT_ATTRIBUTES, 2,
			text("0"));
	if (mtd->flags != 0)
		wrong(check, R_HYPERVISOR_REQUEST, MTD_AT_FLAGS, 4, text("0"));
	if (mtd->tag != 0)
		wrong(check, R_HYPERVISOR_REQUEST, MTD_AT_TAG, 8, text("0"));
}

void check_retrieve(const struct blob *blob, struct reading *reading)
{
	struct check check = {.blob = blob, .reading = reading};
	bool whole;

	mtd_open(blob, &check.mtd);
	whole = check_lengths(&check);
	if (whole && blob->kind == KIND_HYPERVISOR && check.mtd.count == 0) {
		check_hypervisor(&check);
	} else if (whole) {
		check_header(&check);
		check_request_header(&check);
		check_receivers(&check);
		check_request_receivers(&check);
		check_request_access(&check);
	}
	check_decide(&check);
}
