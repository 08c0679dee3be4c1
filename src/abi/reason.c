/* The rows of reason.def as one text and a table of places in it. */
#include "abi/reason.h"

#include <stddef.h>

#include "base/assert.h"

/* Name, source and sentence of a reason, each with a zero behind it. */
#define TEXT(name, spec, sentence) #name "\0" spec "\0" sentence

struct texts {
	char none[sizeof(TEXT(NONE, "", ""))];
#define REASON(name, status, spec, sentence)                                   \
	char name[sizeof(TEXT(name, spec, sentence))];
#include "abi/reason.def"
#undef REASON
};

static const struct texts texts = {
	TEXT(NONE, "", ""),
#define REASON(name, status, spec, sentence) TEXT(name, spec, sentence),
#include "abi/reason.def"
#undef REASON
};

struct reason_row {
	int8_t status;
	uint16_t text; /* where its texts begin */
};

_Static_assert(sizeof(struct texts) <= UINT16_MAX, "places in the text");

static const struct reason_row rows[R_COUNT] = {
	[R_NONE] = {FFA_OK, 0},
#define REASON(name, status, spec, sentence)                                   \
	[R_##name] = {FFA_##status, offsetof(struct texts, name)},
#include "abi/reason.def"
#undef REASON
};

static const struct reason_row *row_of(enum reason reason)
{
	ASSERT(reason < R_COUNT);
	return &rows[reason];
}

enum ffa_status reason_status(enum reason reason)
{
	return (enum ffa_status)row_of(reason)->status;
}

static const char *text_behind(const char *text)
{
	while (*text != '\0')
		text++;
	return text + 1;
}

const char *reason_name(enum reason reason)
{
	return (const char *)&texts + row_of(reason)->text;
}

const char *reason_spec(enum reason reason)
{
	return text_behind(reason_name(reason));
}

const char *reason_sentence(enum reason reason)
{
	return text_behind(reason_spec(reason));
}

/* FNV-1a. */
uint32_t reason_checksum(void)
{
	const uint8_t *byte = (const uint8_t *)&texts;
	uint32_t sum = 0x811c9dc5;

	for (size_t i = 0; i < sizeof(texts); i++)
		sum = (sum ^ byte[i]) * 0x01000193;
	return sum;
}
