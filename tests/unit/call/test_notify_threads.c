/*
 * Notifications and indirect messages of two CPUs at once, as threads with
 * real locks; ThreadSanitizer runs this suite again.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "call/gate.h"
#include "engine/ledger_check.h"
#include "unit/call/notify.h"

#define ROUNDS 300
#define HANDSHAKES 100u /* of each notification */

/* One CPU's part. */
struct part {
	struct world *world;
	unsigned cpu;
	int party;
	struct ffa_regs regs;
	pthread_barrier_t *barrier;
	uint32_t *sets; /* of each notification: how often it was set, */
	uint32_t *gots; /* and got */
};

static bool call_part(struct part *part, struct ffa_regs regs)
{
	struct cpu *cpu = &part->world->cpu[part->cpu];
	struct vcpu *vcpu = &part->world->vcpu[part->party][part->cpu];

	vcpu->state = VCPU_RUNNING;
	vcpu->model = RTM_RUN;
	memcpy(vcpu->x, regs.x, sizeof(regs.x));
	cpu->current = vcpu;
	gate_call(cpu);
	memcpy(part->regs.x, vcpu->x, sizeof(part->regs.x));
	return part->regs.x[0] != FFA_ERROR;
}

static void run_both(struct part parts[2], void *(*play)(void *))
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

static struct world *start(void **state)
{
	struct world *world = *state;

	map_buffers(world);
	for (int party = SP1; party <= SP3; party++) {
		notify_open(&world->partition[party].notify, WORLD_CPUS);
		world->partition[party].service[0].properties |=
			FFA_PROPERTY_INDIRECT;
	}
	rest(world);
	return world;
}

/* --- Set and got -------------------------------------------------------- */

/* Sets what has been got as often as it was set. */
static void set_again(struct part *part, unsigned id)
{
	uint32_t got = __atomic_load_n(&part->gots[id], __ATOMIC_ACQUIRE);

	if (got != part->sets[id] || got == HANDSHAKES)
		return;
	part->sets[id]++;
	assert_true(call_part(part,
		SET(ID_SP2, ID_SP1, id % 2 ? OF_VCPU(1) : 0, 1ull << id)));
}

static void get_all(struct part *part)
{
	uint64_t ids;

	assert_true(call_part(part, GET(1, ID_SP1, 1)));
	ids = part->regs.x[2] | part->regs.x[3] << 32;
	for (unsigned id = 0; id < 64; id++)
		if (ids >> id & 1)
			__atomic_fetch_add(
				&part->gots[id], 1, __ATOMIC_RELEASE);
}

static bool all_got(const struct part *part)
{
	for (unsigned id = 0; id < 64; id++)
		if (__atomic_load_n(&part->gots[id], __ATOMIC_ACQUIRE) <
			HANDSHAKES)
			return false;
	return true;
}

static void *set_or_get(void *context)
{
	struct part *part = context;

	host_cpu_set(part->cpu);
	pthread_barrier_wait(part->barrier);
	while (!all_got(part)) {
		if (part->party == SP1)
			get_all(part);
		else
			for (unsigned id = 0; id < 64; id++)
				set_again(part, id);
		sched_yield();
	}
	return NULL;
}

static void nothing_that_is_set_is_lost_or_got_twice(void **state)
{
	struct world *world = start(state);
	uint32_t sets[64] = {0}, gots[64] = {0};
	struct part parts[2] = {
		{.world = world, .party = SP1, .sets = sets, .gots = gots},
		{.world = world, .party = SP2, .sets = sets, .gots = gots},
	};

	call_part(&parts[0], BIND(ID_SP2, ID_SP1, 0, 0x5555555555555555));
	call_part(
		&parts[0], BIND(ID_SP2, ID_SP1, PER_VCPU, 0xaaaaaaaaaaaaaaaa));
	run_both(parts, set_or_get);
	get_all(&parts[0]);
	for (unsigned id = 0; id < 64; id++) {
		assert_int_equal(sets[id], HANDSHAKES);
		assert_int_equal(gots[id], HANDSHAKES);
	}
}

/* --- Messages ----------------------------------------------------------- */

static void *call_once(void *context)
{
	struct part *part = context;

	host_cpu_set(part->cpu);
	pthread_barrier_wait(part->barrier);
	call_part(part, part->regs);
	return NULL;
}

static int32_t status(const struct part *part)
{
	return part->regs.x[0] == FFA_ERROR ? (int32_t)part->regs.x[2] : FFA_OK;
}

/* Its payload is the sender's number, again and again. */
static void write_message(int party, uint16_t from, uint16_t to)
{
	uint8_t *tx = host_memory(paddr(world_tx(party)));
	uint32_t words[10] = {0, 0, 40, to | (uint32_t)from << 16, 2000};

	memset(tx, party, PAGE_SIZE);
	memcpy(tx, words, sizeof(words));
}

static void one_of_two_messages_is_taken(void **state)
{
	struct world *world = start(state);
	const uint8_t *rx = host_memory(paddr(world_rx(SP2)));
	unsigned first = 0;

	write_message(SP1, ID_SP1, ID_SP2);
	write_message(SP3, ID_SP3, ID_SP2);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct part parts[2] = {
			{.world = world,
				.party = SP1,
				.regs = REGS(FFA_MSG_SEND2)},
			{.world = world,
				.party = SP3,
				.regs = REGS(FFA_MSG_SEND2)},
		};
		unsigned winner;

		run_both(parts, call_once);
		winner = status(&parts[0]) != FFA_OK;
		first += !winner;
		assert_int_equal(status(&parts[winner]), FFA_OK);
		/* The other came while it was written, or later. */
		assert_int_equal(status(&parts[!winner]), FFA_BUSY);
		for (unsigned at = 40; at < 2040; at++)
			assert_int_equal(rx[at], parts[winner].party);
		parts[0].party = SP2;
		assert_true(call_part(&parts[0], REGS(FFA_RX_RELEASE)));
	}
	print_message("# the first won %u of %u\n", first, ROUNDS);
}

/* A pair that a message is being copied to, or from, stays where it is. */
static void buffers_are_not_unmapped_under_a_message(void **state)
{
	struct world *world = start(state);
	unsigned sent = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		int unmaps = i % 2 ? SP1 : SP2;
		struct part parts[2] = {
			{.world = world,
				.party = SP1,
				.regs = REGS(FFA_MSG_SEND2)},
			{.world = world,
				.party = unmaps,
				.regs = REGS(FFA_RXTX_UNMAP)},
		};
		struct part after = {.world = world, .party = unmaps};

		write_message(SP1, ID_SP1, ID_SP2);
		run_both(parts, call_once);
		sent += status(&parts[0]) == FFA_OK;
		assert_true(status(&parts[0]) != FFA_ABORTED);
		if (status(&parts[1]) == FFA_OK)
			assert_true(call_part(
				&after, REGS(FFA_RXTX_MAP_64, world_tx(unmaps),
						world_rx(unmaps), 1)));
		after.party = SP2;
		call_part(&after, REGS(FFA_RX_RELEASE));
		assert_null(ledger_check(&world->engine));
		assert_int_equal(world->partition[SP1].mailbox.tx_readers, 0);
		assert_int_equal(world->partition[SP2].mailbox.rx, RX_EMPTY);
	}
	print_message("# sent %u of %u\n", sent, ROUNDS);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_that_is_set_is_lost_or_got_twice),
		TEST(one_of_two_messages_is_taken),
		TEST(buffers_are_not_unmapped_under_a_message),
	};

	return SUITE_RUN("test-notify-threads", tests);
}
