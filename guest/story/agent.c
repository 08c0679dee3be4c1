/*
 * The partition of the story: does what the client asks, one direct request
 * at a time, and tells how it went. Both partitions run this program.
 */
#include "story/story.h"

#include "abi/ffa_func.h"
#include "abi/ffa_status.h"
#include "base/access.h"
#include "lib/ffa.h"
#include "lib/guest.h"

static int64_t status_of(const struct ffa_regs *regs)
{
	return ffa_status(regs);
}

static int64_t do_send(const struct ffa_mailbox *box,
	const struct ffa_regs *request, uint64_t *handle)
{
	uint64_t how = request->x[5];
	struct desc_range range = {
		.base = request->x[4],
		.pages = STORY_HOW_PAGES(how),
	};
	struct desc desc;
	struct ffa_regs result;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.sender = box->id;
	if (STORY_HOW_FUNC(how) == FFA_MEM_SHARE_64)
		desc.attributes = ATTR_NORMAL_WB;
	desc_add_receiver(
		&desc, (uint16_t)request->x[6], STORY_HOW_PERMISSIONS(how));
	desc.range = &range;
	desc.range_count = 1;
	desc_settle(&desc);
	result = ffa_mem_send(box, STORY_HOW_FUNC(how), &desc);
	*handle = ffa_handle(&result);
	return status_of(&result);
}

static uint8_t granted(const struct ffa_mailbox *box, uint32_t size)
{
	struct desc_range range;
	struct desc response = {.version = FFA_VERSION_1_2, .range = &range};

	if (!desc_read(&response, guest_pointer(box->rx, box->ns), size, 1))
		return 0;
	return response.receiver[0].permissions;
}

static struct ffa_regs request_memory(
	const struct ffa_mailbox *box, const struct ffa_regs *request)
{
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.sender = (uint16_t)request->x[6];
	desc.handle = request->x[4];
	desc.flags = (uint32_t)request->x[7];
	desc_add_receiver(&desc, box->id, STORY_HOW_PERMISSIONS(request->x[5]));
	desc_settle(&desc);
	return ffa_mem_retrieve(box, &desc);
}

static int64_t do_retrieve(const struct ffa_mailbox *box,
	const struct ffa_regs *request, uint64_t *permissions)
{
	struct ffa_regs result = request_memory(box, request);

	if (status_of(&result) != FFA_OK)
		return status_of(&result);
	*permissions = granted(box, (uint32_t)result.x[2]);
	return ffa_rx_release();
}

/* The fragments behind the first one: counts their ranges. */
static int64_t fetch_rest(
	uint64_t handle, const struct ffa_regs *response, uint64_t *ranges)
{
	uint64_t offset = response->x[2];

	while (offset < response->x[1]) {
		struct ffa_regs result;

		(void)ffa_rx_release();
		result = ffa_call(FFA_MEM_FRAG_RX, (uint32_t)handle,
			handle >> 32, offset, 0);
		if ((uint32_t)result.x[0] != FFA_MEM_FRAG_TX)
			return status_of(&result);
		offset += result.x[3];
		*ranges += result.x[3] / 16;
	}
	return ffa_rx_release();
}

/* Reads the whole response, all its fragments. */
static int64_t do_retrieve_long(const struct ffa_mailbox *box,
	const struct ffa_regs *request, uint64_t *ranges)
{
	struct desc_range first;
	struct desc response = {.version = FFA_VERSION_1_2, .range = &first};
	struct ffa_regs result = request_memory(box, request);

	if (status_of(&result) != FFA_OK)
		return status_of(&result);
	if (!desc_read(&response, guest_pointer(box->rx, box->ns),
		    (uint32_t)result.x[2], 1))
		return FFA_ABORTED;
	*ranges = (result.x[2] - response.composite_at) / 16 - 1;
	return fetch_rest(request->x[4], &result, ranges);
}

/* The manager stops who gets nowhere. */
static __attribute__((noreturn)) void die(void)
{
	uint8_t byte;

	for (;;)
		guest_read(paddr(STORY_NOWHERE), false, &byte);
}

static int64_t do_read(const struct ffa_regs *request, uint64_t *value)
{
	uint8_t byte = 0;

	if (!guest_read(paddr(request->x[4]), request->x[5] != 0, &byte))
		return STORY_FAULT;
	*value = byte;
	return FFA_OK;
}

static int64_t do_write(const struct ffa_regs *request)
{
	return guest_write(paddr(request->x[4]), request->x[5] != 0,
		       (uint8_t)request->x[6])
		       ? FFA_OK
		       : STORY_FAULT;
}

static int64_t serve(const struct ffa_mailbox *box,
	const struct ffa_regs *request, uint64_t *value)
{
	switch ((enum story_op)request->x[3]) {
	case STORY_READ:
		return do_read(request, value);
	case STORY_WRITE:
		return do_write(request);
	case STORY_SEND:
		return do_send(box, request, value);
	case STORY_RETRIEVE:
		return do_retrieve(box, request, value);
	case STORY_RELINQUISH:
		return ffa_mem_relinquish(box, request->x[4], 0);
	case STORY_RECLAIM:
		return ffa_mem_reclaim(request->x[4], 0);
	case STORY_RETRIEVE_LONG:
		return do_retrieve_long(box, request, value);
	case STORY_DIE:
		die();
	}
	return FFA_NOT_SUPPORTED;
}

static struct ffa_mailbox set_up(void)
{
	struct ffa_mailbox box = {0};

	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	box.id = ffa_id_get();
	box.tx = paddr(STORY_BUFFERS(box.id));
	box.rx = paddr(STORY_BUFFERS(box.id) + PAGE_SIZE);
	(void)ffa_rxtx_map(&box);
	return box;
}

void guest_main(void)
{
	struct ffa_mailbox box = set_up();
	struct ffa_regs regs = {{FFA_MSG_WAIT}};

	guest_call(&regs);
	for (;;) {
		uint64_t value = 0;
		int64_t status = serve(&box, &regs, &value);

		regs.x[3] = (uint64_t)status;
		regs.x[4] = value;
		regs.x[5] = 0;
		regs.x[6] = 0;
		regs.x[7] = 0;
		ffa_respond(&regs);
	}
}
