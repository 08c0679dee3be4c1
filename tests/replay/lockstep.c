/*
 * replay-lockstep [-n N] CAPTURE: plays a capture in the engine and, in
 * lockstep, in the executable specification; ends at the first divergence.
 * Exit status: 0 none, 1 one, 2 the capture cannot be played.
 */
#include "replay/lockstep.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/ffa_func.h"
#include "abi/ffa_names.h"
#include "lib/oracle.h"

/*
 * A comparison of everything takes as long as there are pages, so a long
 * capture has only some: all of the first calls, then every n-th.
 */
#define COMPLETE_FIRST 1000u
#define COMPLETE_EVERY 64u

static struct lockstep lockstep;
static struct world world;

/* --- Divergences ------------------------------------------------------- */

static void tell_call(const struct lockstep *of)
{
	const struct lockstep_call *call = &of->call;
	const char *name = ffa_func_name(call->func);

	fprintf(stderr, "%s:%u: FFA_%s by %#x (%s):", of->name, of->line, name,
		call->caller->ep.id, call->caller->name);
	for (unsigned i = 1; i < 5; i++)
		fprintf(stderr, " x%u %#" PRIx64, i, call->x[i]);
	fputc('\n', stderr);
}

bool lockstep_differs(struct lockstep *of, const char *format, ...)
{
	va_list list;

	if (of->calling)
		tell_call(of);
	fprintf(stderr, "%s:%u: the model does not agree: ", of->name,
		of->line);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	if (of->skipped > 0)
		fprintf(stderr,
			"%u of the model's calls since line %u were compared "
			"by their results only: -n 1 compares all\n",
			of->skipped, of->good);
	return false;
}

static int no_room(const struct lockstep *of)
{
	fprintf(stderr,
		"%s:%u: more pages, ranges or transactions than the model has "
		"room for\n",
		of->name, of->line);
	return 2;
}

/* --- Statuses ---------------------------------------------------------- */

/* The model does not count tables. */
static bool is_short(enum reason reason)
{
	return reason == R_QUOTA_TABLES || reason == R_NO_TABLES;
}

static void print_set(char *text, size_t size, model_set set)
{
	size_t at = 0;

	text[0] = '\0';
	for (int status = -1; status > -16; status--)
		if ((set & MODEL_CODE(status)) && at < size)
			at += (size_t)snprintf(text + at, size - at, "%s%s",
				at > 0 ? " or " : "", ffa_status_name(status));
}

static bool refusal_is_right(struct lockstep *of)
{
	const struct lockstep_call *call = &of->call;
	const char *name = reason_name(call->reason);
	const char *status = ffa_status_name(call->status);
	char wanted[160];

	if (call->wordless)
		return lockstep_refusal(of);
	if (call->set == MODEL_OK && is_short(call->reason)) {
		of->totals.short_of++;
		return lockstep_refusal(of);
	}
	if (call->set == MODEL_OK)
		return lockstep_differs(of,
			"refused with %s (%s), the model does not refuse it",
			status, name);
	if (call->set & MODEL_CODE(call->status))
		return lockstep_refusal(of);
	print_set(wanted, sizeof(wanted), call->set);
	return lockstep_differs(of, "refused with %s (%s), the model wants %s",
		status, name, wanted);
}

static bool success_is_right(struct lockstep *of)
{
	const struct lockstep_call *call = &of->call;
	char wanted[160];

	if (call->wordless)
		return lockstep_differs(
			of, "done, and it was not even well-formed");
	if (call->set == MODEL_OK)
		return lockstep_results(of);
	print_set(wanted, sizeof(wanted), call->set);
	return lockstep_differs(
		of, "done, the model refuses it with %s", wanted);
}

/* --- Before and after --------------------------------------------------- */

static bool is_due(const struct lockstep *of)
{
	uint32_t every = of->every;

	if (every == 0)
		every = of->totals.inside < COMPLETE_FIRST ? 1 : COMPLETE_EVERY;
	return of->skipped + 1 >= every;
}

static bool has_death(const struct replay_event *event)
{
	uint16_t who;

	for (size_t i = 0; i < event->effect_count; i++)
		if (lockstep_is_death(&event->effect[i], &who))
			return true;
	return false;
}

/* Who had pages for RX and TX writes to them, and then they are memory. */
static bool frees_buffers(const struct lockstep *of)
{
	return of->calling &&
	       (of->call.func == FFA_RXTX_UNMAP || of->call.follows);
}

static void count_outside(struct lockstep *of, const struct replay_event *event)
{
	uint32_t func = (uint32_t)event->cpu->current->x[0] & ~FFA_SVE_HINT;
	uint32_t number = (func & 0xffff) - FFA_NUMBER_FIRST;

	if (event->kind == CAPTURE_ONLINE)
		of->totals.online++;
	else if (event->kind == CAPTURE_EXIT)
		of->totals.exits++;
	else if (ffa_func_name(func) && number < LOCKSTEP_FUNCS)
		of->totals.func[number]++;
	else
		of->totals.other++;
}

/* The machine has refused the call. */
static void step_back(struct lockstep *of)
{
	model_copy(&of->world->model, &of->world->before);
	if (of->call.follows)
		model_follow(&of->world->model);
	if (of->call.ends)
		model_abandon(&of->world->model, of->call.handle);
}

static void note(struct lockstep *of, const struct replay_event *event)
{
	const struct vcpu *vcpu = event->cpu->current;

	of->outside = (struct lockstep_outside){
		.func = (uint32_t)vcpu->x[0] & ~FFA_SVE_HINT,
		.id = vcpu->partition->ep.id,
		.w5 = (uint32_t)vcpu->x[5],
		.vcpu = vcpu,
	};
}

/* And has sent. */
static bool sends(const struct lockstep *of, const struct replay_event *event)
{
	return event->kind == CAPTURE_CALL &&
	       of->outside.func == FFA_MSG_SEND2 &&
	       of->outside.vcpu->x[0] == FFA_SUCCESS;
}

static int before(void *context, const struct replay_event *event)
{
	struct lockstep *of = context;
	bool dies = has_death(event);

	of->line = event->line;
	of->calling = event->kind == CAPTURE_CALL && lockstep_read(of, event);
	of->call.follows = of->calling && lockstep_follows(of);
	note(of, event);
	if (!of->calling)
		count_outside(of, event);
	of->complete = dies || frees_buffers(of) || lockstep_may_revive(of) ||
		       (of->calling && is_due(of));
	/* The dead go on reaching what is being taken from them. */
	of->quiet = dies || lockstep_may_revive(of);
	/* No pages join the model between these two. */
	if (of->calling && !lockstep_prepare(of))
		return no_room(of);
	if (of->complete)
		oracle_begin(of->world);
	else if (of->calling && of->call.refused)
		model_copy(&of->world->before, &of->world->model);
	if (of->calling && !lockstep_make(of))
		return no_room(of);
	if (of->calling && of->call.refused && of->quiet)
		step_back(of);
	lockstep_die(of, event);
	return 0;
}

static void during(void *context, const struct host_event *event)
{
	struct lockstep *of = context;

	if (of->complete && !of->quiet)
		oracle_event(of->world, event);
}

static bool compare_call(struct lockstep *of)
{
	struct lockstep_call *call = &of->call;

	of->totals.inside++;
	of->totals.refused += call->refused;
	of->totals.wordless += call->wordless;
	if (!call->refused)
		return success_is_right(of);
	if (!of->quiet)
		step_back(of);
	return refusal_is_right(of);
}

static bool compare_all(struct lockstep *of)
{
	if (!oracle_end(of->world))
		return lockstep_differs(of, "%s", of->world->wrong);
	of->totals.complete++;
	of->skipped = 0;
	of->good = of->line;
	return true;
}

static int after(void *context, const struct replay_event *event)
{
	struct lockstep *of = context;

	if (of->calling && !compare_call(of))
		return 1;
	if (sends(of, event))
		lockstep_message(of, event);
	lockstep_fill_rx(of, event);
	if (!lockstep_lives(of))
		return 1;
	if (of->complete)
		return compare_all(of) ? 0 : 1;
	of->skipped += of->calling;
	return 0;
}

static int booted(void *context, struct spm *spm)
{
	struct lockstep *of = context;

	if (!lockstep_booted(of, spm))
		return no_room(of);
	port_entry_sync();
	oracle_begin(of->world);
	return compare_all(of) ? 0 : 1;
}

/* What the last calls have left. */
static int finish(struct lockstep *of)
{
	of->calling = false;
	oracle_begin(of->world);
	return compare_all(of) ? 0 : 1;
}

/* --- Totals ------------------------------------------------------------- */

static void tell_kind(const char *name, uint32_t count)
{
	if (count > 0)
		printf("    %7u %s\n", count, name);
}

static void tell_outside(const struct lockstep_totals *totals)
{
	for (uint32_t i = 0; i < LOCKSTEP_FUNCS; i++) {
		uint32_t func = FFA_ERROR - 0x60u + FFA_NUMBER_FIRST + i;

		if (totals->func[i] > 0)
			tell_kind(ffa_func_name(func), totals->func[i]);
	}
	tell_kind("other calls", totals->other);
	tell_kind("faults, interrupts and timers", totals->exits);
	tell_kind("CPUs that came up", totals->online);
}

static void tell(const struct lockstep *of)
{
	const struct lockstep_totals *totals = &of->totals;

	printf("  %u calls compared with the model, %u of them refused, %u of "
	       "these for bytes that it has no words for\n",
		totals->inside, totals->refused, totals->wordless);
	printf("  %u times the whole ledger was compared, with tables, quotas "
	       "and contents\n",
		totals->complete);
	if (totals->deaths > 0)
		printf("  %u deaths, %u restarts, %u destroyed: the model "
		       "followed\n",
			totals->deaths, totals->restarts, totals->destroyed);
	if (totals->short_of > 0)
		printf("  %u refused for want of tables, which the model does "
		       "not count\n",
			totals->short_of);
	puts("  outside the model, played by the engine only:");
	tell_outside(totals);
}

static int play(struct lockstep *of)
{
	const struct replay_watch watch = {of, booted, before, after, during};
	const struct replay_options options = {
		.capture = of->name, .watch = &watch};
	int status = replay_file(&options);

	if (status == 0)
		status = finish(of);
	if (of->spm != NULL)
		tell(of);
	if (status != 0 && of->good > 0)
		printf("  the model went along up to line %u\n", of->good);
	return status;
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:")) == 'n')
		lockstep.every = (uint32_t)strtoul(optarg, NULL, 10);
	if (option != -1 || optind != argc - 1) {
		fprintf(stderr, "usage: %s [-n N] CAPTURE\n", argv[0]);
		return 2;
	}
	lockstep.world = &world;
	lockstep.name = argv[optind];
	return play(&lockstep);
}
