/*
 * ffa-lint against the image: whatever is changed in good manifests, it says
 * what a boot then does, and explains what a boot refuses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/suite.h"
#include "lint/package.h"
#include "unit/boot/dtb.h"
#include "unit/lint/machine_of_lint.h"
#include "unit/lint/mutations.h"

#define FILES 4 /* the manager's, then three partitions' */
#define SAMPLES "../../tools/lint/"

static const char *const names[FILES] = {
	"spmc.dts", "sp1.dts", "sp2.dts", "sp3.dts"};

static struct dtb good[FILES];
static struct blob changed[FILES];
static uint64_t image_pages; /* 0 = as ffa-lint takes it by itself */

/* A package of the first partition; bytes NULL: its manifest alone. */
static struct package_of_sp1 {
	uint8_t *bytes;
	size_t size;
} package;

static int compile_samples(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FILES; i++) {
		char path[64];

		snprintf(path, sizeof(path), SAMPLES "%s", names[i]);
		good[i] = dtb_compile(path, NULL, NULL);
		changed[i] = (struct blob){malloc(good[i].size), good[i].size};
	}
	return 0;
}

static int free_samples(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FILES; i++) {
		dtb_free(&good[i]);
		free(changed[i].fdt);
	}
	return 0;
}

static void restore(void)
{
	for (unsigned i = 0; i < FILES; i++) {
		memcpy(changed[i].fdt, good[i].fdt, good[i].size);
		changed[i].size = good[i].size;
	}
}

/* --- One look --------------------------------------------------------------
 */

static void give_package(struct sp *sp)
{
	sp->package_file = "sp1.pkg";
	sp->package.bytes = malloc(package.size);
	sp->package.size = package.size;
	memcpy(sp->package.bytes, package.bytes, package.size);
	package_open(sp);
}

static void drop(struct lint *lint)
{
	lint_free(lint);
	*lint = (struct lint){0};
}

static struct lint *look(void)
{
	static struct lint one; /* large, and made anew each time */
	struct lint *lint = &one;

	drop(lint); /* what a test has left that failed */
	lint->machine = &machine_qemu_virt;
	lint->image_given.pages = image_pages;
	lint->sp_count = FILES - 1;
	for (unsigned i = 0; i < FILES; i++) {
		struct dt *tree = &lint->spmc.tree;

		if (i > 0) {
			lint->sp[i - 1].file = names[i];
			tree = &lint->sp[i - 1].tree;
		}
		*tree = (struct dt){
			.file = names[i], .order = i, .report = &lint->report};
		dt_set(tree, changed[i].fdt, changed[i].size);
	}
	if (package.bytes != NULL)
		give_package(&lint->sp[0]);
	machine_prepare(lint);
	lint_run(lint);
	return lint;
}

static bool has_rule(const struct lint *lint, enum rule rule)
{
	for (size_t i = 0; i < lint->report.count; i++)
		if (lint->report.finding[i]->rule == rule)
			return true;
	return false;
}

/*
 * A refusal in the image's words alone. Who is left alone with a shared region
 * because of an error elsewhere has no finding of its own, and a package with
 * another manifest than the source is told as that.
 */
static bool unexplained(const struct lint *lint)
{
	if (has_rule(lint, RULE_PACKAGE_MANIFEST))
		return false;
	for (size_t i = 0; i < lint->report.count; i++) {
		const struct finding *f = lint->report.finding[i];

		if (f->rule == RULE_REFUSED &&
			strstr(f->reason, "no other partition that starts") ==
				NULL)
			return true;
	}
	return false;
}

static unsigned starting(const struct lint *lint)
{
	unsigned count = 0;

	for (unsigned i = 0; i < lint->sp_count; i++)
		count += lint->sp[i].verdict == VERDICT_STARTS;
	return count;
}

static void print_findings(const struct lint *lint)
{
	for (size_t i = 0; i < lint->report.count; i++) {
		const struct finding *f = lint->report.finding[i];

		print_message("%s %s %s: %s\n", rules[f->rule].word, f->file,
			f->node ? f->node : "", f->reason);
	}
	for (unsigned i = 0; i < lint->sp_count; i++)
		print_message("%s: verdict %d: %s\n", lint->sp[i].file,
			lint->sp[i].verdict, lint->sp[i].error.text);
}

/* --- A change, a look, a boot ----------------------------------------------
 */

struct tally {
	unsigned looks;
	unsigned boots;
	unsigned refused; /* where at least one does not start */
};

static void compare_boot(
	const struct lint *lint, const struct booted *booted, const char *what)
{
	bool starts = lint->spmc.accepted && lint->sentence == NULL;

	if (booted->starts != starts || booted->count != starting(lint)) {
		print_findings(lint);
		fail_msg("%s: lint %d with %u, boot %d with %u (%s)", what,
			starts, starting(lint), booted->starts, booted->count,
			booted->sentence);
	}
	for (unsigned i = 0; i < booted->count; i++) {
		unsigned known = 0;

		for (uint32_t j = 0; j < lint->work->loaded_count; j++) {
			const struct loaded *l = &lint->work->loaded[j];
			int32_t id = l->manifest.id;

			known += (id < 0 ? l->vm->id : id) == booted->id[i];
		}
		if (known != 1)
			fail_msg("%s: 0x%x starts", what, booted->id[i]);
	}
}

/* Refused means an error, and one that a check explains. */
static bool keep_promises(const struct lint *lint, const char *what)
{
	bool all = lint->spmc.accepted && lint->sentence == NULL &&
		   starting(lint) == lint->spmc.vm_count;

	if ((!all && report_count(&lint->report, SEVERITY_ERROR) == 0) ||
		unexplained(lint)) {
		print_findings(lint);
		fail_msg("%s: refused, and no check explains it", what);
	}
	return all;
}

static void judge(const char *what, struct tally *tally)
{
	struct lint *lint = look();
	struct booted booted = machine_start(lint);

	tally->looks++;
	tally->refused += !keep_promises(lint, what);
	if (booted.possible) {
		tally->boots++;
		compare_boot(lint, &booted, what);
	}
	drop(lint);
}

/* The same without a boot: for what is no tree any more. */
static void judge_alone(const char *what)
{
	struct lint *lint = look();

	(void)keep_promises(lint, what);
	drop(lint);
}

/* --- Every property, every node, every cell --------------------------------
 */

static void good_manifests_are_good(void **state)
{
	struct lint *lint;
	struct booted booted;

	(void)state;
	restore();
	lint = look();
	booted = machine_start(lint);
	assert_int_equal(report_count(&lint->report, SEVERITY_ERROR), 0);
	assert_int_equal(report_count(&lint->report, SEVERITY_WARNING), 0);
	assert_int_equal(starting(lint), 3);
	assert_true(booted.starts);
	assert_int_equal(booted.count, 3);
	drop(lint);
}

static void a_property_that_is_missing_is_told_as_boot_takes_it(void **state)
{
	struct tally tally = {0};

	(void)state;
	for (unsigned file = 0; file < FILES; file++) {
		restore();
		for (unsigned i = mutations_properties(&changed[file]);
			i-- > 0;) {
			char what[96];

			restore();
			snprintf(what, sizeof(what), "%s without %s (%u)",
				names[file],
				mutations_drop_property(&changed[file], i), i);
			judge(what, &tally);
		}
	}
	assert_in_range(tally.refused, 40, tally.looks - 20);
	assert_int_equal(tally.boots, tally.looks);
}

static void a_node_that_is_missing_is_told_as_boot_takes_it(void **state)
{
	struct tally tally = {0};

	(void)state;
	for (unsigned file = 0; file < FILES; file++) {
		restore();
		for (unsigned i = mutations_nodes(&changed[file]); i-- > 0;) {
			char what[96];

			restore();
			snprintf(what, sizeof(what), "%s without node %s",
				names[file],
				mutations_drop_node(&changed[file], i));
			judge(what, &tally);
		}
	}
	assert_in_range(tally.refused, 10, tally.looks - 5);
}

/* Values near the old one, at the edges, and that are somebody else's. */
static uint32_t variant(uint32_t old, unsigned n)
{
	static const uint32_t values[] = {0, 1, 2, 3, 4, 7, 0xf, 0x1000, 0x8000,
		0x10000, 0x0e100000, 0x0e300000, 0x0e3ff000, 0x0e500000,
		0x0e600000, 0x0e700000, 0x50000000, 0x80000000, 0xfffff000,
		UINT32_MAX};

	switch (n) {
	case 0:
		return old + 1;
	case 1:
		return old - 1;
	case 2:
		return old ^ 0x1000;
	case 3:
		return old ^ 8;
	case 4:
		return old + 0x100000;
	default:
		return values[n - 5];
	}
}

#define VARIANTS 25

static void try_cell(
	unsigned file, unsigned cell, uint32_t value, struct tally *tally)
{
	uint32_t old = mutations_set_cell(&changed[file], cell, value);
	char what[96];

	snprintf(what, sizeof(what), "%s: cell %u is 0x%x, not 0x%x",
		names[file], cell, value, old);
	judge(what, tally);
	mutations_set_cell(&changed[file], cell, old);
}

static void a_cell_that_is_another_is_told_as_boot_takes_it(void **state)
{
	struct tally tally = {0};

	(void)state;
	restore();
	for (unsigned file = 0; file < FILES; file++) {
		unsigned cells = mutations_cells(&changed[file]);

		/* Cells next to one another get different ones of them. */
		for (unsigned i = 0; i < cells * VARIANTS; i += 6)
			try_cell(file, i / VARIANTS,
				variant(mutations_get_cell(
						&changed[file], i / VARIANTS),
					i % VARIANTS),
				&tally);
	}
	assert_in_range(tally.refused, tally.looks / 4, 3 * tally.looks / 4);
	assert_in_range(tally.boots, tally.looks / 2, tally.looks);
}

/* --- Memory that becomes scarce --------------------------------------------
 */

static void put_cell(unsigned file, uint32_t from, uint32_t to, unsigned behind)
{
	unsigned index = 0;

	while (mutations_get_cell(&changed[file], index) != from)
		index++;
	mutations_set_cell(&changed[file], index + behind, to);
}

/* The map ends with the regions, and these leave little: it is the image's. */
static void too_little_room_is_told_as_boot_takes_it(void **state)
{
	struct tally tally = {0};

	(void)state;
	restore();
	put_cell(0, 0x00f00000, 0x00612000, 0);
	put_cell(1, 0x0e710000, 235, 1);
	put_cell(1, 0x0e710000, 0x0e615000, 0);
	for (image_pages = 80; image_pages <= 512; image_pages += 2) {
		char what[32];

		snprintf(what, sizeof(what), "image of %u pages",
			(unsigned)image_pages);
		judge(what, &tally);
	}
	image_pages = 0;
	assert_int_equal(tally.boots, tally.looks);
	assert_in_range(tally.refused, 50, tally.looks - 50);
}

/* --- Packages --------------------------------------------------------------
 */

#define HEADER_WORDS 6

static void make_package(uint32_t version, uint32_t manifest_offset)
{
	const uint32_t words[HEADER_WORDS] = {0x474b5053, version,
		manifest_offset, (uint32_t)good[1].size, 0x4000, 0x1000};

	package.size = 0x5000;
	package.bytes = calloc(1, package.size);
	memcpy(package.bytes, words, sizeof(words));
	memcpy(package.bytes + manifest_offset, good[1].fdt, good[1].size);
}

static void free_package(void)
{
	free(package.bytes);
	package.bytes = NULL;
}

static void try_headers(uint32_t version, uint32_t manifest_offset)
{
	struct tally tally = {0};
	uint32_t *word;

	make_package(version, manifest_offset);
	judge("a good package", &tally);
	assert_int_equal(tally.refused, 0);
	word = (uint32_t *)package.bytes;
	for (unsigned i = 0; i < HEADER_WORDS * VARIANTS; i++) {
		uint32_t old = word[i / VARIANTS];
		char what[64];

		word[i / VARIANTS] = variant(old, i % VARIANTS);
		snprintf(what, sizeof(what), "package: word %u is 0x%x",
			i / VARIANTS, word[i / VARIANTS]);
		judge(what, &tally);
		word[i / VARIANTS] = old;
	}
	assert_in_range(tally.refused, 50, tally.looks - 20);
	free_package();
}

static void a_package_is_told_as_boot_takes_it(void **state)
{
	(void)state;
	restore();
	try_headers(2, 0x1000);
	try_headers(1, 24);
}

/* --- Several changes at once -----------------------------------------------
 */

static uint32_t random_number(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*seed >> 33);
}

static void change_something(uint64_t *seed)
{
	struct blob *blob = &changed[random_number(seed) % FILES];
	unsigned cells = mutations_cells(blob);
	unsigned cell = random_number(seed) % cells;
	uint32_t old = mutations_get_cell(blob, cell);

	switch (random_number(seed) % 8) {
	case 0:
		mutations_drop_property(
			blob, random_number(seed) % mutations_properties(blob));
		break;
	case 1:
		if (mutations_nodes(blob) > 0)
			mutations_drop_node(blob,
				random_number(seed) % mutations_nodes(blob));
		break;
	case 2: /* two change places */
		old = mutations_set_cell(
			blob, random_number(seed) % cells, old);
		mutations_set_cell(blob, cell, old);
		break;
	default:
		mutations_set_cell(blob, cell,
			variant(old, random_number(seed) % VARIANTS));
		break;
	}
}

static void many_changes_are_told_as_boot_takes_them(void **state)
{
	struct tally tally = {0};
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		char what[32];

		restore();
		for (unsigned n = 1 + i % 4; n > 0; n--)
			change_something(&seed);
		snprintf(what, sizeof(what), "step %u", i);
		judge(what, &tally);
	}
	assert_in_range(tally.refused, tally.looks / 4, tally.looks - 50);
}

/* --- Damage ----------------------------------------------------------------
 */

static void flip(uint8_t *bytes, size_t size, uint64_t *seed)
{
	bytes[random_number(seed) % size] ^=
		(uint8_t)(1u << random_number(seed) % 8);
}

static void a_damaged_tree_never_hurts(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (unsigned i = 0; i < 800; i++) {
		struct blob *blob = &changed[i % FILES];
		char what[32];

		restore();
		for (unsigned n = 1 + i % 5; n > 0; n--)
			flip(blob->fdt, blob->size, &seed);
		if (i % 7 == 0)
			blob->size = random_number(&seed) % blob->size;
		snprintf(what, sizeof(what), "damage %u", i);
		judge_alone(what);
	}
}

static void a_damaged_package_never_hurts(void **state)
{
	uint64_t seed = 3;

	(void)state;
	restore();
	for (unsigned i = 0; i < 400; i++) {
		char what[32];

		make_package(1 + i % 2, i % 2 ? 0x1000 : 24);
		for (unsigned n = i % 5; n > 0; n--)
			flip(package.bytes, i % 3 ? 24 : package.size, &seed);
		if (i % 4 == 0)
			package.size = random_number(&seed) % package.size;
		snprintf(what, sizeof(what), "package damage %u", i);
		judge_alone(what);
		free_package();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_manifests_are_good),
		cmocka_unit_test(
			a_property_that_is_missing_is_told_as_boot_takes_it),
		cmocka_unit_test(
			a_node_that_is_missing_is_told_as_boot_takes_it),
		cmocka_unit_test(
			a_cell_that_is_another_is_told_as_boot_takes_it),
		cmocka_unit_test(too_little_room_is_told_as_boot_takes_it),
		cmocka_unit_test(a_package_is_told_as_boot_takes_it),
		cmocka_unit_test(many_changes_are_told_as_boot_takes_them),
		cmocka_unit_test(a_damaged_tree_never_hurts),
		cmocka_unit_test(a_damaged_package_never_hurts),
	};

	suite_begin("test-lint");
	return suite_end(cmocka_run_group_tests_name(
		"test-lint", tests, compile_samples, free_samples));
}
