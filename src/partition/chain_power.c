/*
 * The first instruction of contexts, and their last: CPUs that come up and go
 * down, partitions that start again. The rest is call_chain.c's.
 */
#include "abi/ffa_func.h"
#include "base/mem.h"
#include "partition/call_chain.h"
#include "partition/virq.h"
#include "port/port.h"

/* Who wants to exit by itself has said so in its manifest, and how. */
static struct virqs first_lines(const struct partition *partition)
{
	const uint32_t exit = 1u << VIRQ_MANAGED_EXIT;

	if (partition->ns_action != NS_ACTION_MANAGED_EXIT)
		return (struct virqs){0};
	return (struct virqs){
		.enabled = exit,
		.fiq = partition->exits_by_irq ? 0 : exit,
	};
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
	virq_end_all(vcpu);
	vcpu->virq = first_lines(partition);
	vcpu->timer = (struct vcpu_timer){0};
	vcpu->model = RTM_INIT;
	vcpu->ns_masked = true;
	vcpu->s_queued = true;
	vcpu_move(vcpu, VCPU_START);
	cpu->current = vcpu;
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
		chain_answer(cpu, &(struct ffa_regs){.x = {FFA_MSG_WAIT}});
		vcpu_move(cpu->nwd, VCPU_START);
		cpu->current = cpu->nwd;
	}
	lock_drop(&cpu->spm->chain_lock);
}

/* --- Restart ------------------------------------------------------------ */

static struct partition *next_ready(const struct spm *spm)
{
	for (uint32_t i = 0; i < spm->partition_count; i++)
		if (spm->partitions[i].afterlife == AFTERLIFE_READY)
			return &spm->partitions[i];
	return NULL;
}

/* As the manifest and the boot left it. */
static void begin_again(struct partition *partition)
{
	struct vcpu *vcpu = &partition->vcpus[0];

	partition->afterlife = AFTERLIFE_NONE;
	partition->restarts++;
	partition->version = partition->pristine->version;
	partition->version_negotiated = false;
	partition->version_locked = false;
	partition->secondary_entry = partition->entry;
	partition->started = false;
	partition->initialised = false;
	partition->log_length = 0;
	if (partition->pristine->has_notifications)
		notify_open(&partition->notify, partition->vcpu_count);
	vcpu->awaits_scheduler = false;
	vcpu->yielded = false;
	vcpu->fault_pc = VCPU_NO_FAULT;
	vcpu_move(vcpu, VCPU_REVIVED);
	__atomic_store_n(&partition->ep.aborted, false, __ATOMIC_RELAXED);
}

/* Nobody has given it cycles: who runs is interrupted, and goes on after it. */
bool chain_revive(struct cpu *cpu)
{
	struct partition *partition = next_ready(cpu->spm);
	struct vcpu *from = cpu->current;

	if (partition == NULL)
		return false;
	begin_again(partition);
	vcpu_move(from, VCPU_INTERRUPTED);
	from->parked = true;
	start(cpu, &partition->vcpus[0]);
	cpu->current->caller = from;
	return true;
}

/* --- A CPU goes down --- */

/* Contexts that move may have waited for interrupts and timers here. */
static void pass_interrupts_on(struct cpu *cpu)
{
	const struct spm *spm = cpu->spm;

	cpu->interrupts_wait = false;
	for (uint32_t i = 0; i < spm->cpu_count; i++) {
		if (spm->cpus[i].online) {
			port_cpu_kick(spm->cpus[i].mpidr);
			return;
		}
	}
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
			vcpu_move(vcpu, VCPU_CPU_OFF);
	}
	vcpu_move(cpu->nwd, VCPU_CPU_OFF);
	cpu->online = false;
	pass_interrupts_on(cpu);
	lock_drop(&spm->chain_lock);
}
