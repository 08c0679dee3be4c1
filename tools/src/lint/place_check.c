/*
 * Who is where: regions against the memory map, the manager, packages, and
 * one another.
 */
#include <string.h>

#include "lint.h"

static const char *place_property(
	const struct sp *sp, const struct lint_region *region)
{
	const char *relative = "load-address-relative-offset";

	return dt_has(&sp->tree, region->node, relative) ? relative
							 : "base-address";
}

static struct finding *tell(
	const struct sp *sp, const struct lint_region *region, enum rule rule)
{
	return dt_report(
		&sp->tree, rule, region->node, place_property(sp, region));
}

/* --- Where there is room ---------------------------------------------------
 */

/* The end of something that lies in `range`, or 0. */
static uint64_t obstacle(const struct lint *lint, struct range range)
{
	const struct spmc *spmc = &lint->spmc;

	if (ranges_overlap(range, spmc->image))
		return range_end(spmc->image);
	for (unsigned i = 0; i < spmc->vm_count; i++)
		if (spmc->vm[i].has_range &&
			ranges_overlap(range, spmc->vm[i].range))
			return range_end(spmc->vm[i].range);
	for (unsigned i = 0; i < lint->sp_count; i++) {
		const struct sp *sp = &lint->sp[i];

		for (unsigned j = 0; j < sp->region_count; j++)
			if (sp->region[j].has_range &&
				ranges_overlap(range, sp->region[j].range))
				return range_end(sp->region[j].range);
	}
	return 0;
}

/* The lowest secure address at which nobody has any of `pages` pages. */
static bool find_room(const struct lint *lint, uint64_t pages, uint64_t *base)
{
	const struct spmc *spmc = &lint->spmc;

	for (unsigned i = 0; i < spmc->range_count; i++) {
		struct range range = spmc->range[i].range;
		struct range at = {range.base, pages};

		if (spmc->range[i].class != MEMORY_SECURE)
			continue;
		while (pages <= range.pages && range_inside(at, range)) {
			uint64_t end = obstacle(lint, at);

			if (end == 0) {
				*base = at.base.v;
				return true;
			}
			at.base.v = end;
		}
	}
	return false;
}

/* Other memory's use is not ours to know. */
static void advise_move(
	struct finding *f, const struct lint *lint, const struct lint_region *r)
{
	uint64_t base;

	if (region_class(r) != MEMORY_SECURE)
		advise(f, "move one of the two");
	else if (find_room(lint, r->range.pages, &base))
		advise(f, "move it: there is room at 0x%08llx",
			(unsigned long long)base);
	else
		advise(f, "make it smaller: so much secure memory is not left "
			  "in one piece");
}

/* --- The memory map --------------------------------------------------------
 */

static const struct lint_range *range_of(
	const struct spmc *spmc, struct range range)
{
	for (unsigned i = 0; i < spmc->range_count; i++)
		if (ranges_overlap(range, spmc->range[i].range))
			return &spmc->range[i];
	return NULL;
}

static bool is_in_map(const struct spmc *spmc, const struct lint_region *region)
{
	for (unsigned i = 0; i < spmc->range_count; i++)
		if (spmc->range[i].class == region_class(region) &&
			range_inside(region->range, spmc->range[i].range))
			return true;
	return false;
}

static void check_map(const struct lint *lint, const struct sp *sp,
	const struct lint_region *region)
{
	enum memory_class class = region_class(region);
	const struct lint_range *there = range_of(&lint->spmc, region->range);
	struct finding *f;

	if (!lint->spmc.has_map || !region->has_attributes ||
		is_in_map(&lint->spmc, region))
		return;
	if (there != NULL && there->class != class) {
		f = dt_report(&sp->tree, RULE_REGION_SECURITY, region->node,
			"attributes");
		reason(f, "makes it a region of %s, but %s is %s",
			class_name(class), range_text(region->range).text,
			class_name(there->class));
		advise(f, "bit 3 (8) of attributes says non-secure; devices "
			  "have a node of their own");
	} else if (there != NULL) {
		f = tell(sp, region, RULE_REGION_OUTSIDE);
		reason(f, "%s is not inside one range of %s",
			range_text(region->range).text, class_name(class));
		advise(f, "let it end with %s, or put ranges of %s together",
			range_text(there->range).text, lint->spmc.tree.file);
	} else {
		f = tell(sp, region, RULE_REGION_OUTSIDE);
		reason(f, "%s is in no range of %s in %s",
			range_text(region->range).text, class_name(class),
			lint->spmc.tree.file);
		advise(f, "correct the address, or add the range there");
	}
}

/* --- The manager and packages ----------------------------------------------
 */

static void check_manager(const struct lint *lint, const struct sp *sp,
	const struct lint_region *region)
{
	struct finding *f;

	if (!ranges_overlap(region->range, lint->spmc.image))
		return;
	f = tell(sp, region, RULE_REGION_OVERLAP);
	reason(f, "%s overlaps the manager's image (%s)",
		range_text(region->range).text,
		range_text(lint->spmc.image).text);
	advise_move(f, lint, region);
}

static void check_own_package(const struct lint *lint, const struct sp *sp,
	const struct lint_region *region)
{
	struct finding *f;

	if (!range_inside(region->range, sp->vm->range)) {
		f = tell(sp, region, RULE_REGION_OVERLAP);
		reason(f, "%s reaches out of the partition's own memory (%s)",
			range_text(region->range).text,
			range_text(sp->vm->range).text);
		advise_move(f, lint, region);
	} else if (region->rings) {
		f = dt_report(&sp->tree, RULE_TRACE_RINGS, region->node,
			"escrow,trace-rings");
		reason(f,
			"the manager would write over the partition's own "
			"memory (%s)",
			range_text(sp->vm->range).text);
		advise_move(f, lint, region);
	} else if (region->shared) {
		f = dt_report(&sp->tree, RULE_REGION_SHARED, region->node,
			"escrow,shared");
		reason(f, "is not for memory inside the partition's own (%s)",
			range_text(sp->vm->range).text);
		advise_move(f, lint, region);
	}
}

static void check_packages(const struct lint *lint, const struct sp *sp,
	const struct lint_region *region)
{
	const struct spmc *spmc = &lint->spmc;

	for (unsigned i = 0; i < spmc->vm_count; i++) {
		const struct vm *vm = &spmc->vm[i];
		struct finding *f;

		if (!vm->has_range || !ranges_overlap(region->range, vm->range))
			continue;
		if (vm == sp->vm) {
			check_own_package(lint, sp, region);
			continue;
		}
		f = tell(sp, region, RULE_REGION_OVERLAP);
		reason(f, "%s overlaps the memory of vm%u \"%s\" (%s)",
			range_text(region->range).text, vm->number, vm->name,
			range_text(vm->range).text);
		advise_move(f, lint, region);
	}
}

/* --- Region against region -------------------------------------------------
 */

static void check_own_regions(
	const struct lint *lint, const struct sp *sp, unsigned index)
{
	const struct lint_region *region = &sp->region[index];

	for (unsigned i = 0; i < index; i++) {
		const struct lint_region *other = &sp->region[i];
		struct finding *f;

		if (!other->has_range ||
			!ranges_overlap(region->range, other->range))
			continue;
		f = tell(sp, region, RULE_REGION_OVERLAP);
		reason(f, "%s overlaps the region %s (%s)",
			range_text(region->range).text,
			dt_name(&sp->tree, other->node),
			range_text(other->range).text);
		advise_move(f, lint, region);
	}
}

struct pair {
	const struct sp *sp;
	const struct lint_region *region;
	const struct sp *other_sp;
	const struct lint_region *other;
};

static bool same_range(struct range a, struct range b)
{
	return a.base.v == b.base.v && a.pages == b.pages;
}

/* Both say that they share. */
static void check_sharing(const struct pair *pair)
{
	uint32_t either = pair->region->attributes | pair->other->attributes;
	struct finding *f;

	if (!same_range(pair->region->range, pair->other->range)) {
		f = dt_report(&pair->sp->tree, RULE_REGION_SHARED,
			pair->region->node, "escrow,shared");
		reason(f, "%s is not the same range in %s (%s)",
			range_text(pair->region->range).text,
			pair->other_sp->file,
			range_text(pair->other->range).text);
		advise(f, "write the same address and pages-count in both");
	} else if (either & REGION_WRITE && either & REGION_EXECUTE) {
		f = dt_report(&pair->sp->tree, RULE_REGION_SHARED,
			pair->region->node, "attributes");
		reason(f,
			"the region would be written by one partition and "
			"executed by another (0x%x here, 0x%x in %s)",
			pair->region->attributes, pair->other->attributes,
			pair->other_sp->file);
		advise(f, "write 1 or 3 in both, or 1 or 5");
	}
}

static void check_pair(const struct lint *lint, const struct pair *pair)
{
	struct finding *f;

	if (pair->region->shared && pair->other->shared) {
		check_sharing(pair);
		return;
	}
	if (pair->region->shared || pair->other->shared) {
		f = tell(pair->sp, pair->region, RULE_REGION_SHARED);
		reason(f,
			"%s overlaps %s of %s (%s), and only one of the two "
			"says escrow,shared",
			range_text(pair->region->range).text,
			dt_name(&pair->other_sp->tree, pair->other->node),
			pair->other_sp->file,
			range_text(pair->other->range).text);
		advise(f, "write escrow,shared in both, or move one");
		return;
	}
	f = tell(pair->sp, pair->region, RULE_REGION_OVERLAP);
	reason(f, "%s overlaps the region %s of %s (%s)",
		range_text(pair->region->range).text,
		dt_name(&pair->other_sp->tree, pair->other->node),
		pair->other_sp->file, range_text(pair->other->range).text);
	advise_move(f, lint, pair->region);
}

static void check_others(
	const struct lint *lint, const struct sp *sp, unsigned index)
{
	struct pair pair = {.sp = sp, .region = &sp->region[index]};

	for (pair.other_sp = lint->sp; pair.other_sp != sp; pair.other_sp++) {
		for (unsigned i = 0; i < pair.other_sp->region_count; i++) {
			pair.other = &pair.other_sp->region[i];
			if (pair.other->has_range &&
				ranges_overlap(
					pair.region->range, pair.other->range))
				check_pair(lint, &pair);
		}
	}
}

/* --- Shared with nobody ----------------------------------------------------
 */

static bool has_partner(const struct lint *lint, const struct sp *self,
	const struct lint_region *region)
{
	for (unsigned i = 0; i < lint->sp_count; i++) {
		const struct sp *sp = &lint->sp[i];

		for (unsigned j = 0; sp != self && j < sp->region_count; j++)
			if (sp->region[j].has_range &&
				ranges_overlap(
					sp->region[j].range, region->range))
				return true;
	}
	return false;
}

/* A partner may be in a manifest that was not given. */
static bool all_given(const struct spmc *spmc)
{
	for (unsigned i = 0; i < spmc->vm_count; i++)
		if (spmc->vm[i].sp == NULL || !spmc->vm[i].sp->tree.sound)
			return false;
	return true;
}

static void check_lonely(const struct lint *lint, const struct sp *sp,
	const struct lint_region *region)
{
	struct finding *f;

	if (!region->shared || region->device || !all_given(&lint->spmc) ||
		has_partner(lint, sp, region))
		return;
	f = dt_report(
		&sp->tree, RULE_REGION_LONELY, region->node, "escrow,shared");
	reason(f, "no other partition shares %s, so this one is not started",
		range_text(region->range).text);
	advise(f, "name the same range, with escrow,shared, in the manifest of "
		  "the other");
}

/* --- All of it -------------------------------------------------------------
 */

void place_check(struct lint *lint)
{
	for (unsigned i = 0; i < lint->sp_count; i++) {
		const struct sp *sp = &lint->sp[i];

		for (unsigned j = 0; j < sp->region_count; j++) {
			const struct lint_region *region = &sp->region[j];

			if (!region->has_range)
				continue;
			check_map(lint, sp, region);
			check_manager(lint, sp, region);
			check_packages(lint, sp, region);
			check_own_regions(lint, sp, j);
			check_others(lint, sp, j);
			check_lonely(lint, sp, region);
		}
	}
}
