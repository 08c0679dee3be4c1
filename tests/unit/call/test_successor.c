/*
 * A kernel that follows another in the normal world (docs/adr/0027): by what
 * it is known, what ends then, and that nothing else is taken for it.
 */
#include "call/run_loop.h"
#include "lib/oracle.h"
#include "lib/talk.h"

#define AT NWD_RAM               /* what the former kernel shares */
#define NEXT (NWD_RAM + 0x28000) /* its successor's pair: TX, then RX */

#define CREATE(id) REGS(FFA_NOTIFICATION_BITMAP_CREATE, id, 1)
#define MAP REGS(FFA_RXTX_MAP_64, NEXT, NEXT + PAGE_SIZE, 1)
#define REFUSED_VERSION 0xffffffffu

static struct world *begin(void **state)
{
	return start_mapped(state);
}

static void only_cpu_0(struct world *world)
{
	for (unsigned i = 1; i < WORLD_CPUS; i++) {
		world->cpu[i].online = false;
		world->cpu[i].nwd->state = VCPU_OFF;
	}
}

static void joins(struct world *world, unsigned index)
{
	host_cpu_set(index);
	run_begin(&world->cpu[index]);
	host_cpu_set(0);
}

static uint64_t ask(struct world *world, uint32_t version)
{
	return call_regs(world, NWD, nwd_version(version)).x[3];
}

/* The same version as before. */
static void ask_again(struct world *world)
{
	assert_int_equal(
		ask(world, world->partition[NWD].version), FFA_VERSION_OURS);
}

static bool is_mapped_at(const struct world *world, uint64_t tx)
{
	const struct mailbox *mailbox = &world->partition[NWD].mailbox;

	return mailbox->mapped && mailbox->pair.tx.base.v == tx;
}

static void expect_followed(struct world *world)
{
	struct ffa_regs out = call_plain(world, NWD, MAP);

	assert_int_equal(out.x[0], FFA_SUCCESS);
	assert_true(is_mapped_at(world, NEXT));
	assert_int_equal(world->cpu[0].last->change, TRACE_FOLLOWED);
}

/* It is still the former one that runs. */
static void expect_not_followed(struct world *world)
{
	expect_error(world, NWD, MAP, R_BUFFERS_MAPPED);
	assert_true(is_mapped_at(world, world_tx(NWD)));
}

static enum reason follow(struct world *world)
{
	return do_follow(
		world, world->partition[NWD].version, NEXT, NEXT + PAGE_SIZE);
}

/* --- The sign ----------------------------------------------------------- */

static void a_kernel_on_the_only_cpu_follows(void **state)
{
	struct world *world = begin(state);

	only_cpu_0(world);
	ask_again(world);
	expect_followed(world);
}

static void a_kernel_that_has_started_its_cpus_follows(void **state)
{
	struct world *world = begin(state);

	only_cpu_0(world);
	for (unsigned i = 1; i < WORLD_CPUS; i++)
		joins(world, i);
	ask_again(world);
	ask_again(world);
	expect_followed(world);
}

static void a_kernel_may_ask_before_it_starts_its_cpus(void **state)
{
	struct world *world = begin(state);

	only_cpu_0(world);
	ask(world, FFA_VERSION_1_1);
	joins(world, 1);
	expect_followed(world);
	assert_int_equal(world->partition[NWD].version, FFA_VERSION_1_1);
}

static void questions_and_the_firmware_do_not_hide_it(void **state)
{
	const struct ffa_regs others[] = {REGS(FFA_ID_GET),
		REGS(FFA_SPM_ID_GET), REGS(FFA_FEATURES, FFA_RXTX_MAP_64),
		REGS(FFA_FEATURES, 77), REGS(FFA_INTERRUPT),
		REGS(REQ, IDS(FFA_ID_SPMD, FFA_ID_SPMC),
			FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_REQ, 0x84000001)};
	struct world *world = begin(state);

	only_cpu_0(world);
	joins(world, 1);
	for (unsigned i = 0; i < ARRAY_COUNT(others); i++)
		call_regs(world, NWD, others[i]);
	ask_again(world);
	for (unsigned i = 0; i < ARRAY_COUNT(others); i++)
		call_regs(world, NWD, others[i]);
	/* Partitions are not the normal world. */
	call_regs(world, SP1, REGS(FFA_RX_RELEASE));
	expect_followed(world);
}

static void a_version_alone_changes_nothing(void **state)
{
	struct world *world = begin(state);
	struct op op = held(world, MODEL_SHARE, NWD, SP1, AT);
	uint64_t digest = oracle_digest(world);

	only_cpu_0(world);
	for (unsigned i = 0; i < 3; i++)
		ask_again(world);
	joins(world, 1);
	ask_again(world);
	assert_int_equal(oracle_digest(world), digest);
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
	expect_not_followed(world);
}

static void a_pair_alone_is_refused(void **state)
{
	struct world *world = begin(state);

	only_cpu_0(world);
	expect_not_followed(world);
	joins(world, 1);
	expect_not_followed(world);
	/* That was a call: the version comes too late. */
	ask_again(world);
	expect_not_followed(world);
}

static void with_several_cpus_on_nobody_follows(void **state)
{
	struct world *world = begin(state);

	ask_again(world);
	expect_not_followed(world);
	/* A third one, too. */
	world->cpu[3].online = false;
	world->cpu[3].nwd->state = VCPU_OFF;
	joins(world, 3);
	ask_again(world);
	expect_not_followed(world);
}

/* The driver of a kernel that runs makes other calls. */
static void another_call_before_or_between_is_a_running_kernels(void **state)
{
	struct world *world = begin(state);
	const struct ffa_regs calls[] = {REGS(FFA_RX_RELEASE),
		REGS(FFA_RXTX_UNMAP, 1), REGS(FFA_PARTITION_INFO_GET),
		REGS(FFA_PARTITION_INFO_GET_REGS), REGS(FFA_MEM_RECLAIM, 99),
		REGS(FFA_MEM_SHARE), REGS(FFA_NOTIFICATION_INFO_GET),
		REGS(FFA_RUN, IDS(ID_NOBODY, 0)), REGS(FFA_MSG_SEND2),
		REGS(REQ, IDS(0, ID_NOBODY)), REGS(FFA_RXTX_MAP_64),
		REGS(FFA_MEM_FRAG_TX, 99)};

	for (unsigned i = 0; i < ARRAY_COUNT(calls); i++) {
		only_cpu_0(world);
		joins(world, 1);
		call_plain(world, NWD, calls[i]);
		ask_again(world);
		expect_not_followed(world);
		only_cpu_0(world);
		ask_again(world);
		call_plain(world, NWD, calls[i]);
		expect_not_followed(world);
	}
}

/* A pair that a hypervisor maps for a machine, or a partition for itself. */
static void nobody_elses_pair_is_the_sign(void **state)
{
	struct model_map vm = {NWD, NEXT, NEXT + PAGE_SIZE, 1, ID_VM};
	struct world *world = begin(state);

	only_cpu_0(world);
	ask_again(world);
	expect_ok(do_map_vm(world, &vm));
	assert_true(is_mapped_at(world, world_tx(NWD)));
	ask_again(world);
	expect_ok(do_unmap(world, SP1));
	expect_ok(do_map(world, SP1, world_tx(SP1), world_rx(SP1)));
	call_regs(world, SP1, REGS(FFA_VERSION, FFA_VERSION_1_2));
	assert_true(is_mapped_at(world, world_tx(NWD)));
}

static void it_is_followed_once(void **state)
{
	struct world *world = begin(state);
	struct op op;

	expect_ok(follow(world));
	only_cpu_0(world);
	expect_error(world, NWD,
		REGS(FFA_RXTX_MAP_64, world_tx(NWD), world_rx(NWD), 1),
		R_BUFFERS_MAPPED);
	expect_ok(do_unmap(world, NWD));
	expect_ok(do_map(world, NWD, world_tx(NWD), world_rx(NWD)));
	op = held(world, MODEL_SHARE, NWD, SP1, AT);
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
}

/* --- Versions ----------------------------------------------------------- */

/* Once it was enough to ask for the one in force before. */
static void a_running_kernel_keeps_its_version(void **state)
{
	struct world *world = begin(state);

	world->partition[NWD].version = FFA_VERSION_1_2;
	for (unsigned i = 0; i < 2; i++) {
		ask_again(world);
		assert_int_equal(ask(world, FFA_VERSION_1_1), REFUSED_VERSION);
		assert_int_equal(
			world->partition[NWD].version, FFA_VERSION_1_2);
	}
}

static void a_follower_may_speak_another_version(void **state)
{
	struct world *world = begin(state);

	world->partition[NWD].version = FFA_VERSION_1_2;
	expect_ok(do_follow(world, FFA_VERSION_1_1, NEXT, NEXT + PAGE_SIZE));
	expect_ok(do_follow(world, FFA_VERSION_1_2, AT, AT + PAGE_SIZE));
}

/* Until it maps its pair it could be anybody. */
static void another_version_is_in_force_with_the_pair(void **state)
{
	struct world *world = begin(state);
	struct op op;

	world->partition[NWD].version = FFA_VERSION_1_2;
	only_cpu_0(world);
	assert_int_equal(ask(world, FFA_VERSION_1_0), FFA_VERSION_OURS);
	assert_int_equal(world->partition[NWD].version, FFA_VERSION_1_2);
	op = held(world, MODEL_LEND, NWD, SP1, AT);
	expect_not_followed(world);
	assert_int_equal(world->partition[NWD].version, FFA_VERSION_1_2);
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
}

/* --- What ends ---------------------------------------------------------- */

static void what_nobody_holds_is_the_followers(void **state)
{
	struct world *world = begin(state);
	struct op op;

	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
		op = sent(world, (enum model_func)func, NWD, SP1,
			AT + (uint64_t)func * 2 * PAGE_SIZE);
		expect_ok(do_release_rx(world, NWD) == R_RX_NOT_OWNED
				  ? R_NONE
				  : R_RX_FULL);
	}
	expect_ok(follow(world));
	assert_int_equal(world->engine.txns.count, 0);
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++)
		held(world, (enum model_func)func, NWD, SP2,
			AT + (uint64_t)func * 2 * PAGE_SIZE);
	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
	expect_refusal(do_reclaim(world, &op, 0), R_HANDLE_UNKNOWN);
}

static void what_is_held_comes_with_its_relinquish(void **state)
{
	static const enum model_func funcs[] = {MODEL_SHARE, MODEL_LEND};
	struct world *world = begin(state);
	struct op op, again;

	for (unsigned i = 0; i < ARRAY_COUNT(funcs); i++) {
		op = held(world, funcs[i], NWD, SP1, AT);
		expect_ok(do_follow(world, world->partition[NWD].version,
			NEXT + i * PAGE_SIZE, NEXT + 4 * PAGE_SIZE));
		/* SP1 has it, and nobody else gets it meanwhile. */
		assert_int_not_equal(access_of(world, SP1, AT), 0);
		again = op_of(world, MODEL_SHARE, NWD, SP2);
		op_range(&again, AT, 2);
		expect_refusal(do_send(world, &again), R_NOT_EXCLUSIVE);
		expect_refusal(do_reclaim(world, &op, 0), R_STILL_HELD);
		expect_ok(do_relinquish(world, &op, 0));
		assert_int_equal(access_of(world, SP1, AT), 0);
		assert_int_equal(world->engine.txns.count, 0);
		again = sent(world, MODEL_SHARE, NWD, SP2, AT);
		expect_ok(do_reclaim(world, &again, 0));
	}
}

static void the_last_of_several_borrowers_ends_it(void **state)
{
	struct world *world = begin(state);
	struct op op = op_of(world, MODEL_LEND, NWD, SP1);

	op_range(&op, AT, 2);
	op_receiver(world, &op, SP2, DESC_RW);
	op_receiver(world, &op, SP3, DESC_RW);
	op.desc.flags = 0;
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	op.receiver = SP2;
	expect_ok(do_retrieve(world, &op));
	expect_ok(follow(world));
	/* Who has not held it gets it no more, nor who has given it back. */
	op.receiver = SP3;
	expect_refusal(do_retrieve(world, &op), R_OWNER_DEAD);
	op.receiver = SP1;
	expect_ok(do_relinquish(world, &op, 1));
	expect_refusal(do_retrieve(world, &op), R_OWNER_DEAD);
	op.receiver = SP2;
	expect_ok(do_relinquish(world, &op, 0));
	assert_int_equal(world->engine.txns.count, 0);
	assert_int_equal(host_zeroed_bytes(), 2 * PAGE_SIZE);
}

static void the_death_of_a_borrower_ends_it_too(void **state)
{
	struct world *world = begin(state);

	held(world, MODEL_LEND, NWD, SP1, AT);
	expect_ok(follow(world));
	do_kill(world, SP1);
	assert_int_equal(world->engine.txns.count, 0);
}

static void a_donation_that_was_retrieved_is_not_the_followers(void **state)
{
	struct world *world = begin(state);
	struct op op = held(world, MODEL_DONATE, NWD, SP1, AT);

	expect_ok(follow(world));
	op = op_of(world, MODEL_SHARE, NWD, SP2);
	op_range(&op, AT, 2);
	expect_refusal(do_send(world, &op), R_NOT_OWNER);
	assert_int_not_equal(access_of(world, SP1, AT), 0);
}

/* Memory that could not be zeroed is nobody's, whoever runs. */
static void what_is_withheld_stays_so(void **state)
{
	struct world *world = begin(state);
	struct op op = held(world, MODEL_LEND, NWD, SP1, AT);

	world->injecting = true;
	world->unwatched = true;
	host_fail_zero(1);
	expect_refusal(do_relinquish(world, &op, 1), R_ZERO_FAULT);
	world->injecting = false;
	world->unwatched = false;
	model_withhold(&world->model, op.handle);
	expect_ok(follow(world));
	assert_int_equal(world->engine.txns.count, 1);
	expect_refusal(do_reclaim(world, &op, 0), R_MEMORY_QUARANTINED);
}

static void what_partitions_do_among_themselves_goes_on(void **state)
{
	struct world *world = begin(state);
	struct op lent = held(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	struct op unfinished = begun(world, MODEL_SHARE, SP2);

	expect_ok(follow(world));
	expect_ok(do_rest(world, &unfinished));
	expect_ok(do_relinquish(world, &lent, 0));
	expect_ok(do_reclaim(world, &lent, 0));
}

static void unfinished_sends_and_responses_end(void **state)
{
	struct world *world = begin(state);
	struct op op = begun(world, MODEL_LEND, NWD);

	expect_ok(follow(world));
	expect_refusal(do_fragment(world, &op, 16), R_HANDLE_UNKNOWN);
	op = short_op(world, MODEL_LEND, NWD);
	expect_ok(do_send(world, &op));
}

/* --- A hypervisor's machines ---------------------------------------------- */

static void machines_end_with_their_hypervisor(void **state)
{
	struct model_map vm = {
		NWD, NEXT + 4 * PAGE_SIZE, NEXT + 5 * PAGE_SIZE, 1, ID_VM};
	struct world *world = begin(state);
	struct op op = op_of(world, MODEL_SHARE, NWD, SP1);

	expect_ok(do_map_vm(world, &vm));
	op_range(&op, AT, 2);
	op_receiver(world, &op, NWD, DESC_RW);
	expect_ok(do_send(world, &op));
	op.receiver = NWD;
	expect_ok(do_retrieve(world, &op));
	for (uint16_t id = 0; id < 3; id++)
		call_plain(world, NWD, CREATE(id));
	expect_ok(do_follow(world, world->partition[NWD].version, world_tx(NWD),
		world_rx(NWD)));
	assert_int_equal(world->engine.txns.count, 0);
	for (unsigned i = 0; i < SPM_VMS_MAX; i++)
		assert_int_equal(world->spm.vms[i].id, 0);
	assert_false(world->partition[NWD].notify.on);
	for (uint16_t id = 0; id < 3; id++)
		assert_int_equal(
			call_plain(world, NWD, CREATE(id)).x[0], FFA_SUCCESS);
	expect_ok(do_map_vm(world, &vm));
}

/* --- Notifications and messages ------------------------------------------ */

#define BIND(from, to) REGS(FFA_NOTIFICATION_BIND, IDS(from, to), 0, 1)
#define SET(from, to) REGS(FFA_NOTIFICATION_SET, IDS(from, to), 0, 1)
#define GET(whose, flags) REGS(FFA_NOTIFICATION_GET, whose, flags)

static uint64_t good(struct world *world, int party, struct ffa_regs regs)
{
	struct ffa_regs out = call_plain(world, party, regs);

	if (out.x[0] != FFA_SUCCESS)
		fail_msg("refused: %s", reason_name(world->reason));
	return out.x[2] | out.x[4];
}

static void its_bitmaps_end_and_a_partitions_do_not(void **state)
{
	struct world *world = begin(state);

	notify_open(&world->partition[SP1].notify, 1);
	good(world, NWD, CREATE(0));
	good(world, NWD, BIND(ID_SP1, 0));
	good(world, SP1, BIND(0, ID_SP1));
	good(world, SP1, SET(ID_SP1, 0));
	good(world, NWD, SET(0, ID_SP1));
	expect_ok(follow(world));
	/* What was for the former kernel nobody gets; what it said was said. */
	call_plain(world, SP1, SET(ID_SP1, 0));
	expect_reason(world->reason, R_NOTIFY_DISABLED);
	good(world, NWD, CREATE(0));
	assert_int_equal(good(world, NWD, GET(0, 1)), 0);
	call_plain(world, SP1, SET(ID_SP1, 0));
	expect_reason(world->reason, R_NOTIFY_NOT_BOUND);
	assert_int_equal(good(world, SP1, GET(ID_SP1, 2)), 1);
}

static void a_message_that_nobody_took_is_gone(void **state)
{
	struct world *world = begin(state);

	good(world, NWD, REGS(FFA_PARTITION_INFO_GET));
	assert_int_equal(world->partition[NWD].mailbox.rx, RX_FULL);
	expect_ok(follow(world));
	good(world, NWD, REGS(FFA_PARTITION_INFO_GET));
}

/* A partition that was interrupted owes id 0 an answer, whoever that is. */
static void a_request_in_flight_is_finished_by_ffa_run(void **state)
{
	struct world *world = begin(state);
	struct vcpu *nwd = context(world, NWD), *sp1 = context(world, SP1);

	start(state);
	sp1->state = VCPU_WAITING;
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_INTERRUPT});
	expect_ok(follow(world));
	refused(world, REGS(REQ, IDS(0, ID_SP1)), R_RECEIVER_BUSY);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP1, 0))), sp1);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP1, 0))), nwd);
	assert_ptr_equal(go(world, REGS(REQ, IDS(0, ID_SP1))), sp1);
}

/* --- No way to steal, or to use up ---------------------------------------- */

static void a_pair_on_a_page_that_is_held_is_refused(void **state)
{
	struct world *world = begin(state);
	struct op op = held(world, MODEL_LEND, NWD, SP1, AT);

	expect_refusal(do_follow(world, world->partition[NWD].version, AT,
			       AT + PAGE_SIZE),
		R_BUFFER_IN_USE);
	/* The former kernel has ended all the same. */
	expect_ok(do_map(world, NWD, NEXT, NEXT + PAGE_SIZE));
	assert_int_not_equal(access_of(world, SP1, AT), 0);
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_unmap(world, NWD));
	expect_ok(do_map(world, NWD, AT, AT + PAGE_SIZE));
}

/* What is held is paid for by the normal world until it is back. */
static void what_is_held_counts(void **state)
{
	struct world *world = begin(state);
	struct op op[3];
	struct op more = op_of(world, MODEL_SHARE, NWD, SP1);

	world_limit(world, NWD, MODEL_TXNS, 3);
	for (unsigned i = 0; i < 3; i++) {
		op[i] = held(
			world, MODEL_SHARE, NWD, SP1, AT + i * 2 * PAGE_SIZE);
		expect_ok(do_follow(world, world->partition[NWD].version,
			NEXT + i * 2 * PAGE_SIZE,
			NEXT + (i * 2 + 1) * PAGE_SIZE));
	}
	op_range(&more, AT + 6 * PAGE_SIZE, 1);
	expect_refusal(do_send(world, &more), R_QUOTA_TXNS);
	expect_ok(do_relinquish(world, &op[1], 0));
	expect_ok(do_send(world, &more));
}

static void nothing_is_left_of_many_kernels(void **state)
{
	struct world *world = begin(state);
	uint64_t digest;
	struct op op;

	expect_ok(follow(world));
	digest = oracle_digest(world);
	for (unsigned i = 0; i < 20; i++) {
		sent(world, MODEL_LEND, NWD, SP2, AT + 4 * PAGE_SIZE);
		op = held(world, MODEL_SHARE, NWD, SP1, AT + 6 * PAGE_SIZE);
		begun(world, MODEL_SHARE, NWD);
		call_plain(world, NWD, CREATE(ID_VM));
		expect_ok(follow(world));
		expect_ok(do_relinquish(world, &op, 0));
		assert_int_equal(oracle_digest(world), digest);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_kernel_on_the_only_cpu_follows),
		TEST(a_kernel_that_has_started_its_cpus_follows),
		TEST(a_kernel_may_ask_before_it_starts_its_cpus),
		TEST(questions_and_the_firmware_do_not_hide_it),
		TEST(a_version_alone_changes_nothing),
		TEST(a_pair_alone_is_refused),
		TEST(with_several_cpus_on_nobody_follows),
		TEST(another_call_before_or_between_is_a_running_kernels),
		TEST(nobody_elses_pair_is_the_sign),
		TEST(it_is_followed_once),
		TEST(a_running_kernel_keeps_its_version),
		TEST(a_follower_may_speak_another_version),
		TEST(another_version_is_in_force_with_the_pair),
		TEST(what_nobody_holds_is_the_followers),
		TEST(what_is_held_comes_with_its_relinquish),
		TEST(the_last_of_several_borrowers_ends_it),
		TEST(the_death_of_a_borrower_ends_it_too),
		TEST(a_donation_that_was_retrieved_is_not_the_followers),
		TEST(what_is_withheld_stays_so),
		TEST(what_partitions_do_among_themselves_goes_on),
		TEST(unfinished_sends_and_responses_end),
		TEST(machines_end_with_their_hypervisor),
		TEST(its_bitmaps_end_and_a_partitions_do_not),
		TEST(a_message_that_nobody_took_is_gone),
		TEST(a_request_in_flight_is_finished_by_ffa_run),
		TEST(a_pair_on_a_page_that_is_held_is_refused),
		TEST(what_is_held_counts),
		TEST(nothing_is_left_of_many_kernels),
	};

	return SUITE_RUN("test-successor", tests);
}
