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

/* The same, without model and oracle. */
struct ffa_regs call_plain(struct world *world, int party, struct ffa_regs in);

#define REGS(...) ((struct ffa_regs){.x = {__VA_ARGS__}})

/* A send and everything that follows it. */
struct op {
	int who;      /* the sender's party */
	int receiver; /* whose party the first receiver is */
	enum model_func func;
	bool is_64;
	struct desc desc;
	struct desc_range range[MODEL_RANGES_MAX];
	uint64_t handle;

	/* What the receiver asks for. */
	uint8_t asked; /* permission byte */
	uint16_t asked_attr;
	uint32_t asked_flags; /* besides the transaction type */
	bool asked_untyped;   /* leaves the transaction type 0 */
	bool keep_rx;         /* no RX_RELEASE after the response */
	struct desc response; /* as read back from RX */
	struct desc_range response_range[MODEL_RANGES_MAX];
};

/* RX/TX pairs of all parties; every test of memory calls begins so. */
void map_buffers(struct world *world);
enum reason do_map(struct world *world, int party, uint64_t tx, uint64_t rx);
enum reason do_unmap(struct world *world, int party);
enum reason do_release_rx(struct world *world, int party);

/*
 * `who` sends to `receiver`: RW (lend, share), normal memory (share), one
 * range. Change what the test is about; then do_send().
 */
struct op op_of(
	struct world *world, enum model_func func, int who, int receiver);
void op_range(struct op *op, uint64_t base, uint32_t pages);

/* Computes all counts and offsets unless the op has been settled before. */
enum reason do_send(struct world *world, struct op *op);
enum reason do_retrieve(struct world *world, struct op *op);
enum reason do_relinquish(struct world *world, struct op *op, uint32_t flags);
enum reason do_reclaim(struct world *world, struct op *op, uint32_t flags);

/* The request that do_retrieve() would send, for changes. */
struct desc retrieve_desc(struct world *world, const struct op *op);
enum reason do_retrieve_desc(
	struct world *world, struct op *op, const struct desc *desc);
enum reason do_relinquish_as(struct world *world, int party,
	const struct desc_relinquish *relinquish);
enum reason do_reclaim_as(
	struct world *world, int party, uint64_t handle, uint32_t flags);

/* The bytes of `desc` as they are: only a refusal is right. */
enum reason raw_send(struct world *world, struct op *op);
enum reason raw_retrieve(
	struct world *world, int party, const struct desc *desc);

#define expect_ok(expression) expect_reason(expression, R_NONE)
#define expect_refusal(expression, wanted) expect_reason(expression, wanted)

/* Sends, retrieves, or goes the whole way; all must succeed. */
struct op sent(struct world *world, enum model_func func, int who, int receiver,
	uint64_t base);
struct op held(struct world *world, enum model_func func, int who, int receiver,
	uint64_t base);

/* What `party` can really do with the page, by its tables. */
uint8_t access_of(struct world *world, int party, uint64_t at);

#endif
