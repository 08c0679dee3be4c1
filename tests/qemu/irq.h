/*
 * The protocol of the interrupt tests: a direct request (64-bit) with a
 * command in x3 and arguments in x4 and x5; the response has results in x3
 * to x6.
 */
#ifndef TEST_IRQ_H
#define TEST_IRQ_H

enum irq_command {
	IRQ_SELF = 1, /* its UART interrupts it -> x3 number taken, x4 what
			 comes after it, x5 exceptions taken at EL1 */
	IRQ_ALARM,    /* the clock will, within a second -> x3 1 */
	IRQ_COUNT,    /* -> x3 how often while it waited, x4 number that was
			 announced, x5 number taken, x6 while it was blocked */
	IRQ_SPIN,     /* x4 nanoseconds -> x3 turns */
	IRQ_ASK_SPIN, /* x4 id, x5 nanoseconds: asks another to spin; goes on
			 with it when interrupted -> x3 turns */
	IRQ_EXIT,     /* x4 nanoseconds at most, until it is asked to finish
			 -> x3 1 when it was */
	IRQ_SEND,     /* x4 context: an interrupt between contexts -> x3 */
	IRQ_LISTEN,   /* x4 nanoseconds at most, until that comes -> x3 */
	IRQ_TIMER,    /* x4 nanoseconds: its timer, while it runs -> x3 number
			 taken, x4 control register then */
	IRQ_TIMER_VIRTUAL, /* the same of the virtual timer */
	IRQ_TIMER_LATER,   /* the same while it waits; counted */
	IRQ_YIELD,         /* yields once -> x3 what that returned */
};

#define IRQ_CLOCK_ID 0x8001u /* owns UART and clock, signalled */
#define IRQ_EXIT_ID 0x8002u  /* managed exit */
#define IRQ_MANY_ID 0x8003u  /* a context a CPU, queued */

#define IRQ_CLOCK 34u
#define IRQ_UART 40u

#endif
