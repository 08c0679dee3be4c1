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

/* More than tlb.c invalidates one by one. */
#define RANGES_MAX 40u

/* In an address that goes to a partition. */
#define NS 1u

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

static void order(uint16_t to, uint64_t command, uint64_t argument)
{
	errand.to = to;
	errand.command = command;
	errand.argument = argument;
	__atomic_store_n(&errand.ordered, errand.ordered + 1, __ATOMIC_RELEASE);
}

static uint64_t result(void)
{
	while (__atomic_load_n(&errand.done, __ATOMIC_ACQUIRE) !=
		errand.ordered)
		guest_pause();
	return errand.result;
}

static uint64_t ask_elsewhere(uint16_t to, uint64_t command, uint64_t argument)
{
	order(to, command, argument);
	return result();
}

/* The second CPU reads `at` over and over; comes back when it has begun. */
static void begin_watch(uint16_t to, uint64_t at)
{
	order(to, STALE_WATCH, at);
	while (errand.done != errand.ordered && ask(to, STALE_WATCHED, 0) < 10)
		guest_pause();
}

/* What is shared: ranges of so many pages, each two ranges' length apart. */
struct region {
	uint32_t range_count;
	uint32_t pages;
};

static uint64_t range_base(const struct region *region, uint32_t index)
{
	return AREA + 2 * index * (uint64_t)region->pages * PAGE_SIZE;
}

static uint64_t share(const struct region *region)
{
	struct desc_range ranges[RANGES_MAX];
	struct ffa_regs sent;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.attributes = 0x2f;
	desc_add_receiver(&desc, STALE_SP1, DESC_RW);
	for (uint32_t i = 0; i < region->range_count; i++)
		ranges[i] = (struct desc_range){
			range_base(region, i), region->pages, 0};
	desc.range = ranges;
	desc.range_count = region->range_count;
	desc_settle(&desc);
	sent = ffa_mem_send(&box, FFA_MEM_SHARE_64, &desc);
	return ffa_status(&sent) == FFA_OK ? ffa_handle(&sent) : 0;
}

/* How many of the rounds were as they should. */
static uint32_t borrow(uint32_t range_count, uint32_t pages)
{
	struct region region = {range_count, pages};
	uint64_t last = (range_base(&region, range_count - 1) +
				(uint64_t)(pages - 1) * PAGE_SIZE) |
			NS;
	uint32_t good = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t handle = share(&region);
		bool ok = handle != 0;

		ok = ok && ask_elsewhere(STALE_SP1, STALE_READ, last) == 0;
		ok = ok && ask(STALE_SP1, STALE_RETRIEVE, handle) == 0;
		ok = ok && ask_elsewhere(STALE_SP1, STALE_READ, last) == 1;
		begin_watch(STALE_SP1, (i & 1) != 0 ? last : AREA | NS);
		ok = ok && ask(STALE_SP1, STALE_RELINQUISH, handle) == 0;
		ok = (result() == WATCH_FAULTED) && ok;
		ok = ok && ask(STALE_SP1, STALE_READ, last) == 0;
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
		uint64_t handle;
		bool ok;

		begin_watch(STALE_SP1, page);
		handle = ask(STALE_SP1, STALE_LEND, 0);
		ok = result() == WATCH_FAULTED && handle != 0;
		ok = ok && ask(STALE_SP2, STALE_RETRIEVE, handle) == 0;
		begin_watch(STALE_SP2, page);
		ok = ok && ask(STALE_SP2, STALE_RELINQUISH, handle) == 0;
		ok = (result() == WATCH_FAULTED) && ok;
		ok = ok && ask(STALE_SP1, STALE_RECLAIM, handle) == 0;
		ok = ok && ask_elsewhere(STALE_SP1, STALE_READ, page) == 1;
		good += ok;
	}
	return good;
}

void guest_main(void)
{
	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	tap_ok(&tap, ffa_rxtx_map(&box) == FFA_OK, "RX and TX are mapped");
	tap_ok(&tap, guest_cpu_on(1, second_cpu, 0), "a second CPU runs");
	tap_is(&tap, borrow(1, 1), ROUNDS,
		"a page given back on one CPU faults on the other");
	tap_is(&tap, borrow(1, 3), ROUNDS, "so do three pages");
	tap_is(&tap, borrow(1, 100), ROUNDS, "and a hundred");
	tap_is(&tap, borrow(1, 512), ROUNDS, "and a block of 2 MiB");
	tap_is(&tap, borrow(1, 1537), ROUNDS, "and three blocks and a page");
	tap_is(&tap, borrow(RANGES_MAX, 1), ROUNDS, "and many single pages");
	tap_is(&tap, lend(), ROUNDS,
		"pages lent by a partition fault on its other CPU, and come "
		"back");
	order(0, 0, 0);
	while (!guest_cpu_is_off(1))
		guest_pause();
	tap_done(&tap);
}
