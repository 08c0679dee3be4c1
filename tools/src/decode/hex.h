/*
 * Hex dumps, in the dialects that people have, to bytes: xxd, hexdump, od,
 * U-Boot's md, gdb's x, print_hex_dump() of Linux, lists with commas, digits
 * without anything. Lines are given one after the other.
 */
#ifndef DECODE_HEX_H
#define DECODE_HEX_H

#include "decode/bytes.h"

/* How the digits of a group lie in memory. */
enum order {
	ORDER_UNKNOWN,
	ORDER_MEMORY, /* as they are printed */
	ORDER_NUMBER, /* a little-endian number: the last two first */
};

struct dump_word {
	uint64_t value;
	uint8_t digits;
	bool prefixed; /* by 0x */
};

struct dump_line {
	unsigned long number; /* in the file */
	uint64_t offset;      /* its digits read as hex */
	bool has_offset;
	bool repeats;   /* "*": the line before, up to the next offset */
	uint32_t words; /* first one of this line */
};

struct dump {
	struct dump_word *words;
	uint32_t word_count;
	uint32_t word_room;
	struct dump_line *lines;
	uint32_t line_count;
	uint32_t line_room;
	enum order seen; /* what the column of characters proves */
	bool colons;     /* offsets end with one */
	bool plain;      /* a string of bytes, without groups */
	bool too_long;
};

enum dump_answer {
	DUMP_NO,    /* the line is none of a dump */
	DUMP_EMPTY, /* nor of anything else: blank, a comment */
	DUMP_YES,
};

void dump_begin(struct dump *dump);
void dump_end(struct dump *dump);

/* A line that is nothing but a line of a dump. */
enum dump_answer dump_line(
	struct dump *dump, const char *line, unsigned long number);

/*
 * A line of a log that ends in one: an offset with a colon and groups, or at
 * least eight bytes. Where the line does not go on with the dump, `*fresh` is
 * set and nothing is taken: the caller ends the dump and asks again.
 */
enum dump_answer dump_in_log(
	struct dump *dump, const char *line, unsigned long number, bool *fresh);

/* What the caller knows; 0 where it does not. */
struct dump_options {
	enum order order;
	unsigned width; /* bytes of a group */
};

/*
 * All bytes, BYTES_MAX at most, for the caller to free. NULL: `*error` says
 * why (its own text).
 */
uint8_t *dump_bytes(const struct dump *dump, struct dump_options options,
	uint32_t *size, char **error);
/* The order that dump_bytes() takes; false where it is only likely. */
bool dump_order(const struct dump *dump, struct dump_options options,
	enum order *order);

#endif
