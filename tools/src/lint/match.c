/*
 * Which manifest belongs to which vmN: by name, by address, by the name of the
 * file, at last by the order of both.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"

enum way {
	BY_NAME,
	BY_PACKAGE_ADDRESS,
	BY_LOAD_ADDRESS,
	BY_FILE,
	BY_ORDER,
	WAY_COUNT,
};

static const char *const way_words[WAY_COUNT] = {
	[BY_NAME] = "name",
	[BY_PACKAGE_ADDRESS] = "package address",
	[BY_LOAD_ADDRESS] = "load-address",
	[BY_FILE] = "file name",
	[BY_ORDER] = "order",
};

static bool has_name(
	const struct lint *lint, const struct vm *vm, const char *name)
{
	return strcmp(vm->name, name) == 0 ||
	       strcmp(dt_name(&lint->spmc.tree, vm->node), name) == 0;
}

/* "path/sp1.dts" is for "sp1". */
static bool has_file_name(
	const struct lint *lint, const struct vm *vm, const char *file)
{
	const char *base = strrchr(file, '/');
	char name[64];

	snprintf(name, sizeof(name), "%s", base ? base + 1 : file);
	name[strcspn(name, ".")] = '\0';
	return has_name(lint, vm, name);
}

static bool has_load_address(const struct vm *vm, const struct sp *sp)
{
	uint64_t address;

	return vm->has_address && sp->tree.sound &&
	       dt_u64(&sp->tree, FDT_NODE_ROOT, "load-address", &address) &&
	       address == vm->address;
}

static bool matches(const struct lint *lint, const struct vm *vm,
	const struct sp *sp, enum way way)
{
	switch (way) {
	case BY_NAME:
		return sp->name != NULL && has_name(lint, vm, sp->name);
	case BY_PACKAGE_ADDRESS:
		return vm->has_address && sp->has_address &&
		       vm->address == sp->address;
	case BY_LOAD_ADDRESS:
		return has_load_address(vm, sp);
	case BY_FILE:
		return has_file_name(lint, vm, sp->file);
	case BY_ORDER:
		return true;
	case WAY_COUNT:
		break;
	}
	return false;
}

static void match(struct lint *lint, struct sp *sp, enum way way)
{
	/* Who was called by a name is nobody else. */
	if (sp->vm != NULL || (sp->name != NULL && way != BY_NAME))
		return;
	for (unsigned i = 0; i < lint->spmc.vm_count; i++) {
		struct vm *vm = &lint->spmc.vm[i];

		if (vm->sp != NULL || !matches(lint, vm, sp, way))
			continue;
		vm->sp = sp;
		sp->vm = vm;
		sp->matched_by = way_words[way];
		return;
	}
}

static void tell_no_vm(const struct lint *lint, const struct sp *sp)
{
	struct finding *f = dt_report(&sp->tree, RULE_NO_VM, DT_FILE, NULL);

	if (sp->name != NULL)
		reason(f, "%s has no partition \"%s\" that is left",
			lint->spmc.tree.file, sp->name);
	else
		reason(f, "%s has no vmN node left for it: it has %u",
			lint->spmc.tree.file, lint->spmc.vm_count);
	advise(f, "add a vmN node to %s, or drop the file",
		lint->spmc.tree.file);
}

static void tell_no_manifest(const struct lint *lint, const struct vm *vm)
{
	struct finding *f =
		dt_report(&lint->spmc.tree, RULE_NO_MANIFEST, vm->node, NULL);

	reason(f, "no manifest was given for \"%s\", so it was not looked at",
		vm->name);
	advise(f, "give it on the command line: %s=FILE.dts", vm->name);
}

/* Where the firmware puts it is not where the manager looks for it. */
static void check_address(const struct lint *lint, const struct sp *sp)
{
	struct finding *f;

	if (!sp->has_address || sp->vm == NULL || !sp->vm->has_address ||
		sp->vm->address == sp->address)
		return;
	f = dt_report(&lint->spmc.tree, RULE_LOAD_ADDRESS, sp->vm->node,
		"load_address");
	reason(f, "is 0x%08llx, but the firmware loads the package to 0x%08llx",
		(unsigned long long)sp->vm->address,
		(unsigned long long)sp->address);
	advise(f, "write the same address in both");
}

/* As the manager reads them: of two that clash the later one is refused. */
static int compare(const void *left, const void *right)
{
	const struct sp *a = left;
	const struct sp *b = right;
	unsigned number_a = a->vm != NULL ? a->vm->number : UINT32_MAX;
	unsigned number_b = b->vm != NULL ? b->vm->number : UINT32_MAX;

	if (number_a != number_b)
		return number_a < number_b ? -1 : 1;
	return a->tree.order < b->tree.order ? -1 : 1;
}

static void sort(struct lint *lint)
{
	qsort(lint->sp, lint->sp_count, sizeof(lint->sp[0]), compare);
	for (unsigned i = 0; i < lint->sp_count; i++)
		if (lint->sp[i].vm != NULL)
			lint->sp[i].vm->sp = &lint->sp[i];
}

void match_all(struct lint *lint)
{
	for (unsigned way = 0; way < WAY_COUNT; way++)
		for (unsigned i = 0; i < lint->sp_count; i++)
			match(lint, &lint->sp[i], (enum way)way);
	sort(lint);
	/* Without the manager's manifest nothing can be said. */
	if (lint->spmc.hypervisor < 0)
		return;
	for (unsigned i = 0; i < lint->sp_count; i++) {
		if (lint->sp[i].vm == NULL)
			tell_no_vm(lint, &lint->sp[i]);
		check_address(lint, &lint->sp[i]);
	}
	for (unsigned i = 0; i < lint->spmc.vm_count; i++)
		if (lint->spmc.vm[i].sp == NULL)
			tell_no_manifest(lint, &lint->spmc.vm[i]);
}
