/* What the tools say about a refusal, beyond the image's sentence. */
#include <string.h>

#include "lib/advice.h"
#include "lib/suite.h"

static void every_reason_has_its_own_advice(void **state)
{
	(void)state;
	for (unsigned i = R_NONE + 1; i < R_COUNT; i++) {
		enum reason reason = (enum reason)i;

		if (strlen(tool_reason_when(reason)) == 0 ||
			strlen(tool_reason_advice(reason)) == 0)
			fail_msg("none for %s", reason_name(reason));
		if (strcmp(tool_reason_when(reason),
			    tool_reason_when((enum reason)(i - 1))) == 0)
			fail_msg("the same for %s as before it",
				reason_name(reason));
	}
}

static void the_advice_is_that_of_the_reason(void **state)
{
	(void)state;
	assert_non_null(
		strstr(tool_reason_advice(R_RX_FULL), "FFA_RX_RELEASE"));
	assert_non_null(strstr(tool_reason_advice(R_STILL_HELD), "relinquish"));
	assert_non_null(strstr(
		tool_reason_when(R_ZERO_TOO_LONG), "escrow,zero-bytes-max"));
	/* The last row: none of those before it is missing. */
	assert_non_null(strstr(tool_reason_when(R_PERM_DEVICE), "device"));
}

static void what_is_no_reason_has_none(void **state)
{
	(void)state;
	assert_string_equal(tool_reason_when(R_NONE), "");
	assert_string_equal(tool_reason_advice(R_NONE), "");
	assert_string_equal(tool_reason_when(R_COUNT), "");
	assert_string_equal(tool_reason_advice((enum reason)0xffff), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_has_its_own_advice),
		cmocka_unit_test(the_advice_is_that_of_the_reason),
		cmocka_unit_test(what_is_no_reason_has_none),
	};

	return SUITE_RUN("test-advice", tests);
}
