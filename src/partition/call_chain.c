/* States, runtime models and chains of execution contexts. */
#include "partition/call_chain.h"

#include "abi/ffa_func.h"
#include "base/assert.h"
#include "base/mem.h"
#include "port/port.h"

static bool is_nwd(const struct vcpu *vcpu)
{
	return vcpu->partition->ep.kind == ENDPOINT_NWD;
}

static uint64_t context_id(const struct vcpu *vcpu)
{
	return (uint64_t)vcpu->partition->ep.id << 16 | vcpu->index;
}

/* All of x0 to x17: nothing of another context's registers stays. */
static void put_message(struct vcpu *vcpu, const struct ffa_regs *message)
{
	memcpy(vcpu->x, message->x, sizeof(message->x));
}

/* x0 to x7 as given, x8 to x17 as they were. */
static void put_short(
	struct vcpu *vcpu, uint64_t func, uint64_t x1, uint64_t x2)
{
	memset(vcpu->x, 0, 8 * sizeof(vcpu->x[0]));
	vcpu->x[0] = func;
	vcpu->x[1] = x1;
	vcpu->x[2] = x2;
}

struct partition *chain_partition(struct spm *spm, uint16_t id)
{
	for (uint32_t i = 0; i < spm->partition_count; i++)
		if (spm->partitions[i].ep.id == id)
			return &spm->partitions[i];
	return NULL;
}

struct vcpu *chain_context(struct partition *partition, const struct cpu *cpu)
{
	if (partition->vcpu_count == 1)
		return &partition->vcpus[0];
	if (cpu->index >= partition->vcpu_count)
		return NULL;
	return &partition->vcpus[cpu->index];
}

/* `vcpu` stops running with `state`; its caller, if any, is forgotten. */
static struct vcpu *leave(struct vcpu *vcpu, enum vcpu_state state)
{
	struct vcpu *caller = vcpu->caller;

	vcpu->state = state;
	vcpu->model = RTM_NONE;
	vcpu->caller = NULL;
	return caller;
}

static void resume(struct cpu *cpu, struct vcpu *vcpu)
{
	vcpu->state = VCPU_RUNNING;
	cpu->current = vcpu;
}

static void give_cycles(
	struct cpu *cpu, struct vcpu *target, enum runtime_model model)
{
	struct vcpu *from = cpu->current;

	from->state = VCPU_BLOCKED;
	target->caller = from;
	target->model = model;
	target->ns_masked = target->partition->ns_action == NS_ACTION_QUEUED ||
			    (!is_nwd(from) && from->ns_masked);
	resume(cpu, target);
}

enum reason chain_request(
	struct cpu *cpu, struct vcpu *target, const struct ffa_regs *message)
{
	enum reason reason = R_NONE;

	lock_take(&cpu->spm->chain_lock);
	if (target->state == VCPU_ABORTED || chain_is_dead(target)) {
		reason = R_RECEIVER_ABORTED;
	} else if (target->state != VCPU_WAITING) {
		reason = R_RECEIVER_BUSY;
	} else {
		target->request_func = (uint32_t)message->x[0];
		target->request_from = (uint16_t)(message->x[1] >> 16);
		give_cycles(cpu, target, RTM_DIRECT);
		put_message(target, message);
	}
	lock_drop(&cpu->spm->chain_lock);
	return reason;
}

void chain_respond(struct cpu *cpu, const struct ffa_regs *message)
{
	struct vcpu *requester;

	lock_take(&cpu->spm->chain_lock);
	requester = leave(cpu->current, VCPU_WAITING);
	ASSERT(requester != NULL);
	put_message(requester, message);
	resume(cpu, requester);
	lock_drop(&cpu->spm->chain_lock);
}

/* Enters a context for the first time, or again after its CPU was off. */
static void start(struct cpu *cpu, struct vcpu *vcpu)
{
	struct partition *partition = vcpu->partition;
	bool primary = !partition->started;

	partition->started = true;
	memset(vcpu->x, 0, sizeof(vcpu->x));
	port_vcpu_reset(vcpu);
	vcpu->pc = primary ? partition->entry : partition->secondary_entry;
	vcpu->x[4] = vcpu->index;
	if (primary && partition->boot_info_register >= 0)
		vcpu->x[partition->boot_info_register] = partition->boot_info;
	vcpu->model = RTM_INIT;
	vcpu->ns_masked = true;
	resume(cpu, vcpu);
}

static struct partition *next_to_boot(struct cpu *cpu)
{
	struct spm *spm = cpu->spm;
	struct partition *best = NULL;

	for (uint32_t i = 0; i < spm->partition_count; i++) {
		struct partition *partition = &spm->partitions[i];
		const struct vcpu *vcpu = chain_context(partition, cpu);

		if (vcpu == NULL || chain_is_dead(vcpu) ||
			vcpu->state != VCPU_OFF)
			continue;
		if (best == NULL || partition->boot_order < best->boot_order)
			best = partition;
	}
	return best;
}

void chain_next_boot(struct cpu *cpu)
{
	struct partition *partition;

	lock_take(&cpu->spm->chain_lock);
	partition = next_to_boot(cpu);
	if (partition != NULL) {
		start(cpu, chain_context(partition, cpu));
	} else {
		put_short(cpu->nwd, FFA_MSG_WAIT, 0, 0);
		resume(cpu, cpu->nwd);
	}
	lock_drop(&cpu->spm->chain_lock);
}

void chain_wait(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	bool booting = vcpu->model == RTM_INIT;
	struct vcpu *runner;

	lock_take(&cpu->spm->chain_lock);
	runner = leave(vcpu, VCPU_WAITING);
	if (!booting) {
		put_short(runner, FFA_MSG_WAIT, context_id(vcpu), 0);
		resume(cpu, runner);
	}
	vcpu->partition->initialised = true;
	lock_drop(&cpu->spm->chain_lock);
	if (booting)
		chain_next_boot(cpu);
}

/* One context of several stays on its CPU, and so does whom it waits for. */
static bool may_run_on(const struct cpu *cpu, const struct vcpu *vcpu)
{
	for (; vcpu != NULL && !is_nwd(vcpu); vcpu = vcpu->caller)
		if (vcpu->partition->vcpu_count > 1 &&
			vcpu->index != cpu->index)
			return false;
	return true;
}

/* Who gave the whole chain its cycles now waits on this CPU. */
static void adopt(struct cpu *cpu, struct vcpu *vcpu)
{
	while (vcpu->caller != NULL && !is_nwd(vcpu->caller))
		vcpu = vcpu->caller;
	vcpu->caller = cpu->current;
}

static enum reason run_locked(struct cpu *cpu, struct vcpu *target)
{
	switch (target->state) {
	case VCPU_WAITING:
		if (chain_is_dead(target))
			return R_RUN_ABORTED;
		give_cycles(cpu, target, RTM_RUN);
		put_short(target, FFA_RUN, context_id(target), 0);
		return R_NONE;
	case VCPU_PREEMPTED:
		if (!may_run_on(cpu, target))
			return R_RUN_TARGET;
		adopt(cpu, target);
		cpu->current->state = VCPU_BLOCKED;
		resume(cpu, target);
		return R_NONE;
	case VCPU_RUNNING:
		return R_RUN_BUSY;
	case VCPU_BLOCKED:
	case VCPU_OFF:
		return R_RUN_BLOCKED;
	case VCPU_ABORTED:
		return R_RUN_ABORTED;
	}
	PANIC("vCPU state");
}

enum reason chain_run(struct cpu *cpu, struct vcpu *target)
{
	enum reason reason;

	lock_take(&cpu->spm->chain_lock);
	reason = run_locked(cpu, target);
	lock_drop(&cpu->spm->chain_lock);
	return reason;
}

void chain_preempt(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;

	lock_take(&cpu->spm->chain_lock);
	vcpu->state = VCPU_PREEMPTED;
	put_short(cpu->nwd, FFA_INTERRUPT, context_id(vcpu), 0);
	resume(cpu, cpu->nwd);
	lock_drop(&cpu->spm->chain_lock);
}

void chain_abort(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct vcpu *caller;

	lock_take(&cpu->spm->chain_lock);
	__atomic_store_n(&vcpu->partition->ep.aborted, true, __ATOMIC_RELAXED);
	caller = leave(vcpu, VCPU_ABORTED);
	if (caller != NULL) {
		put_short(caller, FFA_ERROR, 0, (uint32_t)FFA_ABORTED);
		resume(cpu, caller);
	}
	lock_drop(&cpu->spm->chain_lock);
	if (caller == NULL)
		chain_next_boot(cpu);
}

void chain_cpu_off(struct cpu *cpu)
{
	struct spm *spm = cpu->spm;

	lock_take(&spm->chain_lock);
	for (uint32_t i = 0; i < spm->partition_count; i++) {
		struct partition *partition = &spm->partitions[i];
		struct vcpu *vcpu = chain_context(partition, cpu);

		if (partition->vcpu_count > 1 && vcpu != NULL &&
			vcpu->state == VCPU_WAITING)
			vcpu->state = VCPU_OFF;
	}
	cpu->online = false;
	lock_drop(&spm->chain_lock);
}
