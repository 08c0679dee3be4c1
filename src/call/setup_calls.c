/*
 * Setup: versions, features, ids, the console log, secondary entry points.
 * Spec: FF-A 1.2 §13.2, §13.3, §13.10 to §13.12, §18.2.1.
 */
#include "abi/ffa_func.h"
#include "base/mem.h"
#include "call/handlers.h"
#include "partition/mailbox.h"
#include "partition/virq.h"
#include "port/port.h"
#include "role/relay.h"
#include "role/role.h"
#include "stage2/s2_map.h"

/* --- Version ----------------------------------------------------------- */

static bool is_compatible(uint32_t version)
{
	return version >> 16 == FFA_VERSION_OURS >> 16 &&
	       version <= FFA_VERSION_OURS;
}

static enum reason negotiate(struct call *call, uint32_t version)
{
	struct partition *caller = call->caller;

	if (!is_compatible(version))
		return R_VERSION_INCOMPATIBLE;
	if (caller->version_locked && version != caller->version)
		return R_VERSION_LOCKED;
	caller->version = version;
	caller->version_negotiated = true;
	call->out.x[0] = FFA_VERSION_OURS;
	call->record->change = TRACE_VERSION;
	call->record->argument = version;
	return R_NONE;
}

/* What w2 asks for; zero before FF-A 1.3. */
#define VERSION_QUERY_MASK 3u
enum version_query {
	VERSION_NEGOTIATE,
	VERSION_COMPATIBLE, /* would it do? */
	VERSION_IN_FORCE,
};

/* The answer is a bare word in w0: no FFA_SUCCESS, no FFA_ERROR. */
enum reason call_version(struct call *call)
{
	const struct partition *caller = call->caller;
	uint32_t version = call_w(call, 1);

	call->bare = true;
	switch (call_w(call, 2) & VERSION_QUERY_MASK) {
	case VERSION_NEGOTIATE:
		return negotiate(call, version);
	case VERSION_COMPATIBLE:
		call->out.x[0] = FFA_VERSION_OURS;
		return is_compatible(version) ? R_NONE : R_VERSION_INCOMPATIBLE;
	case VERSION_IN_FORCE:
		call->out.x[0] = 0;
		if (caller->version_negotiated || caller->version_locked)
			call->out.x[0] = caller->version;
		return R_NONE;
	default:
		return R_VERSION_QUERY;
	}
}

/* --- Features and ids -------------------------------------------------- */

#define RXTX_MAP_PAGES_SHIFT 16
#define RETRIEVE_NS_BIT (1u << 1)

/* A caller from 1.1 on must say that it understands the NS bit. */
static enum reason retrieve_features(struct call *call)
{
	uint32_t input = call_w(call, 2);

	if ((input & ~RETRIEVE_NS_BIT) != 0)
		return R_FEATURE_INPUT;
	if (input == 0 && call->version >= FFA_VERSION_1_1)
		return R_FEATURE_INPUT;
	call->out.x[2] = input;
	return R_NONE;
}

/* Interrupts: ids below those of functions. */
static enum reason interrupt_features(struct call *call, uint32_t feature)
{
	uint32_t intid = 0;

	if (call->caller->ep.kind == ENDPOINT_SP) {
		if (feature == FFA_FEATURE_NOTIFICATION)
			intid = VIRQ_INTID_NOTIFICATION;
		if (feature == FFA_FEATURE_MANAGED_EXIT)
			intid = VIRQ_INTID_MANAGED_EXIT;
	}
	if (call_from_nwd(call) && feature == FFA_FEATURE_SCHEDULE)
		intid = FFA_SCHEDULE_RECEIVER;
	call->out.x[2] = intid;
	return intid != 0 ? R_NONE : R_FEATURE_UNKNOWN;
}

enum reason call_features(struct call *call)
{
	uint32_t id = call_w(call, 1);

	if (id <= FFA_FEATURE_MANAGED_EXIT && call_w(call, 2) == 0)
		return interrupt_features(call, id);
	if (!gate_offers(call->caller, id) && id != FFA_VERSION)
		return R_FEATURE_UNKNOWN;
	if ((id & ~FFA_64) == FFA_MEM_RETRIEVE_REQ)
		return retrieve_features(call);
	if (call_w(call, 2) != 0)
		return R_FEATURE_INPUT;
	if ((id & ~FFA_64) == FFA_RXTX_MAP && call->version >= FFA_VERSION_1_2)
		call->out.x[2] = MAILBOX_PAGES_MAX << RXTX_MAP_PAGES_SHIFT;
	return R_NONE;
}

enum reason call_id_get(struct call *call)
{
	if (!call_zero(call, 1, 7))
		return R_RESERVED_REGISTER;
	call->out.x[2] = call->caller->ep.id;
	return R_NONE;
}

enum reason call_spm_id_get(struct call *call)
{
	const struct spm *spm = call->spm;

	call->out.x[2] = spm->role->relays ? spm->relay->peer.id : spm->id;
	return R_NONE;
}

/* --- Console log ------------------------------------------------------- */

struct log_line {
	char text[PARTITION_LOG_SIZE];
	uint32_t length;
};

static void log_line(struct call *call, const struct log_line *line)
{
	const char *name = call->caller->name;

	lock_take(&call->spm->console_lock);
	port_console_write(name, __builtin_strlen(name));
	port_console_write(": ", 2);
	port_console_write(line->text, line->length);
	port_console_write("\n", 1);
	lock_drop(&call->spm->console_lock);
}

/* Nothing that a terminal obeys: what follows the name is text. */
static char log_printable(char next)
{
	return next >= ' ' && next <= '~' ? next : '?';
}

/* True when that completes `line`. */
static bool log_char(
	struct partition *partition, char next, struct log_line *line)
{
	if (next == '\0' || next == '\r')
		return false;
	if (next != '\n')
		partition->log[partition->log_length++] = log_printable(next);
	if (next != '\n' && partition->log_length < PARTITION_LOG_SIZE)
		return false;
	line->length = partition->log_length;
	memcpy(line->text, partition->log, line->length);
	partition->log_length = 0;
	return true;
}

static uint32_t log_capacity(const struct call *call)
{
	if ((call->func & FFA_64) == 0)
		return 6 * 4;
	return call->version >= FFA_VERSION_1_2 ? 16 * 8 : 6 * 8;
}

enum reason call_console_log(struct call *call)
{
	uint32_t bytes = (call->func & FFA_64) != 0 ? 8 : 4;
	uint64_t count = call->x[1];
	struct log_line line;

	if (count == 0 || count > log_capacity(call))
		return R_LOG_LENGTH;
	lock_take(&call->spm->chain_lock);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t word = call->x[2 + i / bytes];
		char next = (char)(word >> 8 * (i % bytes));

		if (!log_char(call->caller, next, &line))
			continue;
		/* The console is slow: other CPUs' messages do not wait. */
		lock_drop(&call->spm->chain_lock);
		log_line(call, &line);
		lock_take(&call->spm->chain_lock);
	}
	lock_drop(&call->spm->chain_lock);
	return R_NONE;
}

/* --- Secondary entry point --------------------------------------------- */

enum reason call_secondary_ep_register(struct call *call)
{
	struct partition *caller = call->caller;
	struct paddr entry = paddr(call->x[1]);
	struct access access;

	if (caller->vcpu_count == 1)
		return R_NOT_FOR_CALLER;
	if (caller->initialised)
		return R_WRONG_RUNTIME_MODEL;
	lock_take(&call->spm->engine_lock);
	access = s2_lookup(caller->ep.space, false, entry);
	lock_drop(&call->spm->engine_lock);
	if ((access.perm & ACCESS_X) == 0)
		return R_ENTRY_POINT;
	caller->secondary_entry = entry.v;
	return R_NONE;
}
