/*
 * First instructions of a processor at S-EL2: primary (once, MMU off, bss not
 * zeroed) and secondary (any number of times: at a second power-up the
 * firmware gives back the system registers of before, so the MMU may be on
 * and x0 to x7 are stale). Nothing here trusts a register but the primary's
 * x0, the manifest's address.
 *
 * Source: TF-A 2.12, SPMD (boot and power management of the SPMC).
 */
#include "asm.h"
#include "macros.inc"
#include "el2_mmu_bits.h"
#include "platform.h"

/* abi/ffa_func.h is for C only. */
#define FFA_ERROR 0x84000060
#define FFA_MSG_SEND_DIRECT_REQ 0x8400006f
#define FFA_MSG_SEND_DIRECT_RESP 0x84000070
#define FFA_PSCI_REQUEST 0x80000000
#define FFA_PSCI_RESPONSE 0x80000002

	.section .text.start, "ax"
	.globl image_entry
	.type image_entry, %function
image_entry:
	msr	daifset, #0xf
	mov	x19, x0
	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	msr	vbar_el2, x0
	isb

	/* The firmware ran with caches on: drop lines that could hide what
	 * is now written past them. Its own loads it has cleaned. */
	adrp	x0, data_start
	adrp	x1, image_end
	bl	drop_lines

	adrp	x0, bss_start
	adrp	x1, image_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b

	/* The one read of the firmware's memory, while nothing is mapped. */
	cbz	x19, 3f
	adrp	x0, manifest_copy
	add	x0, x0, :lo12:manifest_copy
	add	x1, x19, #PLATFORM_MANIFEST_SIZE
2:	ldp	x2, x3, [x19], #16
	stp	x2, x3, [x0], #16
	cmp	x19, x1
	b.lo	2b
3:
	adrp	x0, stacks_start
	add	x0, x0, #STACK_STRIDE
	mov	sp, x0
	mov	x29, xzr
	mov	x30, xzr
	bl	el2_mmu_build
	bl	el2_mmu_enable
	bl	start_primary
	b	.
	.size image_entry, . - image_entry

	.globl secondary_entry
	.type secondary_entry, %function
	.section .text.start, "ax"
secondary_entry:
	msr	daifset, #0xf
	msr	spsel, #1
	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	msr	vbar_el2, x0
	isb
	mrs	x0, mpidr_el1
	load_constant x1, 0xff00ffffff
	and	x0, x0, x1
	adrp	x1, cpu_mpidr
	add	x1, x1, :lo12:cpu_mpidr
	mov	x19, xzr
1:	ldr	x2, [x1, x19, lsl #3]
	cmp	x2, x0
	b.eq	2f
	add	x19, x19, #1
	cmp	x19, #PLATFORM_CPU_COUNT
	b.lo	1b
	b	secondary_refuse
2:	bl	el2_mmu_enable
	adrp	x0, stacks_start
	add	x0, x0, #STACK_STRIDE
	mov	x1, #STACK_STRIDE
	madd	x0, x19, x1, x0
	mov	sp, x0
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x19
	bl	start_secondary
	.size secondary_entry, . - secondary_entry

/*
 * A processor that the manifest does not know, or has no stack for: the
 * firmware hears FFA_ERROR, and so does the normal world for every call from
 * it; but it may be turned off. No stack, MMU on or off.
 */
function secondary_refuse
1:	load_constant x0, FFA_ERROR
	mov	x1, xzr
	mov	x2, #-1			/* NOT_SUPPORTED */
	mov	x3, xzr
2:	mov	x4, xzr
	mov	x5, xzr
	mov	x6, xzr
	mov	x7, xzr
	smc	#0
	load_constant x3, FFA_MSG_SEND_DIRECT_REQ
	cmp	w0, w3
	b.ne	1b
	load_constant x3, FFA_PSCI_REQUEST
	cmp	w2, w3
	b.ne	1b
	load_constant x0, FFA_MSG_SEND_DIRECT_RESP
	ror	w1, w1, #16		/* from receiver to sender */
	load_constant x2, FFA_PSCI_RESPONSE
	mov	x3, xzr			/* SUCCESS */
	b	2b
end_function secondary_refuse

/* [x0, x1) without cleaning; clobbers x2, x3. */
function drop_lines
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x3, #4
	lsl	x2, x3, x2
1:	dc	ivac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret
end_function drop_lines

/* Same values on every processor and at every power-up. */
function el2_mmu_enable
	load_constant x0, EL2_MAIR
	msr	mair_el2, x0
	mrs	x1, id_aa64mmfr0_el1
	and	x1, x1, #0xf
	mov	x2, #EL2_PS_MAX
	cmp	x1, x2
	csel	x1, x1, x2, lo
	load_constant x0, EL2_TCR
	orr	x0, x0, x1, lsl #EL2_TCR_PS_SHIFT
	msr	tcr_el2, x0
	adrp	x0, el2_root
	add	x0, x0, :lo12:el2_root
	msr	ttbr0_el2, x0
	isb
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	load_constant x0, EL2_SCTLR
	msr	sctlr_el2, x0
	isb
	ret
end_function el2_mmu_enable

	.section .stacks, "aw", %nobits
	.balign 4096
	.skip	STACK_STRIDE * PLATFORM_CPU_COUNT

	.section .note.GNU-stack, "", %progbits
