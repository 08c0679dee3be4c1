/*
 * Retrieves, touches and gives back, as it is told; has a context for every
 * CPU, so that one can be told to give back what another has just touched.
 */
#include "stale.h"

#include "lib/ffa.h"
#include "lib/guest.h"

static uint8_t tx[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t rx[PAGE_SIZE] __attribute__((aligned(4096)));
static struct ffa_mailbox box;

/* Between this partition's contexts. */
static uint32_t taken; /* the page that is watched has been given away */
static uint32_t reads;

#define WATCH_TIME 5000000000ull

static enum ffa_status retrieve(uint16_t owner, uint64_t handle)
{
	struct ffa_regs result;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.sender = owner;
	desc.handle = handle;
	desc_add_receiver(&desc, box.id, DESC_RW);
	desc_settle(&desc);
	result = ffa_mem_retrieve(&box, &desc);
	if (ffa_status(&result) != FFA_OK)
		return ffa_status(&result);
	return ffa_rx_release();
}

static uint64_t lend(void)
{
	struct desc_range range = {STALE_OWN_BASE, STALE_OWN_PAGES, 0};
	struct ffa_regs result;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.sender = box.id;
	desc_add_receiver(&desc, STALE_SP2, DESC_RW);
	desc.range = &range;
	desc.range_count = 1;
	desc_settle(&desc);
	result = ffa_mem_send(&box, FFA_MEM_LEND_64, &desc);
	return ffa_status(&result) == FFA_OK ? ffa_handle(&result) : 0;
}

static bool read_at(uint64_t argument)
{
	bool ns = (argument & 1) != 0;
	uint8_t byte;

	return guest_read(paddr(argument & ~PAGE_MASK), ns, &byte);
}

/*
 * No call and no exception in between: translations that this CPU has cached
 * are only dropped by what the other one does.
 */
static enum stale_watch watch(uint64_t argument)
{
	uint64_t start = guest_time_ns();

	__atomic_store_n(&taken, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&reads, 0, __ATOMIC_RELEASE);
	do {
		uint32_t gone = __atomic_load_n(&taken, __ATOMIC_ACQUIRE);

		if (!read_at(argument))
			return WATCH_FAULTED;
		if (gone != 0)
			return WATCH_STALE;
		__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
	} while (guest_time_ns() - start < WATCH_TIME);
	return WATCH_TOO_LONG;
}

static uint64_t take_away(uint64_t result)
{
	__atomic_store_n(&taken, 1, __ATOMIC_RELEASE);
	return result;
}

static uint64_t serve(const struct ffa_regs *request)
{
	uint64_t argument = request->x[4];

	switch (request->x[3]) {
	case STALE_RETRIEVE:
		return (uint32_t)retrieve((uint16_t)request->x[5], argument);
	case STALE_RELINQUISH:
		return take_away(
			(uint32_t)ffa_mem_relinquish(&box, argument, 0));
	case STALE_LEND:
		return take_away(lend());
	case STALE_RECLAIM:
		return (uint32_t)ffa_mem_reclaim(argument, 0);
	case STALE_READ:
		return read_at(argument);
	case STALE_WATCH:
		return watch(argument);
	case STALE_WATCHED:
		return __atomic_load_n(&reads, __ATOMIC_ACQUIRE);
	default:
		return ~0ull;
	}
}

void guest_main(void)
{
	struct ffa_regs regs;

	if (guest_cpu() == 0) {
		ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
		box.id = ffa_id_get();
		box.tx = paddr((uintptr_t)tx);
		box.rx = paddr((uintptr_t)rx);
		if (ffa_rxtx_map(&box) != FFA_OK)
			guest_print("RXTX_MAP was refused\n");
	}
	regs = ffa_call(FFA_MSG_WAIT, 0, 0, 0, 0);
	for (;;) {
		regs.x[3] = serve(&regs);
		ffa_respond(&regs);
	}
}
