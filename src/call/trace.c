/* Emission and folding of trace records. */
#include "call/trace.h"

#include "base/mem.h"
#include "call/trace_fold.h"
#include "call/trace_text.h"
#include "engine/ledger_check.h"
#include "port/port.h"

/* `more`: so many others like it are not printed. */
static void print(
	struct cpu *cpu, const struct trace_record *record, uint32_t more)
{
	char line[TRACE_LINE_SIZE];
	size_t length = trace_text(cpu->spm, record, more, line);

	lock_take(&cpu->spm->console_lock);
	port_console_write(line, length);
	lock_drop(&cpu->spm->console_lock);
}

void trace_flush(struct cpu *cpu)
{
	struct trace_fold *fold = &cpu->fold;

	for (uint32_t i = 0; i < fold->filled; i++) {
		if (fold->count[i] == 0)
			continue;
		print(cpu, &fold->seen[i], fold->count[i]);
	}
	*fold = (struct trace_fold){0};
}

/* With the console trace on, a broken ledger stops us where it broke. */
static void check_ledger(struct cpu *cpu)
{
	const char *broken;

	lock_take(&cpu->spm->engine_lock);
	broken = ledger_check(cpu->spm->engine);
	lock_drop(&cpu->spm->engine_lock);
	if (broken != NULL)
		PANIC(broken);
}

static void print_or_fold(struct cpu *cpu, const struct trace_record *record)
{
	struct trace_fold *fold = &cpu->fold;

	if (!trace_follows(fold, record)) {
		if (fold->repeats > TRACE_FOLD_AFTER)
			trace_flush(cpu);
		trace_remember(fold, record);
	} else if (fold->repeats > TRACE_FOLD_AFTER) {
		return;
	}
	print(cpu, record, 0);
}

static void check_and_print(struct cpu *cpu, const struct trace_record *record)
{
	/* After a refusal, too: an undo that forgot something shows there. */
	if (record->handle != 0 || record->reason != R_NONE ||
		record->change == TRACE_PERMITTED ||
		record->change == TRACE_LEDGER)
		check_ledger(cpu);
	print_or_fold(cpu, record);
}

static void capture_record(
	struct capture *capture, const struct trace_record *record)
{
	uint64_t words[sizeof(*record) / sizeof(uint64_t)];

	memcpy(words, record, sizeof(words));
	capture_numbers(capture, CAPTURE_RECORD, words, ARRAY_COUNT(words));
}

void trace_tell(struct cpu *cpu, const struct trace_record *record)
{
	if (cpu->spm->capture.on)
		capture_record(&cpu->spm->capture, record);
	if (cpu->spm->console_trace)
		check_and_print(cpu, record);
}
