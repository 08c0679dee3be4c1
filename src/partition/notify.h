/*
 * Notifications of one receiver: who is bound to which, and what is pending.
 * 64 for senders of each world, and 32 of each partition manager's own
 * (framework notifications), of which there is one: "RX buffer full". Not
 * responsible for who may ask, nor for interrupts (partition/receivers.h).
 *
 * Spec: FF-A 1.2 §10. Locking: the chain lock.
 */
#ifndef PARTITION_NOTIFY_H
#define PARTITION_NOTIFY_H

#include "abi/reason.h"

/* Execution contexts of a receiver, at most. */
#define NOTIFY_VCPUS_MAX 32

#define NOTIFY_IDS 64

/* The senders' worlds, and their partition managers'. */
enum notify_world {
	NOTIFY_SECURE,
	NOTIFY_NORMAL,
	NOTIFY_WORLDS,
};

/* What is pending for any context; for context n it is in place 1 + n. */
#define NOTIFY_ANY 0u
#define NOTIFY_OF(vcpu) (1u + (vcpu))

struct notify_ids {
	uint64_t bound;
	uint64_t per_vcpu; /* of these */
	uint64_t pending[NOTIFY_OF(NOTIFY_VCPUS_MAX)];
	uint16_t sender[NOTIFY_IDS];
};

struct notify {
	bool on; /* may receive */
	uint16_t vcpu_count;
	uint32_t framework[NOTIFY_WORLDS]; /* pending, for any context */
	/* A bit a place: not told to the scheduler, since it was set. */
	uint64_t untold;
	struct notify_ids from[NOTIFY_WORLDS];
};

/* Whose, and which: what a call names in its registers. */
struct notify_request {
	uint16_t sender;
	uint64_t ids;
	bool per_vcpu;
	uint16_t vcpu;
};

enum notify_world notify_world(uint16_t sender);

/* Nothing is bound or pending. */
void notify_open(struct notify *notify, uint16_t vcpu_count);
void notify_close(struct notify *notify);

bool notify_is_pending(const struct notify *notify);

/* All or nothing. Refuses: NOTIFY_BOUND. */
enum reason MUST_USE notify_bind(
	struct notify *notify, const struct notify_request *request);

/* All or nothing. Refuses: NOTIFY_NOT_BOUND, NOTIFY_PENDING. */
enum reason MUST_USE notify_unbind(
	struct notify *notify, const struct notify_request *request);

/* All or nothing. Refuses: NOTIFY_NOT_BOUND. */
enum reason MUST_USE notify_set(
	struct notify *notify, const struct notify_request *request);

/* A message of somebody's there is in RX. */
void notify_message(struct notify *notify, enum notify_world world);

/* What is pending for this context is so no more: those of senders there. */
uint64_t notify_take(
	struct notify *notify, enum notify_world world, uint16_t vcpu);
uint32_t notify_take_framework(struct notify *notify, enum notify_world world);

/* After these: what is left for the context may be told again. */
void notify_taken(struct notify *notify, uint16_t vcpu);

#endif
