/* Source text of a manifest; see the header. */
#define _GNU_SOURCE
#include "dts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"

/* --- What the compiler says ------------------------------------------------
 *
 *	Error: sp.dts:4.2-3 syntax error
 *	sp.dts:5.10-13: ERROR (duplicate_node_names): /c: Duplicate node name
 *	sp.dts:68.8-77.5: Warning (reg_format): /a/b: ...
 *	sp.dts:1:10: fatal error: x.h: No such file or directory
 */

struct message {
	char *file; /* or NULL */
	unsigned line;
	char *text;
	bool warning;
};

/* The colon in front of a line number, or NULL. */
static char *find_place(char *text)
{
	for (char *at = text; (at = strchr(at, ':')) != NULL; at++) {
		size_t digits = strspn(at + 1, "0123456789");

		if (digits > 0 &&
			(at[1 + digits] == '.' || at[1 + digits] == ':'))
			return at;
	}
	return NULL;
}

/* Behind the place: "-77.5: Warning (reg_format): " */
static char *find_text(char *at, struct message *message)
{
	static const char *const words[] = {
		"Warning (", "ERROR (", "fatal error: ", "error: "};

	message->warning = strstr(at, words[0]) != NULL;
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
		char *word = strstr(at, words[i]);
		char *end = word ? strstr(word, ": ") : NULL;

		if (end != NULL)
			return end + 2;
	}
	at += strcspn(at, " ");
	return at + strspn(at, " ");
}

static struct message parse_message(char *text)
{
	struct message message = {.text = text};
	char *colon;

	if (strncmp(text, "Error: ", 7) == 0)
		text += 7;
	colon = find_place(text);
	if (colon == NULL) {
		message.warning = strstr(text, "Warning (") != NULL;
		return message;
	}
	*colon = '\0';
	message.file = text;
	message.line = (unsigned)strtoul(colon + 1, NULL, 10);
	message.text = find_text(colon + 1, &message);
	return message;
}

static void tell(const struct dt *tree, const struct message *message)
{
	const char *file = message->file ? message->file : tree->file;
	enum rule rule = message->warning ? RULE_COMPILER : RULE_SYNTAX;
	struct finding *f;

	if (strcmp(file, "<stdin>") == 0)
		file = tree->file;
	f = report_add(tree->report, rule, file);
	f->order = tree->order;
	f->line = message->line;
	reason(f, "%s", message->text);
	advise(f, message->warning ? "see the device tree specification"
				   : "correct the source at or before that "
				     "line");
}

/* "FATAL ERROR: Unable to parse input tree" adds nothing to an error. */
static bool is_summary(const char *line)
{
	return strncmp(line, "FATAL ERROR: ", 13) == 0 ||
	       strstr(line, "Failed prerequisite") != NULL ||
	       strncmp(line, "ERROR: Input tree", 17) == 0 ||
	       isspace((unsigned char)line[0]) || strchr(line, ':') == NULL;
}

static void tell_all(const struct dt *tree, struct child_result *result)
{
	const char *last = "the compiler fails without a word";
	char *rest = result->messages;
	bool told = false;
	char *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		struct message message;

		if (line[0] == '\0')
			continue;
		if (is_summary(line)) {
			last = line;
			continue;
		}
		message = parse_message(line);
		tell(tree, &message);
		told = told || !message.warning;
	}
	if (!result->good && !told)
		tell(tree, &(struct message){.text = (char *)last});
}

/* --- Preprocessor ----------------------------------------------------------
 */

/* Lines like `#address-cells = <2>;` are none of cpp's. */
static bool is_directive(const char *line)
{
	static const char *const words[] = {
		"include", "define", "undef", "if", "ifdef", "ifndef"};
	size_t length;

	line += strspn(line, " \t");
	if (*line++ != '#')
		return false;
	line += strspn(line, " \t");
	length = strcspn(line, " \t\r\n<\"(");
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++)
		if (strlen(words[i]) == length &&
			strncmp(line, words[i], length) == 0)
			return true;
	return false;
}

static bool needs_cpp(const char *source)
{
	const char *line = source;

	while (line != NULL) {
		if (is_directive(line))
			return true;
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return false;
}

static char *folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (slash == NULL)
		return copy_text(".");
	return must_have(strndup(file, (size_t)(slash + 1 - file)));
}

/* A name in front of which no option can be seen. */
static char *safe_name(const char *file)
{
	char *name = NULL;

	if (asprintf(&name, "%s%s", file[0] == '-' ? "./" : "", file) < 0)
		name = NULL;
	return must_have(name);
}

/* *text becomes what cpp makes of it; NULL when it fails. */
static bool preprocess(const struct dt *tree, char **text)
{
	char *folder = folder_of(tree->file);
	char *name = safe_name(tree->file);
	const char *const argv[] = {"cpp", "-nostdinc", "-undef", "-x",
		"assembler-with-cpp", "-I", folder, name, NULL};
	struct child_result result;
	bool ran = child_run(argv, NULL, &result);

	free(folder);
	free(name);
	free(*text);
	*text = NULL;
	if (!ran)
		return false;
	if (result.good)
		*text = copy_text(result.out);
	else
		tell_all(tree, &result);
	child_free(&result);
	return true;
}

/* --- Compiler --------------------------------------------------------------
 */

/* From the file, or from what cpp made of it: a tree, or text with lines. */
static bool run_dtc(const struct dt *tree, const char *text, bool annotated,
	struct child_result *result)
{
	char *folder = folder_of(tree->file);
	char *name = text ? copy_text("-") : safe_name(tree->file);
	/* A manifest's interrupts have no parent. */
	const char *const blob[] = {"dtc", "-I", "dts", "-O", "dtb", "-i",
		folder, "-W", "no-interrupts_property", name, NULL};
	const char *const lines[] = {"dtc", "-q", "-T", "-I", "dts", "-O",
		"dts", "-i", folder, name, NULL};
	bool ran = child_run(annotated ? lines : blob, text, result);

	free(folder);
	free(name);
	return ran;
}

static bool compile(struct dt *tree, const char *text)
{
	struct child_result result;

	if (!run_dtc(tree, text, false, &result))
		return false;
	tell_all(tree, &result);
	if (result.good)
		dt_set(tree, result.out, result.out_size);
	child_free(&result);
	if (!tree->sound)
		return true;
	/* Without lines the findings are as true as with them. */
	if (!run_dtc(tree, text, true, &result))
		return false;
	if (result.good)
		tree->lines = lines_read(result.out);
	child_free(&result);
	return true;
}

bool dts_compile(struct dt *tree, const char *source)
{
	char *text = NULL;
	bool ran = true;

	if (needs_cpp(source)) {
		ran = preprocess(tree, &text);
		if (!ran || text == NULL)
			return ran;
	}
	ran = compile(tree, text);
	free(text);
	return ran;
}
