/*
 * Area Q of the conformance catalogue, as far as the manager of the secure
 * world is concerned: VMs as senders and as receivers, and the hypervisor's
 * retrieve request.
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

#define VM_2 0x0002
#define FAR 0x80000000ull
#define MANY 600u

/* The normal world's, in the name of VM 2. */
static struct op from_vm(struct world *world, enum model_func func)
{
	struct op op = op_of(world, func, NWD, SP2);

	op.desc.sender = VM_2;
	op_range(&op, NWD_RAM, 2);
	return op;
}

/* To SP2 and VM 1. */
static struct op to_vm(struct world *world, enum model_func func)
{
	struct op op = from_vm(world, func);

	op_receiver(world, &op, NWD, DESC_RO);
	return op;
}

/* --- VMs --------------------------------------------------------------- */

static void a_vm_shares_with_a_partition(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = from_vm(world, MODEL_SHARE);

	CONFORMS("Q-01");
	expect_ok(do_send(world, &op));
	assert_int_equal(op.handle >> 63, 0);
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.sender, VM_2);
	assert_int_equal(op.response.attributes & 0x40, 0x40);
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
}

static void the_normal_world_sends_its_own_pages_only(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = from_vm(world, MODEL_SHARE);

	CONFORMS("Q-02");
	op.desc.sender = ID_SP1;
	expect_refusal(do_send(world, &op), R_SENDER_ID);
	CONFORMS("Q-03");
	op = from_vm(world, MODEL_SHARE);
	op.range[0].base = NOWHERE;
	expect_refusal(do_send(world, &op), R_NO_TITLE);
	CONFORMS("Q-04");
	op = from_vm(world, MODEL_SHARE);
	op.range[0].base = SP1_RW;
	expect_refusal(do_send(world, &op), R_NOT_OWNER);
}

static void vms_as_receivers_need_a_share_with_a_partition(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_vm(world, MODEL_LEND);

	CONFORMS("Q-05");
	expect_refusal(do_send(world, &op), R_RECEIVER_WORLD);
	op = from_vm(world, MODEL_DONATE);
	op.desc.receiver[0].id = ID_VM;
	expect_refusal(do_send(world, &op), R_RECEIVER_WORLD);
	op = from_vm(world, MODEL_LEND);
	op.desc.receiver[0].id = ID_VM;
	expect_refusal(do_send(world, &op), R_RECEIVER_WORLD);
	CONFORMS("Q-06");
	op = from_vm(world, MODEL_SHARE);
	op.desc.receiver[0].id = ID_VM;
	expect_refusal(do_send(world, &op), R_RECEIVER_WORLD);
	op_receiver(world, &op, NWD, DESC_RO);
	op.desc.receiver[0].id = 3;
	op.desc.length = 0;
	expect_refusal(do_send(world, &op), R_RECEIVER_WORLD);
	CONFORMS("Q-18");
	op = to_vm(world, MODEL_SHARE);
	op_receiver(world, &op, NWD, DESC_RO);
	op.desc.receiver[2].id = 3;
	expect_refusal(do_send(world, &op), R_NWD_RECEIVERS);
	op = to_vm(world, MODEL_SHARE);
	op.desc.receiver[1].id = VM_2;
	expect_refusal(do_send(world, &op), R_RECEIVER_SELF);
}

static void a_vm_borrows_beside_a_partition(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_vm(world, MODEL_SHARE);

	CONFORMS("Q-07");
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	op.receiver = NWD;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.receiver[0].id, ID_VM);
	assert_int_equal(
		op.response.receiver[0].permissions, DESC_RO | DESC_XN);
	expect_refusal(do_retrieve(world, &op), R_ALREADY_RETRIEVED);
	op.receiver = SP2;
	expect_ok(do_relinquish(world, &op, 0));
	expect_refusal(do_reclaim(world, &op, 0), R_STILL_HELD);
	op.receiver = NWD;
	expect_ok(do_relinquish(world, &op, 0));
	expect_refusal(do_relinquish(world, &op, 0), R_NOT_RETRIEVED);
	expect_ok(do_reclaim(world, &op, 0));
}

static void a_vm_retrieves_in_its_own_name_only(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_vm(world, MODEL_SHARE);
	struct desc desc;

	expect_ok(do_send(world, &op));
	op.receiver = NWD;
	desc = retrieve_desc(world, &op);
	desc.receiver[1].id = 3;
	expect_refusal(
		do_retrieve_desc(world, &op, &desc), R_RETRIEVE_RECEIVERS);
	op.asked_flags = DESC_BYPASS;
	desc = retrieve_desc(world, &op);
	desc.receiver[0].id = ID_SP2;
	expect_refusal(
		do_retrieve_desc(world, &op, &desc), R_RETRIEVE_RECEIVERS);
	expect_ok(do_retrieve(world, &op));
	expect_refusal(do_relinquish_as(world, NWD,
			       &(struct desc_relinquish){op.handle, 0, 1, {3}}),
		R_NOT_RECEIVER);
	expect_refusal(
		do_relinquish_as(world, NWD,
			&(struct desc_relinquish){op.handle, 0, 1, {ID_SP2}}),
		R_RELINQUISH_ENDPOINT);
	expect_ok(do_relinquish(world, &op, 0));
}

/* --- The hypervisor's request ------------------------------------------ */

static void the_hypervisor_is_told_what_was_sent(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("Q-08");
	for (uint32_t version = FFA_VERSION_1_0; version <= FFA_VERSION_OURS;
		version++) {
		world->partition[NWD].version = version;
		op = to_vm(world, MODEL_SHARE);
		op.desc.receiver[0].impdef[1] = 5;
		op_range(&op, NWD_RAM + 8 * PAGE_SIZE, 1);
		expect_ok(do_send(world, &op));
		expect_ok(do_hypervisor_retrieve(world, &op));
		assert_int_equal(op.response.receiver_count, 2);
		assert_int_equal(op.response.receiver[0].permissions, DESC_RW);
		assert_int_equal(op.response.receiver[1].permissions, DESC_RO);
		assert_int_equal(op.response.attributes,
			version == FFA_VERSION_1_0 ? 0x2f : 0x6f);
		assert_int_equal(op.response.range_total, 2);
		assert_int_equal(op.response.page_total, 3);
		expect_ok(do_reclaim(world, &op, 0));
	}
	for (int func = MODEL_LEND; func <= MODEL_DONATE; func++) {
		op = from_vm(world, (enum model_func)func);
		expect_ok(do_send(world, &op));
		expect_ok(do_hypervisor_retrieve(world, &op));
		assert_int_equal(op.response.receiver[0].permissions,
			func == MODEL_DONATE ? 0 : DESC_RW);
		expect_ok(do_reclaim(world, &op, 0));
	}
}

static enum reason ask(
	struct world *world, struct op *op, uint32_t at, uint64_t value)
{
	struct desc desc = hypervisor_desc(world, op);

	switch (at) {
	case 0:
		desc.sender = (uint16_t)value;
		break;
	case 2:
		desc.attributes = (uint16_t)value;
		break;
	case 4:
		desc.flags = (uint32_t)value;
		break;
	case 8:
		desc.handle = value;
		break;
	default:
		desc.tag = value;
		break;
	}
	return do_hypervisor_desc(world, op, &desc);
}

static void its_request_has_a_handle_and_nothing_else(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = from_vm(world, MODEL_SHARE);

	expect_ok(do_send(world, &op));
	CONFORMS("Q-09");
	expect_refusal(ask(world, &op, 0, 1), R_HYPERVISOR_REQUEST);
	expect_refusal(ask(world, &op, 0, ID_SP2), R_HYPERVISOR_REQUEST);
	expect_refusal(ask(world, &op, 2, 0x2f), R_HYPERVISOR_REQUEST);
	expect_refusal(ask(world, &op, 4, 8), R_HYPERVISOR_REQUEST);
	expect_refusal(ask(world, &op, 16, 1), R_HYPERVISOR_REQUEST);
	expect_refusal(ask(world, &op, 8, op.handle + 1), R_HANDLE_UNKNOWN);
	expect_refusal(
		ask(world, &op, 8, op.handle | 1ull << 63), R_HANDLE_UNKNOWN);
	/* The sender may be named. */
	expect_ok(ask(world, &op, 0, VM_2));
	world->partition[NWD].version = FFA_VERSION_1_0;
	expect_ok(ask(world, &op, 0, 0));
}

static void only_the_hypervisor_may_ask_and_only_of_its_world(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = from_vm(world, MODEL_SHARE);
	struct op other = sent(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
	struct desc desc;

	expect_ok(do_send(world, &op));
	desc = hypervisor_desc(world, &op);
	expect_refusal(raw_retrieve(world, SP2, &desc), R_RECEIVER_SIZE);
	desc.emad_size = 32;
	desc.emad_offset = 48;
	CONFORMS("H-35");
	expect_refusal(raw_retrieve(world, SP2, &desc), R_RECEIVER_NONE);
	expect_refusal(do_hypervisor_retrieve(world, &other), R_HANDLE_UNKNOWN);
}

static void it_changes_nothing_for_the_borrowers(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = from_vm(world, MODEL_LEND);

	expect_ok(do_send(world, &op));
	op.keep_rx = true;
	expect_ok(do_hypervisor_retrieve(world, &op));
	expect_refusal(do_hypervisor_retrieve(world, &op), R_RX_FULL);
	op.keep_rx = false;
	expect_ok(do_retrieve(world, &op));
	expect_ok(do_release_rx(world, NWD));
	expect_ok(do_hypervisor_retrieve(world, &op));
	CONFORMS("Q-13");
	expect_refusal(do_reclaim(world, &op, 0), R_STILL_HELD);
	expect_ok(do_relinquish(world, &op, 0));
	CONFORMS("Q-12");
	expect_ok(do_hypervisor_retrieve(world, &op));
	expect_ok(do_reclaim(world, &op, 0));
	expect_refusal(do_hypervisor_retrieve(world, &op), R_HANDLE_UNKNOWN);
}

/* --- In fragments ------------------------------------------------------ */

static struct op scattered(struct world *world, bool with_vm)
{
	struct op op;

	world_extend(world, NWD, FAR, 2 * MANY);
	map_buffers(world);
	op = op_of(world, MODEL_SHARE, NWD, SP2);
	op.desc.sender = VM_2;
	if (with_vm)
		op_receiver(world, &op, NWD, DESC_RO);
	op_scatter(&op, FAR, MANY);
	expect_ok(do_send(world, &op));
	return op;
}

static void a_long_answer_comes_in_fragments(void **state)
{
	struct world *world = *state;
	struct op op = scattered(world, false);
	struct more more;

	CONFORMS("Q-10");
	expect_ok(do_hypervisor_retrieve(world, &op));
	op.keep_rest = true;
	expect_ok(do_hypervisor_retrieve(world, &op));
	CONFORMS("Q-11");
	expect_refusal(
		do_hypervisor_retrieve(world, &op), R_HYPERVISOR_RETRIEVES);
	more = (struct more){NWD, op.handle, op.received, VM_2 << 16, false};
	more.word = 0;
	expect_refusal(do_more_as(world, &more), R_FRAGMENT_SENDER);
	more.word = 5 << 16;
	expect_refusal(do_more_as(world, &more), R_FRAGMENT_SENDER);
	more.word = VM_2 << 16 | 1;
	expect_refusal(do_more_as(world, &more), R_FRAGMENT_SENDER);
	more.word = VM_2 << 16;
	more.offset += 16;
	expect_refusal(do_more_as(world, &more), R_FRAGMENT_OFFSET);
	more.offset -= 16;
	expect_ok(do_more_as(world, &more));
	/* The borrower's fragments are another matter. */
	op.keep_rest = false;
	expect_ok(do_retrieve(world, &op));
	more.offset += PAGE_SIZE;
	expect_ok(do_more_as(world, &more));
	expect_refusal(do_more_as(world, &more), R_NO_FRAGMENT);
}

static void a_reclaim_ends_an_answer(void **state)
{
	struct world *world = *state;
	struct op op = scattered(world, false);
	struct more more;

	op.keep_rest = true;
	expect_ok(do_hypervisor_retrieve(world, &op));
	expect_ok(do_reclaim(world, &op, 0));
	more = (struct more){NWD, op.handle, op.received, VM_2 << 16, false};
	expect_refusal(do_more_as(world, &more), R_NO_FRAGMENT);
}

/* w4 tells the fragments of the two apart: its own id, the sender's id. */
static void a_vm_and_the_hypervisor_read_side_by_side(void **state)
{
	struct world *world = *state;
	struct op op = scattered(world, true);
	struct op vm = op;
	struct more more;

	op.keep_rest = true;
	expect_ok(do_hypervisor_retrieve(world, &op));
	more = (struct more){NWD, op.handle, op.received, VM_2 << 16, false};
	vm.receiver = NWD;
	vm.keep_rest = true;
	expect_ok(do_retrieve(world, &vm));
	expect_ok(do_more(world, &vm));
	expect_ok(do_more_as(world, &more));
	more.offset += PAGE_SIZE;
	expect_ok(do_more(world, &vm));
	expect_ok(do_more_as(world, &more));
	expect_ok(do_relinquish(world, &vm, 0));
	expect_ok(do_reclaim(world, &op, 0));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_vm_shares_with_a_partition),
		TEST(the_normal_world_sends_its_own_pages_only),
		TEST(vms_as_receivers_need_a_share_with_a_partition),
		TEST(a_vm_borrows_beside_a_partition),
		TEST(a_vm_retrieves_in_its_own_name_only),
		TEST(the_hypervisor_is_told_what_was_sent),
		TEST(its_request_has_a_handle_and_nothing_else),
		TEST(only_the_hypervisor_may_ask_and_only_of_its_world),
		TEST(it_changes_nothing_for_the_borrowers),
		TEST(a_long_answer_comes_in_fragments),
		TEST(a_reclaim_ends_an_answer),
		TEST(a_vm_and_the_hypervisor_read_side_by_side),
	};

	return SUITE_RUN("test-hypervisor", tests);
}
