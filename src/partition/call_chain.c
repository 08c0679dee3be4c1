/* States, runtime models and chains of execution contexts. */
#include "partition/call_chain.h"

#include "abi/ffa_func.h"
#include "base/assert.h"
#include "base/mem.h"
#include "partition/virq.h"
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

/* `vcpu` runs no more; who waited for it is tied to it no longer. */
static struct vcpu *leave(struct vcpu *vcpu, enum vcpu_event event)
{
	struct vcpu *caller = vcpu->caller;

	vcpu_move(vcpu, event);
	vcpu->model = RTM_NONE;
	vcpu->caller = NULL;
	if (caller != NULL && caller->callee == vcpu)
		caller->callee = NULL;
	return caller;
}

static void resume(struct cpu *cpu, struct vcpu *vcpu)
{
	vcpu_move(vcpu, VCPU_RESUMED);
	vcpu->parked = false;
	vcpu->yielded = false;
	cpu->current = vcpu;
}

/*
 * Interrupts of the normal world wait as the strictest of the chain wants it:
 * a managed exit is for whoever can make one, so others below it queue them.
 */
static bool masks_ns(const struct vcpu *target, const struct vcpu *from)
{
	enum ns_action action = target->partition->ns_action;

	if (action == NS_ACTION_QUEUED)
		return true;
	if (is_nwd(from))
		return false;
	return from->ns_masked ||
	       (from->partition->ns_action == NS_ACTION_MANAGED_EXIT &&
		       action == NS_ACTION_SIGNALED);
}

static void give_cycles(
	struct cpu *cpu, struct vcpu *target, enum runtime_model model)
{
	struct vcpu *from = cpu->current;

	vcpu_move(from, VCPU_BLOCKS);
	if (!is_nwd(from))
		from->callee = target;
	vcpu_move(target, VCPU_REQUESTED);
	target->awaits_scheduler = false;
	target->caller = from;
	target->model = model;
	target->ns_masked = model == RTM_POWER || masks_ns(target, from);
	target->s_queued = model == RTM_POWER ||
			   target->partition->queues_secure ||
			   (!is_nwd(from) && from->s_queued);
	cpu->current = target;
}

static enum reason check_receiver(const struct vcpu *target)
{
	if (target->state == VCPU_ABORTED || chain_is_dead(target))
		return partition_is_to_restart(target->partition)
			       ? R_RECEIVER_RESTARTS
			       : R_RECEIVER_ABORTED;
	return target->state == VCPU_WAITING ? R_NONE : R_RECEIVER_BUSY;
}

enum reason chain_request(
	struct cpu *cpu, struct vcpu *target, const struct ffa_regs *message)
{
	enum reason reason;

	lock_take(&cpu->spm->chain_lock);
	reason = check_receiver(target);
	if (reason == R_NONE) {
		target->request_func = (uint32_t)message->x[0];
		target->request_flags = (uint32_t)message->x[2];
		target->request_from = (uint16_t)(message->x[1] >> 16);
		give_cycles(cpu, target, RTM_DIRECT);
		put_message(target, message);
	}
	lock_drop(&cpu->spm->chain_lock);
	return reason;
}

bool chain_power_message(
	struct cpu *cpu, struct vcpu *target, const struct ffa_regs *message)
{
	bool waits;

	lock_take(&cpu->spm->chain_lock);
	waits = check_receiver(target) == R_NONE;
	if (waits) {
		target->request_func = (uint32_t)message->x[0];
		target->request_flags = (uint32_t)message->x[2];
		target->request_from = cpu->spm->id;
		give_cycles(cpu, target, RTM_POWER);
		put_message(target, message);
	}
	lock_drop(&cpu->spm->chain_lock);
	return waits;
}

void chain_await_scheduler(struct vcpu *vcpu)
{
	vcpu->awaits_scheduler = true;
	vcpu->partition->notify.untold |= 1ull << NOTIFY_OF(vcpu->index);
	port_schedule_receiver();
}

/* It waits from now on, perhaps with an interrupt that came meanwhile. */
static void settle_interrupts(struct cpu *cpu, struct vcpu *vcpu)
{
	if (vcpu->virq.active != 0)
		virq_end_all(vcpu);
	if (!virq_wakes(vcpu))
		return;
	cpu->interrupts_wait = true;
	if ((vcpu->partition->sri_policy & SRI_BEFORE_WAIT) == 0)
		return;
	chain_await_scheduler(vcpu);
}

void chain_answer(struct cpu *cpu, const struct ffa_regs *message)
{
	put_message(cpu->nwd, message);
}

/* Whoever sent the request may have died, and another runs the rest. */
static bool asked(const struct vcpu *requester, const struct vcpu *vcpu)
{
	if (is_nwd(requester))
		return (vcpu->request_from & FFA_ID_SECURE) == 0 ||
		       ffa_id_is_el3(vcpu->request_from);
	return requester->partition->ep.id == vcpu->request_from;
}

void chain_respond(struct cpu *cpu, const struct ffa_regs *message)
{
	struct vcpu *vcpu = cpu->current;
	struct vcpu *requester;

	lock_take(&cpu->spm->chain_lock);
	requester = leave(vcpu, VCPU_WAITS);
	ASSERT(requester != NULL);
	vcpu->partition->restarts = 0;
	if (asked(requester, vcpu))
		put_message(requester, message);
	else
		put_short(requester, FFA_ERROR, 0, (uint32_t)FFA_ABORTED);
	resume(cpu, requester);
	virq_exited(vcpu);
	settle_interrupts(cpu, vcpu);
	lock_drop(&cpu->spm->chain_lock);
}

void chain_power_done(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;

	lock_take(&cpu->spm->chain_lock);
	resume(cpu, leave(vcpu, VCPU_WAITS));
	lock_drop(&cpu->spm->chain_lock);
}

/*
 * Whoever gave the current context its cycles goes on, and hears why; not who
 * was only interrupted.
 */
static void hand_back(struct cpu *cpu, struct vcpu *caller,
	enum runtime_model model, const struct ffa_regs *why)
{
	if (model != RTM_SEC_INT && model != RTM_INIT)
		memcpy(caller->x, why->x, 8 * sizeof(why->x[0]));
	resume(cpu, caller);
}

void chain_wait(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	enum runtime_model model = vcpu->model;
	struct ffa_regs why = {.x = {FFA_MSG_WAIT, context_id(vcpu)}};
	struct vcpu *caller;

	lock_take(&cpu->spm->chain_lock);
	caller = leave(vcpu, VCPU_WAITS);
	if (caller != NULL)
		hand_back(cpu, caller, model, &why);
	vcpu->partition->initialised = true;
	settle_interrupts(cpu, vcpu);
	lock_drop(&cpu->spm->chain_lock);
	if (caller == NULL)
		chain_next_boot(cpu);
}

/* With cycles of a secure interrupt there is nobody who would wait for it. */
void chain_yield(struct cpu *cpu, uint64_t timeout_low, uint64_t timeout_high)
{
	struct vcpu *vcpu = cpu->current;
	enum runtime_model model = vcpu->model;
	struct ffa_regs why = {
		.x = {FFA_YIELD, context_id(vcpu), timeout_low, timeout_high}};
	struct vcpu *caller = vcpu->caller;

	lock_take(&cpu->spm->chain_lock);
	vcpu_move(vcpu, VCPU_BLOCKS);
	vcpu->yielded = true;
	virq_exited(vcpu);
	vcpu->ns_masked = masks_ns(vcpu, caller);
	if (model == RTM_SEC_INT) {
		vcpu->caller = NULL;
		vcpu->model = RTM_RUN;
		vcpu->ns_masked =
			vcpu->partition->ns_action == NS_ACTION_QUEUED;
		vcpu->s_queued = vcpu->partition->queues_secure;
	}
	hand_back(cpu, caller, model, &why);
	lock_drop(&cpu->spm->chain_lock);
}

/* One context of several stays on its CPU. */
static bool is_elsewhere(const struct cpu *cpu, const struct vcpu *vcpu)
{
	return !is_nwd(vcpu) && vcpu->partition->vcpu_count > 1 &&
	       vcpu->index != cpu->index;
}

/* And so does whom it waits for, and who waits for it. */
static bool may_run_on(const struct cpu *cpu, const struct vcpu *target)
{
	const struct vcpu *vcpu;

	for (vcpu = target; vcpu != NULL; vcpu = vcpu->caller)
		if (is_elsewhere(cpu, vcpu))
			return false;
	for (vcpu = target->callee; vcpu != NULL; vcpu = vcpu->callee)
		if (is_elsewhere(cpu, vcpu))
			return false;
	return true;
}

static struct vcpu *top_of(struct vcpu *vcpu)
{
	while (vcpu->caller != NULL && !is_nwd(vcpu->caller))
		vcpu = vcpu->caller;
	return vcpu;
}

/* All above it wait for it, and for nothing else. */
static bool is_deepest(const struct vcpu *vcpu)
{
	for (vcpu = vcpu->caller; vcpu != NULL && !is_nwd(vcpu);
		vcpu = vcpu->caller)
		if (vcpu->state != VCPU_BLOCKED || vcpu->yielded)
			return false;
	return true;
}

/* It stopped in the middle, and somebody goes on with it. */
static void go_on(struct cpu *cpu, struct vcpu *target)
{
	if (target->yielded)
		put_short(target, FFA_SUCCESS, 0, 0);
	vcpu_move(cpu->current, VCPU_BLOCKS);
	resume(cpu, target);
}

/*
 * A partition goes on with whom it waits for: the one below that stopped, for
 * it may be blocked itself. Whoever was interrupted for it, or yielded to it.
 */
static enum reason run_callee(struct cpu *cpu, struct vcpu *target)
{
	if (cpu->current->callee != target)
		return R_RUN_DENIED;
	while (target->state == VCPU_BLOCKED && !target->yielded)
		target = target->callee;
	ASSERT(may_run_on(cpu, target));
	go_on(cpu, target);
	return R_NONE;
}

/* A message that comes with cycles. */
static void put_cycles(struct vcpu *target)
{
	if (virq_ready(target) != 0)
		put_short(target, FFA_INTERRUPT, 0, virq_tell(target));
	else
		put_short(target, FFA_RUN, context_id(target), 0);
}

/* Who gave the whole chain its cycles now waits on this CPU. */
static enum reason run_stopped(struct cpu *cpu, struct vcpu *target)
{
	if (target->parked)
		return R_RUN_BUSY;
	if (!may_run_on(cpu, target))
		return R_RUN_TARGET;
	if (!is_deepest(target))
		return R_RUN_DENIED;
	top_of(target)->caller = cpu->current;
	go_on(cpu, target);
	return R_NONE;
}

static enum reason run_locked(struct cpu *cpu, struct vcpu *target)
{
	if (!is_nwd(cpu->current))
		return run_callee(cpu, target);
	switch (target->state) {
	case VCPU_WAITING:
		if (chain_is_dead(target))
			return R_RUN_ABORTED;
		give_cycles(cpu, target, RTM_RUN);
		put_cycles(target);
		return R_NONE;
	case VCPU_BLOCKED:
		return target->yielded ? run_stopped(cpu, target)
				       : R_RUN_BLOCKED;
	case VCPU_PREEMPTED:
		return run_stopped(cpu, target);
	case VCPU_RUNNING:
		return R_RUN_BUSY;
	case VCPU_OFF:
		return R_RUN_BLOCKED;
	case VCPU_ABORTED:
		return partition_is_to_restart(target->partition)
			       ? R_RECEIVER_RESTARTS
			       : R_RUN_ABORTED;
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
	vcpu_move(vcpu, VCPU_INTERRUPTED);
	put_short(cpu->nwd, FFA_INTERRUPT, context_id(vcpu), 0);
	resume(cpu, cpu->nwd);
	lock_drop(&cpu->spm->chain_lock);
}

/* --- Secure interrupts -------------------------------------------------- */

void chain_signal(struct cpu *cpu, struct vcpu *target)
{
	struct vcpu *from = cpu->current;

	vcpu_move(from, VCPU_INTERRUPTED);
	from->parked = true;
	vcpu_move(target, VCPU_REQUESTED);
	target->caller = from;
	target->model = RTM_SEC_INT;
	target->ns_masked = true;
	target->s_queued = true;
	put_short(target, FFA_INTERRUPT, 0, virq_tell(target));
	cpu->current = target;
}

bool chain_is_above(const struct cpu *cpu, const struct vcpu *vcpu)
{
	const struct vcpu *above = cpu->current->caller;

	while (above != NULL && above != vcpu)
		above = above->caller;
	return above != NULL;
}

void chain_recall(struct cpu *cpu, struct vcpu *target)
{
	vcpu_move(cpu->current, VCPU_INTERRUPTED);
	put_short(target, FFA_INTERRUPT, context_id(target->callee),
		virq_tell(target));
	resume(cpu, target);
}

/* --- Ends --------------------------------------------------------------- */

/* What it waited for stopped in the middle: the normal world may run it. */
static void orphan(struct vcpu *vcpu)
{
	if (vcpu->callee != NULL)
		vcpu->callee->caller = NULL;
	vcpu->callee = NULL;
}

enum runtime_model chain_abort(struct cpu *cpu)
{
	const struct ffa_regs why = {
		.x = {FFA_ERROR, 0, (uint32_t)FFA_ABORTED}};
	struct vcpu *vcpu = cpu->current;
	enum runtime_model model = vcpu->model;
	struct vcpu *caller;

	lock_take(&cpu->spm->chain_lock);
	__atomic_store_n(&vcpu->partition->ep.aborted, true, __ATOMIC_RELAXED);
	if (vcpu->partition->abort_action != ABORT_STOP)
		vcpu->partition->afterlife = AFTERLIFE_AWAITED;
	caller = leave(vcpu, VCPU_DIES);
	orphan(vcpu);
	/* Its registers are saved nowhere, on no CPU. */
	port_vcpu_reset(vcpu);
	if (caller != NULL)
		hand_back(cpu, caller, model, &why);
	lock_drop(&cpu->spm->chain_lock);
	if (caller == NULL)
		chain_next_boot(cpu);
	return model;
}
