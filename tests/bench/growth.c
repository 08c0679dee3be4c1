/*
 * How the cost of a cycle grows, and how long the engine lock is held: run by
 * tools/growth under a profiler that writes its count at every growth_mark().
 * Prints, in the order of the marks,
 *
 *     point CURVE X        what follows belongs to this point
 *     hold NAME            one hold of the lock
 *     zero PAGES CALLS BYTES
 */
#include <stdio.h>
#include <stdlib.h>

#include "engine/owner_map.h"
#include "growth_port.h"
#include "lib/scale.h"

#define RAM 0x100000000ull /* the normal world's: 4 GiB */
#define RAM_PAGES (1ull << 20)
#define OWN 0x40000000ull /* SP1's: 1 GiB and 2 MiB */
#define OWN_PAGES (513ull << 9)
#define BLOCK (2ull << 20)
#define RANGES_MAX 65536u
#define SHARES_MAX 4096u
#define SPLITS_MAX 510u

struct machine {
	struct page_pool pool;
	struct engine engine;
	struct endpoint nwd, sp1, sp2;
	struct space space1, space2;
};

static struct machine machine;

/* tools/growth asks for a count here. */
void growth_mark(void);
__attribute__((noinline)) void growth_mark(void)
{
	__asm__ volatile("" ::: "memory");
}

static void mark(const char *hold)
{
	printf("hold %s\n", hold);
	growth_mark();
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "growth: %s\n", what);
	exit(1);
}

static void make_partition(
	struct endpoint *ep, struct space *space, uint16_t number)
{
	must(s2_space_init(space, &machine.pool, number), "no roots");
	ep->id = (uint16_t)(0x8000 + number);
	ep->kind = ENDPOINT_SP;
	ep->space = space;
	quota_open(&ep->quota);
}

static void make_machine(void)
{
	struct machine *m = &machine;
	struct range span = {paddr(GROWTH_POOL_BASE), GROWTH_POOL_PAGES};
	struct range meta = {span.base, page_pool_meta_pages(span)};
	struct range ram = {paddr(RAM), RAM_PAGES};
	struct range own = {paddr(OWN), OWN_PAGES};
	struct access ns = {ACCESS_R | ACCESS_W, ATTR_NORMAL_WB | ATTR_NS};
	struct access secure = {ACCESS_R | ACCESS_W, ATTR_NORMAL_WB};

	*m = (struct machine){0};
	page_pool_init(&m->pool, span, meta);
	page_pool_add(&m->pool, (struct range){paddr(range_end(meta)),
					span.pages - meta.pages});
	engine_init(&m->engine, &m->pool);
	m->nwd.kind = ENDPOINT_NWD;
	quota_open(&m->nwd.quota);
	make_partition(&m->sp1, &m->space1, 1);
	make_partition(&m->sp2, &m->space2, 2);
	must(ledger_grant(&m->engine.ledger, ram, &m->nwd, ns) &&
			ledger_grant(&m->engine.ledger, own, &m->sp1, secure) &&
			owner_map_titles(&m->engine, &m->sp1, own),
		"no titles");
}

static struct scale from_nwd(void)
{
	return (struct scale){.engine = &machine.engine,
		.owner = &machine.nwd,
		.borrower = &machine.sp2};
}

static struct scale from_sp1(void)
{
	return (struct scale){.engine = &machine.engine,
		.owner = &machine.sp1,
		.borrower = &machine.sp2,
		.sender = machine.sp1.id};
}

static struct scale_op single(enum mem_func func, uint64_t base)
{
	return (struct scale_op){
		.func = func, .base = base, .ranges = 1, .pages = 1};
}

/* One cycle; whoever wants it counted has set scale->after. */
static void cycle(const struct scale *scale, struct scale_op *op)
{
	must(scale_send(scale, op) == R_NONE &&
			scale_retrieve(scale, op) == R_NONE &&
			scale_relinquish(scale, op) == R_NONE &&
			scale_reclaim(scale, op) == R_NONE,
		"a cycle was refused");
}

static void counted(
	struct scale scale, const char *curve, uint32_t x, struct scale_op *op)
{
	printf("point %s %u\n", curve, x);
	scale.after = mark;
	/* Whatever setting up has cost is not the cycle's. */
	mark("-");
	cycle(&scale, op);
}

/* --- The curves -------------------------------------------------------- */

static void ranges_curve(void)
{
	for (uint32_t ranges = 1; ranges <= RANGES_MAX; ranges *= 4) {
		struct scale_op op = single(MEM_SHARE, RAM);

		make_machine();
		op.ranges = ranges;
		op.step = 2 * PAGE_SIZE;
		counted(from_nwd(), "ranges", ranges, &op);
	}
}

static void shares_curve(void)
{
	struct scale scale;
	uint32_t live = 0;

	make_machine();
	scale = from_nwd();
	for (uint32_t shares = 1; shares <= SHARES_MAX; shares *= 4) {
		struct scale_op op = single(MEM_SHARE, RAM);

		for (; live < shares - 1; live++) {
			struct scale_op other = single(
				MEM_SHARE, RAM + 2 * (live + 1) * PAGE_SIZE);

			must(scale_send(&scale, &other) == R_NONE &&
					scale_retrieve(&scale, &other) ==
						R_NONE,
				"a share was refused");
		}
		counted(scale, "shares", shares, &op);
	}
}

/* Blocks of SP1's that are split because a page of each is lent. */
static void splits_curve(void)
{
	static const uint32_t points[] = {0, 2, 8, 32, 128, SPLITS_MAX};
	struct scale scale;
	uint32_t split = 0;

	make_machine();
	scale = from_sp1();
	for (unsigned i = 0; i < ARRAY_COUNT(points); i++) {
		struct scale_op op = single(MEM_LEND, OWN + PAGE_SIZE);

		for (; split < points[i]; split++) {
			struct scale_op other =
				single(MEM_LEND, OWN + (split + 1) * BLOCK);

			must(scale_send(&scale, &other) == R_NONE,
				"a loan was refused");
		}
		counted(scale, "splits", points[i], &op);
	}
}

/* Sends of other VMs that have not been finished. */
static void unfinished_curve(void)
{
	struct scale scale;
	uint32_t begun = 0;

	make_machine();
	scale = from_nwd();
	for (uint32_t sends = 1; sends <= SHARES_MAX; sends *= 4) {
		struct scale_op op = single(MEM_SHARE, RAM);

		for (; begun < sends - 1; begun++) {
			struct scale_op other = single(MEM_SHARE, RAM);

			other.ranges = 2;
			other.fragment = 1;
			scale.sender = (uint16_t)(begun + 1);
			must(scale_begin(&scale, &other) == R_NONE,
				"a fragment was refused");
		}
		scale.sender = 0;
		counted(scale, "unfinished", sends - 1, &op);
	}
}

static void zero_curve(void)
{
	for (uint32_t pages = 1; pages <= 1u << 18; pages *= 8) {
		struct scale scale;
		struct scale_op op = single(MEM_LEND, RAM);
		struct growth_zeroed zeroed;

		make_machine();
		scale = from_nwd();
		op.pages = pages;
		op.flags = MEM_FLAG_ZERO;
		(void)growth_zeroed();
		must(scale_send(&scale, &op) == R_NONE, "not zeroed");
		zeroed = growth_zeroed();
		printf("zero %u %llu %llu\n", pages,
			(unsigned long long)zeroed.calls,
			(unsigned long long)zeroed.bytes);
	}
}

int main(void)
{
	ranges_curve();
	shares_curve();
	splits_curve();
	unfinished_curve();
	zero_curve();
	return 0;
}
