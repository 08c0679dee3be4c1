/*
 * What a manager writes: the retrieve response, in the receiver's version;
 * and, where it goes to another manager, sends, retrieve requests (which have
 * the same parts) and relinquish descriptors.
 * Spec: DEN0140 1.2 §1.10.
 */
#ifndef ABI_MEM_ENCODE_H
#define ABI_MEM_ENCODE_H

#include "abi/mem_desc.h"

/* What a response or a send says; ranges are appended one by one. */
struct mem_response {
	uint32_t version; /* the reader's */
	uint16_t sender;
	uint16_t attributes; /* as really mapped, with NS */
	uint32_t flags;
	uint64_t handle;
	uint64_t tag;
	uint32_t receiver_count;
	bool no_impdef; /* the words are left out where the version lets us */
	const struct mem_receiver *receivers;
	uint32_t page_count;
	uint32_t range_count;
};

/* Bytes of the whole response, and of what comes before the first range. */
uint64_t mem_response_size(const struct mem_response *response);
uint32_t mem_response_head(const struct mem_response *response);

/* Writes mem_response_head() bytes; returns where the first range goes. */
uint8_t *mem_encode_response(uint8_t *out, const struct mem_response *response);

/* A retrieve request: no ranges. Returns its bytes. */
uint32_t mem_encode_request(uint8_t *out, const struct mem_response *request);

/* Writes MEM_RELINQUISH_SIZE bytes, for one endpoint. */
void mem_encode_relinquish(uint8_t *out, const struct mem_relinquish *request);

/* Writes one range; returns where the next one goes. */
uint8_t *mem_encode_range(uint8_t *out, struct range range);

#endif
