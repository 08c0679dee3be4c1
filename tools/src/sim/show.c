/* What a run prints: lines, records, the picture of memory. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "abi/ffa_names.h"
#include "call/trace_text.h"
#include "lib/advice.h"
#include "lib/json.h"
#include "sim/sim.h"

void sim_tell_line(struct sim *sim, const char *line)
{
	if (!sim->quiet && !sim->json && !sim->prompts)
		printf("%4u  %.*s\n", sim->line, (int)strcspn(line, "\r\n"),
			line);
}

/* --- Records ----------------------------------------------------------- */

static void tell_record(const struct sim *sim, const struct manager *manager,
	const struct trace_record *record)
{
	char text[TRACE_LINE_SIZE];
	size_t length = trace_text(&manager->spm, record, 0, text);
	const char *who = !sim->machine.has_vms           ? ""
			  : manager == &sim->machine.spmc ? "spmc "
							  : "hyp  ";

	printf("      %s%.*s", who, (int)length, text);
}

/* Those that are new, a CPU at a time. */
static void tell_new(struct sim *sim, struct manager *manager)
{
	for (unsigned i = 0; i < sim->machine.cpus; i++) {
		const struct cpu *cpu = &manager->cpu[i];

		if (cpu->begun - manager->shown[i] > TRACE_RING_RECORDS)
			manager->shown[i] = cpu->begun - TRACE_RING_RECORDS;
		for (; manager->shown[i] < cpu->begun; manager->shown[i]++) {
			const struct trace_record *record =
				&cpu->ring[manager->shown[i] %
					   TRACE_RING_RECORDS];

			sim_write_record(sim, record);
			if (!sim->quiet && !sim->json)
				tell_record(sim, manager, record);
		}
	}
}

static void tell_rx(const struct sim *sim)
{
	const struct mailbox *mailbox = &sim->caller->partition->mailbox;
	const uint8_t *rx;
	uint32_t size;

	if (!mailbox->mapped || mailbox->rx != RX_FULL)
		return;
	rx = host_memory(mailbox->pair.rx.base);
	size = (uint32_t)(mailbox->pair.rx.pages << PAGE_SHIFT);
	while (size > 0 && rx[size - 1] == 0)
		size--;
	for (uint32_t i = 0; i < size; i++)
		printf("%s%02x", i % 32 == 0 ? "\n      rx  " : " ", rx[i]);
	printf("\n");
}

static void tell_registers(const struct sim *sim)
{
	unsigned last = FFA_REG_COUNT;

	while (last > 1 && sim->regs.x[last - 1] == 0)
		last--;
	printf("     ");
	for (unsigned i = 0; i < last; i++)
		printf(" x%u=0x%" PRIx64, i, sim->regs.x[i]);
	tell_rx(sim);
	printf("\n");
}

void sim_tell_records(struct sim *sim)
{
	if (sim->machine.has_vms)
		tell_new(sim, &sim->machine.hypervisor);
	tell_new(sim, &sim->machine.spmc);
	if (!sim->quiet && !sim->json && sim->called)
		tell_registers(sim);
}

/* --- JSON -------------------------------------------------------------- */

static json_t *registers_json(const struct sim *sim)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < FFA_REG_COUNT; i++)
		json_array_append_new(array, tool_json_hex(sim->regs.x[i]));
	return array;
}

void sim_tell_json(struct sim *sim, const char *line, bool good)
{
	json_t *object;
	enum ffa_status status;

	if (!sim->json)
		return;
	object = json_object();
	json_object_set_new(object, "line", json_integer(sim->line));
	json_object_set_new(object, "text",
		json_stringn_nocheck(line, strcspn(line, "\r\n")));
	json_object_set_new(object, "good", json_boolean(good));
	if (sim->faulted)
		json_object_set_new(object, "fault", json_true());
	if (sim->called) {
		status = sim->reason == R_NONE ? FFA_OK
					       : reason_status(sim->reason);
		json_object_set_new(object, "cpu", json_integer(sim->cpu));
		json_object_set_new(object, "status",
			json_string(ffa_status_name((int32_t)status)));
		json_object_set_new(object, "x", registers_json(sim));
	}
	if (sim->called && sim->reason != R_NONE) {
		json_object_set_new(object, "reason",
			json_string(reason_name(sim->reason)));
		json_object_set_new(object, "sentence",
			json_string(reason_sentence(sim->reason)));
		json_object_set_new(
			object, "spec", json_string(reason_spec(sim->reason)));
		json_object_set_new(object, "do",
			json_string(tool_reason_advice(sim->reason)));
	}
	tool_print_json(stdout, object);
}

/* --- Memory ------------------------------------------------------------ */

/* What one page is like, for everybody. */
struct look {
	const struct party *owner;
	uint8_t access[MACHINE_PARTIES_MAX];
};

static struct look look_at(struct machine *machine, uint64_t at)
{
	struct look look = {.owner = machine_owner(machine, at)};

	for (uint32_t i = 0; i < machine->party_count; i++)
		look.access[i] =
			machine_access(machine, &machine->party[i], at);
	return look;
}

static void tell_look(
	const struct machine *machine, struct range range, struct look look)
{
	printf("      0x%09" PRIx64 " %7" PRIu64 "  %-10s", range.base.v,
		range.pages, look.owner == NULL ? "-" : look.owner->name);
	for (uint32_t i = machine->has_vms; i < machine->party_count; i++)
		printf("  %-*s", (int)strlen(machine->party[i].name) + 1,
			sim_perm_text(look.access[i]));
	printf("\n");
}

/* Pages in a row that are alike. */
static void tell_memory(struct machine *machine, const struct memory *memory)
{
	struct range run = {memory->range.base, 0};
	struct look look = look_at(machine, run.base.v);

	for (uint64_t i = 0; i < memory->range.pages; i++) {
		uint64_t at = memory->range.base.v + (i << PAGE_SHIFT);
		struct look here = look_at(machine, at);

		if (memcmp(&here, &look, sizeof(look)) != 0) {
			tell_look(machine, run, look);
			run = (struct range){paddr(at), 0};
			look = here;
		}
		run.pages++;
	}
	tell_look(machine, run, look);
}

void sim_show_memory(struct sim *sim)
{
	struct machine *machine = &sim->machine;

	if (sim->json || sim->quiet)
		return;
	printf("      %-11s %7s  %-10s", "address", "pages", "owner");
	for (uint32_t i = machine->has_vms; i < machine->party_count; i++)
		printf("  %-4s", machine->party[i].name);
	printf("\n");
	for (uint32_t i = 0; i < machine->memory_count; i++)
		tell_memory(machine, &machine->memory[i]);
}
