/*
 * What is wrong with the registers of a call: what every manager can see from
 * them alone. Only registers that are known are judged.
 */
#include "decode/call.h"

#include <inttypes.h>
#include <stdlib.h>

#include "abi/ffa_names.h"

struct check {
	const struct call *call;
	const struct call_form *form;
	struct reading *reading;
};

static const struct rule reserved_register = {"RESERVED_REGISTER",
	"FF-A 1.2 §11.2",
	"a reserved register is not zero; Escrow does not look at it"};
static const struct rule status_unknown = {
	"STATUS_UNKNOWN", "FF-A 1.2 §12.1", "no such status code"};
static const struct rule answer_length = {"ANSWER_LENGTH", "DEN0140 §1.9",
	"the fragment is empty, or longer than the whole"};

static struct place bits_at(unsigned reg, unsigned high, unsigned low)
{
	return (struct place){reg, 1, (uint8_t)high, (uint8_t)low};
}

static void wrong(struct check *check, enum reason reason, struct place place,
	const char *right)
{
	reading_wrong(check->reading, reason, place, text("%s", right));
}

static uint32_t word(const struct check *check, unsigned reg)
{
	return call_word(check->call, reg);
}

static bool knows(const struct check *check, unsigned reg)
{
	return call_knows(check->call, reg);
}

/* The register as wide as the function is. */
static uint64_t whole(const struct check *check, unsigned reg)
{
	bool wide = (call_func(check->call) & FFA_64) != 0;

	return wide ? check->call->regs.x[reg] : word(check, reg);
}

/* --- Registers that belong to nothing ---------------------------------- */

static uint64_t mask_of(unsigned high, unsigned low)
{
	uint64_t mask = UINT64_MAX << low;

	return high >= 63 ? mask : mask & ((1ull << (high + 1)) - 1);
}

/* Bits of the register that the function uses or leaves to chance. */
static uint64_t used_bits(const struct check *check, unsigned reg)
{
	uint64_t used = 0;

	if (check->form->payload != 0 && reg >= check->form->payload)
		return UINT64_MAX;
	for (unsigned i = 0; i < check->form->row_count; i++) {
		const struct call_row *row = &check->form->rows[i];

		if (reg < row->reg || reg >= row->reg + (unsigned)row->span)
			continue;
		used |= mask_of(row->high, row->low);
		/* What is a word of a 64-bit register does not mind. */
		if (row->high < 32)
			used |= mask_of(63, 32);
	}
	return used;
}

/* From x8 on there is what the caller had there, with one exception. */
static void check_reserved(struct check *check)
{
	bool all = call_func(check->call) == FFA_NS_RES_INFO_GET;
	unsigned last = all ? FFA_REG_COUNT - 1 : 7;
	enum reason reason = check->form->reserved;

	for (unsigned reg = 1; reg <= last; reg++) {
		uint64_t rest = whole(check, reg) & ~used_bits(check, reg);
		struct place place = bits_at(reg, 63, 0);

		if (rest == 0 || !knows(check, reg))
			continue;
		place.high = (uint8_t)(63 - __builtin_clzll(rest));
		place.low = (uint8_t)__builtin_ctzll(rest);
		reading_field(check->reading, place, "reserved",
			text("0x%" PRIx64, whole(check, reg) >> place.low),
			text("reserved: not zero"));
		if (reason != R_NONE)
			wrong(check, reason, place, "0");
		else if (!check->reading->answer)
			reading_hint(check->reading, &reserved_register, place,
				text("0"));
	}
}

/* --- By function ------------------------------------------------------- */

static void check_error(struct check *check)
{
	int32_t status = (int32_t)word(check, 2);

	if (knows(check, 2) && (status >= 0 || ffa_status_name(status) == NULL))
		reading_remark(check->reading, &status_unknown,
			bits_at(2, 31, 0), text("-1 to -10"));
}

static void check_version(struct check *check)
{
	if (knows(check, 1) && word(check, 1) >> 16 != FFA_VERSION_OURS >> 16)
		wrong(check, R_VERSION_INCOMPATIBLE, bits_at(1, 31, 0),
			"0x10000 (1.0) to 0x10003 (1.3)");
	if (knows(check, 2) && (word(check, 2) & 3) == 3)
		wrong(check, R_VERSION_QUERY, bits_at(2, 1, 0), "0, 1 or 2");
}

static void check_features(struct check *check)
{
	uint32_t id = word(check, 1);

	if (knows(check, 1) && id >> 31 == 0 && id > 0xff)
		wrong(check, R_FEATURE_UNKNOWN, bits_at(1, 31, 0),
			"a function id, or a feature below 0x100");
}

static void check_rxtx_map(struct check *check)
{
	uint64_t tx = whole(check, 1);
	uint64_t rx = whole(check, 2);
	uint64_t size = (word(check, 3) & 0x3f) * PAGE_SIZE;

	if (!knows(check, 3))
		return;
	/* A hypervisor's: what is mapped is in TX. */
	if (tx == 0 && rx == 0 && word(check, 3) == 0)
		return;
	if (size == 0 || word(check, 3) > 0x3f)
		wrong(check, R_BUFFER_COUNT, bits_at(3, 31, 0), "1 to 63");
	if ((tx & PAGE_MASK) != 0)
		wrong(check, R_BUFFER_ALIGNMENT, bits_at(1, 63, 0),
			"a multiple of 4096");
	if ((rx & PAGE_MASK) != 0)
		wrong(check, R_BUFFER_ALIGNMENT, bits_at(2, 63, 0),
			"a multiple of 4096");
	if (tx == rx || (tx < rx ? rx - tx < size : tx - rx < size))
		wrong(check, R_BUFFER_OVERLAP, bits_at(2, 63, 0),
			"pages that are not TX's");
}

static void check_info_get(struct check *check)
{
	if (knows(check, 5) && (word(check, 5) & ~1u) != 0)
		wrong(check, R_INFO_FLAGS, bits_at(5, 31, 0), "0 or 1");
}

static void check_wait(struct check *check)
{
	if (knows(check, 2) && (word(check, 2) & ~1u) != 0)
		wrong(check, R_RESERVED_REGISTER, bits_at(2, 31, 0), "0 or 1");
}

static void check_direct(struct check *check)
{
	uint32_t ids = word(check, 1);
	uint32_t flags = word(check, 2);

	if (knows(check, 1) && ids >> 16 == (ids & 0xffff))
		wrong(check, R_MESSAGE_IDS, bits_at(1, 31, 0),
			"a receiver other than the sender");
	if (!knows(check, 2) || flags == 0)
		return;
	if ((flags & FFA_FRAMEWORK) == 0 || (flags & 0x7fffff00) != 0)
		wrong(check, R_MESSAGE_FLAGS, bits_at(2, 31, 0),
			"0, or bit 31 and a type of framework message");
}

static void check_memory(struct check *check)
{
	bool retrieve =
		(call_func(check->call) & ~FFA_64) == FFA_MEM_RETRIEVE_REQ;
	uint32_t total = word(check, 1);
	uint32_t fragment = word(check, 2);

	for (unsigned reg = 3; reg <= 4; reg++)
		if (knows(check, reg) && whole(check, reg) != 0)
			wrong(check, R_DYNAMIC_BUFFER, bits_at(reg, 63, 0),
				"0: the descriptor is in TX");
	if (!knows(check, 2))
		return;
	if (fragment == 0 || fragment > total)
		wrong(check, R_FRAGMENT_LENGTH, bits_at(2, 31, 0),
			"1 to the total length");
	else if (retrieve && fragment < total)
		wrong(check, R_FRAGMENT_LENGTH, bits_at(2, 31, 0),
			"the total length: a request is one fragment");
	else if (!retrieve && (total % 8 != 0 || fragment % 8 != 0))
		wrong(check, R_LENGTH_ALIGNMENT,
			bits_at(total % 8 != 0 ? 1 : 2, 31, 0),
			"a multiple of 16 (FF-A 1.0: 8)");
}

static void check_retrieve_resp(struct check *check)
{
	if (knows(check, 2) &&
		(word(check, 2) == 0 || word(check, 2) > word(check, 1)))
		reading_remark(check->reading, &answer_length,
			bits_at(2, 31, 0), text("1 to the total length"));
}

static void check_reclaim(struct check *check)
{
	if (knows(check, 3) && (word(check, 3) & ~1u) != 0)
		wrong(check, R_RECLAIM_FLAGS, bits_at(3, 31, 0), "0 or 1");
}

static void check_fragment(struct check *check)
{
	bool sends = call_func(check->call) == FFA_MEM_FRAG_TX;

	if (knows(check, 4) && (word(check, 4) & 0xffff) != 0)
		wrong(check, R_FRAGMENT_SENDER, bits_at(4, 15, 0), "0");
	if (sends && knows(check, 3) &&
		(word(check, 3) == 0 || word(check, 3) % 16 != 0))
		wrong(check, R_FRAGMENT_LENGTH, bits_at(3, 31, 0),
			"a multiple of 16");
}

static void check_permissions(struct check *check)
{
	bool sets = (call_func(check->call) & ~FFA_64) == FFA_MEM_PERM_SET;
	uint32_t perm = word(check, 3);

	if (knows(check, 1) && (whole(check, 1) & PAGE_MASK) != 0)
		wrong(check, R_PERM_ALIGNMENT, bits_at(1, 63, 0),
			"a multiple of 4096");
	if (sets && knows(check, 2) && word(check, 2) == 0)
		wrong(check, R_PERM_COUNT, bits_at(2, 31, 0), "1 or more");
	if (sets && knows(check, 3) && perm != 3 && perm != 5 && perm != 7)
		wrong(check, R_PERM_ATTRIBUTES, bits_at(3, 31, 0),
			"3 (r-x), 5 (rw-) or 7 (r--)");
}

static void check_log(struct check *check)
{
	bool wide = (call_func(check->call) & FFA_64) != 0;
	uint64_t count = whole(check, 1);

	if (knows(check, 1) && (count == 0 || count > (wide ? 128u : 24u)))
		wrong(check, R_LOG_LENGTH, bits_at(1, 31, 0),
			wide ? "1 to 128" : "1 to 24");
}

static void check_info_regs(struct check *check)
{
	uint64_t word3 = check->call->regs.x[3];

	if (knows(check, 3) && (word3 & 0xffff) == 0 && word3 >> 16 != 0)
		wrong(check, R_INFO_TAG, bits_at(3, 63, 16),
			"0 where a list begins");
}

static void check_ns_resources(struct check *check)
{
	uint64_t flags = check->call->regs.x[2];

	if (!knows(check, 2))
		return;
	if ((flags & ~0x11ull) != 0)
		wrong(check, R_NS_RES_FLAGS, bits_at(2, 63, 0),
			"no bits but 0 and 4");
	if ((flags & 1) == 0 && check->call->regs.x[1] != 0)
		wrong(check, R_NS_RES_TARGET, bits_at(1, 63, 0),
			"0 where no partition is named");
}

static void check_notification(struct check *check)
{
	uint32_t func = call_func(check->call);
	uint32_t flags = word(check, 2);
	uint32_t allowed = func == FFA_NOTIFICATION_BIND ? 1 : 0;

	if (func == FFA_NOTIFICATION_SET) {
		flags &= 0xffff;
		allowed = 3;
	}
	if (knows(check, 2) && (flags & ~allowed) != 0)
		wrong(check, R_NOTIFY_FLAGS, bits_at(2, 15, 0),
			allowed == 0   ? "0"
			: allowed == 1 ? "0 or 1"
				       : "no bits but 0 and 1");
	if (knows(check, 4) && word(check, 3) == 0 && word(check, 4) == 0)
		wrong(check, R_NOTIFY_EMPTY, bits_at(3, 31, 0),
			"a bit for each notification, here or in w4");
}

static void check_notification_get(struct check *check)
{
	if (knows(check, 2) && word(check, 2) > 0xf)
		wrong(check, R_NOTIFY_FLAGS, bits_at(2, 31, 0), "0 to 15");
}

static void check_send2(struct check *check)
{
	if (knows(check, 2) && (word(check, 2) & ~2u) != 0)
		wrong(check, R_SEND2_FLAGS, bits_at(2, 31, 0), "0 or 2");
}

/* A function, and its form, must exist. */
static void check_function(struct check *check)
{
	uint32_t func = call_func(check->call);
	unsigned form = (func & FFA_64) != 0 ? FORM_64 : FORM_32;

	if (!call_is_ffa(check->call->regs.x[0]) || check->form == NULL)
		wrong(check, R_UNKNOWN_FUNCTION, bits_at(0, 31, 0),
			"a function of FF-A: 0x84000060 to 0x84000097, or "
			"0xc4…");
	else if ((check->form->forms & form) == 0)
		wrong(check, R_UNKNOWN_FUNCTION, bits_at(0, 31, 0),
			form == FORM_64 ? "the 32-bit form, 0x84…"
					: "the 64-bit form, 0xc4…");
}

static const struct {
	uint32_t func;
	void (*check)(struct check *check);
} rules[] = {
	{FFA_ERROR, check_error},
	{FFA_VERSION, check_version},
	{FFA_FEATURES, check_features},
	{FFA_RXTX_MAP, check_rxtx_map},
	{FFA_PARTITION_INFO_GET, check_info_get},
	{FFA_MSG_WAIT, check_wait},
	{FFA_MSG_SEND_DIRECT_REQ, check_direct},
	{FFA_MSG_SEND_DIRECT_RESP, check_direct},
	{FFA_MEM_DONATE, check_memory},
	{FFA_MEM_LEND, check_memory},
	{FFA_MEM_SHARE, check_memory},
	{FFA_MEM_RETRIEVE_REQ, check_memory},
	{FFA_MEM_RETRIEVE_RESP, check_retrieve_resp},
	{FFA_MEM_RECLAIM, check_reclaim},
	{FFA_MEM_FRAG_RX, check_fragment},
	{FFA_MEM_FRAG_TX, check_fragment},
	{FFA_NOTIFICATION_BIND, check_notification},
	{FFA_NOTIFICATION_UNBIND, check_notification},
	{FFA_NOTIFICATION_SET, check_notification},
	{FFA_NOTIFICATION_GET, check_notification_get},
	{FFA_MSG_SEND2, check_send2},
	{FFA_MEM_PERM_GET, check_permissions},
	{FFA_MEM_PERM_SET, check_permissions},
	{FFA_CONSOLE_LOG, check_log},
	{FFA_PARTITION_INFO_GET_REGS & ~FFA_64, check_info_regs},
	{FFA_NS_RES_INFO_GET & ~FFA_64, check_ns_resources},
};

void check_call(const struct call *call, const struct call_form *form,
	struct reading *reading)
{
	struct check check = {call, form, reading};
	uint32_t func = call_func(call) & ~FFA_64;

	if (func != FFA_SUCCESS)
		check_function(&check);
	if (form == NULL)
		return;
	check_reserved(&check);
	for (size_t i = 0; i < ARRAY_COUNT(rules); i++)
		if (rules[i].func == func && func != FFA_SUCCESS)
			rules[i].check(&check);
}
