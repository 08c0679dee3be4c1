/*
 * One Secure Partition Manager: all state hangs from here, so that one host
 * process can hold several. Nothing portable has a mutable global.
 */
#ifndef SPM_H
#define SPM_H

#include "base/lock.h"
#include "base/trace.h"
#include "partition/capture.h"
#include "partition/partition.h"
#include "stage2/page_pool.h"

struct engine;
struct relay;
struct role;
struct spm;

/* Folding of console records that repeat; see call/trace.h. */
#define TRACE_FOLD_PERIOD 2

struct trace_fold {
	struct trace_record seen[TRACE_FOLD_PERIOD];
	uint32_t count[TRACE_FOLD_PERIOD];
	uint32_t filled;
	uint32_t position;
	uint32_t repeats; /* records in a row that followed the pattern */
};

/*
 * What is left of an answer of FFA_NS_RES_INFO_GET; belongs to the call that
 * has taken the normal world's RX.
 */
struct ns_res_list {
	bool open;
	uint64_t target;  /* as in x1, */
	bool one;         /* and whether there is one */
	uint64_t changes; /* of all partitions' tables, when it began */
	uint32_t regions;
	uint32_t given; /* bytes */
	uint32_t index; /* what comes next: in this partition, */
	uint64_t from;  /* from this address on */
};

/*
 * A kernel that follows another in the normal world (call/successor.h). Valid
 * while the normal world's version is not locked. Chain lock.
 */
struct successor {
	bool possible; /* a CPU has joined a single one, or there is only one */
	bool asked;    /* for a version, since, */
	uint32_t version; /* for this one */
};

/* Virtual machines of the normal world that may have buffers or bitmaps. */
#define SPM_VMS_MAX 16

/* A physical CPU. Only the CPU itself touches its struct, but for `online`. */
struct cpu {
	struct spm *spm;
	unsigned index;
	uint64_t mpidr;
	bool online;
	struct vcpu *current; /* whose registers are live, or will be next */
	struct vcpu *nwd;     /* the normal world's context on this CPU */
	bool schedule_late;   /* its schedule receiver interrupt is due */
	bool interrupts_wait; /* contexts here may want cycles for them */
	bool timers_polled;   /* one is set, and the CPU has none for it */
	uint32_t power_order; /* who hears next that the CPU goes down */
	uint8_t *scratch;     /* one page: private copy of a caller's TX */
	uint8_t *response;    /* one page: what goes to a caller's RX */
	struct trace_record *ring; /* TRACE_RING_RECORDS of them */
	struct trace_record *last; /* the one that was begun last */
	uint32_t begun;            /* records so far */
	struct trace_fold fold;
	void *arch;
};

struct spm {
	struct lock chain_lock;
	struct lock engine_lock;
	struct lock console_lock;
	struct page_pool pool;
	struct engine *engine;
	const struct role *role; /* role/role.h: SPMC or hypervisor */
	struct relay *relay;     /* hypervisor: its way to the SPMC */
	uint16_t id;             /* manifest: spmc_id */
	uint32_t cpu_count;
	struct cpu *cpus;
	uint32_t partition_count;       /* ours: secure ones, or VMs */
	struct partition *partitions;   /* in id order */
	struct partition *nwd;          /* SPMC only */
	struct nwd_vm vms[SPM_VMS_MAX]; /* of the normal world; SPMC only */
	struct successor successor;     /* SPMC only */
	struct ns_res_list ns_res;      /* SPMC only */
	bool console_trace;     /* manifest property escrow,console-trace */
	struct capture capture; /* manifest property escrow,capture */
	bool told;              /* either of them */
};

#endif
