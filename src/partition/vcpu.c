/*
 * States of an execution context, and what leads from one to another.
 * Spec: FF-A 1.2 §7 (states).
 */
#include "partition/vcpu.h"

#include "base/assert.h"

#define FROM(state) (1u << (state))
#define ALIVE                                                                  \
	(FROM(VCPU_OFF) | FROM(VCPU_WAITING) | FROM(VCPU_RUNNING) |            \
		FROM(VCPU_BLOCKED) | FROM(VCPU_PREEMPTED))

static const struct {
	uint8_t from;
	uint8_t to;
} transitions[VCPU_EVENTS] = {
	[VCPU_START] = {FROM(VCPU_OFF), VCPU_RUNNING},
	[VCPU_REQUESTED] = {FROM(VCPU_WAITING), VCPU_RUNNING},
	[VCPU_RESUMED] = {FROM(VCPU_BLOCKED) | FROM(VCPU_PREEMPTED),
		VCPU_RUNNING},
	[VCPU_WAITS] = {FROM(VCPU_RUNNING), VCPU_WAITING},
	[VCPU_BLOCKS] = {FROM(VCPU_RUNNING), VCPU_BLOCKED},
	[VCPU_INTERRUPTED] = {FROM(VCPU_RUNNING), VCPU_PREEMPTED},
	[VCPU_DIES] = {ALIVE, VCPU_ABORTED},
	[VCPU_REVIVED] = {FROM(VCPU_ABORTED), VCPU_OFF},
	/* The normal world's context asks for it itself. */
	[VCPU_CPU_OFF] = {FROM(VCPU_WAITING) | FROM(VCPU_RUNNING), VCPU_OFF},
};

void vcpu_move(struct vcpu *vcpu, enum vcpu_event event)
{
	ASSERT(transitions[event].from & FROM(vcpu->state));
	vcpu->state = (enum vcpu_state)transitions[event].to;
}
