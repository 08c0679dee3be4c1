/*
 * ffa-decode with input of every form, damaged and made up: it says something,
 * with a verdict, in bounded time and memory, and never dies of it. The
 * sanitizers look on.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/ffa_func.h"
#include "decode/input.h"
#include "decode/session.h"
#include "lib/suite.h"
#include "unit/decode/reads.h"

#define TEXT_MAX (64u << 10)
/* The whole suite takes some seconds; a run that hangs ends it. */
#define SECONDS_MAX 90

static uint64_t random_state = 7;
static char buffer[TEXT_MAX];
static size_t used;

static uint32_t any(uint32_t limit)
{
	random_state =
		random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(random_state >> 33) % limit;
}

static void add(const void *bytes, size_t size)
{
	if (size > TEXT_MAX - used)
		size = TEXT_MAX - used;
	memcpy(buffer + used, bytes, size);
	used += size;
}

static void add_text(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void add_text(const char *format, ...)
{
	va_list args;
	char *line;

	va_start(args, format);
	line = text_v(format, args);
	va_end(args);
	add(line, strlen(line));
	free(line);
}

/* --- Running it -------------------------------------------------------- */

static enum verdict run_with(const struct options *options, FILE *in)
{
	FILE *out = fopen("/dev/null", "w");
	struct session session;
	enum verdict verdict;

	session_begin(&session, options, out, out);
	session_read(&session, in, "input");
	verdict = session_end(&session);
	fclose(out);
	return verdict;
}

static enum verdict run(const struct options *options)
{
	char *copy = malloc(used + 1);
	FILE *in;
	enum verdict verdict;

	memcpy(copy, buffer, used);
	in = used > 0 ? fmemopen(copy, used, "rb") : fopen("/dev/null", "rb");
	verdict = run_with(options, in);
	fclose(in);
	free(copy);
	assert_in_range(verdict, VERDICT_VALID, VERDICT_UNREADABLE);
	return verdict;
}

static struct options any_options(void)
{
	static const uint32_t versions[] = {0, FFA_VERSION_1_0, FFA_VERSION_1_1,
		FFA_VERSION_1_2, FFA_VERSION_1_3};
	struct options options = {.json = any(2) == 0};

	if (any(4) == 0)
		options.form = (enum form)any(4);
	if (any(4) == 0)
		options.want.kind = (enum kind)any(KIND_COUNT);
	if (any(4) == 0)
		options.want.version = versions[any(5)];
	if (any(8) == 0)
		options.want.total = any(300);
	if (any(8) == 0)
		options.dump.order = (enum order)any(3);
	if (any(8) == 0)
		options.dump.width = 1u << any(4);
	if (any(8) == 0)
		options.skip = any(100);
	if (any(8) == 0)
		options.length = any(100);
	return options;
}

/* --- Input of all forms ------------------------------------------------ */

static struct sample sample;

static void any_sample(void)
{
	static const uint32_t versions[] = {
		FFA_VERSION_1_0, FFA_VERSION_1_1, FFA_VERSION_1_2};
	enum kind kind = (enum kind)(KIND_SHARE + any(6));
	bool has_ranges = kind_is_send(kind) || kind == KIND_RESPONSE;

	sample_make(&sample, kind, versions[any(3)],
		kind == KIND_HYPERVISOR ? 0 : 1 + any(3),
		has_ranges ? 1 + any(5) : 0);
}

/* As hexdump -C, xxd, od, or a logger prints it. */
static void add_line(const char *prefix, uint32_t at, uint32_t group)
{
	add_text("%s%08x%s ", prefix, at, any(2) ? ":" : "");
	for (uint32_t i = 0; i < 16 && at + i < sample.size; i += group) {
		add_text("%s", group > 1 && any(2) ? " 0x" : " ");
		for (uint32_t j = 0; j < group; j++)
			add_text("%02x", sample.bytes[at + i + j]);
	}
	add_text("%s\n", any(3) ? "" : "  |................|");
}

static void add_dump(const char *prefix)
{
	uint32_t group = 1u << any(4);

	any_sample();
	for (uint32_t at = 0; at < sample.size; at += 16)
		add_line(prefix, at, group);
	if (any(3) == 0)
		add_text("*\n%08x\n", any(3) ? sample.size : any(1u << 30));
}

static void add_digits(void)
{
	any_sample();
	for (uint32_t i = 0; i < sample.size; i++)
		add_text("%s%02x%s", any(9) ? "" : "0x", sample.bytes[i],
			any(3)   ? ""
			: any(4) ? ", "
				 : "\n");
}

static void add_call(void)
{
	uint32_t func = (any(2) ? 0x84000000u : 0xc4000000u) | (0x60 + any(64));

	switch (any(4)) {
	case 0:
		add_text("VERBOSE: SPM(%u): 0x%x 0x%x 0x%x 0x0 0x%x\n", any(4),
			func, any(300), any(300), any(1u << 30));
		return;
	case 1:
		add_text("x0=0x%x x1=0x%x x2=%x w3: 0x%x\n", func, any(300),
			any(300), any(1u << 30));
		return;
	case 2:
		add_text("host_smc: id=%u forwarded=1 -> 0x84000061 0x%x\n",
			func, any(300));
		return;
	default:
		add_text("[    0.30%04u] sp%u     MEM_LEND_64  %u pages  "
			 "DENIED  NOT_OWNER: a page\n",
			any(9999), any(3), any(20));
	}
}

static void any_input(void)
{
	used = 0;
	switch (any(4)) {
	case 0:
		any_sample();
		add(sample.bytes, sample.size);
		if (any(4) == 0)
			used = 4096;
		return;
	case 1:
		add_dump("");
		return;
	case 2:
		add_digits();
		return;
	default:
		for (uint32_t i = 0; i < 6; i++) {
			if (any(3) == 0)
				add_dump("[   12.345] ffa: ");
			else
				add_call();
		}
	}
}

/* --- Damage ------------------------------------------------------------ */

static void remove_part(uint32_t at, uint32_t size)
{
	if (size > used - at)
		size = (uint32_t)used - at;
	memmove(buffer + at, buffer + at + size, used - at - size);
	used -= size;
}

static void repeat_part(uint32_t at, uint32_t size)
{
	char part[64];

	if (size > sizeof(part))
		size = sizeof(part);
	if (size > used - at)
		size = (uint32_t)used - at;
	memcpy(part, buffer + at, size);
	for (uint32_t i = any(40); i > 0; i--)
		add(part, size);
}

static void damage(void)
{
	static const char *const pieces[] = {"\n*\n", "0x", ": ",
		" x0=", "84000073", "\x00\x00\x00\x00", "ffffffffffffffff", "<",
		">|", "x17=0xffffffffffffffff", "\xff\xfe", "  ", "\t", "{",
		"="};
	const char *piece = pieces[any(ARRAY_COUNT(pieces))];
	uint32_t at;

	if (used == 0)
		return;
	at = any((uint32_t)used);
	switch (any(6)) {
	case 0:
		buffer[at] = (char)any(256);
		return;
	case 1:
		buffer[at] ^= (char)(1 << any(8));
		return;
	case 2:
		remove_part(at, any(40));
		return;
	case 3:
		repeat_part(at, any(64));
		return;
	case 4:
		used = at;
		return;
	default:
		for (; *piece != '\0' && at < used; at++)
			buffer[at] = *piece++;
	}
}

/* --- Tests ------------------------------------------------------------- */

static void damaged_input_of_every_form_is_survived(void **state)
{
	(void)state;
	for (int i = 0; i < 2500; i++) {
		struct options options = any_options();

		any_input();
		for (uint32_t n = any(6); n > 0; n--)
			damage();
		run(&options);
	}
}

static void random_bytes_are_survived(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct options options = any_options();
		uint32_t small = any(3);

		used = any(600);
		for (size_t j = 0; j < used; j++)
			buffer[j] = (char)(small ? any(4) : any(256));
		run(&options);
	}
}

static void random_characters_are_survived(void **state)
{
	static const char alphabet[] =
		"0123456789abcdefx0123456789abcdefx :\n\n\t,=<>|*[]w.-84000061";

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct options options = any_options();

		used = any(600);
		for (size_t j = 0; j < used; j++)
			buffer[j] = alphabet[any(sizeof(alphabet) - 1)];
		run(&options);
	}
}

static void random_register_words_are_survived(void **state)
{
	FILE *out = fopen("/dev/null", "w");

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct options options = any_options();
		struct session session;

		used = 0;
		add_text("%x", 0x84000060u + any(0x40000040));
		for (uint32_t n = any(20); n > 0; n--)
			add_text(" %s%x", any(4) ? "" : "x3=0x", any(9));
		buffer[used] = '\0';
		session_begin(&session, &options, out, out);
		session_registers(&session, buffer);
		session_end(&session);
	}
	fclose(out);
}

/* What never ends, or is far too long. */
static enum verdict run_file(
	const char *content, size_t times, const struct options *options)
{
	FILE *in = tmpfile();
	enum verdict verdict;

	for (size_t i = 0; i < times; i++)
		fputs(content, in);
	rewind(in);
	verdict = run_with(options, in);
	fclose(in);
	return verdict;
}

static void what_is_too_long_is_refused_or_passed_over(void **state)
{
	struct options none = {.json = false};
	struct options as_log = {.form = FORM_LOG};
	FILE *zeros = fopen("/dev/zero", "rb");

	(void)state;
	assert_int_equal(run_with(&none, zeros), VERDICT_UNREADABLE);
	used = 0;
	assert_int_equal(run(&as_log), VERDICT_UNREADABLE);
	fclose(zeros);
	/* A line without an end, and with more words than a dump may have. */
	assert_int_equal(
		run_file("ab ", INPUT_LINE_MAX / 2, &none), VERDICT_UNREADABLE);
	assert_int_equal(
		run_file("x1=0x1 ", 1u << 20, &none), VERDICT_UNREADABLE);
	assert_int_equal(
		run_file("0000: 00 00\n*\nfffffffffffffff0: 00\n", 1, &none),
		VERDICT_UNREADABLE);
	assert_int_equal(run_file("0000: 00 00\n*\n180000: 00\n", 1, &none),
		VERDICT_UNREADABLE);
	/* A long log of lines that say nothing, and one of lines that do. */
	assert_int_equal(run_file("[ 1.0] nothing to see here: 0x1 0x2\n",
				 100000, &none),
		VERDICT_UNREADABLE);
	assert_int_equal(
		run_file("SPM(0): 0x84000069 0x0 0x0 0x0 0x0 0x0 0x0 0x0\n",
			3000, &none),
		VERDICT_VALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_input_of_every_form_is_survived),
		cmocka_unit_test(random_bytes_are_survived),
		cmocka_unit_test(random_characters_are_survived),
		cmocka_unit_test(random_register_words_are_survived),
		cmocka_unit_test(what_is_too_long_is_refused_or_passed_over),
	};

	alarm(SECONDS_MAX);
	return SUITE_RUN("decode-fuzz", tests);
}
