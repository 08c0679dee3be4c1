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

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, system_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_kind_of_send_works_between_virtual_machines),
		TEST(every_kind_of_send_works_from_a_vm_to_a_partition),
		TEST(partitions_go_on_among_themselves),
	};

	return SUITE_RUN("test-system", tests);
}
