/* The roles as data, and the questions that have another answer in each. */
#include "role/role.h"

#include "abi/ffa_func.h"
#include "partition/call_chain.h"
#include "role/relay.h"

const struct role role_spmc = {
	.partitions = ENDPOINT_SP,
};

const struct role role_hypervisor = {
	.partitions = ENDPOINT_VM,
	.handles = TXN_HANDLE_HYPERVISOR,
	.relays = true,
};

void role_begin(struct spm *spm, const struct role *role)
{
	spm->role = role;
	spm->engine->last_handle = role->handles;
	spm->engine->manager.id = spm->id;
}

static bool is_secure(uint16_t id)
{
	return id & FFA_ID_SECURE;
}

bool role_is_ours(const struct role *role, uint16_t id)
{
	return is_secure(id) == (role->partitions == ENDPOINT_SP);
}

struct endpoint *role_receiver(struct spm *spm, uint16_t id)
{
	struct partition *partition;

	if (!role_is_ours(spm->role, id))
		return spm->role->relays ? &spm->relay->peer : &spm->nwd->ep;
	partition = chain_partition(spm, id);
	return partition != NULL ? &partition->ep : NULL;
}

/*
 * Between virtual machines a hypervisor decides alone. A share of the normal
 * world's may have one receiver there beside secure partitions; secure memory
 * never goes there.
 */
enum reason role_check_receivers(const struct role *role,
	const struct endpoint *sender, enum mem_func func,
	const struct mem_desc *desc)
{
	uint32_t nwd = 0;

	for (uint32_t i = 0; i < desc->receiver_count; i++)
		nwd += !is_secure(desc->receiver[i].id);
	if (nwd == 0)
		return R_NONE;
	if (nwd == desc->receiver_count && role->relays)
		return R_NONE;
	if (is_secure(sender->id) || func != MEM_SHARE ||
		nwd == desc->receiver_count)
		return R_RECEIVER_WORLD;
	return nwd == 1 ? R_NONE : R_NWD_RECEIVERS;
}
