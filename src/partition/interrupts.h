/*
 * Physical interrupts: which partition a secure one is for, who runs for it,
 * and what one of the normal world's does to a partition that runs.
 *
 * Spec: FF-A 1.2 §9. Locking: takes the chain lock.
 */
#ifndef PARTITION_INTERRUPTS_H
#define PARTITION_INTERRUPTS_H

#include "spm.h"

/* A CPU has come up: those that are private to it are configured. */
void interrupt_begin(const struct cpu *cpu);

/* Whose interrupt this is, or NULL. */
struct partition *interrupt_owner(struct spm *spm, uint32_t intid);

/* A secure interrupt, acknowledged on this CPU. Its owner, or NULL. */
struct partition *interrupt_secure(struct cpu *cpu, uint32_t intid);

/* One of the normal world's came while a partition runs. */
void interrupt_normal(struct cpu *cpu);

/*
 * A line of `vcpu` is pending from now on; whoever should hear of it at once
 * does. The chain lock is held.
 */
void interrupt_pend(struct cpu *cpu, struct vcpu *vcpu, unsigned line);

/* The partition is dead: its devices are heard no more. */
void interrupt_silence(const struct partition *partition);

/* A context that waits with interrupts gets the CPU, if that is possible. */
void interrupt_serve(struct cpu *cpu);

/* Those that a partition has on all CPUs, disabled until it enables them. */
void interrupt_configure(const struct partition *partition);

#endif
