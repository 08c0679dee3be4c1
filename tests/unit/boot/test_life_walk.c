/*
 * A partition dies at every call of a scenario, and at every moment of a call
 * of somebody else's when no lock is held. Whatever it was about to do: nothing
 * is left of it, everybody else goes on, and where its manifest says so it
 * starts again, as it was, and can do all of it.
 */
#include <string.h>

#include "engine/ledger_check.h"
#include "engine/txn.h"
#include "host/port_host.h"
#include "lib/suite.h"
#include "unit/boot/life.h"
#include "unit/boot/machine.h"

#define FIRST 0u
#define SECOND 1u

static const unsigned parties[] = {FIRST, SECOND, NWD};

struct scene {
	const char *action; /* the first partition's abort-action */
	uint32_t func;
	unsigned owner;
	unsigned borrower;
	bool fragments;
	unsigned moment; /* counts down to the death */
	bool dead;
	bool quiet; /* nobody dies any more */
	uint64_t handle;
	bool failed; /* a step was refused */
};

static struct scene *scene;

static bool is_restarted(void)
{
	return scene->action[0] == '2';
}

/* One that has just started says that it has. */
static void settle(unsigned cpu)
{
	if (life_current(cpu) != life_context(FIRST) ||
		life_current(cpu)->model != RTM_INIT)
		return;
	life_expect_fresh(cpu);
	life_call(FFA_MSG_WAIT, 0, 0, 0);
}

/* It dies on this CPU, if it can be asked to. */
static void kill(unsigned cpu)
{
	life_call(REQ, IDS(0, ID_1), 0, 0);
	if (life_current(cpu) != life_context(FIRST))
		return;
	scene->dead = true;
	life_die();
	settle(cpu);
}

static bool is_due(void)
{
	return !scene->quiet && !scene->dead && scene->moment-- == 0;
}

static bool is_unlocked(void)
{
	return !lock_is_held(&life_spm->engine_lock) &&
	       !lock_is_held(&life_spm->chain_lock);
}

static void on_event(void *context, const struct host_event *event)
{
	(void)context;
	(void)event;
	if (host_cpu() != 0 || !is_unlocked() || !is_due())
		return;
	host_cpu_set(1);
	kill(1);
	host_cpu_set(0);
}

/* --- Steps ---------------------------------------------------------------- */

enum step {
	STEP_MAP_OWNER,
	STEP_MAP_BORROWER,
	STEP_SEND,
	STEP_REST,
	STEP_RETRIEVE,
	STEP_RELEASE,
	STEP_RELINQUISH,
	STEP_RECLAIM,
	STEPS,
};

static bool is_owners(enum step step)
{
	return step == STEP_MAP_OWNER || step == STEP_SEND ||
	       step == STEP_REST || step == STEP_RECLAIM;
}

static void send(void)
{
	scene->handle =
		scene->fragments
			? life_begin(scene->func, scene->owner, scene->borrower)
			: life_send(scene->func, scene->owner, scene->borrower);
}

static void do_call(enum step step)
{
	switch (step) {
	case STEP_MAP_OWNER:
		life_map(scene->owner);
		return;
	case STEP_MAP_BORROWER:
		life_map(scene->borrower);
		return;
	case STEP_SEND:
		send();
		return;
	case STEP_REST:
		if (scene->fragments)
			life_finish(scene->func, scene->owner, scene->borrower,
				scene->handle);
		return;
	case STEP_RETRIEVE:
		life_retrieve(scene->owner, scene->borrower, scene->handle);
		return;
	case STEP_RELEASE:
		life_call(FFA_RX_RELEASE, 0, 0, 0);
		return;
	case STEP_RELINQUISH:
		life_relinquish(scene->borrower, scene->handle);
		return;
	default:
		life_reclaim(scene->handle);
		return;
	}
}

/* Who runs on the first CPU, asked by the normal world, or that itself. */
static bool begin(unsigned who)
{
	if (who == NWD)
		return true;
	life_call(REQ, IDS(0, ID_1 + who), 0, 0);
	settle(0);
	return life_current(0) == life_context(who);
}

/* Of whoever makes the call: none that it could be told of is an error. */
static void make(unsigned who, enum step step)
{
	struct vcpu *caller = life_current(0);

	do_call(step);
	settle(0);
	if (caller->x[0] == FFA_ERROR)
		scene->failed = true;
	if (who == NWD)
		return;
	if (who == FIRST && is_due()) {
		scene->dead = true;
		life_die();
		settle(0);
		return;
	}
	life_call(RESP, IDS(ID_1 + who, 0), 0, 0);
	settle(0);
}

static void play(enum step step)
{
	unsigned who = is_owners(step) ? scene->owner : scene->borrower;

	if (is_due())
		kill(0);
	if (begin(who))
		make(who, step);
	else
		scene->failed = true;
	assert_ptr_equal(life_current(0), life_spm->cpus[0].nwd);
}

static void play_all(void)
{
	bool donated = scene->func == FFA_MEM_DONATE_64;

	for (int step = 0; step < STEPS; step++)
		if (!donated || step < STEP_RELINQUISH)
			play((enum step)step);
}

/* --- Afterwards ----------------------------------------------------------- */

/* Everybody who lives lets go of everything. */
static void clean_up(void)
{
	scene->quiet = true;
	for (unsigned i = 0; i < ARRAY_COUNT(parties); i++) {
		if (!begin(parties[i]))
			continue;
		life_map(parties[i]);
		life_call(FFA_RX_RELEASE, 0, 0, 0);
		life_relinquish(parties[i], scene->handle);
		settle(0);
		if (parties[i] != NWD)
			life_call(RESP, IDS(ID_1 + parties[i], 0), 0, 0);
		settle(0);
	}
	for (unsigned i = 0; i < ARRAY_COUNT(parties); i++) {
		if (!begin(parties[i]))
			continue;
		life_reclaim(scene->handle);
		life_call(FFA_RXTX_UNMAP, 0, 0, 0);
		if (parties[i] != NWD)
			life_call(RESP, IDS(ID_1 + parties[i], 0), 0, 0);
		settle(0);
	}
}

struct used {
	struct quota_amount of[3];
	uint32_t tables[2];
};

static struct used used_now(void)
{
	struct used used = {0};

	used.of[0] = life_spm->nwd->ep.quota.used;
	for (unsigned i = 0; i < 2; i++) {
		used.of[i + 1] = life_spm->partitions[i].ep.quota.used;
		used.tables[i] = life_spm->partitions[i].space.table_count;
	}
	return used;
}

static void expect_sound(void)
{
	const char *broken = ledger_check(life_spm->engine);

	if (broken)
		fail_msg("%s", broken);
	assert_int_equal(life_spm->engine->txns.count, 0);
	assert_null(host_violation());
	assert_true(host_ghost_is_empty());
	assert_true(host_is_synced());
}

/* Memory that went to somebody for good. */
static bool is_given_away(void)
{
	const struct partition *owner =
		scene->owner == NWD ? life_spm->nwd
				    : &life_spm->partitions[scene->owner];
	uint64_t at = scene->owner == NWD ? NWD_AREA : AREA(scene->owner);
	const struct endpoint *now =
		ledger_title(&life_spm->engine->ledger, paddr(at))->title.owner;

	return scene->func == FFA_MEM_DONATE_64 && now != &owner->ep;
}

static void expect_nothing_left(const struct used *before)
{
	struct used after = used_now();
	const struct endpoint *owner =
		ledger_title(&life_spm->engine->ledger, paddr(BASE))
			->title.owner;

	if (scene->dead && scene->action[0] == '1') {
		assert_ptr_equal(owner, &life_spm->engine->manager);
		return;
	}
	assert_ptr_equal(owner, &life_spm->partitions[FIRST].ep);
	if (!is_given_away())
		assert_memory_equal(&after, before, sizeof(after));
}

/* Who gave away what it had at boot, and died then, cannot be what it was. */
static bool may_stay_down(void)
{
	return scene->dead && scene->owner == FIRST && is_given_away();
}

static void expect_alive(void)
{
	bool lives;

	assert_true(begin(SECOND));
	life_call(RESP, IDS(ID_2, 0), 0, 0);
	lives = begin(FIRST);
	if (lives)
		life_call(RESP, IDS(ID_1, 0), 0, 0);
	if (!scene->dead || (is_restarted() && !may_stay_down()))
		assert_true(lives);
	if (scene->dead && !is_restarted())
		assert_false(lives);
}

/* All of it once more, and nobody dies: the old handle is nobody's. */
static void play_again(void)
{
	if ((scene->dead && !is_restarted()) || is_given_away())
		return;
	scene->failed = false;
	play_all();
	assert_false(scene->failed);
	clean_up();
	expect_sound();
}

/* False: there is no such moment. */
static bool play_scene(struct scene what)
{
	struct used before;

	scene = &what;
	machine_set_up(NULL);
	life_boot(what.action);
	before = used_now();
	host_checker_set(on_event, NULL);
	play_all();
	host_checker_set(NULL, NULL);
	clean_up();
	expect_sound();
	expect_nothing_left(&before);
	expect_alive();
	play_again();
	return what.dead;
}

static unsigned play_moments(struct scene what)
{
	unsigned deaths = 0;
	unsigned missed = 0;

	/* At some moments it cannot die: it waits for somebody else. */
	for (what.moment = 0; missed < 12; what.moment++) {
		bool died = play_scene(what);

		deaths += died;
		missed = died ? 0 : missed + 1;
	}
	return deaths;
}

static unsigned play_pairs(struct scene what)
{
	unsigned deaths = 0;

	for (unsigned i = 0; i < ARRAY_COUNT(parties); i++)
		for (unsigned j = 0; j < 2; j++) {
			if (i == j)
				continue;
			what.owner = parties[i];
			what.borrower = parties[j];
			deaths += play_moments(what);
		}
	return deaths;
}

static unsigned play_everything(const char *action)
{
	const uint32_t funcs[] = {
		FFA_MEM_SHARE_64, FFA_MEM_LEND_64, FFA_MEM_DONATE_64};
	struct scene what = {.action = action};
	unsigned deaths = 0;

	for (unsigned i = 0; i < ARRAY_COUNT(funcs); i++)
		for (int fragments = 0; fragments < 2; fragments++) {
			what.func = funcs[i];
			what.fragments = fragments;
			deaths += play_pairs(what);
		}
	print_message("# %u deaths\n", deaths);
	return deaths;
}

static void one_that_is_restarted_may_die_at_any_moment(void **state)
{
	(void)state;
	CONFORMS("X-13");
	assert_true(play_everything("2") > 300);
}

static void one_that_is_stopped_may_die_at_any_moment(void **state)
{
	(void)state;
	assert_true(play_everything("0") > 300);
}

static void one_that_is_destroyed_may_die_at_any_moment(void **state)
{
	(void)state;
	assert_true(play_everything("1") > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_is_restarted_may_die_at_any_moment),
		cmocka_unit_test(one_that_is_stopped_may_die_at_any_moment),
		cmocka_unit_test(one_that_is_destroyed_may_die_at_any_moment),
	};

	return SUITE_RUN("test-life-walk", tests);
}
