/* Looks up in expected.def; which cells there are. See matrix.h. */
#include <stdio.h>

#include "matrix/matrix.h"

#define STATE_BIT(name) name = 1u << AT_##name,
#define KIND_BIT(name) name = 1u << BY_##name,
#define CALL_BIT(name) name = 1u << DO_##name,
enum state_set { STATES(STATE_BIT) ANYWHERE = (1u << AT_COUNT) - 1 };
enum kind_set { KINDS(KIND_BIT) ALL = (1u << BY_COUNT) - 1 };
enum call_set { CALLS(CALL_BIT) };

struct row {
	uint32_t states, kinds, calls;
	enum reason reason[AS_COUNT];
};

#define R_OK R_NONE
#define ROW(...) ROW_OF(__VA_ARGS__)
#define ROW_OF(states, kinds, calls, a, b, c, d, e)                            \
	{states, kinds, calls, {R_##a, R_##b, R_##c, R_##d, R_##e}},
static const struct row rows[] = {
#include "matrix/expected.def"
};

#define NAME(name) #name,
static const char *const state_names[] = {STATES(NAME)};
static const char *const kind_names[] = {KINDS(NAME)};
static const char *const call_names[] = {CALLS(NAME)};
static const char *const caller_names[] = {CALLERS(NAME)};

const char *cell_name(struct cell cell)
{
	static char name[100];

	snprintf(name, sizeof(name), "%s by %s: %s by %s",
		state_names[cell.state], kind_names[cell.kind],
		call_names[cell.call], caller_names[cell.caller]);
	return name;
}

static bool speaks_of(const struct row *row, struct cell cell)
{
	return (row->states & 1u << cell.state) &&
	       (row->kinds & 1u << cell.kind) && (row->calls & 1u << cell.call);
}

unsigned cell_rows(struct cell cell)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++)
		count += speaks_of(&rows[i], cell);
	return count;
}

enum reason cell_expected(struct cell cell)
{
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++)
		if (speaks_of(&rows[i], cell))
			return rows[i].reason[cell.caller];
	fail_msg("%s: no row", cell_name(cell));
	return R_NONE;
}

/* --- Which there are --------------------------------------------------- */

#define PAGES (P_PAGE | N_PAGE)
#define SHARES (P_SHARE | P_SHARE_2 | N_SHARE | N_SHARE_2 | N_SHARE_TO_VM)
#define LENDS (P_LEND | P_LEND_2 | N_LEND | N_LEND_2)
#define DONATIONS (P_DONATE | N_DONATE)
#define OF_TWO (P_SHARE_2 | P_LEND_2 | N_SHARE_2 | N_LEND_2 | N_SHARE_TO_VM)
#define OF_WORLD                                                               \
	(N_PAGE | N_SHARE | N_SHARE_2 | N_SHARE_TO_VM | N_LEND | N_LEND_2 |    \
		N_DONATE)

static const uint32_t kinds_of[AT_COUNT] = {
	[AT_EXCLUSIVE] = PAGES,
	[AT_READ_ONLY] = PAGES,
	[AT_CODE] = P_PAGE,
	[AT_DEVICE] = PAGES,
	[AT_OTHERS_WORLD] = P_PAGE,
	[AT_BUFFER] = PAGES,
	[AT_HOLE] = P_PAGE,
	[AT_MANAGERS] = P_PAGE,
	[AT_ASSEMBLING] = SHARES | LENDS | DONATIONS,
	/* A share has no work to do between claim and publication. */
	[AT_OPENING] = LENDS | DONATIONS,
	[AT_SENT] = SHARES | LENDS | DONATIONS,
	[AT_RETRIEVING] = SHARES | LENDS | DONATIONS,
	[AT_HELD] = SHARES | LENDS,
	[AT_READING] = SHARES | LENDS,
	[AT_HELD_BY_ALL] = OF_TWO,
	[AT_RELEASING] = SHARES | LENDS,
	[AT_ZEROING] = LENDS,
	[AT_RELINQUISHED] = SHARES | LENDS,
	[AT_CLOSING] = SHARES | LENDS | DONATIONS,
	[AT_RECLAIMED] = SHARES | LENDS | DONATIONS,
	[AT_DRAINING] = DONATIONS,
	[AT_DONATED] = DONATIONS,
	[AT_WITHHELD] = LENDS,
	[AT_WITHHELD_AT_RECLAIM] = SHARES | LENDS | DONATIONS,
	[AT_DESCRIBING] = OF_WORLD & ~PAGES,
	[AT_OWNER_DEAD] = P_SHARE | P_SHARE_2 | P_LEND | P_LEND_2 | P_DONATE,
	[AT_OWNER_DEAD_HELD] = P_SHARE | P_SHARE_2 | P_LEND | P_LEND_2,
	[AT_FIRST_DEAD] = SHARES | LENDS | DONATIONS,
	[AT_FIRST_DEAD_HELD] = SHARES | LENDS,
};

bool scene_exists(enum matrix_state state, enum matrix_kind kind)
{
	return kinds_of[state] & 1u << kind;
}

bool state_is_claim(enum matrix_state state)
{
	return 1u << state &
	       (OPENING | RETRIEVING | RELEASING | ZEROING | CLOSING);
}

/* The VM and its world's kernel are one owner, and the VM one borrower. */
static bool is_other_name(struct cell cell)
{
	uint32_t as_borrower = RETRIEVE | RELINQUISH | RELINQUISH_WITH_ZERO;
	uint32_t call = 1u << cell.call;

	if (cell.kind != BY_N_SHARE_TO_VM)
		return false;
	if (cell.caller == AS_OWNER)
		return call & as_borrower;
	return cell.caller == AS_SECOND &&
	       !(call & (as_borrower | FRAG_TX | FRAG_RX));
}

bool cell_exists(struct cell cell)
{
	uint32_t kind = 1u << cell.kind;

	switch (cell.caller) {
	case AS_FIRST:
		return !(kind & PAGES);
	case AS_SECOND:
		return (kind & OF_TWO) && !is_other_name(cell);
	case AS_WORLD:
		return !(kind & OF_WORLD);
	default:
		return !is_other_name(cell);
	}
}

void cell_each(enum matrix_state state, enum matrix_kind kind,
	cell_visitor *visit, void *context)
{
	for (int call = 0; call < DO_COUNT; call++)
		for (int caller = 0; caller < AS_COUNT; caller++) {
			struct cell cell = {state, kind, (enum matrix_call)call,
				(enum matrix_caller)caller};

			if (cell_exists(cell))
				visit(context, cell);
		}
}

void scene_each(scene_visitor *visit)
{
	for (int state = 0; state < AT_COUNT; state++)
		for (int kind = 0; kind < BY_COUNT; kind++)
			if (scene_exists((enum matrix_state)state,
				    (enum matrix_kind)kind))
				visit((enum matrix_state)state,
					(enum matrix_kind)kind);
}
