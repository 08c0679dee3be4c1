/*
 * Virtual interrupts of an execution context. A partition has one line for
 * each of the manager's own interrupts and one for each that its manifest
 * gives it; it enables them, hears of them by IRQ or FIQ, and asks which one
 * it is (call/virq_calls.c).
 *
 * Numbers: as partitions written for Hafnium know them. Spec: FF-A 1.2 §9.
 * Locking: a line is pended under the chain lock, or by the CPU that runs the
 * context; the words are atomic, for the CPU that enters the context reads
 * them without it.
 */
#ifndef PARTITION_VIRQ_H
#define PARTITION_VIRQ_H

#include "partition/partition.h"

/* Lines of every context; its devices' follow, in the manifest's order. */
enum virq_line {
	VIRQ_TIMER,
	VIRQ_MANAGED_EXIT,
	VIRQ_NOTIFICATION,
	VIRQ_IPI,
	VIRQ_DEVICE,
};

/* What a partition calls the first four. */
#define VIRQ_INTID_TIMER 3u
#define VIRQ_INTID_MANAGED_EXIT 4u
#define VIRQ_INTID_NOTIFICATION 5u
#define VIRQ_INTID_IPI 9u

/* No such line; nothing is pending. */
#define VIRQ_NO_LINE (-1)
#define VIRQ_NONE 0xffffffffu

/* The line of this interrupt, or VIRQ_NO_LINE. */
int virq_line(const struct partition *partition, uint32_t intid);

/* Enables or disables a line; it interrupts by FIQ where `fiq`. */
void virq_enable(struct vcpu *vcpu, unsigned line, bool on, bool fiq);

void virq_pend(struct vcpu *vcpu, unsigned line);

/*
 * It gives the cycles back: a managed exit is over, whether it was asked for by
 * number or not. An FIQ says enough. Where a managed exit was pending still,
 * interrupts of the normal world come again.
 */
void virq_exited(struct vcpu *vcpu);

/*
 * The first line that is enabled and pending is so no more; its number. What
 * was taken before is ended: so is a device's interrupt.
 */
uint32_t virq_take(struct vcpu *vcpu);

/* The same without taking it. */
uint32_t virq_first(const struct vcpu *vcpu);

/* What FFA_INTERRUPT says of it; who has no IRQ has taken it then. */
uint32_t virq_tell(struct vcpu *vcpu);

/* Ends what has been taken: one line; false where it has not. All of them. */
bool virq_end(struct vcpu *vcpu, unsigned line);
void virq_end_all(struct vcpu *vcpu);

/* Lines that are enabled and pending, a bit for each. */
static inline uint32_t virq_ready(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->virq.pending, __ATOMIC_RELAXED) &
	       __atomic_load_n(&vcpu->virq.enabled, __ATOMIC_RELAXED);
}

/* A context that waits wants cycles for one of them. */
static inline bool virq_wakes(const struct vcpu *vcpu)
{
	const uint32_t patient =
		1u << VIRQ_MANAGED_EXIT | 1u << VIRQ_NOTIFICATION;

	return (virq_ready(vcpu) & ~patient) != 0;
}

#endif
