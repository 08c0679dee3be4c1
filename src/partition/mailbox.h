/*
 * RX/TX buffers of a partition, of the normal world or of one of its virtual
 * machines: mapping, ownership of RX, copying.
 * Spec: FF-A 1.2 §7.2 (buffers and their ownership).
 *
 * Locking: takes the chain lock, and inside it the engine lock; functions that
 * end in _locked expect the chain lock.
 */
#ifndef PARTITION_MAILBOX_H
#define PARTITION_MAILBOX_H

#include "abi/reason.h"
#include "spm.h"

/* Pages of one buffer, at most; FFA_FEATURES reports it. */
#define MAILBOX_PAGES_MAX 16

/*
 * Pages of `owner` become this mailbox. Refuses: BUFFERS_MAPPED, BUFFER_COUNT,
 * BUFFER_ALIGNMENT, BUFFER_OVERLAP and what buffers_claim() refuses.
 */
enum reason MUST_USE mailbox_map_locked(struct spm *spm, struct endpoint *owner,
	struct mailbox *mailbox, struct buffer_pair *pair);
enum reason MUST_USE mailbox_map(struct spm *spm, struct endpoint *owner,
	struct mailbox *mailbox, struct buffer_pair *pair);

/*
 * Unfinished sends end; *foreign is the list of send_abort_all().
 * Refuses: BUFFERS_NOT_MAPPED, BUFFERS_BUSY while a call uses the pair or
 * works on an unfinished send.
 */
enum reason MUST_USE mailbox_unmap(
	struct spm *spm, struct partition *partition, struct txn **foreign);

/*
 * The same of a virtual machine's pair, where no memory is sent from. Refuses:
 * BUFFERS_NOT_MAPPED, BUFFERS_BUSY.
 */
enum reason MUST_USE mailbox_unmap_vm_locked(
	struct spm *spm, struct mailbox *mailbox);

/* RX goes back to the manager. Refuses: RX_NOT_OWNED. */
enum reason MUST_USE mailbox_release_rx_locked(struct mailbox *mailbox);
enum reason MUST_USE mailbox_release_rx(
	struct spm *spm, struct mailbox *mailbox);

/*
 * Takes RX for one response: no other call can have it, and the pair stays
 * mapped until mailbox_end_rx(), which leaves it to its endpoint when `full`.
 * Refuses: BUFFERS_NOT_MAPPED, RX_FULL.
 */
enum reason MUST_USE mailbox_take_rx(struct spm *spm, struct mailbox *mailbox);
enum reason MUST_USE mailbox_take_rx_locked(struct mailbox *mailbox);
void mailbox_end_rx(struct spm *spm, struct mailbox *mailbox, bool full);

/* Bytes of RX; the caller has taken it. */
static inline uint32_t mailbox_room(const struct mailbox *mailbox)
{
	return (uint32_t)(mailbox->pair.rx.pages << PAGE_SHIFT);
}

/*
 * Copies `size` bytes, at most a page, to RX from its byte `at` on. The caller
 * has taken RX. Refuses: BUFFER_FAULT.
 */
enum reason MUST_USE mailbox_write(struct mailbox *mailbox, uint32_t at,
	const uint8_t *page, uint32_t size);

/*
 * After the last of a response of `size` bytes: zeroes what an earlier one left
 * behind it, with the help of `page`. Refuses: BUFFER_FAULT.
 */
enum reason MUST_USE mailbox_finish(
	struct mailbox *mailbox, uint32_t size, uint8_t *page);

/*
 * Keeps the pair mapped until mailbox_end_read(): `size` bytes of TX are going
 * to be copied. Refuses: BUFFERS_NOT_MAPPED, FRAGMENT_LENGTH.
 */
enum reason MUST_USE mailbox_pin_tx_locked(
	struct mailbox *mailbox, uint32_t size);

/*
 * Copies the first page of `size` bytes in TX; the pair stays mapped until
 * mailbox_end_read(). Refuses: BUFFERS_NOT_MAPPED, FRAGMENT_LENGTH,
 * BUFFER_FAULT.
 */
enum reason MUST_USE mailbox_begin_read(
	struct spm *spm, struct mailbox *mailbox, uint8_t *page, uint32_t size);
void mailbox_end_read(struct spm *spm, struct mailbox *mailbox);

/* In between: copies `size` bytes from byte `at` on. Refuses: BUFFER_FAULT. */
enum reason MUST_USE mailbox_read(struct spm *spm,
	const struct mailbox *mailbox, uint32_t at, uint8_t *to, uint32_t size);

#endif
