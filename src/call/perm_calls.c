/*
 * FFA_MEM_PERM_GET and FFA_MEM_PERM_SET, for partitions at S-EL0: they have no
 * stage 1 of their own. Addresses are physical ones: everybody is mapped so.
 * Spec: DEN0140; checks V119 to V128.
 */
#include "abi/ffa_func.h"
#include "call/handlers.h"
#include "engine/perm.h"
#include "port/port.h"

#define PERM_RW 1u
#define PERM_RO 3u
#define PERM_XN (1u << 2)

static uint32_t word_of(uint8_t perm)
{
	uint32_t word = (perm & ACCESS_X) != 0 ? 0 : PERM_XN;

	if ((perm & ACCESS_R) == 0)
		return word;
	return word | ((perm & ACCESS_W) != 0 ? PERM_RW : PERM_RO);
}

/* 0 for what nobody may ask for. */
static uint8_t perm_of(uint32_t word)
{
	switch (word) {
	case PERM_RO:
		return ACCESS_R | ACCESS_X;
	case PERM_RO | PERM_XN:
		return ACCESS_R;
	case PERM_RW | PERM_XN:
		return ACCESS_R | ACCESS_W;
	default:
		return 0;
	}
}

/* `pages` from the address in x1 on. */
static enum reason read_range(
	const struct call *call, uint64_t pages, struct range *range)
{
	*range = (struct range){paddr(call->x[1]), pages};
	if ((range->base.v & PAGE_MASK) != 0)
		return R_PERM_ALIGNMENT;
	/* Fewer than 2^32 pages from there on do not wrap. */
	return range->base.v < S2_ADDRESS_END ? R_NONE : R_PERM_NOT_OWNED;
}

/* Before FF-A 1.3 there is no count in w2, and none comes back. */
enum reason call_mem_perm_get(struct call *call)
{
	uint64_t pages = 1;
	struct perm_run run;
	struct range range;
	enum reason reason;

	if (call->version >= FFA_VERSION_1_3)
		pages += call_w(call, 2);
	reason = read_range(call, pages, &range);
	if (reason != R_NONE)
		return reason;
	lock_take(&call->spm->engine_lock);
	reason = perm_get(call->spm->engine, &call->caller->ep, range, &run);
	lock_drop(&call->spm->engine_lock);
	if (reason != R_NONE)
		return reason;
	call->out.x[2] = word_of(run.perm);
	call->out.x[3] = run.pages - 1;
	return R_NONE;
}

enum reason call_mem_perm_set(struct call *call)
{
	uint8_t perm = perm_of(call_w(call, 3));
	struct range range;
	enum reason reason = read_range(call, call_w(call, 2), &range);

	if (reason != R_NONE)
		return reason;
	if (range.pages == 0)
		return R_PERM_COUNT;
	if (perm == 0)
		return R_PERM_ATTRIBUTES;
	lock_take(&call->spm->engine_lock);
	reason = perm_set(call->spm->engine, &call->caller->ep, range, perm);
	lock_drop(&call->spm->engine_lock);
	/* Nobody runs there yet: its only context is in this call. */
	if (reason == R_NONE && (perm & ACCESS_X) != 0)
		port_code_publish(range);
	call->record->change = TRACE_PERMITTED;
	call->record->base = range.base.v;
	call->record->pages = (uint32_t)range.pages;
	call->record->access = perm;
	return reason;
}
