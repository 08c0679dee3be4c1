/*
 * The bytes of one descriptor and what is known of them: of which kind they
 * are, in whose version, and whether more of the descriptor follows.
 */
#ifndef DECODE_BLOB_H
#define DECODE_BLOB_H

#include "abi/mem_desc.h"
#include "decode/reading.h"
#include "decode/words.h"

enum kind {
	KIND_UNKNOWN,
	KIND_SHARE,
	KIND_LEND,
	KIND_DONATE,
	KIND_RETRIEVE,
	KIND_HYPERVISOR,
	KIND_RESPONSE,
	KIND_RANGES,
	KIND_RELINQUISH,
	KIND_INFO,
	KIND_BOOT_INFO,
	KIND_NS_RES,
	KIND_COUNT
};

struct blob {
	const uint8_t *bytes; /* 16-byte aligned */
	uint32_t size;        /* bytes there */
	uint32_t fragment;    /* of the fragment they begin */
	uint32_t total;       /* of the descriptor */
	uint32_t version;
	enum kind kind;
};

/* A little-endian number; bytes that are not there are zero. */
uint64_t blob_get(const struct blob *blob, uint32_t at, unsigned size);

static inline bool blob_has(const struct blob *blob, uint64_t at, uint64_t size)
{
	return at <= blob->size && size <= blob->size - at;
}

bool blob_is_zero(const struct blob *blob, uint32_t at, uint32_t size);

/* A finding on bytes; cut where the blob ends. Takes `right`. */
void blob_wrong(struct reading *reading, const struct blob *blob,
	enum reason reason, struct place place, char *right);

static inline struct place bytes_at(uint32_t at, uint32_t size)
{
	return (struct place){.at = at, .size = size};
}

/* --- Fields ------------------------------------------------------------ */

/* A field of a structure, `at` from its beginning. */
struct row {
	uint8_t at;
	uint8_t size; /* 16 for SAY_UUID and SAY_NAME, else 8 at most */
	enum say say;
	const char *name;
};

/* Where the structure is, and what its fields are called: "part[3].name". */
struct show {
	struct reading *reading;
	const struct blob *blob;
	uint32_t base;
	const char *part; /* NULL: names stand alone */
	uint32_t index;   /* NO_INDEX: the part is the only one */
};

#define NO_INDEX UINT32_MAX

/* All rows that lie in the blob; returns false when some did not. */
bool show_rows(const struct show *show, const struct row *rows, size_t count);

/* One field, with a meaning of its own, which it takes. */
void show_field(const struct show *show, const struct row *row, char *meaning);

/* Bytes that belong to nothing, if there are any. */
void show_gap(const struct show *show, uint32_t at, uint32_t end,
	const char *meaning);

#endif
