/* See machine.h. */
#include "sim/machine.h"

#include <stdio.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "call/gate.h"
#include "call/run_loop.h"
#include "call/teardown.h"
#include "engine/owner_map.h"
#include "role/role.h"
#include "stage2/s2_map.h"

#define RW (ACCESS_R | ACCESS_W)
#define RWX (RW | ACCESS_X)
#define LIMIT 65536u /* of each kind that a party may hold */
#define VM_LIMIT 16384u

/* --- What there is ----------------------------------------------------- */

void machine_init(struct machine *machine)
{
	struct party *nwd = &machine->party[0];

	memset(machine, 0, sizeof(*machine));
	machine->cpus = 1;
	machine->party_count = 1;
	*nwd = (struct party){
		.name = "nwd",
		.kind = ENDPOINT_NWD,
		.version = FFA_VERSION_1_2,
		.buffer_pages = 1,
	};
}

struct party *machine_party(struct machine *machine, const char *name)
{
	for (uint32_t i = 0; i < machine->party_count; i++)
		if (strcmp(machine->party[i].name, name) == 0)
			return &machine->party[i];
	return NULL;
}

static uint32_t count_of(
	const struct machine *machine, bool vms, uint16_t *highest)
{
	uint32_t count = 0;

	*highest = 0;
	for (uint32_t i = 1; i < machine->party_count; i++) {
		const struct party *party = &machine->party[i];

		if ((party->kind == ENDPOINT_VM) != vms)
			continue;
		count++;
		if ((party->id & 0x7fff) > *highest)
			*highest = party->id & 0x7fff;
	}
	return count;
}

static bool has_id(const struct machine *machine, uint16_t id)
{
	for (uint32_t i = 0; i < machine->party_count; i++)
		if (machine->party[i].id == id)
			return true;
	return id == FFA_ID_SPMC || id == FFA_ID_SPMD;
}

struct party *machine_add_party(
	struct machine *machine, const struct party *party, const char **why)
{
	bool is_vm = party->kind == ENDPOINT_VM;
	struct party *added = &machine->party[machine->party_count];
	uint16_t highest;

	*why = NULL;
	if (machine_party(machine, party->name) != NULL)
		*why = "there is a party of this name already";
	else if (count_of(machine, is_vm, &highest) == MACHINE_PARTITIONS_MAX)
		*why = "more parties of this world than a machine has";
	else if (party->id != 0 && has_id(machine, party->id))
		*why = "the id belongs to another party, or to a manager";
	else if (party->id != 0 && ((party->id & FFA_ID_SECURE) != 0) == is_vm)
		*why = "bit 15 of the id says the other world";
	if (*why != NULL)
		return NULL;
	*added = *party;
	if (added->id == 0)
		added->id =
			(uint16_t)((highest + 1) | (is_vm ? 0 : FFA_ID_SECURE));
	machine->has_vms = machine->has_vms || is_vm;
	machine->party_count++;
	return added;
}

static bool overlaps(struct range a, struct range b)
{
	return a.base.v < range_end(b) && b.base.v < range_end(a);
}

const char *machine_add_memory(
	struct machine *machine, const struct memory *memory)
{
	const struct range taken[] = {
		{{MACHINE_SECURE_BASE}, MACHINE_SECURE_PAGES},
		{{MACHINE_NS_BASE}, MACHINE_NS_PAGES},
	};

	if (machine->memory_count == MACHINE_MEMORY_MAX)
		return "more pieces of memory than a machine has";
	if (memory->range.base.v >= HOST_MEMORY_SIZE ||
		memory->range.pages > HOST_MEMORY_SIZE >> PAGE_SHIFT ||
		range_end(memory->range) > HOST_MEMORY_SIZE)
		return "a machine has 8 GiB of addresses";
	for (unsigned i = 0; i < ARRAY_COUNT(taken); i++)
		if (overlaps(memory->range, taken[i]))
			return "the managers and buffers are there";
	for (uint32_t i = 0; i < machine->memory_count; i++)
		if (overlaps(memory->range, machine->memory[i].range))
			return "memory is there already";
	machine->memory[machine->memory_count++] = *memory;
	return NULL;
}

/* --- The firmware ------------------------------------------------------ */

static void forward(struct machine *machine, uint64_t x[FFA_REG_COUNT])
{
	struct cpu *cpu = &machine->spmc.cpu[host_cpu()];

	cpu->current = cpu->nwd;
	cpu->nwd->state = VCPU_RUNNING;
	memcpy(cpu->nwd->x, x, FFA_REG_COUNT * sizeof(x[0]));
	gate_call(cpu);
	memcpy(x, cpu->nwd->x, FFA_REG_COUNT * sizeof(x[0]));
}

/* FFA_VERSION becomes a framework message, as in TF-A. */
static void ask_version(struct machine *machine, uint64_t x[FFA_REG_COUNT])
{
	uint64_t request[FFA_REG_COUNT] = {FFA_MSG_SEND_DIRECT_REQ,
		(uint64_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC,
		FFA_FRAMEWORK | FFA_FRAMEWORK_VERSION_REQ, x[1]};

	forward(machine, request);
	memset(x, 0, FFA_REG_COUNT * sizeof(x[0]));
	x[0] = request[3];
}

static bool peer_fails(struct machine *machine)
{
	return machine->peer_fails > 0 && --machine->peer_fails == 0;
}

static void spmd(void *context, uint64_t x[FFA_REG_COUNT])
{
	struct machine *machine = context;

	if (peer_fails(machine)) {
		memset(x, 0, FFA_REG_COUNT * sizeof(x[0]));
		x[0] = FFA_ERROR;
		x[2] = (uint32_t)machine->peer_status;
	} else if (x[0] == FFA_VERSION) {
		ask_version(machine, x);
	} else if (x[0] == FFA_SPM_ID_GET) {
		memset(x, 0, FFA_REG_COUNT * sizeof(x[0]));
		x[0] = FFA_SUCCESS;
		x[2] = FFA_ID_SPMC;
	} else {
		forward(machine, x);
	}
}

/* --- Managers ---------------------------------------------------------- */

static void make_manager(struct machine *machine, struct manager *manager)
{
	struct spm *spm = &manager->spm;

	spm->capture.lock.rank = LOCK_RANK_CAPTURE;
	spm->chain_lock.rank = LOCK_RANK_CHAIN;
	spm->engine_lock.rank = LOCK_RANK_ENGINE;
	spm->console_lock.rank = LOCK_RANK_CONSOLE;
	spm->engine = &manager->engine;
	spm->cpu_count = machine->cpus;
	spm->cpus = manager->cpu;
	spm->partitions = manager->partition;
	for (unsigned i = 0; i < machine->cpus; i++) {
		struct cpu *cpu = &manager->cpu[i];

		cpu->spm = spm;
		cpu->index = i;
		cpu->online = true;
		cpu->scratch = manager->own[i].scratch;
		cpu->response = manager->own[i].response;
		cpu->ring = manager->own[i].ring;
		cpu->last = manager->own[i].ring;
	}
}

static void make_pool(struct manager *manager, struct range span, bool ns)
{
	struct range meta = {span.base, page_pool_meta_pages(span)};

	host_memory_declare(span, ns);
	page_pool_init(&manager->spm.pool, span, meta);
	page_pool_add(&manager->spm.pool, (struct range){paddr(range_end(meta)),
						  span.pages - meta.pages});
	engine_init(&manager->engine, &manager->spm.pool);
}

static void limit(struct quota *quota, uint32_t most)
{
	quota->limit = (struct quota_amount){{most, most, most}};
}

/* Behind the RX/TX of all parties. */
static struct range pool_span(uint64_t base, uint64_t pages)
{
	uint64_t buffers = (MACHINE_PARTITIONS_MAX + 1) * MACHINE_BUFFERS_PAGES;

	return (struct range){
		paddr(base + (buffers << PAGE_SHIFT)), pages - buffers};
}

static void make_managers(struct machine *machine)
{
	struct manager *spmc = &machine->spmc;

	make_manager(machine, spmc);
	make_pool(spmc, pool_span(MACHINE_SECURE_BASE, MACHINE_SECURE_PAGES),
		false);
	role_begin(&spmc->spm, &role_spmc);
	spmc->spm.id = FFA_ID_SPMC;
	for (unsigned i = 0; i < ENGINE_VM_QUOTAS; i++)
		limit(&spmc->engine.vm[i], VM_LIMIT);
	if (!machine->has_vms)
		return;
	make_manager(machine, &machine->hypervisor);
	make_pool(&machine->hypervisor,
		pool_span(MACHINE_NS_BASE, MACHINE_NS_PAGES), true);
	machine->hypervisor.spm.relay = &machine->relay;
	role_begin(&machine->hypervisor.spm, &role_hypervisor);
}

struct manager *machine_manager(
	struct machine *machine, const struct party *party)
{
	return party->kind == ENDPOINT_VM ? &machine->hypervisor
					  : &machine->spmc;
}

/* --- Parties ----------------------------------------------------------- */

static void make_contexts(struct machine *machine, struct party *party)
{
	party->partition->vcpu_count = (uint16_t)machine->cpus;
	party->partition->vcpus = party->vcpu;
	for (uint16_t i = 0; i < machine->cpus; i++) {
		struct vcpu *vcpu = &party->vcpu[i];

		vcpu->partition = party->partition;
		vcpu->index = i;
		vcpu->state = VCPU_WAITING;
		if (party->kind == ENDPOINT_SP_EL0)
			vcpu->model = RTM_INIT;
	}
}

static void make_partition(struct machine *machine, struct party *party)
{
	struct partition *partition = party->partition;

	memcpy(partition->name, party->name, sizeof(partition->name));
	partition->ep.id = party->id;
	partition->ep.kind = party->kind;
	partition->version = party->version;
	partition->initialised = true;
	partition->boot_info_register = -1;
	limit(&partition->ep.quota, LIMIT);
	make_contexts(machine, party);
}

static void make_nwd(struct machine *machine)
{
	struct party *party = &machine->party[0];

	party->partition = &machine->nwd;
	make_partition(machine, party);
	machine->spmc.spm.nwd = &machine->nwd;
	for (unsigned i = 0; i < machine->cpus; i++) {
		struct cpu *cpu = &machine->spmc.cpu[i];

		cpu->nwd = &party->vcpu[i];
		cpu->current = cpu->nwd;
	}
}

/* Partitions of a manager lie in the order of their ids. */
static struct party *next_party(
	struct machine *machine, bool vms, uint32_t above)
{
	struct party *best = NULL;

	for (uint32_t i = 1; i < machine->party_count; i++) {
		struct party *party = &machine->party[i];

		if ((party->kind == ENDPOINT_VM) == vms && party->id > above &&
			(best == NULL || party->id < best->id))
			best = party;
	}
	return best;
}

static const char *make_parties(
	struct machine *machine, struct manager *manager, bool vms)
{
	struct party *party = next_party(machine, vms, 0);

	for (; party != NULL; party = next_party(machine, vms, party->id)) {
		uint32_t index = manager->spm.partition_count++;

		party->partition = &manager->partition[index];
		make_partition(machine, party);
		if (!s2_space_init(&party->partition->space, &manager->spm.pool,
			    (uint16_t)(index + 1)))
			return "no memory for tables";
		party->partition->ep.space = &party->partition->space;
	}
	return NULL;
}

/* --- Memory ------------------------------------------------------------ */

/* A hypervisor's machines have their memory of the normal world's. */
static bool grant(struct machine *machine, const struct memory *memory)
{
	struct party *owner = memory->owner;
	struct engine *engine = &machine_manager(machine, owner)->engine;
	struct access access = {
		.perm = memory->perm,
		.attr = memory->device ? ATTR_DEVICE : ATTR_NORMAL_WB,
	};

	if (memory->ns)
		access.attr |= ATTR_NS;
	host_memory_declare(memory->range, memory->ns);
	if (owner->kind == ENDPOINT_VM) {
		struct access all = {memory->device ? RW : RWX, access.attr};

		if (!ledger_grant(&machine->spmc.engine.ledger, memory->range,
			    &machine->nwd.ep, all))
			return false;
	}
	if (!ledger_grant(&engine->ledger, memory->range, &owner->partition->ep,
		    access))
		return false;
	return owner->partition->ep.space == NULL ||
	       owner_map_titles(engine, &owner->partition->ep, memory->range);
}

/* Every party has room for its RX/TX. */
static bool grant_buffers(struct machine *machine)
{
	uint32_t slot[2] = {0, 0};

	for (uint32_t i = 0; i < machine->party_count; i++) {
		struct party *party = &machine->party[i];
		bool ns = (party->id & FFA_ID_SECURE) == 0;
		uint64_t base = ns ? MACHINE_NS_BASE : MACHINE_SECURE_BASE;
		struct memory memory = {
			.range = {paddr(base +
					  (slot[ns]++ * MACHINE_BUFFERS_PAGES
						  << PAGE_SHIFT)),
				MACHINE_BUFFERS_PAGES},
			.owner = party,
			.perm = RW,
			.ns = ns,
		};

		party->tx = memory.range.base.v;
		party->rx = party->tx +
			    ((uint64_t)party->buffer_pages << PAGE_SHIFT);
		if (!grant(machine, &memory))
			return false;
	}
	return true;
}

/* A hypervisor's own memory is the normal world's, for the SPMC. */
static bool grant_pool(struct machine *machine)
{
	struct access access = {RWX, ATTR_NORMAL_WB | ATTR_NS};

	return !machine->has_vms ||
	       ledger_grant(&machine->spmc.engine.ledger,
		       pool_span(MACHINE_NS_BASE, MACHINE_NS_PAGES),
		       &machine->nwd.ep, access);
}

static const char *grant_all(struct machine *machine, unsigned *where)
{
	if (!grant_buffers(machine) || !grant_pool(machine))
		return "no memory for the ledger";
	for (uint32_t i = 0; i < machine->memory_count; i++) {
		*where = machine->memory[i].where;
		if (!grant(machine, &machine->memory[i]))
			return "no memory for the ledger";
	}
	*where = 0;
	port_entry_sync();
	return NULL;
}

static const char *map_buffers(struct machine *machine)
{
	for (uint32_t i = 0; i < machine->party_count; i++) {
		struct party *party = &machine->party[i];
		struct ffa_regs regs = {
			.x = {FFA_RXTX_MAP_64, party->tx, party->rx,
				party->buffer_pages}};

		/* With virtual machines, id 0 is their hypervisor: below. */
		if (party->buffer_pages == 0 || (i == 0 && machine->has_vms))
			continue;
		if (machine_call(machine, party, 0, &regs) != R_NONE)
			return "the RX/TX pairs cannot be mapped";
	}
	return NULL;
}

/* What a scenario shows begins with its own calls. */
static void look_away(const struct machine *machine, struct manager *manager)
{
	for (unsigned i = 0; i < machine->cpus; i++)
		manager->shown[i] = manager->cpu[i].begun;
}

const char *machine_make(struct machine *machine, unsigned *where)
{
	const char *why;

	host_reset();
	/* A microsecond a record. */
	host_time_set(0, 1000);
	*where = 0;
	machine->made = true;
	make_managers(machine);
	make_nwd(machine);
	why = make_parties(machine, &machine->spmc, false);
	if (why == NULL && machine->has_vms)
		why = make_parties(machine, &machine->hypervisor, true);
	if (why == NULL)
		why = grant_all(machine, where);
	if (why != NULL)
		return why;
	host_firmware_set(spmd, machine);
	if (machine->has_vms && relay_open(&machine->hypervisor.spm) != R_NONE)
		return "hypervisor and SPMC do not meet";
	why = map_buffers(machine);
	look_away(machine, &machine->spmc);
	look_away(machine, &machine->hypervisor);
	return why;
}

/* --- Calls ------------------------------------------------------------- */

/*
 * It has the CPU, however it came by it: by a request that a scenario made, or
 * else by FFA_RUN of the normal world. Whoever waits for it, waits.
 */
static void give_cpu(struct cpu *cpu, struct vcpu *vcpu)
{
	vcpu->state = VCPU_RUNNING;
	cpu->current = vcpu;
	if (vcpu == cpu->nwd)
		return;
	if (vcpu->model == RTM_NONE)
		vcpu->model = RTM_RUN;
	if (vcpu->partition->ep.kind == ENDPOINT_VM)
		return;
	if (vcpu->caller == NULL)
		vcpu->caller = cpu->nwd;
	for (vcpu = vcpu->caller; vcpu != NULL; vcpu = vcpu->caller)
		vcpu->state = VCPU_BLOCKED;
}

enum reason machine_call(struct machine *machine, struct party *party,
	unsigned cpu_index, struct ffa_regs *regs)
{
	struct cpu *cpu = &machine_manager(machine, party)->cpu[cpu_index];
	struct vcpu *vcpu = &party->vcpu[cpu_index];
	const struct vcpu_exit exit = {.kind = VCPU_EXIT_CALL};
	unsigned before = host_cpu();

	host_cpu_set(cpu_index);
	give_cpu(cpu, vcpu);
	memcpy(vcpu->x, regs->x, sizeof(regs->x));
	run_exit(cpu, &exit);
	memcpy(regs->x, vcpu->x, sizeof(regs->x));
	host_cpu_set(before);
	return (enum reason)cpu->last->reason;
}

void machine_kill(struct machine *machine, struct party *party)
{
	party->partition->ep.aborted = true;
	teardown(&machine_manager(machine, party)->spm, party->partition);
}

/* --- Looks ------------------------------------------------------------- */

static const struct ledger_node *title_at(
	const struct manager *manager, uint64_t at)
{
	return ledger_title(&manager->engine.ledger, paddr(at));
}

static struct party *party_of(
	struct machine *machine, const struct endpoint *endpoint)
{
	for (uint32_t i = 0; i < machine->party_count; i++)
		if (&machine->party[i].partition->ep == endpoint)
			return &machine->party[i];
	return NULL;
}

/* What the normal world owns may be a virtual machine's. */
struct party *machine_owner(struct machine *machine, uint64_t at)
{
	const struct ledger_node *title = title_at(&machine->spmc, at);

	if (title == NULL)
		return NULL;
	if (title->title.owner == &machine->nwd.ep && machine->has_vms) {
		const struct ledger_node *own =
			title_at(&machine->hypervisor, at);

		if (own != NULL)
			return party_of(machine, own->title.owner);
	}
	return party_of(machine, title->title.owner);
}

/* The normal world has no tables here: its title says it, unless it has lent
 * or donated the page. */
static uint8_t nwd_access(struct machine *machine, uint64_t at)
{
	const struct ledger_node *title = title_at(&machine->spmc, at);
	const struct ledger_node *loan =
		ledger_loan(&machine->spmc.engine.ledger, paddr(at));

	if (title == NULL || title->title.owner != &machine->nwd.ep)
		return 0;
	if (loan != NULL && loan->loan.txn != NULL &&
		loan->loan.txn->func != MEM_SHARE)
		return 0;
	return title->title.access.perm;
}

uint8_t machine_access(
	struct machine *machine, struct party *party, uint64_t at)
{
	struct space *space = party->partition->ep.space;
	uint8_t perm;

	if (space == NULL)
		return nwd_access(machine, at);
	perm = s2_lookup(space, false, paddr(at)).perm;
	return perm != 0 ? perm : s2_lookup(space, true, paddr(at)).perm;
}
