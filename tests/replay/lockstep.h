/*
 * A capture in lockstep with the executable specification: sim/replay.h plays
 * it in the engine; before each call that is the model's, the model makes it,
 * too, and afterwards they are compared.
 *
 * What the model is told comes from the capture (registers, bytes of TX, who
 * died) and, as in the tests that drive both, from outside its reach: versions
 * and runtime models. It begins with what the ledger says at
 * boot: boot has tests of its own.
 */
#ifndef TESTS_LOCKSTEP_H
#define TESTS_LOCKSTEP_H

#include "abi/ffa_regs.h"
#include "lib/desc.h"
#include "lib/model_notify.h"
#include "lib/world.h"
#include "sim/replay.h"

#define LOCKSTEP_TX_SIZE (MODEL_BUFFER_PAGES * PAGE_SIZE)
#define LOCKSTEP_TITLES_MAX 1024
#define LOCKSTEP_FUNCS 0x38 /* FF-A's: 0x60 to 0x97 */

#define LOCKSTEP_RESULTS 8u

/* What the ledger said at boot. */
struct lockstep_title {
	struct range range;
	int owner;
	bool ns;
	struct model_access access;
};

/* The call in progress. */
struct lockstep_call {
	const struct replay_event *event;
	uint32_t func; /* without FFA_64 and hint */
	bool is_64;
	int party;
	const struct partition *caller;
	const struct vcpu *vcpu;
	uint64_t x[FFA_REG_COUNT]; /* as the caller may mean them */
	uint8_t tx[LOCKSTEP_TX_SIZE];
	uint32_t tx_size;
	bool faulted; /* TX could not be read */
	bool follows; /* a new kernel's, by which the former one ends */
	bool refused; /* on the machine, */
	int32_t status;
	enum reason reason; /* and why */

	/* What the model says. */
	bool wordless; /* it has no words for that: only a refusal is right */
	model_set set;
	bool ends; /* an unfinished send */
	struct model_txn *txn;
	uint64_t handle;
};

/* What matters of any call. */
struct lockstep_outside {
	uint32_t func;
	uint16_t id; /* the caller's */
	uint32_t w5;
	const struct vcpu *vcpu;
};

/* Of calls: how many. */
struct lockstep_totals {
	uint32_t inside;   /* compared with the model, */
	uint32_t complete; /* and the whole ledger, too */
	uint32_t refused;  /* of those inside */
	uint32_t wordless;
	uint32_t short_of; /* tables, which the model does not count */
	uint32_t deaths;
	uint32_t restarts;
	uint32_t destroyed;
	uint32_t func[LOCKSTEP_FUNCS]; /* outside the model */
	uint32_t other;                /* calls that are not FF-A's */
	uint32_t exits;
	uint32_t online;
};

struct lockstep {
	struct world *world;
	struct spm *spm;
	const char *name; /* of the file */
	unsigned line;
	unsigned every;   /* n-th call of the model's in full; 0: as we like */
	unsigned skipped; /* since the last one */
	bool calling;     /* the event is a call of the model's: `call` */
	struct lockstep_outside outside; /* a call, the model's or not */
	bool rx_full[MODEL_PARTIES];
	bool complete; /* the event in progress is compared in full, */
	bool quiet;    /* but not while it goes on */
	unsigned good; /* the line up to which all was compared */
	bool awaits[MODEL_PARTIES];  /* dead; something is to follow, */
	bool revived[MODEL_PARTIES]; /* has followed in this event */
	uint32_t title_count;
	struct lockstep_title title[LOCKSTEP_TITLES_MAX];
	struct model_map buffers[MODEL_PARTIES]; /* as manifests map them */
	uint32_t bytes[MODEL_TXNS_MAX];          /* of descriptors, so far */
	struct lockstep_call call;
	struct model_response response;
	struct model_perm_run run;
	struct model_notify notify;
	struct model_got got;
	bool notified[MODEL_PARTIES]; /* their manifests say so */
	struct lockstep_totals totals;
};

/* machine.c: the model of what has been booted. False: it has no room. */
bool lockstep_booted(struct lockstep *lockstep, struct spm *spm);
/* The model gets to know these pages, and those beside them. */
bool lockstep_learn(
	struct lockstep *lockstep, const struct range *range, uint32_t count);
int lockstep_party(const struct lockstep *lockstep, uint16_t id);
/* Fresh contents for all that the party owns. */
void lockstep_touch(struct lockstep *lockstep, int party);

/* read_call.c: registers and TX of the event. False: not one of the model's. */
bool lockstep_read(struct lockstep *lockstep, const struct replay_event *event);
static inline uint32_t lockstep_w(const struct lockstep_call *call, unsigned n)
{
	return (uint32_t)call->x[n];
}
bool lockstep_zero(
	const struct lockstep_call *call, unsigned from, unsigned to);
uint64_t lockstep_number(const uint8_t *at, unsigned bytes);

/* model_calls.c: the model gets to know what the call names; then it makes the
 * call. False: it has no room for it. */
bool lockstep_prepare(struct lockstep *lockstep);
bool lockstep_make(struct lockstep *lockstep);
/* The calls before this one say that it is a new kernel's. */
bool lockstep_follows(const struct lockstep *lockstep);

/* send_desc.c, read_desc.c: false where the bytes are not well-formed. */
bool lockstep_send(const struct lockstep_call *call, struct model_send *send);
bool lockstep_retrieve(
	const struct lockstep_call *call, struct model_retrieve *request);
bool lockstep_relinquish(
	const struct lockstep_call *call, struct model_relinquish *op);
bool lockstep_pair(const struct lockstep_call *call, struct model_map *op);

/* results.c: registers and RX are what the model says. Else prints why not. */
bool lockstep_results(struct lockstep *lockstep);
bool lockstep_refusal(struct lockstep *lockstep);

/* The same of x0 to x7 alone. */
bool lockstep_registers(
	struct lockstep *lockstep, const uint64_t want[LOCKSTEP_RESULTS]);

/* rx.c: after each call; and the call that releases one. */
void lockstep_fill_rx(
	struct lockstep *lockstep, const struct replay_event *event);
void lockstep_release_rx(struct lockstep *lockstep);
/* Up to 64 bytes of TX, or NULL. */
const uint8_t *lockstep_first_read(const struct replay_event *event);

/* notify_calls.c: the same of notifications. */
bool lockstep_is_notify(uint32_t func);
void lockstep_notify_booted(struct lockstep *lockstep);
bool lockstep_make_notify(struct lockstep *lockstep);
bool lockstep_notify_results(struct lockstep *lockstep);
void lockstep_notify_killed(struct lockstep *lockstep, int party);
void lockstep_notify_revived(struct lockstep *lockstep, int party);
/* FFA_MSG_SEND2 has succeeded. */
void lockstep_message(
	struct lockstep *lockstep, const struct replay_event *event);

/* lives.c: who has died during the event, and what follows. */
bool lockstep_is_death(const struct capture_line *line, uint16_t *who);
void lockstep_die(struct lockstep *lockstep, const struct replay_event *event);
/* After it: the manager agrees who lives. */
bool lockstep_lives(struct lockstep *lockstep);
/* Somebody may start again in any event. */
bool lockstep_may_revive(const struct lockstep *lockstep);

/* A divergence: line, call, and this. Returns false. */
bool lockstep_differs(struct lockstep *lockstep, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
