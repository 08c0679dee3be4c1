/*
 * ffa-lint's verdict and a real boot of the same packages, one after the
 * other, in the host's memory.
 */
#ifndef TESTS_UNIT_LINT_MACHINE_OF_LINT_H
#define TESTS_UNIT_LINT_MACHINE_OF_LINT_H

#include "lint/lint.h"

/* What a boot came to. */
struct booted {
	bool possible; /* the host's memory is large enough to try */
	bool starts;   /* no panic, and the manager's manifest was read */
	unsigned count;
	uint16_t id[MANIFEST_VMS_MAX];
	char sentence[240]; /* of the panic */
};

/* Forgets all memory; declares what the manager's manifest names. */
void machine_prepare(const struct lint *lint);

/* After lint_run(), with the packages that it has placed. */
struct booted machine_start(const struct lint *lint);

#endif
