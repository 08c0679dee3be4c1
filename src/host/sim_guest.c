/*
 * guest/lib/guest.h in the simulator: what the machine's library does by
 * instructions, done to the simulated memory and contexts.
 */
#include "lib/guest.h"

#include <stdio.h>

#include "base/assert.h"
#include "base/mem.h"
#include "host/port_host.h"
#include "host/sim_guest.h"
#include "host/sim_world.h"
#include "stage2/s2_map.h"

#define PSCI_CPU_OFF 0x84000002u

static FILE *nwd_console;

void sim_guest_console(FILE *file)
{
	nwd_console = file;
}

static bool is_nwd(const struct sim_context *context)
{
	return context->vcpu->partition->ep.kind == ENDPOINT_NWD;
}

/* --- Calls ------------------------------------------------------------- */

void guest_call(struct ffa_regs *regs)
{
	struct sim_context *context = sim_current();

	if (is_nwd(context)) {
		sim_spmd_call(context, regs->x);
		return;
	}
	memcpy(context->vcpu->x, regs->x, sizeof(regs->x));
	sim_leave((struct vcpu_exit){.kind = VCPU_EXIT_CALL});
	memcpy(regs->x, context->vcpu->x, sizeof(regs->x));
}

void guest_call_hvc(struct ffa_regs *regs)
{
	guest_call(regs);
}

/* --- Memory ------------------------------------------------------------ */

static bool reaches(const struct sim_context *context, struct paddr at, bool ns,
	uint8_t perm)
{
	struct access access;

	if (is_nwd(context))
		return host_memory_is(at, 1, true);
	access = s2_lookup(context->vcpu->partition->ep.space, ns, at);
	return (access.perm & perm) == perm;
}

/* False when the manager injected an abort instead of letting us retry. */
static bool access_memory(struct paddr at, bool ns, uint8_t perm)
{
	struct sim_context *context = sim_current();

	while (!reaches(context, at, ns, perm)) {
		if (is_nwd(context))
			return false;
		sim_leave((struct vcpu_exit){
			.kind = VCPU_EXIT_FAULT,
			.address = at,
			.ns = ns,
			.write = perm == ACCESS_W,
			.execute = perm == ACCESS_X,
		});
		if (context->aborted) {
			context->aborted = false;
			return false;
		}
	}
	return true;
}

bool guest_read(struct paddr at, bool ns, uint8_t *value)
{
	if (!access_memory(at, ns, ACCESS_R))
		return false;
	*value = *(uint8_t *)host_memory(at);
	return true;
}

bool guest_write(struct paddr at, bool ns, uint8_t value)
{
	if (!access_memory(at, ns, ACCESS_W))
		return false;
	*(uint8_t *)host_memory(at) = value;
	return true;
}

bool guest_execute(struct paddr at, bool ns)
{
	return access_memory(at, ns, ACCESS_X);
}

bool guest_put_return(struct paddr at, bool ns)
{
	return guest_write(at, ns, 0);
}

void *guest_pointer(struct paddr at, bool ns)
{
	(void)ns;
	return host_memory(at);
}

/* --- The rest ---------------------------------------------------------- */

uint64_t guest_time_ns(void)
{
	return port_ticks();
}

void guest_print(const char *text)
{
	ASSERT(is_nwd(sim_current()));
	if (nwd_console != NULL)
		fputs(text, nwd_console);
}

unsigned guest_cpu(void)
{
	return sim_current()->vcpu->index;
}

bool guest_cpu_on(unsigned cpu, void (*entry)(uint64_t), uint64_t argument)
{
	return sim_cpu_on(cpu, entry, argument);
}

void guest_cpu_off(void)
{
	struct ffa_regs regs = {{PSCI_CPU_OFF}};

	guest_call(&regs);
	PANIC("a processor that is off runs");
}

bool guest_cpu_is_off(unsigned cpu)
{
	return !sim_cpu_is_on(cpu);
}

/* A call that changes nothing, so that other processors get their turn. */
void guest_pause(void)
{
	sim_pause();
}

void guest_power_off(void)
{
	sim_power_off();
	PANIC("the power is off");
}
