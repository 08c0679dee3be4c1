/*
 * The loop of one CPU: enter the current context, handle why it came back.
 * Spec: FF-A 1.2 §7, §8.
 */
#ifndef PARTITION_SCHED_H
#define PARTITION_SCHED_H

#include "spm.h"

/*
 * Runs on `cpu` for ever. On the first call for the primary CPU it takes the
 * partitions through their initialisation, in boot order; on a secondary it
 * enters the contexts pinned to that CPU; then the normal world runs.
 * The host simulator ends it through port_vcpu_enter().
 */
__attribute__((noreturn)) void sched_run(struct cpu *cpu);

#endif
