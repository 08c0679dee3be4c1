/*
 * From the first C function of a processor to the scheduling loop.
 *
 * Not responsible for what the manifest means (boot/) or for partitions.
 */
#include "arch.h"

#include "abi/ffa_func.h"
#include "base/assert.h"
#include "boot/boot.h"
#include "boot/manifest.h"
#include "boot/quotas.h"
#include "call/run_loop.h"
#include "pl011.h"
#include "platform.h"

#define MPIDR_AFFINITY 0xff00ffffffull
#define MPIDR_NONE (~0ull)

extern const uint8_t image_start[], image_end[];

/* Written by start.S. */
extern uint8_t manifest_copy[PLATFORM_MANIFEST_SIZE];
uint8_t manifest_copy[PLATFORM_MANIFEST_SIZE] __attribute__((aligned(16)));

/* Read by start.S with the MMU off: whose the stacks are, by MPIDR. */
extern uint64_t cpu_mpidr[PLATFORM_CPU_COUNT];
uint64_t cpu_mpidr[PLATFORM_CPU_COUNT];

static struct cpu_local locals[PLATFORM_CPU_COUNT];
static struct spmc_manifest manifest;
static struct spm *the_spm;

/* This processor, until boot_primary() has made the real one. */
static struct cpu boot_cpu;

static void processor_init(struct cpu *cpu, struct cpu_local *local)
{
	*local = (struct cpu_local){0};
	cpu->arch = local;
	sysreg_write(tpidr_el2, (uintptr_t)cpu);
	gic_init(local);
	timer_init(local);
	s2_hw_init();
}

/* What EL1 and SIMD registers hold now is the normal world's. */
static void processor_adopt_normal_world(struct cpu *cpu)
{
	struct cpu_local *local = cpu->arch;
	struct context *c = cpu->nwd->arch;

	local->loaded = cpu->nwd;
	c->live = 1;
}

static void read_manifest(void)
{
	struct manifest_error error;

	if (manifest_read_spmc(
		    manifest_copy, sizeof(manifest_copy), &manifest, &error))
		return;
	early_print("Escrow: ");
	early_print(error.text);
	early_print("\n");
	PANIC("the SPMC manifest is refused");
}

static void map_memory(void)
{
	el0_build();
	for (uint32_t i = 0; i < manifest.range_count; i++) {
		const struct memory_range *r = &manifest.range[i];

		if (r->class == MEMORY_SECURE || r->class == MEMORY_NS)
			el2_mmu_add(r->range, r->class == MEMORY_NS);
		if (r->class == MEMORY_NS || r->class == MEMORY_NS_DEVICE)
			el0_add_ns(r->range);
	}
	el0_complete();
}

/*
 * The first stack is the primary's, wherever the manifest names it. Others
 * look theirs up before their MMU is on: the table must be in memory.
 */
static void publish_stacks(const struct spm *spm, const struct cpu *primary)
{
	uint32_t slot = 1;

	cpu_mpidr[0] = primary->mpidr;
	for (uint32_t i = 0; i < spm->cpu_count; i++) {
		if (&spm->cpus[i] != primary && slot < PLATFORM_CPU_COUNT)
			cpu_mpidr[slot++] = spm->cpus[i].mpidr;
	}
	while (slot < PLATFORM_CPU_COUNT)
		cpu_mpidr[slot++] = MPIDR_NONE;
	(void)guarded_clean((uintptr_t)cpu_mpidr,
		(uintptr_t)cpu_mpidr + sizeof(cpu_mpidr), sizeof(uint64_t));
}

static void register_secondary_entry(void)
{
	uint64_t x[18] = {
		FFA_SECONDARY_EP_REGISTER_64, (uintptr_t)secondary_entry};

	smc_call(x);
	if ((uint32_t)x[0] != FFA_SUCCESS_64 && (uint32_t)x[0] != FFA_SUCCESS)
		PANIC("the firmware refuses the secondary entry");
}

static void print_banner(const struct spm *spm)
{
	early_print("Escrow SPMC " ESCROW_VERSION " on " PLATFORM_NAME
		    ", FF-A 1.2: ");
	early_print_decimal(spm->partition_count);
	early_print(
		spm->partition_count == 1 ? " partition, " : " partitions, ");
	early_print_decimal(spm->cpu_count);
	early_print(spm->cpu_count == 1 ? " processor\n" : " processors\n");
}

static struct cpu *find_self(struct spm *spm)
{
	uint64_t self = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;

	for (uint32_t i = 0; i < spm->cpu_count; i++) {
		if (spm->cpus[i].mpidr == self)
			return &spm->cpus[i];
	}
	return NULL;
}

void start_primary(void)
{
	struct range image = {paddr((uintptr_t)image_start),
		((uintptr_t)image_end - (uintptr_t)image_start) >> PAGE_SHIFT};
	struct cpu *cpu;

	pl011_init(PLATFORM_CONSOLE_BASE);
	tlb_init();
	memory_init();
	processor_init(&boot_cpu, &locals[0]);
	read_manifest();
	features_init(manifest.firmware_sve);
	map_memory();
	the_spm = boot_primary(&manifest, image);
	cpu = find_self(the_spm);
	if (cpu == NULL)
		PANIC("the manifest does not name the first processor");
	publish_stacks(the_spm, cpu);
	processor_init(cpu, &locals[0]);
	processor_adopt_normal_world(cpu);
	register_secondary_entry();
	print_banner(the_spm);
	quotas_tell(the_spm);
	run_loop(cpu);
}

void start_secondary(unsigned slot)
{
	struct cpu *cpu = find_self(the_spm);

	if (cpu == NULL || cpu->nwd == NULL)
		secondary_refuse();
	processor_init(cpu, &locals[slot]);
	processor_adopt_normal_world(cpu);
	run_loop(cpu);
}
