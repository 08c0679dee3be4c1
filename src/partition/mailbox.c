/* RX/TX buffers. */
#include "partition/mailbox.h"

#include "base/mem.h"
#include "engine/buffers.h"
#include "engine/send.h"
#include "port/port.h"

static bool overlaps(struct range a, struct range b)
{
	return a.base.v < range_end(b) && b.base.v < range_end(a);
}

static enum reason check_pair(const struct buffer_pair *pair)
{
	if (pair->tx.pages == 0 || pair->tx.pages > MAILBOX_PAGES_MAX)
		return R_BUFFER_COUNT;
	if (((pair->tx.base.v | pair->rx.base.v) & PAGE_MASK) != 0)
		return R_BUFFER_ALIGNMENT;
	if (pair->tx.base.v >= S2_ADDRESS_END ||
		pair->rx.base.v >= S2_ADDRESS_END)
		return R_BUFFER_NOT_OWNED;
	return overlaps(pair->tx, pair->rx) ? R_BUFFER_OVERLAP : R_NONE;
}

enum reason mailbox_map_locked(struct spm *spm, struct endpoint *owner,
	struct mailbox *mailbox, struct buffer_pair *pair)
{
	enum reason reason;

	if (mailbox->mapped)
		return R_BUFFERS_MAPPED;
	reason = check_pair(pair);
	if (reason != R_NONE)
		return reason;
	lock_take(&spm->engine_lock);
	reason = buffers_claim(spm->engine, owner, pair);
	lock_drop(&spm->engine_lock);
	if (reason != R_NONE)
		return reason;
	*mailbox = (struct mailbox){
		.mapped = true,
		.rx = RX_EMPTY,
		.pair = *pair,
		.rx_written = (uint32_t)(pair->rx.pages << PAGE_SHIFT),
	};
	return R_NONE;
}

enum reason mailbox_map(struct spm *spm, struct endpoint *owner,
	struct mailbox *mailbox, struct buffer_pair *pair)
{
	enum reason reason;

	lock_take(&spm->chain_lock);
	reason = mailbox_map_locked(spm, owner, mailbox, pair);
	lock_drop(&spm->chain_lock);
	return reason;
}

static enum reason check_unused(const struct mailbox *mailbox)
{
	if (!mailbox->mapped)
		return R_BUFFERS_NOT_MAPPED;
	if (mailbox->rx == RX_TAKEN || mailbox->tx_readers > 0)
		return R_BUFFERS_BUSY;
	return R_NONE;
}

/* Unfinished sends have nowhere to come from any more: they end. */
static enum reason unmap_locked(
	struct spm *spm, struct partition *partition, struct txn **foreign)
{
	struct mailbox *mailbox = &partition->mailbox;
	enum reason reason = check_unused(mailbox);

	if (reason == R_NONE && send_is_claimed(&partition->ep))
		reason = R_BUFFERS_BUSY;
	if (reason != R_NONE)
		return reason;
	*foreign = send_abort_all(spm->engine, &partition->ep);
	buffers_release(spm->engine, &partition->ep, &mailbox->pair);
	mailbox->mapped = false;
	return R_NONE;
}

enum reason mailbox_unmap(
	struct spm *spm, struct partition *partition, struct txn **foreign)
{
	enum reason reason;

	lock_take(&spm->chain_lock);
	lock_take(&spm->engine_lock);
	reason = unmap_locked(spm, partition, foreign);
	lock_drop(&spm->engine_lock);
	lock_drop(&spm->chain_lock);
	return reason;
}

/* What its hypervisor has sent for it comes from the hypervisor's pair. */
enum reason mailbox_unmap_vm_locked(struct spm *spm, struct mailbox *mailbox)
{
	enum reason reason = check_unused(mailbox);

	if (reason != R_NONE)
		return reason;
	lock_take(&spm->engine_lock);
	buffers_release(spm->engine, &spm->nwd->ep, &mailbox->pair);
	lock_drop(&spm->engine_lock);
	mailbox->mapped = false;
	return R_NONE;
}

/* --- RX ---------------------------------------------------------------- */

enum reason mailbox_release_rx_locked(struct mailbox *mailbox)
{
	if (!mailbox->mapped ||
		(mailbox->rx != RX_FULL && mailbox->rx != RX_OTHER_WORLD))
		return R_RX_NOT_OWNED;
	mailbox->rx = RX_EMPTY;
	return R_NONE;
}

enum reason mailbox_release_rx(struct spm *spm, struct mailbox *mailbox)
{
	enum reason reason;

	lock_take(&spm->chain_lock);
	reason = mailbox_release_rx_locked(mailbox);
	lock_drop(&spm->chain_lock);
	return reason;
}

enum reason mailbox_take_rx_locked(struct mailbox *mailbox)
{
	if (!mailbox->mapped)
		return R_BUFFERS_NOT_MAPPED;
	if (mailbox->rx != RX_EMPTY)
		return R_RX_FULL;
	mailbox->rx = RX_TAKEN;
	return R_NONE;
}

enum reason mailbox_take_rx(struct spm *spm, struct mailbox *mailbox)
{
	enum reason reason;

	lock_take(&spm->chain_lock);
	reason = mailbox_take_rx_locked(mailbox);
	lock_drop(&spm->chain_lock);
	return reason;
}

void mailbox_end_rx(struct spm *spm, struct mailbox *mailbox, bool full)
{
	lock_take(&spm->chain_lock);
	mailbox->rx = full ? RX_FULL : RX_EMPTY;
	lock_drop(&spm->chain_lock);
}

enum reason mailbox_write(struct mailbox *mailbox, uint32_t at,
	const uint8_t *page, uint32_t size)
{
	struct paddr to = paddr(mailbox->pair.rx.base.v + at);

	if (!port_copy_out(to, mailbox->pair.ns, page, size)) {
		/* It leaves unknown bytes behind: zero them all next time. */
		mailbox->rx_written = mailbox_room(mailbox);
		return R_BUFFER_FAULT;
	}
	if (mailbox->rx_written < at + size)
		mailbox->rx_written = at + size;
	return R_NONE;
}

enum reason mailbox_finish(
	struct mailbox *mailbox, uint32_t size, uint8_t *page)
{
	uint32_t end = mailbox->rx_written;
	uint32_t at = size;

	if (at == end)
		return R_NONE;
	memset(page, 0, PAGE_SIZE);
	while (at < end) {
		uint32_t length = end - at < PAGE_SIZE ? end - at : PAGE_SIZE;
		enum reason reason = mailbox_write(mailbox, at, page, length);

		if (reason != R_NONE)
			return reason;
		at += length;
	}
	mailbox->rx_written = size;
	return R_NONE;
}

/* --- TX ---------------------------------------------------------------- */

enum reason mailbox_pin_tx_locked(struct mailbox *mailbox, uint32_t size)
{
	if (!mailbox->mapped)
		return R_BUFFERS_NOT_MAPPED;
	if (size > mailbox->pair.tx.pages << PAGE_SHIFT)
		return R_FRAGMENT_LENGTH;
	mailbox->tx_readers++;
	return R_NONE;
}

void mailbox_end_read(struct spm *spm, struct mailbox *mailbox)
{
	lock_take(&spm->chain_lock);
	mailbox->tx_readers--;
	lock_drop(&spm->chain_lock);
}

static void capture_read(struct spm *spm, uint64_t from, const uint8_t *bytes,
	uint32_t size, bool good)
{
	if (good)
		capture_bytes(&spm->capture, CAPTURE_TX, from, bytes, size);
	else
		capture_numbers(&spm->capture, CAPTURE_TX_FAULT, &from, 1);
}

/* The pair cannot be unmapped, so its place does not change. */
enum reason mailbox_read(struct spm *spm, const struct mailbox *mailbox,
	uint32_t at, uint8_t *to, uint32_t size)
{
	const struct buffer_pair *pair = &mailbox->pair;
	uint64_t from = pair->tx.base.v + at;
	bool good = port_copy_in(to, paddr(from), pair->ns, size);

	if (spm->capture.on)
		capture_read(spm, from, to, size, good);
	return good ? R_NONE : R_BUFFER_FAULT;
}

enum reason mailbox_begin_read(
	struct spm *spm, struct mailbox *mailbox, uint8_t *page, uint32_t size)
{
	enum reason reason;

	lock_take(&spm->chain_lock);
	reason = mailbox_pin_tx_locked(mailbox, size);
	lock_drop(&spm->chain_lock);
	if (reason != R_NONE)
		return reason;
	reason = mailbox_read(
		spm, mailbox, 0, page, size < PAGE_SIZE ? size : PAGE_SIZE);
	if (reason != R_NONE)
		mailbox_end_read(spm, mailbox);
	return reason;
}
