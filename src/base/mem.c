/*
 * Memory functions for the freestanding image and guests; word by word where
 * alignment permits. Not built on the host.
 */
#include "base/mem.h"
#include "base/types.h"

typedef uint64_t __attribute__((may_alias)) word_alias;

#define WORD sizeof(uint64_t)

static bool words_fit(const void *a, const void *b)
{
	return (((uintptr_t)a | (uintptr_t)b) & (WORD - 1)) == 0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	if (words_fit(to, from)) {
		for (; count >= WORD; count -= WORD) {
			*(word_alias *)(void *)out =
				*(const word_alias *)(const void *)in;
			out += WORD;
			in += WORD;
		}
	}
	while (count-- > 0)
		*out++ = *in++;
	return to;
}

void *memmove(void *to, const void *from, size_t count)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	if ((uintptr_t)out - (uintptr_t)in >= count)
		return memcpy(to, from, count);
	while (count-- > 0)
		out[count] = in[count];
	return to;
}

void *memset(void *at, int value, size_t count)
{
	uint8_t *out = at;
	uint64_t word = 0x0101010101010101ull * (uint8_t)value;

	if (words_fit(at, at)) {
		for (; count >= WORD; count -= WORD) {
			*(word_alias *)(void *)out = word;
			out += WORD;
		}
	}
	while (count-- > 0)
		*out++ = (uint8_t)value;
	return at;
}

int memcmp(const void *a, const void *b, size_t count)
{
	const uint8_t *left = a;
	const uint8_t *right = b;

	for (size_t i = 0; i < count; i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}
