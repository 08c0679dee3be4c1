/* See reads.h. */
#include "unit/decode/reads.h"

#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "abi/mem_decode.h"
#include "lib/suite.h"

/* What each kind says of itself, without an error. */
static void set_words(struct desc *desc, enum kind kind)
{
	desc->tag = 0x1122334455667788ull;
	if (kind == KIND_SHARE || kind == KIND_RESPONSE ||
		(kind == KIND_LEND && desc->receiver_count > 1))
		desc->attributes = 0x2f;
	if (kind == KIND_RETRIEVE || kind == KIND_HYPERVISOR ||
		kind == KIND_RESPONSE)
		desc->handle = 5;
	if (kind == KIND_RETRIEVE || kind == KIND_RESPONSE)
		desc->flags = MEM_LEND << MEM_FLAG_TYPE_SHIFT;
	if (kind == KIND_HYPERVISOR)
		desc->tag = 0;
}

static uint8_t permissions_of(enum kind kind, uint32_t receivers)
{
	if (kind == KIND_DONATE)
		return 0;
	if (kind == KIND_RESPONSE || (kind == KIND_RETRIEVE && receivers == 1))
		return DESC_RW | DESC_XN;
	return DESC_RW;
}

void sample_make(struct sample *sample, enum kind kind, uint32_t version,
	uint32_t receivers, uint32_t ranges)
{
	struct desc *desc = &sample->desc;

	memset(sample, 0, sizeof(*sample));
	desc_init(desc, version);
	desc->sender = 0x8001;
	for (uint32_t i = 0; i < receivers; i++)
		desc_add_receiver(desc, (uint16_t)(0x8002 + i),
			permissions_of(kind, receivers));
	/* Only its own entry is the retriever's. */
	for (uint32_t i = 1; i < receivers && kind == KIND_RETRIEVE; i++)
		desc->receiver[i].flags = 1;
	set_words(desc, kind);
	desc->range_count = ranges;
	for (uint32_t i = 0; i < ranges; i++)
		sample->range[i] = (struct desc_range){
			.base = 0x07400000 + 0x10000ull * i,
			.pages = 1 + i,
		};
	desc->range = sample->range;
	desc_settle(desc);
	sample->want = (struct want){.kind = kind, .version = version};
	sample_write(sample);
}

void sample_write(struct sample *sample)
{
	sample->desc.range = sample->range;
	sample->size = desc_write(&sample->desc, sample->bytes, READS_MAX);
}

void sample_put(
	struct sample *sample, uint32_t at, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		sample->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

void sample_forget(struct sample *sample, bool kind, bool version)
{
	if (kind)
		sample->want.kind = KIND_UNKNOWN;
	if (version)
		sample->want.version = 0;
}

void sample_read(const struct sample *sample, struct reading *reading)
{
	/* Of exactly this size: ASan sees a byte too far. */
	uint8_t *copy = malloc(sample->size + 1);

	memcpy(copy, sample->bytes, sample->size);
	read_bytes(copy, sample->size, &sample->want, reading);
	free(copy);
}

static enum reason decide_send(const struct mem_input *in, enum kind kind)
{
	struct mem_desc desc;

	if (kind == KIND_SHARE)
		return mem_decode_send(in, MEM_SHARE, &desc);
	return mem_decode_send(
		in, kind == KIND_LEND ? MEM_LEND : MEM_DONATE, &desc);
}

enum reason sample_decided(const struct sample *sample)
{
	struct mem_desc desc;
	struct mem_input in = {
		.bytes = sample->bytes,
		.size = sample->size,
		.fragment = sample->want.fragment,
		.total = sample->want.total,
		.version = sample->want.version,
	};

	if (in.fragment == 0)
		in.fragment = in.size;
	if (in.total == 0)
		in.total = in.fragment;
	if (kind_is_send(sample->want.kind))
		return decide_send(&in, sample->want.kind);
	if (sample->want.kind == KIND_HYPERVISOR &&
		mem_is_hypervisor_retrieve(&in))
		return mem_decode_hypervisor_retrieve(&in, &desc);
	return mem_decode_retrieve(&in, &desc);
}

enum reason reading_reason(const struct reading *reading)
{
	for (size_t i = 0; i < reading->finding_count; i++)
		if (!reading->findings[i].hint)
			return reading->findings[i].reason;
	return R_NONE;
}

void expect_said(const struct reading *reading, enum reason wanted)
{
	assert_string_equal(
		reason_name(reading_reason(reading)), reason_name(wanted));
}
