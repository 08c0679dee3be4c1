/* Another program, run to its end: without a shell, and with an end. */
#ifndef LINT_CHILD_H
#define LINT_CHILD_H

#include <stdbool.h>
#include <stddef.h>

struct child_result {
	char *out; /* NUL-terminated */
	size_t out_size;
	char *messages; /* what it said on stderr; NUL-terminated */
	bool good;      /* it ended by itself, with status 0 */
};

/*
 * argv[0] is looked for in PATH. `input` (may be NULL: none) is its standard
 * input. False, after a sentence on stderr, when it cannot be run.
 */
bool child_run(const char *const argv[], const char *input,
	struct child_result *result);
void child_free(struct child_result *result);

#endif
