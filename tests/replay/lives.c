/*
 * Partitions that die, and live again. That one died the capture says: a
 * record of an abort. What becomes of its memory the model says; of the
 * restarts in a row that a partition has, only the manager knows.
 */
#include <string.h>

#include "base/trace.h"
#include "replay/lockstep.h"

static struct model *model_of(struct lockstep *lockstep)
{
	return &lockstep->world->model;
}

static const struct partition *partition_of(
	const struct lockstep *lockstep, int party)
{
	return lockstep->world->party[party];
}

static bool awaits(const struct lockstep *lockstep, int party)
{
	return lockstep->awaits[party];
}

bool lockstep_may_revive(const struct lockstep *lockstep)
{
	for (int party = 1; party < lockstep->world->parties; party++)
		if (awaits(lockstep, party))
			return true;
	return false;
}

static void die(struct lockstep *lockstep, int party)
{
	const struct partition *partition = partition_of(lockstep, party);

	if (model_of(lockstep)->party[party].dead)
		return;
	model_kill(model_of(lockstep), party);
	lockstep_notify_killed(lockstep, party);
	lockstep->rx_full[party] = false;
	lockstep->awaits[party] = partition->abort_action == ABORT_DESTROY ||
				  partition->abort_action == ABORT_RESTART;
	lockstep->totals.deaths++;
}

/* It gets its buffers back, if its manifest gave it any. */
static void restart(struct lockstep *lockstep, int party)
{
	const struct model_map *buffers = &lockstep->buffers[party];

	model_restart(model_of(lockstep), party);
	if (buffers->pages != 0)
		(void)model_map(model_of(lockstep), buffers);
	lockstep->totals.restarts++;
}

static void go_on(struct lockstep *lockstep, int party)
{
	const struct partition *partition = partition_of(lockstep, party);
	struct model *model = model_of(lockstep);
	bool destroyed = partition->abort_action == ABORT_DESTROY;

	if (!model_is_back(model, party))
		return;
	lockstep->awaits[party] = false;
	lockstep->revived[party] = true;
	if (destroyed) {
		model_destroy(model, party);
		lockstep->totals.destroyed++;
	} else if (!model_has_lost(model, party) &&
		   partition->restarts < PARTITION_RESTARTS_MAX) {
		restart(lockstep, party);
	}
}

bool lockstep_is_death(const struct capture_line *line, uint16_t *who)
{
	struct trace_record record;

	memcpy(&record, line->number, sizeof(record));
	*who = record.who;
	return line->kind == CAPTURE_RECORD && record.change == TRACE_ABORTED &&
	       record.status == 0;
}

void lockstep_die(struct lockstep *lockstep, const struct replay_event *event)
{
	uint16_t who;

	for (size_t i = 0; i < event->effect_count; i++)
		if (lockstep_is_death(&event->effect[i], &who))
			die(lockstep, lockstep_party(lockstep, who));
	for (int party = 1; party < lockstep->world->parties; party++)
		if (awaits(lockstep, party))
			go_on(lockstep, party);
}

/* Its package is there again; or the memory is the manager's. */
static void refresh(struct lockstep *lockstep, int party)
{
	if (!lockstep->revived[party])
		return;
	lockstep_touch(lockstep, party);
	lockstep_touch(lockstep, MODEL_SPM);
	lockstep->revived[party] = false;
}

bool lockstep_lives(struct lockstep *lockstep)
{
	for (int party = 1; party < lockstep->world->parties; party++) {
		const struct partition *partition =
			partition_of(lockstep, party);
		bool dead = partition->ep.aborted &&
			    partition->afterlife != AFTERLIFE_READY;

		if (dead != model_of(lockstep)->party[party].dead)
			return lockstep_differs(lockstep, "%s is %s",
				partition->name,
				dead ? "dead; in the model it lives"
				     : "alive; in the model it is dead");
		refresh(lockstep, party);
		if (!partition->ep.aborted)
			lockstep_notify_revived(lockstep, party);
	}
	return true;
}
