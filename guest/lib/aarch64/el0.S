/*
 * Entry of a partition at S-EL0. Its package is readable and executable and
 * nothing else: without a stack yet, it asks for what it writes. A stack, then
 * C.
 */
#include "call.inc"

#define FFA_MEM_PERM_SET_64 0xc4000089
#define PERM_RW 5
#define PERM_RO 7
#define FFA_SUCCESS 0x84000061
#define STACK_SIZE 8192

.macro set_permission from, to, permission
	adrp	x1, \from
	adrp	x2, \to
	sub	x2, x2, x1
	lsr	x2, x2, #12
	mov	x3, #\permission
	ldr	x0, =FFA_MEM_PERM_SET_64
	svc	#0
	ldr	x1, =FFA_SUCCESS
	cmp	x0, x1
	b.ne	1f
.endm

	.section .text.start, "ax"
	.globl	guest_entry
guest_entry:
	mov	x20, x0
	set_permission data_start, data_end, PERM_RW
	set_permission rodata_start, data_start, PERM_RO
	adrp	x0, bss_start
	add	x0, x0, :lo12:bss_start
	adrp	x1, data_end
2:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	2b
	adrp	x0, guest_boot_value
	str	x20, [x0, :lo12:guest_boot_value]
	adrp	x0, stack_end
	add	x0, x0, :lo12:stack_end
	mov	sp, x0
	mov	x29, xzr
	bl	guest_main
1:	brk	#0			/* the manager stops it */

	.ltorg

	.text
	call guest_call_svc, svc

	.section .bss.stack, "aw", %nobits
	.balign	16
	.skip	STACK_SIZE
stack_end:

	.section .note.GNU-stack, "", %progbits
