/*
 * An execution context: its registers as of its last exit, its state, and
 * who gave it the cycles it runs on.
 *
 * Spec: FF-A 1.2 §7 (states), §8.2 (runtime models).
 */
#ifndef PARTITION_VCPU_H
#define PARTITION_VCPU_H

#include "base/types.h"

struct partition;

enum vcpu_state {
	VCPU_OFF,     /* never entered, or its CPU is off */
	VCPU_WAITING, /* idle, waits for a message or for cycles */
	VCPU_RUNNING,
	VCPU_BLOCKED,   /* sent a direct request or ran another; waits */
	VCPU_PREEMPTED, /* interrupted; FFA_RUN resumes it */
	VCPU_ABORTED,
};

enum runtime_model {
	RTM_NONE, /* not running */
	RTM_INIT,
	RTM_RUN,
	RTM_DIRECT,
	RTM_SEC_INT, /* a secure interrupt gave it cycles */
};

/* A bit for every line of partition/virq.h. */
struct virqs {
	uint32_t pending;
	uint32_t enabled;
	uint32_t fiq; /* interrupts by FIQ, not IRQ */
};

#define VCPU_REG_COUNT 31

/* No instruction is there. */
#define VCPU_NO_FAULT 1

/*
 * The first three members are read and written by assembly (offsets 0, 248
 * and 256); arch/aarch64 asserts them.
 */
struct vcpu {
	uint64_t x[VCPU_REG_COUNT];
	uint64_t pc;
	uint64_t pstate;
	void *arch; /* a page of the port's: EL1, SIMD and timer state */
	struct partition *partition;
	uint16_t index; /* execution context id: the CPU's linear index */
	enum vcpu_state state;
	enum runtime_model model;
	struct vcpu *caller;   /* who is blocked on this one, or NULL */
	uint32_t request_func; /* RTM_DIRECT: function id of the request */
	uint16_t request_from; /* RTM_DIRECT: the requester's id */
	struct virqs virq;
	bool ns_masked; /* interrupts of the normal world wait while it runs */
	uint64_t fault_pc;      /* where the last fault was, since a call */
	uint32_t fault_repeats; /* how often in a row, without a call */
	uint32_t fault_retries; /* accesses there that were tried again */
};

#endif
