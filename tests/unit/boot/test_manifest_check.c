/* Rules across nodes: the memory map, and one partition against another. */
#include <string.h>

#include "boot/manifest.h"
#include "boot/manifest_check.h"
#include "dtb.h"
#include "lib/suite.h"

#define SAMPLE_PACKAGE 0x07000000

static struct sp_manifest sp;
static struct manifest_error error;

static void read_sample(void)
{
	struct dtb dtb = dtb_compile("sp_sample.dts", NULL, NULL);
	struct manifest_blob blob = {dtb.fdt, dtb.size, "sp.dts"};

	assert_true(manifest_read_sp(
		&blob, (struct paddr){SAMPLE_PACKAGE}, &sp, &error));
	dtb_free(&dtb);
}

/* A memory map that the sample fits into; the sample is vm 0. */
static struct spmc_manifest map_of_sample(void)
{
	struct spmc_manifest map = {
		.range_count = 3,
		.range = {{{{0x07000000}, 0x1000}, MEMORY_SECURE},
			{{{0x90000000}, 0x100}, MEMORY_NS},
			{{{0x1c0b0000}, 2}, MEMORY_SECURE_DEVICE}},
		.vm_count = 2,
		.vm = {{.load_address = {0x07000000}, .mem_size = 0x100000},
			{.load_address = {0x07400000}, .mem_size = 0x100000}},
	};

	return map;
}

static const struct manifest_party party = {"sp.dts", 0, &sp};

static void regions_must_lie_in_memory_of_their_kind(void **state)
{
	struct spmc_manifest map = map_of_sample();

	(void)state;
	read_sample();
	assert_true(manifest_check_regions(&map, &party, &error));

	map.range[0].range.pages = 0x300; /* ends where rx begins */
	assert_false(manifest_check_regions(&map, &party, &error));
	assert_non_null(strstr(error.text, "not inside"));
	CONFORMS("Y-04");

	map = map_of_sample();
	map.range[1].class = MEMORY_SECURE; /* under an NS region */
	assert_false(manifest_check_regions(&map, &party, &error));
	CONFORMS("Y-06");

	map = map_of_sample();
	map.range[2].class = MEMORY_NS_DEVICE;
	assert_false(manifest_check_regions(&map, &party, &error));
}

static void regions_must_not_reach_into_another_partition(void **state)
{
	struct spmc_manifest map = map_of_sample();

	(void)state;
	read_sample();
	map.vm[1].load_address.v = 0x07301000;
	assert_false(manifest_check_regions(&map, &party, &error));
	assert_non_null(strstr(error.text, "another partition"));
}

static void contexts_and_entry_fit_machine_and_package(void **state)
{
	struct spmc_manifest map = map_of_sample();

	(void)state;
	read_sample();
	map.cpu_count = 4;
	assert_true(manifest_check_self(&map, &party, &error));
	sp.execution_ctx_count = 4;
	assert_true(manifest_check_self(&map, &party, &error));
	sp.execution_ctx_count = 2;
	assert_true(manifest_check_self(&map, &party, &error));
	sp.execution_ctx_count = 5;
	assert_false(manifest_check_self(&map, &party, &error));
	assert_non_null(strstr(error.text, "execution-ctx-count: is more"));

	sp.execution_ctx_count = 4;
	sp.id = -1;
	map.spmc_id = 0x8001; /* what vm 0 has without saying so */
	assert_false(manifest_check_self(&map, &party, &error));
	assert_non_null(strstr(error.text, "id: is the manager's"));
	map.spmc_id = 0x8000;

	map.vm[0].vcpu_count = 1;
	assert_true(manifest_check_self(&map, &party, &error));

	map.vm[0].mem_size = sp.entrypoint_offset;
	assert_false(manifest_check_self(&map, &party, &error));
	assert_non_null(strstr(error.text, "entrypoint-offset: is outside"));
}

static void expect_pair_refused(
	const struct sp_manifest *other, const char *sentence)
{
	const struct manifest_party accepted = {"other.dts", 1, other};

	assert_false(manifest_check_pair(&party, &accepted, &error));
	if (!strstr(error.text, sentence))
		fail_msg("%s", error.text);
}

static void two_partitions_have_nothing_in_common_but_protocols(void **state)
{
	struct sp_manifest other;
	const struct manifest_party accepted = {"other.dts", 1, &other};

	(void)state;
	read_sample();
	memset(&other, 0, sizeof(other));
	other.id = -1;
	other.boot_order = 1;
	memcpy(other.service, sp.service, sizeof(sp.service));
	other.service_count = sp.service_count;
	assert_true(manifest_check_pair(&party, &accepted, &error));

	other.boot_order = 0;
	expect_pair_refused(&other, "boot-order: another partition");
	CONFORMS("Y-09");
	other.boot_order = BOOT_ORDER_NONE;
	sp.boot_order = BOOT_ORDER_NONE;
	assert_true(manifest_check_pair(&party, &accepted, &error));

	other.interrupt_count = 1;
	other.interrupt[0].intid = 0x29;
	expect_pair_refused(&other, "interrupts: an interrupt belongs");
	CONFORMS("Y-11");
	other.interrupt_count = 0;

	other.region_count = 1;
	other.region[0].range = (struct range){{0x072ff000}, 2};
	expect_pair_refused(&other, "base-address: a region overlaps");
	other.region[0].range.pages = 1;
	assert_true(manifest_check_pair(&party, &accepted, &error));

	other.id = 0x8001; /* what vm 0 has without saying so */
	expect_pair_refused(&other, "id: another partition");
	sp.id = 0x8003;
	assert_true(manifest_check_pair(&party, &accepted, &error));
	sp.id = 0x8002; /* what the other, vm 1, has without saying so */
	other.id = -1;
	expect_pair_refused(&other, "id: another partition");
}

#define RO REGION_READ
#define RW (REGION_READ | REGION_WRITE)
#define RX (REGION_READ | REGION_EXECUTE)

static const struct manifest_region common = {
	.range = {{0x07400000}, 4}, .attributes = RW, .shared = true};

/* Both name memory at one place: ours is `common`, the other's `theirs`. */
static bool share(struct manifest_region theirs)
{
	static struct sp_manifest other;
	const struct manifest_party accepted = {"other.dts", 1, &other};

	sp = (struct sp_manifest){
		.id = -1, .region_count = 1, .region = {common}};
	other = (struct sp_manifest){.id = -1,
		.boot_order = 1,
		.region_count = 1,
		.region = {theirs}};
	return manifest_check_pair(&party, &accepted, &error);
}

static void two_partitions_share_what_both_call_shared(void **state)
{
	struct manifest_region theirs = common;

	(void)state;
	assert_true(share(theirs));
	theirs.attributes = RO;
	assert_true(share(theirs));
	theirs.shared = false;
	assert_false(share(theirs));
	assert_non_null(strstr(error.text, "only one of the two says"));
	theirs = common;
	theirs.range.pages = 3;
	assert_false(share(theirs));
	assert_non_null(strstr(error.text, "not the same range"));
	theirs = common;
	theirs.range.base.v += 0x1000;
	assert_false(share(theirs));
	/* Elsewhere it is the other's own affair. */
	theirs.range.base.v += 0x10000;
	assert_true(share(theirs));
}

static void what_one_partition_writes_no_other_executes(void **state)
{
	struct manifest_region theirs = common;

	(void)state;
	theirs.attributes = RX;
	assert_false(share(theirs));
	assert_non_null(strstr(error.text, "written by one"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_must_lie_in_memory_of_their_kind),
		cmocka_unit_test(regions_must_not_reach_into_another_partition),
		cmocka_unit_test(contexts_and_entry_fit_machine_and_package),
		cmocka_unit_test(
			two_partitions_have_nothing_in_common_but_protocols),
		cmocka_unit_test(two_partitions_share_what_both_call_shared),
		cmocka_unit_test(what_one_partition_writes_no_other_executes),
	};

	return SUITE_RUN("test-manifest-check", tests);
}
