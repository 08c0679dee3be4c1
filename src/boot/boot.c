/*
 * Builds the instance: what the manifest gives to no partition becomes the
 * manager's pool, everything gets a title, every partition its contexts.
 */
#include "boot/boot.h"

#include "abi/ffa_func.h"
#include "base/assert.h"
#include "base/mem.h"
#include "boot/capture_machine.h"
#include "boot/plan.h"
#include "boot/pristine.h"
#include "boot/quotas.h"
#include "engine/txn.h"
#include "partition/mailbox.h"
#include "partition/trace_rings.h"
#include "port/port.h"
#include "role/role.h"
#include "stage2/s2_map.h"

/* Objects that live as long as the manager, cut from one extent. */
struct heap {
	uint64_t at;
	uint64_t end;
};

struct boot {
	const struct spmc_manifest *manifest;
	struct loader_work *work;
	struct range work_range; /* joins the pool when all is made */
	struct heap heap;
	struct paddr rings;
	struct capture capture;
	struct spm *spm;
};

static void say(const char *text)
{
	port_console_write(text, __builtin_strlen(text));
}

/* `size` zeroed bytes, 64-byte aligned. Panics when memory is short. */
static void *heap_take(struct heap *heap, uint64_t size)
{
	uint64_t at = heap->at;
	void *object;

	size = (size + 63) & ~63ull;
	if (size > heap->end - at)
		PANIC("the manifest leaves too little secure memory");
	heap->at = at + size;
	object =
		(uint8_t *)port_page(paddr(at & ~PAGE_MASK)) + (at & PAGE_MASK);
	memset(object, 0, size);
	return object;
}

/* The next page boundary; what is taken next begins there. */
static uint64_t heap_page(struct heap *heap)
{
	heap->at = (heap->at + PAGE_MASK) & ~PAGE_MASK;
	return heap->at;
}

static void heap_open(struct heap *heap, struct range extent)
{
	heap->at = extent.base.v;
	heap->end = range_end(extent);
}

/* --- Room to work in --------------------------------------------------- */

static void make_work(struct boot *boot, struct range image)
{
	boot->work_range = plan_work_range(boot->manifest, image);
	if (boot->work_range.pages == 0)
		PANIC("the manifest leaves too little secure memory");
	heap_open(&boot->heap, boot->work_range);
	boot->work = heap_take(&boot->heap, sizeof(*boot->work));
	plan_open(boot->work, boot->manifest, image);
}

/* A region that manifests share is the manager's, but not free. */
static bool is_mapped(struct spm *spm, struct paddr page)
{
	for (uint32_t i = 0; i < spm->partition_count; i++)
		if (s2_lookup(&spm->partitions[i].space, false, page).perm != 0)
			return true;
	return false;
}

/*
 * Regions may lie where we worked: the pages that are a partition's by now
 * are only zeroed, the others join the pool.
 */
static void release_work(struct boot *boot)
{
	struct spm *spm = boot->spm;
	struct range page = {paddr(range_end(boot->work_range)), 1};

	/* A partition starts with its caches off. */
	memset(port_page(boot->work_range.base), 0,
		boot->work_range.pages << PAGE_SHIFT);
	port_cache_clean(boot->work_range, false);
	while (page.base.v > boot->work_range.base.v) {
		const struct ledger_node *title;

		page.base.v -= PAGE_SIZE;
		title = ledger_title(&spm->engine->ledger, page.base);
		if (title->title.owner == &spm->engine->manager &&
			!is_mapped(spm, page.base))
			page_pool_add(&spm->pool, page);
	}
}

/* --- Packages ---------------------------------------------------------- */

static void tell_refused(const struct loader_work *work)
{
	say("Escrow: partition not started: ");
	say(work->error.text);
	say("\n");
}

static void read_packages(struct boot *boot)
{
	struct loader_work *work = boot->work;

	for (uint32_t i = 0; i < boot->manifest->vm_count; i++)
		if (!plan_read(work, i))
			tell_refused(work);
	while (loader_drop_lonely(work))
		tell_refused(work);
}

/* --- Rings of the trace ------------------------------------------------ */

/* Where a partition wants to read them, or in memory of ours. */
static void place_rings(struct boot *boot)
{
	const struct loader_work *work = boot->work;
	uint64_t pages = trace_pages(boot->manifest->cpu_count);
	const struct manifest_region *region = NULL;

	for (uint32_t i = 0; region == NULL && i < work->loaded_count; i++)
		region = manifest_rings(&work->loaded[i].manifest);
	if (region != NULL) {
		boot->rings = region->range.base;
		return;
	}
	boot->rings = paddr(heap_page(&boot->heap));
	(void)heap_take(&boot->heap, pages << PAGE_SHIFT);
}

/* --- The instance ------------------------------------------------------ */

static void make_spm(struct boot *boot)
{
	const struct spmc_manifest *manifest = boot->manifest;
	struct spm *spm = heap_take(&boot->heap, sizeof(*spm));

	spm->chain_lock.rank = LOCK_RANK_CHAIN;
	spm->engine_lock.rank = LOCK_RANK_ENGINE;
	spm->console_lock.rank = LOCK_RANK_CONSOLE;
	spm->id = manifest->spmc_id;
	spm->console_trace = manifest->console_trace;
	spm->capture = boot->capture;
	spm->told = manifest->console_trace || manifest->capture;
	spm->capture.lock.rank = LOCK_RANK_CAPTURE;
	spm->capture.console = &spm->console_lock;
	spm->cpu_count = manifest->cpu_count;
	spm->cpus = heap_take(
		&boot->heap, manifest->cpu_count * sizeof(struct cpu));
	spm->partitions = heap_take(&boot->heap,
		(boot->work->loaded_count + 1) * sizeof(struct partition));
	spm->nwd = heap_take(&boot->heap, sizeof(struct partition));
	spm->engine = heap_take(&boot->heap, sizeof(struct engine));
	boot->spm = spm;
}

/* A page of its own for every context: the port's register state. */
static void make_contexts(struct boot *boot, struct partition *partition)
{
	struct spm *spm = boot->spm;

	partition->vcpus = heap_take(
		&boot->heap, partition->vcpu_count * sizeof(struct vcpu));
	for (uint16_t i = 0; i < partition->vcpu_count; i++) {
		struct vcpu *vcpu = &partition->vcpus[i];
		struct paddr page;

		if (!page_pool_take(&spm->pool, &page))
			PANIC("no memory for execution contexts");
		vcpu->arch = port_page(page);
		vcpu->partition = partition;
		vcpu->index = i;
	}
}

static uint8_t *make_page(struct spm *spm)
{
	struct paddr page;

	if (!page_pool_take(&spm->pool, &page))
		PANIC("no memory for processors");
	return port_page(page);
}

/*
 * The linear index of a processor: its place among the MPIDRs in rising order,
 * as the firmware and the normal world count; manifests list them otherwise.
 */
static unsigned linear_index(
	const struct spmc_manifest *manifest, uint64_t mpidr)
{
	unsigned index = 0;

	for (uint32_t i = 0; i < manifest->cpu_count; i++)
		if (manifest->mpidr[i] < mpidr)
			index++;
	return index;
}

static void make_cpus(struct boot *boot)
{
	struct spm *spm = boot->spm;

	for (uint32_t n = 0; n < spm->cpu_count; n++) {
		uint64_t mpidr = boot->manifest->mpidr[n];
		unsigned i = linear_index(boot->manifest, mpidr);
		struct cpu *cpu = &spm->cpus[i];

		cpu->spm = spm;
		cpu->index = i;
		cpu->mpidr = mpidr;
		cpu->nwd = &spm->nwd->vcpus[i];
		cpu->current = cpu->nwd;
		cpu->scratch = make_page(spm);
		cpu->response = make_page(spm);
	}
}

static void make_nwd(struct boot *boot)
{
	struct partition *nwd = boot->spm->nwd;

	nwd->ep.id = FFA_ID_NWD;
	nwd->ep.kind = ENDPOINT_NWD;
	quota_open(&nwd->ep.quota);
	nwd->version = FFA_VERSION_1_0;
	nwd->vcpu_count = (uint16_t)boot->spm->cpu_count;
	nwd->initialised = true;
	nwd->boot_info_register = -1;
	memcpy(nwd->name, "nwd", 4);
	make_contexts(boot, nwd);
}

/* --- Titles ------------------------------------------------------------ */

/* Before any partition gets its own: the manager's and the normal world's. */
static void grant_ranges(struct boot *boot)
{
	struct spm *spm = boot->spm;

	for (uint32_t i = 0; i < boot->manifest->range_count; i++) {
		const struct memory_range *range = &boot->manifest->range[i];
		bool ns = range->class == MEMORY_NS ||
			  range->class == MEMORY_NS_DEVICE;
		bool device = range->class == MEMORY_SECURE_DEVICE ||
			      range->class == MEMORY_NS_DEVICE;
		struct access access = {
			.perm = ACCESS_R | ACCESS_W,
			.attr = device ? ATTR_DEVICE : ATTR_NORMAL_WB,
		};

		if (ns)
			access.attr |= ATTR_NS;
		if (range->class == MEMORY_NS)
			access.perm |= ACCESS_X;
		if (!ledger_grant(&spm->engine->ledger, range->range,
			    ns ? &spm->nwd->ep : &spm->engine->manager, access))
			PANIC("no memory for the ledger");
	}
}

/* --- Pool -------------------------------------------------------------- */

static void open_pool(struct boot *boot)
{
	struct range span = plan_secure_span(boot->manifest);
	uint64_t pages = page_pool_meta_pages(span);
	struct range meta;

	meta = (struct range){paddr(heap_page(&boot->heap)), pages};
	(void)heap_take(&boot->heap, pages << PAGE_SHIFT);
	page_pool_init(&boot->spm->pool, span, meta);
}

/* The heap keeps what the contexts need; all other free memory is the pool's.
 */
static void fill_pool(struct boot *boot, struct paddr heap_first)
{
	struct loader_work *work = boot->work;
	struct boot_cursor cursor = {0};
	struct range extent;
	uint64_t end = boot->heap.at + plan_partition_bytes(work);

	if (end > boot->heap.end)
		PANIC("the manifest leaves too little secure memory");
	boot->heap.end = (end + PAGE_MASK) & ~PAGE_MASK;
	boot_map_claim(&work->map,
		(struct range){heap_first,
			(boot->heap.end - heap_first.v) >> PAGE_SHIFT});
	while (boot_map_next(&work->map, &cursor, &extent))
		page_pool_add(&boot->spm->pool, extent);
}

/* For who may be restarted: a page, and the copy. */
static void make_pristine(struct boot *boot, const struct loaded *loaded,
	struct partition *partition)
{
	uint64_t pages = plan_pristine_pages(loaded);
	struct pristine *pristine;

	if (pages == 0)
		return;
	(void)heap_page(&boot->heap);
	pristine = heap_take(&boot->heap, (pages - 1) << PAGE_SHIFT);
	if (!pristine_make(boot->spm, loaded, partition, pristine))
		PANIC("a package cannot be read");
}

/* --- All of it --------------------------------------------------------- */

static void make_partitions(struct boot *boot)
{
	struct spm *spm = boot->spm;

	for (uint32_t i = 0; i < boot->work->loaded_count; i++) {
		struct partition *partition = &spm->partitions[i];

		if (!loader_make(spm, &boot->work->loaded[i], partition))
			PANIC("no memory for a partition");
		make_contexts(boot, partition);
		make_pristine(boot, &boot->work->loaded[i], partition);
		spm->partition_count++;
	}
}

struct spm *boot_primary(
	const struct spmc_manifest *manifest, struct range image)
{
	struct boot boot = {.manifest = manifest};
	struct range largest;

	boot.capture.on = manifest->capture;
	if (manifest->capture)
		capture_machine(&boot.capture, manifest, image);
	make_work(&boot, image);
	read_packages(&boot);
	largest = boot_map_largest(&boot.work->map);
	heap_open(&boot.heap, largest);
	make_spm(&boot);
	place_rings(&boot);
	open_pool(&boot);
	fill_pool(&boot, largest.base);
	engine_init(boot.spm->engine, &boot.spm->pool);
	role_begin(boot.spm, &role_spmc);
	boot.spm->engine->policy.zero_pages_max = manifest->zero_pages_max;
	make_nwd(&boot);
	make_cpus(&boot);
	grant_ranges(&boot);
	make_partitions(&boot);
	trace_rings_open(boot.spm, boot.rings);
	if (manifest->capture)
		capture_parties(boot.spm);
	release_work(&boot);
	quotas_set(boot.spm);
	return boot.spm;
}
