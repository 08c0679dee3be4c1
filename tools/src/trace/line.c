/* An entry as the console prints it, whole and in parts. */
#include "trace/log.h"

#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "abi/ffa_names.h"
#include "abi/reason.h"
#include "port/port.h"

/* Where trace_text() puts them. */
#define COLUMN_CALL 23
#define COLUMN_REST 78

struct building {
	char *line;
	size_t length;
};

static void add(struct building *to, const char *text)
{
	size_t size = strlen(text);

	if (size > LOG_LINE_SIZE - 1 - to->length)
		size = LOG_LINE_SIZE - 1 - to->length;
	memcpy(to->line + to->length, text, size);
	to->length += size;
	to->line[to->length] = '\0';
}

static void add_column(struct building *to, size_t column)
{
	do
		add(to, " ");
	while (to->length < column);
}

/* By the image's code. */
static void add_record(struct building *to, const struct log *log,
	const struct trace_record *record)
{
	char text[TRACE_LINE_SIZE];
	size_t length = trace_text(&log->spm, record, 0, text);

	text[length - 1] = '\0';
	add(to, text);
}

const char *entry_call(const struct entry *entry, char buffer[32])
{
	const char *name = ffa_func_name(entry->record.func);

	if (entry->record.func == 0)
		return "-";
	if (name == NULL)
		snprintf(buffer, 32, "0x%x", entry->record.func);
	else
		snprintf(buffer, 32, "%s%s", name,
			entry->record.func & FFA_64 ? "_64" : "");
	return buffer;
}

const char *entry_status(const struct entry *entry, char buffer[32])
{
	if (entry->bad_status != 0) {
		snprintf(buffer, 32, "%d", entry->bad_status);
		return buffer;
	}
	return ffa_status_name(entry->record.status);
}

bool entry_refused(const struct entry *entry)
{
	return entry->record.reason != R_NONE || entry->foreign != 0 ||
	       (entry->kind == ENTRY_RECORD && entry->record.func != 0 &&
		       (entry->bad_status != 0 || entry->record.status != 0));
}

/* All but the rest, for what trace_text() would not take. */
static void add_head(
	struct building *to, const struct log *log, const struct entry *entry)
{
	struct trace_record head = {
		.time = entry->record.time,
		.who = entry->record.who,
		.func = entry->record.func,
		.pages = entry->record.pages,
	};
	char status[32];

	add_record(to, log, &head);
	if (head.func == 0)
		return;
	to->length -= strlen("SUCCESS");
	to->line[to->length] = '\0';
	add(to, entry_status(entry, status));
}

static void add_stars(struct building *to)
{
	memcpy(to->line, "[    *.******]", 14);
}

static void add_stamp(struct building *to, const struct entry *entry)
{
	uint64_t hz = port_tick_hz();
	char text[48];

	snprintf(text, sizeof(text), "[%5llu.%06llu]",
		(unsigned long long)(entry->record.time / hz),
		(unsigned long long)(entry->record.time % hz / (hz / 1000000)));
	add(to, text);
}

static void add_others(
	struct building *to, const struct log *log, const struct entry *entry)
{
	char name[32];

	add_stamp(to, entry);
	add(to, " ");
	add(to, log_name(log, entry->record.who, name));
	if (entry->kind == ENTRY_EXIT) {
		add_column(to, COLUMN_CALL);
		add(to, "-");
		add_column(to, COLUMN_REST);
		add(to, "goes on: ");
		add(to, log_name(log, entry->next, name));
	} else if (entry->text[0] != '\0') {
		add_column(to, COLUMN_CALL);
		add(to, entry->text);
	}
}

/* Columns that trace_text() fills before the rest, of an event of nobody. */
#define EVENT_HEAD 48

void entry_rest(const struct log *log, const struct entry *entry,
	char rest[LOG_LINE_SIZE])
{
	struct trace_record event = entry->record;
	char line[LOG_LINE_SIZE];
	struct building to = {.line = line};
	const char *from = line;

	line[0] = '\0';
	if (entry->text != NULL) {
		add(&to, entry->text);
	} else if (entry->foreign != 0) {
		snprintf(line, sizeof(line), "reason %d", entry->foreign);
	} else if (entry->bad_change != 0) {
		snprintf(line, sizeof(line), "change %d", entry->bad_change);
	} else {
		event.time = 0;
		event.func = 0;
		event.who = FFA_ID_NWD;
		event.pages = 0;
		add_record(&to, log, &event);
		from += to.length < EVENT_HEAD ? to.length : EVENT_HEAD;
	}
	from += strspn(from, " ");
	memcpy(rest, from, strlen(from) + 1);
}

void log_line(const struct log *log, const struct entry *entry,
	char line[LOG_LINE_SIZE])
{
	struct building to = {.line = line};
	char rest[LOG_LINE_SIZE];
	char times[32];

	line[0] = '\0';
	if (entry->kind != ENTRY_RECORD) {
		add_others(&to, log, entry);
	} else if (entry->text == NULL && entry->foreign == 0 &&
		   entry->bad_status == 0 && entry->bad_change == 0) {
		add_record(&to, log, &entry->record);
	} else {
		add_head(&to, log, entry);
		add_column(&to, COLUMN_REST);
		entry_rest(log, entry, rest);
		add(&to, rest);
	}
	if (entry->more || entry->at_once) {
		snprintf(times, sizeof(times), " (%u %s)", entry->times,
			entry->more ? "more" : "times");
		add(&to, times);
	}
	if (entry->untimed)
		add_stars(&to);
}

int64_t entry_microseconds(const struct entry *entry)
{
	return (int64_t)(entry->record.time / (port_tick_hz() / 1000000));
}
