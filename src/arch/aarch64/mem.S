/*
 * The memory functions that compilers call, for the image: every FF-A call
 * moves a few hundred bytes by them. Alignment does not matter: memory is
 * Normal and the MMU on. Guests make do with base/mem.c.
 */
#include "macros.inc"

/* From so many bytes on, memset() looks whether DC ZVA can do it. */
#define ZVA_WORTH 512
#define DCZID_64_BYTES 4

/* void *memcpy(void *to, const void *from, size_t count) */
function memcpy
	mov	x11, x0
	copy_bytes x11
	ret
end_function memcpy

/* void *memmove(void *to, const void *from, size_t count) */
function memmove
	sub	x3, x0, x1
	cmp	x3, x2
	b.hs	memcpy			/* no byte is written before it is read */
	add	x1, x1, x2
	add	x4, x0, x2
1:	cmp	x4, x0
	b.eq	2f
	ldrb	w3, [x1, #-1]!
	strb	w3, [x4, #-1]!
	b	1b
2:	ret
end_function memmove

/* void *memset(void *at, int value, size_t count) */
function memset
	and	x1, x1, #0xff
	mov	x3, #0x0101010101010101
	mul	x1, x1, x3
	mov	x3, x0
	cmp	x2, #ZVA_WORTH
	b.hs	7f
0:	subs	x2, x2, #64
	b.lo	2f
1:	stp	x1, x1, [x3]
	stp	x1, x1, [x3, #16]
	stp	x1, x1, [x3, #32]
	stp	x1, x1, [x3, #48]
	add	x3, x3, #64
	subs	x2, x2, #64
	b.hs	1b
2:	ands	x2, x2, #63
	b.eq	6f
	tbz	x2, #5, 3f
	stp	x1, x1, [x3], #16
	stp	x1, x1, [x3], #16
3:	tbz	x2, #4, 4f
	stp	x1, x1, [x3], #16
4:	tbz	x2, #3, 5f
	str	x1, [x3], #8
5:	ands	x2, x2, #7
	b.eq	6f
	strb	w1, [x3], #1
	sub	x2, x2, #1
	b	5b
6:	ret

	/* Whole cache lines of zero, where both are the usual 64 bytes. */
7:	cbnz	x1, 0b
	tst	x3, #63
	b.ne	0b
	mrs	x4, dczid_el0
	cmp	x4, #DCZID_64_BYTES
	b.ne	0b
8:	.rept	4
	dc	zva, x3
	add	x3, x3, #64
	.endr
	sub	x2, x2, #256
	cmp	x2, #256
	b.hs	8b
	b	0b
end_function memset

/* int memcmp(const void *a, const void *b, size_t count) */
function memcmp
	mov	x5, x0
1:	cmp	x2, #8
	b.lo	2f
	ldr	x3, [x5], #8
	ldr	x4, [x1], #8
	sub	x2, x2, #8
	cmp	x3, x4
	b.eq	1b
	rev	x3, x3			/* the first byte decides */
	rev	x4, x4
	cmp	x3, x4
	b	4f
2:	cbz	x2, 3f
	ldrb	w3, [x5], #1
	ldrb	w4, [x1], #1
	sub	x2, x2, #1
	cmp	w3, w4
	b.eq	2b
	b	4f
3:	mov	w0, wzr
	ret
4:	mov	w0, #1
	cneg	w0, w0, lo
	ret
end_function memcmp

	.section .note.GNU-stack, "", %progbits
