/*
 * Accesses that may fault, the calls to the manager, and the exception
 * vectors, which let a probe go on and end everything else.
 *
 * An instruction abort, or an undefined instruction, is a probe's own when the
 * link register says so.
 */
#include "call.inc"

	.text
	.balign	4
probe_begin:
	.globl	probe_read
probe_read:
	ldrb	w2, [x0]
	strb	w2, [x1]
	dsb	sy
	mov	x0, xzr
	ret

	.globl	probe_write
probe_write:
	strb	w1, [x0]
	dsb	sy
	mov	x0, xzr
	ret

	.globl	probe_execute
probe_execute:
	stp	x29, x30, [sp, #-16]!
	blr	x0
probe_execute_back:
	ldp	x29, x30, [sp], #16
	mov	x0, xzr
	ret
probe_end:

probe_execute_fault:
	ldp	x29, x30, [sp], #16
probe_fault:
	mov	x0, #1
	ret

	call guest_call_smc, smc
	call guest_call_hvc_only, hvc

.macro vector kind
	.balign	0x80
	mov	x0, #\kind
	b	guest_unexpected
.endm

	.section .text.vectors, "ax"
	.balign	2048
	.globl	guest_vectors
guest_vectors:
	vector 0
	vector 1
	vector 2
	vector 3
	.balign	0x80
	b	own_sync
	vector 5
	vector 6
	vector 7
	vector 8
	vector 9
	vector 10
	vector 11
	vector 12
	vector 13
	vector 14
	vector 15
	.balign	0x80

/* x9 to x12 are not live in a probe. */
own_sync:
	mrs	x9, currentel
	cmp	x9, #8
	b.eq	1f
	mrs	x10, elr_el1
	mrs	x11, esr_el1
	b	2f
1:	mrs	x10, elr_el2
	mrs	x11, esr_el2
2:	lsr	x11, x11, #26
	adrp	x12, probe_execute_fault
	add	x12, x12, :lo12:probe_execute_fault
	cmp	x11, #0x21
	ccmp	x11, #0, #4, ne
	b.ne	3f
	adrp	x9, probe_execute_back
	add	x9, x9, :lo12:probe_execute_back
	cmp	x30, x9
	b.eq	4f
	b	5f
3:	cmp	x11, #0x25
	b.ne	5f
	adrp	x9, probe_begin
	add	x9, x9, :lo12:probe_begin
	cmp	x10, x9
	b.lo	5f
	adrp	x9, probe_end
	add	x9, x9, :lo12:probe_end
	cmp	x10, x9
	b.hs	5f
	adrp	x12, probe_fault
	add	x12, x12, :lo12:probe_fault
4:	mrs	x9, currentel
	cmp	x9, #8
	b.eq	6f
	msr	elr_el1, x12
	eret
6:	msr	elr_el2, x12
	eret
5:	mov	x0, #4
	b	guest_unexpected

	.section .note.GNU-stack, "", %progbits
