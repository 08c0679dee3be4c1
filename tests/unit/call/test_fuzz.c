/*
 * Random calls of all parties on two CPUs: function numbers, registers and TX
 * bytes, most of them nearly right, messages, cycles, interrupts, faults and
 * deaths between them. The manager may refuse all of it, but not fall; what
 * it refuses leaves no trace, and no register tells of another party. The
 * calls come from tapes: see lib/tape.h.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "call/gate.h"
#include "call/run_loop.h"
#include "engine/ledger_check.h"
#include "lib/oracle.h"
#include "lib/tape.h"
#include "unit/call/fuzz.h"

#define ROUNDS 24
#define STEPS 1500

/* How often a call succeeded; shared with the processes that play. */
struct tally {
	uint64_t of[256];
	uint64_t long_sends;
};

static struct tally *successes;

/* --- What must hold ---------------------------------------------------- */

static uint64_t sum_of(const struct vcpu *vcpu)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < VCPU_REG_COUNT; i++)
		sum = (sum ^ vcpu->x[i]) * 0x100000001b3ull;
	return sum;
}

static void look_at_others(struct fuzz *f)
{
	for (int party = 0; party < WORLD_PARTIES; party++)
		for (unsigned i = 0; i < WORLD_CPUS; i++)
			f->seen[party][i] = sum_of(&f->world->vcpu[party][i]);
}

/* Registers change of who called and of who runs next, of nobody else. */
static void expect_others_untouched(struct fuzz *f)
{
	for (int party = 0; party < WORLD_PARTIES; party++)
		for (unsigned i = 0; i < WORLD_CPUS; i++) {
			const struct vcpu *vcpu = &f->world->vcpu[party][i];

			if (vcpu == f->vcpu || vcpu == f->cpu->current ||
				vcpu->state == VCPU_ABORTED)
				continue;
			assert_int_equal(sum_of(vcpu), f->seen[party][i]);
		}
}

static bool is_ffa(uint64_t func)
{
	uint32_t number = (uint32_t)func & 0xffff;

	return ((uint32_t)func & 0xbffeff00u) == 0x84000000u &&
	       number >= FFA_NUMBER_FIRST && number <= FFA_NUMBER_LAST;
}

/* x8 to x17: zero for a 64-bit call at 1.2, else the caller's own. */
static void expect_upper_registers(struct fuzz *f)
{
	const struct vcpu *vcpu = f->vcpu;
	bool zero = (f->x[0] & FFA_64) && f->version >= FFA_VERSION_1_2;

	if ((uint32_t)vcpu->x[0] == FFA_SUCCESS_64)
		return; /* PARTITION_INFO_GET_REGS */
	for (unsigned i = 8; i < FFA_REG_COUNT; i++)
		assert_int_equal(vcpu->x[i], zero ? 0 : f->x[i]);
}

static void expect_refusal_without_trace(struct fuzz *f)
{
	const struct vcpu *vcpu = f->vcpu;

	assert_in_range(-(int32_t)vcpu->x[2], 1, 10);
	assert_int_equal(vcpu->x[2] >> 32, 0);
	assert_int_equal(vcpu->x[1], 0);
	for (unsigned i = 3; i < 8; i++)
		assert_int_equal(vcpu->x[i], 0);
	/* A refused fragment may be the end of its send. */
	if ((uint32_t)f->x[0] == FFA_MEM_FRAG_TX)
		return;
	if (oracle_digest(f->world) != f->digest)
		fail_msg("function 0x%x, %s: left a trace", (uint32_t)f->x[0],
			reason_name((enum reason)f->cpu->last->reason));
}

/* As far as x7. */
static bool has_many_results(uint64_t func)
{
	return (uint32_t)func == FFA_NOTIFICATION_GET ||
	       (uint32_t)func == FFA_NOTIFICATION_INFO_GET;
}

/* The call came back to its caller. */
static bool is_virq_call(const struct fuzz *f)
{
	return f->vcpu->partition->ep.kind != ENDPOINT_NWD &&
	       (uint32_t)f->x[0] >> 8 == 0xff;
}

static void expect_result(struct fuzz *f)
{
	const struct vcpu *vcpu = f->vcpu;

	for (unsigned i = FFA_REG_COUNT; i < VCPU_REG_COUNT; i++)
		assert_int_equal(vcpu->x[i], f->x[i]);
	if (!is_ffa(f->x[0])) {
		if (!is_virq_call(f))
			assert_int_equal(vcpu->x[0], UINT64_MAX);
		return;
	}
	expect_upper_registers(f);
	if (vcpu->x[0] == FFA_ERROR)
		expect_refusal_without_trace(f);
	if (vcpu->x[0] == FFA_SUCCESS && !has_many_results(f->x[0]))
		for (unsigned i = 4; i < 8; i++)
			assert_int_equal(vcpu->x[i], 0);
	successes->of[f->x[0] & 0xff] += vcpu->x[0] != FFA_ERROR;
	if ((f->x[0] & 0xff) - 0x71 < 3 && (uint32_t)f->x[2] > PAGE_SIZE)
		successes->long_sends += vcpu->x[0] != FFA_ERROR;
}

/* A message: nothing of the sender's behind x7. */
static void expect_message(struct fuzz *f)
{
	const struct vcpu *to = f->cpu->current;
	uint32_t func = (uint32_t)f->x[0] & ~(FFA_64 | FFA_SVE_HINT);

	successes->of[f->x[0] & 0xff]++;
	/* Who is resumed, or hears that somebody waits, gets no message. */
	if (func != FFA_MSG_SEND_DIRECT_REQ && func != FFA_MSG_SEND_DIRECT_RESP)
		return;
	/* FF-A 1.3 knows longer payloads, of 64-bit messages. */
	for (unsigned i = 8; i < FFA_REG_COUNT; i++)
		if (f->version < FFA_VERSION_1_3 || !(to->x[0] & FFA_64) ||
			to->partition->version < FFA_VERSION_1_3)
			assert_int_equal(to->x[i], 0);
	for (unsigned i = 1; i < 8 && !(to->x[0] & FFA_64); i++)
		assert_int_equal(to->x[i] >> 32, 0);
}

static void expect_sound(struct fuzz *f)
{
	const char *broken = ledger_check(&f->world->engine);

	if (broken)
		fail_msg("%s", broken);
	if (host_violation())
		fail_msg("%s", host_violation());
	assert_true(host_ghost_is_empty());
	assert_true(host_is_synced());
	assert_false(lock_is_held(&f->world->spm.chain_lock));
	assert_false(lock_is_held(&f->world->spm.engine_lock));
	assert_int_equal(f->cpu->current->state, VCPU_RUNNING);
}

/* --- The walk ---------------------------------------------------------- */

static void call(struct fuzz *f)
{
	struct vcpu_exit exit = {.kind = VCPU_EXIT_CALL};
	struct ffa_regs regs = any_call(f);

	memcpy(f->vcpu->x, regs.x, sizeof(regs.x));
	memcpy(f->x, f->vcpu->x, sizeof(f->x));
	f->version = f->vcpu->partition->version;
	f->digest = oracle_digest(f->world);
	run_exit(f->cpu, &exit);
	suite_refused(f->cpu->last);
	if (f->vcpu->partition->ep.aborted)
		return;
	if (f->cpu->current == f->vcpu)
		expect_result(f);
	else
		expect_message(f);
}

static void other_exit(struct fuzz *f, enum vcpu_exit_kind kind)
{
	struct vcpu_exit exit = {
		.kind = kind,
		.address = paddr(any_page(f)),
		.ns = one_in(f, 2),
		.write = one_in(f, 2),
		.execute = one_in(f, 4),
	};

	f->vcpu->pc = 4 * any(f, 3);
	run_exit(f->cpu, &exit);
}

static void step(struct fuzz *f)
{
	unsigned index = any(f, WORLD_CPUS);

	host_cpu_set(index);
	f->cpu = &f->world->cpu[index];
	f->vcpu = f->cpu->current;
	f->party = (int)(f->vcpu->partition - f->world->partition);
	look_at_others(f);
	if (f->vcpu != f->cpu->nwd && one_in(f, 24))
		other_exit(f, VCPU_EXIT_INTERRUPT);
	else if (f->vcpu != f->cpu->nwd && one_in(f, 24))
		other_exit(f, VCPU_EXIT_FAULT);
	else if (f->vcpu != f->cpu->nwd && one_in(f, 800))
		other_exit(f, VCPU_EXIT_BAD);
	else
		call(f);
	expect_others_untouched(f);
	expect_sound(f);
}

static void begin(struct world *world, struct tape *tape)
{
	world->tape = tape;
	world_tell(world, tape_is_told());
	world_extend(world, NWD, FAR, 2 * RANGES_MAX);
	for (int party = 0; party < WORLD_PARTIES; party++) {
		uint32_t pages = 1u << world_random(world, party > SP1 ? 2 : 5);

		expect_ok(do_map_pages(world, party,
			world_rx(party) + PAGE_SIZE - 2ull * pages * PAGE_SIZE,
			pages));
		world->partition[party].version =
			FFA_VERSION_1_0 + world_random(world, 4);
		if (party != NWD) {
			world->partition[party].service[0].properties |=
				FFA_PROPERTY_INDIRECT;
			notify_open(
				&world->partition[party].notify, WORLD_CPUS);
		}
		for (unsigned i = 0; party != NWD && i < WORLD_CPUS; i++) {
			world->vcpu[party][i].state = VCPU_WAITING;
			world->vcpu[party][i].model = RTM_NONE;
		}
	}
	for (unsigned i = 0; i < WORLD_CPUS; i++) {
		world->cpu[i].current = world->cpu[i].nwd;
		world->cpu[i].nwd->state = VCPU_RUNNING;
	}
	world->partition[SP3].vcpu_count = 1;
}

static void play(struct tape *tape)
{
	struct fuzz f = {.world = world_make()};

	if (tape_step(tape))
		begin(f.world, tape);
	host_checker_set(NULL, NULL);
	while (tape_step(tape))
		step(&f);
	host_cpu_set(0);
	free(f.world);
}

static const struct tape_test fuzz = {"fuzz", play, ROUNDS, STEPS};

static void whatever_is_called_the_manager_stands(void **state)
{
	(void)state;
	tape_run(&fuzz);
	if (getenv("ESCROW_SEED") || getenv("ESCROW_TAPE"))
		return;
	for (unsigned func = 0x6b; func <= 0x77; func++)
		if (func != 0x6c && func != 0x6e && func != 0x75)
			assert_true(successes->of[func] > 10);
	assert_true(successes->of[FFA_MEM_FRAG_TX & 0xff] > 20);
	assert_true(successes->long_sends > 8);
	assert_true(successes->of[FFA_NOTIFICATION_BIND & 0xff] > 10);
	assert_true(successes->of[FFA_NOTIFICATION_GET & 0xff] > 10);
	assert_true(successes->of[FFA_MSG_SEND2 & 0xff] > 10);
}

static void what_once_made_it_fall_no_longer_does(void **state)
{
	(void)state;
	tape_replay(&fuzz);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_once_made_it_fall_no_longer_does),
		cmocka_unit_test(whatever_is_called_the_manager_stands),
	};

	successes = mmap(NULL, sizeof(*successes), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(successes != MAP_FAILED);
	return SUITE_RUN("test-fuzz", tests);
}
