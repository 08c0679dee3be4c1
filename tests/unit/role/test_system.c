/*
 * A hypervisor and an SPMC, joined by a model of the firmware: what virtual
 * machines send to each other and to secure partitions. Areas J to P of
 * docs/CHECKS.md at a hypervisor's virtual instance.
 */
#include "lib/calls.h"
#include "lib/oracle.h"
#include "lib/system.h"
#include "role/relay.h"

static const enum model_func funcs[] = {MODEL_SHARE, MODEL_LEND, MODEL_DONATE};

static void cycle(struct world *world, struct op *op)
{
	expect_ok(do_send(world, op));
	op->asked = op->func == MODEL_SHARE ? 0 : DESC_XN;
	expect_ok(do_retrieve(world, op));
	if (op->func == MODEL_DONATE)
		return;
	expect_ok(do_relinquish(world, op, 0));
	expect_ok(do_reclaim(world, op, 0));
}

static void every_kind_of_send_works_between_virtual_machines(void **state)
{
	struct world *world = *state;

	for (unsigned i = 0; i < 3; i++) {
		struct op op = op_of(world, funcs[i], VM1, VM2);

		op_range(&op, VM1_RW + i * 0x4000, 3);
		cycle(world, &op);
		assert_true(op.handle >> 63);
	}
}

static void every_kind_of_send_works_from_a_vm_to_a_partition(void **state)
{
	struct world *world = *state;

	for (unsigned i = 0; i < 3; i++) {
		struct op op = op_of(world, funcs[i], VM1, SP2);

		op_range(&op, VM1_RW + i * 0x4000, 3);
		cycle(world, &op);
		assert_false(op.handle >> 63);
	}
}

static void partitions_go_on_among_themselves(void **state)
{
	struct world *world = *state;

	for (unsigned i = 0; i < 3; i++) {
		struct op op = op_of(world, funcs[i], SP1, SP2);

		op_range(&op, SP1_RW + i * 0x4000, 3);
		cycle(world, &op);
	}
}

/* The handle's bit 63 says who allocated it: here, and nobody was asked. */
static void the_spmc_does_not_hear_of_memory_between_vms(void **state)
{
	struct world *world = *state;
	uint32_t calls = world->hypervisor.firmware_calls;
	struct op op = op_of(world, MODEL_SHARE, VM1, VM2);

	CONFORMS("Q-14");
	op_range(&op, VM1_RW, 3);
	cycle(world, &op);
	assert_true(op.handle >> 63);
	assert_int_equal(world->hypervisor.firmware_calls, calls);
}

static void a_vm_sends_under_its_own_id_only(void **state)
{
	static const uint16_t ids[] = {ID_VM2, ID_NO_VM, 0, ID_SP1};
	struct world *world = *state;

	CONFORMS("Q-16");
	for (unsigned i = 0; i < ARRAY_COUNT(ids); i++)
		for (int to = SP2; to <= VM3; to += VM3 - SP2) {
			uint32_t calls = world->hypervisor.firmware_calls;
			struct op op = op_of(world, MODEL_LEND, VM1, to);

			op.desc.sender = ids[i];
			op_range(&op, VM1_RW, 1);
			expect_refusal(do_send(world, &op), R_SENDER_ID);
			assert_int_equal(
				world->hypervisor.firmware_calls, calls);
		}
}

/* Nobody can send it again, nor retrieve it; it can only be given back. */
static void what_a_partition_holds_of_a_dead_vm_is_nobodys(void **state)
{
	struct world *world = *state;
	struct op op = op_of(world, MODEL_LEND, VM1, SP2), again;

	CONFORMS("Q-19");
	op_range(&op, VM1_RW, 2);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	do_kill(world, VM1);
	assert_int_equal(access_of(world, SP2, VM1_RW), MODEL_R | MODEL_W);
	for (int to_party = VM2; to_party <= VM3; to_party++) {
		again = op_of(world, MODEL_LEND, to_party, SP3);
		op_range(&again, VM1_RW, 1);
		expect_refusal(do_send(world, &again), R_NOT_OWNER);
	}
	expect_ok(do_relinquish(world, &op, 0));
	assert_int_equal(access_of(world, SP2, VM1_RW), 0);
	expect_refusal(do_send(world, &again), R_NOT_OWNER);
}

/* --- What is missing somewhere ------------------------------------------ */

static enum reason send_scattered(struct world *world, struct op *op)
{
	op->desc.length = 0;
	return do_send(world, op);
}

static enum reason retrieve_for_vm(struct world *world, struct op *op)
{
	op->receiver = VM2;
	return do_retrieve(world, op);
}

typedef enum reason action(struct world *world, struct op *op);

enum missing {
	PAGE_OF_SPMC,
	PAGE_OF_HYPERVISOR,
	COPY,
	MISSING_KINDS,
};

static void arm(struct world *world, enum missing missing, uint32_t n)
{
	world->spm.pool.fail_after = missing == PAGE_OF_SPMC ? n : 0;
	world->hypervisor.spm.pool.fail_after =
		missing == PAGE_OF_HYPERVISOR ? n : 0;
	host_fail_copy(missing == COPY ? n : 0);
	world->injecting = n > 0;
}

/* The n-th of a kind fails, for every n; how often the step was refused. */
static uint32_t fail_each(
	struct world *world, struct op *op, action *step, enum missing missing)
{
	uint64_t digest = oracle_digest(world);

	for (uint32_t n = 1;; n++) {
		enum reason reason;
		int status;

		arm(world, missing, n);
		reason = step(world, op);
		arm(world, missing, 0);
		if (reason == R_NONE)
			return n - 1;
		status = (int)reason_status(reason);
		assert_true(status == FFA_NO_MEMORY || status == FFA_ABORTED);
		assert_int_equal(oracle_digest(world), digest);
	}
}

/* `step` fails in every way, without a trace, and succeeds after each. */
static void fail_everywhere(
	struct world *world, struct op *op, action *step, action *back)
{
	for (int missing = 0; missing < MISSING_KINDS; missing++) {
		assert_true(
			fail_each(world, op, step, (enum missing)missing) > 0);
		expect_ok(back(world, op));
	}
}

static enum reason reclaim(struct world *world, struct op *op)
{
	return do_reclaim(world, op, 0);
}

static enum reason relinquish(struct world *world, struct op *op)
{
	return do_relinquish(world, op, 0);
}

static void no_send_that_lacks_something_leaves_a_trace(void **state)
{
	struct world *world = *state;

	for (unsigned i = 0; i < 3; i++) {
		struct op op = op_of(world, funcs[i], VM1, SP2);

		op_scatter(&op, VM1_BLOCK + i * 64 * PAGE_SIZE, 20);
		fail_everywhere(world, &op, send_scattered, reclaim);
	}
}

static void nor_does_a_retrieval(void **state)
{
	struct world *world = *state;
	struct op op = op_of(world, MODEL_SHARE, VM1, SP2);

	op_receiver(world, &op, VM2, DESC_RW);
	op_scatter(&op, VM1_BLOCK, 20);
	expect_ok(do_send(world, &op));
	assert_true(
		fail_each(world, &op, retrieve_for_vm, PAGE_OF_HYPERVISOR) > 0);
	expect_ok(relinquish(world, &op));
	assert_true(fail_each(world, &op, retrieve_for_vm, COPY) > 0);
}

/* --- What else a virtual machine may call -------------------------------- */

static void a_vm_has_the_memory_calls_and_what_they_need(void **state)
{
	static const uint32_t offered[] = {FFA_VERSION, FFA_FEATURES,
		FFA_RX_RELEASE, FFA_RXTX_MAP_64, FFA_RXTX_UNMAP, FFA_ID_GET,
		FFA_SPM_ID_GET, FFA_MEM_DONATE_64, FFA_MEM_LEND_64,
		FFA_MEM_SHARE_64, FFA_MEM_RELINQUISH, FFA_MEM_RECLAIM,
		FFA_MEM_FRAG_RX, FFA_MEM_FRAG_TX};
	static const uint32_t others[] = {FFA_RUN, FFA_PARTITION_INFO_GET,
		FFA_MSG_SEND_DIRECT_REQ_64, FFA_MSG_WAIT, FFA_ERROR,
		FFA_SECONDARY_EP_REGISTER_64, FFA_CONSOLE_LOG};
	struct world *world = *state;

	for (unsigned i = 0; i < ARRAY_COUNT(offered); i++)
		assert_int_equal(
			call_regs(world, VM1, REGS(FFA_FEATURES, offered[i]))
				.x[0],
			FFA_SUCCESS);
	for (unsigned i = 0; i < ARRAY_COUNT(others); i++) {
		call_regs(world, VM1, REGS(FFA_FEATURES, others[i]));
		expect_reason(world->reason, R_FEATURE_UNKNOWN);
		call_regs(world, VM1, REGS(others[i]));
		expect_reason(world->reason, R_NOT_FOR_CALLER);
	}
	assert_int_equal(call_regs(world, VM2, REGS(FFA_ID_GET)).x[2], ID_VM2);
}

static void a_vm_names_itself_and_those_that_are_there(void **state)
{
	struct world *world = *state;
	struct op op = op_of(world, MODEL_SHARE, VM1, VM2);

	op_range(&op, VM1_RW, 1);
	op.desc.sender = ID_VM2;
	expect_refusal(do_send(world, &op), R_SENDER_ID);
	op.desc.sender = ID_VM1;
	op.desc.receiver[0].id = ID_NO_VM;
	expect_refusal(do_send(world, &op), R_RECEIVER_UNKNOWN);
	/* Whether a partition is there is the SPMC's to know. */
	op.desc.receiver[0].id = ID_NOBODY;
	expect_refusal(do_send(world, &op), R_PEER_INVALID);
	op.desc.receiver[0].id = ID_SP2;
	op_receiver(world, &op, VM2, DESC_RW);
	op_receiver(world, &op, VM3, DESC_RW);
	op.desc.length = 0;
	expect_refusal(do_send(world, &op), R_NWD_RECEIVERS);
	op = op_of(world, MODEL_LEND, VM1, SP2);
	op_receiver(world, &op, VM2, DESC_RW);
	op_range(&op, VM1_RW, 1);
	expect_refusal(do_send(world, &op), R_RECEIVER_WORLD);
	do_kill(world, SP2);
	op = op_of(world, MODEL_LEND, VM1, SP2);
	op_range(&op, VM1_RW, 1);
	expect_refusal(do_send(world, &op), R_PEER_ABORTED);
}

static void what_a_dead_vm_lent_comes_back_if_nobody_has_it(void **state)
{
	struct world *world = *state;
	struct op unheld = op_of(world, MODEL_LEND, VM1, SP2);
	struct op held = op_of(world, MODEL_LEND, VM1, SP3);

	op_range(&unheld, VM1_RW, 2);
	op_range(&held, VM1_BLOCK, 2);
	expect_ok(do_send(world, &unheld));
	expect_ok(do_send(world, &held));
	expect_ok(do_retrieve(world, &held));
	do_kill(world, VM1);
	expect_refusal(do_retrieve(world, &unheld), R_HANDLE_UNKNOWN);
	expect_ok(do_relinquish(world, &held, 0));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, system_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_kind_of_send_works_between_virtual_machines),
		TEST(every_kind_of_send_works_from_a_vm_to_a_partition),
		TEST(partitions_go_on_among_themselves),
		TEST(the_spmc_does_not_hear_of_memory_between_vms),
		TEST(a_vm_sends_under_its_own_id_only),
		TEST(what_a_partition_holds_of_a_dead_vm_is_nobodys),
		TEST(no_send_that_lacks_something_leaves_a_trace),
		TEST(nor_does_a_retrieval),
		TEST(a_vm_has_the_memory_calls_and_what_they_need),
		TEST(a_vm_names_itself_and_those_that_are_there),
		TEST(what_a_dead_vm_lent_comes_back_if_nobody_has_it),
	};

	return SUITE_RUN("test-system", tests);
}
