/*
 * Plays a capture: boots the manager from what it was booted from, gives it
 * every call and every other exit again, and compares what comes out.
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include "base/types.h"

struct replay_options {
	const char *capture; /* the file */
	bool trace;          /* print every call */
};

/* 0: as captured. 1: something differs. 2: the file cannot be played. */
int replay_file(const struct replay_options *options);

#endif
