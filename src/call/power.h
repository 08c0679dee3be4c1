/*
 * A CPU goes down: partitions that want to hear of it do so, in boot order,
 * before their contexts there are off. Spec: FF-A 1.2 §18.2.
 */
#ifndef CALL_POWER_H
#define CALL_POWER_H

#include "spm.h"

#define POWER_CPU_OFF 0x84000002u /* PSCI's function id */

/*
 * PSCI CPU_OFF of the normal world on this CPU. True when a partition runs now
 * and hears of it, false when there is none that wants to.
 */
bool power_begin(struct cpu *cpu);

/* The current context has answered with this PSCI status. */
void power_answered(struct cpu *cpu, uint32_t status);

/* The one that was asked has died: the next one is. */
void power_go_on(struct cpu *cpu);

/* Everybody knows: the CPU's contexts are off. */
void power_down(struct cpu *cpu);

#endif
