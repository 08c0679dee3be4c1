/*
 * See oracle.h. `real` is what each partition's tables and the ghost TLB
 * permit, per page of the model; it is computed anew at every judgement.
 */
#include <stdio.h>
#include <string.h>

#include "engine/ledger_check.h"
#include "lib/oracle.h"
#include "lib/walker.h"

/* What a party can do with a page, by one way or another. */
struct real {
	uint8_t perm;
	uint8_t attr; /* of the table's entry */
	bool ghost;   /* some of it only through a stale translation */
};

struct survey {
	struct world *world;
	const char *where;
	int party;
	bool ns;
	bool ghost;
};

static struct real real[MODEL_PAGES_MAX][WORLD_PARTIES_MAX];

void oracle_wrong(struct world *world, const char *what, uint64_t at)
{
	if (!world->wrong[0])
		snprintf(world->wrong, sizeof(world->wrong), "%s (%#llx)", what,
			(unsigned long long)at);
}

static struct walker_memory memory(void)
{
	return (struct walker_memory){host_memory(paddr(0)), HOST_MEMORY_SIZE};
}

static uint8_t attr_of(const struct walker_leaf *leaf)
{
	static const uint8_t attrs[] = {0x10, 0x14, 0x18, 0x1c, 0x24, 0x2c, 0};

	if (leaf->type < WALKER_NORMAL_NC || leaf->type == WALKER_OTHER)
		return attrs[leaf->type];
	return attrs[leaf->type] | leaf->share;
}

static uint8_t perm_of(const struct walker_leaf *leaf)
{
	return (uint8_t)((leaf->read ? MODEL_R : 0) |
			 (leaf->write ? MODEL_W : 0) |
			 (leaf->execute ? MODEL_X : 0));
}

struct model_access oracle_access(const struct walker_leaf *leaf)
{
	return (struct model_access){perm_of(leaf), attr_of(leaf)};
}

static void survey_page(const struct survey *survey,
	const struct walker_leaf *leaf, uint64_t at)
{
	struct world *world = survey->world;
	struct model_page *page = model_page(&world->model, at);
	struct real *found;

	if (!page || page->ns != survey->ns) {
		oracle_wrong(world, "something is mapped that nobody owns", at);
		return;
	}
	found = &real[page - world->model.page][survey->party];
	found->ghost |= survey->ghost && (perm_of(leaf) & ~found->perm);
	found->perm |= perm_of(leaf);
	if (found->attr && found->attr != attr_of(leaf))
		oracle_wrong(world, "two kinds of memory at one address", at);
	found->attr = attr_of(leaf);
}

static void survey_leaf(void *context, const struct walker_leaf *leaf)
{
	const struct survey *survey = context;

	if (leaf->malformed || leaf->output != leaf->address)
		oracle_wrong(survey->world, "a malformed entry", leaf->address);
	if (leaf->size > (1ull << 21)) {
		oracle_wrong(survey->world, "a huge block", leaf->address);
		return;
	}
	for (uint64_t at = leaf->address; at < leaf->address + leaf->size;
		at += PAGE_SIZE)
		survey_page(survey, leaf, at);
}

static bool survey_ghost_leaf(void *context, const struct host_ghost *ghost)
{
	struct survey survey = {context, "ghost", ghost->vmid, ghost->ns, true};
	struct walker_leaf leaf;

	if (walker_decode(ghost->entry, ghost->level, ghost->address, &leaf))
		survey_leaf(&survey, &leaf);
	return true;
}

static bool survey_ghost_table(void *context, const struct host_ghost *ghost)
{
	struct survey survey = {context, "ghost", ghost->vmid, ghost->ns, true};
	struct walker_memory all = memory();
	struct walker_table table = {
		ghost->entry, ghost->address, ghost->level};

	walker_visit(&all, table, survey_leaf, &survey);
	return true;
}

/* Tables first, so that `ghost` marks what only the TLB adds. */
static void survey_all(struct world *world)
{
	struct walker_memory all = memory();

	memset(real, 0, world->model.page_count * sizeof(real[0]));
	for (int party = SP1; party < world->parties; party++)
		for (int ns = 0; ns < 2; ns++) {
			struct survey survey = {
				world, "tables", party, ns, false};
			struct space *space = &world->party[party]->space;
			struct walker_table root = {space->root[ns].v, 0, 1};

			walker_visit(&all, root, survey_leaf, &survey);
		}
	host_ghost_leaves(survey_ghost_leaf, world);
	host_ghost_tables(survey_ghost_table, world);
}

/* --- During a call ----------------------------------------------------- */

/*
 * Every access must have been there before the call or be there after it;
 * and who has gained any must share with none who is to lose it.
 */
static void judge_page(struct world *world, uint32_t index)
{
	const struct model_page *was = &world->before.page[index];
	const struct model_page *is = &world->model.page[index];
	bool gained = false, lingers = false;

	for (int party = SP1; party < world->parties; party++) {
		uint8_t perm = real[index][party].perm;
		uint8_t old = was->access[party].perm;
		uint8_t new = is->access[party].perm;

		if (perm & ~(old | new))
			oracle_wrong(world,
				"during a call: access nobody granted", is->at);
		gained |= perm & ~old;
		lingers |= perm & ~new;
	}
	if (gained && lingers)
		oracle_wrong(
			world, "access was given before it was taken", is->at);
}

static void judge_all(struct world *world)
{
	survey_all(world);
	for (uint32_t i = 0; i < world->model.page_count; i++)
		judge_page(world, i);
}

/* Only who keeps its access all along may have any: a sharing owner. */
static void judge_zero(struct world *world, const struct host_event *event)
{
	for (uint64_t at = event->address; at < event->address + event->size;
		at += PAGE_SIZE) {
		struct model_page *page = model_page(&world->model, at);
		uint32_t index;

		if (!page) {
			oracle_wrong(world, "zeroes what nobody owns", at);
			return;
		}
		index = (uint32_t)(page - world->model.page);
		for (int party = SP1; party < world->parties; party++)
			if (real[index][party].perm &
				~(page->access[party].perm &
					world->before.page[index]
						.access[party]
						.perm))
				oracle_wrong(world,
					"zeroed while somebody has access", at);
	}
}

/* A new leaf: the cheap form of judge_all(). */
static void judge_leaf(struct world *world, const struct host_event *event)
{
	struct walker_leaf leaf;
	int party = event->vmid;

	if (!walker_decode(
		    event->new_value, event->level, event->address, &leaf))
		return;
	for (uint64_t at = leaf.address; at < leaf.address + leaf.size;
		at += PAGE_SIZE) {
		struct model_page *page = model_page(&world->model, at);
		struct model_page *was = model_page(&world->before, at);

		if (!page || party >= world->parties ||
			(perm_of(&leaf) & ~(page->access[party].perm |
						  was->access[party].perm)))
			oracle_wrong(world, "an entry nobody granted", at);
	}
}

static bool lies_in(const struct host_event *event, struct range range)
{
	return event->address >= range.base.v &&
	       event->address + event->size <= range_end(range);
}

/* The hypervisor's own pair. */
static bool is_relayed(struct world *world, const struct host_event *event)
{
	const struct mailbox *mailbox = &world->party[NWD]->mailbox;

	return mailbox->mapped &&
	       lies_in(event, event->kind == HOST_COPY_IN ? mailbox->pair.tx
							  : mailbox->pair.rx);
}

static bool is_vms(struct world *world, const struct host_event *event)
{
	for (int i = 0; i < MODEL_PAIRS; i++) {
		const struct model_pair *was = &world->before.pair[i];

		if (was->id != 0 &&
			lies_in(event, event->kind == HOST_COPY_IN ? was->tx
								   : was->rx))
			return true;
	}
	return false;
}

static void judge_copy(struct world *world, const struct host_event *event)
{
	for (int party = 0; party < world->parties; party++) {
		const struct model_party *was = &world->before.party[party];

		if (was->buffers &&
			lies_in(event, event->kind == HOST_COPY_IN ? was->tx
								   : was->rx))
			return;
	}
	if (is_vms(world, event))
		return;
	if (!world->has_hypervisor || !is_relayed(world, event))
		oracle_wrong(world, "copies to or from what is no buffer",
			event->address);
}

void oracle_event(void *context, const struct host_event *event)
{
	struct world *world = context;

	switch (event->kind) {
	case HOST_STORE:
		if (event->known)
			judge_leaf(world, event);
		break;
	case HOST_TLB:
		judge_all(world);
		break;
	case HOST_ZERO:
		judge_all(world);
		judge_zero(world, event);
		break;
	case HOST_COPY_OUT:
		judge_all(world);
		judge_copy(world, event);
		break;
	case HOST_COPY_IN:
		judge_copy(world, event);
		break;
	default:
		break;
	}
	if (world->also)
		world->also(world, event);
}

void oracle_begin(struct world *world)
{
	world->wrong[0] = '\0';
	model_copy(&world->before, &world->model);
	if (world->unwatched)
		return;
	host_log_clear();
	host_checker_set(oracle_event, world);
}

/* --- After a call ------------------------------------------------------ */

static void compare_access(struct world *world, uint32_t index)
{
	const struct model_page *page = &world->model.page[index];

	for (int party = SP1; party < world->parties; party++) {
		const struct real *found = &real[index][party];
		struct model_access want = page->access[party];

		if (found->ghost)
			oracle_wrong(world, "a TLB still reaches the page",
				page->at);
		if (found->perm & ~want.perm)
			oracle_wrong(world, "more access than the model's",
				page->at);
		if (want.perm & ~found->perm)
			oracle_wrong(world, "less access than the model's",
				page->at);
		if (want.perm && found->attr != want.attr)
			oracle_wrong(world, "another kind of memory", page->at);
	}
}

/* Three words of every page; all of it where it must have been zeroed. */
static void compare_contents(struct world *world, uint32_t index)
{
	struct model_page *page = &world->model.page[index];
	const uint64_t *word = host_memory(paddr(page->at));
	uint64_t *stamp = &world->stamp[index];

	if (page->use == MODEL_BUFFER || *stamp == WORLD_ANYTHING)
		return;
	if (world->before.page[index].use == MODEL_BUFFER)
		world_touch(world, page->at);
	if (page->zeroed) {
		page->zeroed = false;
		*stamp = 0;
		for (unsigned i = 0; i < PAGE_SIZE / sizeof(*word); i++)
			if (word[i])
				oracle_wrong(world, "not zeroed", page->at);
	}
	if (word[0] != *stamp || word[200] != *stamp || word[511] != *stamp)
		oracle_wrong(world, "contents changed", page->at);
}

static bool is_locked(const struct lock *lock)
{
	return lock->next != lock->serving;
}

/* --- Quotas ------------------------------------------------------------ */

static const enum quota_kind kinds[MODEL_KINDS] = {
	[MODEL_NODES] = QUOTA_NODES,
	[MODEL_TXNS] = QUOTA_TXNS,
	[MODEL_BORROWERS] = QUOTA_BORROWERS,
};

static void compare_quota(struct world *world, const struct quota *quota,
	struct model_holding want, uint64_t who)
{
	for (int i = 0; i < MODEL_KINDS; i++)
		if (quota->used.of[kinds[i]] != want.of[i])
			oracle_wrong(world, "charged for what it does not hold",
				who);
}

static void count_table(void *context, const struct walker_table *table)
{
	(void)table;
	++*(uint32_t *)context;
}

/* The two roots are nobody's charge. */
static void compare_tables(struct world *world, int party)
{
	struct walker_memory all = memory();
	struct space *space = &world->party[party]->space;
	uint32_t count = 0;

	for (int ns = 0; ns < 2; ns++) {
		struct walker_table root = {space->root[ns].v, 0, 1};

		walker_visit_tables(&all, root, count_table, &count);
	}
	if (space->table_count != count - 2)
		oracle_wrong(world, "charged for tables that it does not have",
			(uint64_t)party);
}

/*
 * Of the normal world's with a hypervisor the model knows nothing; of a
 * virtual machine's, not what it has donated unknowingly.
 */
static bool is_counted(struct world *world, int party)
{
	if (!world->has_hypervisor)
		return true;
	if (world_is_vm(world, party))
		return !oracle_has_untold(world);
	return party != NWD;
}

static void compare_quotas(struct world *world)
{
	for (int party = NWD; party < world->parties; party++) {
		if (is_counted(world, party))
			compare_quota(world, &world->party[party]->ep.quota,
				model_holding(&world->model, party),
				(uint64_t)party);
		if (party != NWD)
			compare_tables(world, party);
	}
	for (unsigned vm = 0; vm < MODEL_VMS && !world->has_hypervisor; vm++)
		compare_quota(world, &world->watched->engine->vm[vm],
			model_vm_holding(&world->model, vm), vm);
}

static void compare_seam(struct world *world)
{
	if (host_violation())
		oracle_wrong(world, host_violation(), 0);
	if (!host_is_synced())
		oracle_wrong(world, "stores that no barrier follows", 0);
	if (!host_ghost_is_empty())
		oracle_wrong(
			world, "something broken was never invalidated", 0);
	if (is_locked(&world->watched->engine_lock) ||
		is_locked(&world->hypervisor.spm.engine_lock) ||
		is_locked(&world->hypervisor.relay.lock))
		oracle_wrong(world, "a lock is still held", 0);
}

bool oracle_end(struct world *world)
{
	const char *broken;

	host_checker_set(NULL, NULL);
	if (world->unwatched)
		return true;
	broken = model_check(&world->model);
	if (!broken)
		broken = ledger_check(world->watched->engine);
	if (!broken && world->has_hypervisor)
		broken = ledger_check(&world->hypervisor.engine);
	if (broken)
		oracle_wrong(world, broken, 0);
	survey_all(world);
	for (uint32_t i = 0; i < world->model.page_count; i++) {
		compare_access(world, i);
		compare_contents(world, i);
	}
	oracle_compare_ledgers(world);
	compare_quotas(world);
	compare_seam(world);
	return !world->wrong[0];
}
