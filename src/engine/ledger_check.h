/*
 * The invariants of docs/INVARIANTS.md that can be read off the ledger. Slow;
 * for tests and for the console command at the end of the story.
 */
#ifndef ENGINE_LEDGER_CHECK_H
#define ENGINE_LEDGER_CHECK_H

#include "engine/txn.h"

/* NULL when all hold, else the first that does not, e.g. "I2 …". */
const char *ledger_check(const struct engine *engine);

#endif
