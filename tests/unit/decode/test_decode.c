/*
 * ffa-decode and descriptors: every reason that bytes alone can cause, with
 * the byte that it points to.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "abi/part_info.h"
#include "lib/golden.h"
#include "lib/suite.h"
#include "unit/decode/reads.h"

static const uint32_t versions[] = {
	FFA_VERSION_1_0,
	FFA_VERSION_1_1,
	FFA_VERSION_1_2,
	FFA_VERSION_1_3,
};

static struct sample sample;

/* The first finding: its reason, and the bytes that it is about. */
static void expect_at(enum reason reason, uint32_t at, uint32_t size)
{
	struct reading reading;

	sample_read(&sample, &reading);
	expect_said(&reading, reason);
	assert_int_equal(reading.findings[0].place.at, at);
	assert_int_equal(reading.findings[0].place.size, size);
	assert_true(reading.findings[0].right[0] != '\0');
	assert_false(reading_is_valid(&reading));
	reading_end(&reading);
}

/* A good descriptor with one field changed. */
static void expect_changed(
	uint32_t at, uint64_t value, unsigned size, enum reason reason)
{
	uint8_t before[8];

	memcpy(before, sample.bytes + at, size);
	sample_put(&sample, at, value, size);
	expect_at(reason, at, size);
	memcpy(sample.bytes + at, before, size);
}

static void expect_valid(void)
{
	struct reading reading;

	sample_read(&sample, &reading);
	assert_int_equal(reading_reason(&reading), R_NONE);
	assert_true(reading_is_valid(&reading));
	reading_end(&reading);
}

/* --- What is good ------------------------------------------------------ */

static void what_is_good_is_valid_in_every_version(void **state)
{
	(void)state;
	for (size_t v = 0; v < ARRAY_COUNT(versions); v++)
		for (unsigned kind = KIND_SHARE; kind <= KIND_RESPONSE;
			kind++) {
			uint32_t receivers = kind != KIND_HYPERVISOR;
			bool has_ranges = kind_is_send((enum kind)kind) ||
					  kind == KIND_RESPONSE;

			sample_make(&sample, (enum kind)kind, versions[v],
				receivers, has_ranges ? 3 : 0);
			expect_valid();
		}
}

static void expect_guess(enum kind kind, uint32_t version)
{
	struct reading reading;
	char *expected = say_version(version);

	sample_forget(&sample, true, true);
	sample_read(&sample, &reading);
	assert_string_equal(reading.heads[0].value, kind_info(kind)->option);
	assert_string_equal(reading.heads[1].key, "version");
	assert_string_equal(reading.heads[1].value, expected);
	reading_end(&reading);
	free(expected);
}

static void kind_and_version_are_guessed(void **state)
{
	(void)state;
	for (unsigned kind = KIND_SHARE; kind <= KIND_RESPONSE; kind++) {
		uint32_t receivers = kind != KIND_HYPERVISOR;
		bool has_ranges =
			kind_is_send((enum kind)kind) || kind == KIND_RESPONSE;

		for (size_t v = 0; v < 3; v++) {
			/* Without receivers 1.1 and 1.2 are the same. */
			if (receivers == 0 && versions[v] == FFA_VERSION_1_2)
				continue;
			sample_make(&sample, (enum kind)kind, versions[v],
				receivers, has_ranges ? 3 : 0);
			expect_guess((enum kind)kind, versions[v]);
		}
	}
}

static void the_golden_vectors_are_known_for_what_they_are(void **state)
{
	static const struct {
		enum golden_vector vector;
		enum kind kind;
		uint32_t version;
	} known[] = {
		{GOLDEN_SHARE_1_0, KIND_SHARE, FFA_VERSION_1_0},
		{GOLDEN_SHARE_1_1, KIND_SHARE, FFA_VERSION_1_1},
		{GOLDEN_LEND_1_2, KIND_LEND, FFA_VERSION_1_2},
		{GOLDEN_REQUEST_1_2, KIND_RETRIEVE, FFA_VERSION_1_2},
		{GOLDEN_RESPONSE_1_2, KIND_RESPONSE, FFA_VERSION_1_2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
		sample = (struct sample){.size = 0};
		sample.size = golden_bytes(known[i].vector, sample.bytes);
		expect_valid();
		expect_guess(known[i].kind, known[i].version);
	}
}

static void one_damaged_field_does_not_mislead_the_guess(void **state)
{
	static const uint32_t places[] = {2, 8, 24, 36, 50, 56, 88, 108};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
		sample = (struct sample){.size = 0};
		sample.size = golden_bytes(GOLDEN_SHARE_1_1, sample.bytes);
		sample.bytes[places[i]] ^= 0x43;
		expect_guess(KIND_SHARE, FFA_VERSION_1_1);
	}
}

/* --- Every reason, and where it is ------------------------------------- */

static void the_header_is_pointed_into(void **state)
{
	(void)state;
	sample_make(&sample, KIND_SHARE, FFA_VERSION_1_2, 1, 2);
	expect_changed(36, 1, 4, R_HEADER_RESERVED);
	expect_changed(40, 1ull << 63, 8, R_HEADER_RESERVED);
	expect_changed(24, 48, 4, R_RECEIVER_SIZE);
	expect_changed(32, 40, 4, R_RECEIVER_OFFSET);
	expect_changed(32, 1u << 20, 4, R_RECEIVER_OFFSET);
	expect_changed(28, 0, 4, R_RECEIVER_NONE);
	expect_changed(28, 17, 4, R_RECEIVER_COUNT);
	expect_changed(28, 9, 4, R_RECEIVER_OFFSET);
	expect_changed(8, 1, 8, R_HANDLE_NOT_ZERO);
	expect_changed(4, 2, 4, R_SEND_FLAGS);
	expect_changed(4, 1, 4, R_SHARE_ZERO);
	expect_changed(2, 0x6f, 1, R_ATTRIBUTE_NS);
	expect_changed(2, 0x3f, 1, R_ATTRIBUTE_RESERVED);
	expect_changed(2, 0x2b, 1, R_ATTRIBUTE_RESERVED);
	expect_changed(2, 0x2d, 1, R_ATTRIBUTE_RESERVED);
	expect_changed(2, 0x80, 1, R_ATTRIBUTE_RESERVED);
	expect_changed(3, 1, 1, R_ATTRIBUTE_RESERVED);
	sample_make(&sample, KIND_LEND, FFA_VERSION_1_1, 1, 2);
	expect_changed(2, 0x2f, 2, R_ATTRIBUTE_GIVEN);
	sample_make(&sample, KIND_DONATE, FFA_VERSION_1_1, 2, 2);
	expect_at(R_DONATE_RECEIVERS, 28, 4);
	sample_make(&sample, KIND_SHARE, FFA_VERSION_1_0, 1, 2);
	expect_changed(3, 1, 1, R_HEADER_RESERVED);
	expect_changed(24, 1, 4, R_HEADER_RESERVED);
	expect_changed(28, 16, 4, R_RECEIVER_OFFSET);
	expect_changed(2, 0x80, 1, R_ATTRIBUTE_RESERVED);
}

static void receivers_are_pointed_into(void **state)
{
	(void)state;
	for (size_t v = 0; v < ARRAY_COUNT(versions); v++) {
		uint32_t first;
		uint32_t second;
		uint32_t reserved;

		sample_make(&sample, KIND_SHARE, versions[v], 2, 2);
		first = sample_receiver(&sample, 0);
		second = sample_receiver(&sample, 1);
		reserved = sample.desc.emad_stride == 16 ? 8 : 24;
		expect_changed(first + reserved, 1, 8, R_RECEIVER_RESERVED);
		expect_changed(second + reserved, 1, 8, R_RECEIVER_RESERVED);
		expect_changed(first + 2, 0x12, 1, R_PERMISSION_RESERVED);
		expect_changed(second + 2, 0x03, 1, R_PERMISSION_RESERVED);
		expect_changed(second + 2, 0x0e, 1, R_PERMISSION_RESERVED);
		expect_changed(second, 0x8002, 2, R_RECEIVER_TWICE);
		expect_changed(first, 0x8001, 2, R_RECEIVER_SELF);
		expect_changed(first + 3, 1, 1, R_RECEIVER_FLAGS);
		expect_changed(second + 2, 0x06, 1, R_SENDER_INSTRUCTION);
		expect_changed(second + 2, 0, 1, R_DATA_MISSING);
		expect_changed(second + 4, 4096, 4, R_COMPOSITE_DIFFERS);
		sample_make(&sample, KIND_DONATE, versions[v], 1, 2);
		expect_changed(first + 2, 1, 1, R_DONATE_DATA);
		expect_changed(first + 4, 0, 4, R_COMPOSITE_OFFSET);
		expect_changed(first + 4, 0xfff8, 4, R_COMPOSITE_OFFSET);
	}
}

static void a_partition_sends_nothing_to_the_normal_world(void **state)
{
	(void)state;
	sample_make(&sample, KIND_LEND, FFA_VERSION_1_2, 2, 2);
	expect_changed(sample_receiver(&sample, 1), 1, 2, R_RECEIVER_WORLD);
	/* Of the normal world's, only a share has one receiver there, too. */
	sample_make(&sample, KIND_LEND, FFA_VERSION_1_2, 2, 2);
	sample.desc.sender = 0;
	sample.desc.receiver[1].id = 1;
	sample_write(&sample);
	expect_at(R_RECEIVER_WORLD, sample_receiver(&sample, 1), 2);
	sample.want.kind = KIND_SHARE;
	expect_valid();
	sample_make(&sample, KIND_SHARE, FFA_VERSION_1_2, 3, 2);
	sample.desc.sender = 0;
	sample.desc.receiver[1].id = 1;
	sample.desc.receiver[2].id = 2;
	sample_write(&sample);
	expect_at(R_NWD_RECEIVERS, sample_receiver(&sample, 1), 2);
}

static void ranges_are_pointed_into(void **state)
{
	(void)state;
	for (size_t v = 0; v < ARRAY_COUNT(versions); v++) {
		uint32_t region;
		uint32_t second;

		sample_make(&sample, KIND_LEND, versions[v], 1, 3);
		region = sample.desc.composite_at;
		second = sample_range(&sample, 1);
		expect_changed(region + 8, 1, 8, R_RANGE_RESERVED);
		expect_changed(second + 12, 1, 4, R_RANGE_RESERVED);
		expect_changed(region + 4, 0, 4, R_RANGE_NONE);
		expect_changed(region, 0, 4, R_RANGE_NONE);
		expect_changed(region + 4, 2, 4, R_RANGE_LENGTH);
		expect_changed(region, 7, 4, R_RANGE_SUM);
		expect_changed(second + 8, 0, 4, R_RANGE_EMPTY);
		expect_changed(second, 0x07410800, 8, R_RANGE_ALIGNMENT);
		sample_put(&sample, second, 0xfffffffffffff000ull, 8);
		expect_at(R_RANGE_WRAPS, second, 12);
		sample_put(&sample, second, 0x07401000, 8);
		expect_valid();
		/* The third has three pages; they reach into the second. */
		sample_put(&sample, second + 16, 0x07400000, 8);
		expect_at(R_RANGE_OVERLAP, second + 16, 12);
	}
}

static void lengths_are_pointed_to(void **state)
{
	(void)state;
	sample_make(&sample, KIND_SHARE, FFA_VERSION_1_2, 1, 2);
	sample.want.total = sample.size - 8;
	expect_at(R_LENGTH_ALIGNMENT, sample.size - 16, 8);
	sample.want.total = sample.size + 8;
	sample.want.fragment = sample.size;
	expect_at(R_LENGTH_ALIGNMENT, 0, sample.size);
	sample.want.fragment = sample.size + 16;
	expect_at(R_FRAGMENT_LENGTH, 0, sample.size);
	sample_make(&sample, KIND_SHARE, FFA_VERSION_1_1, 1, 2);
	sample.size = 47;
	expect_at(R_FRAGMENT_LENGTH, 0, 47);
	sample.size = 0;
	expect_at(R_FRAGMENT_LENGTH, 0, 0);
	/* In FF-A 1.0 half a range may be there. */
	sample_make(&sample, KIND_SHARE, FFA_VERSION_1_0, 1, 2);
	sample.want.total = sample.size;
	sample.want.fragment = sample.size - 8;
	expect_at(R_FRAGMENT_LENGTH, sample.size - 16, 8);
}

static void requests_are_pointed_into(void **state)
{
	uint32_t own;

	(void)state;
	sample_make(&sample, KIND_RETRIEVE, FFA_VERSION_1_2, 1, 0);
	own = sample_receiver(&sample, 0);
	expect_changed(4, 1u << 9, 4, R_RETRIEVE_FLAGS);
	expect_changed(2, 0x40, 1, R_ATTRIBUTE_NS);
	expect_changed(own + 4, 80, 4, R_RANGES_CHOSEN);
	expect_changed(own + 3, 1, 1, R_RECEIVER_FLAGS);
	expect_changed(own + 3, 2, 1, R_RECEIVER_FLAGS);
	sample_put(&sample, 4, MEM_SHARE << MEM_FLAG_TYPE_SHIFT, 4);
	expect_at(R_INSTRUCTION_STATED, own + 2, 1);
	sample_put(&sample, own + 2, DESC_RW, 1);
	expect_valid();
	expect_changed(4, 0xd, 4, R_SHARE_ZERO);
	sample_make(&sample, KIND_RETRIEVE, FFA_VERSION_1_2, 1, 0);
	sample_put(&sample, 4, 0x14, 4);
	expect_changed(own + 2, DESC_RO | DESC_XN, 1, R_ZERO_NEEDS_WRITE);
	sample_put(&sample, 2, 0x10, 1);
	expect_at(R_ZERO_DEVICE, 4, 4);
	expect_changed(own + 2, DESC_RO | DESC_X, 1, R_EXECUTE_DEVICE);
	sample_make(&sample, KIND_RETRIEVE, FFA_VERSION_1_2, 2, 0);
	expect_changed(4, 0x410, 4, R_RETRIEVE_FLAGS);
	expect_changed(own + 2, DESC_RW | DESC_XN, 1, R_INSTRUCTION_STATED);
	sample.size += 16;
	expect_at(R_REQUEST_LENGTH, sample.size - 16, 16);
	sample.want.total = sample.size;
	sample.want.fragment = sample.size - 16;
	expect_at(R_FRAGMENT_LENGTH, 0, sample.size - 16);
}

static void a_hypervisors_request_is_pointed_into(void **state)
{
	(void)state;
	sample_make(&sample, KIND_HYPERVISOR, FFA_VERSION_1_1, 0, 0);
	expect_changed(2, 0x2f, 2, R_HYPERVISOR_REQUEST);
	expect_changed(4, 1, 4, R_HYPERVISOR_REQUEST);
	expect_changed(16, 1, 8, R_HYPERVISOR_REQUEST);
}

static void fragments_and_relinquishing_are_pointed_into(void **state)
{
	(void)state;
	sample = (struct sample){.want = {.kind = KIND_RANGES}, .size = 32};
	sample_put(&sample, 0, 0x40000000, 8);
	sample_put(&sample, 8, 1, 4);
	sample_put(&sample, 16, 0x40001000, 8);
	sample_put(&sample, 24, 1, 4);
	expect_valid();
	expect_changed(16, 0x40001001, 8, R_RANGE_ALIGNMENT);
	expect_changed(28, 1, 4, R_RANGE_RESERVED);
	sample.size = 28;
	expect_at(R_FRAGMENT_LENGTH, 16, 12);
	sample = (struct sample){.want = {.kind = KIND_RELINQUISH}, .size = 18};
	sample_put(&sample, 0, 5, 8);
	sample_put(&sample, 12, 1, 4);
	sample_put(&sample, 16, 0x8002, 2);
	expect_valid();
	expect_changed(12, 0, 4, R_RELINQUISH_COUNT);
	expect_changed(12, 0xffffffff, 4, R_RELINQUISH_COUNT);
	expect_changed(8, 2, 4, R_RELINQUISH_FLAGS);
}

static void later_findings_follow_the_first(void **state)
{
	struct reading reading;

	(void)state;
	sample_make(&sample, KIND_SHARE, FFA_VERSION_1_2, 1, 2);
	sample_put(&sample, 2, 0x6f, 1);
	sample_put(&sample, sample_range(&sample, 1), 1, 1);
	sample_put(&sample, 36, 1, 1);
	sample_read(&sample, &reading);
	assert_int_equal(reading.finding_count, 3);
	assert_int_equal(reading.findings[0].reason, R_HEADER_RESERVED);
	assert_int_equal(reading.findings[1].reason, R_ATTRIBUTE_NS);
	assert_int_equal(reading.findings[2].reason, R_RANGE_ALIGNMENT);
	reading_end(&reading);
}

/* --- Pages and fragments ----------------------------------------------- */

static void a_page_of_tx_ends_where_the_descriptor_says(void **state)
{
	struct reading reading;

	(void)state;
	sample_make(&sample, KIND_SHARE, FFA_VERSION_1_2, 1, 2);
	memset(sample.bytes + sample.size, 0xa5, 4096 - sample.size);
	sample.size = 4096;
	expect_valid();
	expect_guess(KIND_SHARE, FFA_VERSION_1_2);
	sample_read(&sample, &reading);
	assert_string_equal(reading.heads[2].value, "128");
	reading_end(&reading);
}

static void a_first_fragment_is_as_long_as_it_says(void **state)
{
	(void)state;
	sample_make(&sample, KIND_SHARE, FFA_VERSION_1_2, 1, 3);
	sample.want.total = sample.size;
	sample.want.fragment = sample.size - 16;
	sample.size -= 16;
	expect_valid();
	sample.want.total += 16;
	expect_at(R_RANGE_LENGTH, sample.desc.composite_at + 4, 4);
}

/* The manager looks at a page of it at a time; the tool at all of it. */
static void a_long_descriptor_is_read_to_its_end(void **state)
{
	uint32_t count = (READS_MAX - 96) / 16;
	uint32_t last;

	(void)state;
	sample_make(&sample, KIND_SHARE, FFA_VERSION_1_2, 1, 1);
	for (uint32_t i = 0; i < count; i++) {
		sample_put(&sample, 96 + 16 * i, 0x40000000 + 0x2000ull * i, 8);
		sample_put(&sample, 96 + 16 * i + 8, 1, 4);
	}
	sample_put(&sample, 80, count, 4);
	sample_put(&sample, 84, count, 4);
	sample.size = 96 + 16 * count;
	last = sample.size - 16;
	expect_valid();
	expect_changed(last + 12, 1, 4, R_RANGE_RESERVED);
	expect_changed(80, count + 1, 4, R_RANGE_SUM);
	sample_put(&sample, last, 0x40000000, 8);
	expect_at(R_RANGE_OVERLAP, last, 12);
}

/* --- What managers write ----------------------------------------------- */

static void expect_rule(const char *rule, uint32_t at, uint32_t size)
{
	struct reading reading;

	sample_read(&sample, &reading);
	assert_true(reading.answer);
	assert_false(reading_is_valid(&reading));
	assert_string_equal(finding_rule(&reading.findings[0]), rule);
	assert_int_equal(reading.findings[0].place.at, at);
	assert_int_equal(reading.findings[0].place.size, size);
	reading_end(&reading);
}

static void a_response_that_breaks_a_rule_is_not_valid(void **state)
{
	(void)state;
	sample_make(&sample, KIND_RESPONSE, FFA_VERSION_1_2, 1, 2);
	sample_put(&sample, 4, 0, 4);
	expect_rule("RESPONSE_TYPE", 4, 4);
	sample_put(&sample, 4, 0x30, 4);
	expect_rule("RESPONSE_FLAGS", 4, 4);
	sample_put(&sample, 4, 0x10, 4);
	sample_put(&sample, 8, 0, 8);
	expect_rule("RESPONSE_HANDLE", 8, 8);
	sample_put(&sample, 8, 5, 8);
	sample_put(&sample, 2, 0x6f, 2);
	expect_valid();
	sample_put(&sample, 2, 0xef, 2);
	expect_rule("RESPONSE_ATTRIBUTES", 2, 2);
	sample_put(&sample, 2, 0x2f, 2);
	sample_put(&sample, 80, 9, 4);
	expect_rule("RANGE_SUM", 80, 4);
}

static void records_of_partitions_are_read_in_every_version(void **state)
{
	struct part_info info = {
		.id = 0x8001,
		.context_count = 2,
		.properties = 0x3,
		.uuid = {0xb4, 0xb5, 0x67, 0x1e},
		.version = FFA_VERSION_1_2,
	};

	(void)state;
	for (size_t v = 0; v < ARRAY_COUNT(versions); v++) {
		uint32_t size = part_info_size(versions[v]);

		sample = (struct sample){.size = 2 * size};
		sample.want.version = versions[v];
		part_info_encode(sample.bytes, versions[v], &info);
		info.id++;
		part_info_encode(sample.bytes + size, versions[v], &info);
		expect_guess(KIND_INFO, versions[v] == FFA_VERSION_1_2
						? FFA_VERSION_1_1
						: versions[v]);
		sample.want = (struct want){KIND_INFO, versions[v], 0, 0};
		expect_valid();
		sample_put(&sample, size + 4, 0x80000000, 4);
		expect_rule("INFO_PROPERTIES", size + 4, 4);
	}
}

static void the_boot_blob_is_read(void **state)
{
	static const char name[] = "ffa_manifest";

	(void)state;
	sample = (struct sample){.size = 64};
	sample_put(&sample, 0, 0x0ffa, 4);
	sample_put(&sample, 4, FFA_VERSION_1_1, 4);
	sample_put(&sample, 8, 64, 4);
	sample_put(&sample, 12, 32, 4);
	sample_put(&sample, 16, 1, 4);
	sample_put(&sample, 20, 32, 4);
	memcpy(sample.bytes + 32, name, sizeof(name));
	sample_put(&sample, 52, 100, 4);
	sample_put(&sample, 56, 0x48000000, 8);
	expect_valid();
	sample_put(&sample, 50, 0x0c, 2);
	expect_rule("BOOT_FLAGS", 50, 2);
	sample_put(&sample, 16, 2, 4);
	expect_rule("BOOT_SIZE", 8, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_good_is_valid_in_every_version),
		cmocka_unit_test(kind_and_version_are_guessed),
		cmocka_unit_test(
			the_golden_vectors_are_known_for_what_they_are),
		cmocka_unit_test(one_damaged_field_does_not_mislead_the_guess),
		cmocka_unit_test(the_header_is_pointed_into),
		cmocka_unit_test(receivers_are_pointed_into),
		cmocka_unit_test(a_partition_sends_nothing_to_the_normal_world),
		cmocka_unit_test(ranges_are_pointed_into),
		cmocka_unit_test(lengths_are_pointed_to),
		cmocka_unit_test(requests_are_pointed_into),
		cmocka_unit_test(a_hypervisors_request_is_pointed_into),
		cmocka_unit_test(fragments_and_relinquishing_are_pointed_into),
		cmocka_unit_test(later_findings_follow_the_first),
		cmocka_unit_test(a_page_of_tx_ends_where_the_descriptor_says),
		cmocka_unit_test(a_first_fragment_is_as_long_as_it_says),
		cmocka_unit_test(a_long_descriptor_is_read_to_its_end),
		cmocka_unit_test(a_response_that_breaks_a_rule_is_not_valid),
		cmocka_unit_test(
			records_of_partitions_are_read_in_every_version),
		cmocka_unit_test(the_boot_blob_is_read),
	};

	return SUITE_RUN("decode", tests);
}
