/*
 * Low-level tests, told from the normal world: that nobody's registers reach
 * anybody else, both conduits, secure and non-secure addresses apart, faults
 * that are reported, a partition that dies, interrupts during a request.
 */
#include "lowlevel.h"
#include "ns_gic.h"
#include "registers.h"

#include "abi/ffa_func.h"
#include "base/trace.h"
#include "abi/ffa_status.h"
#include "lib/desc.h"
#include "lib/ffa.h"
#include "lib/guest.h"
#include "lib/tap.h"

#define SEED_NWD 0x1111
#define SEED_SP1 0x2222
#define SEED_SP2 0x3333

#define MILLISECOND 1000000ull

/* QEMU fires a timer late on a busy host: the turn must be much longer. */
#define TIMER_TIME (2 * MILLISECOND)
#define TURN_TIME (200 * MILLISECOND)

/* The normal world's, and nobody else's. */
#define TX 0x51000000ull
#define RX 0x51010000ull
#define BUFFER_PAGES 16u
#define AREA 0x60000000ull
#define RANGES 2000u

#define ESR_DATA_ABORT 0x25u
#define ESR_EXTERNAL 0x10u

static struct tap tap;
static volatile uint32_t others_done;

static struct ffa_regs ask(
	uint16_t sp, uint64_t command, uint64_t x4, uint64_t x5)
{
	struct ffa_regs regs = {
		{FFA_MSG_SEND_DIRECT_REQ_64, sp, 0, command, x4, x5}};

	guest_call(&regs);
	return regs;
}

static bool is_response(const struct ffa_regs *regs)
{
	return (uint32_t)regs->x[0] == FFA_MSG_SEND_DIRECT_RESP_64;
}

static bool is_error(const struct ffa_regs *regs, enum ffa_status status)
{
	return (uint32_t)regs->x[0] == FFA_ERROR &&
	       (int32_t)(uint32_t)regs->x[2] == (int32_t)status;
}

/* x3 of the response; all ones where there is none. */
static uint64_t answer(uint16_t sp, uint64_t command, uint64_t x4, uint64_t x5)
{
	struct ffa_regs regs = ask(sp, command, x4, x5);

	return is_response(&regs) ? regs.x[3] : ~0ull;
}

static void test_registers(void)
{
	tap_is(&tap, answer(LOW_SP1_ID, LOW_FIRST, 0, 0), 0,
		"a partition starts with SIMD registers of zero");
	registers_fill(SEED_NWD);
	answer(LOW_SP1_ID, LOW_FILL, SEED_SP1, 0);
	tap_is(&tap, registers_wrong(SEED_NWD), 0,
		"the first partition's registers stay out of the normal world");
	answer(LOW_SP2_ID, LOW_FILL, SEED_SP2, 0);
	tap_is(&tap, registers_wrong(SEED_NWD), 0,
		"the second partition's registers stay out, too");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_WRONG, SEED_SP1, 0), 0,
		"the first partition finds its registers again");
	tap_is(&tap, answer(LOW_SP2_ID, LOW_WRONG, SEED_SP2, 0), 0,
		"the second partition finds its registers again");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_ASK_OTHER, LOW_SP2_ID, LOW_FIRST),
		0, "a partition asks another one");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_WRONG, SEED_SP1, 0), 0,
		"asking another partition leaves the asker's registers alone");
	tap_is(&tap, registers_wrong(SEED_NWD), 0,
		"after all that the normal world's registers are its own");
}

static void test_conduits(void)
{
	struct ffa_regs regs = ask(LOW_SP1_ID, LOW_CONDUITS, 0, 0);

	tap_is(&tap, regs.x[3], LOW_SP1_ID, "SMC: a partition's own id");
	tap_is(&tap, regs.x[4], LOW_SP1_ID, "HVC: a partition's own id");
	tap_is(&tap, regs.x[5], 0, "x8 to x17 of both come back unchanged");
}

static void test_spaces(void)
{
	volatile uint8_t *page = guest_pointer(paddr(LOW_NS_PAGE), false);
	struct ffa_regs regs;

	*page = 0x5a;
	regs = ask(LOW_SP1_ID, LOW_READ, LOW_NS_PAGE, true);
	tap_is(&tap, regs.x[3], 1, "NS=1 reaches a page of the normal world");
	tap_is(&tap, regs.x[4], 0x5a, "and reads what the normal world wrote");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_WRITE, LOW_NS_PAGE, true), 1,
		"a partition writes to it");
	tap_is(&tap, *page, 0xa5, "and the normal world reads that");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_READ, LOW_NS_PAGE, false), 0,
		"the same address as secure faults");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_READ, LOW_SP1_BASE, true), 0,
		"a secure page as non-secure faults");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_READ, LOW_SP1_BASE, false), 1,
		"and as secure does not");
	tap_is(&tap, answer(LOW_SP2_ID, LOW_READ, LOW_NS_PAGE, true), 0,
		"the other partition does not reach the page");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_EXECUTE, LOW_NS_PAGE, true), 0,
		"non-secure memory is not executed");
	tap_ok(&tap, !guest_read(paddr(LOW_SP1_BASE), false, &(uint8_t){0}),
		"the normal world does not reach a partition's page");
	tap_ok(&tap, !guest_read(paddr(0x0e100000), false, &(uint8_t){0}),
		"nor the manager's");
}

static uint64_t version(uint64_t asked)
{
	struct ffa_regs regs = {{FFA_VERSION, asked}};

	guest_call(&regs);
	return regs.x[0];
}

static struct ffa_regs echo(void)
{
	struct ffa_regs regs = {
		{FFA_MSG_SEND_DIRECT_REQ_64, LOW_SP3_ID, 0, LOW_ECHO}};

	regs.x[7] = 0x707;
	regs.x[8] = 0x808;
	regs.x[17] = 0x1717;
	guest_call(&regs);
	return regs;
}

/* The firmware knows FF-A 1.2, and passes on what FF-A 1.3 has beyond that. */
static void test_versions(void)
{
	struct ffa_regs regs;

	tap_is(&tap, version(FFA_VERSION_1_2), FFA_VERSION_OURS,
		"a caller of FF-A 1.2 is told our version");
	regs = echo();
	tap_is(&tap, regs.x[7], 0x707, "its messages have five words");
	tap_is(&tap, regs.x[8] | regs.x[17], 0, "and no more");
	tap_is(&tap, version(FFA_VERSION_1_3), FFA_VERSION_OURS,
		"the normal world may go on to FF-A 1.3");
	regs = echo();
	tap_is(&tap, regs.x[8], 0x808, "its messages go on behind x7");
	tap_is(&tap, regs.x[17], 0x1717, "to x17, there and back");
}

static void build_send(struct desc *desc)
{
	static struct desc_range ranges[RANGES];

	desc_init(desc, FFA_VERSION_1_3);
	desc->attributes = 0x2f;
	desc_add_receiver(desc, LOW_SP3_ID, DESC_RW);
	desc->range = ranges;
	desc->range_count = RANGES;
	for (uint32_t i = 0; i < RANGES; i++)
		ranges[i] =
			(struct desc_range){AREA + 2ull * i * PAGE_SIZE, 1, 0};
	desc_settle(desc);
}

/* What the hypervisor, that is we, hears of the send. */
static void test_description(uint64_t handle)
{
	const uint8_t *rx = guest_pointer(paddr(RX), false);
	const uint64_t *last = (const void *)(rx + 96 + 16 * (RANGES - 1));
	struct ffa_regs regs;
	struct desc desc;
	uint64_t tail = 0;

	desc_init(&desc, FFA_VERSION_1_3);
	desc_settle(&desc);
	desc.emad_size = 0;
	desc.emad_offset = 0;
	desc.handle = handle;
	desc_write(&desc, guest_pointer(paddr(TX), false), PAGE_SIZE);
	regs = ffa_call(FFA_MEM_RETRIEVE_REQ, desc.length, desc.length, 0, 0);
	tap_is(&tap, regs.x[2], 96 + 16 * RANGES,
		"a response of 32 KiB comes as a whole");
	tap_is(&tap, last[0], AREA + 2ull * (RANGES - 1) * PAGE_SIZE,
		"with the last range where it belongs");
	for (const uint64_t *at = last + 2;
		(uintptr_t)at < RX + BUFFER_PAGES * PAGE_SIZE; at++)
		tail |= *at;
	tap_is(&tap, tail, 0, "and zeroes behind it to the end of RX");
}

static void test_buffers(void)
{
	static struct desc desc;
	struct ffa_regs regs =
		ffa_call(FFA_RXTX_MAP_64, TX, RX, BUFFER_PAGES, 0);
	uint64_t handle;

	tap_is(&tap, regs.x[0], FFA_SUCCESS, "buffers have 64 KiB");
	build_send(&desc);
	desc_write(&desc, guest_pointer(paddr(TX), false),
		BUFFER_PAGES * PAGE_SIZE);
	regs = ffa_call(FFA_MEM_SHARE_64, desc.length, desc.length, 0, 0);
	tap_is(&tap, regs.x[0], FFA_SUCCESS, "2000 ranges go in one fragment");
	handle = ffa_handle(&regs);
	test_description(handle);
	tap_is(&tap, (uint64_t)ffa_mem_reclaim(handle, 0), FFA_OK,
		"and come back with one call");
	ffa_call(FFA_RX_RELEASE, 0, 0, 0, 0);
	regs = ffa_call(FFA_RXTX_UNMAP, 0, 0, 0, 0);
	tap_is(&tap, regs.x[0], FFA_SUCCESS, "the buffers, too");
}

static void test_faults(void)
{
	struct ffa_regs regs =
		ask(LOW_SP1_ID, LOW_READ, LOW_SP2_BASE + 0x123, false);

	tap_is(&tap, regs.x[3], 0, "another partition's page faults");
	tap_is(&tap, regs.x[5] >> 26, ESR_DATA_ABORT,
		"reported as a data abort");
	tap_is(&tap, regs.x[5] & 0x3f, ESR_EXTERNAL, "synchronous external");
	tap_is(&tap, regs.x[6], LOW_SP2_BASE + 0x123, "at that address");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_EXECUTE, LOW_SP2_BASE, false), 0,
		"nor is another partition's page executed");
	tap_is(&tap, answer(LOW_SP2_ID, LOW_READ, LOW_RO_PAGE, false), 1,
		"a read-only region is read");
	tap_is(&tap, answer(LOW_SP2_ID, LOW_WRITE, LOW_RO_PAGE, false), 0,
		"and not written");
	tap_is(&tap, answer(LOW_SP2_ID, LOW_WRITE, LOW_RW_PAGE, false), 1,
		"a read-write region is written");
	tap_is(&tap, answer(LOW_SP2_ID, LOW_EXECUTE, LOW_RW_PAGE, false), 0,
		"and not executed");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_READ, 0x0e0a0000, false), 0,
		"the firmware's memory faults");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_READ, 0x0e100000, false), 0,
		"the manager's memory faults");
}

static uint64_t byte_of_rings(uint64_t at)
{
	struct ffa_regs regs = ask(LOW_SP2_ID, LOW_READ, LOW_RINGS + at, false);

	return regs.x[3] == 1 ? regs.x[4] : ~0ull;
}

/* The second partition's manifest asks for them. */
static void test_rings(void)
{
	static const char magic[] = TRACE_MAGIC;
	/* The second record: the first is of the CPU's coming up, no call. */
	uint64_t func = PAGE_SIZE + sizeof(struct trace_record) +
			offsetof(struct trace_record, func);
	bool same = true;

	for (unsigned i = 0; i < sizeof(magic); i++)
		same = same && byte_of_rings(i) == (uint8_t)magic[i];
	tap_ok(&tap, same, "the rings begin with their magic word");
	tap_is(&tap, byte_of_rings(func + 3) & 0x80, 0x80,
		"and have records of FF-A's calls");
	tap_is(&tap, answer(LOW_SP2_ID, LOW_WRITE, LOW_RINGS, false), 0,
		"they cannot be written");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_READ, LOW_RINGS, false), 0,
		"or read by another partition");
}

/* Resumes until something else than an interrupt comes; counts those. */
static unsigned resume(struct ffa_regs *regs)
{
	unsigned interrupts = 0;

	while ((uint32_t)regs->x[0] == FFA_INTERRUPT && interrupts < 100) {
		uint64_t who = regs->x[1];

		interrupts++;
		ns_timer_take();
		*regs = (struct ffa_regs){{FFA_RUN, who}};
		guest_call(regs);
	}
	return interrupts;
}

static void test_interrupt(void)
{
	struct ffa_regs regs;

	ns_gic_init();
	ns_timer_arm(TIMER_TIME);
	regs = ask(LOW_SP1_ID, LOW_SPIN, TURN_TIME, 0);
	tap_is(&tap, regs.x[0], FFA_INTERRUPT,
		"the normal world's timer ends a partition's turn");
	tap_is(&tap, regs.x[1] >> 16, LOW_SP1_ID, "it says whose");
	tap_ok(&tap, ns_timer_has_fired(), "the timer has fired");
	tap_is(&tap, resume(&regs), 1, "one interrupt, FFA_RUN resumes");
	tap_ok(&tap, is_response(&regs), "then the response comes");
	tap_ok(&tap, regs.x[3] != 0, "of a partition that had gone on");
	tap_is(&tap, registers_wrong(SEED_NWD), 0,
		"with the normal world's registers as they were");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_WRONG, SEED_SP1, 0), 0,
		"and the partition's");

	ns_timer_arm(TIMER_TIME);
	regs = ask(LOW_SP2_ID, LOW_SPIN, TURN_TIME, 0);
	tap_ok(&tap, is_response(&regs),
		"a partition whose manifest queues interrupts is not stopped");
	tap_ok(&tap, ns_timer_has_fired(), "though the timer has fired");
	tap_ok(&tap, ns_timer_take(), "the normal world takes it afterwards");
}

static void other_cpu(uint64_t round)
{
	others_done += answer(LOW_SP1_ID, LOW_WRONG, SEED_SP1, 0) == 0;
	registers_fill(SEED_NWD + round);
	answer(LOW_SP2_ID, LOW_FILL, SEED_SP2, 0);
	others_done += registers_wrong(SEED_NWD + round) == 0;
	others_done += answer(LOW_SP2_ID, LOW_CONDUITS, 0, 0) == LOW_SP2_ID;
}

static void test_cpus(void)
{
	bool started = true;

	/* The faults before have left their mark in ELR, ESR and FAR. */
	answer(LOW_SP1_ID, LOW_FILL, SEED_SP1, 0);
	others_done = 0;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned cpu = 1; cpu < 4; cpu++) {
			started = started && guest_cpu_on(cpu, other_cpu, cpu);
			while (started && !guest_cpu_is_off(cpu))
				guest_pause();
		}
	}
	tap_ok(&tap, started, "three CPUs turned on and off twice");
	tap_is(&tap, others_done, 18,
		"partitions' registers follow them to other CPUs and back");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_WRONG, SEED_SP1, 0), 0,
		"and are complete on the first CPU again");
}

/*
 * All CPUs ask one partition of one context at once: it comes up on one while
 * its registers may still be live on another.
 */
#define CROWD_REQUESTS 1000u

static volatile uint32_t crowd_good;
static volatile uint32_t crowd_done;

static bool ask_in_crowd(void)
{
	struct ffa_regs regs;

	do
		regs = ask(LOW_SP1_ID, LOW_STEP, 0, 0);
	while (is_error(&regs, FFA_BUSY));
	return is_response(&regs) && regs.x[3] == 0;
}

/* A partition with a context for every CPU keeps them apart. */
static bool ask_pinned(uint64_t seed)
{
	return answer(LOW_SP3_ID, LOW_WRONG, seed, 0) == 0;
}

static void crowd(uint64_t seed)
{
	uint32_t good = 0;

	registers_fill(seed);
	answer(LOW_SP3_ID, LOW_FILL, seed + 1, 0);
	for (unsigned i = 0; i < CROWD_REQUESTS; i++)
		good += ask_in_crowd() && ask_pinned(seed + 1) &&
			registers_wrong(seed) == 0;
	__atomic_fetch_add(&crowd_good, good, __ATOMIC_RELAXED);
	__atomic_fetch_add(&crowd_done, 1, __ATOMIC_RELEASE);
}

static void test_crowd(void)
{
	bool started = true;

	for (unsigned cpu = 1; cpu < 4; cpu++)
		started = started && guest_cpu_on(cpu, crowd, 0x100 * cpu);
	crowd(0x400);
	while (started && crowd_done < 4)
		guest_pause();
	tap_ok(&tap, started, "three CPUs join the first one");
	tap_is(&tap, crowd_good, 4 * CROWD_REQUESTS,
		"four CPUs at once: everybody's registers stay their own");
	for (unsigned cpu = 1; cpu < 4; cpu++)
		while (started && !guest_cpu_is_off(cpu))
			guest_pause();
	tap_ok(&tap, ask_pinned(0x401),
		"the first context of the third partition is still the first");
}

static struct ffa_regs normal_call(
	uint32_t func, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct ffa_regs regs = {{func, x1, x2, x3}};

	guest_call(&regs);
	return regs;
}

/* The same by the first partition; its status. */
static uint32_t partition_call(
	uint32_t func, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct ffa_regs regs = {{FFA_MSG_SEND_DIRECT_REQ_64, LOW_SP1_ID, 0,
		LOW_CALL, func, x1, x2, x3}};

	guest_call(&regs);
	return (uint32_t)regs.x[3];
}

/* The normal world is told by its own interrupt. */
static void test_notifications(void)
{
	uint64_t ids = (uint64_t)LOW_SP1_ID << 16;
	unsigned interrupt = (unsigned)normal_call(FFA_FEATURES, 2, 0, 0).x[2];
	struct ffa_regs regs;

	regs = normal_call(FFA_NOTIFICATION_BITMAP_CREATE, 0, 4, 0);
	tap_is(&tap, (uint32_t)regs.x[0], FFA_SUCCESS, "bitmaps are created");
	regs = normal_call(FFA_NOTIFICATION_BIND, ids, 0, 1);
	tap_is(&tap, (uint32_t)regs.x[0], FFA_SUCCESS, "a partition is bound");
	tap_ok(&tap, !ns_sgi_was_pending(interrupt), "nothing is pending");
	tap_is(&tap, partition_call(FFA_NOTIFICATION_SET, ids, 2, 1),
		FFA_SUCCESS, "it sets a notification");
	tap_ok(&tap, ns_sgi_was_pending(interrupt),
		"the schedule receiver interrupt is pending");
	regs = normal_call(FFA_NOTIFICATION_INFO_GET_64, 0, 0, 0);
	tap_is(&tap, regs.x[2], 1 << 7, "one receiver is listed");
	tap_is(&tap, regs.x[3], 0, "the normal world");
	regs = normal_call(FFA_NOTIFICATION_GET, 0, 1, 0);
	tap_is(&tap, regs.x[2], 1, "which gets the notification");
	tap_is(&tap, partition_call(FFA_NOTIFICATION_SET, ids, 0, 1),
		FFA_SUCCESS, "it sets it again, for now");
	tap_ok(&tap, ns_sgi_was_pending(interrupt),
		"the interrupt is pending again");
	normal_call(FFA_NOTIFICATION_GET, 0, 1, 0);
	regs = normal_call(FFA_NOTIFICATION_BITMAP_DESTROY, 0, 0, 0);
	tap_is(&tap, (uint32_t)regs.x[0], FFA_SUCCESS, "bitmaps are destroyed");
}

static void test_death(void)
{
	struct ffa_regs regs = ask(LOW_SP2_ID, LOW_DIE, 0, 0);

	tap_ok(&tap, is_error(&regs, FFA_ABORTED),
		"a partition that faults in its fault handler is stopped");
	regs = ask(LOW_SP2_ID, LOW_FIRST, 0, 0);
	tap_ok(&tap, (uint32_t)regs.x[0] == FFA_ERROR,
		"it takes no further request");
	tap_is(&tap, answer(LOW_SP1_ID, LOW_WRONG, SEED_SP1, 0), 0,
		"the other partition goes on");
	tap_is(&tap, registers_wrong(SEED_NWD), 0,
		"and so does the normal world");
}

void guest_main(void)
{
	test_registers();
	test_versions();
	test_buffers();
	test_conduits();
	test_spaces();
	test_faults();
	test_rings();
	test_notifications();
	test_cpus();
	test_crowd();
	registers_fill(SEED_NWD);
	answer(LOW_SP1_ID, LOW_FILL, SEED_SP1, 0);
	test_interrupt();
	test_death();
	tap_done(&tap);
}
