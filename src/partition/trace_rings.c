/* Rings of trace records, and the page that tells of them. */
#include "partition/trace_rings.h"

#include "abi/reason.h"
#include "base/mem.h"
#include "port/port.h"

static void name_party(
	struct trace_directory *directory, const struct partition *partition)
{
	struct trace_party *party = &directory->party[directory->party_count++];

	party->id = partition->ep.id;
	memcpy(party->name, partition->name, sizeof(party->name));
}

_Static_assert(PARTITION_NAME_SIZE == sizeof(((struct trace_party *)0)->name),
	"a name fits");

void trace_rings_open(struct spm *spm, struct paddr pages)
{
	struct trace_directory *directory = port_page(pages);
	uint64_t ring = pages.v + PAGE_SIZE;

	for (uint64_t i = 0; i < trace_pages(spm->cpu_count); i++)
		memset(port_page(paddr(pages.v + i * PAGE_SIZE)), 0, PAGE_SIZE);
	memcpy(directory->magic, TRACE_MAGIC, sizeof(directory->magic));
	directory->format = TRACE_FORMAT;
	directory->reasons = reason_checksum();
	directory->hz = port_tick_hz();
	directory->cpu_count = spm->cpu_count;
	directory->ring_records = TRACE_RING_RECORDS;
	directory->record_size = sizeof(struct trace_record);
	for (uint32_t i = 0; i < spm->partition_count; i++)
		name_party(directory, &spm->partitions[i]);
	for (uint32_t i = 0; i < spm->cpu_count; i++) {
		spm->cpus[i].ring = port_page(paddr(ring));
		ring += TRACE_RING_PAGES * PAGE_SIZE;
	}
}
