/* Copies of packages. */
#include "boot/pristine.h"

#include "base/assert.h"
#include "boot/plan.h"
#include "engine/estate.h"
#include "port/port.h"

_Static_assert(sizeof(struct pristine) <= PAGE_SIZE, "the copy follows it");

static void note_titles(const struct engine *engine,
	const struct endpoint *owner, struct pristine *pristine)
{
	const struct ledger_node *title = estate_next(engine, owner, 0);

	while (title != NULL) {
		uint32_t at = pristine->title_count++;

		ASSERT(at < PARTITION_TITLES_MAX);
		pristine->title[at].range = ledger_range(title);
		pristine->title[at].access = title->title.access;
		title = estate_next(
			engine, owner, range_end(ledger_range(title)));
	}
}

bool pristine_make(struct spm *spm, const struct loaded *loaded,
	struct partition *partition, struct pristine *pristine)
{
	uint8_t *copy = (uint8_t *)pristine + PAGE_SIZE;

	pristine->package = (struct range){
		loaded->vm->load_address, plan_package_pages(loaded)};
	pristine->copy = copy;
	pristine->version = partition->version;
	pristine->has_notifications = partition->notify.on;
	pristine->has_buffers = partition->mailbox.mapped;
	pristine->buffers = partition->mailbox.pair;
	note_titles(spm->engine, &partition->ep, pristine);
	partition->pristine = pristine;
	return port_copy_in(copy, pristine->package.base, false,
		pristine->package.pages << PAGE_SHIFT);
}
