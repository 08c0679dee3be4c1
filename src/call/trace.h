/*
 * Trace records of calls and events: kept in the ring of their CPU, and
 * printed on the console where the SPMC manifest asks for it.
 *
 * The console folds repetition: when a CPU makes the same one or two calls
 * again and again (only handle and time differ), they are counted, and one
 * line each says how many more there were.
 */
#ifndef CALL_TRACE_H
#define CALL_TRACE_H

#include "port/port.h"
#include "spm.h"

/*
 * A record of a call of `who`, or of an event. In the place of the oldest;
 * whoever reads the ring sees that it is being written.
 */
static inline struct trace_record *trace_begin(
	struct cpu *cpu, const struct partition *who, enum trace_change change)
{
	uint32_t number = cpu->begun++;
	struct trace_record *record = &cpu->ring[number % TRACE_RING_RECORDS];

	__atomic_store_n(&record->time, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	*record = (struct trace_record){
		.number = number,
		.who = who->ep.id,
		.cpu = (uint16_t)cpu->index,
		.change = (uint8_t)change,
	};
	cpu->last = record;
	return record;
}

/* Prints or folds the record; adds it to the capture. */
void trace_tell(struct cpu *cpu, const struct trace_record *record);

/* It is ready. Told, too, where the manifest asks for it. */
static inline void trace_end(struct cpu *cpu, struct trace_record *record)
{
	__atomic_store_n(&record->time, port_ticks(), __ATOMIC_RELEASE);
	if (cpu->spm->told)
		trace_tell(cpu, record);
}

/* Prints what is folded so far; before the CPU goes idle or off. */
void trace_flush(struct cpu *cpu);

#endif
