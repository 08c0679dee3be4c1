/* See notify.h. */
#include "partition/notify.h"

#include "abi/ffa_func.h"
#include "base/mem.h"

#define RX_BUFFER_FULL 1u

enum notify_world notify_world(uint16_t sender)
{
	return sender & FFA_ID_SECURE ? NOTIFY_SECURE : NOTIFY_NORMAL;
}

void notify_open(struct notify *notify, uint16_t vcpu_count)
{
	memset(notify, 0, sizeof(*notify));
	notify->on = true;
	notify->vcpu_count = vcpu_count;
}

void notify_close(struct notify *notify)
{
	memset(notify, 0, sizeof(*notify));
}

static uint64_t pending_at(const struct notify *notify, unsigned place)
{
	return notify->from[NOTIFY_SECURE].pending[place] |
	       notify->from[NOTIFY_NORMAL].pending[place];
}

/* Framework notifications are any context's. */
static bool is_pending_at(const struct notify *notify, unsigned place)
{
	if (place == NOTIFY_ANY && (notify->framework[NOTIFY_SECURE] |
					   notify->framework[NOTIFY_NORMAL]))
		return true;
	return pending_at(notify, place) != 0;
}

bool notify_is_pending(const struct notify *notify)
{
	for (unsigned place = 0; place <= notify->vcpu_count; place++)
		if (is_pending_at(notify, place))
			return true;
	return false;
}

static struct notify_ids *ids_from(struct notify *notify, uint16_t sender)
{
	return &notify->from[notify_world(sender)];
}

/* --- Bindings ---------------------------------------------------------- */

enum reason notify_bind(
	struct notify *notify, const struct notify_request *request)
{
	struct notify_ids *ids = ids_from(notify, request->sender);

	if ((ids->bound & request->ids) != 0)
		return R_NOTIFY_BOUND;
	ids->bound |= request->ids;
	if (request->per_vcpu)
		ids->per_vcpu |= request->ids;
	for (unsigned id = 0; id < NOTIFY_IDS; id++)
		if (request->ids >> id & 1)
			ids->sender[id] = request->sender;
	return R_NONE;
}

static bool all_bound(
	const struct notify_ids *ids, const struct notify_request *request)
{
	if ((request->ids & ~ids->bound) != 0)
		return false;
	for (unsigned id = 0; id < NOTIFY_IDS; id++)
		if ((request->ids >> id & 1) &&
			ids->sender[id] != request->sender)
			return false;
	return true;
}

enum reason notify_unbind(
	struct notify *notify, const struct notify_request *request)
{
	struct notify_ids *ids = ids_from(notify, request->sender);

	if (!all_bound(ids, request))
		return R_NOTIFY_NOT_BOUND;
	for (unsigned place = 0; place <= notify->vcpu_count; place++)
		if ((ids->pending[place] & request->ids) != 0)
			return R_NOTIFY_PENDING;
	ids->bound &= ~request->ids;
	ids->per_vcpu &= ~request->ids;
	return R_NONE;
}

/* --- Set and taken ----------------------------------------------------- */

enum reason notify_set(
	struct notify *notify, const struct notify_request *request)
{
	struct notify_ids *ids = ids_from(notify, request->sender);
	uint64_t kind = request->per_vcpu ? ids->per_vcpu : ~ids->per_vcpu;
	unsigned place =
		request->per_vcpu ? NOTIFY_OF(request->vcpu) : NOTIFY_ANY;

	if (!all_bound(ids, request) || (request->ids & ~kind) != 0)
		return R_NOTIFY_NOT_BOUND;
	ids->pending[place] |= request->ids;
	notify->untold |= 1ull << place;
	return R_NONE;
}

void notify_message(struct notify *notify, enum notify_world world)
{
	notify->framework[world] |= RX_BUFFER_FULL;
	notify->untold |= 1ull << NOTIFY_ANY;
}

uint64_t notify_take(
	struct notify *notify, enum notify_world world, uint16_t vcpu)
{
	uint64_t *pending = notify->from[world].pending;
	uint64_t taken = pending[NOTIFY_ANY] | pending[NOTIFY_OF(vcpu)];

	pending[NOTIFY_ANY] = 0;
	pending[NOTIFY_OF(vcpu)] = 0;
	return taken;
}

uint32_t notify_take_framework(struct notify *notify, enum notify_world world)
{
	uint32_t taken = notify->framework[world];

	notify->framework[world] = 0;
	return taken;
}

static void tell_again(struct notify *notify, unsigned place)
{
	uint64_t bit = 1ull << place;

	if (is_pending_at(notify, place))
		notify->untold |= bit;
	else
		notify->untold &= ~bit;
}

void notify_taken(struct notify *notify, uint16_t vcpu)
{
	tell_again(notify, NOTIFY_ANY);
	tell_again(notify, NOTIFY_OF(vcpu));
}
