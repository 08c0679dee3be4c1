/*
 * More words on each reason than the image has room for, from
 * src/abi/reason_advice.txt: the same as in docs/REASONS.md. Which reason a
 * call was refused with is not decided here.
 */
#ifndef TOOL_ADVICE_H
#define TOOL_ADVICE_H

#include "abi/reason.h"

/* When it comes: the call, the situation. Empty for R_NONE, and for what is no
 * row of reason.def: numbers may come out of a dump. */
const char *tool_reason_when(enum reason reason);

/* What the caller's programmer should look at, or change. Likewise. */
const char *tool_reason_advice(enum reason reason);

#endif
