/* From manifests to a manager that could run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "boot/boot.h"
#include "boot/quotas.h"
#include "engine/ledger_check.h"
#include "host/port_host.h"
#include "lib/suite.h"
#include "stage2/s2_map.h"
#include "unit/boot/dtb.h"

#define IMAGE_BASE 0x0e100000ull
#define IMAGE_PAGES 72u
#define SECURE_PAGES 0xf00u
#define MANIFEST_OFFSET 0x1000u

static struct spmc_manifest manifest;
static char console[1024];
static size_t console_length;

static void hear(void *context, const char *text, size_t length)
{
	(void)context;
	if (length > sizeof(console) - 1 - console_length)
		length = sizeof(console) - 1 - console_length;
	memcpy(console + console_length, text, length);
	console_length += length;
	console[console_length] = '\0';
}

static int set_up(void **state)
{
	(void)state;
	host_reset();
	console_length = 0;
	console[0] = '\0';
	host_console_set(hear, NULL);
	return 0;
}

static void read_spmc(const char *source, const char *from, const char *to)
{
	struct dtb dtb = dtb_compile(source, from, to);
	struct manifest_error error;

	assert_true(manifest_read_spmc(dtb.fdt, dtb.size, &manifest, &error));
	dtb_free(&dtb);
	for (uint32_t i = 0; i < manifest.range_count; i++) {
		enum memory_class class = manifest.range[i].class;

		if (range_end(manifest.range[i].range) <= HOST_MEMORY_SIZE)
			host_memory_declare(manifest.range[i].range,
				class == MEMORY_NS ||
					class == MEMORY_NS_DEVICE);
	}
}

/* A package of version 2 with that manifest where vmN is loaded. */
static void place(
	unsigned vm, const char *source, const char *from, const char *to)
{
	struct dtb dtb = dtb_compile(source, from, to);
	uint8_t *at = host_memory(manifest.vm[vm].load_address);

	memcpy(at, "SPKG", 4);
	put32(at + 4, 2);
	put32(at + 8, MANIFEST_OFFSET);
	put32(at + 12, (uint32_t)dtb.size);
	put32(at + 16, 0x4000);
	put32(at + 20, 0x1000);
	memcpy(at + MANIFEST_OFFSET, dtb.fdt, dtb.size);
	dtb_free(&dtb);
}

static struct spm *boot(void)
{
	return boot_primary(
		&manifest, (struct range){paddr(IMAGE_BASE), IMAGE_PAGES});
}

static void place_two(void)
{
	read_spmc("spmc_two.dts", NULL, NULL);
	place(0, "sp_one_service.dts", NULL, NULL);
	place(1, "sp_one_service.dts", NULL, NULL);
}

static void every_party_gets_titles_and_contexts(void **state)
{
	struct access rwx = {ACCESS_R | ACCESS_W | ACCESS_X, ATTR_NORMAL_WB};
	const struct ledger_node *title;
	struct spm *spm;

	(void)state;
	place_two();
	spm = boot();
	assert_string_equal(console, "");
	assert_null(ledger_check(spm->engine));
	assert_int_equal(spm->partition_count, 2);
	assert_int_equal(spm->partitions[1].ep.id, 0x8002);
	title = ledger_title(&spm->engine->ledger, paddr(0x0e3fffff));
	assert_ptr_equal(title->title.owner, &spm->partitions[0].ep);
	assert_true(access_equal(title->title.access, rwx));
	title = ledger_title(&spm->engine->ledger, paddr(0x50000000));
	assert_ptr_equal(title->title.owner, &spm->nwd->ep);
	title = ledger_title(&spm->engine->ledger, paddr(IMAGE_BASE));
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
	place_two();
	spm = boot();
	heap = SECURE_PAGES - IMAGE_PAGES - 2 * 0x100 - spm->pool.page_count;
	/* Metadata, structures, contexts. */
	assert_in_range(heap, 1, 40);
	assert_in_range(spm->pool.free_count, spm->pool.page_count - 60,
		spm->pool.page_count - 1);
}

static void a_bad_package_stops_only_its_partition(void **state)
{
	struct spm *spm;

	(void)state;
	place_two();
	place(0, "sp_one_service.dts", "messaging-method = <0x1>;", "");
	spm = boot();
	assert_int_equal(spm->partition_count, 1);
	assert_int_equal(spm->partitions[0].ep.id, 0x8002);
	assert_non_null(strstr(console, "partition not started: first"));
	assert_non_null(strstr(console, "messaging-method"));
}

static void a_package_without_its_magic_is_not_started(void **state)
{
	(void)state;
	place_two();
	memset(host_memory(manifest.vm[1].load_address), 0, 4);
	assert_int_equal(boot()->partition_count, 1);
	assert_non_null(strstr(console, "partition not started: second"));
}

static void a_partition_at_el0_is_not_started(void **state)
{
	(void)state;
	place_two();
	place(0, "sp_one_service.dts", "exception-level = <2>",
		"exception-level = <1>");
	assert_int_equal(boot()->partition_count, 1);
	assert_non_null(strstr(console, "exception-level"));
}

static void more_contexts_than_processors_are_refused(void **state)
{
	(void)state;
	place_two();
	place(1, "sp_one_service.dts", "execution-ctx-count = <1>",
		"execution-ctx-count = <5>");
	assert_int_equal(boot()->partition_count, 1);
	assert_non_null(strstr(console, "execution-ctx-count"));
}

static void memory_that_is_not_secure_cannot_hold_a_package(void **state)
{
	(void)state;
	place_two();
	manifest.vm[1].load_address = paddr(0x50000000);
	assert_int_equal(boot()->partition_count, 1);
	assert_non_null(strstr(console, "second: load_address"));
}

static void packages_that_overlap_are_refused(void **state)
{
	(void)state;
	place_two();
	manifest.vm[1].load_address = paddr(0x0e3ff000);
	assert_int_equal(boot()->partition_count, 1);
	assert_non_null(strstr(console, "overlap"));
}

static void a_package_on_the_manager_is_refused(void **state)
{
	(void)state;
	place_two();
	manifest.vm[0].load_address = paddr(IMAGE_BASE + PAGE_SIZE);
	assert_int_equal(boot()->partition_count, 1);
}

static void a_region_on_the_manager_is_refused(void **state)
{
	(void)state;
	place_two();
	place(0, "sp_one_service.dts", "execution-state = <0>;",
		"execution-state = <0>;"
		"memory-regions {"
		" compatible = \"arm,ffa-manifest-memory-regions\";"
		" bad { base-address = <0x0 0x0e110000>; pages-count = <1>;"
		"  attributes = <3>; }; };");
	assert_int_equal(boot()->partition_count, 1);
	assert_non_null(strstr(console, "overlaps the manager"));
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
	place_two();
	place(0, "sp_one_service.dts", "execution-state = <0>;", text);
}

/* While the manager boots it works in memory that is the pool's later. */
static void no_partition_owns_a_page_of_the_pool(void **state)
{
	struct spm *spm;
	struct paddr page;

	(void)state;
	place_regions("end { base-address = <0x0 0x0eff0000>;"
		      " pages-count = <16>; attributes = <3>; }; };");
	spm = boot();
	for (uint32_t i = 0; i < spm->partition_count; i++)
		assert_int_not_equal(spm->partitions[i].ep.id, 0);
	while (page_pool_take(&spm->pool, &page))
		assert_ptr_equal(
			ledger_title(&spm->engine->ledger, page)->title.owner,
			&spm->engine->manager);
	assert_null(ledger_check(spm->engine));
}

static void a_region_half_in_the_package_is_refused(void **state)
{
	(void)state;
	place_regions("half { base-address = <0x0 0x0e2ff000>;"
		      " pages-count = <2>; attributes = <3>; }; };");
	assert_int_equal(boot()->partition_count, 1);
}

static void a_buffer_pair_of_two_pages_stops_only_its_partition(void **state)
{
	(void)state;
	place_regions("rx: rx { base-address = <0x0 0x0e800000>;"
		      " pages-count = <2>; attributes = <3>; };"
		      "tx: tx { base-address = <0x0 0x0e802000>;"
		      " pages-count = <2>; attributes = <3>; }; };"
		      "rx_tx-info {"
		      " compatible = \"arm,ffa-manifest-rx_tx-buffer\";"
		      " rx-buffer = <&rx>; tx-buffer = <&tx>; };");
	assert_int_equal(boot()->partition_count, 1);
}

static void a_region_of_all_memory_stops_only_its_partition(void **state)
{
	(void)state;
	place_regions("all { base-address = <0x0 0x0e500000>;"
		      " pages-count = <0xb00>; attributes = <3>; };"
		      "more { base-address = <0x0 0x0e148000>;"
		      " pages-count = <0x1b8>; attributes = <3>; }; };");
	assert_int_equal(boot()->partition_count, 1);
}

/* 2 MiB in all, image included, serve OP-TEE (its device is not simulated). */
static void op_tee_leaves_two_mib_and_they_suffice(void **state)
{
	struct spm *spm;

	(void)state;
	read_spmc("spmc_optee.dts", NULL, NULL);
	place(0, "sp_optee.dts", NULL, NULL);
	spm = boot();
	assert_string_equal(console, "");
	assert_int_equal(spm->partition_count, 1);
	assert_int_equal(spm->partitions[0].vcpu_count, 2);
	assert_int_equal(spm->partitions[0].boot_info, 0x0e300000);
	assert_int_equal(get32(host_memory(paddr(0x0e300000))), 0x0ffa);
	assert_in_range(spm->pool.free_count, 256, 0x200);
	assert_null(ledger_check(spm->engine));
}

static void the_manifest_limits_what_a_call_zeroes(void **state)
{
	(void)state;
	read_spmc("spmc_two.dts", "escrow,console-trace;",
		"escrow,zero-bytes-max = <0x200000>;");
	place(0, "sp_one_service.dts", NULL, NULL);
	place(1, "sp_one_service.dts", NULL, NULL);
	assert_int_equal(boot()->engine->policy.zero_pages_max, 512);
}

static void processors_are_counted_as_the_firmware_does(void **state)
{
	struct spm *spm;

	(void)state;
	place_two();
	manifest.mpidr[1] = 3;
	manifest.mpidr[3] = 1;
	spm = boot();
	for (uint32_t i = 0; i < spm->cpu_count; i++)
		assert_int_equal(spm->cpus[i].mpidr, i);
}

/* --- Quotas ------------------------------------------------------------ */

static void take_objects(struct slab *slab, uint32_t count)
{
	while (count-- > 0)
		assert_non_null(slab_take(slab));
}

/* Everything that the party may ever hold, at once. */
static void go_to_the_limit(struct spm *spm, const struct endpoint *ep)
{
	struct slab *slabs[QUOTA_KINDS] = {
		[QUOTA_NODES] = &spm->engine->ledger.nodes,
		[QUOTA_TXNS] = &spm->engine->txn_slab,
		[QUOTA_BORROWERS] = &spm->engine->borrower_slab,
	};
	struct paddr page;

	for (int kind = 0; kind < QUOTA_KINDS; kind++) {
		uint32_t room =
			ep->quota.limit.of[kind] - ep->quota.used.of[kind];

		assert_in_range(room, 15, 1u << 20);
		take_objects(slabs[kind], room);
	}
	if (ep->space == NULL)
		return;
	assert_true(ep->space->table_limit - ep->space->table_count >= 4);
	for (uint32_t i = ep->space->table_count; i < ep->space->table_limit;
		i++)
		assert_true(page_pool_take(&spm->pool, &page));
}

static void all_go_to_the_limit(struct spm *spm)
{
	go_to_the_limit(spm, &spm->nwd->ep);
	for (uint32_t i = 0; i < spm->partition_count; i++)
		go_to_the_limit(spm, &spm->partitions[i].ep);
}

static void what_all_may_hold_is_there_at_once(void **state)
{
	struct spm *spm;

	(void)state;
	place_two();
	spm = boot();
	all_go_to_the_limit(spm);
	/* And not much is left over. */
	assert_in_range(spm->pool.free_count, 0, 8);
}

static bool boots_with(uint64_t image_pages, struct spm **spm)
{
	struct range image = {paddr(IMAGE_BASE), image_pages};
	jmp_buf back;
	volatile bool good = false;

	host_panic_catch(&back);
	if (setjmp(back) == 0) {
		*spm = boot_primary(&manifest, image);
		good = true;
	}
	host_panic_catch(NULL);
	return good;
}

/* From far too little on, a page more each time. */
static void it_is_there_however_little_memory_there_is(void **state)
{
	unsigned partitions[3] = {0};
	struct spm *spm;

	(void)state;
	place_two();
	manifest.range[0].range.pages = 0x400;
	for (uint64_t pages = 0; pages <= 0x80; pages++) {
		if (!boots_with(0x200 - pages, &spm))
			continue;
		partitions[spm->partition_count]++;
		all_go_to_the_limit(spm);
	}
	for (unsigned i = 0; i < ARRAY_COUNT(partitions); i++)
		assert_in_range(partitions[i], 1, 0x80);
}

static void the_limits_are_told_in_a_line(void **state)
{
	char line[160];
	struct spm *spm;

	(void)state;
	place_two();
	spm = boot();
	quotas_tell(spm);
	snprintf(line, sizeof(line),
		"Escrow: room for %u ranges in %u transactions of the normal "
		"world; of a partition, ",
		spm->nwd->ep.quota.limit.of[QUOTA_NODES] -
			spm->nwd->ep.quota.used.of[QUOTA_NODES],
		spm->nwd->ep.quota.limit.of[QUOTA_TXNS]);
	assert_memory_equal(console, line, strlen(line));
	assert_string_equal(strrchr(console, 's'), "s\n");
}

static void too_little_memory_is_a_panic_with_a_sentence(void **state)
{
	jmp_buf back;

	(void)state;
	place_two();
	manifest.vm_count = 0;
	manifest.range[0].range.pages = IMAGE_PAGES + 2;
	host_panic_catch(&back);
	if (setjmp(back) == 0) {
		boot();
		fail_msg("it booted");
	}
	host_panic_catch(NULL);
	assert_non_null(strstr(host_panic_text(), "too little secure memory"));
}

static void memory_beyond_the_tables_reach_is_a_panic(void **state)
{
	jmp_buf back;

	(void)state;
	place_two();
	manifest.range[1].range.base = paddr(1ull << 39);
	host_panic_catch(&back);
	if (setjmp(back) == 0) {
		boot();
		fail_msg("it booted");
	}
	host_panic_catch(NULL);
	assert_non_null(strstr(host_panic_text(), "512 GiB"));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_party_gets_titles_and_contexts),
		TEST(all_memory_is_accounted_for),
		TEST(a_bad_package_stops_only_its_partition),
		TEST(a_package_without_its_magic_is_not_started),
		TEST(a_partition_at_el0_is_not_started),
		TEST(more_contexts_than_processors_are_refused),
		TEST(memory_that_is_not_secure_cannot_hold_a_package),
		TEST(packages_that_overlap_are_refused),
		TEST(a_package_on_the_manager_is_refused),
		TEST(a_region_on_the_manager_is_refused),
		TEST(no_partition_owns_a_page_of_the_pool),
		TEST(a_region_half_in_the_package_is_refused),
		TEST(a_buffer_pair_of_two_pages_stops_only_its_partition),
		TEST(a_region_of_all_memory_stops_only_its_partition),
		TEST(op_tee_leaves_two_mib_and_they_suffice),
		TEST(the_manifest_limits_what_a_call_zeroes),
		TEST(processors_are_counted_as_the_firmware_does),
		TEST(what_all_may_hold_is_there_at_once),
		TEST(it_is_there_however_little_memory_there_is),
		TEST(the_limits_are_told_in_a_line),
		TEST(too_little_memory_is_a_panic_with_a_sentence),
		TEST(memory_beyond_the_tables_reach_is_a_panic),
	};

	return SUITE_RUN("test-boot", tests);
}
