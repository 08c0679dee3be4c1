/*
 * Attacks that worked once: what a partition or the normal world did to the
 * manager, one test each.
 */
#include <stdlib.h>
#include <string.h>

#include "call/gate.h"
#include "call/run_loop.h"
#include "engine/ledger_check.h"
#include "lib/calls.h"
#include "lib/oracle.h"

/* --- Two CPUs in one table --------------------------------------------- */

struct meeting {
	struct world *world;
	uint64_t handle; /* what the other CPU gives back */
	bool over;
};

static void give_back(void *context, const struct host_event *event)
{
	struct meeting *meeting = context;
	struct desc_relinquish give = {meeting->handle, 0, 1, {ID_SP2}};

	if (event->kind != HOST_COPY_OUT || meeting->over)
		return;
	meeting->over = true;
	desc_write_relinquish(
		&give, host_memory(paddr(world_tx(SP2))), PAGE_SIZE);
	host_cpu_set(1);
	call_on(meeting->world, 1, SP2, REGS(FFA_MEM_RELINQUISH));
	host_cpu_set(0);
	assert_int_equal(meeting->world->cpu[1].last->reason, R_NONE);
}

/* The table that a retrieval waits to fill is the one that gets empty. */
static void a_relinquish_takes_no_table_from_a_retrieval(void **state)
{
	struct world *world = *state;
	struct meeting meeting = {.world = world};
	struct op first, second;
	struct desc desc;
	struct ffa_regs out;

	map_buffers(world);
	first = held(world, MODEL_LEND, NWD, SP2, NWD_BLOCK);
	second = sent(world, MODEL_LEND, NWD, SP2, NWD_BLOCK + 16 * PAGE_SIZE);
	meeting.handle = first.handle;
	desc = retrieve_desc(world, &second);
	desc_write(&desc, host_memory(paddr(world_tx(SP2))), PAGE_SIZE);
	host_checker_set(give_back, &meeting);
	out = call_on(world, 0, SP2,
		REGS(FFA_MEM_RETRIEVE_REQ, desc.length, desc.length));
	host_checker_set(NULL, NULL);
	assert_true(meeting.over);
	assert_int_equal(out.x[0], FFA_MEM_RETRIEVE_RESP);
	assert_int_equal(access_of(world, SP2, NWD_BLOCK), 0);
	assert_int_equal(access_of(world, SP2, NWD_BLOCK + 16 * PAGE_SIZE),
		ACCESS_R | ACCESS_W);
	assert_null(host_violation());
}

/* --- A partition dies on one CPU and goes on on another ----------------- */

#define IDS(from, to) ((uint64_t)(from) << 16 | (to))

static void begin(struct world *world)
{
	for (unsigned i = 0; i < WORLD_CPUS; i++) {
		world->cpu[i].current = world->cpu[i].nwd;
		world->cpu[i].nwd->state = VCPU_RUNNING;
	}
}

/* What `cpu` runs comes back with a call. */
static void leave_with(struct world *world, unsigned index, struct ffa_regs in)
{
	struct cpu *cpu = &world->cpu[index];
	struct vcpu_exit exit = {.kind = VCPU_EXIT_CALL};

	host_cpu_set(index);
	memcpy(cpu->current->x, in.x, sizeof(in.x));
	run_exit(cpu, &exit);
	host_cpu_set(0);
}

static void leave_by(
	struct world *world, unsigned index, enum vcpu_exit_kind kind)
{
	struct vcpu_exit exit = {.kind = kind};

	host_cpu_set(index);
	run_exit(&world->cpu[index], &exit);
	host_cpu_set(0);
}

static void kill_on(struct world *world, unsigned index, uint16_t id)
{
	leave_with(world, index, REGS(FFA_RUN, IDS(id, index)));
	leave_by(world, index, VCPU_EXIT_BAD);
	assert_ptr_equal(world->cpu[index].current, world->cpu[index].nwd);
}

static void expect_aborted(struct world *world, const struct vcpu *vcpu)
{
	assert_ptr_equal(world->cpu[1].current, vcpu);
	assert_int_equal(vcpu->x[0], FFA_ERROR);
	assert_int_equal((int32_t)vcpu->x[2], FFA_ABORTED);
}

static void no_context_of_a_dead_partition_gets_cycles(void **state)
{
	struct world *world = *state;

	begin(world);
	kill_on(world, 0, ID_SP2);
	leave_with(world, 1, REGS(FFA_RUN, IDS(ID_SP2, 1)));
	expect_aborted(world, world->cpu[1].nwd);
}

static void a_context_of_a_dead_partition_ends_at_its_next_call(void **state)
{
	struct world *world = *state;

	begin(world);
	leave_with(world, 1, REGS(FFA_RUN, IDS(ID_SP2, 1)));
	kill_on(world, 0, ID_SP2);
	leave_with(world, 1, REGS(FFA_ID_GET));
	expect_aborted(world, world->cpu[1].nwd);
}

static void who_waits_for_a_dead_partition_on_another_cpu_hears_of_it(
	void **state)
{
	struct world *world = *state;

	begin(world);
	leave_with(world, 1, REGS(FFA_RUN, IDS(ID_SP1, 1)));
	leave_with(
		world, 1, REGS(FFA_MSG_SEND_DIRECT_REQ, IDS(ID_SP1, ID_SP2)));
	leave_by(world, 1, VCPU_EXIT_INTERRUPT);
	kill_on(world, 0, ID_SP2);
	leave_with(world, 1, REGS(FFA_RUN, IDS(ID_SP2, 1)));
	expect_aborted(world, &world->vcpu[SP1][1]);
}

static void a_dead_requester_does_not_go_on_with_the_response(void **state)
{
	struct world *world = *state;

	begin(world);
	leave_with(world, 1, REGS(FFA_RUN, IDS(ID_SP1, 1)));
	leave_with(
		world, 1, REGS(FFA_MSG_SEND_DIRECT_REQ, IDS(ID_SP1, ID_SP2)));
	kill_on(world, 0, ID_SP1);
	leave_with(
		world, 1, REGS(FFA_MSG_SEND_DIRECT_RESP, IDS(ID_SP2, ID_SP1)));
	expect_aborted(world, world->cpu[1].nwd);
	assert_int_equal(world->vcpu[SP2][1].state, VCPU_WAITING);
}

/* SP3 has one context and may move; who waits for it has one a CPU. */
static void a_moving_callee_does_not_drag_its_caller_to_another_cpu(
	void **state)
{
	struct world *world = *state;

	begin(world);
	world->partition[SP3].vcpu_count = 1;
	leave_with(world, 0, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	leave_with(
		world, 0, REGS(FFA_MSG_SEND_DIRECT_REQ, IDS(ID_SP1, ID_SP3)));
	leave_by(world, 0, VCPU_EXIT_INTERRUPT);
	leave_with(world, 1, REGS(FFA_RUN, IDS(ID_SP3, 0)));
	assert_int_equal(world->cpu[1].last->reason, R_RUN_TARGET);
	leave_with(world, 0, REGS(FFA_RUN, IDS(ID_SP3, 0)));
	assert_ptr_equal(world->cpu[0].current, &world->vcpu[SP3][0]);
}

/* The other way round: it could never go on with whom it waits for there. */
static void a_moving_caller_stays_where_its_callee_stopped(void **state)
{
	struct world *world = *state;

	begin(world);
	world->partition[SP3].vcpu_count = 1;
	leave_with(world, 1, REGS(FFA_RUN, IDS(ID_SP3, 0)));
	leave_with(
		world, 1, REGS(FFA_MSG_SEND_DIRECT_REQ, IDS(ID_SP3, ID_SP1)));
	leave_with(world, 1, REGS(FFA_YIELD));
	leave_by(world, 1, VCPU_EXIT_INTERRUPT);
	leave_with(world, 0, REGS(FFA_RUN, IDS(ID_SP3, 0)));
	assert_int_equal(world->cpu[0].last->reason, R_RUN_TARGET);
	leave_with(world, 1, REGS(FFA_RUN, IDS(ID_SP3, 0)));
	leave_with(world, 1, REGS(FFA_RUN, IDS(ID_SP1, 1)));
	assert_ptr_equal(world->cpu[1].current, &world->vcpu[SP1][1]);
	leave_with(
		world, 1, REGS(FFA_MSG_SEND_DIRECT_RESP, IDS(ID_SP1, ID_SP3)));
	leave_by(world, 1, VCPU_EXIT_INTERRUPT);
	leave_with(world, 0, REGS(FFA_RUN, IDS(ID_SP3, 0)));
	assert_ptr_equal(world->cpu[0].current, &world->vcpu[SP3][0]);
}

/* A block of 2 MiB and one page at either side. */
#define LARGE 0x601ff000ull
#define LARGE_PAGES 514u

static void donate(struct world *world, int who, int receiver, uint32_t ranges)
{
	struct op op = op_of(world, MODEL_DONATE, who, receiver);
	uint32_t pages = LARGE_PAGES / ranges;

	for (uint32_t i = 0; i < ranges; i++)
		op_range(&op, LARGE + i * pages * PAGE_SIZE, pages);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
}

/* In parts, so it has tables of pages; back in one, so it needs none. */
static void a_donor_keeps_no_table_of_what_it_gave(void **state)
{
	struct world *world = *state;
	uint32_t free_count;

	world_extend(world, SP1, LARGE, LARGE_PAGES);
	map_buffers(world);
	free_count = world->spm.pool.free_count;
	donate(world, SP1, SP2, 2);
	donate(world, SP2, SP1, 1);
	assert_int_equal(world->spm.pool.free_count, free_count);
}

/* --- Other parties' transactions --------------------------------------- */

/* Whatever SP3 asks, it hears what it would of a handle that never was. */
static void others_transactions_cannot_be_found_out(void **state)
{
	struct world *world = *state;
	struct op op;
	struct desc desc;

	map_buffers(world);
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_BLOCK);
	op.receiver = SP3;
	desc = retrieve_desc(world, &op);
	for (uint16_t sender = ID_SP1; sender <= ID_SP2; sender++)
		for (uint64_t tag = 0; tag < 2; tag++) {
			desc.sender = sender;
			desc.tag = tag;
			expect_refusal(do_retrieve_desc(world, &op, &desc),
				R_NOT_RECEIVER);
			assert_int_equal(reason_status(R_NOT_RECEIVER),
				reason_status(R_HANDLE_UNKNOWN));
		}
}

/* --- Framework messages ------------------------------------------------ */

static void a_message_without_the_framework_bit_is_none(void **state)
{
	struct world *world = *state;
	uint32_t version = world->partition[NWD].version;

	call_on(world, 0, NWD,
		REGS(FFA_MSG_SEND_DIRECT_REQ, IDS(FFA_ID_SPMD, FFA_ID_SPMC),
			FFA_FRAMEWORK_VERSION_REQ, FFA_VERSION_1_0));
	assert_int_equal(world->cpu[0].last->reason, R_MESSAGE_FLAGS);
	assert_int_equal(world->partition[NWD].version, version);
	call_on(world, 0, NWD,
		REGS(FFA_MSG_SEND_DIRECT_REQ, IDS(FFA_ID_SPMD, FFA_ID_SPMC),
			FFA_FRAMEWORK_PSCI_REQ));
	assert_true(world->cpu[0].online);
}

/* --- Faults ------------------------------------------------------------ */

static void fault_at(struct world *world, uint64_t address)
{
	struct vcpu_exit exit = {
		.kind = VCPU_EXIT_FAULT, .address = paddr(address)};

	run_exit(&world->cpu[0], &exit);
}

/* A block is split and merged under it by its own other CPU. */
static void whoever_waits_beside_a_lender_is_not_stopped(void **state)
{
	struct world *world = *state;

	begin(world);
	leave_with(world, 0, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	for (unsigned i = 0; i < 1000; i++)
		fault_at(world, SP1_BLOCK);
	assert_ptr_equal(world->cpu[0].current, &world->vcpu[SP1][0]);
	assert_false(world->partition[SP1].ep.aborted);
}

/* Should an access fault whatever the tables say, it ends, too. */
static void no_access_is_tried_again_for_ever(void **state)
{
	struct world *world = *state;

	begin(world);
	leave_with(world, 0, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	for (unsigned i = 0; i <= 65536; i++)
		fault_at(world, SP1_BLOCK);
	assert_true(world->partition[SP1].ep.aborted);
}

/* At S-EL0 nobody could take the fault. */
static void a_partition_at_el0_ends_with_its_first_fault(void **state)
{
	struct world *world = *state;
	const struct vcpu *nwd = world->cpu[0].nwd;

	begin(world);
	world_endpoint(world, SP1)->kind = ENDPOINT_SP_EL0;
	leave_with(world, 0, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	/* Another CPU had taken the page away, and has given it back. */
	fault_at(world, SP1_BLOCK);
	assert_false(world->partition[SP1].ep.aborted);
	fault_at(world, NOWHERE);
	assert_true(world->partition[SP1].ep.aborted);
	assert_ptr_equal(world->cpu[0].current, nwd);
	assert_int_equal(nwd->x[0], FFA_ERROR);
	assert_int_equal((int32_t)nwd->x[2], FFA_ABORTED);
	leave_with(world, 0, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	assert_int_equal(world->cpu[0].last->reason, R_RUN_ABORTED);
}

/* --- The console ------------------------------------------------------- */

struct hearing {
	struct world *world;
	char text[256];
	bool locked; /* other CPUs' calls waited for the console */
};

static void hear(void *context, const char *text, size_t length)
{
	struct hearing *hearing = context;

	strncat(hearing->text, text, length);
	hearing->locked |= lock_is_held(&hearing->world->spm.chain_lock);
}

/* "\r[0] \x1b[2K": the line would be another's. */
static void a_log_cannot_forge_another_line(void **state)
{
	struct world *world = *state;
	struct hearing hearing = {.world = world};
	struct ffa_regs out;

	strcpy(world->partition[SP1].name, "sp1");
	host_console_set(hear, &hearing);
	out = call_on(world, 0, SP1,
		REGS(FFA_CONSOLE_LOG, 10, 0x5d305b0d, 0x325b1b20, 0x0aff));
	host_console_set(NULL, NULL);
	assert_int_equal(out.x[0], FFA_SUCCESS);
	assert_string_equal(hearing.text, "sp1: [0] ?[2?\n");
	assert_false(hearing.locked);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_relinquish_takes_no_table_from_a_retrieval),
		TEST(no_context_of_a_dead_partition_gets_cycles),
		TEST(a_context_of_a_dead_partition_ends_at_its_next_call),
		TEST(who_waits_for_a_dead_partition_on_another_cpu_hears_of_it),
		TEST(a_dead_requester_does_not_go_on_with_the_response),
		TEST(a_moving_callee_does_not_drag_its_caller_to_another_cpu),
		TEST(a_moving_caller_stays_where_its_callee_stopped),
		TEST(a_donor_keeps_no_table_of_what_it_gave),
		TEST(others_transactions_cannot_be_found_out),
		TEST(a_message_without_the_framework_bit_is_none),
		TEST(whoever_waits_beside_a_lender_is_not_stopped),
		TEST(no_access_is_tried_again_for_ever),
		TEST(a_partition_at_el0_ends_with_its_first_fault),
		TEST(a_log_cannot_forge_another_line),
	};

	return SUITE_RUN("test-attacks", tests);
}
