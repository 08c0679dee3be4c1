/*
 * Checked arithmetic on values that come from outside. Each function returns
 * false, and leaves *out undefined, when the exact result does not fit.
 */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include "base/types.h"

static inline bool MUST_USE add_u64(uint64_t a, uint64_t b, uint64_t *out)
{
	return !__builtin_add_overflow(a, b, out);
}

/* True when [offset, offset + length) lies inside `size` bytes. */
static inline bool span_fits(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

#endif
