/* See line.h. */
#include "lib/line.h"

#include "lib/guest.h"

void line_add(struct line *line, const char *text)
{
	while (*text != '\0' && line->length < LINE_SIZE - 2)
		line->text[line->length++] = *text++;
}

static void add_number(struct line *line, uint64_t value, unsigned base)
{
	char digits[21] = {0};
	unsigned at = sizeof(digits) - 1;

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	line_add(line, &digits[at]);
}

void line_decimal(struct line *line, uint64_t value)
{
	add_number(line, value, 10);
}

void line_hex(struct line *line, uint64_t value)
{
	line_add(line, "0x");
	add_number(line, value, 16);
}

void line_print(struct line *line)
{
	line->text[line->length++] = '\n';
	line->text[line->length] = '\0';
	guest_print(line->text);
	line->length = 0;
}
