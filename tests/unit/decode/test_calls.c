/*
 * ffa-decode and registers: what it says is wrong, and with which register,
 * beside what the manager's gate says of the same call.
 */
#include <string.h>

#include "decode/call.h"
#include "lib/calls.h"
#include "lib/suite.h"
#include "unit/decode/reads.h"

/* Whose call it is; NOBODY where the test's manager has no such caller. */
#define NOBODY -1

struct bad_call {
	int party;
	enum reason reason;
	unsigned reg; /* that the finding is about */
	struct ffa_regs regs;
};

#define R(...)                                                                 \
	{                                                                      \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}

static const struct bad_call bad_calls[] = {
	{SP1, R_UNKNOWN_FUNCTION, 0, R(0x84000091)},
	{SP1, R_UNKNOWN_FUNCTION, 0, R(0xc4000069)},
	{SP1, R_UNKNOWN_FUNCTION, 0, R(0x8400008d)},
	{SP1, R_VERSION_INCOMPATIBLE, 1, R(FFA_VERSION, 0x80010001)},
	{SP1, R_VERSION_INCOMPATIBLE, 1, R(FFA_VERSION, 0x20000)},
	{SP1, R_VERSION_QUERY, 2, R(FFA_VERSION, 0x10001, 3)},
	{SP1, R_FEATURE_UNKNOWN, 1, R(FFA_FEATURES, 0x100)},
	{SP1, R_RESERVED_REGISTER, 7, R(FFA_ID_GET, 0, 0, 0, 0, 0, 0, 1)},
	{SP1, R_RESERVED_REGISTER, 2, R(FFA_MSG_WAIT, 0, 2)},
	{SP1, R_RESERVED_REGISTER, 3, R(FFA_MSG_WAIT, 0, 0, 1)},
	{SP1, R_BUFFER_COUNT, 3, R(FFA_RXTX_MAP_64, 0x7000000, 0x7001000, 0)},
	{SP1, R_BUFFER_COUNT, 3,
		R(FFA_RXTX_MAP_64, 0x7000000, 0x7001000, 0x101)},
	{SP1, R_BUFFER_ALIGNMENT, 1,
		R(FFA_RXTX_MAP_64, 0x7000800, 0x7002000, 1)},
	{SP1, R_BUFFER_ALIGNMENT, 2,
		R(FFA_RXTX_MAP_64, 0x7000000, 0x7002800, 1)},
	{SP1, R_BUFFER_OVERLAP, 2, R(FFA_RXTX_MAP_64, 0x7000000, 0x7001000, 2)},
	{SP1, R_BUFFER_OVERLAP, 2, R(FFA_RXTX_MAP_64, 0x7001000, 0x7000000, 2)},
	{SP1, R_INFO_FLAGS, 5, R(FFA_PARTITION_INFO_GET, 0, 0, 0, 0, 2)},
	{SP1, R_INFO_TAG, 3, R(FFA_PARTITION_INFO_GET_REGS, 0, 0, 1u << 16)},
	{SP1, R_MESSAGE_IDS, 1, R(FFA_MSG_SEND_DIRECT_REQ, 0x80018001)},
	{SP1, R_MESSAGE_FLAGS, 2, R(FFA_MSG_SEND_DIRECT_REQ, 0x80018002, 1)},
	{SP1, R_RESERVED_REGISTER, 5, R(FFA_MEM_SHARE_64, 96, 96, 0, 0, 1)},
	{SP1, R_DYNAMIC_BUFFER, 3, R(FFA_MEM_LEND_64, 96, 96, 0x7000000, 1)},
	{SP1, R_DYNAMIC_BUFFER, 4, R(FFA_MEM_DONATE_64, 96, 96, 0, 1)},
	{SP1, R_FRAGMENT_LENGTH, 2, R(FFA_MEM_SHARE_64, 96, 0)},
	{SP1, R_FRAGMENT_LENGTH, 2, R(FFA_MEM_SHARE_64, 96, 112)},
	{SP1, R_FRAGMENT_LENGTH, 2, R(FFA_MEM_RETRIEVE_REQ_64, 96, 80)},
	{SP1, R_RESERVED_REGISTER, 1, R(FFA_MEM_RELINQUISH, 1)},
	{SP1, R_RESERVED_REGISTER, 4, R(FFA_MEM_RECLAIM, 1, 0, 0, 1)},
	{NOBODY, R_RECLAIM_FLAGS, 3, R(FFA_MEM_RECLAIM, 1, 0, 2)},
	{SP1, R_FRAGMENT_SENDER, 4, R(FFA_MEM_FRAG_RX, 1, 0, 0, 1)},
	{SP1, R_FRAGMENT_SENDER, 4, R(FFA_MEM_FRAG_TX, 1, 0, 16, 1)},
	{SP1, R_RESERVED_REGISTER, 5, R(FFA_MEM_FRAG_TX, 1, 0, 16, 0, 1)},
	{NOBODY, R_FRAGMENT_LENGTH, 3, R(FFA_MEM_FRAG_TX, 1, 0, 24)},
	{SP1, R_NOTIFY_FLAGS, 2, R(FFA_NOTIFICATION_BIND, 0x80028001, 2, 1)},
	{SP1, R_NOTIFY_EMPTY, 3, R(FFA_NOTIFICATION_BIND, 0x80028001)},
	{SP1, R_NOTIFY_FLAGS, 2, R(FFA_NOTIFICATION_UNBIND, 0x80028001, 1, 1)},
	{SP1, R_NOTIFY_FLAGS, 2, R(FFA_NOTIFICATION_SET, 0x80018002, 4, 1)},
	{SP1, R_NOTIFY_EMPTY, 3, R(FFA_NOTIFICATION_SET, 0x80018002, 3)},
	{SP1, R_NOTIFY_FLAGS, 2, R(FFA_NOTIFICATION_GET, 0x8001, 16)},
	{SP1, R_SEND2_FLAGS, 2, R(FFA_MSG_SEND2, 0, 1)},
	{SP1, R_LOG_LENGTH, 1, R(FFA_CONSOLE_LOG, 0)},
	{SP1, R_LOG_LENGTH, 1, R(FFA_CONSOLE_LOG, 25)},
	{SP1, R_LOG_LENGTH, 1, R(FFA_CONSOLE_LOG_64, 129)},
	{NOBODY, R_PERM_ALIGNMENT, 1, R(FFA_MEM_PERM_GET, 0x7000001)},
	{NOBODY, R_PERM_COUNT, 2, R(FFA_MEM_PERM_SET, 0x7000000, 0, 7)},
	{NOBODY, R_PERM_ATTRIBUTES, 3, R(FFA_MEM_PERM_SET, 0x7000000, 1, 1)},
	{NOBODY, R_NS_RES_FLAGS, 2, R(FFA_NS_RES_INFO_GET, 0, 4)},
	{NOBODY, R_NS_RES_TARGET, 1, R(FFA_NS_RES_INFO_GET, 0x8001, 0)},
	{NOBODY, R_RESERVED_REGISTER, 3, R(FFA_NS_RES_INFO_GET, 0, 0, 1)},
};

static void read_regs(const struct ffa_regs *regs, struct reading *reading)
{
	struct call call = {.regs = *regs, .known = (1u << 18) - 1};

	read_call(&call, reading);
}

static void what_is_wrong_with_registers_is_pointed_to(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad_calls); i++) {
		const struct bad_call *bad = &bad_calls[i];
		struct reading reading;

		read_regs(&bad->regs, &reading);
		expect_said(&reading, bad->reason);
		assert_int_equal(reading.findings[0].place.at, bad->reg);
		assert_non_null(reading.findings[0].name);
		reading_end(&reading);
	}
}

static bool is_about_buffers(const struct bad_call *bad)
{
	return bad->regs.x[0] == FFA_RXTX_MAP_64;
}

static void make_call(struct world *world, const struct bad_call *bad)
{
	if (bad->party == NOBODY)
		return;
	if (bad->regs.x[0] != FFA_VERSION) {
		expect_error(world, bad->party, bad->regs, bad->reason);
		return;
	}
	/* Answered by a word. */
	call_regs(world, bad->party, bad->regs);
	expect_reason(world->refused, bad->reason);
}

static void the_gate_says_the_same(void **state)
{
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_COUNT(bad_calls); i++)
		if (is_about_buffers(&bad_calls[i]))
			make_call(world, &bad_calls[i]);
	map_buffers(world);
	for (size_t i = 0; i < ARRAY_COUNT(bad_calls); i++)
		if (!is_about_buffers(&bad_calls[i]))
			make_call(world, &bad_calls[i]);
}

/* Garbage in registers that a function does not have is none of it. */
static void what_a_call_does_not_use_is_not_looked_at(void **state)
{
	struct ffa_regs regs = {{FFA_MEM_SHARE, 96, 96}};
	struct reading reading;

	(void)state;
	for (unsigned reg = 8; reg < FFA_REG_COUNT; reg++)
		regs.x[reg] = 0x1234567890ull;
	for (unsigned reg = 1; reg < 8; reg++)
		regs.x[reg] |= 0xffffffff00000000ull;
	read_regs(&regs, &reading);
	assert_int_equal(reading.finding_count, 0);
	assert_int_equal(reading.field_count, 5);
	reading_end(&reading);
}

static void every_function_has_its_fields(void **state)
{
	(void)state;
	for (uint32_t number = FFA_NUMBER_FIRST; number <= FFA_NUMBER_LAST;
		number++) {
		const struct call_form *form = call_form(0x84000000u | number);
		bool unknown = number >= 0x91 && number <= 0x93;

		assert_true((form == NULL) == unknown);
		for (unsigned i = 0; !unknown && i < form->row_count; i++)
			assert_in_range(form->rows[i].reg, 1, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_with_registers_is_pointed_to),
		cmocka_unit_test_setup_teardown(
			the_gate_says_the_same, world_set_up, world_tear_down),
		cmocka_unit_test(what_a_call_does_not_use_is_not_looked_at),
		cmocka_unit_test(every_function_has_its_fields),
	};

	return SUITE_RUN("decode-calls", tests);
}
