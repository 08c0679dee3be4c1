/*
 * A module for Linux: shares and lends scattered pages with the partition of
 * partition.c through arm_ffa, and says in TAP how that went. All its work is
 * done when insmod returns.
 */
#define pr_fmt(text) KBUILD_MODNAME ": " text

#include <linux/arm_ffa.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include "share.h"

static uint rounds = 1000;
module_param(rounds, uint, 0);
MODULE_PARM_DESC(rounds, "sends on each CPU");

static uint pages_max = 1024;
module_param(pages_max, uint, 0);
MODULE_PARM_DESC(pages_max, "pages of 4 KiB in the largest of them");

static bool notifications = true;
module_param(notifications, bool, 0);
MODULE_PARM_DESC(notifications, "try them, too (pKVM passes none)");

static bool measure;
module_param(measure, bool, 0);
MODULE_PARM_DESC(measure, "time single calls, and do nothing else");

#define FFA_IN_PAGE (PAGE_SIZE / SHARE_PAGE_SIZE)
#define CPUS_MAX 8

static struct ffa_device *partition;
static uint tests;

static void report(bool good, const char *what)
{
	pr_info("%sok %u - %s\n", good ? "" : "not ", ++tests, what);
}

/* --- one send and all that belongs to it ------------------------------- */

/* Pages of one worker, in random order; the first `count` are sent. */
struct pages {
	struct page **page;
	uint room, count;
	struct scatterlist *list;
	struct rnd_state random;
};

struct send {
	bool lend;
	u64 handle;
	u64 seed;
};

static uint below(struct pages *pages, uint limit)
{
	return prandom_u32_state(&pages->random) % limit;
}

static void pages_free(struct pages *pages)
{
	for (uint i = 0; pages->page && i < pages->room; i++)
		if (pages->page[i])
			__free_page(pages->page[i]);
	kvfree(pages->page);
	kvfree(pages->list);
}

/* Twice as many as are ever sent, so that they do not lie side by side. */
static int pages_alloc(struct pages *pages, u64 seed)
{
	uint most = max_t(uint, 1, pages_max / FFA_IN_PAGE);

	memset(pages, 0, sizeof(*pages));
	prandom_seed_state(&pages->random, seed);
	pages->room = 2 * most;
	pages->page = kvcalloc(pages->room, sizeof(*pages->page), GFP_KERNEL);
	pages->list = kvcalloc(most, sizeof(*pages->list), GFP_KERNEL);
	if (!pages->page || !pages->list)
		return -ENOMEM;
	for (uint i = 0; i < pages->room; i++) {
		pages->page[i] = alloc_page(GFP_KERNEL);
		if (!pages->page[i])
			return -ENOMEM;
	}
	return 0;
}

static void pages_list(struct pages *pages)
{
	struct scatterlist *sg;
	uint i;

	sg_init_table(pages->list, pages->count);
	for_each_sg(pages->list, sg, pages->count, i)
		sg_set_page(sg, pages->page[i], PAGE_SIZE, 0);
}

static void pages_shuffle(struct pages *pages, uint count)
{
	pages->count = count;
	for (uint i = 0; i < count; i++) {
		uint other = i + below(pages, pages->room - i);

		swap(pages->page[i], pages->page[other]);
	}
	pages_list(pages);
}

static u64 *word(struct pages *pages, uint index, bool last)
{
	u64 *at = page_address(pages->page[index / FFA_IN_PAGE]);

	at += index % FFA_IN_PAGE * (SHARE_PAGE_SIZE / sizeof(*at));
	return last ? at + SHARE_PAGE_SIZE / sizeof(*at) - 1 : at;
}

static void pages_write(struct pages *pages, u64 seed)
{
	for (uint i = 0; i < pages->count * FFA_IN_PAGE; i++) {
		*word(pages, i, false) = SHARE_WORD(seed, i);
		*word(pages, i, true) = SHARE_WORD(seed, i);
	}
}

/* Whether the partition has turned every word over. */
static bool pages_changed(struct pages *pages, u64 seed)
{
	for (uint i = 0; i < pages->count * FFA_IN_PAGE; i++)
		if (*word(pages, i, false) != ~SHARE_WORD(seed, i) ||
			*word(pages, i, true) != ~SHARE_WORD(seed, i))
			return false;
	return true;
}

static int send(struct pages *pages, struct send *send)
{
	struct ffa_mem_region_attributes receiver = {
		.receiver = partition->vm_id,
		.attrs = FFA_MEM_RW,
	};
	struct ffa_mem_ops_args args = {
		.use_txbuf = true,
		.tag = send->seed,
		.attrs = &receiver,
		.nattrs = 1,
		.sg = pages->list,
	};
	const struct ffa_mem_ops *ops = partition->ops->mem_ops;
	int status =
		send->lend ? ops->memory_lend(&args) : ops->memory_share(&args);

	send->handle = args.g_handle;
	return status;
}

static int reclaim(u64 handle)
{
	return partition->ops->mem_ops->memory_reclaim(handle, 0);
}

/* The partition's status; its value, where somebody wants it. */
static long ask(u64 what, u64 a, u64 b, u64 *value)
{
	struct ffa_send_direct_data data = {what, a, b};
	int status =
		partition->ops->msg_ops->sync_send_receive(partition, &data);

	if (status)
		return status;
	if (value)
		*value = data.data1;
	return (long)data.data0;
}

/*
 * Sends `count` pages of the kernel's, lets the partition change them, takes
 * them back. Null, or what went wrong.
 */
static const char *send_and_return(
	struct pages *pages, struct send *it, uint count)
{
	u64 visited = 0;

	pages_shuffle(pages, count);
	it->seed = (u64)below(pages, U32_MAX) << 16;
	pages_write(pages, it->seed);
	if (send(pages, it))
		return "a send was refused";
	if (ask(SHARE_VISIT, it->handle, it->seed, &visited))
		return "the partition could not look at the pages";
	if (visited != count * FFA_IN_PAGE)
		return "the partition got another number of pages";
	if (reclaim(it->handle))
		return "a reclaim was refused";
	if (!pages_changed(pages, it->seed))
		return "the pages do not hold what the partition wrote";
	return NULL;
}

/* --- the tests ---------------------------------------------------------- */

static void test_sizes(struct pages *pages, bool lend)
{
	static const uint sizes[] = {1, 2, 3, 7, 64, 250, 251, 252, 506, 1024};
	struct send it = {.lend = lend};
	const char *wrong = NULL;

	for (uint i = 0; i < ARRAY_SIZE(sizes) && !wrong; i++)
		if (sizes[i] <= pages->room / 2)
			wrong = send_and_return(pages, &it, sizes[i]);
	if (wrong)
		pr_info("# %s\n", wrong);
	report(!wrong, lend ? "pages of every number lent, changed, back"
			    : "pages of every number shared, changed, back");
}

static void test_twice(struct pages *pages)
{
	struct send first = {}, second = {};
	int status;

	pages_shuffle(pages, min(3u, pages->room / 2));
	status = send(pages, &first);
	report(!status && send(pages, &second) != 0,
		"what is shared already cannot be shared again");
	report(!reclaim(first.handle) && reclaim(first.handle) != 0,
		"a handle is good for one reclaim");
	report(ask(SHARE_VISIT, first.handle, 0, NULL) != 0,
		"and the partition cannot retrieve it any more");
}

static void test_held(struct pages *pages)
{
	struct send it = {.lend = true};

	pages_shuffle(pages, min(5u, pages->room / 2));
	report(!send(pages, &it) && !ask(SHARE_HOLD, it.handle, 0, NULL) &&
			reclaim(it.handle) != 0,
		"what the partition holds cannot be reclaimed");
	report(!ask(SHARE_LET_GO, 0, 0, NULL) && !reclaim(it.handle),
		"when it has given it back, it can");
}

struct worker {
	uint cpu, done;
	u64 pages_sent;
	const char *wrong;
	struct completion finished;
};

/* Mostly few, sometimes many. */
static uint how_many(struct pages *pages)
{
	static const uint most[] = {8, 8, 64, 1024};
	uint limit = min(most[below(pages, 4)], pages->room / 2);

	return 1 + below(pages, limit);
}

static int work(void *argument)
{
	struct worker *me = argument;
	struct pages pages;
	struct send it;

	if (pages_alloc(&pages, 1000 + me->cpu))
		me->wrong = "no memory";
	while (me->done < rounds && !me->wrong) {
		uint count = how_many(&pages);

		it.lend = below(&pages, 2);
		me->wrong = send_and_return(&pages, &it, count);
		me->done++;
		me->pages_sent += count * FFA_IN_PAGE;
	}
	pages_free(&pages);
	complete(&me->finished);
	return 0;
}

static void test_all_cpus(void)
{
	static struct worker workers[CPUS_MAX];
	u64 start = ktime_get_ns(), sends = 0, pages = 0;
	bool good = true;
	uint cpu;

	for_each_online_cpu(cpu)
	{
		struct worker *w = &workers[cpu];
		struct task_struct *task;

		init_completion(&w->finished);
		w->cpu = cpu;
		task = kthread_create(work, w, "share/%u", cpu);
		kthread_bind(task, cpu);
		wake_up_process(task);
	}
	for_each_online_cpu(cpu)
	{
		struct worker *w = &workers[cpu];

		wait_for_completion(&w->finished);
		good &= !w->wrong;
		if (w->wrong)
			pr_info("# CPU %u, send %u: %s\n", cpu, w->done,
				w->wrong);
		sends += w->done;
		pages += w->pages_sent;
	}
	report(good, "random sends on all CPUs at once");
	pr_info("# sends %llu, pages of 4 KiB %llu, CPUs %u, ms %llu\n", sends,
		pages, num_online_cpus(), (ktime_get_ns() - start) / 1000000);
}

/* --- notifications ------------------------------------------------------ */

#define NOTE_GLOBAL 5
#define NOTE_PER_VCPU 9
#define NOTE_TO_PARTITION 13
#define FLAG_PER_VCPU 1

static struct heard {
	struct completion once;
	uint times;
} heard[2];

static void hear(int id, void *data)
{
	struct heard *it = data;

	it->times++;
	complete(&it->once);
}

/* The partition's vCPU in bits 31:16 of the flags. */
static bool signal_arrives(struct heard *it, int id, u64 flags)
{
	for (uint i = 1; i <= 100; i++) {
		reinit_completion(&it->once);
		if (ask(SHARE_SIGNAL, BIT_ULL(id), flags, NULL))
			return false;
		if (!wait_for_completion_timeout(&it->once, 10 * HZ))
			return false;
		if (it->times != i)
			return false;
	}
	return true;
}

static void test_from_partition(
	const struct ffa_notifier_ops *ops, int id, bool per_vcpu)
{
	struct heard *it = &heard[per_vcpu];
	bool good;

	init_completion(&it->once);
	good = !ops->notify_request(partition, per_vcpu, hear, it, id) &&
	       signal_arrives(it, id, per_vcpu ? FLAG_PER_VCPU : 0) &&
	       !ops->notify_relinquish(partition, id);
	report(good, per_vcpu ? "100 notifications of a vCPU's, one by one"
			      : "100 notifications of the partition's, "
				"one by one");
}

static void test_to_partition(const struct ffa_notifier_ops *ops)
{
	u64 bits = BIT_ULL(NOTE_TO_PARTITION), heard_bits = 0;
	bool good = !ask(SHARE_LISTEN, bits, 0, NULL);

	for (uint i = 0; i < 100 && good; i++)
		good = !ops->notify_send(
			       partition, NOTE_TO_PARTITION, false, 0) &&
		       !ask(SHARE_HEAR, 0, 0, &heard_bits) &&
		       heard_bits == bits &&
		       !ask(SHARE_HEAR, 0, 0, &heard_bits) && !heard_bits;
	report(good, "100 notifications to the partition, each heard once");
	report(ops->notify_send(partition, NOTE_TO_PARTITION + 1, false, 0),
		"one that the partition has not bound is refused");
}

static void test_notifications(void)
{
	const struct ffa_notifier_ops *ops = partition->ops->notifier_ops;

	test_from_partition(ops, NOTE_GLOBAL, false);
	test_from_partition(ops, NOTE_PER_VCPU, true);
	test_to_partition(ops);
}

/* --- figures ------------------------------------------------------------ */

#define MEASURE_TIMES 100

static void measure_requests(void)
{
	u64 start = ktime_get_ns();
	bool good = true;

	for (uint i = 0; i < MEASURE_TIMES; i++)
		good &= !ask(SHARE_COUNT, 0, 0, NULL);
	pr_info("# a direct request %llu ns\n",
		(ktime_get_ns() - start) / MEASURE_TIMES);
	report(good, "every request was answered");
}

static u64 since(u64 *start)
{
	u64 now = ktime_get_ns(), passed = now - *start;

	*start = now;
	return passed;
}

/* One cycle of so many pages; the partition only takes and gives back. */
static void measure_sends(struct pages *pages, uint count, const char *order)
{
	struct send it = {};
	u64 spent[4] = {}, start = ktime_get_ns();
	bool good = true;

	for (uint i = 0; i < MEASURE_TIMES; i++) {
		good &= !send(pages, &it);
		spent[0] += since(&start);
		good &= !ask(SHARE_HOLD, it.handle, 0, NULL);
		spent[1] += since(&start);
		good &= !ask(SHARE_LET_GO, 0, 0, NULL);
		spent[2] += since(&start);
		good &= !reclaim(it.handle);
		spent[3] += since(&start);
	}
	pr_info("# cycle of %u pages, %s: share %llu, request to retrieve "
		"%llu, to relinquish %llu, reclaim %llu ns\n",
		count, order, spent[0] / MEASURE_TIMES,
		spent[1] / MEASURE_TIMES, spent[2] / MEASURE_TIMES,
		spent[3] / MEASURE_TIMES);
	report(good, "every call of these cycles succeeded");
}

static int by_address(const void *a, const void *b)
{
	phys_addr_t x = page_to_phys(*(struct page *const *)a);
	phys_addr_t y = page_to_phys(*(struct page *const *)b);

	return x < y ? -1 : x > y;
}

static void measure_all(struct pages *pages)
{
	static const uint sizes[] = {1, 16, 128, 512, 1024};

	measure_requests();
	for (uint i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (sizes[i] > pages->room / 2)
			break;
		pages_shuffle(pages, sizes[i]);
		measure_sends(pages, sizes[i], "in random order");
		sort(pages->page, sizes[i], sizeof(*pages->page), by_address,
			NULL);
		pages_list(pages);
		measure_sends(pages, sizes[i], "ascending");
	}
}

/* ------------------------------------------------------------------------ */

static void test_all(struct pages *pages)
{
	test_sizes(pages, false);
	test_sizes(pages, true);
	test_twice(pages);
	test_held(pages);
	test_all_cpus();
	if (notifications)
		test_notifications();
}

static int probe(struct ffa_device *device)
{
	partition = device;
	return 0;
}

static const struct ffa_device_id ids[] = {
	{UUID_INIT(0xb4b5671e, 0x4a90, 0x4fe1, 0xb8, 0x1f, 0xfb, 0x13, 0xf0,
		0xe1, 0xda, 0xcb)},
	{}};

static struct ffa_driver driver = {
	.name = "share_client",
	.probe = probe,
	.id_table = ids,
};

static int __init share_client_init(void)
{
	struct pages pages;
	int status = ffa_register(&driver);
	bool ready;

	if (status)
		return status;
	/* A context that was interrupted can be run on its own CPU only. */
	set_cpus_allowed_ptr(current, cpumask_of(0));
	report(partition, "the driver has found the partition by its UUID");
	ready = !pages_alloc(&pages, 1);
	report(ready, "there are pages to send");
	if (partition && ready && measure)
		measure_all(&pages);
	else if (partition && ready)
		test_all(&pages);
	pages_free(&pages);
	pr_info("1..%u\n", tests);
	return 0;
}

static void __exit share_client_exit(void)
{
	ffa_unregister(&driver);
}

module_init(share_client_init);
module_exit(share_client_exit);
MODULE_DESCRIPTION("Shares memory with a secure partition");
MODULE_LICENSE("GPL");
