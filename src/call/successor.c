/* See successor.h. */
#include "call/successor.h"

#include "call/teardown.h"
#include "partition/receivers.h"

/* --- Who is on ----------------------------------------------------------- */

/* Chain lock. */
static unsigned cpus_on(const struct spm *spm)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < spm->cpu_count; i++)
		count += spm->cpus[i].online;
	return count;
}

static void lock_version(struct partition *nwd, bool locked)
{
	__atomic_store_n(&nwd->version_locked, locked, __ATOMIC_RELAXED);
}

static bool is_locked(const struct partition *nwd)
{
	return __atomic_load_n(&nwd->version_locked, __ATOMIC_RELAXED);
}

/* Calls on other CPUs read it without a lock. */
static void set_version(struct partition *nwd, uint32_t version)
{
	__atomic_store_n(&nwd->version, version, __ATOMIC_RELAXED);
}

/* The next call tells whether it is a new kernel that starts its CPUs. */
void successor_cpu_on(struct cpu *cpu)
{
	struct spm *spm = cpu->spm;

	lock_take(&spm->chain_lock);
	cpu->online = true;
	if (spm->nwd != NULL && cpus_on(spm) == 2) {
		/* It may have asked before it started this one. */
		if (is_locked(spm->nwd))
			spm->successor = (struct successor){.asked = false};
		spm->successor.possible = true;
		lock_version(spm->nwd, false);
	}
	lock_drop(&spm->chain_lock);
}

/* --- FFA_VERSION --------------------------------------------------------- */

static bool owes_answer(const struct partition *partition)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		if (partition->vcpus[i].caller != NULL)
			return true;
	return false;
}

/*
 * FF-A locks the version with the first other call. The normal world may
 * negotiate again when it has nothing left behind: firmware hands over to a
 * kernel that speaks a newer version (docs/adr/0011).
 */
static bool left_nothing(const struct spm *spm)
{
	if (spm->nwd->mailbox.mapped || spm->nwd->notify.on ||
		receivers_have_vms(spm) ||
		spm->nwd->ep.quota.used.of[QUOTA_TXNS] > 0)
		return false;
	for (uint32_t i = 0; i < spm->partition_count; i++)
		if (owes_answer(&spm->partitions[i]))
			return false;
	return true;
}

static bool may_follow(const struct spm *spm)
{
	return cpus_on(spm) == 1 ||
	       (!is_locked(spm->nwd) && spm->successor.possible);
}

static enum reason negotiate(struct spm *spm, uint32_t version)
{
	struct partition *nwd = spm->nwd;
	bool follows = may_follow(spm);

	if (left_nothing(spm))
		set_version(nwd, version);
	else if (version != nwd->version && !follows)
		return R_VERSION_LOCKED;
	spm->successor = (struct successor){follows, follows, version};
	lock_version(nwd, false);
	return R_NONE;
}

enum reason successor_version(struct call *call, uint32_t version)
{
	struct spm *spm = call->spm;
	enum reason reason;

	lock_take(&spm->chain_lock);
	reason = negotiate(spm, version);
	lock_drop(&spm->chain_lock);
	return reason;
}

/* --- FFA_RXTX_MAP --------------------------------------------------------- */

/* Only one call may find it so. */
static bool completes(struct spm *spm, bool own)
{
	struct partition *nwd = spm->nwd;
	bool asked, follows;

	lock_take(&spm->chain_lock);
	asked = own && !is_locked(nwd) && spm->successor.asked;
	follows = asked && !left_nothing(spm);
	if (asked)
		set_version(nwd, spm->successor.version);
	lock_version(nwd, true);
	lock_drop(&spm->chain_lock);
	return follows;
}

bool successor_maps(struct spm *spm, bool own)
{
	bool follows = completes(spm, own);

	if (follows)
		teardown_former(spm);
	return follows;
}
