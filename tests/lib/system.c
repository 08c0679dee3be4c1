/* See system.h. */
#include <string.h>

#include "abi/ffa_func.h"
#include "call/gate.h"
#include "engine/owner_map.h"
#include "lib/calls.h"
#include "lib/oracle.h"
#include "lib/suite.h"
#include "lib/system.h"
#include "role/role.h"

#define RW (MODEL_R | MODEL_W)
#define RX (MODEL_R | MODEL_X)
#define RWX (MODEL_R | MODEL_W | MODEL_X)
#define WB ATTR_NORMAL_WB
#define DEV ATTR_DEVICE

struct area {
	uint64_t base;
	uint32_t pages;
	int owner;
	struct model_access access;
};

/* In address order, behind the world's. */
static const struct area areas[] = {
	{VM1_RW, RW_PAGES, VM1, {RW, WB}},
	{VM1_RO, RO_PAGES, VM1, {MODEL_R, WB}},
	{VM1_RX, RX_PAGES, VM1, {RX, WB}},
	{VM1_BLOCK, BLOCK_PAGES, VM1, {RWX, WB}},
	{VM1_DEVICE, DEVICE_PAGES, VM1, {RW, DEV}},
	{VM2_RW, RW_PAGES, VM2, {RW, WB}},
	{VM2_RO, RO_PAGES, VM2, {MODEL_R, WB}},
	{VM3_RW, RW_PAGES, VM3, {RW, WB}},
};

bool system_is_vm_page(const struct world *world, uint64_t at)
{
	const struct range more = world->hypervisor.more;

	return (at >= VM1_RW && at < VM_END) ||
	       (at >= more.base.v && at < range_end(more));
}

/* --- The firmware ------------------------------------------------------ */

/* FFA_VERSION becomes a framework message, as in TF-A. */
static void ask_version(uint64_t x[FFA_REG_COUNT])
{
	uint64_t version = x[1];

	memset(x, 0, FFA_REG_COUNT * sizeof(x[0]));
	x[0] = FFA_MSG_SEND_DIRECT_REQ;
	x[1] = (uint64_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC;
	x[2] = FFA_FRAMEWORK | FFA_FRAMEWORK_VERSION_REQ;
	x[3] = version;
}

static void forward(struct world *world, uint64_t x[FFA_REG_COUNT])
{
	struct cpu *cpu = &world->cpu[host_cpu()];

	cpu->current = cpu->nwd;
	cpu->nwd->state = VCPU_RUNNING;
	memcpy(cpu->nwd->x, x, FFA_REG_COUNT * sizeof(x[0]));
	gate_call(cpu);
	suite_refused(cpu->last);
	memcpy(x, cpu->nwd->x, FFA_REG_COUNT * sizeof(x[0]));
}

static void spmd(void *context, uint64_t x[FFA_REG_COUNT])
{
	struct world *world = context;
	struct hypervisor *hypervisor = &world->hypervisor;

	__atomic_fetch_add(&hypervisor->firmware_calls, 1, __ATOMIC_RELAXED);
	if (hypervisor->fail_firmware > 0 && --hypervisor->fail_firmware == 0) {
		memcpy(x, hypervisor->answer, sizeof(hypervisor->answer));
		return;
	}
	switch (x[0]) {
	case FFA_VERSION:
		ask_version(x);
		forward(world, x);
		x[0] = x[3];
		return;
	case FFA_SPM_ID_GET:
		x[0] = FFA_SUCCESS;
		x[2] = FFA_ID_SPMC;
		return;
	default:
		forward(world, x);
	}
}

void system_fail_firmware(
	struct world *world, uint32_t n, struct ffa_regs answer)
{
	world->hypervisor.fail_firmware = n;
	memcpy(world->hypervisor.answer, answer.x, sizeof(answer.x));
}

/* --- The hypervisor ---------------------------------------------------- */

/* The normal world's memory, as the SPMC's manifest describes it. */
struct access system_nwd_access(uint64_t at)
{
	bool device = at >= VM1_DEVICE && at < VM2_RW;

	return device ? (struct access){RW, DEV} : (struct access){RWX, WB};
}

static void grant_to_nwd(struct world *world, struct range range)
{
	struct access access = system_nwd_access(range.base.v);

	access.attr |= ATTR_NS;
	host_memory_declare(range, true);
	assert_true(ledger_grant(&world->engine.ledger, range,
		&world->partition[NWD].ep, access));
}

static void make_pool(struct world *world)
{
	struct range span = {paddr(HYPERVISOR_POOL), HYPERVISOR_PAGES};
	struct range meta = {span.base, page_pool_meta_pages(span)};
	struct page_pool *pool = &world->hypervisor.spm.pool;

	page_pool_init(pool, span, meta);
	page_pool_add(pool, (struct range){paddr(range_end(meta)),
				    span.pages - meta.pages});
	grant_to_nwd(world, span);
}

static void make_manager(struct world *world)
{
	struct hypervisor *hypervisor = &world->hypervisor;
	struct spm *spm = &hypervisor->spm;

	world_make_cpus(spm, hypervisor->cpu, hypervisor->own);
	spm->chain_lock.rank = LOCK_RANK_CHAIN;
	spm->engine_lock.rank = LOCK_RANK_ENGINE;
	spm->console_lock.rank = LOCK_RANK_CONSOLE;
	spm->engine = &hypervisor->engine;
	spm->relay = &hypervisor->relay;
	spm->partitions = &world->partition[VM1];
	make_pool(world);
	engine_init(spm->engine, &spm->pool);
	role_begin(spm, &role_hypervisor);
}

static void make_vm(struct world *world, int party)
{
	struct hypervisor *hypervisor = &world->hypervisor;

	world_make_partition(
		world, party, (uint16_t)(party - VM1 + 1), ENDPOINT_VM);
	world_make_space(world, party, &hypervisor->spm.pool);
	world->model.party[party].vm = true;
	world->parties++;
	hypervisor->spm.partition_count++;
}

static void make_area(struct world *world, const struct area *area)
{
	struct engine *engine = &world->hypervisor.engine;
	struct range range = {paddr(area->base), area->pages};
	struct endpoint *owner = world_endpoint(world, area->owner);
	struct access access = {
		.perm = area->access.perm,
		.attr = area->access.attr | ATTR_NS,
	};

	grant_to_nwd(world, range);
	assert_true(ledger_grant(&engine->ledger, range, owner, access));
	model_add_range(&world->model, area->owner, range, true, area->access);
	for (uint32_t i = 0; i < area->pages; i++)
		world_touch(world, area->base + i * PAGE_SIZE);
	assert_true(owner_map_titles(engine, owner, range));
}

void system_extend(
	struct world *world, int owner, uint64_t base, uint32_t pages)
{
	struct area area = {base, pages, owner, {RW, WB}};

	if (!world_is_vm(world, owner)) {
		world_extend(world, owner, base, pages);
		return;
	}
	make_area(world, &area);
	world->hypervisor.more = (struct range){paddr(base), pages};
	port_entry_sync();
}

static void open_relay(struct world *world)
{
	struct hypervisor *hypervisor = &world->hypervisor;

	host_firmware_set(spmd, world);
	assert_int_equal(relay_open(&hypervisor->spm), R_NONE);
}

static void add_hypervisor(struct world *world)
{
	world->has_hypervisor = true;
	make_manager(world);
	for (int party = VM1; party < SYSTEM_PARTIES; party++)
		make_vm(world, party);
}

struct world *system_make(void)
{
	struct world *world = world_make();

	add_hypervisor(world);
	for (unsigned i = 0; i < ARRAY_COUNT(areas); i++)
		make_area(world, &areas[i]);
	open_relay(world);
	port_entry_sync();
	oracle_begin(world);
	if (!oracle_end(world))
		fail_msg("as booted: %s", world->wrong);
	for (int party = SP1; party < SYSTEM_PARTIES; party++)
		expect_ok(
			do_map(world, party, world_tx(party), world_rx(party)));
	return world;
}

void system_make_again(struct world *world)
{
	world_make_again(world);
	add_hypervisor(world);
	open_relay(world);
}

int system_set_up(void **state)
{
	*state = system_make();
	return 0;
}
