/*
 * The exception vectors of S-EL2.
 *
 * Lower exception levels: a partition came back; switch.S saves it. Our own
 * level: either a guarded access to someone's memory faulted (guarded.S), and
 * execution goes on at its fix-up, or it is our bug: dump.c tells it.
 */
#include "asm.h"
#include "macros.inc"

.macro vector_lower kind
	.balign	0x80
	stp	x0, x1, [sp, #-16]!
	mov	x1, #\kind
	b	switch_exit
.endm

.macro vector_own kind
	.balign	0x80
	mov	x16, #\kind
	b	own_fault
.endm

	.section .text.vectors, "ax"
	.balign	2048
	.globl	vectors
vectors:
	/* Our level with SP_EL0: never used. */
	vector_own TRAP_SYNC
	vector_own TRAP_IRQ
	vector_own TRAP_FIQ
	vector_own TRAP_SERROR
	/* Our level. */
	.balign	0x80
	b	own_sync
	vector_own TRAP_IRQ
	vector_own TRAP_FIQ
	vector_own TRAP_SERROR
	/* A partition: AArch64, then AArch32 (its EL0). */
	vector_lower TRAP_SYNC
	vector_lower TRAP_IRQ
	vector_lower TRAP_FIQ
	vector_lower TRAP_SERROR
	vector_lower TRAP_SYNC
	vector_lower TRAP_IRQ
	vector_lower TRAP_FIQ
	vector_lower TRAP_SERROR
	.balign	0x80

/* x16 to x18 are lost: guarded.S does not use them, a dump can do without. */
own_sync:
	mrs	x16, elr_el2
	adrp	x17, guarded_begin
	add	x17, x17, :lo12:guarded_begin
	cmp	x16, x17
	b.lo	1f
	adrp	x17, guarded_end
	add	x17, x17, :lo12:guarded_end
	cmp	x16, x17
	b.hs	1f
	mrs	x16, esr_el2
	lsr	x16, x16, #26
	cmp	x16, #0x25		/* data abort, same level */
	ccmp	x16, #0, #4, ne		/* or undefined */
	b.ne	1f
	adrp	x16, guarded_fault
	add	x16, x16, :lo12:guarded_fault
	msr	elr_el2, x16
	eret
1:	mov	x16, #TRAP_SYNC

/*
 * The stack may be what is broken: the dump has one of its own, for the first
 * processor that needs it. Others stop silently.
 */
own_fault:
	adrp	x17, dump_stack_taken
	add	x17, x17, :lo12:dump_stack_taken
2:	ldaxr	w18, [x17]
	cbnz	w18, stop
	stxr	w18, w17, [x17]		/* anything but 0 */
	cbnz	w18, 2b
	mov	x17, sp
	adrp	x18, dump_stack_top
	add	x18, x18, :lo12:dump_stack_top
	mov	sp, x18
	sub	sp, sp, #DUMP_FRAME_SIZE
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	xzr, xzr, [sp, #128]
	stp	xzr, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	stp	x30, x17, [sp, #240]
	mov	x0, sp
	mov	x1, x16
	bl	dump_own_fault

	.globl	stop
stop:	msr	daifset, #0xf
1:	wfi
	b	1b

	.bss
	.balign	16
	.skip	4096
dump_stack_top:
dump_stack_taken:
	.skip	16

	.section .note.GNU-stack, "", %progbits
