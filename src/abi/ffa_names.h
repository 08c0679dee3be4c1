/*
 * Functions and status codes as the specification calls them.
 */
#ifndef ABI_FFA_NAMES_H
#define ABI_FFA_NAMES_H

#include "abi/ffa_status.h"
#include "base/types.h"

/*
 * The name of a function without FFA_ in front and _64 behind; NULL where
 * FF-A has none of this number.
 */
const char *ffa_func_name(uint32_t func);

/* SUCCESS for FFA_OK; NULL where FF-A has no such code. */
const char *ffa_status_name(int32_t status);

#endif
