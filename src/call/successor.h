/*
 * A kernel that follows another in the normal world, without a word of the
 * first: how the manager knows, and what it ends then (docs/adr/0027).
 *
 * The sign has three parts, with no other call of the normal world between
 * them but questions (FFA_FEATURES, ids) and FFA_VERSION itself: a CPU joins
 * the only one that is on, or there is only one anyway; FFA_VERSION;
 * FFA_RXTX_MAP of the caller's own pair.
 *
 * Locking: takes the chain lock, the engine lock; none may be held.
 */
#ifndef CALL_SUCCESSOR_H
#define CALL_SUCCESSOR_H

#include "call/gate.h"

/* `cpu` is on. */
void successor_cpu_on(struct cpu *cpu);

/*
 * FFA_VERSION of the normal world with a version that we speak: it is in force
 * at once where nothing is left of whoever spoke before, else with the
 * FFA_RXTX_MAP that completes the sign. Refuses: VERSION_LOCKED.
 */
enum reason MUST_USE successor_version(struct call *call, uint32_t version);

/*
 * FFA_RXTX_MAP of the normal world, of its own pair or of a machine's. True
 * where it completes the sign: all that the former kernel has left has ended,
 * and its pair is not mapped any more.
 */
bool successor_maps(struct spm *spm, bool own);

#endif
