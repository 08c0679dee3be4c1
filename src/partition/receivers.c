/* See receivers.h. */
#include "partition/receivers.h"

#include "abi/ffa_func.h"
#include "partition/call_chain.h"
#include "partition/interrupts.h"
#include "partition/virq.h"

struct nwd_vm *receivers_vm(struct spm *spm, uint16_t id, bool make)
{
	struct nwd_vm *empty = NULL;

	for (unsigned i = 0; i < SPM_VMS_MAX; i++) {
		struct nwd_vm *vm = &spm->vms[i];

		if (vm->id == id)
			return vm;
		if (vm->id == FFA_ID_NWD && empty == NULL)
			empty = vm;
	}
	if (!make || empty == NULL)
		return NULL;
	empty->id = id;
	return empty;
}

void receivers_settle(struct nwd_vm *vm)
{
	if (!vm->mailbox.mapped && !vm->notify.on)
		vm->id = FFA_ID_NWD;
}

bool receivers_have_vms(const struct spm *spm)
{
	for (unsigned i = 0; i < SPM_VMS_MAX; i++)
		if (spm->vms[i].id != FFA_ID_NWD)
			return true;
	return false;
}

bool receivers_find(struct spm *spm, uint16_t id, struct receiver *receiver)
{
	bool secure = id & FFA_ID_SECURE;
	struct partition *partition =
		secure ? chain_partition(spm, id) : spm->nwd;
	struct nwd_vm *vm;

	if (secure ? partition != NULL : id == FFA_ID_NWD) {
		*receiver = (struct receiver){
			&partition->notify, &partition->mailbox, partition};
		return true;
	}
	vm = secure ? NULL : receivers_vm(spm, id, false);
	if (vm == NULL)
		return false;
	*receiver = (struct receiver){&vm->notify, &vm->mailbox, NULL};
	return true;
}

/* The one that serves this CPU, or the first. */
static struct vcpu *context_of(
	struct partition *partition, const struct cpu *cpu, int context)
{
	struct vcpu *here = chain_context(partition, cpu);

	if (context != RECEIVERS_ANY)
		return &partition->vcpus[context];
	return here != NULL ? here : &partition->vcpus[0];
}

void receivers_wake(struct cpu *cpu, const struct receiver *receiver,
	int context, bool late)
{
	struct partition *partition = receiver->partition;

	if (partition != NULL && partition != cpu->spm->nwd) {
		struct vcpu *vcpu = context_of(partition, cpu, context);

		interrupt_pend(cpu, vcpu, VIRQ_NOTIFICATION);
		if (vcpu->state != VCPU_WAITING)
			return;
	}
	if (late)
		cpu->schedule_late = true;
	else
		port_schedule_receiver();
}
