/*
 * The measured partition. Descriptors are written before the clock is read:
 * only the calls count.
 */
#include "bench.h"

#include "lib/ffa.h"
#include "lib/guest.h"

static uint8_t tx[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t rx[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t own[PAGE_SIZE] __attribute__((aligned(4096)));
static struct ffa_mailbox box;

static uint64_t loop(uint64_t turns)
{
	uint64_t start = bench_ticks();

	__asm__ volatile("1: subs %0, %0, #1\n b.ne 1b" : "+r"(turns) : : "cc");
	return bench_ticks() - start;
}

static uint64_t id_get(uint64_t calls)
{
	uint64_t start = bench_ticks();

	for (uint64_t i = 0; i < calls; i++)
		__asm__ volatile("mov w0, %w0\n smc #0"
				 :
				 : "r"(FFA_ID_GET)
				 : "x0", "x1", "x2", "x3", "x4", "x5", "x6",
				 "x7", "x8", "x9", "x10", "x11", "x12", "x13",
				 "x14", "x15", "x16", "x17", "memory");
	return bench_ticks() - start;
}

/* The compiler has been told to keep off these registers: movi v0.2d, #0. */
static uint64_t simd(void)
{
	__asm__ volatile(".inst 0x6f00e400");
	return 0;
}

#define NOTIFICATION 1u
#define FROM_NORMAL_WORLD 2u

static uint64_t bind(void)
{
	struct ffa_regs result =
		ffa_call(FFA_NOTIFICATION_BIND, box.id, 0, NOTIFICATION, 0);

	return ffa_status(&result) == FFA_OK ? 0 : BENCH_FAILED;
}

static uint64_t get(void)
{
	uint64_t ticks = bench_ticks();
	struct ffa_regs result =
		ffa_call(FFA_NOTIFICATION_GET, box.id, FROM_NORMAL_WORLD, 0, 0);

	ticks = bench_ticks() - ticks;
	return result.x[4] == NOTIFICATION ? ticks : BENCH_FAILED;
}

static bool write_request(uint16_t owner, uint64_t handle, uint32_t flags)
{
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.sender = owner;
	desc.handle = handle;
	desc.flags = flags;
	desc_add_receiver(&desc, box.id, DESC_RW);
	desc_settle(&desc);
	return desc_write(&desc, tx, sizeof(tx)) == desc.length;
}

/* The fragments that did not fit RX; releasing it does not count. */
static uint64_t fetch_rest(uint64_t handle, const struct ffa_regs *response)
{
	uint64_t total = response->x[1];
	uint64_t offset = response->x[2];
	uint64_t ticks = 0;

	while (offset < total) {
		uint64_t start = bench_ticks();
		struct ffa_regs result = ffa_call(FFA_MEM_FRAG_RX,
			(uint32_t)handle, handle >> 32, offset, 0);

		ticks += bench_ticks() - start;
		if (result.x[0] != FFA_MEM_FRAG_TX)
			return BENCH_FAILED;
		offset += result.x[3];
		ffa_rx_release();
	}
	return ticks;
}

/* x1 of the request names who asks: the memory's owner. */
static uint64_t retrieve(const struct ffa_regs *request)
{
	struct ffa_regs result;
	uint64_t ticks;

	write_request((uint16_t)(request->x[1] >> 16), request->x[4],
		(uint32_t)request->x[5]);
	ticks = bench_ticks();
	result = ffa_call(FFA_MEM_RETRIEVE_REQ_64, 80, 80, 0, 0);
	ticks = bench_ticks() - ticks;
	if (result.x[0] != FFA_MEM_RETRIEVE_RESP || ffa_rx_release() != FFA_OK)
		return BENCH_FAILED;
	return ticks + fetch_rest(request->x[4], &result);
}

static uint64_t borrow(const struct ffa_regs *request)
{
	struct desc_relinquish relinquish = {request->x[4], 0, 1, {box.id}};
	uint64_t retrieved = retrieve(request);
	struct ffa_regs result;
	uint64_t ticks;

	if (retrieved == BENCH_FAILED)
		return BENCH_FAILED;
	desc_write_relinquish(&relinquish, tx, sizeof(tx));
	ticks = bench_ticks();
	result = ffa_call(FFA_MEM_RELINQUISH, 0, 0, 0, 0);
	ticks = bench_ticks() - ticks;
	return ffa_status(&result) == FFA_OK ? retrieved + ticks : BENCH_FAILED;
}

static uint64_t share_once(void)
{
	struct desc_range range = {(uintptr_t)own, 1, 0};
	struct desc desc;
	struct ffa_regs result, response;
	uint64_t ticks, start;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.sender = box.id;
	desc.attributes = 0x2f;
	desc_add_receiver(&desc, BENCH_SP2, DESC_RW);
	desc.range = &range;
	desc.range_count = 1;
	desc_settle(&desc);
	desc_write(&desc, tx, sizeof(tx));
	ticks = bench_ticks();
	result = ffa_call(FFA_MEM_SHARE_64, desc.length, desc.length, 0, 0);
	ticks = bench_ticks() - ticks;
	if (ffa_status(&result) != FFA_OK)
		return BENCH_FAILED;
	response = ffa_request(
		box.id, BENCH_SP2, BENCH_BORROW, ffa_handle(&result), 0);
	start = bench_ticks();
	if (ffa_mem_reclaim(ffa_handle(&result), 0) != FFA_OK ||
		response.x[3] == BENCH_FAILED)
		return BENCH_FAILED;
	return ticks + response.x[3] + bench_ticks() - start;
}

static uint64_t share_on(uint64_t cycles)
{
	uint64_t total = 0;

	for (uint64_t i = 0; i < cycles; i++) {
		uint64_t ticks = share_once();

		if (ticks == BENCH_FAILED)
			return BENCH_FAILED;
		total += ticks;
	}
	return total;
}

static uint64_t serve(const struct ffa_regs *request)
{
	switch (request->x[3]) {
	case BENCH_LOOP:
		return loop(request->x[4]);
	case BENCH_ID_GET:
		return id_get(request->x[4]);
	case BENCH_RETRIEVE:
		return retrieve(request);
	case BENCH_BORROW:
		return borrow(request);
	case BENCH_SHARE_ON:
		return share_on(request->x[4]);
	case BENCH_BIND:
		return bind();
	case BENCH_GET:
		return get();
	case BENCH_SIMD:
		return simd();
	default:
		return 0;
	}
}

void guest_main(void)
{
	struct ffa_regs regs;

	ffa_call(FFA_VERSION, FFA_VERSION_1_2, 0, 0, 0);
	box.id = ffa_id_get();
	box.tx = paddr((uintptr_t)tx);
	box.rx = paddr((uintptr_t)rx);
	if (ffa_rxtx_map(&box) != FFA_OK)
		guest_print("bench: RXTX_MAP was refused\n");
	regs = ffa_call(FFA_MSG_WAIT, 0, 0, 0, 0);
	for (;;) {
		regs.x[3] = serve(&regs);
		ffa_respond(&regs);
	}
}
