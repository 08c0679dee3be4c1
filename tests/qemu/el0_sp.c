/*
 * A partition at S-EL0: tries its permissions while it initialises, then does
 * as it is told. One fault is its end.
 */
#include "el0.h"
#include "registers.h"

#include "abi/ffa_status.h"
#include "lib/ffa.h"
#include "lib/aarch64/guest_arch.h"
#include "lib/guest.h"

#define BOOT_INFO_SIGNATURE 0x0ffau
#define PERM_RWX 1u
#define PERM_RX 3u
#define PERM_RW 5u
#define PERM_RO 7u

#define MANAGER 0x0e100000ul
#define FEATURE_NPI 1u
#define INSTRUCTION_MOV_X0 0xd2800000u /* movz x0, #(operand >> 5) */
#define INSTRUCTION_RET 0xd65f03c0u
#define NS_PER_S 1000000000ull

static uint8_t tx[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t rx[PAGE_SIZE] __attribute__((aligned(4096)));
static uint32_t code[PAGE_SIZE / 4] __attribute__((aligned(4096)));
static uint32_t data[4] = {INSTRUCTION_RET};
static const uint64_t constant = 1;
static struct ffa_mailbox box;
static uint64_t held;

static uint64_t perm_get(const volatile void *at)
{
	struct ffa_regs regs =
		ffa_call(FFA_MEM_PERM_GET_64, (uintptr_t)at, 0, 0, 0);

	return ffa_status(&regs) == FFA_OK ? regs.x[2] : ~0ull;
}

static enum ffa_status perm_set(uint64_t at, uint32_t perm)
{
	struct ffa_regs regs =
		ffa_call(FFA_MEM_PERM_SET_64, at & ~PAGE_MASK, 1, perm, 0);

	return ffa_status(&regs);
}

static enum ffa_status feature(uint32_t id)
{
	struct ffa_regs regs = ffa_call(FFA_FEATURES, id, 0, 0, 0);

	return ffa_status(&regs);
}

static const void *page_of(const void *at)
{
	return (const void *)((uintptr_t)at & ~PAGE_MASK);
}

/* A function that returns `value`, in a page that was written just now. */
static bool run_code(uint64_t value)
{
	uint64_t (*function)(void) =
		(uint64_t(*)(void))(uintptr_t)(const void *)code;

	if (perm_set((uintptr_t)code, PERM_RW) != FFA_OK)
		return false;
	code[0] = INSTRUCTION_MOV_X0 | (uint32_t)value << 5;
	code[1] = INSTRUCTION_RET;
	return perm_set((uintptr_t)code, PERM_RX) == FFA_OK &&
	       function() == value;
}

static void hold(enum el0_boot_test test, bool holds)
{
	if (holds)
		held |= 1ull << test;
}

static void try_permissions(void)
{
	const void *text = (const void *)(uintptr_t)guest_main;

	hold(BOOT_TEXT, perm_get(page_of(text)) == PERM_RX);
	hold(BOOT_DATA, perm_get(page_of(data)) == PERM_RW);
	hold(BOOT_RODATA,
		perm_get(page_of(&constant)) == PERM_RO && constant == 1);
	hold(BOOT_WRITE_AND_EXECUTE,
		perm_set((uintptr_t)code, PERM_RWX) == FFA_INVALID_PARAMETERS &&
			perm_get(code) == PERM_RW);
	hold(BOOT_OTHERS, perm_set(MANAGER, PERM_RO) == FFA_INVALID_PARAMETERS);
	hold(BOOT_CODE, run_code(7));
	hold(BOOT_CODE_AGAIN, run_code(8) && run_code(9));
}

static void initialise(void)
{
	uint64_t stack;
	struct ffa_regs regs = ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);

	hold(BOOT_VERSION, regs.x[0] >> 16 == 1);
	box.id = ffa_id_get();
	hold(BOOT_ID, box.id - EL0_FIRST_ID < EL0_COUNT);
	hold(BOOT_INFO, *(const uint32_t *)(uintptr_t)guest_boot_value ==
				BOOT_INFO_SIGNATURE);
	try_permissions();
	regs = ffa_call(
		FFA_SECONDARY_EP_REGISTER_64, (uintptr_t)guest_main, 0, 0, 0);
	hold(BOOT_SECONDARY, ffa_status(&regs) == FFA_NOT_SUPPORTED);
	hold(BOOT_FEATURE_PERM, feature(FFA_MEM_PERM_SET_64) == FFA_OK);
	hold(BOOT_FEATURE_NPI, feature(FEATURE_NPI) == FFA_NOT_SUPPORTED);
	__asm__ volatile("mov %0, sp" : "=r"(stack));
	hold(BOOT_STACK, perm_get(page_of((void *)stack)) == PERM_RW);
	box.tx = paddr((uintptr_t)tx);
	box.rx = paddr((uintptr_t)rx);
	hold(BOOT_BUFFERS, ffa_rxtx_map(&box) == FFA_OK);
}

static enum ffa_status retrieve(uint64_t handle)
{
	struct ffa_regs result;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.handle = handle;
	desc_add_receiver(&desc, box.id, DESC_RW);
	desc_settle(&desc);
	result = ffa_mem_retrieve(&box, &desc);
	if (ffa_status(&result) != FFA_OK)
		return ffa_status(&result);
	return ffa_rx_release();
}

static uint64_t spin(uint64_t nanoseconds)
{
	uint64_t start, now, frequency, turns = 0;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(start));
	do {
		__asm__ volatile("isb\n mrs %0, cntvct_el0" : "=r"(now));
		turns++;
	} while ((now - start) * NS_PER_S / frequency < nanoseconds);
	return turns;
}

static uint64_t ask_other(uint16_t id)
{
	struct ffa_regs regs = ffa_request(box.id, id, EL0_BOOT, 0, 0);

	return regs.x[3];
}

static uint64_t serve_more(const struct ffa_regs *request)
{
	uint64_t argument = request->x[4];

	switch (request->x[3]) {
	case EL0_BOOT:
		return held;
	case EL0_OWN_TEXT:
		return (uintptr_t)guest_main;
	case EL0_OWN_DATA:
		return (uintptr_t)data;
	case EL0_SIMD_FILL:
		simd_fill(argument);
		return 0;
	case EL0_SIMD_WRONG:
		return simd_wrong(argument);
	case EL0_SPIN:
		return spin(argument);
	case EL0_ASK_OTHER:
		return ask_other((uint16_t)argument);
	default:
		return ~0ull;
	}
}

static uint64_t serve(const struct ffa_regs *request)
{
	uint64_t argument = request->x[4];
	volatile uint8_t *byte = (volatile uint8_t *)(uintptr_t)argument;

	switch (request->x[3]) {
	case EL0_RETRIEVE:
		return (uint32_t)retrieve(argument);
	case EL0_RELINQUISH:
		return (uint32_t)ffa_mem_relinquish(&box, argument, 0);
	case EL0_READ:
		return *byte;
	case EL0_WRITE:
		*byte = (uint8_t)request->x[5];
		return 0;
	case EL0_EXECUTE:
		((void (*)(void))(uintptr_t)argument)();
		return 0;
	case EL0_UNDEFINED:
		__asm__ volatile("hvc #0" : : : "memory");
		return 0;
	case EL0_PERM_SET:
		return (uint32_t)perm_set(argument, PERM_RO);
	default:
		return serve_more(request);
	}
}

void guest_main(void)
{
	struct ffa_regs regs;

	initialise();
	regs = ffa_call(FFA_MSG_WAIT, 0, 0, 0, 0);
	for (;;) {
		regs.x[3] = serve(&regs);
		ffa_respond(&regs);
	}
}
