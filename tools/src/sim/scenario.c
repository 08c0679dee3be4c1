/* One line of a scenario, and the calls that it makes. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/advice.h"
#include "sim/sim.h"

static void say(const struct sim *sim, const char *format, va_list arguments)
{
	fflush(stdout);
	fprintf(stderr, "%s:%u: ", sim->file, sim->line);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

bool sim_bad(struct sim *sim, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(sim, format, arguments);
	va_end(arguments);
	return false;
}

static void explain(const struct sim *sim)
{
	if (!sim->called || sim->reason == R_NONE)
		return;
	fprintf(stderr, "    why: %s (%s)\n", reason_sentence(sim->reason),
		reason_spec(sim->reason));
	fprintf(stderr, "    do:  %s\n", tool_reason_advice(sim->reason));
}

void sim_failed(struct sim *sim, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(sim, format, arguments);
	va_end(arguments);
	explain(sim);
	sim->failures++;
}

/* --- Calls ------------------------------------------------------------- */

static bool is_due(struct moment *moment, const struct host_event *event)
{
	return moment->countdown > 0 && moment->kind == event->kind &&
	       --moment->countdown == 0;
}

/* The outcome of the call that is interrupted is that of the line. */
static void run_moment(struct sim *sim, const struct moment *moment)
{
	struct party *caller = sim->caller;
	unsigned cpu = sim->cpu;

	sim->cpu = moment->cpu;
	sim->depth++;
	host_cpu_set(moment->cpu);
	if (!sim_line(sim, moment->line))
		sim->failures++;
	host_cpu_set(cpu);
	sim->depth--;
	sim->cpu = cpu;
	sim->caller = caller;
}

static void on_event(void *context, const struct host_event *event)
{
	struct sim *sim = context;

	if (sim->depth > 1)
		return;
	for (unsigned i = 0; i < SIM_MOMENTS_MAX; i++)
		if (is_due(&sim->moment[i], event))
			run_moment(sim, &sim->moment[i]);
}

static void arm(struct sim *sim)
{
	sim->machine.spmc.spm.pool.fail_after = sim->fail_pages;
	sim->machine.hypervisor.spm.pool.fail_after = sim->fail_pages;
	host_checker_set(on_event, sim);
}

static void disarm(struct sim *sim)
{
	host_checker_set(NULL, NULL);
	sim->machine.spmc.spm.pool.fail_after = 0;
	sim->machine.hypervisor.spm.pool.fail_after = 0;
	sim->machine.peer_fails = 0;
	sim->fail_pages = 0;
	host_fail_copy(0);
	host_fail_zero(0);
	for (unsigned i = 0; i < SIM_MOMENTS_MAX; i++) {
		if (sim->moment[i].countdown > 0)
			sim_failed(sim, "the moment never came: %s",
				sim->moment[i].line);
		sim->moment[i].countdown = 0;
	}
}

enum reason sim_call(
	struct sim *sim, struct party *party, struct ffa_regs *regs)
{
	enum reason reason;

	if (sim->depth == 1)
		arm(sim);
	reason = machine_call(&sim->machine, party, sim->cpu, regs);
	sim->caller = party;
	sim->called = true;
	sim->reason = reason;
	sim->regs = *regs;
	return reason;
}

/* --- Lines ------------------------------------------------------------- */

static bool do_party(struct sim *sim, struct words *words, const char *line)
{
	struct party *party = machine_party(&sim->machine, words_peek(words));
	unsigned failures = sim->failures;
	enum sim_line done;
	bool good;

	if (party == NULL)
		return sim_bad(sim, "%s: nobody's name, and no command",
			words_peek(words));
	if (party->kind == ENDPOINT_NWD && sim->machine.has_vms)
		return sim_bad(sim, "here the normal world is its hypervisor: "
				    "virtual machines make calls");
	words_take(words);
	sim->called = false;
	sim->faulted = false;
	done = sim_memory_call(sim, party, words);
	if (done == SIM_OTHER)
		done = sim_raw_call(sim, party, words);
	if (done == SIM_OTHER)
		return sim_bad(sim, "%s does what?", party->name);
	if (sim->depth == 1)
		disarm(sim);
	sim_tell_records(sim);
	if (done == SIM_BAD)
		return false;
	good = sim_check_outcome(sim, words);
	sim_tell_json(sim, line, good && sim->failures == failures);
	return good;
}

static bool do_show(struct sim *sim, struct words *words)
{
	if (!words_accept(words, "memory"))
		return sim_bad(sim, "show memory");
	sim_show_memory(sim);
	return true;
}

/* on CPU : LINE */
static bool do_on(struct sim *sim, struct words *words, const char *line)
{
	const char *rest = strchr(line, ':');
	unsigned before = sim->cpu;
	uint64_t cpu;
	bool good;

	if (!words_number(words, &cpu) || !words_accept(words, ":") ||
		rest == NULL)
		return sim_bad(sim, "on CPU : LINE");
	if (cpu >= sim->machine.cpus)
		return sim_bad(sim, "no such CPU");
	sim->cpu = (unsigned)cpu;
	good = sim_line(sim, rest + 1);
	sim->cpu = before;
	return good;
}

static bool do_command(struct sim *sim, struct words *words, const char *line)
{
	if (!sim_make(sim))
		return false;
	if (words_accept(words, "expect"))
		return sim_expect(sim, words);
	if (words_accept(words, "show"))
		return do_show(sim, words);
	if (words_accept(words, "fail"))
		return sim_fail(sim, words);
	if (words_accept(words, "during"))
		return sim_during(sim, line, words);
	if (words_accept(words, "on"))
		return do_on(sim, words, line);
	return do_party(sim, words, line);
}

bool sim_line(struct sim *sim, const char *line)
{
	struct words *words = malloc(sizeof(*words));
	enum sim_line declared;
	bool good;

	if (words == NULL)
		abort();
	if (!words_split(words, line)) {
		free(words);
		return sim_bad(sim, "too long, or a text without its end");
	}
	if (words->count == 0) {
		free(words);
		return true;
	}
	if (sim->depth == 1)
		sim_tell_line(sim, line);
	declared = sim_declare(sim, words);
	good = declared == SIM_OTHER ? do_command(sim, words, line)
				     : declared == SIM_DONE;
	free(words);
	return good;
}
