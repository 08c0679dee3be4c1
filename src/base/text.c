/* Text in a bounded buffer. */
#include "base/text.h"

void text_char(struct text *text, char character)
{
	if (text->length < text->size)
		text->at[text->length++] = character;
}

void text_add(struct text *text, const char *string)
{
	while (*string != '\0')
		text_char(text, *string++);
}

void text_hex(struct text *text, uint64_t value)
{
	unsigned shift = 60;

	text_add(text, "0x");
	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (;; shift -= 4) {
		text_char(text, "0123456789abcdef"[value >> shift & 0xf]);
		if (shift == 0)
			return;
	}
}

void text_decimal(struct text *text, uint64_t value, unsigned width, char fill)
{
	char digits[20];
	unsigned count = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	for (; width > count; width--)
		text_char(text, fill);
	while (count > 0)
		text_char(text, digits[--count]);
}

void text_column(struct text *text, size_t column)
{
	do
		text_char(text, ' ');
	while (text->length < column && text->length < text->size);
}
