/*
 * Memory of the manager's that partitions reach: what they have in common, and
 * the rings of the trace.
 */
#include <stdio.h>
#include <string.h>

#include "abi/reason.h"
#include "base/trace.h"
#include "engine/ledger_check.h"
#include "host/port_host.h"
#include "lib/suite.h"
#include "stage2/s2_map.h"
#include "unit/boot/machine.h"

/* --- Regions that partitions share ------------------------------------- */

#define SHARED 0x0e600000ull

/* The package of vmN, with a region at SHARED. */
static void place_shared(unsigned vm, const char *properties)
{
	char text[512];

	snprintf(text, sizeof(text),
		"execution-state = <0>; memory-regions {"
		" compatible = \"arm,ffa-manifest-memory-regions\";"
		" common { base-address = <0x0 0x0e600000>;"
		" pages-count = <4>; %s }; };",
		properties);
	machine_place(vm, "sp_one_service.dts", "execution-state = <0>;", text);
}

static void a_region_is_shared_when_both_manifests_say_so(void **state)
{
	const struct ledger_node *title;
	struct spm *spm;

	(void)state;
	machine_place_two();
	place_shared(0, "attributes = <3>; escrow,shared;");
	place_shared(1, "attributes = <1>; escrow,shared;");
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_string_equal(machine_console, "");
	assert_int_equal(spm->partition_count, 2);
	title = ledger_title(&spm->engine->ledger, paddr(SHARED));
	assert_ptr_equal(title->title.owner, &spm->engine->manager);
	for (unsigned i = 0; i < 2; i++) {
		struct space *space = &spm->partitions[i].space;
		uint8_t perm = i == 0 ? ACCESS_R | ACCESS_W : ACCESS_R;

		for (uint64_t at = SHARED; at < SHARED + 4 * PAGE_SIZE;
			at += PAGE_SIZE)
			assert_int_equal(
				s2_lookup(space, false, paddr(at)).perm, perm);
		assert_int_equal(
			s2_lookup(space, false, paddr(SHARED + 4 * PAGE_SIZE))
				.perm,
			0);
	}
	assert_null(ledger_check(spm->engine));
	machine_use_all(spm);
}

static void a_region_that_one_side_shares_stops_both(void **state)
{
	struct spm *spm;

	(void)state;
	machine_place_two();
	place_shared(0, "attributes = <3>; escrow,shared;");
	place_shared(1, "attributes = <3>;");
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	/* The second does not say so; the first is left alone with it. */
	assert_int_equal(spm->partition_count, 0);
	assert_non_null(strstr(machine_console, "second: property base-address"
						": a region overlaps"));
	assert_non_null(strstr(
		machine_console, "first: escrow,shared: no other partition"));
}

/* The first does not name the region at all. */
static void a_partition_without_its_partner_is_not_started(void **state)
{
	struct spm *spm;

	(void)state;
	machine_place_two();
	place_shared(1, "attributes = <3>; escrow,shared;");
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_int_equal(spm->partition_count, 1);
	assert_int_equal(spm->partitions[0].ep.id, 0x8001);
	assert_non_null(strstr(machine_console,
		"not started: second: escrow,shared: no other partition"));
}

/* --- Rings of the trace ------------------------------------------------ */

#define RINGS_PAGES "pages-count = <17>;" /* for four processors */

static void place_rings(unsigned vm, const char *pages)
{
	char text[512];

	snprintf(text, sizeof(text),
		"execution-state = <0>; memory-regions {"
		" compatible = \"arm,ffa-manifest-memory-regions\";"
		" rings { base-address = <0x0 0x0e6%u0000>; %s"
		" attributes = <1>; escrow,trace-rings; }; };",
		vm * 2, pages);
	machine_place(vm, "sp_one_service.dts", "execution-state = <0>;", text);
}

static const struct trace_directory *directory_of(const struct spm *spm)
{
	const uint8_t *ring = (const uint8_t *)spm->cpus[0].ring;

	return (const struct trace_directory *)(ring - PAGE_SIZE);
}

static void check_directory(const struct spm *spm)
{
	const struct trace_directory *directory = directory_of(spm);

	assert_string_equal(directory->magic, TRACE_MAGIC);
	assert_int_equal(directory->format, 1);
	assert_int_equal(directory->reasons, reason_checksum());
	assert_int_equal(directory->cpu_count, spm->cpu_count);
	assert_int_equal(directory->record_size, 64);
	assert_int_equal(directory->party_count, 2);
	assert_int_equal(directory->party[1].id, 0x8002);
	assert_string_equal(directory->party[1].name, "second");
	for (uint32_t i = 0; i < spm->cpu_count; i++)
		assert_ptr_equal(spm->cpus[i].ring,
			(const uint8_t *)directory + (1 + 4 * i) * PAGE_SIZE);
}

static void the_rings_are_in_the_managers_memory(void **state)
{
	struct spm *spm;

	(void)state;
	machine_place_two();
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	check_directory(spm);
	for (uint32_t i = 0; i < spm->partition_count; i++)
		assert_int_equal(
			s2_lookup(&spm->partitions[i].space, false,
				paddr((uintptr_t)directory_of(spm) -
					(uintptr_t)host_memory(paddr(0))))
				.perm,
			0);
}

static void the_partition_that_asks_may_read_the_rings(void **state)
{
	const struct ledger_node *title;
	struct spm *spm;

	(void)state;
	machine_place_two();
	place_rings(1, RINGS_PAGES);
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_string_equal(machine_console, "");
	check_directory(spm);
	assert_ptr_equal(directory_of(spm), host_memory(paddr(0x0e620000)));
	title = ledger_title(&spm->engine->ledger, paddr(0x0e620000));
	assert_ptr_equal(title->title.owner, &spm->engine->manager);
	assert_int_equal(
		s2_lookup(&spm->partitions[1].space, false, paddr(0x0e630000))
			.perm,
		ACCESS_R);
	assert_int_equal(
		s2_lookup(&spm->partitions[0].space, false, paddr(0x0e630000))
			.perm,
		0);
	machine_use_all(spm);
}

static void rings_need_room_for_every_processor(void **state)
{
	(void)state;
	machine_place_two();
	place_rings(1, "pages-count = <16>;");
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
	assert_non_null(
		strstr(machine_console, "second: property escrow,trace-rings: "
					"the region is too small"));
}

static void the_rings_do_not_lie_in_the_package(void **state)
{
	(void)state;
	machine_place_two();
	machine_place(1, "sp_one_service.dts", "execution-state = <0>;",
		"execution-state = <0>; memory-regions {"
		" compatible = \"arm,ffa-manifest-memory-regions\";"
		" rings { base-address = <0x0 0x0e420000>; " RINGS_PAGES
		" attributes = <1>; escrow,trace-rings; }; };");
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
	assert_non_null(strstr(machine_console,
		"second: escrow,trace-rings: the region lies in the package"));
}

static void one_partition_has_the_rings(void **state)
{
	(void)state;
	machine_place_two();
	place_rings(0, RINGS_PAGES);
	place_rings(1, RINGS_PAGES);
	assert_int_equal(machine_boot(MACHINE_IMAGE_PAGES)->partition_count, 1);
	assert_non_null(strstr(machine_console,
		"second: property escrow,trace-rings: another partition"));
}

#define TEST(name) cmocka_unit_test_setup(name, machine_set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_rings_are_in_the_managers_memory),
		TEST(the_partition_that_asks_may_read_the_rings),
		TEST(rings_need_room_for_every_processor),
		TEST(the_rings_do_not_lie_in_the_package),
		TEST(one_partition_has_the_rings),
		TEST(a_region_is_shared_when_both_manifests_say_so),
		TEST(a_region_that_one_side_shares_stops_both),
		TEST(a_partition_without_its_partner_is_not_started),
	};

	return SUITE_RUN("test-boot-regions", tests);
}
