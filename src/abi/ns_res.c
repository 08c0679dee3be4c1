/* Resource information: values to bytes. */
#include "abi/ns_res.h"

#include "abi/ffa_wire.h"
#include "base/cursor.h"

#define PRIVILEGED_SHIFT 4

void ns_res_encode_header(uint8_t *out, uint32_t regions)
{
	put32(out + NS_RES_AMD_SIZE, NS_RES_SIZE);
	put32(out + NS_RES_AMD_COUNT, regions);
	put32(out + NS_RES_AMD_OFFSET, NS_RES_SIZE);
	put32(out + NS_RES_RESERVED, 0);
}

void ns_res_encode_region(uint8_t *out, const struct ns_region *region)
{
	put64(out + AMD_BASE, region->range.base.v);
	put32(out + AMD_PAGES, (uint32_t)region->range.pages);
	out[AMD_PERMISSIONS] =
		(uint8_t)(region->unprivileged | region->privileged
							 << PRIVILEGED_SHIFT);
	out[AMD_ID] = (uint8_t)region->id;
	out[AMD_ID + 1] = (uint8_t)(region->id >> 8);
	out[AMD_FLAGS] = region->indirect;
}
