/* From manifests to a manager that could run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "abi/ffa_status.h"
#include "base/cursor.h"
#include "boot/boot.h"
#include "boot/quotas.h"
#include "call/gate.h"
#include "engine/ledger_check.h"
#include "host/port_host.h"
#include "lib/suite.h"
#include "stage2/s2_map.h"
#include "unit/boot/machine.h"

#define SECURE_PAGES 0xf00u

static void every_party_gets_titles_and_contexts(void **state)
{
	struct access rwx = {ACCESS_R | ACCESS_W | ACCESS_X, ATTR_NORMAL_WB};
	const struct ledger_node *title;
	struct spm *spm;

	(void)state;
	machine_place_two();
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_string_equal(machine_console, "");
	assert_null(ledger_check(spm->engine));
	assert_int_equal(spm->partition_count, 2);
	assert_int_equal(spm->partitions[1].ep.id, 0x8002);
	title = ledger_title(&spm->engine->ledger, paddr(0x0e3fffff));
	assert_ptr_equal(title->title.owner, &spm->partitions[0].ep);
	assert_true(access_equal(title->title.access, rwx));
	title = ledger_title(&spm->engine->ledger, paddr(0x50000000));
	assert_ptr_equal(title->title.owner, &spm->nwd->ep);
	title = ledger_title(&spm->engine->ledger, paddr(MACHINE_IMAGE_BASE));
	assert_ptr_equal(title->title.owner, &spm->engine->manager);
	assert_true(access_equal(
		s2_lookup(&spm->partitions[0].space, false, paddr(0x0e300000)),
		rwx));
	assert_int_equal(
		s2_lookup(&spm->partitions[0].space, false, paddr(0x0e400000))
			.perm,
		0);
	for (uint32_t i = 0; i < spm->cpu_count; i++)
		assert_ptr_equal(spm->cpus[i].nwd->partition, spm->nwd);
}

/* Image, packages, heap and pool together are the secure memory, all of it. */
static void all_memory_is_accounted_for(void **state)
{
	struct spm *spm;
	uint64_t heap;

	(void)state;
	machine_place_two();
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	heap = SECURE_PAGES - MACHINE_IMAGE_PAGES - 2 * 0x100 -
	       spm->pool.page_count;
	/* Rings, metadata, structures, contexts. */
	heap -= trace_pages(spm->cpu_count);
	assert_in_range(heap, 1, 40);
	assert_in_range(spm->pool.free_count, spm->pool.page_count - 60,
		spm->pool.page_count - 1);
}

static void a_bad_package_stops_only_its_partition(void **state)
{
	struct spm *spm;

	(void)state;
	machine_place_two();
	machine_place(0, "sp_one_service.dts", "messaging-method = <0x1>;", "");
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_int_equal(spm->partition_count, 1);
	assert_int_equal(spm->partitions[0].ep.id, 0x8002);
	assert_non_null(
		strstr(machine_console, "partition not started: first"));
	assert_non_null(strstr(machine_console, "messaging-method"));
}

static void a_package_without_its_magic_is_not_started(void **state)
{
	(void)state;
	machine_place_two();
	memset(host_memory(machine_manifest.vm[1].load_address), 0, 4);
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
	assert_non_null(
		strstr(machine_console, "partition not started: second"));
}

/* The first of two partitions, with a region of its own in its package. */
static void place_el0(const char *attributes)
{
	char text[512];

	machine_place_two();
	snprintf(text, sizeof(text),
		"exception-level = <1>; execution-state = <0>;"
		" memory-regions {"
		" compatible = \"arm,ffa-manifest-memory-regions\";"
		" data { base-address = <0x0 0x0e3f0000>;"
		" pages-count = <2>; attributes = <%s>; }; };",
		attributes);
	machine_place(0, "sp_one_service.dts",
		"exception-level = <2>;\n\texecution-state = <0>;", text);
}

static uint8_t perm_at(struct spm *spm, unsigned partition, uint64_t address)
{
	const struct ledger_node *title =
		ledger_title(&spm->engine->ledger, paddr(address));
	struct access access = s2_lookup(
		&spm->partitions[partition].space, false, paddr(address));

	if (title->title.owner == &spm->partitions[partition].ep)
		assert_true(access_equal(title->title.access, access));
	return access.perm;
}

static void a_partition_at_el0_writes_only_what_its_regions_say(void **state)
{
	struct spm *spm;

	(void)state;
	place_el0("3");
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_string_equal(machine_console, "");
	assert_int_equal(spm->partitions[0].ep.kind, ENDPOINT_SP_EL0);
	assert_int_equal(spm->partitions[1].ep.kind, ENDPOINT_SP);
	assert_int_equal(perm_at(spm, 0, 0x0e300000), ACCESS_R | ACCESS_X);
	assert_int_equal(perm_at(spm, 0, 0x0e3effff), ACCESS_R | ACCESS_X);
	assert_int_equal(perm_at(spm, 0, 0x0e3f0000), ACCESS_R | ACCESS_W);
	assert_int_equal(perm_at(spm, 0, 0x0e3f2000), ACCESS_R | ACCESS_X);
	assert_int_equal(
		perm_at(spm, 1, 0x0e400000), ACCESS_R | ACCESS_W | ACCESS_X);
}

static void a_region_at_el0_is_not_written_and_executed(void **state)
{
	(void)state;
	CONFORMS("Y-05");
	place_el0("7");
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
	assert_non_null(strstr(machine_console, "write and execute"));
}

/* Nobody owns them but the manager, so nobody can send them. */
static void pages_of_the_port_are_there_for_partitions_at_el0_only(void **state)
{
	struct range support = {paddr(MACHINE_IMAGE_BASE + 8 * PAGE_SIZE), 3};
	uint64_t end = range_end(support);
	const struct ledger_node *title;
	struct spm *spm;

	(void)state;
	place_el0("3");
	host_el0_support_set(support);
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	for (uint64_t at = support.base.v; at < end; at += PAGE_SIZE) {
		assert_int_equal(perm_at(spm, 0, at), ACCESS_R | ACCESS_X);
		assert_int_equal(perm_at(spm, 1, at), 0);
	}
	assert_int_equal(perm_at(spm, 0, support.base.v - 1), 0);
	assert_int_equal(perm_at(spm, 0, end), 0);
	title = ledger_title(&spm->engine->ledger, support.base);
	assert_ptr_equal(title->title.owner, &spm->engine->manager);
}

static void more_contexts_than_processors_are_refused(void **state)
{
	(void)state;
	machine_place_two();
	machine_place(1, "sp_one_service.dts", "execution-ctx-count = <1>",
		"execution-ctx-count = <5>");
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
	assert_non_null(strstr(machine_console, "execution-ctx-count"));
}

static void memory_that_is_not_secure_cannot_hold_a_package(void **state)
{
	(void)state;
	machine_place_two();
	machine_manifest.vm[1].load_address = paddr(0x50000000);
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
	assert_non_null(strstr(machine_console, "second: load_address"));
}

static void packages_that_overlap_are_refused(void **state)
{
	(void)state;
	machine_place_two();
	machine_manifest.vm[1].load_address = paddr(0x0e3ff000);
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
	assert_non_null(strstr(machine_console, "overlap"));
}

static void a_package_on_the_manager_is_refused(void **state)
{
	(void)state;
	machine_place_two();
	machine_manifest.vm[0].load_address =
		paddr(MACHINE_IMAGE_BASE + PAGE_SIZE);
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
}

static void a_region_on_the_manager_is_refused(void **state)
{
	(void)state;
	machine_place_two();
	machine_place(0, "sp_one_service.dts", "execution-state = <0>;",
		"execution-state = <0>;"
		"memory-regions {"
		" compatible = \"arm,ffa-manifest-memory-regions\";"
		" bad { base-address = <0x0 0x0e110000>; pages-count = <1>;"
		"  attributes = <3>; }; };");
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
	assert_non_null(strstr(machine_console, "overlaps the manager"));
}

/* What a partition's manifest says of its memory, in a package that is good
 * otherwise. */
static void place_regions(const char *regions)
{
	char text[1024];

	snprintf(text, sizeof(text),
		"execution-state = <0>; memory-regions {"
		" compatible = \"arm,ffa-manifest-memory-regions\"; %s",
		regions);
	machine_place_two();
	machine_place(0, "sp_one_service.dts", "execution-state = <0>;", text);
}

/* While the manager boots it works in memory that is the pool's later. */
static void no_partition_owns_a_page_of_the_pool(void **state)
{
	struct spm *spm;
	struct paddr page;

	(void)state;
	place_regions("end { base-address = <0x0 0x0eff0000>;"
		      " pages-count = <16>; attributes = <3>; }; };");
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	for (uint32_t i = 0; i < spm->partition_count; i++)
		assert_int_not_equal(spm->partitions[i].ep.id, 0);
	while (page_pool_take(&spm->pool, &page))
		assert_ptr_equal(
			ledger_title(&spm->engine->ledger, page)->title.owner,
			&spm->engine->manager);
	assert_null(ledger_check(spm->engine));
}

static void no_page_of_the_pool_is_a_partitions_to_reach(void **state)
{
	static const char *const text =
		"execution-state = <0>; memory-regions {"
		" compatible = \"arm,ffa-manifest-memory-regions\";"
		" common { base-address = <0x0 0x0eff0000>;"
		" pages-count = <16>; attributes = <3>; escrow,shared; }; };";
	struct paddr page;
	struct spm *spm;

	(void)state;
	machine_place_two();
	for (unsigned vm = 0; vm < 2; vm++)
		machine_place(vm, "sp_one_service.dts",
			"execution-state = <0>;", text);
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_int_equal(spm->partition_count, 2);
	while (page_pool_take(&spm->pool, &page))
		for (uint32_t i = 0; i < spm->partition_count; i++)
			assert_int_equal(s2_lookup(&spm->partitions[i].space,
						 false, page)
						 .perm,
				0);
}

static void a_region_half_in_the_package_is_refused(void **state)
{
	(void)state;
	place_regions("half { base-address = <0x0 0x0e2ff000>;"
		      " pages-count = <2>; attributes = <3>; }; };");
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
}

#define PLACE_BUFFERS(pages)                                                   \
	place_regions("rx: rx { base-address = <0x0 0x0e800000>;"              \
		      " pages-count = <" pages ">; attributes = <3>; };"       \
		      "tx: tx { base-address = <0x0 0x0e820000>;"              \
		      " pages-count = <" pages ">; attributes = <3>; }; };"    \
		      "rx_tx-info {"                                           \
		      " compatible = \"arm,ffa-manifest-rx_tx-buffer\";"       \
		      " rx-buffer = <&rx>; tx-buffer = <&tx>; };")

static void a_buffer_pair_has_at_most_sixteen_pages(void **state)
{
	const struct spm *spm;

	(void)state;
	PLACE_BUFFERS("16");
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_int_equal(spm->partition_count, 2);
	PLACE_BUFFERS("17");
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
}

static void a_pair_of_the_manifest_is_mapped_already(void **state)
{
	struct spm *spm;
	struct vcpu *vcpu;

	(void)state;
	CONFORMS("Y-20");
	PLACE_BUFFERS("1");
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_true(spm->partitions[0].mailbox.mapped);
	vcpu = &spm->partitions[0].vcpus[0];
	vcpu->state = VCPU_RUNNING;
	vcpu->model = RTM_INIT;
	spm->cpus[0].current = vcpu;
	vcpu->x[0] = FFA_RXTX_MAP_64;
	vcpu->x[1] = 0x0e820000;
	vcpu->x[2] = 0x0e800000;
	vcpu->x[3] = 1;
	gate_call(&spm->cpus[0]);
	assert_int_equal(vcpu->x[0], FFA_ERROR);
	assert_int_equal((int32_t)vcpu->x[2], FFA_DENIED);
}

static void a_region_of_all_memory_stops_only_its_partition(void **state)
{
	(void)state;
	place_regions("all { base-address = <0x0 0x0e500000>;"
		      " pages-count = <0xb00>; attributes = <3>; };"
		      "more { base-address = <0x0 0x0e148000>;"
		      " pages-count = <0x1b8>; attributes = <3>; }; };");
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
}

/* 2 MiB in all, image included, serve OP-TEE (its device is not simulated). */
static void op_tee_leaves_two_mib_and_they_suffice(void **state)
{
	struct spm *spm;

	(void)state;
	machine_read_spmc("spmc_optee.dts", NULL, NULL);
	machine_place(0, "sp_optee.dts", NULL, NULL);
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_string_equal(machine_console, "");
	assert_int_equal(spm->partition_count, 1);
	assert_int_equal(spm->partitions[0].vcpu_count, 2);
	assert_int_equal(spm->partitions[0].boot_info, 0x0e300000);
	assert_int_equal(get32(host_memory(paddr(0x0e300000))), 0x0ffa);
	assert_true(spm->capture.mixed); /* it has the console, too */
	assert_in_range(spm->pool.free_count, 256, 0x200);
	assert_null(ledger_check(spm->engine));
}

static void the_manifest_limits_what_a_call_zeroes(void **state)
{
	(void)state;
	machine_read_spmc("spmc_two.dts", "escrow,console-trace;",
		"escrow,zero-bytes-max = <0x200000>;");
	machine_place(0, "sp_one_service.dts", NULL, NULL);
	machine_place(1, "sp_one_service.dts", NULL, NULL);
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)
				 ->engine->policy.zero_pages_max,
		512);
}

static void processors_are_counted_as_the_firmware_does(void **state)
{
	struct spm *spm;

	(void)state;
	machine_place_two();
	machine_manifest.mpidr[1] = 3;
	machine_manifest.mpidr[3] = 1;
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	for (uint32_t i = 0; i < spm->cpu_count; i++)
		assert_int_equal(spm->cpus[i].mpidr, i);
}

/* --- Quotas ------------------------------------------------------------ */

static void what_all_may_hold_is_there_at_once(void **state)
{
	struct spm *spm;

	(void)state;
	machine_place_two();
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	machine_use_all(spm);
	/* And not much is left over. */
	assert_in_range(spm->pool.free_count, 0, 8);
}

/* NULL after a panic. */
static struct spm *boot_or_panic(struct range image)
{
	jmp_buf back;

	host_panic_catch(&back);
	if (setjmp(back) != 0)
		return NULL;
	return boot_primary(&machine_manifest, image);
}

static bool boots_with(uint64_t image_pages, struct spm **spm)
{
	*spm = boot_or_panic(
		(struct range){paddr(MACHINE_IMAGE_BASE), image_pages});
	host_panic_catch(NULL);
	return *spm != NULL;
}

/* From far too little on, a page more each time. */
static void it_is_there_however_little_memory_there_is(void **state)
{
	unsigned partitions[3] = {0};
	struct spm *spm;

	(void)state;
	machine_place_two();
	machine_manifest.range[0].range.pages = 0x400;
	for (uint64_t pages = 0; pages <= 0x80; pages++) {
		if (!boots_with(0x200 - pages, &spm))
			continue;
		partitions[spm->partition_count]++;
		machine_use_all(spm);
	}
	for (unsigned i = 0; i < ARRAY_COUNT(partitions); i++)
		assert_in_range(partitions[i], 1, 0x80);
}

static void the_limits_are_told_in_a_line(void **state)
{
	char line[160];
	struct spm *spm;

	(void)state;
	machine_place_two();
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	quotas_tell(spm);
	snprintf(line, sizeof(line),
		"Escrow: room for %u ranges in %u transactions of the normal "
		"world; of a partition, ",
		spm->nwd->ep.quota.limit.of[QUOTA_NODES] -
			spm->nwd->ep.quota.used.of[QUOTA_NODES],
		spm->nwd->ep.quota.limit.of[QUOTA_TXNS]);
	assert_memory_equal(machine_console, line, strlen(line));
	assert_string_equal(strrchr(machine_console, 's'), "s\n");
}

static void too_little_memory_is_a_panic_with_a_sentence(void **state)
{
	jmp_buf back;

	(void)state;
	machine_place_two();
	machine_manifest.vm_count = 0;
	machine_manifest.range[0].range.pages = MACHINE_IMAGE_PAGES + 2;
	host_panic_catch(&back);
	if (setjmp(back) == 0) {
		machine_boot(MACHINE_IMAGE_PAGES);
		fail_msg("it booted");
	}
	host_panic_catch(NULL);
	assert_non_null(strstr(host_panic_text(), "too little secure memory"));
}

#define TEST(name) cmocka_unit_test_setup(name, machine_set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_party_gets_titles_and_contexts),
		TEST(all_memory_is_accounted_for),
		TEST(a_bad_package_stops_only_its_partition),
		TEST(a_package_without_its_magic_is_not_started),
		TEST(a_partition_at_el0_writes_only_what_its_regions_say),
		TEST(a_region_at_el0_is_not_written_and_executed),
		TEST(pages_of_the_port_are_there_for_partitions_at_el0_only),
		TEST(more_contexts_than_processors_are_refused),
		TEST(memory_that_is_not_secure_cannot_hold_a_package),
		TEST(packages_that_overlap_are_refused),
		TEST(a_package_on_the_manager_is_refused),
		TEST(a_region_on_the_manager_is_refused),
		TEST(no_partition_owns_a_page_of_the_pool),
		TEST(no_page_of_the_pool_is_a_partitions_to_reach),
		TEST(a_region_half_in_the_package_is_refused),
		TEST(a_buffer_pair_has_at_most_sixteen_pages),
		TEST(a_pair_of_the_manifest_is_mapped_already),
		TEST(a_region_of_all_memory_stops_only_its_partition),
		TEST(op_tee_leaves_two_mib_and_they_suffice),
		TEST(the_manifest_limits_what_a_call_zeroes),
		TEST(processors_are_counted_as_the_firmware_does),
		TEST(what_all_may_hold_is_there_at_once),
		TEST(it_is_there_however_little_memory_there_is),
		TEST(the_limits_are_told_in_a_line),
		TEST(too_little_memory_is_a_panic_with_a_sentence),
	};

	return SUITE_RUN("test-boot", tests);
}
