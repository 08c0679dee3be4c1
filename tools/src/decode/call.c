/* See call.h. */
#include "decode/call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_names.h"
#include "abi/part_info.h"

bool call_is_ffa(uint64_t value)
{
	uint64_t number = value & 0xffff;

	return (value & ~(uint64_t)(FFA_64 | FFA_SVE_HINT | 0xffffu)) ==
		       0x84000000u &&
	       number >= FFA_NUMBER_FIRST && number <= FFA_NUMBER_LAST;
}

bool call_is_answer(uint32_t func)
{
	uint32_t bare = func & ~(FFA_64 | FFA_SVE_HINT);

	return bare == FFA_SUCCESS || bare == FFA_ERROR ||
	       bare == FFA_MEM_RETRIEVE_RESP;
}

uint64_t call_bits(
	const struct call *call, unsigned reg, unsigned high, unsigned low)
{
	uint64_t value = call->regs.x[reg] >> low;
	unsigned width = high - low + 1;

	return width >= 64 ? value : value & ((1ull << width) - 1);
}

/* --- Fields ------------------------------------------------------------ */

/* The last bit of the row in this function: 32-bit ones have half of it. */
static unsigned high_of(const struct call *call, const struct call_row *row)
{
	if (row->high < 64)
		return row->high;
	return (call_func(call) & FFA_64) != 0 ? 63 : 31;
}

static bool knows_all(const struct call *call, const struct call_row *row)
{
	uint32_t wanted = ((1u << row->span) - 1) << row->reg;

	return (call->known & wanted) == wanted;
}

static char *uuid_of(const struct call *call, const struct call_row *row)
{
	uint64_t words[4];
	uint8_t uuid[16];

	for (unsigned i = 0; i < 4; i++)
		words[i] = row->span == 4 ? call_word(call, row->reg + i)
					  : call->regs.x[row->reg + i / 2] >>
						    32 * (i % 2);
	part_info_uuid(words, uuid);
	return say_uuid(uuid);
}

static void show_row(const struct call *call, const struct call_row *row,
	struct reading *reading)
{
	unsigned high = high_of(call, row);
	struct place place = {row->reg, row->span, (uint8_t)high, row->low};
	uint64_t value = call_bits(call, row->reg, high, row->low);

	if (row->say == SAY_UUID) {
		reading_field(reading, place, row->name, uuid_of(call, row),
			text("%s", ""));
		return;
	}
	if (row->span == 2)
		value |= (uint64_t)call_word(call, row->reg + 1u) << 32;
	reading_field(reading, place, row->name, text("0x%" PRIx64, value),
		say(row->say, value));
}

static void show_payload(const struct call *call, unsigned from, unsigned last,
	struct reading *reading)
{
	unsigned high = (call_func(call) & FFA_64) != 0 ? 63 : 31;

	for (unsigned reg = from; reg <= last; reg++) {
		struct place place = {reg, 1, (uint8_t)high, 0};

		if (!call_knows(call, reg) || call->regs.x[reg] == 0)
			continue;
		reading_field(reading, place, "payload",
			text("0x%" PRIx64, call_bits(call, reg, high, 0)),
			text("%s", ""));
	}
}

static void show_function(const struct call *call, struct reading *reading)
{
	static const struct place place = {0, 1, 31, 0};
	bool hint = call_word(call, 0) & FFA_SVE_HINT;
	char *name = say_function(call_func(call));

	reading_field(reading, place, "function",
		text("0x%08" PRIx32, call_word(call, 0)),
		text("%s%s", name, hint ? ", SVE hint" : ""));
	free(name);
}

/* What FFA_CONSOLE_LOG prints. */
static void show_characters(const struct call *call, struct reading *reading)
{
	unsigned bytes = (call_func(call) & FFA_64) != 0 ? 8 : 4;
	unsigned count = call_word(call, 1) & 0xff;
	char out[129] = "";
	unsigned i;

	for (i = 0; i < count && i < 128 && 2 + i / bytes < 18; i++) {
		char next =
			(char)(call->regs.x[2 + i / bytes] >> 8 * (i % bytes));

		out[i] = next >= ' ' && next <= '~' ? next : '.';
	}
	reading_field(reading,
		(struct place){2, 1, (uint8_t)(8 * bytes - 1), 0}, "text",
		text("\"%s\"", out), text("%s", ""));
}

/* --- A whole call ------------------------------------------------------ */

static void set_title(const struct call *call, struct reading *reading)
{
	char *name = say_function(call_func(call));
	char *asked = say_function(call->reply_to);

	free(reading->title);
	reading->title = text("%s%s%s", name,
		call->reply_to != 0 ? ", the answer to " : "",
		call->reply_to != 0 ? asked : "");
	reading_head(reading, "function", name);
	if (call->reply_to != 0)
		reading_head(reading, "answers", asked);
	else
		free(asked);
}

/* The answer to FFA_VERSION is a bare word. */
static bool is_version_answer(const struct call *call)
{
	return call->reply_to == FFA_VERSION && !call_is_ffa(call->regs.x[0]);
}

static void read_version(const struct call *call, struct reading *reading)
{
	static const struct place place = {0, 1, 31, 0};
	uint32_t word = call_word(call, 0);
	bool refused = word >> 31 != 0;

	free(reading->title);
	reading->title = text("the answer to FFA_VERSION");
	reading_head(reading, "answers", text("FFA_VERSION"));
	reading->answer = true;
	reading_field(reading, place, refused ? "status" : "version",
		text("0x%" PRIx32, word),
		refused ? say_status((int32_t)word) : say_version(word));
}

void read_call(const struct call *call, struct reading *reading)
{
	uint32_t func = call_func(call);
	bool success = (func & ~FFA_64) == FFA_SUCCESS;
	const struct call_form *form =
		success ? success_form(call) : call_form(func);

	reading_begin(reading, "call");
	reading->registers = true;
	if (is_version_answer(call)) {
		read_version(call, reading);
		return;
	}
	reading->answer = call_is_answer(func) || call->reply_to != 0;
	set_title(call, reading);
	show_function(call, reading);
	for (unsigned i = 0; form != NULL && i < form->row_count; i++)
		if (knows_all(call, &form->rows[i]))
			show_row(call, &form->rows[i], reading);
	if (form == NULL)
		show_payload(call, 1, call_last(func), reading);
	else if (form->payload != 0)
		show_payload(call, form->payload, call_last(func), reading);
	if (form != NULL && form->number == (FFA_CONSOLE_LOG & 0xffff) &&
		!success)
		show_characters(call, reading);
	check_call(call, form, reading);
	reading_name_findings(reading);
}

/* --- What else it speaks of -------------------------------------------- */

static enum kind kind_of(const struct call *call)
{
	switch (call_func(call) & ~FFA_64) {
	case FFA_MEM_SHARE:
		return KIND_SHARE;
	case FFA_MEM_LEND:
		return KIND_LEND;
	case FFA_MEM_DONATE:
		return KIND_DONATE;
	case FFA_MEM_RETRIEVE_REQ:
		return KIND_RETRIEVE;
	case FFA_MEM_RETRIEVE_RESP:
		return KIND_RESPONSE;
	case FFA_MEM_RELINQUISH:
		return KIND_RELINQUISH;
	case FFA_MEM_FRAG_TX:
		return KIND_RANGES;
	default:
		return KIND_UNKNOWN;
	}
}

bool call_descriptor(const struct call *call, struct want *want)
{
	enum kind kind = kind_of(call);

	if (kind == KIND_UNKNOWN)
		return false;
	want->kind = kind;
	if (kind_is_transaction(kind) && call_knows(call, 2)) {
		want->total = call_word(call, 1);
		want->fragment = call_word(call, 2);
	}
	if (kind == KIND_RANGES && call_knows(call, 3)) {
		want->fragment = call_word(call, 3);
		want->total = want->fragment;
	}
	return true;
}

uint32_t call_info_bytes(
	const struct call *call, uint8_t bytes[128], struct want *want)
{
	uint32_t size = (uint32_t)call_bits(call, 2, 63, 48);
	uint32_t used = 0;
	uint32_t room = 0;

	if ((call_func(call) & ~FFA_64) != FFA_SUCCESS ||
		call->reply_to != FFA_PARTITION_INFO_GET_REGS)
		return 0;
	for (unsigned reg = 3; reg < FFA_REG_COUNT && call_knows(call, reg);
		reg++, room += 8)
		memcpy(bytes + room, &call->regs.x[reg], 8);
	*want = (struct want){.kind = KIND_INFO, .version = FFA_VERSION_1_2};
	if (size == part_info_size(FFA_VERSION_1_3))
		want->version = FFA_VERSION_1_3;
	else if (size != part_info_size(FFA_VERSION_1_2))
		return 0;
	while (used + size <= room && memcmp(bytes + used, "\0\0\0\0", 4) != 0)
		used += size;
	return used;
}
