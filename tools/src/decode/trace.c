/*
 * Lines of the manager's own trace (src/call/trace_text.c):
 *
 *   [    0.304715] sp1     MEM_LEND_64      1 page    SUCCESS    lent to …
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_names.h"
#include "decode/regs.h"
#include "lib/advice.h"

#define WORDS 8

struct words {
	const char *at[WORDS];
	size_t length[WORDS];
	unsigned count;
};

static void split(const char *line, struct words *words)
{
	words->count = 0;
	while (words->count < WORDS) {
		line += strspn(line, " \t");
		if (*line == '\0')
			break;
		words->at[words->count] = line;
		words->length[words->count] = strcspn(line, " \t");
		line += words->length[words->count++];
	}
}

static bool is_word(const struct words *words, unsigned index, const char *word)
{
	return index < words->count && words->length[index] == strlen(word) &&
	       memcmp(words->at[index], word, strlen(word)) == 0;
}

/* "[    0.304715]" */
static const char *skip_time(const char *line)
{
	size_t whole;

	line += strspn(line, " \t");
	if (*line++ != '[')
		return NULL;
	line += strspn(line, " ");
	whole = strspn(line, "0123456789");
	if (whole == 0 || line[whole] != '.' ||
		strspn(line + whole + 1, "0123456789") != 6 ||
		line[whole + 7] != ']')
		return NULL;
	return line + whole + 8;
}

static bool find_status(
	const struct words *words, unsigned index, int32_t *status)
{
	for (*status = 0; ffa_status_name(*status) != NULL; (*status)--)
		if (is_word(words, index, ffa_status_name(*status)))
			return true;
	return false;
}

static enum reason find_reason(const char *rest)
{
	size_t length = strcspn(rest, ": ");

	for (unsigned i = R_NONE + 1; i < R_COUNT && rest[length] == ':'; i++) {
		const char *name = reason_name((enum reason)i);

		if (strlen(name) == length && memcmp(name, rest, length) == 0)
			return (enum reason)i;
	}
	return R_NONE;
}

static char *word_text(const struct words *words, unsigned index)
{
	return text("%.*s", (int)words->length[index], words->at[index]);
}

static void show_word(
	struct reading *reading, const char *name, char *value, char *meaning)
{
	static const struct place nowhere = {0};

	reading_field(reading, nowhere, name, value, meaning);
}

static void show_outcome(
	struct reading *reading, int32_t status, const char *rest)
{
	enum reason reason = find_reason(rest);

	show_word(reading, "status", text("%d", status), say_status(status));
	if (reason != R_NONE) {
		show_word(reading, "reason", text("%s", reason_name(reason)),
			text("%s (%s)", reason_sentence(reason),
				reason_spec(reason)));
		show_word(reading, "do", text("%s", ""),
			text("%s", tool_reason_advice(reason)));
	} else if (*rest != '\0')
		show_word(reading, "change", text("%s", rest), text("%s", ""));
}

bool trace_in_line(const char *line, struct reading *reading)
{
	struct words words;
	unsigned index = 2;
	uint32_t func = 0;
	int32_t status;
	char *name;

	line = skip_time(line);
	if (line == NULL)
		return false;
	split(line, &words);
	if (words.count < 3)
		return false;
	name = word_text(&words, 1);
	func = regs_function(name);
	if (is_word(&words, 3, "page") || is_word(&words, 3, "pages"))
		index = 4;
	if (func == 0 || strncmp(name, "FFA_", 4) == 0 ||
		!find_status(&words, index, &status)) {
		free(name);
		return false;
	}
	reading_begin(reading, "trace");
	free(reading->title);
	reading->title = text("FFA_%s", name);
	reading_head(reading, "function", text("FFA_%s", name));
	show_word(reading, "caller", word_text(&words, 0), text("%s", ""));
	show_word(reading, "function", name, say_function(func));
	if (index == 4)
		show_word(
			reading, "pages", word_text(&words, 2), text("%s", ""));
	line = words.at[index] + words.length[index];
	show_outcome(reading, status, line + strspn(line, " \t"));
	return true;
}
