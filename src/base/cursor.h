/*
 * Little-endian fields at naturally aligned offsets of a private copy.
 * Bounds are the caller's to check (base/checked.h, span_fits).
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/mem.h"
#include "base/types.h"

static inline uint16_t get16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, __builtin_assume_aligned(at, 2), sizeof(value));
	return value;
}

static inline uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, __builtin_assume_aligned(at, 4), sizeof(value));
	return value;
}

static inline uint64_t get64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, __builtin_assume_aligned(at, 8), sizeof(value));
	return value;
}

static inline void put16(uint8_t *at, uint16_t value)
{
	memcpy(__builtin_assume_aligned(at, 2), &value, sizeof(value));
}

static inline void put32(uint8_t *at, uint32_t value)
{
	memcpy(__builtin_assume_aligned(at, 4), &value, sizeof(value));
}

static inline void put64(uint8_t *at, uint64_t value)
{
	memcpy(__builtin_assume_aligned(at, 8), &value, sizeof(value));
}

#endif
