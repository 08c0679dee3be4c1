/*
 * No guests: for tests that call the gate directly. Entering a vCPU is a bug
 * of the test; what only records (reset, injection) does nothing.
 */
#include "base/assert.h"
#include "host/sim.h"

struct vcpu_exit sim_vcpu_enter(struct vcpu *vcpu)
{
	(void)vcpu;
	PANIC("no simulator is linked");
}

void sim_vcpu_inject_abort(
	struct vcpu *vcpu, struct paddr address, bool execute)
{
	(void)vcpu;
	(void)address;
	(void)execute;
}

void sim_vcpu_reset(struct vcpu *vcpu)
{
	(void)vcpu;
}

void sim_firmware_call(uint64_t x[18])
{
	(void)x;
	PANIC("no firmware is linked");
}
