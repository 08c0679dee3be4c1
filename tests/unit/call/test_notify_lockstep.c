/*
 * Notifications in lockstep with their model: random calls of everybody, and
 * what the scheduler is told.
 */
#include <string.h>

#include "lib/model_notify.h"
#include "unit/call/notify.h"

#define STEPS 100000u

struct lockstep {
	struct world *world;
	struct model_notify model;
	unsigned kinds[8]; /* calls that succeeded */
	unsigned refusals;
	unsigned mores;
};

static uint16_t any_id(struct world *world)
{
	static const uint16_t ids[] = {
		0, 1, 2, 3, ID_SP1, ID_SP2, ID_SP3, ID_SP1, ID_SP2, ID_NOBODY};

	return ids[world_random(world, ARRAY_COUNT(ids))];
}

static uint64_t any_bits(struct world *world)
{
	static const uint64_t bits[] = {
		1, 2, 1ull << 31, 1ull << 32, 1ull << 63};
	uint64_t ids = 0;

	for (unsigned i = world_random(world, 3); i > 0; i--)
		ids |= bits[world_random(world, ARRAY_COUNT(bits))];
	return ids;
}

/* A caller; mostly one who may say what it says. */
static int any_caller(struct world *world, uint16_t id)
{
	if (id >= ID_SP1 && id <= ID_SP3 && world_random(world, 16) > 0)
		return id - ID_SP1 + SP1;
	return id < 0x8000 ? NWD : (int)world_random(world, 4);
}

/* The call must end as the model says. */
static struct ffa_regs follow(
	struct lockstep *test, int party, struct ffa_regs regs, model_set set)
{
	struct ffa_regs out = call_plain(test->world, party, regs);
	int32_t status = (int32_t)(uint32_t)out.x[2];

	rest(test->world);
	if (out.x[0] != FFA_ERROR) {
		if (set != MODEL_OK)
			fail_msg("%#llx succeeded; the model refuses (%#x)",
				(unsigned long long)regs.x[0], set);
		test->kinds[regs.x[0] & 7]++;
		return out;
	}
	if ((set & MODEL_CODE(status)) == 0)
		fail_msg("%#llx(%#llx %#llx %#llx %#llx) refused: %s; %#x",
			(unsigned long long)regs.x[0],
			(unsigned long long)regs.x[1],
			(unsigned long long)regs.x[2],
			(unsigned long long)regs.x[3],
			(unsigned long long)regs.x[4],
			reason_name(test->world->reason), set);
	test->refusals++;
	return out;
}

static void step_bitmaps(struct lockstep *test)
{
	struct world *world = test->world;
	uint16_t id = any_id(world);
	uint32_t vcpus =
		world_random(world, 8) == 0 ? world_random(world, 40) : 32;

	if (world_random(world, 4) == 0)
		follow(test, NWD, CREATE(id, vcpus),
			model_notify_create(&test->model, id, vcpus));
	else if (world_random(world, 4) == 0)
		follow(test, NWD, DESTROY(id),
			model_notify_destroy(&test->model, id));
}

/* A call in the model's words, and in registers. */
static struct model_notify_call any_call(
	struct lockstep *test, bool by_sender, int *party)
{
	struct world *world = test->world;
	struct model_notify_call call = {
		.sender = any_id(world),
		.receiver = any_id(world),
		.flags = world_random(world, 3) == 0,
		.vcpu = 0,
		.ids = any_bits(world),
	};

	if (call.flags || world_random(world, 30) == 0)
		call.vcpu = world_random(world, 8) == 0
				    ? world_random(world, 40)
				    : world_random(world, WORLD_CPUS);
	if (world_random(world, 40) == 0)
		call.flags = 1u << world_random(world, 16);
	*party = any_caller(world, by_sender ? call.sender : call.receiver);
	call.caller = *party == NWD ? 0 : (uint16_t)(ID_SP1 + *party - SP1);
	return call;
}

static struct ffa_regs in_registers(
	uint32_t func, const struct model_notify_call *call, bool with_vcpu)
{
	return REGS(func, IDS(call->sender, call->receiver),
		call->flags | (with_vcpu ? call->vcpu << 16 : 0),
		WORDS(call->ids));
}

/* Mostly of what is bound. */
static void aim(struct lockstep *test, struct model_notify_call *call)
{
	struct model_receiver_state *receiver =
		model_notify_find(&test->model, call->receiver);
	unsigned id = (unsigned)__builtin_ctzll(call->ids | 1ull << 63);
	const struct model_notification *it;

	if (!receiver || world_random(test->world, 4) == 0)
		return;
	it = &receiver->of[world_random(test->world, 2)][id];
	if (!it->bound)
		return;
	call->sender = it->sender;
	call->flags = it->per_vcpu;
	call->vcpu = it->per_vcpu ? call->vcpu : 0;
	if (world_random(test->world, 4) > 0)
		call->ids = 1ull << id;
}

static void step_bind(struct lockstep *test)
{
	int party;
	struct model_notify_call call = any_call(test, false, &party);

	if (world_random(test->world, 2)) {
		follow(test, party,
			in_registers(FFA_NOTIFICATION_BIND, &call, false),
			model_notify_bind(&test->model, &call));
	} else {
		aim(test, &call);
		call.flags = world_random(test->world, 40) == 0;
		follow(test, party,
			in_registers(FFA_NOTIFICATION_UNBIND, &call, false),
			model_notify_unbind(&test->model, &call));
	}
}

static void step_set(struct lockstep *test)
{
	struct world *world = test->world;
	int party;
	struct model_notify_call call = any_call(test, true, &party);
	model_set set;

	aim(test, &call);
	party = any_caller(world, call.sender);
	call.caller = party == NWD ? 0 : (uint16_t)(ID_SP1 + party - SP1);
	if (world_random(world, 8) == 0)
		call.flags |= LATE;
	set = model_notify_set(&test->model, &call);
	host_log_clear();
	follow(test, party, in_registers(FFA_NOTIFICATION_SET, &call, true),
		set);
	assert_int_equal(host_count(HOST_SCHEDULE),
		set == MODEL_OK && (call.flags & LATE) == 0);
	assert_int_equal(world->cpu[0].schedule_late,
		set == MODEL_OK && (call.flags & LATE) != 0);
	world->cpu[0].schedule_late = false;
}

static void step_get(struct lockstep *test)
{
	struct world *world = test->world;
	struct model_got got;
	struct ffa_regs out;
	int party;
	struct model_notify_call call = any_call(test, false, &party);
	model_set set;

	call.flags = world_random(world, 16);
	if (world_random(world, 2))
		call.flags &= 5;
	call.vcpu = world_random(world, world_random(world, 8) ? 2 : 34);
	set = model_notify_get(&test->model, &call, &got);
	out = follow(
		test, party, GET(call.vcpu, call.receiver, call.flags), set);
	if (set != MODEL_OK)
		return;
	assert_int_equal(out.x[2] | out.x[3] << 32, got.ids[MODEL_SECURE]);
	assert_int_equal(out.x[4] | out.x[5] << 32, got.ids[MODEL_NORMAL]);
	assert_int_equal(out.x[6], got.framework[MODEL_SECURE]);
	assert_int_equal(out.x[7], got.framework[MODEL_NORMAL]);
}

static void step_message(struct lockstep *test)
{
	struct world *world = test->world;
	int party = (int)world_random(world, 3);
	uint32_t from = world_random(world, 2);
	struct notify *notify = &world->partition[party].notify;

	if (party == NWD)
		from = MODEL_SECURE;
	if (!notify->on)
		return;
	notify_message(notify, (enum notify_world)from);
	model_notify_message(&test->model, world->partition[party].ep.id,
		(enum model_world)from);
}

/* Number `index` of the ids that lie packed in x3 to x7. */
static uint16_t packed(const struct ffa_regs *out, bool wide, unsigned index)
{
	unsigned in_reg = wide ? 4 : 2;

	return (uint16_t)(out->x[3 + index / in_reg] >> 16 * (index % in_reg));
}

/* The lists of an answer; how many ids they have. */
static unsigned hear(
	struct lockstep *test, const struct ffa_regs *out, bool wide)
{
	unsigned lists = out->x[2] >> 7 & 0x1f, at = 0;

	assert_true(lists > 0);
	for (unsigned list = 0; list < lists; list++) {
		unsigned size = out->x[2] >> (12 + 2 * list) & 3;
		uint16_t id = packed(out, wide, at++);

		if (size == 0)
			assert_true(
				model_notify_told(&test->model, id, true, 0));
		for (; size > 0; size--)
			assert_true(model_notify_told(&test->model, id, false,
				packed(out, wide, at++)));
	}
	assert_int_equal(out->x[2] >> (12 + 2 * lists), 0);
	assert_int_equal(out->x[2] & 0x7e, 0);
	return at;
}

static void step_info(struct lockstep *test)
{
	bool wide = world_random(test->world, 2);
	bool due = model_notify_is_due(&test->model);
	struct ffa_regs out = follow(test, NWD, wide ? INFO_64 : INFO,
		due ? MODEL_OK : MODEL_NO_DATA);
	unsigned room = wide ? 20 : 10, ids;
	bool more = out.x[2] & 1;

	if (!due)
		return;
	assert_int_equal(out.x[0], wide ? FFA_SUCCESS_64 : FFA_SUCCESS);
	ids = hear(test, &out, wide);
	assert_true(ids <= room);
	assert_int_equal(more, model_notify_is_due(&test->model));
	assert_true(!more || ids + 2 > room);
	test->mores += more;
	for (; ids < room; ids++)
		assert_int_equal(packed(&out, wide, ids), 0);
}

static void step(struct lockstep *test)
{
	switch (world_random(test->world, 12)) {
	case 0:
		step_bitmaps(test);
		break;
	case 1:
	case 2:
	case 3:
		step_bind(test);
		break;
	case 4:
		step_get(test);
		break;
	case 5:
		step_message(test);
		break;
	case 6:
		if (world_random(test->world, 8) == 0)
			step_info(test);
		break;
	case 7:
	case 8:
		step_bind(test);
		break;
	default:
		step_set(test);
	}
}

static void model_and_manager_agree(void **state)
{
	static struct lockstep test;
	struct world *world = *state;

	for (int party = SP1; party <= SP2; party++)
		notify_open(&world->partition[party].notify, WORLD_CPUS);
	world->unwatched = true;
	test.world = world;
	for (uint16_t id = ID_SP1; id <= ID_SP3; id++)
		model_notify_partition(
			&test.model, id, WORLD_CPUS, id != ID_SP3);
	for (unsigned i = 0; i < STEPS; i++)
		step(&test);
	print_message("# calls that succeeded:");
	for (unsigned i = 0; i < ARRAY_COUNT(test.kinds); i++)
		print_message(" %u", test.kinds[i]);
	print_message(
		"; refused %u; lists cut %u\n", test.refusals, test.mores);
	assert_true(test.mores > 0);
	for (unsigned i = 0; i < ARRAY_COUNT(test.kinds); i++)
		assert_true(i == 4 || test.kinds[i] > 20);
}

static int bare_set_up(void **state)
{
	*state = world_make_bare();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			model_and_manager_agree, bare_set_up, world_tear_down),
	};

	return SUITE_RUN("test-notify-lockstep", tests);
}
