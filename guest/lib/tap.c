/* See tap.h. */
#include "lib/tap.h"

#include "lib/line.h"

bool tap_ok(struct tap *tap, bool good, const char *name)
{
	struct line line = {.length = 0};

	tap->run++;
	if (!good)
		tap->failed++;
	line_add(&line, good ? "ok " : "not ok ");
	line_decimal(&line, tap->run);
	line_add(&line, " - ");
	line_add(&line, name);
	line_print(&line);
	return good;
}

bool tap_is(struct tap *tap, uint64_t got, uint64_t want, const char *name)
{
	struct line line = {.length = 0};

	if (!tap_ok(tap, got == want, name)) {
		line_add(&line, "#   got ");
		line_hex(&line, got);
		line_add(&line, ", want ");
		line_hex(&line, want);
		line_print(&line);
	}
	return got == want;
}

void tap_note(const char *text)
{
	struct line line = {.length = 0};

	line_add(&line, "# ");
	line_add(&line, text);
	line_print(&line);
}

void tap_note_value(const char *text, uint64_t value)
{
	struct line line = {.length = 0};

	line_add(&line, "# ");
	line_add(&line, text);
	line_add(&line, " ");
	line_hex(&line, value);
	line_print(&line);
}

bool tap_done(struct tap *tap)
{
	struct line line = {.length = 0};

	line_add(&line, "1..");
	line_decimal(&line, tap->run);
	line_print(&line);
	return tap->failed == 0;
}
