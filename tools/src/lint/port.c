/*
 * As much of a machine as boot's plan needs: packages that lie somewhere in
 * memory. Everything else it does not reach.
 */
#include "port/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lint.h"
#include "memory.h"

struct piece {
	uint64_t at;
	const uint8_t *bytes;
	size_t size;
};

static struct piece pieces[LINT_VMS_MAX];
static unsigned piece_count;

void memory_place(uint64_t at, const void *bytes, size_t size)
{
	if (piece_count < LINT_VMS_MAX)
		pieces[piece_count++] = (struct piece){at, bytes, size};
}

void memory_clear(void)
{
	piece_count = 0;
}

/* What of [from, from + size) lies in the piece. */
static void copy_piece(
	const struct piece *piece, uint8_t *to, uint64_t from, size_t size)
{
	uint64_t first = from > piece->at ? from : piece->at;
	uint64_t end = piece->at + piece->size;

	if (end > from + size)
		end = from + size;
	if (first < end)
		memcpy(to + (first - from), piece->bytes + (first - piece->at),
			end - first);
}

bool port_copy_in(void *to, struct paddr from, bool ns, size_t size)
{
	(void)ns;
	memset(to, 0, size);
	for (unsigned i = 0; i < piece_count; i++)
		copy_piece(&pieces[i], to, from.v, size);
	return true;
}

void *port_page(struct paddr page)
{
	(void)page;
	PANIC("a plan changes no memory");
}

void port_console_write(const char *text, size_t length)
{
	fwrite(text, 1, length, stderr);
}

void panic(const char *file, int line, const char *what)
{
	fprintf(stderr, "ffa-lint: %s:%d: %s\n", file, line, what);
	abort();
}
