/*
 * A memory transaction from its send to its reclaim (or to the retrieval of a
 * donation), and the engine that holds them all.
 *
 * A call that works without the lock claims first and publishes or undoes
 * afterwards. Whoever meets a claim is refused:
 *
 *   transaction  assembling → opening → live → closing
 *                donated: live → draining, while the response goes out
 *   borrower     idle → retrieving → held → releasing → idle
 *
 * A borrower in `releasing` still counts as a holder. While bytes of a
 * fragment are unread, `assembling` is a claim, too.
 *
 * Locking: the engine lock. While a call's claim stands (a phase that ends in
 * -ing, above), that call may read the transaction and its loans without the
 * lock.
 */
#ifndef ENGINE_TXN_H
#define ENGINE_TXN_H

#include "abi/mem_desc.h"
#include "engine/ledger.h"

enum txn_phase {
	TXN_ASSEMBLING, /* fragments are missing; no range is claimed */
	TXN_OPENING,
	TXN_LIVE,
	TXN_CLOSING,
	TXN_DRAINING,
};

enum borrower_phase {
	BORROWER_IDLE,
	BORROWER_RETRIEVING,
	BORROWER_HELD,
	BORROWER_RELEASING,
};

/* How far a response has been handed out; `next` = NULL: completely. */
struct mem_cursor {
	const struct ledger_node *next;
	uint32_t offset; /* bytes so far, in the receiver's format */
};

struct borrower {
	struct borrower *next;
	struct endpoint *endpoint;
	uint64_t impdef[2];
	struct mem_cursor cursor;
	uint16_t id;
	uint8_t perm_ceiling; /* data access that it may ask for */
	bool retrieved_once;
	enum borrower_phase phase;
	struct access access; /* retrieving, held, releasing: as granted */
	bool zero_after;      /* asked for at this retrieval */
};

#define BORROWER_OBJECT_SIZE 128

struct txn {
	struct tree_node node; /* key = handle */
	struct endpoint *owner;
	struct quota_amount charged; /* to the owner, and to `vm` */
	struct quota *vm; /* of the sender id, in the normal world; or NULL */
	uint16_t sender;  /* a VM's id where the owner is the normal world */
	uint16_t attributes; /* as sent */
	enum mem_func func;
	enum txn_phase phase;
	uint32_t flags; /* as sent */
	uint64_t tag;
	uint8_t attr;         /* the owner's, with NS */
	uint8_t attr_ceiling; /* what a borrower may ask for at most */
	uint8_t owner_perm;   /* the weakest page's */
	bool has_impdef;
	bool claimed;     /* until it is live: a call works on it */
	bool foreign;     /* the other world's manager decides, too */
	bool zero_after;  /* some borrower asked: when the last one lets go */
	bool zeroing;     /* a relinquish is doing that now */
	bool quarantined; /* zeroing failed: nobody gets the memory */
	bool orphaned;    /* who sent it is gone, though its owner is not */
	uint32_t page_count;
	uint32_t range_count; /* loans below; all of them unless assembling */
	struct ledger_node *loans; /* in the sender's order */
	struct ledger_node *last_loan;
	struct ledger_node *spare; /* nodes that a donation will need */
	uint32_t borrower_count;
	struct borrower *borrowers;   /* in the sender's order */
	struct mem_cursor hypervisor; /* of its retrieve request */
	struct txn *next_assembling;
	uint64_t pages_received;
	uint32_t bytes_total; /* of the descriptor, in the sender's format */
	uint32_t bytes_received;
	uint32_t ranges_total;
	uint32_t bytes_before; /* received before the last fragment */
};

#define TXN_OBJECT_SIZE 256

/*
 * The normal world has one quota for all, because its ids can be spoofed, and
 * none of its VMs may use up all of that: a cap for each sender id. Ids that
 * are so far apart share one. Id 0, the hypervisor's or the only system's, has
 * none.
 */
#define ENGINE_VM_QUOTAS 64

/* What a partition manager may choose; from the SPMC manifest. */
struct engine_policy {
	bool strict_instruction; /* a retriever must state X or XN */
	bool allow_write_execute;
	uint64_t zero_pages_max; /* in one call; 0 = any number */
};

/* Bit 63 of a handle: a hypervisor allocated it, not an SPMC. */
#define TXN_HANDLE_HYPERVISOR (1ull << 63)

struct engine {
	struct ledger ledger;
	struct tree txns;
	struct slab txn_slab;
	struct slab borrower_slab;
	/* Bit 63 as our role says, then a serial number. */
	uint64_t last_handle;
	struct endpoint manager; /* owner of what belongs to nobody else */
	struct engine_policy policy;
	struct quota
		vm[ENGINE_VM_QUOTAS]; /* by sender id modulo their number */
};

void engine_init(struct engine *engine, struct page_pool *pool);

static inline uint64_t txn_handle(const struct txn *txn)
{
	return txn->node.key;
}

/* A transaction with a new handle in phase TXN_OPENING, or NULL. */
struct txn *txn_create(struct engine *engine, struct endpoint *owner);

/*
 * The other world's manager has allocated this handle. False: it is not its
 * to allocate, or in use here.
 */
bool MUST_USE txn_adopt(
	struct engine *engine, struct txn *txn, uint64_t handle);

/* The live transaction of this handle, or NULL. Handles are never reused. */
struct txn *txn_find(const struct engine *engine, uint64_t handle);

/* Nobody will reclaim it: it ends when nobody holds it any more. */
static inline bool txn_is_orphan(const struct txn *txn)
{
	return txn->orphaned || endpoint_is_dead(txn->owner);
}

/*
 * Charges the owner, and the sender id where it is a VM's, until
 * txn_uncharge(). Refuses, and charges nothing: QUOTA_NODES, QUOTA_TXNS,
 * QUOTA_SENDER.
 */
enum reason MUST_USE txn_charge(
	struct txn *txn, const struct quota_amount *more);

/* Takes back so much of it. */
void txn_uncharge_part(struct txn *txn, const struct quota_amount *less);

/* Takes the charge from those who bear it; for one who is about to end it. */
void txn_uncharge(const struct txn *txn);

/* Nodes that a donation did not need go back. */
void txn_give_spare(struct engine *engine, struct txn *txn);

/* Adds `loan` behind the others. */
void txn_append(struct txn *txn, struct ledger_node *loan);

/* A borrower behind the others, or NULL. */
struct borrower *txn_add_borrower(struct engine *engine, struct txn *txn);

/* The borrower that is `endpoint` under the name `id`, or NULL. */
struct borrower *txn_borrower(
	const struct txn *txn, const struct endpoint *endpoint, uint16_t id);

/* True when some borrower holds the memory, or is about to. */
bool txn_is_held(const struct txn *txn);

/* The last fragment is there: the send is no longer unfinished. */
void txn_finish_assembling(struct txn *txn);

/* Takes all loans out of the ledger; they stay on the transaction's list. */
void txn_release(struct engine *engine, struct txn *txn);

/* Ends the transaction; releases its loans where that has not been done. */
void txn_destroy(struct engine *engine, struct txn *txn);

/* True when the owner has lost access: lent and donated memory. */
bool txn_takes_access(const struct txn *txn);

/* Zeroes every page; false on a fault. Needs no lock, but a claim. */
bool MUST_USE txn_zero(const struct txn *txn);

/* Cleans the caches over every page. Needs no lock, but a claim. */
void txn_clean(const struct txn *txn);

#endif
