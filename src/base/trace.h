/*
 * One record a call, and the rings that they are kept in: one ring a CPU,
 * always on, behind a page that says whose they are. A tool finds that page in
 * a memory dump by its magic word.
 *
 * The text form is made by call/trace_text.c, for the image and the host
 * alike. Nothing here holds a pointer; numbers are little-endian.
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
	TRACE_INTERRUPT,  /* secure, number `argument`, for `peer` */
	TRACE_LEDGER,     /* the invariants of the ledger were checked */
	TRACE_TOLD,       /* `peer` has a notification or a message */
	TRACE_FOLLOWED,   /* a kernel follows another: its RX/TX pair */
};

/* Access bits in a record. */
#define TRACE_READ 1u
#define TRACE_WRITE 2u
#define TRACE_EXECUTE 4u

/*
 * `time` is 0 until the record is ready. A reader that finds another time, and
 * the same number before and after it has read the rest, has a whole one.
 */
struct trace_record {
	uint64_t time;   /* ticks of the system counter */
	uint32_t number; /* of its CPU's records */
	uint32_t func;   /* FF-A function id, 0 for an event of no call */
	int16_t status;  /* enum ffa_status */
	uint16_t reason; /* enum reason; 0 = none */
	uint16_t who;    /* caller's endpoint id */
	uint16_t peer;   /* the other endpoint, where there is one */
	uint16_t cpu;
	uint8_t change;    /* enum trace_change */
	uint8_t access;    /* TRACE_READ | … */
	uint32_t pages;    /* pages of the memory concerned */
	uint64_t base;     /* first range */
	uint64_t handle;   /* memory handle, 0 = none (never a live handle) */
	uint64_t argument; /* version; or further receivers */
	uint32_t ranges;
	uint32_t reserved;
};

_Static_assert(sizeof(struct trace_record) == 64, "one cache line");

/* The last so many records of a CPU. */
#define TRACE_RING_RECORDS 256u
#define TRACE_RING_PAGES                                                       \
	(TRACE_RING_RECORDS * sizeof(struct trace_record) / PAGE_SIZE)

#define TRACE_MAGIC "Escrow's rings." /* 16 bytes with its end */
#define TRACE_FORMAT 1u
#define TRACE_PARTIES_MAX 64u

struct trace_party {
	char name[24];
	uint16_t id;
	uint16_t reserved[3];
};

/* One page. The rings follow it, in order of their CPUs. */
struct trace_directory {
	char magic[16];
	uint32_t format;
	uint32_t
		reasons; /* reason_checksum(): which build's numbers they are */
	uint64_t hz;     /* ticks a second */
	uint32_t cpu_count;
	uint32_t ring_records;
	uint32_t record_size;
	uint32_t party_count;
	struct trace_party party[TRACE_PARTIES_MAX];
};

_Static_assert(sizeof(struct trace_directory) <= PAGE_SIZE, "one page");

/* Pages of directory and rings. */
static inline uint64_t trace_pages(uint32_t cpu_count)
{
	return 1 + cpu_count * TRACE_RING_PAGES;
}

#endif
