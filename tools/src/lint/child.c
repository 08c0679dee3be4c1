/* Running another program; see the header. */
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

#define SECONDS_MAX 10
#define OUTPUT_MAX (16ul << 20)
#define CANNOT_RUN 127

/* Files without a name: no pipe can fill up, nothing is left behind. */
struct streams {
	FILE *in;
	FILE *out;
	FILE *messages;
};

static void limit(int what, rlim_t value)
{
	struct rlimit bound = {value, value};

	(void)setrlimit(what, &bound);
}

__attribute__((noreturn)) static void become(
	const char *const argv[], const struct streams *streams)
{
	if (dup2(fileno(streams->in), 0) < 0 ||
		dup2(fileno(streams->out), 1) < 0 ||
		dup2(fileno(streams->messages), 2) < 0)
		_exit(CANNOT_RUN);
	limit(RLIMIT_CPU, SECONDS_MAX);
	limit(RLIMIT_FSIZE, OUTPUT_MAX);
	execvp(argv[0], (char *const *)argv);
	_exit(CANNOT_RUN);
}

static char *read_back(FILE *file, size_t *size)
{
	long length;
	char *text;

	fseek(file, 0, SEEK_END);
	length = ftell(file);
	rewind(file);
	text = must_have(malloc((size_t)length + 1));
	*size = fread(text, 1, (size_t)length, file);
	text[*size] = '\0';
	return text;
}

static bool run(const char *const argv[], const struct streams *streams,
	struct child_result *result)
{
	int status = 0;
	size_t size;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become(argv, streams);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		fprintf(stderr, "ffa-lint: %s: %s\n", argv[0], strerror(errno));
		return false;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_RUN) {
		fprintf(stderr,
			"ffa-lint: cannot run %s: is it installed (Debian: "
			"device-tree-compiler, cpp)?\n",
			argv[0]);
		return false;
	}
	result->out = read_back(streams->out, &result->out_size);
	result->messages = read_back(streams->messages, &size);
	result->good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return true;
}

static bool open_streams(struct streams *streams, const char *input)
{
	streams->in = tmpfile();
	streams->out = tmpfile();
	streams->messages = tmpfile();
	if (!streams->in || !streams->out || !streams->messages) {
		fprintf(stderr, "ffa-lint: temporary file: %s\n",
			strerror(errno));
		return false;
	}
	if (input != NULL)
		fputs(input, streams->in);
	rewind(streams->in);
	return true;
}

static void close_stream(FILE *file)
{
	if (file != NULL)
		fclose(file);
}

bool child_run(const char *const argv[], const char *input,
	struct child_result *result)
{
	struct streams streams;
	bool good;

	*result = (struct child_result){0};
	good = open_streams(&streams, input) && run(argv, &streams, result);
	close_stream(streams.in);
	close_stream(streams.out);
	close_stream(streams.messages);
	return good;
}

void child_free(struct child_result *result)
{
	free(result->out);
	free(result->messages);
	*result = (struct child_result){0};
}
