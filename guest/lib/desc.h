/*
 * Memory transaction descriptors as a caller of FF-A builds and reads them.
 *
 * This is a second, independent reading of the layouts (the manager's own is
 * src/abi/mem_decode.c and shares no code with it): bytes are put down one
 * field at a time, and nothing is checked, so that a test can say anything.
 *
 * Use: desc_init(), fill in sender, receivers and ranges, desc_settle() to
 * get all counts, sizes and offsets as the specification has them, change
 * what the test is about, desc_write().
 *
 * Spec: DEN0140 1.2 §1.10; FF-A 1.0 §5.12, 1.1 §10.9.
 */
#ifndef GUEST_DESC_H
#define GUEST_DESC_H

#include "base/types.h"

#define DESC_RECEIVERS_MAX 16

/* Permission bytes of a receiver. */
#define DESC_RO 0x01
#define DESC_RW 0x02
#define DESC_XN 0x04
#define DESC_X 0x08

/* Flag of a retrieve request: only the caller's own entry. */
#define DESC_BYPASS 0x400u

struct desc_range {
	uint64_t base;
	uint32_t pages;
	uint32_t reserved;
};

struct desc_receiver {
	uint16_t id;
	uint8_t permissions;
	uint8_t flags;
	uint32_t composite; /* settled: offset of the composite, 0 = none */
	uint64_t impdef[2]; /* 1.2 only */
	uint64_t reserved;
};

struct desc {
	uint32_t version; /* FFA_VERSION_1_0, _1_1 or _1_2: which layout */
	uint16_t sender;
	uint16_t attributes; /* 1.0: the upper byte is the reserved byte */
	uint32_t flags;
	uint64_t handle;
	uint64_t tag;
	uint32_t receiver_count; /* of receiver[]; and written */
	struct desc_receiver receiver[DESC_RECEIVERS_MAX];
	uint32_t range_count; /* ranges that `range` points to */
	struct desc_range *range;

	/* Settled; written as they are. */
	uint32_t emad_size;   /* at 24; 1.0: a reserved word, 0 */
	uint32_t emad_offset; /* at 32; not written in 1.0 */
	uint32_t reserved[3]; /* at 36; not written in 1.0 */
	uint32_t page_total;  /* of the composite */
	uint32_t range_total; /* of the composite */
	uint64_t composite_reserved;

	/* Settled; where things go, written nowhere. */
	uint32_t emad_at;
	uint32_t emad_stride;
	uint32_t composite_at; /* 0 = no composite */
	uint32_t length;       /* bytes in all */
};

/* All zero but for the version. */
void desc_init(struct desc *desc, uint32_t version);

/* Adds a receiver; returns it, for more fields. */
struct desc_receiver *desc_add_receiver(
	struct desc *desc, uint16_t id, uint8_t permissions);

/* Computes every settled field. Without ranges there is no composite. */
void desc_settle(struct desc *desc);

/*
 * Puts bytes [from, from + size) of the descriptor at `bytes`: the whole one
 * (desc_write) or any fragment of it. Bytes beyond desc->length stay. Returns
 * how many bytes of it there were.
 */
uint32_t desc_write(const struct desc *desc, void *bytes, uint32_t size);
uint32_t desc_write_part(
	const struct desc *desc, uint32_t from, void *bytes, uint32_t size);

/*
 * Reads a descriptor of desc->version back into all fields; ranges go to
 * desc->range, `range_room` of them at most (range_count tells how many;
 * range_total what the composite says). False where a part lies outside
 * `size`; for a first fragment, ranges outside are left out instead.
 */
bool MUST_USE desc_read(struct desc *desc, const void *bytes, uint32_t size,
	uint32_t range_room);

/* A relinquish descriptor. */
struct desc_relinquish {
	uint64_t handle;
	uint32_t flags;
	uint32_t endpoint_count; /* as written; at most this many below */
	uint16_t endpoint[DESC_RECEIVERS_MAX];
};

/* Returns the length, 16 + 2 n. */
uint32_t desc_write_relinquish(
	const struct desc_relinquish *relinquish, void *bytes, uint32_t size);

#endif
