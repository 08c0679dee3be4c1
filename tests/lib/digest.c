/*
 * One number for everything that a refused call must leave as it was: ledger,
 * transactions, tables, pool, quotas. Handle numbers may be used up.
 */
#include "lib/oracle.h"
#include "lib/walker.h"

#define FNV_PRIME 0x100000001b3ull

struct digest {
	uint64_t sum;
};

static void add(struct digest *digest, uint64_t value)
{
	digest->sum = (digest->sum ^ value) * FNV_PRIME;
	digest->sum ^= digest->sum >> 32;
}

static void add_node(struct digest *digest, const struct ledger_node *node)
{
	add(digest, node->node.key);
	add(digest, node->node.user32);
	add(digest, node->node.user8);
}

static void add_ledger(struct digest *digest, const struct ledger *ledger)
{
	const struct tree_node *at = ledger->titles.first;

	add(digest, ledger->titles.count);
	for (; at; at = at->next) {
		const struct ledger_node *title = (const void *)at;

		add(digest, at->key);
		add(digest, at->user32);
		add(digest, title->title.owner->id);
		add(digest, title->title.access.perm);
		add(digest, title->title.access.attr);
	}
	add(digest, ledger->loans.count);
	for (at = ledger->loans.first; at; at = at->next)
		add_node(digest, (const void *)at);
}

static void add_borrowers(struct digest *digest, const struct borrower *at)
{
	for (; at; at = at->next) {
		add(digest, at->phase);
		add(digest, at->cursor.next ? at->cursor.offset : 0);
	}
}

static void add_txns(struct digest *digest, const struct tree *txns)
{
	const struct tree_node *at = txns->first;

	for (; at; at = at->next) {
		const struct txn *txn = (const void *)at;
		const struct ledger_node *loan = txn->loans;

		add(digest, txn_handle(txn));
		add(digest, txn->phase);
		add_borrowers(digest, txn->borrowers);
		add(digest, txn->zero_after);
		add(digest, txn->flags);
		for (unsigned kind = 0; kind < QUOTA_KINDS; kind++)
			add(digest, txn->charged.of[kind]);
		add(digest, txn->quarantined);
		add(digest, txn->hypervisor.next ? txn->hypervisor.offset : 0);
		add(digest, txn->bytes_received);
		for (; loan; loan = loan->loan.next)
			add_node(digest, loan);
	}
}

static void add_quota(struct digest *digest, const struct quota *quota)
{
	for (unsigned kind = 0; kind < QUOTA_KINDS; kind++)
		add(digest, quota->used.of[kind]);
}

/* Entries in order, where they lie, and what they say. */
static void add_table(void *context, const struct walker_table *table)
{
	struct digest *digest = context;
	const struct walker_memory all = {
		host_memory(paddr(0)), HOST_MEMORY_SIZE};
	const uint64_t *entry = host_memory(paddr(table->page));
	unsigned i = walker_next_entry(&all, table->page, 0);

	add(digest, table->level);
	for (; i < WALKER_ENTRIES;
		i = walker_next_entry(&all, table->page, i + 1)) {
		add(digest, i);
		/* Which page a table got does not matter. */
		add(digest, table->level < 3 && (entry[i] & 3) == 3
				    ? entry[i] & 0xfff
				    : entry[i]);
	}
}

static void add_spaces(struct digest *digest, struct world *world)
{
	struct walker_memory all = {host_memory(paddr(0)), HOST_MEMORY_SIZE};

	for (int party = SP1; party < world->parties; party++)
		for (int ns = 0; ns < 2; ns++) {
			struct walker_table root = {
				world->partition[party].space.root[ns].v, 0, 1};

			walker_visit_tables(&all, root, add_table, digest);
		}
}

static void add_bytes(struct digest *digest, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size-- > 0)
		add(digest, *at++);
}

static void add_notify(struct digest *digest, const struct notify *notify)
{
	if (!notify->on)
		return;
	add(digest, notify->vcpu_count);
	add(digest, notify->untold);
	for (unsigned world = 0; world < NOTIFY_WORLDS; world++) {
		add(digest, notify->framework[world]);
		add_bytes(digest, &notify->from[world],
			sizeof(notify->from[world]));
	}
}

static void add_mailbox(struct digest *digest, const struct mailbox *mailbox)
{
	add(digest, mailbox->mapped);
	if (!mailbox->mapped)
		return;
	add(digest, mailbox->tx_readers);
	add(digest, mailbox->pair.tx.base.v);
	add(digest, mailbox->pair.rx.base.v);
}

static void add_vms(struct digest *digest, const struct spm *spm)
{
	for (unsigned i = 0; i < SPM_VMS_MAX; i++) {
		add(digest, spm->vms[i].id);
		add_notify(digest, &spm->vms[i].notify);
		add_mailbox(digest, &spm->vms[i].mailbox);
		add(digest, spm->vms[i].mailbox.rx);
	}
}

static void add_manager(struct digest *digest, const struct spm *spm)
{
	add_ledger(digest, &spm->engine->ledger);
	add_txns(digest, &spm->engine->txns);
	add(digest, spm->pool.free_count);
}

uint64_t oracle_digest(struct world *world)
{
	struct digest digest = {0xcbf29ce484222325ull};

	add_manager(&digest, &world->spm);
	if (world->has_hypervisor)
		add_manager(&digest, &world->hypervisor.spm);
	add_spaces(&digest, world);
	add_vms(&digest, &world->spm);
	for (unsigned vm = 0; vm < ENGINE_VM_QUOTAS; vm++)
		add_quota(&digest, &world->engine.vm[vm]);
	for (int party = 0; party < world->parties; party++) {
		const struct partition *partition = &world->partition[party];

		add_quota(&digest, &partition->ep.quota);
		add(&digest, partition->space.table_count);
		add(&digest, partition->ep.aborted);
		add_mailbox(&digest, &partition->mailbox);
		add_notify(&digest, &partition->notify);
	}
	return digest.sum;
}
