/*
 * Areas S, T and X of the conformance catalogue: messages of the second kind,
 * FFA_YIELD, FFA_RUN of partitions, messages of the framework.
 */
#include <stdlib.h>
#include <string.h>

#include "call/run_loop.h"
#include "call/run_loop.h"
#include "lib/talk.h"
#include "partition/virq.h"

#define PSCI_RESP (FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_RESP)
#define CREATED (FFA_FRAMEWORK | FFA_FRAMEWORK_VM_CREATED_REQ)
#define CREATED_RESP (FFA_FRAMEWORK | FFA_FRAMEWORK_VM_CREATED_RESP)
#define DESTROYED (FFA_FRAMEWORK | FFA_FRAMEWORK_VM_DESTROYED_REQ)
#define YIELD REGS(FFA_YIELD)
#define ID_EL3 0xffc1

/* UUID of a party's first service, as x2 and x3 carry it. */
static void uuid_of(struct world *world, int party, uint64_t words[2])
{
	memcpy(words, world->partition[party].service[0].uuid, 16);
}

static void allow2(struct world *world, int party)
{
	struct partition *partition = &world->partition[party];

	for (uint32_t i = 0; i < partition->service_count; i++)
		partition->service[i].properties |=
			FFA_PROPERTY_RECV_DIRECT2 | FFA_PROPERTY_SEND_DIRECT2;
}

static struct world *start2(void **state)
{
	struct world *world = start(state);

	for (int party = SP1; party <= SP3; party++)
		allow2(world, party);
	world->partition[NWD].version = FFA_VERSION_1_2;
	return world;
}

static struct ffa_regs request2(uint64_t ids, const uint64_t uuid[2])
{
	return REGS(REQ2, ids, uuid[0], uuid[1], 4, 5, 6, 7, 8, 9, 10, 11, 12,
		13, 14, 15, 16, ~17ull);
}

/* --- Messages of the second kind ------------------------------------------ */

static void the_second_kind_carries_a_uuid_and_fourteen_words(void **state)
{
	struct world *world = start2(state);
	struct vcpu *nwd = context(world, NWD);
	struct ffa_regs response = REGS(RESP2, IDS(ID_SP1, 0), 22, 33, 4, 5, 6,
		7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
	uint64_t uuid[2];

	CONFORMS("S-03");
	uuid_of(world, SP1, uuid);
	go(world, request2(IDS(0, ID_SP1), uuid));
	expect_regs(context(world, SP1), request2(IDS(0, ID_SP1), uuid));
	go(world, response);
	response.x[2] = response.x[3] = 0;
	expect_regs(nwd, response);
}

static void the_second_kind_may_name_no_service(void **state)
{
	struct world *world = start2(state);
	const uint64_t nil[2] = {0, 0};

	go(world, request2(IDS(0, ID_SP1), nil));
	go(world, request2(IDS(ID_SP1, ID_SP2), nil));
	expect_regs(context(world, SP2), request2(IDS(ID_SP1, ID_SP2), nil));
}

static void the_service_must_be_the_receivers(void **state)
{
	struct world *world = start2(state);
	uint64_t uuid[2];

	CONFORMS("S-11");
	uuid_of(world, SP2, uuid);
	refused(world, request2(IDS(0, ID_SP1), uuid), R_MESSAGE_SERVICE);
	uuid_of(world, SP1, uuid);
	uuid[1] ^= 1ull << 63;
	refused(world, request2(IDS(0, ID_SP1), uuid), R_MESSAGE_SERVICE);
	uuid_of(world, SP1, uuid);
	world->partition[SP1].service[0].properties &=
		~FFA_PROPERTY_RECV_DIRECT2;
	refused(world, request2(IDS(0, ID_SP1), uuid), R_MESSAGE_METHOD);
}

static void a_sender_of_the_second_kind_says_so_in_its_manifest(void **state)
{
	struct world *world = start2(state);
	const uint64_t nil[2] = {0, 0};
	struct partition *sp1 = &world->partition[SP1];

	for (uint32_t i = 0; i < sp1->service_count; i++)
		sp1->service[i].properties &= ~FFA_PROPERTY_SEND_DIRECT2;
	go(world, request2(IDS(0, ID_SP1), nil));
	refused(world, request2(IDS(ID_SP1, ID_SP2), nil), R_MESSAGE_METHOD);
}

static void older_versions_do_not_have_the_second_kind(void **state)
{
	struct world *world = start2(state);
	const uint64_t nil[2] = {0, 0};

	CONFORMS("P-09");
	world->partition[NWD].version = FFA_VERSION_1_1;
	refused(world, request2(IDS(0, ID_SP1), nil), R_MESSAGE_VERSION);
	world->partition[NWD].version = FFA_VERSION_1_2;
	world->partition[SP1].version = FFA_VERSION_1_1;
	refused(world, request2(IDS(0, ID_SP1), nil), R_MESSAGE_VERSION);
}

static void kinds_of_messages_do_not_mix(void **state)
{
	struct world *world = start2(state);
	const uint64_t nil[2] = {0, 0};

	CONFORMS("S-17");
	go(world, REGS(REQ_64, IDS(0, ID_SP1)));
	refused(world, REGS(RESP2, IDS(ID_SP1, 0)), R_RESPONSE_KIND);
	go(world, REGS(RESP_64, IDS(ID_SP1, 0)));
	go(world, request2(IDS(0, ID_SP1), nil));
	refused(world, REGS(RESP_64, IDS(ID_SP1, 0)), R_RESPONSE_KIND);
}

/* --- Messages of the framework ------------------------------------------- */

static void a_partition_hears_of_vms_if_it_wants_to(void **state)
{
	struct world *world = start(state);
	struct vcpu *nwd = context(world, NWD);

	CONFORMS("X-07");
	go(world, REGS(REQ, IDS(0, ID_SP1), CREATED, 0, 0, ID_VM));
	expect_regs(context(world, SP1),
		REGS(REQ, IDS(0, ID_SP1), CREATED, 0, 0, ID_VM));
	CONFORMS("S-18");
	refused(world, REGS(RESP, IDS(ID_SP1, 0)), R_RESPONSE_KIND);
	refused(world, REGS(RESP, IDS(ID_SP1, 0), PSCI_RESP), R_MESSAGE_FLAGS);
	go(world, REGS(RESP, IDS(ID_SP1, 0), CREATED_RESP));
	expect_regs(nwd, REGS(RESP, IDS(ID_SP1, 0), CREATED_RESP));
	CONFORMS("X-08");
	refused(world, REGS(REQ, IDS(0, ID_SP1), DESTROYED, 0, 0, ID_VM),
		R_MESSAGE_UNWANTED);
}

static void a_message_about_a_vm_names_one(void **state)
{
	struct world *world = start(state);

	refused(world, REGS(REQ, IDS(0, ID_SP1), CREATED), R_MESSAGE_VM);
	refused(world, REGS(REQ, IDS(0, ID_SP1), CREATED, 0, 0, ID_SP2),
		R_MESSAGE_VM);
	refused(world, REGS(REQ_64, IDS(0, ID_SP1), CREATED, 0, 0, ID_VM),
		R_MESSAGE_FLAGS);
	refused(world, REGS(REQ, IDS(ID_VM, ID_SP1), CREATED, 0, 0, ID_VM),
		R_MESSAGE_FLAGS);
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	refused(world, REGS(REQ, IDS(ID_SP1, ID_SP2), CREATED, 0, 0, ID_VM),
		R_MESSAGE_FLAGS);
}

/* --- Partitions at EL3 -----------------------------------------------------
 */

static void el3_asks_a_partition(void **state)
{
	struct world *world = start(state);
	struct ffa_regs response = REGS(RESP, IDS(ID_SP1, ID_EL3), 0, 5);

	go(world, REGS(REQ, IDS(ID_EL3, ID_SP1), 0, 4));
	expect_regs(context(world, SP1), REGS(REQ, IDS(ID_EL3, ID_SP1), 0, 4));
	go(world, response);
	expect_regs(context(world, NWD), response);
}

/* The firmware's SPMD takes no requests to them. */
static void nobody_asks_el3(void **state)
{
	struct world *world = start(state);

	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	refused(world, REGS(REQ, IDS(ID_SP1, ID_EL3)), R_MESSAGE_IDS);
	refused(world, REGS(REQ2, IDS(ID_SP1, ID_EL3)), R_MESSAGE_IDS);
}

/* --- FFA_YIELD ------------------------------------------------------------ */

static void who_runs_a_partition_hears_that_it_yields(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	CONFORMS("T-09");
	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	assert_ptr_equal(go(world, REGS(FFA_YIELD, 0, 1000, 2)), nwd);
	assert_int_equal(nwd->x[0], FFA_YIELD);
	assert_int_equal(nwd->x[1], IDS(ID_SP1, 0));
	assert_int_equal(nwd->x[2], 1000);
	assert_int_equal(nwd->x[3], 2);
	assert_int_equal(sp1->state, VCPU_BLOCKED);
	refused(world, REGS(REQ, IDS(0, ID_SP1)), R_RECEIVER_BUSY);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP1, 0))), sp1);
	assert_int_equal(sp1->x[0], FFA_SUCCESS);
	assert_int_equal(sp1->x[1], 0);
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), nwd);
	assert_int_equal(nwd->x[0], FFA_MSG_WAIT);
}

static void a_requester_gets_ffa_yield_and_later_the_response(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	CONFORMS("T-11");
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	assert_ptr_equal(go(world, YIELD), nwd);
	assert_int_equal(nwd->x[0], FFA_YIELD);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP1, 0))), sp1);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP1, 0), 0, 7)), nwd);
	expect_regs(nwd, REGS(RESP, IDS(ID_SP1, 0), 0, 7));
}

static void yielding_has_its_place(void **state)
{
	struct world *world = start(state);

	go(world, REGS(REQ, IDS(0, ID_SP1)));
	refused(world, REGS(FFA_YIELD, 1), R_RESERVED_REGISTER);
	refused(world, REGS(FFA_YIELD, 0, 0, 0, 1), R_RESERVED_REGISTER);
	world->partition[SP1].version = FFA_VERSION_1_1;
	refused(world, YIELD, R_WRONG_RUNTIME_MODEL);
	CONFORMS("T-10");
	world->partition[SP1].version = FFA_VERSION_1_2;
	context(world, SP1)->model = RTM_INIT;
	refused(world, YIELD, R_WRONG_RUNTIME_MODEL);
	CONFORMS("T-16");
	refused(world, REGS(FFA_NORMAL_WORLD_RESUME), R_UNKNOWN_FUNCTION);
}

/* SP1 has asked SP2, which has yielded. */
static void sp2_yields_to_sp1(struct world *world)
{
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	go(world, REGS(REQ, IDS(ID_SP1, ID_SP2)));
	assert_ptr_equal(go(world, YIELD), context(world, SP1));
	assert_int_equal(context(world, SP1)->x[0], FFA_YIELD);
	assert_int_equal(context(world, SP1)->x[1], IDS(ID_SP2, 0));
}

static void a_partition_runs_whom_it_waits_for(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);

	sp2_yields_to_sp1(world);
	refused(world, REGS(FFA_RUN, IDS(ID_SP3, 0)), R_RUN_DENIED);
	refused(world, REGS(FFA_RUN, IDS(ID_SP2, WORLD_CPUS)), R_RUN_TARGET);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP2, 0))), sp2);
	assert_int_equal(sp1->state, VCPU_BLOCKED);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP2, ID_SP1), 0, 5)), sp1);
	assert_int_equal(sp1->x[3], 5);
	go(world, REGS(RESP, IDS(ID_SP1, 0)));
}

/* Or one that yields could keep another from ever being initialised. */
static void one_that_initialises_runs_whom_it_waits_for(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp2 = context(world, SP2);

	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	context(world, SP1)->model = RTM_INIT;
	refused(world, REGS(FFA_RUN, IDS(ID_SP2, 0)), R_RUN_DENIED);
	go(world, REGS(REQ, IDS(ID_SP1, ID_SP2)));
	go(world, YIELD);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP2, 0))), sp2);
}

static void who_waits_for_somebody_does_nothing_else_first(void **state)
{
	struct world *world = start(state);

	sp2_yields_to_sp1(world);
	refused(world, REGS(RESP, IDS(ID_SP1, 0)), R_CALLEE_STOPPED);
	refused(world, REGS(REQ, IDS(ID_SP1, ID_SP3)), R_CALLEE_STOPPED);
	context(world, SP1)->model = RTM_RUN;
	refused(world, REGS(FFA_MSG_WAIT), R_CALLEE_STOPPED);
}

/* The normal world cannot take it from who waits for it. */
static void only_who_waits_for_it_runs_a_partition(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	sp2_yields_to_sp1(world);
	assert_ptr_equal(go(world, YIELD), nwd);
	refused(world, REGS(FFA_RUN, IDS(ID_SP2, 0)), R_RUN_DENIED);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP1, 0))), sp1);
	go(world, REGS(FFA_RUN, IDS(ID_SP2, 0)));
	assert_ptr_equal(world->cpu[0].current, context(world, SP2));
}

/* Whoever asked it is dead: nobody gets the response. */
static void an_orphan_is_the_normal_worlds_to_run(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp2 = context(world, SP2), *nwd = context(world, NWD);

	sp2_yields_to_sp1(world);
	assert_ptr_equal(
		leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_BAD}), nwd);
	assert_int_equal((int32_t)nwd->x[2], FFA_ABORTED);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP2, 0))), sp2);
	assert_ptr_equal(
		go(world, REGS(RESP, IDS(ID_SP2, ID_SP1), 0, 0x5ec4e7)), nwd);
	expect_regs(nwd, REGS(FFA_ERROR, 0, (uint32_t)FFA_ABORTED, 0, 0, 0, 0,
				 0, nwd->x[8], nwd->x[9], nwd->x[10],
				 nwd->x[11], nwd->x[12], nwd->x[13], nwd->x[14],
				 nwd->x[15], nwd->x[16], nwd->x[17]));
	assert_int_equal(sp2->state, VCPU_WAITING);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_second_kind_carries_a_uuid_and_fourteen_words),
		TEST(the_second_kind_may_name_no_service),
		TEST(the_service_must_be_the_receivers),
		TEST(a_sender_of_the_second_kind_says_so_in_its_manifest),
		TEST(older_versions_do_not_have_the_second_kind),
		TEST(kinds_of_messages_do_not_mix),
		TEST(a_partition_hears_of_vms_if_it_wants_to),
		TEST(a_message_about_a_vm_names_one),
		TEST(el3_asks_a_partition),
		TEST(nobody_asks_el3),
		TEST(who_runs_a_partition_hears_that_it_yields),
		TEST(a_requester_gets_ffa_yield_and_later_the_response),
		TEST(yielding_has_its_place),
		TEST(a_partition_runs_whom_it_waits_for),
		TEST(one_that_initialises_runs_whom_it_waits_for),
		TEST(who_waits_for_somebody_does_nothing_else_first),
		TEST(only_who_waits_for_it_runs_a_partition),
		TEST(an_orphan_is_the_normal_worlds_to_run),
	};

	return SUITE_RUN("test-cycles", tests);
}
