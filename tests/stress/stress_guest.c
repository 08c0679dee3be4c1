/* See stress_guest.h. */
#include "stress_guest.h"

#include "lib/guest.h"

#define NORMAL_WB 0x2f
#define CODES 10

uint32_t stress_random(uint64_t *state, uint32_t limit)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33) % limit;
}

bool stress_is_known(const struct ffa_regs *regs)
{
	int32_t code = (int32_t)(uint32_t)regs->x[2];

	if ((uint32_t)regs->x[0] != FFA_ERROR)
		return true;
	return code < 0 && code >= -CODES && regs->x[1] == 0 && regs->x[3] == 0;
}

/*
 * Not: the caller's end, cycles and messages, sends and ends of loans (of what
 * lies in TX by chance), the console, UNMAP, and what EL3 keeps for the secure
 * world.
 */
static bool is_excluded(uint32_t number, bool is_partition)
{
	static const uint8_t excluded[] = {0x60, 0x61, 0x62, 0x67, 0x6b, 0x6c,
		0x6d, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x76, 0x77, 0x8a, 0x8d,
		0x8e, 0x90};

	for (unsigned i = 0; i < ARRAY_COUNT(excluded); i++)
		if (excluded[i] == number)
			return true;
	return !is_partition && (number == 0x7c || number == 0x8c);
}

struct ffa_regs stress_noise(uint64_t *random, bool is_partition)
{
	uint32_t number = 0x63 + stress_random(random, 0x34);
	struct ffa_regs regs = {{0x84000000u | number}};

	if (is_excluded(number, is_partition))
		regs.x[0] = FFA_ID_GET;
	if (stress_random(random, 4) == 0)
		regs.x[0] |= FFA_64;
	for (unsigned i = 1; i < 8; i++)
		if (stress_random(random, 3) == 0)
			regs.x[i] = stress_random(random, 8);
	guest_call(&regs);
	return regs;
}

uint64_t stress_send(const struct ffa_mailbox *box, uint64_t page,
	uint64_t *random, struct ffa_regs *result)
{
	struct desc_range range = {page, 1, 0};
	bool shares = stress_random(random, 2) != 0;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.sender = box->id;
	desc.attributes = shares ? NORMAL_WB : 0;
	desc_add_receiver(&desc,
		(uint16_t)(STRESS_FIRST_ID + stress_random(random, STRESS_SPS)),
		stress_random(random, 2) != 0 ? DESC_RW : DESC_RO);
	desc.range = &range;
	desc.range_count = 1;
	desc_settle(&desc);
	*result = ffa_mem_send(
		box, shares ? FFA_MEM_SHARE_64 : FFA_MEM_LEND_64, &desc);
	return ffa_status(result) == FFA_OK ? ffa_handle(result) : 0;
}
