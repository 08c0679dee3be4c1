/*
 * The loop of one CPU: enter the current context, handle why it came back.
 */
#ifndef CALL_RUN_LOOP_H
#define CALL_RUN_LOOP_H

#include "port/port.h"
#include "spm.h"

/* `cpu` is up: what runs first on it is cpu->current. */
void run_begin(struct cpu *cpu);

/*
 * What a context that came back gets: the result of its call, an injected
 * abort, its end, or a pause for the normal world. cpu->current runs next.
 */
void run_exit(struct cpu *cpu, const struct vcpu_exit *exit);

/*
 * Runs on `cpu` for ever: first the contexts that are to be initialised on
 * it, in boot order, then the normal world and whom it calls.
 */
__attribute__((noreturn)) void run_loop(struct cpu *cpu);

#endif
