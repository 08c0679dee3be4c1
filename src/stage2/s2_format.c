/* Stage-2 leaf entries from and to access. */
#include "stage2/s2_format.h"

/*
 * Stage-2 memory attributes: Device types are their FF-A code; Normal memory
 * repeats the cacheability (1 = non-cacheable, 3 = write-back) for outer and
 * inner.
 */
static uint64_t memory_attributes(uint8_t attr)
{
	uint64_t cache = (attr & ATTR_CACHE_MASK) >> 2;

	return attr_is_device(attr) ? cache : cache << 2 | cache;
}

uint64_t s2_leaf(uint64_t address, unsigned level, struct access access)
{
	uint64_t entry = address | S2_VALID | S2_AF;

	if (level == S2_LEVEL_LEAF)
		entry |= S2_TABLE;
	entry |= memory_attributes(access.attr) << S2_ATTR_SHIFT;
	if (!attr_is_device(access.attr))
		entry |= (uint64_t)(access.attr & ATTR_SHARE_MASK)
			 << S2_SHARE_SHIFT;
	if (access.perm & ACCESS_R)
		entry |= S2_READ;
	if (access.perm & ACCESS_W)
		entry |= S2_WRITE;
	if (!(access.perm & ACCESS_X))
		entry |= S2_XN;
	return entry;
}

struct access s2_leaf_access(uint64_t entry)
{
	uint64_t memory = entry >> S2_ATTR_SHIFT & 0xf;
	struct access access = {0};

	if (entry & S2_READ)
		access.perm |= ACCESS_R;
	if (entry & S2_WRITE)
		access.perm |= ACCESS_W;
	if (!(entry & S2_XN))
		access.perm |= ACCESS_X;
	if (memory >> 2 == 0)
		access.attr = (uint8_t)(ATTR_TYPE_DEVICE | memory << 2);
	else
		access.attr =
			(uint8_t)(ATTR_TYPE_NORMAL | (memory & 3) << 2 |
				  (entry >> S2_SHARE_SHIFT & ATTR_SHARE_MASK));
	return access;
}
