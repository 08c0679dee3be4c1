/* Findings; see the header. */
#define _GNU_SOURCE
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct rule_info rules[RULE_COUNT] = {
#define RULE(name, word, severity, about)                                      \
	[RULE_##name] = {word, SEVERITY_##severity, about},
#include "rules.def"
#undef RULE
};

const char *const severity_words[SEVERITY_COUNT] = {
	[SEVERITY_NOTE] = "note",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_ERROR] = "error",
};

void *must_have(void *memory)
{
	if (memory != NULL)
		return memory;
	fprintf(stderr, "ffa-lint: out of memory\n");
	exit(2);
}

char *copy_text(const char *text)
{
	return must_have(strdup(text));
}

struct finding *report_add(
	struct report *report, enum rule rule, const char *file)
{
	struct finding *finding = must_have(calloc(1, sizeof(*finding)));

	if (report->count == report->room) {
		report->room = 2 * report->room + 16;
		report->finding = must_have(realloc(report->finding,
			report->room * sizeof(*report->finding)));
	}
	finding->number = (unsigned)report->count;
	finding->rule = rule;
	finding->file = copy_text(file);
	report->finding[report->count++] = finding;
	return finding;
}

char *clean_text(char *text)
{
	for (char *at = text; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return text;
}

static char *format_text(const char *format, va_list arguments)
{
	char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	return clean_text(must_have(text));
}

void reason(struct finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	free(finding->reason);
	finding->reason = format_text(format, arguments);
	va_end(arguments);
}

void advise(struct finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	free(finding->advice);
	finding->advice = format_text(format, arguments);
	va_end(arguments);
}

static int compare(const void *left, const void *right)
{
	const struct finding *a = *(struct finding *const *)left;
	const struct finding *b = *(struct finding *const *)right;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

void report_sort(struct report *report)
{
	if (report->count > 0)
		qsort(report->finding, report->count, sizeof(*report->finding),
			compare);
}

size_t report_count(const struct report *report, enum severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < report->count; i++)
		count += rules[report->finding[i]->rule].severity == severity;
	return count;
}

static bool is_below(const char *node, const char *top)
{
	size_t length = strlen(top);

	return node != NULL && strncmp(node, top, length) == 0 &&
	       (node[length] == '\0' || node[length] == '/');
}

bool report_has_error(
	const struct report *report, unsigned order, const char *node)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct finding *f = report->finding[i];

		if (rules[f->rule].severity == SEVERITY_ERROR &&
			f->order == order &&
			(node == NULL || is_below(f->node, node)))
			return true;
	}
	return false;
}

void report_free(struct report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		struct finding *f = report->finding[i];

		free(f->file);
		free(f->node);
		free(f->property);
		free(f->reason);
		free(f->advice);
		free(f);
	}
	free(report->finding);
	*report = (struct report){0};
}
