/*
 * guest.h on a machine: see there. One library for partitions (S-EL1) and for
 * the normal world's client (NS-EL2).
 */
#include "lib/guest.h"

#include "guest_arch.h"
#include "lib/ffa.h"

#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_AFFINITY_INFO 0xc4000004u
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_STATE_OFF 1u

#define UART_BASE 0x09000000ul
#define UART_FLAGS 0x18ul
#define UART_TX_FULL (1u << 5)

#define NS_PER_S 1000000000ull
#define INSTRUCTION_RET 0xd65f03c0u

/* Level-1 entries of stage 1: blocks of 1 GiB. */
#define BLOCK_SHIFT 30
#define BLOCK_VALID 1ull
#define BLOCK_DEVICE (1ull << 2)
#define BLOCK_NS (1ull << 5)
#define BLOCK_INNER (3ull << 8)
#define BLOCK_AF (1ull << 10)
#define BLOCK_XN (1ull << 54)
#define BLOCK_RES1_EL2 (1ull << 6)
#define BLOCK_COUNT 8u
#define ALIAS_FIRST (1u << (GUEST_NS_ALIAS_SHIFT - BLOCK_SHIFT))

extern uint64_t guest_root[512];
uint64_t guest_root[512] __attribute__((aligned(4096)));

uint64_t guest_boot_value;

static struct {
	void (*entry)(uint64_t);
	uint64_t argument;
} started[GUEST_CPUS_MAX];

static uint32_t print_lock;

bool guest_is_partition(void)
{
	uint64_t level;

	__asm__ volatile("mrs %0, currentel" : "=r"(level));
	return level == GUEST_EL1;
}

static uint64_t block(uint64_t index, bool ns)
{
	uint64_t entry = index << BLOCK_SHIFT | BLOCK_AF | BLOCK_INNER |
			 BLOCK_VALID | (ns ? BLOCK_NS : 0);

	if (guest_is_partition())
		return entry;
	/* The normal world's first GiB is devices, and what it cannot reach. */
	if (index == 0)
		entry |= BLOCK_DEVICE | BLOCK_XN;
	return entry | BLOCK_RES1_EL2;
}

void guest_tables_build(void)
{
	for (uint64_t i = 0; i < BLOCK_COUNT; i++) {
		guest_root[i] = block(i, false);
		if (guest_is_partition())
			guest_root[ALIAS_FIRST + i] = block(i, true);
	}
	__asm__ volatile("dsb sy" : : : "memory");
}

void guest_start(void)
{
	guest_main();
	if (!guest_is_partition())
		guest_power_off();
	guest_die("guest_main() has returned");
}

void guest_start_secondary(void)
{
	unsigned cpu = guest_cpu();

	started[cpu].entry(started[cpu].argument);
	guest_cpu_off();
	__builtin_unreachable();
}

void guest_call(struct ffa_regs *regs)
{
	guest_call_smc(regs->x);
}

void guest_call_hvc(struct ffa_regs *regs)
{
	guest_call_hvc_only(regs->x);
}

void *guest_pointer(struct paddr at, bool ns)
{
	uint64_t alias =
		ns && guest_is_partition() ? 1ull << GUEST_NS_ALIAS_SHIFT : 0;

	return (void *)(uintptr_t)(at.v + alias);
}

bool guest_read(struct paddr at, bool ns, uint8_t *value)
{
	return probe_read((uintptr_t)guest_pointer(at, ns), value) == 0;
}

bool guest_write(struct paddr at, bool ns, uint8_t value)
{
	return probe_write((uintptr_t)guest_pointer(at, ns), value) == 0;
}

bool guest_execute(struct paddr at, bool ns)
{
	return probe_execute((uintptr_t)guest_pointer(at, ns)) == 0;
}

bool guest_put_return(struct paddr at, bool ns)
{
	for (unsigned i = 0; i < 4; i++) {
		uint8_t byte = (uint8_t)(INSTRUCTION_RET >> (8 * i));

		if (!guest_write(paddr(at.v + i), ns, byte))
			return false;
	}
	__asm__ volatile("dc cvau, %0\n dsb ish\n ic iallu\n dsb ish\n isb"
			 :
			 : "r"(guest_pointer(at, ns))
			 : "memory");
	return true;
}

uint64_t guest_time_ns(void)
{
	uint64_t count, frequency;

	__asm__ volatile("isb\n mrs %0, cntpct_el0" : "=r"(count));
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	return count / frequency * NS_PER_S +
	       count % frequency * NS_PER_S / frequency;
}

static void print_uart(const char *text)
{
	volatile uint32_t *data = (volatile uint32_t *)UART_BASE;
	volatile uint32_t *flags =
		(volatile uint32_t *)(UART_BASE + UART_FLAGS);

	while (__atomic_exchange_n(&print_lock, 1, __ATOMIC_ACQUIRE) != 0)
		;
	for (; *text != '\0'; text++) {
		while ((*flags & UART_TX_FULL) != 0)
			;
		*data = (uint8_t)*text;
	}
	__atomic_store_n(&print_lock, 0, __ATOMIC_RELEASE);
}

void guest_print(const char *text)
{
	if (guest_is_partition())
		ffa_console_log(text);
	else
		print_uart(text);
}

unsigned guest_cpu(void)
{
	uint64_t mpidr;

	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
	return (unsigned)(mpidr & 0xff);
}

static uint64_t psci(uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct ffa_regs regs = {{function, x1, x2, x3}};

	guest_call(&regs);
	return regs.x[0];
}

bool guest_cpu_on(unsigned cpu, void (*entry)(uint64_t), uint64_t argument)
{
	if (cpu >= GUEST_CPUS_MAX)
		return false;
	started[cpu].entry = entry;
	started[cpu].argument = argument;
	/* The other CPU reads it with its MMU on; its stack it only writes. */
	__asm__ volatile("dsb sy" : : : "memory");
	return psci(PSCI_CPU_ON, cpu, (uintptr_t)guest_secondary, 0) == 0;
}

void guest_cpu_off(void)
{
	psci(PSCI_CPU_OFF, 0, 0, 0);
}

bool guest_cpu_is_off(unsigned cpu)
{
	return psci(PSCI_AFFINITY_INFO, cpu, 0, 0) == PSCI_STATE_OFF;
}

void guest_pause(void)
{
	__asm__ volatile("yield" : : : "memory");
}

void guest_power_off(void)
{
	psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		__asm__ volatile("wfi");
}

void guest_die(const char *why)
{
	guest_print("guest: ");
	guest_print(why);
	guest_print("\n");
	if (!guest_is_partition())
		guest_power_off();
	/* The second fault in a row: the manager stops the partition. */
	for (;;)
		*(volatile uint8_t *)0 = 0;
}

static void print_hex(const char *name, uint64_t value)
{
	char text[18] = {0};

	for (unsigned i = 0; i < 16; i++, value <<= 4)
		text[i] = "0123456789abcdef"[value >> 60];
	guest_print(name);
	guest_print(text);
}

void guest_unexpected(uint64_t kind)
{
	static bool again[GUEST_CPUS_MAX];
	unsigned cpu = guest_cpu();
	uint64_t esr, elr, far;

	if (guest_is_partition()) {
		__asm__ volatile("mrs %0, esr_el1" : "=r"(esr));
		__asm__ volatile("mrs %0, elr_el1" : "=r"(elr));
		__asm__ volatile("mrs %0, far_el1" : "=r"(far));
	} else {
		__asm__ volatile("mrs %0, esr_el2" : "=r"(esr));
		__asm__ volatile("mrs %0, elr_el2" : "=r"(elr));
		__asm__ volatile("mrs %0, far_el2" : "=r"(far));
	}
	if (cpu < GUEST_CPUS_MAX && !again[cpu]) {
		again[cpu] = true;
		print_hex("guest: unexpected exception ", kind);
		print_hex(": ESR ", esr);
		print_hex(" ELR ", elr);
		print_hex(" FAR ", far);
		guest_print("\n");
	}
	guest_die("cannot go on");
}
