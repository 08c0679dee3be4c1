/*
 * Compares after every call: the model, the ledger, what each party can
 * really reach (table bytes and ghost TLB, through the independent walker),
 * and the contents of memory. During a call it judges every event at the
 * port. The first thing that is wrong goes to world->wrong.
 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include "lib/world.h"

/* Before a call: world->before is what was, world->model what must be. */
void oracle_begin(struct world *world);

/* After it. False: see world->wrong. */
bool oracle_end(struct world *world);

/* Ledger, tables, pool and quotas in one number. */
uint64_t oracle_digest(struct world *world);

#endif
