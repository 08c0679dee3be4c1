/*
 * Which context runs next, and what it finds in its registers. The only file
 * beside call/gate.c that writes result registers: a message lands in another
 * context.
 *
 * Spec: FF-A 1.2 §7 (states), §8.2 (runtime models), §15 (direct messages).
 * Locking: takes the chain lock.
 */
#ifndef PARTITION_CALL_CHAIN_H
#define PARTITION_CALL_CHAIN_H

#include "abi/ffa_regs.h"
#include "abi/reason.h"
#include "spm.h"

/* The secure partition with this id, or NULL. */
struct partition *chain_partition(struct spm *spm, uint16_t id);

/* The context of `partition` that serves `cpu`; NULL where it has none. */
struct vcpu *chain_context(struct partition *partition, const struct cpu *cpu);

/*
 * Delivers a direct request to `target` on this CPU; the current context is
 * blocked until the response. Refuses: RECEIVER_BUSY, RECEIVER_ABORTED.
 */
enum reason MUST_USE chain_request(
	struct cpu *cpu, struct vcpu *target, const struct ffa_regs *message);

/* Ends the current direct request; the requester runs with `message`. */
void chain_respond(struct cpu *cpu, const struct ffa_regs *message);

/* Whether the partition has been stopped, by whatever CPU. */
static inline bool chain_is_dead(const struct vcpu *vcpu)
{
	return endpoint_is_dead(&vcpu->partition->ep);
}

/* The current context waits; whoever gave it cycles goes on. */
void chain_wait(struct cpu *cpu);

/*
 * FFA_RUN of `target`. Refuses: RUN_ABORTED, RUN_BUSY, RUN_BLOCKED, RUN_TARGET.
 */
enum reason MUST_USE chain_run(struct cpu *cpu, struct vcpu *target);

/* The current context was interrupted; the normal world goes on. */
void chain_preempt(struct cpu *cpu);

/*
 * The current context's partition is stopped for good; whoever waits for it
 * on this CPU gets FFA_ERROR ABORTED.
 */
void chain_abort(struct cpu *cpu);

/*
 * What runs first on a CPU: the next context in boot order that has not been
 * initialised here, else the normal world.
 */
void chain_next_boot(struct cpu *cpu);

/* The CPU is going down: its pinned contexts are off. */
void chain_cpu_off(struct cpu *cpu);

#endif
