/*
 * Plays a capture: boots the manager from what it was booted from, gives it
 * every call and every other exit again, and compares what comes out.
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include "host/port_host.h"
#include "lib/capture_file.h"
#include "spm.h"

/* Something that came in, with what the machine did about it. */
struct replay_event {
	enum capture_kind kind; /* CAPTURE_ONLINE, _CALL or _EXIT */
	unsigned line;          /* of the file */
	struct cpu *cpu;        /* its current context has the registers */
	const struct capture_line *effect; /* reads and records, in order */
	size_t effect_count;
};

/* Somebody who looks on; what begins an event returns a status as below. */
struct replay_watch {
	void *context;
	int (*booted)(void *context, struct spm *spm);
	int (*before)(void *context, const struct replay_event *event);
	int (*after)(void *context, const struct replay_event *event);
	host_checker *during;
};

struct replay_options {
	const char *capture;              /* the file */
	bool trace;                       /* print every call */
	const struct replay_watch *watch; /* or NULL */
};

/* 0: as captured. 1: something differs. 2: the file cannot be played. */
int replay_file(const struct replay_options *options);

#endif
