/* Emission and folding of trace records. */
#include "call/trace.h"

#include "base/mem.h"
#include "call/trace_text.h"
#include "port/port.h"

static void print(struct cpu *cpu, const struct trace_record *record)
{
	char line[TRACE_LINE_SIZE];
	size_t length = trace_text(cpu->spm, record, line);

	lock_take(&cpu->spm->console_lock);
	port_console_write(line, length);
	lock_drop(&cpu->spm->console_lock);
}

/* Equal but for what differs at every repetition of one operation. */
static bool is_repetition(const struct trace_record *a,
	const struct trace_record *b)
{
	return a->func == b->func && a->status == b->status &&
		a->reason == b->reason && a->who == b->who &&
		a->peer == b->peer && a->change == b->change &&
		a->access == b->access && a->pages == b->pages &&
		a->base == b->base && a->ranges == b->ranges;
}

void trace_flush(struct cpu *cpu)
{
	struct trace_fold *fold = &cpu->fold;

	for (uint32_t i = 0; i < fold->filled; i++) {
		if (fold->count[i] == 0)
			continue;
		fold->seen[i].repeat = fold->count[i];
		print(cpu, &fold->seen[i]);
		fold->count[i] = 0;
	}
	fold->filled = 0;
	fold->position = 0;
}

/* True when the record continues the pattern that this CPU repeats. */
static bool fold(struct trace_fold *fold, const struct trace_record *record)
{
	uint32_t position = fold->position;

	if (fold->filled < TRACE_FOLD_PERIOD ||
		!is_repetition(&fold->seen[position], record))
		return false;
	fold->count[position]++;
	fold->seen[position].time_ns = record->time_ns;
	fold->position = (position + 1) % TRACE_FOLD_PERIOD;
	return true;
}

static void remember(struct trace_fold *fold,
	const struct trace_record *record)
{
	if (fold->filled == TRACE_FOLD_PERIOD) {
		fold->seen[0] = fold->seen[1];
		fold->seen[1] = *record;
	} else {
		fold->seen[fold->filled++] = *record;
	}
	fold->position = 0;
}

static bool has_folded(const struct trace_fold *fold)
{
	return fold->count[0] > 0 || fold->count[1] > 0;
}

void trace_emit(struct cpu *cpu, struct trace_record *record)
{
	cpu->last = *record;
	if (!cpu->spm->console_trace)
		return;
	record->time_ns = port_time_ns();
	if (fold(&cpu->fold, record))
		return;
	if (has_folded(&cpu->fold))
		trace_flush(cpu);
	remember(&cpu->fold, record);
	print(cpu, record);
}

struct trace_record trace_event(const struct cpu *cpu,
	enum trace_change change)
{
	return (struct trace_record){
		.cpu = (uint16_t)cpu->index,
		.who = cpu->current->partition->ep.id,
		.change = (uint16_t)change,
	};
}
