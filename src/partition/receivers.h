/*
 * Who can receive notifications and indirect messages: partitions, the normal
 * world (id 0), and those of its virtual machines that its hypervisor has told
 * us of; and how a receiver hears that there is something for it.
 *
 * Spec: FF-A 1.2 §10.5 (interrupts), §7.2, §16.1.
 * Locking: the chain lock, but for receivers_wake_late().
 */
#ifndef PARTITION_RECEIVERS_H
#define PARTITION_RECEIVERS_H

#include "port/port.h"
#include "spm.h"

struct receiver {
	struct notify *notify;
	struct mailbox *mailbox;
	struct partition *partition; /* NULL: a virtual machine */
};

/* False: there is none with this id. */
bool receivers_find(struct spm *spm, uint16_t id, struct receiver *receiver);

/* The virtual machine with this id; `make`: new, if there is room, else NULL.
 */
struct nwd_vm *receivers_vm(struct spm *spm, uint16_t id, bool make);

/* Forgets it where nothing of it is left: neither buffers nor bitmaps. */
void receivers_settle(struct nwd_vm *vm);

/* Some virtual machine has buffers or bitmaps. */
bool receivers_have_vms(const struct spm *spm);

#define RECEIVERS_ANY (-1)

/*
 * A partition's context gets a virtual interrupt: `context`, or the one that
 * serves this CPU, where it is RECEIVERS_ANY. Where the normal world has to
 * give the cycles for it, the schedule receiver interrupt is pended: at once,
 * or, `late`, when the normal world runs next.
 */
void receivers_wake(struct cpu *cpu, const struct receiver *receiver,
	int context, bool late);

/* The normal world may be about to run on this CPU. */
static inline void receivers_wake_late(struct cpu *cpu)
{
	if (!cpu->schedule_late || cpu->current != cpu->nwd)
		return;
	cpu->schedule_late = false;
	port_schedule_receiver();
}

#endif
