/*
 * Memory descriptors: bytes to canonical form, in the order in which FF-A
 * recommends the checks. Not responsible for anything the ledger knows.
 *
 * Spec: DEN0140 1.2 §1.10; FF-A 1.0 §5.10 to §5.12.
 */
#include "abi/mem_decode.h"

#include "abi/ffa_func.h"
#include "abi/ffa_wire.h"
#include "base/checked.h"
#include "base/cursor.h"

/* Where the parts of a descriptor lie. */
struct layout {
	uint32_t receivers; /* offset of the first access descriptor */
	uint32_t receiver_size;
	uint32_t receivers_end;
	uint32_t composite; /* offset of the region descriptor, 0 = none */
	uint32_t alignment; /* of lengths and offsets */
};

#define SEND_FLAGS_MASK MEM_FLAG_ZERO
#define RETRIEVE_FLAGS_MASK                                                    \
	(MEM_FLAG_ZERO | MEM_FLAG_ZERO_AFTER | MEM_FLAG_TYPE_MASK |            \
		MEM_FLAG_BYPASS)
#define PERMISSION_RESERVED 0xf0u
#define ATTRIBUTE_RESERVED 0xff80u
#define PHYSICAL_END (1ull << 52)

static bool is_v10(const struct mem_input *in)
{
	return in->version == FFA_VERSION_1_0;
}

static uint32_t header_size(const struct mem_input *in)
{
	return is_v10(in) ? MTD_V10_SIZE : MTD_SIZE;
}

static enum reason decode_v10_header(
	const uint8_t *at, struct mem_desc *desc, struct layout *layout)
{
	desc->attributes = at[MTD_ATTRIBUTES];
	if (at[MTD_ATTRIBUTES + 1] != 0 || get32(at + MTD_V10_RESERVED) != 0)
		return R_HEADER_RESERVED;
	layout->receivers = MTD_V10_SIZE;
	layout->receiver_size = EMAD_SHORT_SIZE;
	return R_NONE;
}

static enum reason decode_v11_header(const struct mem_input *in,
	struct mem_desc *desc, struct layout *layout)
{
	const uint8_t *at = in->bytes;

	desc->attributes = get16(at + MTD_ATTRIBUTES);
	if ((get32(at + MTD_RESERVED) | get64(at + MTD_RESERVED + 4)) != 0)
		return R_HEADER_RESERVED;
	layout->receiver_size = get32(at + MTD_RECEIVER_SIZE);
	if (layout->receiver_size != EMAD_SHORT_SIZE &&
		(layout->receiver_size != EMAD_LONG_SIZE ||
			in->version < FFA_VERSION_1_2))
		return R_RECEIVER_SIZE;
	layout->receivers = get32(at + MTD_RECEIVER_OFFSET);
	if (layout->receivers < MTD_SIZE || layout->receivers % 16 != 0)
		return R_RECEIVER_OFFSET;
	return R_NONE;
}

static enum reason decode_header(const struct mem_input *in,
	struct mem_desc *desc, struct layout *layout)
{
	const uint8_t *at = in->bytes;
	enum reason reason;

	layout->alignment = is_v10(in) ? 8 : 16;
	if (in->size < header_size(in))
		return R_FRAGMENT_LENGTH;
	desc->sender = get16(at + MTD_SENDER);
	desc->flags = get32(at + MTD_FLAGS);
	desc->handle = get64(at + MTD_HANDLE);
	desc->tag = get64(at + MTD_TAG);
	desc->receiver_count = get32(at + MTD_RECEIVER_COUNT);
	if (is_v10(in))
		reason = decode_v10_header(at, desc, layout);
	else
		reason = decode_v11_header(in, desc, layout);
	desc->has_impdef = layout->receiver_size == EMAD_LONG_SIZE;
	return reason;
}

static enum reason check_receiver_array(const struct mem_input *in,
	const struct mem_desc *desc, struct layout *layout)
{
	uint64_t length;

	if (desc->receiver_count == 0)
		return R_RECEIVER_NONE;
	if (desc->receiver_count > MEM_RECEIVERS_MAX)
		return R_RECEIVER_COUNT;
	length = (uint64_t)desc->receiver_count * layout->receiver_size;
	if (!span_fits(layout->receivers, length, in->size))
		return R_RECEIVER_OFFSET;
	layout->receivers_end = layout->receivers + (uint32_t)length;
	return R_NONE;
}

static enum reason decode_receiver(
	const uint8_t *at, bool is_long, struct mem_receiver *out)
{
	uint8_t permissions = at[EMAD_PERMISSIONS];

	if (get64(at + (is_long ? EMAD_LONG_RESERVED : EMAD_SHORT_RESERVED)) !=
		0)
		return R_RECEIVER_RESERVED;
	out->id = get16(at + EMAD_ID);
	out->data = permissions & 3;
	out->instr = permissions >> 2 & 3;
	out->flags = at[EMAD_FLAGS];
	out->impdef[0] = is_long ? get64(at + EMAD_IMPDEF) : 0;
	out->impdef[1] = is_long ? get64(at + EMAD_IMPDEF + 8) : 0;
	if ((permissions & PERMISSION_RESERVED) != 0 ||
		out->data == MEM_DATA_RESERVED ||
		out->instr == MEM_INSTR_RESERVED)
		return R_PERMISSION_RESERVED;
	return R_NONE;
}

static bool is_named_before(const struct mem_desc *desc, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (desc->receiver[i].id == desc->receiver[index].id)
			return true;
	return false;
}

/* All receivers, and the offset of the region descriptor they agree on. */
static enum reason decode_receivers(const struct mem_input *in,
	struct mem_desc *desc, struct layout *layout)
{
	bool is_long = layout->receiver_size == EMAD_LONG_SIZE;

	for (uint32_t i = 0; i < desc->receiver_count; i++) {
		const uint8_t *at = in->bytes + layout->receivers +
				    i * layout->receiver_size;
		uint32_t composite = get32(at + EMAD_COMPOSITE);
		enum reason reason =
			decode_receiver(at, is_long, &desc->receiver[i]);

		if (reason != R_NONE)
			return reason;
		if (is_named_before(desc, i))
			return R_RECEIVER_TWICE;
		if (i == 0)
			layout->composite = composite;
		else if (composite != layout->composite)
			return R_COMPOSITE_DIFFERS;
	}
	return R_NONE;
}

static enum reason check_attribute_bits(uint16_t attributes)
{
	uint16_t type = attributes & ATTR_TYPE_MASK;
	uint16_t cache = attributes & ATTR_CACHE_MASK;

	if ((attributes & ATTR_NS) != 0)
		return R_ATTRIBUTE_NS;
	if ((attributes & ATTRIBUTE_RESERVED) != 0 || type == ATTR_TYPE_MASK)
		return R_ATTRIBUTE_RESERVED;
	if (type != ATTR_TYPE_NORMAL)
		return R_NONE;
	if ((cache != ATTR_CACHE_NC && cache != ATTR_CACHE_WB) ||
		(attributes & ATTR_SHARE_MASK) == 1)
		return R_ATTRIBUTE_RESERVED;
	return R_NONE;
}

static enum reason check_send_header(
	const struct mem_desc *desc, enum mem_func func)
{
	enum reason reason;

	if (desc->handle != 0)
		return R_HANDLE_NOT_ZERO;
	if ((desc->flags & ~SEND_FLAGS_MASK) != 0)
		return R_SEND_FLAGS;
	if (func == MEM_SHARE && (desc->flags & MEM_FLAG_ZERO) != 0)
		return R_SHARE_ZERO;
	reason = check_attribute_bits(desc->attributes);
	if (reason != R_NONE)
		return reason;
	if (func != MEM_SHARE && desc->receiver_count == 1 &&
		desc->attributes != 0)
		return R_ATTRIBUTE_GIVEN;
	return R_NONE;
}

static enum reason check_send_receiver(const struct mem_desc *desc,
	const struct mem_receiver *receiver, enum mem_func func)
{
	if (receiver->flags != 0)
		return R_RECEIVER_FLAGS;
	if (receiver->instr != MEM_INSTR_UNSPECIFIED)
		return R_SENDER_INSTRUCTION;
	if (func == MEM_DONATE && receiver->data != MEM_DATA_UNSPECIFIED)
		return R_DONATE_DATA;
	if (func != MEM_DONATE && receiver->data == MEM_DATA_UNSPECIFIED)
		return R_DATA_MISSING;
	if (receiver->id == desc->sender)
		return R_RECEIVER_SELF;
	return R_NONE;
}

static enum reason check_range(const uint8_t *at, uint64_t *pages)
{
	uint64_t base = get64(at + CONSTITUENT_BASE);
	uint64_t count = get32(at + CONSTITUENT_PAGES);
	uint64_t end;

	if (get32(at + CONSTITUENT_RESERVED) != 0)
		return R_RANGE_RESERVED;
	if (count == 0)
		return R_RANGE_EMPTY;
	if ((base & PAGE_MASK) != 0)
		return R_RANGE_ALIGNMENT;
	if (!add_u64(base, count << PAGE_SHIFT, &end) || end > PHYSICAL_END)
		return R_RANGE_WRAPS;
	/* At most 2^32 ranges of less than 2^32 pages: no overflow. */
	*pages += count;
	return R_NONE;
}

enum reason mem_decode_ranges(
	const uint8_t *bytes, uint32_t count, uint64_t *pages)
{
	for (uint32_t i = 0; i < count; i++) {
		enum reason reason =
			check_range(bytes + i * CONSTITUENT_SIZE, pages);

		if (reason != R_NONE)
			return reason;
	}
	return R_NONE;
}

/* The constituents that are there; perhaps all of them. */
static enum reason decode_ranges(
	const struct mem_input *in, struct mem_desc *desc)
{
	uint32_t start = (uint32_t)(desc->ranges - in->bytes);
	enum reason reason;

	if ((in->fragment - start) % CONSTITUENT_SIZE != 0)
		return R_FRAGMENT_LENGTH;
	desc->ranges_here = (in->size - start) / CONSTITUENT_SIZE;
	desc->pages_here = 0;
	reason = mem_decode_ranges(
		desc->ranges, desc->ranges_here, &desc->pages_here);
	if (reason == R_NONE && in->size == in->total &&
		desc->pages_here != desc->page_count)
		reason = R_RANGE_SUM;
	return reason;
}

static enum reason decode_composite(const struct mem_input *in,
	struct mem_desc *desc, const struct layout *layout)
{
	const uint8_t *at = in->bytes + layout->composite;
	uint64_t length;

	if (layout->composite < layout->receivers_end ||
		layout->composite % layout->alignment != 0 ||
		!span_fits(layout->composite, COMPOSITE_SIZE, in->size))
		return R_COMPOSITE_OFFSET;
	if (get64(at + COMPOSITE_RESERVED) != 0)
		return R_RANGE_RESERVED;
	desc->page_count = get32(at + COMPOSITE_PAGES);
	desc->range_count = get32(at + COMPOSITE_RANGES);
	desc->ranges = at + COMPOSITE_SIZE;
	if (desc->range_count == 0 || desc->page_count == 0)
		return R_RANGE_NONE;
	length = layout->composite + COMPOSITE_SIZE +
		 (uint64_t)desc->range_count * CONSTITUENT_SIZE;
	if (length != in->total)
		return R_RANGE_LENGTH;
	return decode_ranges(in, desc);
}

enum reason mem_decode_send(
	const struct mem_input *in, enum mem_func func, struct mem_desc *desc)
{
	struct layout layout = {0};
	enum reason reason = decode_header(in, desc, &layout);

	if (reason == R_NONE)
		reason = check_receiver_array(in, desc, &layout);
	if (reason != R_NONE)
		return reason;
	if (func == MEM_DONATE && desc->receiver_count != 1)
		return R_DONATE_RECEIVERS;
	if (in->fragment % layout.alignment != 0 ||
		in->total % layout.alignment != 0)
		return R_LENGTH_ALIGNMENT;
	reason = check_send_header(desc, func);
	if (reason == R_NONE)
		reason = decode_receivers(in, desc, &layout);
	for (uint32_t i = 0; reason == R_NONE && i < desc->receiver_count; i++)
		reason = check_send_receiver(desc, &desc->receiver[i], func);
	if (reason == R_NONE)
		reason = decode_composite(in, desc, &layout);
	return reason;
}

enum reason mem_decode_retrieve(
	const struct mem_input *in, struct mem_desc *desc)
{
	struct layout layout = {0};
	enum reason reason = decode_header(in, desc, &layout);

	if (reason == R_NONE)
		reason = check_receiver_array(in, desc, &layout);
	if (reason != R_NONE)
		return reason;
	if (layout.receivers_end != in->fragment)
		return R_REQUEST_LENGTH;
	if ((desc->flags & ~RETRIEVE_FLAGS_MASK) != 0)
		return R_RETRIEVE_FLAGS;
	reason = check_attribute_bits(desc->attributes);
	if (reason == R_NONE)
		reason = decode_receivers(in, desc, &layout);
	if (reason == R_NONE && layout.composite != 0)
		reason = R_RANGES_CHOSEN;
	desc->range_count = 0;
	return reason;
}

enum reason mem_decode_relinquish(
	const uint8_t *bytes, struct mem_relinquish *out)
{
	out->handle = get64(bytes + RELINQUISH_HANDLE);
	out->flags = get32(bytes + RELINQUISH_FLAGS);
	out->endpoint_count = get32(bytes + RELINQUISH_COUNT);
	out->endpoint = get16(bytes + RELINQUISH_ENDPOINTS);
	return out->endpoint_count == 1 ? R_NONE : R_RELINQUISH_COUNT;
}

struct range mem_range(const uint8_t *ranges, uint32_t index)
{
	const uint8_t *at = ranges + (size_t)index * CONSTITUENT_SIZE;

	return (struct range){
		.base = paddr(get64(at + CONSTITUENT_BASE)),
		.pages = get32(at + CONSTITUENT_PAGES),
	};
}

bool mem_is_hypervisor_retrieve(const struct mem_input *in)
{
	return in->size >= header_size(in) &&
	       get32(in->bytes + MTD_RECEIVER_COUNT) == 0;
}

enum reason mem_decode_hypervisor_retrieve(
	const struct mem_input *in, struct mem_desc *desc)
{
	desc->sender = get16(in->bytes + MTD_SENDER);
	desc->handle = get64(in->bytes + MTD_HANDLE);
	if (get16(in->bytes + MTD_ATTRIBUTES) != 0 ||
		get32(in->bytes + MTD_FLAGS) != 0 ||
		get64(in->bytes + MTD_TAG) != 0)
		return R_HYPERVISOR_REQUEST;
	return R_NONE;
}
