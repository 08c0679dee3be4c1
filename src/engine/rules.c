/* Permission and attribute rules. Pure: nothing is changed but the results. */
#include "engine/rules.h"

static uint8_t attr_type(uint8_t attr)
{
	return attr & ATTR_TYPE_MASK;
}

/* Non-shareable < Inner < Outer, whose codes are 0, 3 and 2. */
static uint8_t share_rank(uint8_t attr)
{
	static const uint8_t rank[] = {0, 0, 2, 1};

	return rank[attr & ATTR_SHARE_MASK];
}

bool attr_exceeds(uint8_t asked, uint8_t limit)
{
	uint8_t asked_cache = asked & ATTR_CACHE_MASK;
	uint8_t limit_cache = limit & ATTR_CACHE_MASK;

	if (attr_type(asked) != attr_type(limit))
		return attr_type(asked) == ATTR_TYPE_NORMAL;
	if (asked_cache > limit_cache)
		return true;
	return attr_type(asked) == ATTR_TYPE_NORMAL &&
	       share_rank(asked) > share_rank(limit);
}

/* Shareability means nothing for Device memory. */
static uint8_t attr_canonical(uint16_t attributes)
{
	uint8_t attr = attributes &
		       (ATTR_TYPE_MASK | ATTR_CACHE_MASK | ATTR_SHARE_MASK);

	return attr_is_device(attr) ? (uint8_t)(attr & ~ATTR_SHARE_MASK) : attr;
}

uint8_t rules_data_perm(uint8_t data)
{
	if (data == MEM_DATA_UNSPECIFIED)
		return 0;
	return data == MEM_DATA_RW ? ACCESS_R | ACCESS_W : ACCESS_R;
}

static enum reason check_zero(
	const struct txn *txn, const struct title_summary *summary)
{
	if ((txn->flags & MEM_FLAG_ZERO) == 0)
		return R_NONE;
	if (attr_is_device(summary->attr))
		return R_ZERO_DEVICE;
	return summary->perm & ACCESS_W ? R_NONE : R_ZERO_NEEDS_WRITE;
}

/* A donor states nothing: its donee may ask for all that the owner has. */
static enum reason check_given(struct txn *txn, uint8_t owner_perm)
{
	struct borrower *borrower = txn->borrowers;

	for (; borrower != NULL; borrower = borrower->next) {
		if (txn->func == MEM_DONATE)
			borrower->perm_ceiling =
				owner_perm & (ACCESS_R | ACCESS_W);
		else if ((borrower->perm_ceiling & ~owner_perm) != 0)
			return R_SENDER_LACKS_ACCESS;
	}
	return R_NONE;
}

/*
 * The other world's manager sees the normal world's memory as RWX and of the
 * platform's kind, and bounds by that a donee's access, and attributes that
 * the sender leaves open. What could exceed the owner's own does not go there.
 */
static enum reason check_foreign(const struct txn *txn)
{
	bool stated = txn->attributes & ATTR_TYPE_MASK;
	uint8_t attr = txn->attr & (uint8_t)~ATTR_NS;

	if (txn->func == MEM_DONATE && (txn->owner_perm & ACCESS_W) == 0)
		return R_FOREIGN_READ_ONLY;
	if (!stated && attr != ATTR_NORMAL_WB && attr != ATTR_DEVICE)
		return R_FOREIGN_ATTRIBUTES;
	return R_NONE;
}

enum reason rules_send(struct txn *txn, const struct title_summary *summary)
{
	uint8_t stated = attr_canonical(txn->attributes);
	enum reason reason;

	txn->attr = summary->attr;
	txn->owner_perm = summary->perm;
	txn->attr_ceiling = summary->attr & (uint8_t)~ATTR_NS;
	reason = check_given(txn, summary->perm);
	if (reason != R_NONE)
		return reason;
	if (attr_type(stated) != 0) {
		if (attr_exceeds(stated, txn->attr_ceiling))
			return R_SENDER_ATTRIBUTES;
		txn->attr_ceiling = stated;
	}
	reason = check_zero(txn, summary);
	if (reason == R_NONE && txn->foreign)
		reason = check_foreign(txn);
	return reason;
}

static enum reason grant_data(const struct txn *txn,
	const struct rules_request *request, struct access *granted)
{
	uint8_t ceiling = request->borrower->perm_ceiling;

	granted->perm = rules_data_perm(request->own->data);
	if (granted->perm == 0)
		granted->perm = ceiling;
	if ((granted->perm & ~ceiling) == 0)
		return R_NONE;
	return txn->func == MEM_DONATE ? R_OWNER_LACKS_WRITE : R_DATA_EXCEEDS;
}

static bool may_execute(
	const struct txn *txn, const struct rules_request *request)
{
	return !attr_is_ns(txn->attr) ||
	       request->borrower->endpoint->kind == ENDPOINT_VM;
}

static enum reason grant_instruction(const struct txn *txn,
	const struct rules_request *request, const struct engine_policy *policy,
	struct access *granted)
{
	uint8_t instr = request->own->instr;

	/* DESIGN §4: before all other rules on execution. */
	if (instr == MEM_INSTR_X && attr_is_device(granted->attr))
		return R_EXECUTE_DEVICE;
	if (txn->func == MEM_SHARE || txn->borrower_count > 1)
		return instr == MEM_INSTR_UNSPECIFIED ? R_NONE
						      : R_INSTRUCTION_STATED;
	if (instr == MEM_INSTR_UNSPECIFIED && policy->strict_instruction)
		return R_INSTRUCTION_MISSING;
	if (instr != MEM_INSTR_X)
		return R_NONE;
	if (!may_execute(txn, request))
		return R_EXECUTE_NON_SECURE;
	if ((txn->owner_perm & ACCESS_X) == 0)
		return R_OWNER_LACKS_EXECUTE;
	if ((granted->perm & ACCESS_W) && !policy->allow_write_execute)
		return R_WRITE_AND_EXECUTE;
	granted->perm |= ACCESS_X;
	return R_NONE;
}

/* Memory that is owned as a device would never be memory again. */
static bool turns_into_device(const struct txn *txn, uint8_t asked)
{
	return txn->func == MEM_DONATE && attr_is_device(asked) &&
	       !attr_is_device(txn->attr);
}

enum reason rules_retrieve(const struct txn *txn,
	const struct rules_request *request, const struct engine_policy *policy,
	struct access *granted)
{
	uint8_t asked = attr_canonical(request->attributes);
	enum reason reason;

	granted->attr = txn->attr_ceiling | (txn->attr & ATTR_NS);
	if (attr_type(asked) != 0) {
		if (attr_exceeds(asked, txn->attr_ceiling) ||
			turns_into_device(txn, asked))
			return R_RETRIEVE_ATTRIBUTES;
		granted->attr = asked | (txn->attr & ATTR_NS);
	}
	reason = grant_data(txn, request, granted);
	if (reason == R_NONE)
		reason = grant_instruction(txn, request, policy, granted);
	return reason;
}
