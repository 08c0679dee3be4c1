/*
 * Bytes to a reading: of which kind they are and in whose version, as far as
 * nobody says, is guessed, and the guess is said.
 */
#ifndef DECODE_BYTES_H
#define DECODE_BYTES_H

#include "decode/kinds.h"

/* What is known of the bytes; 0 where nothing is. */
struct want {
	enum kind kind;
	uint32_t version;
	uint32_t fragment; /* bytes of the fragment, and of the descriptor */
	uint32_t total;
};

/* More than this is no descriptor. */
#define BYTES_MAX (1u << 20)

/* `size` is BYTES_MAX at most; the bytes are copied meanwhile. */
void read_bytes(const uint8_t *bytes, uint32_t size, const struct want *want,
	struct reading *reading);

/* How badly the bytes fit what is wanted; less is better. */
unsigned bytes_misfit(
	const uint8_t *bytes, uint32_t size, const struct want *want);

#endif
