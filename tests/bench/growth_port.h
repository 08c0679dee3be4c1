/*
 * The least port that the engine runs on: no ghost TLB, no log, so that a
 * profiler sees the engine. The manager's pool is real memory, nobody else's.
 */
#ifndef TESTS_BENCH_GROWTH_PORT_H
#define TESTS_BENCH_GROWTH_PORT_H

#include "base/types.h"

#define GROWTH_POOL_BASE 0x0e000000ull
#define GROWTH_POOL_PAGES 3328u /* what QEMU virt leaves, see LIMITS */

struct growth_zeroed {
	uint64_t calls;
	uint64_t bytes;
};

/* Calls and bytes of port_zero() since the last time. */
struct growth_zeroed growth_zeroed(void);

#endif
