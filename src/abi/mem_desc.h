/*
 * The canonical, version-free form of a memory transaction descriptor: what
 * the engine sees. Ranges stay in the private copy of the caller's bytes and
 * are read one at a time.
 *
 * Spec: DEN0140 1.2 §1.10; FF-A 1.0 §5.12, 1.1 §10.9 to §10.11.
 */
#ifndef ABI_MEM_DESC_H
#define ABI_MEM_DESC_H

#include "abi/reason.h"
#include "base/access.h"
#include "base/types.h"

enum mem_func {
	MEM_SHARE = 1, /* the values of the transaction type flag, §6.2 */
	MEM_LEND = 2,
	MEM_DONATE = 3,
};

/* Permissions as encoded in a descriptor: data [1:0], instruction [3:2]. */
enum {
	MEM_DATA_UNSPECIFIED = 0,
	MEM_DATA_RO = 1,
	MEM_DATA_RW = 2,
	MEM_DATA_RESERVED = 3,
	MEM_INSTR_UNSPECIFIED = 0,
	MEM_INSTR_XN = 1,
	MEM_INSTR_X = 2,
	MEM_INSTR_RESERVED = 3,
};

/* Flags of a send, a retrieve request and response, relinquish, reclaim. */
#define MEM_FLAG_ZERO (1u << 0)
#define MEM_FLAG_TIME_SLICE (1u << 1)
#define MEM_FLAG_ZERO_AFTER (1u << 2)
#define MEM_FLAG_TYPE_SHIFT 3
#define MEM_FLAG_TYPE_MASK (3u << MEM_FLAG_TYPE_SHIFT)
#define MEM_FLAG_HINT_MASK (0xfu << 5)
#define MEM_FLAG_HINT_VALID (1u << 9)
#define MEM_FLAG_BYPASS (1u << 10)

/* Receivers that one descriptor may name in this version. */
#define MEM_RECEIVERS_MAX 16

struct mem_receiver {
	uint16_t id;
	uint8_t data;  /* MEM_DATA_* */
	uint8_t instr; /* MEM_INSTR_* */
	uint8_t flags; /* bit 0: non-retrieval borrower */
	uint64_t impdef[2];
};

struct mem_desc {
	uint16_t sender;
	uint16_t attributes;
	uint32_t flags;
	uint64_t handle;
	uint64_t tag;
	uint32_t receiver_count;
	struct mem_receiver receiver[MEM_RECEIVERS_MAX];
	uint32_t page_count;   /* as the composite header states it */
	uint32_t range_count;  /* likewise; 0 where there are no ranges */
	uint32_t ranges_here;  /* constituents at `ranges` */
	uint64_t pages_here;   /* what they add up to */
	const uint8_t *ranges; /* ranges_here constituents, in the copy */
	bool has_impdef;       /* receivers came with 32 bytes each */
};

/* Constituent `index` of checked ones. */
struct range mem_range(const uint8_t *ranges, uint32_t index);

struct mem_relinquish {
	uint64_t handle;
	uint32_t flags;
	uint32_t endpoint_count;
	uint16_t endpoint; /* the first */
};

#endif
