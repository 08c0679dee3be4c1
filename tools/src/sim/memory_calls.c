/*
 * What parties do with memory, in readable form: descriptors are built and
 * sent in as many fragments as the sender's TX needs, responses are read to
 * their end, RX is released.
 */
#include <stdio.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "sim/sim.h"

/* The send that the line names, or the last one. */
static struct sent *find_sent(struct sim *sim, struct words *words)
{
	const char *word = words_peek(words);

	for (uint32_t i = sim->sent_count; word != NULL && i > 0; i--)
		if (strcmp(sim->sent[i - 1].name, word) == 0) {
			words_take(words);
			return &sim->sent[i - 1];
		}
	if (sim->sent_count == 0) {
		sim_bad(sim, "nothing has been sent yet");
		return NULL;
	}
	return &sim->sent[sim->sent_count - 1];
}

/* --- Retrievals -------------------------------------------------------- */

struct wish {
	bool stated;
	uint8_t permissions;
	uint32_t flags;
	uint16_t attributes;
	bool alone; /* names itself, and nobody else */
	bool keep;  /* does not release RX */
};

static bool read_wish(struct sim *sim, struct words *words, struct wish *wish)
{
	uint64_t value;
	uint8_t perm;

	while (words_more(words)) {
		if (words_perm(words, &perm)) {
			wish->permissions |= sim_permissions(perm);
			wish->stated = true;
		} else if (words_accept(words, "nx")) {
			wish->permissions |= DESC_XN;
		} else if (words_accept(words, "zero")) {
			wish->flags |= 1;
		} else if (words_accept(words, "alone")) {
			wish->alone = true;
		} else if (words_accept(words, "keeping-rx")) {
			wish->keep = true;
		} else if (words_accept(words, "attributes") &&
			   words_number(words, &value)) {
			wish->attributes = (uint16_t)value;
		} else if (words_accept(words, "flags") &&
			   words_number(words, &value)) {
			wish->flags |= (uint32_t)value;
		} else {
			return sim_bad(sim, "retrieves [NAME] [PERMISSIONS] "
					    "[nx] [zero] [alone] [keeping-rx] "
					    "[attributes N] [flags N]");
		}
	}
	return true;
}

/* What it asks when the line does not say it: what it was given. */
static uint8_t own_permissions(
	const struct sent *sent, const struct party *party)
{
	if (sent->func == MEM_DONATE)
		return DESC_RW;
	for (uint32_t i = 0; i < sent->desc.receiver_count; i++)
		if (sent->desc.receiver[i].id == party->id)
			return sent->desc.receiver[i].permissions & 3;
	return DESC_RO;
}

static void describe_request(const struct sent *sent, const struct party *party,
	const struct wish *wish, struct desc *desc)
{
	bool named = false;

	desc_init(desc, party->partition->version);
	desc->sender = sent->desc.sender;
	desc->attributes = wish->attributes;
	desc->flags = wish->flags | (uint32_t)sent->func << 3;
	desc->handle = sent->handle;
	desc->tag = sent->desc.tag;
	if (wish->alone)
		desc->flags |= DESC_BYPASS;
	for (uint32_t i = 0; i < sent->desc.receiver_count; i++) {
		uint16_t id = sent->desc.receiver[i].id;

		if (wish->alone && id != party->id)
			continue;
		named = named || id == party->id;
		desc_add_receiver(
			desc, id, id == party->id ? wish->permissions : 0);
	}
	/* Nobody asked it: the manager says so. */
	if (!named && desc->receiver_count < DESC_RECEIVERS_MAX)
		desc_add_receiver(desc, party->id, wish->permissions);
	desc_settle(desc);
}

static void release_rx(struct sim *sim, struct party *party)
{
	struct ffa_regs regs = {.x = {FFA_RX_RELEASE}};

	sim_call(sim, party, &regs);
}

/* The rest of a response, and RX free behind every part of it. */
static void read_response(struct sim *sim, struct party *party,
	const struct sent *sent, struct ffa_regs regs)
{
	uint64_t total = regs.x[1];
	uint64_t done = regs.x[2];
	struct ffa_regs first = regs;

	release_rx(sim, party);
	while (done < total && sim->reason == R_NONE) {
		uint64_t word = party->kind == ENDPOINT_NWD
					? (uint64_t)party->id << 16
					: 0;

		regs = (struct ffa_regs){
			.x = {FFA_MEM_FRAG_RX, (uint32_t)sent->handle,
				sent->handle >> 32, done, word}};
		if (sim_call(sim, party, &regs) != R_NONE)
			return;
		done += regs.x[3];
		release_rx(sim, party);
	}
	sim->regs = first;
}

static bool do_retrieve(
	struct sim *sim, struct party *party, struct words *words)
{
	struct sent *sent = find_sent(sim, words);
	struct wish wish = {.stated = false};
	struct ffa_regs regs;
	struct desc desc;

	if (sent == NULL || !read_wish(sim, words, &wish))
		return false;
	if (!wish.stated)
		wish.permissions |= own_permissions(sent, party);
	describe_request(sent, party, &wish, &desc);
	desc_write(&desc, sim_tx(party), PAGE_SIZE);
	regs = (struct ffa_regs){
		.x = {FFA_MEM_RETRIEVE_REQ_64, desc.length, desc.length}};
	if (sim_call(sim, party, &regs) == R_NONE && !wish.keep)
		read_response(sim, party, sent, regs);
	return true;
}

/* --- Giving back ------------------------------------------------------- */

/* [NAME] [zero] [flags N] */
static struct sent *read_return(
	struct sim *sim, struct words *words, uint32_t *flags)
{
	struct sent *sent = find_sent(sim, words);
	uint64_t value;

	*flags = 0;
	while (sent != NULL && words_more(words)) {
		if (words_accept(words, "zero")) {
			*flags |= 1;
		} else if (words_accept(words, "flags") &&
			   words_number(words, &value)) {
			*flags |= (uint32_t)value;
		} else {
			sim_bad(sim, "[NAME] [zero] [flags N]");
			return NULL;
		}
	}
	return sent;
}

static bool do_relinquish(
	struct sim *sim, struct party *party, struct words *words)
{
	struct ffa_regs regs = {.x = {FFA_MEM_RELINQUISH}};
	uint32_t flags;
	struct sent *sent = read_return(sim, words, &flags);
	struct desc_relinquish relinquish;

	if (sent == NULL)
		return false;
	relinquish =
		(struct desc_relinquish){sent->handle, flags, 1, {party->id}};
	desc_write_relinquish(&relinquish, sim_tx(party), PAGE_SIZE);
	sim_call(sim, party, &regs);
	return true;
}

static bool do_reclaim(
	struct sim *sim, struct party *party, struct words *words)
{
	uint32_t flags;
	struct sent *sent = read_return(sim, words, &flags);
	struct ffa_regs regs;

	if (sent == NULL)
		return false;
	regs = (struct ffa_regs){.x = {FFA_MEM_RECLAIM, (uint32_t)sent->handle,
					 sent->handle >> 32, flags}};
	sim_call(sim, party, &regs);
	return true;
}

/* --- The others -------------------------------------------------------- */

/* maps TX RX [PAGES] */
static bool do_map(struct sim *sim, struct party *party, struct words *words)
{
	struct ffa_regs regs = {.x = {FFA_RXTX_MAP_64, 0, 0, 1}};

	if (!words_number(words, &regs.x[1]) ||
		!words_number(words, &regs.x[2]))
		return sim_bad(sim, "maps TX RX [PAGES]: addresses");
	(void)words_number(words, &regs.x[3]);
	sim_call(sim, party, &regs);
	return true;
}

static bool do_simple(struct sim *sim, struct party *party, uint32_t func)
{
	struct ffa_regs regs = {.x = {func}};

	sim_call(sim, party, &regs);
	return true;
}

static bool do_version(
	struct sim *sim, struct party *party, struct words *words)
{
	struct ffa_regs regs = {.x = {FFA_VERSION}};
	uint32_t version;

	if (!words_version(words, &version))
		return sim_bad(sim, "negotiates 1.0 to 1.3");
	regs.x[1] = version;
	if (party->kind == ENDPOINT_NWD)
		/* As the firmware passes it on. */
		regs = (struct ffa_regs){
			.x = {FFA_MSG_SEND_DIRECT_REQ,
				(uint64_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC,
				FFA_FRAMEWORK | FFA_FRAMEWORK_VERSION_REQ,
				version}};
	sim_call(sim, party, &regs);
	return true;
}

/* sets RANGE PERMISSIONS: FFA_MEM_PERM_SET. */
static bool do_set(struct sim *sim, struct party *party, struct words *words)
{
	struct ffa_regs regs = {.x = {FFA_MEM_PERM_SET_64}};
	struct range range;
	uint8_t perm;

	if (!words_range(words, &range) || !words_perm(words, &perm))
		return sim_bad(sim, "sets BASE+PAGES PERMISSIONS");
	regs.x[1] = range.base.v;
	regs.x[2] = range.pages;
	regs.x[3] = (perm & ACCESS_W          ? 1
			    : perm & ACCESS_R ? 3
					      : 0) |
		    (perm & ACCESS_X ? 0 : 4);
	sim_call(sim, party, &regs);
	return true;
}

static bool do_die(struct sim *sim, struct party *party)
{
	if (party->kind == ENDPOINT_NWD)
		return sim_bad(sim, "the normal world does not die");
	machine_kill(&sim->machine, party);
	sim->called = false;
	return true;
}

/* --- Accesses ---------------------------------------------------------- */

/* "text" or a number: the bytes of a 64-bit word. */
static bool read_contents(struct words *words, uint8_t *bytes, size_t *size)
{
	bool quoted = words_peek(words) != NULL && words->quoted[words->next];
	uint64_t value;

	if (quoted) {
		const char *text = words_take(words);

		*size = strlen(text);
		memcpy(bytes, text, *size);
		return true;
	}
	if (!words_number(words, &value))
		return false;
	*size = sizeof(value);
	memcpy(bytes, &value, sizeof(value));
	return true;
}

/* Of the page of `at`; what a partition may not do faults. */
static bool may(struct sim *sim, struct party *party, uint64_t at, uint8_t perm)
{
	sim->called = false;
	sim->caller = party;
	sim->faulted =
		(machine_access(&sim->machine, party, at) & perm) != perm;
	return !sim->faulted;
}

static bool do_access(
	struct sim *sim, struct party *party, struct words *words, bool writes)
{
	static uint8_t bytes[WORDS_SIZE];
	size_t size = 0;
	uint64_t at;

	if (!words_number(words, &at) || at >= HOST_MEMORY_SIZE)
		return sim_bad(sim, "at which address?");
	if (!read_contents(words, bytes, &size) && writes)
		return sim_bad(sim, "writes ADDRESS \"text\" or a number");
	if ((at & PAGE_MASK) + size > PAGE_SIZE)
		return sim_bad(sim, "an access lies in one page");
	if (!may(sim, party, at, writes ? ACCESS_W : ACCESS_R))
		return true;
	if (writes)
		memcpy(host_memory(paddr(at)), bytes, size);
	else if (size > 0 && memcmp(host_memory(paddr(at)), bytes, size) != 0)
		sim_failed(sim, "%s reads something else at %#llx", party->name,
			(unsigned long long)at);
	return true;
}

/* --- All of them ------------------------------------------------------- */

static bool do_verb(struct sim *sim, struct party *party, const char *verb,
	struct words *words)
{
	for (enum mem_func func = MEM_SHARE; func <= MEM_DONATE; func++)
		if (strcmp(verb, sim_send_word(func)) == 0)
			return sim_send(sim, party, words, func);
	if (strcmp(verb, "retrieves") == 0)
		return do_retrieve(sim, party, words);
	if (strcmp(verb, "relinquishes") == 0)
		return do_relinquish(sim, party, words);
	if (strcmp(verb, "reclaims") == 0)
		return do_reclaim(sim, party, words);
	if (strcmp(verb, "negotiates") == 0)
		return do_version(sim, party, words);
	if (strcmp(verb, "maps") == 0)
		return do_map(sim, party, words);
	if (strcmp(verb, "sets") == 0)
		return do_set(sim, party, words);
	if (strcmp(verb, "unmaps") == 0)
		return do_simple(sim, party, FFA_RXTX_UNMAP);
	if (strcmp(verb, "releases-rx") == 0)
		return do_simple(sim, party, FFA_RX_RELEASE);
	return do_die(sim, party);
}

enum sim_line sim_memory_call(
	struct sim *sim, struct party *party, struct words *words)
{
	static const char *const verbs[] = {"shares", "lends", "donates",
		"retrieves", "relinquishes", "reclaims", "negotiates", "maps",
		"sets", "unmaps", "releases-rx", "dies"};
	const char *verb = words_peek(words);

	if (verb == NULL)
		return SIM_OTHER;
	if (words_accept(words, "reads"))
		return do_access(sim, party, words, false) ? SIM_DONE : SIM_BAD;
	if (words_accept(words, "writes"))
		return do_access(sim, party, words, true) ? SIM_DONE : SIM_BAD;
	for (unsigned i = 0; i < ARRAY_COUNT(verbs); i++) {
		if (strcmp(verb, verbs[i]) != 0)
			continue;
		words_take(words);
		return do_verb(sim, party, verb, words) ? SIM_DONE : SIM_BAD;
	}
	return SIM_OTHER;
}
