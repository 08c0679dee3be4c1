/* ffa-trace: see the man page. */
#define _GNU_SOURCE /* memmem() */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/port.h"
#include "trace/trace.h"

#define FILES_MAX 8
/* Of what cannot be mapped. */
#define STREAM_MAX ((size_t)256 << 20)

enum input_kind {
	INPUT_ANY,
	INPUT_DUMP,
	INPUT_CAPTURE,
	INPUT_CONSOLE,
};

struct options {
	enum input_kind input;
	bool text;
	bool json;
	bool fold;
	const char *svg;
	const char *html;
	const char *title;
	const char *who;
	bool has_handle;
	uint64_t handle;
	int cpu; /* or -1 */
	uint64_t from;
	uint64_t to; /* ticks of port_tick_hz() */
};

struct input {
	const char *name;
	uint8_t *bytes;
	size_t size;
	bool mapped;
};

static const char usage[] =
	"usage: ffa-trace [OPTIONS] FILE...\n"
	"\n"
	"Decodes traces of FF-A calls: a memory dump with Escrow's rings, a\n"
	"capture, or a console trace. Several files are put together by time.\n"
	"\n"
	"  -t, --text         one line a call (default)\n"
	"  -F, --fold         the same, with repetitions counted\n"
	"  -j, --json         one object a call\n"
	"  -s, --svg FILE     the picture: who owns and may access what, and\n"
	"                     the calls across worlds\n"
	"  -H, --html FILE    the same as a page, with the text\n"
	"  -T, --title TEXT   what the picture is of\n"
	"  -w, --who NAME     only what this party did\n"
	"  -m, --handle HEX   only what concerns this memory handle\n"
	"  -c, --cpu N        only this CPU's records\n"
	"      --from SECONDS, --to SECONDS\n"
	"                     only what happened then\n"
	"  -i, --input KIND   dump, capture or console, not detected\n"
	"  -h, --help         this text\n"
	"  -V, --version      the version\n"
	"\n"
	"Exit status: 0 all is told, 1 something had to be left out, 2 there\n"
	"is no trace to tell of, or the output cannot be written.\n";

enum { OPTION_FROM = 256, OPTION_TO };

static const struct option long_options[] = {
	{"text", no_argument, NULL, 't'},
	{"fold", no_argument, NULL, 'F'},
	{"json", no_argument, NULL, 'j'},
	{"svg", required_argument, NULL, 's'},
	{"html", required_argument, NULL, 'H'},
	{"title", required_argument, NULL, 'T'},
	{"who", required_argument, NULL, 'w'},
	{"handle", required_argument, NULL, 'm'},
	{"cpu", required_argument, NULL, 'c'},
	{"from", required_argument, NULL, OPTION_FROM},
	{"to", required_argument, NULL, OPTION_TO},
	{"input", required_argument, NULL, 'i'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static int die(const char *what, const char *why)
{
	fprintf(stderr, "ffa-trace: %s: %s\n", what, why);
	return 2;
}

/* --- Files --------------------------------------------------------------- */

static int read_stream(struct input *input, int file)
{
	size_t room = 0;
	ssize_t got = 1;

	while (got > 0 && input->size < STREAM_MAX) {
		if (room - input->size < 65536) {
			room = 2 * room + 131072;
			input->bytes = realloc(input->bytes, room);
			if (input->bytes == NULL)
				abort();
		}
		got = read(
			file, input->bytes + input->size, room - input->size);
		input->size += got > 0 ? (size_t)got : 0;
	}
	return got < 0 ? -1 : 0;
}

static int map_file(struct input *input, int file)
{
	struct stat status;
	void *bytes;

	if (fstat(file, &status) != 0)
		return -1;
	if (!S_ISREG(status.st_mode))
		return read_stream(input, file);
	input->size = (size_t)status.st_size;
	if (input->size == 0)
		return 0;
	bytes = mmap(NULL, input->size, PROT_READ, MAP_PRIVATE, file, 0);
	if (bytes == MAP_FAILED)
		return -1;
	input->bytes = bytes;
	input->mapped = true;
	return 0;
}

static int open_input(struct input *input, const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	int file = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	int status = 0;

	*input = (struct input){.name = is_stdin ? "stdin" : name};
	if (file < 0 || map_file(input, file) != 0)
		status = die(name, strerror(errno));
	if (!is_stdin && file >= 0)
		close(file);
	return status;
}

static void close_input(struct input *input)
{
	if (input->mapped)
		munmap(input->bytes, input->size);
	else
		free(input->bytes);
}

static bool has_capture(const struct input *input)
{
	if (input->size > 1 && input->bytes[0] == '~')
		return true;
	return memmem(input->bytes, input->size, "\n~0", 3) != NULL;
}

static enum input_kind kind_of(const struct input *input)
{
	if (memmem(input->bytes, input->size, TRACE_MAGIC,
		    sizeof(TRACE_MAGIC)) != NULL)
		return INPUT_DUMP;
	return has_capture(input) ? INPUT_CAPTURE : INPUT_CONSOLE;
}

static int decode(
	struct log *log, const struct input *input, enum input_kind kind)
{
	if (input->size == 0)
		return -1;
	switch (kind == INPUT_ANY ? kind_of(input) : kind) {
	case INPUT_DUMP:
		return log_read_dump(log, input->bytes, input->size);
	case INPUT_CAPTURE:
		return log_read_capture(
			log, input->name, input->bytes, input->size);
	case INPUT_CONSOLE:
	case INPUT_ANY:
		break;
	}
	return log_read_console(log, input->bytes, input->size);
}

static int read_file(struct log *log, const char *name, enum input_kind kind)
{
	struct input input;
	int status = open_input(&input, name);

	log->latest = 0;
	if (status == 0 && decode(log, &input, kind) != 0)
		status = die(input.name, "no trace in there");
	close_input(&input);
	return status;
}

/* --- What is told -------------------------------------------------------- */

static bool concerns(const struct log *log, const struct options *options,
	const struct entry *entry)
{
	char name[32];

	if (options->who != NULL &&
		strcmp(log_name(log, entry->record.who, name), options->who))
		return false;
	if (options->has_handle && entry->record.handle != options->handle)
		return false;
	if (options->cpu >= 0 &&
		(!entry->numbered || entry->record.cpu != options->cpu))
		return false;
	return entry->order >= options->from && entry->order <= options->to;
}

static void leave_out(struct log *log, const struct options *options)
{
	size_t kept = 0;

	for (size_t i = 0; i < log->count; i++) {
		if (concerns(log, options, &log->entry[i]))
			log->entry[kept++] = log->entry[i];
		else
			free(log->entry[i].text);
	}
	log->count = kept;
}

static int complain(const struct log *log)
{
	if (log->foreign)
		fputs("ffa-trace: from a build with other reasons: they are "
		      "shown as numbers\n",
			stderr);
	if (log->unready > 0)
		fprintf(stderr, "ffa-trace: %zu records were being written\n",
			log->unready);
	if (log->torn > 0)
		fprintf(stderr,
			"ffa-trace: %zu records are not where their "
			"numbers say, and left out\n",
			log->torn);
	if (log->damaged > 0)
		fprintf(stderr, "ffa-trace: %zu damaged places\n",
			log->damaged);
	if (log->too_many > 0)
		fprintf(stderr,
			"ffa-trace: %zu lines are too many, and left "
			"out\n",
			log->too_many);
	return log->torn > 0 || log->damaged > 0 || log->foreign ||
	       log->too_many > 0;
}

typedef void picture_writer(
	FILE *out, const struct story *story, const char *title);

static int write_picture(const char *name, picture_writer *writer,
	const struct log *log, const char *title)
{
	FILE *out = fopen(name, "w");
	struct story story;

	if (out == NULL)
		return die(name, strerror(errno));
	story_open(&story, log);
	writer(out, &story, title);
	story_close(&story);
	if (ferror(out) | fclose(out))
		return die(name, "cannot be written");
	return 0;
}

static int tell(const struct log *log, const struct options *options)
{
	int status = 0;

	if (options->json)
		json_write(stdout, log);
	else if (options->text || options->fold ||
		 (options->svg == NULL && options->html == NULL))
		text_write(stdout, log, options->fold);
	if (options->svg != NULL)
		status = write_picture(
			options->svg, svg_write, log, options->title);
	if (status == 0 && options->html != NULL)
		status = write_picture(
			options->html, html_write, log, options->title);
	if (fflush(stdout) != 0 || ferror(stdout))
		return die("stdout", strerror(errno));
	return status;
}

static int run(const struct options *options, char **names, int count)
{
	struct log log;
	int status = 0;
	int complaints = 0;

	log_open(&log);
	for (int i = 0; status == 0 && i < count; i++)
		status = read_file(&log, names[i], options->input);
	if (status == 0) {
		log_sort(&log);
		leave_out(&log, options);
		complaints = complain(&log);
		status = tell(&log, options);
	}
	log_close(&log);
	return status != 0 ? status : complaints;
}

/* --- Options ------------------------------------------------------------- */

static bool read_kind(struct options *options, const char *word)
{
	static const char *const words[] = {
		[INPUT_DUMP] = "dump",
		[INPUT_CAPTURE] = "capture",
		[INPUT_CONSOLE] = "console",
	};

	for (enum input_kind kind = INPUT_DUMP; kind <= INPUT_CONSOLE; kind++) {
		if (strcmp(word, words[kind]) != 0)
			continue;
		options->input = kind;
		return true;
	}
	return false;
}

static bool read_seconds(uint64_t *ticks, const char *word)
{
	char *end;
	double seconds = strtod(word, &end);

	if (end == word || *end != '\0' || !(seconds >= 0) || seconds > 1e9)
		return false;
	*ticks = (uint64_t)(seconds * (double)port_tick_hz());
	return true;
}

static bool read_handle(struct options *options, const char *word)
{
	char *end;

	options->handle = strtoull(word, &end, 16);
	options->has_handle = true;
	return end != word && *end == '\0';
}

static bool read_cpu(struct options *options, const char *word)
{
	char *end;
	unsigned long cpu = strtoul(word, &end, 10);

	options->cpu = (int)(cpu & 0xffff);
	return end != word && *end == '\0' && cpu <= 0xffff;
}

static bool take_filter(struct options *options, int option)
{
	switch (option) {
	case 'w':
		options->who = optarg;
		return true;
	case 'm':
		return read_handle(options, optarg);
	case 'c':
		return read_cpu(options, optarg);
	case OPTION_FROM:
		return read_seconds(&options->from, optarg);
	case OPTION_TO:
		return read_seconds(&options->to, optarg);
	case 'i':
		return read_kind(options, optarg);
	default:
		return false;
	}
}

static bool take_option(struct options *options, int option)
{
	switch (option) {
	case 't':
		options->text = true;
		return true;
	case 'F':
		options->fold = true;
		return true;
	case 'j':
		options->json = true;
		return true;
	case 's':
		options->svg = optarg;
		return true;
	case 'H':
		options->html = optarg;
		return true;
	case 'T':
		options->title = optarg;
		return true;
	default:
		return option != '?' && take_filter(options, option);
	}
}

int main(int argc, char **argv)
{
	struct options options = {.cpu = -1, .to = UINT64_MAX};
	int option;

	while ((option = getopt_long(argc, argv, "tFjs:H:T:w:m:c:i:hV",
			long_options, NULL)) >= 0) {
		if (option == 'h')
			return fputs(usage, stdout) < 0 ? 2 : 0;
		if (option == 'V')
			return puts("ffa-trace " TOOL_VERSION) < 0 ? 2 : 0;
		if (!take_option(&options, option)) {
			fputs("ffa-trace: an option is wrong, see --help\n",
				stderr);
			return 2;
		}
	}
	if (optind == argc || argc - optind > FILES_MAX) {
		fputs(usage, stderr);
		return 2;
	}
	if (options.title == NULL)
		options.title = argv[optind];
	return run(&options, argv + optind, argc - optind);
}
