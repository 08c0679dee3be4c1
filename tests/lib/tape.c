/* See tape.h. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/suite.h"
#include "lib/tape.h"

#define TRIES_MAX 1500u

static const struct tape_test *playing;
static struct tape *playing_tape;
static bool told;
static uint64_t random_seed; /* 0: the tape is a file's */

/* --- Drawing ----------------------------------------------------------- */

static uint64_t scramble(uint64_t value)
{
	value ^= value << 13;
	value ^= value >> 7;
	return value ^ value << 17;
}

bool tape_step(struct tape *tape)
{
	if (tape->next == tape->records)
		return false;
	tape->record = tape->bytes + TAPE_RECORD * tape->next++;
	tape->used = 0;
	tape->rest = 88172645463325252ull;
	for (uint32_t i = 0; i < TAPE_RECORD; i++)
		tape->rest = scramble(tape->rest + tape->record[i]);
	return true;
}

static uint8_t next_byte(struct tape *tape)
{
	if (tape->used < TAPE_RECORD)
		return tape->record[tape->used++];
	tape->rest = scramble(tape->rest);
	return (uint8_t)(tape->rest >> 20);
}

uint32_t tape_draw(struct tape *tape, uint32_t limit)
{
	uint64_t value = 0;

	if (!tape->record)
		return 0;
	/* As many bytes as the limit has. */
	for (uint32_t room = limit; room > 0; room >>= 8)
		value = value << 8 | next_byte(tape);
	return (uint32_t)(value % limit);
}

/* --- Playing ----------------------------------------------------------- */

bool tape_is_told(void)
{
	return told;
}

static void play_it(void **state)
{
	(void)state;
	playing_tape->next = 0;
	playing_tape->record = NULL;
	playing->play(playing_tape);
}

/* In the new process. Its reasons count, its results do not. */
static void play_alone(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(play_it)};
	int failed;

	if (!told && (!freopen("/dev/null", "w", stdout) ||
			     !freopen("/dev/null", "w", stderr)))
		_exit(2);
	/* Who has not ended by then hangs, which is a failure, too. */
	alarm(20 + playing_tape->records / 10);
	failed = cmocka_run_group_tests_name("tape", tests, NULL, NULL);
	suite_end(failed);
	fflush(NULL);
	_exit(failed != 0);
}

static bool plays(const struct tape_test *test, struct tape *tape)
{
	int status;
	pid_t child;

	playing = test;
	playing_tape = tape;
	fflush(NULL);
	child = fork();
	if (child == 0)
		play_alone();
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* --- Cutting down ------------------------------------------------------ */

/* Takes out records [from, from + count) if the tape still fails then. */
static void cut(const struct tape_test *test, struct tape *tape, uint32_t from,
	uint32_t count)
{
	uint32_t after = tape->records - from - count;
	uint8_t *bytes = malloc(TAPE_RECORD * tape->records);
	struct tape shorter = {
		.bytes = bytes, .records = tape->records - count};

	assert_non_null(bytes);
	memcpy(bytes, tape->bytes, TAPE_RECORD * from);
	memcpy(bytes + TAPE_RECORD * from,
		tape->bytes + TAPE_RECORD * (from + count),
		TAPE_RECORD * after);
	if (plays(test, &shorter)) {
		free(bytes);
		return;
	}
	free(tape->bytes);
	*tape = shorter;
}

/* Halves, quarters, …, single records; from the end, where it failed. */
static void shrink(const struct tape_test *test, struct tape *tape)
{
	uint32_t tries = 0;

	for (uint32_t count = tape->records / 2; count > 0; count /= 2)
		for (uint32_t end = tape->records; end >= count; end -= count)
			if (tries++ < TRIES_MAX)
				cut(test, tape, end - count, count);
}

static void print_tape(const struct tape *tape)
{
	for (uint32_t i = 0; i < TAPE_RECORD * tape->records; i++)
		print_error("%02x%s", tape->bytes[i],
			i % TAPE_RECORD == TAPE_RECORD - 1 ? "\n" : "");
}

static bool tell(const struct tape_test *test, struct tape *tape)
{
	bool good;

	told = true;
	good = plays(test, tape);
	told = false;
	return good;
}

static void expect_plays(const struct tape_test *test, struct tape *tape)
{
	uint32_t records = tape->records;

	if (plays(test, tape))
		return;
	if (random_seed)
		print_error("%s: ESCROW_SEED=%llu fails\n", test->name,
			(unsigned long long)random_seed);
	shrink(test, tape);
	print_error("%s: %u of %u steps matter; as a file of tests/corpus:\n",
		test->name, tape->records, records);
	print_tape(tape);
	tell(test, tape);
	free(tape->bytes);
	fail_msg("%s: a tape fails", test->name);
}

/* --- Tapes ------------------------------------------------------------- */

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void play_random(
	const struct tape_test *test, uint64_t seed, uint32_t records)
{
	struct tape tape = {malloc(TAPE_RECORD * records), .records = records};
	uint64_t random = 88172645463325252ull ^ seed * 0x9e3779b97f4a7c15ull;

	random_seed = seed;
	assert_non_null(tape.bytes);
	for (uint32_t i = 0; i < TAPE_RECORD * records; i++) {
		random = scramble(random);
		tape.bytes[i] = (uint8_t)(random >> 20);
	}
	expect_plays(test, &tape);
	random_seed = 0;
	free(tape.bytes);
}

static int digit_of(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Lines of hex digits; others, from their first character on, say why. */
static void add_line(struct tape *tape, const char *line)
{
	if (digit_of(line[0]) < 0)
		return;
	tape->bytes = realloc(tape->bytes, TAPE_RECORD * (tape->records + 1));
	assert_non_null(tape->bytes);
	for (uint32_t i = 0; i < TAPE_RECORD; i++) {
		int high = digit_of(line[2 * i]);
		int low = high < 0 ? -1 : digit_of(line[2 * i + 1]);

		assert_true(low >= 0);
		tape->bytes[TAPE_RECORD * tape->records + i] =
			(uint8_t)(high << 4 | low);
	}
	tape->records++;
}

static struct tape read_tape(const char *path)
{
	struct tape tape = {0};
	FILE *file = fopen(path, "r");
	char line[256];

	if (!file)
		fail_msg("cannot read %s", path);
	while (fgets(line, sizeof(line), file))
		add_line(&tape, line);
	fclose(file);
	assert_true(tape.records > 0);
	return tape;
}

void tape_run(const struct tape_test *test)
{
	uint32_t steps = (uint32_t)number("ESCROW_STEPS", test->steps);
	uint64_t seed = number("ESCROW_SEED", 0);
	const char *path = getenv("ESCROW_TAPE");

	if (path) {
		struct tape tape = read_tape(path);

		assert_true(tell(test, &tape));
		free(tape.bytes);
		return;
	}
	if (seed) {
		play_random(test, seed, steps);
		return;
	}
	for (seed = 1; seed <= test->runs; seed++)
		play_random(test, seed, steps);
}

uint32_t tape_run_for(
	const struct tape_test *test, uint64_t first, uint32_t seconds)
{
	time_t end = time(NULL) + seconds;
	uint32_t count = 0;

	while (count == 0 || time(NULL) < end)
		play_random(test, first + count++, test->steps);
	return count;
}

void tape_replay(const struct tape_test *test)
{
	DIR *folder = opendir(TAPE_CORPUS);
	const struct dirent *entry;
	unsigned played = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		char path[1024];
		struct tape tape;

		if (strncmp(entry->d_name, test->name, strlen(test->name)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", TAPE_CORPUS,
			entry->d_name);
		tape = read_tape(path);
		expect_plays(test, &tape);
		free(tape.bytes);
		played++;
	}
	closedir(folder);
	assert_true(played > 0);
}
