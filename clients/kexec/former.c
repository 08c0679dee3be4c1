/*
 * A module for Linux, for kernels that follow each other. With leave=1 it sends
 * memory to the partition of clients/linux/partition.c, has some of it held on
 * each CPU, and says which pages those are. Its successor's gets them as
 * unheld= and held=, and says in TAP what has come of them.
 */
#define pr_fmt(text) KBUILD_MODNAME ": " text

#include <linux/arm_ffa.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/scatterlist.h>

#include "share.h"

#define PAGES 3 /* of one send, side by side */
#define CPUS_MAX 8

static bool leave;
module_param(leave, bool, 0);
MODULE_PARM_DESC(leave, "send memory, and forget it");

static uint holders = CPUS_MAX;
module_param(holders, uint, 0);
MODULE_PARM_DESC(holders, "CPUs on which the partition holds some of it");

static ulong unheld[2];
static int unheld_count;
module_param_array(unheld, ulong, &unheld_count, 0);
MODULE_PARM_DESC(unheld, "page numbers that the former kernel sent");

static ulong held[CPUS_MAX];
static int held_count;
module_param_array(held, ulong, &held_count, 0);
MODULE_PARM_DESC(held, "those that the partition holds, CPU by CPU");

static struct ffa_device *partition;
static uint tests;

static void report(bool good, const char *what)
{
	pr_info("%sok %u - %s\n", good ? "" : "not ", ++tests, what);
}

static int send(ulong page, bool lend, u64 *handle)
{
	struct ffa_mem_region_attributes receiver = {
		.receiver = partition->vm_id,
		.attrs = FFA_MEM_RW,
	};
	struct scatterlist list;
	struct ffa_mem_ops_args args = {
		.use_txbuf = true,
		.attrs = &receiver,
		.nattrs = 1,
		.sg = &list,
	};
	const struct ffa_mem_ops *ops = partition->ops->mem_ops;
	int status;

	sg_init_table(&list, 1);
	sg_set_page(&list, pfn_to_page(page), PAGES * PAGE_SIZE, 0);
	status = lend ? ops->memory_lend(&args) : ops->memory_share(&args);
	*handle = args.g_handle;
	return status;
}

/* Of the partition's context on this CPU. */
static long ask(u64 what, u64 a)
{
	struct ffa_send_direct_data data = {what, a};
	int status =
		partition->ops->msg_ops->sync_send_receive(partition, &data);

	return status ? status : (long)data.data0;
}

static long ask_on(uint cpu, u64 what, u64 a)
{
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
	return ask(what, a);
}

/* --- the former kernel --------------------------------------------------- */

static bool send_new(ulong *page, bool lend, u64 *handle)
{
	void *memory = alloc_pages_exact(PAGES * PAGE_SIZE, GFP_KERNEL);

	if (!memory)
		return false;
	*page = page_to_pfn(virt_to_page(memory));
	return !send(*page, lend, handle);
}

/* Shared and lent, unheld and held by turns. */
static bool leave_all(void)
{
	uint cpu;
	u64 handle;

	while (unheld_count < ARRAY_SIZE(unheld)) {
		if (!send_new(&unheld[unheld_count], unheld_count, &handle))
			return false;
		unheld_count++;
	}
	for_each_online_cpu(cpu)
	{
		if (held_count == holders)
			break;
		if (!send_new(&held[held_count], held_count % 2, &handle) ||
			ask_on(cpu, SHARE_HOLD, handle))
			return false;
		held_count++;
	}
	return true;
}

static void tell(const char *name, const ulong *page, int count)
{
	pr_info("left %s=", name);
	for (int i = 0; i < count; i++)
		pr_cont("%s%lu", i ? "," : "", page[i]);
	pr_cont("\n");
}

/* --- its successor -------------------------------------------------------- */

static bool can_be_sent(ulong page)
{
	u64 handle;

	return !send(page, false, &handle) &&
	       !partition->ops->mem_ops->memory_reclaim(handle, 0);
}

static bool cannot_be_sent(ulong page)
{
	return !can_be_sent(page);
}

static bool all_of(const ulong *page, int count, bool (*is)(ulong page))
{
	bool good = count > 0;

	for (int i = 0; i < count; i++)
		good &= is(page[i]);
	return good;
}

static bool let_go(void)
{
	bool good = true;

	for (int cpu = 0; cpu < held_count; cpu++)
		good &= !ask_on(cpu, SHARE_LET_GO, 0);
	return good;
}

static void look(void)
{
	report(all_of(unheld, unheld_count, can_be_sent),
		"what nobody held of the former kernel's memory is back");
	report(all_of(held, held_count, cannot_be_sent),
		"what the partition holds of it is not");
	report(let_go(), "the partition gives it back");
	report(all_of(held, held_count, can_be_sent), "then it is back, too");
}

/* ------------------------------------------------------------------------ */

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
	.name = "former",
	.probe = probe,
	.id_table = ids,
};

static int __init former_init(void)
{
	int status = ffa_register(&driver);

	if (status)
		return status;
	report(partition, "the driver has found the partition by its UUID");
	if (partition && !leave)
		look();
	if (partition && leave) {
		report(leave_all(), "memory is sent, and some is held");
		tell("unheld", unheld, unheld_count);
		tell("held", held, held_count);
	}
	return 0;
}

static void __exit former_exit(void)
{
	ffa_unregister(&driver);
}

module_init(former_init);
module_exit(former_exit);
MODULE_DESCRIPTION("Leaves memory with a secure partition, and looks for it");
MODULE_LICENSE("GPL");
