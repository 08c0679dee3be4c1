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

/* What moves a context from one state to another; the table is in vcpu.c. */
enum vcpu_event {
	VCPU_START,     /* its first instruction */
	VCPU_REQUESTED, /* gets a request, FFA_RUN, or a secure interrupt */
	VCPU_RESUMED,   /* goes on where it stopped */
	VCPU_WAITS,     /* FFA_MSG_WAIT, or a response */
	VCPU_BLOCKS,    /* a request, FFA_RUN or FFA_YIELD of its own */
	VCPU_INTERRUPTED,
	VCPU_DIES,
	VCPU_CPU_OFF,
	VCPU_REVIVED, /* about to start again */
	VCPU_EVENTS,
};

/* Who gave it cycles; call/gate.c says what it may call with them. */
enum runtime_model {
	RTM_NONE, /* not running */
	RTM_INIT,
	RTM_RUN,
	RTM_DIRECT,
	RTM_POWER,   /* a framework message: its CPU is going down */
	RTM_SEC_INT, /* a secure interrupt gave it cycles */
};

/* A bit for every line of partition/virq.h. */
struct virqs {
	uint32_t pending;
	uint32_t enabled;
	uint32_t fiq;    /* interrupts by FIQ, not IRQ */
	uint32_t active; /* taken, and its device not ended yet */
};

/* Its physical timer: partition/timer.h. */
struct vcpu_timer {
	uint64_t compare; /* ticks of the system counter */
	uint32_t control; /* TIMER_ENABLED | TIMER_MASKED */
	bool told;        /* the context, since it was set */
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
	struct vcpu *caller; /* who waits for this one, or NULL */
	struct vcpu *callee; /* a partition's: whom it waits for, or NULL */
	bool yielded;        /* BLOCKED by FFA_YIELD: FFA_RUN resumes it */
	bool parked; /* by a secure interrupt: its CPU goes on with it */
	bool awaits_scheduler; /* for its interrupts, which come with FFA_RUN */
	uint32_t request_func; /* RTM_DIRECT: function id of the request, */
	uint32_t request_flags; /* its w2, */
	uint16_t request_from;  /* and the requester's id */
	struct virqs virq;
	struct vcpu_timer timer;
	bool ns_masked; /* interrupts of the normal world wait while it runs, */
	bool s_queued;  /* and secure ones for other partitions */
	uint64_t fault_pc;      /* where the last fault was, since a call */
	uint32_t fault_repeats; /* how often in a row, without a call */
	uint32_t fault_retries; /* accesses there that were tried again */
};

/* The event happens to the context: its state follows the table. */
void vcpu_move(struct vcpu *vcpu, enum vcpu_event event);

#endif
