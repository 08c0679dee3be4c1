/* ffa-decode: the command line. Everything else is session.c's. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "decode/session.h"

enum {
	OPTION_VERSION = 256,
	OPTION_SKIP,
	OPTION_LENGTH,
};

static const struct option long_options[] = {
	{"form", required_argument, NULL, 'f'},
	{"kind", required_argument, NULL, 'k'},
	{"ffa", required_argument, NULL, 'a'},
	{"call", required_argument, NULL, 'c'},
	{"regs", no_argument, NULL, 'r'},
	{"reply-to", required_argument, NULL, 'R'},
	{"total", required_argument, NULL, 't'},
	{"order", required_argument, NULL, 'o'},
	{"width", required_argument, NULL, 'w'},
	{"skip", required_argument, NULL, OPTION_SKIP},
	{"length", required_argument, NULL, OPTION_LENGTH},
	{"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, OPTION_VERSION},
	{NULL, 0, NULL, 0},
};

static const char help[] =
	"Usage: ffa-decode [options] [FILE...]\n"
	"       ffa-decode [options] --regs WORD...\n"
	"\n"
	"Says what is in FF-A descriptors, registers and logs, and what is\n"
	"wrong with them. Without FILE, or with -, standard input is read.\n"
	"\n"
	"  -f, --form FORM      auto (default), binary, hex or log\n"
	"  -k, --kind KIND      share, lend, donate, retrieve, hypervisor,\n"
	"                       response, ranges, relinquish, partition-info,\n"
	"                       boot-info or ns-res-info; else guessed\n"
	"  -a, --ffa VERSION    1.0, 1.1, 1.2 or 1.3; else guessed\n"
	"  -c, --call WORDS     registers of the call that the bytes belong "
	"to\n"
	"  -t, --total BYTES    of the descriptor, where FILE has the "
	"beginning\n"
	"  -o, --order ORDER    groups of digits are printed as they lie in\n"
	"                       'memory' or as a little-endian 'number'\n"
	"  -w, --width BYTES    of a group: 1, 2, 4 or 8\n"
	"      --skip BYTES     in front of the descriptor\n"
	"      --length BYTES   and no more than so many\n"
	"  -r, --regs           the arguments are registers: words from x0 "
	"on,\n"
	"                       or x0=... w1=...\n"
	"  -R, --reply-to FUNC  the registers answer this function\n"
	"  -j, --json           one JSON object a line\n"
	"  -h, --help           this text\n"
	"      --version        the version\n"
	"\n"
	"Exit status: 0 nothing is wrong; 1 something is; 2 the input could "
	"not\n"
	"be read, or the command line is wrong. See ffa-decode(1).\n";

struct command {
	struct options options;
	const char *call;
	bool regs;
};

static bool bad(const char *what, const char *value)
{
	fprintf(stderr, "ffa-decode: %s: %s\n", what, value);
	return false;
}

/* --- Values of options ------------------------------------------------- */

static bool take_number(const char *value, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(value, &end, 0);
	if (*value == '\0' || *value == '-' || *end != '\0' || errno != 0 ||
		*out > max)
		return bad("no such number of bytes", value);
	return true;
}

static bool take_form(const char *value, enum form *form)
{
	static const char *const names[] = {
		[FORM_AUTO] = "auto",
		[FORM_BINARY] = "binary",
		[FORM_HEX] = "hex",
		[FORM_LOG] = "log",
	};

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		if (strcmp(names[i], value) != 0)
			continue;
		*form = (enum form)i;
		return true;
	}
	return bad("no such form", value);
}

static bool take_ffa(const char *value, uint32_t *version)
{
	if (strlen(value) != 3 || strncmp(value, "1.", 2) != 0 ||
		value[2] < '0' || value[2] > '3')
		return bad("no such version", value);
	*version = FFA_VERSION_OF(1, (uint32_t)(value[2] - '0'));
	return true;
}

static bool take_order(const char *value, enum order *order)
{
	*order = ORDER_MEMORY;
	if (strcmp(value, "number") == 0)
		*order = ORDER_NUMBER;
	else if (strcmp(value, "memory") != 0)
		return bad("no such order", value);
	return true;
}

static bool take_width(const char *value, unsigned *width)
{
	if (strlen(value) != 1 || strchr("1248", *value) == NULL)
		return bad("no such width", value);
	*width = (unsigned)(*value - '0');
	return true;
}

static bool take_size(const char *value, uint64_t max, uint32_t *out)
{
	uint64_t number;

	if (!take_number(value, max, &number))
		return false;
	*out = (uint32_t)number;
	return true;
}

/* --- The command line -------------------------------------------------- */

static bool take_option(struct command *command, int option, const char *value)
{
	struct options *options = &command->options;

	switch (option) {
	case 'f':
		return take_form(value, &options->form);
	case 'k':
		options->want.kind = kind_named(value);
		return options->want.kind != KIND_UNKNOWN ||
		       bad("no such kind", value);
	case 'a':
		return take_ffa(value, &options->want.version);
	case 'c':
		command->call = value;
		return true;
	case 'r':
		command->regs = true;
		return true;
	case 'R':
		options->reply_to = regs_function(value);
		return options->reply_to != 0 || bad("no such function", value);
	case 't':
		return take_size(value, UINT32_MAX, &options->want.total);
	case 'o':
		return take_order(value, &options->dump.order);
	case 'w':
		return take_width(value, &options->dump.width);
	case OPTION_SKIP:
		return take_number(value, INT64_MAX, &options->skip);
	case OPTION_LENGTH:
		return take_size(value, BYTES_MAX, &options->length);
	case 'j':
		options->json = true;
		return true;
	default:
		return false;
	}
}

static void read_file(struct session *session, const char *name)
{
	FILE *file;

	if (strcmp(name, "-") == 0) {
		session_read(session, stdin, "(standard input)");
		return;
	}
	file = fopen(name, "rb");
	if (file == NULL) {
		session_error(session, "%s: %s", name, strerror(errno));
		return;
	}
	session_read(session, file, name);
	fclose(file);
}

/* The arguments as one text of words. */
static void read_words(struct session *session, char **arguments)
{
	char *words = text("%s", "");

	for (; *arguments != NULL; arguments++) {
		char *longer = text("%s %s", words, *arguments);

		free(words);
		words = longer;
	}
	session_registers(session, words);
	free(words);
}

static int run(const struct command *command, char **arguments)
{
	struct session session;
	enum verdict verdict;

	session_begin(&session, &command->options, stdout, stderr);
	if (command->call != NULL)
		session_registers(&session, command->call);
	if (command->regs)
		read_words(&session, arguments);
	else if (*arguments == NULL)
		read_file(&session, "-");
	for (; !command->regs && *arguments != NULL; arguments++)
		read_file(&session, *arguments);
	verdict = session_end(&session);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("ffa-decode: cannot write");
		return VERDICT_UNREADABLE;
	}
	return (int)verdict;
}

int main(int argc, char **argv)
{
	struct command command = {.call = NULL};
	int option;

	while ((option = getopt_long(argc, argv, "f:k:a:c:rR:t:o:w:jh",
			long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return 0;
		}
		if (option == OPTION_VERSION) {
			puts("ffa-decode " TOOL_VERSION);
			return 0;
		}
		if (!take_option(&command, option, optarg)) {
			fputs("Try 'ffa-decode --help'.\n", stderr);
			return VERDICT_UNREADABLE;
		}
	}
	return run(&command, argv + optind);
}
