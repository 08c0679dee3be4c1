/*
 * Why a call was refused. Every refusal names one row of reason.def; the row
 * decides the FF-A status. R_NONE means "not refused".
 *
 * A function that may refuse returns `enum reason`, and `return R_…;` is the
 * only way to say no, so a reason can be searched for by its name.
 */
#ifndef ABI_REASON_H
#define ABI_REASON_H

#include "abi/ffa_status.h"
#include "base/types.h"

enum reason {
	R_NONE,
#define REASON(name, status, spec, sentence) R_##name,
#include "abi/reason.def"
#undef REASON
	R_COUNT
};

enum ffa_status reason_status(enum reason reason);
const char *reason_name(enum reason reason);
const char *reason_spec(enum reason reason);
const char *reason_sentence(enum reason reason);

/* Of all their words: two builds with the same one number them alike. */
uint32_t reason_checksum(void);

#endif
