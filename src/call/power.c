/* Power messages. */
#include "call/power.h"

#include "abi/ffa_func.h"
#include "abi/ffa_regs.h"
#include "abi/ffa_status.h"
#include "call/trace.h"
#include "partition/call_chain.h"

/* Boot order, and the id where several have the same. */
static uint32_t order_of(const struct partition *partition)
{
	return ((uint32_t)partition->boot_order << 16 | partition->ep.id) + 1;
}

static struct partition *next_to_hear(const struct cpu *cpu)
{
	struct spm *spm = cpu->spm;
	struct partition *best = NULL;

	for (uint32_t i = 0; i < spm->partition_count; i++) {
		struct partition *partition = &spm->partitions[i];

		if (!partition->power_messages ||
			order_of(partition) <= cpu->power_order)
			continue;
		if (best == NULL || order_of(partition) < order_of(best))
			best = partition;
	}
	return best;
}

static bool tell(struct cpu *cpu, struct partition *partition)
{
	struct vcpu *vcpu = chain_context(partition, cpu);
	struct ffa_regs message = {
		.x = {FFA_MSG_SEND_DIRECT_REQ,
			(uint64_t)cpu->spm->id << 16 | partition->ep.id,
			FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_REQ, POWER_CPU_OFF}};

	return vcpu != NULL && chain_power_message(cpu, vcpu, &message);
}

/* The next one that waits here hears of it; false when there is no more. */
static bool tell_next(struct cpu *cpu)
{
	struct partition *partition = next_to_hear(cpu);

	while (partition != NULL) {
		cpu->power_order = order_of(partition);
		if (tell(cpu, partition))
			return true;
		partition = next_to_hear(cpu);
	}
	return false;
}

bool power_begin(struct cpu *cpu)
{
	cpu->power_order = 0;
	return tell_next(cpu);
}

void power_down(struct cpu *cpu)
{
	struct trace_record *ledger;

	trace_flush(cpu);
	ledger = trace_begin(cpu, cpu->nwd->partition, TRACE_LEDGER);
	ledger->who = cpu->spm->id;
	trace_end(cpu, ledger);
	chain_cpu_off(cpu);
}

/* What the firmware hears in the end. */
static void finish(struct cpu *cpu, uint32_t status)
{
	const struct ffa_regs answer = {
		.x = {FFA_MSG_SEND_DIRECT_RESP,
			(uint64_t)cpu->spm->id << 16 | FFA_ID_SPMD,
			FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_RESP, status}};
	struct trace_record *record;

	chain_answer(cpu, &answer);
	if (status != FFA_OK)
		return;
	power_down(cpu);
	record = trace_begin(cpu, cpu->nwd->partition, TRACE_CPU_OFF);
	record->who = FFA_ID_SPMD;
	trace_end(cpu, record);
}

void power_go_on(struct cpu *cpu)
{
	if (!tell_next(cpu))
		finish(cpu, FFA_OK);
}

void power_answered(struct cpu *cpu, uint32_t status)
{
	chain_power_done(cpu);
	if (status == FFA_OK)
		power_go_on(cpu);
	else
		finish(cpu, (uint32_t)FFA_DENIED);
}
