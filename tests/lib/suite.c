/* See suite.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/suite.h"

#define IDS_MAX 512

static const char *suite_name;
static bool reached[R_COUNT];
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

static FILE *results(void)
{
	const char *folder = getenv("ESCROW_RESULTS");
	char path[512];

	if (!folder || !*folder)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s.txt", folder, suite_name);
	return fopen(path, "a");
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
