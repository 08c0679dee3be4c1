/* What a machine has: processors, parties, memory. */
#include <stdio.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "sim/sim.h"

static bool is_name(const char *word)
{
	size_t length = word == NULL ? 0 : strlen(word);

	return length > 0 && length < PARTITION_NAME_SIZE && *word >= 'a' &&
	       *word <= 'z';
}

static enum sim_line declare_cpus(struct sim *sim, struct words *words)
{
	uint64_t count;

	if (!words_number(words, &count) || count == 0 ||
		count > MACHINE_CPUS_MAX) {
		sim_bad(sim, "cpus: a number from 1 to %u", MACHINE_CPUS_MAX);
		return SIM_BAD;
	}
	sim->machine.cpus = (unsigned)count;
	return SIM_DONE;
}

static bool read_buffers(struct words *words, uint32_t *pages)
{
	uint64_t count;

	if (words_accept(words, "none")) {
		*pages = 0;
		return true;
	}
	if (!words_number(words, &count) || count == 0 || count > 16)
		return false;
	*pages = (uint32_t)count;
	return true;
}

static bool read_id(struct words *words, uint16_t *id)
{
	uint64_t value;

	if (!words_number(words, &value) || value == 0 || value > 0xffff)
		return false;
	*id = (uint16_t)value;
	return true;
}

/* id N, version 1.x, buffers N or none, el0. */
static bool read_options(
	struct sim *sim, struct words *words, struct party *party)
{
	while (words_peek(words) != NULL) {
		const char *option = words_take(words);
		bool good = true;

		if (strcmp(option, "id") == 0)
			good = read_id(words, &party->id);
		else if (strcmp(option, "version") == 0)
			good = words_version(words, &party->version);
		else if (strcmp(option, "buffers") == 0)
			good = read_buffers(words, &party->buffer_pages);
		else if (strcmp(option, "el0") == 0 &&
			 party->kind == ENDPOINT_SP)
			party->kind = ENDPOINT_SP_EL0;
		else
			return sim_bad(sim,
				"%s: not id N, version 1.0 to 1.3, buffers "
				"PAGES|none, or el0 (partitions)",
				option);
		if (!good)
			return sim_bad(sim, "%s: no such value", option);
	}
	return true;
}

static enum sim_line declare_party(
	struct sim *sim, struct words *words, enum endpoint_kind kind)
{
	struct party party = {
		.kind = kind,
		.version = FFA_VERSION_1_2,
		.buffer_pages = 1,
	};
	const char *name = words_take(words);
	const char *why;

	if (!is_name(name)) {
		sim_bad(sim, "a party has a name that begins with a letter "
			     "from a to z");
		return SIM_BAD;
	}
	memcpy(party.name, name, strlen(name) + 1);
	if (!read_options(sim, words, &party))
		return SIM_BAD;
	if (machine_add_party(&sim->machine, &party, &why) == NULL) {
		sim_bad(sim, "%s: %s", name, why);
		return SIM_BAD;
	}
	return SIM_DONE;
}

static enum sim_line declare_nwd(struct sim *sim, struct words *words)
{
	struct party *nwd = &sim->machine.party[0];
	struct party changed = *nwd;

	if (!read_options(sim, words, &changed))
		return SIM_BAD;
	if (changed.id != 0) {
		sim_bad(sim, "the normal world has the id 0");
		return SIM_BAD;
	}
	*nwd = changed;
	return SIM_DONE;
}

static bool read_memory(
	struct sim *sim, struct words *words, struct memory *memory)
{
	const char *name;

	if (!words_range(words, &memory->range) || memory->range.pages == 0 ||
		(memory->range.base.v & PAGE_MASK) != 0)
		return sim_bad(sim, "memory BASE+PAGES PERMISSIONS of PARTY: "
				    "no such range");
	if (!words_perm(words, &memory->perm))
		return sim_bad(sim, "permissions are letters of rwx");
	(void)words_accept(words, "of");
	name = words_take(words);
	memory->owner =
		name == NULL ? NULL : machine_party(&sim->machine, name);
	if (memory->owner == NULL)
		return sim_bad(sim, "memory of whom? Declare parties first");
	if (memory->owner == &sim->machine.party[0] && sim->machine.has_vms)
		return sim_bad(sim, "where there are virtual machines, the "
				    "normal world's memory is theirs");
	memory->ns = (memory->owner->id & FFA_ID_SECURE) == 0;
	while (words_peek(words) != NULL) {
		if (words_accept(words, "device"))
			memory->device = true;
		else if (words_accept(words, "ns"))
			memory->ns = true;
		else
			return sim_bad(sim, "%s: not device, not ns",
				words_peek(words));
	}
	return true;
}

static enum sim_line declare_memory(struct sim *sim, struct words *words)
{
	struct memory memory = {.where = sim->line};
	const char *why;

	if (!read_memory(sim, words, &memory))
		return SIM_BAD;
	why = machine_add_memory(&sim->machine, &memory);
	if (why == NULL)
		return SIM_DONE;
	sim_bad(sim, "%s", why);
	return SIM_BAD;
}

enum sim_line sim_declare(struct sim *sim, struct words *words)
{
	const char *first = words_peek(words);
	bool is_nwd = strcmp(first, "normal-world") == 0;

	if (strcmp(first, "cpus") != 0 && strcmp(first, "sp") != 0 &&
		strcmp(first, "vm") != 0 && strcmp(first, "memory") != 0 &&
		!is_nwd)
		return SIM_OTHER;
	if (sim->machine.made) {
		sim_bad(sim, "%s: before the first call only", first);
		return SIM_BAD;
	}
	words_take(words);
	if (is_nwd)
		return declare_nwd(sim, words);
	if (strcmp(first, "cpus") == 0)
		return declare_cpus(sim, words);
	if (strcmp(first, "memory") == 0)
		return declare_memory(sim, words);
	return declare_party(sim, words,
		strcmp(first, "vm") == 0 ? ENDPOINT_VM : ENDPOINT_SP);
}

bool sim_make(struct sim *sim)
{
	const char *why;
	unsigned where;

	if (sim->machine.made)
		return true;
	why = machine_make(&sim->machine, &where);
	sim_begin_records(sim);
	if (why == NULL)
		return true;
	return where == 0 ? sim_bad(sim, "%s", why)
			  : sim_bad(sim, "memory of line %u: %s", where, why);
}
