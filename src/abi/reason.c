/* The rows of reason.def as tables. */
#include "abi/reason.h"

#include "base/assert.h"

struct reason_row {
	int8_t status;
	const char *name;
	const char *spec;
	const char *sentence;
};

static const struct reason_row rows[R_COUNT] = {
	[R_NONE] = {FFA_OK, "NONE", "", ""},
#define REASON(name, status, spec, sentence)                                   \
	[R_##name] = {FFA_##status, #name, spec, sentence},
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

const char *reason_name(enum reason reason)
{
	return row_of(reason)->name;
}

const char *reason_spec(enum reason reason)
{
	return row_of(reason)->spec;
}

const char *reason_sentence(enum reason reason)
{
	return row_of(reason)->sentence;
}
