/* See calls.h. */
#include <stdio.h>
#include <string.h>

#include "call/gate.h"
#include "lib/calls.h"
#include "lib/oracle.h"
#include "lib/walker.h"

#define CPU 0

static struct model_response expected;

/* What the call in progress says, for the report of a failure. */
static char doing[400];

#define fail_call(...)                                                         \
	do {                                                                   \
		print_error("in %s\n", doing);                                 \
		fail_msg(__VA_ARGS__);                                         \
	} while (0)

static void fail_if_wrong(struct world *world)
{
	if (world->wrong[0])
		fail_call("%s", world->wrong);
}

static void note(const char *what, int party, const struct desc *desc)
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

static void note_call(const char *what, int party, uint64_t a, uint64_t b)
{
	snprintf(doing, sizeof(doing), "%s by %d: %#llx %#llx", what, party,
		(unsigned long long)a, (unsigned long long)b);
}

/* Puts the party's context on the CPU, as if it had been running. */
static void enter(struct world *world, int party, const struct ffa_regs *in)
{
	struct cpu *cpu = &world->cpu[CPU];
	struct vcpu *vcpu = &world->vcpu[party][CPU];

	vcpu->state = VCPU_RUNNING;
	if (party != NWD && vcpu->model == RTM_NONE)
		vcpu->model = RTM_RUN;
	memcpy(vcpu->x, in->x, sizeof(in->x));
	cpu->current = vcpu;
}

/* Refused calls say so in one way only, and change nothing. */
static void check_error(struct world *world, const struct ffa_regs *out)
{
	enum reason reason = (enum reason)world->cpu[CPU].last.reason;
	int32_t status = (int32_t)(uint32_t)out->x[2];

	world->reason = reason;
	suite_reached(reason);
	if (reason == R_NONE || (int)reason_status(reason) != status)
		fail_call("reason %s does not go with status %d",
			reason_name(reason), status);
	if (out->x[2] >> 32 || out->x[1] || out->x[3] || out->x[4] ||
		out->x[5] || out->x[6] || out->x[7])
		fail_call("stray result registers in FFA_ERROR");
	if (oracle_digest(world) != world->digest)
		fail_call("a refusal (%s) changed something",
			reason_name(reason));
}

static void run(struct world *world, int party, struct ffa_regs *regs)
{
	enter(world, party, regs);
	world->reason = R_NONE;
	world->digest = oracle_digest(world);
	gate_call(&world->cpu[CPU]);
	memcpy(regs->x, world->vcpu[party][CPU].x, sizeof(regs->x));
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

	note_call("registers", party, in.x[0], in.x[1]);
	oracle_begin(world);
	run_and_compare(world, party, &regs);
	return regs;
}

struct ffa_regs call_plain(struct world *world, int party, struct ffa_regs in)
{
	struct ffa_regs regs = in;

	run(world, party, &regs);
	world->reason = (enum reason)world->cpu[CPU].last.reason;
	suite_reached(world->reason);
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
		(status == FFA_NO_MEMORY || status == FFA_ABORTED))
		return;
	if (set == MODEL_OK)
		fail_call("refused (%s); the model does not",
			reason_name(world->reason));
	if (!(set & MODEL_CODE(status)))
		fail_call("refused with %d (%s); the model wants %#x", status,
			reason_name(world->reason), set);
}

/* The model has gone ahead; it steps back where the manager refuses. */
static void perform(struct world *world, int party, struct ffa_regs *regs)
{
	run(world, party, regs);
	if (regs->x[0] == FFA_ERROR)
		world->model = world->before;
}

static enum reason settle(
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

enum reason do_map(struct world *world, int party, uint64_t tx, uint64_t rx)
{
	struct ffa_regs regs = REGS(FFA_RXTX_MAP_64, tx, rx, 1);
	struct model_map op = {party, tx, rx, 1, 1};
	model_set set;

	note_call("map", party, tx, rx);
	oracle_begin(world);
	set = model_map(&world->model, &op);
	perform(world, party, &regs);
	return settle(world, &regs, set);
}

enum reason do_unmap(struct world *world, int party)
{
	struct ffa_regs regs = REGS(FFA_RXTX_UNMAP);
	model_set set;

	note_call("unmap", party, 0, 0);
	oracle_begin(world);
	set = model_unmap(&world->model, party);
	perform(world, party, &regs);
	return settle(world, &regs, set);
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

/* --- Sending ----------------------------------------------------------- */

struct op op_of(
	struct world *world, enum model_func func, int who, int receiver)
{
	struct op op = {
		.who = who,
		.receiver = receiver,
		.func = func,
		.is_64 = true,
	};

	desc_init(&op.desc, world->partition[who].version);
	op.desc.sender = world->partition[who].ep.id;
	op.desc.attributes = func == MODEL_SHARE ? ATTR_NORMAL_WB : 0;
	op.desc.tag = 0x600d7a6;
	desc_add_receiver(&op.desc, world->partition[receiver].ep.id,
		func == MODEL_DONATE ? 0 : DESC_RW);
	return op;
}

void op_range(struct op *op, uint64_t base, uint32_t pages)
{
	op->range[op->desc.range_count++] = (struct desc_range){base, pages, 0};
}

static void prepare(struct op *op)
{
	op->desc.range = op->range;
	if (op->desc.length == 0)
		desc_settle(&op->desc);
}

static uint32_t func_of(enum model_func func, bool is_64)
{
	uint32_t id = func == MODEL_SHARE  ? FFA_MEM_SHARE
		      : func == MODEL_LEND ? FFA_MEM_LEND
					   : FFA_MEM_DONATE;

	return is_64 ? id | FFA_64 : id;
}

static struct model_receiver receiver_of(const struct desc *desc, uint32_t i)
{
	const struct desc_receiver *from = &desc->receiver[i];

	return (struct model_receiver){
		.id = from->id,
		.data = from->permissions & 3,
		.instr = from->permissions >> 2 & 3,
		.flags = from->flags,
		.impdef_given = desc->emad_stride == 32,
		.impdef = {from->impdef[0], from->impdef[1]},
	};
}

static void describe_send(const struct op *op, struct model_send *send)
{
	*send = (struct model_send){
		.caller = op->who,
		.func = op->func,
		.sender = op->desc.sender,
		.attributes = op->desc.attributes,
		.flags = op->desc.flags,
		.handle = op->desc.handle,
		.tag = op->desc.tag,
		.receiver_count = op->desc.receiver_count,
		.page_total = op->desc.page_total,
		.range_count = op->desc.range_count,
	};
	for (uint32_t i = 0; i < send->receiver_count; i++)
		send->receiver[i] = receiver_of(&op->desc, i);
	for (uint32_t i = 0; i < send->range_count; i++)
		send->range[i] = (struct range){
			paddr(op->range[i].base), op->range[i].pages};
}

/* Straight into the caller's TX page, as a guest's stores would. */
static void write_tx(struct world *world, int party, const struct desc *desc)
{
	struct range tx = world->partition[party].mailbox.pair.tx;

	if (world->partition[party].mailbox.mapped)
		desc_write(desc, host_memory(tx.base), PAGE_SIZE);
}

enum reason do_send(struct world *world, struct op *op)
{
	static struct model_send send;
	struct ffa_regs regs;
	struct model_txn *txn = NULL;
	model_set set;

	prepare(op);
	describe_send(op, &send);
	write_tx(world, op->who, &op->desc);
	note(op->func == MODEL_SHARE     ? "share"
		: op->func == MODEL_LEND ? "lend"
					 : "donate",
		op->who, &op->desc);
	regs = REGS(
		func_of(op->func, op->is_64), op->desc.length, op->desc.length);
	oracle_begin(world);
	set = model_send(&world->model, &send, &txn);
	perform(world, op->who, &regs);
	op->handle = regs.x[2] | regs.x[3] << 32;
	if (regs.x[0] == FFA_SUCCESS && txn)
		txn->handle = op->handle;
	return settle(world, &regs, set);
}

enum reason raw_send(struct world *world, struct op *op)
{
	struct ffa_regs regs;

	prepare(op);
	write_tx(world, op->who, &op->desc);
	regs = call_regs(world, op->who,
		REGS(func_of(op->func, op->is_64), op->desc.length,
			op->desc.length));
	return regs.x[0] == FFA_ERROR ? world->reason : R_NONE;
}

/* --- Retrieving -------------------------------------------------------- */

struct desc retrieve_desc(struct world *world, const struct op *op)
{
	struct desc desc;
	struct desc_receiver *own;

	desc_init(&desc, world->partition[op->receiver].version);
	desc.sender = op->desc.sender;
	desc.attributes = op->asked_attr;
	desc.flags = op->asked_flags;
	if (!op->asked_untyped)
		desc.flags |= (uint32_t)op->func << 3;
	desc.handle = op->handle;
	desc.tag = op->desc.tag;
	own = desc_add_receiver(
		&desc, world->partition[op->receiver].ep.id, op->asked);
	memcpy(own->impdef, op->desc.receiver[0].impdef, sizeof(own->impdef));
	desc_settle(&desc);
	return desc;
}

static void describe_request(struct world *world, int party,
	const struct desc *desc, struct model_retrieve *request)
{
	*request = (struct model_retrieve){
		.caller = party,
		.sender = desc->sender,
		.attributes = desc->attributes,
		.flags = desc->flags,
		.handle = desc->handle,
		.tag = desc->tag,
		.receiver_count = desc->receiver_count,
		.rx_full = world->partition[party].mailbox.rx == RX_FULL,
	};
	for (uint32_t i = 0; i < desc->receiver_count; i++)
		request->receiver[i] = receiver_of(desc, i);
}

static void compare_ranges(const struct op *op)
{
	const struct desc *got = &op->response;

	assert_int_equal(got->range_count, expected.range_count);
	assert_int_equal(got->range_total, expected.range_count);
	for (uint32_t i = 0; i < got->range_count; i++) {
		assert_int_equal(got->range[i].base, expected.range[i].base.v);
		assert_int_equal(got->range[i].pages, expected.range[i].pages);
		assert_int_equal(got->range[i].reserved, 0);
	}
}

/* Every field of the response against the model's. */
static void compare_response(
	struct world *world, struct op *op, const struct ffa_regs *regs)
{
	const struct partition *partition = &world->partition[op->receiver];
	struct desc *got = &op->response;
	bool old = partition->version == FFA_VERSION_1_0;

	assert_int_equal(regs->x[0], FFA_MEM_RETRIEVE_RESP);
	assert_int_equal(regs->x[1], regs->x[2]);
	for (unsigned i = 3; i < 8; i++)
		assert_int_equal(regs->x[i], 0);
	desc_init(got, partition->version);
	got->range = op->response_range;
	assert_true(desc_read(got, host_memory(partition->mailbox.pair.rx.base),
		(uint32_t)regs->x[1], MODEL_RANGES_MAX));
	assert_int_equal(got->length, regs->x[1]);
	assert_int_equal(got->sender, expected.sender);
	assert_int_equal(got->attributes,
		old ? expected.attributes & 0x3f : expected.attributes);
	assert_int_equal(got->flags, expected.flags);
	assert_int_equal(got->handle, op->handle);
	assert_int_equal(got->tag, expected.tag);
	assert_int_equal(got->receiver_count, 1);
	assert_int_equal(got->receiver[0].id, partition->ep.id);
	assert_int_equal(got->receiver[0].permissions,
		expected.data | expected.instr << 2);
	assert_int_equal(got->receiver[0].flags, 0);
	assert_int_equal(got->receiver[0].reserved, 0);
	if (partition->version >= FFA_VERSION_1_2)
		assert_memory_equal(got->receiver[0].impdef, expected.impdef,
			sizeof(expected.impdef));
	compare_ranges(op);
}

enum reason do_retrieve_desc(
	struct world *world, struct op *op, const struct desc *desc)
{
	struct ffa_regs regs =
		REGS(FFA_MEM_RETRIEVE_REQ | FFA_64, desc->length, desc->length);
	struct model_retrieve request;
	enum reason reason;
	model_set set;

	describe_request(world, op->receiver, desc, &request);
	write_tx(world, op->receiver, desc);
	note("retrieve", op->receiver, desc);
	oracle_begin(world);
	set = model_retrieve(&world->model, &request, &expected);
	perform(world, op->receiver, &regs);
	reason = settle(world, &regs, set);
	if (reason != R_NONE)
		return reason;
	compare_response(world, op, &regs);
	if (!op->keep_rx)
		expect_ok(do_release_rx(world, op->receiver));
	return R_NONE;
}

enum reason do_retrieve(struct world *world, struct op *op)
{
	struct desc desc = retrieve_desc(world, op);

	return do_retrieve_desc(world, op, &desc);
}

enum reason raw_retrieve(
	struct world *world, int party, const struct desc *desc)
{
	struct ffa_regs regs;

	write_tx(world, party, desc);
	regs = call_regs(world, party,
		REGS(FFA_MEM_RETRIEVE_REQ | FFA_64, desc->length,
			desc->length));
	return regs.x[0] == FFA_ERROR ? world->reason : R_NONE;
}

/* --- Giving back ------------------------------------------------------- */

enum reason do_relinquish_as(struct world *world, int party,
	const struct desc_relinquish *relinquish)
{
	struct ffa_regs regs = REGS(FFA_MEM_RELINQUISH);
	struct model_relinquish op = {
		.caller = party,
		.handle = relinquish->handle,
		.flags = relinquish->flags,
		.endpoint_count = relinquish->endpoint_count,
		.endpoint = relinquish->endpoint[0],
	};
	const struct mailbox *mailbox = &world->partition[party].mailbox;
	model_set set;

	if (mailbox->mapped)
		desc_write_relinquish(relinquish,
			host_memory(mailbox->pair.tx.base), PAGE_SIZE);
	note_call("relinquish", party, op.handle, op.flags);
	oracle_begin(world);
	set = model_relinquish(&world->model, &op);
	perform(world, party, &regs);
	return settle(world, &regs, set);
}

enum reason do_relinquish(struct world *world, struct op *op, uint32_t flags)
{
	struct desc_relinquish relinquish = {
		.handle = op->handle,
		.flags = flags,
		.endpoint_count = 1,
		.endpoint = {world->partition[op->receiver].ep.id},
	};

	return do_relinquish_as(world, op->receiver, &relinquish);
}

enum reason do_reclaim_as(
	struct world *world, int party, uint64_t handle, uint32_t flags)
{
	struct ffa_regs regs =
		REGS(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, flags);
	struct model_reclaim op = {party, handle, flags};
	model_set set;

	note_call("reclaim", party, handle, flags);
	oracle_begin(world);
	set = model_reclaim(&world->model, &op);
	perform(world, party, &regs);
	return settle(world, &regs, set);
}

enum reason do_reclaim(struct world *world, struct op *op, uint32_t flags)
{
	return do_reclaim_as(world, op->who, op->handle, flags);
}

/* --- Shortcuts --------------------------------------------------------- */

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
