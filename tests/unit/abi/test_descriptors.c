/*
 * Descriptors: bytes to canonical form and back, against the vectors of
 * spec/08, and every malformed field with its reason.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "abi/mem_decode.h"
#include "abi/mem_encode.h"
#include "lib/desc.h"
#include "lib/golden.h"
#include "lib/suite.h"

static struct mem_desc desc;

/* Decodes an exact-size copy, so that a byte too far is seen by ASan. */
static enum reason decode(const uint8_t *bytes, uint32_t size, uint32_t version,
	enum mem_func func)
{
	uint8_t *copy = aligned_alloc(16, (size + 15) & ~15u);
	struct mem_input in = {copy, size, size, size, version};
	enum reason reason;

	memcpy(copy, bytes, size);
	memset(&desc, 0xa5, sizeof(desc));
	reason = func ? mem_decode_send(&in, func, &desc)
		      : mem_decode_retrieve(&in, &desc);
	if (reason == R_NONE && func)
		for (uint32_t i = 0; i < desc.range_count; i++)
			assert_true(mem_range(desc.ranges, i).pages > 0);
	free(copy);
	return reason;
}

static enum reason decode_golden(
	enum golden_vector vector, uint32_t version, enum mem_func func)
{
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));
	uint32_t size = golden_bytes(vector, bytes);

	return decode(bytes, size, version, func);
}

static void expect_common_fields(void)
{
	assert_int_equal(desc.sender, GOLDEN_SENDER);
	assert_int_equal(desc.tag, GOLDEN_TAG);
	assert_int_equal(desc.receiver_count, 1);
	assert_int_equal(desc.receiver[0].id, GOLDEN_RECEIVER);
	assert_int_equal(desc.receiver[0].data, MEM_DATA_RW);
	assert_int_equal(desc.page_count, 3);
	assert_int_equal(desc.range_count, 2);
}

static void golden_share_1_0_decodes(void **state)
{
	(void)state;
	assert_int_equal(
		decode_golden(GOLDEN_SHARE_1_0, FFA_VERSION_1_0, MEM_SHARE),
		R_NONE);
	expect_common_fields();
	assert_int_equal(desc.attributes, ATTR_NORMAL_WB);
	assert_int_equal(desc.flags, 0);
	assert_false(desc.has_impdef);
}

static void golden_share_1_1_decodes_to_the_same(void **state)
{
	struct mem_desc first;

	(void)state;
	decode_golden(GOLDEN_SHARE_1_0, FFA_VERSION_1_0, MEM_SHARE);
	first = desc;
	assert_int_equal(
		decode_golden(GOLDEN_SHARE_1_1, FFA_VERSION_1_1, MEM_SHARE),
		R_NONE);
	expect_common_fields();
	assert_int_equal(desc.attributes, first.attributes);
	assert_int_equal(desc.flags, first.flags);
	assert_int_equal(desc.handle, first.handle);
}

static void golden_lend_1_2_decodes_with_its_words(void **state)
{
	(void)state;
	assert_int_equal(
		decode_golden(GOLDEN_LEND_1_2, FFA_VERSION_1_2, MEM_LEND),
		R_NONE);
	expect_common_fields();
	assert_int_equal(desc.flags, MEM_FLAG_ZERO);
	assert_true(desc.has_impdef);
	assert_int_equal(desc.receiver[0].impdef[0], 0xaaaa);
	assert_int_equal(desc.receiver[0].impdef[1], 0xbbbb);
}

static void ranges_come_in_the_senders_order(void **state)
{
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));
	struct mem_input in = {
		.bytes = bytes,
		.version = FFA_VERSION_1_2,
	};

	(void)state;
	in.size = golden_bytes(GOLDEN_LEND_1_2, bytes);
	in.fragment = in.size;
	in.total = in.size;
	expect_reason(mem_decode_send(&in, MEM_LEND, &desc), R_NONE);
	assert_int_equal(mem_range(desc.ranges, 0).base.v, GOLDEN_BASE_0);
	assert_int_equal(mem_range(desc.ranges, 0).pages, 2);
	assert_int_equal(mem_range(desc.ranges, 1).base.v, GOLDEN_BASE_1);
	assert_int_equal(mem_range(desc.ranges, 1).pages, 1);
}

static void golden_request_decodes(void **state)
{
	(void)state;
	assert_int_equal(
		decode_golden(GOLDEN_REQUEST_1_2, FFA_VERSION_1_2, 0), R_NONE);
	assert_int_equal(desc.handle, GOLDEN_HANDLE);
	assert_int_equal(desc.receiver[0].data, MEM_DATA_RW);
	assert_int_equal(desc.receiver[0].instr, MEM_INSTR_XN);
	assert_int_equal(desc.flags, MEM_LEND << MEM_FLAG_TYPE_SHIFT);
}

static struct mem_response golden_response(uint32_t version)
{
	static const struct mem_receiver receiver = {
		.id = GOLDEN_RECEIVER,
		.data = MEM_DATA_RW,
		.instr = MEM_INSTR_XN,
		.impdef = {0xaaaa, 0xbbbb},
	};

	return (struct mem_response){
		.version = version,
		.sender = GOLDEN_SENDER,
		.attributes = ATTR_NORMAL_WB,
		.flags = MEM_FLAG_ZERO | MEM_LEND << MEM_FLAG_TYPE_SHIFT,
		.handle = GOLDEN_HANDLE,
		.tag = GOLDEN_TAG,
		.receiver_count = 1,
		.receivers = &receiver,
		.page_count = 3,
		.range_count = 2,
	};
}

/* What the manager writes, into memory that was not zero. */
static uint32_t encode(uint32_t version, uint8_t *bytes)
{
	struct mem_response response = golden_response(version);
	uint8_t *at;

	memset(bytes, 0xff, GOLDEN_SIZE_MAX);
	at = mem_encode_response(bytes, &response);
	at = mem_encode_range(at, (struct range){paddr(GOLDEN_BASE_0), 2});
	at = mem_encode_range(at, (struct range){paddr(GOLDEN_BASE_1), 1});
	assert_int_equal(at - bytes, mem_response_size(&response));
	return (uint32_t)(at - bytes);
}

static void response_1_2_equals_the_golden_bytes(void **state)
{
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));
	uint8_t golden[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));
	uint32_t size = golden_bytes(GOLDEN_RESPONSE_1_2, golden);

	(void)state;
	assert_int_equal(encode(FFA_VERSION_1_2, bytes), size);
	assert_memory_equal(bytes, golden, size);
}

/* Byte by byte against the independent builder, in every version. */
static void response_equals_the_builders_bytes(void **state)
{
	static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1,
		FFA_VERSION_1_2, FFA_VERSION_1_3};
	struct desc_range ranges[] = {
		{GOLDEN_BASE_0, 2, 0}, {GOLDEN_BASE_1, 1, 0}};
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));
	uint8_t built[GOLDEN_SIZE_MAX];
	struct desc want;

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(versions); i++) {
		uint32_t size = encode(versions[i], bytes);
		struct desc_receiver *receiver;

		desc_init(&want, versions[i]);
		want.sender = GOLDEN_SENDER;
		want.attributes = ATTR_NORMAL_WB;
		want.flags = 0x11;
		want.handle = GOLDEN_HANDLE;
		want.tag = GOLDEN_TAG;
		receiver = desc_add_receiver(&want, GOLDEN_RECEIVER, 0x06);
		receiver->impdef[0] = 0xaaaa;
		receiver->impdef[1] = 0xbbbb;
		want.range = ranges;
		want.range_count = 2;
		desc_settle(&want);
		assert_int_equal(desc_write(&want, built, sizeof(built)), size);
		assert_memory_equal(bytes, built, size);
	}
}

static void golden_relinquish_decodes(void **state)
{
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));
	struct mem_relinquish out;

	(void)state;
	assert_int_equal(
		golden_bytes(GOLDEN_RELINQUISH, bytes), MEM_RELINQUISH_SIZE);
	expect_reason(mem_decode_relinquish(bytes, &out), R_NONE);
	assert_int_equal(out.handle, GOLDEN_HANDLE);
	assert_int_equal(out.flags, 1);
	assert_int_equal(out.endpoint, GOLDEN_RECEIVER);
}

static void relinquish_for_none_or_two_is_refused(void **state)
{
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));
	struct mem_relinquish out;

	(void)state;
	golden_bytes(GOLDEN_RELINQUISH, bytes);
	bytes[12] = 0;
	expect_reason(mem_decode_relinquish(bytes, &out), R_RELINQUISH_COUNT);
	bytes[12] = 2;
	expect_reason(mem_decode_relinquish(bytes, &out), R_RELINQUISH_COUNT);
}

/* One field of a good descriptor changed, and the reason that must follow. */
struct damage {
	uint16_t at;
	uint8_t size;
	uint64_t value;
	enum reason reason;
};

static void apply(uint8_t *bytes, const struct damage *damage)
{
	memcpy(bytes + damage->at, &damage->value, damage->size);
}

static void expect_damages(enum golden_vector vector, uint32_t version,
	enum mem_func func, const struct damage *damages, size_t count)
{
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));

	for (size_t i = 0; i < count; i++) {
		uint32_t size = golden_bytes(vector, bytes);
		enum reason reason;

		apply(bytes, &damages[i]);
		reason = decode(bytes, size, version, func);
		if (reason != damages[i].reason)
			print_error("damage at %u, value %#llx\n",
				damages[i].at,
				(unsigned long long)damages[i].value);
		expect_reason(reason, damages[i].reason);
	}
}

static const struct damage lend_damages[] = {
	{2, 2, 0x2f, R_ATTRIBUTE_GIVEN},
	{2, 2, 0x40, R_ATTRIBUTE_NS},
	{2, 2, 0x80, R_ATTRIBUTE_RESERVED},
	{2, 2, 0x8000, R_ATTRIBUTE_RESERVED},
	{2, 2, 0x30, R_ATTRIBUTE_RESERVED},
	{4, 4, 1 << 1, R_SEND_FLAGS},
	{4, 4, 1 << 2, R_SEND_FLAGS},
	{4, 4, 1 << 3, R_SEND_FLAGS},
	{4, 4, 1u << 31, R_SEND_FLAGS},
	{8, 8, 5, R_HANDLE_NOT_ZERO},
	{8, 8, 1ull << 63, R_HANDLE_NOT_ZERO},
	{24, 4, 0, R_RECEIVER_SIZE},
	{24, 4, 24, R_RECEIVER_SIZE},
	{24, 4, 64, R_RECEIVER_SIZE},
	{28, 4, 0, R_RECEIVER_NONE},
	{28, 4, 17, R_RECEIVER_COUNT},
	{28, 4, 0x10000001, R_RECEIVER_COUNT},
	{28, 4, 16, R_RECEIVER_OFFSET},
	{32, 4, 40, R_RECEIVER_OFFSET},
	{32, 4, 52, R_RECEIVER_OFFSET},
	{32, 4, 0x80, R_RECEIVER_OFFSET},
	{32, 4, 0xfffffff0, R_RECEIVER_OFFSET},
	{36, 4, 1, R_HEADER_RESERVED},
	{40, 4, 1, R_HEADER_RESERVED},
	{44, 4, 1u << 31, R_HEADER_RESERVED},
	{48, 2, 0x8001, R_RECEIVER_SELF},
	{50, 1, 0x03, R_PERMISSION_RESERVED},
	{50, 1, 0x0e, R_PERMISSION_RESERVED},
	{50, 1, 0x12, R_PERMISSION_RESERVED},
	{50, 1, 0x82, R_PERMISSION_RESERVED},
	{50, 1, 0x00, R_DATA_MISSING},
	{50, 1, 0x06, R_SENDER_INSTRUCTION},
	{50, 1, 0x0a, R_SENDER_INSTRUCTION},
	{51, 1, 0x01, R_RECEIVER_FLAGS},
	{51, 1, 0x80, R_RECEIVER_FLAGS},
	{52, 4, 0, R_COMPOSITE_OFFSET},
	{52, 4, 0x40, R_COMPOSITE_OFFSET},
	{52, 4, 0x54, R_COMPOSITE_OFFSET},
	{52, 4, 0x58, R_COMPOSITE_OFFSET},
	{52, 4, 0x80, R_COMPOSITE_OFFSET},
	{52, 4, 0xfffffff0, R_COMPOSITE_OFFSET},
	{72, 8, 1, R_RECEIVER_RESERVED},
	{72, 8, 1ull << 63, R_RECEIVER_RESERVED},
	{80, 4, 4, R_RANGE_SUM},
	{80, 4, 2, R_RANGE_SUM},
	{80, 4, 0, R_RANGE_NONE},
	{84, 4, 0, R_RANGE_NONE},
	{84, 4, 1, R_RANGE_LENGTH},
	{84, 4, 3, R_RANGE_LENGTH},
	{84, 4, 0xffffffff, R_RANGE_LENGTH},
	{84, 4, 0x10000002, R_RANGE_LENGTH},
	{88, 8, 1, R_RANGE_RESERVED},
	{96, 8, 0x07400800, R_RANGE_ALIGNMENT},
	{96, 8, 0xfffffffffffff000, R_RANGE_WRAPS},
	{96, 8, 0x10000000000000, R_RANGE_WRAPS},
	{104, 4, 0, R_RANGE_EMPTY},
	{104, 4, 3, R_RANGE_SUM},
	{104, 4, 0xffffffff, R_RANGE_SUM},
	{108, 4, 1, R_RANGE_RESERVED},
	{124, 4, 1u << 31, R_RANGE_RESERVED},
};

static void every_bad_field_of_a_lend_has_its_reason(void **state)
{
	(void)state;
	expect_damages(GOLDEN_LEND_1_2, FFA_VERSION_1_2, MEM_LEND, lend_damages,
		ARRAY_COUNT(lend_damages));
}

static const struct damage share_damages[] = {
	{4, 4, 1, R_SHARE_ZERO},
	{2, 2, 0x2b, R_ATTRIBUTE_RESERVED},
	{2, 2, 0x23, R_ATTRIBUTE_RESERVED},
	{2, 2, 0x2d, R_ATTRIBUTE_RESERVED},
	{2, 2, 0x27, R_NONE},
	{2, 2, 0x00, R_NONE},
	{24, 4, 32, R_RECEIVER_SIZE},
	{56, 8, 1, R_RECEIVER_RESERVED},
	{50, 1, 0, R_DATA_MISSING},
};

static void every_bad_field_of_a_share_has_its_reason(void **state)
{
	(void)state;
	expect_damages(GOLDEN_SHARE_1_1, FFA_VERSION_1_1, MEM_SHARE,
		share_damages, ARRAY_COUNT(share_damages));
}

static const struct damage old_damages[] = {
	{3, 1, 1, R_HEADER_RESERVED},
	{24, 4, 1, R_HEADER_RESERVED},
	{24, 4, 16, R_HEADER_RESERVED},
	{28, 4, 0, R_RECEIVER_NONE},
	{40, 8, 1, R_RECEIVER_RESERVED},
	{36, 4, 0x34, R_COMPOSITE_OFFSET},
	{36, 4, 0x20, R_COMPOSITE_OFFSET},
	{76, 4, 1, R_RANGE_RESERVED},
};

static void every_bad_field_of_a_1_0_share_has_its_reason(void **state)
{
	(void)state;
	expect_damages(GOLDEN_SHARE_1_0, FFA_VERSION_1_0, MEM_SHARE,
		old_damages, ARRAY_COUNT(old_damages));
}

static const struct damage request_damages[] = {
	{2, 2, 0x40, R_ATTRIBUTE_NS},
	{2, 2, 0x30, R_ATTRIBUTE_RESERVED},
	{4, 4, 1 << 1, R_RETRIEVE_FLAGS},
	{4, 4, 1 << 5, R_RETRIEVE_FLAGS},
	{4, 4, 1 << 9, R_RETRIEVE_FLAGS},
	{4, 4, 1 << 11, R_RETRIEVE_FLAGS},
	{4, 4, 1u << 31, R_RETRIEVE_FLAGS},
	{24, 4, 16, R_REQUEST_LENGTH},
	{28, 4, 0, R_RECEIVER_NONE},
	{28, 4, 2, R_RECEIVER_OFFSET},
	{36, 4, 1, R_HEADER_RESERVED},
	{50, 1, 0x03, R_PERMISSION_RESERVED},
	{50, 1, 0x0c, R_PERMISSION_RESERVED},
	{50, 1, 0xf6, R_PERMISSION_RESERVED},
	{52, 4, 80, R_RANGES_CHOSEN},
	{72, 8, 2, R_RECEIVER_RESERVED},
};

static void every_bad_field_of_a_request_has_its_reason(void **state)
{
	(void)state;
	expect_damages(GOLDEN_REQUEST_1_2, FFA_VERSION_1_2, 0, request_damages,
		ARRAY_COUNT(request_damages));
}

static void a_donation_states_no_access_and_one_receiver(void **state)
{
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));
	uint32_t size = golden_bytes(GOLDEN_LEND_1_2, bytes);

	(void)state;
	expect_reason(decode(bytes, size, FFA_VERSION_1_2, MEM_DONATE),
		R_DONATE_DATA);
	bytes[50] = 0;
	expect_reason(decode(bytes, size, FFA_VERSION_1_2, MEM_DONATE), R_NONE);
	bytes[28] = 2;
	expect_reason(decode(bytes, size, FFA_VERSION_1_2, MEM_DONATE),
		R_DONATE_RECEIVERS);
}

/* Receivers that disagree, or come twice. */
static void two_receivers_must_differ_and_agree_on_the_region(void **state)
{
	struct desc_range range = {GOLDEN_BASE_0, 1, 0};
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));
	struct desc two;

	(void)state;
	desc_init(&two, FFA_VERSION_1_2);
	two.sender = GOLDEN_SENDER;
	two.attributes = ATTR_NORMAL_WB;
	two.range = &range;
	two.range_count = 1;
	desc_add_receiver(&two, 0x8002, DESC_RW);
	desc_add_receiver(&two, 0x8003, DESC_RO);
	desc_settle(&two);
	desc_write(&two, bytes, sizeof(bytes));
	expect_reason(
		decode(bytes, two.length, FFA_VERSION_1_2, MEM_SHARE), R_NONE);
	two.receiver[1].composite += 16;
	desc_write(&two, bytes, sizeof(bytes));
	expect_reason(decode(bytes, two.length, FFA_VERSION_1_2, MEM_SHARE),
		R_COMPOSITE_DIFFERS);
	two.receiver[1].composite -= 16;
	two.receiver[1].id = 0x8002;
	desc_write(&two, bytes, sizeof(bytes));
	expect_reason(decode(bytes, two.length, FFA_VERSION_1_2, MEM_SHARE),
		R_RECEIVER_TWICE);
}

static void a_gap_before_the_receivers_is_allowed(void **state)
{
	struct desc_range range = {GOLDEN_BASE_0, 1, 0};
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16))) = {0};
	struct desc gap;

	(void)state;
	desc_init(&gap, FFA_VERSION_1_2);
	gap.sender = GOLDEN_SENDER;
	gap.range = &range;
	gap.range_count = 1;
	desc_add_receiver(&gap, 0x8002, DESC_RW);
	desc_settle(&gap);
	gap.emad_offset = 64;
	gap.emad_at = 64;
	gap.composite_at += 16;
	gap.receiver[0].composite += 16;
	gap.length += 16;
	desc_write(&gap, bytes, sizeof(bytes));
	expect_reason(
		decode(bytes, gap.length, FFA_VERSION_1_2, MEM_LEND), R_NONE);
	assert_int_equal(desc.receiver[0].id, 0x8002);
}

static void short_receivers_work_for_a_1_2_caller(void **state)
{
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));
	uint32_t size = golden_bytes(GOLDEN_SHARE_1_1, bytes);

	(void)state;
	expect_reason(decode(bytes, size, FFA_VERSION_1_2, MEM_SHARE), R_NONE);
	assert_false(desc.has_impdef);
}

static void a_truncated_descriptor_is_always_refused(void **state)
{
	static const enum golden_vector vectors[] = {
		GOLDEN_SHARE_1_0, GOLDEN_SHARE_1_1, GOLDEN_LEND_1_2};
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(vectors); i++) {
		uint32_t size = golden_bytes(vectors[i], bytes);

		for (uint32_t cut = 0; cut < size; cut++)
			assert_int_not_equal(
				decode(bytes, cut, FFA_VERSION_1_0 + i,
					i == 2 ? MEM_LEND : MEM_SHARE),
				R_NONE);
	}
	expect_reason(decode(bytes, 47, FFA_VERSION_1_2, MEM_LEND),
		R_FRAGMENT_LENGTH);
}

static void a_1_0_length_may_be_8_but_not_4_aligned(void **state)
{
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));
	uint32_t size = golden_bytes(GOLDEN_SHARE_1_0, bytes);

	(void)state;
	expect_reason(decode(bytes, size - 4, FFA_VERSION_1_0, MEM_SHARE),
		R_LENGTH_ALIGNMENT);
	expect_reason(decode(bytes, size - 8, FFA_VERSION_1_0, MEM_SHARE),
		R_RANGE_LENGTH);
	/* The region moved up by eight bytes. */
	memmove(bytes + 0x38, bytes + 0x30, size - 0x30);
	bytes[0x24] = 0x38;
	expect_reason(
		decode(bytes, size + 8, FFA_VERSION_1_0, MEM_SHARE), R_NONE);
}

/* xorshift: the same bytes on every machine. */
static uint64_t random_state = 88172645463325252ull;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* What the decoder accepts must be what it says. */
static void expect_consistent(uint32_t size)
{
	assert_true(desc.receiver_count >= 1);
	assert_true(desc.receiver_count <= MEM_RECEIVERS_MAX);
	assert_true(desc.range_count >= 1);
	assert_true((uint64_t)desc.range_count * 16 + 64 <= size);
	assert_int_equal(desc.handle, 0);
	assert_int_equal(desc.flags & ~MEM_FLAG_ZERO, 0);
}

static void random_damage_never_gets_past_the_decoder(void **state)
{
	uint8_t bytes[GOLDEN_SIZE_MAX] __attribute__((aligned(16)));

	(void)state;
	for (unsigned round = 0; round < 100000; round++) {
		unsigned vector = round % 3;
		uint32_t size = golden_bytes(vector, bytes);
		unsigned count = 1 + (unsigned)(random64() % 3);

		for (unsigned i = 0; i < count; i++)
			bytes[random64() % size] = (uint8_t)random64();
		if (decode(bytes, size, FFA_VERSION_1_0 + vector,
			    (enum mem_func)(1 + random64() % 3)) == R_NONE)
			expect_consistent(size);
		decode(bytes, size, FFA_VERSION_1_0 + vector, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_share_1_0_decodes),
		cmocka_unit_test(golden_share_1_1_decodes_to_the_same),
		cmocka_unit_test(golden_lend_1_2_decodes_with_its_words),
		cmocka_unit_test(ranges_come_in_the_senders_order),
		cmocka_unit_test(golden_request_decodes),
		cmocka_unit_test(response_1_2_equals_the_golden_bytes),
		cmocka_unit_test(response_equals_the_builders_bytes),
		cmocka_unit_test(golden_relinquish_decodes),
		cmocka_unit_test(relinquish_for_none_or_two_is_refused),
		cmocka_unit_test(every_bad_field_of_a_lend_has_its_reason),
		cmocka_unit_test(every_bad_field_of_a_share_has_its_reason),
		cmocka_unit_test(every_bad_field_of_a_1_0_share_has_its_reason),
		cmocka_unit_test(every_bad_field_of_a_request_has_its_reason),
		cmocka_unit_test(a_donation_states_no_access_and_one_receiver),
		cmocka_unit_test(
			two_receivers_must_differ_and_agree_on_the_region),
		cmocka_unit_test(a_gap_before_the_receivers_is_allowed),
		cmocka_unit_test(short_receivers_work_for_a_1_2_caller),
		cmocka_unit_test(a_truncated_descriptor_is_always_refused),
		cmocka_unit_test(a_1_0_length_may_be_8_but_not_4_aligned),
		cmocka_unit_test(random_damage_never_gets_past_the_decoder),
	};

	return SUITE_RUN("test-abi", tests);
}
