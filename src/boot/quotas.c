/* Who may hold how much of the pool. */
#include "boot/quotas.h"

#include "base/assert.h"
#include "base/text.h"
#include "engine/txn.h"
#include "port/port.h"

#define LINE_SIZE 160

/* What one VM may hold of the normal world's share. */
#define VM_PART 4

/* Half of a partition's share is for tables. */
#define TABLE_PART 2

static uint32_t at_least_one(uint32_t pages)
{
	return pages > 0 ? pages : 1;
}

/*
 * Each kind comes from pages of its own, so that they cannot take them from
 * one another: a tenth for receivers, a fifth for transactions, the rest for
 * ranges and titles. What is used already lies in other pages.
 */
struct quota_amount quotas_objects(uint32_t pages)
{
	uint32_t borrowers = at_least_one(pages / 10);
	uint32_t txns = at_least_one(pages / 5);
	uint32_t nodes = pages - borrowers - txns;

	return (struct quota_amount){{
		[QUOTA_NODES] =
			nodes * SLAB_PER_PAGE(sizeof(struct ledger_node)),
		[QUOTA_TXNS] = txns * SLAB_PER_PAGE(TXN_OBJECT_SIZE),
		[QUOTA_BORROWERS] =
			borrowers * SLAB_PER_PAGE(BORROWER_OBJECT_SIZE),
	}};
}

static void set_limits(struct quota *quota, uint32_t pages)
{
	struct quota_amount objects = quotas_objects(pages);

	for (unsigned kind = 0; kind < QUOTA_KINDS; kind++)
		quota->limit.of[kind] = quota->used.of[kind] + objects.of[kind];
}

static uint32_t room(const struct quota *quota, enum quota_kind kind)
{
	return quota->limit.of[kind] - quota->used.of[kind];
}

static void set_vm_limits(struct engine *engine, const struct quota *nwd)
{
	for (unsigned i = 0; i < ENGINE_VM_QUOTAS; i++)
		for (unsigned kind = 0; kind < QUOTA_KINDS; kind++)
			engine->vm[i].limit.of[kind] =
				room(nwd, (enum quota_kind)kind) / VM_PART;
}

struct quotas_shares quotas_divide(uint32_t free, uint32_t partitions)
{
	uint32_t share = free / 2 / at_least_one(partitions);

	return (struct quotas_shares){
		.nwd = free / 2,
		.objects = share - share / TABLE_PART,
		.tables = share / TABLE_PART,
	};
}

void quotas_set(struct spm *spm)
{
	struct quotas_shares share =
		quotas_divide(spm->pool.free_count, spm->partition_count);

	if (share.objects + share.tables < QUOTAS_SHARE_MIN)
		PANIC("the manifest leaves too little secure memory");
	set_limits(&spm->nwd->ep.quota, share.nwd);
	set_vm_limits(spm->engine, &spm->nwd->ep.quota);
	for (uint32_t i = 0; i < spm->partition_count; i++) {
		struct endpoint *ep = &spm->partitions[i].ep;

		set_limits(&ep->quota, share.objects);
		ep->space->table_limit = ep->space->table_count + share.tables;
	}
}

/* --- Told -------------------------------------------------------------- */

static void add_party(struct text *text, const struct quota *quota)
{
	text_decimal(text, room(quota, QUOTA_NODES), 0, ' ');
	text_add(text, " ranges in ");
	text_decimal(text, room(quota, QUOTA_TXNS), 0, ' ');
	text_add(text, " transactions");
}

void quotas_tell(const struct spm *spm)
{
	char line[LINE_SIZE];
	struct text text = {line, sizeof(line), 0};

	text_add(&text, "Escrow: room for ");
	add_party(&text, &spm->nwd->ep.quota);
	text_add(&text, " of the normal world");
	if (spm->partition_count > 0) {
		const struct endpoint *ep = &spm->partitions[0].ep;

		text_add(&text, "; of a partition, ");
		add_party(&text, &ep->quota);
		text_add(&text, " and ");
		text_decimal(&text,
			ep->space->table_limit - ep->space->table_count, 0,
			' ');
		text_add(&text, " tables");
	}
	text_char(&text, '\n');
	port_console_write(text.at, text.length);
}
