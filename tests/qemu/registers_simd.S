/* q0 to q31 with a pattern; see registers.h. */
	.arch	armv8-a+simd
	.text
	.balign	4

.macro all_registers op
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op \n
	.endr
.endm

.macro fill n
	add	x1, x0, #\n
	mvn	x2, x1
	fmov	d\n, x1
	mov	v\n\().d[1], x2
.endm

.macro check n
	add	x1, x3, #\n
	mov	x2, v\n\().d[0]
	cmp	x1, x2
	cinc	x0, x0, ne
	mvn	x1, x1
	mov	x2, v\n\().d[1]
	cmp	x1, x2
	cinc	x0, x0, ne
.endm

.macro check_zero n
	mov	x1, v\n\().d[0]
	mov	x2, v\n\().d[1]
	orr	x1, x1, x2
	cmp	x1, xzr
	cinc	x0, x0, ne
.endm

	.globl	simd_fill
simd_fill:
	all_registers fill
	and	x1, x0, #0x1f
	msr	fpsr, x1
	and	x1, x0, #3
	lsl	x1, x1, #22		/* rounding mode */
	msr	fpcr, x1
	ret

	.globl	simd_wrong
simd_wrong:
	mov	x3, x0
	mov	x0, xzr
	all_registers check
	and	x1, x3, #0x1f
	mrs	x2, fpsr
	cmp	x1, x2
	cinc	x0, x0, ne
	and	x1, x3, #3
	lsl	x1, x1, #22
	mrs	x2, fpcr
	cmp	x1, x2
	cinc	x0, x0, ne
	ret

	.globl	simd_not_zero
simd_not_zero:
	mov	x0, xzr
	all_registers check_zero
	ret

	.section .note.GNU-stack, "", %progbits
