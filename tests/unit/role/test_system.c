/*
 * A hypervisor and an SPMC, joined by a model of the firmware: what virtual
 * machines send to each other and to secure partitions. Areas J to P of
 * docs/CHECKS.md at a hypervisor's virtual instance.
 */
#include "lib/calls.h"
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
	};

	return SUITE_RUN("test-system", tests);
}
