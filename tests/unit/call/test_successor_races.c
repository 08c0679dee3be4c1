/*
 * A kernel follows another (docs/adr/0027) while a call is made on another
 * CPU: at every moment of it when no lock is held. Whatever happens, all can
 * be given back, and nothing is left.
 */
#include <stdlib.h>
#include <string.h>

#include "call/run_loop.h"
#include "call/teardown.h"
#include "engine/ledger_check.h"
#include "lib/oracle.h"
#include "lib/talk.h"

#define AT NWD_RAM               /* what the former kernel sends */
#define MORE (NWD_RAM + 0x20000) /* what the next one does */
#define NEXT (NWD_RAM + 0x28000) /* its pair: TX, then RX */
#define MOMENTS_MAX 64

struct meeting {
	struct world *world;
	struct op op; /* what was sent before */
	unsigned moment;
	bool over;
	uint32_t version; /* the next kernel's */
	bool fails;       /* the copy that is met, too */
	bool follows;     /* it comes, too */
	uint64_t handle;  /* what it has sent */
};

/* --- Calls with nobody watching ------------------------------------------- */

static struct ffa_regs by_nwd(struct meeting *m, struct ffa_regs regs)
{
	return call_on(m->world, 0, NWD, regs);
}

static uint8_t *tx_of(struct world *world, int party)
{
	return host_memory(world->partition[party].mailbox.pair.tx.base);
}

static struct ffa_regs send_on(
	struct world *world, unsigned cpu, struct op *op, uint64_t base)
{
	op->desc.range_count = 0;
	op_range(op, base, 2);
	op->desc.range = op->range;
	desc_settle(&op->desc);
	desc_write(&op->desc, tx_of(world, op->who), PAGE_SIZE);
	return call_on(world, cpu, op->who,
		REGS(send_function(op->func, false), op->desc.length,
			op->desc.length));
}

static struct ffa_regs retrieve_on(
	struct world *world, unsigned cpu, const struct op *op)
{
	struct desc desc = retrieve_desc(world, op);

	desc_write(&desc, tx_of(world, op->receiver), PAGE_SIZE);
	return call_on(world, cpu, op->receiver,
		REGS(FFA_MEM_RETRIEVE_REQ, desc.length, desc.length));
}

static struct ffa_regs relinquish_on(struct world *world, unsigned cpu,
	int party, struct desc_relinquish give)
{
	desc_write_relinquish(&give, tx_of(world, party), PAGE_SIZE);
	return call_on(world, cpu, party, REGS(FFA_MEM_RELINQUISH));
}

/* --- The next kernel ------------------------------------------------------ */

/* CPU 1 runs alone, and CPU 0 comes up. */
static void follow(struct meeting *m)
{
	struct world *world = m->world;

	for (unsigned i = 0; i < WORLD_CPUS; i++)
		world->cpu[i].online = i == 1;
	world->cpu[0].nwd->state = VCPU_OFF;
	run_begin(&world->cpu[0]);
	by_nwd(m, nwd_version(m->version));
	by_nwd(m, REGS(FFA_RXTX_MAP_64, NEXT, NEXT + PAGE_SIZE, 1));
	assert_int_equal(world->cpu[0].last->change, TRACE_FOLLOWED);
}

static void on_moment(void *context, const struct host_event *event)
{
	struct meeting *m = context;
	struct world *world = m->world;

	(void)event;
	if (m->over || lock_is_held(&world->spm.engine_lock) ||
		lock_is_held(&world->spm.chain_lock) || m->moment-- > 0)
		return;
	m->over = true;
	host_cpu_set(0);
	follow(m);
	host_cpu_set(1);
	if (m->fails)
		host_fail_copy(1);
}

/* --- Every call, every moment --------------------------------------------- */

static void nwd_lends(struct meeting *m)
{
	struct op op = op_of(m->world, MODEL_LEND, NWD, SP1);

	op.desc.flags = 1;
	send_on(m->world, 1, &op, AT + 4 * PAGE_SIZE);
}

static void nwd_goes_on(struct meeting *m)
{
	struct op op = begun(m->world, MODEL_LEND, NWD);

	host_checker_set(on_moment, m);
	call_on(m->world, 1, NWD,
		REGS(FFA_MEM_FRAG_TX, op.handle, op.handle >> 32, 16));
}

static void sp1_retrieves(struct meeting *m)
{
	retrieve_on(m->world, 1, &m->op);
}

static void sp1_fails_to_retrieve(struct meeting *m)
{
	m->fails = true;
	retrieve_on(m->world, 1, &m->op);
}

static void sp1_relinquishes(struct meeting *m)
{
	relinquish_on(m->world, 1, SP1,
		(struct desc_relinquish){
			m->op.handle, m->op.func != MODEL_SHARE, 1, {ID_SP1}});
}

static void nwd_reclaims(struct meeting *m)
{
	call_on(m->world, 1, NWD,
		REGS(FFA_MEM_RECLAIM, m->op.handle, m->op.handle >> 32, 1));
}

static void machine_retrieves(struct meeting *m)
{
	struct op op = m->op;

	op.receiver = NWD;
	retrieve_on(m->world, 1, &op);
}

static void machine_relinquishes(struct meeting *m)
{
	relinquish_on(m->world, 1, NWD,
		(struct desc_relinquish){m->op.handle, 0, 1, {ID_VM}});
}

static void hypervisor_retrieves(struct meeting *m)
{
	struct desc desc;

	desc_init(&desc, m->world->partition[NWD].version);
	desc.handle = m->op.handle;
	desc_settle(&desc);
	desc_write(&desc, tx_of(m->world, NWD), PAGE_SIZE);
	call_on(m->world, 1, NWD,
		REGS(FFA_MEM_RETRIEVE_REQ, desc.length, desc.length));
}

static void nwd_asks(struct meeting *m)
{
	call_on(m->world, 1, NWD, REGS(FFA_PARTITION_INFO_GET));
}

struct first {
	const char *name;
	void (*call)(struct meeting *m);
	enum model_func func; /* of what is there; MODEL_DONATE: nothing is */
	bool held;            /* by SP1, or by the machine */
	bool machine;
	unsigned moments; /* at least */
};

static void prepare(struct meeting *m, const struct first *first)
{
	struct op *op = &m->op;

	*op = op_of(m->world, first->func, NWD, SP1);
	op_range(op, AT, 2);
	if (first->machine)
		op_receiver(m->world, op, NWD, DESC_RW);
	else
		op->asked_attr = 0x27;
	expect_ok(do_send(m->world, op));
	if (!first->held)
		return;
	op->receiver = first->machine ? NWD : SP1;
	expect_ok(do_retrieve(m->world, op));
	op->receiver = SP1;
}

static void end_txn(struct meeting *m, uint64_t handle)
{
	struct world *world = m->world;

	relinquish_on(world, 0, SP1,
		(struct desc_relinquish){handle, 0, 1, {ID_SP1}});
	relinquish_on(
		world, 0, NWD, (struct desc_relinquish){handle, 0, 1, {ID_VM}});
	by_nwd(m, REGS(FFA_MEM_RECLAIM, handle, handle >> 32));
}

/* Whoever has the pair now. */
static void end_all(struct meeting *m)
{
	struct world *world = m->world;

	assert_true(world->partition[NWD].mailbox.mapped);
	for (uint64_t handle = 1; handle <= world->engine.last_handle; handle++)
		end_txn(m, handle);
	assert_int_equal(world->engine.txns.count, 0);
	assert_int_equal(by_nwd(m, REGS(FFA_RXTX_UNMAP)).x[0], FFA_SUCCESS);
	call_on(world, 0, SP1, REGS(FFA_RX_RELEASE));
}

static void expect_sound(struct meeting *m)
{
	const char *broken = ledger_check(&m->world->engine);

	if (broken)
		fail_msg("%s", broken);
	assert_null(host_violation());
	assert_true(host_ghost_is_empty());
	assert_true(host_is_synced());
}

/* False: the call has not so many moments. */
static bool meet(const struct first *first, unsigned moment)
{
	struct meeting m = {.world = world_make(), .moment = moment};
	struct world *world = m.world;
	uint64_t digest;

	map_buffers(world);
	m.version = world->partition[NWD].version;
	expect_ok(do_unmap(world, NWD));
	digest = oracle_digest(world);
	expect_ok(do_map(world, NWD, world_tx(NWD), world_rx(NWD)));
	if (first->func != MODEL_DONATE)
		prepare(&m, first);
	host_checker_set(on_moment, &m);
	host_cpu_set(1);
	first->call(&m);
	host_cpu_set(0);
	host_checker_set(NULL, NULL);
	expect_sound(&m);
	end_all(&m);
	expect_sound(&m);
	if (oracle_digest(world) != digest)
		fail_msg("%s, moment %u: something is left", first->name,
			moment);
	free(world);
	return m.over;
}

static void every_call_can_be_met_by_the_next_kernel(void **state)
{
	static const struct first firsts[] = {
		{"lend", nwd_lends, MODEL_DONATE, false, false, 3},
		{"fragment", nwd_goes_on, MODEL_DONATE, false, false, 2},
		{"retrieve", sp1_retrieves, MODEL_LEND, false, false, 4},
		{"fail", sp1_fails_to_retrieve, MODEL_LEND, false, false, 3},
		{"relinquish", sp1_relinquishes, MODEL_LEND, true, false, 4},
		{"reclaim", nwd_reclaims, MODEL_LEND, false, false, 1},
		{"machine in", machine_retrieves, MODEL_SHARE, false, true, 3},
		{"machine out", machine_relinquishes, MODEL_SHARE, true, true,
			1},
		{"hypervisor", hypervisor_retrieves, MODEL_SHARE, false, false,
			2},
		{"info", nwd_asks, MODEL_DONATE, false, false, 1},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(firsts); i++) {
		unsigned moment = 0;

		while (moment < MOMENTS_MAX && meet(&firsts[i], moment))
			moment++;
		assert_in_range(moment, firsts[i].moments, MOMENTS_MAX - 1);
	}
}

/* --- The other way round -------------------------------------------------- */

typedef void second_call(struct meeting *m);

struct turn {
	struct meeting m;
	second_call *call;
};

/* The machine is losing what it holds. */
static void call_meanwhile(void *context, const struct host_event *event)
{
	struct turn *turn = context;

	if (event->kind != HOST_CLEAN || turn->m.over)
		return;
	turn->m.over = true;
	host_cpu_set(1);
	turn->call(&turn->m);
	host_cpu_set(0);
}

static void nwd_maps(struct meeting *m)
{
	call_on(m->world, 1, NWD,
		REGS(FFA_RXTX_MAP_64, NEXT, NEXT + PAGE_SIZE, 1));
}

/* A send, and what comes of it, by the new kernel's other CPU. */
static void nwd_maps_and_sends(struct meeting *m)
{
	struct op op = op_of(m->world, MODEL_LEND, NWD, SP1);

	nwd_maps(m);
	op.handle = send_on(m->world, 1, &op, MORE).x[2];
	op.asked_attr = 0x27;
	retrieve_on(m->world, 1, &op);
}

/* Another CPU comes up, and the next one follows in the middle. */
static void another_follows(struct meeting *m)
{
	m->world->cpu[1].online = false;
	m->world->cpu[1].nwd->state = VCPU_OFF;
	run_begin(&m->world->cpu[1]);
	call_on(m->world, 1, NWD, nwd_version(m->version));
	call_on(m->world, 1, NWD,
		REGS(FFA_RXTX_MAP_64, MORE, MORE + PAGE_SIZE, 1));
	assert_int_equal(m->world->cpu[1].last->change, TRACE_FOLLOWED);
}

static void sp1_dies(struct meeting *m)
{
	struct partition *sp1 = &m->world->partition[SP1];

	sp1->ep.aborted = true;
	teardown(&m->world->spm, sp1);
}

static void play_turn(second_call *call, bool held)
{
	struct turn turn = {.m = {.world = world_make()}, .call = call};
	struct meeting *m = &turn.m;
	struct world *world = m->world;
	uint64_t digest;

	map_buffers(world);
	m->version = world->partition[NWD].version;
	expect_ok(do_unmap(world, NWD));
	digest = oracle_digest(world);
	expect_ok(do_map(world, NWD, world_tx(NWD), world_rx(NWD)));
	m->op = op_of(world, MODEL_SHARE, NWD, SP1);
	op_range(&m->op, AT, 2);
	op_receiver(world, &m->op, NWD, DESC_RW);
	expect_ok(do_send(world, &m->op));
	if (held)
		expect_ok(do_retrieve(world, &m->op));
	m->op.receiver = NWD;
	m->op.asked_attr = 0x27;
	expect_ok(do_retrieve(world, &m->op));
	m->op.receiver = SP1;
	host_checker_set(call_meanwhile, &turn);
	follow(m);
	host_checker_set(NULL, NULL);
	assert_true(m->over);
	expect_sound(m);
	end_all(m);
	expect_sound(m);
	if (call != sp1_dies)
		assert_int_equal(oracle_digest(world), digest);
	free(world);
}

static void every_call_can_come_while_the_former_kernel_ends(void **state)
{
	static second_call *const calls[] = {sp1_retrieves, sp1_relinquishes,
		nwd_reclaims, machine_relinquishes, nwd_maps,
		nwd_maps_and_sends, another_follows, sp1_dies};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(calls); i++) {
		play_turn(calls[i], false);
		play_turn(calls[i], true);
	}
}

/* --- Versions ------------------------------------------------------------- */

/* What it has counted and checked, it has in one version. */
static void a_call_ends_at_the_version_it_began_with(void **state)
{
	struct meeting m = {
		.world = start_mapped(state), .version = FFA_VERSION_1_3};
	struct ffa_regs out;

	m.world->partition[NWD].version = FFA_VERSION_1_2;
	m.world->unwatched = true;
	host_checker_set(on_moment, &m);
	host_cpu_set(1);
	out = call_on(m.world, 1, NWD, REGS(FFA_PARTITION_INFO_GET));
	host_cpu_set(0);
	host_checker_set(NULL, NULL);
	assert_true(m.over);
	assert_int_equal(out.x[0], FFA_SUCCESS);
	assert_int_equal(out.x[3], 24);
	assert_int_equal(m.world->partition[NWD].version, FFA_VERSION_1_3);
}

/* --- What belongs to whom ------------------------------------------------- */

/* The former kernel's is being given back; its lock is free. */
static void send_meanwhile(void *context, const struct host_event *event)
{
	struct meeting *m = context;
	struct op op;

	if (event->kind != HOST_CLEAN || m->over)
		return;
	m->over = true;
	host_cpu_set(1);
	call_on(m->world, 1, NWD,
		REGS(FFA_RXTX_MAP_64, world_tx(NWD), world_rx(NWD), 1));
	op = op_of(m->world, MODEL_SHARE, NWD, SP1);
	m->handle = send_on(m->world, 1, &op, MORE).x[2];
	host_cpu_set(0);
}

/* Or a CPU that sends for ever kept the one that follows for ever. */
static void what_is_sent_meanwhile_is_not_the_formers(void **state)
{
	struct meeting m = {.world = start_mapped(state)};
	struct world *world = m.world;
	struct op op = op_of(world, MODEL_SHARE, NWD, SP1);

	op_range(&op, AT, 2);
	op_receiver(world, &op, NWD, DESC_RW);
	op.asked_attr = 0x27;
	expect_ok(do_send(world, &op));
	op.receiver = NWD;
	expect_ok(do_retrieve(world, &op));
	m.version = world->partition[NWD].version;
	host_checker_set(send_meanwhile, &m);
	follow(&m);
	host_checker_set(NULL, NULL);
	assert_true(m.over);
	assert_null(txn_find(&world->engine, op.handle));
	assert_non_null(txn_find(&world->engine, m.handle));
	expect_sound(&m);
}

/* --- Zeroing -------------------------------------------------------------- */

/* SP2 is about to hold it; then it is not, and SP1 has let go. */
static void relinquish_and_fail(void *context, const struct host_event *event)
{
	struct meeting *m = context;

	if (event->kind != HOST_COPY_OUT || m->over)
		return;
	m->over = true;
	host_cpu_set(0);
	if (m->follows)
		follow(m);
	relinquish_on(m->world, 0, SP1,
		(struct desc_relinquish){m->op.handle, 1, 1, {ID_SP1}});
	assert_int_equal(m->world->cpu[0].last->reason, R_NONE);
	host_cpu_set(1);
	host_fail_copy(1);
}

static void lend_to_two(struct meeting *m)
{
	struct world *world = m->world;

	m->op = op_of(world, MODEL_LEND, NWD, SP1);
	op_range(&m->op, AT, 2);
	op_receiver(world, &m->op, SP2, DESC_RW);
	expect_ok(do_send(world, &m->op));
	expect_ok(do_retrieve(world, &m->op));
	m->op.receiver = SP2;
}

static void zero_and_fail(struct meeting *m)
{
	struct world *world = m->world;

	m->version = world->partition[NWD].version;
	lend_to_two(m);
	host_log_clear();
	host_checker_set(relinquish_and_fail, m);
	host_cpu_set(1);
	retrieve_on(world, 1, &m->op);
	host_cpu_set(0);
	host_checker_set(NULL, NULL);
	assert_true(m->over);
	assert_int_equal(world->cpu[1].last->reason, R_BUFFER_FAULT);
	if (!m->follows)
		by_nwd(m, REGS(FFA_MEM_RECLAIM, m->op.handle));
	assert_int_equal(world->engine.txns.count, 0);
	assert_int_equal(host_zeroed_bytes(), 2 * PAGE_SIZE);
	expect_sound(m);
}

static void what_one_wants_zeroed_is_when_another_fails(void **state)
{
	zero_and_fail(&(struct meeting){.world = start_mapped(state)});
}

static void the_next_kernel_gets_it_zeroed_too(void **state)
{
	zero_and_fail(&(struct meeting){
		.world = start_mapped(state), .follows = true});
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_can_be_met_by_the_next_kernel),
		cmocka_unit_test(
			every_call_can_come_while_the_former_kernel_ends),
		TEST(a_call_ends_at_the_version_it_began_with),
		TEST(what_is_sent_meanwhile_is_not_the_formers),
		TEST(what_one_wants_zeroed_is_when_another_fails),
		TEST(the_next_kernel_gets_it_zeroed_too),
	};

	return SUITE_RUN("test-successor-races", tests);
}
