/*
 * Rings in a memory dump. A dump may have been made while they were written,
 * and may be of anything: every number is checked before it is used.
 */
#include "trace/log.h"

#include <stdlib.h>
#include <string.h>

#include "abi/reason.h"

#define CPUS_MAX 1024u
#define RING_RECORDS_MAX 65536u

/* A directory that has not its format is none of ours, or of another build. */
static bool is_directory(
	const struct trace_directory *directory, uint64_t size_behind)
{
	uint64_t ring =
		(uint64_t)directory->ring_records * sizeof(struct trace_record);

	return directory->format == TRACE_FORMAT &&
	       directory->record_size == sizeof(struct trace_record) &&
	       directory->cpu_count > 0 && directory->cpu_count <= CPUS_MAX &&
	       directory->ring_records > 0 &&
	       directory->ring_records <= RING_RECORDS_MAX &&
	       directory->party_count <= TRACE_PARTIES_MAX &&
	       directory->hz > 0 && size_behind / ring >= directory->cpu_count;
}

static void read_record(struct log *log,
	const struct trace_directory *directory,
	const struct trace_record *record, uint32_t place)
{
	if (record->time == 0) {
		log->unready++;
		return;
	}
	if (record->number % directory->ring_records != place) {
		log->torn++;
		return;
	}
	(void)log_record(log, record, directory->hz);
}

/* A place that was never used is no record that was being written. */
static bool is_unused(const struct trace_record *record)
{
	static const struct trace_record unused;

	return memcmp(record, &unused, sizeof(unused)) == 0;
}

static void read_rings(struct log *log, const struct trace_directory *directory,
	const uint8_t *at)
{
	struct trace_record record;
	uint64_t count =
		(uint64_t)directory->cpu_count * directory->ring_records;

	log->foreign = directory->reasons != reason_checksum();
	for (uint32_t i = 0; i < directory->party_count; i++)
		log_party(log, directory->party[i].id, directory->party[i].name,
			sizeof(directory->party[i].name));
	for (uint64_t i = 0; i < count; i++) {
		memcpy(&record, at + i * sizeof(record), sizeof(record));
		if (!is_unused(&record))
			read_record(log, directory, &record,
				(uint32_t)(i % directory->ring_records));
	}
}

int log_read_dump(struct log *log, const uint8_t *bytes, size_t size)
{
	struct trace_directory directory;
	unsigned found = 0;
	size_t at = 0;

	while (size >= PAGE_SIZE && at <= size - PAGE_SIZE) {
		memcpy(directory.magic, bytes + at, sizeof(directory.magic));
		if (memcmp(directory.magic, TRACE_MAGIC,
			    sizeof(directory.magic)) != 0) {
			at += PAGE_SIZE;
			continue;
		}
		memcpy(&directory, bytes + at, sizeof(directory));
		at += PAGE_SIZE;
		if (!is_directory(&directory, size - at)) {
			fprintf(stderr,
				"ffa-trace: what begins at %#zx as rings do "
				"is not whole, or of another format\n",
				at - (size_t)PAGE_SIZE);
			continue;
		}
		found++;
		read_rings(log, &directory, bytes + at);
		at += (size_t)directory.cpu_count * directory.ring_records *
		      sizeof(struct trace_record) / PAGE_SIZE * PAGE_SIZE;
	}
	return found > 0 ? 0 : -1;
}
