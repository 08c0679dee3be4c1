/*
 * Lines of text in a buffer of fixed size: what does not fit is left out.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/types.h"

struct text {
	char *at;
	size_t size;
	size_t length;
};

void text_add(struct text *text, const char *string);
void text_char(struct text *text, char character);
void text_hex(struct text *text, uint64_t value);
/* Decimal, at least `width` characters, filled with `fill` on the left. */
void text_decimal(struct text *text, uint64_t value, unsigned width, char fill);
/* Spaces up to `column`; at least one. */
void text_column(struct text *text, size_t column);

#endif
