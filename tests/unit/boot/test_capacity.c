/*
 * What the manager can hold on QEMU virt: 15 MiB of secure memory, of which
 * the image has its window of 1 MiB and one small partition 1 MiB. The
 * arithmetic is in docs/LIMITS.md.
 */
#include <string.h>

#include "engine/ledger_check.h"
#include "host/port_host.h"
#include "lib/scale.h"
#include "lib/suite.h"
#include "unit/boot/machine.h"

#define IMAGE_WINDOW_PAGES 0x100u
#define SHARES 4096u
#define RANGES 65536u
#define RAM 0x800000000ull

static struct scale_op shares[SHARES];

static struct spm *boot_one(void)
{
	machine_read_spmc("spmc_two.dts", NULL, NULL);
	machine_manifest.vm_count = 1;
	machine_place(0, "sp_one_service.dts", NULL, NULL);
	return machine_boot(IMAGE_WINDOW_PAGES);
}

static struct scale parties(struct spm *spm)
{
	return (struct scale){
		.engine = spm->engine,
		.owner = &spm->nwd->ep,
		.borrower = &spm->partitions[0].ep,
	};
}

/* Number `i`, of so many ranges: single pages with a gap behind each. */
static struct scale_op scattered(uint32_t i, uint32_t ranges)
{
	return (struct scale_op){
		.func = MEM_SHARE,
		.base = RAM + (uint64_t)i * ranges * 2 * PAGE_SIZE,
		.ranges = ranges,
		.pages = 1,
		.step = 2 * PAGE_SIZE,
	};
}

static void shares_and_ranges_fit_together_and_are_retrieved(void **state)
{
	struct spm *spm = boot_one();
	struct scale scale = parties(spm);
	uint32_t free_pages = spm->pool.free_count;

	(void)state;
	for (uint32_t i = 0; i < SHARES; i++) {
		shares[i] = scattered(i, RANGES / SHARES);
		expect_reason(scale_send(&scale, &shares[i]), R_NONE);
		expect_reason(scale_retrieve(&scale, &shares[i]), R_NONE);
	}
	assert_int_equal(spm->engine->txns.count, SHARES);
	assert_int_equal(spm->engine->ledger.loans.count, RANGES);
	assert_null(ledger_check(spm->engine));
	for (uint32_t i = 0; i < SHARES; i++) {
		expect_reason(scale_relinquish(&scale, &shares[i]), R_NONE);
		expect_reason(scale_reclaim(&scale, &shares[i]), R_NONE);
	}
	assert_int_equal(spm->pool.free_count, free_pages);
}

static void one_share_may_have_all_the_ranges(void **state)
{
	struct spm *spm = boot_one();
	struct scale scale = parties(spm);
	struct scale_op op = scattered(0, RANGES);
	uint32_t free_pages = spm->pool.free_count;

	(void)state;
	expect_reason(scale_send(&scale, &op), R_NONE);
	expect_reason(scale_retrieve(&scale, &op), R_NONE);
	expect_reason(scale_relinquish(&scale, &op), R_NONE);
	expect_reason(scale_reclaim(&scale, &op), R_NONE);
	assert_int_equal(spm->pool.free_count, free_pages);
}

/* Sends until it is refused. */
static uint32_t fill(const struct scale *scale, uint32_t ranges)
{
	for (uint32_t i = 0;; i++) {
		struct scale_op op = scattered(i, ranges);
		enum reason reason = scale_send(scale, &op);

		if (reason == R_NONE)
			continue;
		expect_reason(
			reason, ranges == 1 ? R_QUOTA_TXNS : R_QUOTA_NODES);
		return i;
	}
}

/* Exactly as boot says, not as much as happens to be there. */
static void the_limits_that_boot_tells_are_reached(void **state)
{
	struct spm *spm = boot_one();
	struct scale scale = parties(spm);
	struct quota quota = spm->nwd->ep.quota;

	(void)state;
	assert_in_range(fill(&scale, 1), SHARES, 2 * SHARES);
	assert_int_equal(spm->engine->txns.count, quota.limit.of[QUOTA_TXNS]);
	spm = boot_one();
	scale = parties(spm);
	assert_in_range(fill(&scale, 16) * 16, RANGES, 2 * RANGES);
	assert_in_range(spm->nwd->ep.quota.used.of[QUOTA_NODES],
		quota.limit.of[QUOTA_NODES] - 15, quota.limit.of[QUOTA_NODES]);
}

#define TEST(name) cmocka_unit_test_setup(name, machine_set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shares_and_ranges_fit_together_and_are_retrieved),
		TEST(one_share_may_have_all_the_ranges),
		TEST(the_limits_that_boot_tells_are_reached),
	};

	return SUITE_RUN("test-capacity", tests);
}
