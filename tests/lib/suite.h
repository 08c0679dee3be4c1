/*
 * What every test program shares: cmocka, and the lines that `make check`
 * counts. With ESCROW_RESULTS set, the ids of the conformance catalogue that
 * a test covered, the rows of reason.def that it reached, and the calls that
 * were refused with them are appended to $ESCROW_RESULTS/<suite>.txt (the
 * counts are tools/run-test's business).
 */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above before it. */
#include <cmocka.h>

#include "abi/reason.h"
#include "base/trace.h"

/* This test covers idea `id` of the conformance catalogue. */
#define CONFORMS(id) suite_covers(id)

void suite_begin(const char *name);
void suite_covers(const char *id);
/* R_NONE is no refusal and is not noted. */
void suite_reached(enum reason reason);
/* The same, with the call: docs/REASONS.md must have named it. */
void suite_refused(const struct trace_record *record);
int suite_end(int failed);

/* Fails unless `got` is `wanted`, with both names; notes what was reached. */
void suite_expect_reason(
	enum reason got, enum reason wanted, const char *file, int line);
#define expect_reason(got, wanted)                                             \
	suite_expect_reason(got, wanted, __FILE__, __LINE__)

#define SUITE_RUN(name, tests)                                                 \
	(suite_begin(name), suite_end(cmocka_run_group_tests_name(             \
				    name, tests, NULL, NULL)))

#endif
