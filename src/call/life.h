/*
 * What follows the death of a partition, as its manifest says (abort-action):
 * its memory becomes the manager's, or is made as it was at boot, and it starts
 * again. Only when all of that memory is back.
 *
 * Locking: takes the chain lock, the engine lock; none may be held.
 */
#ifndef CALL_LIFE_H
#define CALL_LIFE_H

#include "spm.h"

/*
 * Looks at all that await it. Whoever ends what kept one waiting calls this;
 * who is ready starts again on this CPU, behind the exit it handles.
 */
void life_settle(struct cpu *cpu);

#endif
