/*
 * The story: memory between the normal world and two secure partitions, as
 * the people of the 2020 thread wanted it. Told from NS-EL2 (or from the
 * simulator); docs/STORY.md explains every step.
 */
#include "story/ask.h"

#include "abi/ffa_func.h"
#include "abi/ffa_status.h"
#include "base/access.h"
#include "base/text.h"
#include "lib/ffa.h"
#include "lib/guest.h"

#define CLIENT_TX 0x70000000ull
#define CLIENT_RX 0x70001000ull
#define SHARED_PAGE 0x70010000ull
#define LENT_PAGE 0x70020000ull
#define CORE_PAGE(cpu) (0x70100000ull + (cpu)*PAGE_SIZE)

#define MANY_PAGES 0x72000000ull /* every second page */
#define MANY 300u
#define MANY_PAGE(i) (MANY_PAGES + (i)*2 * PAGE_SIZE)

#define CORES 4
#define CYCLES 2500

#define RW DESC_RW
#define RO DESC_RO

static const struct ffa_mailbox box = {
	.id = FFA_ID_NWD,
	.tx = {CLIENT_TX},
	.rx = {CLIENT_RX},
	.ns = true,
};

static uint32_t checks;
static uint32_t surprises;
static uint32_t tx_lock; /* one TX for all cores */
static uint32_t core_cycles[CORES];
static bool core_done[CORES];

/* --- Telling ----------------------------------------------------------- */

static void add_time(struct text *text)
{
	uint64_t now = guest_time_ns();

	text_char(text, '[');
	text_decimal(text, now / 1000000000, 5, ' ');
	text_char(text, '.');
	text_decimal(text, now / 1000 % 1000000, 6, '0');
	text_add(text, "] nwd");
}

static void tell(const char *what, const char *more)
{
	char line[160];
	struct text text = {.at = line, .size = sizeof(line) - 2};

	add_time(&text);
	if (*what != '\0')
		text_column(&text, 23);
	text_add(&text, what);
	text_add(&text, more);
	text_char(&text, '\n');
	line[text.length] = '\0';
	guest_print(line);
}

static void chapter(const char *title)
{
	tell("", "");
	tell("== ", title);
}

static void check(bool good, const char *what)
{
	checks++;
	if (!good)
		surprises++;
	tell(good ? "   ok: " : "   NOT AS EXPECTED: ", what);
}

/* --- Asking ------------------------------------------------------------ */

static struct answer sp_read(uint16_t sp, uint64_t at, bool ns)
{
	return ASK(sp, STORY_READ, at, ns);
}

static int64_t sp_write(uint16_t sp, uint64_t at, bool ns, uint8_t byte)
{
	return ASK(sp, STORY_WRITE, at, ns, byte).status;
}

static struct answer sp_retrieve(
	uint16_t sp, uint64_t handle, uint16_t sender, uint8_t permissions)
{
	return ASK(sp, STORY_RETRIEVE, handle, STORY_HOW(0, permissions, 0),
		sender);
}

static int64_t sp_relinquish(uint16_t sp, uint64_t handle)
{
	return ASK(sp, STORY_RELINQUISH, handle).status;
}

static int64_t sp_reclaim(uint16_t sp, uint64_t handle)
{
	return ASK(sp, STORY_RECLAIM, handle).status;
}

/* The normal world sends one page to SP1; 0 when that was refused. */
static uint64_t send_page(uint32_t func, uint64_t page)
{
	struct desc_range range = {.base = page, .pages = 1};
	struct desc desc;
	struct ffa_regs result;

	desc_init(&desc, FFA_VERSION_1_2);
	if (func == FFA_MEM_SHARE_64)
		desc.attributes = ATTR_NORMAL_WB;
	desc_add_receiver(&desc, STORY_SP1, RW);
	desc.range = &range;
	desc.range_count = 1;
	desc_settle(&desc);
	result = ffa_mem_send(&box, func, &desc);
	return ffa_status(&result) == FFA_OK ? ffa_handle(&result) : 0;
}

/* --- Chapters ---------------------------------------------------------- */

static void share_a_buffer(void)
{
	uint8_t *page = guest_pointer(paddr(SHARED_PAGE), true);
	uint64_t handle;

	chapter("(a) the normal world shares a buffer with sp1");
	*page = 0x41;
	handle = send_page(FFA_MEM_SHARE_64, SHARED_PAGE);
	check(handle != 0, "the page is shared");
	check(sp_retrieve(STORY_SP1, handle, FFA_ID_NWD, RW).value ==
			(RW | DESC_XN),
		"sp1 retrieves it: read-write, execute-never");
	check(sp_read(STORY_SP1, SHARED_PAGE, true).value == 0x41,
		"sp1 reads what the normal world wrote");
	check(sp_write(STORY_SP1, SHARED_PAGE, true, 0x42) == FFA_OK &&
			*(volatile uint8_t *)page == 0x42,
		"the normal world reads what sp1 wrote");
	check(sp_read(STORY_SP1, SHARED_PAGE, false).status == STORY_FAULT,
		"the same address is no secure memory: sp1 faults");
	check(sp_relinquish(STORY_SP1, handle) == FFA_OK, "sp1 relinquishes");
	check(sp_read(STORY_SP1, SHARED_PAGE, true).status == STORY_FAULT,
		"sp1 has no access any more");
	check(ffa_mem_reclaim(handle, 0) == FFA_OK,
		"the normal world reclaims the page");
}

static void no_execute_on_non_secure(void)
{
	uint64_t handle;

	chapter("(b) it lends a page; sp1 wants to execute from it");
	handle = send_page(FFA_MEM_LEND_64, LENT_PAGE);
	check(handle != 0, "the page is lent");
	check(sp_retrieve(STORY_SP1, handle, FFA_ID_NWD, RO | DESC_X).status ==
			FFA_INVALID_PARAMETERS,
		"execute on non-secure memory is refused");
	check(sp_read(STORY_SP1, LENT_PAGE, true).status == STORY_FAULT,
		"and nothing was mapped");
	check(ffa_mem_reclaim(handle, 0) == FFA_OK,
		"the normal world reclaims the page");
}

static void owner_bounds_the_borrower(void)
{
	uint64_t page = STORY_READ_ONLY;
	uint64_t handle;

	chapter("(c) sp1 lends a read-only, execute-never page to sp2");
	handle = ASK(STORY_SP1, STORY_SEND, page,
		STORY_HOW(FFA_MEM_LEND_64, RO, 1), STORY_SP2)
			 .value;
	check(handle != 0, "the page is lent");
	check(sp_retrieve(STORY_SP2, handle, STORY_SP1, RW | DESC_XN).status ==
			FFA_DENIED,
		"write is refused: it was lent read-only");
	check(sp_retrieve(STORY_SP2, handle, STORY_SP1, RO | DESC_X).status ==
			FFA_DENIED,
		"execute is refused: the owner has none");
	check(sp_retrieve(STORY_SP2, handle, STORY_SP1, RO | DESC_XN).value ==
			(RO | DESC_XN),
		"read is granted");
	check(sp_read(STORY_SP2, page, false).status == FFA_OK, "sp2 reads");
	check(sp_write(STORY_SP2, page, false, 1) == STORY_FAULT,
		"sp2 faults when it writes");
	check(sp_read(STORY_SP1, page, false).status == STORY_FAULT,
		"sp1 has lent it: no access meanwhile");
	check(sp_relinquish(STORY_SP2, handle) == FFA_OK &&
			sp_reclaim(STORY_SP1, handle) == FFA_OK,
		"sp2 relinquishes, sp1 reclaims");
	check(sp_read(STORY_SP1, page, false).status == FFA_OK,
		"sp1 reads again");
	check(sp_write(STORY_SP1, page, false, 1) == STORY_FAULT,
		"and still may not write: exactly as before");
}

static void donate(void)
{
	uint64_t page = STORY_GIFT;
	uint64_t handle;
	uint64_t back;

	chapter("(d) sp1 donates a page to sp2");
	check(sp_write(STORY_SP1, page, false, 0x47) == FFA_OK, "sp1 writes");
	handle = ASK(STORY_SP1, STORY_SEND, page,
		STORY_HOW(FFA_MEM_DONATE_64, 0, 1), STORY_SP2)
			 .value;
	check(handle != 0, "the page is donated");
	check(sp_read(STORY_SP1, page, false).status == STORY_FAULT,
		"sp1 has no access any more");
	check(sp_retrieve(STORY_SP2, handle, STORY_SP1, RW | DESC_XN).value ==
			(RW | DESC_XN),
		"sp2 retrieves it: read-write");
	check(sp_read(STORY_SP2, page, false).value == 0x47,
		"sp2 reads what sp1 wrote");
	check(sp_reclaim(STORY_SP1, handle) == FFA_INVALID_PARAMETERS,
		"sp1 cannot take it back");
	check(ASK(STORY_SP1, STORY_SEND, page,
		      STORY_HOW(FFA_MEM_SHARE_64, RO, 1), STORY_SP2)
				.status == FFA_DENIED,
		"sp1 cannot share it: it is not the owner");
	back = ASK(STORY_SP2, STORY_SEND, page,
		STORY_HOW(FFA_MEM_SHARE_64, RO, 1), STORY_SP1)
		       .value;
	check(back != 0 && sp_reclaim(STORY_SP2, back) == FFA_OK,
		"sp2 can: ownership has moved");
}

static void mixed_region(void)
{
	uint64_t page = STORY_MIXED;
	uint64_t handle;

	chapter("(e) sp1 lends two read-only and two writable pages as one");
	handle = ASK(STORY_SP1, STORY_SEND, page,
		STORY_HOW(FFA_MEM_LEND_64, RO, STORY_MIXED_PAGES), STORY_SP2)
			 .value;
	check(handle != 0, "the region is lent");
	check(sp_retrieve(STORY_SP2, handle, STORY_SP1, RO | DESC_XN).value ==
			(RO | DESC_XN),
		"sp2 retrieves all of it read-only");
	check(sp_relinquish(STORY_SP2, handle) == FFA_OK &&
			sp_reclaim(STORY_SP1, handle) == FFA_OK,
		"sp2 relinquishes, sp1 reclaims");
	for (unsigned i = 0; i < STORY_MIXED_PAGES; i++) {
		uint64_t at = page + i * PAGE_SIZE;
		bool writable = i >= STORY_MIXED_PAGES / 2;

		check(sp_write(STORY_SP1, at, false, 1) ==
				(writable ? FFA_OK : STORY_FAULT),
			writable ? "a writable page is writable again"
				 : "a read-only page is read-only still");
	}
}

/* --- All cores --------------------------------------------------------- */

static uint64_t share_locked(uint64_t page)
{
	uint64_t handle;

	while (__atomic_exchange_n(&tx_lock, 1, __ATOMIC_ACQUIRE) != 0)
		guest_pause();
	handle = send_page(FFA_MEM_SHARE_64, page);
	__atomic_store_n(&tx_lock, 0, __ATOMIC_RELEASE);
	return handle;
}

static void share_and_reclaim(uint64_t core)
{
	for (uint32_t i = 0; i < CYCLES; i++) {
		uint64_t handle = share_locked(CORE_PAGE(core));

		if (handle != 0 && ffa_mem_reclaim(handle, 0) == FFA_OK)
			core_cycles[core]++;
	}
	/* A call of another kind: the manager tells what it has folded. */
	ffa_call(FFA_FEATURES, FFA_MEM_SHARE, 0, 0, 0);
	__atomic_store_n(&core_done[core], true, __ATOMIC_RELEASE);
}

static void core_main(uint64_t core)
{
	share_and_reclaim(core);
	guest_cpu_off();
}

static void core_idle(uint64_t core)
{
	__atomic_store_n(&core_done[core], true, __ATOMIC_RELEASE);
	guest_cpu_off();
}

static void wait_for(unsigned core)
{
	while (!__atomic_load_n(&core_done[core], __ATOMIC_ACQUIRE))
		guest_pause();
	core_done[core] = false;
}

static void wait_off(unsigned core)
{
	while (!guest_cpu_is_off(core))
		guest_pause();
}

static void all_cores(void)
{
	uint32_t cycles = 0;
	bool on;

	chapter("(f) four cores share and reclaim at once");
	on = guest_cpu_on(CORES - 1, core_idle, CORES - 1);
	if (on) {
		wait_for(CORES - 1);
		wait_off(CORES - 1);
	}
	check(on, "the last core was turned on and off");
	tell("   ", "on again, with the others:");
	tell("{", "");
	for (unsigned i = 1; i < CORES; i++)
		if (!guest_cpu_on(i, core_main, i))
			core_done[i] = true;
	share_and_reclaim(0);
	for (unsigned i = 0; i < CORES; i++)
		wait_for(i);
	for (unsigned i = 1; i < CORES; i++)
		wait_off(i);
	tell("}", "");
	for (unsigned i = 0; i < CORES; i++)
		cycles += core_cycles[i];
	check(cycles == CORES * CYCLES, "10 000 cycles, none refused");
}

/* --- Several borrowers, fragments, death -------------------------------- */

/* 300 scattered pages, read-write to sp1, read-only to sp2; in two parts. */
static uint64_t lend_many(void)
{
	static struct desc_range ranges[MANY];
	static struct desc desc;
	struct ffa_regs result;
	uint32_t size;

	desc_init(&desc, FFA_VERSION_1_2);
	desc_add_receiver(&desc, STORY_SP1, RW);
	desc_add_receiver(&desc, STORY_SP2, RO);
	for (uint32_t i = 0; i < MANY; i++)
		ranges[i] = (struct desc_range){.base = MANY_PAGE(i), 1, 0};
	desc.range = ranges;
	desc.range_count = MANY;
	desc_settle(&desc);
	size = desc_write_part(
		&desc, 0, guest_pointer(box.tx, true), (uint32_t)PAGE_SIZE);
	result = ffa_call(FFA_MEM_LEND_64, desc.length, size, 0, 0);
	while ((uint32_t)result.x[0] == FFA_MEM_FRAG_RX) {
		size = desc_write_part(&desc, (uint32_t)result.x[3],
			guest_pointer(box.tx, true), (uint32_t)PAGE_SIZE);
		result = ffa_call(
			FFA_MEM_FRAG_TX, result.x[1], result.x[2], size, 0);
	}
	return ffa_status(&result) == FFA_OK ? ffa_handle(&result) : 0;
}

static struct answer retrieve_part(uint16_t sp, uint64_t handle)
{
	return ASK(sp, STORY_RETRIEVE_LONG, handle, STORY_HOW(0, 0, 0),
		FFA_ID_NWD, STORY_BYPASS);
}

static void a_borrower_dies(void)
{
	uint64_t last = MANY_PAGE(MANY - 1);
	uint64_t handle;

	chapter("(g) it lends 300 scattered pages to both; sp2 dies");
	handle = lend_many();
	check(handle != 0, "the pages are lent, in fragments");
	check(retrieve_part(STORY_SP1, handle).value == MANY,
		"sp1 retrieves 300 ranges, in fragments");
	check(retrieve_part(STORY_SP2, handle).value == MANY, "sp2 does, too");
	check(sp_write(STORY_SP1, last, true, 0x53) == FFA_OK &&
			sp_read(STORY_SP2, last, true).value == 0x53,
		"sp2 reads what sp1 wrote to the last page");
	check(sp_write(STORY_SP2, last, true, 1) == STORY_FAULT,
		"sp2 may not write: it was lent read-only to it");
	check(ffa_mem_reclaim(handle, 0) == FFA_DENIED,
		"the pages cannot be reclaimed while they are held");
	check(ASK(STORY_SP2, STORY_DIE).status == FFA_ABORTED,
		"sp2 faults for ever, and is stopped");
	check(ffa_mem_reclaim(handle, 0) == FFA_DENIED,
		"sp1 still holds the pages");
	check(sp_relinquish(STORY_SP1, handle) == FFA_OK &&
			ffa_mem_reclaim(handle, 0) == FFA_OK,
		"sp1 relinquishes, and the normal world has them again");
}

static void verdict(void)
{
	char line[80];
	struct text text = {.at = line, .size = sizeof(line) - 1};

	if (surprises > 0) {
		text_decimal(&text, surprises, 0, ' ');
		text_add(&text, " steps did not end as expected, of ");
	} else {
		text_add(&text, "every step ended as expected: ");
	}
	text_decimal(&text, checks, 0, ' ');
	text_add(&text, " checks");
	line[text.length] = '\0';
	tell("", "");
	tell("story: ", line);
}

void guest_main(void)
{
	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	check(ffa_rxtx_map(&box) == FFA_OK, "the client's buffers are mapped");
	share_a_buffer();
	no_execute_on_non_secure();
	owner_bounds_the_borrower();
	donate();
	mixed_region();
	all_cores();
	a_borrower_dies();
	verdict();
	guest_power_off();
}
