/*
 * q0 to q31, FPSR and FPCR of one context, 528 bytes: registers, then the two
 * control words; z0 to z31, 256 bytes each at most; predicates. The only code
 * of the manager that touches them.
 */
#include "asm.h"
#include "macros.inc"

	.arch	armv8.2-a+sve

.macro simd_all op
	\op	q0, q1, [x0, #0]
	\op	q2, q3, [x0, #32]
	\op	q4, q5, [x0, #64]
	\op	q6, q7, [x0, #96]
	\op	q8, q9, [x0, #128]
	\op	q10, q11, [x0, #160]
	\op	q12, q13, [x0, #192]
	\op	q14, q15, [x0, #224]
	\op	q16, q17, [x0, #256]
	\op	q18, q19, [x0, #288]
	\op	q20, q21, [x0, #320]
	\op	q22, q23, [x0, #352]
	\op	q24, q25, [x0, #384]
	\op	q26, q27, [x0, #416]
	\op	q28, q29, [x0, #448]
	\op	q30, q31, [x0, #480]
.endm

/* void simd_save(struct simd_state *to) */
function simd_save
	simd_all stp
	mrs	x1, fpsr
	mrs	x2, fpcr
	add	x0, x0, #512
	stp	x1, x2, [x0]
	ret
end_function simd_save

/* void simd_load(const struct simd_state *from) */
function simd_load
	simd_all ldp
	add	x0, x0, #512
	ldp	x1, x2, [x0]
	msr	fpsr, x1
	msr	fpcr, x2
	ret
end_function simd_load

.macro sve_all op
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	z\n, [x0, #\n, mul vl]
	.endr
.endm

.macro predicates_all op
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\op	p\n, [x0, #\n, mul vl]
	.endr
.endm

/* void sve_save(uint8_t z[32][256]) */
function sve_save
	sve_all str
	ret
end_function sve_save

/* void sve_load(const uint8_t z[32][256]) */
function sve_load
	sve_all ldr
	ret
end_function sve_load

/* void sve_save_predicates(uint8_t p[17][32], bool ffr); p0 is lost */
function sve_save_predicates
	predicates_all str
	cbz	w1, 1f
	rdffr	p0.b
	str	p0, [x0, #16, mul vl]
1:	ret
end_function sve_save_predicates

/* void sve_load_predicates(const uint8_t p[17][32], bool ffr) */
function sve_load_predicates
	cbz	w1, 1f
	ldr	p0, [x0, #16, mul vl]
	wrffr	p0.b
1:	predicates_all ldr
	ret
end_function sve_load_predicates

	.section .note.GNU-stack, "", %progbits
