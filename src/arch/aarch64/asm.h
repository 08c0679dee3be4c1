/*
 * What assembly and C must agree about. Offsets are asserted in context.c.
 */
#ifndef ARCH_ASM_H
#define ARCH_ASM_H

/* struct vcpu */
#define VCPU_X 0
#define VCPU_PC 248

/* Stacks: one page of nothing, then the stack, per processor. */
#define STACK_GUARD_SIZE 4096
#define STACK_SIZE 8192
#define STACK_STRIDE (STACK_GUARD_SIZE + STACK_SIZE)

/* Why a partition came back: which vector it took. */
#define TRAP_SYNC 0
#define TRAP_IRQ 1
#define TRAP_FIQ 2
#define TRAP_SERROR 3

/* struct dump_frame */
#define DUMP_FRAME_SP 248
#define DUMP_FRAME_SIZE 256

#endif
