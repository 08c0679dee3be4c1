/*
 * A machine without firmware: an SPMC with partitions and, where there are
 * virtual machines, a hypervisor above it, joined by a model of the SPMD. The
 * managers are the image's own code.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include "abi/ffa_regs.h"
#include "abi/reason.h"
#include "engine/txn.h"
#include "host/port_host.h"
#include "role/relay.h"
#include "spm.h"

#define MACHINE_CPUS_MAX 8u
#define MACHINE_PARTITIONS_MAX 16u /* of each world */
#define MACHINE_MEMORY_MAX 256u

/* Room for RX/TX of a party, and where the managers' own memory lies. */
#define MACHINE_BUFFERS_PAGES 32u
#define MACHINE_SECURE_BASE 0x0d000000ull
#define MACHINE_SECURE_PAGES 0x1000u
#define MACHINE_NS_BASE 0xf8000000ull
#define MACHINE_NS_PAGES 0x1000u

struct own_pages {
	uint8_t scratch[PAGE_SIZE];
	uint8_t response[PAGE_SIZE];
	struct trace_record ring[TRACE_RING_RECORDS];
};

struct manager {
	struct spm spm;
	struct engine engine;
	struct cpu cpu[MACHINE_CPUS_MAX];
	struct own_pages own[MACHINE_CPUS_MAX];
	struct partition partition[MACHINE_PARTITIONS_MAX];
	uint32_t shown[MACHINE_CPUS_MAX]; /* records that were looked at */
};

/* Who makes calls: a partition, a VM, or the normal world. */
struct party {
	char name[PARTITION_NAME_SIZE];
	uint16_t id;
	enum endpoint_kind kind;
	uint32_t version;
	uint32_t buffer_pages; /* 0 = maps none by itself */
	uint64_t tx;
	uint64_t rx;
	struct partition *partition;
	struct vcpu vcpu[MACHINE_CPUS_MAX];
};

#define MACHINE_PARTIES_MAX (2 * MACHINE_PARTITIONS_MAX + 1)

struct memory {
	struct range range;
	struct party *owner;
	uint8_t perm;
	bool ns;
	bool device;
	unsigned where; /* the scenario's line */
};

struct machine {
	unsigned cpus;
	bool made;
	uint32_t party_count;
	struct party party[MACHINE_PARTIES_MAX]; /* the first: normal world */
	uint32_t memory_count;
	struct memory memory[MACHINE_MEMORY_MAX];
	bool has_vms;
	struct manager spmc;
	struct manager hypervisor;
	struct partition nwd;
	struct relay relay;
	uint32_t peer_fails; /* the n-th call to the SPMC from now; 0 = none */
	int32_t peer_status;
};

void machine_init(struct machine *machine);

/* NULL where there is none of that name. */
struct party *machine_party(struct machine *machine, const char *name);

/* NULL, and a sentence in *why, when it cannot be. */
struct party *machine_add_party(
	struct machine *machine, const struct party *party, const char **why);

/* What is wrong with it, or NULL. Before the machine is made. */
const char *machine_add_memory(
	struct machine *machine, const struct memory *memory);

/*
 * Builds the managers; every party's RX/TX are mapped. What stands in the
 * way, or NULL; *where is the line of the memory concerned, 0 = no line.
 */
const char *machine_make(struct machine *machine, unsigned *where);

/* The manager of that party. */
struct manager *machine_manager(
	struct machine *machine, const struct party *party);

/* A call of `party` on that CPU; its results in *regs. */
enum reason machine_call(struct machine *machine, struct party *party,
	unsigned cpu, struct ffa_regs *regs);

/* The party stops for good. */
void machine_kill(struct machine *machine, struct party *party);

/* What the party can do with that page, and who owns it, if anybody does. */
uint8_t machine_access(
	struct machine *machine, struct party *party, uint64_t at);
struct party *machine_owner(struct machine *machine, uint64_t at);

#endif
