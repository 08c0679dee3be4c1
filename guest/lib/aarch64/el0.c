/*
 * guest.h for a partition at S-EL0, as far as it goes there: a fault is the
 * partition's end, so there are no accesses to try, and there is one CPU.
 */
#include "lib/ffa.h"
#include "lib/guest.h"

#include "guest_arch.h"

uint64_t guest_boot_value;

/* el0.S */
void guest_call_svc(uint64_t x[18]);

void guest_call(struct ffa_regs *regs)
{
	guest_call_svc(regs->x);
}

/* Both spaces lie where they are: no address is in the two. */
void *guest_pointer(struct paddr at, bool ns)
{
	(void)ns;
	return (void *)(uintptr_t)at.v;
}

void guest_print(const char *text)
{
	ffa_console_log(text);
}
