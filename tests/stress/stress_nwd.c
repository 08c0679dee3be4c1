/*
 * The normal world of tests/stress: four CPUs ask partitions, share memory, and
 * make any other call; three of them go off now and then. What can be known
 * from here: all results are ones that FF-A knows, memory and registers are
 * what they were, and every CPU gets on.
 */
#include "stress_guest.h"

#include "lib/guest.h"
#include "lib/tap.h"
#include "qemu/ns_gic.h"
#include "qemu/registers.h"

#define TX 0x50000000ull
#define RX 0x50001000ull
#define AREA 0x52000000ull
/* tools/stress puts it there: for how many seconds. */
#define SECONDS 0x48000000ull
#define SECONDS_OTHERWISE 15u

#define CPUS 4u
#define PAGES 8u
#define PATTERN 0xa5
#define SEED 0x7777u
#define SECOND 1000000000ull
#define MILLISECOND 1000000ull
/*
 * Six of these at once on a host with two cores (locks are handed on in order,
 * whoever sleeps there) took 29 s for a step.
 */
#define STALL (90 * SECOND)

enum count {
	REQUESTS,
	ANSWERS,
	INTERRUPTIONS,
	YIELDS,
	SENDS,
	RECLAIMS,
	OTHERS,
	REFUSALS,
	OFFS,
	COUNTS,
};

static const char *const count_name[] = {"requests", "answers", "interruptions",
	"yields", "sends", "reclaims", "other calls", "refusals",
	"times a CPU went off"};

/* Each has a cache line or more of its own. */
static struct processor {
	uint64_t random;
	uint64_t sent[PAGES]; /* handles */
	uint64_t count[COUNTS];
	uint64_t unknown, changed, registers;
	uint64_t seen;    /* CPU 0: its progress, */
	uint64_t when;    /* since when, */
	uint64_t longest; /* and the longest without */
	uint64_t progress;
	bool is_off;
} __attribute__((aligned(128))) processors[CPUS];

static const struct ffa_mailbox box = {FFA_ID_NWD, {TX}, {RX}, true};
static struct tap tap;
static uint64_t last_handle;
static uint64_t end_time;
static uint32_t tx_lock;

static void note(struct processor *self, const struct ffa_regs *regs)
{
	self->unknown += !stress_is_known(regs);
	self->count[REFUSALS] += (uint32_t)regs->x[0] == FFA_ERROR;
}

/* --- Requests ------------------------------------------------------------ */

static void arm(struct processor *self)
{
	ns_timer_arm((1 + stress_random(&self->random, 20)) * MILLISECOND);
}

/* What may come instead of an answer; false: this is one, or none comes. */
static bool is_pause(struct processor *self, const struct ffa_regs *regs)
{
	switch ((uint32_t)regs->x[0]) {
	case FFA_INTERRUPT:
		self->count[INTERRUPTIONS]++;
		ns_timer_take();
		arm(self);
		return true;
	case FFA_YIELD:
		self->count[YIELDS]++;
		return true;
	default:
		return false;
	}
}

static void take(struct processor *self, const struct ffa_regs *regs)
{
	note(self, regs);
	if ((uint32_t)regs->x[0] != FFA_MSG_SEND_DIRECT_RESP_64)
		return;
	self->count[ANSWERS]++;
	self->unknown += regs->x[3];
	self->changed += regs->x[4];
}

/* Now and then it leaves that to others. */
static void go_on(struct processor *self, struct ffa_regs regs)
{
	while (is_pause(self, &regs) && stress_random(&self->random, 16) != 0)
		regs = ffa_call(FFA_RUN, regs.x[1], 0, 0, 0);
	take(self, &regs);
}

static void ask(struct processor *self)
{
	uint64_t hint = __atomic_load_n(&last_handle, __ATOMIC_RELAXED);
	struct ffa_regs regs = ffa_request(FFA_ID_NWD,
		(uint16_t)(STRESS_FIRST_ID +
			   stress_random(&self->random, STRESS_SPS)),
		hint > 6 ? hint - stress_random(&self->random, 6) : 1,
		FFA_ID_NWD, self->random);

	self->count[REQUESTS]++;
	go_on(self, regs);
}

/* Whom another CPU has left, or who waits. */
static void run(struct processor *self)
{
	uint64_t who = STRESS_FIRST_ID + stress_random(&self->random, 6);
	struct ffa_regs regs = ffa_call(FFA_RUN,
		who << 16 | (stress_random(&self->random, 2) != 0 ? guest_cpu()
								  : 0),
		0, 0, 0);

	go_on(self, regs);
}

/* --- Memory -------------------------------------------------------------- */

static uint64_t page_of(const struct processor *self, unsigned index)
{
	return AREA +
	       ((uint64_t)(self - processors) * PAGES + index) * PAGE_SIZE;
}

static uint8_t *bytes_of(const struct processor *self, unsigned index)
{
	return guest_pointer(paddr(page_of(self, index)), true);
}

static uint64_t changed(const struct processor *self, unsigned index)
{
	const uint8_t *bytes = bytes_of(self, index);
	uint64_t count = 0;

	for (unsigned i = 0; i < PAGE_SIZE; i++)
		count += bytes[i] != PATTERN;
	return count;
}

static void fill(const struct processor *self)
{
	for (unsigned index = 0; index < PAGES; index++)
		for (unsigned i = 0; i < PAGE_SIZE; i++)
			bytes_of(self, index)[i] = PATTERN;
}

/* TX is everybody's. */
static void send(struct processor *self, unsigned index)
{
	struct ffa_regs regs;

	while (__atomic_exchange_n(&tx_lock, 1, __ATOMIC_ACQUIRE) != 0)
		guest_pause();
	self->sent[index] =
		stress_send(&box, page_of(self, index), &self->random, &regs);
	__atomic_store_n(&tx_lock, 0, __ATOMIC_RELEASE);
	note(self, &regs);
	self->count[SENDS] += self->sent[index] != 0;
	if (self->sent[index] != 0)
		__atomic_store_n(
			&last_handle, self->sent[index], __ATOMIC_RELAXED);
}

static void reclaim(struct processor *self, unsigned index)
{
	uint64_t handle = self->sent[index];
	struct ffa_regs regs =
		ffa_call(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0, 0);

	note(self, &regs);
	self->changed += changed(self, index);
	if (ffa_status(&regs) != FFA_OK)
		return;
	self->count[RECLAIMS]++;
	self->sent[index] = 0;
}

static void memory(struct processor *self)
{
	unsigned index = stress_random(&self->random, PAGES);

	if (self->sent[index] == 0)
		send(self, index);
	else
		reclaim(self, index);
}

/* --- The walk ------------------------------------------------------------ */

static void other(struct processor *self)
{
	struct ffa_regs regs = stress_noise(&self->random, false);

	note(self, &regs);
	self->count[OTHERS]++;
}

static void step(struct processor *self)
{
	switch (stress_random(&self->random, 8)) {
	case 0:
	case 1:
	case 2:
		ask(self);
		break;
	case 3:
		run(self);
		break;
	case 4:
	case 5:
		memory(self);
		break;
	default:
		other(self);
	}
	if (stress_random(&self->random, 16) == 0)
		arm(self);
	if (stress_random(&self->random, 64) == 0)
		self->registers += registers_wrong(SEED);
	__atomic_fetch_add(&self->progress, 1, __ATOMIC_RELAXED);
}

static bool is_over(void)
{
	return guest_time_ns() >= end_time;
}

/* Another CPU than the first: until it is over, or it goes off. */
static void walk(uint64_t index)
{
	struct processor *self = &processors[index];

	ns_gic_init();
	registers_fill(SEED);
	do
		step(self);
	while (!is_over() && stress_random(&self->random, 100) != 0);
	self->count[OFFS]++;
	__atomic_store_n(&self->is_off, true, __ATOMIC_RELEASE);
}

static void turn_on(unsigned index)
{
	struct processor *cpu = &processors[index];

	if (!__atomic_load_n(&cpu->is_off, __ATOMIC_ACQUIRE) ||
		!guest_cpu_is_off(index))
		return;
	cpu->is_off = false;
	if (!guest_cpu_on(index, walk, index))
		cpu->is_off = true;
}

static uint64_t max(uint64_t left, uint64_t right)
{
	return left > right ? left : right;
}

/* True while every CPU has got on lately. */
static bool look_at_others(void)
{
	uint64_t now = guest_time_ns();

	for (unsigned i = 1; i < CPUS; i++) {
		struct processor *cpu = &processors[i];
		uint64_t progress =
			__atomic_load_n(&cpu->progress, __ATOMIC_RELAXED);

		turn_on(i);
		if (progress != cpu->seen || cpu->is_off) {
			cpu->longest = max(cpu->longest, now - cpu->when);
			cpu->seen = progress;
			cpu->when = now;
		} else if (now - cpu->when > STALL) {
			return false;
		}
	}
	return true;
}

static bool wait_for_others(void)
{
	uint64_t start = guest_time_ns();

	for (unsigned i = 1; i < CPUS; i++)
		while (!guest_cpu_is_off(i))
			if (guest_time_ns() - start > STALL)
				return false;
	return true;
}

static void tell(bool stalls)
{
	uint64_t total[COUNTS] = {0};
	uint64_t unknown = 0, pages = 0, registers = 0, longest = 0;

	for (unsigned i = 0; i < CPUS; i++) {
		longest = max(longest, processors[i].longest);
		unknown += processors[i].unknown;
		pages += processors[i].changed;
		registers += processors[i].registers;
		for (unsigned j = 0; j < COUNTS; j++)
			total[j] += processors[i].count[j];
	}
	for (unsigned j = 0; j < COUNTS; j++)
		tap_note_value(count_name[j], total[j]);
	tap_note_value("ms of the longest step", longest / MILLISECOND);
	tap_ok(&tap, !stalls, "every CPU gets on, and off in the end");
	tap_is(&tap, unknown, 0, "every result is one that FF-A knows");
	tap_is(&tap, pages, 0, "nobody has changed what was shared or lent");
	tap_is(&tap, registers, 0, "registers are what they were");
	tap_ok(&tap, total[ANSWERS] > 0 && total[RECLAIMS] > 0,
		"there were answers, and memory came back");
	tap_ok(&tap, total[OFFS] >= CPUS - 1, "CPUs went off");
}

void guest_main(void)
{
	uint64_t seconds =
		*(const uint64_t *)guest_pointer(paddr(SECONDS), true);
	bool stalls = false;

	if (seconds == 0)
		seconds = SECONDS_OTHERWISE;
	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	tap_ok(&tap, ffa_rxtx_map(&box) == FFA_OK, "RX and TX are mapped");
	end_time = guest_time_ns() + seconds * SECOND;
	for (unsigned i = 0; i < CPUS; i++) {
		processors[i].random = guest_time_ns() * CPUS + i;
		processors[i].when = guest_time_ns();
		processors[i].is_off = i > 0;
		fill(&processors[i]);
	}
	ns_gic_init();
	registers_fill(SEED);
	do {
		step(&processors[0]);
		stalls = !look_at_others();
	} while (!stalls && !is_over());
	stalls = stalls || !wait_for_others();
	tell(stalls);
	tap_done(&tap);
}
