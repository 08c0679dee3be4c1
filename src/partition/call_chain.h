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
 * blocked until the response. Refuses: RECEIVER_BUSY, RECEIVER_ABORTED,
 * RECEIVER_RESTARTS.
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
 * FFA_RUN of `target`. Refuses: RUN_ABORTED, RUN_BUSY, RUN_BLOCKED, RUN_TARGET,
 * RUN_DENIED, RECEIVER_RESTARTS.
 */
enum reason MUST_USE chain_run(struct cpu *cpu, struct vcpu *target);

/* FFA_YIELD: whoever gave the cycles hears of it; FFA_RUN resumes. */
void chain_yield(struct cpu *cpu, uint64_t timeout_low, uint64_t timeout_high);

/* The current context was interrupted; the normal world goes on. */
void chain_preempt(struct cpu *cpu);

/*
 * The current context's partition is stopped; whoever waits for it
 * on this CPU gets FFA_ERROR ABORTED. Returns on what cycles it ran.
 */
enum runtime_model chain_abort(struct cpu *cpu);

/*
 * A power message of the framework, with cycles for it. False where the
 * context is not waiting: it cannot hear of it.
 */
bool MUST_USE chain_power_message(
	struct cpu *cpu, struct vcpu *target, const struct ffa_regs *message);

/* What the normal world's context, which runs, gets in its registers. */
void chain_answer(struct cpu *cpu, const struct ffa_regs *message);

/* The response to one: the normal world's context goes on. */
void chain_power_done(struct cpu *cpu);

/*
 * What runs first on a CPU: the next context in boot order that has not been
 * initialised here, else the normal world.
 */
void chain_next_boot(struct cpu *cpu);

/* The CPU is going down: its pinned contexts are off. */
void chain_cpu_off(struct cpu *cpu);

/* --- For partition/interrupts.c: the chain lock is held ----------------- */

/* `target` waits, and gets the CPU for its interrupts. */
void chain_signal(struct cpu *cpu, struct vcpu *target);

/*
 * It waits with an interrupt, and its scheduler gives the cycles: that one is
 * interrupted, and FFA_NOTIFICATION_INFO_GET names it.
 */
void chain_await_scheduler(struct vcpu *vcpu);

/* Whether `vcpu` waits for the current context, at whatever distance. */
bool chain_is_above(const struct cpu *cpu, const struct vcpu *vcpu);

/*
 * A partition that is ready to starts again; false where there is none. Who
 * runs now goes on when it waits.
 */
bool MUST_USE chain_revive(struct cpu *cpu);

/* It goes on meanwhile with its interrupt; FFA_RUN resumes whom it awaits. */
void chain_recall(struct cpu *cpu, struct vcpu *target);

#endif
