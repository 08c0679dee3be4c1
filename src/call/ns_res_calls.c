/*
 * FFA_NS_RES_INFO_GET: which non-secure memory the secure world can access.
 * The tables themselves are asked, one table at a time, and the RX/TX pair of
 * the normal world comes last. An answer may take several calls; it stands for
 * one moment, so that it ends when a table changes.
 * Spec: FF-A 1.3 §13; docs/adr/0019.
 */
#include "abi/ffa_func.h"
#include "abi/ns_res.h"
#include "call/handlers.h"
#include "partition/mailbox.h"
#include "stage2/s2_map.h"

#define FLAG_ONE (1u << 0) /* x1 is a partition's id */
#define FLAG_CONTINUE (1u << 4)
#define FLAGS (FLAG_ONE | FLAG_CONTINUE)
#define LAST_REGISTER 17

static bool is_partition(const struct spm *spm, uint64_t id)
{
	for (uint32_t i = 0; i < spm->partition_count; i++)
		if (spm->partitions[i].ep.id == id)
			return true;
	return false;
}

static enum reason check_registers(const struct call *call)
{
	bool one = call->x[2] & FLAG_ONE;

	if ((call->x[2] & ~(uint64_t)FLAGS) != 0)
		return R_NS_RES_FLAGS;
	if (one ? !is_partition(call->spm, call->x[1]) : call->x[1] != 0)
		return R_NS_RES_TARGET;
	return call_zero(call, 3, LAST_REGISTER) ? R_NONE : R_RESERVED_REGISTER;
}

/* --- Regions ----------------------------------------------------------- */

static uint64_t changes_of(struct spm *spm)
{
	uint64_t sum = 0;

	lock_take(&spm->engine_lock);
	for (uint32_t i = 0; i < spm->partition_count; i++)
		sum += spm->partitions[i].space.changes;
	lock_drop(&spm->engine_lock);
	return sum;
}

static struct s2_run run_of(
	struct spm *spm, struct partition *partition, uint64_t from)
{
	struct s2_run run;

	lock_take(&spm->engine_lock);
	run = s2_run(&partition->space, true, paddr(from));
	lock_drop(&spm->engine_lock);
	return run;
}

/* Pages in a row with the same permissions, in however many tables. */
static bool next_mapped(struct spm *spm, struct partition *partition,
	uint64_t *from, struct s2_run *all)
{
	*all = (struct s2_run){.perm = 0};
	while (*from < S2_ADDRESS_END) {
		struct s2_run run = run_of(spm, partition, *from);

		if (all->perm != 0 && run.perm != all->perm)
			break;
		if (all->perm == 0)
			*all = run;
		else
			all->range.pages += run.range.pages;
		*from = range_end(run.range);
	}
	return all->perm != 0;
}

/* Everything that a partition at S-EL0 does is unprivileged. */
static struct ns_region region_of(
	const struct partition *partition, const struct s2_run *run)
{
	return (struct ns_region){
		.range = run->range,
		.privileged = endpoint_is_el0(&partition->ep) ? 0 : run->perm,
		.unprivileged = run->perm,
		.id = partition->ep.id,
	};
}

static struct ns_region buffer_region(
	const struct spm *spm, struct range range, uint8_t perm)
{
	return (struct ns_region){
		.range = range,
		.privileged = perm,
		.unprivileged = perm,
		.id = spm->id,
		.indirect = true,
	};
}

/* RX and TX of the normal world: what it receives, we write. */
static bool next_buffer(
	struct spm *spm, struct ns_res_list *list, struct ns_region *region)
{
	const struct buffer_pair *pair = &spm->nwd->mailbox.pair;

	switch (list->index++ - spm->partition_count) {
	case 0:
		*region = buffer_region(spm, pair->rx, ACCESS_R | ACCESS_W);
		return true;
	case 1:
		*region = buffer_region(spm, pair->tx, ACCESS_R);
		return true;
	default:
		return false;
	}
}

static bool next_region(
	struct spm *spm, struct ns_res_list *list, struct ns_region *region)
{
	struct s2_run run;

	while (list->index < spm->partition_count) {
		struct partition *partition = &spm->partitions[list->index];

		if ((!list->one || partition->ep.id == list->target) &&
			next_mapped(spm, partition, &list->from, &run)) {
			*region = region_of(partition, &run);
			return true;
		}
		list->index++;
		list->from = 0;
	}
	return next_buffer(spm, list, region);
}

/* --- The answer -------------------------------------------------------- */

static uint32_t bytes_left(const struct ns_res_list *list)
{
	return list->open ? (list->regions + 1) * NS_RES_SIZE - list->given : 0;
}

static void begin_list(struct call *call)
{
	struct ns_res_list *list = &call->spm->ns_res;
	struct ns_res_list counter;
	struct ns_region region;

	*list = (struct ns_res_list){
		.open = true,
		.target = call->x[1],
		.one = call->x[2] & FLAG_ONE,
		.changes = changes_of(call->spm),
	};
	counter = *list;
	while (next_region(call->spm, &counter, &region))
		list->regions++;
}

/* False: there is no region where there was one. */
static bool fill_page(struct call *call, uint32_t size)
{
	struct ns_res_list *list = &call->spm->ns_res;
	uint8_t *page = call->cpu->response;
	struct ns_region region;

	for (uint32_t at = 0; at < size; at += NS_RES_SIZE) {
		if (list->given == 0)
			ns_res_encode_header(page, list->regions);
		else if (next_region(call->spm, list, &region))
			ns_res_encode_region(page + at, &region);
		else
			return false;
		list->given += NS_RES_SIZE;
	}
	return true;
}

/* As much as RX has room for. */
static enum reason write_part(struct call *call, uint32_t size)
{
	enum reason reason;

	for (uint32_t at = 0; at < size; at += PAGE_SIZE) {
		uint32_t here = size - at < PAGE_SIZE ? size - at : PAGE_SIZE;

		if (!fill_page(call, here))
			return R_NS_RES_CHANGED;
		reason = mailbox_write(
			&call->caller->mailbox, at, call->cpu->response, here);
		if (reason != R_NONE)
			return reason;
	}
	reason = mailbox_finish(
		&call->caller->mailbox, size, call->cpu->response);
	if (reason != R_NONE)
		return reason;
	return changes_of(call->spm) == call->spm->ns_res.changes
		       ? R_NONE
		       : R_NS_RES_CHANGED;
}

/* RX has been taken; *size is what is in it then. */
static enum reason answer(struct call *call, uint32_t *size)
{
	struct ns_res_list *list = &call->spm->ns_res;
	bool continues = call->x[2] & FLAG_CONTINUE;
	uint32_t room = mailbox_room(&call->caller->mailbox);
	enum reason reason;

	if (!continues)
		begin_list(call);
	else if (list->open && (list->target != call->x[1] ||
				       list->one != (call->x[2] & FLAG_ONE)))
		return R_NS_RES_TARGET;
	*size = bytes_left(list);
	/* Nothing is in progress. */
	if (*size == 0)
		return R_NONE;
	if (*size > room)
		*size = room;
	reason = write_part(call, *size);
	call->out.x[2] = (uint64_t)*size << 32 | bytes_left(list);
	if (reason != R_NONE || bytes_left(list) == 0)
		list->open = false;
	return reason == R_NS_RES_CHANGED && !continues ? R_NS_RES_CHANGING
							: reason;
}

enum reason call_ns_res_info_get(struct call *call)
{
	enum reason reason = check_registers(call);
	uint32_t size = 0;

	if (reason != R_NONE)
		return reason;
	if (mailbox_take_rx(call->spm, &call->caller->mailbox) != R_NONE)
		return R_NS_RES_BUFFER;
	reason = answer(call, &size);
	mailbox_end_rx(call->spm, &call->caller->mailbox,
		reason == R_NONE && size > 0);
	call->out.x[0] = FFA_SUCCESS_64;
	return reason;
}
