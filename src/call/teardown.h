/*
 * The end of a partition, and what it leaves behind in the engine.
 */
#ifndef CALL_TEARDOWN_H
#define CALL_TEARDOWN_H

#include "spm.h"

/*
 * Relinquishes all that `partition`, already marked aborted, has borrowed,
 * zeroing where that was asked for, takes back what it has sent and nobody
 * holds, and unmaps its RX/TX unless a call is using them. The rest stays with
 * its borrowers until they give it back; what it owns is used by nobody else.
 */
void teardown(struct spm *spm, struct partition *partition);

/*
 * Stops the partition whose context runs on `cpu`: who waits for it gets
 * ABORTED, it is torn down, and what its manifest wants then begins.
 */
void teardown_current(struct cpu *cpu);

/*
 * Ends what a former kernel of the normal world, or its virtual machines, have
 * left: buffers, bitmaps, unfinished sends, what they hold, and what they have
 * sent. What a partition holds of that comes back when it gives it back.
 */
void teardown_former(struct spm *spm);

#endif
