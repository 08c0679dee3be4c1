/*
 * Four CPUs, six partitions and the normal world, every call at random, for
 * ESCROW_TIME seconds; the model goes along with the calls of memory.
 *
 * One thread: a step is one exit of one CPU, or one operation of memory. Steps
 * come from tapes (lib/tape.h): with ESCROW_SEED one of them again. Judged:
 *
 *   - every operation of memory, and every death: status, ledger, tables,
 *     ghost TLB, contents and quotas against the model, in full;
 *   - one other step of COMPARE_ONE_IN in the same way: nothing has changed;
 *   - every step: contexts and their chains, the ledger's invariants, locks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "abi/ffa_names.h"
#include "call/run_loop.h"
#include "call/virq_calls.h"
#include "engine/ledger_check.h"
#include "lib/chain.h"
#include "lib/oracle.h"
#include "lib/tape.h"
#include "partition/timer.h"
#include "stress/stress.h"
#include "unit/call/steps.h"

#define STEPS 2000
#define COMPARE_ONE_IN 16
#define SECONDS 20

/* --- What came of it ----------------------------------------------------- */

/* Shared with the processes that play. */
struct tally {
	uint64_t good[256];
	uint64_t refused[256];
	uint64_t virq[2]; /* good, refused */
	uint64_t exits[VCPU_EXIT_BAD + 1];
	uint64_t reason[R_COUNT];
	uint64_t steps, compared, switches, deaths, offs;
};

static struct tally *tally;

static void note_record(const struct trace_record *record)
{
	unsigned number = record->func & 0xff;

	tally->deaths += record->change == TRACE_ABORTED;
	tally->offs += record->change == TRACE_CPU_OFF;
	if (record->func == 0)
		return;
	if (record->reason == R_NONE) {
		tally->good[number]++;
		return;
	}
	tally->refused[number]++;
	tally->reason[record->reason]++;
}

/* The manager's own records say what happened since `before`. */
static void note_records(const struct cpu *cpu, uint32_t before)
{
	assert_true(cpu->begun - before < TRACE_RING_RECORDS);
	for (uint32_t i = 0; i < TRACE_RING_RECORDS; i++)
		if (cpu->ring[i].number - before < cpu->begun - before)
			note_record(&cpu->ring[i]);
}

static void print_tally(uint32_t tapes, uint64_t seed)
{
	unsigned reasons = 0;

	for (unsigned i = 1; i < R_COUNT; i++)
		reasons += tally->reason[i] > 0;
	printf("stress: seeds %llu to %llu; %llu steps, %llu compared in "
	       "full\n",
		(unsigned long long)seed, (unsigned long long)seed + tapes - 1,
		(unsigned long long)tally->steps,
		(unsigned long long)tally->compared);
	printf("%-35s %10s %10s\n", "call", "done", "refused");
	for (unsigned number = 0; number < 256; number++)
		if (tally->good[number] + tally->refused[number] > 0) {
			const char *name = ffa_func_name(0x84000000u | number);

			printf("%02x %-32s %10llu %10llu\n", number,
				name ? name : "",
				(unsigned long long)tally->good[number],
				(unsigned long long)tally->refused[number]);
		}
	printf("%-35s %10llu %10llu\n", "paravirtual interrupts",
		(unsigned long long)tally->virq[0],
		(unsigned long long)tally->virq[1]);
	printf("%u of %u reasons; contexts changed %llu times, partitions died "
	       "%llu times, CPUs went off %llu times\n",
		reasons, R_COUNT - 1, (unsigned long long)tally->switches,
		(unsigned long long)tally->deaths,
		(unsigned long long)tally->offs);
}

/* --- What must hold ------------------------------------------------------ */

static void expect_sound(struct world *world)
{
	const char *broken = ledger_check(&world->engine);

	if (broken)
		fail_msg("%s", broken);
	if (host_violation())
		fail_msg("%s", host_violation());
	assert_true(host_ghost_is_empty());
	assert_true(host_is_synced());
	assert_false(lock_is_held(&world->spm.engine_lock));
	chain_expect_sound(world);
}

/* --- Steps --------------------------------------------------------------- */

/* A hypervisor maps pairs for its virtual machines. */
static void step_vm_buffers(struct world *world)
{
	uint64_t tx = NWD_BLOCK + world_random(world, 40) * PAGE_SIZE;
	struct model_map map = {
		NWD, tx, tx + PAGE_SIZE, 1, (uint16_t)world_random(world, 4)};

	if (!steps_may_call(NWD) || map.vm == 0 ||
		world->model.party[NWD].tx.base.v != world_tx(NWD))
		return;
	if (one_in(world, 3)) {
		do_unmap_vm(world, map.vm);
		return;
	}
	do_map_vm(world, &map);
}

typedef void step_action(struct world *world);

/* As often as they are named. */
static step_action *const memory_steps[] = {step_send, step_send, step_send,
	step_fragment, step_fragment, step_fragment, step_retrieve,
	step_retrieve, step_retrieve, step_more, step_more, step_more,
	step_relinquish, step_relinquish, step_reclaim, step_reclaim,
	step_hypervisor, step_vm_buffers, step_write, step_buffers,
	step_release, step_release};

static int running(const struct world *world, const struct cpu *cpu)
{
	return (int)(cpu->current->partition - world->partition);
}

/* Its permissions are a partition's at S-EL0 to change while it begins. */
static bool sets_permissions(struct world *world, const struct cpu *cpu)
{
	return endpoint_is_el0(&cpu->current->partition->ep) &&
	       one_in(world, 4);
}

static void step_memory(struct world *world, struct cpu *cpu)
{
	steps_caller = running(world, cpu);
	world->on = cpu;
	if (sets_permissions(world, cpu) && cpu->current->model == RTM_INIT)
		step_perm(world, steps_caller);
	else
		memory_steps[world_random(world, ARRAY_COUNT(memory_steps))](
			world);
	world->on = NULL;
	steps_caller = MODEL_NONE;
	tally->compared++;
}

/* Compared as if it were a call of memory; `dies` is then known. */
static void exit_compared(struct world *world, struct cpu *cpu,
	const struct vcpu_exit *exit, bool dies)
{
	int party = running(world, cpu);

	oracle_begin(world);
	if (dies && !is_dead(world, party))
		model_kill(&world->model, party);
	run_exit(cpu, exit);
	if (!oracle_end(world))
		fail_msg("%s", world->wrong);
	tally->compared++;
}

static void leave(
	struct world *world, struct cpu *cpu, const struct vcpu_exit *exit)
{
	tally->exits[exit->kind]++;
	if (one_in(world, COMPARE_ONE_IN))
		exit_compared(world, cpu, exit, false);
	else
		run_exit(cpu, exit);
}

/* By its own wish or not. */
static void kill_current(struct world *world, struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct vcpu_exit exit = {.kind = VCPU_EXIT_BAD};
	struct ffa_regs regs = REGS(FFA_ABORT);

	if (vcpu->partition->version >= FFA_VERSION_1_3 && one_in(world, 2)) {
		exit.kind = VCPU_EXIT_CALL;
		memcpy(vcpu->x, regs.x, sizeof(regs.x));
	}
	exit_compared(world, cpu, &exit, true);
}

static void step_call(struct world *world, struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct ffa_regs regs = stress_call(world, cpu);
	bool is_virq = vcpu != cpu->nwd && (regs.x[0] & ~0xffull) == 0xff00;

	memcpy(vcpu->x, regs.x, sizeof(regs.x));
	leave(world, cpu, &(struct vcpu_exit){.kind = VCPU_EXIT_CALL});
	if (is_virq)
		tally->virq[vcpu->x[0] == VIRQ_BAD]++;
}

/* Each at another instruction: who faults at one for ever is stopped. */
static void step_fault(struct world *world, struct cpu *cpu)
{
	struct vcpu_exit exit = {
		.kind = VCPU_EXIT_FAULT,
		.address = paddr(steps_pick(world)->base),
		.write = one_in(world, 2),
		.execute = one_in(world, 8),
	};
	struct vcpu *vcpu = cpu->current;

	if (endpoint_is_el0(&vcpu->partition->ep))
		return;
	vcpu->pc += 4;
	leave(world, cpu, &exit);
}

static void step_timer(struct world *world, struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;

	timer_set_compare(vcpu, port_ticks() + world_random(world, 2000));
	timer_set_control(vcpu, world_random(world, 4));
	leave(world, cpu, &(struct vcpu_exit){.kind = VCPU_EXIT_TIMER});
}

/* What interrupts a partition that runs. */
static void step_event(struct world *world, struct cpu *cpu)
{
	struct vcpu_exit exit = {.kind = VCPU_EXIT_SECURE_INTERRUPT};

	switch (world_random(world, 8)) {
	case 0:
		exit.kind = VCPU_EXIT_KICK;
		break;
	case 1:
	case 2:
		exit.intid = FIRST_DEVICE + world_random(world, 9);
		break;
	case 3:
		if (cpu->current != cpu->nwd)
			step_timer(world, cpu);
		return;
	case 4:
		if (cpu->current != cpu->nwd)
			step_fault(world, cpu);
		return;
	default:
		exit.kind = VCPU_EXIT_INTERRUPT;
		if (cpu->current == cpu->nwd)
			return;
	}
	leave(world, cpu, &exit);
}

/* A CPU that is off comes on; who is dead gets to know it. */
static void step_on(struct world *world, struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t kind = world_random(world, 512);

	if (!cpu->online)
		run_begin(cpu);
	else if (endpoint_is_dead(&vcpu->partition->ep))
		leave(world, cpu,
			&(struct vcpu_exit){.kind = VCPU_EXIT_INTERRUPT});
	else if (kind == 0 && vcpu != cpu->nwd)
		kill_current(world, cpu);
	else if (kind < 64)
		step_event(world, cpu);
	else if (kind < 200)
		step_memory(world, cpu);
	else
		step_call(world, cpu);
}

static void tell(const struct world *world, const struct cpu *cpu,
	const struct vcpu *was)
{
	const struct vcpu *vcpu = cpu->current;

	print_error("  cpu %u: %d.%u -> %d.%u, model %d, online %d\n",
		cpu->index, (int)(was->partition - world->partition),
		was->index, (int)(vcpu->partition - world->partition),
		vcpu->index, vcpu->model, cpu->online);
}

static void step(struct world *world)
{
	unsigned index = world_random(world, WORLD_CPUS);
	struct cpu *cpu = &world->cpu[index];
	const struct vcpu *before = cpu->current;
	uint32_t begun = cpu->begun;

	host_cpu_set(index);
	step_on(world, cpu);
	if (tape_is_told())
		tell(world, cpu, before);
	note_records(cpu, begun);
	tally->steps++;
	tally->switches += cpu->current != before;
	expect_sound(world);
}

/* --- The world ----------------------------------------------------------- */

static void set_up_partition(struct world *world, int party)
{
	struct partition *partition = &world->partition[party];

	partition->interrupt_count = 1;
	partition->interrupt[0] = (struct partition_interrupt){
		.intid = FIRST_DEVICE + (uint32_t)party,
		.target = INTERRUPT_ANY_CPU};
	partition->ns_action = (enum ns_action)world_random(world, 3);
	partition->queues_secure = one_in(world, 4);
	partition->sri_policy = world_random(world, 4);
	partition->power_messages = one_in(world, 2);
	partition->boot_order = (uint16_t)world_random(world, 4);
	/* Those that move between CPUs. */
	if (party == SP3 || party == SP6)
		partition->vcpu_count = 1;
	if (party == SP6)
		partition->ep.kind = ENDPOINT_SP_EL0;
	partition->initialised = false;
	for (uint32_t i = 0; i < partition->service_count; i++)
		partition->service[i].properties |= FFA_PROPERTY_RECV_DIRECT2 |
						    FFA_PROPERTY_SEND_DIRECT2 |
						    FFA_PROPERTY_INDIRECT;
	notify_open(&partition->notify, partition->vcpu_count);
	for (unsigned i = 0; i < WORLD_CPUS; i++)
		world->vcpu[party][i].state = VCPU_OFF;
}

static void begin(struct world *world, struct tape *tape)
{
	static const uint64_t memory[] = {SP4_RW, SP5_RW, SP6_RW};

	world->tape = tape;
	world->has_six = true;
	memset(slots, 0, sizeof(slots));
	world_populate(world, SIX_PARTIES);
	for (int party = SP4; party <= SP6; party++)
		world_extend(world, party, memory[party - SP4], RW_PAGES);
	world_extend(world, SP1, SCATTER_BASE, 2 * SCATTER_RANGES);
	world_extend(world, NWD,
		SCATTER_BASE + 2ull * SCATTER_RANGES * PAGE_SIZE,
		2 * SCATTER_RANGES);
	for (int party = NWD; party < SIX_PARTIES; party++) {
		world->partition[party].version =
			FFA_VERSION_1_0 + world_random(world, 4);
		expect_ok(
			do_map(world, party, world_tx(party), world_rx(party)));
	}
	for (int party = SP1; party < SIX_PARTIES; party++)
		set_up_partition(world, party);
	for (unsigned i = 0; i < WORLD_CPUS; i++) {
		world->cpu[i].current = world->cpu[i].nwd;
		world->cpu[i].nwd->state = VCPU_OFF;
		world->cpu[i].mpidr = i;
		world->cpu[i].online = false;
	}
	host_timer_there(one_in(world, 2));
	host_time_set(0, 1000);
	world_tell(world, tape_is_told());
}

static void play(struct tape *tape)
{
	struct world *world = world_make();

	if (tape_step(tape))
		begin(world, tape);
	while (tape_step(tape))
		step(world);
	host_cpu_set(0);
	free(world);
}

static const struct tape_test stress = {"stress", play, 1, STEPS};

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void everything_at_once_is_as_the_model_says(void **state)
{
	uint64_t seed = number("ESCROW_FIRST_SEED", (uint64_t)time(NULL));
	uint32_t tapes = 1;

	(void)state;
	if (getenv("ESCROW_SEED") || getenv("ESCROW_TAPE"))
		tape_run(&stress);
	else
		tapes = tape_run_for(&stress, seed,
			(uint32_t)number("ESCROW_TIME", SECONDS));
	print_tally(tapes, number("ESCROW_SEED", seed));
	assert_true(tally->switches > tally->steps / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_at_once_is_as_the_model_says),
	};

	/* What chance reaches is not what the suites are there for. */
	unsetenv("ESCROW_RESULTS");
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(tally != MAP_FAILED);
	return SUITE_RUN("stress", tests);
}
