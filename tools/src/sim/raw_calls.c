/*
 * What parties say in registers and bytes, as they are: `calls X0 X1 …`,
 * `tx HEX`, and messages.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "sim/sim.h"

/* A context that waits for an answer makes no calls. */
static bool can_call(struct sim *sim, const struct party *party)
{
	const struct vcpu *vcpu = &party->vcpu[sim->cpu];

	return vcpu->state != VCPU_BLOCKED ||
	       sim_bad(sim, "%s waits for an answer on CPU %u", party->name,
		       sim->cpu);
}

/* X0 X1 … X17, or xN=VALUE. */
static bool read_registers(
	struct sim *sim, struct words *words, struct ffa_regs *regs)
{
	unsigned at = 0;

	for (; words_more(words); at++) {
		const char *word = words_take(words);
		uint64_t value;

		if (word[0] == 'x' && strchr(word, '=') != NULL) {
			at = (unsigned)strtoul(word + 1, NULL, 10);
			word = strchr(word, '=') + 1;
		}
		if (at >= FFA_REG_COUNT || !word_is_number(word, &value))
			return sim_bad(sim, "%s: not a register's value", word);
		regs->x[at] = value;
	}
	return at > 0 || sim_bad(sim, "calls X0 X1 …, or calls x0=…");
}

static bool do_registers(
	struct sim *sim, struct party *party, struct words *words)
{
	struct ffa_regs regs = {.x = {0}};

	if (!can_call(sim, party) || !read_registers(sim, words, &regs))
		return false;
	sim_call(sim, party, &regs);
	return true;
}

static int digit(char character)
{
	if (!isxdigit((unsigned char)character))
		return -1;
	return isdigit((unsigned char)character)
		       ? character - '0'
		       : tolower((unsigned char)character) - 'a' + 10;
}

/* tx [at OFFSET] HEX…: into the TX buffer, as the party's stores would. */
static bool do_tx(struct sim *sim, struct party *party, struct words *words)
{
	const struct mailbox *mailbox = &party->partition->mailbox;
	uint64_t size = mailbox->pair.tx.pages << PAGE_SHIFT;
	uint64_t at = 0;
	uint8_t *tx;

	if (!mailbox->mapped)
		return sim_bad(sim, "%s has no TX buffer", party->name);
	tx = host_memory(mailbox->pair.tx.base);
	if (words_accept(words, "at") && !words_number(words, &at))
		return sim_bad(sim, "tx at OFFSET HEX…");
	while (words_more(words)) {
		const char *word = words_take(words);

		for (; word[0] != '\0'; word += 2) {
			if (digit(word[0]) < 0 || digit(word[1]) < 0)
				return sim_bad(sim, "%s: not bytes", word);
			if (at >= size)
				return sim_bad(sim, "TX has no more room");
			tx[at++] =
				(uint8_t)(digit(word[0]) << 4 | digit(word[1]));
		}
	}
	sim->called = false;
	return true;
}

/* asks PARTY [WORDS…], answers PARTY [WORDS…]: direct messages, 64 bit. */
static bool do_message(struct sim *sim, struct party *party,
	struct words *words, uint32_t func)
{
	const char *name = words_take(words);
	struct party *to =
		name == NULL ? NULL : machine_party(&sim->machine, name);
	struct ffa_regs regs = {.x = {func}};
	unsigned at = 3;

	if (to == NULL)
		return sim_bad(sim, "asks or answers PARTY [WORDS]");
	regs.x[1] = (uint64_t)party->id << 16 | to->id;
	while (at < 8 && words_number(words, &regs.x[at]))
		at++;
	if (!can_call(sim, party))
		return false;
	sim_call(sim, party, &regs);
	return true;
}

enum sim_line sim_raw_call(
	struct sim *sim, struct party *party, struct words *words)
{
	bool good;

	if (words_accept(words, "calls"))
		good = do_registers(sim, party, words);
	else if (words_accept(words, "tx"))
		good = do_tx(sim, party, words);
	else if (words_accept(words, "asks"))
		good = do_message(
			sim, party, words, FFA_MSG_SEND_DIRECT_REQ_64);
	else if (words_accept(words, "answers"))
		good = do_message(
			sim, party, words, FFA_MSG_SEND_DIRECT_RESP_64);
	else
		return SIM_OTHER;
	return good ? SIM_DONE : SIM_BAD;
}
