/*
 * FF-A calls in a test's words: each goes to the manager through its gate as
 * registers and TX bytes, to the model as decoded arguments, and everything
 * is compared afterwards. A disagreement fails the running test.
 *
 * do_*      what the model says must happen; returns the reason, R_NONE for
 *           success. Both outcomes are fine with it.
 * expect_ok and expect_refusal wrap them. For bytes that the model has no
 * words for (malformed ones), raw_* sends them as they are: the model stands
 * still, and only a refusal agrees with that.
 */
#ifndef TESTS_CALLS_H
#define TESTS_CALLS_H

#include "abi/ffa_func.h"
#include "abi/ffa_regs.h"
#include "lib/desc.h"
#include "lib/suite.h"
#include "lib/world.h"

/* One call of `party`, as it is; its results. Judges and compares. */
struct ffa_regs call_regs(struct world *world, int party, struct ffa_regs in);

/* One that must be refused, for this reason. */
void expect_error(
	struct world *world, int party, struct ffa_regs in, enum reason reason);

/* One, without model and oracle. */
struct ffa_regs call_plain(struct world *world, int party, struct ffa_regs in);

/* A call of `party` on CPU `index`, with nobody watching. */
struct ffa_regs call_on(
	struct world *world, unsigned index, int party, struct ffa_regs regs);

#define REGS(...) ((struct ffa_regs){.x = {__VA_ARGS__}})

/* A send and everything that follows it. */
struct op {
	int who;      /* the sender's party */
	int receiver; /* the party that retrieves and relinquishes: the first */
	enum model_func func;
	bool is_64;
	struct desc desc;
	struct desc_range range[MODEL_RANGES_MAX];
	uint64_t handle;
	uint32_t first;    /* bytes of the first fragment; 0: what fits TX */
	uint32_t fragment; /* bytes of the others, likewise */
	uint32_t done;     /* bytes sent so far */

	/* What the receiver asks for. */
	uint8_t asked; /* permission byte */
	uint16_t asked_attr;
	uint32_t asked_flags; /* besides the transaction type */
	bool asked_untyped;   /* leaves the transaction type 0 */
	bool keep_rx;         /* no RX_RELEASE after the response */
	bool keep_rest;       /* no FFA_MEM_FRAG_RX for the rest of it */
	uint32_t received;    /* bytes of the response so far */
	struct desc response; /* its first fragment, as read back from RX */
	struct desc_range response_range[MODEL_RANGES_MAX];
};

/* RX/TX pairs of all parties; every test of memory calls begins so. */
void map_buffers(struct world *world);
/* The world of a cmocka test, begun so. */
struct world *start_mapped(void **state);
enum reason do_map(struct world *world, int party, uint64_t tx, uint64_t rx);
/* The pair of a party begins at TX; RX follows. */
enum reason do_map_pages(
	struct world *world, int party, uint64_t tx, uint32_t pages);
/* Bytes of its TX, and of its RX. */
uint32_t buffer_size(const struct world *world, int party);
enum reason do_unmap(struct world *world, int party);
enum reason do_release_rx(struct world *world, int party);
/*
 * A hypervisor maps a virtual machine's pair by a descriptor in its TX, which
 * it writes before it calls; write_pair() is that.
 */
void write_pair(const struct model_map *op);
enum reason do_map_vm(struct world *world, const struct model_map *op);
enum reason do_unmap_vm(struct world *world, uint16_t id);

/*
 * `who` sends to `receiver`: RW (lend, share), normal memory (share), one
 * range. Change what the test is about; then do_send().
 */
struct op op_of(
	struct world *world, enum model_func func, int who, int receiver);
void op_range(struct op *op, uint64_t base, uint32_t pages);
/* One more receiver; of the normal world it is ID_VM. */
void op_receiver(
	struct world *world, struct op *op, int party, uint8_t permissions);
/* `count` ranges of one page each, every second page from `base` on. */
void op_scatter(struct op *op, uint64_t base, uint32_t count);

/* The function number of a send. */
uint32_t send_function(enum model_func func, bool is_64);

/*
 * Computes all counts and offsets unless the op has been settled before; goes
 * on to the last fragment, or only sends the first.
 */
enum reason do_send(struct world *world, struct op *op);
enum reason do_send_first(struct world *world, struct op *op);

/* The next fragment: `length` bytes; the rest of them; or as `fragment` says.
 */
enum reason do_fragment(struct world *world, struct op *op, uint32_t length);
enum reason do_rest(struct world *world, struct op *op);
struct fragment {
	int party;
	uint64_t handle;
	uint32_t length;
	uint32_t word; /* w4 */
};
struct fragment fragment_of(const struct op *op, uint32_t length);
enum reason do_fragment_as(
	struct world *world, struct op *op, const struct fragment *fragment);

enum reason do_retrieve(struct world *world, struct op *op);
enum reason do_relinquish(struct world *world, struct op *op, uint32_t flags);
enum reason do_reclaim(struct world *world, struct op *op, uint32_t flags);

/* The request that do_retrieve() would send, for changes. */
struct desc retrieve_desc(struct world *world, const struct op *op);
enum reason do_retrieve_desc(
	struct world *world, struct op *op, const struct desc *desc);
/* The rest of a response: its next fragment, or as `more` says. */
enum reason do_more(struct world *world, struct op *op);
struct more {
	int party;
	uint64_t handle;
	uint32_t offset;
	uint32_t word; /* w4 */
	bool keep_rx;
};
struct more more_of(struct world *world, const struct op *op);
enum reason do_more_as(struct world *world, const struct more *more);
/* The hypervisor asks what was sent, and for all fragments of the answer. */
enum reason do_hypervisor_retrieve(struct world *world, struct op *op);
struct desc hypervisor_desc(struct world *world, const struct op *op);
enum reason do_hypervisor_desc(
	struct world *world, struct op *op, const struct desc *desc);
enum reason do_relinquish_as(struct world *world, int party,
	const struct desc_relinquish *relinquish);
enum reason do_reclaim_as(
	struct world *world, int party, uint64_t handle, uint32_t flags);

/* Permissions of pages; `word` as FF-A encodes them. */
enum reason do_perm_get(
	struct world *world, int party, uint64_t base, uint32_t pages);
enum reason do_perm_set(struct world *world, int party, uint64_t base,
	uint32_t pages, uint32_t word);

/*
 * The normal world asks for all parts of the answer, about `target` or, where
 * that is the normal world, about all; compares them with the model. In
 * *parts, if not NULL, how many there were. ns_regs() is one such call.
 */
enum reason do_ns_list(struct world *world, int target, uint32_t *parts);
struct ffa_regs ns_regs(const struct world *world, int target, bool continues);

/* `party` is aborted, and its borrowings are torn down. */
void do_kill(struct world *world, int party);

/* FFA_VERSION of the normal world, as the firmware says it. */
struct ffa_regs nwd_version(uint32_t version);
/*
 * Another kernel runs on CPU 0, no other CPU is on: it asks for the version
 * and maps a pair. Of a refusal the former kernel's end stays.
 */
enum reason do_follow(
	struct world *world, uint32_t version, uint64_t tx, uint64_t rx);

/* The bytes of `desc` as they are: only a refusal is right. */
enum reason raw_send(struct world *world, struct op *op);
enum reason raw_send_part(
	struct world *world, struct op *op, uint32_t total, uint32_t here);
enum reason raw_retrieve(
	struct world *world, int party, const struct desc *desc);

#define expect_ok(expression) expect_reason(expression, R_NONE)
#define expect_refusal(expression, wanted) expect_reason(expression, wanted)

/* Sends, retrieves, or goes the whole way; all must succeed. */
struct op sent(struct world *world, enum model_func func, int who, int receiver,
	uint64_t base);
struct op held(struct world *world, enum model_func func, int who, int receiver,
	uint64_t base);

/* Twelve ranges, of which the first fragment has two; and that one sent. */
#define SHORT_RANGES 12u
struct op short_op(struct world *world, enum model_func func, int who);
struct op begun(struct world *world, enum model_func func, int who);

/* What `party` can really do with the page, by its tables. */
uint8_t access_of(struct world *world, int party, uint64_t at);

#endif
