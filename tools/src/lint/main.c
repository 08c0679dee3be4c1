/* ffa-lint: manifests and packages before they are flashed. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "print.h"

#define STATUS_GOOD 0
#define STATUS_ERRORS 1
#define STATUS_CANNOT 2

static const char usage[] =
	"usage: ffa-lint [options] SPMC [[NAME=]MANIFEST[,PACKAGE][@ADDRESS]]"
	"...\n"
	"\n"
	"Checks the manager's manifest and those of all partitions together,\n"
	"as source (.dts), blobs (.dtb) or packages (.pkg).\n"
	"\n"
	"  -j, --json         one JSON object a line\n"
	"  -i, --image FILE   the manager's image, for its size; best its ELF\n"
	"                     file\n"
	"  -n, --image-size N its size in bytes, bss and stacks included\n"
	"  -s, --strict       warnings count as errors\n"
	"  -v, --verbose      also print who has which memory\n"
	"  -r, --rules        list everything that can be found\n"
	"  -h, --help\n"
	"  -V, --version\n"
	"\n"
	"The manager's manifest may stand anywhere among the others; without\n"
	"one that says so it is the first. A manifest belongs to the vmN that\n"
	"is called NAME, or loaded at ADDRESS, or where the manifest says; "
	"else\n"
	"it goes by the file's name, then by order.\n"
	"\n"
	"Exit status: 0 no errors, 1 errors, 2 something could not be read.\n";

static const struct option options[] = {
	{"json", no_argument, NULL, 'j'},
	{"image", required_argument, NULL, 'i'},
	{"image-size", required_argument, NULL, 'n'},
	{"strict", no_argument, NULL, 's'},
	{"verbose", no_argument, NULL, 'v'},
	{"rules", no_argument, NULL, 'r'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

struct settings {
	struct print_options print;
	bool strict;
	const char *image;
	const char *image_size;
	bool done; /* there is nothing else to do */
};

static bool read_option(struct settings *settings, int letter)
{
	switch (letter) {
	case 'j':
		settings->print.json = true;
		return true;
	case 'i':
		settings->image = optarg;
		return true;
	case 'n':
		settings->image_size = optarg;
		return true;
	case 's':
		settings->strict = true;
		return true;
	case 'v':
		settings->print.verbose = true;
		return true;
	case 'r':
		print_rules();
		break;
	case 'h':
		fputs(usage, stdout);
		break;
	case 'V':
		printf("ffa-lint (Escrow) %s\n", TOOL_VERSION);
		break;
	default:
		return false;
	}
	settings->done = true;
	return true;
}

static bool read_options(struct settings *settings, int argc, char **argv)
{
	int letter;

	while (!settings->done && (letter = getopt_long(argc, argv,
					   "ji:n:svrhV", options, NULL)) != -1)
		if (!read_option(settings, letter)) {
			fputs("Try: ffa-lint --help\n", stderr);
			return false;
		}
	if (!settings->done && optind == argc) {
		fputs(usage, stderr);
		return false;
	}
	return true;
}

static bool read_image_size(struct lint *lint, const char *text)
{
	char *end;
	uint64_t size;

	errno = 0;
	size = strtoull(text, &end, 0);
	if (errno != 0 || *end != '\0' || end == text || size == 0 ||
		size > S2_ADDRESS_END) {
		fprintf(stderr, "ffa-lint: %s is no size\n", text);
		return false;
	}
	lint->image_given.pages = (size + PAGE_MASK) >> PAGE_SHIFT;
	return true;
}

static bool read_files(
	struct lint *lint, const struct settings *settings, char **files)
{
	if (settings->image != NULL && !input_image(lint, settings->image))
		return false;
	if (settings->image_size != NULL &&
		!read_image_size(lint, settings->image_size))
		return false;
	return input_files(lint, files);
}

static int run(const struct settings *settings, char **files)
{
	struct lint *lint = must_have(calloc(1, sizeof(*lint)));
	int status = STATUS_CANNOT;

	lint->machine = &machine_qemu_virt;
	if (read_files(lint, settings, files)) {
		lint_run(lint);
		print_all(lint, settings->print);
		status = STATUS_GOOD;
		if (report_count(&lint->report, SEVERITY_ERROR) > 0 ||
			(settings->strict &&
				report_count(&lint->report, SEVERITY_WARNING)))
			status = STATUS_ERRORS;
	}
	lint_free(lint);
	free(lint);
	return status;
}

int main(int argc, char **argv)
{
	struct settings settings = {0};
	int status = STATUS_GOOD;

	if (!read_options(&settings, argc, argv))
		return STATUS_CANNOT;
	if (!settings.done)
		status = run(&settings, argv + optind);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("ffa-lint: output");
		return STATUS_CANNOT;
	}
	return status;
}
