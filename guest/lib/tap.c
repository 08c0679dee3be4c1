/* See tap.h. Lines are put together first: other CPUs may print, too. */
#include "lib/tap.h"

#include "lib/guest.h"

#define LINE_SIZE 160u

struct line {
	char text[LINE_SIZE];
	size_t length;
};

static void add(struct line *line, const char *text)
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
	if (base == 16)
		add(line, "0x");
	add(line, &digits[at]);
}

static void end(struct line *line)
{
	line->text[line->length++] = '\n';
	line->text[line->length] = '\0';
	guest_print(line->text);
}

bool tap_ok(struct tap *tap, bool good, const char *name)
{
	struct line line = {.length = 0};

	tap->run++;
	if (!good)
		tap->failed++;
	add(&line, good ? "ok " : "not ok ");
	add_number(&line, tap->run, 10);
	add(&line, " - ");
	add(&line, name);
	end(&line);
	return good;
}

bool tap_is(struct tap *tap, uint64_t got, uint64_t want, const char *name)
{
	struct line line = {.length = 0};

	if (!tap_ok(tap, got == want, name)) {
		add(&line, "#   got ");
		add_number(&line, got, 16);
		add(&line, ", want ");
		add_number(&line, want, 16);
		end(&line);
	}
	return got == want;
}

void tap_note(const char *text)
{
	struct line line = {.length = 0};

	add(&line, "# ");
	add(&line, text);
	end(&line);
}

void tap_note_value(const char *text, uint64_t value)
{
	struct line line = {.length = 0};

	add(&line, "# ");
	add(&line, text);
	add(&line, " ");
	add_number(&line, value, 16);
	end(&line);
}

bool tap_done(struct tap *tap)
{
	struct line line = {.length = 0};

	add(&line, "1..");
	add_number(&line, tap->run, 10);
	end(&line);
	return tap->failed == 0;
}
