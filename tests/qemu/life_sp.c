/* Does as it is told, and dies in several ways. */
#include "life.h"

#include "lib/ffa.h"
#include "lib/guest.h"

static uint8_t tx[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t rx[PAGE_SIZE] __attribute__((aligned(4096)));
static struct ffa_mailbox box;

/* Not what the image says, after the first life has written to it. */
static volatile uint64_t marked = 0x600d;
static uint64_t count;

static uint64_t area(void)
{
	return ((uintptr_t)tx & ~0xffffful) + LIFE_AREA;
}

static uint64_t check(void)
{
	const volatile uint64_t *word =
		(const uint64_t *)guest_pointer(paddr(area()), false);
	uint64_t bad = marked != 0x600d;

	for (unsigned i = 0; i < LIFE_AREA_SIZE / sizeof(*word); i++)
		bad += word[i] != 0;
	return bad;
}

static uint64_t dirty(void)
{
	volatile uint64_t *word =
		(uint64_t *)guest_pointer(paddr(area()), false);

	for (unsigned i = 0; i < LIFE_AREA_SIZE / sizeof(*word); i++)
		word[i] = ~0ull;
	marked = 0xbad;
	return 0;
}

static uint64_t lend(uint16_t to)
{
	struct desc_range range = {area(), 2, 0};
	struct ffa_regs result;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.sender = box.id;
	desc_add_receiver(&desc, to, DESC_RW);
	desc.range = &range;
	desc.range_count = 1;
	desc_settle(&desc);
	result = ffa_mem_send(&box, FFA_MEM_LEND_64, &desc);
	return ffa_status(&result) == FFA_OK ? ffa_handle(&result) : 0;
}

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

static void die(uint64_t how)
{
	switch (how) {
	case DEATH_ABORT:
		ffa_call(FFA_ABORT, 0, how, 0, 0);
		return;
	case DEATH_BRANCH:
		__asm__ volatile("msr vbar_el1, %0\n isb\n br %0"
				 :
				 : "r"(0x1000ul));
		return;
	default:
		__asm__ volatile("msr vbar_el1, %0\n isb\n udf #0"
				 :
				 : "r"(0x1000ul));
		return;
	}
}

static uint64_t serve(const struct ffa_regs *request)
{
	uint16_t other = box.id == LIFE_SP1 ? LIFE_SP2 : LIFE_SP1;
	uint64_t argument = request->x[4];

	switch (request->x[3]) {
	case LIFE_COUNT:
		return ++count;
	case LIFE_CHECK:
		return check();
	case LIFE_DIRTY:
		return dirty();
	case LIFE_MAP:
		return (uint32_t)ffa_rxtx_map(&box);
	case LIFE_LEND:
		return lend(other);
	case LIFE_RETRIEVE:
		return (uint32_t)retrieve((uint16_t)request->x[5], argument);
	case LIFE_GIVE:
		return (uint32_t)ffa_mem_relinquish(&box, argument, 0);
	case LIFE_DIE:
		die(argument);
		return ~0ull;
	default:
		return ~0ull;
	}
}

void guest_main(void)
{
	struct ffa_regs regs;

	ffa_call(FFA_VERSION, FFA_VERSION_1_3, 0, 0, 0);
	box.id = ffa_id_get();
	box.tx = paddr((uintptr_t)tx);
	box.rx = paddr((uintptr_t)rx);
	regs = ffa_call(FFA_MSG_WAIT, 0, 0, 0, 0);
	for (;;) {
		regs.x[3] = serve(&regs);
		ffa_respond(&regs);
	}
}
