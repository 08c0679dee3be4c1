/*
 * A partition of tests/stress: each request makes it call at random. Its
 * contexts, which share TX and what they have sent, take no care of each other.
 * See stress_guest.h.
 */
#include "stress_guest.h"

#include "call/virq_calls.h"
#include "lib/guest.h"

#define PAGES 4u
#define PATTERN 0x5e
#define CALLS 8u
#define TAKEN (~0ull) /* some context is at it */

static uint8_t tx[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t rx[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t own[PAGES][PAGE_SIZE] __attribute__((aligned(4096)));
static uint64_t sent[PAGES]; /* handles */
static struct ffa_mailbox box;
static uint32_t begun;

/* Of one request. */
struct work {
	uint64_t random;
	uint64_t handle;
	uint16_t owner;
	uint64_t unknown;
	uint64_t changed;
	uint64_t callee; /* as FFA_RUN names it */
};

static void note(struct work *work, const struct ffa_regs *regs)
{
	work->unknown += !stress_is_known(regs);
}

static uint64_t changed(const uint8_t *page)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < PAGE_SIZE; i++)
		count += page[i] != PATTERN;
	return count;
}

/* Ours again, unless somebody holds it; the handle that is left. */
static uint64_t reclaim(struct work *work, const uint8_t *page, uint64_t handle)
{
	struct ffa_regs regs =
		ffa_call(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0, 0);

	note(work, &regs);
	if (ffa_status(&regs) != FFA_OK)
		return handle;
	work->changed += changed(page);
	return 0;
}

static void send(struct work *work, unsigned index)
{
	uint64_t *slot = &sent[index];
	uint64_t handle = __atomic_exchange_n(slot, TAKEN, __ATOMIC_ACQUIRE);
	struct ffa_regs regs;

	if (handle == TAKEN)
		return;
	if (handle != 0) {
		handle = reclaim(work, own[index], handle);
	} else {
		handle = stress_send(
			&box, (uintptr_t)own[index], &work->random, &regs);
		note(work, &regs);
	}
	__atomic_store_n(slot, handle, __ATOMIC_RELEASE);
}

static uint64_t some_handle(struct work *work)
{
	return work->handle + stress_random(&work->random, 8);
}

static void retrieve(struct work *work)
{
	struct ffa_regs regs;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.handle = work->handle;
	desc.sender = work->owner;
	if (stress_random(&work->random, 2) == 0) {
		desc.handle = some_handle(work);
		desc.sender =
			(uint16_t)(STRESS_FIRST_ID +
				   stress_random(&work->random, STRESS_SPS));
	}
	desc_add_receiver(&desc, box.id, DESC_RO);
	desc_settle(&desc);
	regs = ffa_mem_retrieve(&box, &desc);
	note(work, &regs);
	regs = ffa_call(FFA_RX_RELEASE, 0, 0, 0, 0);
	note(work, &regs);
}

/* Until the call is answered; it may be interrupted, and yield. */
static void go_on(struct work *work, struct ffa_regs *regs)
{
	while ((uint32_t)regs->x[0] == FFA_INTERRUPT ||
		(uint32_t)regs->x[0] == FFA_YIELD) {
		work->callee = regs->x[1];
		*regs = ffa_call(FFA_RUN, regs->x[1], 0, 0, 0);
	}
	note(work, regs);
}

static void ask(struct work *work)
{
	uint16_t to = (uint16_t)(STRESS_FIRST_ID +
				 stress_random(&work->random, STRESS_SPS));
	struct ffa_regs regs = ffa_request(
		box.id, to, some_handle(work), work->owner, work->random);

	go_on(work, &regs);
}

/* Lines, on and off; nobody takes them but VIRQ_GET. */
static void interrupts(struct work *work)
{
	static const uint32_t calls[] = {
		VIRQ_ENABLE, VIRQ_GET, VIRQ_SEND_IPI, VIRQ_DEACTIVATE};
	uint32_t line = 3 + stress_random(&work->random, 8);

	ffa_call(calls[stress_random(&work->random, ARRAY_COUNT(calls))],
		stress_random(&work->random, 4) != 0 ? line : 0,
		stress_random(&work->random, 2), 0, 0);
}

static void any_call(struct work *work)
{
	struct ffa_regs regs;

	switch (stress_random(&work->random, 10)) {
	case 0:
	case 1:
		send(work, stress_random(&work->random, PAGES));
		return;
	case 2:
	case 3:
		retrieve(work);
		return;
	case 4:
	case 5:
		if (ffa_mem_relinquish(&box, some_handle(work), 0) > FFA_OK)
			work->unknown++;
		return;
	case 6:
		ask(work);
		return;
	case 7:
		interrupts(work);
		return;
	case 8:
		regs = ffa_call(FFA_YIELD, 0, 0, 0, 0);
		note(work, &regs);
		return;
	default:
		regs = stress_noise(&work->random, true);
		note(work, &regs);
	}
}

/* tools/stress looks for that. */
static void get_stuck(const struct ffa_regs *refusal)
{
	char code = (char)('0' - (int32_t)(uint32_t)refusal->x[2]);
	const char message[] = {'-', code, '\n', '\0'};

	guest_print("stuck: whom it waits for cannot be run: ");
	guest_print(message);
	for (;;)
		ffa_call(FFA_YIELD, 0, 0, 0, 0);
}

/* Not before whom we have called has answered: we can always run it. */
static void respond(struct ffa_regs *regs, struct work *work)
{
	const struct ffa_regs response = {{regs->x[0] + 1,
		(uint32_t)(regs->x[1] << 16 | regs->x[1] >> 16), 0,
		work->unknown, work->changed}};

	for (;;) {
		*regs = response;
		guest_call(regs);
		if ((uint32_t)regs->x[0] != FFA_ERROR)
			return;
		*regs = ffa_call(FFA_RUN, work->callee, 0, 0, 0);
		if ((uint32_t)regs->x[0] == FFA_ERROR)
			get_stuck(regs);
		go_on(work, regs);
	}
}

static void serve(struct ffa_regs *regs)
{
	struct work work = {.random = regs->x[5],
		.handle = regs->x[3],
		.owner = (uint16_t)regs->x[4]};

	for (unsigned i = 0; i < CALLS; i++)
		any_call(&work);
	respond(regs, &work);
}

/* A CPU goes down. */
static void power(struct ffa_regs *regs)
{
	uint64_t ids = regs->x[1] << 16 | regs->x[1] >> 16;

	*regs = (struct ffa_regs){{FFA_MSG_SEND_DIRECT_RESP, (uint32_t)ids,
		FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_RESP}};
	guest_call(regs);
}

static void wait(struct ffa_regs *regs)
{
	ffa_call(VIRQ_GET, 0, 0, 0, 0);
	*regs = ffa_call(FFA_MSG_WAIT, 0, 0, 0, 0);
}

static void begin(void)
{
	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	for (unsigned i = 0; i < PAGES * PAGE_SIZE; i++)
		own[i / PAGE_SIZE][i % PAGE_SIZE] = PATTERN;
	box.id = ffa_id_get();
	box.tx = paddr((uintptr_t)tx);
	box.rx = paddr((uintptr_t)rx);
	if (ffa_rxtx_map(&box) != FFA_OK)
		guest_print("RXTX_MAP was refused\n");
}

void guest_main(void)
{
	struct ffa_regs regs;

	if (__atomic_exchange_n(&begun, 1, __ATOMIC_RELAXED) == 0)
		begin();
	wait(&regs);
	for (;;) {
		if ((uint32_t)regs.x[0] == FFA_MSG_SEND_DIRECT_REQ_64)
			serve(&regs);
		else if ((uint32_t)regs.x[0] == FFA_MSG_SEND_DIRECT_REQ)
			power(&regs);
		else
			wait(&regs);
	}
}
