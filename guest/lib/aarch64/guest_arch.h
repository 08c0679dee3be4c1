/*
 * What the files of this folder agree about. Included by assembly, too.
 *
 * One library serves both kinds of program; the exception level tells them
 * apart: EL1 is a partition, EL2 the normal world's client.
 */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#define GUEST_CPUS_MAX 8
#define GUEST_STACK_SIZE 8192

/* Non-secure memory appears once more here, in a partition's stage 1. */
#define GUEST_NS_ALIAS_SHIFT 38

/* CurrentEL */
#define GUEST_EL1 4
#define GUEST_EL2 8

#ifndef __ASSEMBLER__

#include "base/types.h"

/* entry.S: x0 at entry; for a partition the boot information's address. */
extern uint64_t guest_boot_value;

/* entry.S: runs `entry(argument)` on the calling CPU's stack. */
void guest_secondary(void);

/* probe.S: 0, or 1 when the access faulted. */
uint64_t probe_read(uintptr_t at, uint8_t *value);
uint64_t probe_write(uintptr_t at, uint8_t value);
uint64_t probe_execute(uintptr_t at);

/* call.S */
void guest_call_smc(uint64_t x[18]);
void guest_call_hvc_only(uint64_t x[18]);

/* From entry.S and vectors.S. */
void guest_tables_build(void);
__attribute__((noreturn)) void guest_start(void);
__attribute__((noreturn)) void guest_start_secondary(void);
__attribute__((noreturn)) void guest_unexpected(uint64_t kind);

/* The program has failed; nothing that it was to do will happen. */
__attribute__((noreturn)) void guest_die(const char *why);

bool guest_is_partition(void);

#endif
#endif
