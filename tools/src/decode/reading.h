/*
 * What was read of one thing (a descriptor, a call, a line of a trace): its
 * fields, each with its place, and what is wrong with them. How that is
 * printed is output.h's business.
 */
#ifndef DECODE_READING_H
#define DECODE_READING_H

#include <stdarg.h>
#include <stdio.h>

#include "abi/reason.h"
#include "base/types.h"

/* Where a field is: bytes of a descriptor, or bits of a register. */
struct place {
	uint32_t at;   /* offset of the first byte; or the register's number */
	uint32_t size; /* bytes; 0 in a register */
	uint8_t high;  /* bits of the register */
	uint8_t low;
};

struct field {
	struct place place;
	bool wrong;
	char *name;
	char *value;   /* hex, or the text of a UUID */
	char *meaning; /* "" where the value says all */
};

/* A rule that no manager refuses by: of what managers write, and hints. */
struct rule {
	const char *name;
	const char *spec;
	const char *sentence;
};

struct finding {
	struct place place;
	enum reason reason;      /* R_NONE where `rule` has the words */
	const struct rule *rule; /* NULL where `reason` has */
	bool hint;               /* nothing is wrong, but look at it */
	char *right;             /* what would be right */
	char *name;              /* of the field, and what is in it */
	char *found;
};

/* Something else to say of the whole: "version" is "1.2". */
struct head {
	const char *key;
	char *value;
	bool number;
};

#define READING_FINDINGS 64
#define READING_HEADS 12

struct reading {
	const char *type; /* "descriptor", "call" or "trace" */
	char *title;
	bool registers; /* places are bits of registers */
	bool answer;    /* a manager has written it: nobody refuses it */
	struct head heads[READING_HEADS];
	size_t head_count;
	struct field *fields;
	size_t field_count;
	size_t field_room;
	struct finding findings[READING_FINDINGS];
	size_t finding_count;
	size_t finding_more; /* found, but not kept */
};

/* Text of its own; the process ends when there is no memory for it. */
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_v(const char *format, va_list args)
	__attribute__((format(printf, 1, 0), nonnull(1)));
void *grown(void *array, size_t count, size_t size);

void reading_begin(struct reading *reading, const char *type);
void reading_end(struct reading *reading);

void reading_head(struct reading *reading, const char *key, char *value);
void reading_number(struct reading *reading, const char *key, uint32_t value);

/* These take what `value`, `meaning` and `right` point to. */
struct field *reading_field(struct reading *reading, struct place place,
	const char *name, char *value, char *meaning);
void reading_wrong(struct reading *reading, enum reason reason,
	struct place place, char *right);
/* By a rule that no manager refuses by. */
void reading_remark(struct reading *reading, const struct rule *rule,
	struct place place, char *right);
/* The same, where it may be meant. */
void reading_hint(struct reading *reading, const struct rule *rule,
	struct place place, char *right);

/* Makes the finding of this reason the first; false when there is none. */
bool reading_put_first(struct reading *reading, enum reason reason);

/* All fields are there: findings get the names of theirs. */
void reading_name_findings(struct reading *reading);

/* Nothing but hints. */
bool reading_is_valid(const struct reading *reading);
size_t reading_wrong_count(const struct reading *reading);

const char *finding_rule(const struct finding *finding);
const char *finding_spec(const struct finding *finding);
const char *finding_sentence(const struct finding *finding);

#endif
