/*
 * What is wrong with a donate, lend or share descriptor; see mtd_check.h.
 */
#include "decode/mtd_check.h"

#include <inttypes.h>

#include "abi/ffa_func.h"

static void check_length_alignment(struct check *check)
{
	const struct blob *blob = check->blob;
	uint32_t unit = check->mtd.v10 ? 8 : 16;
	uint32_t over = blob->fragment % unit;

	if (over != 0)
		wrong(check, R_LENGTH_ALIGNMENT, blob->fragment - over, over,
			text("a multiple of %" PRIu32 " bytes", unit));
	else if (blob->total % unit != 0)
		wrong(check, R_LENGTH_ALIGNMENT, 0, blob->size,
			text("a multiple of %" PRIu32 " bytes in all", unit));
}

static void check_send_header(struct check *check)
{
	const struct mtd *mtd = &check->mtd;
	enum kind kind = check->blob->kind;

	if (kind == KIND_DONATE && mtd->count > 1)
		wrong(check, R_DONATE_RECEIVERS, MTD_AT_COUNT, 4, text("1"));
	check_length_alignment(check);
	if (mtd->handle != 0)
		wrong(check, R_HANDLE_NOT_ZERO, MTD_AT_HANDLE, 8, text("0"));
	if ((mtd->flags & ~MEM_FLAG_ZERO) != 0)
		wrong(check, R_SEND_FLAGS, MTD_AT_FLAGS, 4,
			text("0 or 1 (zero the memory)"));
	if (kind == KIND_SHARE && (mtd->flags & MEM_FLAG_ZERO) != 0)
		wrong(check, R_SHARE_ZERO, MTD_AT_FLAGS, 4, text("0"));
	check_attributes(check);
	if (kind != KIND_SHARE && mtd->count == 1 && mtd->attributes != 0)
		wrong(check, R_ATTRIBUTE_GIVEN, MTD_AT_ATTRIBUTES,
			mtd->v10 ? 1 : 2, text("0"));
}

static void check_send_permissions(struct check *check, uint32_t index)
{
	uint32_t at =
		mtd_receiver(&check->mtd, index) + RECEIVER_AT_PERMISSIONS;
	uint64_t byte = blob_get(check->blob, at, 1);
	uint64_t data = byte & 3;

	if ((byte >> 2 & 3) != MEM_INSTR_UNSPECIFIED)
		wrong(check, R_SENDER_INSTRUCTION, at, 1,
			text("bits 2 and 3 clear: 0x%02" PRIx64, data));
	if (check->blob->kind == KIND_DONATE && data != 0)
		wrong(check, R_DONATE_DATA, at, 1, text("0"));
	if (check->blob->kind != KIND_DONATE && data == 0)
		wrong(check, R_DATA_MISSING, at, 1,
			text("1 (read-only) or 2 (read-write)"));
}

static void check_send_receivers(struct check *check)
{
	for (uint32_t i = 0; i < receivers(check); i++) {
		uint32_t at = mtd_receiver(&check->mtd, i);

		if (blob_get(check->blob, at + RECEIVER_AT_FLAGS, 1) != 0)
			wrong(check, R_RECEIVER_FLAGS, at + RECEIVER_AT_FLAGS,
				1, text("0"));
		check_send_permissions(check, i);
		if (blob_get(check->blob, at, 2) == check->mtd.sender)
			wrong(check, R_RECEIVER_SELF, at, 2,
				text("another endpoint than the sender"));
	}
}

/* --- What the engine finds, without asking its ledger ------------------ */

/*
 * A partition's memory never goes to the normal world; only a share of the
 * normal world's has receivers in both. All of them there are a hypervisor's
 * business.
 */
static void check_worlds(struct check *check)
{
	bool may_mix = check->blob->kind == KIND_SHARE;
	bool from_secure = check->mtd.sender & FFA_ID_SECURE;
	uint32_t count = receivers(check);
	uint32_t nwd = 0;

	for (uint32_t i = 0; i < count; i++)
		nwd += (of_receiver(check, i, 0, 2) & FFA_ID_SECURE) == 0;
	if (nwd == 0 || (nwd == count && !from_secure))
		return;
	for (uint32_t i = 0; i < count; i++) {
		if ((of_receiver(check, i, 0, 2) & FFA_ID_SECURE) != 0)
			continue;
		if (from_secure || !may_mix)
			wrong(check, R_RECEIVER_WORLD,
				mtd_receiver(&check->mtd, i), 2,
				text("a secure partition: bit 15 set"));
		else if (nwd > 1)
			wrong(check, R_NWD_RECEIVERS,
				mtd_receiver(&check->mtd, i), 2,
				text("one receiver of the normal world"));
	}
}

void check_send(const struct blob *blob, struct reading *reading)
{
	struct check check = {.blob = blob, .reading = reading};

	mtd_open(blob, &check.mtd);
	if (check_lengths(&check)) {
		check_header(&check);
		check_send_header(&check);
		check_receivers(&check);
		check_send_receivers(&check);
		check_region(&check);
		check_worlds(&check);
		if (check.mtd.has_region)
			check_overlap(blob, reading, check.mtd.ranges_at,
				check.mtd.ranges_here);
	}
	check_decide(&check);
}
