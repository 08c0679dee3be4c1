/* FFA_NS_RES_INFO_GET in a test's words. See calls.h. */
#include <string.h>

#include "lib/calls_core.h"

#define CONTINUE 0x10u
#define ONE 0x1u
#define RECORD 16u

struct ffa_regs ns_regs(const struct world *world, int target, bool continues)
{
	uint64_t flags = continues ? CONTINUE : 0;

	if (target == NWD)
		return REGS(FFA_NS_RES_INFO_GET, 0, flags);
	return REGS(FFA_NS_RES_INFO_GET, world->model.party[target].id,
		flags | ONE);
}

/* All parts, one behind the other. */
struct answer {
	uint32_t size;
	uint32_t parts;
	uint8_t bytes[(MODEL_PAGES_MAX + 3) * RECORD];
};

/* Nothing of an earlier response is left behind it. */
static void check_tail(const struct world *world, uint32_t written)
{
	const uint8_t *rx = host_memory(world->model.party[NWD].rx.base);

	for (uint32_t at = written; at < buffer_size(world, NWD); at++)
		if (rx[at] != 0)
			fail_call("RX is not zero at %u", at);
}

static enum reason read_part(
	struct world *world, int target, struct answer *answer, uint32_t *left)
{
	struct ffa_regs out =
		call_regs(world, NWD, ns_regs(world, target, answer->parts));
	uint32_t written = (uint32_t)(out.x[2] >> 32);

	if (out.x[0] == FFA_ERROR)
		return world->reason;
	if (written % RECORD || written > buffer_size(world, NWD) ||
		answer->size + written > sizeof(answer->bytes))
		fail_call("a part of %u bytes", written);
	memcpy(answer->bytes + answer->size,
		host_memory(world->model.party[NWD].rx.base), written);
	check_tail(world, written);
	if (answer->parts > 0 && written + (uint32_t)out.x[2] != *left)
		fail_call("%u bytes, and there were %u", written, *left);
	*left = (uint32_t)out.x[2];
	answer->size += written;
	answer->parts++;
	return do_release_rx(world, NWD);
}

static uint64_t number(const uint8_t *at, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

/* Bits [2:0] are what EL0 may do, [6:4] what EL1 may. */
static uint8_t permissions_of(
	const struct world *world, const struct model_region *region)
{
	if (world->partition[region->party].ep.kind == ENDPOINT_SP_EL0)
		return region->perm;
	return (uint8_t)(region->perm | region->perm << 4);
}

static void compare_record(const struct world *world, const uint8_t *at,
	const struct model_region *region)
{
	bool indirect = region->party == NWD;
	uint16_t id =
		indirect ? world->spm.id : world->model.party[region->party].id;

	if (number(at, 8) == region->base &&
		number(at + 8, 4) == region->pages &&
		at[12] == permissions_of(world, region) &&
		number(at + 13, 2) == id && at[15] == indirect)
		return;
	fail_call("%#llx+%llu %#x of %#llx %u; the model has %#llx+%llu %#x of "
		  "%#x %u",
		(unsigned long long)number(at, 8),
		(unsigned long long)number(at + 8, 4), at[12],
		(unsigned long long)number(at + 13, 2), at[15],
		(unsigned long long)region->base,
		(unsigned long long)region->pages,
		permissions_of(world, region), id, indirect);
}

static void compare(struct world *world, int target, struct answer *answer)
{
	static struct model_regions regions;
	const uint8_t *header = answer->bytes;

	model_ns_regions(&world->model, target, &regions);
	if (number(header, 4) != RECORD || number(header + 8, 8) != RECORD ||
		number(header + 4, 4) != regions.count ||
		answer->size != (regions.count + 1) * RECORD)
		fail_call("%llu records in %u bytes; the model has %u",
			(unsigned long long)number(header + 4, 4), answer->size,
			regions.count);
	for (uint32_t i = 0; i < regions.count; i++)
		compare_record(world, answer->bytes + (i + 1) * RECORD,
			&regions.region[i]);
}

enum reason do_ns_list(struct world *world, int target, uint32_t *parts)
{
	static struct answer answer;
	enum reason reason;
	uint32_t left;

	answer.size = 0;
	answer.parts = 0;
	do {
		reason = read_part(world, target, &answer, &left);
		if (reason != R_NONE)
			return reason;
	} while (left > 0);
	compare(world, target, &answer);
	if (parts)
		*parts = answer.parts;
	return R_NONE;
}
