/*
 * Findings: collected in any order, told by file and line.
 *
 *	struct finding *f = dt_report(tree, RULE_REGION, node, "pages-count");
 *	reason(f, "is zero");
 *	advise(f, "say how many pages of 4 KiB the region has");
 */
#ifndef LINT_REPORT_H
#define LINT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum severity {
	SEVERITY_NOTE,
	SEVERITY_WARNING,
	SEVERITY_ERROR,
	SEVERITY_COUNT,
};

enum rule {
#define RULE(name, word, severity, about) RULE_##name,
#include "rules.def"
#undef RULE
	RULE_COUNT,
};

struct rule_info {
	const char *word;
	enum severity severity;
	const char *about;
};

extern const struct rule_info rules[RULE_COUNT];
extern const char *const severity_words[SEVERITY_COUNT];

struct finding {
	enum rule rule;
	unsigned number; /* of the report, in the order of finding */
	unsigned order;  /* of the file: as on the command line */
	char *file;
	unsigned line;  /* 0 = unknown */
	char *node;     /* a path, or NULL: the file as a whole */
	char *property; /* or NULL */
	char *reason;
	char *advice; /* or NULL */
};

struct report {
	size_t count;
	size_t room;
	struct finding **finding;
};

/* Never NULL. `file` is copied. */
struct finding *report_add(
	struct report *report, enum rule rule, const char *file);

/* One sentence each, without a full stop. */
void reason(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void advise(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void report_sort(struct report *report);
size_t report_count(const struct report *report, enum severity severity);
/* An error about that file; in a node at or below `node` unless it is NULL. */
bool report_has_error(
	const struct report *report, unsigned order, const char *node);
void report_free(struct report *report);

/* Memory, or the end of the program. */
void *must_have(void *memory);
char *copy_text(const char *text);

/* Names come from blobs: nothing of them may reach a terminal as it is. */
char *clean_text(char *text);

#endif
