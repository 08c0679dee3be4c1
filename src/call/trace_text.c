/* Trace records as text; the same in the image and on the host. */
#include "call/trace_text.h"

#include "abi/ffa_func.h"
#include "abi/ffa_names.h"
#include "abi/reason.h"
#include "base/text.h"
#include "port/port.h"

#define COLUMN_WHO 15
#define COLUMN_CALL 23
#define COLUMN_PAGES 48
#define COLUMN_STATUS 58
#define COLUMN_REST 78

static const char *const change_words[] = {
	[TRACE_NOTHING] = "",
	[TRACE_SHARED] = "shared with",
	[TRACE_LENT] = "lent to",
	[TRACE_DONATED] = "donated to",
	[TRACE_MAPPED] = "may access",
	[TRACE_OWNED] = "owns",
	[TRACE_UNMAPPED] = "gives back",
	[TRACE_RESTORED] = "has again",
	[TRACE_PERMITTED] = "may now access",
	[TRACE_BUFFERS] = "buffers TX",
	[TRACE_NO_BUFFERS] = "no buffers",
	[TRACE_RX_FREE] = "RX free",
	[TRACE_SWITCH] = "to",
	[TRACE_VERSION] = "version",
	[TRACE_ABORTED] = "aborted",
	[TRACE_INJECTED] = "no access:",
	[TRACE_CPU_ON] = "CPU on",
	[TRACE_CPU_OFF] = "CPU off",
	[TRACE_PREEMPTED] = "interrupted",
	[TRACE_INTERRUPT] = "interrupt",
	[TRACE_LEDGER] = "the ledger is sound",
	[TRACE_TOLD] = "tells",
	[TRACE_FOLLOWED] = "follows another kernel, buffers TX",
};

const char *trace_change_words(enum trace_change change)
{
	return change_words[change];
}

static void add_endpoint(struct text *text, const struct spm *spm, uint16_t id)
{
	if (id == FFA_ID_NWD) {
		text_add(text, "nwd");
		return;
	}
	if (id == FFA_ID_SPMD) {
		text_add(text, "spmd");
		return;
	}
	if (id == spm->id) {
		text_add(text, "spmc");
		return;
	}
	for (uint32_t i = 0; i < spm->partition_count; i++) {
		if (spm->partitions[i].ep.id == id) {
			text_add(text, spm->partitions[i].name);
			return;
		}
	}
	text_add(text, (id & FFA_ID_SECURE) != 0 ? "sp" : "vm");
	text_decimal(text, id & ~FFA_ID_SECURE, 0, ' ');
}

static void add_function(struct text *text, uint32_t func)
{
	const char *name = ffa_func_name(func);

	if (func == 0) {
		text_char(text, '-');
		return;
	}
	if (name == NULL) {
		text_hex(text, func);
		return;
	}
	text_add(text, name);
	if (func & FFA_64)
		text_add(text, "_64");
}

static void add_access(struct text *text, uint8_t access)
{
	text_char(text, ' ');
	text_char(text, access & TRACE_READ ? 'r' : '-');
	text_char(text, access & TRACE_WRITE ? 'w' : '-');
	text_char(text, access & TRACE_EXECUTE ? 'x' : '-');
}

static void add_memory(struct text *text, const struct trace_record *record)
{
	text_char(text, ' ');
	text_hex(text, record->base);
	if (record->ranges > 1) {
		text_char(text, '+');
		text_decimal(text, record->ranges - 1, 0, ' ');
	}
	if (record->access != 0)
		add_access(text, record->access);
}

static bool names_peer(enum trace_change change)
{
	return change == TRACE_SHARED || change == TRACE_LENT ||
	       change == TRACE_DONATED || change == TRACE_SWITCH ||
	       change == TRACE_TOLD;
}

static void add_change(struct text *text, const struct spm *spm,
	const struct trace_record *record)
{
	enum trace_change change = record->change;

	text_add(text, change_words[change]);
	if (names_peer(change)) {
		text_char(text, ' ');
		add_endpoint(text, spm, record->peer);
		if (record->argument > 0) {
			text_char(text, '+');
			text_decimal(text, record->argument, 0, ' ');
		}
	}
	if (change == TRACE_CPU_ON || change == TRACE_CPU_OFF) {
		text_char(text, ' ');
		text_decimal(text, record->cpu, 0, ' ');
	}
	if (change == TRACE_ABORTED && record->argument != 0) {
		text_add(text, " with ");
		text_hex(text, record->argument);
	}
	if (change == TRACE_INTERRUPT) {
		text_char(text, ' ');
		text_decimal(text, record->argument, 0, ' ');
		if (record->peer != 0) {
			text_add(text, " for ");
			add_endpoint(text, spm, record->peer);
		}
	}
	if (change == TRACE_VERSION) {
		text_char(text, ' ');
		text_decimal(text, record->argument >> 16, 0, ' ');
		text_char(text, '.');
		text_decimal(text, record->argument & 0xffff, 0, ' ');
	}
	if (record->base != 0)
		add_memory(text, record);
	if (record->handle != 0) {
		text_add(text, " handle ");
		text_hex(text, record->handle);
	}
}

static void add_refusal(struct text *text, enum reason reason)
{
	text_add(text, reason_name(reason));
	text_add(text, ": ");
	text_add(text, reason_sentence(reason));
	text_add(text, " (");
	text_add(text, reason_spec(reason));
	text_char(text, ')');
}

static void add_time(struct text *text, uint64_t ticks)
{
	uint64_t hz = port_tick_hz();

	text_char(text, '[');
	text_decimal(text, ticks / hz, 5, ' ');
	text_char(text, '.');
	/* The rest is below hz, so the product fits 64 bits. */
	text_decimal(text, ticks % hz * 1000000 / hz, 6, '0');
	text_char(text, ']');
}

static void add_pages(struct text *text, uint32_t pages)
{
	if (pages == 0)
		return;
	text_decimal(text, pages, 0, ' ');
	text_add(text, pages == 1 ? " page" : " pages");
}

size_t trace_text(const struct spm *spm, const struct trace_record *record,
	uint32_t more, char line[TRACE_LINE_SIZE])
{
	struct text text = {.at = line, .size = TRACE_LINE_SIZE - 1};

	add_time(&text, record->time);
	text_column(&text, COLUMN_WHO);
	add_endpoint(&text, spm, record->who);
	text_column(&text, COLUMN_CALL);
	add_function(&text, record->func);
	text_column(&text, COLUMN_PAGES);
	add_pages(&text, record->pages);
	if (record->func != 0) {
		text_column(&text, COLUMN_STATUS);
		text_add(&text, ffa_status_name(record->status));
	}
	if (record->reason != R_NONE || record->change != TRACE_NOTHING)
		text_column(&text, COLUMN_REST);
	if (record->reason != R_NONE)
		add_refusal(&text, record->reason);
	else
		add_change(&text, spm, record);
	if (more > 0) {
		text_add(&text, " (");
		text_decimal(&text, more, 0, ' ');
		text_add(&text, " more)");
	}
	line[text.length] = '\n';
	return text.length + 1;
}
