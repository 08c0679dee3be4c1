/*
 * A line of a scenario as words: separated by spaces and commas, texts in
 * double quotes, a comment behind #.
 */
#ifndef SIM_WORDS_H
#define SIM_WORDS_H

#include "base/types.h"

#define WORDS_MAX 1200
#define WORDS_SIZE 16384

struct words {
	char text[WORDS_SIZE];
	uint32_t count;
	uint32_t next;
	const char *word[WORDS_MAX];
	bool quoted[WORDS_MAX];
};

/* False: too long, or a text without its end. */
bool words_split(struct words *words, const char *line);

/* The next word, or NULL; taken when it is `word`. */
const char *words_peek(const struct words *words);
const char *words_take(struct words *words);
/* There is one, and it is not the arrow before what is expected. */
bool words_more(const struct words *words);
bool words_accept(struct words *words, const char *word);

/* 0x… or decimal. False, and nothing taken, when it is not one. */
bool words_number(struct words *words, uint64_t *value);
/* BASE+PAGES, or BASE alone: one page. The base is that of a page. */
bool words_range(struct words *words, struct range *range);
/* Letters of rwx in this order, with - for those that are missing or without.
 */
bool words_perm(struct words *words, uint8_t *perm);
/* 1.0 to 1.3 */
bool words_version(struct words *words, uint32_t *version);

/* As words_number(), of one word. */
bool word_is_number(const char *word, uint64_t *value);

#endif
