/*
 * The matrix: every state of a page, every call, every party. What must come
 * is in expected.def, one row for calls that are answered alike; scene.c
 * brings a page into a state, calls.c makes the calls, expected.c looks up.
 */
#ifndef TESTS_MATRIX_H
#define TESTS_MATRIX_H

#include "lib/calls.h"

/*
 * States of the page that the calls are about. The first eight are what a
 * page can be without a transaction; OTHERS_WORLD is non-secure memory of a
 * partition.
 */
#define STATES(X)                                                              \
	X(EXCLUSIVE)                                                           \
	X(READ_ONLY)                                                           \
	X(CODE)                                                                \
	X(DEVICE)                                                              \
	X(OTHERS_WORLD)                                                        \
	X(BUFFER)                                                              \
	X(HOLE)                                                                \
	X(MANAGERS)                                                            \
	X(ASSEMBLING)   /* fragments of the send are missing */                \
	X(OPENING)      /* the send is zeroing */                              \
	X(SENT)         /* nobody has retrieved it */                          \
	X(RETRIEVING)   /* the first's response is being written */            \
	X(HELD)         /* by the first only */                                \
	X(READING)      /* held, fragments of the response missing */          \
	X(HELD_BY_ALL)  /* by the first and the second */                      \
	X(RELEASING)    /* the first's relinquish cleans caches */             \
	X(ZEROING)      /* the last holder's relinquish zeroes */              \
	X(RELINQUISHED) /* nobody holds it any more */                         \
	X(CLOSING)      /* the reclaim is zeroing */                           \
	X(RECLAIMED)    /* the owner's again, the handle is gone */            \
	X(DRAINING)     /* the donee's, fragments missing */                   \
	X(DONATED)      /* the donee's, the handle is gone */                  \
	X(WITHHELD)     /* zeroing failed at a relinquish */                   \
	X(WITHHELD_AT_RECLAIM)                                                 \
	X(DESCRIBING)      /* sent; the hypervisor reads what was sent */      \
	X(OWNER_DEAD)      /* sent before, retrieved by nobody */              \
	X(OWNER_DEAD_HELD) /* the first holds it */                            \
	X(FIRST_DEAD)      /* before it had retrieved anything */              \
	X(FIRST_DEAD_HELD) /* while it held the memory */

/*
 * How the page was sent: by a partition (P_) or by the normal world (N_); to
 * one receiver or to two; TO_VM: to a partition and a VM. PAGE: not sent. The
 * normal world lends and donates under a VM's id.
 */
#define KINDS(X)                                                               \
	X(P_PAGE)                                                              \
	X(P_SHARE)                                                             \
	X(P_SHARE_2)                                                           \
	X(P_LEND)                                                              \
	X(P_LEND_2)                                                            \
	X(P_DONATE)                                                            \
	X(N_PAGE)                                                              \
	X(N_SHARE)                                                             \
	X(N_SHARE_2)                                                           \
	X(N_SHARE_TO_VM)                                                       \
	X(N_LEND)                                                              \
	X(N_LEND_2)                                                            \
	X(N_DONATE)

/*
 * The sends are about the page, to partitions that are alive; WITH_ZERO has
 * the zero flag. RETRIEVE asks for what the sender gave. FRAG_TX has one more
 * range, FRAG_RX the offset that comes next. DESCRIBE is the hypervisor's
 * retrieve request, without receivers. MAP has the page as TX, after the
 * caller has unmapped the pair it had.
 */
#define CALLS(X)                                                               \
	X(DONATE)                                                              \
	X(DONATE_WITH_ZERO)                                                    \
	X(LEND)                                                                \
	X(LEND_WITH_ZERO)                                                      \
	X(LEND_2)                                                              \
	X(SHARE)                                                               \
	X(SHARE_2)                                                             \
	X(FRAG_TX)                                                             \
	X(RETRIEVE)                                                            \
	X(FRAG_RX)                                                             \
	X(DESCRIBE)                                                            \
	X(RELINQUISH)                                                          \
	X(RELINQUISH_WITH_ZERO)                                                \
	X(RECLAIM)                                                             \
	X(RECLAIM_WITH_ZERO)                                                   \
	X(MAP)                                                                 \
	X(UNMAP)

/* Who calls. SECOND: where there are two receivers; a VM calls as its world.
 * WORLD: the normal world, where it is not the owner. */
#define CALLERS(X)                                                             \
	X(OWNER)                                                               \
	X(FIRST)                                                               \
	X(SECOND)                                                              \
	X(STRANGER)                                                            \
	X(WORLD)

#define AS_STATE(name) AT_##name,
enum matrix_state { STATES(AS_STATE) AT_COUNT };
#define AS_KIND(name) BY_##name,
enum matrix_kind { KINDS(AS_KIND) BY_COUNT };
#define AS_CALL(name) DO_##name,
enum matrix_call { CALLS(AS_CALL) DO_COUNT };
#define AS_CALLER(name) AS_##name,
enum matrix_caller { CALLERS(AS_CALLER) AS_COUNT };

struct cell {
	enum matrix_state state;
	enum matrix_kind kind;
	enum matrix_call call;
	enum matrix_caller caller;
};

/* "HELD by SHARE_2: RETRIEVE by SECOND"; valid until the next. */
const char *cell_name(struct cell cell);
/* How many rows of expected.def speak of the cell: one, if all is well. */
unsigned cell_rows(struct cell cell);
enum reason cell_expected(struct cell cell);
/* There is such a state, and such a caller in it. */
bool scene_exists(enum matrix_state state, enum matrix_kind kind);
bool cell_exists(struct cell cell);
/* The state is the middle of a call of somebody else. */
bool state_is_claim(enum matrix_state state);

/* Calls `visit` for all calls and callers of a state. */
typedef void cell_visitor(void *context, struct cell cell);
void cell_each(enum matrix_state state, enum matrix_kind kind,
	cell_visitor *visit, void *context);
typedef void scene_visitor(enum matrix_state state, enum matrix_kind kind);
void scene_each(scene_visitor *visit);

struct scene {
	enum matrix_state state;
	enum matrix_kind kind;
	struct world *world;
	struct op op; /* the send that made the state */
	uint64_t page;
	/* Claims: the call in whose middle the page is, and where. */
	struct cell claim;
	enum host_event_kind moment;
};

/* For a claim, what comes before its call. Ends with scene_free(). */
struct scene *scene_make(enum matrix_state state, enum matrix_kind kind);
void scene_free(struct scene *scene);
int scene_party(const struct scene *scene, enum matrix_caller caller);

/* The call of a cell, in lockstep with the model. */
enum reason cell_do(struct scene *scene, struct cell cell);
/* The same on CPU `index`, with nobody watching. */
enum reason cell_do_on(struct scene *scene, unsigned index, struct cell cell);
/*
 * The cell's call leaves the state as it was: it is refused, or takes away
 * buffers of which nothing depends, which come back at once.
 */
bool cell_stays(struct cell cell);
/* Likewise on CPU 0: the call in whose middle the page is. */
enum reason claim_play(struct scene *scene);

#endif
