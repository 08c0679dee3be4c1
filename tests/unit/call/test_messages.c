/*
 * Areas S and T of the conformance catalogue, as far as direct messages of 32
 * and 64 bits and FFA_RUN reach; interrupts of the normal world; framework
 * messages of the firmware.
 */
#include <stdlib.h>
#include <string.h>

#include "call/gate.h"
#include "call/run_loop.h"
#include "call/trace_text.h"
#include "lib/talk.h"

/* What the console says of the last call, if it is asked to. */
static void expect_traced(
	struct world *world, const char *call, const char *what)
{
	char line[TRACE_LINE_SIZE + 1] = {0};

	trace_text(&world->spm, world->cpu[0].last, 0, line);
	assert_non_null(strstr(line, call));
	assert_non_null(strstr(line, what));
}

/* --- S ----------------------------------------------------------------- */

static void a_request_and_its_response_carry_five_words(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);
	struct ffa_regs request =
		REGS(REQ, IDS(ID_VM, ID_SP1), 0, 3, 4, 5, 6, 7);
	struct ffa_regs response =
		REGS(RESP, IDS(ID_SP1, ID_VM), 0, 30, 40, 50, 60, 70);

	CONFORMS("S-01");
	assert_ptr_equal(go(world, request), sp1);
	expect_regs(sp1, request);
	assert_int_equal(sp1->model, RTM_DIRECT);
	assert_int_equal(nwd->state, VCPU_BLOCKED);
	assert_ptr_equal(go(world, response), nwd);
	expect_regs(nwd, response);
	assert_int_equal(sp1->state, VCPU_WAITING);
	assert_int_equal(nwd->state, VCPU_RUNNING);
}

static void requests_of_64_bits_keep_them(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1);
	struct ffa_regs request = REGS(
		REQ_64, IDS(0, ID_SP1), 0, 0x1122334455667788, ~0ull, 5, 6, 7);

	CONFORMS("S-02");
	assert_ptr_equal(go(world, request), sp1);
	expect_regs(sp1, request);
	go(world, REGS(RESP_64, IDS(ID_SP1, 0)));
	/* w2 is one of 32 bits in them, too. */
	request.x[2] = 0xbad00000000;
	go(world, request);
	assert_int_equal(sp1->x[2], 0);
}

/* FF-A 1.3: fifteen words, if both sides know of that. */
static void messages_between_1_3_endpoints_are_longer(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);
	struct ffa_regs request = REGS(REQ_64, IDS(0, ID_SP1), 0, 3, 4, 5, 6, 7,
		8, 9, 10, 11, 12, 13, 14, 15, 16, ~17ull);
	struct ffa_regs response = REGS(RESP_64, IDS(ID_SP1, 0), 0, 3, 4, 5, 6,
		7, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170);
	struct ffa_regs cut = request;

	memset(&cut.x[8], 0, 10 * sizeof(cut.x[0]));
	world->partition[NWD].version = FFA_VERSION_1_3;
	go(world, request);
	expect_regs(sp1, cut);
	go(world, response);
	assert_int_equal(nwd->x[7], 7);
	assert_int_equal(nwd->x[8], 0);
	world->partition[SP1].version = FFA_VERSION_1_3;
	go(world, request);
	expect_regs(sp1, request);
	go(world, response);
	expect_regs(nwd, response);
	/* Not with 32 bits. */
	request.x[0] = REQ;
	go(world, request);
	cut.x[0] = REQ;
	expect_regs(sp1, cut);
}

static void a_receiver_sees_no_more_than_the_message(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1);
	struct ffa_regs request =
		REGS(REQ, 0xbad00000000ull | ID_SP1, 0, ~0ull, 4, 5, 6, 7);

	CONFORMS("S-22");
	CONFORMS("S-23");
	for (unsigned i = 8; i < 18; i++) {
		request.x[i] = i;
		sp1->x[i] = 0x5ec4e7;
	}
	assert_ptr_equal(go(world, request), sp1);
	assert_int_equal(sp1->x[1], ID_SP1);
	assert_int_equal(sp1->x[3], 0xffffffff);
	for (unsigned i = 8; i < 18; i++)
		assert_int_equal(sp1->x[i], 0);
}

static void partitions_send_requests_to_each_other(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);

	go(world, REGS(REQ, IDS(0, ID_SP1)));
	assert_ptr_equal(go(world, REGS(REQ, IDS(ID_SP1, ID_SP2), 0, 9)), sp2);
	assert_int_equal(sp2->x[3], 9);
	CONFORMS("S-13");
	refused(world, REGS(REQ, IDS(ID_SP2, ID_SP1)), R_RECEIVER_BUSY);
	assert_ptr_equal(
		go(world, REGS(RESP, IDS(ID_SP2, ID_SP1), 0, 10)), sp1);
	assert_int_equal(sp1->x[3], 10);
	assert_ptr_equal(
		go(world, REGS(RESP, IDS(ID_SP1, 0))), context(world, NWD));
}

static void nobody_speaks_in_anothers_name_or_to_nobody(void **state)
{
	struct world *world = start(state);

	CONFORMS("S-21");
	refused(world, REGS(REQ, IDS(ID_SP2, ID_SP1)), R_MESSAGE_IDS);
	CONFORMS("S-05");
	refused(world, REGS(REQ, IDS(0, ID_NOBODY)), R_MESSAGE_IDS);
	refused(world, REGS(REQ, IDS(0, 0x8000)), R_MESSAGE_IDS);
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	CONFORMS("S-04");
	refused(world, REGS(REQ, IDS(ID_SP3, ID_SP2)), R_MESSAGE_IDS);
	CONFORMS("S-06");
	refused(world, REGS(REQ, IDS(ID_SP1, ID_SP1)), R_MESSAGE_IDS);
	CONFORMS("S-07");
	refused(world, REGS(REQ, IDS(ID_SP1, ID_VM)), R_MESSAGE_IDS);
	CONFORMS("S-08");
	refused(world, REGS(REQ, IDS(ID_SP1, ID_SP2), 1), R_MESSAGE_FLAGS);
	CONFORMS("S-09");
	refused(world, REGS(REQ, IDS(ID_SP1, ID_SP2), 1u << 31),
		R_MESSAGE_FLAGS);
	refused(world, REGS(RESP, IDS(ID_SP2, 0)), R_MESSAGE_IDS);
	refused(world, REGS(RESP, IDS(ID_SP1, 0), 1), R_MESSAGE_FLAGS);
}

static void both_sides_must_support_direct_requests(void **state)
{
	struct world *world = start(state);

	CONFORMS("S-10");
	world->partition[SP2].service[0].properties &= ~1u;
	refused(world, REGS(REQ, IDS(0, ID_SP2)), R_MESSAGE_METHOD);
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	refused(world, REGS(REQ, IDS(ID_SP1, ID_SP2)), R_MESSAGE_METHOD);
	world->partition[SP1].service[0].properties &= ~2u;
	refused(world, REGS(REQ, IDS(ID_SP1, ID_SP3)), R_MESSAGE_METHOD);
}

static void a_receiver_that_does_not_wait_is_busy(void **state)
{
	struct world *world = start(state);

	CONFORMS("S-12");
	context(world, SP1)->state = VCPU_PREEMPTED;
	refused(world, REGS(REQ, IDS(0, ID_SP1)), R_RECEIVER_BUSY);
	context(world, SP1)->state = VCPU_OFF;
	refused(world, REGS(REQ, IDS(0, ID_SP1)), R_RECEIVER_BUSY);
	CONFORMS("S-19");
	context(world, SP1)->state = VCPU_ABORTED;
	refused(world, REGS(REQ, IDS(0, ID_SP1)), R_RECEIVER_ABORTED);
}

static void a_response_answers_its_request(void **state)
{
	struct world *world = start(state);

	go(world, REGS(REQ, IDS(ID_VM, ID_SP1)));
	CONFORMS("S-15");
	refused(world, REGS(RESP, IDS(ID_SP1, 0)), R_NOT_REQUESTER);
	refused(world, REGS(RESP, IDS(ID_SP1, ID_SP2)), R_NOT_REQUESTER);
	CONFORMS("S-16");
	refused(world, REGS(RESP_64, IDS(ID_SP1, ID_VM)), R_RESPONSE_KIND);
	CONFORMS("S-24");
	refused(world, REGS(FFA_MSG_WAIT), R_WRONG_RUNTIME_MODEL);
}

static void without_a_request_there_is_no_response(void **state)
{
	struct world *world = start(state);

	CONFORMS("T-13");
	CONFORMS("S-14");
	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	refused(world, REGS(RESP, IDS(ID_SP1, 0)), R_WRONG_RUNTIME_MODEL);
	CONFORMS("T-15");
	refused(world, REGS(FFA_INTERRUPT), R_WRONG_RUNTIME_MODEL);
	CONFORMS("S-20");
	assert_ptr_equal(
		go(world, REGS(REQ, IDS(ID_SP1, ID_SP2))), context(world, SP2));
}

static void a_pinned_context_serves_its_own_cpu(void **state)
{
	struct world *world = *state;
	struct cpu *cpu = &world->cpu[1];
	struct ffa_regs request = REGS(REQ, IDS(0, ID_SP1));

	CONFORMS("S-25");
	cpu->current = cpu->nwd;
	cpu->nwd->state = VCPU_RUNNING;
	memcpy(cpu->nwd->x, request.x, sizeof(request.x));
	gate_call(cpu);
	assert_ptr_equal(cpu->current, &world->vcpu[SP1][1]);
	CONFORMS("S-26");
	world->partition[SP2].vcpu_count = 1;
	cpu->current = cpu->nwd;
	cpu->nwd->state = VCPU_RUNNING;
	request.x[1] = IDS(0, ID_SP2);
	memcpy(cpu->nwd->x, request.x, sizeof(request.x));
	gate_call(cpu);
	assert_ptr_equal(cpu->current, &world->vcpu[SP2][0]);
}

static void a_partition_without_a_context_here_is_busy(void **state)
{
	struct world *world = start(state);

	world->cpu[0].index = WORLD_CPUS;
	refused(world, REGS(REQ, IDS(0, ID_SP1)), R_RECEIVER_ELSEWHERE);
	world->cpu[0].index = 0;
}

/* --- T ----------------------------------------------------------------- */

static void a_context_that_is_run_may_wait_again(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	CONFORMS("T-01");
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP1, 0))), sp1);
	assert_int_equal(sp1->model, RTM_RUN);
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), nwd);
	assert_int_equal(nwd->x[0], FFA_MSG_WAIT);
	assert_int_equal(sp1->state, VCPU_WAITING);
	CONFORMS("T-12");
	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	refused(world, REGS(FFA_MSG_WAIT, 1), R_RESERVED_REGISTER);
	refused(world, REGS(FFA_MSG_WAIT, 0, 2), R_RESERVED_REGISTER);
}

static void only_what_can_run_is_run(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1);

	CONFORMS("T-02");
	refused(world, REGS(FFA_RUN, IDS(ID_NOBODY, 0)), R_RUN_TARGET);
	refused(world, REGS(FFA_RUN, IDS(ID_SP1, WORLD_CPUS)), R_RUN_TARGET);
	refused(world, REGS(FFA_RUN, IDS(ID_SP1, 0xffff)), R_RUN_TARGET);
	CONFORMS("T-03");
	refused(world, REGS(FFA_RUN, IDS(ID_SP1, 1)), R_RUN_TARGET);
	CONFORMS("T-04");
	sp1->state = VCPU_ABORTED;
	refused(world, REGS(FFA_RUN, IDS(ID_SP1, 0)), R_RUN_ABORTED);
	CONFORMS("T-05");
	sp1->state = VCPU_BLOCKED;
	refused(world, REGS(FFA_RUN, IDS(ID_SP1, 0)), R_RUN_BLOCKED);
	CONFORMS("T-06");
	sp1->state = VCPU_RUNNING;
	refused(world, REGS(FFA_RUN, IDS(ID_SP1, 0)), R_RUN_BUSY);
}

static void partitions_run_nobody(void **state)
{
	struct world *world = start(state);

	go(world, REGS(REQ, IDS(0, ID_SP1)));
	CONFORMS("T-08");
	refused(world, REGS(FFA_RUN, IDS(ID_SP2, 0)), R_RUN_DENIED);
	CONFORMS("T-07");
	refused(world, REGS(FFA_RUN, IDS(ID_VM, 0)), R_RUN_DENIED);
}

/* --- Interrupts, faults, framework ------------------------------------- */

static void an_interrupt_pauses_a_request_until_it_is_run(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);
	struct vcpu_exit interrupt = {.kind = VCPU_EXIT_INTERRUPT};

	CONFORMS("W-01");
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	sp1->x[5] = 0x1234;
	run_exit(&world->cpu[0], &interrupt);
	assert_ptr_equal(world->cpu[0].current, nwd);
	assert_int_equal(nwd->x[0], FFA_INTERRUPT);
	assert_int_equal(nwd->x[1], IDS(ID_SP1, 0));
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP1, 0))), sp1);
	assert_int_equal(sp1->x[5], 0x1234);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP1, 0), 0, 1)), nwd);
	assert_int_equal(nwd->x[0], RESP);
}

static void a_chain_is_paused_and_resumed_as_a_whole(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);
	struct vcpu_exit interrupt = {.kind = VCPU_EXIT_INTERRUPT};

	go(world, REGS(REQ, IDS(0, ID_SP1)));
	go(world, REGS(REQ, IDS(ID_SP1, ID_SP2)));
	run_exit(&world->cpu[0], &interrupt);
	refused(world, REGS(FFA_RUN, IDS(ID_SP1, 0)), R_RUN_BLOCKED);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP2, 0))), sp2);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP2, ID_SP1))), sp1);
	assert_ptr_equal(
		go(world, REGS(RESP, IDS(ID_SP1, 0))), context(world, NWD));
}

static void a_partition_that_cannot_go_on_is_aborted(void **state)
{
	struct world *world = start(state);
	struct vcpu *nwd = context(world, NWD);
	struct vcpu_exit bad = {.kind = VCPU_EXIT_BAD};

	go(world, REGS(REQ, IDS(0, ID_SP1)));
	run_exit(&world->cpu[0], &bad);
	assert_ptr_equal(world->cpu[0].current, nwd);
	assert_int_equal(nwd->x[0], FFA_ERROR);
	assert_int_equal((int32_t)nwd->x[2], FFA_ABORTED);
	refused(world, REGS(REQ, IDS(0, ID_SP1)), R_RECEIVER_ABORTED);
	refused(world, REGS(FFA_RUN, IDS(ID_SP1, 0)), R_RUN_ABORTED);
}

static void a_1_3_partition_ends_itself(void **state)
{
	struct world *world = start(state);
	struct vcpu *nwd = context(world, NWD);

	CONFORMS("X-09");
	refused(world, REGS(FFA_ABORT), R_NOT_FOR_CALLER);
	CONFORMS("X-10");
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	refused(world, REGS(FFA_ABORT), R_NOT_FOR_CALLER);
	refused(world, REGS(FFA_FEATURES, FFA_ABORT), R_FEATURE_UNKNOWN);
	world->partition[SP1].version = FFA_VERSION_1_3;
	refused(world, REGS(FFA_ABORT, 1), R_RESERVED_REGISTER);
	refused(world, REGS(FFA_ABORT_64, 0, 7, 1), R_RESERVED_REGISTER);
	go(world, REGS(FFA_ABORT_64, 0, 7));
	expect_traced(world, "ABORT_64", "aborted with 0x7");
	assert_ptr_equal(world->cpu[0].current, nwd);
	assert_int_equal(nwd->x[0], FFA_ERROR);
	assert_int_equal((int32_t)nwd->x[2], FFA_ABORTED);
	refused(world, REGS(REQ, IDS(0, ID_SP1)), R_RECEIVER_ABORTED);
}

/* Up to FF-A 1.2 it is FFA_ERROR that says so, and while it begins. */
static void a_1_3_partition_does_not_report_an_error(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1);

	world->cpu[0].current = sp1;
	sp1->state = VCPU_RUNNING;
	sp1->model = RTM_INIT;
	world->partition[SP1].version = FFA_VERSION_1_3;
	refused(world, REGS(FFA_ERROR, 0, (uint32_t)FFA_ABORTED),
		R_WRONG_RUNTIME_MODEL);
}

static void a_handler_that_faults_for_ever_is_aborted(void **state)
{
	struct world *world = start(state);
	struct vcpu_exit fault = {.kind = VCPU_EXIT_FAULT,
		.address = paddr(NOWHERE),
		.write = true};
	unsigned count = 0;

	go(world, REGS(REQ, IDS(0, ID_SP1)));
	while (world->cpu[0].current == context(world, SP1)) {
		run_exit(&world->cpu[0], &fault);
		assert_true(++count < 100);
	}
	assert_true(count > 1);
	assert_true(world->partition[SP1].ep.aborted);
}

static void the_firmware_asks_for_our_version(void **state)
{
	struct world *world = start(state);
	struct vcpu *nwd = context(world, NWD);
	struct ffa_regs ask = REGS(REQ, IDS(FFA_ID_SPMD, 0x8000),
		FFA_FRAMEWORK | FFA_FRAMEWORK_VERSION_REQ, 0x10001);

	go(world, ask);
	expect_regs(nwd, REGS(RESP, IDS(0x8000, FFA_ID_SPMD),
				 FFA_FRAMEWORK | FFA_FRAMEWORK_VERSION_RESP,
				 FFA_VERSION_OURS));
	assert_int_equal(world->partition[NWD].version, 0x10001);
	/* With buffers mapped it is too late for another one. */
	map_buffers(world);
	world->cpu[0].current = nwd;
	nwd->state = VCPU_RUNNING;
	ask.x[3] = 0x10002;
	go(world, ask);
	assert_int_equal((int32_t)nwd->x[3], FFA_NOT_SUPPORTED);
	assert_int_equal(world->partition[NWD].version, 0x10001);
	ask.x[2] = FFA_FRAMEWORK | 0x7f;
	refused(world, ask, R_MESSAGE_FLAGS);
}

/* 176 records of 24 bytes: a page holds 170. */
#define MANY 44u
static void make_many(struct world *world)
{
	static struct partition many[MANY];

	memset(many, 0, sizeof(many));
	for (unsigned i = 0; i < MANY; i++) {
		many[i].ep.id = (uint16_t)(ID_SP1 + i);
		many[i].service_count = PARTITION_UUIDS_MAX;
	}
	world->spm.partitions = many;
	world->spm.partition_count = MANY;
}

static void more_records_than_rx_holds_are_refused(void **state)
{
	struct world *world = start(state);
	struct ffa_regs out;

	CONFORMS("C-13");
	map_buffers(world);
	make_many(world);
	out = call_plain(world, NWD, REGS(FFA_PARTITION_INFO_GET));
	assert_int_equal(out.x[0], FFA_ERROR);
	expect_reason(world->reason, R_INFO_TOO_LONG);
	assert_int_equal(world->partition[NWD].mailbox.rx, RX_EMPTY);
}

static void records_fill_as_many_pages_as_rx_has(void **state)
{
	struct world *world = start(state);
	uint32_t count = MANY * PARTITION_UUIDS_MAX;
	const uint8_t *rx;
	struct ffa_regs out;

	expect_ok(do_map_pages(world, NWD, NWD_RAM, 2));
	rx = host_memory(paddr(NWD_RAM + 2 * PAGE_SIZE));
	make_many(world);
	for (uint32_t n = 3; n > 0; n--) {
		host_fail_copy(n);
		out = call_plain(world, NWD, REGS(FFA_PARTITION_INFO_GET));
		expect_reason(world->reason, R_BUFFER_FAULT);
	}
	out = call_plain(world, NWD, REGS(FFA_PARTITION_INFO_GET));
	assert_int_equal(out.x[0], FFA_SUCCESS);
	assert_int_equal(out.x[2], count);
	assert_int_equal(out.x[3], 24);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(rx[i * 24] | rx[i * 24 + 1] << 8,
			ID_SP1 + i / PARTITION_UUIDS_MAX);
	for (uint32_t at = count * 24; at < 2 * PAGE_SIZE; at++)
		assert_int_equal(rx[at], 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_and_its_response_carry_five_words),
		TEST(requests_of_64_bits_keep_them),
		TEST(messages_between_1_3_endpoints_are_longer),
		TEST(a_receiver_sees_no_more_than_the_message),
		TEST(partitions_send_requests_to_each_other),
		TEST(nobody_speaks_in_anothers_name_or_to_nobody),
		TEST(both_sides_must_support_direct_requests),
		TEST(a_receiver_that_does_not_wait_is_busy),
		TEST(a_response_answers_its_request),
		TEST(without_a_request_there_is_no_response),
		TEST(a_pinned_context_serves_its_own_cpu),
		TEST(a_partition_without_a_context_here_is_busy),
		TEST(a_context_that_is_run_may_wait_again),
		TEST(only_what_can_run_is_run),
		TEST(partitions_run_nobody),
		TEST(an_interrupt_pauses_a_request_until_it_is_run),
		TEST(a_chain_is_paused_and_resumed_as_a_whole),
		TEST(a_partition_that_cannot_go_on_is_aborted),
		TEST(a_1_3_partition_ends_itself),
		TEST(a_1_3_partition_does_not_report_an_error),
		TEST(a_handler_that_faults_for_ever_is_aborted),
		TEST(the_firmware_asks_for_our_version),
		TEST(more_records_than_rx_holds_are_refused),
		TEST(records_fill_as_many_pages_as_rx_has),
	};

	return SUITE_RUN("test-messages", tests);
}
