/*
 * Area V of the conformance catalogue: notifications, and the features that
 * belong to them.
 */
#include <string.h>

#include "call/run_loop.h"
#include "lib/oracle.h"
#include "partition/virq.h"
#include "unit/call/notify.h"

/* SP1 and SP2 support notifications, SP3 does not; nor does it know of 1.2. */
static struct world *start(void **state)
{
	struct world *world = *state;

	for (int party = SP1; party <= SP2; party++)
		notify_open(&world->partition[party].notify, WORLD_CPUS);
	rest(world);
	host_log_clear();
	return world;
}

static struct ffa_regs ok(struct world *world, int party, struct ffa_regs regs)
{
	struct ffa_regs out = call_regs(world, party, regs);

	rest(world);
	if (out.x[0] == FFA_ERROR)
		fail_msg("refused: %s", reason_name(world->reason));
	return out;
}

static void refused(struct world *world, int party, struct ffa_regs regs,
	enum reason reason)
{
	expect_error(world, party, regs, reason);
	rest(world);
	assert_int_equal(host_count(HOST_SCHEDULE), 0);
}

static void expect_words(struct ffa_regs out, struct ffa_regs wanted)
{
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(out.x[i], wanted.x[i]);
}

/* --- Bound, set, got ---------------------------------------------------- */

static void what_is_set_is_got_once(void **state)
{
	struct world *world = start(state);

	CONFORMS("V-01");
	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 1ull << 63 | 5));
	expect_words(ok(world, SP1, GET(0, ID_SP1, 1)), REGS(FFA_SUCCESS));
	ok(world, SP2, SET(ID_SP2, ID_SP1, 0, 1ull << 63 | 1));
	ok(world, SP2, SET(ID_SP2, ID_SP1, 0, 1));
	expect_words(ok(world, SP1, GET(1, ID_SP1, 1)),
		REGS(FFA_SUCCESS, 0, 1, 0x80000000));
	expect_words(ok(world, SP1, GET(0, ID_SP1, 15)), REGS(FFA_SUCCESS));
}

static void only_the_classes_asked_for_are_got(void **state)
{
	struct world *world = start(state);

	CONFORMS("V-26");
	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 6));
	ok(world, SP1, BIND(ID_VM, ID_SP1, 0, 6));
	ok(world, SP2, SET(ID_SP2, ID_SP1, 0, 2));
	ok(world, NWD, SET(ID_VM, ID_SP1, 0, 4));
	notify_message(&world->partition[SP1].notify, NOTIFY_SECURE);
	notify_message(&world->partition[SP1].notify, NOTIFY_NORMAL);
	expect_words(ok(world, SP1, GET(0, ID_SP1, 0)), REGS(FFA_SUCCESS));
	expect_words(ok(world, SP1, GET(0, ID_SP1, 2)),
		REGS(FFA_SUCCESS, 0, 0, 0, 4));
	expect_words(ok(world, SP1, GET(0, ID_SP1, 1 | 4)),
		REGS(FFA_SUCCESS, 0, 2, 0, 0, 0, 1));
	expect_words(ok(world, SP1, GET(0, ID_SP1, 15)),
		REGS(FFA_SUCCESS, 0, 0, 0, 0, 0, 0, 1));
}

static void bitmaps_flags_and_ids_are_checked(void **state)
{
	struct world *world = start(state);

	CONFORMS("V-02");
	refused(world, SP1, BIND(ID_SP2, ID_SP1, 0, 0), R_NOTIFY_EMPTY);
	refused(world, SP1, UNBIND(ID_SP2, ID_SP1, 0, 0), R_NOTIFY_EMPTY);
	refused(world, SP2, SET(ID_SP2, ID_SP1, 0, 0), R_NOTIFY_EMPTY);
	CONFORMS("V-27");
	for (unsigned bit = 1; bit < 32; bit++)
		refused(world, SP1, BIND(ID_SP2, ID_SP1, 1ull << bit, 1),
			R_NOTIFY_FLAGS);
	for (unsigned bit = 0; bit < 32; bit++)
		refused(world, SP1, UNBIND(ID_SP2, ID_SP1, 1ull << bit, 1),
			R_NOTIFY_FLAGS);
	for (unsigned bit = 2; bit < 16; bit++)
		refused(world, SP2, SET(ID_SP2, ID_SP1, 1ull << bit, 1),
			R_NOTIFY_FLAGS);
	CONFORMS("V-10");
	for (unsigned bit = 4; bit < 32; bit++)
		refused(world, SP1, GET(0, ID_SP1, 1ull << bit),
			R_NOTIFY_FLAGS);
	CONFORMS("V-11");
	refused(world, SP1, GET(0, ID_SP2, 1), R_NOTIFY_IDS);
	refused(world, SP1, GET(0, 0, 1), R_NOTIFY_IDS);
	refused(world, SP1, GET(WORLD_CPUS, ID_SP1, 1), R_NOTIFY_VCPU);
	refused(world, SP1, BIND(ID_SP1, ID_SP2, 0, 1), R_NOTIFY_IDS);
	refused(world, SP1, BIND(ID_SP1, ID_SP1, 0, 1), R_NOTIFY_IDS);
	refused(world, SP1, BIND(ID_NOBODY, ID_SP1, 0, 1), R_NOTIFY_IDS);
	refused(world, SP1, BIND(0x8000, ID_SP1, 0, 1), R_NOTIFY_IDS);
}

static void a_notification_has_one_sender_and_one_kind(void **state)
{
	struct world *world = start(state);

	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 3));
	CONFORMS("V-03");
	refused(world, SP1, BIND(ID_SP3, ID_SP1, 0, 6), R_NOTIFY_BOUND);
	refused(world, SP1, BIND(ID_SP2, ID_SP1, 0, 2), R_NOTIFY_BOUND);
	refused(world, SP1, BIND(ID_SP2, ID_SP1, PER_VCPU, 2), R_NOTIFY_BOUND);
	/* The third is still free. */
	ok(world, SP1, BIND(ID_SP3, ID_SP1, PER_VCPU, 4));
	CONFORMS("V-05");
	refused(world, SP1, UNBIND(ID_SP2, ID_SP1, 0, 7), R_NOTIFY_NOT_BOUND);
	refused(world, SP1, UNBIND(ID_SP2, ID_SP1, 0, 8), R_NOTIFY_NOT_BOUND);
	refused(world, SP1, UNBIND(ID_VM, ID_SP1, 0, 1), R_NOTIFY_NOT_BOUND);
	CONFORMS("V-04");
	ok(world, SP2, SET(ID_SP2, ID_SP1, 0, 1));
	refused(world, SP1, UNBIND(ID_SP2, ID_SP1, 0, 3), R_NOTIFY_PENDING);
	ok(world, SP1, GET(0, ID_SP1, 1));
	ok(world, SP1, UNBIND(ID_SP2, ID_SP1, 0, 3));
	ok(world, SP1, BIND(ID_SP3, ID_SP1, 0, 3));
	ok(world, SP3, SET(ID_SP3, ID_SP1, OF_VCPU(1), 4));
	refused(world, SP1, UNBIND(ID_SP3, ID_SP1, 0, 4), R_NOTIFY_PENDING);
}

static void all_are_set_or_none(void **state)
{
	struct world *world = start(state);

	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 3));
	ok(world, SP1, BIND(ID_SP3, ID_SP1, 0, 8));
	CONFORMS("V-06");
	refused(world, SP2, SET(ID_SP2, ID_SP1, 0, 4), R_NOTIFY_NOT_BOUND);
	refused(world, SP2, SET(ID_SP2, ID_SP1, 0, 7), R_NOTIFY_NOT_BOUND);
	refused(world, SP2, SET(ID_SP2, ID_SP1, 0, 11), R_NOTIFY_NOT_BOUND);
	refused(world, SP2, SET(ID_SP2, ID_SP1, OF_VCPU(0), 3),
		R_NOTIFY_NOT_BOUND);
	expect_words(ok(world, SP1, GET(0, ID_SP1, 15)), REGS(FFA_SUCCESS));
	CONFORMS("V-07");
	refused(world, SP2, SET(ID_SP3, ID_SP1, 0, 8), R_NOTIFY_IDS);
	refused(world, SP2, SET(ID_VM, ID_SP1, 0, 8), R_NOTIFY_IDS);
	refused(world, NWD, SET(ID_SP3, ID_SP1, 0, 8), R_NOTIFY_IDS);
	refused(world, SP1, SET(ID_SP1, ID_SP1, 0, 8), R_NOTIFY_IDS);
	refused(world, SP2, SET(ID_SP2, ID_NOBODY, 0, 8), R_NOTIFY_IDS);
	CONFORMS("V-08");
	refused(world, SP2, SET(ID_SP2, ID_SP1, 1ull << 16, 1), R_NOTIFY_VCPU);
	CONFORMS("V-09");
	ok(world, SP1, BIND(ID_VM, ID_SP1, 0, 1));
	refused(world, NWD, SET(ID_VM, ID_SP1, LATE, 1), R_NOTIFY_FLAGS);
}

static void without_support_there_are_none(void **state)
{
	struct world *world = start(state);

	CONFORMS("V-12");
	refused(world, SP3, BIND(ID_SP2, ID_SP3, 0, 1), R_NOTIFY_UNSUPPORTED);
	refused(world, SP3, UNBIND(ID_SP2, ID_SP3, 0, 1), R_NOTIFY_UNSUPPORTED);
	refused(world, SP3, GET(0, ID_SP3, 1), R_NOTIFY_UNSUPPORTED);
	refused(world, SP2, SET(ID_SP2, ID_SP3, 0, 1), R_NOTIFY_DISABLED);
	world->partition[SP1].version = FFA_VERSION_1_0;
	refused(world, SP1, BIND(ID_SP2, ID_SP1, 0, 1), R_NOTIFY_UNSUPPORTED);
}

static void notifications_of_a_vcpu_are_got_by_it(void **state)
{
	struct world *world = start(state);

	CONFORMS("V-25");
	ok(world, SP1, BIND(ID_SP2, ID_SP1, PER_VCPU, 3));
	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 4));
	ok(world, SP2, SET(ID_SP2, ID_SP1, OF_VCPU(1), 1));
	ok(world, SP2, SET(ID_SP2, ID_SP1, OF_VCPU(0), 2));
	ok(world, SP2, SET(ID_SP2, ID_SP1, 0, 4));
	refused(world, SP2, SET(ID_SP2, ID_SP1, OF_VCPU(WORLD_CPUS), 1),
		R_NOTIFY_VCPU);
	refused(world, SP2, SET(ID_SP2, ID_SP1, 0, 1), R_NOTIFY_NOT_BOUND);
	expect_words(
		ok(world, SP1, GET(0, ID_SP1, 1)), REGS(FFA_SUCCESS, 0, 6));
	expect_words(
		ok(world, SP1, GET(1, ID_SP1, 1)), REGS(FFA_SUCCESS, 0, 1));
}

/* --- The normal world -------------------------------------------------- */

static void bitmaps_are_created_once(void **state)
{
	struct world *world = start(state);

	CONFORMS("V-17");
	refused(world, SP1, CREATE(ID_VM, 1), R_NOT_FOR_CALLER);
	refused(world, SP1, DESTROY(ID_VM), R_NOT_FOR_CALLER);
	refused(world, SP1, INFO, R_NOT_FOR_CALLER);
	CONFORMS("V-14");
	refused(world, NWD, CREATE(ID_SP1, 1), R_NOTIFY_IDS);
	refused(world, NWD, DESTROY(ID_SP1), R_NOTIFY_IDS);
	refused(world, NWD, CREATE(ID_VM, 0), R_NOTIFY_VCPUS);
	refused(world, NWD, CREATE(ID_VM, 33), R_NOTIFY_VCPUS);
	CONFORMS("V-16");
	refused(world, NWD, DESTROY(ID_VM), R_NOTIFY_NOT_CREATED);
	refused(world, NWD, DESTROY(0), R_NOTIFY_NOT_CREATED);
	CONFORMS("V-13");
	ok(world, NWD, CREATE(ID_VM, 32));
	ok(world, NWD, CREATE(0, 1));
	refused(world, NWD, CREATE(ID_VM, 1), R_NOTIFY_CREATED);
	refused(world, NWD, CREATE(0, 1), R_NOTIFY_CREATED);
	CONFORMS("V-15");
	ok(world, NWD, BIND(ID_SP2, ID_VM, 0, 1));
	ok(world, SP2, SET(ID_SP2, ID_VM, 0, 1));
	refused(world, NWD, DESTROY(ID_VM), R_NOTIFY_PENDING);
	ok(world, NWD, GET(0, ID_VM, 1));
	notify_message(&world->spm.nwd->notify, NOTIFY_SECURE);
	refused(world, NWD, DESTROY(0), R_NOTIFY_PENDING);
	ok(world, NWD, GET(0, 0, 4));
	ok(world, NWD, DESTROY(0));
	ok(world, NWD, DESTROY(ID_VM));
	/* Nothing is left of what was bound. */
	ok(world, NWD, CREATE(ID_VM, 1));
	ok(world, NWD, BIND(ID_SP1, ID_VM, 0, 1));
}

static void virtual_machines_receive_from_partitions_only(void **state)
{
	struct world *world = start(state);

	refused(world, NWD, BIND(ID_SP1, ID_VM, 0, 1), R_NOTIFY_NO_BITMAP);
	refused(world, NWD, GET(0, ID_VM, 1), R_NOTIFY_NO_BITMAP);
	refused(world, NWD, BIND(ID_SP1, 0, 0, 1), R_NOTIFY_NO_BITMAP);
	refused(world, SP1, SET(ID_SP1, ID_VM, 0, 1), R_NOTIFY_DISABLED);
	refused(world, SP1, SET(ID_SP1, 0, 0, 1), R_NOTIFY_DISABLED);
	ok(world, NWD, CREATE(ID_VM, 2));
	refused(world, NWD, BIND(ID_VM2, ID_VM, 0, 1), R_NOTIFY_IDS);
	refused(world, NWD, BIND(ID_VM, ID_SP1, 0, 1), R_NOTIFY_IDS);
	refused(world, NWD, SET(ID_VM2, ID_VM, 0, 1), R_NOTIFY_IDS);
	refused(world, NWD, GET(0, ID_VM, 2), R_NOTIFY_FLAGS);
	refused(world, NWD, GET(0, ID_VM, 8), R_NOTIFY_FLAGS);
	refused(world, NWD, GET(2, ID_VM, 1), R_NOTIFY_VCPU);
	ok(world, NWD, BIND(ID_SP1, ID_VM, PER_VCPU, 1));
	ok(world, SP1, SET(ID_SP1, ID_VM, OF_VCPU(1), 1));
	expect_words(ok(world, NWD, GET(1, ID_VM, 5)), REGS(FFA_SUCCESS, 0, 1));
	world->spm.nwd->version = FFA_VERSION_1_0;
	refused(world, NWD, GET(1, ID_VM, 5), R_NOTIFY_UNSUPPORTED);
}

static void there_is_room_for_so_many_virtual_machines(void **state)
{
	struct world *world = start(state);

	for (uint16_t id = 1; id <= SPM_VMS_MAX; id++)
		ok(world, NWD, CREATE(id, 1));
	refused(world, NWD, CREATE(SPM_VMS_MAX + 1, 1), R_NO_VM);
	ok(world, NWD, CREATE(0, 1));
	ok(world, NWD, DESTROY(3));
	ok(world, NWD, CREATE(SPM_VMS_MAX + 1, 1));
}

/* A loader's bitmaps are something left behind. */
static void bitmaps_keep_the_version(void **state)
{
	struct world *world = start(state);
	struct ffa_regs ask = REGS(FFA_MSG_SEND_DIRECT_REQ,
		IDS(FFA_ID_SPMD, 0x8000),
		FFA_FRAMEWORK | FFA_FRAMEWORK_VERSION_REQ, FFA_VERSION_1_1);
	static const uint16_t ids[] = {0, ID_VM};

	for (unsigned i = 0; i < ARRAY_COUNT(ids); i++) {
		ask.x[3] = FFA_VERSION_1_1;
		ok(world, NWD, CREATE(ids[i], 1));
		assert_int_equal(
			(int32_t)ok(world, NWD, ask).x[3], FFA_NOT_SUPPORTED);
		ok(world, NWD, DESTROY(ids[i]));
		assert_int_equal(ok(world, NWD, ask).x[3], FFA_VERSION_OURS);
		ask.x[3] = FFA_VERSION_1_2;
		ok(world, NWD, ask);
	}
}

/* --- Who is told ------------------------------------------------------- */

static void receivers_are_listed_once(void **state)
{
	struct world *world = start(state);

	CONFORMS("V-18");
	refused(world, NWD, INFO, R_NOTIFY_NONE);
	refused(world, NWD, INFO_64, R_NOTIFY_NONE);
	CONFORMS("V-19");
	ok(world, NWD, CREATE(ID_VM, 1));
	ok(world, NWD, BIND(ID_SP2, ID_VM, 0, 1));
	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 1));
	ok(world, SP2, SET(ID_SP2, ID_VM, 0, 1));
	ok(world, SP2, SET(ID_SP2, ID_SP1, 0, 1));
	expect_words(ok(world, NWD, INFO_64),
		REGS(FFA_SUCCESS_64, 0, 2 << 7, IDS(ID_VM, ID_SP1)));
	CONFORMS("V-21");
	refused(world, NWD, INFO, R_NOTIFY_NONE);
	ok(world, SP2, SET(ID_SP2, ID_SP1, 0, 1));
	expect_words(
		ok(world, NWD, INFO), REGS(FFA_SUCCESS, 0, 1 << 7, ID_SP1));
	ok(world, SP2, SET(ID_SP2, ID_SP1, 0, 1));
	ok(world, SP1, GET(0, ID_SP1, 1));
	refused(world, NWD, INFO, R_NOTIFY_NONE);
	/* What a GET has left is told again. */
	expect_words(ok(world, NWD, GET(0, ID_VM, 4)), REGS(FFA_SUCCESS));
	expect_words(ok(world, NWD, INFO), REGS(FFA_SUCCESS, 0, 1 << 7, ID_VM));
}

static void vcpus_are_listed_by_threes(void **state)
{
	struct world *world = start(state);

	ok(world, NWD, CREATE(ID_VM, 32));
	ok(world, NWD, BIND(ID_SP1, ID_VM, PER_VCPU, 1));
	ok(world, NWD, BIND(ID_SP1, ID_VM, 0, 2));
	for (unsigned vcpu = 2; vcpu < 6; vcpu++)
		ok(world, SP1, SET(ID_SP1, ID_VM, OF_VCPU(vcpu), 1));
	ok(world, SP1, SET(ID_SP1, ID_VM, 0, 2));
	expect_words(ok(world, NWD, INFO_64),
		REGS(FFA_SUCCESS_64, 0, 2 << 7 | 3 << 12 | 1 << 14,
			0x0004000300020001, 0x00050001));
	refused(world, NWD, INFO, R_NOTIFY_NONE);
	for (unsigned vcpu = 0; vcpu < 3; vcpu++)
		ok(world, SP1, SET(ID_SP1, ID_VM, OF_VCPU(vcpu), 1));
	expect_words(ok(world, NWD, INFO),
		REGS(FFA_SUCCESS, 0, 1 << 7 | 3 << 12, 0x00000001, 0x00020001));
}

/* 32 vCPUs are 43 ids: 20 in five registers of 64 bits, 10 in 32 bits. */
static void a_list_that_is_too_long_goes_on(void **state)
{
	struct world *world = start(state);
	static const struct ffa_regs calls[] = {INFO_64, INFO_64, INFO};
	static const unsigned lists[] = {5, 5, 1};
	struct ffa_regs out;

	CONFORMS("V-20");
	ok(world, NWD, CREATE(ID_VM, 32));
	ok(world, NWD, BIND(ID_SP1, ID_VM, PER_VCPU, 1));
	for (unsigned vcpu = 0; vcpu < 32; vcpu++)
		ok(world, SP1, SET(ID_SP1, ID_VM, OF_VCPU(vcpu), 1));
	for (unsigned i = 0; i < ARRAY_COUNT(calls); i++) {
		out = ok(world, NWD, calls[i]);
		assert_int_equal(out.x[2] & 0x7f, i < 2);
		assert_int_equal(out.x[2] >> 7 & 0x1f, lists[i]);
		assert_int_equal(out.x[2] >> 12, i < 2 ? 0x3ff : 2);
	}
	assert_int_equal(out.x[3], ID_VM | 30 << 16);
	assert_int_equal(out.x[4], 31);
	refused(world, NWD, INFO, R_NOTIFY_NONE);
}

/* --- Interrupts -------------------------------------------------------- */

static uint32_t pending(struct world *world, int party, unsigned cpu)
{
	uint32_t lines = world->vcpu[party][cpu].virq.pending;

	world->vcpu[party][cpu].virq.pending = 0;
	return lines;
}

static void the_scheduler_is_interrupted(void **state)
{
	struct world *world = start(state);

	CONFORMS("V-22");
	ok(world, NWD, CREATE(ID_VM, 1));
	ok(world, NWD, BIND(ID_SP2, ID_VM, 0, 1));
	assert_int_equal(host_count(HOST_SCHEDULE), 0);
	ok(world, SP2, SET(ID_SP2, ID_VM, 0, 1));
	assert_int_equal(host_count(HOST_SCHEDULE), 1);
	CONFORMS("V-24");
	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 1));
	ok(world, SP2, SET(ID_SP2, ID_SP1, 0, 1));
	assert_int_equal(pending(world, SP1, 0), 1u << VIRQ_NOTIFICATION);
	assert_int_equal(pending(world, SP1, 1), 0);
	assert_int_equal(host_count(HOST_SCHEDULE), 1);
	/* Who has cycles needs no scheduler. */
	world->vcpu[SP1][0].state = VCPU_BLOCKED;
	host_log_clear();
	call_plain(world, SP2, SET(ID_SP2, ID_SP1, 0, 1));
	assert_int_equal(pending(world, SP1, 0), 1u << VIRQ_NOTIFICATION);
	assert_int_equal(host_count(HOST_SCHEDULE), 0);
	rest(world);
}

static void a_context_of_the_cpu_is_interrupted(void **state)
{
	struct world *world = start(state);

	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 1));
	ok(world, SP1, BIND(ID_SP2, ID_SP1, PER_VCPU, 2));
	call_on(world, 1, SP2, SET(ID_SP2, ID_SP1, 0, 1));
	assert_int_equal(pending(world, SP1, 0), 0);
	assert_int_equal(pending(world, SP1, 1), 1u << VIRQ_NOTIFICATION);
	call_on(world, 1, SP2, SET(ID_SP2, ID_SP1, OF_VCPU(0), 2));
	assert_int_equal(pending(world, SP1, 0), 1u << VIRQ_NOTIFICATION);
	assert_int_equal(pending(world, SP1, 1), 0);
	/* Where it has none on this CPU: the first. */
	rest(world);
	world->cpu[0].index = WORLD_CPUS;
	call_plain(world, SP2, SET(ID_SP2, ID_SP1, 0, 1));
	world->cpu[0].index = 0;
	assert_int_equal(pending(world, SP1, 0), 1u << VIRQ_NOTIFICATION);
}

/* SP2 answers a request; or is run, and waits; or dies. */
static void end_turn(struct world *world, struct ffa_regs regs)
{
	struct vcpu *sp2 = &world->vcpu[SP2][0];
	struct vcpu *nwd = &world->vcpu[NWD][0];

	sp2->caller = nwd;
	nwd->state = VCPU_BLOCKED;
	sp2->request_from = 0;
	sp2->request_func = FFA_MSG_SEND_DIRECT_REQ;
	sp2->model = regs.x[0] == FFA_MSG_WAIT ? RTM_RUN : RTM_DIRECT;
	call_plain(world, SP2, regs);
	assert_ptr_equal(world->cpu[0].current, nwd);
	rest(world);
}

static void a_late_interrupt_comes_with_the_normal_world(void **state)
{
	static const struct ffa_regs ends[] = {
		REGS(FFA_MSG_SEND_DIRECT_RESP, IDS(ID_SP2, 0)),
		REGS(FFA_MSG_WAIT), REGS(FFA_ABORT)};
	struct world *world = start(state);

	CONFORMS("V-23");
	world->partition[SP2].version = FFA_VERSION_1_3;
	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 1));
	for (unsigned i = 0; i < ARRAY_COUNT(ends); i++) {
		host_log_clear();
		call_plain(world, SP2, SET(ID_SP2, ID_SP1, LATE, 1));
		call_plain(world, SP2, REGS(FFA_ID_GET));
		assert_int_equal(host_count(HOST_SCHEDULE), 0);
		end_turn(world, ends[i]);
		assert_int_equal(host_count(HOST_SCHEDULE), 1);
		/* Once. */
		if (i + 1 < ARRAY_COUNT(ends))
			end_turn(world, ends[i]);
		assert_int_equal(host_count(HOST_SCHEDULE), 1);
	}
}

static void a_late_interrupt_comes_with_a_preemption(void **state)
{
	struct world *world = start(state);
	struct vcpu_exit interrupt = {.kind = VCPU_EXIT_INTERRUPT};
	struct vcpu *nwd = &world->vcpu[NWD][0];

	world->partition[SP2].ns_action = NS_ACTION_SIGNALED;
	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 1));
	call_plain(world, SP2, SET(ID_SP2, ID_SP1, LATE, 1));
	world->vcpu[SP2][0].caller = nwd;
	nwd->state = VCPU_BLOCKED;
	host_log_clear();
	run_exit(&world->cpu[0], &interrupt);
	assert_ptr_equal(world->cpu[0].current, nwd);
	assert_int_equal(host_count(HOST_SCHEDULE), 1);
	assert_false(world->cpu[0].schedule_late);
}

/* In the middle of a chain the normal world does not run. */
static void a_late_interrupt_waits_for_the_whole_chain(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp2 = &world->vcpu[SP2][0];

	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 1));
	call_plain(world, SP2, SET(ID_SP2, ID_SP1, LATE, 1));
	sp2->caller = &world->vcpu[SP3][0];
	sp2->caller->state = VCPU_BLOCKED;
	sp2->request_from = ID_SP3;
	sp2->request_func = FFA_MSG_SEND_DIRECT_REQ;
	sp2->model = RTM_DIRECT;
	call_plain(world, SP2,
		REGS(FFA_MSG_SEND_DIRECT_RESP, IDS(ID_SP2, ID_SP3)));
	assert_ptr_equal(world->cpu[0].current, &world->vcpu[SP3][0]);
	assert_int_equal(host_count(HOST_SCHEDULE), 0);
	assert_true(world->cpu[0].schedule_late);
	world->cpu[0].schedule_late = false;
}

static uint64_t feature(struct world *world, int party, uint32_t id)
{
	return ok(world, party, REGS(FFA_FEATURES, id)).x[2];
}

static void features_tell_the_interrupts(void **state)
{
	struct world *world = start(state);

	CONFORMS("B-09");
	assert_int_equal(feature(world, SP1, 1), 5);
	assert_int_equal(feature(world, SP1, 3), 4);
	CONFORMS("B-11");
	assert_int_equal(feature(world, NWD, 2), 8);
	refused(world, NWD, REGS(FFA_FEATURES, 1), R_FEATURE_UNKNOWN);
	refused(world, NWD, REGS(FFA_FEATURES, 3), R_FEATURE_UNKNOWN);
	refused(world, SP1, REGS(FFA_FEATURES, 2), R_FEATURE_UNKNOWN);
	refused(world, SP1, REGS(FFA_FEATURES, 1, 1), R_FEATURE_UNKNOWN);
	CONFORMS("B-10");
	world->partition[SP1].ep.kind = ENDPOINT_SP_EL0;
	refused(world, SP1, REGS(FFA_FEATURES, 1), R_FEATURE_UNKNOWN);
	world->partition[SP1].ep.kind = ENDPOINT_SP;
	feature(world, NWD, FFA_NOTIFICATION_BITMAP_CREATE);
	feature(world, NWD, FFA_NOTIFICATION_INFO_GET_64);
	feature(world, NWD, FFA_RX_ACQUIRE);
	feature(world, SP1, FFA_NOTIFICATION_BIND);
	feature(world, SP1, FFA_MSG_SEND2);
}

/* --- Death ------------------------------------------------------------- */

static void what_the_dead_have_set_is_still_got(void **state)
{
	struct world *world = start(state);

	ok(world, SP1, BIND(ID_SP2, ID_SP1, 0, 3));
	ok(world, SP2, BIND(ID_SP1, ID_SP2, 0, 3));
	ok(world, SP2, SET(ID_SP2, ID_SP1, 0, 1));
	ok(world, SP1, SET(ID_SP1, ID_SP2, 0, 1));
	do_kill(world, SP2);
	rest(world);
	refused(world, SP1, SET(ID_SP1, ID_SP2, 0, 1), R_RECEIVER_ABORTED);
	expect_words(
		ok(world, NWD, INFO), REGS(FFA_SUCCESS, 0, 1 << 7, ID_SP1));
	expect_words(
		ok(world, SP1, GET(0, ID_SP1, 1)), REGS(FFA_SUCCESS, 0, 1));
	ok(world, SP1, UNBIND(ID_SP2, ID_SP1, 0, 3));
	assert_false(world->partition[SP2].notify.on);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_set_is_got_once),
		TEST(only_the_classes_asked_for_are_got),
		TEST(bitmaps_flags_and_ids_are_checked),
		TEST(a_notification_has_one_sender_and_one_kind),
		TEST(all_are_set_or_none),
		TEST(without_support_there_are_none),
		TEST(notifications_of_a_vcpu_are_got_by_it),
		TEST(bitmaps_are_created_once),
		TEST(virtual_machines_receive_from_partitions_only),
		TEST(there_is_room_for_so_many_virtual_machines),
		TEST(bitmaps_keep_the_version),
		TEST(receivers_are_listed_once),
		TEST(vcpus_are_listed_by_threes),
		TEST(a_list_that_is_too_long_goes_on),
		TEST(the_scheduler_is_interrupted),
		TEST(a_context_of_the_cpu_is_interrupted),
		TEST(a_late_interrupt_comes_with_the_normal_world),
		TEST(a_late_interrupt_comes_with_a_preemption),
		TEST(a_late_interrupt_waits_for_the_whole_chain),
		TEST(features_tell_the_interrupts),
		TEST(what_the_dead_have_set_is_still_got),
	};

	return SUITE_RUN("test-notify", tests);
}
