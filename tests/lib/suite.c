/* See suite.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/suite.h"

#define IDS_MAX 512

/* Numbers of FF-A functions lie in bits 7:0. */
#define NUMBERS 0x100

static const char *suite_name;
static bool reached[R_COUNT];
static bool refused[NUMBERS][R_COUNT];
static const char *ids[IDS_MAX];
static size_t id_count;

void suite_begin(const char *name)
{
	suite_name = name;
}

void suite_covers(const char *id)
{
	for (size_t i = 0; i < id_count; i++)
		if (strcmp(ids[i], id) == 0)
			return;
	if (id_count == IDS_MAX)
		abort();
	ids[id_count++] = id;
}

void suite_reached(enum reason reason)
{
	if (reason != R_NONE && reason < R_COUNT)
		reached[reason] = true;
}

void suite_refused(const struct trace_record *record)
{
	enum reason reason = (enum reason)record->reason;

	suite_reached(reason);
	if (reason != R_NONE && record->func != 0)
		refused[record->func % NUMBERS][reason] = true;
}

static FILE *results(void)
{
	const char *folder = getenv("ESCROW_RESULTS");
	char path[512];

	if (!folder || !*folder)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s.txt", folder, suite_name);
	return fopen(path, "a");
}

static void print_refused(FILE *out)
{
	for (unsigned number = 0; number < NUMBERS; number++)
		for (unsigned i = 1; i < R_COUNT; i++)
			if (refused[number][i])
				fprintf(out, "refused %02x %s\n", number,
					reason_name((enum reason)i));
}

int suite_end(int failed)
{
	FILE *out = results();

	if (!out)
		return failed != 0;
	for (size_t i = 0; i < id_count; i++)
		fprintf(out, "id %s\n", ids[i]);
	for (unsigned i = 1; i < R_COUNT; i++)
		if (reached[i])
			fprintf(out, "reason %s\n",
				reason_name((enum reason)i));
	print_refused(out);
	fclose(out);
	return failed != 0;
}

static const char *name_of(enum reason reason)
{
	return reason < R_COUNT ? reason_name(reason) : "?";
}

void suite_expect_reason(
	enum reason got, enum reason wanted, const char *file, int line)
{
	if (got == wanted) {
		suite_reached(got);
		return;
	}
	print_error("reason %s, expected %s\n", name_of(got), name_of(wanted));
	_fail(file, line);
}
