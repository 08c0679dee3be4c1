/*
 * Trace records of calls and events: kept per CPU, printed on the console
 * where the SPMC manifest asks for it.
 *
 * The console folds repetition: when a CPU makes the same one or two calls
 * again and again (only handle and time differ), they are counted, and one
 * line each says how many more there were.
 */
#ifndef CALL_TRACE_H
#define CALL_TRACE_H

#include "spm.h"

/* Stamps the record, prints or folds it. */
void trace_print(struct cpu *cpu, struct trace_record *record);

/* The same, where the trace is switched on. */
static inline void trace_emit(struct cpu *cpu, struct trace_record *record)
{
	if (cpu->spm->console_trace)
		trace_print(cpu, record);
}

/* Prints what is folded so far; before the CPU goes idle or off. */
void trace_flush(struct cpu *cpu);

/* A record for an event of the current context that is not a call. */
struct trace_record trace_event(
	const struct cpu *cpu, enum trace_change change);

#endif
