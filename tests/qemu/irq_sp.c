/*
 * A partition that owns devices and answers as the request says. Interrupts
 * are masked but for a moment: what is pending is seen in ISR_EL1.
 */
#include "irq.h"

#include "abi/ffa_func.h"
#include "lib/guest.h"

#define VIRQ_ENABLE 0xff03u
#define VIRQ_GET 0xff04u
#define VIRQ_DEACTIVATE 0xff08u
#define VIRQ_SEND_IPI 0xff0au
#define TIMER 3u
#define MANAGED_EXIT 4u
#define IPI 9u
#define NONE 0xffffffffu

#define UART_MASK 0x09040038ul
#define UART_CLEAR 0x09040044ul
#define UART_DATA 0x09040000ul
#define UART_TX (1u << 5)
#define CLOCK_NOW 0x09010000ul
#define CLOCK_MATCH 0x09010004ul
#define CLOCK_MASK 0x09010010ul
#define CLOCK_CLEAR 0x0901001cul

#define ISR_FIQ (1u << 6)
#define ISR_IRQ (1u << 7)
#define SECOND 1000000000ull

extern const uint8_t irq_vectors[];
extern uint64_t irq_taken;
uint64_t irq_taken;

/* Of the partition that waits. */
static struct {
	uint64_t count;
	uint64_t announced;
	uint64_t taken;
	uint64_t while_blocked;
} seen;

static void poke(uintptr_t at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

static uint64_t virq(uint64_t func, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct ffa_regs regs = {{func, x1, x2, x3}};

	guest_call_hvc(&regs);
	return regs.x[0];
}

static uint64_t pending(void)
{
	uint64_t isr;

	__asm__ volatile("isb\n mrs %0, isr_el1" : "=r"(isr));
	return isr & (ISR_FIQ | ISR_IRQ);
}

static bool wait_pending(uint64_t nanoseconds)
{
	uint64_t start = guest_time_ns();

	while (pending() == 0)
		if (guest_time_ns() - start > nanoseconds)
			return false;
	return true;
}

/* Unmasked until one is taken; its handler masks them again. */
static void take_exception(void)
{
	uint64_t before = irq_taken;
	uint64_t start = guest_time_ns();

	__asm__ volatile("msr vbar_el1, %0\n isb" : : "r"(irq_vectors));
	__asm__ volatile("msr daifclr, #3\n isb" : : : "memory");
	while (*(volatile uint64_t *)&irq_taken == before &&
		guest_time_ns() - start < SECOND)
		;
	__asm__ volatile("msr daifset, #3\n isb" : : : "memory");
}

static void self(struct ffa_regs *regs)
{
	uint64_t before = irq_taken;

	virq(VIRQ_ENABLE, IRQ_UART, 1, 0);
	poke(UART_DATA, ' ');
	poke(UART_MASK, UART_TX);
	wait_pending(SECOND);
	take_exception();
	regs->x[3] = virq(VIRQ_GET, 0, 0, 0);
	poke(UART_MASK, 0);
	poke(UART_CLEAR, UART_TX);
	virq(VIRQ_DEACTIVATE, IRQ_UART, IRQ_UART, 0);
	regs->x[4] = virq(VIRQ_GET, 0, 0, 0);
	regs->x[5] = irq_taken - before;
}

static void alarm(struct ffa_regs *regs)
{
	uint32_t now = *(volatile uint32_t *)CLOCK_NOW;

	virq(VIRQ_ENABLE, IRQ_CLOCK, 1, 0);
	poke(CLOCK_CLEAR, 1);
	poke(CLOCK_MATCH, now + 1);
	poke(CLOCK_MASK, 1);
	regs->x[3] = 1;
}

static void clock_ticked(uint64_t announced)
{
	seen.announced = announced;
	seen.taken = virq(VIRQ_GET, 0, 0, 0);
	poke(CLOCK_MASK, 0);
	poke(CLOCK_CLEAR, 1);
	virq(VIRQ_DEACTIVATE, IRQ_CLOCK, IRQ_CLOCK, 0);
}

/* Another context's may come when it has stopped to listen. */
static void handle(uint64_t announced)
{
	seen.count++;
	if (announced == IPI)
		virq(VIRQ_GET, 0, 0, 0);
	else
		clock_ticked(announced);
}

static uint64_t spin(uint64_t nanoseconds)
{
	uint64_t start = guest_time_ns();
	uint64_t turns = 0;

	while (guest_time_ns() - start < nanoseconds)
		turns++;
	return turns;
}

static void ask_spin(struct ffa_regs *regs)
{
	struct ffa_regs call = {{FFA_MSG_SEND_DIRECT_REQ_64,
		(regs->x[1] & 0xffff) << 16 | regs->x[4], 0, IRQ_SPIN,
		regs->x[5]}};

	guest_call(&call);
	while ((uint32_t)call.x[0] == FFA_INTERRUPT) {
		uint64_t who = call.x[1];

		seen.while_blocked++;
		clock_ticked(call.x[2]);
		call = (struct ffa_regs){{FFA_RUN, who}};
		guest_call(&call);
	}
	regs->x[3] = call.x[3];
}

static uint64_t listen(uint32_t intid, uint64_t nanoseconds)
{
	virq(VIRQ_ENABLE, intid, 1, 0);
	return wait_pending(nanoseconds) && virq(VIRQ_GET, 0, 0, 0) == intid;
}

static void set_timer(uint64_t nanoseconds)
{
	uint64_t hz, now;

	virq(VIRQ_ENABLE, TIMER, 1, 0);
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	__asm__ volatile("isb\n mrs %0, cntpct_el0" : "=r"(now));
	__asm__ volatile("msr cntp_cval_el0, %0"
			 :
			 : "r"(now + nanoseconds * hz / SECOND));
	__asm__ volatile("msr cntp_ctl_el0, %0\n isb" : : "r"(1ul));
}

/* Without a secure timer the manager must come by to see that it expired. */
static void timer(struct ffa_regs *regs)
{
	uint64_t start = guest_time_ns();
	struct ffa_regs call = {{FFA_ID_GET}};

	set_timer(regs->x[4]);
	while (pending() == 0 && guest_time_ns() - start < SECOND)
		guest_call(&call);
	regs->x[3] = virq(VIRQ_GET, 0, 0, 0);
	__asm__ volatile("mrs %0, cntp_ctl_el0" : "=r"(regs->x[4]));
	__asm__ volatile("msr cntp_ctl_el0, xzr");
}

static void timer_virtual(struct ffa_regs *regs)
{
	uint64_t hz, now;

	virq(VIRQ_ENABLE, TIMER, 1, 0);
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	__asm__ volatile("isb\n mrs %0, cntvct_el0" : "=r"(now));
	__asm__ volatile("msr cntv_cval_el0, %0"
			 :
			 : "r"(now + regs->x[4] * hz / SECOND));
	__asm__ volatile("msr cntv_ctl_el0, %0\n isb" : : "r"(1ul));
	wait_pending(SECOND);
	regs->x[3] = virq(VIRQ_GET, 0, 0, 0);
	__asm__ volatile("mrs %0, cntv_ctl_el0" : "=r"(regs->x[4]));
	__asm__ volatile("msr cntv_ctl_el0, xzr");
}

static void serve(struct ffa_regs *regs)
{
	struct ffa_regs yield = {{FFA_YIELD}};

	switch (regs->x[3]) {
	case IRQ_SELF:
		self(regs);
		break;
	case IRQ_ALARM:
		alarm(regs);
		break;
	case IRQ_COUNT:
		regs->x[3] = seen.count;
		regs->x[4] = seen.announced;
		regs->x[5] = seen.taken;
		regs->x[6] = seen.while_blocked;
		break;
	case IRQ_SPIN:
		regs->x[3] = spin(regs->x[4]);
		break;
	case IRQ_ASK_SPIN:
		ask_spin(regs);
		break;
	case IRQ_EXIT:
		regs->x[3] = listen(MANAGED_EXIT, regs->x[4]);
		break;
	case IRQ_SEND:
		regs->x[3] = virq(VIRQ_SEND_IPI, regs->x[4], 0, 0);
		break;
	case IRQ_LISTEN:
		regs->x[3] = listen(IPI, regs->x[4]);
		break;
	case IRQ_TIMER:
		timer(regs);
		break;
	case IRQ_TIMER_VIRTUAL:
		timer_virtual(regs);
		break;
	case IRQ_TIMER_LATER:
		set_timer(regs->x[4]);
		break;
	case IRQ_YIELD:
		guest_call(&yield);
		regs->x[3] = yield.x[0];
		break;
	default:
		regs->x[3] = ~0ull;
		break;
	}
}

void guest_main(void)
{
	struct ffa_regs regs = {{FFA_MSG_WAIT}};

	for (;;) {
		uint64_t ids;

		guest_call(&regs);
		if ((uint32_t)regs.x[0] == FFA_INTERRUPT)
			handle(regs.x[2]);
		if ((uint32_t)regs.x[0] != FFA_MSG_SEND_DIRECT_REQ_64) {
			regs = (struct ffa_regs){{FFA_MSG_WAIT}};
			continue;
		}
		ids = (regs.x[1] & 0xffff) << 16 | (regs.x[1] >> 16 & 0xffff);
		serve(&regs);
		regs.x[0] = FFA_MSG_SEND_DIRECT_RESP_64;
		regs.x[1] = ids;
		regs.x[2] = 0;
	}
}
