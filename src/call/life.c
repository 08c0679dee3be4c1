/* Lives after death. */
#include "call/life.h"

#include "engine/estate.h"
#include "partition/interrupts.h"
#include "partition/mailbox.h"
#include "port/port.h"

/* --- Memory ------------------------------------------------------------- */

struct piece {
	struct range range;
	struct access access;
};

/* The next that it owns; nobody else changes that. */
static bool next_piece(
	struct spm *spm, const struct endpoint *owner, struct piece *piece)
{
	const struct ledger_node *title;

	lock_take(&spm->engine_lock);
	title = estate_next(spm->engine, owner, range_end(piece->range));
	if (title != NULL)
		*piece = (struct piece){
			ledger_range(title), title->title.access};
	lock_drop(&spm->engine_lock);
	return title != NULL;
}

/* At S-EL0 what is read-only now may have been written before. */
static bool may_be_written(
	const struct partition *partition, const struct piece *piece)
{
	return (piece->access.perm & ACCESS_W) != 0 ||
	       endpoint_is_el0(&partition->ep);
}

/* False: there is a page that cannot be zeroed. */
static bool zero(struct spm *spm, const struct partition *partition)
{
	struct piece piece = {0};

	while (next_piece(spm, &partition->ep, &piece))
		if (!attr_is_device(piece.access.attr) &&
			may_be_written(partition, &piece) &&
			!port_zero(piece.range, attr_is_ns(piece.access.attr)))
			return false;
	return true;
}

/* --- Destroyed ---------------------------------------------------------- */

/* One title at a time, the lock in between. */
static bool take_next(
	struct spm *spm, const struct partition *partition, uint64_t *from)
{
	const struct ledger_node *title;

	lock_take(&spm->engine_lock);
	title = estate_next(spm->engine, &partition->ep, *from);
	if (title != NULL) {
		*from = range_end(ledger_range(title));
		estate_take(spm->engine, title);
	}
	lock_drop(&spm->engine_lock);
	return title != NULL;
}

static enum afterlife destroy(struct spm *spm, struct partition *partition)
{
	uint64_t from = 0;

	if (zero(spm, partition))
		while (take_next(spm, partition, &from))
			;
	return AFTERLIFE_NONE;
}

/* --- Restarted ---------------------------------------------------------- */

static bool reset_titles(struct spm *spm, struct partition *partition)
{
	const struct pristine *pristine = partition->pristine;
	bool good = true;

	lock_take(&spm->engine_lock);
	for (uint32_t i = 0; good && i < pristine->title_count; i++)
		good = estate_reset(spm->engine, &partition->ep,
			pristine->title[i].range, pristine->title[i].access);
	if (good)
		estate_forget(spm->engine, &partition->ep);
	lock_drop(&spm->engine_lock);
	return good;
}

static bool copy_package(const struct pristine *pristine)
{
	if (!port_copy_out(pristine->package.base, false, pristine->copy,
		    pristine->package.pages << PAGE_SHIFT))
		return false;
	port_code_publish(pristine->package);
	return true;
}

static bool map_buffers(struct spm *spm, struct partition *partition)
{
	struct buffer_pair pair = partition->pristine->buffers;

	return !partition->pristine->has_buffers ||
	       mailbox_map(spm, &partition->ep, &partition->mailbox, &pair) ==
		       R_NONE;
}

static enum afterlife restart(struct spm *spm, struct partition *partition)
{
	if (partition->restarts >= PARTITION_RESTARTS_MAX ||
		!reset_titles(spm, partition) || !zero(spm, partition) ||
		!copy_package(partition->pristine) ||
		!map_buffers(spm, partition))
		return AFTERLIFE_NONE;
	interrupt_configure(partition);
	return AFTERLIFE_READY;
}

/* --- Whose turn it is --------------------------------------------------- */

static enum estate look(struct spm *spm, const struct partition *partition)
{
	enum estate estate;

	lock_take(&spm->engine_lock);
	estate = estate_look(spm->engine, &partition->ep);
	lock_drop(&spm->engine_lock);
	return estate;
}

/* When it died, somebody was writing a message to its RX. */
static bool has_buffers(struct spm *spm, struct partition *partition)
{
	struct txn *foreign;

	return partition->mailbox.mapped &&
	       mailbox_unmap(spm, partition, &foreign) != R_NONE;
}

static enum afterlife go_on(struct spm *spm, struct partition *partition)
{
	enum estate estate = look(spm, partition);

	if (estate == ESTATE_LOST)
		return AFTERLIFE_NONE;
	if (estate == ESTATE_OUT || has_buffers(spm, partition))
		return AFTERLIFE_AWAITED;
	return partition->abort_action == ABORT_RESTART
		       ? restart(spm, partition)
		       : destroy(spm, partition);
}

static bool claim(struct spm *spm, struct partition *partition)
{
	bool awaited;

	lock_take(&spm->chain_lock);
	awaited = partition->afterlife == AFTERLIFE_AWAITED;
	if (awaited)
		partition->afterlife = AFTERLIFE_WORKING;
	lock_drop(&spm->chain_lock);
	return awaited;
}

static void publish(
	struct spm *spm, struct partition *partition, enum afterlife next)
{
	lock_take(&spm->chain_lock);
	partition->afterlife = next;
	lock_drop(&spm->chain_lock);
}

void life_settle(struct cpu *cpu)
{
	struct spm *spm = cpu->spm;

	for (uint32_t i = 0; i < spm->partition_count; i++) {
		struct partition *partition = &spm->partitions[i];
		enum afterlife next;

		if (!claim(spm, partition))
			continue;
		next = go_on(spm, partition);
		publish(spm, partition, next);
		cpu->interrupts_wait |= next == AFTERLIFE_READY;
	}
}
