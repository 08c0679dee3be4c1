/*
 * The simulator: processors, contexts and the firmware between the worlds, as
 * coroutines of one thread. Private to src/host and to programs that start it.
 *
 * Every context (struct vcpu) runs a guest program on a stack of its own;
 * every processor runs the manager's loop on another. A processor gives way
 * to the next one whenever it enters a context: everything happens in an
 * order that is the same in every run.
 */
#ifndef HOST_SIM_WORLD_H
#define HOST_SIM_WORLD_H

#include <ucontext.h>

#include "host/sim.h"
#include "spm.h"

#define SIM_CPUS_MAX 8

/* A coroutine, and what the address sanitizer must know of its stack. */
struct sim_fiber {
	ucontext_t context;
	const void *stack;
	size_t stack_size;
	void *fake_stack;
};

/* A guest program: what guest_main() is on a machine. */
typedef void sim_program(void);

/* A context's coroutine; its address is in the first word of vcpu->arch. */
struct sim_context {
	struct vcpu *vcpu;
	struct sim_cpu *cpu; /* where it runs */
	struct sim_fiber guest;
	sim_program *program;
	void (*entry)(uint64_t); /* normal world, secondary: instead of it */
	uint64_t argument;
	bool aborted; /* an abort was injected */
	struct vcpu_exit exit;
	bool in_version; /* normal world: its FFA_VERSION is on its way */
	bool in_cpu_off;
	bool pausing;
};

struct sim_cpu {
	struct cpu *cpu;
	struct sim_fiber loop; /* the manager's loop on this processor */
	bool on;
	struct sim_context *running;
};

/*
 * Boots nothing: `spm` is ready to run. Runs the partitions' programs (by
 * index) and the normal world's until it powers off.
 */
struct sim_programs {
	sim_program *nwd;
	sim_program *const *partitions;
};
void sim_run(struct spm *spm, const struct sim_programs *programs);

/* The context whose program asks, and its processor's manager. */
struct sim_context *sim_current(void);

/* The current program stops here, until its context is entered again. */
void sim_leave(struct vcpu_exit exit);

/* A wait loop of the current program: other processors get their turn. */
void sim_pause(void);

/* sim_spmd.c: a call of the normal world, before the manager sees it. */
void sim_spmd_call(struct sim_context *context, uint64_t x[18]);

/* Turns a processor on; its normal-world context will run `entry`. */
bool sim_cpu_on(unsigned cpu, void (*entry)(uint64_t), uint64_t argument);
bool sim_cpu_is_on(unsigned cpu);
/* The normal world asks for the end. */
void sim_power_off(void);

/* sim_spmd.c: what the manager answers, on its way to the normal world. True
 * when its program goes on; false when the firmware keeps the processor. */
bool sim_spmd_answer(struct sim_context *context, uint64_t x[18]);

#endif
