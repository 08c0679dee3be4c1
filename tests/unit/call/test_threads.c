/*
 * Two CPUs at once, as threads with real locks; ThreadSanitizer runs this
 * suite again. Z-06 and Z-07 of the catalogue, and the ranks of the locks.
 */
#include <pthread.h>
#include <string.h>

#include "call/gate.h"
#include "engine/ledger_check.h"
#include "lib/calls.h"
#include "lib/oracle.h"

#define ROUNDS 300

/* One CPU's part: a call of `party`, and its result. */
struct part {
	struct world *world;
	unsigned cpu;
	int party;
	struct ffa_regs regs;
	unsigned rounds;
	unsigned won;
	pthread_barrier_t *barrier;
};

static void call_part(struct part *part)
{
	struct cpu *cpu = &part->world->cpu[part->cpu];
	struct vcpu *vcpu = &part->world->vcpu[part->party][part->cpu];

	vcpu->state = VCPU_RUNNING;
	vcpu->model = RTM_RUN;
	memcpy(vcpu->x, part->regs.x, sizeof(part->regs.x));
	cpu->current = vcpu;
	gate_call(cpu);
	memcpy(part->regs.x, vcpu->x, sizeof(part->regs.x));
}

static void *play(void *context)
{
	struct part *part = context;

	host_cpu_set(part->cpu);
	pthread_barrier_wait(part->barrier);
	call_part(part);
	return NULL;
}

/* Both calls at once, on CPU 0 and CPU 1. */
static void race(struct part parts[2])
{
	pthread_barrier_t barrier;
	pthread_t thread[2];

	pthread_barrier_init(&barrier, NULL, 2);
	for (unsigned i = 0; i < 2; i++) {
		parts[i].cpu = i;
		parts[i].barrier = &barrier;
		pthread_create(&thread[i], NULL, play, &parts[i]);
	}
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&barrier);
}

static bool ok(const struct part *part)
{
	return part->regs.x[0] != FFA_ERROR;
}

static int32_t status(const struct part *part)
{
	return ok(part) ? FFA_OK : (int32_t)part->regs.x[2];
}

static void expect_sound(struct world *world)
{
	const char *broken = ledger_check(&world->engine);

	if (broken)
		fail_msg("%s", broken);
	assert_null(host_violation());
	assert_true(host_ghost_is_empty());
}

static void write_request(struct world *world, struct op *op)
{
	struct desc request = retrieve_desc(world, op);

	desc_write(&request, host_memory(paddr(world_tx(SP2))), PAGE_SIZE);
}

static void retrieval_and_reclaim_do_not_both_win(void **state)
{
	struct world *world = *state;
	unsigned retrieved = 0;

	CONFORMS("Z-06");
	map_buffers(world);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct op op = sent(world, MODEL_LEND, SP1, SP2, SP1_BLOCK);
		uint32_t length = retrieve_desc(world, &op).length;
		struct part parts[2] = {
			{.world = world,
				.party = SP2,
				.regs = REGS(FFA_MEM_RETRIEVE_REQ_64, length,
					length)},
			{.world = world,
				.party = SP1,
				.regs = REGS(FFA_MEM_RECLAIM, op.handle)},
		};
		struct model_txn *txn = model_txn(&world->model, op.handle);

		write_request(world, &op);
		race(parts);
		assert_int_not_equal(ok(&parts[0]), ok(&parts[1]));
		expect_sound(world);
		if (ok(&parts[0])) {
			retrieved++;
			assert_int_equal(status(&parts[1]), FFA_DENIED);
			call_plain(world, SP2, REGS(FFA_RX_RELEASE));
			desc_write_relinquish(
				&(struct desc_relinquish){
					op.handle, 0, 1, {ID_SP2}},
				host_memory(paddr(world_tx(SP2))), PAGE_SIZE);
			call_plain(world, SP2, REGS(FFA_MEM_RELINQUISH));
			call_plain(
				world, SP1, REGS(FFA_MEM_RECLAIM, op.handle));
		}
		/* The model was not asked: it reclaims what was reclaimed. */
		assert_true(txn != NULL);
		assert_int_equal(
			model_reclaim(&world->model,
				&(struct model_reclaim){SP1, op.handle, 0}),
			MODEL_OK);
	}
	print_message("# retrieved first in %u of %u\n", retrieved, ROUNDS);
}

static void one_of_two_relinquishes_wins(void **state)
{
	struct world *world = *state;

	CONFORMS("Z-07");
	map_buffers(world);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct op op = held(world, MODEL_LEND, SP1, SP2, SP1_BLOCK);
		struct part parts[2] = {
			{.world = world,
				.party = SP2,
				.regs = REGS(FFA_MEM_RELINQUISH)},
			{.world = world,
				.party = SP2,
				.regs = REGS(FFA_MEM_RELINQUISH)},
		};
		struct model_relinquish give = {SP2, op.handle, 0, 1, ID_SP2};

		desc_write_relinquish(
			&(struct desc_relinquish){op.handle, 0, 1, {ID_SP2}},
			host_memory(paddr(world_tx(SP2))), PAGE_SIZE);
		race(parts);
		assert_int_not_equal(ok(&parts[0]), ok(&parts[1]));
		assert_int_equal(status(&parts[ok(&parts[0])]), FFA_DENIED);
		expect_sound(world);
		assert_int_equal(
			model_relinquish(&world->model, &give), MODEL_OK);
		expect_ok(do_reclaim(world, &op, 0));
	}
}

/* Each CPU shares and reclaims its own pages of one block, again and again. */
static void *cycle(void *context)
{
	struct part *part = context;
	struct world *world = part->world;

	host_cpu_set(part->cpu);
	pthread_barrier_wait(part->barrier);
	for (unsigned i = 0; i < part->rounds; i++) {
		struct ffa_regs send = part->regs;
		uint64_t handle;

		call_part(part);
		if (!ok(part))
			return NULL;
		handle = part->regs.x[2] | part->regs.x[3] << 32;
		part->regs =
			REGS(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32);
		call_part(part);
		if (!ok(part))
			return NULL;
		part->regs = send;
		part->won++;
	}
	(void)world;
	return NULL;
}

static uint32_t write_lend(
	struct world *world, int who, uint64_t base, int receiver)
{
	struct op op = op_of(world, MODEL_LEND, who, receiver);

	op_range(&op, base, 5);
	op.desc.range = op.range;
	desc_settle(&op.desc);
	desc_write(&op.desc, host_memory(paddr(world_tx(who))), PAGE_SIZE);
	return op.desc.length;
}

static void two_cpus_lend_and_reclaim_without_losing_anything(void **state)
{
	struct world *world = *state;
	struct part parts[2] = {
		{.world = world, .party = SP1},
		{.world = world, .party = SP2},
	};
	pthread_barrier_t barrier;
	pthread_t thread[2];
	uint64_t digest;

	map_buffers(world);
	digest = oracle_digest(world);
	pthread_barrier_init(&barrier, NULL, 2);
	for (unsigned i = 0; i < 2; i++) {
		uint32_t length = write_lend(world, parts[i].party,
			i ? SP2_RW : SP1_BLOCK + 9 * PAGE_SIZE, SP3);

		parts[i].cpu = i;
		parts[i].barrier = &barrier;
		parts[i].rounds = ROUNDS;
		parts[i].regs = REGS(FFA_MEM_LEND_64, length, length);
		pthread_create(&thread[i], NULL, cycle, &parts[i]);
	}
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&barrier);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(parts[i].won, ROUNDS);
	expect_sound(world);
	assert_int_equal(oracle_digest(world), digest);
}

/* --- A storm ----------------------------------------------------------- */

#define STORM_ROUNDS 3000

struct storm {
	struct part part;
	uint64_t *handle; /* the last that SP1 was given */
	uint32_t send_length;
	uint64_t random;
	unsigned successes;
};

static void storm_call(struct storm *storm, int party, struct ffa_regs regs)
{
	storm->part.party = party;
	storm->part.regs = regs;
	call_part(&storm->part);
	storm->successes += ok(&storm->part);
}

static unsigned storm_random(struct storm *storm, unsigned limit)
{
	storm->random ^= storm->random << 13;
	storm->random ^= storm->random >> 7;
	storm->random ^= storm->random << 17;
	return (unsigned)((storm->random >> 20) % limit);
}

/* SP1, on CPU 0: sends the same pages again and again, and reclaims them. */
static void *storm_sender(void *context)
{
	struct storm *storm = context;

	host_cpu_set(0);
	pthread_barrier_wait(storm->part.barrier);
	for (unsigned i = 0; i < STORM_ROUNDS; i++) {
		uint64_t handle =
			__atomic_load_n(storm->handle, __ATOMIC_RELAXED);

		if (storm_random(storm, 2)) {
			storm_call(storm, SP1, REGS(FFA_MEM_RECLAIM, handle));
			continue;
		}
		storm_call(storm, SP1,
			REGS(FFA_MEM_LEND_64, storm->send_length,
				storm->send_length));
		if (ok(&storm->part))
			__atomic_store_n(storm->handle, storm->part.regs.x[2],
				__ATOMIC_RELAXED);
	}
	return NULL;
}

static void storm_request(struct storm *storm, uint64_t handle)
{
	struct world *world = storm->part.world;
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);
	struct desc request;

	op.handle = handle;
	request = retrieve_desc(world, &op);
	desc_write(&request, host_memory(paddr(world_tx(SP2))), PAGE_SIZE);
	storm_call(storm, SP2,
		REGS(FFA_MEM_RETRIEVE_REQ_64, request.length, request.length));
}

static void storm_relinquish(struct storm *storm, uint64_t handle)
{
	desc_write_relinquish(&(struct desc_relinquish){handle, 0, 1, {ID_SP2}},
		host_memory(paddr(world_tx(SP2))), PAGE_SIZE);
	storm_call(storm, SP2, REGS(FFA_MEM_RELINQUISH));
}

/* SP2, on CPU 1: takes, gives back, maps and unmaps its buffers. */
static void *storm_receiver(void *context)
{
	struct storm *storm = context;

	host_cpu_set(1);
	pthread_barrier_wait(storm->part.barrier);
	for (unsigned i = 0; i < STORM_ROUNDS; i++) {
		uint64_t handle =
			__atomic_load_n(storm->handle, __ATOMIC_RELAXED);

		switch (storm_random(storm, 8)) {
		case 0:
			storm_call(storm, SP2, REGS(FFA_RXTX_UNMAP));
			break;
		case 1:
			storm_call(storm, SP2,
				REGS(FFA_RXTX_MAP_64, world_tx(SP2),
					world_rx(SP2), 1));
			break;
		case 2:
		case 3:
			storm_call(storm, SP2, REGS(FFA_RX_RELEASE));
			break;
		case 4:
		case 5:
			storm_relinquish(storm, handle);
			break;
		default:
			storm_request(storm, handle);
			break;
		}
	}
	return NULL;
}

static void calm_down(struct storm storms[2])
{
	storm_call(&storms[1], SP2,
		REGS(FFA_RXTX_MAP_64, world_tx(SP2), world_rx(SP2), 1));
	storm_call(&storms[1], SP2, REGS(FFA_RX_RELEASE));
	storm_relinquish(&storms[1], *storms[0].handle);
	storm_call(&storms[0], SP1, REGS(FFA_MEM_RECLAIM, *storms[0].handle));
}

static void a_storm_of_calls_loses_nothing(void **state)
{
	struct world *world = *state;
	struct storm storms[2];
	pthread_barrier_t barrier;
	pthread_t thread[2];
	uint64_t handle = 0, digest;
	uint32_t length;

	map_buffers(world);
	digest = oracle_digest(world);
	length = write_lend(world, SP1, SP1_BLOCK + 9 * PAGE_SIZE, SP2);
	pthread_barrier_init(&barrier, NULL, 2);
	for (unsigned i = 0; i < 2; i++) {
		storms[i] = (struct storm){
			.part = {.world = world, .cpu = i, .barrier = &barrier},
			.handle = &handle,
			.send_length = length,
			.random = 88172645463325252ull + i,
		};
		pthread_create(&thread[i], NULL,
			i ? storm_receiver : storm_sender, &storms[i]);
	}
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&barrier);
	for (unsigned i = 0; i < 2; i++)
		assert_true(storms[i].successes > STORM_ROUNDS / 20);
	calm_down(storms);
	expect_sound(world);
	assert_int_equal(oracle_digest(world), digest);
}

/* --- A version that changes ---------------------------------------------- */

#define QUESTIONS 20000

static void *change_version(void *context)
{
	struct part *part = context;

	host_cpu_set(part->cpu);
	pthread_barrier_wait(part->barrier);
	for (unsigned i = 0; i < 2 * QUESTIONS; i++) {
		part->regs =
			nwd_version(i % 2 ? FFA_VERSION_1_3 : FFA_VERSION_1_2);
		call_part(part);
		part->won += part->regs.x[3] == FFA_VERSION_OURS;
	}
	return NULL;
}

/* Those of FF-A 1.3 are twice as long: fewer fit into x3 to x17. */
static void expect_one_version(const struct part *part)
{
	uint64_t size = part->regs.x[2] >> 48;
	uint64_t last = (uint16_t)part->regs.x[2];
	uint64_t current = (uint16_t)(part->regs.x[2] >> 16);
	uint64_t room = 15 * 8 / size;

	assert_true(ok(part));
	assert_true(size == 24 || size == 48);
	assert_int_equal(current, last < room ? last : room - 1);
}

/* It once wrote past them. */
static void a_call_counts_and_answers_in_one_version(void **state)
{
	struct part parts[2] = {
		{.world = *state, .cpu = 0}, {.world = *state, .cpu = 1}};
	pthread_barrier_t barrier;
	pthread_t other;

	pthread_barrier_init(&barrier, NULL, 2);
	parts[1].barrier = &barrier;
	pthread_create(&other, NULL, change_version, &parts[1]);
	pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < QUESTIONS; i++) {
		parts[0].regs = REGS(FFA_PARTITION_INFO_GET_REGS);
		call_part(&parts[0]);
		expect_one_version(&parts[0]);
	}
	pthread_join(other, NULL);
	pthread_barrier_destroy(&barrier);
	assert_int_equal(parts[1].won, 2 * QUESTIONS);
}

static void locks_are_taken_in_rising_rank(void **state)
{
	struct world *world = *state;
	struct spm *spm = &world->spm;
	jmp_buf caught;

	lock_take(&spm->chain_lock);
	lock_take(&spm->engine_lock);
	assert_true(lock_is_held(&spm->chain_lock));
	lock_drop(&spm->chain_lock);
	assert_false(lock_is_held(&spm->chain_lock));
	if (setjmp(caught) == 0) {
		host_panic_catch(&caught);
		lock_take(&spm->chain_lock);
		fail_msg("the wrong order was not noticed");
	}
	assert_non_null(strstr(host_panic_text(), "rank"));
	lock_drop(&spm->engine_lock);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(retrieval_and_reclaim_do_not_both_win),
		TEST(one_of_two_relinquishes_wins),
		TEST(two_cpus_lend_and_reclaim_without_losing_anything),
		TEST(a_storm_of_calls_loses_nothing),
		TEST(a_call_counts_and_answers_in_one_version),
		TEST(locks_are_taken_in_rising_rank),
	};

	return SUITE_RUN("test-threads", tests);
}
