/*
 * Results of a guest's tests, one TAP line each, by guest_print(). One CPU at
 * a time. tap_done() prints the plan.
 */
#ifndef GUEST_TAP_H
#define GUEST_TAP_H

#include "base/types.h"

struct tap {
	uint32_t run;
	uint32_t failed;
};

/* One test; returns `good`. */
bool tap_ok(struct tap *tap, bool good, const char *name);

/* One test; says both values when they differ. */
bool tap_is(struct tap *tap, uint64_t got, uint64_t want, const char *name);

/* A line that is no result. */
void tap_note(const char *text);
void tap_note_value(const char *text, uint64_t value);

/* The plan; true when all was good. */
bool tap_done(struct tap *tap);

#endif
