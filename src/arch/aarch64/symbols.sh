#!/bin/sh
# symbols.sh NM ELF OUT: the table of function names that dump.c searches.
#
# The table is linked behind everything else that has an address of interest,
# so it may be made of a link without it.
#
# Entries are in order of address: how many instructions lie between one and
# the one before it, and its name, of which the first byte says how many
# characters it begins like the name before (our names share long prefixes).
set -eu
"$1" --numeric-sort "$2" | awk '
	function shared(a, b,    i) {
		for (i = 0; i < length(a) && i < length(b); i++)
			if (substr(a, i + 1, 1) != substr(b, i + 1, 1))
				break
		return i
	}
	# Without strtonum(), which only some awks have.
	function number(hex,    i, n) {
		for (i = 1; i <= length(hex); i++)
			n = n * 16 + index("0123456789abcdef",
				substr(hex, i, 1)) - 1
		return n
	}
	$3 == "image_start" { base = number($1) }
	$2 ~ /^[tT]$/ && $3 !~ /^[$.]|^(text_end|image_start)$/ {
		address[++count] = number($1)
		name[count] = substr($3, 1, 60)
	}
	END {
		print "\t.section .symbols, \"a\""
		print "\t.globl symbol_count, symbol_distance, symbol_names"
		print "\t.balign 4"
		print "symbol_count:\n\t.long " count
		print "symbol_distance:"
		last = base
		for (i = 1; i <= count; i++) {
			print "\t.short " int((address[i] - last) / 4)
			last = address[i]
		}
		print "symbol_names:"
		for (i = 1; i <= count; i++) {
			n = shared(name[i - 1], name[i])
			print "\t.byte " n
			print "\t.asciz \"" substr(name[i], n + 1) "\""
		}
		print "\t.section .note.GNU-stack, \"\", %progbits"
	}' > "$3"
