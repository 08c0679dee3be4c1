/*
 * What ASSERT() of the portable code ends in: a defect of ours, said as one.
 * A program that has a machine (src/host) brings a panic() of its own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"

__attribute__((weak)) void panic(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s: a defect, please report it\n", file, line,
		what);
	abort();
}
