/* The manager's own manifest: what is read of it, what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/manifest.h"
#include "dtb.h"
#include "lib/suite.h"

static struct spmc_manifest manifest;
static struct manifest_error error;

static bool read_variant(const char *source, const char *from, const char *to)
{
	struct dtb dtb = dtb_compile(source, from, to);
	bool good = manifest_read_spmc(dtb.fdt, dtb.size, &manifest, &error);

	dtb_free(&dtb);
	return good;
}

static void a_manifest_for_optee_loads_unchanged(void **state)
{
	(void)state;
	assert_true(read_variant("spmc_optee.dts", NULL, NULL));
	assert_int_equal(manifest.spmc_id, 0x8000);
	assert_int_equal(manifest.version, 0x10001);
	assert_false(manifest.console_trace);
	assert_int_equal(manifest.cpu_count, 2);
	assert_int_equal(manifest.mpidr[1], 1);
	assert_int_equal(manifest.vm_count, 1);
	assert_int_equal(manifest.vm[0].id, 0x8001);
	assert_string_equal(manifest.vm[0].name, "op-tee");
	assert_int_equal(manifest.vm[0].load_address.v, 0x0e300000);
	assert_int_equal(manifest.vm[0].mem_size, 0xd00000);
	assert_int_equal(manifest.vm[0].vcpu_count, 2);
	assert_int_equal(manifest.range_count, 5);
	assert_int_equal(manifest.range[1].class, MEMORY_NS);
	assert_int_equal(manifest.range[1].range.base.v, 0x40000000);
	assert_int_equal(manifest.range[1].range.pages, 0xc0000);
	assert_int_equal(manifest.range[3].class, MEMORY_SECURE_DEVICE);
	assert_int_equal(manifest.range[3].range.base.v, 0x090b0000);
	assert_int_equal(manifest.range[4].class, MEMORY_NS_DEVICE);
}

static void two_cell_sizes_and_addresses_are_read(void **state)
{
	(void)state;
	assert_true(read_variant("spmc_two.dts", NULL, NULL));
	assert_true(manifest.console_trace);
	assert_int_equal(manifest.version, 0x10002);
	assert_int_equal(manifest.cpu_count, 4);
	assert_int_equal(manifest.vm_count, 2);
	assert_int_equal(manifest.vm[1].id, 0x8002);
	assert_int_equal(manifest.vm[1].load_address.v, 0x0e400000);
	assert_int_equal(manifest.vm[1].mem_size, 0x100000);
	assert_int_equal(manifest.vm[1].vcpu_count, 0);
	assert_int_equal(manifest.range[2].range.base.v, 0x800000000);
	assert_int_equal(manifest.range[2].range.pages, 0x100000);
}

static void what_the_firmware_leaves_to_the_secure_world_is_read(void **state)
{
	(void)state;
	assert_true(read_variant("spmc_two.dts", NULL, NULL));
	assert_false(manifest.firmware_sve);
	assert_true(read_variant("spmc_two.dts", "escrow,console-trace;",
		"escrow,firmware-sve;"));
	assert_true(manifest.firmware_sve);
}

static void the_bytes_that_a_call_may_zero_are_read(void **state)
{
	(void)state;
	assert_true(read_variant("spmc_two.dts", NULL, NULL));
	assert_int_equal(manifest.zero_pages_max, 0);
	assert_true(read_variant("spmc_two.dts", "escrow,console-trace;",
		"escrow,zero-bytes-max = <0x1 0x00002000>;"));
	assert_int_equal(manifest.zero_pages_max, 0x100002);
}

struct refusal {
	const char *from;
	const char *to;
	const char *sentence; /* a part of it */
};

/* Each is one change of spmc_two.dts. */
static const struct refusal refusals[] = {
	{"core-manifest-1.0", "core-manifest-2.0",
		"SPMC manifest: node /: property compatible: must be"},
	{"attribute {", "other {", "node /: has no node attribute"},
	{"spmc_id = <0x8000>;", "",
		"node attribute: property spmc_id: is missing"},
	{"spmc_id = <0x8000>", "spmc_id = <0x7000>", "bit 15"},
	{"spmc_id = <0x8000>", "spmc_id = <0x18000>", "bit 15"},
	{"spmc_id = <0x8000>", "spmc_id = <0x8000 0>", "is not one cell"},
	{"spmc_id = <0x8000>", "spmc_id = \"ab\"", "is not a list of cells"},
	{"maj_ver = <1>", "maj_ver = <2>", "property maj_ver: must be 1"},
	{"min_ver = <2>", "min_ver = <3>", "property min_ver: must be 2"},
	{"exec_state = <0>", "exec_state = <1>", "property exec_state"},
	{"hypervisor {", "hyper {", "has no node hypervisor"},
	{"hafnium,hafnium", "other", "property compatible: must be hafnium"},
	{"escrow,console-trace;", "escrow,console-trace = <1>;",
		"is a flag and must have no value"},
	{"escrow,console-trace;", "escrow,zero-bytes-max = <0>;",
		"is not a positive number of whole pages"},
	{"escrow,console-trace;", "escrow,zero-bytes-max = <0x1800>;",
		"is not a positive number of whole pages"},
	{"escrow,console-trace;", "escrow,zero-bytes-max = <1 2 3>;",
		"is not one or two cells"},
	{"vm2 {", "vm3 {", "are not numbered from 1 up"},
	{"is_ffa_partition;", "",
		"node vm1: property is_ffa_partition: is missing"},
	{"debug_name = \"first\";", "", "property debug_name: is missing"},
	{"\"first\"", "\"a name that is far too long\"", "is too long"},
	{"\"first\"", "\"a\", \"b\"", "is not a single string"},
	{"\"first\"", "<1>", "is not a"},
	{"\"first\"", "[61 62]", "property debug_name: is not a string"},
	{"load_address = <0x0 0x0e300000>;", "",
		"node vm1: property load_address: is missing"},
	{"load_address = <0x0 0x0e300000>", "load_address = <1 2 3>",
		"is not one or two cells"},
	{"<0x0 0x0e300000>", "<0x0 0x0e300800>", "is not page aligned"},
	{"<0x0 0x0e300000>", "<0x0 0x40000000>",
		"not inside one secure memory range"},
	{"<0x0 0x0e300000>", "<0x0 0x0e3ff000>", "overlaps another partition"},
	{"mem_size = <0x0 0x100000>", "mem_size = <0>", "whole pages"},
	{"mem_size = <0x0 0x100000>", "mem_size = <0x123>", "whole pages"},
	{"mem_size = <0x0 0x100000>", "mem_size = <0xffffffff 0xfffff000>",
		"wraps"},
	{"vcpu_count = <4>", "vcpu_count", "is not a list of cells"},
	{"cpus {", "cores {", "has no node cpus"},
	{"\"cpu\"; reg = <2>;", "\"cpu\";",
		"node cpu@2: property reg: is missing"},
	{"#size-cells = <2>", "#size-cells = <3>", "must be 1 or 2"},
	{"#address-cells = <2>", "#address-cells = <0>", "must be 1 or 2"},
	{"0x0 0x2000>", "0x0>", "is not a list of address and size"},
	{"0x1c0b0000 0x0 0x2000", "0x1c0b0000 0x0 0x2800",
		"node memory@2: property reg: is not page aligned"},
	{"0x1c0b0000 0x0 0x2000", "0x1c0b0000 0x0 0x0", "empty range"},
	{"0x0 0x1c0b0000 0x0 0x2000",
		"0xffffffff 0xfffff000 0xffffffff 0xfffff000", "wraps"},
	{"0x0 0x1c0b0000 0x0 0x2000", "0x7f 0xfffff000 0x0 0x2000",
		"is above 512 GiB"},
	{"0x1c0b0000", "0x40000000", "overlaps another memory range"},
};

static void every_bad_property_is_named_in_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		const struct refusal *row = &refusals[i];

		error.text[0] = '\0';
		if (read_variant("spmc_two.dts", row->from, row->to))
			fail_msg("accepted: %s", row->to);
		if (!strstr(error.text, row->sentence))
			fail_msg("\"%s\" -> \"%s\"", row->to, error.text);
	}
}

/* Repeats `line` with a number in place of '#', `count` times, into `out`. */
static void repeat(char *out, const char *line, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		for (const char *c = line; *c; c++) {
			if (*c == '#')
				out += sprintf(out, "%u", i);
			else
				*out++ = *c;
		}
	}
	*out = '\0';
}

static void more_than_the_manager_can_hold_is_refused(void **state)
{
	static const struct {
		const char *line;
		unsigned count;
		const char *at;
		const char *sentence;
	} rows[] = {
		{"vm1# { };", MANIFEST_VMS_MAX, "vm1 {", "more vmN nodes"},
		{"cpu@1# { device_type = \"cpu\"; reg = <#>; };",
			MANIFEST_CPUS_MAX, "cpu@0 {", "one CPU more"},
	};
	char text[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		repeat(text, rows[i].line, rows[i].count);
		strcat(text, rows[i].at);
		assert_false(read_variant("spmc_two.dts", rows[i].at, text));
		assert_non_null(strstr(error.text, rows[i].sentence));
	}
}

static void too_many_memory_ranges_are_refused(void **state)
{
	char text[4096] = "reg = ";

	(void)state;
	for (unsigned i = 0; i <= MANIFEST_RANGES_MAX; i++)
		sprintf(text + strlen(text), "<1 0x%x 0 0x1000>,", i << 12);
	strcat(text, "<0 0x1c0b0000");
	assert_false(
		read_variant("spmc_two.dts", "reg = <0x0 0x1c0b0000", text));
	assert_non_null(strstr(error.text, "one memory range more"));
}

static void a_name_from_the_blob_cannot_reach_the_terminal(void **state)
{
	struct dtb dtb = dtb_compile("spmc_two.dts", "min_ver = <2>", "x");
	char *name = memmem(dtb.fdt, dtb.size, "attribute", 10);

	(void)state;
	name[3] = '\033';
	assert_false(manifest_read_spmc(dtb.fdt, dtb.size, &manifest, &error));
	assert_null(strchr(error.text, '\033'));
	dtb_free(&dtb);
}

/* --- Blobs that are no device trees -------------------------------------- */

static void any_cut_off_blob_is_refused(void **state)
{
	struct dtb dtb = dtb_compile("spmc_two.dts", NULL, NULL);

	(void)state;
	for (size_t size = 0; size < dtb.size; size++) {
		void *copy = malloc(size ? size : 1);

		memcpy(copy, dtb.fdt, size);
		assert_false(manifest_read_spmc(copy, size, &manifest, &error));
		free(copy);
	}
	dtb_free(&dtb);
}

/* ASan and UBSan are the judges: any result is fine, no access is. */
static void any_changed_byte_is_survived(void **state)
{
	static const uint8_t changes[] = {0x01, 0x04, 0x80, 0xff};
	struct dtb dtb = dtb_compile("spmc_two.dts", NULL, NULL);
	uint8_t *bytes = dtb.fdt;
	unsigned accepted = 0;

	(void)state;
	for (size_t i = 0; i < dtb.size * ARRAY_COUNT(changes); i++) {
		uint8_t change = changes[i % ARRAY_COUNT(changes)];

		bytes[i / ARRAY_COUNT(changes)] ^= change;
		accepted += manifest_read_spmc(
			dtb.fdt, dtb.size, &manifest, &error);
		bytes[i / ARRAY_COUNT(changes)] ^= change;
	}
	assert_true(accepted > 0 && accepted < dtb.size * ARRAY_COUNT(changes));
	dtb_free(&dtb);
}

/* A blob with the word at `offset` changed. */
static void expect_word_refused(
	size_t offset, uint32_t word, const char *sentence)
{
	struct dtb dtb = dtb_compile("spmc_two.dts", NULL, NULL);
	uint32_t *words = dtb.fdt;

	words[offset / 4] = __builtin_bswap32(word);
	assert_false(manifest_read_spmc(dtb.fdt, dtb.size, &manifest, &error));
	if (!strstr(error.text, sentence))
		fail_msg("word %zu: %s", offset, error.text);
	dtb_free(&dtb);
}

static void a_bad_header_is_named(void **state)
{
	struct dtb dtb = dtb_compile("spmc_two.dts", NULL, NULL);
	const uint32_t *words = dtb.fdt;
	uint32_t structure = __builtin_bswap32(words[2]);

	(void)state;
	assert_false(manifest_read_spmc(dtb.fdt, 39, &manifest, &error));
	assert_non_null(strstr(error.text, "is too short"));
	assert_false(
		manifest_read_spmc(dtb.fdt, dtb.size - 1, &manifest, &error));
	assert_non_null(strstr(error.text, "is longer than its place"));
	expect_word_refused(0, 0xd00dfeee, "no valid device tree header");
	expect_word_refused(20, 16, "is older than version 17");
	expect_word_refused(8, structure + 2, "misaligned structure block");
	dtb_free(&dtb);
}

/* Tags: 1 begins a node, 2 ends it, 3 is a property, 4 nothing, 9 the end. */
static void a_malformed_tree_is_refused(void **state)
{
	struct dtb dtb = dtb_compile("spmc_two.dts", NULL, NULL);
	const uint32_t *words = dtb.fdt;
	uint32_t structure = __builtin_bswap32(words[2]);
	uint32_t length = __builtin_bswap32(words[9]);
	uint32_t end = structure + length - 4;
	const char *sentence = "is a malformed device tree";

	(void)state;
	expect_word_refused(structure, 4, sentence); /* no root */
	expect_word_refused(structure, 9, sentence); /* an empty tree */
	expect_word_refused(end, 1, sentence);       /* no end */
	expect_word_refused(end - 4, 9, sentence);   /* root left open */
	expect_word_refused(end - 8, 4, sentence);   /* a node left open */
	expect_word_refused(structure + 12, 1 << 20, sentence); /* length */
	expect_word_refused(structure + 16, 1 << 20, sentence); /* its name */
	dtb_free(&dtb);
}

static void a_tree_that_is_too_deep_is_refused(void **state)
{
	static const char *const deep =
		"a { b { c { d { e { f { g { h { }; }; }; }; }; }; }; };"
		"attribute {";

	(void)state;
	assert_false(read_variant("spmc_two.dts", "attribute {", deep));
	assert_non_null(strstr(error.text, "is a malformed device tree"));
}

static void a_manifest_without_cpus_is_refused(void **state)
{
	(void)state;
	assert_false(
		read_variant("spmc_two.dts", "cpus {", "cpus { }; others {"));
	assert_non_null(strstr(error.text, "node cpus: names no CPU"));
}

static void a_cpu_that_is_named_twice_is_refused(void **state)
{
	(void)state;
	assert_false(read_variant("spmc_two.dts", "cpu@0 {",
		"cpu@7 { device_type = \"cpu\"; reg = <0>; }; cpu@0 {"));
	assert_non_null(strstr(error.text, "names a CPU twice"));
}

static void a_misaligned_blob_is_refused(void **state)
{
	struct dtb dtb = dtb_compile("spmc_two.dts", NULL, NULL);
	uint8_t *copy = malloc(dtb.size + 4);

	(void)state;
	memcpy(copy + 4, dtb.fdt, dtb.size);
	assert_false(manifest_read_spmc(copy + 4, dtb.size, &manifest, &error));
	assert_non_null(strstr(error.text, "8-byte aligned"));
	free(copy);
	dtb_free(&dtb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manifest_for_optee_loads_unchanged),
		cmocka_unit_test(two_cell_sizes_and_addresses_are_read),
		cmocka_unit_test(
			what_the_firmware_leaves_to_the_secure_world_is_read),
		cmocka_unit_test(the_bytes_that_a_call_may_zero_are_read),
		cmocka_unit_test(every_bad_property_is_named_in_a_sentence),
		cmocka_unit_test(more_than_the_manager_can_hold_is_refused),
		cmocka_unit_test(too_many_memory_ranges_are_refused),
		cmocka_unit_test(
			a_name_from_the_blob_cannot_reach_the_terminal),
		cmocka_unit_test(any_cut_off_blob_is_refused),
		cmocka_unit_test(any_changed_byte_is_survived),
		cmocka_unit_test(a_misaligned_blob_is_refused),
		cmocka_unit_test(a_bad_header_is_named),
		cmocka_unit_test(a_malformed_tree_is_refused),
		cmocka_unit_test(a_tree_that_is_too_deep_is_refused),
		cmocka_unit_test(a_manifest_without_cpus_is_refused),
		cmocka_unit_test(a_cpu_that_is_named_twice_is_refused),
	};

	return SUITE_RUN("test-manifest-spmc", tests);
}
