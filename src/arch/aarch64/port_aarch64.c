/*
 * The rest of the seam: processors, entering vCPUs, firmware, console, time.
 */
#include "arch.h"

#include "asm.h"
#include "abi/ffa_func.h"
#include "partition/virq.h"
#include "pl011.h"
#include "platform.h"

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
		if (gic_describe(why))
			return;
	}
}

static void enter_partition(
	struct cpu_local *local, struct vcpu *vcpu, struct vcpu_exit *why)
{
	for (;;) {
		unsigned trap;

		if (vcpu->ns_masked != local->ns_masked)
			gic_mask_ns(local, vcpu->ns_masked);
		if (vcpu->virq.pending != 0 || local->lines != 0)
			s2_hw_interrupt(local, vcpu);
		trap = switch_enter(vcpu);
		/* Calls first: everything else is rare. */
		if (trap == TRAP_SYNC && trap_is_call(vcpu))
			return;
		if (trap_handle(vcpu, trap, why))
			return;
	}
}

void port_vcpu_enter(struct vcpu *vcpu, struct vcpu_exit *exit)
{
	struct cpu_local *local = this_cpu()->arch;

	*exit = (struct vcpu_exit){.kind = VCPU_EXIT_CALL};
	if (local->loaded != vcpu)
		context_load(local, vcpu);
	if (vcpu->partition->ep.kind == ENDPOINT_NWD)
		enter_normal_world(vcpu, exit);
	else
		enter_partition(local, vcpu, exit);
}

void port_console_write(const char *text, size_t length)
{
	pl011_write(PLATFORM_CONSOLE_BASE, text, length);
}

uint64_t port_ticks(void)
{
	return sysreg_read(cntpct_el0);
}

uint64_t port_tick_hz(void)
{
	return sysreg_read(cntfrq_el0);
}
