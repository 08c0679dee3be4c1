/*
 * The kinds of descriptor: each has its fields and its rules. check_*() adds
 * findings, the one that decides first; show_*() adds fields.
 */
#ifndef DECODE_KINDS_H
#define DECODE_KINDS_H

#include "decode/blob.h"

struct kind_info {
	const char *option; /* as --kind has it */
	const char *title;
	bool versions; /* the layout depends on the version */
	bool answer;   /* a manager writes it */
	/* How many bytes the descriptor says it has; 0 where it does not. */
	uint64_t (*length)(const struct blob *blob);
	void (*check)(const struct blob *blob, struct reading *reading);
	void (*show)(const struct blob *blob, struct reading *reading);
};

const struct kind_info *kind_info(enum kind kind);

/* The kind with this option; KIND_UNKNOWN when there is none. */
enum kind kind_named(const char *option);

static inline bool kind_is_send(enum kind kind)
{
	return kind == KIND_SHARE || kind == KIND_LEND || kind == KIND_DONATE;
}

static inline bool kind_is_transaction(enum kind kind)
{
	return kind >= KIND_SHARE && kind <= KIND_RESPONSE;
}

/* Transaction descriptors: mtd.c; judged in send_rules.c, request_rules.c and
 * answer_rules.c. */
uint64_t length_mtd(const struct blob *blob);
void show_mtd(const struct blob *blob, struct reading *reading);
void check_send(const struct blob *blob, struct reading *reading);
void check_retrieve(const struct blob *blob, struct reading *reading);
void check_response(const struct blob *blob, struct reading *reading);

/* The rest: records.c. */
void show_ranges(const struct blob *blob, struct reading *reading);
void check_ranges(const struct blob *blob, struct reading *reading);
uint64_t length_relinquish(const struct blob *blob);
void show_relinquish(const struct blob *blob, struct reading *reading);
void check_relinquish(const struct blob *blob, struct reading *reading);
uint64_t length_info(const struct blob *blob);
void show_info(const struct blob *blob, struct reading *reading);
void check_info(const struct blob *blob, struct reading *reading);
uint64_t length_boot_info(const struct blob *blob);
void show_boot_info(const struct blob *blob, struct reading *reading);
void check_boot_info(const struct blob *blob, struct reading *reading);
uint64_t length_ns_res(const struct blob *blob);
void show_ns_res(const struct blob *blob, struct reading *reading);
void check_ns_res(const struct blob *blob, struct reading *reading);

#endif
