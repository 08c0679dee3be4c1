/* See calls.h. */
#include <stdio.h>
#include <string.h>

#include "call/gate.h"
#include "call/teardown.h"
#include "lib/calls_core.h"
#include "lib/oracle.h"
#include "lib/walker.h"

#define CPU 0

/* What the call in progress says, for the report of a failure. */
static char doing[400];

void call_tell(void)
{
	print_error("in %s\n", doing);
}

static void fail_if_wrong(struct world *world)
{
	if (world->wrong[0])
		fail_call("%s", world->wrong);
}

void call_note(const char *what, int party, const struct desc *desc)
{
	int at = snprintf(doing, sizeof(doing),
		"%s by %d: sender %#x attr %#x flags %#x handle %#llx "
		"receivers %u: %#x perm %#x flags %#x;",
		what, party, desc->sender, desc->attributes, desc->flags,
		(unsigned long long)desc->handle, desc->receiver_count,
		desc->receiver[0].id, desc->receiver[0].permissions,
		desc->receiver[0].flags);

	for (uint32_t i = 0; i < desc->range_count && i < 4; i++)
		at += snprintf(doing + at, sizeof(doing) - (size_t)at,
			" %#llx+%u", (unsigned long long)desc->range[i].base,
			desc->range[i].pages);
}

void call_note_numbers(const char *what, int party, uint64_t a, uint64_t b)
{
	snprintf(doing, sizeof(doing), "%s by %d: %#llx %#llx", what, party,
		(unsigned long long)a, (unsigned long long)b);
}

static struct cpu *cpu_of(struct world *world, int party)
{
	return world->on ? world->on : world_cpu(world, party, CPU);
}

/* Puts the party's context on the CPU, as if it had been running. */
static void force(struct world *world, int party)
{
	struct vcpu *vcpu = &world->vcpu[party][CPU];

	host_cpu_set(CPU);
	vcpu->state = VCPU_RUNNING;
	if (party != NWD && vcpu->model == RTM_NONE)
		vcpu->model = RTM_RUN;
	cpu_of(world, party)->current = vcpu;
}

/* The context that makes the next call. */
static struct vcpu *enter(
	struct world *world, int party, const struct ffa_regs *in)
{
	struct vcpu *vcpu;

	if (!world->on)
		force(world, party);
	vcpu = cpu_of(world, party)->current;
	assert_ptr_equal(vcpu->partition, &world->partition[party]);
	memcpy(vcpu->x, in->x, sizeof(in->x));
	return vcpu;
}

/* Refused calls say so in one way only, and change nothing. */
static void check_error(struct world *world, const struct ffa_regs *out)
{
	enum reason reason = world->refused;
	int32_t status = (int32_t)(uint32_t)out->x[2];

	world->reason = reason;
	if (reason == R_NONE || (int)reason_status(reason) != status)
		fail_call("reason %s does not go with status %d",
			reason_name(reason), status);
	if (out->x[2] >> 32 || out->x[1] || out->x[3] || out->x[4] ||
		out->x[5] || out->x[6] || out->x[7])
		fail_call("stray result registers in FFA_ERROR");
	/* The donor's manager hears at last that the memory is gone. */
	if (reason == R_DONATION_TAKEN)
		return;
	if (!world->may_change && !world->unwatched &&
		oracle_digest(world) != world->digest)
		fail_call("a refusal (%s) changed something",
			reason_name(reason));
}

static void run(struct world *world, int party, struct ffa_regs *regs)
{
	struct vcpu *vcpu = enter(world, party, regs);
	struct cpu *cpu = cpu_of(world, party);

	world->reason = R_NONE;
	if (!world->unwatched)
		world->digest = oracle_digest(world);
	gate_call(cpu);
	suite_refused(cpu->last);
	world->refused = (enum reason)cpu->last->reason;
	memcpy(regs->x, vcpu->x, sizeof(regs->x));
}

/* oracle_begin() and the model's part have been done. */
static void run_and_compare(
	struct world *world, int party, struct ffa_regs *regs)
{
	run(world, party, regs);
	oracle_end(world);
	fail_if_wrong(world);
	if (regs->x[0] == FFA_ERROR)
		check_error(world, regs);
}

struct ffa_regs call_regs(struct world *world, int party, struct ffa_regs in)
{
	struct ffa_regs regs = in;

	call_note_numbers("registers", party, in.x[0], in.x[1]);
	oracle_begin(world);
	run_and_compare(world, party, &regs);
	return regs;
}

void expect_error(
	struct world *world, int party, struct ffa_regs in, enum reason reason)
{
	struct ffa_regs out = call_regs(world, party, in);

	assert_int_equal(out.x[0], FFA_ERROR);
	expect_reason(world->reason, reason);
}

struct ffa_regs call_plain(struct world *world, int party, struct ffa_regs in)
{
	struct ffa_regs regs = in;

	run(world, party, &regs);
	world->reason = world->refused;
	return regs;
}

struct ffa_regs call_on(
	struct world *world, unsigned index, int party, struct ffa_regs regs)
{
	struct cpu *cpu = world_cpu(world, party, index);
	struct vcpu *vcpu = &world->vcpu[party][index];

	unsigned before = host_cpu();

	host_cpu_set(index);
	vcpu->state = VCPU_RUNNING;
	vcpu->model = RTM_RUN;
	memcpy(vcpu->x, regs.x, sizeof(regs.x));
	cpu->current = vcpu;
	gate_call(cpu);
	host_cpu_set(before);
	suite_refused(cpu->last);
	memcpy(regs.x, vcpu->x, sizeof(regs.x));
	return regs;
}

/*
 * The call must end as the model says: in one of the statuses of `set`, or
 * with success where it is empty. A fault that was injected may stop it.
 */
static void compare_status(
	struct world *world, const struct ffa_regs *out, model_set set)
{
	int32_t status = (int32_t)(uint32_t)out->x[2];

	if (out->x[0] != FFA_ERROR) {
		if (set != MODEL_OK)
			fail_call("succeeded; the model refuses (%#x)", set);
		return;
	}
	if (world->injecting &&
		(status == FFA_NO_MEMORY || status == FFA_ABORTED ||
			world->has_hypervisor))
		return;
	if (set == MODEL_OK)
		fail_call("refused (%s); the model does not",
			reason_name(world->reason));
	if (!(set & MODEL_CODE(status)))
		fail_call("refused with %d (%s); the model wants %#x", status,
			reason_name(world->reason), set);
}

/* The model has gone ahead; it steps back where the manager refuses. */
void call_perform(struct world *world, int party, struct ffa_regs *regs)
{
	run(world, party, regs);
	if (regs->x[0] == FFA_ERROR)
		model_copy(&world->model, &world->before);
}

enum reason call_settle(
	struct world *world, struct ffa_regs *regs, model_set set)
{
	oracle_end(world);
	if (regs->x[0] == FFA_ERROR)
		check_error(world, regs);
	compare_status(world, regs, set);
	fail_if_wrong(world);
	return world->reason;
}

/* --- Buffers ----------------------------------------------------------- */

/* The calls before this one were a new kernel's: see test_successor.c. */
static bool follows(const struct world *world, int party)
{
	return party == NWD && !world->partition[NWD].version_locked &&
	       world->spm.successor.asked;
}

/* Of a refusal the former kernel's end stays. */
static enum reason map(struct world *world, const struct model_map *op)
{
	struct ffa_regs regs = REGS(FFA_RXTX_MAP_64, op->tx, op->rx, op->pages);
	static struct model start;
	enum reason reason;
	model_set set;

	call_note_numbers("map", op->caller, op->tx, op->rx);
	oracle_begin(world);
	world->may_change = follows(world, op->caller);
	if (world->may_change)
		model_follow(&world->model);
	model_copy(&start, &world->model);
	set = model_map(&world->model, op);
	run(world, op->caller, &regs);
	if (regs.x[0] == FFA_ERROR)
		model_copy(&world->model, &start);
	reason = call_settle(world, &regs, set);
	world->may_change = false;
	return reason;
}

enum reason do_map(struct world *world, int party, uint64_t tx, uint64_t rx)
{
	return map(world, &(struct model_map){party, tx, rx, 1, 0});
}

enum reason do_map_pages(
	struct world *world, int party, uint64_t tx, uint32_t pages)
{
	return map(world, &(struct model_map){
				  party, tx, tx + pages * PAGE_SIZE, pages, 0});
}

enum reason do_unmap(struct world *world, int party)
{
	struct ffa_regs regs = REGS(FFA_RXTX_UNMAP);
	model_set set;

	call_note_numbers("unmap", party, 0, 0);
	oracle_begin(world);
	set = model_unmap(&world->model, party);
	call_perform(world, party, &regs);
	return call_settle(world, &regs, set);
}

static void write_composite(uint8_t *at, uint64_t base, uint64_t pages)
{
	uint32_t words[8] = {(uint32_t)pages, 1, 0, 0, (uint32_t)base,
		(uint32_t)(base >> 32), (uint32_t)pages, 0};

	memcpy(at, words, sizeof(words));
}

void write_pair(const struct model_map *op)
{
	uint8_t *tx = host_memory(paddr(world_tx(NWD)));
	uint32_t words[4] = {op->vm, 16, 48, 0};

	memcpy(tx, words, sizeof(words));
	write_composite(tx + 16, op->rx, op->pages);
	write_composite(tx + 48, op->tx, op->pages);
}

enum reason do_map_vm(struct world *world, const struct model_map *op)
{
	struct ffa_regs regs = REGS(FFA_RXTX_MAP_64);
	model_set set;

	call_note_numbers("map of VM", op->vm, op->tx, op->rx);
	oracle_begin(world);
	if (world->model.party[NWD].buffers)
		write_pair(op);
	set = model_map(&world->model, op);
	call_perform(world, NWD, &regs);
	return call_settle(world, &regs, set);
}

enum reason do_unmap_vm(struct world *world, uint16_t id)
{
	struct ffa_regs regs = REGS(FFA_RXTX_UNMAP, (uint64_t)id << 16);
	model_set set;

	call_note_numbers("unmap of VM", id, 0, 0);
	oracle_begin(world);
	set = model_unmap_vm(&world->model, id);
	call_perform(world, NWD, &regs);
	return call_settle(world, &regs, set);
}

enum reason do_release_rx(struct world *world, int party)
{
	struct ffa_regs regs = call_regs(world, party, REGS(FFA_RX_RELEASE));

	return regs.x[0] == FFA_ERROR ? world->reason : R_NONE;
}

void map_buffers(struct world *world)
{
	for (int party = NWD; party < WORLD_PARTIES; party++)
		expect_ok(
			do_map(world, party, world_tx(party), world_rx(party)));
}

/* --- Permissions ------------------------------------------------------- */

/* In FF-A 1.3 w2 is one less than the pages, before it is not looked at. */
enum reason do_perm_get(
	struct world *world, int party, uint64_t base, uint32_t pages)
{
	bool counts = world->partition[party].version >= FFA_VERSION_1_3;
	struct ffa_regs regs = REGS(FFA_MEM_PERM_GET_64, base, pages - 1);
	struct model_perm op = {party, base, counts ? pages : 1, 0};
	struct model_perm_run run;
	enum reason reason;
	model_set set;

	call_note_numbers("perm get", party, base, pages);
	oracle_begin(world);
	set = model_perm_get(&world->model, &op, &run);
	call_perform(world, party, &regs);
	reason = call_settle(world, &regs, set);
	if (reason == R_NONE &&
		(regs.x[2] != run.word || regs.x[3] != run.pages - 1))
		fail_call("%llu pages with %#llx, not %llu with %#x",
			(unsigned long long)regs.x[3] + 1,
			(unsigned long long)regs.x[2],
			(unsigned long long)run.pages, run.word);
	return reason;
}

enum reason do_perm_set(struct world *world, int party, uint64_t base,
	uint32_t pages, uint32_t word)
{
	struct ffa_regs regs = REGS(FFA_MEM_PERM_SET_64, base, pages, word);
	struct model_perm op = {party, base, pages, word};
	model_set set;

	call_note_numbers("perm set", party, base, pages);
	oracle_begin(world);
	set = model_perm_set(&world->model, &op);
	call_perform(world, party, &regs);
	return call_settle(world, &regs, set);
}

/* --- Death ------------------------------------------------------------- */

void do_kill(struct world *world, int party)
{
	call_note_numbers("kill", party, 0, 0);
	oracle_begin(world);
	model_kill(&world->model, party);
	world->partition[party].ep.aborted = true;
	teardown(world_cpu(world, party, CPU)->spm, &world->partition[party]);
	oracle_end(world);
	fail_if_wrong(world);
}

/* --- Another kernel ---------------------------------------------------- */

struct ffa_regs nwd_version(uint32_t version)
{
	return REGS(FFA_MSG_SEND_DIRECT_REQ,
		(uint64_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC,
		FFA_FRAMEWORK | FFA_FRAMEWORK_VERSION_REQ, version);
}

enum reason do_follow(
	struct world *world, uint32_t version, uint64_t tx, uint64_t rx)
{
	enum reason reason;

	for (unsigned i = 0; i < WORLD_CPUS; i++)
		world->cpu[i].online = i == CPU;
	assert_int_equal(call_regs(world, NWD, nwd_version(version)).x[3],
		FFA_VERSION_OURS);
	reason = do_map(world, NWD, tx, rx);
	for (unsigned i = 0; i < WORLD_CPUS; i++)
		world->cpu[i].online = true;
	assert_int_equal(world->partition[NWD].version, version);
	return reason;
}

/* --- Shortcuts --------------------------------------------------------- */

struct world *start_mapped(void **state)
{
	struct world *world = *state;

	map_buffers(world);
	return world;
}

struct op sent(struct world *world, enum model_func func, int who, int receiver,
	uint64_t base)
{
	struct op op = op_of(world, func, who, receiver);

	op_range(&op, base, 2);
	expect_ok(do_send(world, &op));
	return op;
}

struct op held(struct world *world, enum model_func func, int who, int receiver,
	uint64_t base)
{
	struct op op = sent(world, func, who, receiver, base);

	expect_ok(do_retrieve(world, &op));
	return op;
}

struct op short_op(struct world *world, enum model_func func, int who)
{
	struct op op = op_of(world, func, who, who == SP2 ? SP3 : SP2);

	op_scatter(&op,
		who == NWD   ? NWD_RAM
		: who == SP1 ? SP1_MORE
			     : SP2_RW,
		SHORT_RANGES);
	op.desc.range = op.range;
	desc_settle(&op.desc);
	op.first = op.desc.composite_at + 16 + 2 * 16;
	return op;
}

struct op begun(struct world *world, enum model_func func, int who)
{
	struct op op = short_op(world, func, who);

	expect_ok(do_send_first(world, &op));
	return op;
}

uint8_t access_of(struct world *world, int party, uint64_t at)
{
	struct walker_memory all = {host_memory(paddr(0)), HOST_MEMORY_SIZE};
	const struct model_page *page = model_page(&world->model, at);
	struct walker_leaf leaf;

	if (!walker_find(&all, world->partition[party].space.root[page->ns].v,
		    at, &leaf))
		return 0;
	return (uint8_t)((leaf.read ? MODEL_R : 0) |
			 (leaf.write ? MODEL_W : 0) |
			 (leaf.execute ? MODEL_X : 0));
}
