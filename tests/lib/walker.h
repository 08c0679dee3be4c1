/*
 * What the hardware makes of stage-2 table bytes: an independent decoder.
 *
 * Shares nothing with src/stage2 (the layer script holds it to base/). As
 * configured: VMSAv8-64 stage 2, 4 KiB granule, 39 input bits, walk from
 * level 1, no FEAT_S2FWB, no FEAT_S2PIE. Whether the output is secure is
 * decided by the root that the walk began at, not by a bit of the entry.
 * Source: Arm ARM D8.3 (descriptor formats), D8.4.2 (stage 2 permissions).
 */
#ifndef TESTS_WALKER_H
#define TESTS_WALKER_H

#include "base/types.h"

enum walker_type {
	WALKER_DEVICE_NGNRNE,
	WALKER_DEVICE_NGNRE,
	WALKER_DEVICE_NGRE,
	WALKER_DEVICE_GRE,
	WALKER_NORMAL_NC,
	WALKER_NORMAL_WB,
	WALKER_OTHER, /* legal for the hardware, never for this manager */
};

enum walker_share {
	WALKER_NON_SHAREABLE = 0,
	WALKER_OUTER = 2,
	WALKER_INNER = 3,
};

/* One leaf: what `size` bytes from `address` translate to. */
struct walker_leaf {
	uint64_t address;
	uint64_t size;
	uint64_t output;
	bool read;
	bool write;
	bool execute; /* at EL1 or at EL0 */
	enum walker_type type;
	uint8_t share;  /* enum walker_share; 1 is reserved */
	bool malformed; /* a bit is set that must be zero, or AF is clear */
};

/* Simulated physical memory: address 0 is at `bytes`. */
struct walker_memory {
	const uint8_t *bytes;
	uint64_t size;
};

/* False: nothing is mapped there. */
bool walker_find(const struct walker_memory *memory, uint64_t root,
	uint64_t address, struct walker_leaf *leaf);

/* Every leaf below the table, in address order. */
typedef void walker_visitor(void *context, const struct walker_leaf *leaf);
struct walker_table {
	uint64_t page;
	uint64_t address; /* first address that it translates */
	unsigned level;   /* 1 to 3 */
};
void walker_visit(const struct walker_memory *memory, struct walker_table table,
	walker_visitor *visit, void *context);

/* Every table page from `table` down, itself first. */
typedef void walker_table_visitor(
	void *context, const struct walker_table *table);
void walker_visit_tables(const struct walker_memory *memory,
	struct walker_table table, walker_table_visitor *visit, void *context);

/* The first entry from `index` on that is not zero; WALKER_ENTRIES: none. */
#define WALKER_ENTRIES 512u
unsigned walker_next_entry(
	const struct walker_memory *memory, uint64_t page, unsigned index);

/* A leaf from its raw descriptor; false where it is not a valid leaf. */
bool walker_decode(uint64_t entry, unsigned level, uint64_t address,
	struct walker_leaf *leaf);

#endif
