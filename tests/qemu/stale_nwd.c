/*
 * Nobody reaches memory through a translation that was taken away: what a
 * partition gave back on one CPU faults on another CPU where it has just been
 * used, and an owner that lent its pages cannot go on using them anywhere.
 */
#include "stale.h"

#include "lib/ffa.h"
#include "lib/guest.h"
#include "lib/tap.h"

#define TX 0x50000000ull
#define RX 0x50001000ull
#define AREA 0x52000000ull
#define ROUNDS 20u

static struct tap tap;
static const struct ffa_mailbox box = {FFA_ID_NWD, {TX}, {RX}, true};

/* One request that the second CPU is to make; the first one waits for it. */
static struct {
	volatile uint32_t ordered;
	volatile uint32_t done;
	volatile uint16_t to;
	volatile uint64_t command;
	volatile uint64_t argument;
	volatile uint64_t result;
} errand;

static uint64_t ask(uint16_t to, uint64_t command, uint64_t argument)
{
	struct ffa_regs regs = ffa_request(FFA_ID_NWD, to, command, argument,
		to == STALE_SP2 ? STALE_SP1 : FFA_ID_NWD);

	return regs.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 ? regs.x[3] : ~0ull;
}

static void second_cpu(uint64_t unused)
{
	(void)unused;
	for (uint32_t next = 1;; next++) {
		while (__atomic_load_n(&errand.ordered, __ATOMIC_ACQUIRE) !=
			next)
			guest_pause();
		if (errand.to == 0)
			return;
		errand.result = ask(errand.to, errand.command, errand.argument);
		__atomic_store_n(&errand.done, next, __ATOMIC_RELEASE);
	}
}

static uint64_t ask_elsewhere(uint16_t to, uint64_t command, uint64_t argument)
{
	uint32_t number = errand.ordered + 1;

	errand.to = to;
	errand.command = command;
	errand.argument = argument;
	__atomic_store_n(&errand.ordered, number, __ATOMIC_RELEASE);
	while (to != 0 &&
		__atomic_load_n(&errand.done, __ATOMIC_ACQUIRE) != number)
		guest_pause();
	return errand.result;
}

static uint64_t share(uint32_t pages)
{
	struct desc_range range = {AREA, pages, 0};
	struct ffa_regs result;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.attributes = 0x2f;
	desc_add_receiver(&desc, STALE_SP1, DESC_RW);
	desc.range = &range;
	desc.range_count = 1;
	desc_settle(&desc);
	result = ffa_mem_send(&box, FFA_MEM_SHARE_64, &desc);
	return ffa_status(&result) == FFA_OK ? ffa_handle(&result) : 0;
}

/* How many of the rounds were as they should. */
static uint32_t borrow(uint32_t pages)
{
	uint64_t last = AREA + (uint64_t)(pages - 1) * PAGE_SIZE;
	uint32_t good = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t handle = share(pages);
		bool ok = handle != 0;

		ok = ok && !ask_elsewhere(STALE_SP1, STALE_TOUCH, AREA);
		ok = ok && ask(STALE_SP1, STALE_RETRIEVE, handle) == 0;
		ok = ok && ask_elsewhere(STALE_SP1, STALE_TOUCH, AREA) == 1;
		ok = ok && ask_elsewhere(STALE_SP1, STALE_TOUCH, last) == 1;
		ok = ok && ask(STALE_SP1, STALE_TOUCH, last) == 1;
		ok = ok && ask(STALE_SP1, STALE_RELINQUISH, handle) == 0;
		ok = ok && ask_elsewhere(STALE_SP1, STALE_TOUCH, AREA) == 0;
		ok = ok && ask_elsewhere(STALE_SP1, STALE_TOUCH, last) == 0;
		ok = ok && ask(STALE_SP1, STALE_TOUCH, last) == 0;
		ok = ok && ffa_mem_reclaim(handle, 0) == FFA_OK;
		good += ok;
	}
	return good;
}

/* A secure page, from partition to partition. */
static uint32_t lend(void)
{
	uint64_t page = STALE_OWN_BASE + PAGE_SIZE;
	uint32_t good = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		bool ok = ask_elsewhere(STALE_SP1, STALE_OWN, page) == 1;
		uint64_t handle = ask(STALE_SP1, STALE_LEND, 0);

		ok = ok && handle != 0;
		ok = ok && ask_elsewhere(STALE_SP1, STALE_OWN, page) == 0;
		ok = ok && ask(STALE_SP2, STALE_RETRIEVE, handle) == 0;
		ok = ok && ask_elsewhere(STALE_SP2, STALE_OWN, page) == 1;
		ok = ok && ask(STALE_SP2, STALE_RELINQUISH, handle) == 0;
		ok = ok && ask_elsewhere(STALE_SP2, STALE_OWN, page) == 0;
		ok = ok && ask(STALE_SP1, STALE_RECLAIM, handle) == 0;
		ok = ok && ask_elsewhere(STALE_SP1, STALE_OWN, page) == 1;
		good += ok;
	}
	return good;
}

void guest_main(void)
{
	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	tap_ok(&tap, ffa_rxtx_map(&box) == FFA_OK, "RX and TX are mapped");
	tap_ok(&tap, guest_cpu_on(1, second_cpu, 0), "a second CPU runs");
	tap_is(&tap, borrow(1), ROUNDS,
		"a page given back on one CPU faults on the other");
	tap_is(&tap, borrow(3), ROUNDS, "so do three pages");
	tap_is(&tap, borrow(100), ROUNDS, "and a hundred");
	tap_is(&tap, borrow(512), ROUNDS, "and a block of 2 MiB");
	tap_is(&tap, borrow(1537), ROUNDS, "and three blocks and a page");
	tap_is(&tap, lend(), ROUNDS,
		"pages lent by a partition fault on its other CPU, and come "
		"back");
	ask_elsewhere(0, 0, 0);
	while (!guest_cpu_is_off(1))
		guest_pause();
	tap_done(&tap);
}
