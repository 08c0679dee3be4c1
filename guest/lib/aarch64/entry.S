/*
 * Entry of a guest program on any of its CPUs, MMU off: exception vectors,
 * translation, a stack, then C. The first CPU zeroes bss and builds tables.
 *
 * A partition's CPUs all enter at the first instruction; the first one is
 * index 0. The normal world's further ones enter at guest_secondary.
 */
#include "guest_arch.h"

/* Attributes: 0 Normal write-back, 1 Device-nGnRnE. */
#define MAIR 0x00ff
/* 39-bit addresses, 4 KiB granule, 40-bit output; walks cached. */
#define TCR_COMMON (3 << 12 | 1 << 10 | 1 << 8 | 25)

	.section .text.start, "ax"
	.globl	guest_entry
guest_entry:
	mov	x20, x0
	bl	cpu_index
	mrs	x1, currentel
	cmp	x1, #GUEST_EL1
	ccmp	x0, #0, #4, eq
	b.ne	1f			/* a partition's further CPU */
	mrs	x1, currentel
	cmp	x1, #GUEST_EL2
	b.eq	2f
	cbnz	x0, 1f
2:	adrp	x0, bss_start
	add	x0, x0, :lo12:bss_start
	adrp	x1, bss_end
	add	x1, x1, :lo12:bss_end
3:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	3b
	adrp	x0, guest_boot_value
	str	x20, [x0, :lo12:guest_boot_value]
	bl	set_stack
	bl	guest_tables_build
	bl	enable
	bl	guest_start
1:	bl	set_stack
	bl	enable
	bl	guest_start

	.globl	guest_secondary
guest_secondary:
	bl	set_stack
	bl	enable
	bl	guest_start_secondary

/* x0 = Aff0 of this CPU. */
cpu_index:
	mrs	x0, mpidr_el1
	and	x0, x0, #0xff
	ret

/* Clobbers x0 to x2. */
set_stack:
	msr	daifset, #0xf
	msr	spsel, #1
	mrs	x0, mpidr_el1
	and	x0, x0, #0xff
	add	x0, x0, #1
	mov	x1, #GUEST_STACK_SIZE
	adrp	x2, guest_stacks
	add	x2, x2, :lo12:guest_stacks
	madd	x0, x0, x1, x2
	mov	sp, x0
	mov	x29, xzr
	ret

enable:
	adrp	x1, guest_vectors
	add	x1, x1, :lo12:guest_vectors
	adrp	x2, guest_root
	add	x2, x2, :lo12:guest_root
	mov	x3, #MAIR
	ldr	x4, =TCR_COMMON
	mrs	x0, currentel
	cmp	x0, #GUEST_EL2
	b.eq	1f

	msr	vbar_el1, x1
	msr	ttbr0_el1, x2
	msr	mair_el1, x3
	mov	x5, #(1 << 23)		/* EPD1: no walks by TTBR1 */
	orr	x4, x4, x5
	mov	x5, #(2 << 32)		/* IPS */
	orr	x4, x4, x5
	msr	tcr_el1, x4
	mov	x5, #(3 << 20)		/* SIMD may be used */
	msr	cpacr_el1, x5
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	ldr	x5, =0x30d01805
	msr	sctlr_el1, x5
	isb
	ret

1:	msr	vbar_el2, x1
	msr	ttbr0_el2, x2
	msr	mair_el2, x3
	ldr	x5, =0x80820000		/* RES1, PS */
	orr	x4, x4, x5
	msr	tcr_el2, x4
	mov	x5, #0x33ff
	msr	cptr_el2, x5
	ldr	x5, =(1 << 31)		/* EL1 would be AArch64 */
	msr	hcr_el2, x5
	isb
	tlbi	alle2
	dsb	nsh
	isb
	ldr	x5, =0x30c51835
	msr	sctlr_el2, x5
	isb
	ret

	.ltorg

	.section .bss.stacks, "aw", %nobits
	.balign	16
guest_stacks:
	.skip	GUEST_STACK_SIZE * GUEST_CPUS_MAX

	.section .note.GNU-stack, "", %progbits
