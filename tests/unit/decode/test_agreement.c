/*
 * The first finding of ffa-decode beside what the manager says: its decoder,
 * for thousands of damaged descriptors; and the whole of it, where a rule of
 * the engine needs nothing but the bytes.
 */
#include <string.h>

#include "abi/ffa_func.h"
#include "lib/calls.h"
#include "lib/suite.h"
#include "unit/decode/reads.h"

static const uint32_t versions[] = {
	FFA_VERSION_1_0,
	FFA_VERSION_1_1,
	FFA_VERSION_1_2,
	FFA_VERSION_1_3,
};

static struct sample sample;

static const enum reason engine_reasons[] = {
	R_NONE,
	R_RECEIVER_WORLD,
	R_NWD_RECEIVERS,
	R_RANGE_OVERLAP,
	R_RECEIVER_FLAGS,
	R_RETRIEVE_FLAGS,
	R_SHARE_ZERO,
	R_ZERO_DEVICE,
	R_ZERO_NEEDS_WRITE,
	R_INSTRUCTION_STATED,
	R_EXECUTE_DEVICE,
};

static bool is_the_engines(enum reason reason)
{
	for (size_t i = 0; i < ARRAY_COUNT(engine_reasons); i++)
		if (engine_reasons[i] == reason)
			return true;
	return false;
}

/* Every byte is in one field, whatever the bytes say. */
static void expect_cover(const struct reading *reading)
{
	uint32_t at = 0;

	for (size_t i = 0; i < reading->field_count; i++) {
		assert_int_equal(reading->fields[i].place.at, at);
		at += reading->fields[i].place.size;
	}
	assert_int_equal(at,
		sample.size < sample.want.fragment || sample.want.fragment == 0
			? sample.size
			: sample.want.fragment);
}

/* What the decoder refuses is found, and has a place; nothing else is. */
static void expect_agreement(void)
{
	enum reason decided = sample_decided(&sample);
	struct reading reading;
	const struct finding *first = &reading.findings[0];
	enum reason found;

	sample_read(&sample, &reading);
	expect_cover(&reading);
	found = reading_reason(&reading);
	if (decided != R_NONE) {
		assert_int_equal(found, decided);
		assert_true(first->place.at + first->place.size <= sample.size);
		/* It was found by a rule that knows what would be right. */
		assert_true(first->right[0] != '\0');
	} else if (!is_the_engines(found)) {
		print_error(
			"%s, but the decoder accepts it\n", reason_name(found));
		fail();
	}
	reading_end(&reading);
}

static uint64_t random_state = 1;

static uint32_t any(uint32_t limit)
{
	random_state = random_state * 6364136223846793005ull + 1;
	return (uint32_t)(random_state >> 33) % limit;
}

static void damage_every_byte(void)
{
	static const uint8_t values[] = {0, 1, 2, 3, 16, 32, 48, 0x80, 0xff};

	for (uint32_t at = 0; at < sample.size; at++) {
		uint8_t before = sample.bytes[at];

		for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
			sample.bytes[at] = values[i];
			expect_agreement();
		}
		sample.bytes[at] = before ^ 1;
		expect_agreement();
		sample.bytes[at] = before;
	}
}

static void every_byte_damaged_the_tool_agrees_with_the_decoder(void **state)
{
	(void)state;
	for (size_t v = 0; v < ARRAY_COUNT(versions); v++)
		for (unsigned kind = KIND_SHARE; kind <= KIND_HYPERVISOR;
			kind++) {
			bool sends = kind_is_send((enum kind)kind);
			uint32_t receivers = kind == KIND_HYPERVISOR ? 0
					     : kind == KIND_DONATE   ? 1
								     : 2;

			sample_make(&sample, (enum kind)kind, versions[v],
				receivers, sends ? 2 : 0);
			damage_every_byte();
		}
}

/* Several bytes, the length, and parts of it that repeat others. */
static void damage_at_random(void)
{
	uint32_t count = any(4);

	for (uint32_t i = 0; i < count; i++)
		sample.bytes[any(sample.size)] = (uint8_t)any(256);
	if (any(4) == 0)
		sample_put(&sample, 4 * any(sample.size / 4), any(300), 4);
	if (any(8) == 0)
		memmove(sample.bytes + 8 * any(sample.size / 8),
			sample.bytes + 8 * any(sample.size / 8), 16);
	if (any(4) == 0)
		sample.size = any(sample.size + 40);
	if (any(4) == 0) {
		sample.want.fragment = sample.size;
		sample.want.total = sample.size + 8 * any(8);
	}
}

static void damaged_at_random_the_tool_agrees_with_the_decoder(void **state)
{
	(void)state;
	for (int i = 0; i < 6000; i++) {
		enum kind kind = (enum kind)(KIND_SHARE + any(5));
		bool sends = kind_is_send(kind);

		sample_make(&sample, kind, versions[any(4)],
			kind == KIND_HYPERVISOR ? 0 : 1 + any(4),
			sends ? 1 + any(4) : 0);
		damage_at_random();
		/* A request in parts, or in none, the decoder does not see. */
		if (sample.size == 0 ||
			(!sends && sample.want.total > sample.want.fragment))
			continue;
		expect_agreement();
	}
}

/* --- The engine -------------------------------------------------------- */

/* The tool and the whole manager, on the same bytes. */
static void expect_both(const struct desc *desc, enum kind kind,
	enum reason got, enum reason reason)
{
	struct reading reading;

	expect_reason(got, reason);
	sample = (struct sample){.want = {kind, desc->version, 0, 0}};
	sample.size = desc_write(desc, sample.bytes, READS_MAX);
	sample_read(&sample, &reading);
	expect_said(&reading, reason);
	reading_end(&reading);
}

static void expect_send(
	struct world *world, struct op *op, enum kind kind, enum reason reason)
{
	op->desc.range = op->range;
	desc_settle(&op->desc);
	expect_both(&op->desc, kind, raw_send(world, op), reason);
}

static void sends_are_refused_as_the_tool_says(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);

	op_range(&op, SP1_MORE, 2);
	op_range(&op, SP1_MORE + 2 * PAGE_SIZE, 2);
	op.range[1].base -= PAGE_SIZE;
	expect_send(world, &op, KIND_LEND, R_RANGE_OVERLAP);
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op_range(&op, SP1_MORE, 1);
	op.desc.receiver[0].id = ID_VM;
	expect_send(world, &op, KIND_LEND, R_RECEIVER_WORLD);
	op = op_of(world, MODEL_LEND, NWD, SP1);
	op_range(&op, NWD_RAM, 1);
	op_receiver(world, &op, NWD, DESC_RW);
	expect_send(world, &op, KIND_LEND, R_RECEIVER_WORLD);
	op = op_of(world, MODEL_SHARE, NWD, SP1);
	op_range(&op, NWD_RAM, 1);
	op_receiver(world, &op, NWD, DESC_RW);
	op_receiver(world, &op, NWD, DESC_RW);
	op.desc.receiver[2].id = ID_VM + 1;
	expect_send(world, &op, KIND_SHARE, R_NWD_RECEIVERS);
}

/* A request with something changed. */
struct request {
	uint32_t flags;
	uint16_t attributes;
	uint8_t permissions;
	uint8_t receiver_flags;
	enum reason reason;
};

static void ask(
	struct world *world, const struct op *op, const struct request *request)
{
	struct desc desc = retrieve_desc(world, op);

	desc.flags |= request->flags;
	desc.attributes = request->attributes;
	desc.receiver[0].permissions = request->permissions;
	desc.receiver[0].flags = request->receiver_flags;
	expect_both(&desc, KIND_RETRIEVE, raw_retrieve(world, SP2, &desc),
		request->reason);
}

static void requests_are_refused_as_the_tool_says(void **state)
{
	static const struct request of_a_loan[] = {
		{4, 0, DESC_RO | DESC_XN, 0, R_ZERO_NEEDS_WRITE},
		{4, 0x10, DESC_RW | DESC_XN, 0, R_ZERO_DEVICE},
		{0, 0x10, DESC_RO | DESC_X, 0, R_EXECUTE_DEVICE},
		{0, 0, DESC_RW | DESC_XN, 1, R_RECEIVER_FLAGS},
		{0, 0, DESC_RW | DESC_XN, 2, R_RECEIVER_FLAGS},
	};
	static const struct request of_a_share[] = {
		{4, 0, DESC_RW, 0, R_SHARE_ZERO},
		{0, 0, DESC_RW | DESC_XN, 0, R_INSTRUCTION_STATED},
	};
	struct world *world = start_mapped(state);
	struct op loan = sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	struct op share = sent(world, MODEL_SHARE, SP1, SP2, SP1_RW);

	for (size_t i = 0; i < ARRAY_COUNT(of_a_loan); i++)
		ask(world, &loan, &of_a_loan[i]);
	for (size_t i = 0; i < ARRAY_COUNT(of_a_share); i++)
		ask(world, &share, &of_a_share[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_byte_damaged_the_tool_agrees_with_the_decoder),
		cmocka_unit_test(
			damaged_at_random_the_tool_agrees_with_the_decoder),
		cmocka_unit_test_setup_teardown(
			sends_are_refused_as_the_tool_says, world_set_up,
			world_tear_down),
		cmocka_unit_test_setup_teardown(
			requests_are_refused_as_the_tool_says, world_set_up,
			world_tear_down),
	};

	return SUITE_RUN("decode-agreement", tests);
}
