/*
 * The protocol of the measurements: direct requests to a partition with a
 * command in x3, arguments in x4 and x5; ticks of the counter come back in x3.
 * How figures are defined: tools/bench.
 */
#ifndef BENCH_H
#define BENCH_H

#include "base/types.h"

enum bench_command {
	BENCH_NOTHING,  /* the round trip by itself */
	BENCH_LOOP,     /* x4 turns of two instructions */
	BENCH_ID_GET,   /* x4 calls */
	BENCH_RETRIEVE, /* x4 handle, x5 flags: retrieve; kept */
	BENCH_BORROW,   /* x4 handle, x5 flags: retrieve and relinquish */
	BENCH_SHARE_ON, /* x4 cycles: a page of its own with the other one */
	BENCH_BIND,     /* the normal world may notify it */
	BENCH_GET,      /* fetches that notification */
	BENCH_SIMD,     /* the round trip of one that writes a SIMD register */
};

#define BENCH_SP1 0x8001
#define BENCH_SP2 0x8002

/* Ticks where a call was refused. */
#define BENCH_FAILED (~0ull)

static inline uint64_t bench_ticks(void)
{
	uint64_t count;

	__asm__ volatile("isb\n mrs %0, cntpct_el0" : "=r"(count) : : "memory");
	return count;
}

#endif
