/* Notification calls in registers, for the suites of area V. */
#ifndef TESTS_NOTIFY_H
#define TESTS_NOTIFY_H

#include "lib/calls.h"

#define ID_VM2 2
#define IDS(sender, receiver) ((uint64_t)(sender) << 16 | (receiver))
#define WORDS(ids) (uint32_t)(ids), (uint64_t)(ids) >> 32
#define CREATE(id, vcpus) REGS(FFA_NOTIFICATION_BITMAP_CREATE, id, vcpus)
#define DESTROY(id) REGS(FFA_NOTIFICATION_BITMAP_DESTROY, id)
#define BIND(sender, receiver, flags, ids)                                     \
	REGS(FFA_NOTIFICATION_BIND, IDS(sender, receiver), flags, WORDS(ids))
#define UNBIND(sender, receiver, flags, ids)                                   \
	REGS(FFA_NOTIFICATION_UNBIND, IDS(sender, receiver), flags, WORDS(ids))
#define SET(sender, receiver, flags, ids)                                      \
	REGS(FFA_NOTIFICATION_SET, IDS(sender, receiver), flags, WORDS(ids))
#define GET(vcpu, receiver, flags)                                             \
	REGS(FFA_NOTIFICATION_GET, IDS(vcpu, receiver), flags)
#define INFO REGS(FFA_NOTIFICATION_INFO_GET)
#define INFO_64 REGS(FFA_NOTIFICATION_INFO_GET_64)

#define PER_VCPU 1u
#define LATE 2u
#define OF_VCPU(n) (PER_VCPU | (uint64_t)(n) << 16)

/* Everybody waits but the normal world. */
static inline void rest(struct world *world)
{
	for (int party = SP1; party < world->parties; party++)
		for (unsigned i = 0; i < WORLD_CPUS; i++) {
			world->vcpu[party][i].state = VCPU_WAITING;
			world->vcpu[party][i].model = RTM_NONE;
		}
	for (unsigned i = 0; i < WORLD_CPUS; i++)
		world->cpu[i].current = world->cpu[i].nwd;
}

#endif
