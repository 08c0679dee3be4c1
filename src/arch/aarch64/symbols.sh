#!/bin/sh
# symbols.sh NM ELF OUT: the table of function names that dump.c searches.
#
# The table is linked behind everything else that has an address of interest,
# so it may be made of a link without it.
set -eu
"$1" --numeric-sort "$2" | awk '
	$3 == "image_start" { base = $1 }
	$2 ~ /^[tT]$/ && $3 !~ /^[$.]|^(text_end|image_start)$/ {
		address[++count] = $1
		name[count] = $3
	}
	END {
		print "\t.section .symbols, \"a\""
		print "\t.globl symbol_count, symbol_offset, symbol_names"
		print "\t.balign 4"
		print "symbol_count:\n\t.long " count
		print "symbol_offset:"
		for (i = 1; i <= count; i++)
			print "\t.long 0x" address[i] " - 0x" base
		print "symbol_names:"
		for (i = 1; i <= count; i++)
			print "\t.asciz \"" name[i] "\""
		print "\t.section .note.GNU-stack, \"\", %progbits"
	}' > "$3"
