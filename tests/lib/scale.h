/*
 * Many shares, and shares of many ranges, straight at the engine: for tests of
 * capacity and for measurements. What a call does under the engine lock is
 * one function here, scale_hold_*, so that a profiler can tell them apart.
 */
#ifndef TESTS_SCALE_H
#define TESTS_SCALE_H

#include "engine/txn.h"

struct scale {
	struct engine *engine;
	struct endpoint *owner;    /* sends */
	struct endpoint *borrower; /* retrieves */
	uint16_t sender;           /* the owner's id, or a VM's */
	/* After every hold of the lock, with its name; or NULL. */
	void (*after)(const char *hold);
};

/* One transaction: `ranges` ranges of `pages`, `step` bytes apart. */
struct scale_op {
	enum mem_func func;
	uint64_t base;
	uint32_t ranges;
	uint32_t pages;
	uint64_t step;
	uint32_t flags;
	uint32_t fragment; /* ranges of a fragment at most; 0: what fits TX */
	uint64_t handle;   /* result of scale_send() */
};

/* The first fragment only: the send stays unfinished. */
enum reason scale_begin(const struct scale *scale, struct scale_op *op);
/* In as many fragments as it takes. */
enum reason scale_send(const struct scale *scale, struct scale_op *op);
/* The whole response is read at once. */
enum reason scale_retrieve(
	const struct scale *scale, const struct scale_op *op);
enum reason scale_relinquish(
	const struct scale *scale, const struct scale_op *op);
enum reason scale_reclaim(const struct scale *scale, const struct scale_op *op);

#endif
