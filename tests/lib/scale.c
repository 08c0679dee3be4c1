/* See scale.h. */
#include "lib/scale.h"

#include "abi/mem_decode.h"
#include "base/cursor.h"
#include "engine/giveback.h"
#include "engine/retrieve.h"
#include "engine/send.h"

#define HEAD_SIZE 96u /* of a descriptor with one receiver */
#define FRAGMENT_RANGES 250u

#define HOLD __attribute__((noinline))

static void told(const struct scale *scale, const char *hold)
{
	if (scale->after)
		scale->after(hold);
}

/* --- What runs under the lock ------------------------------------------ */

HOLD static enum reason scale_hold_send(const struct scale *scale,
	const struct send_request *request, struct txn **txn)
{
	return send_open(scale->engine, request, txn);
}

HOLD static enum reason scale_hold_fragment(const struct scale *scale,
	const struct send_fragment *fragment, struct txn **txn)
{
	return send_append(scale->engine, fragment, txn);
}

HOLD static enum reason scale_hold_await(struct txn *txn)
{
	return send_await(txn);
}

HOLD static enum reason scale_hold_send_end(
	const struct scale *scale, struct txn *txn, enum reason reason)
{
	return send_publish(scale->engine, txn, reason);
}

HOLD static enum reason scale_hold_retrieve(const struct scale *scale,
	const struct mem_desc *desc, struct retrieval *retrieval)
{
	return retrieve_open(scale->engine, scale->borrower, desc, retrieval);
}

HOLD static enum reason scale_hold_retrieve_end(
	const struct scale *scale, const struct retrieval *retrieval)
{
	return retrieve_publish(
		scale->engine, retrieval, R_NONE, (struct mem_cursor){0});
}

HOLD static enum reason scale_hold_relinquish(const struct scale *scale,
	const struct mem_relinquish *request, struct release *release)
{
	return relinquish_open(
		scale->engine, scale->borrower, request, release);
}

HOLD static enum reason scale_hold_relinquish_end(
	const struct release *release, enum reason reason)
{
	return relinquish_publish(release, reason);
}

HOLD static enum reason scale_hold_reclaim(
	const struct scale *scale, const struct scale_op *op, struct txn **txn)
{
	return reclaim_open(
		scale->engine, scale->owner, op->handle, op->flags, txn);
}

HOLD static enum reason scale_hold_reclaim_end(
	const struct scale *scale, struct txn *txn, enum reason reason)
{
	return reclaim_publish(scale->engine, txn, reason);
}

/* --- The calls --------------------------------------------------------- */

/* Ranges from number `first` on, as a descriptor has them. */
static uint32_t put_ranges(
	const struct scale_op *op, uint32_t first, uint8_t *bytes)
{
	uint32_t most = op->fragment != 0 ? op->fragment : FRAGMENT_RANGES;
	uint32_t count = op->ranges - first;

	if (count > most)
		count = most;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *at = bytes + i * MEM_RANGE_SIZE;

		put64(at, op->base + (first + i) * op->step);
		put32(at + 8, op->pages);
		put32(at + 12, 0);
	}
	return count;
}

static enum reason send_rest(const struct scale *scale,
	const struct scale_op *op, uint32_t first, struct txn **txn)
{
	static uint8_t bytes[FRAGMENT_RANGES * MEM_RANGE_SIZE]
		__attribute__((aligned(16)));
	enum reason reason = R_NONE;

	while (reason == R_NONE && first < op->ranges) {
		uint32_t count = put_ranges(op, first, bytes);
		struct send_fragment fragment = {
			.caller = scale->owner,
			.handle = op->handle,
			.sender = scale->sender,
			.bytes = bytes,
			.size = count * MEM_RANGE_SIZE,
			.here = count * MEM_RANGE_SIZE,
		};

		reason = scale_hold_await(*txn);
		told(scale, "await");
		if (reason == R_NONE)
			reason = scale_hold_fragment(scale, &fragment, txn);
		told(scale, "fragment");
		first += count;
	}
	if (reason != R_NONE)
		send_cancel(scale->engine, *txn);
	return reason;
}

static enum reason send_first(const struct scale *scale,
	const struct scale_op *op, struct txn **txn, uint32_t *first)
{
	static uint8_t bytes[FRAGMENT_RANGES * MEM_RANGE_SIZE]
		__attribute__((aligned(16)));
	uint32_t count = put_ranges(op, 0, bytes);
	struct mem_desc desc = {
		.sender = scale->sender,
		.flags = op->flags,
		.receiver_count = 1,
		.receiver = {{.id = scale->borrower->id,
			.data = op->func == MEM_DONATE ? MEM_DATA_UNSPECIFIED
						       : MEM_DATA_RW}},
		.page_count = op->ranges * op->pages,
		.range_count = op->ranges,
		.ranges_here = count,
		.pages_here = (uint64_t)count * op->pages,
		.ranges = bytes,
	};
	struct send_request request = {
		.owner = scale->owner,
		.receiver = {scale->borrower},
		.func = op->func,
		.desc = &desc,
		.bytes_here = HEAD_SIZE + count * MEM_RANGE_SIZE,
		.bytes_total = HEAD_SIZE + op->ranges * MEM_RANGE_SIZE,
	};
	enum reason reason = scale_hold_send(scale, &request, txn);

	told(scale, "send");
	*first = count;
	return reason;
}

enum reason scale_begin(const struct scale *scale, struct scale_op *op)
{
	struct txn *txn;
	uint32_t first;
	enum reason reason = send_first(scale, op, &txn, &first);

	if (reason != R_NONE)
		return reason;
	op->handle = txn_handle(txn);
	reason = scale_hold_await(txn);
	told(scale, "await");
	return reason;
}

enum reason scale_send(const struct scale *scale, struct scale_op *op)
{
	struct txn *txn;
	uint32_t first;
	enum reason reason = send_first(scale, op, &txn, &first);

	if (reason != R_NONE)
		return reason;
	op->handle = txn_handle(txn);
	reason = send_rest(scale, op, first, &txn);
	if (reason != R_NONE)
		return reason;
	reason = scale_hold_send_end(scale, txn, send_work(txn));
	told(scale, "send, end");
	return reason;
}

enum reason scale_retrieve(const struct scale *scale, const struct scale_op *op)
{
	struct mem_desc desc = {
		.sender = scale->sender,
		.handle = op->handle,
		.receiver_count = 1,
		.receiver = {{.id = scale->borrower->id}},
	};
	struct retrieval retrieval;
	enum reason reason = scale_hold_retrieve(scale, &desc, &retrieval);

	told(scale, "retrieve");
	if (reason != R_NONE)
		return reason;
	retrieve_work(&retrieval);
	reason = scale_hold_retrieve_end(scale, &retrieval);
	told(scale, "retrieve, end");
	return reason;
}

enum reason scale_relinquish(
	const struct scale *scale, const struct scale_op *op)
{
	struct mem_relinquish request = {
		.handle = op->handle,
		.endpoint_count = 1,
		.endpoint = scale->borrower->id,
	};
	struct release release;
	enum reason reason = scale_hold_relinquish(scale, &request, &release);

	told(scale, "relinquish");
	if (reason != R_NONE)
		return reason;
	reason = scale_hold_relinquish_end(&release, relinquish_work(&release));
	told(scale, "relinquish, end");
	return reason;
}

enum reason scale_reclaim(const struct scale *scale, const struct scale_op *op)
{
	struct txn *txn;
	enum reason reason = scale_hold_reclaim(scale, op, &txn);

	told(scale, "reclaim");
	if (reason != R_NONE)
		return reason;
	reason = scale_hold_reclaim_end(
		scale, txn, reclaim_work(txn, op->flags));
	told(scale, "reclaim, end");
	return reason;
}
