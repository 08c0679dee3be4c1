/* Entries as lines and as JSON. */
#include "trace/trace.h"

#include <stdlib.h>

#include "abi/ffa_func.h"
#include "abi/reason.h"
#include "call/trace_fold.h"
#include "lib/json.h"

/* --- Lines -------------------------------------------------------------- */

static void write_line(
	FILE *out, const struct log *log, const struct entry *entry)
{
	char line[LOG_LINE_SIZE];

	log_line(log, entry, line);
	fprintf(out, "%s\n", line);
}

static void flush(FILE *out, const struct log *log, struct trace_fold *fold)
{
	for (uint32_t i = 0; i < fold->filled; i++) {
		struct entry entry = {
			.record = fold->seen[i],
			.times = fold->count[i],
			.more = true,
		};

		if (fold->count[i] > 0)
			write_line(out, log, &entry);
	}
	*fold = (struct trace_fold){0};
}

/* A CPU's fold; those above the last one share it. */
#define FOLDS 1025u

static struct trace_fold *fold_of(
	struct trace_fold *folds, const struct entry *entry)
{
	uint16_t cpu = entry->record.cpu;

	return &folds[cpu < FOLDS ? cpu : FOLDS - 1];
}

static bool can_fold(const struct entry *entry)
{
	return entry->kind == ENTRY_RECORD && entry->text == NULL &&
	       entry->foreign == 0 && entry->bad_status == 0 &&
	       entry->bad_change == 0 && entry->times == 1;
}

/* As print_or_fold() in call/trace.c does it. */
static void write_folded(FILE *out, const struct log *log,
	struct trace_fold *fold, const struct entry *entry)
{
	if (!can_fold(entry)) {
		if (entry->kind == ENTRY_RECORD)
			flush(out, log, fold);
	} else if (!trace_follows(fold, &entry->record)) {
		if (fold->repeats > TRACE_FOLD_AFTER)
			flush(out, log, fold);
		trace_remember(fold, &entry->record);
	} else if (fold->repeats > TRACE_FOLD_AFTER) {
		return;
	}
	write_line(out, log, entry);
}

void text_write(FILE *out, const struct log *log, bool fold)
{
	struct trace_fold *folds = calloc(FOLDS, sizeof(*folds));

	if (folds == NULL)
		abort();
	for (size_t i = 0; i < log->count; i++) {
		const struct entry *entry = &log->entry[i];

		if (entry->kind == ENTRY_EXIT)
			continue;
		if (fold)
			write_folded(out, log, fold_of(folds, entry), entry);
		else
			write_line(out, log, entry);
	}
	for (unsigned i = 0; i < FOLDS; i++)
		flush(out, log, &folds[i]);
	free(folds);
}

/* --- JSON --------------------------------------------------------------- */

static const char *const change_keys[] = {
	[TRACE_SHARED] = "shared",
	[TRACE_LENT] = "lent",
	[TRACE_DONATED] = "donated",
	[TRACE_MAPPED] = "mapped",
	[TRACE_OWNED] = "owned",
	[TRACE_UNMAPPED] = "unmapped",
	[TRACE_RESTORED] = "restored",
	[TRACE_PERMITTED] = "permitted",
	[TRACE_BUFFERS] = "buffers",
	[TRACE_NO_BUFFERS] = "no-buffers",
	[TRACE_RX_FREE] = "rx-free",
	[TRACE_SWITCH] = "switch",
	[TRACE_VERSION] = "version",
	[TRACE_ABORTED] = "aborted",
	[TRACE_INJECTED] = "fault",
	[TRACE_CPU_ON] = "cpu-on",
	[TRACE_CPU_OFF] = "cpu-off",
	[TRACE_PREEMPTED] = "preempted",
	[TRACE_INTERRUPT] = "interrupt",
	[TRACE_LEDGER] = "ledger-checked",
	[TRACE_TOLD] = "told",
	[TRACE_FOLLOWED] = "followed",
};

_Static_assert(ARRAY_COUNT(change_keys) == TRACE_FOLLOWED + 1, "every change");

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static void set_party(
	json_t *object, const struct log *log, const char *key, uint16_t id)
{
	char name[32];
	char id_key[16];

	set(object, key, json_string(log_name(log, id, name)));
	snprintf(id_key, sizeof(id_key), "%s_id", key);
	if (log_knows_id(log, id))
		set(object, id_key, tool_json_hex(id));
}

static void set_reason(json_t *object, const struct entry *entry)
{
	enum reason reason = (enum reason)entry->record.reason;
	json_t *words;

	if (entry->foreign != 0)
		set(object, "reason", json_integer(entry->foreign));
	if (reason == R_NONE)
		return;
	words = json_object();
	set(words, "name", json_string(reason_name(reason)));
	set(words, "status", json_integer(reason_status(reason)));
	set(words, "spec", json_string(reason_spec(reason)));
	set(words, "sentence", json_string(reason_sentence(reason)));
	set(object, "reason", words);
}

static void set_call(json_t *object, const struct entry *entry)
{
	char text[32];

	if (entry->record.func == 0)
		return;
	set(object, "call", json_string(entry_call(entry, text)));
	set(object, "function", tool_json_hex(entry->record.func));
	set(object, "status", json_string(entry_status(entry, text)));
}

static void set_memory(json_t *object, const struct trace_record *record)
{
	char access[4] = {
		record->access & TRACE_READ ? 'r' : '-',
		record->access & TRACE_WRITE ? 'w' : '-',
		record->access & TRACE_EXECUTE ? 'x' : '-',
	};

	if (record->pages != 0)
		set(object, "pages", json_integer(record->pages));
	if (record->base != 0)
		set(object, "base", tool_json_hex(record->base));
	if (record->ranges != 0)
		set(object, "ranges", json_integer(record->ranges));
	if (record->access != 0)
		set(object, "access", json_string(access));
	if (record->handle != 0)
		set(object, "handle", tool_json_hex(record->handle));
}

static void set_change(
	json_t *object, const struct log *log, const struct entry *entry)
{
	const struct trace_record *record = &entry->record;

	if (entry->bad_change != 0)
		set(object, "change", json_integer(entry->bad_change));
	if (record->change != TRACE_NOTHING)
		set(object, "change", json_string(change_keys[record->change]));
	if (record->change == TRACE_SHARED || record->change == TRACE_LENT ||
		record->change == TRACE_DONATED ||
		record->change == TRACE_SWITCH)
		set_party(object, log, "peer", record->peer);
	if (record->argument != 0)
		set(object, "argument", tool_json_hex(record->argument));
}

static void set_record(
	json_t *object, const struct log *log, const struct entry *entry)
{
	if (entry->numbered) {
		set(object, "cpu", json_integer(entry->record.cpu));
		set(object, "number", json_integer(entry->record.number));
	}
	set_call(object, entry);
	set_reason(object, entry);
	set_change(object, log, entry);
	set_memory(object, &entry->record);
	if (entry->more)
		set(object, "more", json_integer(entry->times));
	if (entry->at_once)
		set(object, "times", json_integer(entry->times));
}

void json_write(FILE *out, const struct log *log)
{
	for (size_t i = 0; i < log->count; i++) {
		const struct entry *entry = &log->entry[i];
		json_t *object = json_object();

		if (!entry->untimed)
			set(object, "microseconds",
				json_integer(entry_microseconds(entry)));
		set_party(object, log, "who", entry->record.who);
		if (entry->kind == ENTRY_RECORD)
			set_record(object, log, entry);
		if (entry->text != NULL)
			set(object, "text", json_string(entry->text));
		if (entry->has_next)
			set_party(object, log, "next", entry->next);
		tool_print_json(out, object);
	}
}
