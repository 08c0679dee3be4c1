/*
 * Calls of borrowers, of the hypervisor, and of owners who want their memory
 * back. See calls.h.
 */
#include <string.h>

#include "lib/calls_core.h"
#include "lib/oracle.h"

#define RANGE_SIZE 16u

static struct model_response expected;

/* --- Requests ---------------------------------------------------------- */

uint16_t call_receiver_id(struct world *world, const struct op *op)
{
	if (op->receiver == NWD)
		for (uint32_t i = 0; i < op->desc.receiver_count; i++)
			if (!(op->desc.receiver[i].id & 0x8000))
				return op->desc.receiver[i].id;
	return world->partition[op->receiver].ep.id;
}

static uint32_t index_of(const struct desc *desc, uint16_t id)
{
	for (uint32_t i = 0; i < desc->receiver_count; i++)
		if (desc->receiver[i].id == id)
			return i;
	/* Not a receiver at all: it takes the first one's place. */
	return 0;
}

struct desc retrieve_desc(struct world *world, const struct op *op)
{
	uint16_t id = call_receiver_id(world, op);
	uint32_t self = index_of(&op->desc, id);
	struct desc desc;

	desc_init(&desc, world->partition[op->receiver].version);
	desc.sender = op->desc.sender;
	desc.attributes = op->asked_attr;
	desc.flags = op->asked_flags;
	if (!op->asked_untyped)
		desc.flags |= (uint32_t)op->func << 3;
	desc.handle = op->handle;
	desc.tag = op->desc.tag;
	for (uint32_t i = 0; i < op->desc.receiver_count; i++) {
		const struct desc_receiver *sent = &op->desc.receiver[i];
		struct desc_receiver *own;

		if (i != self && (op->asked_flags & DESC_BYPASS))
			continue;
		own = desc_add_receiver(&desc, i == self ? id : sent->id,
			i == self ? op->asked : 0);
		memcpy(own->impdef, sent->impdef, sizeof(own->impdef));
	}
	desc_settle(&desc);
	return desc;
}

static void describe_request(struct world *world, int party,
	const struct desc *desc, struct model_retrieve *request)
{
	uint32_t version = world->partition[party].version;

	*request = (struct model_retrieve){
		.caller = party,
		.sender = desc->sender,
		.attributes = desc->attributes,
		.flags = desc->flags,
		.handle = desc->handle,
		.tag = desc->tag,
		.receiver_count = desc->receiver_count,
		.rx_full = world->partition[party].mailbox.rx == RX_FULL,
		.header = version == FFA_VERSION_1_0 ? 48 : 64,
		.stride = version >= FFA_VERSION_1_2 ? 32 : 16,
	};
	for (uint32_t i = 0; i < desc->receiver_count; i++)
		request->receiver[i] = call_receiver(desc, i);
}

/* --- Responses --------------------------------------------------------- */

static uint64_t word_at(const uint8_t *bytes, unsigned count)
{
	uint64_t value = 0;

	for (unsigned i = count; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

/* From `at` in RX: the ranges that were to come, and nothing behind them. */
static void compare_ranges(struct range buffer, uint32_t at)
{
	const uint8_t *rx = host_memory(buffer.base);

	for (uint32_t i = 0; i < expected.range_count; i++) {
		assert_int_equal(word_at(rx + at, 8), expected.range[i].base.v);
		assert_int_equal(
			word_at(rx + at + 8, 4), expected.range[i].pages);
		assert_int_equal(word_at(rx + at + 12, 4), 0);
		at += RANGE_SIZE;
	}
	assert_int_equal(at, expected.length);
	for (; at < buffer.pages * PAGE_SIZE; at++)
		if (rx[at])
			fail_msg("RX is not zero at %u", at);
}

static void compare_receiver(const struct desc *got, uint32_t index)
{
	const struct desc_receiver *entry = &got->receiver[index];
	const struct model_receiver *want = &expected.receiver[index];

	assert_int_equal(entry->id, want->id);
	assert_int_equal(entry->permissions, want->data | want->instr << 2);
	assert_int_equal(entry->flags, 0);
	assert_int_equal(entry->reserved, 0);
	assert_int_equal(entry->composite, got->receiver[0].composite);
	if (got->version >= FFA_VERSION_1_2)
		assert_memory_equal(
			entry->impdef, want->impdef, sizeof(want->impdef));
}

/* Every field of the response against the model's. */
static void compare_response(struct world *world, int party, struct op *op,
	const struct ffa_regs *regs)
{
	const struct partition *partition = &world->partition[party];
	struct range rx = partition->mailbox.pair.rx;
	struct desc *got = &op->response;
	bool old = partition->version == FFA_VERSION_1_0;

	assert_int_equal(regs->x[0], FFA_MEM_RETRIEVE_RESP);
	assert_int_equal(regs->x[1], expected.total);
	assert_int_equal(regs->x[2], expected.length);
	for (unsigned i = 3; i < 8; i++)
		assert_int_equal(regs->x[i], 0);
	desc_init(got, partition->version);
	got->range = op->response_range;
	assert_true(desc_read(
		got, host_memory(rx.base), expected.length, MODEL_RANGES_MAX));
	assert_int_equal(got->length, expected.total);
	assert_int_equal(got->range_count, expected.range_count);
	assert_int_equal(got->sender, expected.sender);
	assert_int_equal(got->attributes,
		old ? expected.attributes & 0x3f : expected.attributes);
	assert_int_equal(got->flags, expected.flags);
	assert_int_equal(got->handle, op->handle);
	assert_int_equal(got->tag, expected.tag);
	assert_int_equal(got->receiver_count, expected.receiver_count);
	for (uint32_t i = 0; i < got->receiver_count; i++)
		compare_receiver(got, i);
	compare_ranges(rx, got->composite_at + 16);
}

static enum reason finish_retrieve(
	struct world *world, int party, struct op *op)
{
	bool keep = op->keep_rx || op->keep_rest;

	op->received = expected.length;
	if (!op->keep_rx)
		expect_ok(do_release_rx(world, party));
	while (!keep && op->received < op->response.length) {
		enum reason reason = do_more(world, op);

		if (reason != R_NONE)
			return reason;
	}
	return R_NONE;
}

static enum reason request(
	struct world *world, int party, struct op *op, const struct desc *desc)
{
	struct ffa_regs regs =
		REGS(FFA_MEM_RETRIEVE_REQ | FFA_64, desc->length, desc->length);
	struct model_retrieve request;
	enum reason reason;
	model_set set;

	describe_request(world, party, desc, &request);
	call_write_tx(world, party, desc, 0, PAGE_SIZE);
	call_note("retrieve", party, desc);
	oracle_begin(world);
	set = model_retrieve(&world->model, &request, &expected);
	call_perform(world, party, &regs);
	reason = call_settle(world, &regs, set);
	if (reason == R_NONE)
		compare_response(world, party, op, &regs);
	return reason;
}

enum reason do_retrieve_desc(
	struct world *world, struct op *op, const struct desc *desc)
{
	enum reason reason = request(world, op->receiver, op, desc);

	return reason != R_NONE ? reason
				: finish_retrieve(world, op->receiver, op);
}

enum reason do_retrieve(struct world *world, struct op *op)
{
	struct desc desc = retrieve_desc(world, op);

	return do_retrieve_desc(world, op, &desc);
}

enum reason raw_retrieve(
	struct world *world, int party, const struct desc *desc)
{
	struct ffa_regs regs;

	call_write_tx(world, party, desc, 0, PAGE_SIZE);
	regs = call_regs(world, party,
		REGS(FFA_MEM_RETRIEVE_REQ | FFA_64, desc->length,
			desc->length));
	return regs.x[0] == FFA_ERROR ? world->reason : R_NONE;
}

/* --- The rest of a response -------------------------------------------- */

struct more more_of(struct world *world, const struct op *op)
{
	return (struct more){
		.party = op->receiver,
		.handle = op->handle,
		.offset = op->received,
		.word = op->receiver == NWD
				? (uint32_t)call_receiver_id(world, op) << 16
				: 0,
		.keep_rx = op->keep_rx,
	};
}

static void compare_part(struct world *world, const struct more *more,
	const struct ffa_regs *regs)
{
	const struct mailbox *mailbox = &world->partition[more->party].mailbox;

	assert_int_equal(regs->x[0], FFA_MEM_FRAG_TX);
	assert_int_equal(regs->x[1], (uint32_t)more->handle);
	assert_int_equal(regs->x[2], more->handle >> 32);
	assert_int_equal(regs->x[3], expected.length);
	assert_int_equal(regs->x[4], more->word);
	for (unsigned i = 5; i < 8; i++)
		assert_int_equal(regs->x[i], 0);
	compare_ranges(mailbox->pair.rx, 0);
}

enum reason do_more_as(struct world *world, const struct more *more)
{
	struct ffa_regs regs = REGS(FFA_MEM_FRAG_RX, (uint32_t)more->handle,
		more->handle >> 32, more->offset, more->word);
	struct model_more op = {
		.caller = more->party,
		.handle = more->handle,
		.offset = more->offset,
		.word = more->word,
		.rx_full = world->partition[more->party].mailbox.rx == RX_FULL,
	};
	enum reason reason;
	model_set set;

	call_note_numbers("more", more->party, more->handle, more->offset);
	oracle_begin(world);
	set = model_more(&world->model, &op, &expected);
	call_perform(world, more->party, &regs);
	reason = call_settle(world, &regs, set);
	if (reason != R_NONE)
		return reason;
	compare_part(world, more, &regs);
	if (!more->keep_rx)
		expect_ok(do_release_rx(world, more->party));
	return R_NONE;
}

enum reason do_more(struct world *world, struct op *op)
{
	struct more more = more_of(world, op);
	enum reason reason = do_more_as(world, &more);

	if (reason == R_NONE)
		op->received += expected.length;
	return reason;
}

/* --- The hypervisor ---------------------------------------------------- */

struct desc hypervisor_desc(struct world *world, const struct op *op)
{
	struct desc desc;

	desc_init(&desc, world->partition[NWD].version);
	desc_settle(&desc);
	desc.emad_size = 0;
	desc.emad_offset = 0;
	desc.handle = op->handle;
	return desc;
}

enum reason do_hypervisor_retrieve(struct world *world, struct op *op)
{
	struct desc desc = hypervisor_desc(world, op);

	return do_hypervisor_desc(world, op, &desc);
}

enum reason do_hypervisor_desc(
	struct world *world, struct op *op, const struct desc *desc)
{
	struct more more = {NWD, op->handle, 0, (uint32_t)op->desc.sender << 16,
		op->keep_rx};
	enum reason reason = request(world, NWD, op, desc);

	if (reason != R_NONE)
		return reason;
	op->received = expected.length;
	if (op->keep_rx)
		return R_NONE;
	expect_ok(do_release_rx(world, NWD));
	while (!op->keep_rest && op->received < op->response.length) {
		more.offset = op->received;
		reason = do_more_as(world, &more);
		if (reason != R_NONE)
			return reason;
		op->received += expected.length;
	}
	return R_NONE;
}

/* --- Giving back ------------------------------------------------------- */

enum reason do_relinquish_as(struct world *world, int party,
	const struct desc_relinquish *relinquish)
{
	struct ffa_regs regs = REGS(FFA_MEM_RELINQUISH);
	struct model_relinquish op = {
		.caller = party,
		.handle = relinquish->handle,
		.flags = relinquish->flags,
		.endpoint_count = relinquish->endpoint_count,
		.endpoint = relinquish->endpoint[0],
	};
	const struct mailbox *mailbox = &world->partition[party].mailbox;
	model_set set;

	if (mailbox->mapped)
		desc_write_relinquish(relinquish,
			host_memory(mailbox->pair.tx.base), PAGE_SIZE);
	call_note_numbers("relinquish", party, op.handle, op.flags);
	oracle_begin(world);
	set = model_relinquish(&world->model, &op);
	call_perform(world, party, &regs);
	return call_settle(world, &regs, set);
}

enum reason do_relinquish(struct world *world, struct op *op, uint32_t flags)
{
	struct desc_relinquish relinquish = {
		.handle = op->handle,
		.flags = flags,
		.endpoint_count = 1,
		.endpoint = {call_receiver_id(world, op)},
	};

	return do_relinquish_as(world, op->receiver, &relinquish);
}

enum reason do_reclaim_as(
	struct world *world, int party, uint64_t handle, uint32_t flags)
{
	struct ffa_regs regs =
		REGS(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, flags);
	struct model_reclaim op = {party, handle, flags};
	model_set set;

	call_note_numbers("reclaim", party, handle, flags);
	oracle_begin(world);
	set = model_reclaim(&world->model, &op);
	call_perform(world, party, &regs);
	return call_settle(world, &regs, set);
}

enum reason do_reclaim(struct world *world, struct op *op, uint32_t flags)
{
	return do_reclaim_as(world, op->who, op->handle, flags);
}
