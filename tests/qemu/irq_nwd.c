/*
 * Interrupts, told from the normal world: a device of a partition's while the
 * partition runs, waits, is blocked, or another one runs; managed exit;
 * contexts that interrupt each other; FFA_YIELD.
 */
#include "irq.h"
#include "ns_gic.h"
#include "registers.h"

#include "abi/ffa_func.h"
#include "lib/guest.h"
#include "lib/tap.h"

#define MILLISECOND 1000000ull
#define SECOND (1000 * MILLISECOND)
#define SEED 0x4444
#define NONE 0xffffffffull

#define GICR_ISENABLER 0x080b0100ul
#define GICR_ICENABLER 0x080b0180ul
#define GICR_ISPENDR 0x080b0200ul
#define GICR_ICPENDR 0x080b0280ul
#define GICR_STRIDE 0x20000ul
#define VIRTUAL_TIMER 27u

static struct tap tap;
static volatile uint64_t heard;
static volatile bool over;

/* Of this processor's redistributor. */
static volatile uint32_t *private_word(unsigned array)
{
	uintptr_t at = array + guest_cpu() * GICR_STRIDE;

	return (volatile uint32_t *)at;
}

static struct ffa_regs ask(
	uint16_t sp, uint64_t command, uint64_t x4, uint64_t x5)
{
	struct ffa_regs regs = {
		{FFA_MSG_SEND_DIRECT_REQ_64, sp, 0, command, x4, x5}};

	guest_call(&regs);
	return regs;
}

static uint64_t answer(uint16_t sp, uint64_t command, uint64_t x4, uint64_t x5)
{
	struct ffa_regs regs = ask(sp, command, x4, x5);

	return (uint32_t)regs.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 ? regs.x[3]
								  : ~0ull;
}

static void spin(uint64_t nanoseconds)
{
	uint64_t start = guest_time_ns();

	while (guest_time_ns() - start < nanoseconds)
		;
}

static void test_running(void)
{
	struct ffa_regs regs = ask(IRQ_CLOCK_ID, IRQ_SELF, 0, 0);

	tap_is(&tap, regs.x[3], IRQ_UART,
		"a partition's device interrupts it while it runs");
	tap_is(&tap, regs.x[5], 1, "by an exception at its own level");
	tap_is(&tap, regs.x[4], NONE, "once");
	regs = ask(IRQ_CLOCK_ID, IRQ_SELF, 0, 0);
	tap_is(&tap, regs.x[3], IRQ_UART, "and when it was ended, again");
}

static void test_waiting(void)
{
	struct ffa_regs regs;

	answer(IRQ_CLOCK_ID, IRQ_ALARM, 0, 0);
	registers_fill(SEED);
	spin(1500 * MILLISECOND);
	tap_is(&tap, registers_wrong(SEED), 0,
		"the normal world does not notice a secure interrupt");
	regs = ask(IRQ_CLOCK_ID, IRQ_COUNT, 0, 0);
	tap_is(&tap, regs.x[3], 1, "whose partition had the CPU for it");
	tap_is(&tap, regs.x[4], IRQ_CLOCK, "and was told which it is");
	tap_is(&tap, regs.x[5], IRQ_CLOCK, "as it was when it asked");
}

static void test_others(void)
{
	struct ffa_regs regs;

	answer(IRQ_CLOCK_ID, IRQ_ALARM, 0, 0);
	tap_ok(&tap, answer(IRQ_EXIT_ID, IRQ_SPIN, 1500 * MILLISECOND, 0) > 1,
		"another partition's request is answered");
	regs = ask(IRQ_CLOCK_ID, IRQ_COUNT, 0, 0);
	tap_is(&tap, regs.x[3], 2, "which an interrupt interrupted");

	answer(IRQ_CLOCK_ID, IRQ_ALARM, 0, 0);
	tap_ok(&tap, answer(IRQ_MANY_ID, IRQ_SPIN, 1500 * MILLISECOND, 0) > 1,
		"a partition that queues interrupts is answered");
	regs = ask(IRQ_CLOCK_ID, IRQ_COUNT, 0, 0);
	tap_is(&tap, regs.x[3], 3, "and the interrupt handled afterwards");

	answer(IRQ_CLOCK_ID, IRQ_ALARM, 0, 0);
	tap_ok(&tap,
		answer(IRQ_CLOCK_ID, IRQ_ASK_SPIN, IRQ_EXIT_ID,
			1500 * MILLISECOND) > 1,
		"a partition waits for another one");
	regs = ask(IRQ_CLOCK_ID, IRQ_COUNT, 0, 0);
	tap_is(&tap, regs.x[6], 1, "and handles its interrupt meanwhile");
	tap_is(&tap, regs.x[3], 3, "with cycles of nobody else");
}

static void test_managed_exit(void)
{
	struct ffa_regs regs;

	ns_gic_init();
	/* It enables its interrupt; the timer may be early. */
	ask(IRQ_EXIT_ID, IRQ_EXIT, 0, 0);
	ns_timer_arm(2 * MILLISECOND);
	regs = ask(IRQ_EXIT_ID, IRQ_EXIT, SECOND, 0);
	tap_is(&tap, regs.x[0], FFA_MSG_SEND_DIRECT_RESP_64,
		"a partition with managed exit answers");
	tap_is(&tap, regs.x[3], 1, "because it was asked to finish");
	tap_ok(&tap, ns_timer_take(), "and the normal world's interrupt comes");
}

/* Each call is a look at the timers, where the CPU has no secure one. */
static void call_until(uint64_t count, struct ffa_regs *regs)
{
	uint64_t start = guest_time_ns();

	do
		*regs = ask(IRQ_EXIT_ID, IRQ_COUNT, 0, 0);
	while (guest_time_ns() - start < 20 * MILLISECOND);
	*regs = ask(IRQ_CLOCK_ID, IRQ_COUNT, 0, 0);
	tap_is(&tap, regs->x[3], count, "a timer gives a partition the CPU");
}

static void test_timer(void)
{
	struct ffa_regs regs = ask(IRQ_CLOCK_ID, IRQ_TIMER, 2 * MILLISECOND, 0);

	tap_is(&tap, regs.x[3], 3, "a partition's timer interrupts it");
	tap_is(&tap, regs.x[4], 5, "and says that it has expired");
	*private_word(GICR_ISENABLER) = 1u << VIRTUAL_TIMER;
	regs = ask(IRQ_CLOCK_ID, IRQ_TIMER_VIRTUAL, 2 * MILLISECOND, 0);
	tap_is(&tap, regs.x[3], 3, "its virtual timer does, too");
	tap_is(&tap, regs.x[4], 7, "and is masked then");
	*private_word(GICR_ICENABLER) = 1u << VIRTUAL_TIMER;
	regs = ask(IRQ_CLOCK_ID, IRQ_COUNT, 0, 0);
	ask(IRQ_CLOCK_ID, IRQ_TIMER_LATER, 2 * MILLISECOND, 0);
	call_until(regs.x[3] + 1, &regs);
	tap_is(&tap, regs.x[4], 3, "and is announced");
}

/* With one, a timer is noticed while nobody calls. */
static void note_secure_timer(void)
{
	struct ffa_regs before = ask(IRQ_CLOCK_ID, IRQ_COUNT, 0, 0);
	struct ffa_regs after;

	ask(IRQ_CLOCK_ID, IRQ_TIMER_LATER, 2 * MILLISECOND, 0);
	spin(20 * MILLISECOND);
	after = ask(IRQ_CLOCK_ID, IRQ_COUNT, 0, 0);
	tap_note_value("the CPU has a secure timer of its own",
		after.x[3] - before.x[3]);
}

static void test_yield(void)
{
	struct ffa_regs regs = ask(IRQ_CLOCK_ID, IRQ_YIELD, 0, 0);

	tap_is(&tap, regs.x[0], FFA_YIELD, "a request is answered by a yield");
	tap_is(&tap, regs.x[1] >> 16, IRQ_CLOCK_ID, "which says whose");
	regs = (struct ffa_regs){{FFA_RUN, regs.x[1]}};
	guest_call(&regs);
	tap_is(&tap, regs.x[0], FFA_MSG_SEND_DIRECT_RESP_64,
		"FFA_RUN gets the response");
	tap_is(&tap, regs.x[3], FFA_SUCCESS, "of a yield that succeeded");
}

static void listen(uint64_t nanoseconds)
{
	heard = answer(IRQ_MANY_ID, IRQ_LISTEN, nanoseconds, 0) + 1;
	while (!over)
		guest_pause();
}

static void test_contexts(void)
{
	uint64_t start;

	tap_ok(&tap, guest_cpu_on(1, listen, 3 * SECOND), "a second CPU is on");
	start = guest_time_ns();
	while (heard == 0 && guest_time_ns() - start < 4 * SECOND)
		answer(IRQ_MANY_ID, IRQ_SEND, 1, 0);
	tap_is(&tap, heard, 2, "a context that runs hears another one");
	answer(IRQ_MANY_ID, IRQ_SEND, 1, 0);
	over = true;
	while (!guest_cpu_is_off(1))
		guest_pause();
	tap_ok(&tap,
		(*private_word(GICR_ISPENDR) & 1u << FFA_SCHEDULE_RECEIVER) !=
			0,
		"of one that waits the scheduler hears");
	*private_word(GICR_ICPENDR) = 1u << FFA_SCHEDULE_RECEIVER;
}

void guest_main(void)
{
	test_running();
	test_waiting();
	test_others();
	test_managed_exit();
	test_timer();
	note_secure_timer();
	test_yield();
	test_contexts();
	tap_done(&tap);
}
