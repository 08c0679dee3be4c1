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
	"  -k, --keep-going  go on behind a line that is none, as at a "
	"terminal\n"
	"  -R, --records FILE  write every record there, for ffa-trace\n"
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
	{"keep-going", no_argument, NULL, 'k'},
	{"records", required_argument, NULL, 'R'},
	{"replay", required_argument, NULL, 'r'},
	{"trace", no_argument, NULL, 't'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static bool next_line(const struct sim *sim, char **line, FILE *file)
{
	size_t room = 0;

	if (sim->prompts) {
		fputs("> ", stdout);
		fflush(stdout);
	}
	free(*line);
	*line = NULL;
	return getline(line, &room, file) >= 0;
}

static int run(struct sim *sim, FILE *file)
{
	char *line = NULL;
	bool good = true;

	while ((good || sim->keep_going) && next_line(sim, &line, file)) {
		sim->line++;
		good = sim_line(sim, line) && good;
	}
	free(line);
	if (!good && !sim->prompts)
		return 2;
	if (sim->failures > 0 && !sim->json)
		fprintf(stderr, "%s: %u expectation%s not met\n", sim->file,
			sim->failures, sim->failures == 1 ? "" : "s");
	return sim->failures > 0;
}

static int run_scenario(const char *name, struct sim *sim)
{
	FILE *file = name == NULL ? stdin : fopen(name, "r");
	int status;

	if (file == NULL) {
		perror(name);
		return 2;
	}
	sim->file = name == NULL ? "stdin" : name;
	sim->prompts = name == NULL && isatty(STDIN_FILENO);
	sim->keep_going = sim->keep_going || sim->prompts;
	sim->depth = 1;
	machine_init(&sim->machine);
	status = run(sim, file);
	for (unsigned i = 0; i < SIM_MOMENTS_MAX; i++)
		free((void *)(uintptr_t)sim->moment[i].line);
	if (file != stdin)
		fclose(file);
	if (sim->records != NULL && fclose(sim->records) != 0) {
		perror("records");
		return 2;
	}
	return status;
}

/* What the options say; -1: go on. */
static int read_options(
	int argc, char **argv, struct sim *sim, struct replay_options *replay)
{
	int option;

	while ((option = getopt_long(
			argc, argv, "qjkR:r:thV", options, NULL)) != -1) {
		switch (option) {
		case 'q':
			sim->quiet = true;
			break;
		case 'j':
			sim->json = true;
			break;
		case 'k':
			sim->keep_going = true;
			break;
		case 'R':
			sim->records = fopen(optarg, "w");
			if (sim->records != NULL)
				break;
			perror(optarg);
			return 2;
		case 'r':
			replay->capture = optarg;
			break;
		case 't':
			replay->trace = true;
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
	return -1;
}

int main(int argc, char **argv)
{
	struct replay_options replay = {.capture = NULL};
	static struct sim sim;
	int status = read_options(argc, argv, &sim, &replay);

	if (status >= 0)
		return status;
	if (argc - optind > (replay.capture == NULL)) {
		fputs(usage, stderr);
		return 2;
	}
	if (replay.capture != NULL)
		return replay_file(&replay);
	return run_scenario(argv[optind], &sim);
}
