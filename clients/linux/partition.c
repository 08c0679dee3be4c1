/*
 * The partition that Linux shares with: retrieves what it is told of, looks at
 * every page, changes it, and gives it back. One context on each CPU.
 */
#include "share.h"

#include "abi/ffa_func.h"
#include "abi/ffa_status.h"
#include "base/access.h"
#include "lib/ffa.h"
#include "lib/guest.h"

#define CPUS_MAX 8u
#define BITS_FROM_VMS 2u /* FFA_NOTIFICATION_GET: bits that VMs set */

/* A range as it lies in RX. */
struct rx_range {
	uint64_t base;
	uint32_t pages;
	uint32_t reserved;
};

static struct context {
	struct rx_range range[SHARE_PAGES_MAX];
	uint32_t count;
	uint64_t held;
	uint64_t requests;
} contexts[CPUS_MAX];

static uint8_t buffers[2][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static struct ffa_mailbox box;
static uint32_t box_lock;

static void lock(void)
{
	while (__atomic_exchange_n(&box_lock, 1, __ATOMIC_ACQUIRE) != 0)
		guest_pause();
}

static void unlock(void)
{
	__atomic_store_n(&box_lock, 0, __ATOMIC_RELEASE);
}

/* Ranges of the fragment in RX, `from` bytes behind its beginning. */
static void take_ranges(struct context *me, uint32_t from, uint32_t size)
{
	const struct rx_range *next =
		(const void *)((const uint8_t *)buffers[1] + from);

	for (; from + sizeof(*next) <= size; from += sizeof(*next), next++)
		if (me->count < SHARE_PAGES_MAX)
			me->range[me->count++] = *next;
}

static int64_t take_rest(
	struct context *me, uint64_t handle, uint64_t got, uint64_t total)
{
	while (got < total) {
		struct ffa_regs result = ffa_call(FFA_MEM_FRAG_RX,
			(uint32_t)handle, handle >> 32, (uint32_t)got, 0);

		if ((uint32_t)result.x[0] != FFA_MEM_FRAG_TX)
			return ffa_status(&result);
		take_ranges(me, 0, (uint32_t)result.x[3]);
		got += (uint32_t)result.x[3];
		(void)ffa_rx_release();
	}
	return FFA_OK;
}

static int64_t retrieve_locked(
	struct context *me, const struct ffa_regs *request)
{
	uint64_t handle = request->x[4];
	struct desc response = {.version = FFA_VERSION_1_2};
	struct ffa_regs result;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.sender = (uint16_t)(request->x[1] >> 16);
	desc.handle = handle;
	desc.tag = request->x[5];
	desc_add_receiver(&desc, box.id, DESC_RW);
	desc_settle(&desc);
	result = ffa_mem_retrieve(&box, &desc);
	if (ffa_status(&result) != FFA_OK)
		return ffa_status(&result);
	me->count = 0;
	if (desc_read(&response, buffers[1], (uint32_t)result.x[2], 0))
		take_ranges(
			me, response.composite_at + 16, (uint32_t)result.x[2]);
	(void)ffa_rx_release();
	return take_rest(
		me, handle, (uint32_t)result.x[2], (uint32_t)result.x[1]);
}

static int64_t retrieve(struct context *me, const struct ffa_regs *request)
{
	int64_t status;

	lock();
	status = retrieve_locked(me, request);
	unlock();
	return status;
}

static int64_t relinquish(uint64_t handle)
{
	int64_t status;

	lock();
	status = ffa_mem_relinquish(&box, handle, 0);
	unlock();
	return status;
}

/* Whether the page holds its words; turns them over. */
static bool visit_page(uint64_t at, uint64_t word)
{
	uint64_t *first = guest_pointer(paddr(at), true);
	uint64_t *last = first + SHARE_PAGE_SIZE / sizeof(*first) - 1;
	bool good = *first == word && *last == word;

	*first = ~word;
	*last = ~word;
	return good;
}

static int64_t visit(
	struct context *me, const struct ffa_regs *request, uint64_t *pages)
{
	int64_t status = retrieve(me, request);
	bool good = true;

	if (status != FFA_OK)
		return status;
	*pages = 0;
	for (uint32_t i = 0; i < me->count; i++)
		for (uint32_t k = 0; k < me->range[i].pages; k++, ++*pages)
			good &= visit_page(
				me->range[i].base + k * SHARE_PAGE_SIZE,
				SHARE_WORD(request->x[5], *pages));
	status = relinquish(request->x[4]);
	return status == FFA_OK && !good ? SHARE_WRONG : status;
}

static int64_t hear(uint64_t *bits)
{
	struct ffa_regs result = ffa_call(FFA_NOTIFICATION_GET,
		(uint64_t)guest_cpu() << 16 | box.id, BITS_FROM_VMS, 0, 0);

	*bits = (uint32_t)result.x[4] | result.x[5] << 32;
	return ffa_status(&result);
}

/* BIND's ids are sender, receiver; SET's likewise: x1 is the same for both. */
static int64_t notification(
	uint32_t func, uint32_t ids, uint64_t bits, uint64_t flags)
{
	struct ffa_regs result =
		ffa_call(func, ids, flags, (uint32_t)bits, bits >> 32);

	return ffa_status(&result);
}

static int64_t serve(
	struct context *me, const struct ffa_regs *request, uint64_t *value)
{
	uint32_t caller = request->x[1] >> 16 & 0xffff;

	switch (request->x[3]) {
	case SHARE_VISIT:
		return visit(me, request, value);
	case SHARE_HOLD:
		me->held = request->x[4];
		return retrieve(me, request);
	case SHARE_LET_GO:
		return relinquish(me->held);
	case SHARE_SIGNAL:
		return notification(FFA_NOTIFICATION_SET,
			(uint32_t)box.id << 16 | caller, request->x[4],
			request->x[5]);
	case SHARE_HEAR:
		return hear(value);
	case SHARE_LISTEN:
		/* A former kernel's binding is still there. */
		(void)notification(FFA_NOTIFICATION_UNBIND,
			caller << 16 | box.id, request->x[4], 0);
		return notification(FFA_NOTIFICATION_BIND,
			caller << 16 | box.id, request->x[4], request->x[5]);
	case SHARE_COUNT:
		*value = me->requests;
		return FFA_OK;
	default:
		return FFA_NOT_SUPPORTED;
	}
}

static void set_up(void)
{
	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	box.id = ffa_id_get();
	box.tx = paddr((uintptr_t)buffers[0]);
	box.rx = paddr((uintptr_t)buffers[1]);
	(void)ffa_rxtx_map(&box);
}

void guest_main(void)
{
	struct context *me = &contexts[guest_cpu()];
	struct ffa_regs regs = {{FFA_MSG_WAIT}};

	if (guest_cpu() == 0)
		set_up();
	guest_call(&regs);
	for (;;) {
		uint64_t value = 0;

		me->requests++;
		regs.x[3] = (uint64_t)serve(me, &regs, &value);
		regs.x[4] = value;
		regs.x[5] = 0;
		regs.x[6] = 0;
		regs.x[7] = 0;
		ffa_respond(&regs);
	}
}
