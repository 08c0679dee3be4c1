/*
 * The ledger: who owns every page, and which pages are in a transaction.
 *
 * Titles say who owns a range and with what access when nobody borrows it.
 * Loans lie over titles, one per range that is in a transaction or in use as
 * a buffer. No call that lends or shares writes a title (invariant I1), so
 * reclaim restores exactly what the owner had, page by page.
 *
 * Only ledger.c writes titles and loans. Addresses are page numbers inside,
 * struct range outside. Locking: the engine lock.
 *
 * Source: DEN0140 1.2 §1.2 to §1.4 (ownership and access states).
 */
#ifndef ENGINE_LEDGER_H
#define ENGINE_LEDGER_H

#include "abi/reason.h"
#include "base/access.h"
#include "engine/endpoint.h"
#include "engine/slab.h"
#include "engine/tree.h"

struct txn;

enum loan_state {
	LOAN_NEW,    /* a range that was sent, not in the ledger yet */
	LOAN_MOVING, /* claimed by a call that has not finished */
	LOAN_LENT,
	LOAN_SHARED,
	LOAN_DONATED,  /* sent, not yet retrieved */
	LOAN_DRAINING, /* donated, the response not fully handed out */
	LOAN_BUFFER,   /* RX or TX of its owner */
};

/*
 * A title or a loan: 64 bytes. In the tree node: key = first page number,
 * user32 = pages, user8 = enum loan_state (loans).
 */
struct ledger_node {
	struct tree_node node;
	union {
		struct {
			struct endpoint *owner; /* pays for the title */
			struct access access;
		} title;
		struct {
			struct txn *txn;          /* NULL for a buffer */
			struct ledger_node *next; /* in the sender's order */
		} loan;
	};
};

struct ledger {
	struct tree titles;
	struct tree loans;
	struct slab nodes;
};

void ledger_init(struct ledger *ledger, struct page_pool *pool);

struct range ledger_range(const struct ledger_node *node);

/* --- Titles: counted in the quotas of their owners, never refused there --- */

/* Boot: `range`, of which no page has a title yet, belongs to `owner`. */
bool MUST_USE ledger_grant(struct ledger *ledger, struct range range,
	struct endpoint *owner, struct access access);

/* Boot: takes `range` out of whatever titles cover it. */
bool MUST_USE ledger_carve(struct ledger *ledger, struct range range);

/* The title over the page of `address`, or NULL. */
const struct ledger_node *ledger_title(
	const struct ledger *ledger, struct paddr address);

/* The first title that overlaps `range`, or NULL. */
const struct ledger_node *ledger_first_title(
	const struct ledger *ledger, struct range range);

/* The next title, in address order, if it overlaps `range`; or NULL. */
const struct ledger_node *ledger_next_title(
	const struct ledger_node *title, struct range range);

/* Nodes that ledger_transfer() of one range may need. */
#define LEDGER_TRANSFER_NODES 2

/*
 * A donation, or new permissions: `range`, covered by titles of its owner,
 * becomes one title of `to`. `spare` is a list (through loan.next) of at least
 * LEDGER_TRANSFER_NODES nodes; what is not needed stays on it, and titles
 * that are no longer needed join it. Cannot fail.
 */
struct ledger_transfer {
	struct range range;
	struct endpoint *to;
	struct access access;
};
void ledger_transfer(struct ledger *ledger,
	const struct ledger_transfer *transfer, struct ledger_node **spare);

/* The nodes that it needs for a range whose titles are all of one owner: one
 * for each end at which a title goes on. */
uint32_t ledger_cuts(const struct ledger *ledger, struct range range);

/* What is common to all pages of the ranges a call looks at. */
struct title_summary {
	uint8_t attr; /* type, cacheability, security: the same for all */
	uint8_t perm; /* the weakest page's: what every page permits */
	const struct ledger_node *last; /* looked at; NULL = none yet */
};

/*
 * `owner` holds the title of every page of `range`; adds the titles to the
 * summary. Refuses: NO_TITLE, NOT_OWNER, MIXED_MEMORY.
 */
enum reason MUST_USE ledger_examine(const struct ledger *ledger,
	struct range range, const struct endpoint *owner,
	struct title_summary *summary);

/* --- Loans ------------------------------------------------------------- */

/* A node for a loan or title, or NULL; and back. */
struct ledger_node *ledger_node_take(struct ledger *ledger);
void ledger_node_give(struct ledger *ledger, struct ledger_node *node);

/* All nodes of a list through loan.next; or none, NULL. */
void ledger_list_give(struct ledger *ledger, struct ledger_node *list);

/* Notes range and transaction (NULL: a buffer) of a loan to be claimed. */
void ledger_loan_prepare(
	struct ledger_node *loan, struct range range, struct txn *txn);

/*
 * Adds a prepared loan in state LOAN_MOVING, or LOAN_BUFFER; loan.next stays
 * as it is. Refuses, and adds nothing: RANGE_OVERLAP when it meets a loan of
 * the same transaction, NOT_EXCLUSIVE when it meets another. `hint`: the loan
 * claimed before, or NULL; ranges tend to come in order.
 */
enum reason MUST_USE ledger_claim(struct ledger *ledger,
	struct ledger_node *loan, struct ledger_node *hint);

/* True between ledger_claim() and ledger_release(). */
bool ledger_loan_is_claimed(const struct ledger_node *loan);

void ledger_loan_state(struct ledger_node *loan, enum loan_state state);

/* Takes a loan out of the ledger; the node remains the caller's. */
void ledger_release(struct ledger *ledger, struct ledger_node *loan);

/* The loan over the page of `address`, or NULL. */
const struct ledger_node *ledger_loan(
	const struct ledger *ledger, struct paddr address);

/* The first loan that overlaps `range`, and the one behind `loan`; or NULL. */
const struct ledger_node *ledger_first_loan(
	const struct ledger *ledger, struct range range);
const struct ledger_node *ledger_next_loan(
	const struct ledger_node *loan, struct range range);

#endif
