/* Random calls of all parties: fuzz_calls.c makes them, test_fuzz.c judges. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "lib/calls.h"

/* The normal world owns so many pages from FAR on, twice. */
#define RANGES_MAX 600u
#define FAR 0x80000000ull

/* Of the world's; tapes would mean something else with more. */
#define FUZZ_CPUS 2

struct fuzz {
	struct world *world;
	struct cpu *cpu;
	struct vcpu *vcpu; /* who calls */
	int party;
	uint32_t version;                        /* before the call */
	uint64_t x[VCPU_REG_COUNT];              /* its registers at the call */
	uint64_t seen[WORLD_PARTIES][FUZZ_CPUS]; /* sums of all registers */
	uint64_t digest;
};

/* A number below `limit`; true once in `n` times; a page of somebody. */
uint32_t any(struct fuzz *f, uint32_t limit);
bool one_in(struct fuzz *f, uint32_t n);
uint64_t any_page(struct fuzz *f);

/* The registers of a call of f->party, and what it says in TX. */
struct ffa_regs any_call(struct fuzz *f);

#endif
