/*
 * Register words in a line of text to a call: "x0=0xc4000073 x1=0x60 …",
 * "w0 0x84000061", a function id and the numbers behind it; and lines of the
 * manager's own trace.
 */
#ifndef DECODE_REGS_H
#define DECODE_REGS_H

#include "decode/call.h"

/* Calls that one line may hold: a call and its answer, and some more. */
#define REGS_CALLS 8

struct regs_line {
	struct call calls[REGS_CALLS];
	unsigned count;
	/* The first one has no x0: it goes on with registers of a call before
	 */
	bool goes_on;
};

/* All calls on the line, left to right. */
void regs_in_line(const char *line, struct regs_line *out);

/* Words that are registers and nothing else; false where one is not. */
bool regs_only(const char *words, struct call *call);

/* The registers of `more` put into `call`; false when one is there already. */
bool regs_add(struct call *call, const struct call *more);

/* A function by name or id, "FFA_MEM_SHARE", "mem_share_64", "0x84000073";
 * 0 where there is none. */
uint32_t regs_function(const char *word);

/* A line of the trace; false where it is none. */
bool trace_in_line(const char *line, struct reading *reading);

#endif
