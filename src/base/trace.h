/*
 * One record a call: what the console prints, what a ring will hold.
 *
 * The text form is made by call/trace_text.c, for the image and the host
 * alike. It holds no pointers.
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include "base/types.h"

/* What a call changed, beyond the registers. */
enum trace_change {
	TRACE_NOTHING,
	TRACE_SHARED,     /* sender's range is shared; sender keeps access */
	TRACE_LENT,       /* sender lost access */
	TRACE_DONATED,    /* sender lost access; ownership pending */
	TRACE_MAPPED,     /* borrower got `access` */
	TRACE_OWNED,      /* receiver of a donate became the owner */
	TRACE_UNMAPPED,   /* borrower lost access */
	TRACE_RESTORED,   /* owner has exactly its own access again */
	TRACE_PERMITTED,  /* owner may `access` its own pages from now on */
	TRACE_BUFFERS,    /* RX/TX pair mapped: base is TX */
	TRACE_NO_BUFFERS, /* RX/TX pair given back */
	TRACE_RX_FREE,    /* RX belongs to the manager again */
	TRACE_SWITCH,     /* another partition runs: `peer` */
	TRACE_VERSION,    /* version in force: `argument` */
	TRACE_ABORTED,    /* `who` was stopped: a fault, or its own wish */
	TRACE_INJECTED,   /* an abort was injected for address `base` */
	TRACE_CPU_ON,     /* a CPU of the secure world came up */
	TRACE_CPU_OFF,    /* a CPU of the secure world went down */
	TRACE_PREEMPTED,  /* interrupted for the normal world */
	TRACE_LEDGER,     /* the invariants of the ledger were checked */
};

/* Access bits in a record. */
#define TRACE_READ 1u
#define TRACE_WRITE 2u
#define TRACE_EXECUTE 4u

struct trace_record {
	uint64_t time_ns;
	uint32_t func;   /* FF-A function id, 0 for an event of no call */
	int32_t status;  /* enum ffa_status */
	uint16_t reason; /* enum reason; 0 = none */
	uint16_t who;    /* caller's endpoint id */
	uint16_t peer;   /* the other endpoint, where there is one */
	uint16_t cpu;
	uint16_t change; /* enum trace_change */
	uint8_t access;  /* TRACE_READ | … */
	uint8_t reserved;
	uint32_t pages; /* pages of the memory concerned */
	uint64_t base;  /* first range */
	uint32_t ranges;
	uint32_t repeat;   /* this record stands for so many more like it */
	uint64_t handle;   /* memory handle, 0 = none (never a live handle) */
	uint64_t argument; /* version; or further receivers */
};

#endif
