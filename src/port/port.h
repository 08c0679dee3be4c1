/*
 * The seam: everything that portable code asks of a machine.
 *
 * Implemented by src/arch/aarch64 (with src/plat) and by src/host; chosen at
 * link time. Physical addresses that the callers pass have been checked
 * against the ledger or the manifest; a fault is therefore unexpected, but
 * where one can come from outside (a normal-world page may be taken away by
 * the firmware) the function says so in its result.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include "base/types.h"

struct vcpu;

/* --- Memory that the manager owns ------------------------------------- */

/*
 * The manager's own view of one page of its pool. Never NULL. Contents of a
 * fresh page are undefined.
 */
void *port_page(struct paddr page);

/* --- Stage-2 translation tables --------------------------------------- */

/* Stores one table entry, single-copy atomic, visible to the table walker. */
void port_entry_store(uint64_t *entry, uint64_t value);

/* One range of a TLB batch, in an endpoint's secure or non-secure IPA space. */
struct tlb_range {
	struct range range;
	bool ns;
};

/* Makes entries that were stored before this call visible to all walkers. */
void port_entry_sync(void);

/*
 * One TLB sequence: DSB ISHST; invalidates stage 2 of `vmid` for the ranges
 * (everything of the VMID where count is 0), then its stage 1; DSB ISH, on
 * all CPUs; repeated where an erratum asks. When it returns, no CPU can reach
 * the ranges through an entry that was removed before the call.
 */
void port_tlb_invalidate(
	uint16_t vmid, const struct tlb_range *ranges, size_t count);

/* --- Contents of partitions' and normal-world memory ------------------- */

/* Copies; false when the far side faulted (bytes so far are undefined). */
bool MUST_USE port_copy_in(void *to, struct paddr from, bool ns, size_t size);
bool MUST_USE port_copy_out(
	struct paddr to, bool ns, const void *from, size_t size);

/* Zeroes and cleans to the point of coherency; false on a fault. */
bool MUST_USE port_zero(struct range range, bool ns);

/* Cleans and invalidates to the point of coherency. */
void port_cache_clean(struct range range, bool ns);

/* Instructions were written to `range`, secure memory: every CPU fetches them
 * from now on, and nothing that was there before. */
void port_code_publish(struct range range);

/* --- CPUs -------------------------------------------------------------- */

/* Why a vCPU came back to the manager. */
enum vcpu_exit_kind {
	VCPU_EXIT_CALL,      /* SMC, HVC or SVC; arguments in vcpu->x */
	VCPU_EXIT_FAULT,     /* stage-2 fault at exit.address */
	VCPU_EXIT_INTERRUPT, /* an interrupt of the normal world is pending */
	VCPU_EXIT_SECURE_INTERRUPT, /* exit.intid has been acknowledged */
	VCPU_EXIT_KICK,             /* another CPU wants it to look again */
	VCPU_EXIT_OWN_TIMER, /* its virtual timer has expired; masked now */
	VCPU_EXIT_TIMER,     /* it has set its timer, or the CPU's has fired */
	VCPU_EXIT_BAD,       /* anything else: the vCPU cannot go on */
};

struct vcpu_exit {
	enum vcpu_exit_kind kind;
	struct paddr address; /* FAULT: where, to the byte where known */
	bool ns;              /* FAULT: in the non-secure IPA space */
	bool write;           /* FAULT */
	bool execute;         /* FAULT */
	uint32_t intid;       /* SECURE_INTERRUPT */
	uint64_t far;         /* FAULT: the vCPU's own virtual address */
};

/*
 * Runs `vcpu` on this CPU until it comes back; *exit says why. For a vCPU of
 * the normal world this leaves the secure world through the firmware (SMC with
 * x0 to x17 of vcpu->x) and returns with the next call from there in the same
 * registers. Restores the vCPU's own register state (EL1, SIMD, timers) when
 * another one was loaded on this CPU. No lock may be held.
 */
void port_vcpu_enter(struct vcpu *vcpu, struct vcpu_exit *exit);

/*
 * The fault becomes a synchronous external abort at EL1 of `vcpu`, which is not
 * one at S-EL0.
 */
void port_vcpu_inject_abort(struct vcpu *vcpu, const struct vcpu_exit *fault);

/* Puts `vcpu` into its reset state; general registers are the caller's. */
void port_vcpu_reset(struct vcpu *vcpu);

/* --- Interrupts -------------------------------------------------------- */

/*
 * Pends the schedule receiver interrupt of the normal world on this CPU: it
 * is delivered when the normal world runs here next.
 */
void port_schedule_receiver(void);

/* The CPU of this MPIDR comes back to the manager, whatever it runs. */
void port_cpu_kick(uint64_t mpidr);

/*
 * An acknowledged interrupt stays active, and does not come again, until its
 * handler has ended it here.
 */
void port_interrupt_end(uint32_t intid);

/*
 * VCPU_EXIT_TIMER at this tick of the system counter on this CPU, instead of
 * what was set before; UINT64_MAX = never. False where the CPU has no timer
 * that the normal world cannot reach.
 */
bool port_timer_set(uint64_t ticks);

/* Lets it come, or keeps it away. To the CPU of this MPIDR. */
void port_interrupt_enable(uint32_t intid, bool on);
void port_interrupt_route(uint32_t intid, uint64_t mpidr);

/* Secure, as the manifest says, and disabled. */
struct partition_interrupt;
void port_interrupt_configure(const struct partition_interrupt *interrupt);

/*
 * Pages of the manager's that must be readable and executable in the secure
 * tables of every partition at S-EL0: what the port needs at EL1 above it, out
 * of its reach. May be none.
 */
struct range port_el0_support(void);

/* --- Firmware ---------------------------------------------------------- */

/* One SMC to EL3: arguments in, results out, x0 to x17. */
void port_firmware_call(uint64_t x[18]);

/* --- Console and time -------------------------------------------------- */

/* Writes to the secure console. The caller holds the console lock. */
void port_console_write(const char *text, size_t length);

/* Ticks of the system counter, the same on all CPUs; how many a second. */
uint64_t port_ticks(void);
uint64_t port_tick_hz(void);

#endif
