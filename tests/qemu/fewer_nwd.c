/*
 * A manifest that names two of the machine's four processors: the others run
 * the normal world, get an error for every FF-A call that reaches the
 * manager, and can be turned off and on like all.
 */
#include "lowlevel.h"

#include "abi/ffa_status.h"
#include "lib/ffa.h"
#include "lib/guest.h"
#include "lib/tap.h"

static struct tap tap;
static volatile uint64_t answers[4];
static volatile uint64_t statuses[4];

static void other_cpu(uint64_t cpu)
{
	struct ffa_regs regs =
		ffa_request(FFA_ID_NWD, LOW_SP1_ID, LOW_FIRST, 0, 0);

	answers[cpu] = (uint32_t)regs.x[0];
	statuses[cpu] = (uint32_t)regs.x[2];
	__asm__ volatile("dsb sy" : : : "memory");
}

static bool turn_on_and_off(unsigned cpu)
{
	answers[cpu] = 0;
	if (!guest_cpu_on(cpu, other_cpu, cpu))
		return false;
	while (!guest_cpu_is_off(cpu))
		guest_pause();
	return true;
}

void guest_main(void)
{
	for (unsigned round = 0; round < 2; round++) {
		tap_ok(&tap, turn_on_and_off(1), "a named CPU: on and off");
		tap_is(&tap, answers[1], FFA_MSG_SEND_DIRECT_RESP_64,
			"it reaches a partition");
		tap_ok(&tap, turn_on_and_off(3), "an unnamed CPU: on and off");
		tap_is(&tap, answers[3], FFA_ERROR, "it gets an error");
		tap_is(&tap, statuses[3], (uint32_t)FFA_NOT_SUPPORTED,
			"NOT_SUPPORTED");
	}
	tap_done(&tap);
}
