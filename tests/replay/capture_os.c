/*
 * capture-os SPMC.dtb SP1.dtb SP2.dtb ROUNDS > LOG: a capture of a manager on
 * the host whose normal world does what an operating system's does: pages from
 * everywhere are shared in fragments, on two CPUs; a partition is preempted
 * while it works on them; a hypervisor looks at what was sent before it asks
 * for it back; notifications go both ways. At the end another kernel follows it
 * while the partition holds something, and the partition dies.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "base/cursor.h"
#include "boot/boot.h"
#include "call/power.h"
#include "call/run_loop.h"
#include "host/port_host.h"
#include "lib/desc.h"

#define IMAGE_BASE 0x0e100000ull
#define IMAGE_PAGES 72u
#define MANIFEST_OFFSET 0x1000u
#define IMAGE_OFFSET 0x4000u
#define FILE_SIZE_MAX 0x3000u
#define SP 0x8001u
#define NWD_TX 0x48000000ull
#define NWD_RX 0x48001000ull
#define SP_TX 0x0e3f0000ull
#define SP_RX 0x0e3f1000ull
#define AREA 0x50000000ull /* a prime number of pages: */
#define AREA_PAGES 32749u
#define RANGES_MAX 1024u

static struct spm *spm;
static struct desc_range ranges[RANGES_MAX];
static uint64_t drawn = 1;

static void fail(const char *what)
{
	fprintf(stderr, "capture-os: %s\n", what);
	exit(2);
}

/* --- The machine ------------------------------------------------------- */

static size_t read_file(const char *path, void *at)
{
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(at, 1, FILE_SIZE_MAX, file) : 0;

	if (size == 0)
		fail(path);
	fclose(file);
	return size;
}

/* A package, version 2, without an image. */
static void place_package(const struct manifest_vm *vm, const char *path)
{
	uint8_t *at = host_memory(vm->load_address);
	size_t size = read_file(path, at + MANIFEST_OFFSET);

	memcpy(at, "SPKG", 4);
	put32(at + 4, 2);
	put32(at + 8, MANIFEST_OFFSET);
	put32(at + 12, (uint32_t)size);
	put32(at + 16, IMAGE_OFFSET);
	put32(at + 20, (uint32_t)PAGE_SIZE);
}

static void write_console(void *context, const char *text, size_t length)
{
	(void)context;
	fwrite(text, 1, length, stdout);
}

static void boot(char **path)
{
	static uint64_t bytes[FILE_SIZE_MAX / sizeof(uint64_t)];
	static struct spmc_manifest manifest;
	struct manifest_error error;

	host_reset();
	host_console_set(write_console, NULL);
	if (!manifest_read_spmc(
		    bytes, read_file(path[0], bytes), &manifest, &error))
		fail(error.text);
	for (uint32_t i = 0; i < manifest.range_count; i++)
		host_memory_declare(manifest.range[i].range,
			manifest.range[i].class == MEMORY_NS);
	for (uint32_t i = 0; i < manifest.vm_count && i < 2; i++)
		place_package(&manifest.vm[i], path[1 + i]);
	spm = boot_primary(
		&manifest, (struct range){paddr(IMAGE_BASE), IMAGE_PAGES});
}

/* --- Calls ------------------------------------------------------------- */

/* Of whoever runs on the CPU; the registers of who runs then. */
static const uint64_t *call(
	unsigned cpu, uint64_t func, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct cpu *on = &spm->cpus[cpu];

	host_cpu_set(cpu);
	memset(on->current->x, 0, sizeof(on->current->x));
	on->current->x[0] = func;
	on->current->x[1] = x1;
	on->current->x[2] = x2;
	on->current->x[3] = x3;
	run_exit(on, &(struct vcpu_exit){.kind = VCPU_EXIT_CALL});
	return on->current->x;
}

static const uint64_t *good(const uint64_t *x)
{
	if (x[0] == FFA_ERROR)
		fail("a call was refused");
	return x;
}

static void start(unsigned cpu)
{
	struct cpu *on = &spm->cpus[cpu];

	host_cpu_set(cpu);
	run_begin(on);
	while (on->current != on->nwd) {
		if (cpu == 0 && on->current->partition->ep.id == SP)
			good(call(cpu, FFA_RXTX_MAP_64, SP_TX, SP_RX, 1));
		good(call(cpu, FFA_MSG_WAIT, 0, 0, 0));
	}
}

/* The firmware asks, for the normal world. */
static void set_version(uint32_t version)
{
	good(call(0, FFA_MSG_SEND_DIRECT_REQ,
		(uint64_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC,
		FFA_FRAMEWORK | FFA_FRAMEWORK_VERSION_REQ, version));
}

/* The normal world's interrupt, while the partition works; then it goes on. */
static void preempt(unsigned cpu)
{
	struct cpu *on = &spm->cpus[cpu];

	host_cpu_set(cpu);
	run_exit(on, &(struct vcpu_exit){.kind = VCPU_EXIT_INTERRUPT});
	good(call(cpu, FFA_RUN, (uint64_t)SP << 16 | cpu, 0, 0));
}

/* --- Memory ------------------------------------------------------------ */

static uint32_t draw(uint32_t limit)
{
	drawn = drawn * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(drawn >> 33) % limit;
}

static struct desc scattered(uint32_t count)
{
	uint32_t at = draw(AREA_PAGES), step = 1 + draw(AREA_PAGES - 1);
	struct desc desc;

	for (uint32_t i = 0; i < count; i++) {
		ranges[i] = (struct desc_range){AREA + at * PAGE_SIZE, 1, 0};
		at = (at + step) % AREA_PAGES;
	}
	desc_init(&desc, spm->nwd->version);
	desc.attributes = 0x2f;
	desc.tag = count;
	desc_add_receiver(&desc, SP, DESC_RW);
	desc.range = ranges;
	desc.range_count = count;
	desc_settle(&desc);
	return desc;
}

/* The handle. */
static uint64_t share(unsigned cpu, const struct desc *desc)
{
	uint8_t *tx = host_memory(paddr(NWD_TX));
	uint32_t done = desc_write(desc, tx, PAGE_SIZE);
	const uint64_t *x =
		good(call(cpu, FFA_MEM_SHARE_64, desc->length, done, 0));

	while (x[0] == FFA_MEM_FRAG_RX) {
		uint32_t here = desc_write_part(desc, done, tx, PAGE_SIZE);

		done += here;
		x = good(call(cpu, FFA_MEM_FRAG_TX, x[1], x[2], here));
	}
	return x[2] | x[3] << 32;
}

/* The rest of a response; `word` names whose it is. */
static void read_rest(unsigned cpu, uint64_t handle, uint64_t word)
{
	struct cpu *on = &spm->cpus[cpu];
	uint64_t total = on->current->x[1], done = on->current->x[2];

	good(call(cpu, FFA_RX_RELEASE, 0, 0, 0));
	while (done < total) {
		memset(on->current->x, 0, sizeof(on->current->x));
		on->current->x[0] = FFA_MEM_FRAG_RX;
		on->current->x[1] = (uint32_t)handle;
		on->current->x[2] = handle >> 32;
		on->current->x[3] = done;
		on->current->x[4] = word;
		run_exit(on, &(struct vcpu_exit){.kind = VCPU_EXIT_CALL});
		done += good(on->current->x)[3];
		good(call(cpu, FFA_RX_RELEASE, 0, 0, 0));
	}
}

static void retrieve(unsigned cpu, uint64_t handle, uint64_t tag)
{
	struct desc desc;

	desc_init(&desc, spm->partitions[0].version);
	desc.handle = handle;
	desc.tag = tag;
	desc.flags = 1u << 3; /* a share */
	desc_add_receiver(&desc, SP, DESC_RW);
	desc_settle(&desc);
	desc_write(&desc, host_memory(paddr(SP_TX)), PAGE_SIZE);
	good(call(cpu, FFA_MEM_RETRIEVE_REQ, desc.length, desc.length, 0));
	read_rest(cpu, handle, 0);
}

static void relinquish(unsigned cpu, uint64_t handle)
{
	const struct desc_relinquish desc = {
		.handle = handle, .endpoint_count = 1, .endpoint = {SP}};

	desc_write_relinquish(&desc, host_memory(paddr(SP_TX)), PAGE_SIZE);
	good(call(cpu, FFA_MEM_RELINQUISH, 0, 0, 0));
}

/* By a header alone, as KVM does before it lets a page go. */
static void look(unsigned cpu, uint64_t handle)
{
	uint8_t *tx = host_memory(paddr(NWD_TX));

	memset(tx, 0, 48);
	put64(tx + 8, handle);
	good(call(cpu, FFA_MEM_RETRIEVE_REQ, 48, 48, 0));
	read_rest(cpu, handle, 0);
}

/* Pages of which one is shared already: all of them stay what they were. */
static void overreach(unsigned cpu, uint64_t shared)
{
	struct desc desc = scattered(4);

	ranges[3].base = shared;
	desc_write(&desc, host_memory(paddr(NWD_TX)), PAGE_SIZE);
	if (call(cpu, FFA_MEM_SHARE, desc.length, desc.length, 0)[0] !=
		FFA_ERROR)
		fail("a page was shared twice");
}

/* --- Rounds ------------------------------------------------------------ */

static void work(unsigned cpu, uint64_t handle, uint64_t tag)
{
	good(call(cpu, FFA_MSG_SEND_DIRECT_REQ, SP, 0, handle));
	preempt(cpu);
	retrieve(cpu, handle, tag);
	preempt(cpu);
	relinquish(cpu, handle);
	good(call(cpu, FFA_NOTIFICATION_SET, (uint64_t)SP << 16, 0, 2));
	good(call(cpu, FFA_MSG_SEND_DIRECT_RESP, (uint64_t)SP << 16, 0, 0));
}

/* The normal world tells the partition, and hears what it was told. */
static void notify(unsigned cpu)
{
	good(call(cpu, FFA_NOTIFICATION_SET, SP, 0, 1));
	good(call(cpu, FFA_NOTIFICATION_INFO_GET_64, 0, 0, 0));
	good(call(cpu, FFA_NOTIFICATION_GET, 0, 5, 0));
	good(call(cpu, FFA_MSG_SEND_DIRECT_REQ, SP, 0, 0));
	good(call(cpu, FFA_NOTIFICATION_GET, SP, 15, 0));
	good(call(cpu, FFA_MSG_SEND_DIRECT_RESP, (uint64_t)SP << 16, 0, 0));
}

static void play(uint32_t round)
{
	unsigned cpu = round % 2;
	uint32_t count = round % 4 == 0 ? 1 + draw(RANGES_MAX) : 1 + draw(8);
	struct desc desc = scattered(count);
	uint64_t shared = desc.range[0].base;
	uint64_t handle = share(cpu, &desc);

	work(1 - cpu, handle, desc.tag);
	notify(cpu);
	overreach(cpu, shared);
	look(cpu, handle);
	good(call(cpu, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0));
}

/* The second partition; its manifest says what becomes of its memory. */
static void die(void)
{
	good(call(0, FFA_MSG_SEND_DIRECT_REQ, SP + 1, 0, 0));
	run_exit(&spm->cpus[0], &(struct vcpu_exit){.kind = VCPU_EXIT_BAD});
}

static void bind(void)
{
	good(call(0, FFA_NOTIFICATION_BITMAP_CREATE, 0, 4, 0));
	good(call(0, FFA_NOTIFICATION_BIND, (uint64_t)SP << 16, 0, 2));
	good(call(0, FFA_MSG_SEND_DIRECT_REQ, SP, 0, 0));
	good(call(0, FFA_NOTIFICATION_BIND, SP, 0, 1));
	good(call(0, FFA_MSG_SEND_DIRECT_RESP, (uint64_t)SP << 16, 0, 0));
}

static uint64_t shared(struct desc *desc)
{
	*desc = scattered(5);
	return share(0, desc);
}

static void follow(void)
{
	struct desc unheld, held;
	uint64_t handle;

	shared(&unheld);
	handle = shared(&held);
	good(call(0, FFA_MSG_SEND_DIRECT_REQ, SP, 0, handle));
	retrieve(0, handle, held.tag);
	good(call(0, FFA_MSG_SEND_DIRECT_RESP, (uint64_t)SP << 16, 0, 0));
	good(call(1, FFA_MSG_SEND_DIRECT_REQ,
		(uint64_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC,
		FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_REQ, POWER_CPU_OFF));
	start(1);
	set_version(FFA_VERSION_1_1);
	good(call(0, FFA_RXTX_MAP_64, NWD_TX, NWD_RX, 1));
	good(call(1, FFA_MSG_SEND_DIRECT_REQ, SP, 0, handle));
	relinquish(1, handle);
	good(call(1, FFA_MSG_SEND_DIRECT_RESP, (uint64_t)SP << 16, 0, 0));
}

int main(int argc, char **argv)
{
	uint32_t rounds = argc == 5 ? (uint32_t)atoi(argv[4]) : 0;

	if (rounds == 0)
		fail("SPMC.dtb SP1.dtb SP2.dtb ROUNDS");
	boot(&argv[1]);
	start(0);
	start(1);
	set_version(FFA_VERSION_1_2);
	good(call(0, FFA_RXTX_MAP_64, NWD_TX, NWD_RX, 1));
	bind();
	for (uint32_t i = 0; i < rounds; i++)
		play(i);
	follow();
	die();
	return 0;
}
