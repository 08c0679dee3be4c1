/*
 * Accesses that can fault: to pages of the normal world and of partitions, to
 * a register that the firmware may keep to itself. A data abort or an undefined
 * instruction between guarded_begin and guarded_end goes on at
 * guarded_fault (vectors.S), which returns 1 to the caller. Leaf functions
 * without a stack frame; x16 to x18 and x30 are not touched.
 *
 * All return 0, or 1 after a fault.
 */
#include "asm.h"
#include "macros.inc"

	.section .text.guarded, "ax"
	.balign	4
	.globl	guarded_begin
guarded_begin:

/* uint64_t guarded_copy(void *to, const void *from, size_t size) */
	.globl	guarded_copy
	.type	guarded_copy, %function
guarded_copy:
	copy_bytes x0
	mov	x0, xzr
	ret
	.size	guarded_copy, . - guarded_copy

/*
 * uint64_t guarded_zero(uintptr_t start, uintptr_t end, size_t block,
 *	size_t line): zeroes by cache blocks and cleans each to the point of
 * coherency while it is hot. `block` is a multiple of `line`; both ends are
 * multiples of a page.
 */
	.globl	guarded_zero
	.type	guarded_zero, %function
guarded_zero:
	cmp	x2, x3
	b.ne	3f
1:	.rept	4			/* the usual: a block is a line */
	dc	zva, x0
	dc	civac, x0
	add	x0, x0, x2
	.endr
	cmp	x0, x1
	b.lo	1b
	b	5f
3:	dc	zva, x0
	add	x4, x0, x2
4:	dc	civac, x0
	add	x0, x0, x3
	cmp	x0, x4
	b.lo	4b
	cmp	x0, x1
	b.lo	3b
5:	dsb	sy
	mov	x0, xzr
	ret
	.size	guarded_zero, . - guarded_zero

/* The same where DC ZVA is not allowed: 64 bytes at a time. */
	.globl	guarded_zero_plain
	.type	guarded_zero_plain, %function
guarded_zero_plain:
1:	stp	xzr, xzr, [x0]
	stp	xzr, xzr, [x0, #16]
	stp	xzr, xzr, [x0, #32]
	stp	xzr, xzr, [x0, #48]
	add	x0, x0, #64
	cmp	x0, x1
	b.lo	1b
	mov	x0, xzr
	ret
	.size	guarded_zero_plain, . - guarded_zero_plain

/*
 * uint64_t guarded_clean(uintptr_t start, uintptr_t end, size_t line): cleans
 * and invalidates whole groups of four lines.
 */
	.globl	guarded_clean
	.type	guarded_clean, %function
guarded_clean:
1:	.rept	4
	dc	civac, x0
	add	x0, x0, x2
	.endr
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	mov	x0, xzr
	ret
	.size	guarded_clean, . - guarded_clean

/*
 * uint64_t guarded_translate(uint64_t address, uint64_t *par): PAR_EL1 of a
 * read at EL1. The walk of a partition's tables may fault: they lie where the
 * partition says.
 */
	.globl	guarded_translate
	.type	guarded_translate, %function
guarded_translate:
	at	s1e1r, x0
	isb
	mrs	x2, par_el1
	str	x2, [x1]
	mov	x0, xzr
	ret
	.size	guarded_translate, . - guarded_translate

/* uint64_t guarded_read_key(void): the firmware may trap it. */
	.globl	guarded_read_key
	.type	guarded_read_key, %function
guarded_read_key:
	mrs	x0, s3_0_c2_c1_0	/* APIAKeyLo_EL1 */
	mov	x0, xzr
	ret
	.size	guarded_read_key, . - guarded_read_key

/* uint64_t guarded_read_tpidr2(void): this, too. */
	.globl	guarded_read_tpidr2
	.type	guarded_read_tpidr2, %function
guarded_read_tpidr2:
	mrs	x0, s3_3_c13_c0_5	/* TPIDR2_EL0 */
	mov	x0, xzr
	ret
	.size	guarded_read_tpidr2, . - guarded_read_tpidr2

/* uint64_t guarded_read_cnthps(void): it may not be there. */
	.globl	guarded_read_cnthps
	.type	guarded_read_cnthps, %function
guarded_read_cnthps:
	mrs	x0, s3_4_c14_c5_1	/* CNTHPS_CTL_EL2 */
	mov	x0, xzr
	ret
	.size	guarded_read_cnthps, . - guarded_read_cnthps

	.globl	guarded_end
guarded_end:

	.globl	guarded_fault
guarded_fault:
	mov	x0, #1
	ret

	.section .note.GNU-stack, "", %progbits
