/*
 * What the image would do: its own code reads the manifests and plans. What it
 * refuses is told in its own words, and explained by a finding wherever the
 * checks have one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "lint.h"
#include "memory.h"

static const char no_room[] = "the manifest leaves too little secure memory";

/* --- Packages in memory ----------------------------------------------------
 */

/* For a manifest alone: version 2, and an image of one page. */
static uint8_t *make_package(const struct sp *sp, size_t *size)
{
	uint32_t length = (uint32_t)sp->tree.size;
	uint32_t image =
		(uint32_t)(PAGE_SIZE + ((length + PAGE_MASK) & ~PAGE_MASK));
	uint8_t *at = must_have(calloc(1, image));

	memcpy(at, "SPKG", 4);
	put32(at + 4, 2);
	put32(at + 8, (uint32_t)PAGE_SIZE);
	put32(at + 12, length);
	put32(at + 16, image);
	put32(at + 20, (uint32_t)PAGE_SIZE);
	memcpy(at + PAGE_SIZE, sp->tree.fdt, length);
	*size = image;
	return at;
}

/* Returns what is to be freed afterwards. */
static uint8_t *place(const struct sp *sp)
{
	uint8_t *made;
	size_t size;

	if (sp->package.bytes != NULL) {
		memory_place(
			sp->vm->address, sp->package.bytes, sp->package.size);
		return NULL;
	}
	made = make_package(sp, &size);
	memory_place(sp->vm->address, made, size);
	return made;
}

static bool is_given(const struct vm *vm)
{
	return vm->sp != NULL &&
	       (vm->sp->package.bytes != NULL || vm->sp->tree.fdt != NULL);
}

/* --- The plan --------------------------------------------------------------
 */

static void refuse(struct sp *sp, const struct manifest_error *error)
{
	sp->verdict = VERDICT_REFUSED;
	sp->error = *error;
}

static void read_packages(struct lint *lint)
{
	struct loader_work *work = lint->work;

	for (uint32_t i = 0; i < lint->spmc.manifest.vm_count; i++) {
		/* Numbered from 1 without a gap: the image has said so. */
		struct vm *vm = &lint->spmc.vm[i];

		if (!is_given(vm))
			boot_map_claim(&work->map,
				manifest_vm_range(&lint->spmc.manifest.vm[i]));
		else if (plan_read(work, i))
			vm->sp->verdict = VERDICT_STARTS;
		else
			refuse(vm->sp, &work->error);
	}
}

static bool is_loaded(const struct loader_work *work, const struct vm *vm)
{
	for (uint32_t i = 0; i < work->loaded_count; i++)
		if (work->loaded[i].vm->id == MANIFEST_SPMC_ID + vm->number)
			return true;
	return false;
}

/* Whoever is not loaded any more was just dropped. */
static void note_dropped(struct lint *lint)
{
	for (unsigned i = 0; i < lint->sp_count; i++) {
		struct sp *sp = &lint->sp[i];

		if (sp->verdict == VERDICT_STARTS &&
			!is_loaded(lint->work, sp->vm))
			refuse(sp, &lint->work->error);
	}
}

static bool all_given(const struct spmc *spmc)
{
	for (unsigned i = 0; i < spmc->vm_count; i++)
		if (!is_given(&spmc->vm[i]))
			return false;
	return true;
}

static void plan(struct lint *lint)
{
	const struct spmc_manifest *manifest = &lint->spmc.manifest;

	if (plan_work_range(manifest, lint->spmc.image).pages == 0) {
		lint->sentence = no_room;
		return;
	}
	lint->work = must_have(calloc(1, sizeof(*lint->work)));
	plan_open(lint->work, manifest, lint->spmc.image);
	read_packages(lint);
	/* A partner may be among those that were not given. */
	while (all_given(&lint->spmc) && loader_drop_lonely(lint->work))
		note_dropped(lint);
	lint->room = plan_room(lint->work, manifest->vm_count);
	/* Whoever was loaded has left enough. */
	if (manifest->vm_count == 0 && !plan_room_suffices(&lint->room))
		lint->sentence = no_room;
}

void verdict_ask(struct lint *lint)
{
	struct spmc *spmc = &lint->spmc;
	uint8_t *made[LINT_VMS_MAX] = {NULL};
	uint64_t size = spmc->tree.size;

	if (spmc->tree.fdt == NULL)
		return;
	if (size > lint->machine->spmc_manifest_size)
		size = lint->machine->spmc_manifest_size;
	spmc->accepted = manifest_read_spmc(
		spmc->tree.fdt, size, &spmc->manifest, &spmc->error);
	if (!spmc->accepted) {
		lint->sentence = spmc->error.text;
		return;
	}
	for (unsigned i = 0; i < spmc->vm_count; i++)
		if (is_given(&spmc->vm[i]))
			made[i] = place(spmc->vm[i].sp);
	plan(lint);
	memory_clear();
	for (unsigned i = 0; i < spmc->vm_count; i++)
		free(made[i]);
}

/* --- What no check has found -----------------------------------------------
 */

/* The package's or the manifest's file, or the vmN that loads them. */
static bool is_explained(const struct lint *lint, const struct sp *sp)
{
	const struct report *report = &lint->report;

	return report_has_error(report, sp->tree.order, NULL) ||
	       report_has_error(report, lint->spmc.tree.order,
		       dt_path(&lint->spmc.tree, sp->vm->node).text);
}

static void tell(const struct dt *tree, const char *sentence)
{
	struct finding *f = dt_report(tree, RULE_REFUSED, DT_FILE, NULL);

	reason(f, "%s", sentence);
	if (strstr(sentence, "no other partition that starts") != NULL)
		advise(f, "correct the partition that it shares with");
	else
		advise(f, "see docs/MANIFEST.md and docs/LIMITS.md");
}

void verdict_complete(struct lint *lint)
{
	const struct spmc *spmc = &lint->spmc;

	if (lint->sentence != NULL &&
		!report_has_error(&lint->report, spmc->tree.order, NULL))
		tell(&spmc->tree, lint->sentence);
	for (unsigned i = 0; i < lint->sp_count; i++) {
		const struct sp *sp = &lint->sp[i];

		if (sp->verdict == VERDICT_REFUSED && !is_explained(lint, sp))
			tell(&sp->tree, sp->error.text);
	}
}
