/*
 * BL33 in front of Linux: the kernel's boot protocol wants x0 = device tree,
 * x1 to x3 zero. QEMU has put the tree where memory begins, and its loader the
 * kernel and the initial file system (clients/linux/boot).
 */
	.section .text.start, "ax"
	.globl	guest_entry
guest_entry:
	mov	x0, #0x40000000
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	mov	x4, #0x48000000
	br	x4

	.section .note.GNU-stack, "", %progbits
