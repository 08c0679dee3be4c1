/*
 * Tapes: the numbers that a random test draws, as bytes. A tape is a list of
 * records, one a step of the test; a record says everything about its step,
 * so that steps can be taken out and the others still are what they were.
 *
 * A tape is played in a process of its own. When that fails, in whatever way,
 * the tape is cut down to the records that matter, printed as hex and as the
 * manager's own trace of the calls. Such a tape, as a file in tests/corpus,
 * is played again by every run; it means what it meant only as long as the
 * test draws the same numbers, so what it showed gets a test of its own, too.
 */
#ifndef TESTS_TAPE_H
#define TESTS_TAPE_H

#include "base/types.h"

#define TAPE_RECORD 24u

struct tape {
	uint8_t *bytes;
	uint32_t records;
	uint32_t next; /* record */
	const uint8_t *record;
	uint32_t used; /* bytes of the record */
	uint64_t rest; /* for what is drawn beyond them */
};

/* The next record is the step's; false: there is none. */
bool tape_step(struct tape *tape);

/* A number below `limit`, of this step. Without a step it is 0. */
uint32_t tape_draw(struct tape *tape, uint32_t limit);

/* Plays all steps; fails as a test does. */
typedef void tape_player(struct tape *tape);

struct tape_test {
	const char *name;
	tape_player *play;
	uint32_t runs;
	uint32_t steps;
};

/*
 * As many random tapes as the test has runs; with ESCROW_SEED only that one,
 * with ESCROW_STEPS of another length. With ESCROW_TAPE the file's tape, as it
 * is, and what it does is printed.
 */
void tape_run(const struct tape_test *test);

/* Random tapes from seed `first` on, until the seconds are over; how many. */
uint32_t tape_run_for(
	const struct tape_test *test, uint64_t first, uint32_t seconds);

/* All files of tests/corpus whose name begins with the test's. */
void tape_replay(const struct tape_test *test);

/* True while the player is to print what it does. */
bool tape_is_told(void);

#endif
