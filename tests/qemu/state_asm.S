/* See state.h. SME's instructions as numbers: not every assembler has them. */
	.arch	armv8.2-a+sve
	.text
	.balign	4

.macro high_registers op
	.irp n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	\op \n
	.endr
.endm

.macro high_fill n
	add	x\n, x18, #\n
.endm

.macro high_check n
	add	x1, x2, #\n
	cmp	x\n, x1
	cinc	x0, x0, ne
.endm

/* uint64_t state_call(uint64_t x[18], uint64_t seed) */
	.globl	state_call
state_call:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	x0, x1, [sp, #96]
	mov	x18, x1
	high_registers high_fill
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x0, x1, [x0]
	smc	#0
	stp	x0, x1, [sp, #-16]!
	ldr	x0, [sp, #112]
	stp	x2, x3, [x0, #16]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0]
	ldr	x2, [sp, #104]
	mov	x0, xzr
	high_registers high_check
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret

.macro try name, instruction:vararg
	.globl	\name
\name:	\instruction
	ret
.endm

	try	state_try_simd, fmov x0, d0
	try	state_try_keys, mrs x0, s3_0_c2_c1_0
	try	state_try_tpidr2, mrs x0, s3_3_c13_c0_5
	try	state_try_sve, rdvl x0, #1
	try	state_try_zcr, mrs x0, s3_0_c1_c2_0
	try	state_try_sme, .inst 0x04bf5820		/* rdsvl x0, #1 */
	try	state_try_svcr, mrs x0, s3_3_c4_c2_2

.macro vectors_all op
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	z\n, [x0, #\n, mul vl]
	.endr
	add	x0, x0, #8192
.endm

.macro predicates_all op
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\op	p\n, [x0, #\n, mul vl]
	.endr
.endm

	.globl	state_load_vectors
state_load_vectors:
	vectors_all ldr
	cbz	w1, 1f
	ldr	p0, [x0, #16, mul vl]
	wrffr	p0.b
1:	predicates_all ldr
	ret

	.globl	state_save_vectors
state_save_vectors:
	vectors_all str
	predicates_all str
	cbz	w1, 1f
	rdffr	p0.b
	str	p0, [x0, #16, mul vl]
	ldr	p0, [x0]
1:	ret

	.globl	state_vector_bytes
state_vector_bytes:
	rdvl	x0, #1
	ret

/* A row a turn; x1 rows of x1 bytes. */
.macro rows instruction
	mov	w12, wzr
1:	.inst	\instruction
	add	x0, x0, x1
	add	w12, w12, #1
	cmp	w12, w1
	b.lo	1b
	ret
.endm

	.globl	state_load_za
state_load_za:
	rows	0xe1000000		/* ldr za[w12, 0], [x0] */

	.globl	state_save_za
state_save_za:
	rows	0xe1200000		/* str za[w12, 0], [x0] */

	.section .note.GNU-stack, "", %progbits
