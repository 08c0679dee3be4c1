/*
 * Partition discovery. Spec: FF-A 1.2 §6.2, §13.8
 * (FFA_PARTITION_INFO_GET), §13.9 (FFA_PARTITION_INFO_GET_REGS).
 */
#include "abi/ffa_func.h"
#include "abi/part_info.h"
#include "base/mem.h"
#include "call/handlers.h"
#include "partition/mailbox.h"

#define FLAG_COUNT_ONLY 1u
#define FIRST_INFO_REG 3u
#define REGS_BEFORE_1_2 8u
#define SIZE_SHIFT 48
#define CURRENT_SHIFT 16

static const uint8_t nil_uuid[16];

/* What a caller may know of a partition: a "send" it can't receive is off. */
static uint32_t visible_properties(const struct call *call, uint32_t properties)
{
	uint32_t hidden = FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_VM_DESTROYED;

	if (call_from_nwd(call))
		hidden = FFA_PROPERTY_SEND_DIRECT | FFA_PROPERTY_SEND_DIRECT2;
	return properties & ~hidden;
}

static bool is_nil(const uint8_t uuid[16])
{
	return memcmp(uuid, nil_uuid, sizeof(nil_uuid)) == 0;
}

/* One record per service from FF-A 1.2 on, else one per partition. */
static uint32_t records_of(
	const struct call *call, const struct partition *partition)
{
	return call->version >= FFA_VERSION_1_2 ? partition->service_count : 1;
}

/*
 * The record number `index` among those that match `uuid`; false when there
 * are not so many. `count`, if not NULL, gets the number of all that match.
 */
struct search {
	uint8_t uuid[16];
	bool nil;
	uint32_t index;
	bool found;
	uint32_t count;
	struct part_info info;
};

static void consider(const struct call *call, struct search *search,
	const struct partition *partition, uint32_t service)
{
	const struct partition_service *offered = &partition->service[service];
	bool is_service = memcmp(offered->uuid, search->uuid, 16) == 0;
	/* Before FF-A 1.3 nobody knew of images. */
	bool is_image = call->version >= FFA_VERSION_1_3 &&
			memcmp(partition->image_uuid, search->uuid, 16) == 0;

	if (!search->nil && !is_service && !is_image)
		return;
	if (search->count++ != search->index)
		return;
	search->found = true;
	search->info = (struct part_info){
		.id = partition->ep.id,
		.context_count = partition->vcpu_count,
		.properties = visible_properties(call, offered->properties),
		.version = partition->version,
	};
	/* What the caller has asked by, it knows. */
	if (search->nil || is_image)
		memcpy(search->info.uuid, offered->uuid, 16);
	if (search->nil || is_service)
		memcpy(search->info.image_uuid, partition->image_uuid, 16);
}

/* Counts all that match and picks out one of them. */
static void search_records(const struct call *call, struct search *search)
{
	struct spm *spm = call->spm;

	search->nil = is_nil(search->uuid);
	search->found = false;
	search->count = 0;
	for (uint32_t i = 0; i < spm->partition_count; i++) {
		const struct partition *partition = &spm->partitions[i];
		uint32_t records = search->nil ? records_of(call, partition)
					       : partition->service_count;

		for (uint32_t service = 0; service < records; service++)
			consider(call, search, partition, service);
	}
}

/* --- By buffer --------------------------------------------------------- */

static enum reason write_records(struct call *call, struct search *search)
{
	uint8_t *page = call->cpu->response;
	uint32_t version = call->version;
	uint32_t size = part_info_size(version);
	uint32_t total = search->count;
	uint32_t at = 0;
	uint32_t used = 0;
	enum reason reason;

	if (total > mailbox_room(&call->caller->mailbox) / size)
		return R_INFO_TOO_LONG;
	for (uint32_t i = 0; i < total; i++) {
		search->index = i;
		search_records(call, search);
		part_info_encode(page + used, version, &search->info);
		used += size;
		if (i + 1 < total && used + size <= PAGE_SIZE)
			continue;
		reason = mailbox_write(&call->caller->mailbox, at, page, used);
		if (reason != R_NONE)
			return reason;
		at += used;
		used = 0;
	}
	return mailbox_finish(&call->caller->mailbox, at, page);
}

static enum reason answer_in_rx(struct call *call, struct search *search)
{
	enum reason reason = mailbox_take_rx(call->spm, &call->caller->mailbox);

	if (reason != R_NONE)
		return reason;
	reason = write_records(call, search);
	mailbox_end_rx(call->spm, &call->caller->mailbox, reason == R_NONE);
	if (reason != R_NONE)
		return reason;
	if (call->version > FFA_VERSION_1_0)
		call->out.x[3] = part_info_size(call->version);
	return R_NONE;
}

enum reason call_partition_info_get(struct call *call)
{
	struct search search = {.index = 0};
	uint32_t flags = call_w(call, 5);
	uint32_t allowed =
		call->version == FFA_VERSION_1_0 ? 0 : FLAG_COUNT_ONLY;

	if ((flags & ~allowed) != 0)
		return R_INFO_FLAGS;
	part_info_uuid(&call->x[1], search.uuid);
	search_records(call, &search);
	if (search.count == 0 && !search.nil)
		return R_INFO_UUID;
	call->out.x[2] = search.count;
	if (flags & FLAG_COUNT_ONLY)
		return R_NONE;
	return answer_in_rx(call, &search);
}

/* --- By registers ------------------------------------------------------ */

/* The call is one of FF-A 1.2. */
static uint32_t info_version(const struct call *call)
{
	uint32_t version = call->version;

	return version >= FFA_VERSION_1_2 ? version : FFA_VERSION_1_2;
}

/* Before FF-A 1.2 a caller gets x0 to x7 back. */
static uint32_t infos_per_call(const struct call *call)
{
	uint32_t regs = call->version >= FFA_VERSION_1_2 ? FFA_REG_COUNT
							 : REGS_BEFORE_1_2;

	return (regs - FIRST_INFO_REG) * 8 / part_info_size(info_version(call));
}

static void put_info(
	struct call *call, uint32_t slot, const struct part_info *info)
{
	uint8_t bytes[PART_INFO_SIZE_MAX] __attribute__((aligned(8)));
	uint32_t size = part_info_size(info_version(call));

	part_info_encode(bytes, info_version(call), info);
	memcpy(&call->out.x[FIRST_INFO_REG + slot * size / 8], bytes, size);
}

enum reason call_partition_info_get_regs(struct call *call)
{
	struct search search = {.index = 0};
	uint32_t start = (uint16_t)call->x[3];
	uint64_t words[4] = {(uint32_t)call->x[1], call->x[1] >> 32,
		(uint32_t)call->x[2], call->x[2] >> 32};
	uint32_t room = infos_per_call(call);
	uint32_t slot = 0;

	/* One list for ever: its tag is 0. */
	if (call->x[3] >> 16 != 0)
		return R_INFO_TAG;
	part_info_uuid(words, search.uuid);
	search_records(call, &search);
	memset(call->out.x, 0, sizeof(call->out.x));
	call->out_count = FFA_REG_COUNT;
	if (search.count == 0)
		return R_INFO_UUID;
	if (start >= search.count)
		return R_INFO_INDEX;
	for (; slot < room && start + slot < search.count; slot++) {
		search.index = start + slot;
		search_records(call, &search);
		put_info(call, slot, &search.info);
	}
	call->out.x[0] = FFA_SUCCESS_64;
	call->out.x[2] = (search.count - 1) |
			 (uint64_t)(start + slot - 1) << CURRENT_SHIFT |
			 (uint64_t)part_info_size(info_version(call))
				 << SIZE_SHIFT;
	return R_NONE;
}
