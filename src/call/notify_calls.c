/*
 * Notifications. A partition receives by its manifest, the normal world and
 * its virtual machines by the bitmaps that a hypervisor, or a kernel without
 * one, creates for them. What is sent from one virtual machine to another is
 * their hypervisor's. Decisions: docs/adr/0024.
 *
 * Spec: FF-A 1.2 §10, §16.
 */
#include "abi/ffa_func.h"
#include "call/handlers.h"
#include "partition/call_chain.h"
#include "partition/receivers.h"

#define FLAG_PER_VCPU 1u
#define FLAG_LATE 2u
#define SET_FLAGS_MASK 0xffffu /* the vCPU is above them */

/* FFA_NOTIFICATION_GET: which bitmaps. */
#define GET_PARTITIONS (1u << 0)
#define GET_VMS (1u << 1)
#define GET_SPM (1u << 2)
#define GET_HYPERVISOR (1u << 3)
#define GET_SECURE (GET_PARTITIONS | GET_SPM)
#define GET_ALL (GET_SECURE | GET_VMS | GET_HYPERVISOR)

static bool is_secure(uint16_t id)
{
	return id & FFA_ID_SECURE;
}

static uint16_t upper(uint64_t word)
{
	return (uint16_t)(word >> 16);
}

/* Whether the caller may speak for this endpoint. */
static bool is_callers(const struct call *call, uint16_t id)
{
	return call_from_nwd(call) ? !is_secure(id) : id == call->caller->ep.id;
}

/* --- Bitmaps of the normal world ---------------------------------------- */

/* The notifications of id 0, or of the VM, which is made if there is room. */
static struct notify *notify_of(
	struct call *call, uint16_t id, bool make, struct nwd_vm **vm)
{
	*vm = NULL;
	if (id == FFA_ID_NWD)
		return &call->spm->nwd->notify;
	*vm = receivers_vm(call->spm, id, make);
	return *vm != NULL ? &(*vm)->notify : NULL;
}

static enum reason create(struct call *call, uint16_t id, uint16_t vcpus)
{
	struct nwd_vm *vm;
	struct notify *notify = notify_of(call, id, true, &vm);

	if (notify == NULL)
		return R_NO_VM;
	if (notify->on)
		return R_NOTIFY_CREATED;
	notify_open(notify, vcpus);
	return R_NONE;
}

enum reason call_notification_create(struct call *call)
{
	uint32_t id = call_w(call, 1);
	uint32_t vcpus = call_w(call, 2);
	enum reason reason;

	if (id >= FFA_ID_SECURE)
		return R_NOTIFY_IDS;
	if (vcpus == 0 || vcpus > NOTIFY_VCPUS_MAX)
		return R_NOTIFY_VCPUS;
	lock_take(&call->spm->chain_lock);
	reason = create(call, (uint16_t)id, (uint16_t)vcpus);
	lock_drop(&call->spm->chain_lock);
	return reason;
}

static enum reason destroy(struct call *call, uint16_t id)
{
	struct nwd_vm *vm;
	struct notify *notify = notify_of(call, id, false, &vm);

	if (notify == NULL || !notify->on)
		return R_NOTIFY_NOT_CREATED;
	if (notify_is_pending(notify))
		return R_NOTIFY_PENDING;
	notify_close(notify);
	if (vm != NULL)
		receivers_settle(vm);
	return R_NONE;
}

enum reason call_notification_destroy(struct call *call)
{
	uint32_t id = call_w(call, 1);
	enum reason reason;

	if (id >= FFA_ID_SECURE)
		return R_NOTIFY_IDS;
	lock_take(&call->spm->chain_lock);
	reason = destroy(call, (uint16_t)id);
	lock_drop(&call->spm->chain_lock);
	return reason;
}

/* --- Bindings ---------------------------------------------------------- */

static uint64_t ids_of(const struct call *call)
{
	return call_w(call, 3) | (uint64_t)call_w(call, 4) << 32;
}

/*
 * The caller, or one of its VMs, as one who receives notifications. Refuses:
 * NOTIFY_NO_BITMAP, NOTIFY_UNSUPPORTED.
 */
static enum reason find_own(
	struct call *call, uint16_t id, struct notify **notify)
{
	struct receiver receiver;

	if (call->version < FFA_VERSION_1_1)
		return R_NOTIFY_UNSUPPORTED;
	if (!receivers_find(call->spm, id, &receiver))
		return R_NOTIFY_NO_BITMAP;
	*notify = receiver.notify;
	if (receiver.notify->on)
		return R_NONE;
	return call_from_nwd(call) ? R_NOTIFY_NO_BITMAP : R_NOTIFY_UNSUPPORTED;
}

/* Of VMs we do not know who there is; those of a VM are not ours to bind. */
static bool may_bind(
	const struct call *call, uint16_t sender, uint16_t receiver)
{
	if (!is_callers(call, receiver) || sender == receiver)
		return false;
	if (!is_secure(sender))
		return !call_from_nwd(call);
	return chain_partition(call->spm, sender) != NULL;
}

/* What both calls look at; the lock is held when it is good. */
static enum reason open_bindings(struct call *call, uint32_t flags,
	struct notify_request *request, struct notify **notify)
{
	uint16_t receiver = (uint16_t)call->x[1];
	enum reason reason;

	*request = (struct notify_request){
		.sender = upper(call->x[1]),
		.ids = ids_of(call),
		.per_vcpu = call_w(call, 2) & FLAG_PER_VCPU,
	};
	if ((call_w(call, 2) & ~flags) != 0)
		return R_NOTIFY_FLAGS;
	if (!may_bind(call, request->sender, receiver))
		return R_NOTIFY_IDS;
	if (request->ids == 0)
		return R_NOTIFY_EMPTY;
	lock_take(&call->spm->chain_lock);
	reason = find_own(call, receiver, notify);
	if (reason != R_NONE)
		lock_drop(&call->spm->chain_lock);
	return reason;
}

enum reason call_notification_bind(struct call *call)
{
	struct notify_request request;
	struct notify *notify;
	enum reason reason =
		open_bindings(call, FLAG_PER_VCPU, &request, &notify);

	if (reason != R_NONE)
		return reason;
	reason = notify_bind(notify, &request);
	lock_drop(&call->spm->chain_lock);
	return reason;
}

enum reason call_notification_unbind(struct call *call)
{
	struct notify_request request;
	struct notify *notify;
	enum reason reason = open_bindings(call, 0, &request, &notify);

	if (reason != R_NONE)
		return reason;
	reason = notify_unbind(notify, &request);
	lock_drop(&call->spm->chain_lock);
	return reason;
}

/* --- Set --------------------------------------------------------------- */

static enum reason check_set(
	const struct call *call, const struct notify_request *request)
{
	uint32_t flags = call_w(call, 2) & SET_FLAGS_MASK;
	uint32_t allowed = FLAG_PER_VCPU;
	uint16_t receiver = (uint16_t)call->x[1];

	/* The normal world runs already: nothing to be late for. */
	if (!call_from_nwd(call))
		allowed |= FLAG_LATE;
	if ((flags & ~allowed) != 0)
		return R_NOTIFY_FLAGS;
	if (!is_callers(call, request->sender) || request->sender == receiver)
		return R_NOTIFY_IDS;
	if (call_from_nwd(call) && !is_secure(receiver))
		return R_NOTIFY_IDS;
	if (request->ids == 0)
		return R_NOTIFY_EMPTY;
	if (!request->per_vcpu && request->vcpu != 0)
		return R_NOTIFY_VCPU;
	return R_NONE;
}

static enum reason set(struct call *call, const struct notify_request *request)
{
	uint16_t id = (uint16_t)call->x[1];
	struct receiver receiver;
	enum reason reason;

	if (!receivers_find(call->spm, id, &receiver))
		return is_secure(id) ? R_NOTIFY_IDS : R_NOTIFY_DISABLED;
	if (receiver.partition != NULL &&
		endpoint_is_dead(&receiver.partition->ep))
		return R_RECEIVER_ABORTED;
	if (!receiver.notify->on)
		return R_NOTIFY_DISABLED;
	if (request->per_vcpu && request->vcpu >= receiver.notify->vcpu_count)
		return R_NOTIFY_VCPU;
	reason = notify_set(receiver.notify, request);
	if (reason != R_NONE)
		return reason;
	receivers_wake(call->cpu, &receiver,
		request->per_vcpu ? request->vcpu : RECEIVERS_ANY,
		call_w(call, 2) & FLAG_LATE);
	return R_NONE;
}

enum reason call_notification_set(struct call *call)
{
	struct notify_request request = {
		.sender = upper(call->x[1]),
		.ids = ids_of(call),
		.per_vcpu = call_w(call, 2) & FLAG_PER_VCPU,
		.vcpu = upper(call->x[2]),
	};
	enum reason reason = check_set(call, &request);

	if (reason != R_NONE)
		return reason;
	lock_take(&call->spm->chain_lock);
	reason = set(call, &request);
	lock_drop(&call->spm->chain_lock);
	call->record->peer = (uint16_t)call->x[1];
	call->record->change = TRACE_TOLD;
	return reason;
}

/* --- Get --------------------------------------------------------------- */

static void put_ids(struct call *call, unsigned reg, uint64_t ids)
{
	call->out.x[reg] = (uint32_t)ids;
	call->out.x[reg + 1] = ids >> 32;
}

static void take(struct call *call, struct notify *notify, uint16_t vcpu)
{
	uint32_t flags = call_w(call, 2);

	if (flags & GET_PARTITIONS)
		put_ids(call, 2, notify_take(notify, NOTIFY_SECURE, vcpu));
	if (flags & GET_VMS)
		put_ids(call, 4, notify_take(notify, NOTIFY_NORMAL, vcpu));
	if (flags & GET_SPM)
		call->out.x[6] = notify_take_framework(notify, NOTIFY_SECURE);
	if (flags & GET_HYPERVISOR)
		call->out.x[7] = notify_take_framework(notify, NOTIFY_NORMAL);
	notify_taken(notify, vcpu);
}

static enum reason get(struct call *call)
{
	uint16_t vcpu = upper(call->x[1]);
	struct notify *notify;
	enum reason reason = find_own(call, (uint16_t)call->x[1], &notify);

	if (reason != R_NONE)
		return reason;
	if (vcpu >= notify->vcpu_count)
		return R_NOTIFY_VCPU;
	take(call, notify, vcpu);
	return R_NONE;
}

enum reason call_notification_get(struct call *call)
{
	/* What VMs and their hypervisor have for a VM, that one knows. */
	uint32_t allowed = call_from_nwd(call) ? GET_SECURE : GET_ALL;
	enum reason reason;

	if ((call_w(call, 2) & ~allowed) != 0)
		return R_NOTIFY_FLAGS;
	if (!is_callers(call, (uint16_t)call->x[1]))
		return R_NOTIFY_IDS;
	lock_take(&call->spm->chain_lock);
	reason = get(call);
	lock_drop(&call->spm->chain_lock);
	return reason;
}

/* --- Who has something pending ----------------------------------------- */

#define INFO_MORE 1u
#define INFO_COUNT_SHIFT 7
#define INFO_SIZES_SHIFT 12
#define INFO_LIST_VCPUS 3u
#define INFO_REGS 5u
#define INFO_FIRST_REG 3u

/* Ids packed into registers: lists of an endpoint and up to three vCPUs. */
struct info {
	uint64_t *x;
	unsigned id_bits; /* a register has room for */
	unsigned room;    /* ids in all */
	unsigned used;
	unsigned lists;
};

static void put_id(struct info *info, uint64_t id)
{
	unsigned bit = 16 * info->used++;

	info->x[INFO_FIRST_REG + bit / info->id_bits] |=
		id << (bit % info->id_bits);
}

/* One list; false: there is no room for it. */
static bool put_list(struct info *info, uint16_t id, uint64_t *untold)
{
	uint64_t vcpus = *untold >> NOTIFY_OF(0);
	uint64_t size = 0;

	if (info->used + (vcpus != 0 ? 2 : 1) > info->room)
		return false;
	put_id(info, id);
	for (; vcpus != 0 && size < INFO_LIST_VCPUS && info->used < info->room;
		size++) {
		put_id(info, (uint64_t)__builtin_ctzll(vcpus));
		vcpus &= vcpus - 1;
	}
	/* What is for any context, one that is named here gets, too. */
	*untold = vcpus << NOTIFY_OF(0);
	info->x[2] |= size << (INFO_SIZES_SHIFT + 2 * info->lists++);
	return true;
}

static void tell(struct info *info, uint16_t id, struct notify *notify)
{
	while (notify->untold != 0)
		if (!put_list(info, id, &notify->untold)) {
			info->x[2] |= INFO_MORE;
			return;
		}
}

static void tell_all(struct info *info, struct spm *spm)
{
	for (uint32_t i = 0; i < spm->partition_count; i++)
		tell(info, spm->partitions[i].ep.id,
			&spm->partitions[i].notify);
	tell(info, FFA_ID_NWD, &spm->nwd->notify);
	for (unsigned i = 0; i < SPM_VMS_MAX; i++)
		tell(info, spm->vms[i].id, &spm->vms[i].notify);
}

enum reason call_notification_info_get(struct call *call)
{
	bool wide = call->func & FFA_64;
	struct info info = {
		.x = call->out.x,
		.id_bits = wide ? 64 : 32,
		.room = INFO_REGS * (wide ? 4 : 2),
	};

	lock_take(&call->spm->chain_lock);
	tell_all(&info, call->spm);
	lock_drop(&call->spm->chain_lock);
	call->out.x[0] |= call->func & FFA_64;
	call->out.x[2] |= (uint64_t)info.lists << INFO_COUNT_SHIFT;
	return info.lists > 0 ? R_NONE : R_NOTIFY_NONE;
}
