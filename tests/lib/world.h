/*
 * A manager on the host, without manifests: the normal world and three
 * partitions that own memory of every kind, and the model beside it.
 *
 * world_* operations work on both: the model decides what must come, the
 * manager does it, the oracle compares everything afterwards. An operation
 * fails the running test by itself when the two disagree; what it returns is
 * the reason of the refusal, or R_NONE.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "abi/reason.h"
#include "engine/txn.h"
#include "host/port_host.h"
#include "lib/model.h"
#include "role/relay.h"
#include "spm.h"

#define NWD MODEL_NWD
#define SP1 1
#define SP2 2
#define SP3 3
#define WORLD_PARTIES 4      /* as made; world_populate() adds some */
#define WORLD_PARTIES_MAX 17 /* 16 partitions */
#define WORLD_CPUS 4

#define ID_SP1 0x8001
#define ID_SP2 0x8002
#define ID_SP3 0x8003
#define ID_NOBODY 0x8004
#define ID_VM 0x0001

/* The manager's pool. */
#define POOL_BASE 0x0e000000ull
#define POOL_PAGES 512u
/* A page that the manager holds a title of. */
#define MANAGER_PAGE 0x0d000000ull
#define MANAGER_PAGES 2u

/* Memory of the parties; the whole list is in world.c. */
#define SP1_IMAGE 0x06000000ull /* RWX */
#define SP2_IMAGE 0x06100000ull
#define SP3_IMAGE 0x06200000ull
#define IMAGE_PAGES 8u
#define SP1_RW 0x07000000ull
#define SP1_RO 0x07020000ull /* follows SP1_RW without a gap */
#define SP1_RX 0x07030000ull /* follows SP1_RO without a gap */
#define SP2_RW 0x07100000ull
#define SP2_RO 0x07120000ull
#define SP2_RX 0x07130000ull
#define SP3_RW 0x07200000ull
#define RW_PAGES 32u
#define RO_PAGES 16u
#define RX_PAGES 8u
#define SP1_MORE 0x07400000ull /* RW; the golden vectors' addresses */
#define MORE_PAGES 32u
#define SP1_BLOCK 0x08000000ull /* RW; one block of 2 MiB and 8 pages */
#define BLOCK_PAGES 520u
#define SP1_DEVICE 0x09000000ull
#define DEVICE_PAGES 4u
#define NWD_DEVICE 0x0a000000ull
#define NWD_RAM 0x40000000ull /* RWX */
#define NWD_RAM_PAGES 64u
#define NWD_ROM 0x40040000ull /* RO; follows NWD_RAM without a gap */
#define NWD_ROM_PAGES 8u
#define SP1_NS 0x40100000ull /* non-secure memory of SP1's: RWX */
#define NS_PAGES 8u
#define NWD_BLOCK 0x40200000ull /* RWX, one block of 2 MiB */
#define NWD_BLOCK_PAGES 512u
#define NOWHERE 0x30000000ull /* nobody's */
/* Where there are six partitions, and no virtual machines. */
#define SP4 4
#define SP5 5
#define SP6 6
#define SIX_PARTIES 7
#define SP4_RW 0x50000000ull
#define SP5_RW 0x52000000ull
#define SP6_RW 0x54000000ull

/* RX/TX of party p: the last pages of its RW memory (NWD: of NWD_RAM). */
uint64_t world_tx(int party);
uint64_t world_rx(int party);

/* What a processor of a manager has for itself. */
struct world_cpu {
	uint8_t scratch[PAGE_SIZE];
	uint8_t response[PAGE_SIZE];
	struct trace_record ring[TRACE_RING_RECORDS];
};

/* The stamp of a page whose contents are not looked at. */
#define WORLD_ANYTHING UINT64_MAX

struct tape;
/* The other manager, where there are virtual machines: see system.h. */
struct hypervisor {
	struct spm spm;
	struct engine engine;
	struct cpu cpu[WORLD_CPUS];
	struct relay relay;
	struct world_cpu own[WORLD_CPUS];
	struct range more; /* of system_extend() */
	uint32_t firmware_calls;
	uint32_t fail_firmware; /* see system_fail_firmware() */
	uint64_t answer[18];
};

struct world {
	struct spm spm;
	struct engine engine;
	struct partition partition[WORLD_PARTIES_MAX];
	struct vcpu vcpu[WORLD_PARTIES_MAX][WORLD_CPUS];
	struct cpu cpu[WORLD_CPUS];
	int parties;
	/* What the oracle looks at: these, or those of a capture. */
	struct spm *watched;
	struct partition *party[WORLD_PARTIES_MAX];
	struct world_cpu own[WORLD_CPUS];
	bool has_hypervisor;
	bool has_six; /* partitions, of tests/stress */
	struct hypervisor hypervisor;
	struct model model;              /* what must be */
	struct model before;             /* what was, while a call runs */
	uint64_t stamp[MODEL_PAGES_MAX]; /* expected contents; 0 = zero */
	char wrong[160];                 /* the oracle's first finding */
	enum reason refused; /* by the last call, as its record says */
	enum reason reason;
	uint64_t digest;
	uint64_t random;
	/* Calls come from whoever runs there; NULL: from whom the test says. */
	struct cpu *on;
	struct tape *tape; /* where random numbers come from, or NULL */
	/* A test's own look at every event of a call, or NULL. */
	host_checker *also;
	bool injecting;  /* NO_MEMORY and ABORTED may come at any time */
	bool may_change; /* the refusal that comes ends an unfinished send */
	bool unwatched;  /* calls are not compared: they have been before */
};

/* Both worlds, as booted, no buffers mapped. Ends the test on a failure. */
struct world *world_make(void);
/* The same without SP1_BLOCK and NWD_BLOCK: a third of the pages to compare. */
struct world *world_make_small(void);
/* Without any: see world_extend(). */
struct world *world_make_bare(void);
/* The same in place of another, which costs less. */
void world_make_again(struct world *world);
/* As cmocka fixtures; *state is the world. */
int world_set_up(void **state);
int world_tear_down(void **state);

/* Properties of every service here: UUID byte b of service s of party p is
 * p << 6 | s << 4 | b. */
#define WORLD_PROPERTIES 0x143u

/* More memory, behind all that there is: RW, of the normal world or an SP. */
void world_extend(
	struct world *world, int owner, uint64_t base, uint32_t pages);

/* `party` may use memory of the manager's for good, with these rights. */
void world_fix(struct world *world, int party, struct range range,
	struct model_access access);

/* Partitions without memory, until there are `parties` parties. */
void world_populate(struct world *world, int parties);

/* A party, or any VM of the normal world, may hold so many in all. */
void world_limit(
	struct world *world, int party, enum model_kind kind, uint32_t limit);
void world_limit_vms(struct world *world, enum model_kind kind, uint32_t limit);

struct endpoint *world_endpoint(struct world *world, int party);

/* From now on the manager prints its trace; or no more. */
void world_tell(struct world *world, bool on);
/* The processor `index` of the manager that runs `party`. */
struct cpu *world_cpu(struct world *world, int party, unsigned index);
bool world_is_vm(const struct world *world, int party);

/* For system.c: a manager's processors; a partition and its contexts. */
void world_make_cpus(
	struct spm *spm, struct cpu *cpus, struct world_cpu own[WORLD_CPUS]);
void world_make_partition(
	struct world *world, int party, uint16_t id, enum endpoint_kind kind);
void world_make_space(struct world *world, int party, struct page_pool *pool);

/* Fresh contents for a page: nobody else's operation may change them. */
void world_touch(struct world *world, uint64_t at);

/* A number below `limit`, from the tape; without one it is pseudo-random, and
 * the same on every machine. */
uint32_t world_random(struct world *world, uint32_t limit);

#endif
