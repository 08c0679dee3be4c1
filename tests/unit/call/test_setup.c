/*
 * Areas A and B of the conformance catalogue: versions, features and ids; and
 * the console log.
 */
#include <string.h>

#include "lib/calls.h"

#define BARE_NOT_SUPPORTED 0xffffffffu

/* A partition that has made no call yet. */
static struct world *fresh(void **state)
{
	return *state;
}

static uint64_t version(struct world *world, int party, uint32_t asked)
{
	struct ffa_regs out = call_regs(world, party, REGS(FFA_VERSION, asked));

	CONFORMS("A-12");
	for (unsigned i = 1; i < 8; i++)
		assert_int_equal(out.x[i], 0);
	return out.x[0];
}

static uint64_t expect_success(
	struct world *world, int party, struct ffa_regs regs)
{
	struct ffa_regs out = call_regs(world, party, regs);

	if (out.x[0] != FFA_SUCCESS && out.x[0] != FFA_SUCCESS_64)
		fail_msg("refused: %s", reason_name(world->reason));
	return out.x[2];
}

/* --- A: version -------------------------------------------------------- */

static void a_version_that_we_speak_is_taken(void **state)
{
	struct world *world = fresh(state);

	CONFORMS("A-01");
	assert_int_equal(version(world, SP1, 0x10000), FFA_VERSION_OURS);
	assert_int_equal(world->partition[SP1].version, 0x10000);
	CONFORMS("A-07");
	assert_int_equal(version(world, SP1, 0x10001), FFA_VERSION_OURS);
	assert_int_equal(world->partition[SP1].version, 0x10001);
	CONFORMS("A-02");
	assert_int_equal(version(world, SP1, 0x10003), FFA_VERSION_OURS);
	assert_int_equal(version(world, SP1, 0x10002), FFA_VERSION_OURS);
	assert_int_equal(world->partition[SP1].version, 0x10002);
}

/* FF-A 1.3: w2 asks for something else than to negotiate. */
static uint64_t query(struct world *world, uint32_t asked, uint32_t type)
{
	struct ffa_regs out =
		call_regs(world, SP1, REGS(FFA_VERSION, asked, type));

	for (unsigned i = 1; i < 8; i++)
		assert_int_equal(out.x[i], 0);
	return out.x[0];
}

static void a_version_can_be_asked_for_without_effect(void **state)
{
	struct world *world = fresh(state);

	world->partition[SP1].version = 0x10001; /* the manifest's */
	CONFORMS("A-13");
	assert_int_equal(query(world, 0x10003, 1), FFA_VERSION_OURS);
	assert_int_equal(query(world, 0x10000, 1), FFA_VERSION_OURS);
	assert_int_equal(query(world, 0x10004, 1), BARE_NOT_SUPPORTED);
	assert_int_equal(query(world, 0x20000, 1), BARE_NOT_SUPPORTED);
	assert_int_equal(world->partition[SP1].version, 0x10001);
	CONFORMS("A-14");
	assert_int_equal(query(world, 0, 2), 0);
	version(world, SP1, 0x10002);
	assert_int_equal(query(world, 0x10000, 2), 0x10002);
	CONFORMS("A-15");
	assert_int_equal(query(world, 0x10002, 3), 0xfffffffe);
	assert_int_equal(world->cpu[0].last->reason, R_VERSION_QUERY);
	/* None of them was a call that locks it. */
	version(world, SP1, 0x10003);
	assert_int_equal(query(world, 0, 2), 0x10003);
	expect_success(world, SP1, REGS(FFA_ID_GET));
	assert_int_equal(query(world, 0x10000, 1), FFA_VERSION_OURS);
	assert_int_equal(version(world, SP1, 0x10000), BARE_NOT_SUPPORTED);
}

/* Who never negotiates has the manifest's version, from its first call on. */
static void the_manifests_version_is_in_force_with_the_first_call(void **state)
{
	struct world *world = fresh(state);

	world->partition[SP1].version = 0x10001;
	assert_int_equal(query(world, 0, 2), 0);
	expect_success(world, SP1, REGS(FFA_ID_GET));
	assert_int_equal(query(world, 0, 2), 0x10001);
}

static void other_versions_are_not(void **state)
{
	static const uint32_t others[] = {
		0x10004, 0x20000, 0x00009, 0x80010002, 0, 0xffffffff};
	struct world *world = fresh(state);

	CONFORMS("A-03");
	CONFORMS("A-04");
	CONFORMS("A-05");
	CONFORMS("A-06");
	for (unsigned i = 0; i < ARRAY_COUNT(others); i++) {
		assert_int_equal(
			version(world, SP1, others[i]), BARE_NOT_SUPPORTED);
		assert_int_equal(
			world->cpu[0].last->reason, R_VERSION_INCOMPATIBLE);
		assert_int_equal(world->partition[SP1].version, 0x10002);
	}
}

static void the_first_other_call_locks_the_version(void **state)
{
	struct world *world = fresh(state);

	version(world, SP1, 0x10002);
	expect_success(world, SP1, REGS(FFA_ID_GET));
	CONFORMS("A-08");
	assert_int_equal(version(world, SP1, 0x10000), BARE_NOT_SUPPORTED);
	assert_int_equal(world->cpu[0].last->reason, R_VERSION_LOCKED);
	assert_int_equal(world->partition[SP1].version, 0x10002);
	CONFORMS("A-09");
	assert_int_equal(version(world, SP1, 0x10002), FFA_VERSION_OURS);
	CONFORMS("A-11");
	assert_int_equal(version(world, SP2, 0x10000), FFA_VERSION_OURS);
	assert_int_equal(world->partition[SP1].version, 0x10002);
	assert_int_equal(world->partition[SP2].version, 0x10000);
}

/* --- B: features and ids ----------------------------------------------- */

static void every_function_that_exists_is_a_feature(void **state)
{
	static const uint32_t functions[] = {FFA_VERSION, FFA_FEATURES,
		FFA_RX_RELEASE, FFA_RXTX_MAP_64, FFA_RXTX_UNMAP,
		FFA_PARTITION_INFO_GET, FFA_ID_GET, FFA_MSG_WAIT, FFA_RUN,
		FFA_MSG_SEND_DIRECT_REQ, FFA_MSG_SEND_DIRECT_REQ_64,
		FFA_MSG_SEND_DIRECT_RESP, FFA_MSG_SEND_DIRECT_RESP_64,
		FFA_MEM_DONATE, FFA_MEM_DONATE_64, FFA_MEM_LEND,
		FFA_MEM_LEND_64, FFA_MEM_SHARE, FFA_MEM_SHARE_64,
		FFA_MEM_RELINQUISH, FFA_MEM_RECLAIM, FFA_MEM_FRAG_RX,
		FFA_MEM_FRAG_TX, FFA_SPM_ID_GET, FFA_SECONDARY_EP_REGISTER_64,
		FFA_CONSOLE_LOG, FFA_CONSOLE_LOG_64,
		FFA_PARTITION_INFO_GET_REGS};
	struct world *world = start_mapped(state);

	CONFORMS("B-01");
	for (unsigned i = 0; i < ARRAY_COUNT(functions); i++)
		expect_success(world, SP1, REGS(FFA_FEATURES, functions[i]));
}

static void what_does_not_exist_is_no_feature(void **state)
{
	static const uint32_t others[] = {FFA_NOTIFICATION_BITMAP_CREATE,
		0x840000ff, 0, 0x100, FFA_MEM_PERM_GET, FFA_MEM_PERM_SET,
		FFA_RX_ACQUIRE, FFA_MSG_SEND, 0x84000093, 0xc4000069,
		0x8400005f, 0x84000098, 0xffffffff, 2, 4};
	struct world *world = start_mapped(state);

	CONFORMS("B-02");
	CONFORMS("B-03");
	CONFORMS("B-04");
	CONFORMS("B-12");
	for (unsigned i = 0; i < ARRAY_COUNT(others); i++)
		expect_error(world, SP1, REGS(FFA_FEATURES, others[i]),
			R_FEATURE_UNKNOWN);
}

static void retrieval_wants_to_know_of_the_ns_bit(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("B-05");
	assert_int_equal(expect_success(world, SP1,
				 REGS(FFA_FEATURES, FFA_MEM_RETRIEVE_REQ, 2)) &
				 2,
		2);
	CONFORMS("B-06");
	expect_error(world, SP1, REGS(FFA_FEATURES, FFA_MEM_RETRIEVE_REQ),
		R_FEATURE_INPUT);
	expect_error(world, SP1, REGS(FFA_FEATURES, FFA_MEM_RETRIEVE_REQ, 4),
		R_FEATURE_INPUT);
	expect_error(
		world, SP1, REGS(FFA_FEATURES, FFA_ID_GET, 1), R_FEATURE_INPUT);
	CONFORMS("B-07");
	world->partition[SP2].version = FFA_VERSION_1_0;
	assert_int_equal(expect_success(world, SP2,
				 REGS(FFA_FEATURES, FFA_MEM_RETRIEVE_REQ)) &
				 2,
		0);
}

static void buffers_are_4_kib_and_their_maximum_is_told(void **state)
{
	struct world *world = start_mapped(state);
	uint64_t properties =
		expect_success(world, SP1, REGS(FFA_FEATURES, FFA_RXTX_MAP_64));

	CONFORMS("B-08");
	assert_int_equal(properties & 3, 0);
	assert_int_equal(properties >> 16, 16);
	world->partition[SP2].version = FFA_VERSION_1_1;
	assert_int_equal(
		expect_success(world, SP2, REGS(FFA_FEATURES, FFA_RXTX_MAP_64)),
		0);
}

static void everybody_is_told_its_id(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("B-13");
	assert_int_equal(expect_success(world, SP1, REGS(FFA_ID_GET)), ID_SP1);
	assert_int_equal(expect_success(world, SP3, REGS(FFA_ID_GET)), ID_SP3);
	CONFORMS("B-14");
	assert_int_equal(expect_success(world, NWD, REGS(FFA_ID_GET)), 0);
	CONFORMS("B-15");
	assert_int_equal(
		expect_success(world, SP1, REGS(FFA_SPM_ID_GET)), 0x8000);
	assert_int_equal(
		expect_success(world, NWD, REGS(FFA_SPM_ID_GET)), 0x8000);
	expect_error(world, SP1, REGS(FFA_ID_GET, 1), R_RESERVED_REGISTER);
}

static void unknown_calls_are_not_supported(void **state)
{
	static const uint64_t unknown[] = {
		0x84000093, 0xc4000069, 0x840000ff, FFA_MSG_POLL, FFA_MSG_SEND};
	struct world *world = start_mapped(state);

	CONFORMS("B-16");
	for (unsigned i = 0; i < 2; i++)
		expect_error(world, SP1, REGS(unknown[i]), R_UNKNOWN_FUNCTION);
	for (unsigned i = 3; i < ARRAY_COUNT(unknown); i++)
		expect_error(world, SP1, REGS(unknown[i]), R_UNKNOWN_FUNCTION);
	CONFORMS("D-22");
	expect_error(world, SP1, REGS(FFA_RX_ACQUIRE), R_NOT_FOR_CALLER);
	CONFORMS("T-16");
	expect_error(
		world, SP1, REGS(FFA_NORMAL_WORLD_RESUME), R_UNKNOWN_FUNCTION);
	expect_error(world, NWD, REGS(FFA_MSG_WAIT), R_NOT_FOR_CALLER);
}

static void calls_of_other_standards_are_unknown_to_smccc(void **state)
{
	static const uint64_t others[] = {0x84000000, 0xc4000003, 0x80000000,
		0x72000000, 0, 0x8600ff01, 0x04000060};
	struct world *world = start_mapped(state);

	CONFORMS("B-17");
	for (unsigned i = 0; i < ARRAY_COUNT(others); i++) {
		struct ffa_regs out = call_regs(world, SP1, REGS(others[i]));

		assert_true(out.x[0] == UINT64_MAX ||
			    (uint32_t)out.x[0] == BARE_NOT_SUPPORTED);
	}
}

static void hints_and_upper_halves_are_ignored(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("B-18");
	assert_int_equal(
		expect_success(world, SP1, REGS(FFA_ID_GET | 0x10000)), ID_SP1);
	CONFORMS("B-19");
	assert_int_equal(expect_success(world, SP1,
				 REGS(0xdead000000000000ull | FFA_ID_GET,
					 0x100000000, 2ull << 32, ~0ull << 32)),
		ID_SP1);
}

static void results_have_no_stray_registers(void **state)
{
	struct world *world = start_mapped(state);
	struct ffa_regs in = REGS(FFA_MEM_LEND_64), out;

	CONFORMS("B-20");
	CONFORMS("Z-13");
	for (unsigned i = 8; i < 18; i++)
		in.x[i] = 0x1111 * i;
	out = call_regs(world, SP1, in);
	assert_int_equal(out.x[0], FFA_ERROR);
	assert_int_equal(out.x[2] >> 32, 0);
	CONFORMS("B-21");
	for (unsigned i = 8; i < 18; i++)
		assert_int_equal(out.x[i], 0);
	/* x8 to x17 of a 32-bit call are not the manager's. */
	in.x[0] = FFA_SPM_ID_GET;
	out = call_regs(world, SP1, in);
	for (unsigned i = 8; i < 18; i++)
		assert_int_equal(out.x[i], 0x1111 * i);
}

/* --- The console log, secondary entry points --------------------------- */

static char logged[256];

static void collect(void *context, const char *text, size_t length)
{
	(void)context;
	strncat(logged, text, length);
}

static void a_log_needs_as_many_characters_as_the_registers_hold(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("X-15");
	expect_error(world, SP1, REGS(FFA_CONSOLE_LOG, 0), R_LOG_LENGTH);
	expect_error(world, SP1, REGS(FFA_CONSOLE_LOG, 25), R_LOG_LENGTH);
	expect_error(world, SP1, REGS(FFA_CONSOLE_LOG_64, 129), R_LOG_LENGTH);
	CONFORMS("X-16");
	logged[0] = '\0';
	host_console_set(collect, NULL);
	strcpy(world->partition[SP1].name, "sp1");
	expect_success(
		world, SP1, REGS(FFA_CONSOLE_LOG, 6, 0x6c6c6548, 0x0a6f));
	assert_string_equal(logged, "sp1: Hello\n");
	expect_success(world, SP1, REGS(FFA_CONSOLE_LOG, 24));
	expect_success(world, SP1, REGS(FFA_CONSOLE_LOG_64, 128));
	expect_error(world, NWD, REGS(FFA_CONSOLE_LOG, 1), R_NOT_FOR_CALLER);
}

static void an_entry_point_is_registered_during_initialisation(void **state)
{
	struct world *world = start_mapped(state);
	struct partition *sp1 = &world->partition[SP1];

	CONFORMS("X-05");
	expect_error(world, SP1, REGS(FFA_SECONDARY_EP_REGISTER_64, SP1_IMAGE),
		R_WRONG_RUNTIME_MODEL);
	sp1->initialised = false;
	expect_error(world, SP1, REGS(FFA_SECONDARY_EP_REGISTER_64, SP1_RW),
		R_ENTRY_POINT);
	expect_error(world, SP1, REGS(FFA_SECONDARY_EP_REGISTER_64, NOWHERE),
		R_ENTRY_POINT);
	expect_success(
		world, SP1, REGS(FFA_SECONDARY_EP_REGISTER_64, SP1_IMAGE + 64));
	assert_int_equal(sp1->secondary_entry, SP1_IMAGE + 64);
	CONFORMS("X-06");
	sp1->vcpu_count = 1;
	expect_error(world, SP1, REGS(FFA_SECONDARY_EP_REGISTER_64, SP1_IMAGE),
		R_NOT_FOR_CALLER);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_version_that_we_speak_is_taken),
		TEST(a_version_can_be_asked_for_without_effect),
		TEST(the_manifests_version_is_in_force_with_the_first_call),
		TEST(other_versions_are_not),
		TEST(the_first_other_call_locks_the_version),
		TEST(every_function_that_exists_is_a_feature),
		TEST(what_does_not_exist_is_no_feature),
		TEST(retrieval_wants_to_know_of_the_ns_bit),
		TEST(buffers_are_4_kib_and_their_maximum_is_told),
		TEST(everybody_is_told_its_id),
		TEST(unknown_calls_are_not_supported),
		TEST(calls_of_other_standards_are_unknown_to_smccc),
		TEST(hints_and_upper_halves_are_ignored),
		TEST(results_have_no_stray_registers),
		TEST(a_log_needs_as_many_characters_as_the_registers_hold),
		TEST(an_entry_point_is_registered_during_initialisation),
	};

	return SUITE_RUN("test-setup", tests);
}
