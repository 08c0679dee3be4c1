/*
 * The physical timer of a partition, as the port emulates its registers: when
 * it has expired, its line of virq.h is pending. The CPU's own timer, where it
 * has one that only the secure world reaches, fires for the next to expire.
 *
 * Locking: takes the chain lock.
 */
#ifndef PARTITION_TIMER_H
#define PARTITION_TIMER_H

#include "spm.h"

#define TIMER_ENABLED (1u << 0) /* bits of the control register */
#define TIMER_MASKED (1u << 1)
#define TIMER_EXPIRED (1u << 2)

/* What its control register says now. */
uint32_t timer_control(const struct vcpu *vcpu);

/* A new value for one of its registers. */
void timer_set_control(struct vcpu *vcpu, uint32_t control);
void timer_set_compare(struct vcpu *vcpu, uint64_t ticks);

/*
 * A timer was set, or the CPU's fired: contexts whose timers have expired get
 * their interrupt, and the CPU's is set for the next.
 */
void timer_look(struct cpu *cpu);

#endif
