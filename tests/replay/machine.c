/*
 * The model of the machine that has been booted. Of the normal world's memory
 * it has the first page of each title, and what calls have named: the pages in
 * between are, and stay, as they were at boot.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/oracle.h"
#include "lib/walker.h"
#include "replay/lockstep.h"

/* Of a range that is not all memory; its refusal does not need more. */
#define SAMPLE_PAGES 16u

static const enum quota_kind kinds[MODEL_KINDS] = {
	[MODEL_NODES] = QUOTA_NODES,
	[MODEL_TXNS] = QUOTA_TXNS,
	[MODEL_BORROWERS] = QUOTA_BORROWERS,
};

int lockstep_party(const struct lockstep *lockstep, uint16_t id)
{
	const struct spm *spm = lockstep->spm;

	for (uint32_t i = 0; i < spm->partition_count; i++)
		if (spm->partitions[i].ep.id == id)
			return (int)i + 1;
	return MODEL_NWD;
}

/* --- Pages ------------------------------------------------------------- */

static const struct lockstep_title *title_at(
	const struct lockstep *lockstep, uint64_t at)
{
	for (uint32_t i = 0; i < lockstep->title_count; i++) {
		const struct lockstep_title *title = &lockstep->title[i];

		if (at >= title->range.base.v && at < range_end(title->range))
			return title;
	}
	return NULL;
}

/* Pages of `range` that have a title. */
static uint64_t covered(const struct lockstep *lockstep, struct range range)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < lockstep->title_count; i++) {
		struct range other = lockstep->title[i].range;
		uint64_t from = range.base.v, end = range_end(range);

		if (from < other.base.v)
			from = other.base.v;
		if (end > range_end(other))
			end = range_end(other);
		if (from < end)
			pages += (end - from) >> PAGE_SHIFT;
	}
	return pages;
}

static struct model_page fresh_page(
	const struct lockstep_title *title, uint64_t at)
{
	struct model_page page = {
		.at = at,
		.ns = title->ns,
		.owner = title->owner,
		.owner_access = title->access,
		.txn = MODEL_NONE,
		.within = at != title->range.base.v,
		.born_to = title->owner,
		.born = title->access,
		.born_first = at == title->range.base.v,
		.first = at == title->range.base.v,
	};

	if (title->owner != MODEL_SPM)
		page.access[title->owner] = title->access;
	return page;
}

/* Among the others, which are sorted; so are the addresses. */
static void insert(
	struct lockstep *lockstep, const uint64_t *at, uint32_t count)
{
	struct world *world = lockstep->world;
	struct model *model = &world->model;
	uint32_t old = model->page_count;
	uint32_t to = old + count;

	model->page_count = to;
	while (count > 0) {
		to--;
		if (old > 0 && model->page[old - 1].at > at[count - 1]) {
			old--;
			model->page[to] = model->page[old];
			world->stamp[to] = world->stamp[old];
			continue;
		}
		count--;
		model->page[to] =
			fresh_page(title_at(lockstep, at[count]), at[count]);
		world->stamp[to] = 0;
	}
}

/* What the manager keeps in its pages is its own affair. */
static void touch(struct world *world, uint64_t at)
{
	const struct model_page *page = model_page(&world->model, at);

	if (page->owner == MODEL_SPM)
		world->stamp[page - world->model.page] = WORLD_ANYTHING;
	else if (page->use != MODEL_BUFFER)
		world_touch(world, at);
}

/* What a call has named, in no order; some of it twice. */
struct missing {
	uint32_t count;
	uint64_t at[MODEL_PAGES_MAX];
};

static int by_address(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static void sort(struct missing *missing)
{
	uint32_t count = 0;

	qsort(missing->at, missing->count, sizeof(missing->at[0]), by_address);
	for (uint32_t i = 0; i < missing->count; i++)
		if (i == 0 || missing->at[i] != missing->at[i - 1])
			missing->at[count++] = missing->at[i];
	missing->count = count;
}

static bool note_missing(
	struct lockstep *lockstep, struct range range, struct missing *missing)
{
	struct model *model = &lockstep->world->model;
	uint64_t at = range.base.v & ~PAGE_MASK;
	uint64_t end;

	if (at >= HOST_MEMORY_SIZE)
		return true;
	if (range.pages > HOST_MEMORY_SIZE >> PAGE_SHIFT ||
		covered(lockstep, range) < range.pages)
		range.pages =
			range.pages < SAMPLE_PAGES ? range.pages : SAMPLE_PAGES;
	end = at + (range.pages << PAGE_SHIFT);
	for (at -= at > 0 ? PAGE_SIZE : 0; at <= end; at += PAGE_SIZE) {
		if (!title_at(lockstep, at) || model_page(model, at))
			continue;
		if (missing->count == MODEL_PAGES_MAX)
			return false;
		missing->at[missing->count++] = at;
	}
	return true;
}

bool lockstep_learn(
	struct lockstep *lockstep, const struct range *range, uint32_t count)
{
	static struct missing missing;
	struct model *model = &lockstep->world->model;

	missing.count = 0;
	for (uint32_t i = 0; i < count; i++)
		if (!note_missing(lockstep, range[i], &missing))
			return false;
	sort(&missing);
	if (missing.count > MODEL_PAGES_MAX - model->page_count)
		return false;
	insert(lockstep, missing.at, missing.count);
	for (uint32_t i = 0; i < missing.count; i++)
		touch(lockstep->world, missing.at[i]);
	return true;
}

void lockstep_touch(struct lockstep *lockstep, int party)
{
	const struct model *model = &lockstep->world->model;

	for (uint32_t i = 0; i < model->page_count; i++)
		if (model->page[i].owner == party)
			touch(lockstep->world, model->page[i].at);
}

/* --- Titles ------------------------------------------------------------ */

static int owner_of(const struct lockstep *lockstep, const struct endpoint *ep)
{
	const struct spm *spm = lockstep->spm;

	if (ep == &spm->nwd->ep)
		return MODEL_NWD;
	return ep == &spm->engine->manager ? MODEL_SPM
					   : lockstep_party(lockstep, ep->id);
}

static void note_title(
	struct lockstep *lockstep, const struct ledger_node *node)
{
	struct access access = node->title.access;

	lockstep->title[lockstep->title_count++] = (struct lockstep_title){
		.range = ledger_range(node),
		.owner = owner_of(lockstep, node->title.owner),
		.ns = attr_is_ns(access.attr),
		.access = {access.perm, access.attr & ~ATTR_NS},
	};
}

static bool note_titles(struct lockstep *lockstep)
{
	const struct tree_node *node =
		lockstep->spm->engine->ledger.titles.first;

	lockstep->title_count = 0;
	for (; node; node = node->next) {
		if (lockstep->title_count == LOCKSTEP_TITLES_MAX)
			return false;
		note_title(lockstep, (const void *)node);
	}
	return true;
}

static bool add_titles(struct lockstep *lockstep)
{
	struct model *model = &lockstep->world->model;

	for (uint32_t i = 0; i < lockstep->title_count; i++) {
		const struct lockstep_title *title = &lockstep->title[i];
		struct range range = title->range;

		if (title->owner == MODEL_SPM)
			continue;
		if (title->owner == MODEL_NWD)
			range.pages = 1;
		if (range.pages > MODEL_PAGES_MAX - model->page_count)
			return false;
		model_add_range(
			model, title->owner, range, title->ns, title->access);
	}
	return true;
}

/* --- What manifests map for good --------------------------------------- */

struct fixing {
	struct lockstep *lockstep;
	int party;
	bool good;
};

static void fix_leaf(void *context, const struct walker_leaf *leaf)
{
	struct fixing *fixing = context;
	struct lockstep *lockstep = fixing->lockstep;
	uint64_t at = leaf->address;

	for (; at < leaf->address + leaf->size; at += PAGE_SIZE) {
		const struct lockstep_title *title = title_at(lockstep, at);
		struct range page = {paddr(at), 1};

		if (!title || title->owner != MODEL_SPM)
			continue;
		fixing->good &= lockstep_learn(lockstep, &page, 1);
		model_fix(&lockstep->world->model, fixing->party, page,
			oracle_access(leaf));
	}
}

static bool fix_all(struct lockstep *lockstep)
{
	struct walker_memory all = {host_memory(paddr(0)), HOST_MEMORY_SIZE};
	struct fixing fixing = {lockstep, 1, true};

	for (; fixing.party < lockstep->world->parties; fixing.party++)
		for (int ns = 0; ns < 2; ns++) {
			struct space *space =
				&lockstep->world->party[fixing.party]->space;
			struct walker_table root = {space->root[ns].v, 0, 1};

			walker_visit(&all, root, fix_leaf, &fixing);
		}
	return fixing.good;
}

/* --- Parties ----------------------------------------------------------- */

static void add_party(
	struct lockstep *lockstep, int party, struct partition *partition)
{
	struct world *world = lockstep->world;
	const struct space *space = &partition->space;

	world->party[party] = partition;
	model_add_party(&world->model, party, partition->ep.id);
	for (int kind = 0; kind < MODEL_KINDS; kind++)
		world->model.party[party].limit.of[kind] =
			partition->ep.quota.limit.of[kinds[kind]];
	if (party != MODEL_NWD)
		host_space_watch(space->vmid, space->root[0], space->root[1]);
	world->parties++;
}

static bool add_buffers(struct lockstep *lockstep, int party)
{
	const struct mailbox *mailbox = &lockstep->world->party[party]->mailbox;
	struct model_map *op = &lockstep->buffers[party];

	*op = (struct model_map){party, mailbox->pair.tx.base.v,
		mailbox->pair.rx.base.v, mailbox->pair.tx.pages, 0};
	if (!mailbox->mapped)
		op->pages = 0;
	return op->pages == 0 ||
	       model_map(&lockstep->world->model, op) == MODEL_OK;
}

static void add_parties(struct lockstep *lockstep)
{
	struct world *world = lockstep->world;
	struct spm *spm = lockstep->spm;

	add_party(lockstep, MODEL_NWD, spm->nwd);
	for (uint32_t i = 0; i < spm->partition_count; i++)
		add_party(lockstep, (int)i + 1, &spm->partitions[i]);
	for (int kind = 0; kind < MODEL_KINDS; kind++)
		world->model.vm_limit.of[kind] =
			spm->engine->vm[0].limit.of[kinds[kind]];
	world->model.zero_pages_max = spm->engine->policy.zero_pages_max;
}

bool lockstep_booted(struct lockstep *lockstep, struct spm *spm)
{
	struct world *world = lockstep->world;
	bool good;

	lockstep->spm = spm;
	world->watched = spm;
	model_init(&world->model);
	add_parties(lockstep);
	lockstep_notify_booted(lockstep);
	good = note_titles(lockstep) && add_titles(lockstep) &&
	       fix_all(lockstep);
	for (int party = 0; good && party < world->parties; party++)
		good = add_buffers(lockstep, party);
	for (uint32_t i = 0; good && i < world->model.page_count; i++)
		touch(world, world->model.page[i].at);
	return good;
}
