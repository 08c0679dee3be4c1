/* escrow-sim: scenarios, by file or by hand, and captures played again. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/replay.h"
#include "sim/sim.h"

static const char usage[] =
	"usage: escrow-sim [OPTIONS] [SCENARIO]\n"
	"       escrow-sim --replay CAPTURE [--trace]\n"
	"\n"
	"Runs a scenario of FF-A memory calls against the image's own code.\n"
	"Without a file it reads lines from the terminal, or from a pipe.\n"
	"\n"
	"  -q, --quiet    print what goes wrong, and nothing else\n"
	"  -j, --json     one object a call\n"
	"  -r, --replay   play a capture (escrow,capture) and compare\n"
	"  -t, --trace    with --replay: print every call\n"
	"  -h, --help     this text\n"
	"  -V, --version  the version\n"
	"\n"
	"Exit status: 0 all as expected, 1 something was not, 2 not "
	"runnable.\n";

static const struct option options[] = {
	{"quiet", no_argument, NULL, 'q'},
	{"json", no_argument, NULL, 'j'},
	{"replay", required_argument, NULL, 'r'},
	{"trace", no_argument, NULL, 't'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

/* Also what a mistake in a line leads to, but for a person at a terminal. */
static int run(struct sim *sim, FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	bool good = true;

	while (good || sim->keep_going) {
		if (sim->keep_going) {
			fputs("> ", stdout);
			fflush(stdout);
		}
		if (getline(&line, &room, file) < 0)
			break;
		sim->line++;
		good = sim_line(sim, line);
	}
	free(line);
	if (!good && !sim->keep_going)
		return 2;
	if (sim->failures > 0 && !sim->json)
		fprintf(stderr, "%s: %u expectation%s not met\n", sim->file,
			sim->failures, sim->failures == 1 ? "" : "s");
	return sim->failures > 0;
}

static int run_scenario(const char *name, bool quiet, bool json)
{
	static struct sim sim;
	FILE *file = name == NULL ? stdin : fopen(name, "r");
	int status;

	if (file == NULL) {
		perror(name);
		return 2;
	}
	sim.file = name == NULL ? "stdin" : name;
	sim.quiet = quiet;
	sim.json = json;
	sim.keep_going = name == NULL && isatty(STDIN_FILENO);
	sim.depth = 1;
	machine_init(&sim.machine);
	status = run(&sim, file);
	for (unsigned i = 0; i < SIM_MOMENTS_MAX; i++)
		free((void *)(uintptr_t)sim.moment[i].line);
	if (file != stdin)
		fclose(file);
	return status;
}

int main(int argc, char **argv)
{
	struct replay_options replay = {.trace = false};
	const char *capture = NULL;
	bool quiet = false;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "qjr:thV", options, NULL)) !=
		-1) {
		switch (option) {
		case 'q':
			quiet = true;
			break;
		case 'j':
			json = true;
			break;
		case 'r':
			capture = optarg;
			break;
		case 't':
			replay.trace = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts("escrow-sim " TOOL_VERSION);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (argc - optind > (capture == NULL)) {
		fputs(usage, stderr);
		return 2;
	}
	if (capture != NULL)
		return replay_file(capture, &replay);
	return run_scenario(argv[optind], quiet, json);
}
