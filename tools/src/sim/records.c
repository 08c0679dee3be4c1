/*
 * Records as lines of a capture, for ffa-trace: who the parties are, and what
 * happened. There is no machine in it that could be played again.
 */
#include <inttypes.h>
#include <string.h>

#include "abi/reason.h"
#include "port/port.h"
#include "sim/sim.h"

static void begin(struct sim *sim, enum capture_kind kind)
{
	fprintf(sim->records, "~%08" PRIx32 " %c", sim->record_lines++,
		(char)kind);
}

void sim_begin_records(struct sim *sim)
{
	if (sim->records == NULL)
		return;
	begin(sim, CAPTURE_FORMAT_LINE);
	fprintf(sim->records, " %x %" PRIx32 " %" PRIx64 "\n", CAPTURE_FORMAT,
		reason_checksum(), port_tick_hz());
	for (uint32_t i = 1; i < sim->machine.party_count; i++) {
		const struct party *party = &sim->machine.party[i];

		begin(sim, CAPTURE_PARTY);
		fprintf(sim->records, " %x ", party->id);
		for (const char *at = party->name; *at != '\0'; at++)
			fprintf(sim->records, "%02x", (unsigned char)*at);
		fputc('\n', sim->records);
	}
}

void sim_write_record(struct sim *sim, const struct trace_record *record)
{
	uint64_t words[sizeof(*record) / sizeof(uint64_t)];
	size_t count = ARRAY_COUNT(words);

	if (sim->records == NULL)
		return;
	memcpy(words, record, sizeof(words));
	while (count > 0 && words[count - 1] == 0)
		count--;
	begin(sim, CAPTURE_RECORD);
	for (size_t i = 0; i < count; i++)
		fprintf(sim->records, " %" PRIx64, words[i]);
	fputc('\n', sim->records);
}
