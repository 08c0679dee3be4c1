/* Coroutines for contexts and processors. */
#include "host/sim_world.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "call/run_loop.h"
#include "host/port_host.h"

#define STACK_SIZE (256u << 10)

static struct {
	struct spm *spm;
	const struct sim_programs *programs;
	struct sim_cpu cpus[SIM_CPUS_MAX];
	struct sim_cpu *now;      /* the processor that runs */
	struct sim_fiber outside; /* who called sim_run() */
	struct sim_fiber *from;   /* who gave way last */
	bool over;
} sim;

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>

static void leave_stack(struct sim_fiber *from, const struct sim_fiber *to)
{
	__sanitizer_start_switch_fiber(
		&from->fake_stack, to->stack, to->stack_size);
}

static void enter_stack(struct sim_fiber *self)
{
	__sanitizer_finish_switch_fiber(
		self->fake_stack, &sim.from->stack, &sim.from->stack_size);
}
#else
static void leave_stack(struct sim_fiber *from, const struct sim_fiber *to)
{
	(void)from;
	(void)to;
}

static void enter_stack(struct sim_fiber *self)
{
	(void)self;
}
#endif

static void switch_fiber(struct sim_fiber *self, struct sim_fiber *to)
{
	sim.from = self;
	leave_stack(self, to);
	swapcontext(&self->context, &to->context);
	enter_stack(self);
}

static void give_stack(struct sim_fiber *fiber)
{
	void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED)
		PANIC("no memory for a coroutine");
	fiber->stack = stack;
	fiber->stack_size = STACK_SIZE;
}

static void take_stack(struct sim_fiber *fiber)
{
	if (fiber->stack != NULL)
		munmap((void *)(uintptr_t)fiber->stack, fiber->stack_size);
	fiber->stack = NULL;
}

static void prepare(struct sim_fiber *fiber, void (*start)(void))
{
	if (fiber->stack == NULL)
		give_stack(fiber);
	fiber->fake_stack = NULL;
	getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = (void *)(uintptr_t)fiber->stack;
	fiber->context.uc_stack.ss_size = fiber->stack_size;
	fiber->context.uc_link = NULL;
	makecontext(&fiber->context, start, 0);
}

/* --- Contexts ---------------------------------------------------------- */

static struct sim_context **slot_of(struct vcpu *vcpu)
{
	return vcpu->arch;
}

struct sim_context *sim_current(void)
{
	return sim.now->running;
}

/* First code of every program. */
static void start_program(void)
{
	struct sim_context *context = sim_current();

	enter_stack(&context->guest);
	if (context->entry != NULL)
		context->entry(context->argument);
	else
		context->program();
	PANIC("a guest program has returned");
}

static sim_program *program_of(const struct vcpu *vcpu)
{
	const struct partition *partition = vcpu->partition;

	if (partition == sim.spm->nwd)
		return sim.programs->nwd;
	return sim.programs->partitions[partition - sim.spm->partitions];
}

/* A context at its first instruction. */
static struct sim_context *reset_context(struct vcpu *vcpu)
{
	struct sim_context *context = *slot_of(vcpu);

	if (context == NULL) {
		context = calloc(1, sizeof(*context));
		if (context == NULL)
			PANIC("no memory for a context");
		*slot_of(vcpu) = context;
	}
	context->vcpu = vcpu;
	context->program = program_of(vcpu);
	context->entry = NULL;
	context->aborted = false;
	context->in_version = false;
	context->in_cpu_off = false;
	prepare(&context->guest, start_program);
	return context;
}

void sim_vcpu_reset(struct vcpu *vcpu)
{
	reset_context(vcpu);
}

void sim_vcpu_inject_abort(
	struct vcpu *vcpu, struct paddr address, bool execute)
{
	(void)address;
	(void)execute;
	(*slot_of(vcpu))->aborted = true;
}

void sim_leave(struct vcpu_exit exit)
{
	struct sim_context *context = sim_current();

	context->exit = exit;
	switch_fiber(&context->guest, &context->cpu->loop);
}

/* --- Processors -------------------------------------------------------- */

static struct sim_cpu *next_cpu(void)
{
	size_t from = (size_t)(sim.now - sim.cpus);

	for (size_t i = 1; i <= SIM_CPUS_MAX; i++) {
		struct sim_cpu *cpu = &sim.cpus[(from + i) % SIM_CPUS_MAX];

		if (cpu->on)
			return cpu;
	}
	PANIC("every processor is off");
}

/* Lets the next processor run; comes back when it is this one's turn. */
static void give_way(void)
{
	struct sim_cpu *self = sim.now;
	struct sim_cpu *next = next_cpu();

	if (sim.over)
		switch_fiber(&self->loop, &sim.outside);
	if (next == self)
		return;
	sim.now = next;
	host_cpu_set(next->cpu->index);
	switch_fiber(&self->loop, &next->loop);
}

void sim_pause(void)
{
	struct sim_context *context = sim_current();

	context->pausing = true;
	switch_fiber(&context->guest, &context->cpu->loop);
}

static void start_loop(void)
{
	enter_stack(&sim.now->loop);
	run_loop(sim.now->cpu);
}

static void power_up(unsigned index)
{
	struct sim_cpu *cpu = &sim.cpus[index];

	cpu->cpu = &sim.spm->cpus[index];
	prepare(&cpu->loop, start_loop);
	reset_context(cpu->cpu->nwd);
	cpu->on = true;
}

bool sim_cpu_is_on(unsigned cpu)
{
	return cpu < SIM_CPUS_MAX && sim.cpus[cpu].on;
}

bool sim_cpu_on(unsigned cpu, void (*entry)(uint64_t), uint64_t argument)
{
	struct sim_context *context;

	if (cpu >= sim.spm->cpu_count || sim.cpus[cpu].on)
		return false;
	power_up(cpu);
	context = *slot_of(sim.spm->cpus[cpu].nwd);
	context->entry = entry;
	context->argument = argument;
	return true;
}

void sim_power_off(void)
{
	sim.over = true;
	sim_leave((struct vcpu_exit){.kind = VCPU_EXIT_CALL});
}

static void power_down(struct sim_context *context)
{
	context->cpu->on = false;
	give_way();
	PANIC("a processor that is off runs");
}

/* What the manager answers goes through the firmware to the normal world. */
static void hand_over(struct sim_context *context)
{
	if (!sim_spmd_answer(context, context->vcpu->x))
		power_down(context);
}

struct vcpu_exit sim_vcpu_enter(struct vcpu *vcpu)
{
	struct sim_context *context = *slot_of(vcpu);

	give_way();
	context->cpu = sim.now;
	sim.now->running = context;
	if (vcpu->partition == sim.spm->nwd)
		hand_over(context);
	for (;;) {
		context->pausing = false;
		switch_fiber(&context->cpu->loop, &context->guest);
		if (!context->pausing && !sim.over)
			return context->exit;
		give_way();
		sim.now->running = context;
	}
}

static void free_contexts(struct partition *partition)
{
	for (uint16_t i = 0; i < partition->vcpu_count; i++) {
		struct sim_context **slot = slot_of(&partition->vcpus[i]);

		if (*slot == NULL)
			continue;
		take_stack(&(*slot)->guest);
		free(*slot);
		*slot = NULL;
	}
}

static void free_all(void)
{
	free_contexts(sim.spm->nwd);
	for (uint32_t i = 0; i < sim.spm->partition_count; i++)
		free_contexts(&sim.spm->partitions[i]);
	for (unsigned i = 0; i < SIM_CPUS_MAX; i++)
		take_stack(&sim.cpus[i].loop);
}

void sim_run(struct spm *spm, const struct sim_programs *programs)
{
	sim.spm = spm;
	sim.programs = programs;
	sim.now = &sim.cpus[0];
	ASSERT(spm->cpu_count <= SIM_CPUS_MAX);
	power_up(0);
	host_cpu_set(0);
	switch_fiber(&sim.outside, &sim.now->loop);
	free_all();
}
