/*
 * The memory map as a table: each range of the manager's manifest, and in it,
 * by address, who has what.
 *
 *	0x0e100000..0x0effffff   15 MiB  secure memory
 *	  0x0e100000..0x0e15ffff  384 KiB  the manager's image
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "print.h"

#define AREAS_MAX (1 + LINT_VMS_MAX + LINT_SPS_MAX * LINT_REGIONS_MAX)

struct area {
	struct range range;
	char what[128];
};

struct areas {
	unsigned count;
	struct area *area;
};

static void add(struct areas *areas, struct range range, const char *who,
	const char *what)
{
	struct area *area = &areas->area[areas->count++];

	area->range = range;
	snprintf(area->what, sizeof(area->what), "%s%s%s", who,
		*who ? ": " : "", what);
	clean_text(area->what);
}

static void rights_text(const struct lint_region *region, char text[40])
{
	uint32_t a = region->attributes;

	snprintf(text, 40, "%s%s%s%s%s%s", a & REGION_READ ? "R" : "-",
		a & REGION_WRITE ? "W" : "-", a & REGION_EXECUTE ? "X" : "-",
		a & REGION_NS ? ", non-secure" : "",
		region->shared ? ", shared" : "",
		region->rings ? ", the trace" : "");
}

static void add_regions(struct areas *areas, const struct sp *sp)
{
	const char *who = sp->vm != NULL ? sp->vm->name : sp->file;

	for (unsigned i = 0; i < sp->region_count; i++) {
		const struct lint_region *region = &sp->region[i];
		char rights[40];
		char what[80];

		if (!region->has_range)
			continue;
		rights_text(region, rights);
		snprintf(what, sizeof(what), "%.24s (%s)",
			dt_name(&sp->tree, region->node), rights);
		add(areas, region->range, who, what);
	}
}

static int compare(const void *left, const void *right)
{
	const struct area *a = left;
	const struct area *b = right;

	if (a->range.base.v != b->range.base.v)
		return a->range.base.v < b->range.base.v ? -1 : 1;
	/* What lies inside of something comes behind it. */
	if (a->range.pages != b->range.pages)
		return a->range.pages > b->range.pages ? -1 : 1;
	return 0;
}

static void collect(const struct lint *lint, struct areas *areas)
{
	areas->area = must_have(calloc(AREAS_MAX, sizeof(*areas->area)));
	add(areas, lint->spmc.image, "", "the manager's image");
	for (unsigned i = 0; i < lint->spmc.vm_count; i++)
		if (lint->spmc.vm[i].has_range)
			add(areas, lint->spmc.vm[i].range,
				lint->spmc.vm[i].name, "package and memory");
	for (unsigned i = 0; i < lint->sp_count; i++)
		add_regions(areas, &lint->sp[i]);
	qsort(areas->area, areas->count, sizeof(*areas->area), compare);
}

/* --- Lines -----------------------------------------------------------------
 */

static void print_line(struct range range, const char *what, unsigned indent)
{
	uint64_t kib = range.pages * (PAGE_SIZE / 1024);
	bool mib = kib >= 1024 && kib % 1024 == 0;

	printf("%*s%s %8llu %s  %s\n", (int)indent, "", range_text(range).text,
		(unsigned long long)(mib ? kib / 1024 : kib),
		mib ? "MiB" : "KiB", what);
}

static void print_line_json(
	struct range range, const char *what, const char *class)
{
	json_t *object = json_object();

	json_object_set_new(object, "from", tool_json_hex(range.base.v));
	json_object_set_new(object, "to", tool_json_hex(range_end(range) - 1));
	json_object_set_new(object, "class", json_string(class));
	json_object_set_new(object, "what", json_string(what));
	tool_print_json(stdout, object);
}

struct table {
	const struct areas *areas;
	const struct lint_range *range; /* of the memory map */
	bool json;
};

static void line(
	const struct table *table, uint64_t from, uint64_t to, const char *what)
{
	struct range range = lint_range(from, to - from);

	if (from >= to)
		return;
	if (table->json)
		print_line_json(range, what, class_name(table->range->class));
	else
		print_line(range, what, 2);
}

static const char *free_text(enum memory_class class)
{
	if (class == MEMORY_SECURE)
		return "free, the manager's";
	return class == MEMORY_SECURE_DEVICE ? "nobody's"
					     : "the normal world's";
}

static void print_range(const struct table *table)
{
	struct range all = table->range->range;
	const char *rest = free_text(table->range->class);
	uint64_t at = all.base.v;

	if (!table->json)
		print_line(all, class_name(table->range->class), 0);
	for (unsigned i = 0; i < table->areas->count; i++) {
		const struct area *area = &table->areas->area[i];

		if (!ranges_overlap(area->range, all))
			continue;
		line(table, at, area->range.base.v, rest);
		line(table, area->range.base.v, range_end(area->range),
			area->what);
		if (range_end(area->range) > at)
			at = range_end(area->range);
	}
	line(table, at, range_end(all), rest);
}

static void print_outside(const struct lint *lint, const struct area *area)
{
	for (unsigned i = 0; i < lint->spmc.range_count; i++)
		if (ranges_overlap(area->range, lint->spmc.range[i].range))
			return;
	print_line(area->range, area->what, 0);
}

/* --- What is left ----------------------------------------------------------
 */

static void print_room(const struct lint *lint)
{
	struct quotas_shares share = room_shares(lint);
	struct quota_amount nwd = quotas_objects(share.nwd);
	struct quota_amount own = quotas_objects(share.objects);

	printf("free for the manager as it boots: %llu KiB in all, %llu KiB in "
	       "one piece; it needs about %llu KiB to run\n",
		(unsigned long long)(lint->room.free * 4),
		(unsigned long long)(lint->room.largest * 4),
		(unsigned long long)((lint->room.heap + lint->room.pool) * 4));
	printf("room for about %u ranges in %u transactions of the normal "
	       "world",
		nwd.of[QUOTA_NODES], nwd.of[QUOTA_TXNS]);
	if (lint->work->loaded_count > 0)
		printf("; of a partition, %u ranges in %u transactions and %u "
		       "tables",
			own.of[QUOTA_NODES], own.of[QUOTA_TXNS], share.tables);
	printf("\n");
}

/* The range with the lowest address from `from` on, or NULL. */
static const struct lint_range *next_range(
	const struct spmc *spmc, uint64_t from)
{
	const struct lint_range *best = NULL;

	for (unsigned i = 0; i < spmc->range_count; i++) {
		const struct lint_range *range = &spmc->range[i];

		if (range->range.base.v >= from &&
			(best == NULL ||
				range->range.base.v < best->range.base.v))
			best = range;
	}
	return best;
}

void layout_print(const struct lint *lint, bool json)
{
	struct areas areas = {0};
	struct table table = {.areas = &areas, .json = json};

	collect(lint, &areas);
	table.range = next_range(&lint->spmc, 0);
	while (table.range != NULL) {
		print_range(&table);
		table.range =
			next_range(&lint->spmc, table.range->range.base.v + 1);
	}
	for (unsigned i = 0; !json && i < areas.count; i++)
		print_outside(lint, &areas.area[i]);
	if (!json && lint->work != NULL)
		print_room(lint);
	free(areas.area);
}
