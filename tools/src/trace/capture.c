/*
 * A capture's records, and who goes on after them. The registers and bytes
 * that escrow-sim --replay needs are passed over.
 */
#include "trace/log.h"

#include <string.h>

#include "abi/reason.h"
#include "lib/capture_file.h"

struct reading {
	struct log *log;
	uint64_t hz;
	size_t first; /* entry of the call or exit that is being read */
	bool open;    /* there is one */
	uint16_t who; /* whose it is */
	uint16_t cpu;
	bool any;
};

static void begin_format(struct reading *reading, const uint64_t *number)
{
	reading->hz = number[2] != 0 ? number[2] : 1;
	reading->log->foreign = number[1] != reason_checksum();
	if (number[0] != CAPTURE_FORMAT)
		fprintf(stderr, "ffa-trace: a capture of another format\n");
}

static void take_record(
	struct reading *reading, const struct capture_line *line)
{
	struct trace_record record;

	memcpy(&record, line->number, sizeof(record));
	(void)log_record(reading->log, &record, reading->hz);
	reading->any = true;
}

static void begin_event(
	struct reading *reading, const struct capture_line *line)
{
	reading->open = true;
	reading->first = reading->log->count;
	reading->cpu = (uint16_t)line->number[0];
	reading->who = (uint16_t)line->number[1];
}

/* The last record of the event learns who goes on; an exit without a record
 * that lets another one run becomes an entry of its own. */
static void end_event(struct reading *reading, const struct capture_line *line)
{
	struct log *log = reading->log;
	uint16_t next = (uint16_t)line->number[1];
	struct entry *entry;

	if (!reading->open)
		return;
	reading->open = false;
	if (log->count > reading->first) {
		entry = &log->entry[log->count - 1];
	} else if (next != reading->who) {
		entry = log_add(log, ENTRY_EXIT);
		entry->record.time = log->latest;
		entry->record.who = reading->who;
		entry->record.cpu = reading->cpu;
	} else {
		return;
	}
	entry->has_next = true;
	entry->next = next;
}

static void take_line(struct reading *reading, const struct capture_line *line)
{
	switch (line->kind) {
	case CAPTURE_FORMAT_LINE:
		begin_format(reading, line->number);
		break;
	case CAPTURE_PARTY:
		log_party(reading->log, (uint16_t)line->number[0],
			(const char *)line->bytes, line->size);
		break;
	case CAPTURE_CALL:
	case CAPTURE_EXIT:
		begin_event(reading, line);
		break;
	case CAPTURE_RECORD:
		take_record(reading, line);
		break;
	case CAPTURE_RESULT:
		end_event(reading, line);
		break;
	case CAPTURE_MANIFEST:
	case CAPTURE_IMAGE:
	case CAPTURE_PACKAGE:
	case CAPTURE_ONLINE:
	case CAPTURE_TX:
	case CAPTURE_TX_FAULT:
	case CAPTURE_CLOCK:
		break;
	}
}

int log_read_capture(
	struct log *log, const char *name, const uint8_t *bytes, size_t size)
{
	struct reading reading = {.log = log, .hz = 1};
	struct capture_file file = {.name = name};
	struct capture_line line;
	enum capture_read read;

	/* Only read. */
	file.file = fmemopen((void *)(uintptr_t)bytes, size, "r");
	if (file.file == NULL)
		return -1;
	while ((read = capture_file_read(&file, &line)) != CAPTURE_END) {
		if (read == CAPTURE_LINE)
			take_line(&reading, &line);
		else
			log->damaged++;
	}
	fclose(file.file);
	return reading.any ? 0 : -1;
}
