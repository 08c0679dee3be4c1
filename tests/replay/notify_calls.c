/*
 * Calls on notifications, and what they return. Their model has no memory:
 * model_notify.h. Where a call does not exist the caller's version says so.
 */
#include <inttypes.h>
#include <stdio.h>

#include "abi/ffa_func.h"
#include "replay/lockstep.h"

#define PER_VCPU 1u
#define MORE 1u
#define WIDE_ROOM 20u
#define ROOM 10u
#define MESSAGE_RECEIVER 12u
#define MESSAGE_SENDER 14u

static struct model_notify *model_of(struct lockstep *lockstep)
{
	return &lockstep->notify;
}

bool lockstep_is_notify(uint32_t func)
{
	switch (func) {
	case FFA_NOTIFICATION_BITMAP_CREATE:
	case FFA_NOTIFICATION_BITMAP_DESTROY:
	case FFA_NOTIFICATION_BIND:
	case FFA_NOTIFICATION_UNBIND:
	case FFA_NOTIFICATION_SET:
	case FFA_NOTIFICATION_GET:
	case FFA_NOTIFICATION_INFO_GET:
		return true;
	default:
		return false;
	}
}

void lockstep_notify_booted(struct lockstep *lockstep)
{
	const struct spm *spm = lockstep->spm;

	lockstep->notify.count = 0;
	for (uint32_t i = 0; i < spm->partition_count; i++) {
		const struct partition *partition = &spm->partitions[i];

		lockstep->notified[i + 1] = partition->notify.on;
		model_notify_partition(model_of(lockstep), partition->ep.id,
			partition->vcpu_count, partition->notify.on);
	}
}

void lockstep_notify_killed(struct lockstep *lockstep, int party)
{
	model_notify_kill(
		model_of(lockstep), lockstep->world->party[party]->ep.id);
}

/* It has begun again. */
void lockstep_notify_revived(struct lockstep *lockstep, int party)
{
	struct model_receiver_state *receiver = model_notify_find(
		model_of(lockstep), lockstep->world->party[party]->ep.id);

	if (!receiver->dead)
		return;
	receiver->dead = false;
	receiver->on = lockstep->notified[party];
}

/* --- Calls ------------------------------------------------------------- */

static struct model_notify_call call_of(const struct lockstep_call *call)
{
	uint32_t flags = lockstep_w(call, 2);
	bool sets = call->func == FFA_NOTIFICATION_SET;
	bool gets = call->func == FFA_NOTIFICATION_GET;
	uint32_t upper = lockstep_w(call, 1) >> 16;

	return (struct model_notify_call){
		.caller = call->caller->ep.id,
		.sender = gets ? 0 : (uint16_t)upper,
		.receiver = (uint16_t)lockstep_w(call, 1),
		.flags = sets ? flags & 0xffff : flags,
		.vcpu = sets   ? flags >> 16
			: gets ? upper
			       : 0,
		.ids = lockstep_w(call, 3) | (uint64_t)lockstep_w(call, 4)
						     << 32,
	};
}

/* Those of the normal world's scheduler. */
static bool is_schedulers(uint32_t func)
{
	return func == FFA_NOTIFICATION_BITMAP_CREATE ||
	       func == FFA_NOTIFICATION_BITMAP_DESTROY ||
	       func == FFA_NOTIFICATION_INFO_GET;
}

static void make_bitmap(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	uint32_t id = lockstep_w(call, 1);
	bool creates = call->func == FFA_NOTIFICATION_BITMAP_CREATE;

	/* Pairs of virtual machines take room, too, of which it is not told. */
	if (id >> 16 || (creates && call->reason == R_NO_VM))
		call->wordless = true;
	else if (creates)
		call->set = model_notify_create(
			model_of(lockstep), (uint16_t)id, lockstep_w(call, 2));
	else
		call->set =
			model_notify_destroy(model_of(lockstep), (uint16_t)id);
}

static void make(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	struct model_notify_call op = call_of(call);
	struct model_notify *model = model_of(lockstep);

	switch (call->func) {
	case FFA_NOTIFICATION_BIND:
		call->set = model_notify_bind(model, &op);
		break;
	case FFA_NOTIFICATION_UNBIND:
		call->set = model_notify_unbind(model, &op);
		break;
	case FFA_NOTIFICATION_SET:
		call->set = model_notify_set(model, &op);
		break;
	case FFA_NOTIFICATION_GET:
		call->set = model_notify_get(model, &op, &lockstep->got);
		break;
	case FFA_NOTIFICATION_INFO_GET:
		call->set =
			model_notify_is_due(model) ? MODEL_OK : MODEL_NO_DATA;
		break;
	default:
		make_bitmap(lockstep);
	}
}

bool lockstep_make_notify(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	bool sets = call->func == FFA_NOTIFICATION_SET;

	if (is_schedulers(call->func) && call->party != MODEL_NWD)
		call->set = MODEL_NOT_SUPPORTED;
	else if (call->caller->version < FFA_VERSION_1_1 && !sets &&
		 !is_schedulers(call->func))
		call->wordless = true;
	else if (lockstep->notify.count == MODEL_RECEIVERS)
		return false;
	else
		make(lockstep);
	return true;
}

/* A message lies in somebody's RX. */
void lockstep_message(
	struct lockstep *lockstep, const struct replay_event *event)
{
	const uint8_t *header = lockstep_first_read(event);

	if (!header)
		return;
	model_notify_message(model_of(lockstep),
		(uint16_t)lockstep_number(header + MESSAGE_RECEIVER, 2),
		lockstep_number(header + MESSAGE_SENDER, 2) & 0x8000
			? MODEL_SECURE
			: MODEL_NORMAL);
}

/* --- Results ------------------------------------------------------------ */

static bool got(struct lockstep *lockstep)
{
	const struct model_got *want = &lockstep->got;
	const uint64_t *secure = &want->ids[MODEL_SECURE];
	const uint64_t *normal = &want->ids[MODEL_NORMAL];

	return lockstep_registers(lockstep,
		(uint64_t[LOCKSTEP_RESULTS]){FFA_SUCCESS, 0, (uint32_t)*secure,
			*secure >> 32, (uint32_t)*normal, *normal >> 32,
			want->framework[MODEL_SECURE],
			want->framework[MODEL_NORMAL]});
}

/* Number `index` of the ids that lie packed in x3 to x7. */
static uint16_t packed(const struct lockstep_call *call, unsigned index)
{
	unsigned in_reg = call->is_64 ? 4 : 2;

	return (uint16_t)(call->vcpu->x[3 + index / in_reg] >>
			  16 * (index % in_reg));
}

/* One list of the answer, from id number *at on. */
static bool hear_list(struct lockstep *lockstep, unsigned size, unsigned *at)
{
	const struct lockstep_call *call = &lockstep->call;
	uint16_t id = packed(call, (*at)++);
	bool good =
		size > 0 || model_notify_told(model_of(lockstep), id, true, 0);

	for (; size > 0; size--)
		good &= model_notify_told(
			model_of(lockstep), id, false, packed(call, (*at)++));
	return good || lockstep_differs(lockstep,
			       "%#x has nothing pending in the model that its "
			       "scheduler "
			       "was not told",
			       id);
}

static bool told(struct lockstep *lockstep)
{
	const struct lockstep_call *call = &lockstep->call;
	uint64_t answer = call->vcpu->x[2];
	unsigned lists = answer >> 7 & 0x1f, at = 0;
	unsigned room = call->is_64 ? WIDE_ROOM : ROOM;

	for (unsigned list = 0; list < lists && at < room; list++)
		if (!hear_list(lockstep, answer >> (12 + 2 * list) & 3, &at))
			return false;
	if (lists == 0 || at > room || (answer & MORE && at + 2 <= room))
		return lockstep_differs(lockstep,
			"%u lists of %u ids, and there is room", lists, at);
	if ((answer & MORE) != model_notify_is_due(model_of(lockstep)))
		return lockstep_differs(lockstep,
			answer & MORE ? "in the model nothing more is pending"
				      : "in the model more is pending");
	return true;
}

bool lockstep_notify_results(struct lockstep *lockstep)
{
	switch (lockstep->call.func) {
	case FFA_NOTIFICATION_GET:
		return got(lockstep);
	case FFA_NOTIFICATION_INFO_GET:
		return told(lockstep);
	default:
		return lockstep_registers(
			lockstep, (uint64_t[LOCKSTEP_RESULTS]){FFA_SUCCESS});
	}
}
