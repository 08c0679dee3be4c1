/*
 * The normal world's physical timer of EL2 as an interrupt that is signalled
 * but never taken: the tests look at it by hand, with interrupts masked.
 * GICv3 of QEMU's virt machine. One CPU at a time.
 */
#ifndef TEST_NS_GIC_H
#define TEST_NS_GIC_H

#include "base/types.h"

/* Once per CPU. */
void ns_gic_init(void);

void ns_timer_arm(uint64_t nanoseconds);
bool ns_timer_has_fired(void);

/* Takes and ends the timer's interrupt; false when it is not the one. */
bool ns_timer_take(void);

/* Whether SGI `intid` is pending on this CPU; it is no more. */
bool ns_sgi_was_pending(unsigned intid);

#endif
