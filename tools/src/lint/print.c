/* Output; see the header. */
#include "print.h"

#include <stdio.h>
#include <string.h>

#include "lib/json.h"

/* A file's name may be no text. */
static json_t *json_text(const char *text)
{
	json_t *value = json_string(text);

	return value != NULL ? value : json_string("?");
}

/* --- Findings --------------------------------------------------------------
 */

static void print_finding(const struct finding *f)
{
	const struct rule_info *rule = &rules[f->rule];

	printf("%s:", f->file);
	if (f->line > 0)
		printf("%u:", f->line);
	if (f->node != NULL)
		printf(" %s:", f->node);
	if (f->property != NULL)
		printf(" %s:", f->property);
	printf(" %s: %s", severity_words[rule->severity], f->reason);
	if (f->advice != NULL)
		printf("; %s", f->advice);
	printf(" [%s]\n", rule->word);
}

static void print_finding_json(const struct finding *f)
{
	const struct rule_info *rule = &rules[f->rule];
	json_t *object = json_object();

	json_object_set_new(object, "severity",
		json_string(severity_words[rule->severity]));
	json_object_set_new(object, "rule", json_string(rule->word));
	json_object_set_new(object, "file", json_text(f->file));
	json_object_set_new(
		object, "line", f->line ? json_integer(f->line) : json_null());
	json_object_set_new(
		object, "node", f->node ? json_text(f->node) : json_null());
	json_object_set_new(object, "property",
		f->property ? json_text(f->property) : json_null());
	json_object_set_new(object, "reason", json_text(f->reason));
	json_object_set_new(object, "suggestion",
		f->advice ? json_text(f->advice) : json_null());
	tool_print_json(stdout, object);
}

/* --- Partitions ------------------------------------------------------------
 */

static const char *const verdict_words[] = {
	[VERDICT_UNKNOWN] = "not decided",
	[VERDICT_STARTS] = "starts",
	[VERDICT_REFUSED] = "is not started",
};

static void print_partition(const struct sp *sp)
{
	if (sp->vm == NULL) {
		printf("%s: belongs to no vmN\n", sp->file);
		return;
	}
	printf("%s: vm%u \"%s\" by %s: %s", sp->file, sp->vm->number,
		sp->vm->name, sp->matched_by, verdict_words[sp->verdict]);
	if (sp->verdict == VERDICT_REFUSED)
		printf(": %s", sp->error.text);
	printf("\n");
}

static void print_partition_json(const struct sp *sp)
{
	json_t *object = json_object();

	json_object_set_new(object, "partition", json_text(sp->file));
	json_object_set_new(object, "vm",
		sp->vm ? json_sprintf("vm%u", sp->vm->number) : json_null());
	json_object_set_new(
		object, "name", sp->vm ? json_text(sp->vm->name) : json_null());
	json_object_set_new(object, "matched_by",
		sp->vm ? json_string(sp->matched_by) : json_null());
	json_object_set_new(object, "starts",
		sp->verdict == VERDICT_UNKNOWN
			? json_null()
			: json_boolean(sp->verdict == VERDICT_STARTS));
	json_object_set_new(object, "sentence",
		sp->verdict == VERDICT_REFUSED ? json_text(sp->error.text)
					       : json_null());
	tool_print_json(stdout, object);
}

/* --- At the end ------------------------------------------------------------
 */

static unsigned count_starting(const struct lint *lint)
{
	unsigned count = 0;

	for (unsigned i = 0; i < lint->sp_count; i++)
		count += lint->sp[i].verdict == VERDICT_STARTS;
	return count;
}

static void print_counts(const struct report *report)
{
	for (int s = SEVERITY_ERROR; s >= SEVERITY_NOTE; s--) {
		size_t count = report_count(report, (enum severity)s);

		printf("%s%zu %s%s", s == SEVERITY_ERROR ? "" : ", ", count,
			severity_words[s], count == 1 ? "" : "s");
	}
}

static void print_summary(const struct lint *lint)
{
	printf("ffa-lint: ");
	print_counts(&lint->report);
	if (lint->sentence != NULL || !lint->spmc.accepted)
		printf("; Escrow does not start%s%s\n",
			lint->sentence ? ": " : "",
			lint->sentence ? lint->sentence : "");
	else
		printf("; Escrow starts %u of %u partition%s\n",
			count_starting(lint), lint->spmc.vm_count,
			lint->spmc.vm_count == 1 ? "" : "s");
}

static void print_summary_json(const struct lint *lint)
{
	const struct report *report = &lint->report;
	bool starts = lint->spmc.accepted && lint->sentence == NULL;
	json_t *counts = json_object();
	json_t *object = json_object();

	json_object_set_new(counts, "errors",
		json_integer((json_int_t)report_count(report, SEVERITY_ERROR)));
	json_object_set_new(counts, "warnings",
		json_integer(
			(json_int_t)report_count(report, SEVERITY_WARNING)));
	json_object_set_new(counts, "notes",
		json_integer((json_int_t)report_count(report, SEVERITY_NOTE)));
	json_object_set_new(counts, "manager_starts", json_boolean(starts));
	json_object_set_new(counts, "sentence",
		lint->sentence ? json_text(lint->sentence) : json_null());
	json_object_set_new(counts, "partitions_starting",
		json_integer(count_starting(lint)));
	json_object_set_new(
		counts, "partitions", json_integer(lint->spmc.vm_count));
	json_object_set_new(object, "summary", counts);
	tool_print_json(stdout, object);
}

void print_all(const struct lint *lint, struct print_options options)
{
	for (size_t i = 0; i < lint->report.count; i++)
		(options.json ? print_finding_json : print_finding)(
			lint->report.finding[i]);
	if (options.verbose)
		layout_print(lint, options.json);
	for (unsigned i = 0; i < lint->sp_count; i++)
		(options.json ? print_partition_json : print_partition)(
			&lint->sp[i]);
	(options.json ? print_summary_json : print_summary)(lint);
}

void print_rules(void)
{
	for (unsigned i = 0; i < RULE_COUNT; i++)
		printf("%-20s %-8s %s\n", rules[i].word,
			severity_words[rules[i].severity], rules[i].about);
}
