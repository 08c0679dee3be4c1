/*
 * Runs guest programs in the host process: one coroutine per vCPU. The port
 * hands over what needs a guest; a build without programs links sim_none.c.
 */
#ifndef HOST_SIM_H
#define HOST_SIM_H

#include "port/port.h"

struct vcpu_exit sim_vcpu_enter(struct vcpu *vcpu);
void sim_vcpu_inject_abort(
	struct vcpu *vcpu, struct paddr address, bool execute);
void sim_vcpu_reset(struct vcpu *vcpu);
void sim_firmware_call(uint64_t x[18]);

#endif
