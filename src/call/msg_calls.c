/*
 * Direct messages of partitions, and those that the framework sends to them.
 * Spec: FF-A 1.2 §15 (direct messages), §18 (framework messages).
 */
#include "abi/ffa_func.h"
#include "base/mem.h"
#include "call/handlers.h"
#include "call/life.h"
#include "call/power.h"
#include "partition/call_chain.h"
#include "partition/receivers.h"

static uint16_t source(const struct call *call)
{
	return (uint16_t)(call->x[1] >> 16);
}

static uint16_t destination(const struct call *call)
{
	return (uint16_t)call->x[1];
}

static bool is_message2(const struct call *call)
{
	return call->func == FFA_MSG_SEND_DIRECT_REQ2 ||
	       call->func == FFA_MSG_SEND_DIRECT_RESP2;
}

/*
 * Ids, flags and payload as the receiver sees them; all else is zero. From
 * FF-A 1.3 on the payload of a 64-bit message goes on to x17, as that of a
 * message of the second kind always did.
 */
static void put_message(const struct call *call, const struct partition *to,
	struct ffa_regs *out)
{
	*out = (struct ffa_regs){.x = {call->func, (uint32_t)call->x[1]}};
	memcpy(&out->x[3], &call->x[3], 5 * sizeof(uint64_t));
	if (call->func == FFA_MSG_SEND_DIRECT_RESP2)
		out->x[3] = 0;
	else
		out->x[2] = is_message2(call) ? call->x[2] : call_w(call, 2);
	if (is_message2(call) || ((call->func & FFA_64) != 0 &&
					 call->version >= FFA_VERSION_1_3 &&
					 to->version >= FFA_VERSION_1_3))
		memcpy(&out->x[8], &call->x[8], 10 * sizeof(uint64_t));
}

/* --- Requests ------------------------------------------------------------ */

/* One of its services has it; the one of this UUID unless that is nil. */
static bool supports(const struct partition *partition, uint32_t property,
	const uint64_t uuid[2])
{
	bool any = uuid[0] == 0 && uuid[1] == 0;

	for (uint32_t i = 0; i < partition->service_count; i++) {
		const struct partition_service *service =
			&partition->service[i];

		if ((any || memcmp(service->uuid, uuid, 16) == 0) &&
			(service->properties & property) != 0)
			return true;
	}
	return false;
}

static bool has_service(
	const struct partition *partition, const uint64_t uuid[2])
{
	if (uuid[0] == 0 && uuid[1] == 0)
		return true;
	for (uint32_t i = 0; i < partition->service_count; i++)
		if (memcmp(partition->service[i].uuid, uuid, 16) == 0)
			return true;
	return false;
}

static const uint64_t nil[2];

/* Its second kind came with FF-A 1.2, and is for one of the services. */
static enum reason check_request2(
	const struct call *call, const struct partition *receiver)
{
	if (call->version < FFA_VERSION_1_2 ||
		receiver->version < FFA_VERSION_1_2)
		return R_MESSAGE_VERSION;
	if (!has_service(receiver, &call->x[2]))
		return R_MESSAGE_SERVICE;
	if (!supports(receiver, FFA_PROPERTY_RECV_DIRECT2, &call->x[2]))
		return R_MESSAGE_METHOD;
	if (!call_from_nwd(call) &&
		!supports(call->caller, FFA_PROPERTY_SEND_DIRECT2, nil))
		return R_MESSAGE_METHOD;
	return R_NONE;
}

/* What a hypervisor says of its VMs, to who wants to hear it. */
static enum reason check_vm_message(
	const struct call *call, const struct partition *receiver)
{
	uint16_t vm = (uint16_t)call->x[5];
	uint32_t property;

	switch (call_w(call, 2)) {
	case FFA_FRAMEWORK | FFA_FRAMEWORK_VM_CREATED_REQ:
		property = FFA_PROPERTY_VM_CREATED;
		break;
	case FFA_FRAMEWORK | FFA_FRAMEWORK_VM_DESTROYED_REQ:
		property = FFA_PROPERTY_VM_DESTROYED;
		break;
	default:
		return R_MESSAGE_FLAGS;
	}
	if (!call_from_nwd(call) || source(call) != FFA_ID_NWD ||
		(call->func & FFA_64) != 0)
		return R_MESSAGE_FLAGS;
	if (!supports(receiver, property, nil))
		return R_MESSAGE_UNWANTED;
	if (vm == FFA_ID_NWD || (vm & FFA_ID_SECURE) != 0)
		return R_MESSAGE_VM;
	return R_NONE;
}

static enum reason check_request1(
	const struct call *call, const struct partition *receiver)
{
	if (call_w(call, 2) != 0)
		return check_vm_message(call, receiver);
	if (!supports(receiver, FFA_PROPERTY_RECV_DIRECT, nil))
		return R_MESSAGE_METHOD;
	if (!call_from_nwd(call) &&
		!supports(call->caller, FFA_PROPERTY_SEND_DIRECT, nil))
		return R_MESSAGE_METHOD;
	return R_NONE;
}

/*
 * What comes from the firmware is the normal world's or its own: it lets
 * nobody in the normal world use an id of the secure one.
 */
static bool source_is_own(const struct call *call)
{
	if (call_from_nwd(call))
		return (source(call) & FFA_ID_SECURE) == 0 ||
		       ffa_id_is_el3(source(call));
	return source(call) == call->caller->ep.id;
}

static enum reason check_request(
	const struct call *call, const struct partition *receiver)
{
	if (!source_is_own(call) || receiver == NULL ||
		receiver == call->caller)
		return R_MESSAGE_IDS;
	if (call->vcpu->callee != NULL)
		return R_CALLEE_STOPPED;
	return is_message2(call) ? check_request2(call, receiver)
				 : check_request1(call, receiver);
}

enum reason call_direct_req(struct call *call)
{
	struct partition *receiver;
	struct ffa_regs request;
	struct vcpu *context;
	enum reason reason;

	if (call_from_nwd(call) && source(call) == FFA_ID_SPMD &&
		!is_message2(call))
		return call_framework(call);
	receiver = chain_partition(call->spm, destination(call));
	reason = check_request(call, receiver);
	if (reason != R_NONE)
		return reason;
	context = chain_context(receiver, call->cpu);
	if (context == NULL)
		return R_RECEIVER_ELSEWHERE;
	put_message(call, receiver, &request);
	reason = chain_request(call->cpu, context, &request);
	/* Perhaps nobody has looked since its memory came back. */
	if (reason == R_RECEIVER_RESTARTS)
		life_settle(call->cpu);
	call->switched = reason == R_NONE;
	call->record->peer = destination(call);
	call->record->change = TRACE_SWITCH;
	return reason;
}

/* --- Responses ----------------------------------------------------------- */

/* w2 of the response that belongs to a request with this w2. */
static uint32_t flags_of_response(uint32_t flags)
{
	switch (flags) {
	case FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_REQ:
		return FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_RESP;
	case FFA_FRAMEWORK | FFA_FRAMEWORK_VM_CREATED_REQ:
		return FFA_FRAMEWORK | FFA_FRAMEWORK_VM_CREATED_RESP;
	case FFA_FRAMEWORK | FFA_FRAMEWORK_VM_DESTROYED_REQ:
		return FFA_FRAMEWORK | FFA_FRAMEWORK_VM_DESTROYED_RESP;
	default:
		return 0;
	}
}

/*
 * The function that answers a request is the next number. What x2 holds in the
 * second kind is no concern of anybody's.
 */
static enum reason check_response(const struct call *call)
{
	const struct vcpu *vcpu = call->vcpu;
	uint32_t flags = call_w(call, 2);

	if (source(call) != call->caller->ep.id)
		return R_MESSAGE_IDS;
	if (destination(call) != vcpu->request_from)
		return R_NOT_REQUESTER;
	if (call->func != vcpu->request_func + 1)
		return R_RESPONSE_KIND;
	if (!is_message2(call) &&
		flags != flags_of_response(vcpu->request_flags))
		return (flags & FFA_FRAMEWORK) !=
				       (vcpu->request_flags & FFA_FRAMEWORK)
			       ? R_RESPONSE_KIND
			       : R_MESSAGE_FLAGS;
	return vcpu->callee != NULL ? R_CALLEE_STOPPED : R_NONE;
}

enum reason call_direct_resp(struct call *call)
{
	struct ffa_regs response;
	enum reason reason = check_response(call);

	if (reason != R_NONE)
		return reason;
	call->switched = true;
	call->record->peer = destination(call);
	call->record->change = TRACE_SWITCH;
	if (call->vcpu->model == RTM_POWER) {
		power_answered(call->cpu, call_w(call, 3));
		return R_NONE;
	}
	put_message(call, call->vcpu->caller->partition, &response);
	chain_respond(call->cpu, &response);
	receivers_wake_late(call->cpu);
	return R_NONE;
}
