/*
 * From the bytes of a memory descriptor to its canonical form. Everything
 * that can be judged from the bytes alone is judged here; what depends on the
 * ledger is the engine's.
 *
 * The bytes are a private copy, 16-byte aligned.
 */
#ifndef ABI_MEM_DECODE_H
#define ABI_MEM_DECODE_H

#include "abi/mem_desc.h"

struct mem_input {
	const uint8_t *bytes;
	uint32_t size;     /* bytes there: the beginning of the fragment */
	uint32_t fragment; /* of the whole first fragment */
	uint32_t total;    /* of the descriptor */
	uint32_t version;  /* the caller's FF-A version */
};

/*
 * A donate, lend or share descriptor, or the beginning of its first fragment:
 * as many whole ranges as are there. Refuses: V14 to V57 but V41, V43 to V45
 * and V57, which need to know the endpoints or the ledger, and V53 where
 * ranges are missing.
 */
enum reason MUST_USE mem_decode_send(
	const struct mem_input *in, enum mem_func func, struct mem_desc *desc);

/* Further constituents: `size` bytes, a multiple of 16. Refuses: V50 to V56. */
#define MEM_RANGE_SIZE 16u
enum reason MUST_USE mem_decode_ranges(
	const uint8_t *bytes, uint32_t count, uint64_t *pages);

/*
 * A hypervisor asks for the description of what it sent: no receivers, a
 * handle, nothing else. Refuses: HYPERVISOR_REQUEST.
 */
bool mem_is_hypervisor_retrieve(const struct mem_input *in);
enum reason MUST_USE mem_decode_hypervisor_retrieve(
	const struct mem_input *in, struct mem_desc *desc);

/* A retrieve request. Refuses: V79, V80, V84, V92, V96, V97, V99. */
enum reason MUST_USE mem_decode_retrieve(
	const struct mem_input *in, struct mem_desc *desc);

/* Bytes of a relinquish descriptor for one endpoint. */
#define MEM_RELINQUISH_SIZE 18u

/* A relinquish descriptor. Refuses: V112. */
enum reason MUST_USE mem_decode_relinquish(
	const uint8_t *bytes, struct mem_relinquish *out);

#endif
