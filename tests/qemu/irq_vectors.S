/*
 * Vectors that count interrupts and return with them masked: what they were
 * is asked for afterwards. Anything else ends here.
 */
	.text
	.balign	2048
	.globl	irq_vectors
irq_vectors:
	.rept	4
	b	.
	.balign	128
	.endr
	b	.			/* synchronous */
	.balign	128
	b	count			/* IRQ */
	.balign	128
	b	count			/* FIQ */
	.balign	128
	b	.
	.balign	128
	.rept	8
	b	.
	.balign	128
	.endr

count:
	stp	x0, x1, [sp, #-16]!
	adrp	x0, irq_taken
	add	x0, x0, :lo12:irq_taken
	ldr	x1, [x0]
	add	x1, x1, #1
	str	x1, [x0]
	mrs	x0, spsr_el1
	orr	x0, x0, #0xc0
	msr	spsr_el1, x0
	ldp	x0, x1, [sp], #16
	eret

	.section .note.GNU-stack, "", %progbits
