/* Changes of a compiled tree; see the header. */
#include "unit/lint/mutations.h"

#include <stdio.h>

#include <libfdt.h>

#include "lib/suite.h"

/* One tag after the other, from the first of the structure block. */
struct walk {
	int at;
	int next;
	uint32_t tag;
};

static bool step(const struct blob *blob, struct walk *walk)
{
	walk->at = walk->next;
	walk->tag = fdt_next_tag(blob->fdt, walk->at, &walk->next);
	return walk->tag != FDT_END;
}

static unsigned count(const struct blob *blob, uint32_t tag)
{
	struct walk walk = {0};
	unsigned found = 0;

	while (step(blob, &walk))
		found += walk.tag == tag;
	return found;
}

unsigned mutations_properties(const struct blob *blob)
{
	return count(blob, FDT_PROP);
}

unsigned mutations_nodes(const struct blob *blob)
{
	return count(blob, FDT_BEGIN_NODE) - 1;
}

/* The tag of that kind; the walk stands behind it. */
static struct walk find(const struct blob *blob, uint32_t tag, unsigned index)
{
	struct walk walk = {0};

	while (step(blob, &walk))
		if (walk.tag == tag && index-- == 0)
			return walk;
	fail_msg("no such tag");
	return walk;
}

static uint8_t *structure(const struct blob *blob)
{
	return (uint8_t *)blob->fdt + fdt_off_dt_struct(blob->fdt);
}

static void put_word(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

static void erase(const struct blob *blob, int from, int to)
{
	for (int at = from; at < to; at += 4)
		put_word(structure(blob) + at, FDT_NOP);
}

const char *mutations_drop_property(struct blob *blob, unsigned index)
{
	struct walk walk = find(blob, FDT_PROP, index);
	const char *name;
	int length;

	fdt_getprop_by_offset(blob->fdt, walk.at, &name, &length);
	erase(blob, walk.at, walk.next);
	return name;
}

const char *mutations_drop_node(struct blob *blob, unsigned index)
{
	struct walk walk = find(blob, FDT_BEGIN_NODE, index + 1);
	static char name[64];
	int first = walk.at;
	int depth = 1;

	snprintf(name, sizeof(name), "%s",
		fdt_get_name(blob->fdt, walk.at, NULL));
	while (depth > 0 && step(blob, &walk)) {
		depth += walk.tag == FDT_BEGIN_NODE;
		depth -= walk.tag == FDT_END_NODE;
	}
	erase(blob, first, walk.next);
	return name;
}

/* Where a cell of some property is; NULL: there are fewer. */
static uint8_t *cell(const struct blob *blob, unsigned *index)
{
	struct walk walk = {0};

	while (step(blob, &walk)) {
		const char *name;
		int length;
		const void *value;

		if (walk.tag != FDT_PROP)
			continue;
		value = fdt_getprop_by_offset(
			blob->fdt, walk.at, &name, &length);
		if (*index < (unsigned)length / 4)
			return (uint8_t *)value + 4 * *index;
		*index -= (unsigned)length / 4;
	}
	return NULL;
}

unsigned mutations_cells(const struct blob *blob)
{
	unsigned left = UINT32_MAX;

	cell(blob, &left);
	return UINT32_MAX - left;
}

uint32_t mutations_get_cell(const struct blob *blob, unsigned index)
{
	const uint8_t *at = cell(blob, &index);

	assert_non_null(at);
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

uint32_t mutations_set_cell(struct blob *blob, unsigned index, uint32_t value)
{
	uint32_t old = mutations_get_cell(blob, index);

	put_word(cell(blob, &index), value);
	return old;
}
