/* All checks in their order, and words that they share. */
#include "lint.h"

#include <stdio.h>
#include <stdlib.h>

struct range_text range_text(struct range range)
{
	struct range_text text;

	snprintf(text.text, sizeof(text.text), "0x%08llx..0x%08llx",
		(unsigned long long)range.base.v,
		(unsigned long long)range_end(range) - 1);
	return text;
}

const char *class_name(enum memory_class class)
{
	static const char *const names[] = {
		[MEMORY_SECURE] = "secure memory",
		[MEMORY_NS] = "non-secure memory",
		[MEMORY_SECURE_DEVICE] = "secure devices",
		[MEMORY_NS_DEVICE] = "non-secure devices",
	};

	return names[class];
}

enum memory_class region_class(const struct lint_region *region)
{
	bool ns = (region->attributes & REGION_NS) != 0;

	if (region->device)
		return ns ? MEMORY_NS_DEVICE : MEMORY_SECURE_DEVICE;
	return ns ? MEMORY_NS : MEMORY_SECURE;
}

void lint_run(struct lint *lint)
{
	spmc_check(lint);
	match_all(lint);
	for (unsigned i = 0; i < lint->sp_count; i++) {
		package_check(lint, &lint->sp[i]);
		sp_check(lint, &lint->sp[i]);
	}
	pair_check(lint);
	place_check(lint);
	verdict_ask(lint);
	room_check(lint);
	verdict_complete(lint);
	report_sort(&lint->report);
}

void lint_free(struct lint *lint)
{
	for (unsigned i = 0; i < lint->sp_count; i++) {
		dt_free(&lint->sp[i].tree);
		free(lint->sp[i].package.bytes);
		free(lint->sp[i].argument);
	}
	dt_free(&lint->spmc.tree);
	free(lint->spmc.argument);
	report_free(&lint->report);
	free(lint->work);
}
