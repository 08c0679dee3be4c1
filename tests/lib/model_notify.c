/* See model_notify.h. */
#include "lib/model_notify.h"

#include "base/mem.h"

#define PER_VCPU 1u
#define LATE 2u

static bool secure(uint16_t id)
{
	return id >= 0x8000;
}

struct model_receiver_state *model_notify_find(
	struct model_notify *model, uint16_t id)
{
	for (unsigned i = 0; i < model->count; i++)
		if (model->receiver[i].id == id)
			return &model->receiver[i];
	return NULL;
}

static struct model_receiver_state *add(struct model_notify *model, uint16_t id)
{
	struct model_receiver_state *new = &model->receiver[model->count++];

	memset(new, 0, sizeof(*new));
	new->id = id;
	return new;
}

void model_notify_partition(
	struct model_notify *model, uint16_t id, uint32_t vcpus, bool support)
{
	struct model_receiver_state *new = add(model, id);

	new->partition = true;
	new->on = support;
	new->vcpus = vcpus;
}

static void clear(struct model_receiver_state *receiver)
{
	receiver->on = false;
	receiver->due_any = false;
	memset(receiver->due, 0, sizeof(receiver->due));
	memset(receiver->message, 0, sizeof(receiver->message));
	memset(receiver->of, 0, sizeof(receiver->of));
}

void model_notify_kill(struct model_notify *model, uint16_t id)
{
	struct model_receiver_state *receiver = model_notify_find(model, id);

	clear(receiver);
	receiver->dead = true;
}

/* --- Bitmaps ----------------------------------------------------------- */

static unsigned vms(const struct model_notify *model)
{
	unsigned count = 0;

	for (unsigned i = 0; i < model->count; i++)
		count += !model->receiver[i].partition &&
			 model->receiver[i].id != 0;
	return count;
}

model_set model_notify_create(
	struct model_notify *model, uint16_t id, uint32_t vcpus)
{
	struct model_receiver_state *receiver = model_notify_find(model, id);

	if (secure(id) || vcpus == 0 || vcpus > MODEL_VCPUS)
		return MODEL_INVALID;
	if (receiver)
		return MODEL_DENIED;
	if (id != 0 && vms(model) == MODEL_VMS_MAX)
		return MODEL_NO_MEMORY;
	receiver = add(model, id);
	receiver->on = true;
	receiver->vcpus = vcpus;
	return MODEL_OK;
}

static bool has_pending(const struct model_notification *notification)
{
	for (unsigned vcpu = 0; vcpu < MODEL_VCPUS; vcpu++)
		if (notification->pending[vcpu])
			return true;
	return false;
}

model_set model_notify_destroy(struct model_notify *model, uint16_t id)
{
	struct model_receiver_state *receiver = model_notify_find(model, id);

	if (secure(id))
		return MODEL_INVALID;
	if (!receiver || receiver->message[0] || receiver->message[1])
		return MODEL_DENIED;
	for (unsigned i = 0; i < 64; i++)
		if (has_pending(&receiver->of[MODEL_SECURE][i]))
			return MODEL_DENIED;
	*receiver = model->receiver[--model->count];
	return MODEL_OK;
}

void model_notify_follow(struct model_notify *model)
{
	unsigned left = 0;

	for (unsigned i = 0; i < model->count; i++)
		if (model->receiver[i].partition)
			model->receiver[left++] = model->receiver[i];
	model->count = left;
}

/* --- Bound ------------------------------------------------------------- */

static struct model_notification *notification_of(
	struct model_receiver_state *receiver, uint16_t sender, unsigned id)
{
	return &receiver->of[secure(sender) ? MODEL_SECURE : MODEL_NORMAL][id];
}

static bool wants(const struct model_notify_call *call, unsigned id)
{
	return call->ids >> id & 1;
}

static bool is_own(const struct model_notify_call *call, uint16_t id)
{
	return call->caller == 0 ? !secure(id) : id == call->caller;
}

/* What is wrong with a receiver that asks for itself. */
static model_set judge_own(
	struct model_notify *model, const struct model_notify_call *call)
{
	struct model_receiver_state *receiver =
		model_notify_find(model, call->receiver);

	if (!is_own(call, call->receiver))
		return MODEL_INVALID;
	if (receiver && receiver->on)
		return MODEL_OK;
	return call->caller == 0 ? MODEL_INVALID : MODEL_NOT_SUPPORTED;
}

static model_set judge_binding(struct model_notify *model,
	const struct model_notify_call *call, uint32_t flags)
{
	model_set set = judge_own(model, call);

	if (call->flags & ~flags)
		set |= MODEL_INVALID;
	if (call->ids == 0 || call->sender == call->receiver)
		set |= MODEL_INVALID;
	if (secure(call->sender) && !model_notify_find(model, call->sender))
		set |= MODEL_INVALID;
	if (!secure(call->sender) && call->caller == 0)
		set |= MODEL_INVALID;
	return set;
}

model_set model_notify_bind(
	struct model_notify *model, const struct model_notify_call *call)
{
	struct model_receiver_state *receiver =
		model_notify_find(model, call->receiver);
	model_set set = judge_binding(model, call, PER_VCPU);

	for (unsigned id = 0; id < 64 && receiver; id++)
		if (wants(call, id) &&
			notification_of(receiver, call->sender, id)->bound)
			set |= MODEL_DENIED;
	if (set != MODEL_OK)
		return set;
	for (unsigned id = 0; id < 64; id++)
		if (wants(call, id))
			*notification_of(receiver, call->sender, id) =
				(struct model_notification){
					.bound = true,
					.per_vcpu = call->flags & PER_VCPU,
					.sender = call->sender,
				};
	return MODEL_OK;
}

static bool is_bound(struct model_receiver_state *receiver,
	const struct model_notify_call *call, unsigned id)
{
	struct model_notification *it =
		notification_of(receiver, call->sender, id);

	return it->bound && it->sender == call->sender;
}

model_set model_notify_unbind(
	struct model_notify *model, const struct model_notify_call *call)
{
	struct model_receiver_state *receiver =
		model_notify_find(model, call->receiver);
	model_set set = judge_binding(model, call, 0);

	for (unsigned id = 0; id < 64 && receiver; id++)
		if (wants(call, id) &&
			(!is_bound(receiver, call, id) ||
				has_pending(notification_of(
					receiver, call->sender, id))))
			set |= MODEL_DENIED;
	if (set != MODEL_OK)
		return set;
	for (unsigned id = 0; id < 64; id++)
		if (wants(call, id))
			notification_of(receiver, call->sender, id)->bound =
				false;
	return MODEL_OK;
}

/* --- Set --------------------------------------------------------------- */

static model_set judge_set(struct model_receiver_state *receiver,
	const struct model_notify_call *call)
{
	bool per_vcpu = call->flags & PER_VCPU;
	model_set set = MODEL_OK;

	if (receiver->dead)
		return MODEL_ABORTED;
	if (!receiver->on)
		return MODEL_DENIED;
	if (per_vcpu && call->vcpu >= receiver->vcpus)
		set |= MODEL_INVALID;
	for (unsigned id = 0; id < 64; id++)
		if (wants(call, id) &&
			(!is_bound(receiver, call, id) ||
				notification_of(receiver, call->sender, id)
						->per_vcpu != per_vcpu))
			set |= MODEL_DENIED;
	return set;
}

model_set model_notify_set(
	struct model_notify *model, const struct model_notify_call *call)
{
	struct model_receiver_state *receiver =
		model_notify_find(model, call->receiver);
	uint32_t allowed = call->caller == 0 ? PER_VCPU : PER_VCPU | LATE;
	bool per_vcpu = call->flags & PER_VCPU;
	model_set set = MODEL_OK;

	if ((call->flags & ~allowed) || call->ids == 0 ||
		(!per_vcpu && call->vcpu != 0))
		set |= MODEL_INVALID;
	if (!is_own(call, call->sender) || call->sender == call->receiver)
		set |= MODEL_INVALID;
	/* Of VMs only those with bitmaps are known, and VMs' are not ours. */
	if (secure(call->receiver) ? !receiver : call->caller == 0)
		set |= MODEL_INVALID;
	if (receiver)
		set |= judge_set(receiver, call);
	else if (!secure(call->receiver))
		set |= MODEL_DENIED;
	if (set != MODEL_OK)
		return set;
	for (unsigned id = 0; id < 64; id++)
		if (wants(call, id))
			notification_of(receiver, call->sender, id)
				->pending[per_vcpu ? call->vcpu : 0] = true;
	if (per_vcpu)
		receiver->due[call->vcpu] = true;
	else
		receiver->due_any = true;
	return MODEL_OK;
}

void model_notify_message(
	struct model_notify *model, uint16_t receiver, enum model_world world)
{
	struct model_receiver_state *it = model_notify_find(model, receiver);

	if (!it || !it->on)
		return;
	it->message[world] = true;
	it->due_any = true;
}

/* --- Got --------------------------------------------------------------- */

static uint64_t get_ids(struct model_receiver_state *receiver,
	enum model_world world, uint32_t vcpu)
{
	uint64_t ids = 0;

	for (unsigned id = 0; id < 64; id++) {
		struct model_notification *it = &receiver->of[world][id];
		bool *pending = &it->pending[it->per_vcpu ? vcpu : 0];

		if (*pending)
			ids |= 1ull << id;
		*pending = false;
	}
	return ids;
}

/* What is left for this vCPU is to be told again; what is not, is not. */
static void due_again(struct model_receiver_state *receiver, uint32_t vcpu)
{
	receiver->due_any = receiver->message[0] || receiver->message[1];
	receiver->due[vcpu] = false;
	for (unsigned world = 0; world < MODEL_WORLDS; world++)
		for (unsigned id = 0; id < 64; id++) {
			struct model_notification *it =
				&receiver->of[world][id];

			if (it->per_vcpu)
				receiver->due[vcpu] |= it->pending[vcpu];
			else
				receiver->due_any |= it->pending[0];
		}
}

model_set model_notify_get(struct model_notify *model,
	const struct model_notify_call *call, struct model_got *got)
{
	struct model_receiver_state *receiver =
		model_notify_find(model, call->receiver);
	model_set set = judge_own(model, call);

	if (call->flags & ~(call->caller == 0 ? 5u : 15u))
		set |= MODEL_INVALID;
	if (set == MODEL_OK && call->vcpu >= receiver->vcpus)
		set |= MODEL_INVALID;
	if (set != MODEL_OK)
		return set;
	*got = (struct model_got){0};
	for (unsigned world = 0; world < MODEL_WORLDS; world++) {
		if (call->flags >> world & 1)
			got->ids[world] = get_ids(
				receiver, (enum model_world)world, call->vcpu);
		if (call->flags >> (2 + world) & 1) {
			got->framework[world] = receiver->message[world];
			receiver->message[world] = false;
		}
	}
	due_again(receiver, call->vcpu);
	return MODEL_OK;
}

/* --- Told -------------------------------------------------------------- */

bool model_notify_told(
	struct model_notify *model, uint16_t id, bool any, uint32_t vcpu)
{
	struct model_receiver_state *receiver = model_notify_find(model, id);
	bool due;

	if (!receiver)
		return false;
	due = any ? receiver->due_any
		  : vcpu < receiver->vcpus && receiver->due[vcpu];
	receiver->due_any = false;
	if (!any)
		receiver->due[vcpu % MODEL_VCPUS] = false;
	return due;
}

bool model_notify_is_due(const struct model_notify *model)
{
	for (unsigned i = 0; i < model->count; i++) {
		const struct model_receiver_state *it = &model->receiver[i];

		if (it->due_any)
			return true;
		for (unsigned vcpu = 0; vcpu < it->vcpus; vcpu++)
			if (it->due[vcpu])
				return true;
	}
	return false;
}
