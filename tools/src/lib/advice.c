/* See advice.h. */
#include "lib/advice.h"

struct advice {
	const char *when;
	const char *what;
};

static const struct advice advices[R_COUNT] = {
	[R_NONE] = {"", ""},
#include "reason_advice.inc"
};

const char *tool_reason_when(enum reason reason)
{
	return reason < R_COUNT ? advices[reason].when : "";
}

const char *tool_reason_advice(enum reason reason)
{
	return reason < R_COUNT ? advices[reason].what : "";
}
