/* See world.h. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/owner_map.h"
#include "lib/oracle.h"
#include "lib/suite.h"
#include "lib/system.h"
#include "lib/tape.h"
#include "lib/world.h"
#include "role/role.h"

#define SPM MODEL_SPM
#define RW (MODEL_R | MODEL_W)
#define RX (MODEL_R | MODEL_X)
#define RWX (MODEL_R | MODEL_W | MODEL_X)
#define WB ATTR_NORMAL_WB
#define DEV ATTR_DEVICE
#define BLOCK_PAGES_MIN 512u /* of 2 MiB */

struct area {
	uint64_t base;
	uint32_t pages;
	int owner;
	bool ns;
	struct model_access access;
};

/* In address order. */
static const struct area areas[] = {
	{SP1_IMAGE, IMAGE_PAGES, SP1, false, {RWX, WB}},
	{SP2_IMAGE, IMAGE_PAGES, SP2, false, {RWX, WB}},
	{SP3_IMAGE, IMAGE_PAGES, SP3, false, {RWX, WB}},
	{SP1_RW, RW_PAGES, SP1, false, {RW, WB}},
	{SP1_RO, RO_PAGES, SP1, false, {MODEL_R, WB}},
	{SP1_RX, RX_PAGES, SP1, false, {RX, WB}},
	{SP2_RW, RW_PAGES, SP2, false, {RW, WB}},
	{SP2_RO, RO_PAGES, SP2, false, {MODEL_R, WB}},
	{SP2_RX, RX_PAGES, SP2, false, {RX, WB}},
	{SP3_RW, RW_PAGES, SP3, false, {RW, WB}},
	{SP1_MORE, MORE_PAGES, SP1, false, {RW, WB}},
	{SP1_BLOCK, BLOCK_PAGES, SP1, false, {RW, WB}},
	{SP1_DEVICE, DEVICE_PAGES, SP1, false, {RW, DEV}},
	{NWD_DEVICE, DEVICE_PAGES, NWD, true, {RW, DEV}},
	{MANAGER_PAGE, MANAGER_PAGES, SPM, false, {RW, WB}},
	{NWD_RAM, NWD_RAM_PAGES, NWD, true, {RWX, WB}},
	{NWD_ROM, NWD_ROM_PAGES, NWD, true, {MODEL_R, WB}},
	{SP1_NS, NS_PAGES, SP1, true, {RWX, WB}},
	{NWD_BLOCK, NWD_BLOCK_PAGES, NWD, true, {RWX, WB}},
};

static const uint64_t rw_base[] = {
	NWD_RAM, SP1_RW, SP2_RW, SP3_RW, VM1_RW, VM2_RW, VM3_RW};

uint64_t world_tx(int party)
{
	uint64_t pages = party == NWD ? NWD_RAM_PAGES : RW_PAGES;

	return rw_base[party] + (pages - 2) * PAGE_SIZE;
}

uint64_t world_rx(int party)
{
	return world_tx(party) + PAGE_SIZE;
}

struct endpoint *world_endpoint(struct world *world, int party)
{
	return party == SPM ? &world->watched->engine->manager
			    : &world->party[party]->ep;
}

uint32_t world_random(struct world *world, uint32_t limit)
{
	if (world->tape)
		return tape_draw(world->tape, limit);
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return (uint32_t)((world->random >> 20) % limit);
}

void world_touch(struct world *world, uint64_t at)
{
	struct model_page *page = model_page(&world->model, at);
	uint64_t *word = host_memory(paddr(at & ~PAGE_MASK));
	static uint64_t count;
	uint64_t stamp = 0x5eed000000000000ull | ++count << 16 | 1;

	for (unsigned i = 0; i < PAGE_SIZE / sizeof(*word); i++)
		word[i] = stamp;
	world->stamp[page - world->model.page] = stamp;
}

static void print_console(void *context, const char *text, size_t length)
{
	(void)context;
	print_error("%.*s", (int)length, text);
}

void world_tell(struct world *world, bool on)
{
	world->spm.console_trace = on;
	world->spm.told = on;
	world->hypervisor.spm.console_trace = on;
	world->hypervisor.spm.told = on;
	host_console_set(on ? print_console : NULL, NULL);
}

static void make_pool(struct world *world)
{
	struct range span = {paddr(POOL_BASE), POOL_PAGES};
	struct range meta = {span.base, page_pool_meta_pages(span)};

	page_pool_init(&world->spm.pool, span, meta);
	page_pool_add(&world->spm.pool, (struct range){paddr(range_end(meta)),
						span.pages - meta.pages});
	host_memory_declare(span, false);
}

/* SP3 offers two services; the normal world none. */
static void make_services(struct partition *partition, int party)
{
	partition->service_count = party == NWD ? 0 : party == SP3 ? 2 : 1;
	for (uint32_t i = 0; i < partition->service_count; i++) {
		struct partition_service *service = &partition->service[i];

		for (unsigned byte = 0; byte < 16; byte++)
			service->uuid[byte] =
				(uint8_t)(party << 6 | (int)i << 4 | (int)byte);
		service->properties = WORLD_PROPERTIES;
	}
}

static const enum quota_kind kinds[MODEL_KINDS] = {
	[MODEL_NODES] = QUOTA_NODES,
	[MODEL_TXNS] = QUOTA_TXNS,
	[MODEL_BORROWERS] = QUOTA_BORROWERS,
};

void world_limit(
	struct world *world, int party, enum model_kind kind, uint32_t limit)
{
	world->partition[party].ep.quota.limit.of[kinds[kind]] = limit;
	world->model.party[party].limit.of[kind] = limit;
}

void world_limit_vms(struct world *world, enum model_kind kind, uint32_t limit)
{
	for (unsigned vm = 0; vm < ENGINE_VM_QUOTAS; vm++)
		world->engine.vm[vm].limit.of[kinds[kind]] = limit;
	world->model.vm_limit.of[kind] = limit;
}

bool world_is_vm(const struct world *world, int party)
{
	return world->partition[party].ep.kind == ENDPOINT_VM;
}

struct cpu *world_cpu(struct world *world, int party, unsigned index)
{
	return world_is_vm(world, party) ? &world->hypervisor.cpu[index]
					 : &world->cpu[index];
}

void world_make_space(struct world *world, int party, struct page_pool *pool)
{
	struct partition *partition = &world->partition[party];

	assert_true(s2_space_init(&partition->space, pool, (uint16_t)party));
	partition->ep.space = &partition->space;
	host_space_watch(partition->space.vmid, partition->space.root[0],
		partition->space.root[1]);
}

void world_make_partition(
	struct world *world, int party, uint16_t id, enum endpoint_kind kind)
{
	struct partition *partition = &world->partition[party];

	world->party[party] = partition;
	snprintf(partition->name, sizeof(partition->name), "%s%d",
		kind == ENDPOINT_VM ? "vm" : "sp", id & 0xff);
	partition->ep.id = id;
	partition->ep.kind = kind;
	partition->version = 0x10002;
	partition->vcpu_count = WORLD_CPUS;
	partition->vcpus = world->vcpu[party];
	partition->initialised = true;
	partition->boot_info_register = -1;
	partition->ns_action = NS_ACTION_SIGNALED;
	for (uint16_t i = 0; i < WORLD_CPUS; i++) {
		world->vcpu[party][i].partition = partition;
		world->vcpu[party][i].index = i;
		world->vcpu[party][i].state = VCPU_WAITING;
	}
	model_add_party(&world->model, party, id);
	world_limit(world, party, MODEL_NODES, 4096);
	world_limit(world, party, MODEL_TXNS, 1024);
	world_limit(world, party, MODEL_BORROWERS, 1024);
}

static void make_partition(struct world *world, int party)
{
	world_make_partition(world, party,
		(uint16_t)(party == NWD ? 0 : 0x8000 + party),
		party == NWD ? ENDPOINT_NWD : ENDPOINT_SP);
	make_services(&world->partition[party], party);
	if (party != NWD)
		world_make_space(world, party, &world->spm.pool);
}

void world_populate(struct world *world, int parties)
{
	while (world->parties < parties)
		make_partition(world, world->parties++);
	world->spm.partition_count = (uint32_t)(parties - 1);
}

static void make_area(struct world *world, const struct area *area)
{
	struct range range = {paddr(area->base), area->pages};
	struct endpoint *owner = world_endpoint(world, area->owner);
	struct access access = {
		.perm = area->access.perm,
		.attr = area->access.attr,
	};

	if (area->ns)
		access.attr |= ATTR_NS;
	assert_true(ledger_grant(&world->engine.ledger, range, owner, access));
	host_memory_declare(range, area->ns);
	model_add_range(
		&world->model, area->owner, range, area->ns, area->access);
	for (uint32_t i = 0; i < area->pages; i++)
		world_touch(world, area->base + i * PAGE_SIZE);
	if (owner->space)
		assert_true(owner_map_titles(&world->engine, owner, range));
}

void world_extend(struct world *world, int owner, uint64_t base, uint32_t pages)
{
	struct area area = {base, pages, owner, owner == NWD, {RW, WB}};

	make_area(world, &area);
	port_entry_sync();
}

void world_fix(struct world *world, int party, struct range range,
	struct model_access access)
{
	struct s2_mapping mapping = {range, {access.perm, access.attr}};

	assert_true(
		owner_map_fixed(world_endpoint(world, party)->space, &mapping));
	model_fix(&world->model, party, range, access);
}

void world_make_cpus(
	struct spm *spm, struct cpu *cpus, struct world_cpu own[WORLD_CPUS])
{
	for (unsigned i = 0; i < WORLD_CPUS; i++) {
		cpus[i].spm = spm;
		cpus[i].index = i;
		cpus[i].online = true;
		cpus[i].scratch = own[i].scratch;
		cpus[i].response = own[i].response;
		cpus[i].ring = own[i].ring;
		cpus[i].last = own[i].ring;
	}
	spm->cpu_count = WORLD_CPUS;
	spm->cpus = cpus;
}

static void make_spm(struct world *world)
{
	struct spm *spm = &world->spm;

	world_make_cpus(spm, world->cpu, world->own);
	for (unsigned i = 0; i < WORLD_CPUS; i++) {
		world->cpu[i].nwd = &world->vcpu[NWD][i];
		world->cpu[i].current = world->cpu[i].nwd;
	}
	spm->chain_lock.rank = LOCK_RANK_CHAIN;
	spm->engine_lock.rank = LOCK_RANK_ENGINE;
	spm->console_lock.rank = LOCK_RANK_CONSOLE;
	spm->engine = &world->engine;
	spm->id = 0x8000;
	spm->partitions = &world->partition[SP1];
	spm->nwd = &world->partition[NWD];
	world->watched = spm;
}

static struct world *fresh(void)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	return world;
}

/* With areas of fewer than `pages` pages. */
static struct world *fill(struct world *world, uint32_t pages)
{
	host_reset();
	world->random = 88172645463325252ull;
	model_init(&world->model);
	make_spm(world);
	make_pool(world);
	engine_init(&world->engine, &world->spm.pool);
	role_begin(&world->spm, &role_spmc);
	for (int kind = 0; kind < MODEL_KINDS; kind++)
		world_limit_vms(world, (enum model_kind)kind, 2048);
	world_populate(world, WORLD_PARTIES);
	for (unsigned i = 0; i < ARRAY_COUNT(areas); i++)
		if (areas[i].pages < pages)
			make_area(world, &areas[i]);
	port_entry_sync();
	oracle_begin(world);
	if (!oracle_end(world))
		fail_msg("as booted: %s", world->wrong);
	return world;
}

struct world *world_make(void)
{
	return fill(fresh(), UINT32_MAX);
}

struct world *world_make_small(void)
{
	return fill(fresh(), BLOCK_PAGES_MIN);
}

struct world *world_make_bare(void)
{
	return fill(fresh(), 0);
}

void world_make_again(struct world *world)
{
	memset(world, 0, offsetof(struct world, model));
	memset(world->stamp, 0, sizeof(*world) - offsetof(struct world, stamp));
	fill(world, 0);
}

int world_set_up(void **state)
{
	*state = world_make();
	return 0;
}

int world_tear_down(void **state)
{
	free(*state);
	return 0;
}
