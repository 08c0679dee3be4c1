/*
 * Descriptors: whether they are well-formed, and what they say. What a sender
 * may say is the model's to judge; here is only what it has no words for. A
 * second reading of the specification: shares no code with src/abi.
 *
 * Spec: DEN0140 1.2 §1.10; FF-A 1.0 §5.10 to §5.12, 1.2 §13.6.
 */
#include "abi/ffa_func.h"
#include "lib/desc.h"
#include "replay/lockstep.h"

#define RANGE_SIZE 16u
#define RECEIVER_SHORT 16u
#define RECEIVER_LONG 32u
#define HEADER 48u
#define HEADER_1_0 32u
#define ATTRIBUTES_AT_1_0 0xff00u
#define PERMISSIONS_RESERVED 0xf0u

/* The descriptor's head, and the ranges that lie in the fragment. */
static struct desc desc;
static struct desc_range ranges[LOCKSTEP_TX_SIZE / RANGE_SIZE];

static bool is_1_0(const struct lockstep_call *call)
{
	return call->caller->version == FFA_VERSION_1_0;
}

static uint32_t alignment(const struct lockstep_call *call)
{
	return is_1_0(call) ? 8 : 16;
}

/* What comes before receivers and ranges fits the first page of TX. */
static uint32_t head_size(const struct lockstep_call *call)
{
	return call->tx_size < PAGE_SIZE ? call->tx_size : (uint32_t)PAGE_SIZE;
}

static bool header_is_good(const struct lockstep_call *call)
{
	if (is_1_0(call))
		return desc.emad_size == 0 &&
		       !(desc.attributes & ATTRIBUTES_AT_1_0);
	if (desc.reserved[0] | desc.reserved[1] | desc.reserved[2])
		return false;
	if (desc.emad_size != RECEIVER_SHORT &&
		(desc.emad_size != RECEIVER_LONG ||
			call->caller->version < FFA_VERSION_1_2))
		return false;
	return desc.emad_offset >= HEADER && desc.emad_offset % 16 == 0;
}

static uint32_t receivers_end(void)
{
	return desc.emad_at + desc.emad_stride * desc.receiver_count;
}

static bool receivers_are_good(const struct lockstep_call *call)
{
	if (receivers_end() > head_size(call))
		return false;
	for (uint32_t i = 0; i < desc.receiver_count; i++) {
		const struct desc_receiver *receiver = &desc.receiver[i];

		if (receiver->reserved ||
			(receiver->permissions & PERMISSIONS_RESERVED) ||
			receiver->composite != desc.receiver[0].composite)
			return false;
	}
	return true;
}

static bool composite_is_good(const struct lockstep_call *call)
{
	uint32_t here = lockstep_w(call, 2), total = lockstep_w(call, 1);
	uint32_t at = desc.composite_at;

	return at >= receivers_end() && at % alignment(call) == 0 &&
	       at + 16 <= head_size(call) && desc.composite_reserved == 0 &&
	       total == at + 16 + (uint64_t)desc.range_total * RANGE_SIZE &&
	       (here - at) % RANGE_SIZE == 0 && total % alignment(call) == 0 &&
	       here % alignment(call) == 0;
}

/* What registers say of a descriptor in TX, and what was read of it. */
static bool registers_are_good(const struct lockstep_call *call)
{
	uint32_t here = lockstep_w(call, 2);

	return lockstep_zero(call, 3, 7) && here > 0 &&
	       here <= lockstep_w(call, 1) && !call->faulted;
}

static struct model_receiver receiver_of(uint32_t index)
{
	const struct desc_receiver *from = &desc.receiver[index];
	bool is_long = desc.emad_stride == RECEIVER_LONG;

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

/* --- Sends ------------------------------------------------------------- */

static enum model_func kind_of(uint32_t func)
{
	if (func == FFA_MEM_SHARE)
		return MODEL_SHARE;
	return func == FFA_MEM_LEND ? MODEL_LEND : MODEL_DONATE;
}

static void fill_send(const struct lockstep_call *call, struct model_send *send)
{
	send->caller = call->party;
	send->func = kind_of(call->func);
	send->sender = desc.sender;
	send->attributes = desc.attributes;
	send->flags = desc.flags;
	send->handle = desc.handle;
	send->tag = desc.tag;
	send->receiver_count = desc.receiver_count;
	for (uint32_t i = 0; i < desc.receiver_count; i++)
		send->receiver[i] = receiver_of(i);
	send->page_total = desc.page_total;
	send->range_total = desc.range_total;
	send->range_count = desc.range_count;
	send->reserved = false;
	for (uint32_t i = 0; i < desc.range_count; i++) {
		send->reserved |= ranges[i].reserved != 0;
		send->range[i] =
			(struct range){paddr(ranges[i].base), ranges[i].pages};
	}
}

bool lockstep_send(const struct lockstep_call *call, struct model_send *send)
{
	desc_init(&desc, call->caller->version);
	desc.range = ranges;
	if (!registers_are_good(call) || call->tx_size < lockstep_w(call, 2))
		return false;
	if (!desc_read(&desc, call->tx, call->tx_size, ARRAY_COUNT(ranges)))
		return false;
	if (!header_is_good(call) || !receivers_are_good(call) ||
		!composite_is_good(call))
		return false;
	fill_send(call, send);
	return true;
}

/* --- Retrieve requests ------------------------------------------------- */

static void fill_request(
	const struct lockstep_call *call, struct model_retrieve *request)
{
	*request = (struct model_retrieve){
		.caller = call->party,
		.sender = desc.sender,
		.attributes = desc.attributes,
		.flags = desc.flags,
		.handle = desc.handle,
		.tag = desc.tag,
		.receiver_count = desc.receiver_count,
		.header = is_1_0(call) ? 48 : 64,
		.stride = call->caller->version >= FFA_VERSION_1_2 ? 32 : 16,
	};
	for (uint32_t i = 0; i < desc.receiver_count; i++)
		request->receiver[i] = receiver_of(i);
}

/* It has none to describe: the rest of its header is of no use. */
static bool read_hypervisors(const struct lockstep_call *call)
{
	uint8_t bytes[HEADER] = {0};
	uint32_t size = is_1_0(call) ? HEADER_1_0 : HEADER;

	if (call->party != MODEL_NWD || call->tx_size < size ||
		lockstep_number(call->tx + 28, 4) != 0)
		return false;
	for (uint32_t i = 0; i < 24; i++)
		bytes[i] = call->tx[i];
	/* As if it said where receivers would lie. */
	bytes[24] = is_1_0(call) ? 0 : RECEIVER_SHORT;
	bytes[32] = HEADER;
	return desc_read(&desc, bytes, size, 0);
}

bool lockstep_retrieve(
	const struct lockstep_call *call, struct model_retrieve *request)
{
	desc_init(&desc, call->caller->version);
	if (!registers_are_good(call) ||
		lockstep_w(call, 2) != lockstep_w(call, 1))
		return false;
	if (read_hypervisors(call)) {
		fill_request(call, request);
		return true;
	}
	if (!desc_read(&desc, call->tx, head_size(call), 0) ||
		!header_is_good(call) || !receivers_are_good(call))
		return false;
	if (desc.receiver_count == 0 || desc.composite_at != 0 ||
		receivers_end() != lockstep_w(call, 2))
		return false;
	fill_request(call, request);
	return true;
}

/* --- The others -------------------------------------------------------- */

bool lockstep_relinquish(
	const struct lockstep_call *call, struct model_relinquish *op)
{
	if (!lockstep_zero(call, 1, 7) || call->tx_size < 18)
		return false;
	*op = (struct model_relinquish){
		.caller = call->party,
		.handle = lockstep_number(call->tx, 8),
		.flags = (uint32_t)lockstep_number(call->tx + 8, 4),
		.endpoint_count = (uint32_t)lockstep_number(call->tx + 12, 4),
		.endpoint = (uint16_t)lockstep_number(call->tx + 16, 2),
	};
	return true;
}

/* A composite of one range: its base and pages. */
static bool read_buffer(const uint8_t *at, struct range *range)
{
	*range = (struct range){paddr(lockstep_number(at + 16, 8)),
		lockstep_number(at + 24, 4)};
	return lockstep_number(at, 4) == range->pages &&
	       lockstep_number(at + 4, 4) == 1 &&
	       lockstep_number(at + 8, 8) == 0 &&
	       lockstep_number(at + 28, 4) == 0;
}

bool lockstep_pair(const struct lockstep_call *call, struct model_map *op)
{
	uint32_t rx_at, tx_at;
	struct range rx, tx;

	if (call->tx_size < PAGE_SIZE || lockstep_number(call->tx + 2, 2) != 0)
		return false;
	rx_at = (uint32_t)lockstep_number(call->tx + 4, 4);
	tx_at = (uint32_t)lockstep_number(call->tx + 8, 4);
	if (rx_at % 8 || rx_at < 16 || rx_at > PAGE_SIZE - 32 || tx_at % 8 ||
		tx_at < 16 || tx_at > PAGE_SIZE - 32)
		return false;
	if (rx_at < tx_at + 32 && tx_at < rx_at + 32)
		return false;
	if (!read_buffer(call->tx + rx_at, &rx) ||
		!read_buffer(call->tx + tx_at, &tx) || rx.pages != tx.pages)
		return false;
	*op = (struct model_map){call->party, tx.base.v, rx.base.v, tx.pages,
		(uint16_t)lockstep_number(call->tx, 2)};
	return true;
}
