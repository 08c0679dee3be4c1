/*
 * Notifications as an executable specification: every notification of every
 * receiver is an object of its own. The parts that answer with a set of
 * statuses do so as in model.h. Written from the specification alone.
 *
 * Spec: FF-A 1.2 §10, §16; spec/04 §7.
 */
#ifndef TESTS_MODEL_NOTIFY_H
#define TESTS_MODEL_NOTIFY_H

#include "lib/model.h"

#define MODEL_RECEIVERS 24
#define MODEL_VCPUS 32
#define MODEL_VMS_MAX 16 /* that may have bitmaps, beside id 0 */
#define MODEL_NO_DATA MODEL_CODE(-9)

enum model_world { MODEL_SECURE, MODEL_NORMAL, MODEL_WORLDS };

struct model_notification {
	bool bound;
	bool per_vcpu;
	uint16_t sender;
	bool pending[MODEL_VCPUS]; /* a global one: the first */
};

struct model_receiver_state {
	uint16_t id;
	bool partition; /* else of the normal world */
	bool dead;
	bool on;
	uint32_t vcpus;
	bool message[MODEL_WORLDS];
	/* To be told to the scheduler: for any vCPU; for each. */
	bool due_any;
	bool due[MODEL_VCPUS];
	struct model_notification of[MODEL_WORLDS][64];
};

struct model_notify {
	struct model_receiver_state receiver[MODEL_RECEIVERS];
	unsigned count;
};

/* As the registers of a call say it; `caller` is an id, 0 = normal world. */
struct model_notify_call {
	uint16_t caller;
	uint16_t sender;
	uint16_t receiver;
	uint32_t flags;
	uint32_t vcpu;
	uint64_t ids;
};

/* What GET returns. */
struct model_got {
	uint64_t ids[MODEL_WORLDS];
	uint32_t framework[MODEL_WORLDS];
};

void model_notify_partition(
	struct model_notify *model, uint16_t id, uint32_t vcpus, bool support);
/* Or NULL. */
struct model_receiver_state *model_notify_find(
	struct model_notify *model, uint16_t id);

model_set model_notify_create(
	struct model_notify *model, uint16_t id, uint32_t vcpus);
model_set model_notify_destroy(struct model_notify *model, uint16_t id);
model_set model_notify_bind(
	struct model_notify *model, const struct model_notify_call *call);
model_set model_notify_unbind(
	struct model_notify *model, const struct model_notify_call *call);
model_set model_notify_set(
	struct model_notify *model, const struct model_notify_call *call);
model_set model_notify_get(struct model_notify *model,
	const struct model_notify_call *call, struct model_got *got);

/* A message of somebody's in that world is in its RX. */
void model_notify_message(
	struct model_notify *model, uint16_t receiver, enum model_world world);
/* Another kernel runs in the normal world: its receivers are gone. */
void model_notify_follow(struct model_notify *model);
/* The partition is dead. */
void model_notify_kill(struct model_notify *model, uint16_t id);

/* The scheduler has heard of it. False: it should not have. */
bool model_notify_told(
	struct model_notify *model, uint16_t id, bool any, uint32_t vcpu);
/* Something has not been told. */
bool model_notify_is_due(const struct model_notify *model);

#endif
