/* Follows ownership and access through a story. */
#include "trace/memory.h"

#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "abi/reason.h"

/* --- Regions and lanes --------------------------------------------------- */

static struct region *add_region(
	struct memory *memory, const struct trace_record *record)
{
	struct region *region;

	if (memory->regions == memory->region_room) {
		memory->region_room = 2 * memory->region_room + 16;
		memory->region = realloc(memory->region,
			memory->region_room * sizeof(*memory->region));
		if (memory->region == NULL)
			abort();
	}
	region = &memory->region[memory->regions++];
	*region = (struct region){
		.base = record->base,
		.pages = record->pages,
		.ranges = record->ranges,
		.first = memory->columns - 1,
		.touched = memory->columns - 1,
	};
	return region;
}

static struct region *find_region(
	struct memory *memory, const struct trace_record *record)
{
	for (size_t i = memory->regions; i-- > 0;) {
		struct region *region = &memory->region[i];

		if (region->base == record->base &&
			region->pages == record->pages &&
			region->ranges == record->ranges && !region->faults)
			return region;
	}
	return add_region(memory, record);
}

static struct lane *find_lane(struct region *region, uint16_t party)
{
	for (unsigned i = 0; i < region->lanes; i++)
		if (region->lane[i].party == party)
			return &region->lane[i];
	return NULL;
}

/* The last lane is for all who have none of their own. */
static struct lane *lane_of(struct region *region, uint16_t party)
{
	struct lane *lane = find_lane(region, party);

	if (lane != NULL)
		return lane;
	if (region->lanes == LANES_MAX)
		return &region->lane[LANES_MAX - 1];
	lane = &region->lane[region->lanes++];
	lane->party = party;
	return lane;
}

static struct item *add_item(
	struct lane *lane, enum item_kind kind, size_t column)
{
	if (lane->count == lane->room) {
		lane->room = 2 * lane->room + 8;
		lane->item =
			realloc(lane->item, lane->room * sizeof(*lane->item));
		if (lane->item == NULL)
			abort();
	}
	lane->item[lane->count] =
		(struct item){.kind = kind, .column = column, .last = SIZE_MAX};
	return &lane->item[lane->count++];
}

static struct item *held(struct lane *lane)
{
	return lane->span == 0 ? NULL : &lane->item[lane->span - 1];
}

static enum hold holds(struct lane *lane)
{
	const struct item *span = held(lane);

	return span == NULL ? HOLD_NONE : span->hold;
}

/* From this column on. The access is given by whoever knows it. */
static struct item *hold(struct lane *lane, size_t column, enum hold what)
{
	struct item *span = held(lane);

	if (span != NULL)
		span->last = column;
	lane->span = 0;
	if (what == HOLD_NONE)
		return NULL;
	span = add_item(lane, ITEM_SPAN, column);
	span->hold = what;
	lane->span = lane->count;
	return span;
}

static bool is_owner(enum hold what)
{
	return what == HOLD_OWN || what == HOLD_SHARED || what == HOLD_LENT ||
	       what == HOLD_GIVEN;
}

/* --- What a record does -------------------------------------------------- */

/* An owner that the trace names here for the first time has been it before. */
static struct item *was_owner(struct lane *lane)
{
	struct item *span = held(lane);

	if (lane->count == 0)
		span = hold(lane, 0, HOLD_OWN);
	return span;
}

static void send(struct region *region, const struct trace_record *record,
	size_t column, enum hold sender)
{
	struct lane *lane = lane_of(region, record->who);
	struct item *before = was_owner(lane);
	bool known = before != NULL && before->known;
	uint8_t access = known ? before->access : 0;
	struct item *span = hold(lane, column, sender);

	span->known = known;
	span->access = access;
	lane = lane_of(region, record->peer);
	if (!is_owner(holds(lane)))
		(void)hold(lane, column, HOLD_OFFERED);
}

static void take(struct region *region, const struct trace_record *record,
	size_t column, enum hold what)
{
	struct item *span = hold(lane_of(region, record->who), column, what);

	span->known = true;
	span->access = record->access;
}

/* Whom the normal world's memory belongs to is not the SPMC's business. */
static bool have_one_ledger(uint16_t a, uint16_t b)
{
	return !(a == FFA_ID_NWD && is_vm(b)) && !(b == FFA_ID_NWD && is_vm(a));
}

static void nobody_else(struct region *region, uint16_t party, size_t column)
{
	for (unsigned i = 0; i < region->lanes; i++)
		if (region->lane[i].party != party &&
			have_one_ledger(region->lane[i].party, party))
			(void)hold(&region->lane[i], column, HOLD_NONE);
}

/* What it had before it first sent it is what it has again. */
static void restore(
	struct region *region, const struct trace_record *record, size_t column)
{
	struct lane *lane = lane_of(region, record->who);

	if (lane->count == 0)
		(void)hold(lane, 0, HOLD_LENT);
	for (size_t i = 0; i < lane->count; i++) {
		struct item *item = &lane->item[i];

		if (item->kind != ITEM_SPAN || item->known)
			continue;
		item->known = true;
		item->access = record->access;
	}
	nobody_else(region, record->who, column);
	take(region, record, column, HOLD_OWN);
}

static void stop(struct memory *memory, const struct entry *entry,
	size_t column, size_t shown)
{
	for (size_t i = 0; i < memory->regions; i++) {
		struct region *region = &memory->region[i];
		struct lane *lane = find_lane(region, entry->record.who);

		if (lane == NULL || holds(lane) == HOLD_NONE)
			continue;
		if (!is_owner(holds(lane)))
			(void)hold(lane, column, HOLD_NONE);
		add_item(lane, ITEM_STOPPED, column)->shown = shown;
	}
}

static bool is_borrowed(struct region *region)
{
	for (unsigned i = 0; i < region->lanes; i++)
		if (holds(&region->lane[i]) == HOLD_BORROWED)
			return true;
	return false;
}

/* What a former kernel had sent and nobody holds is the normal world's again.
 */
static void followed(struct memory *memory, size_t column)
{
	const struct trace_record again = {
		.who = FFA_ID_NWD,
		.access = TRACE_READ | TRACE_WRITE | TRACE_EXECUTE,
	};

	for (size_t i = 0; i < memory->regions; i++) {
		struct region *region = &memory->region[i];
		struct lane *lane = find_lane(region, FFA_ID_NWD);

		if (lane != NULL && is_owner(holds(lane)) &&
			holds(lane) != HOLD_OWN && !is_borrowed(region))
			restore(region, &again, column);
	}
}

/* --- Where marks go ------------------------------------------------------ */

static bool contains(const struct region *region, uint64_t address)
{
	uint64_t size = (uint64_t)region->pages * PAGE_SIZE;

	/* Further ranges lie somewhere behind, usually. */
	if (region->ranges > 1)
		size = size * 16;
	return address - region->base < size;
}

static struct region *region_of_fault(
	struct memory *memory, const struct trace_record *record)
{
	struct trace_record page = {
		.base = record->base & ~(PAGE_SIZE - 1),
		.pages = 1,
		.ranges = 1,
	};
	struct region *found = NULL;

	for (size_t i = 0; i < memory->regions; i++) {
		struct region *region = &memory->region[i];

		if (contains(region, record->base) &&
			(found == NULL || region->touched >= found->touched))
			found = region;
	}
	if (found != NULL)
		return found;
	found = add_region(memory, &page);
	found->faults = true;
	return found;
}

/*
 * A refusal's record may not say which memory: then where the caller was
 * concerned last.
 */
static struct region *region_of_refusal(
	struct memory *memory, const struct trace_record *record, bool *guessed)
{
	struct region *found = NULL;

	for (size_t i = 0; i < memory->regions; i++) {
		struct region *region = &memory->region[i];

		*guessed =
			record->handle == 0 || record->handle != region->handle;
		if (!*guessed)
			return region;
		if (find_lane(region, record->who) != NULL &&
			(found == NULL || region->touched >= found->touched))
			found = region;
	}
	return found;
}

static bool is_memory_call(uint32_t func)
{
	uint32_t number = func & ~FFA_64;

	return (number >= FFA_MEM_DONATE && number <= FFA_MEM_FRAG_TX) ||
	       number == FFA_MEM_PERM_GET || number == FFA_MEM_PERM_SET;
}

static void mark(struct memory *memory, struct region *region,
	enum item_kind kind, bool guessed)
{
	const struct column *column = &memory->column[memory->columns - 1];
	const struct entry *entry = memory->story->shown[column->shown].entry;
	struct item *item = add_item(
		lane_of(region, entry->record.who), kind, memory->columns - 1);

	item->shown = column->shown;
	item->access = entry->record.access;
	item->guessed = guessed;
	region->touched = memory->columns - 1;
}

static void refuse(struct memory *memory, const struct entry *entry)
{
	bool guessed = true;
	struct region *region =
		region_of_refusal(memory, &entry->record, &guessed);

	if (region != NULL)
		mark(memory, region, ITEM_REFUSED, guessed);
}

/* --- The story ----------------------------------------------------------- */

static bool is_change(enum trace_change change)
{
	return (change >= TRACE_SHARED && change <= TRACE_PERMITTED) ||
	       change == TRACE_INJECTED || change == TRACE_ABORTED ||
	       change == TRACE_FOLLOWED;
}

/* What a hypervisor retrieves or gives back for a virtual machine may be the
 * normal world's already: the SPMC's title stays. */
static bool is_for_another(
	struct region *region, const struct trace_record *record)
{
	struct lane *lane = find_lane(region, record->who);

	return lane != NULL && is_owner(holds(lane)) &&
	       (record->change == TRACE_MAPPED ||
		       record->change == TRACE_UNMAPPED);
}

static void change(struct memory *memory, const struct trace_record *record)
{
	struct region *region = find_region(memory, record);
	size_t column = memory->columns - 1;

	region->touched = column;
	if (record->handle != 0)
		region->handle = record->handle;
	if (is_for_another(region, record))
		return;
	if (record->change == TRACE_SHARED)
		send(region, record, column, HOLD_SHARED);
	else if (record->change == TRACE_LENT)
		send(region, record, column, HOLD_LENT);
	else if (record->change == TRACE_DONATED)
		send(region, record, column, HOLD_GIVEN);
	else if (record->change == TRACE_MAPPED)
		take(region, record, column, HOLD_BORROWED);
	else if (record->change == TRACE_RESTORED)
		restore(region, record, column);
	else if (record->change == TRACE_PERMITTED)
		take(region, record, column, HOLD_OWN);
	else if (record->change == TRACE_UNMAPPED)
		(void)hold(lane_of(region, record->who), column, HOLD_NONE);
	else if (record->change == TRACE_OWNED) {
		nobody_else(region, record->who, column);
		take(region, record, column, HOLD_OWN);
	}
}

static void follow(struct memory *memory, size_t shown)
{
	const struct entry *entry = memory->story->shown[shown].entry;
	const struct trace_record *record = &entry->record;
	bool refused = entry_refused(entry);

	if (refused ? !is_memory_call(record->func)
		    : !is_change((enum trace_change)record->change))
		return;
	memory->column[memory->columns++].shown = shown;
	if (refused)
		refuse(memory, entry);
	else if (record->change == TRACE_INJECTED)
		mark(memory, region_of_fault(memory, record), ITEM_FAULT,
			false);
	else if (record->change == TRACE_ABORTED)
		stop(memory, entry, memory->columns - 1, shown);
	else if (record->change == TRACE_FOLLOWED)
		followed(memory, memory->columns - 1);
	else
		change(memory, record);
}

void refusal_label(const struct entry *entry, char label[40])
{
	char status[32];

	if (entry->foreign != 0)
		snprintf(label, 40, "reason %d", entry->foreign);
	else if (entry->record.reason != R_NONE)
		snprintf(label, 40, "%s",
			reason_name((enum reason)entry->record.reason));
	else
		snprintf(label, 40, "%s", entry_status(entry, status));
}

void item_label(
	const struct memory *memory, const struct item *item, char label[40])
{
	char access[4];

	access_word(item->access, access);
	label[0] = '\0';
	if (item->kind == ITEM_REFUSED)
		refusal_label(memory->story->shown[item->shown].entry, label);
	else if (item->kind == ITEM_STOPPED)
		strcpy(label, "stopped");
	else if (item->kind == ITEM_SPAN && item->hold == HOLD_LENT)
		strcpy(label, "lent");
	else if (item->kind == ITEM_SPAN && item->hold == HOLD_GIVEN)
		strcpy(label, "given");
	else if (item->kind == ITEM_SPAN && item->hold == HOLD_SHARED)
		snprintf(label, 40, "%s shared", item->known ? access : "?");
	else if (item->kind == ITEM_SPAN && item->hold != HOLD_OFFERED)
		strcpy(label, item->known ? access : "?");
}

/* --- Layout -------------------------------------------------------------- */

#define COLUMN_WIDTH 27

static double needed(const struct memory *memory, const struct item *item)
{
	char label[40];

	item_label(memory, item, label);
	if (item->kind == ITEM_FAULT)
		return COLUMN_WIDTH;
	return (double)strlen(label) * CHARACTER +
	       (item->kind == ITEM_SPAN ? 10 : 24);
}

/* A label has room up to what comes next in its lane. */
static void widen(struct memory *memory, const struct lane *lane, size_t index)
{
	const struct item *item = &lane->item[index];
	size_t end = index + 1 < lane->count ? lane->item[index + 1].column
					     : memory->columns;
	double room = 0;
	double need = needed(memory, item);

	for (size_t i = item->column; i < end; i++)
		room += memory->column[i].width;
	if (room < need && end > item->column)
		memory->column[item->column].width += need - room;
}

/* A chapter's title has two lines. */
static void widen_chapter(struct memory *memory, size_t index)
{
	const struct chapter *chapter = &memory->chapter[index];
	const char *title =
		memory->story->shown[chapter->shown].entry->text + 3;
	size_t end = index + 1 < memory->chapters ? chapter[1].column
						  : memory->columns;
	double need = ((double)strlen(title) / 2 + 5) * TITLE_CHARACTER;

	for (size_t i = chapter->column; i < end; i++)
		need -= memory->column[i].width;
	if (need > 0 && need < 400 && end > chapter->column)
		memory->column[end - 1].width += need;
}

static void lay_out(struct memory *memory, double left)
{
	for (size_t i = 0; i < memory->columns; i++)
		memory->column[i].width = COLUMN_WIDTH;
	for (size_t i = 0; i < memory->regions; i++) {
		struct region *region = &memory->region[i];

		for (unsigned j = 0; j < region->lanes; j++)
			for (size_t k = 0; k < region->lane[j].count; k++)
				widen(memory, &region->lane[j], k);
	}
	for (size_t i = 0; i < memory->chapters; i++)
		widen_chapter(memory, i);
	for (size_t i = 0; i < memory->columns; i++) {
		memory->column[i].x = left;
		left += memory->column[i].width;
	}
	memory->right = left;
}

struct memory *memory_open(const struct story *story)
{
	struct memory *memory = calloc(1, sizeof(*memory));

	if (memory == NULL)
		abort();
	memory->story = story;
	memory->column = calloc(story->count + 1, sizeof(*memory->column));
	memory->chapter = calloc(story->count + 1, sizeof(*memory->chapter));
	if (memory->column == NULL || memory->chapter == NULL)
		abort();
	for (size_t i = 0; i < story->count; i++) {
		if (story->shown[i].entry->kind == ENTRY_RECORD)
			follow(memory, i);
		else if (story->shown[i].entry->kind == ENTRY_CHAPTER)
			memory->chapter[memory->chapters++] =
				(struct chapter){i, memory->columns};
	}
	lay_out(memory, MEMORY_LEFT);
	return memory;
}

void memory_close(struct memory *memory)
{
	for (size_t i = 0; i < memory->regions; i++)
		for (unsigned j = 0; j < memory->region[i].lanes; j++)
			free(memory->region[i].lane[j].item);
	free(memory->region);
	free(memory->column);
	free(memory->chapter);
	free(memory);
}
