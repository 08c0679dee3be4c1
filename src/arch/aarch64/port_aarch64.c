/*
 * The rest of the seam: processors, entering vCPUs, firmware, console, time.
 */
#include "arch.h"

#include "asm.h"
#include "abi/ffa_func.h"
#include "pl011.h"
#include "platform.h"

#define NS_PER_S 1000000000ull

void port_firmware_call(uint64_t x[18])
{
	smc_call(x);
}

/*
 * The firmware sends a secure interrupt that arrived in the normal world as
 * FFA_INTERRUPT, which the normal world itself cannot send. Its registers
 * stay with the firmware; FFA_NORMAL_WORLD_RESUME goes on with them.
 */
static void enter_normal_world(struct vcpu *vcpu, struct vcpu_exit *why)
{
	for (;;) {
		smc_call(vcpu->x);
		if ((uint32_t)vcpu->x[0] != FFA_INTERRUPT)
			return;
		vcpu->x[0] = FFA_NORMAL_WORLD_RESUME;
		why->intid = gic_take();
		if (why->intid != GIC_NONE) {
			why->kind = VCPU_EXIT_SECURE_INTERRUPT;
			return;
		}
	}
}

static void enter_partition(
	struct cpu_local *local, struct vcpu *vcpu, struct vcpu_exit *why)
{
	for (;;) {
		unsigned trap;

		if (vcpu->ns_masked != local->ns_masked)
			gic_mask_ns(local, vcpu->ns_masked);
		trap = switch_enter(vcpu);
		/* Calls first: everything else is rare. */
		if (trap == TRAP_SYNC && trap_is_call(vcpu))
			return;
		if (trap_handle(vcpu, trap, why))
			return;
	}
}

struct vcpu_exit port_vcpu_enter(struct vcpu *vcpu)
{
	struct cpu_local *local = this_cpu()->arch;
	struct vcpu_exit why = {.kind = VCPU_EXIT_CALL};

	if (local->loaded != vcpu)
		context_load(local, vcpu);
	if (vcpu->partition->ep.kind == ENDPOINT_NWD)
		enter_normal_world(vcpu, &why);
	else
		enter_partition(local, vcpu, &why);
	return why;
}

void port_console_write(const char *text, size_t length)
{
	pl011_write(PLATFORM_CONSOLE_BASE, text, length);
}

uint64_t port_time_ns(void)
{
	uint64_t count = sysreg_read(cntpct_el0);
	uint64_t frequency = sysreg_read(cntfrq_el0);
	uint64_t seconds = count / frequency;

	/* The rest is below the frequency, so the product fits 64 bits. */
	return seconds * NS_PER_S +
	       (count - seconds * frequency) * NS_PER_S / frequency;
}
