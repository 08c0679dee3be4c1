/* See words.h. */
#include "sim/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "base/access.h"

static bool is_space(char character)
{
	return isspace((unsigned char)character) || character == ',';
}

/* The word at `at`, ended with a zero; returns what is behind it. */
static char *cut_word(struct words *words, char *at)
{
	bool quoted = *at == '"';
	char *end;

	if (quoted)
		at++;
	words->quoted[words->count] = quoted;
	words->word[words->count++] = at;
	end = at;
	while (*end != '\0' && (quoted ? *end != '"' : !is_space(*end)))
		end++;
	if (*end == '\0')
		return quoted ? NULL : end;
	*end = '\0';
	return end + 1;
}

/* A colon is a word by itself. */
static bool copy_line(struct words *words, const char *line)
{
	size_t length = strcspn(line, "\r\n");
	bool quoted = false;
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		bool alone = line[i] == ':' && !quoted;

		if (used + 4 > WORDS_SIZE)
			return false;
		if (line[i] == '"')
			quoted = !quoted;
		if (alone)
			words->text[used++] = ' ';
		words->text[used++] = line[i];
		if (alone)
			words->text[used++] = ' ';
	}
	words->text[used] = '\0';
	return true;
}

bool words_split(struct words *words, const char *line)
{
	char *at = words->text;

	words->count = 0;
	words->next = 0;
	if (!copy_line(words, line))
		return false;
	while (at != NULL) {
		while (is_space(*at))
			at++;
		if (*at == '\0' || *at == '#')
			return true;
		if (words->count == WORDS_MAX)
			return false;
		at = cut_word(words, at);
	}
	return false;
}

const char *words_peek(const struct words *words)
{
	return words->next < words->count ? words->word[words->next] : NULL;
}

bool words_more(const struct words *words)
{
	const char *word = words_peek(words);

	return word != NULL &&
	       (words->quoted[words->next] || strcmp(word, "=>") != 0);
}

const char *words_take(struct words *words)
{
	const char *word = words_peek(words);

	if (word != NULL)
		words->next++;
	return word;
}

bool words_accept(struct words *words, const char *word)
{
	const char *next = words_peek(words);

	if (next == NULL || words->quoted[words->next] ||
		strcmp(next, word) != 0)
		return false;
	words->next++;
	return true;
}

bool word_is_number(const char *word, uint64_t *value)
{
	char *end;

	if (word == NULL || !isdigit((unsigned char)*word))
		return false;
	errno = 0;
	*value = strtoull(
		word, &end, word[0] == '0' && word[1] == 'x' ? 16 : 10);
	return *end == '\0' && errno == 0;
}

static bool word_is_range(const char *word, struct range *range)
{
	char base[24];
	size_t length = word == NULL ? 0 : strcspn(word, "+");

	range->pages = 1;
	if (length == 0 || length >= sizeof(base))
		return false;
	memcpy(base, word, length);
	base[length] = '\0';
	if (word[length] == '+' &&
		!word_is_number(word + length + 1, &range->pages))
		return false;
	return word_is_number(base, &range->base.v);
}

bool words_number(struct words *words, uint64_t *value)
{
	if (!word_is_number(words_peek(words), value))
		return false;
	words->next++;
	return true;
}

bool words_range(struct words *words, struct range *range)
{
	if (!word_is_range(words_peek(words), range))
		return false;
	words->next++;
	return true;
}

bool words_perm(struct words *words, uint8_t *perm)
{
	const char *letters = "rwx";
	const char *word = words_peek(words);
	uint8_t all = 0;

	if (word == NULL)
		return false;
	for (unsigned i = 0; i < 3; i++) {
		if (*word == letters[i])
			all |= (uint8_t)(1u << i);
		if (*word == letters[i] || *word == '-')
			word++;
	}
	if (word == words_peek(words) || *word != '\0')
		return false;
	words->next++;
	*perm = all;
	return true;
}

bool words_version(struct words *words, uint32_t *version)
{
	const char *word = words_peek(words);

	if (word == NULL || strlen(word) != 3 || word[0] != '1' ||
		word[1] != '.' || word[2] < '0' || word[2] > '3')
		return false;
	*version = FFA_VERSION_OF(1, (uint32_t)(word[2] - '0'));
	words->next++;
	return true;
}
