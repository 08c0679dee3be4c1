/* The table of symbols.sh for the first link, which it is made from: empty. */
	.section .symbols, "a"
	.globl	symbol_count, symbol_distance, symbol_names
	.balign	4
symbol_count:
	.long	0
symbol_distance:
	.long	0
symbol_names:
	.byte	0
	.section .note.GNU-stack, "", %progbits
