/* See life.h. */
#include "unit/boot/life.h"

#include <stdio.h>
#include <string.h>

#include "call/run_loop.h"
#include "engine/ledger_check.h"
#include "engine/txn.h"
#include "host/port_host.h"
#include "lib/desc.h"
#include "lib/suite.h"
#include "unit/boot/machine.h"

struct spm *life_spm;

struct vcpu *life_current(unsigned cpu)
{
	return life_spm->cpus[cpu].current;
}

struct vcpu *life_context(unsigned partition)
{
	return &life_spm->partitions[partition].vcpus[0];
}

struct vcpu *life_call(uint64_t func, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct cpu *cpu = &life_spm->cpus[host_cpu()];

	memset(cpu->current->x, 0, sizeof(cpu->current->x));
	cpu->current->x[0] = func;
	cpu->current->x[1] = x1;
	cpu->current->x[2] = x2;
	cpu->current->x[3] = x3;
	run_exit(cpu, &(struct vcpu_exit){.kind = VCPU_EXIT_CALL});
	suite_refused(cpu->last);
	return cpu->current;
}

struct vcpu *life_die(void)
{
	struct cpu *cpu = &life_spm->cpus[host_cpu()];

	run_exit(cpu, &(struct vcpu_exit){.kind = VCPU_EXIT_BAD});
	return cpu->current;
}

uint8_t *life_memory(uint64_t at)
{
	return host_memory(paddr(at));
}

/* Two partitions; the first one's abort-action is `action`. Both wait. */
void life_boot(const char *action)
{
	char life[160];

	snprintf(life, sizeof(life),
		"execution-ctx-count = <1>;\n\tlifecycle-support;\n"
		"\tentrypoint-offset = <0x4000>;\n"
		"\tabort-action = <%s>;",
		action);
	machine_read_spmc("spmc_two.dts", NULL, NULL);
	machine_place(
		0, "sp_one_service.dts", "execution-ctx-count = <1>;", life);
	machine_place(1, "sp_one_service.dts", NULL, NULL);
	memset(life_memory(BASE + 0x4000), 0xc0, PAGE_SIZE);
	life_spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_string_equal(machine_console, "");
	assert_int_equal(life_spm->partition_count, 2);
	for (uint32_t i = 0; i < 2; i++)
		life_spm->partitions[i].service[0].properties |= 3;
	host_cpu_set(0);
	run_begin(&life_spm->cpus[0]);
	assert_ptr_equal(life_current(0), life_context(0));
	assert_ptr_equal(life_call(FFA_MSG_WAIT, 0, 0, 0), life_context(1));
	assert_ptr_equal(
		life_call(FFA_MSG_WAIT, 0, 0, 0), life_spm->cpus[0].nwd);
	run_begin(&life_spm->cpus[1]);
	assert_ptr_equal(life_current(1), life_spm->cpus[1].nwd);
}

/* It starts, and its memory is what it was. */
void life_expect_fresh(unsigned cpu)
{
	const struct vcpu *vcpu = life_current(cpu);
	const uint8_t *bytes = life_memory(BASE);

	assert_ptr_equal(vcpu, life_context(0));
	assert_int_equal(vcpu->model, RTM_INIT);
	assert_int_equal(vcpu->pc, BASE + 0x4000);
	assert_memory_equal(bytes, "SPKG", 4);
	for (uint64_t i = 0x4000; i < PAGES * PAGE_SIZE; i++)
		assert_int_equal(bytes[i], i < 0x5000 ? 0xc0 : 0);
	assert_null(ledger_check(life_spm->engine));
}

static uint64_t tx_of(unsigned who)
{
	return who == NWD ? NWD_TX : TX(who);
}

static uint16_t id_of(unsigned who)
{
	return who == NWD ? 0 : (uint16_t)(ID_1 + who);
}

struct vcpu *life_map(unsigned who)
{
	return life_call(
		FFA_RXTX_MAP_64, tx_of(who), tx_of(who) + PAGE_SIZE, 1);
}

/* Of one range of each of two pages. */
static struct desc describe(
	uint32_t func, unsigned from, unsigned to, struct desc_range range[2])
{
	uint64_t base = from == NWD ? NWD_AREA : AREA(from);
	struct desc desc;

	range[0] = (struct desc_range){base, 1, 0};
	range[1] = (struct desc_range){base + 2 * PAGE_SIZE, 1, 0};
	desc_init(&desc, FFA_VERSION_1_0);
	desc.sender = id_of(from);
	desc.attributes = func == FFA_MEM_SHARE_64 ? 0x2f : 0;
	desc_add_receiver(
		&desc, id_of(to), func == FFA_MEM_DONATE_64 ? 0 : DESC_RW);
	desc.range = range;
	desc.range_count = 2;
	desc_settle(&desc);
	return desc;
}

uint64_t life_send(uint32_t func, unsigned from, unsigned to)
{
	struct desc_range range[2];
	struct desc desc = describe(func, from, to, range);
	struct vcpu *vcpu;

	desc_write(&desc, life_memory(tx_of(from)), PAGE_SIZE);
	vcpu = life_call(func, desc.length, desc.length, 0);
	return vcpu->x[0] == FFA_SUCCESS ? vcpu->x[2] | vcpu->x[3] << 32 : 0;
}

uint64_t life_begin(uint32_t func, unsigned from, unsigned to)
{
	struct desc_range range[2];
	struct desc desc = describe(func, from, to, range);
	struct vcpu *vcpu;

	desc_write(&desc, life_memory(tx_of(from)), PAGE_SIZE);
	vcpu = life_call(func, desc.length, desc.length - 16, 0);
	return vcpu->x[0] == FFA_MEM_FRAG_RX ? vcpu->x[1] | vcpu->x[2] << 32
					     : 0;
}

struct vcpu *life_finish(
	uint32_t func, unsigned from, unsigned to, uint64_t handle)
{
	struct desc_range range[2];
	struct desc desc = describe(func, from, to, range);
	uint8_t bytes[PAGE_SIZE];

	desc_write(&desc, bytes, PAGE_SIZE);
	memcpy(life_memory(tx_of(from)), bytes + desc.length - 16, 16);
	return life_call(FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, 16);
}

uint64_t life_lend(unsigned from, unsigned to)
{
	return life_send(FFA_MEM_LEND_64, from, to);
}

struct vcpu *life_retrieve(unsigned from, unsigned to, uint64_t handle)
{
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_0);
	desc.sender = id_of(from);
	desc.handle = handle;
	desc_add_receiver(&desc, id_of(to), 0);
	desc_settle(&desc);
	desc_write(&desc, life_memory(tx_of(to)), PAGE_SIZE);
	return life_call(FFA_MEM_RETRIEVE_REQ_64, desc.length, desc.length, 0);
}

struct vcpu *life_relinquish(unsigned who, uint64_t handle)
{
	struct desc_relinquish give = {handle, 0, 1, {id_of(who)}};

	desc_write_relinquish(&give, life_memory(tx_of(who)), PAGE_SIZE);
	return life_call(FFA_MEM_RELINQUISH, 0, 0, 0);
}

struct vcpu *life_reclaim(uint64_t handle)
{
	return life_call(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
}
