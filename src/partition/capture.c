/* Lines of a capture. */
#include "partition/capture.h"

#include "base/text.h"
#include "port/port.h"

#define LINE_SIZE 400
#define BYTES_PER_LINE 64

static void add_digits(struct text *text, uint64_t value, unsigned digits)
{
	while (digits-- > 0)
		text_char(text, "0123456789abcdef"[value >> 4 * digits & 0xf]);
}

static void add_number(struct text *text, uint64_t value)
{
	unsigned digits = 1;

	while (digits < 16 && value >> 4 * digits != 0)
		digits++;
	text_char(text, ' ');
	add_digits(text, value, digits);
}

static struct text begin(
	struct capture *capture, char line[LINE_SIZE], enum capture_kind kind)
{
	struct text text = {.at = line, .size = LINE_SIZE - 1};

	text_char(&text, '~');
	add_digits(&text, capture->lines++, 8);
	text_char(&text, ' ');
	text_char(&text, (char)kind);
	return text;
}

static void end(struct capture *capture, struct text *text)
{
	text_char(text, '\n');
	for (size_t i = 0; capture->mixed && i < text->length; i++)
		text->at[i] = (char)(CAPTURE_OURS | (uint8_t)text->at[i]);
	if (capture->console != NULL)
		lock_take(capture->console);
	port_console_write(text->at, text->length);
	if (capture->console != NULL)
		lock_drop(capture->console);
}

void capture_numbers(struct capture *capture, enum capture_kind kind,
	const uint64_t *numbers, unsigned count)
{
	char line[LINE_SIZE];
	struct text text = begin(capture, line, kind);

	while (count > 0 && numbers[count - 1] == 0)
		count--;
	for (unsigned i = 0; i < count; i++)
		add_number(&text, numbers[i]);
	end(capture, &text);
}

static void write_bytes(struct capture *capture, enum capture_kind kind,
	uint64_t at, const uint8_t *bytes, size_t size)
{
	char line[LINE_SIZE];
	struct text text = begin(capture, line, kind);

	add_number(&text, at);
	text_char(&text, ' ');
	for (size_t i = 0; i < size; i++)
		add_digits(&text, bytes[i], 2);
	end(capture, &text);
}

void capture_bytes(struct capture *capture, enum capture_kind kind, uint64_t at,
	const void *bytes, size_t size)
{
	for (size_t done = 0; done < size; done += BYTES_PER_LINE)
		write_bytes(capture, kind, at + done,
			(const uint8_t *)bytes + done,
			size - done < BYTES_PER_LINE ? size - done
						     : BYTES_PER_LINE);
}
