/*
 * The byte vectors of spec/08: what descriptors look like on the wire,
 * written down once and shared by the tests of decoder, encoder and builder.
 */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include "base/types.h"

enum golden_vector {
	GOLDEN_SHARE_1_0,
	GOLDEN_SHARE_1_1,
	GOLDEN_LEND_1_2,
	GOLDEN_REQUEST_1_2,
	GOLDEN_RESPONSE_1_2,
	GOLDEN_RELINQUISH,
};

#define GOLDEN_SIZE_MAX 256u

/* Fills `bytes`, 16-byte aligned; returns the vector's length. */
uint32_t golden_bytes(
	enum golden_vector vector, uint8_t bytes[GOLDEN_SIZE_MAX]);

/* Values that the vectors have in common. */
#define GOLDEN_SENDER 0x8001
#define GOLDEN_RECEIVER 0x8002
#define GOLDEN_TAG 0x1122334455667788ull
#define GOLDEN_HANDLE 5ull
#define GOLDEN_BASE_0 0x07400000ull
#define GOLDEN_BASE_1 0x07410000ull

#endif
