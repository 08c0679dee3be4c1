/*
 * Whose RX buffers are full: who has been given something there and has not
 * released it. Of virtual machines' buffers nothing is known here.
 *
 * Spec: FF-A 1.2 §7.2.2.
 */
#include <string.h>

#include "abi/ffa_func.h"
#include "base/trace.h"
#include "replay/lockstep.h"

#define COUNT_ONLY 1u
#define MESSAGE_RECEIVER 12u

static void fill(struct lockstep *lockstep, uint16_t id)
{
	int party = lockstep_party(lockstep, id);

	if (id == FFA_ID_NWD || party != MODEL_NWD)
		lockstep->rx_full[party] = true;
}

static void empty(struct lockstep *lockstep, uint16_t id)
{
	lockstep->rx_full[lockstep_party(lockstep, id)] = false;
}

/* Who begins to wait gives it back; whether it has, its record says. */
static bool frees(const struct replay_event *event, uint16_t id)
{
	for (size_t i = 0; i < event->effect_count; i++) {
		const struct capture_line *line = &event->effect[i];
		struct trace_record record;

		memcpy(&record, line->number, sizeof(record));
		if (line->kind == CAPTURE_RECORD && record.who == id &&
			record.change == TRACE_RX_FREE)
			return true;
	}
	return false;
}

void lockstep_fill_rx(
	struct lockstep *lockstep, const struct replay_event *event)
{
	const struct lockstep_outside *outside = &lockstep->outside;
	const uint8_t *header = lockstep_first_read(event);

	if (event->kind != CAPTURE_CALL)
		return;
	if (outside->func == FFA_MSG_WAIT && frees(event, outside->id))
		empty(lockstep, outside->id);
	if (outside->func == FFA_MSG_WAIT || outside->vcpu->x[0] == FFA_ERROR)
		return;
	switch (outside->func) {
	case FFA_MEM_RETRIEVE_REQ:
	case FFA_MEM_RETRIEVE_REQ_64:
	case FFA_MEM_FRAG_RX:
	case FFA_NS_RES_INFO_GET:
		fill(lockstep, outside->id);
		break;
	case FFA_PARTITION_INFO_GET:
		if (!(outside->w5 & COUNT_ONLY))
			fill(lockstep, outside->id);
		break;
	case FFA_MSG_SEND2:
		if (header)
			fill(lockstep, (uint16_t)lockstep_number(
					       header + MESSAGE_RECEIVER, 2));
		break;
	default:
		break;
	}
}

/* Of the caller's own. */
void lockstep_release_rx(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;

	call->set = lockstep->rx_full[call->party] ? MODEL_OK : MODEL_DENIED;
	lockstep->rx_full[call->party] = false;
}
