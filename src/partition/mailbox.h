/*
 * RX/TX buffers of a partition: mapping, ownership of RX, copying.
 * Spec: FF-A 1.2 §7.2 (buffers and their ownership).
 *
 * Locking: takes the chain lock, and inside it the engine lock.
 */
#ifndef PARTITION_MAILBOX_H
#define PARTITION_MAILBOX_H

#include "abi/reason.h"
#include "spm.h"

/* Pages of one buffer, at most; FFA_FEATURES reports it. */
#define MAILBOX_PAGES_MAX 16

/*
 * Refuses: BUFFERS_MAPPED, BUFFER_COUNT, BUFFER_ALIGNMENT, BUFFER_OVERLAP and
 * what buffers_claim() refuses.
 */
enum reason MUST_USE mailbox_map(
	struct spm *spm, struct partition *partition, struct buffer_pair *pair);

/*
 * Unfinished sends end; *foreign is the list of send_abort_all().
 * Refuses: BUFFERS_NOT_MAPPED, BUFFERS_BUSY while a call uses the pair or
 * works on an unfinished send.
 */
enum reason MUST_USE mailbox_unmap(
	struct spm *spm, struct partition *partition, struct txn **foreign);

/* RX goes back to the manager. Refuses: RX_NOT_OWNED. */
enum reason MUST_USE mailbox_release_rx(
	struct spm *spm, struct partition *partition);

/*
 * Takes RX for one response: no other call can have it, and the pair stays
 * mapped until mailbox_end_rx(), which leaves it to the partition when `full`.
 * Refuses: BUFFERS_NOT_MAPPED, RX_FULL.
 */
enum reason MUST_USE mailbox_take_rx(
	struct spm *spm, struct partition *partition);
void mailbox_end_rx(struct spm *spm, struct partition *partition, bool full);

/* Bytes of RX; the caller has taken it. */
static inline uint32_t mailbox_room(const struct partition *partition)
{
	return (uint32_t)(partition->mailbox.pair.rx.pages << PAGE_SHIFT);
}

/*
 * Copies `size` bytes, at most a page, to RX from its byte `at` on. The caller
 * has taken RX. Refuses: BUFFER_FAULT.
 */
enum reason MUST_USE mailbox_write(struct partition *partition, uint32_t at,
	const uint8_t *page, uint32_t size);

/*
 * After the last of a response of `size` bytes: zeroes what an earlier one left
 * behind it, with the help of `page`. Refuses: BUFFER_FAULT.
 */
enum reason MUST_USE mailbox_finish(
	struct partition *partition, uint32_t size, uint8_t *page);

/*
 * Copies the first page of `size` bytes in TX; the pair stays mapped until
 * mailbox_end_read(). Refuses: BUFFERS_NOT_MAPPED, FRAGMENT_LENGTH,
 * BUFFER_FAULT.
 */
enum reason MUST_USE mailbox_begin_read(struct spm *spm,
	struct partition *partition, uint8_t *page, uint32_t size);
void mailbox_end_read(struct spm *spm, struct partition *partition);

/* In between: copies `size` bytes from byte `at` on. Refuses: BUFFER_FAULT. */
enum reason MUST_USE mailbox_read(struct spm *spm,
	const struct partition *partition, uint32_t at, uint8_t *to,
	uint32_t size);

#endif
