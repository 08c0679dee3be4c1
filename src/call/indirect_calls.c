/*
 * Indirect messages: from TX of the sender to RX of the receiver, in the
 * receiver's format, and the notification that one is there. The message goes
 * through a page of the CPU's own; each byte of TX is copied once.
 *
 * Spec: FF-A 1.2 §7.3, §15.1; checks: docs/CHECKS.md.
 */
#include "abi/ffa_func.h"
#include "abi/msg_header.h"
#include "base/mem.h"
#include "call/handlers.h"
#include "call/life.h"
#include "partition/mailbox.h"
#include "partition/receivers.h"

#define FLAG_LATE 2u

struct message {
	uint16_t sender;
	struct mailbox *from;
	struct receiver to;
	struct msg_header header; /* as sent */
	uint32_t to_version;
	uint32_t offset; /* of the payload at the receiver */
};

/* --- From whom --------------------------------------------------------- */

static enum reason check_registers(const struct call *call)
{
	uint32_t ids = call_w(call, 1);
	bool nwd = call_from_nwd(call);

	if (call->version < FFA_VERSION_1_1)
		return R_SEND2_VERSION;
	/* A hypervisor names the VM; id 0 is its own. */
	if ((uint16_t)ids != 0 || (nwd ? ids >> 31 : ids) != 0)
		return R_MESSAGE_IDS;
	if ((call_w(call, 2) & ~(nwd ? 0 : FLAG_LATE)) != 0)
		return R_SEND2_FLAGS;
	return R_NONE;
}

/* The pair stays mapped until mailbox_end_read(). */
static enum reason open_sender(struct call *call, struct message *message)
{
	uint16_t vm = (uint16_t)(call->x[1] >> 16);
	struct receiver sender;

	message->sender = vm != FFA_ID_NWD ? vm : call->caller->ep.id;
	if (!receivers_find(call->spm, message->sender, &sender))
		return R_BUFFERS_NOT_MAPPED;
	message->from = sender.mailbox;
	return mailbox_pin_tx_locked(
		message->from, msg_header_size(call->version));
}

static enum reason read_header(struct call *call, struct message *message)
{
	uint8_t bytes[MSG_HEADER_SIZE_MAX] __attribute__((aligned(8)));
	uint32_t version = call->version;
	enum reason reason = mailbox_read(
		call->spm, message->from, 0, bytes, msg_header_size(version));

	if (reason == R_NONE)
		msg_header_decode(bytes, version, &message->header);
	return reason;
}

/* --- To whom ----------------------------------------------------------- */

static bool is_partition(
	const struct call *call, const struct partition *partition)
{
	return partition != NULL && partition != call->spm->nwd;
}

/* By one of its services, or by this one. */
static enum reason check_service(
	const struct partition *partition, const uint8_t uuid[16])
{
	static const uint8_t nil[16];
	bool any = memcmp(uuid, nil, sizeof(nil)) == 0;
	enum reason reason = any ? R_SEND2_METHOD : R_SEND2_UUID;

	for (uint32_t i = 0; i < partition->service_count; i++) {
		const struct partition_service *service =
			&partition->service[i];

		if (!any && memcmp(service->uuid, uuid, sizeof(nil)) != 0)
			continue;
		if (service->properties & FFA_PROPERTY_INDIRECT)
			return R_NONE;
		reason = R_SEND2_METHOD;
	}
	return reason;
}

/* Of virtual machines nobody tells us; their hypervisor knows. */
static enum reason check_method(
	const struct call *call, const struct message *message)
{
	static const uint8_t any[16];
	const struct partition *to = message->to.partition;
	enum reason reason = R_NONE;

	if (!call_from_nwd(call))
		reason = check_service(call->caller, any);
	if (reason == R_NONE && is_partition(call, to))
		reason = check_service(to, message->header.uuid);
	return reason;
}

static enum reason check_header(struct call *call, struct message *message)
{
	const struct msg_header *header = &message->header;
	uint32_t size = (uint32_t)(message->from->pair.tx.pages << PAGE_SHIFT);

	if (header->sender != message->sender ||
		header->receiver == message->sender)
		return R_MESSAGE_IDS;
	if (call_from_nwd(call) && (header->receiver & FFA_ID_SECURE) == 0)
		return R_MESSAGE_IDS;
	if (!receivers_find(call->spm, header->receiver, &message->to))
		return R_MESSAGE_IDS;
	if (header->reserved)
		return R_SEND2_HEADER;
	if (header->offset < msg_header_size(call->version) ||
		header->offset > size || header->size > size - header->offset)
		return R_SEND2_LENGTH;
	return check_method(call, message);
}

/* What lies between header and payload stays as long as it is. */
static enum reason open_receiver(struct call *call, struct message *message)
{
	struct mailbox *to = message->to.mailbox;
	const struct partition *partition = message->to.partition;

	if (partition != NULL && endpoint_is_dead(&partition->ep))
		return R_RECEIVER_ABORTED;
	if (!to->mapped)
		return R_SEND2_NO_RX;
	message->to_version = partition != NULL ? partition->version
						: call->spm->nwd->version;
	if (message->to_version < FFA_VERSION_1_1)
		return R_SEND2_VERSION;
	message->offset = message->header.offset -
			  msg_header_size(call->version) +
			  msg_header_size(message->to_version);
	if (message->offset + message->header.size > mailbox_room(to))
		return R_SEND2_LENGTH;
	return mailbox_take_rx_locked(to);
}

/* --- Copied ------------------------------------------------------------ */

/* Bytes [at, at + size) as the receiver gets them; a page at most. */
static enum reason fill(struct call *call, const struct message *message,
	uint32_t at, uint32_t size)
{
	uint8_t *page = call->cpu->response;
	struct msg_header header = message->header;
	uint32_t before = 0;

	header.offset = message->offset;
	if (at < header.offset) {
		before = header.offset - at < size ? header.offset - at : size;
		memset(page, 0, before);
	}
	if (at == 0)
		msg_header_encode(page, message->to_version, &header);
	if (before == size)
		return R_NONE;
	return mailbox_read(call->spm, message->from,
		message->header.offset + at + before - header.offset,
		page + before, size - before);
}

static enum reason copy_message(
	struct call *call, const struct message *message)
{
	struct mailbox *to = message->to.mailbox;
	uint32_t total = message->offset + message->header.size;
	uint32_t here;

	for (uint32_t at = 0; at < total; at += here) {
		enum reason reason;

		here = total - at < PAGE_SIZE ? total - at : PAGE_SIZE;
		reason = fill(call, message, at, here);
		if (reason == R_NONE)
			reason = mailbox_write(
				to, at, call->cpu->response, here);
		if (reason != R_NONE)
			return reason;
	}
	return mailbox_finish(to, total, call->cpu->response);
}

static void deliver(struct call *call, const struct message *message)
{
	struct notify *notify = message->to.notify;

	message->to.mailbox->rx = RX_FULL;
	if (!notify->on)
		return;
	notify_message(notify, notify_world(message->sender));
	receivers_wake(call->cpu, &message->to, RECEIVERS_ANY,
		call_w(call, 2) & FLAG_LATE);
}

/* The sender's TX stays mapped; the receiver's RX, too, once it is taken. */
static enum reason send(struct call *call, struct message *message)
{
	struct lock *lock = &call->spm->chain_lock;
	enum reason reason = read_header(call, message);

	if (reason != R_NONE)
		return reason;
	lock_take(lock);
	reason = check_header(call, message);
	if (reason == R_NONE)
		reason = open_receiver(call, message);
	lock_drop(lock);
	if (reason != R_NONE)
		return reason;
	reason = copy_message(call, message);
	lock_take(lock);
	if (reason == R_NONE)
		deliver(call, message);
	else
		message->to.mailbox->rx = RX_EMPTY;
	lock_drop(lock);
	/* Its buffers could not be unmapped meanwhile. */
	if (message->to.partition != NULL &&
		endpoint_is_dead(&message->to.partition->ep))
		life_settle(call->cpu);
	return reason;
}

enum reason call_msg_send2(struct call *call)
{
	struct message message;
	enum reason reason = check_registers(call);

	if (reason != R_NONE)
		return reason;
	lock_take(&call->spm->chain_lock);
	reason = open_sender(call, &message);
	lock_drop(&call->spm->chain_lock);
	if (reason != R_NONE)
		return reason;
	reason = send(call, &message);
	mailbox_end_read(call->spm, message.from);
	call->record->peer = message.header.receiver;
	call->record->change = TRACE_TOLD;
	return reason;
}
