/* See session.h. */
#include "decode/session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "decode/input.h"
#include "decode/mtd.h"

void session_begin(struct session *session, const struct options *options,
	FILE *out, FILE *errors)
{
	memset(session, 0, sizeof(*session));
	session->options = options;
	session->output = (struct output){.file = out, .json = options->json};
	session->errors = errors;
}

void session_error(struct session *session, const char *format, ...)
{
	va_list args;
	char *what;

	va_start(args, format);
	what = text_v(format, args);
	va_end(args);
	fprintf(session->errors, "ffa-decode: %s%s%s\n",
		session->file != NULL ? session->file : "",
		session->file != NULL ? ": " : "", what);
	free(what);
	session->verdict = VERDICT_UNREADABLE;
}

static void print(struct session *session, struct reading *reading,
	const struct source *source)
{
	session->found = true;
	if (!reading_is_valid(reading) && session->verdict == VERDICT_VALID)
		session->verdict = VERDICT_WRONG;
	output_reading(&session->output, source, reading);
	reading_end(reading);
}

/* --- Descriptors ------------------------------------------------------- */

/* What the user says counts more than what a call says. */
static struct want want_of(
	struct session *session, const uint8_t *bytes, uint32_t size)
{
	struct want want = session->options->want;
	const struct want *said = &session->said;
	struct blob blob = {.bytes = bytes, .size = size};

	if (!session->said_new)
		return want;
	session->said_new = false;
	if (want.kind == KIND_UNKNOWN)
		want.kind = said->kind;
	if (want.total == 0 && want.fragment == 0) {
		want.total = said->total;
		want.fragment = said->fragment;
	}
	/* The hypervisor's request is the same call. */
	if (want.kind == KIND_RETRIEVE && size >= MTD_V10_HEADER &&
		blob_get(&blob, MTD_AT_COUNT, 4) == 0)
		want.kind = KIND_HYPERVISOR;
	return want;
}

void session_bytes(struct session *session, const uint8_t *bytes, uint32_t size,
	const struct source *source)
{
	struct reading reading;
	struct want want;

	want = want_of(session, bytes, size);
	read_bytes(bytes, size, &want, &reading);
	print(session, &reading, source);
}

/* Groups may be numbers or bytes as they lie there: what fits better. */
static enum order better_order(struct session *session, const struct dump *dump,
	struct dump_options options, enum order order)
{
	unsigned misfit[2] = {UINT32_MAX, UINT32_MAX};
	enum order orders[2];

	orders[0] = order;
	orders[1] = order == ORDER_NUMBER ? ORDER_MEMORY : ORDER_NUMBER;
	for (int i = 0; i < 2; i++) {
		uint8_t *bytes;
		uint32_t size;
		char *error;

		options.order = orders[i];
		bytes = dump_bytes(dump, options, &size, &error);
		free(error);
		if (bytes == NULL)
			return order;
		misfit[i] = bytes_misfit(bytes, size, &session->options->want);
		free(bytes);
	}
	return misfit[1] < misfit[0] ? orders[1] : orders[0];
}

/* The part of it that is asked for. */
static void dump_part(struct session *session, const uint8_t *bytes,
	uint32_t size, const struct source *source)
{
	const struct options *options = session->options;

	if (options->skip >= size) {
		session_error(session, "only %" PRIu32 " bytes", size);
		return;
	}
	bytes += options->skip;
	size -= (uint32_t)options->skip;
	if (options->length != 0 && size > options->length)
		size = options->length;
	session_bytes(session, bytes, size, source);
}

void session_dump(struct session *session, const struct dump *dump,
	const struct source *source)
{
	struct dump_options options = session->options->dump;
	enum order order;
	uint8_t *bytes;
	uint32_t size;
	char *error;

	if (!dump_order(dump, options, &order))
		order = better_order(session, dump, options, order);
	options.order = order;
	bytes = dump_bytes(dump, options, &size, &error);
	if (bytes == NULL)
		session_error(session, "%s", error);
	else
		dump_part(session, bytes, size, source);
	free(error);
	free(bytes);
}

/* --- Calls ------------------------------------------------------------- */

/* FFA_MEM_FRAG_RX answers a send; else it is a call. */
static bool takes_fragment(const struct session *session)
{
	uint32_t func;

	if (session->pending_count == 0)
		return false;
	func = session->pending[session->pending_count - 1].func & ~FFA_64;
	return func == FFA_MEM_SHARE || func == FFA_MEM_LEND ||
	       func == FFA_MEM_DONATE || func == FFA_MEM_FRAG_TX;
}

static void remember_call(struct session *session, const struct call *call)
{
	if (!call_has_answer(call_func(call)))
		return;
	if (session->pending_count == SESSION_PENDING)
		memmove(&session->pending[0], &session->pending[1],
			(SESSION_PENDING - 1) * sizeof(session->pending[0]));
	else
		session->pending_count++;
	session->pending[session->pending_count - 1] = (struct pending){
		.func = call_func(call),
		.asked = call_word(call, 1),
	};
}

/* Whom the registers answer: what the user says, else the last open call. */
static void find_question(struct session *session, struct call *call)
{
	uint32_t func = call_func(call) & ~FFA_64;
	bool answers = call_is_answer(func);

	call->reply_to = session->options->reply_to;
	if (call->reply_to != 0)
		return;
	if (func == FFA_MEM_FRAG_RX && takes_fragment(session)) {
		session->pending_count--;
		return;
	}
	if (!answers) {
		remember_call(session, call);
		return;
	}
	if (session->pending_count == 0)
		return;
	session->pending_count--;
	call->reply_to = session->pending[session->pending_count].func;
	call->asked = session->pending[session->pending_count].asked;
}

static void read_info(struct session *session, const struct call *call,
	const struct source *source)
{
	uint8_t bytes[128];
	struct reading reading;
	struct want want;
	uint32_t size = call_info_bytes(call, bytes, &want);

	if (size == 0)
		return;
	read_bytes(bytes, size, &want, &reading);
	print(session, &reading, source);
}

void session_call(struct session *session, const struct call *given,
	const struct source *source)
{
	struct call call = *given;
	struct reading reading;
	struct want said = {.kind = KIND_UNKNOWN};

	find_question(session, &call);
	read_call(&call, &reading);
	print(session, &reading, source);
	read_info(session, &call, source);
	if (call_descriptor(&call, &said)) {
		session->said = said;
		session->said_new = true;
	}
}

void session_registers(struct session *session, const char *words)
{
	static const struct source source = {.file = NULL};
	struct call call;

	if (!regs_only(words, &call)) {
		session_error(session, "not 1 to 18 registers: %s", words);
		return;
	}
	session_call(session, &call, &source);
}

/* --- Files ------------------------------------------------------------- */

/* A memory dump may be long: no more of it is kept than is asked for. */
static void read_binary(struct session *session, struct lines *lines)
{
	const struct options *options = session->options;
	struct source source = {.file = session->file};
	uint32_t room = options->length != 0 ? options->length : BYTES_MAX;
	uint8_t *bytes = grown(NULL, BYTES_MAX, 1);
	uint64_t skip = options->skip;
	uint32_t size = 0;
	int next = lines_byte(lines);

	for (; next != EOF && skip > 0; skip--)
		next = lines_byte(lines);
	while (next != EOF && size < room) {
		bytes[size++] = (uint8_t)next;
		next = lines_byte(lines);
	}
	if (next != EOF && options->length == 0)
		session_error(session,
			"more than %u bytes; --skip and --length take a part",
			BYTES_MAX);
	else if (size > 0)
		session_bytes(session, bytes, size, &source);
	free(bytes);
}

static void read_hex(struct session *session, struct lines *lines)
{
	struct source source = {.file = session->file};
	struct dump dump;

	dump_begin(&dump);
	while (session->verdict != VERDICT_UNREADABLE && lines_next(lines)) {
		if (dump_line(&dump, lines->line, lines->number) == DUMP_NO)
			session_error(session, "line %lu is none of a dump",
				lines->number);
		if (lines->cut)
			session_error(
				session, "line %lu is too long", lines->number);
	}
	if (dump.word_count > 0 && session->verdict != VERDICT_UNREADABLE)
		session_dump(session, &dump, &source);
	dump_end(&dump);
}

/* Words from x0 on look like a dump, but begin with the id of a function. */
static bool is_registers(const struct dump *dump)
{
	return dump->word_count > 0 && dump->word_count <= FFA_REG_COUNT &&
	       dump->words[0].digits >= 8 && call_is_ffa(dump->words[0].value);
}

/* The last line that is ahead may go on behind it: up to its last group. */
static void cut_group(struct lines *lines)
{
	size_t length = lines->length;

	while (length > 0 && strchr(" \t,", lines->line[length - 1]) == NULL)
		length--;
	if (length == 0)
		length = lines->length & ~(size_t)1;
	lines->line[length] = '\0';
}

/* Every line that is ahead is one of a dump. */
static bool is_hex(const struct lines *lines)
{
	struct lines copy = *lines;
	struct dump dump;
	enum dump_answer answer = DUMP_EMPTY;
	bool found = false;

	copy.line = NULL;
	copy.room = 0;
	copy.ahead_only = true;
	dump_begin(&dump);
	while (answer != DUMP_NO && lines_next(&copy)) {
		bool last = copy.ahead_at == INPUT_AHEAD;

		if (last && found)
			break;
		if (last)
			cut_group(&copy);
		answer = dump_line(&dump, copy.line, copy.number);
		found |= answer == DUMP_YES;
	}
	found &= answer != DUMP_NO && !is_registers(&dump);
	dump_end(&dump);
	free(copy.line);
	return found;
}

void session_read(struct session *session, FILE *file, const char *name)
{
	struct lines lines;
	enum form form = session->options->form;

	session->file = name;
	lines_begin(&lines, file);
	if (form == FORM_AUTO && lines_are_binary(&lines))
		form = FORM_BINARY;
	if (form == FORM_AUTO)
		form = is_hex(&lines) ? FORM_HEX : FORM_LOG;
	if (form == FORM_BINARY)
		read_binary(session, &lines);
	else if (form == FORM_HEX)
		read_hex(session, &lines);
	else
		session_log(session, &lines);
	if (lines.failed)
		session_error(session, "cannot be read");
	lines_end(&lines);
	session->file = NULL;
}

enum verdict session_end(struct session *session)
{
	if (!session->found && session->verdict != VERDICT_UNREADABLE)
		session_error(session, "nothing that could be decoded");
	return session->verdict;
}
