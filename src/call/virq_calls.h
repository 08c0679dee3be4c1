/*
 * Calls of a partition for its virtual interrupts, as those written for
 * Hafnium make them: a function number in x0, arguments in x1 to x3, the
 * result in x0.
 */
#ifndef CALL_VIRQ_CALLS_H
#define CALL_VIRQ_CALLS_H

#include "spm.h"

#define VIRQ_ENABLE 0xff03u      /* x1 line, x2 on, x3 1 = by FIQ */
#define VIRQ_GET 0xff04u         /* the line, or VIRQ_NONE */
#define VIRQ_DEACTIVATE 0xff08u  /* x1 and x2 the line */
#define VIRQ_RECONFIGURE 0xff09u /* x1 line, x2 what, x3 value */
#define VIRQ_SEND_IPI 0xff0au    /* x1 the caller's context */

#define VIRQ_RECONFIGURE_TARGET 0u /* the context whose CPU takes it */
#define VIRQ_RECONFIGURE_ENABLE 2u

#define VIRQ_GOOD 0u
/* -1, which is also what SMCCC says of a function that there is not. */
#define VIRQ_BAD UINT64_MAX

/* One of them, in cpu->current->x; its result. */
uint64_t virq_call(struct cpu *cpu, uint32_t func);

#endif
