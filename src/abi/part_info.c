/* Partition information descriptors: values to bytes. */
#include "abi/part_info.h"

#include "abi/ffa_func.h"
#include "abi/ffa_wire.h"
#include "base/cursor.h"

#define MASK_1_0 0x007u
#define MASK_1_1 0x1ffu
#define MASK_1_2 0x7ffu
#define MASK_1_3 0x3fffu

uint32_t part_info_size(uint32_t version)
{
	if (version == FFA_VERSION_1_0)
		return INFO_V10_SIZE;
	return version < FFA_VERSION_1_3 ? INFO_SIZE : INFO_V13_SIZE;
}

uint32_t part_info_mask(uint32_t version)
{
	if (version == FFA_VERSION_1_0)
		return MASK_1_0;
	if (version == FFA_VERSION_1_1)
		return MASK_1_1;
	return version == FFA_VERSION_1_2 ? MASK_1_2 : MASK_1_3;
}

void part_info_encode(
	uint8_t *out, uint32_t version, const struct part_info *info)
{
	put16(out + INFO_ID, info->id);
	put16(out + INFO_CONTEXTS, info->context_count);
	put32(out + INFO_PROPERTIES,
		info->properties & part_info_mask(version));
	if (version == FFA_VERSION_1_0)
		return;
	memcpy(out + INFO_UUID, info->uuid, sizeof(info->uuid));
	if (version < FFA_VERSION_1_3)
		return;
	memcpy(out + INFO_IMAGE_UUID, info->image_uuid,
		sizeof(info->image_uuid));
	put32(out + INFO_VERSION, info->version);
	put32(out + INFO_RESERVED, 0);
}

void part_info_uuid(const uint64_t words[4], uint8_t uuid[16])
{
	for (unsigned i = 0; i < 4; i++)
		for (unsigned byte = 0; byte < 4; byte++)
			uuid[4 * i + byte] = (uint8_t)(words[i] >> 8 * byte);
}
