/*
 * A partition kills itself again and again, in several ways and at several
 * points, and comes back as it was loaded; another CPU talks to its neighbour
 * meanwhile. One without abort-action stays down.
 */
#include "life_nwd.h"

#include "life.h"

#include "lib/ffa.h"
#include "lib/guest.h"
#include "lib/tap.h"

#define TX 0x50000000ull
#define RX 0x50001000ull
#define AREA 0x52000000ull

static struct tap tap;
static const struct ffa_mailbox box = {FFA_ID_NWD, {TX}, {RX}, true};

static struct {
	volatile uint32_t stop;
	volatile uint32_t good;
	volatile uint32_t bad;
} neighbour;

/* A busy one is asked again: the other CPU asks, too. */
static struct ffa_regs ask_raw(uint16_t to, uint64_t command, uint64_t argument)
{
	struct ffa_regs regs;

	do
		regs = ffa_request(FFA_ID_NWD, to, command, argument,
			to == LIFE_SP2 ? LIFE_SP1 : FFA_ID_NWD);
	while (regs.x[0] == FFA_ERROR && (int32_t)regs.x[2] == FFA_BUSY);
	return regs;
}

static uint64_t ask(uint16_t to, uint64_t command, uint64_t argument)
{
	struct ffa_regs regs = ask_raw(to, command, argument);

	return regs.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 ? regs.x[3] : ~0ull;
}

/* It dies of that: who asked is told. */
static bool dies(uint16_t id, uint64_t how)
{
	struct ffa_regs regs = ask_raw(id, LIFE_DIE, how);

	return regs.x[0] == FFA_ERROR && (int32_t)regs.x[2] == FFA_ABORTED;
}

static void second_cpu(uint64_t unused)
{
	(void)unused;
	while (neighbour.stop == 0) {
		if (ask(LIFE_SP2, LIFE_CHECK, 0) == 0)
			neighbour.good++;
		else
			neighbour.bad++;
	}
}

static uint64_t share(void)
{
	struct desc_range range = {AREA, 2, 0};
	struct ffa_regs sent;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.attributes = 0x2f;
	desc_add_receiver(&desc, LIFE_SP1, DESC_RW);
	desc.range = &range;
	desc.range_count = 1;
	desc_settle(&desc);
	sent = ffa_mem_send(&box, FFA_MEM_SHARE_64, &desc);
	return ffa_status(&sent) == FFA_OK ? ffa_handle(&sent) : 0;
}

/* Death when it has done the first `steps` of all this, and another life. */
static bool die_after(unsigned steps, uint64_t how)
{
	uint64_t shared = share();
	uint64_t lent = 0;
	bool ok = shared != 0;

	ok = ok && ask(LIFE_SP1, LIFE_CHECK, 0) == 0;
	ok = ok && ask(LIFE_SP1, LIFE_COUNT, 0) == 1;
	ok = ok && ask(LIFE_SP1, LIFE_DIRTY, 0) == 0;
	if (steps > 0)
		ok = ok && ask(LIFE_SP1, LIFE_MAP, 0) == 0;
	if (steps > 1)
		ok = ok && ask(LIFE_SP1, LIFE_RETRIEVE, shared) == 0;
	if (steps > 2)
		lent = ask(LIFE_SP1, LIFE_LEND, 0);
	if (steps > 3)
		ok = ok && ask(LIFE_SP2, LIFE_RETRIEVE, lent) == 0;
	if (steps > 4)
		ok = ok && ask(LIFE_SP1, LIFE_GIVE, shared) == 0;
	ok = ok && dies(LIFE_SP1, how);
	/* The new one waits for the memory that the other holds. */
	if (steps > 3)
		ok = ok && ask(LIFE_SP2, LIFE_GIVE, lent) == 0;
	return ffa_mem_reclaim(shared, 0) == FFA_OK && ok;
}

#define STEPS 6u

static uint32_t die_often(uint32_t rounds, uint64_t how)
{
	uint32_t good = 0;

	for (unsigned i = 0; i < rounds; i++)
		good += die_after(i % STEPS, how);
	return good;
}

void life_nwd(uint32_t rounds)
{
	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	tap_ok(&tap, ffa_rxtx_map(&box) == FFA_OK, "RX and TX are mapped");
	tap_ok(&tap, ask(LIFE_SP2, LIFE_MAP, 0) == 0, "the neighbour's, too");
	tap_ok(&tap, guest_cpu_on(1, second_cpu, 0),
		"another CPU talks to the neighbour");
	tap_is(&tap, die_often(rounds, DEATH_UNDEFINED), rounds,
		"a partition without vectors dies, and comes back");
	tap_is(&tap, die_often(rounds, DEATH_ABORT), rounds,
		"so does one that aborts");
	tap_is(&tap, die_often(rounds, DEATH_BRANCH), rounds,
		"and one that runs where nothing is");
	neighbour.stop = 1;
	while (!guest_cpu_is_off(1))
		guest_pause();
	tap_is(&tap, neighbour.bad, 0, "the neighbour heard nothing of it");
	tap_ok(&tap, neighbour.good > rounds, "and went on meanwhile");
	tap_ok(&tap, dies(LIFE_SP2, DEATH_ABORT), "the neighbour dies");
	tap_ok(&tap, dies(LIFE_SP2, DEATH_ABORT), "and stays down");
	tap_is(&tap, ask(LIFE_SP1, LIFE_CHECK, 0), 0, "the other one lives");
	tap_done(&tap);
}
