/*
 * Drives the measurements from the normal world and prints them in the form
 * that tools/bench reads.
 */
#include "bench.h"

#include "lib/ffa.h"
#include "lib/guest.h"
#include "lib/line.h"

#define LOOP_TURNS 1000000u
#define CALLS 1000u
#define CYCLES 200u
#define CYCLES_LARGE 20u
#define CYCLES_HUGE 5u

#define PAGE_2M 512u
#define PAGE_1G 0x40000u
#define RANGES_MAX 2048u

/* Memory that nothing else uses, below and above this program. */
#define TX 0x50000000ull
#define RX 0x50001000ull
#define AREA 0x52000000ull
#define AREA_DONATED 0x54000000ull
#define AREA_1G 0x80000000ull

#define NORMAL_WB_INNER 0x2f

static struct desc_range ranges[RANGES_MAX];

/* One kind of cycle: how it is sent, what, and how often. */
struct cycle {
	const char *name;
	uint32_t func;
	uint32_t flags;
	uint32_t range_count;
	uint32_t pages; /* of each range */
	uint64_t base;
	uint64_t stride; /* from range to range */
	uint32_t count;
};

static void report(const char *name, uint64_t ticks, uint64_t count)
{
	struct line line = {.length = 0};

	line_add(&line, "bench ");
	line_add(&line, name);
	line_add(&line, " ");
	if (ticks == BENCH_FAILED) {
		line_add(&line, "FAILED");
	} else {
		line_decimal(&line, ticks);
		line_add(&line, " ");
		line_decimal(&line, count);
	}
	line_print(&line);
}

static void refused(const char *what, const struct ffa_regs *regs)
{
	struct line line = {.length = 0};

	line_add(&line, "# refused: ");
	line_add(&line, what);
	line_add(&line, ": ");
	line_hex(&line, regs->x[0]);
	line_add(&line, " ");
	line_hex(&line, regs->x[2]);
	line_print(&line);
}

static uint64_t ask(uint64_t command, uint64_t x4, uint64_t x5)
{
	struct ffa_regs regs =
		ffa_request(FFA_ID_NWD, BENCH_SP1, command, x4, x5);

	if (regs.x[0] == FFA_MSG_SEND_DIRECT_RESP_64)
		return regs.x[3];
	refused("request", &regs);
	return BENCH_FAILED;
}

static void build_send(
	const struct cycle *cycle, uint64_t base, struct desc *desc)
{
	desc_init(desc, FFA_VERSION_1_2);
	desc->attributes =
		cycle->func == FFA_MEM_SHARE_64 ? NORMAL_WB_INNER : 0;
	desc->flags = cycle->flags;
	desc_add_receiver(desc, BENCH_SP1,
		cycle->func == FFA_MEM_DONATE_64 ? 0 : DESC_RW);
	desc->range = ranges;
	desc->range_count = cycle->range_count;
	for (uint32_t i = 0; i < cycle->range_count; i++)
		ranges[i] = (struct desc_range){
			base + i * cycle->stride, cycle->pages, 0};
	desc_settle(desc);
}

/* Puts the fragment from `from` on into TX; its length. */
static uint32_t write_fragment(const struct desc *desc, uint32_t from)
{
	return desc_write_part(
		desc, from, guest_pointer(paddr(TX), false), PAGE_SIZE);
}

/* Only the calls count, fragments included. */
static uint64_t send(const struct cycle *cycle, uint64_t base, uint64_t *handle)
{
	static struct desc desc;
	struct ffa_regs regs;
	uint64_t ticks, start;
	uint32_t size;

	build_send(cycle, base, &desc);
	size = write_fragment(&desc, 0);
	start = bench_ticks();
	regs = ffa_call(cycle->func, desc.length, size, 0, 0);
	ticks = bench_ticks() - start;
	while (regs.x[0] == FFA_MEM_FRAG_RX) {
		size = write_fragment(&desc, (uint32_t)regs.x[3]);
		start = bench_ticks();
		regs = ffa_call(FFA_MEM_FRAG_TX, regs.x[1], regs.x[2], size, 0);
		ticks += bench_ticks() - start;
	}
	if (ffa_status(&regs) != FFA_OK) {
		refused(cycle->name, &regs);
		return BENCH_FAILED;
	}
	*handle = ffa_handle(&regs);
	return ticks;
}

static uint64_t run_once(const struct cycle *cycle, uint64_t base)
{
	bool donate = cycle->func == FFA_MEM_DONATE_64;
	uint64_t handle, start, borrowed;
	uint64_t sent = send(cycle, base, &handle);

	if (sent == BENCH_FAILED)
		return BENCH_FAILED;
	borrowed = ask(donate ? BENCH_RETRIEVE : BENCH_BORROW, handle, 0);
	if (borrowed == BENCH_FAILED)
		return BENCH_FAILED;
	if (donate)
		return sent + borrowed;
	start = bench_ticks();
	if (ffa_mem_reclaim(handle, 0) != FFA_OK)
		return BENCH_FAILED;
	return sent + borrowed + bench_ticks() - start;
}

static void run(const struct cycle *cycle)
{
	uint64_t total = 0;
	uint64_t base = cycle->base;

	for (uint32_t i = 0; i < cycle->count; i++) {
		uint64_t ticks = run_once(cycle, base);

		if (ticks == BENCH_FAILED) {
			report(cycle->name, BENCH_FAILED, 0);
			return;
		}
		total += ticks;
		/* What was donated is gone. */
		if (cycle->func == FFA_MEM_DONATE_64)
			base += PAGE_SIZE;
	}
	report(cycle->name, total, cycle->count);
}

static void measure_requests(const char *name, uint64_t command)
{
	uint64_t ticks = bench_ticks();

	for (unsigned i = 0; i < CALLS; i++)
		ffa_request(FFA_ID_NWD, BENCH_SP1, command, 0, 0);
	report(name, bench_ticks() - ticks, CALLS);
}

/* Set here, got there; the request that makes it do so does not count. */
static void measure_notification(void)
{
	uint64_t total = ask(BENCH_BIND, 0, 0);

	for (unsigned i = 0; i < CALLS && total != BENCH_FAILED; i++) {
		uint64_t ticks = bench_ticks();
		struct ffa_regs result =
			ffa_call(FFA_NOTIFICATION_SET, BENCH_SP1, 0, 1, 0);
		uint64_t got;

		ticks = bench_ticks() - ticks;
		got = ask(BENCH_GET, 0, 0);
		if (ffa_status(&result) != FFA_OK || got == BENCH_FAILED)
			total = BENCH_FAILED;
		else
			total += ticks + got;
	}
	report("notification", total, CALLS);
}

static void measure_calls(void)
{
	struct line line = {.length = 0};
	uint64_t ticks;

	report("secure-loop", ask(BENCH_LOOP, LOOP_TURNS, 0), 1);
	line_add(&line, "bench-known secure-loop ");
	line_decimal(&line, 2 * LOOP_TURNS);
	line_print(&line);
	report("id-get", ask(BENCH_ID_GET, CALLS, 0), CALLS);
	ticks = bench_ticks();
	for (unsigned i = 0; i < CALLS; i++)
		ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	report("version", bench_ticks() - ticks, CALLS);
	measure_requests("direct", BENCH_NOTHING);
	measure_requests("direct-simd", BENCH_SIMD);
	measure_notification();
}

static const struct cycle cycles[] = {
	{"share-1", FFA_MEM_SHARE_64, 0, 1, 1, AREA, 0, CYCLES},
	{"lend-1", FFA_MEM_LEND_64, 0, 1, 1, AREA, 0, CYCLES},
	{"share-16", FFA_MEM_SHARE_64, 0, 16, 1, AREA, 0x2000, CYCLES},
	{"share-16-far", FFA_MEM_SHARE_64, 0, 16, 1, AREA, 0x200000, CYCLES},
	{"share-2m", FFA_MEM_SHARE_64, 0, 1, PAGE_2M, AREA, 0, CYCLES},
	{"lend-2m", FFA_MEM_LEND_64, 0, 1, PAGE_2M, AREA, 0, CYCLES_LARGE},
	{"lend-2m-zero", FFA_MEM_LEND_64, 1, 1, PAGE_2M, AREA, 0, CYCLES_LARGE},
	{"share-1g", FFA_MEM_SHARE_64, 0, 1, PAGE_1G, AREA_1G, 0, CYCLES},
	{"share-128", FFA_MEM_SHARE_64, 0, 128, 1, AREA, 0x2000, CYCLES_LARGE},
	{"share-512", FFA_MEM_SHARE_64, 0, 512, 1, AREA, 0x2000, CYCLES_HUGE},
	{"share-2048", FFA_MEM_SHARE_64, 0, 2048, 1, AREA, 0x2000, CYCLES_HUGE},
	{"donate-1", FFA_MEM_DONATE_64, 0, 1, 1, AREA_DONATED, 0, CYCLES},
};

void guest_main(void)
{
	struct ffa_mailbox box = {FFA_ID_NWD, paddr(TX), paddr(RX), true};
	struct line line = {.length = 0};
	uint64_t frequency;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	line_add(&line, "bench-frequency ");
	line_decimal(&line, frequency);
	line_print(&line);
	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	if (ffa_rxtx_map(&box) != FFA_OK)
		guest_print("# RXTX_MAP was refused\n");
	measure_calls();
	for (size_t i = 0; i < ARRAY_COUNT(cycles); i++)
		run(&cycles[i]);
	report("sp-share-1", ask(BENCH_SHARE_ON, CYCLES, 0), CYCLES);
}
