/*
 * From a log to what is drawn: what repeats comes once, with a count. A CPU
 * repeats by itself; whatever a client writes begins anew.
 */
#include "trace/trace.h"

#include <stdlib.h>
#include <string.h>

#include "call/trace_fold.h"

/* The longest pattern that is looked for, and how often it must come. */
#define PERIOD_MAX 24
#define REPEATS_MIN 4

struct item {
	const struct entry *entry;
	uint64_t times; /* 0: another one stands for it */
	unsigned stream;
};

static bool is_same(const struct entry *a, const struct entry *b)
{
	return a->kind == b->kind && a->text == NULL && b->text == NULL &&
	       a->has_next == b->has_next && a->next == b->next &&
	       a->foreign == b->foreign && a->bad_status == b->bad_status &&
	       a->bad_change == b->bad_change && !a->at_once &&
	       trace_is_repetition(&a->record, &b->record);
}

/* --- Order --------------------------------------------------------------- */

static bool is_blank(const struct entry *entry)
{
	const char *text;

	if (entry->kind != ENTRY_NOTE)
		return false;
	text = entry->text + strspn(entry->text, " ");
	return text[0] == '\0' || strcmp(text, "{") == 0 ||
	       strcmp(text, "}") == 0;
}

/* Of what several CPUs did at once only counts are known: an order in which
 * it could have been. */
static int rank(const struct entry *entry)
{
	switch ((enum trace_change)entry->record.change) {
	case TRACE_CPU_ON:
		return 0;
	case TRACE_SHARED:
	case TRACE_LENT:
	case TRACE_DONATED:
		return 2;
	case TRACE_MAPPED:
	case TRACE_OWNED:
		return 3;
	case TRACE_UNMAPPED:
		return 4;
	case TRACE_RESTORED:
		return 5;
	case TRACE_LEDGER:
		return 6;
	case TRACE_CPU_OFF:
		return 7;
	case TRACE_NOTHING:
	case TRACE_PERMITTED:
	case TRACE_BUFFERS:
	case TRACE_NO_BUFFERS:
	case TRACE_RX_FREE:
	case TRACE_SWITCH:
	case TRACE_VERSION:
	case TRACE_ABORTED:
	case TRACE_INJECTED:
	case TRACE_PREEMPTED:
	case TRACE_TOLD:
	case TRACE_FOLLOWED:
	case TRACE_INTERRUPT:
		break;
	}
	return 1;
}

static int compare(const void *left, const void *right)
{
	const struct entry *a = ((const struct item *)left)->entry;
	const struct entry *b = ((const struct item *)right)->entry;

	if (rank(a) != rank(b))
		return rank(a) - rank(b);
	return a < b ? -1 : 1;
}

static size_t take_items(struct item *item, const struct log *log)
{
	size_t count = 0;

	for (size_t i = 0; i < log->count; i++) {
		const struct entry *entry = &log->entry[i];

		if (is_blank(entry))
			continue;
		item[count++] = (struct item){
			.entry = entry,
			.times = entry->times,
			.stream = entry->numbered ? entry->record.cpu : 0,
		};
	}
	return count;
}

static void sort_windows(struct item *item, size_t count)
{
	size_t first = 0;

	for (size_t i = 0; i <= count; i++) {
		if (i < count && item[i].entry->at_once)
			continue;
		if (i > first + 1)
			qsort(item + first, i - first, sizeof(*item), compare);
		first = i + 1;
	}
}

/* --- Repetition ---------------------------------------------------------- */

/* How often the first `period` of them come in a row. */
static size_t repeats(struct item **item, size_t count, size_t period)
{
	size_t same = period;

	if (count < period * REPEATS_MIN)
		return 1;
	while (same < count &&
		is_same(item[same]->entry, item[same - period]->entry))
		same++;
	return same / period;
}

static size_t fold_here(struct item **item, size_t count)
{
	for (size_t period = 1; period <= PERIOD_MAX; period++) {
		size_t times = repeats(item, count, period);

		if (times < REPEATS_MIN)
			continue;
		for (size_t i = period; i < times * period; i++) {
			item[i % period]->times += item[i]->times;
			item[i]->times = 0;
		}
		return times * period;
	}
	return 1;
}

static void fold(struct item **item, size_t count)
{
	size_t at = 0;

	while (at < count)
		at += fold_here(item + at, count - at);
}

static int compare_streams(const void *left, const void *right)
{
	const struct item *a = *(struct item *const *)left;
	const struct item *b = *(struct item *const *)right;

	if (a->stream != b->stream)
		return a->stream < b->stream ? -1 : 1;
	return a < b ? -1 : 1;
}

/* Between two lines of a client. */
static void fold_streams(struct item *item, size_t count, struct item **list)
{
	size_t first = 0;

	for (size_t i = 0; i < count; i++)
		list[i] = &item[i];
	if (count > 0)
		qsort(list, count, sizeof(struct item *), compare_streams);
	for (size_t i = 1; i <= count; i++) {
		if (i < count && list[i]->stream == list[first]->stream)
			continue;
		fold(list + first, i - first);
		first = i;
	}
}

static void fold_all(struct item *item, size_t count)
{
	struct item **list = malloc((count + 1) * sizeof(struct item *));
	size_t first = 0;

	if (list == NULL)
		abort();
	for (size_t i = 0; i <= count; i++) {
		if (i < count && item[i].entry->kind != ENTRY_NOTE &&
			item[i].entry->kind != ENTRY_CHAPTER)
			continue;
		fold_streams(item + first, i - first, list);
		first = i + 1;
	}
	free(list);
}

void story_open(struct story *story, const struct log *log)
{
	struct item *item = calloc(log->count + 1, sizeof(*item));
	size_t count;

	*story = (struct story){.log = log};
	story->shown = calloc(STORY_MAX, sizeof(*story->shown));
	if (item == NULL || story->shown == NULL)
		abort();
	count = take_items(item, log);
	sort_windows(item, count);
	fold_all(item, count);
	for (size_t i = 0; i < count; i++) {
		if (item[i].times == 0)
			continue;
		if (story->count == STORY_MAX) {
			story->left_out++;
			continue;
		}
		story->shown[story->count++] =
			(struct shown){item[i].entry, item[i].times};
	}
	free(item);
}

void story_close(struct story *story)
{
	free(story->shown);
}
