/*
 * The rules on permissions and attributes, as pure functions.
 * Spec: DEN0140 1.2 §1.10.2 (data), §1.10.3 (instruction), §1.10.4
 * (attributes). Where the specification leaves a choice: docs/adr/0009.
 */
#ifndef ENGINE_RULES_H
#define ENGINE_RULES_H

#include "engine/txn.h"

/* True when `asked` permits more than `limit`. NS is not compared. */
bool attr_exceeds(uint8_t asked, uint8_t limit);

/* A data permission as access bits; 0 where it is not specified. */
uint8_t rules_data_perm(uint8_t data);

/*
 * What the sender may give: bounds by the weakest page it sends. Sets
 * attr_ceiling, owner_perm and attr of `txn`, perm_ceiling of a donee.
 * Refuses: SENDER_LACKS_ACCESS, SENDER_ATTRIBUTES, ZERO_NEEDS_WRITE,
 * ZERO_DEVICE, FOREIGN_READ_ONLY, FOREIGN_ATTRIBUTES.
 */
enum reason MUST_USE rules_send(
	struct txn *txn, const struct title_summary *summary);

/* Refuses: ZERO_TOO_LONG, where `flags` ask for so many pages zeroed. */
static inline enum reason MUST_USE rules_zero_size(
	const struct engine_policy *policy, uint32_t flags, uint64_t pages)
{
	bool zeroes = flags & (MEM_FLAG_ZERO | MEM_FLAG_ZERO_AFTER);

	return zeroes && policy->zero_pages_max != 0 &&
			       pages > policy->zero_pages_max
		       ? R_ZERO_TOO_LONG
		       : R_NONE;
}

/* What a borrower asks for itself. */
struct rules_request {
	const struct borrower *borrower;
	const struct mem_receiver *own; /* its entry in the request */
	uint16_t attributes;
};

/*
 * What a retriever gets. Refuses: RETRIEVE_ATTRIBUTES, DATA_EXCEEDS,
 * OWNER_LACKS_WRITE, INSTRUCTION_STATED, EXECUTE_DEVICE, EXECUTE_NON_SECURE,
 * OWNER_LACKS_EXECUTE, WRITE_AND_EXECUTE, INSTRUCTION_MISSING.
 */
enum reason MUST_USE rules_retrieve(const struct txn *txn,
	const struct rules_request *request, const struct engine_policy *policy,
	struct access *granted);

#endif
