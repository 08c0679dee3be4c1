/* Partitions with devices, and what interrupts do to them. */
#ifndef TESTS_DEVICES_H
#define TESTS_DEVICES_H

#include "call/virq_calls.h"
#include "lib/talk.h"
#include "partition/interrupts.h"
#include "partition/virq.h"

#define UART 40u  /* SP1's */
#define RTC 34u   /* SP2's */
#define STRAY 50u /* nobody's */
#define DISABLED 41u

/* SP1 and SP2 have enabled a device's interrupt each. */
struct world *start_devices(void **state);

/* What enabling a line by IRQ returns. */
uint64_t enabled_by(struct vcpu *vcpu, uint32_t intid);

/* The device fires on CPU 0; who runs then. */
struct vcpu *fires(struct world *world, uint32_t intid);

/* One of the normal world's does. */
struct vcpu *nwd_fires(struct world *world);

/* A call for virtual interrupts, of whoever runs; its result. */
uint64_t virq(struct world *world, struct ffa_regs regs);

/* It has got FFA_INTERRUPT. */
void expect_interrupt(const struct vcpu *vcpu, uint64_t ids, uint32_t intid);

#endif
