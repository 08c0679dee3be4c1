/*
 * When records repeat: on the console, and wherever else a trace is shown.
 * Who finds `repeats` above TRACE_FOLD_AFTER leaves the record out; before a
 * record that does not follow, count[] says how many each of seen[] stands for.
 */
#ifndef CALL_TRACE_FOLD_H
#define CALL_TRACE_FOLD_H

#include "spm.h"

/* Repetitions that are printed before the rest is only counted. */
#define TRACE_FOLD_AFTER 8

/* Equal but for what differs at every repetition of one operation. */
static inline bool trace_is_repetition(
	const struct trace_record *a, const struct trace_record *b)
{
	return a->func == b->func && a->status == b->status &&
	       a->reason == b->reason && a->who == b->who &&
	       a->peer == b->peer && a->change == b->change &&
	       a->access == b->access && a->pages == b->pages &&
	       a->base == b->base && a->ranges == b->ranges;
}

/* True when the record continues the pattern that this CPU repeats. */
static inline bool trace_follows(
	struct trace_fold *fold, const struct trace_record *record)
{
	uint32_t position = fold->position;

	if (fold->filled < TRACE_FOLD_PERIOD ||
		!trace_is_repetition(&fold->seen[position], record))
		return false;
	fold->position = (position + 1) % TRACE_FOLD_PERIOD;
	fold->repeats++;
	if (fold->repeats > TRACE_FOLD_AFTER)
		fold->count[position]++;
	return true;
}

/* The last two records are the pattern that the next ones may repeat. */
static inline void trace_remember(
	struct trace_fold *fold, const struct trace_record *record)
{
	if (fold->filled == TRACE_FOLD_PERIOD)
		fold->seen[0] = fold->seen[1];
	else
		fold->filled++;
	fold->seen[fold->filled - 1] = *record;
	fold->position = 0;
	fold->repeats = 0;
}

#endif
