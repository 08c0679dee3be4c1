/* Retrieve responses: canonical form to bytes. */
#include "abi/mem_encode.h"

#include "abi/ffa_func.h"
#include "abi/ffa_wire.h"
#include "base/cursor.h"

static uint32_t header_size(uint32_t version)
{
	return version == FFA_VERSION_1_0 ? MTD_V10_SIZE : MTD_SIZE;
}

static uint32_t receiver_size(const struct mem_response *response)
{
	bool is_long =
		response->version >= FFA_VERSION_1_2 && !response->no_impdef;

	return is_long ? EMAD_LONG_SIZE : EMAD_SHORT_SIZE;
}

static uint32_t composite_offset(const struct mem_response *response)
{
	return header_size(response->version) +
	       response->receiver_count * receiver_size(response);
}

uint32_t mem_response_head(const struct mem_response *response)
{
	return composite_offset(response) + COMPOSITE_SIZE;
}

uint64_t mem_response_size(const struct mem_response *response)
{
	return mem_response_head(response) +
	       (uint64_t)response->range_count * CONSTITUENT_SIZE;
}

/* FF-A 1.0 has no NS bit: it must be zero there. */
static uint16_t attributes_of(const struct mem_response *response)
{
	if (response->version == FFA_VERSION_1_0)
		return response->attributes & (uint16_t)~ATTR_NS;
	return response->attributes;
}

static void encode_header(uint8_t *out, const struct mem_response *response)
{
	put16(out + MTD_SENDER, response->sender);
	put16(out + MTD_ATTRIBUTES, attributes_of(response));
	put32(out + MTD_FLAGS, response->flags);
	put64(out + MTD_HANDLE, response->handle);
	put64(out + MTD_TAG, response->tag);
	put32(out + MTD_RECEIVER_COUNT, response->receiver_count);
	if (response->version == FFA_VERSION_1_0)
		return;
	put32(out + MTD_RECEIVER_SIZE, receiver_size(response));
	put32(out + MTD_RECEIVER_OFFSET, MTD_SIZE);
}

static void encode_receiver(
	uint8_t *out, uint32_t composite, const struct mem_receiver *receiver)
{
	put16(out + EMAD_ID, receiver->id);
	out[EMAD_PERMISSIONS] =
		(uint8_t)(receiver->data | receiver->instr << 2);
	put32(out + EMAD_COMPOSITE, composite);
}

static void encode_impdef(uint8_t *out, const struct mem_receiver *receiver)
{
	put64(out + EMAD_IMPDEF, receiver->impdef[0]);
	put64(out + EMAD_IMPDEF + 8, receiver->impdef[1]);
}

/* Header and receivers, all of which name the region at `composite`. */
static void encode_parties(
	uint8_t *out, const struct mem_response *response, uint32_t composite)
{
	uint8_t *at = out + header_size(response->version);

	encode_header(out, response);
	for (uint32_t i = 0; i < response->receiver_count; i++) {
		encode_receiver(at, composite, &response->receivers[i]);
		if (receiver_size(response) == EMAD_LONG_SIZE)
			encode_impdef(at, &response->receivers[i]);
		at += receiver_size(response);
	}
}

uint32_t mem_encode_request(uint8_t *out, const struct mem_response *request)
{
	uint32_t size = composite_offset(request);

	memset(out, 0, size);
	encode_parties(out, request, 0);
	return size;
}

void mem_encode_relinquish(uint8_t *out, const struct mem_relinquish *request)
{
	put64(out + RELINQUISH_HANDLE, request->handle);
	put32(out + RELINQUISH_FLAGS, request->flags);
	put32(out + RELINQUISH_COUNT, 1);
	put16(out + RELINQUISH_ENDPOINTS, request->endpoint);
}

uint8_t *mem_encode_response(uint8_t *out, const struct mem_response *response)
{
	uint32_t composite = composite_offset(response);

	memset(out, 0, composite + COMPOSITE_SIZE);
	encode_parties(out, response, composite);
	put32(out + composite + COMPOSITE_PAGES, response->page_count);
	put32(out + composite + COMPOSITE_RANGES, response->range_count);
	return out + composite + COMPOSITE_SIZE;
}

uint8_t *mem_encode_range(uint8_t *out, struct range range)
{
	put64(out + CONSTITUENT_BASE, range.base.v);
	put32(out + CONSTITUENT_PAGES, (uint32_t)range.pages);
	put32(out + CONSTITUENT_RESERVED, 0);
	return out + CONSTITUENT_SIZE;
}
