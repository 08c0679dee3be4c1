/* Device trees for tests; see the header. */
#include "dtb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/suite.h"

#define BLOB_MAX 16384

static char *read_text(const char *source)
{
	char path[512];
	char *text = calloc(1, BLOB_MAX);
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", SOURCE_FOLDER, source);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(text, 1, BLOB_MAX - 1, file) > 0);
	fclose(file);
	return text;
}

/* dtc between two temporary files. */
static size_t compile(
	const char *head, const char *to, const char *tail, char *blob)
{
	char path[] = "/tmp/escrow-dtb-XXXXXX";
	char command[256];
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	size_t size;

	assert_non_null(file);
	fprintf(file, "%s%s%s", head, to, tail);
	fclose(file);
	snprintf(command, sizeof(command), "dtc -q -I dts -O dtb %s", path);
	file = popen(command, "r");
	assert_non_null(file);
	size = fread(blob, 1, BLOB_MAX, file);
	assert_int_equal(pclose(file), 0);
	unlink(path);
	return size;
}

struct dtb dtb_compile(const char *source, const char *from, const char *to)
{
	char *text = read_text(source);
	char *blob = malloc(BLOB_MAX);
	char *at = from ? strstr(text, from) : NULL;
	struct dtb dtb;

	if (from && !at)
		fail_msg("%s has no \"%s\"", source, from);
	if (at)
		*at = '\0';
	dtb.size =
		compile(text, at ? to : "", at ? at + strlen(from) : "", blob);
	dtb.fdt = malloc(dtb.size);
	memcpy(dtb.fdt, blob, dtb.size);
	free(blob);
	free(text);
	return dtb;
}

void dtb_free(struct dtb *dtb)
{
	free(dtb->fdt);
	dtb->fdt = NULL;
}
