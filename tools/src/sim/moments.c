/* What goes wrong, and what happens in between, while the next call runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

/* Only events at which no lock is held: another CPU may call. */
static const struct {
	const char *word;
	enum host_event_kind kind;
} kinds[] = {
	{"read", HOST_COPY_IN},
	{"write", HOST_COPY_OUT},
	{"zero", HOST_ZERO},
	{"clean", HOST_CLEAN},
	{"peer", HOST_FIRMWARE},
};

static const struct {
	const char *word;
	int32_t status;
} statuses[] = {
	{"NOT_SUPPORTED", FFA_NOT_SUPPORTED},
	{"INVALID_PARAMETERS", FFA_INVALID_PARAMETERS},
	{"NO_MEMORY", FFA_NO_MEMORY},
	{"BUSY", FFA_BUSY},
	{"DENIED", FFA_DENIED},
	{"ABORTED", FFA_ABORTED},
	{"RETRY", FFA_RETRY},
};

static bool fail_peer(struct sim *sim, struct words *words, uint32_t n)
{
	const char *word = words_take(words);

	for (unsigned i = 0; word != NULL && i < ARRAY_COUNT(statuses); i++)
		if (strcmp(statuses[i].word, word) == 0) {
			sim->machine.peer_fails = n;
			sim->machine.peer_status = statuses[i].status;
			return true;
		}
	return sim_bad(sim, "fail peer N STATUS");
}

/* page N, read N, zero N, peer N STATUS: the n-th of the next call. */
bool sim_fail(struct sim *sim, struct words *words)
{
	const char *what = words_take(words);
	uint64_t n;

	if (what == NULL || !words_number(words, &n) || n == 0)
		return sim_bad(sim, "fail page|copy|zero|peer N");
	if (strcmp(what, "peer") == 0)
		return fail_peer(sim, words, (uint32_t)n);
	if (strcmp(what, "page") == 0)
		sim->fail_pages = (uint32_t)n;
	else if (strcmp(what, "copy") == 0)
		host_fail_copy((uint32_t)n);
	else if (strcmp(what, "zero") == 0)
		host_fail_zero((uint32_t)n);
	else
		return sim_bad(sim, "%s: not page, copy, zero or peer", what);
	return true;
}

static struct moment *free_moment(struct sim *sim)
{
	for (unsigned i = 0; i < SIM_MOMENTS_MAX; i++)
		if (sim->moment[i].countdown == 0)
			return &sim->moment[i];
	return NULL;
}

static bool find_kind(const char *word, enum host_event_kind *kind)
{
	for (unsigned i = 0; word != NULL && i < ARRAY_COUNT(kinds); i++)
		if (strcmp(kinds[i].word, word) == 0) {
			*kind = kinds[i].kind;
			return true;
		}
	return false;
}

/* during read|write|zero|clean|peer [N] [on CPU]: LINE */
bool sim_during(struct sim *sim, const char *line, struct words *words)
{
	struct moment *moment = free_moment(sim);
	const char *rest = strchr(line, ':');
	uint64_t n = 1;
	uint64_t cpu = sim->machine.cpus - 1;

	if (moment == NULL)
		return sim_bad(sim, "more moments than a call may have");
	if (!find_kind(words_take(words), &moment->kind))
		return sim_bad(sim, "during read|write|zero|clean|peer [N] [on "
				    "CPU] : LINE");
	(void)words_number(words, &n);
	if (words_accept(words, "on") &&
		(!words_number(words, &cpu) || cpu >= sim->machine.cpus))
		return sim_bad(sim, "no such CPU");
	if (rest == NULL || n == 0 || !words_accept(words, ":"))
		return sim_bad(sim, "during … : LINE");
	free((void *)(uintptr_t)moment->line);
	rest += 1 + strspn(rest + 1, " \t");
	moment->line = strndup(rest, strcspn(rest, "\r\n"));
	moment->cpu = (unsigned)cpu;
	moment->countdown = n;
	return true;
}
