/*
 * Whether the manager has the memory that it needs to run, and for how many
 * transactions. The figures are the image's own.
 */
#include <string.h>

#include "lint.h"

/* Below that a party runs into its limits in everyday use. */
#define SHARE_LITTLE 16

static const char *const give_more =
	"give the manager more secure memory, or partitions less";

static void tell_none(const struct lint *lint, const struct sp *sp)
{
	struct finding *f = dt_report(
		&lint->spmc.tree, RULE_NO_ROOM, sp->vm->node, "mem_size");

	reason(f,
		"with \"%s\" and its regions too little memory is left to "
		"the manager",
		sp->vm->name);
	advise(f, "%s", give_more);
}

struct quotas_shares room_shares(const struct lint *lint)
{
	const struct plan_room *room = &lint->room;
	uint32_t partitions = lint->work ? lint->work->loaded_count : 0;
	/* What is a party's at least counts as needed, and as free. */
	uint64_t used = room->heap + room->pool - QUOTAS_POOL_MIN(partitions);
	uint64_t free = room->free > used ? room->free - used : 0;

	return quotas_divide(
		free < UINT32_MAX ? (uint32_t)free : UINT32_MAX, partitions);
}

static void check_shares(const struct lint *lint)
{
	struct quotas_shares share = room_shares(lint);
	uint32_t pages = share.objects < share.nwd ? share.objects : share.nwd;
	struct quota_amount objects = quotas_objects(pages);
	struct finding *f;

	if (pages >= SHARE_LITTLE)
		return;
	f = dt_report(&lint->spmc.tree, RULE_LITTLE_ROOM, FDT_NODE_ROOT, NULL);
	reason(f,
		"what is left to the manager is enough for about %u "
		"transactions with %u ranges of a party",
		objects.of[QUOTA_TXNS], objects.of[QUOTA_NODES]);
	advise(f, "%s", give_more);
}

void room_check(struct lint *lint)
{
	for (unsigned i = 0; i < lint->sp_count; i++)
		if (lint->sp[i].verdict == VERDICT_REFUSED &&
			strstr(lint->sp[i].error.text, "too little") != NULL)
			tell_none(lint, &lint->sp[i]);
	if (!lint->spmc.accepted)
		return;
	if (lint->sentence != NULL) {
		struct finding *f = dt_report(
			&lint->spmc.tree, RULE_NO_ROOM, FDT_NODE_ROOT, NULL);

		reason(f, "leaves too little secure memory to the manager");
		advise(f, "%s", give_more);
	} else if (lint->work != NULL) {
		check_shares(lint);
	}
}
