/* Calls of senders: whole descriptors and fragments. See calls.h. */
#include <string.h>

#include "lib/calls_core.h"
#include "lib/oracle.h"

#define RANGE_SIZE 16u
#define COMPOSITE_SIZE 16u

static const char *const names[] = {[MODEL_SHARE] = "share",
	[MODEL_LEND] = "lend",
	[MODEL_DONATE] = "donate"};

/* --- What is sent ------------------------------------------------------ */

struct op op_of(
	struct world *world, enum model_func func, int who, int receiver)
{
	struct op op = {
		.who = who,
		.receiver = receiver,
		.func = func,
		.is_64 = true,
	};

	desc_init(&op.desc, world->partition[who].version);
	op.desc.sender = world->partition[who].ep.id;
	op.desc.attributes = func == MODEL_SHARE ? ATTR_NORMAL_WB : 0;
	op.desc.tag = 0x600d7a6;
	op_receiver(world, &op, receiver, func == MODEL_DONATE ? 0 : DESC_RW);
	return op;
}

void op_receiver(
	struct world *world, struct op *op, int party, uint8_t permissions)
{
	desc_add_receiver(&op->desc,
		party == NWD ? ID_VM : world->partition[party].ep.id,
		permissions);
}

void op_range(struct op *op, uint64_t base, uint32_t pages)
{
	op->range[op->desc.range_count++] = (struct desc_range){base, pages, 0};
}

void op_scatter(struct op *op, uint64_t base, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		op_range(op, base + 2ull * i * PAGE_SIZE, 1);
}

/* An op may have been copied since. */
static void prepare(struct op *op)
{
	op->desc.range = op->range;
	if (op->desc.length == 0)
		desc_settle(&op->desc);
}

/* Of TX, and of RX; one page while there are none. */
uint32_t buffer_size(const struct world *world, int party)
{
	const struct mailbox *mailbox = &world->partition[party].mailbox;

	if (!mailbox->mapped)
		return PAGE_SIZE;
	return (uint32_t)(mailbox->pair.tx.pages * PAGE_SIZE);
}

void call_write_tx(struct world *world, int party, const struct desc *desc,
	uint32_t from, uint32_t size)
{
	struct range tx = world->partition[party].mailbox.pair.tx;

	if (size > buffer_size(world, party))
		size = buffer_size(world, party);
	if (world->partition[party].mailbox.mapped)
		desc_write_part(desc, from, host_memory(tx.base), size);
}

/* --- The same for the model -------------------------------------------- */

struct model_receiver call_receiver(const struct desc *desc, uint32_t index)
{
	const struct desc_receiver *from = &desc->receiver[index];
	bool is_long = desc->emad_stride == 32;

	return (struct model_receiver){
		.id = from->id,
		.data = from->permissions & 3,
		.instr = from->permissions >> 2 & 3,
		.flags = from->flags,
		.impdef_given = is_long,
		.impdef = {is_long ? from->impdef[0] : 0,
			is_long ? from->impdef[1] : 0},
	};
}

/* Ranges that lie in the first `bytes` bytes of the descriptor. */
static uint32_t ranges_in(const struct desc *desc, uint32_t bytes)
{
	uint32_t start = desc->composite_at + COMPOSITE_SIZE;
	uint32_t count = bytes < start ? 0 : (bytes - start) / RANGE_SIZE;

	return count < desc->range_count ? count : desc->range_count;
}

static void copy_ranges(
	const struct op *op, uint32_t first, uint32_t count, struct range *to)
{
	for (uint32_t i = 0; i < count; i++)
		to[i] = (struct range){paddr(op->range[first + i].base),
			op->range[first + i].pages};
}

static bool has_reserved(const struct op *op, uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (op->range[first + i].reserved)
			return true;
	return false;
}

static void describe_send(
	const struct op *op, uint32_t here, struct model_send *send)
{
	*send = (struct model_send){
		.caller = op->who,
		.func = op->func,
		.sender = op->desc.sender,
		.attributes = op->desc.attributes,
		.flags = op->desc.flags,
		.handle = op->desc.handle,
		.tag = op->desc.tag,
		.receiver_count = op->desc.receiver_count,
		.page_total = op->desc.page_total,
		.range_total = op->desc.range_count,
		.range_count = ranges_in(&op->desc, here),
	};
	for (uint32_t i = 0; i < send->receiver_count; i++)
		send->receiver[i] = call_receiver(&op->desc, i);
	send->reserved = has_reserved(op, 0, send->range_count);
	copy_ranges(op, 0, send->range_count, send->range);
}

/* --- Whole descriptors and first fragments ----------------------------- */

uint32_t send_function(enum model_func func, bool is_64)
{
	uint32_t id = func == MODEL_SHARE  ? FFA_MEM_SHARE
		      : func == MODEL_LEND ? FFA_MEM_LEND
					   : FFA_MEM_DONATE;

	return is_64 ? id | FFA_64 : id;
}

static uint32_t word_of(const struct op *op)
{
	return op->who == NWD ? (uint32_t)op->desc.sender << 16 : 0;
}

/* FFA_MEM_FRAG_RX where something is missing, FFA_SUCCESS else. */
static void compare_answer(
	const struct op *op, uint32_t word, const struct ffa_regs *regs)
{
	bool whole = op->done == op->desc.length;
	struct ffa_regs want = {.x = {FFA_MEM_FRAG_RX, (uint32_t)op->handle,
					op->handle >> 32, op->done, word}};

	if (whole)
		want = REGS(
			FFA_SUCCESS, 0, (uint32_t)op->handle, op->handle >> 32);
	for (unsigned i = 0; i < 8; i++)
		if (regs->x[i] != want.x[i])
			fail_call("x%u is %#llx, not %#llx", i,
				(unsigned long long)regs->x[i],
				(unsigned long long)want.x[i]);
}

static void take_handle(
	struct op *op, const struct ffa_regs *regs, struct model_txn *txn)
{
	unsigned low = regs->x[0] == FFA_SUCCESS ? 2 : 1;

	op->handle = regs->x[low] | regs->x[low + 1] << 32;
	if (txn && regs->x[0] != FFA_ERROR)
		txn->handle = op->handle;
}

enum reason do_send_first(struct world *world, struct op *op)
{
	static struct model_send send;
	struct model_txn *txn = NULL;
	struct ffa_regs regs;
	uint32_t here;
	enum reason reason;
	model_set set;

	prepare(op);
	here = op->first ? op->first : buffer_size(world, op->who);
	if (here > op->desc.length)
		here = op->desc.length;
	describe_send(op, here, &send);
	call_write_tx(world, op->who, &op->desc, 0, here);
	call_note(names[op->func], op->who, &op->desc);
	regs = REGS(send_function(op->func, op->is_64), op->desc.length, here);
	oracle_begin(world);
	set = model_send(&world->model, &send, &txn);
	call_perform(world, op->who, &regs);
	take_handle(op, &regs, txn);
	reason = call_settle(world, &regs, set);
	op->done = reason == R_NONE ? here : 0;
	if (reason == R_NONE)
		compare_answer(op, word_of(op), &regs);
	return reason;
}

enum reason do_send(struct world *world, struct op *op)
{
	enum reason reason = do_send_first(world, op);

	return reason == R_NONE ? do_rest(world, op) : reason;
}

enum reason raw_send_part(
	struct world *world, struct op *op, uint32_t total, uint32_t here)
{
	struct ffa_regs regs;

	prepare(op);
	call_write_tx(world, op->who, &op->desc, 0, here);
	regs = call_regs(world, op->who,
		REGS(send_function(op->func, op->is_64), total, here));
	return regs.x[0] == FFA_ERROR ? world->reason : R_NONE;
}

enum reason raw_send(struct world *world, struct op *op)
{
	prepare(op);
	return raw_send_part(world, op, op->desc.length, op->desc.length);
}

/* --- Further fragments ------------------------------------------------- */

struct fragment fragment_of(const struct op *op, uint32_t length)
{
	return (struct fragment){op->who, op->handle, length, word_of(op)};
}

/* `here`: bytes of it in TX. */
static void describe_fragment(const struct op *op,
	const struct fragment *fragment, uint32_t here,
	struct model_fragment *out)
{
	uint32_t first = ranges_in(&op->desc, op->done);
	uint32_t end = ranges_in(&op->desc, op->done + here);

	*out = (struct model_fragment){
		.caller = fragment->party,
		.handle = fragment->handle,
		.length = fragment->length,
		.word = fragment->word,
		.reserved = has_reserved(op, first, end - first),
		.range_count = end - first,
	};
	copy_ranges(op, first, end - first, out->range);
}

/* The send stays what it was for these; any other refusal is its end. */
static bool stays(enum reason reason)
{
	switch (reason) {
	case R_RESERVED_REGISTER:
	case R_BUFFERS_NOT_MAPPED:
	case R_BUFFER_FAULT:
	case R_HANDLE_UNKNOWN:
	case R_FRAGMENT_LENGTH:
	case R_FRAGMENT_SENDER:
		return true;
	default:
		return false;
	}
}

/* The model has stepped back; the unfinished send may be over. */
static void end_or_stay(
	struct world *world, const struct fragment *fragment, bool ends)
{
	enum reason reason = world->refused;

	if (!world->injecting && stays(reason) == ends)
		fail_call("%s: the send %s end", reason_name(reason),
			ends ? "must" : "must not");
	if (stays(reason))
		return;
	world->may_change = true;
	model_abandon(&world->model, fragment->handle);
}

enum reason do_fragment_as(
	struct world *world, struct op *op, const struct fragment *fragment)
{
	static struct model_fragment part;
	struct ffa_regs regs = REGS(FFA_MEM_FRAG_TX, (uint32_t)fragment->handle,
		fragment->handle >> 32, fragment->length, fragment->word);
	uint32_t here = buffer_size(world, fragment->party);
	enum reason reason;
	model_set set;
	bool ends;

	if (here > fragment->length)
		here = fragment->length;
	prepare(op);
	describe_fragment(op, fragment, here, &part);
	call_write_tx(
		world, fragment->party, &op->desc, op->done, fragment->length);
	call_note_numbers("fragment", fragment->party, fragment->handle,
		fragment->length);
	oracle_begin(world);
	set = model_fragment(&world->model, &part, &ends);
	call_perform(world, fragment->party, &regs);
	if (regs.x[0] == FFA_ERROR)
		end_or_stay(world, fragment, ends);
	reason = call_settle(world, &regs, set);
	world->may_change = false;
	if (reason != R_NONE)
		return reason;
	op->done += fragment->length;
	compare_answer(op, fragment->word, &regs);
	return R_NONE;
}

enum reason do_fragment(struct world *world, struct op *op, uint32_t length)
{
	struct fragment fragment = fragment_of(op, length);

	return do_fragment_as(world, op, &fragment);
}

enum reason do_rest(struct world *world, struct op *op)
{
	while (op->done < op->desc.length) {
		uint32_t left = op->desc.length - op->done;
		uint32_t length = op->fragment ? op->fragment
					       : buffer_size(world, op->who);
		enum reason reason =
			do_fragment(world, op, left < length ? left : length);

		if (reason != R_NONE)
			return reason;
	}
	return R_NONE;
}
