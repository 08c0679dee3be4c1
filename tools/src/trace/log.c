/* Entries and names of a trace. */
#include "trace/log.h"

#include <stdlib.h>
#include <string.h>

#include "abi/ffa_names.h"
#include "abi/ffa_func.h"
#include "abi/reason.h"
#include "port/port.h"

void log_open(struct log *log)
{
	*log = (struct log){.spm = {.id = LOG_SPMC_ID}};
	log->partition = calloc(LOG_PARTIES_MAX, sizeof(*log->partition));
	if (log->partition == NULL)
		abort();
	log->spm.partitions = log->partition;
}

void log_close(struct log *log)
{
	for (size_t i = 0; i < log->count; i++)
		free(log->entry[i].text);
	free(log->spare.text);
	free(log->entry);
	free(log->partition);
}

static struct entry *place(struct log *log)
{
	if (log->count == LOG_MAX) {
		log->too_many++;
		free(log->spare.text);
		return &log->spare;
	}
	if (log->count == log->room) {
		log->room = 2 * log->room + 64;
		log->entry =
			realloc(log->entry, log->room * sizeof(*log->entry));
		if (log->entry == NULL)
			abort();
	}
	return &log->entry[log->count++];
}

struct entry *log_add(struct log *log, enum entry_kind kind)
{
	struct entry *entry = place(log);

	*entry = (struct entry){.kind = kind, .times = 1};
	entry->order = log->latest;
	return entry;
}

static uint64_t our_ticks(uint64_t ticks, uint64_t hz)
{
	uint64_t ours = port_tick_hz();

	return ticks / hz * ours + ticks % hz * ours / hz;
}

struct entry *log_record(
	struct log *log, const struct trace_record *record, uint64_t hz)
{
	struct entry *entry;
	uint64_t time = our_ticks(record->time, hz);

	if (time > log->latest)
		log->latest = time;
	entry = log_add(log, ENTRY_RECORD);
	entry->order = time;
	entry->record = *record;
	entry->record.time = time;
	entry->numbered = true;
	if (ffa_status_name(record->status) == NULL) {
		entry->bad_status = record->status;
		entry->record.status = FFA_OK;
	}
	if (record->change > TRACE_FOLLOWED) {
		entry->bad_change = record->change;
		entry->record.change = TRACE_NOTHING;
	}
	if (record->reason >= R_COUNT || log->foreign) {
		entry->foreign = record->reason;
		entry->record.reason = R_NONE;
	}
	return entry;
}

char *log_copy(const char *text, size_t size)
{
	size_t length = strnlen(text, size);
	char *copy = malloc(length + 1);

	if (copy == NULL)
		abort();
	for (size_t i = 0; i < length; i++)
		copy[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	copy[length] = '\0';
	return copy;
}

static struct partition *find_id(const struct log *log, uint16_t id)
{
	for (uint32_t i = 0; i < log->spm.partition_count; i++)
		if (log->partition[i].ep.id == id)
			return &log->partition[i];
	return NULL;
}

static struct partition *find_name(const struct log *log, const char *name)
{
	for (uint32_t i = 0; i < log->spm.partition_count; i++)
		if (strcmp(log->partition[i].name, name) == 0)
			return &log->partition[i];
	return NULL;
}

static bool add_party(
	struct log *log, uint16_t id, const char *name, bool known)
{
	uint32_t index = log->spm.partition_count;

	if (index == LOG_PARTIES_MAX)
		return false;
	log->partition[index].ep.id = id;
	snprintf(log->partition[index].name, PARTITION_NAME_SIZE, "%s", name);
	log->id_known[index] = known;
	log->spm.partition_count++;
	return true;
}

void log_party(struct log *log, uint16_t id, const char *name, size_t size)
{
	char *copy = log_copy(name, size);

	/* A word of the line, as the line is read by others. */
	for (char *at = copy; *at != '\0'; at++)
		if (*at == ' ')
			*at = '_';
	if (copy[0] != '\0' && find_id(log, id) == NULL)
		(void)add_party(log, id, copy, true);
	free(copy);
}

/* "vm5", "id5". */
static bool numbered_party(const char *name, const char *kind, uint16_t *id)
{
	char *end;
	unsigned long number;

	if (strncmp(name, kind, 2) != 0 || name[2] < '0' || name[2] > '9')
		return false;
	number = strtoul(name + 2, &end, 10);
	*id = (uint16_t)(number & 0x7fff);
	return *end == '\0' && number <= 0x7fff;
}

bool log_id(struct log *log, const char *name, uint16_t *id)
{
	const struct partition *found = find_name(log, name);

	if (found != NULL)
		*id = found->ep.id;
	else if (strcmp(name, "nwd") == 0)
		*id = FFA_ID_NWD;
	else if (strcmp(name, "spmd") == 0)
		*id = FFA_ID_SPMD;
	else if (strcmp(name, "spmc") == 0)
		*id = log->spm.id;
	else if (numbered_party(name, "vm", id))
		return true;
	else if (numbered_party(name, "id", id))
		*id |= FFA_ID_SECURE;
	else {
		*id = (uint16_t)(LOG_NAMED_ID + log->spm.partition_count);
		return strlen(name) < PARTITION_NAME_SIZE &&
		       add_party(log, *id, name, false);
	}
	return true;
}

const char *log_name(const struct log *log, uint16_t id, char buffer[32])
{
	const struct partition *found = find_id(log, id);

	if (id == FFA_ID_NWD)
		return "nwd";
	if (id == FFA_ID_SPMD)
		return "spmd";
	if (id == log->spm.id)
		return "spmc";
	if (found != NULL)
		return found->name;
	snprintf(buffer, 32, "%s%u", id & FFA_ID_SECURE ? "id" : "vm",
		id & 0x7fff);
	return buffer;
}

bool log_knows_id(const struct log *log, uint16_t id)
{
	const struct partition *found = find_id(log, id);

	return found == NULL || log->id_known[found - log->partition];
}

static int compare(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

void log_sort(struct log *log)
{
	/* qsort() is not stable: the place decides between equals. */
	for (size_t i = 0; i < log->count; i++)
		log->entry[i].place = i;
	if (log->count > 0)
		qsort(log->entry, log->count, sizeof(*log->entry), compare);
}
