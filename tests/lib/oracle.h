/*
 * Compares after every call: the model, the ledger, what each party can
 * really reach (table bytes and ghost TLB, through the independent walker),
 * and the contents of memory. During a call it judges every event at the
 * port. The first thing that is wrong goes to world->wrong.
 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include "lib/walker.h"
#include "lib/world.h"

/* Before a call: world->before is what was, world->model what must be. */
void oracle_begin(struct world *world);

/* After it. False: see world->wrong. */
bool oracle_end(struct world *world);

/* What a table's entry gives. */
struct model_access oracle_access(const struct walker_leaf *leaf);

/* Judges an event of a call: a host_checker; `context` is the world. */
void oracle_event(void *context, const struct host_event *event);

/* oracle_ledger.c: titles, loans and transactions of both managers. */
void oracle_compare_ledgers(struct world *world);

/* A donation has been retrieved, and its donor's manager has not heard. */
bool oracle_has_untold(struct world *world);

/* Notes what is wrong, if it is the first. */
void oracle_wrong(struct world *world, const char *what, uint64_t at);

/* Ledger, tables, pool and quotas in one number. */
uint64_t oracle_digest(struct world *world);

#endif
