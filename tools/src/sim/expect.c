/* Expectations: of a call, behind `=>`; of memory, `expect …`. */
#include <stdio.h>
#include <string.h>

#include "abi/ffa_names.h"
#include "sim/sim.h"

const char *sim_perm_text(uint8_t perm)
{
	static const char *const texts[] = {
		"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx"};

	return texts[perm & 7];
}

/* --- Of a call --------------------------------------------------------- */

static const char *status_of(const struct sim *sim)
{
	return ffa_status_name(sim->reason == R_NONE
				       ? FFA_OK
				       : (int32_t)reason_status(sim->reason));
}

static bool check_register(struct sim *sim, const char *word)
{
	unsigned number;
	uint64_t value;
	const char *equals = strchr(word, '=');

	if (sscanf(word, "x%u=", &number) != 1 || number >= FFA_REG_COUNT ||
		!word_is_number(equals + 1, &value))
		return sim_bad(sim, "%s: xN=VALUE", word);
	if (sim->regs.x[number] != value)
		sim_failed(sim, "x%u is %#llx, expected %#llx", number,
			(unsigned long long)sim->regs.x[number],
			(unsigned long long)value);
	return true;
}

static bool is_reason(const char *word)
{
	for (int i = R_NONE + 1; i < R_COUNT; i++)
		if (strcmp(reason_name((enum reason)i), word) == 0)
			return true;
	return false;
}

static bool is_status(const char *word)
{
	for (int status = -15; status <= 0; status++) {
		const char *name = ffa_status_name(status);

		if (name != NULL && strcmp(name, word) == 0)
			return true;
	}
	return false;
}

static bool check_word(struct sim *sim, const char *word)
{
	const char *reason =
		sim->reason == R_NONE ? "SUCCESS" : reason_name(sim->reason);

	if (strcmp(word, "fault") == 0) {
		if (!sim->faulted)
			sim_failed(sim, "no fault");
		return true;
	}
	if (strchr(word, '=') != NULL)
		return check_register(sim, word);
	if (!is_reason(word) && !is_status(word))
		return sim_bad(sim, "%s: no status, no reason", word);
	if (strcmp(word, status_of(sim)) != 0 && strcmp(word, reason) != 0)
		sim_failed(sim, "%s (%s), expected %s", status_of(sim), reason,
			word);
	return true;
}

/* Without a word of it a line is to succeed. */
static void check_success(struct sim *sim)
{
	if (sim->faulted)
		sim_failed(sim, "%s cannot: its access there is missing",
			sim->caller->name);
	else if (sim->called && sim->reason != R_NONE)
		sim_failed(sim, "refused: %s", reason_name(sim->reason));
}

bool sim_check_outcome(struct sim *sim, struct words *words)
{
	if (!words_accept(words, "=>")) {
		if (words_peek(words) != NULL)
			return sim_bad(
				sim, "%s: what is this?", words_peek(words));
		check_success(sim);
		return true;
	}
	if (words_peek(words) == NULL)
		return sim_bad(sim, "what is to come?");
	while (words_peek(words) != NULL)
		if (!check_word(sim, words_take(words)))
			return false;
	return true;
}

/* --- Of memory --------------------------------------------------------- */

/* Of what a machine has. */
static bool read_range(struct words *words, struct range *range)
{
	return words_range(words, range) && range->base.v < HOST_MEMORY_SIZE &&
	       range->pages <= HOST_MEMORY_SIZE >> PAGE_SHIFT;
}

/* PARTY may PERMISSIONS RANGE */
static bool expect_access(
	struct sim *sim, struct party *party, struct words *words)
{
	struct range range;
	uint8_t perm;

	if (!words_accept(words, "may") || !words_perm(words, &perm) ||
		!read_range(words, &range))
		return sim_bad(sim, "expect PARTY may PERMISSIONS BASE+PAGES");
	for (uint64_t i = 0; i < range.pages; i++) {
		uint64_t at = range.base.v + (i << PAGE_SHIFT);
		uint8_t has = machine_access(&sim->machine, party, at);

		if (has == perm)
			continue;
		sim_failed(sim, "%s may %s at %#llx, expected %s", party->name,
			sim_perm_text(has), (unsigned long long)at,
			sim_perm_text(perm));
		return true;
	}
	return true;
}

/* owner PARTY RANGE */
static bool expect_owner(struct sim *sim, struct words *words)
{
	const char *name = words_take(words);
	struct party *party =
		name == NULL ? NULL : machine_party(&sim->machine, name);
	struct range range;

	if (party == NULL || !read_range(words, &range))
		return sim_bad(sim, "expect owner PARTY BASE+PAGES");
	for (uint64_t i = 0; i < range.pages; i++) {
		uint64_t at = range.base.v + (i << PAGE_SHIFT);
		const struct party *owner = machine_owner(&sim->machine, at);

		if (owner == party)
			continue;
		sim_failed(sim, "%s owns %#llx, expected %s",
			owner == NULL ? "nobody" : owner->name,
			(unsigned long long)at, party->name);
		return true;
	}
	return true;
}

/* ADDRESS contains "text", or a number. */
static bool expect_contents(struct sim *sim, uint64_t at, struct words *words)
{
	bool quoted;
	const char *word;
	uint64_t value;
	size_t size = sizeof(value);

	if (at >= HOST_MEMORY_SIZE - PAGE_SIZE ||
		!words_accept(words, "contains") || words_peek(words) == NULL)
		return sim_bad(sim, "expect ADDRESS contains \"text\" or N");
	quoted = words->quoted[words->next];
	word = words_take(words);
	if (quoted)
		size = strlen(word);
	else if (!word_is_number(word, &value))
		return sim_bad(sim, "%s: not a number", word);
	if (memcmp(host_memory(paddr(at)),
		    quoted ? (const void *)word : (const void *)&value,
		    size) != 0)
		sim_failed(sim, "%#llx has other contents",
			(unsigned long long)at);
	return true;
}

bool sim_expect(struct sim *sim, struct words *words)
{
	struct party *party;
	uint64_t at;

	if (words_accept(words, "owner"))
		return expect_owner(sim, words);
	if (words_number(words, &at))
		return expect_contents(sim, at, words);
	party = words_peek(words) == NULL
			? NULL
			: machine_party(&sim->machine, words_peek(words));
	if (party != NULL) {
		words_take(words);
		return expect_access(sim, party, words);
	}
	if (words_peek(words) == NULL)
		return sim_bad(sim, "expect what?");
	while (words_peek(words) != NULL)
		if (!check_word(sim, words_take(words)))
			return false;
	return true;
}
