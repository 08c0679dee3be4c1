/*
 * Defects that another manager has on exactly our subject (the same numbers as
 * in tests/unit/call/test_defects.c), on a machine: the partitions are the
 * story's.
 */
#include "story/ask.h"

#include "abi/ffa_func.h"
#include "base/access.h"
#include "lib/ffa.h"
#include "lib/guest.h"
#include "lib/tap.h"

#define TX 0x60000000ull
#define RX 0x60001000ull

/* Pages in so many distinct 2 MiB, and one in a table that is split. */
#define APART_BASE 0x80000000ull
#define APART 250u
#define BLOCK (2ull << 20)

#define LARGE_BASE                                                             \
	0x64000000ull /* 132 MiB, above what a word of bytes holds             \
		       */
#define LARGE_PAGES (132u << 8)

#define PAGE_AT 0x61000000ull
#define RANGES_MAX (APART + 2)

static struct tap tap;
static const struct ffa_mailbox box = {FFA_ID_NWD, {TX}, {RX}, true};
static struct desc_range ranges[RANGES_MAX];

static int64_t retrieve(
	uint16_t sp, uint64_t handle, uint8_t permissions, uint16_t sender)
{
	return ASK(sp, STORY_RETRIEVE, handle, STORY_HOW(0, permissions, 0),
		sender)
		.status;
}

static uint64_t retrieve_long(uint64_t handle)
{
	return ASK(STORY_SP1, STORY_RETRIEVE_LONG, handle, STORY_HOW(0, 0, 0),
		FFA_ID_NWD)
		.value;
}

static int64_t relinquish(uint16_t sp, uint64_t handle)
{
	return ASK(sp, STORY_RELINQUISH, handle).status;
}

static uint8_t byte_at(uint64_t at)
{
	return *(volatile uint8_t *)guest_pointer(paddr(at), true);
}

static void put_byte(uint64_t at, uint8_t value)
{
	*(volatile uint8_t *)guest_pointer(paddr(at), true) = value;
}

/* --- What the normal world sends ---------------------------------------- */

static struct desc desc_of(uint32_t version, uint32_t range_count)
{
	struct desc desc;

	desc_init(&desc, version);
	desc_add_receiver(&desc, STORY_SP1, DESC_RW);
	desc.range = ranges;
	desc.range_count = range_count;
	return desc;
}

/* In as many fragments as it takes. */
static struct ffa_regs send(uint32_t func, struct desc *desc)
{
	uint8_t *tx = guest_pointer(box.tx, true);
	struct ffa_regs result;
	uint32_t size;

	desc_settle(desc);
	size = desc_write(desc, tx, (uint32_t)PAGE_SIZE);
	result = ffa_call(func, desc->length, size, 0, 0);
	while ((uint32_t)result.x[0] == FFA_MEM_FRAG_RX) {
		size = desc_write_part(
			desc, (uint32_t)result.x[3], tx, (uint32_t)PAGE_SIZE);
		result = ffa_call(
			FFA_MEM_FRAG_TX, result.x[1], result.x[2], size, 0);
	}
	return result;
}

static uint64_t share(struct desc *desc)
{
	struct ffa_regs result;

	desc->attributes = ATTR_NORMAL_WB;
	result = send(FFA_MEM_SHARE_64, desc);
	return ffa_status(&result) == FFA_OK ? ffa_handle(&result) : 0;
}

static uint64_t lend(struct desc *desc)
{
	struct ffa_regs result = send(FFA_MEM_LEND_64, desc);

	return ffa_status(&result) == FFA_OK ? ffa_handle(&result) : 0;
}

/* --- The defects -------------------------------------------------------- */

/* 1: what the owner lacks is granted. */
static void the_owner_bounds_the_request(void)
{
	uint64_t read_only = ASK(STORY_SP1, STORY_SEND, STORY_READ_ONLY,
		STORY_HOW(FFA_MEM_DONATE_64, 0, 1), STORY_SP2)
				     .value;
	uint64_t no_execute;

	tap_is(&tap,
		(uint64_t)retrieve(
			STORY_SP2, read_only, DESC_RW | DESC_XN, STORY_SP1),
		(uint64_t)FFA_DENIED,
		"1: a read-only page that is donated is not writable");
	tap_is(&tap, (uint64_t)ASK(STORY_SP1, STORY_RECLAIM, read_only).status,
		FFA_OK, "1: its donor takes it back");
	no_execute = ASK(STORY_SP1, STORY_SEND, STORY_GIFT,
		STORY_HOW(FFA_MEM_LEND_64, DESC_RO, 1), STORY_SP2)
			     .value;
	tap_is(&tap,
		(uint64_t)retrieve(
			STORY_SP2, no_execute, DESC_RO | DESC_X, STORY_SP1),
		(uint64_t)FFA_DENIED,
		"1: a page that its lender cannot execute is not executable");
	tap_is(&tap, (uint64_t)ASK(STORY_SP1, STORY_RECLAIM, no_execute).status,
		FFA_OK, "1: its lender takes it back");
}

/* 2: one range of a split table after 250 that need tables of their own. */
static void many_tables_and_a_split_one(void)
{
	struct desc one = desc_of(FFA_VERSION_1_2, 1);
	struct desc many = desc_of(FFA_VERSION_1_2, APART + 1);
	uint64_t split, handle;

	ranges[0] = (struct desc_range){APART_BASE, 1, 0};
	split = share(&one);
	tap_is(&tap, (uint64_t)retrieve(STORY_SP1, split, 0, FFA_ID_NWD),
		FFA_OK, "2: a first page makes a table");
	for (uint32_t i = 0; i < APART; i++)
		ranges[i] =
			(struct desc_range){APART_BASE + (i + 1) * BLOCK, 1, 0};
	ranges[APART] = (struct desc_range){APART_BASE + PAGE_SIZE, 1, 0};
	handle = share(&many);
	tap_ok(&tap, handle != 0, "2: 251 pages are shared");
	tap_is(&tap, retrieve_long(handle), APART + 1,
		"2: and retrieved, in fragments");
	tap_ok(&tap,
		relinquish(STORY_SP1, handle) == FFA_OK &&
			ffa_mem_reclaim(handle, 0) == FFA_OK &&
			relinquish(STORY_SP1, split) == FFA_OK &&
			ffa_mem_reclaim(split, 0) == FFA_OK,
		"2: all of them come back");
}

/* 3: the zero flag on one large range. */
static void a_large_range_is_zeroed(void)
{
	struct desc desc = desc_of(FFA_VERSION_1_2, 1);
	uint64_t last = LARGE_BASE + LARGE_PAGES * PAGE_SIZE - 1;
	uint64_t handle;

	put_byte(LARGE_BASE, 0x51);
	put_byte(last, 0x52);
	ranges[0] = (struct desc_range){LARGE_BASE, LARGE_PAGES, 0};
	desc.flags = 1;
	handle = lend(&desc);
	tap_ok(&tap, handle != 0, "3: 132 MiB are lent and zeroed");
	tap_is(&tap, (uint64_t)ffa_mem_reclaim(handle, 0), FFA_OK,
		"3: they come back");
	tap_ok(&tap, byte_at(LARGE_BASE) == 0 && byte_at(last) == 0,
		"3: nothing is left in the first and the last byte");
}

/* 4: zero after relinquish, asked for at the retrieval. */
static void zeroed_when_given_back(void)
{
	struct desc desc = desc_of(FFA_VERSION_1_2, 1);
	uint64_t handle;

	ranges[0] = (struct desc_range){PAGE_AT, 1, 0};
	handle = lend(&desc);
	tap_is(&tap,
		(uint64_t)ASK(STORY_SP1, STORY_RETRIEVE, handle,
			STORY_HOW(0, 0, 0), FFA_ID_NWD, STORY_ZERO_AFTER)
			.status,
		FFA_OK, "4: a page is borrowed, to be zeroed afterwards");
	tap_is(&tap,
		(uint64_t)ASK(STORY_SP1, STORY_WRITE, PAGE_AT, 1, 0x54).status,
		FFA_OK, "4: its borrower writes to it");
	tap_ok(&tap,
		relinquish(STORY_SP1, handle) == FFA_OK &&
			ffa_mem_reclaim(handle, 0) == FFA_OK,
		"4: it comes back");
	tap_is(&tap, byte_at(PAGE_AT), 0, "4: without what was written");
}

/* 5: the reserved word of a range; more ranges than RX has room for. */
static void what_a_response_cannot_hold(void)
{
	struct desc reserved = desc_of(FFA_VERSION_1_2, 1);
	struct desc desc = desc_of(FFA_VERSION_1_1, APART + 1);
	struct ffa_regs result;
	uint64_t handle;

	ranges[0] = (struct desc_range){PAGE_AT, 1, 1};
	reserved.attributes = ATTR_NORMAL_WB;
	result = send(FFA_MEM_SHARE_64, &reserved);
	tap_is(&tap, (uint64_t)ffa_status(&result),
		(uint64_t)FFA_INVALID_PARAMETERS,
		"5: the reserved word of a range must be zero");
	ffa_call(FFA_RXTX_UNMAP, 0, 0, 0, 0);
	ffa_call(FFA_VERSION, FFA_VERSION_1_1, 0, 0, 0);
	tap_is(&tap, (uint64_t)ffa_rxtx_map(&box), FFA_OK,
		"5: the client is one of FF-A 1.1 now");
	for (uint32_t i = 0; i <= APART; i++)
		ranges[i] =
			(struct desc_range){PAGE_AT + 2 * i * PAGE_SIZE, 1, 0};
	handle = share(&desc);
	tap_ok(&tap, handle != 0 && desc.length == PAGE_SIZE,
		"5: 251 ranges fill its TX");
	tap_is(&tap, retrieve_long(handle), APART + 1,
		"5: the partition, of 1.2, gets them in two fragments");
	tap_ok(&tap,
		relinquish(STORY_SP1, handle) == FFA_OK &&
			ffa_mem_reclaim(handle, 0) == FFA_OK,
		"5: they come back");
}

void guest_main(void)
{
	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	tap_is(&tap, (uint64_t)ffa_rxtx_map(&box), FFA_OK,
		"RX and TX are mapped");
	the_owner_bounds_the_request();
	many_tables_and_a_split_one();
	a_large_range_is_zeroed();
	zeroed_when_given_back();
	what_a_response_cannot_hold();
	tap_done(&tap);
}
