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

/* Stamps the record and prints it, where that is switched on. */
void trace_emit(struct cpu *cpu, struct trace_record *record);

/* Prints what is folded so far; before the CPU goes idle or off. */
void trace_flush(struct cpu *cpu);

/* A record for an event of the current context that is not a call. */
struct trace_record trace_event(const struct cpu *cpu,
	enum trace_change change);

#endif
