/*
 * Partitions at S-EL0, told from the normal world: their conduit and their
 * permissions, memory and registers as of any partition, an interrupt while
 * one runs; and that any exception but a call ends one, and only that one.
 */
#include "el0.h"
#include "ns_gic.h"

#include "abi/ffa_status.h"
#include "lib/ffa.h"
#include "lib/guest.h"
#include "lib/tap.h"

#define TX 0x50000000ull
#define RX 0x50001000ull
#define PAGE 0x52000000ull
#define OFFSET 0x123u
#define BYTE 0x5a
#define ANSWER 0xa5

#define SEED_SP1 0x2222
#define SEED_SP2 0x3333

#define MILLISECOND 1000000ull
#define TIMER_TIME (2 * MILLISECOND)
#define TURN_TIME (200 * MILLISECOND)

/* More than the tables of anybody reach. */
#define BEYOND (1ull << 45)

static struct tap tap;
static volatile uint64_t wrong_elsewhere = ~0ull;
static const struct ffa_mailbox box = {FFA_ID_NWD, {TX}, {RX}, true};

static uint16_t id_of(unsigned sp)
{
	return (uint16_t)(EL0_FIRST_ID + sp);
}

static struct ffa_regs ask(
	unsigned sp, uint64_t command, uint64_t x4, uint64_t x5)
{
	return ffa_request(FFA_ID_NWD, id_of(sp), command, x4, x5);
}

static bool is_response(const struct ffa_regs *regs)
{
	return (uint32_t)regs->x[0] == FFA_MSG_SEND_DIRECT_RESP_64;
}

/* x3 of the response; all ones where there is none. */
static uint64_t answer(unsigned sp, uint64_t command, uint64_t x4, uint64_t x5)
{
	struct ffa_regs regs = ask(sp, command, x4, x5);

	return is_response(&regs) ? regs.x[3] : ~0ull;
}

static bool is_aborted(const struct ffa_regs *regs)
{
	return (uint32_t)regs->x[0] == FFA_ERROR &&
	       ffa_status(regs) == FFA_ABORTED;
}

/* --- What it tried while it initialised --------------------------------- */

static void test_boot(void)
{
	static const char *const names[BOOT_TESTS] = {
		[BOOT_VERSION] = "FFA_VERSION by SVC",
		[BOOT_ID] = "FFA_ID_GET by SVC",
		[BOOT_INFO] = "boot information in the register it named",
		[BOOT_TEXT] = "its package can be executed, not written",
		[BOOT_DATA] = "data that it asked to write it may (R-01)",
		[BOOT_RODATA] = "constants are read-only",
		[BOOT_WRITE_AND_EXECUTE] =
			"no page is written and executed (R-03)",
		[BOOT_OTHERS] = "others' pages are not its to change (R-06)",
		[BOOT_CODE] = "what it wrote it may make executable (R-02)",
		[BOOT_CODE_AGAIN] = "and write and execute anew",
		[BOOT_SECONDARY] = "FFA_SECONDARY_EP_REGISTER is not for it",
		[BOOT_FEATURE_PERM] = "FFA_MEM_PERM_SET is a feature (B-12)",
		[BOOT_FEATURE_NPI] = "a notification interrupt is not (B-10)",
		[BOOT_STACK] = "its stack is its own to write",
		[BOOT_BUFFERS] = "RX and TX are mapped",
	};
	uint64_t held = answer(0, EL0_BOOT, 0, 0);

	tap_ok(&tap, held != ~0ull, "a partition at S-EL0 answers a request");
	for (unsigned i = 0; i < BOOT_TESTS; i++)
		tap_ok(&tap, (held >> i & 1) != 0, names[i]);
	tap_is(&tap, answer(0, EL0_ASK_OTHER, id_of(1), 0),
		(1ull << BOOT_TESTS) - 1, "and asks another partition");
	tap_is(&tap, answer(0, EL0_PERM_SET, answer(0, EL0_OWN_DATA, 0, 0), 0),
		(uint32_t)FFA_DENIED,
		"permissions are settled when it is initialised (R-07)");
}

/* --- Registers, interrupts ----------------------------------------------- */

static void test_registers(void)
{
	answer(0, EL0_SIMD_FILL, SEED_SP1, 0);
	answer(1, EL0_SIMD_FILL, SEED_SP2, 0);
	tap_is(&tap, answer(0, EL0_SIMD_WRONG, SEED_SP1, 0), 0,
		"its SIMD registers stay its own");
	tap_is(&tap, answer(1, EL0_SIMD_WRONG, SEED_SP2, 0), 0,
		"and another one's");
}

static void other_cpu(uint64_t unused)
{
	(void)unused;
	wrong_elsewhere = answer(0, EL0_SIMD_WRONG, SEED_SP1, 0);
}

static void test_other_cpu(void)
{
	tap_ok(&tap, guest_cpu_on(1, other_cpu, 0), "another CPU runs");
	while (!guest_cpu_is_off(1))
		guest_pause();
	tap_is(&tap, wrong_elsewhere, 0, "its one context runs there, too");
	tap_is(&tap, answer(0, EL0_SIMD_WRONG, SEED_SP1, 0), 0,
		"and here again");
}

static void test_interrupt(void)
{
	struct ffa_regs regs;
	unsigned interrupts = 0;

	ns_gic_init();
	ns_timer_arm(TIMER_TIME);
	regs = ask(0, EL0_SPIN, TURN_TIME, 0);
	tap_is(&tap, regs.x[0], FFA_INTERRUPT,
		"the normal world's timer ends its turn");
	while ((uint32_t)regs.x[0] == FFA_INTERRUPT && interrupts++ < 100) {
		uint64_t who = regs.x[1];

		ns_timer_take();
		regs = ffa_call(FFA_RUN, who, 0, 0, 0);
	}
	tap_ok(&tap, is_response(&regs) && regs.x[3] != 0,
		"FFA_RUN resumes it where it was");
	tap_is(&tap, answer(0, EL0_SIMD_WRONG, SEED_SP1, 0), 0,
		"with its registers as they were");
}

/* --- Memory -------------------------------------------------------------- */

static uint64_t share(unsigned sp)
{
	struct desc_range range = {PAGE, 1, 0};
	struct ffa_regs sent;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.attributes = 0x2f;
	desc_add_receiver(&desc, id_of(sp), DESC_RW);
	desc.range = &range;
	desc.range_count = 1;
	desc_settle(&desc);
	sent = ffa_mem_send(&box, FFA_MEM_SHARE_64, &desc);
	return ffa_status(&sent) == FFA_OK ? ffa_handle(&sent) : 0;
}

static void test_memory(void)
{
	volatile uint8_t *byte = guest_pointer(paddr(PAGE + OFFSET), true);
	uint64_t handle = share(0);

	*byte = BYTE;
	tap_is(&tap, answer(0, EL0_RETRIEVE, handle, 0), (uint32_t)FFA_OK,
		"it retrieves a share of the normal world's (L-09)");
	tap_is(&tap, answer(0, EL0_READ, PAGE + OFFSET, 0), BYTE,
		"and reads the normal world's memory at its address");
	answer(0, EL0_WRITE, PAGE + OFFSET, ANSWER);
	tap_is(&tap, *byte, ANSWER, "and writes it");
	tap_is(&tap, answer(0, EL0_RELINQUISH, handle, 0), (uint32_t)FFA_OK,
		"and gives it back");
	tap_ok(&tap, ffa_mem_reclaim(handle, 0) == FFA_OK,
		"the normal world reclaims it");
}

/* --- Its end ------------------------------------------------------------- */

static void test_end(
	unsigned sp, uint64_t command, uint64_t address, const char *name)
{
	struct ffa_regs regs = ask(sp, command, address, 0);

	tap_ok(&tap, is_aborted(&regs), name);
	regs = ask(sp, EL0_BOOT, 0, 0);
	tap_ok(&tap, is_aborted(&regs), "it stays so");
	if (sp + 1 < EL0_COUNT)
		tap_ok(&tap, answer(sp + 1, EL0_BOOT, 0, 0) != ~0ull,
			"the others go on");
}

void guest_main(void)
{
	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	tap_ok(&tap, ffa_rxtx_map(&box) == FFA_OK, "RX and TX are mapped");
	test_boot();
	test_registers();
	test_other_cpu();
	test_interrupt();
	test_memory();
	test_end(0, EL0_READ, PAGE + OFFSET,
		"who reads what it gave back is aborted");
	test_end(1, EL0_WRITE, answer(1, EL0_OWN_TEXT, 0, 0),
		"who writes its text is aborted");
	test_end(2, EL0_EXECUTE, answer(2, EL0_OWN_DATA, 0, 0),
		"who executes its data is aborted");
	test_end(3, EL0_UNDEFINED, 0, "who has an undefined instruction, too");
	test_end(4, EL0_READ, BEYOND, "and who leaves the address space");
	tap_done(&tap);
}
