/*
 * What differs between the two managers that this code can be: the SPMC, which
 * runs secure partitions below S-EL2 and serves the normal world through the
 * firmware, and the hypervisor, which runs virtual machines below EL2 and goes
 * to the SPMC for every transaction that a secure partition is party to.
 *
 * Spec: FF-A 1.2 §4 (partition managers), §6.1 (ids), DEN0140 1.2 §1.6
 * (relayers), §1.10.2 (handles).
 */
#ifndef ROLE_ROLE_H
#define ROLE_ROLE_H

#include "engine/txn.h"
#include "spm.h"

struct role {
	enum endpoint_kind partitions; /* kind of our partitions */
	uint64_t handles;              /* bit 63 of handles we allocate */
	bool relays; /* receivers in the other world are another manager's */
};

extern const struct role role_spmc;
extern const struct role role_hypervisor;

/* Before the first call: `spm` has its engine. */
void role_begin(struct spm *spm, const struct role *role);

/* Which world the id belongs to is said by its bit 15. */
bool role_is_ours(const struct role *role, uint16_t id);

/*
 * The receiver of this id: a partition of ours, or the other world, whose
 * partitions another manager knows. NULL: there is none.
 */
struct endpoint *role_receiver(struct spm *spm, uint16_t id);

/*
 * Whether these receivers may be named together. Refuses: RECEIVER_WORLD,
 * NWD_RECEIVERS.
 */
enum reason MUST_USE role_check_receivers(const struct role *role,
	const struct endpoint *sender, enum mem_func func,
	const struct mem_desc *desc);

#endif
