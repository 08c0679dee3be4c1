/*
 * Two partitions as booted, of which the first may be restarted: calls of
 * whoever runs on the CPU that the test plays, and its death.
 */
#ifndef TESTS_UNIT_BOOT_LIFE_H
#define TESTS_UNIT_BOOT_LIFE_H

#include "abi/ffa_func.h"
#include "abi/ffa_status.h"
#include "spm.h"

#define REQ FFA_MSG_SEND_DIRECT_REQ
#define RESP FFA_MSG_SEND_DIRECT_RESP
#define ID_1 0x8001u
#define ID_2 0x8002u
#define IDS(from, to) ((uint64_t)(from) << 16 | (to))

/* Of the first partition. */
#define BASE 0x0e300000ull
#define PAGES 256u

/* Buffers: the normal world's, and at the end of each partition's memory. */
#define NWD_TX 0x50000000ull
#define NWD_AREA 0x50010000ull
#define AREA(partition) (BASE + (partition)*0x100000ull + 0x40000)
#define TX(partition) (BASE + (partition)*0x100000ull + 0xfe000)
#define NWD 9u

extern struct spm *life_spm;

struct vcpu *life_current(unsigned cpu);
struct vcpu *life_context(unsigned partition);
uint8_t *life_memory(uint64_t at);

/* The first one's abort-action is `action`. Both wait, the normal world runs
 * on two CPUs. */
void life_boot(const char *action);

/* Who runs calls, or dies; who runs then. */
struct vcpu *life_call(uint64_t func, uint64_t x1, uint64_t x2, uint64_t x3);
struct vcpu *life_die(void);

/* The first one starts on this CPU, and its memory is what it was. */
void life_expect_fresh(unsigned cpu);

/* Calls of `who`, a partition's number or NWD. */
struct vcpu *life_map(unsigned who);
/* Two pages of its own; the handle, or 0. Whole, or but for the last range. */
uint64_t life_send(uint32_t func, unsigned from, unsigned to);
uint64_t life_lend(unsigned from, unsigned to);
uint64_t life_begin(uint32_t func, unsigned from, unsigned to);
struct vcpu *life_finish(
	uint32_t func, unsigned from, unsigned to, uint64_t handle);
struct vcpu *life_retrieve(unsigned from, unsigned to, uint64_t handle);
struct vcpu *life_relinquish(unsigned who, uint64_t handle);
struct vcpu *life_reclaim(uint64_t handle);

#endif
