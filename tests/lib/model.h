/*
 * FF-A memory management as an executable specification: the slow, obvious
 * version. Every page is an array element that says who owns it, what its
 * owner may do with it when nobody borrows it, and what each party may do
 * with it now. A transaction is a list of ranges and its borrowers' states.
 *
 * Operations take decoded arguments. They answer with the *set* of statuses
 * that the rules allow: where a call breaks two rules with different codes,
 * either may come. The empty set means success; only then is anything
 * changed. Written from the specification alone; includes only base/.
 *
 * Spec: DEN0140 1.2 §1.2 to §1.10; DESIGN §4 for what it leaves open.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include "base/types.h"

#define MODEL_NWD 0
#define MODEL_PARTIES 17 /* the normal world and up to 16 partitions */
#define MODEL_SPM (-1)   /* owner of what no party may send */
#define MODEL_NONE (-1)

/* How much there is room for; tests/replay makes it more. */
#ifndef MODEL_PAGES_MAX
#define MODEL_PAGES_MAX 8192
#define MODEL_RANGES_MAX 4112
#define MODEL_TXNS_MAX 48
#endif
#define MODEL_RECEIVERS_MAX 16
#define MODEL_PAIRS 16         /* of virtual machines */
#define MODEL_BUFFER_PAGES 16u /* of RX, and of TX, at most */

/* FF-A status codes as members of a set. */
typedef uint32_t model_set;
#define MODEL_CODE(status) (1u << -(status))
#define MODEL_OK 0u
#define MODEL_NOT_SUPPORTED MODEL_CODE(-1)
#define MODEL_INVALID MODEL_CODE(-2)
#define MODEL_NO_MEMORY MODEL_CODE(-3)
#define MODEL_BUSY MODEL_CODE(-4)
#define MODEL_DENIED MODEL_CODE(-6)
#define MODEL_ABORTED MODEL_CODE(-8)

#define MODEL_R 1u
#define MODEL_W 2u
#define MODEL_X 4u

enum model_func {
	MODEL_SHARE = 1,
	MODEL_LEND = 2,
	MODEL_DONATE = 3,
};

/* `attr` is type, cacheability and shareability as FF-A encodes them. */
struct model_access {
	uint8_t perm;
	uint8_t attr;
};

enum model_use {
	MODEL_FREE, /* the owner has it to itself */
	MODEL_SENT, /* in transaction `txn` */
	MODEL_BUFFER,
};

struct model_page {
	uint64_t at;
	bool ns;
	int owner;
	struct model_access owner_access;
	enum model_use use;
	int txn;
	bool fixed;  /* mapped for good, as manifests say */
	bool within; /* the page before is not here, and is as this was */
	bool zeroed; /* by an operation; the reader clears it */
	/* At boot: its owner, what that may do, and whether a manifest's range
	 * begins here; so does a title, until a call writes one. */
	int born_to;
	struct model_access born;
	bool born_first;
	bool first;
	struct model_access access[MODEL_PARTIES];
};

/* Kinds of what a party may hold only so many of. */
enum model_kind {
	MODEL_NODES, /* titles, ranges sent, two buffers */
	MODEL_TXNS,
	MODEL_BORROWERS,
	MODEL_KINDS,
};

struct model_holding {
	uint64_t of[MODEL_KINDS];
};

#define MODEL_VMS 64 /* sender ids so far apart share a limit */

struct model_party {
	struct model_holding limit;
	uint16_t id;
	bool exists;
	bool vm; /* the hypervisor's; else the SPMC's */
	bool dead;
	bool buffers;
	struct range tx, rx;
};

struct model_receiver {
	uint16_t id;
	uint8_t data;
	uint8_t instr;
	uint8_t flags;
	bool impdef_given;
	uint64_t impdef[2];
};

/* A response that is handed out in fragments: what comes next. */
struct model_cursor {
	bool open;
	uint32_t header; /* bytes before its first range */
	uint32_t out;    /* ranges handed out */
};

struct model_borrower {
	struct model_receiver sent; /* what the sender said of it */
	int party;
	bool held;
	bool was_held;
	uint8_t held_perm;
	bool held_is_device;
	struct model_cursor cursor;
};

enum model_phase {
	MODEL_LIVE,
	MODEL_ASSEMBLING, /* a send of which fragments are missing */
	MODEL_DRAINING,   /* a donation that its donee has not read */
};

struct model_txn {
	bool live;
	enum model_phase phase;
	uint64_t handle;
	enum model_func func;
	int owner;
	uint16_t sender;
	uint8_t attributes; /* live: ceiling of what a borrower gets */
	uint32_t flags;
	uint64_t tag;
	uint32_t borrower_count;
	struct model_borrower borrower[MODEL_RECEIVERS_MAX];
	bool zero_after; /* when the last holder has relinquished */
	bool withheld;   /* zeroing failed: nobody gets the memory */
	bool orphan;     /* sent by a kernel that another has followed */
	struct model_cursor hypervisor;
	uint64_t page_total;  /* as the sender stated */
	uint32_t range_total; /* in all; range_count so far */
	uint32_t range_count;
	struct range range[MODEL_RANGES_MAX];
};

/* RX/TX of a virtual machine, which its hypervisor has mapped. */
struct model_pair {
	uint16_t id; /* 0: none */
	struct range tx, rx;
};

struct model {
	struct model_holding vm_limit; /* of any one VM's id */
	uint64_t zero_pages_max; /* that one call may zero; 0 = any number */
	struct model_party party[MODEL_PARTIES];
	struct model_pair pair[MODEL_PAIRS];
	struct model_txn txn[MODEL_TXNS_MAX];
	uint32_t page_count; /* sorted by address */
	struct model_page page[MODEL_PAGES_MAX];
};

void model_init(struct model *model);
/* As an assignment, without what is not in use. */
void model_copy(struct model *to, const struct model *from);
void model_add_party(struct model *model, int party, uint16_t id);
/* Ranges are added in rising order. Perm 0: nobody's, e.g. the manager's. */
void model_add_range(struct model *model, int owner, struct range range,
	bool ns, struct model_access access);
struct model_page *model_page(struct model *model, uint64_t at);
/* The first page that does not end before this address: its index. */
uint32_t model_first_page(const struct model *model, uint64_t at);
int model_party_of(const struct model *model, uint16_t id);
/* In any phase; or NULL. */
struct model_txn *model_txn(struct model *model, uint64_t handle);
/* The borrower that `party` is, or NULL. */
struct model_borrower *model_borrower(struct model_txn *txn, int party);
/* The id by which `party` is a receiver: a VM's, or its own. */
uint16_t model_receiver_id(
	const struct model *model, struct model_txn *txn, int party);

struct model_send {
	int caller;
	enum model_func func;
	uint16_t sender;
	uint16_t attributes;
	uint32_t flags;
	uint64_t handle;
	uint64_t tag;
	uint32_t receiver_count;
	struct model_receiver receiver[MODEL_RECEIVERS_MAX];
	uint64_t page_total;
	uint32_t range_total;
	bool reserved;        /* a reserved word of a range is not zero */
	uint32_t range_count; /* in this fragment: fewer than all? */
	struct range range[MODEL_RANGES_MAX];
};

/*
 * A whole send or the first fragment of one. On success *txn gets its handle
 * as soon as the manager has told it.
 */
model_set model_send(struct model *model, const struct model_send *send,
	struct model_txn **txn);

/* FFA_MEM_FRAG_TX. */
struct model_fragment {
	int caller;
	uint64_t handle;
	uint32_t length; /* bytes, as the caller says */
	uint32_t word;   /* w4 */
	bool reserved;   /* a reserved word of a range is not zero */
	uint32_t range_count;
	struct range range[MODEL_BUFFER_PAGES * PAGE_SIZE / 16];
};

/*
 * Refused for the fragment's manners, the send stays as it was; refused for
 * what it says (*ends), the handle is dead, and nothing else has changed.
 */
model_set model_fragment(
	struct model *model, const struct model_fragment *op, bool *ends);
/* An unfinished send ends. */
void model_abandon(struct model *model, uint64_t handle);

struct model_retrieve {
	int caller;
	uint16_t sender;
	uint16_t attributes;
	uint32_t flags;
	uint64_t handle;
	uint64_t tag;
	uint32_t receiver_count;
	struct model_receiver receiver[MODEL_RECEIVERS_MAX];
	bool rx_full;
	uint32_t header; /* bytes of a response but its receivers and ranges */
	uint32_t stride; /* bytes of a receiver in it */
};

/* What the response must say. Valid until the next operation. */
struct model_response {
	uint16_t sender;
	uint16_t attributes; /* with the NS bit */
	uint32_t flags;
	uint64_t tag;
	uint32_t receiver_count;
	struct model_receiver receiver[MODEL_RECEIVERS_MAX];
	uint64_t total;  /* bytes */
	uint32_t length; /* bytes in RX now, */
	uint32_t first;  /* from this range on */
	uint32_t range_count;
	struct range range[MODEL_RANGES_MAX];
};

/* Without receivers it is the hypervisor's request. */
model_set model_retrieve(struct model *model,
	const struct model_retrieve *request, struct model_response *response);

/* FFA_MEM_FRAG_RX. */
struct model_more {
	int caller;
	uint64_t handle;
	uint32_t offset; /* bytes */
	uint32_t word;   /* w4 */
	bool rx_full;
};

/* Of the response, only length, first and the ranges are valid. */
model_set model_more(struct model *model, const struct model_more *op,
	struct model_response *response);

struct model_relinquish {
	int caller;
	uint64_t handle;
	uint32_t flags;
	uint32_t endpoint_count;
	uint16_t endpoint;
};

model_set model_relinquish(
	struct model *model, const struct model_relinquish *op);

struct model_reclaim {
	int caller;
	uint64_t handle;
	uint32_t flags;
};

model_set model_reclaim(struct model *model, const struct model_reclaim *op);

struct model_map {
	int caller;
	uint64_t tx, rx;
	uint64_t pages;
	uint16_t vm; /* the normal world, for this one; or 0 */
};

model_set model_map(struct model *model, const struct model_map *op);
model_set model_unmap(struct model *model, int caller);
model_set model_unmap_vm(struct model *model, uint16_t vm);

/* The pages could not be zeroed when their last holder gave them back, or
 * when the owner wanted them: nobody holds them any more, nor ever will. */
void model_withhold(struct model *model, uint64_t handle);

/* FFA_MEM_PERM_GET and _SET; `word` as FF-A encodes permissions. */
struct model_perm {
	int caller;
	uint64_t base;
	uint64_t pages;
	uint32_t word; /* SET only */
};

struct model_perm_run {
	uint32_t word;
	uint64_t pages; /* with the same permissions */
};

model_set model_perm_get(struct model *model, const struct model_perm *op,
	struct model_perm_run *run);
model_set model_perm_set(struct model *model, const struct model_perm *op);

/* FFA_NS_RES_INFO_GET: pages in a row that a party can access alike. */
struct model_region {
	int party; /* the normal world: the manager can, its buffers */
	uint64_t base;
	uint64_t pages;
	uint8_t perm;
};

struct model_regions {
	uint32_t count;
	struct model_region region[MODEL_PAGES_MAX];
};

/* Of one party, or of all where `target` is the normal world. */
void model_ns_regions(
	const struct model *model, int target, struct model_regions *regions);

/* The partition is dead: it gives back what it can. */
void model_kill(struct model *model, int party);

/*
 * Another kernel runs in the normal world. The former one cannot reclaim any
 * more: what nobody holds of what it sent is its successor's now, the rest when
 * it is given back. Nobody else gets to hold it.
 */
void model_follow(struct model *model);

/*
 * What may follow, when all that it has sent is back: it starts again as it
 * was at boot, without buffers; or what it owns is the manager's.
 */
bool model_is_back(const struct model *model, int party);
bool model_has_lost(const struct model *model, int party);
void model_restart(struct model *model, int party);
void model_destroy(struct model *model, int party);

/* The invariants I1 to I8 of spec/03 §18; a sentence, or NULL. */
const char *model_check(const struct model *model);

/* A virtual machine's transaction with a secure partition. */
bool model_is_foreign(const struct model *model, const struct model_txn *txn);
/* Boot: `party` has this access to pages of the manager's, for good. */
void model_fix(struct model *model, int party, struct range range,
	struct model_access access);

/* What a party, or a VM of the normal world, holds now. */
struct model_holding model_holding(const struct model *model, int party);
struct model_holding model_vm_holding(const struct model *model, unsigned vm);

/* For the parts of the model: private. */
uint64_t model_range_cost(enum model_func func);
/* Whether `party`, or the sender of `txn`, may hold so much more. */
model_set model_quota(
	const struct model *model, int party, const struct model_holding *more);
/* The ledger's title of the page is written anew: with those beside it that
 * say the same it is one. */
void model_join(struct model *model, struct model_page *page);
/* Titles that the owner of `range` has more when it is cut out of them. */
uint64_t model_cuts(struct model *model, struct range range);
model_set model_sender_quota(const struct model *model,
	const struct model_txn *txn, const struct model_holding *more);
model_set model_zero_size(
	const struct model *model, bool wanted, const struct model_txn *txn);
typedef void model_page_action(struct model *model, struct model_page *page,
	const struct model_txn *txn);
void model_each_page(struct model *model, const struct model_txn *txn,
	model_page_action *action);
/* What the owner of every page of the region may do. */
uint8_t model_weakest(struct model *model, const struct model_txn *txn);
bool model_region_is_ns(struct model *model, const struct model_txn *txn);
bool model_region_is_device(struct model *model, const struct model_txn *txn);
/* Bytes of the party's TX, and of its RX. */
uint32_t model_buffer(const struct model *model, int party);
/* No fragment of a donation is missing any longer. */
void model_drained(struct model *model, struct model_txn *txn);
/* `borrower` gives everything back. */
void model_release(struct model *model, struct model_txn *txn,
	struct model_borrower *borrower);
void model_unmapped(struct model *model, int party);
uint8_t model_rank(uint8_t attr);
bool model_attr_exceeds(uint8_t wanted, uint8_t allowed);
model_set model_attr_legal(uint16_t attributes);
bool model_is_device(uint8_t attr);
/* Shareability says nothing about Device memory: as it is stored. */
uint8_t model_attr(uint16_t attributes);

#endif
