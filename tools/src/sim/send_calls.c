/*
 * What senders do: descriptors in readable form, in as many fragments as TX,
 * or the line, makes of them.
 */
#include <string.h>

#include "abi/ffa_func.h"
#include "sim/sim.h"

uint32_t sim_tx_size(const struct party *party)
{
	const struct mailbox *mailbox = &party->partition->mailbox;

	return mailbox->mapped ? (uint32_t)(mailbox->pair.tx.pages * PAGE_SIZE)
			       : PAGE_SIZE;
}

void *sim_tx(const struct party *party)
{
	const struct mailbox *mailbox = &party->partition->mailbox;

	return host_memory(
		paddr(mailbox->mapped ? mailbox->pair.tx.base.v : party->tx));
}

/* What a sender may say of a receiver's access, or a retriever of its own. */
uint8_t sim_permissions(uint8_t perm)
{
	uint8_t data = perm & ACCESS_W   ? DESC_RW
		       : perm & ACCESS_R ? DESC_RO
					 : 0;

	return perm & ACCESS_X ? data | DESC_X : data;
}

static bool read_name(struct sim *sim, struct words *words, char *name)
{
	const char *word = words_take(words);

	if (word == NULL || strlen(word) >= SIM_NAME_SIZE)
		return sim_bad(sim, "as NAME: a short word");
	memcpy(name, word, strlen(word) + 1);
	return true;
}

/* --- Sends ------------------------------------------------------------- */

static bool add_ranges(struct sim *sim, struct words *words, struct sent *sent)
{
	struct range range;

	while (words_range(words, &range)) {
		if (range.pages > UINT32_MAX)
			return sim_bad(sim, "a range has 32 bits of pages");
		if (sent->desc.range_count == SIM_RANGES_MAX)
			return sim_bad(sim, "more ranges than a line may have");
		sent->range[sent->desc.range_count++] = (struct desc_range){
			range.base.v, (uint32_t)range.pages, 0};
	}
	return sent->desc.range_count > 0 ||
	       sim_bad(sim, "which memory? BASE+PAGES");
}

/* PARTY [PERMISSIONS]; without them those of the line. */
static bool add_receiver(
	struct sim *sim, struct words *words, struct sent *sent, uint8_t perm)
{
	const char *name = words_take(words);
	struct party *party =
		name == NULL ? NULL : machine_party(&sim->machine, name);
	uint64_t id;

	if (party == NULL && !word_is_number(name, &id))
		return sim_bad(sim, "to whom?");
	if (sent->desc.receiver_count == DESC_RECEIVERS_MAX)
		return sim_bad(sim, "more receivers than a line may have");
	if (party != NULL)
		id = party->id;
	(void)words_perm(words, &perm);
	desc_add_receiver(&sent->desc, (uint16_t)id, sim_permissions(perm));
	return true;
}

static bool read_number(
	struct sim *sim, struct words *words, const char *what, uint64_t *value)
{
	return words_number(words, value) || sim_bad(sim, "%s: a number", what);
}

/* zero, tag N, flags N, attributes N, as NAME, fragments N. */
static bool read_send_options(struct sim *sim, struct words *words,
	struct sent *sent, uint64_t *fragment)
{
	uint64_t value;

	while (words_more(words)) {
		const char *option = words_take(words);

		if (strcmp(option, "zero") == 0) {
			sent->desc.flags |= 1;
		} else if (strcmp(option, "as") == 0) {
			if (!read_name(sim, words, sent->name))
				return false;
		} else if (!read_number(sim, words, option, &value)) {
			return false;
		} else if (strcmp(option, "tag") == 0) {
			sent->desc.tag = value;
		} else if (strcmp(option, "flags") == 0) {
			sent->desc.flags |= (uint32_t)value;
		} else if (strcmp(option, "attributes") == 0) {
			sent->desc.attributes = (uint16_t)value;
		} else if (strcmp(option, "fragments") == 0) {
			*fragment = value;
		} else {
			return sim_bad(sim,
				"%s: not zero, tag N, flags N, attributes N, "
				"as NAME or fragments BYTES",
				option);
		}
	}
	return true;
}

static const char *const func_words[] = {
	[MEM_SHARE] = "shares",
	[MEM_LEND] = "lends",
	[MEM_DONATE] = "donates",
};

static const uint32_t func_ids[] = {
	[MEM_SHARE] = FFA_MEM_SHARE_64,
	[MEM_LEND] = FFA_MEM_LEND_64,
	[MEM_DONATE] = FFA_MEM_DONATE_64,
};

/* RANGE… [PERMISSIONS] to PARTY [PERMISSIONS]… OPTIONS */
static bool read_send(struct sim *sim, struct words *words, struct sent *sent,
	uint64_t *fragment)
{
	uint8_t perm = sent->func == MEM_DONATE ? 0 : ACCESS_R | ACCESS_W;

	if (!add_ranges(sim, words, sent))
		return false;
	(void)words_perm(words, &perm);
	if (!words_accept(words, "to"))
		return sim_bad(sim, "%s RANGES [PERMISSIONS] to PARTY …",
			func_words[sent->func]);
	do {
		if (!add_receiver(sim, words, sent, perm))
			return false;
		(void)words_accept(words, "and");
	} while (words_peek(words) != NULL &&
		 machine_party(&sim->machine, words_peek(words)) != NULL);
	if (sent->func == MEM_SHARE || sent->desc.receiver_count > 1)
		sent->desc.attributes = ATTR_NORMAL_WB;
	return read_send_options(sim, words, sent, fragment);
}

static uint32_t fragment_size(
	const struct party *party, uint64_t wanted, uint32_t left)
{
	uint32_t size = sim_tx_size(party);

	if (wanted != 0 && wanted < size)
		size = (uint32_t)wanted;
	return left < size ? left : size;
}

/* What it takes to send the descriptor: one call, or several. */
static void send_all(struct sim *sim, struct party *party, struct sent *sent,
	uint64_t fragment)
{
	uint32_t length = sent->desc.length;
	uint32_t done = fragment_size(party, fragment, length);
	struct ffa_regs regs = {.x = {func_ids[sent->func], length, done}};
	void *tx = sim_tx(party);

	desc_write_part(&sent->desc, 0, tx, done);
	sim_call(sim, party, &regs);
	while (regs.x[0] == FFA_MEM_FRAG_RX && done < length) {
		uint32_t here = fragment_size(party, fragment, length - done);
		uint64_t word = party->kind == ENDPOINT_NWD
					? (uint64_t)sent->desc.sender << 16
					: 0;

		desc_write_part(&sent->desc, done, tx, here);
		regs = (struct ffa_regs){.x = {FFA_MEM_FRAG_TX, regs.x[1],
						 regs.x[2], here, word}};
		sim_call(sim, party, &regs);
		done += here;
	}
	if (regs.x[0] == FFA_SUCCESS) {
		sent->handle = regs.x[2] | regs.x[3] << 32;
		sim->sent_count++;
	}
}

const char *sim_send_word(enum mem_func func)
{
	return func_words[func];
}

bool sim_send(struct sim *sim, struct party *party, struct words *words,
	enum mem_func func)
{
	struct sent *sent = &sim->sent[sim->sent_count];
	uint64_t fragment = 0;

	if (sim->sent_count == SIM_SENDS_MAX)
		return sim_bad(sim, "more sends than a scenario may have");
	memset(sent, 0, sizeof(*sent));
	sent->sender = party;
	sent->func = func;
	desc_init(&sent->desc, party->partition->version);
	sent->desc.sender = party->id;
	sent->desc.range = sent->range;
	if (!read_send(sim, words, sent, &fragment))
		return false;
	desc_settle(&sent->desc);
	send_all(sim, party, sent, fragment);
	return true;
}
