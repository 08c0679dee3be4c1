/*
 * Area Z of the conformance catalogue: every function, every register bit,
 * every byte of a descriptor; callers that write TX while it is read.
 */
#include <stdlib.h>
#include <string.h>

#include "call/gate.h"
#include "lib/calls.h"
#include "lib/oracle.h"

/* --- Bytes ------------------------------------------------------------- */

static uint32_t write_send(
	struct world *world, enum model_func func, uint32_t version)
{
	struct op op;

	world->partition[SP1].version = version;
	op = op_of(world, func, SP1, SP2);
	op_range(&op, SP1_MORE, 2);
	op_range(&op, SP1_BLOCK, 1);
	op.desc.range = op.range;
	desc_settle(&op.desc);
	desc_write(&op.desc, host_memory(paddr(world_tx(SP1))), PAGE_SIZE);
	return op.desc.length;
}

/* Refused without a trace, or taken and given back without one. */
static void expect_no_trace(
	struct world *world, enum model_func func, uint32_t length)
{
	uint64_t digest = oracle_digest(world);
	struct ffa_regs out = call_plain(
		world, SP1, REGS(send_function(func, false), length, length));

	if (out.x[0] == FFA_SUCCESS) {
		out = call_plain(
			world, SP1, REGS(FFA_MEM_RECLAIM, out.x[2], out.x[3]));
		assert_int_equal(out.x[0], FFA_SUCCESS);
	} else {
		assert_int_equal(out.x[0], FFA_ERROR);
		assert_true(world->reason != R_NONE);
	}
	assert_int_equal(oracle_digest(world), digest);
	assert_null(host_violation());
}

static void every_change_of_one_byte_is_harmless(void **state)
{
	static const uint8_t changes[] = {
		0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
	struct world *world = start_mapped(state);
	uint8_t *tx = host_memory(paddr(world_tx(SP1)));

	CONFORMS("Z-11");
	for (unsigned round = 0; round < 9; round++) {
		enum model_func func = MODEL_SHARE + round % 3;
		uint32_t version = FFA_VERSION_1_0 + round / 3;
		uint32_t length = write_send(world, func, version);

		for (uint32_t i = 0; i < length * sizeof(changes); i++) {
			uint8_t *byte = &tx[i / sizeof(changes)];
			uint8_t change = changes[i % sizeof(changes)];

			*byte ^= change;
			expect_no_trace(world, func, length);
			*byte ^= change;
		}
	}
}

static void random_bytes_are_harmless(void **state)
{
	struct world *world = start_mapped(state);
	uint8_t *tx = host_memory(paddr(world_tx(SP1)));

	CONFORMS("Z-01");
	for (unsigned round = 0; round < 5000; round++) {
		enum model_func func = MODEL_SHARE + round % 3;
		uint32_t length = write_send(world, func, FFA_VERSION_1_2);
		uint32_t changes = 1 + world_random(world, 6);

		if (world_random(world, 4) == 0)
			length = world_random(world, 4200);
		for (uint32_t i = 0; i < changes; i++)
			tx[world_random(world, 160)] =
				(uint8_t)world_random(world, 256);
		expect_no_trace(world, func, length);
	}
}

/* --- Registers --------------------------------------------------------- */

/* Bits [31:0] of w<reg>, one at a time. */
static void expect_zero_register(struct world *world, struct ffa_regs good,
	unsigned reg, enum reason reason)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		struct ffa_regs regs = good, out;

		regs.x[reg] |= 1ull << bit;
		out = call_regs(world, SP1, regs);
		assert_int_equal(out.x[0], FFA_ERROR);
		expect_reason(world->reason, reason);
	}
}

static void registers_that_must_be_zero_are_checked_bit_by_bit(void **state)
{
	static const uint64_t sends[] = {FFA_MEM_SHARE, FFA_MEM_LEND_64,
		FFA_MEM_DONATE, FFA_MEM_RETRIEVE_REQ};
	struct world *world = start_mapped(state);

	CONFORMS("Z-10");
	for (unsigned i = 0; i < ARRAY_COUNT(sends); i++) {
		struct ffa_regs regs = REGS(sends[i], 96, 96);

		for (unsigned reg = 3; reg < 5; reg++)
			expect_zero_register(
				world, regs, reg, R_DYNAMIC_BUFFER);
		for (unsigned reg = 5; reg < 8; reg++)
			expect_zero_register(
				world, regs, reg, R_RESERVED_REGISTER);
	}
	for (unsigned reg = 1; reg < 8; reg++) {
		expect_zero_register(world, REGS(FFA_MEM_RELINQUISH), reg,
			R_RESERVED_REGISTER);
		expect_zero_register(
			world, REGS(FFA_ID_GET), reg, R_RESERVED_REGISTER);
	}
	for (unsigned reg = 4; reg < 8; reg++)
		expect_zero_register(world, REGS(FFA_MEM_RECLAIM, 1), reg,
			R_RESERVED_REGISTER);
	expect_zero_register(world, REGS(FFA_RX_RELEASE), 1, R_BUFFER_ENDPOINT);
}

/* Every number, both widths, with zero and with full registers. */
static void try_function(
	struct world *world, int party, uint64_t func, uint64_t filling)
{
	struct cpu *cpu = &world->cpu[0];
	struct vcpu *nwd = &world->vcpu[NWD][0], *vcpu;

	for (int p = SP1; p < WORLD_PARTIES; p++) {
		world->vcpu[p][0].state = VCPU_WAITING;
		world->vcpu[p][0].model = RTM_NONE;
		world->vcpu[p][0].caller = NULL;
	}
	vcpu = &world->vcpu[party][0];
	vcpu->state = VCPU_RUNNING;
	cpu->current = vcpu;
	if (party != NWD) {
		vcpu->model = RTM_DIRECT;
		vcpu->caller = nwd;
		nwd->state = VCPU_BLOCKED;
	}
	for (unsigned i = 1; i < FFA_REG_COUNT; i++)
		vcpu->x[i] = filling;
	vcpu->x[0] = func;
	gate_call(cpu);
	assert_non_null(cpu->current);
	assert_int_equal(cpu->current->state, VCPU_RUNNING);
	/* Who gave the cycles hears these as they are. */
	if (func != FFA_ERROR && func != FFA_YIELD)
		assert_int_not_equal(cpu->current->x[0], func);
}

static void every_function_number_gets_an_answer(void **state)
{
	static const uint64_t fillings[] = {
		0, ~0ull, 0x80018002, 0x5555555555555555ull};
	struct world *world = start_mapped(state);

	CONFORMS("Z-09");
	for (uint64_t number = 0; number < 0x200; number++)
		for (unsigned i = 0; i < ARRAY_COUNT(fillings) * 4; i++) {
			uint64_t func =
				0x84000000 | number | (i & 1 ? FFA_64 : 0);

			try_function(world, i & 2 ? SP1 : NWD, func,
				fillings[i / 4]);
		}
	assert_null(host_violation());
}

/* --- TX changes while it is read --------------------------------------- */

static void spoil_tx(void *context, const struct host_event *event)
{
	(void)context;
	if (event->kind == HOST_COPIED_IN)
		memset(host_memory(paddr(world_tx(SP1))), 0xff, PAGE_SIZE);
}

/* The caller overwrites TX as soon as it has been copied: it is too late. */
static void tx_is_read_once(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);

	CONFORMS("Q-20");
	op.desc.flags = 1;
	for (uint32_t i = 0; i < 30; i++)
		op_range(&op, SP1_BLOCK + 2 * i * PAGE_SIZE, 1);
	world->also = spoil_tx;
	expect_ok(do_send(world, &op));
	assert_int_equal(host_count(HOST_COPY_IN), 1);
	assert_int_equal(*(uint8_t *)host_memory(paddr(world_tx(SP1))), 0xff);
	world->also = NULL;
	expect_ok(do_retrieve(world, &op));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_change_of_one_byte_is_harmless),
		TEST(random_bytes_are_harmless),
		TEST(registers_that_must_be_zero_are_checked_bit_by_bit),
		TEST(every_function_number_gets_an_answer),
		TEST(tx_is_read_once),
	};

	return SUITE_RUN("test-robustness", tests);
}
