/*
 * What a guest program (a small partition or the normal-world client) may ask
 * of its surroundings. Two implementations: guest/lib/aarch64 on a machine,
 * src/host/sim_guest.c in the simulator. The same program runs on both.
 *
 * A program defines guest_main(), which is entered once per CPU that the
 * program was started on: the first with cpu 0.
 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include "abi/ffa_regs.h"
#include "base/types.h"

/* Entered with stage 1 on: everything secure identity-mapped. */
void guest_main(void);

/* One FF-A (or PSCI) call, x0 to x17 in and out. */
void guest_call(struct ffa_regs *regs);     /* by SMC */
void guest_call_hvc(struct ffa_regs *regs); /* by HVC; partitions only */

/*
 * One access that may fault. False when it faulted; the program goes on.
 * `ns` selects the non-secure IPA space (stage-1 NS=1; in the normal world it
 * has no effect). guest_execute() branches to `at`, where the program has put
 * a return instruction (guest_put_return()), or has a function that uses no
 * stack and whose first instruction may be undefined.
 */
bool guest_read(struct paddr at, bool ns, uint8_t *value);
bool guest_write(struct paddr at, bool ns, uint8_t value);
bool guest_execute(struct paddr at, bool ns);
bool guest_put_return(struct paddr at, bool ns);

/* A plain pointer to memory that the program knows it may touch. */
void *guest_pointer(struct paddr at, bool ns);

/* Nanoseconds of the system counter, the same scale as the manager's. */
uint64_t guest_time_ns(void);

/* The program's console; complete lines. A partition: FFA_CONSOLE_LOG. */
void guest_print(const char *text);

/* CPUs, by PSCI; normal world only. `cpu` is the linear index. */
unsigned guest_cpu(void);
bool guest_cpu_on(unsigned cpu, void (*entry)(uint64_t), uint64_t argument);
void guest_cpu_off(void); /* does not return */
bool guest_cpu_is_off(unsigned cpu);
void guest_pause(void); /* one turn of a wait loop */

/* Ends the run (PSCI SYSTEM_OFF); normal world only; does not return. */
void guest_power_off(void);

#endif
