/*
 * Rings of trace records: one record a call, ready or visibly not; the oldest
 * goes first.
 */
#include <stdio.h>
#include <string.h>

#include "lib/calls.h"

static const struct trace_record *record(
	const struct world *world, unsigned cpu, uint32_t number)
{
	return &world->cpu[cpu].ring[number % TRACE_RING_RECORDS];
}

static void a_call_is_a_record(void **state)
{
	struct world *world = *state;
	const struct trace_record *last;

	call_regs(world, SP1, REGS(FFA_ID_GET));
	last = record(world, 0, world->cpu[0].begun - 1);
	assert_int_equal(last->number, world->cpu[0].begun - 1);
	assert_int_equal(last->func, FFA_ID_GET);
	assert_int_equal(last->who, ID_SP1);
	assert_int_equal(last->reason, R_NONE);
	assert_true(last->time > 0);
	expect_error(world, SP1, REGS(FFA_ID_GET, 1), R_RESERVED_REGISTER);
	last++;
	assert_int_equal(last->reason, R_RESERVED_REGISTER);
	assert_int_equal(last->status, FFA_INVALID_PARAMETERS);
}

static void every_processor_has_its_own(void **state)
{
	struct world *world = *state;
	uint32_t begun = world->cpu[0].begun;

	call_on(world, 1, SP2, REGS(FFA_ID_GET));
	assert_int_equal(world->cpu[0].begun, begun);
	assert_int_equal(record(world, 1, 0)->cpu, 1);
	assert_int_equal(record(world, 1, 0)->who, ID_SP2);
}

static void the_oldest_record_goes_first(void **state)
{
	struct world *world = *state;
	uint32_t first = world->cpu[0].begun;

	for (uint32_t i = 0; i < TRACE_RING_RECORDS + 3; i++)
		call_plain(world, i == TRACE_RING_RECORDS ? SP2 : SP1,
			REGS(FFA_ID_GET));
	for (uint32_t i = 3; i < TRACE_RING_RECORDS + 3; i++) {
		assert_int_equal(
			record(world, 0, first + i)->number, first + i);
		assert_int_equal(record(world, 0, first + i)->who,
			i == TRACE_RING_RECORDS ? ID_SP2 : ID_SP1);
	}
}

/* What is not FF-A's is no record. */
static void other_calls_leave_no_record(void **state)
{
	struct world *world = *state;
	uint32_t begun = world->cpu[0].begun;

	call_plain(world, SP1, REGS(0x84000000));
	assert_int_equal(world->cpu[0].begun, begun);
}

/* While the call copies, its record has no time. */
static void look_at_record(void *context, const struct host_event *event)
{
	const struct world *world = context;
	const struct trace_record *last =
		record(world, 0, world->cpu[0].begun - 1);

	(void)event;
	assert_int_equal(last->func, FFA_MEM_SHARE);
	assert_int_equal(last->time, 0);
}

static void a_record_that_is_not_ready_has_no_time(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_SHARE, SP1, SP2);

	op_range(&op, SP1_RW, 1);
	op.desc.range = op.range;
	desc_settle(&op.desc);
	desc_write(&op.desc, host_memory(paddr(world_tx(SP1))), PAGE_SIZE);
	/* Its place had a ready one before. */
	for (uint32_t i = 0; i < TRACE_RING_RECORDS; i++)
		call_plain(world, SP1, REGS(FFA_ID_GET));
	host_checker_set(look_at_record, world);
	call_plain(world, SP1,
		REGS(FFA_MEM_SHARE, op.desc.length, op.desc.length));
	host_checker_set(NULL, NULL);
	assert_true(record(world, 0, world->cpu[0].begun - 1)->time > 0);
	assert_true(record(world, 0, world->cpu[0].begun - 1)->handle > 0);
}

/* --- Captures ---------------------------------------------------------- */

static char heard[4096];
static size_t heard_length;

static void hear(void *context, const char *text, size_t length)
{
	(void)context;
	assert_true(heard_length + length < sizeof(heard));
	memcpy(heard + heard_length, text, length);
	heard_length += length;
	heard[heard_length] = '\0';
}

static void share_captured(struct world *world)
{
	struct op op = op_of(world, MODEL_SHARE, SP1, SP2);

	op_range(&op, SP1_RW, 1);
	op.desc.range = op.range;
	desc_settle(&op.desc);
	desc_write(&op.desc, host_memory(paddr(world_tx(SP1))), PAGE_SIZE);
	heard_length = 0;
	call_plain(world, SP1,
		REGS(FFA_MEM_SHARE, op.desc.length, op.desc.length));
}

/* Bytes as they were read, or that they could not be; then the record. */
static void a_capture_has_what_is_read_and_what_faults(void **state)
{
	struct world *world = start_mapped(state);
	char tx[24];

	snprintf(tx, sizeof(tx), " B %llx 0180",
		(unsigned long long)world_tx(SP1));
	world->spm.capture.on = true;
	world->spm.told = true;
	host_console_set(hear, NULL);
	share_captured(world);
	assert_int_equal(world->reason, R_NONE);
	assert_non_null(strstr(heard, tx));
	assert_null(strstr(heard, " F "));
	assert_non_null(strstr(heard, " T "));
	host_fail_copy(1);
	share_captured(world);
	assert_int_equal(world->reason, R_BUFFER_FAULT);
	tx[1] = 'F';
	*strrchr(tx, ' ') = '\0';
	assert_non_null(strstr(heard, tx));
	assert_null(strstr(heard, " B "));
	host_console_set(NULL, NULL);
}

/* Every byte of it tells, so that others may come in between. */
static void a_capture_can_be_told_from_what_a_partition_writes(void **state)
{
	struct world *world = start_mapped(state);

	world->spm.capture.on = true;
	world->spm.capture.mixed = true;
	world->spm.told = true;
	host_console_set(hear, NULL);
	share_captured(world);
	assert_true(heard_length > 0);
	for (size_t i = 0; i < heard_length; i++) {
		assert_true((uint8_t)heard[i] & CAPTURE_OURS);
		heard[i] = (char)((uint8_t)heard[i] & ~CAPTURE_OURS);
	}
	assert_non_null(strstr(heard, " B "));
	assert_int_equal(heard[heard_length - 1], '\n');
	host_console_set(NULL, NULL);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_a_record),
		TEST(every_processor_has_its_own),
		TEST(the_oldest_record_goes_first),
		TEST(other_calls_leave_no_record),
		TEST(a_record_that_is_not_ready_has_no_time),
		TEST(a_capture_has_what_is_read_and_what_faults),
		TEST(a_capture_can_be_told_from_what_a_partition_writes),
	};

	return SUITE_RUN("test-trace-rings", tests);
}
