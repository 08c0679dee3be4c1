/*
 * The root of a partition's manifest: versions, contexts, boot, interrupts.
 * Services and regions are read by the files of those names.
 * Spec: FF-A 1.2 §5.2; rules: spec/05 §2 and §7.
 */
#include "boot/manifest_sp.h"

#include "abi/ffa_func.h"
#include "base/mem.h"

#define ID_LOWEST 0x8001u
#define ID_HIGHEST 0xfffeu

#define ABSENT UINT32_MAX

const struct manifest_number manifest_numbers[N_COUNT] = {
	[N_FFA_VERSION] = {"ffa-version", 0, FFA_VERSION_1_0, FFA_VERSION_OURS,
		true, "must be 1.0 to 1.3"},
	[N_CONTEXTS] = {"execution-ctx-count", 0, 1, MANIFEST_CPUS_MAX, true,
		"must be 1 or the number of CPUs"},
	[N_EXCEPTION_LEVEL] = {"exception-level", 0, MANIFEST_EL0, MANIFEST_EL1,
		true, "must be 1 (S-EL0) or 2 (S-EL1)"},
	[N_EXECUTION_STATE] = {"execution-state", 0, 0, 0, true,
		"must be 0 (AArch64)"},
	[N_GRANULE] = {"xlat-granule", 0, 0, 0, false, "must be 0 (4 KiB)"},
	[N_BOOT_ORDER] = {"boot-order", BOOT_ORDER_NONE, 0, UINT16_MAX, false,
		"must fit 16 bits"},
	[N_NS_ACTION] = {"ns-interrupts-action", ABSENT, 0, 2, false,
		"must be 0, 1 or 2"},
	[N_OTHER_S_ACTION] = {"other-s-interrupts-action", 1, 0, 1, false,
		"must be 0 or 1"},
	[N_SRI_POLICY] = {"sri-interrupts-policy", 0, 0, 3, false,
		"has a reserved bit set"},
	[N_GP_REGISTER] = {"gp-register-num", ABSENT, 0, 3, false,
		"must be 0 to 3"},
	[N_POWER_MESSAGES] = {"power-management-messages", 0, 0, 7, false,
		"has a reserved bit set"},
	[N_VM_MESSAGES] = {"vm-availability-messages", 0, 0, 3, false,
		"has a reserved bit set"},
	[N_ABORT_ACTION] = {"abort-action", ABSENT, 0, 3, false,
		"must be 0 to 3"},
};

static bool refuse(
	const struct sp_reader *r, const char *property, const char *why)
{
	return fdt_reader_refuse(&r->fdt, FDT_NODE_ROOT, property, why);
}

static bool read_number(const struct sp_reader *r,
	const struct manifest_number *rule, uint32_t *value)
{
	*value = rule->missing;
	if (!rule->required &&
		!fdt_reader_has(&r->fdt, FDT_NODE_ROOT, rule->name))
		return true;
	if (!fdt_reader_u32(&r->fdt, FDT_NODE_ROOT, rule->name, value))
		return false;
	if (*value < rule->min || *value > rule->max)
		return refuse(r, rule->name, rule->why);
	return true;
}

static bool read_numbers(const struct sp_reader *r, uint32_t values[N_COUNT])
{
	for (unsigned i = 0; i < N_COUNT; i++) {
		if (!read_number(r, &manifest_numbers[i], &values[i]))
			return false;
	}
	return true;
}

/* The deprecated flag stands in for the action where that is not given. */
static bool read_interrupt_actions(
	const struct sp_reader *r, const uint32_t values[N_COUNT])
{
	bool managed;
	uint32_t action = values[N_NS_ACTION];

	if (!fdt_reader_flag(&r->fdt, FDT_NODE_ROOT, "managed-exit", &managed))
		return false;
	if (action == ABSENT)
		action = managed ? NS_ACTION_MANAGED_EXIT : NS_ACTION_SIGNALED;
	else if (managed && action != NS_ACTION_MANAGED_EXIT)
		return refuse(
			r, "managed-exit", "contradicts ns-interrupts-action");
	if (values[N_OTHER_S_ACTION] == 0 && action != NS_ACTION_QUEUED)
		return refuse(r, "other-s-interrupts-action",
			"cannot be 0 (queued) when normal-world interrupts "
			"are not");
	if (r->is_el0 && action == NS_ACTION_MANAGED_EXIT)
		return refuse(r, "ns-interrupts-action",
			"an S-EL0 partition has no managed exit");
	r->out->ns_action = (enum ns_action)action;
	r->out->queues_secure = values[N_OTHER_S_ACTION] == 0;
	r->out->sri_policy = values[N_SRI_POLICY];
	return fdt_reader_flag(&r->fdt, FDT_NODE_ROOT, "managed-exit-virq",
		&r->out->exits_by_irq);
}

static bool check_el0(const struct sp_reader *r, const uint32_t values[N_COUNT])
{
	if (!r->is_el0)
		return true;
	if (values[N_CONTEXTS] != 1)
		return refuse(r, "execution-ctx-count",
			"must be 1 for an S-EL0 partition");
	if (fdt_reader_has(&r->fdt, FDT_NODE_ROOT, "sri-interrupts-policy"))
		return refuse(r, "sri-interrupts-policy",
			"is not for an S-EL0 partition");
	return true;
}

/* Live activation has no effect here, but nonsense is refused. */
static bool check_lifecycle(
	const struct sp_reader *r, const uint32_t values[N_COUNT])
{
	bool lifecycle, live;

	if (!fdt_reader_flag(
		    &r->fdt, FDT_NODE_ROOT, "lifecycle-support", &lifecycle) ||
		!fdt_reader_flag(&r->fdt, FDT_NODE_ROOT,
			"live-activation-support", &live))
		return false;
	if (lifecycle && values[N_CONTEXTS] != 1)
		return refuse(
			r, "lifecycle-support", "needs execution-ctx-count 1");
	if (values[N_ABORT_ACTION] != ABSENT && !lifecycle)
		return refuse(r, "abort-action", "needs lifecycle-support");
	if (values[N_ABORT_ACTION] != ABSENT)
		r->out->abort_action =
			(enum abort_action)values[N_ABORT_ACTION];
	if (live && !lifecycle)
		return refuse(r, "live-activation-support",
			"needs lifecycle-support");
	return true;
}

static bool read_load_address(const struct sp_reader *r)
{
	uint64_t address = r->package.v;
	struct sp_manifest *out = r->out;

	if (fdt_reader_has(&r->fdt, FDT_NODE_ROOT, "load-address") &&
		!fdt_reader_u64(
			&r->fdt, FDT_NODE_ROOT, "load-address", &address))
		return false;
	if (address != r->package.v)
		return refuse(r, "load-address",
			"is not where the package was loaded");
	if (fdt_reader_has(&r->fdt, FDT_NODE_ROOT, "entrypoint-offset") &&
		!fdt_reader_u64(&r->fdt, FDT_NODE_ROOT, "entrypoint-offset",
			&out->entrypoint_offset))
		return false;
	if (out->entrypoint_offset & 3)
		return refuse(
			r, "entrypoint-offset", "is not a multiple of four");
	return true;
}

static bool read_id(const struct sp_reader *r)
{
	uint32_t id;

	r->out->id = -1;
	if (!fdt_reader_has(&r->fdt, FDT_NODE_ROOT, "id"))
		return true;
	if (!fdt_reader_u32(&r->fdt, FDT_NODE_ROOT, "id", &id))
		return false;
	if (id < ID_LOWEST || id > ID_HIGHEST)
		return refuse(r, "id", "must be 0x8001 to 0xfffe");
	r->out->id = (int32_t)id;
	return true;
}

static bool read_boot_info(const struct sp_reader *r)
{
	fdt_node node = fdt_reader_child_compatible(
		&r->fdt, FDT_NODE_ROOT, "arm,ffa-manifest-boot-info");

	if (node < 0)
		return true;
	if (!fdt_reader_flag(
		    &r->fdt, node, "ffa_manifest", &r->out->boot_info_fdt))
		return false;
	if (r->out->boot_info_fdt && r->out->gp_register < 0)
		return refuse(r, "gp-register-num",
			"is missing, but boot-info needs it");
	return true;
}

static bool read_root(struct sp_reader *r)
{
	uint32_t values[N_COUNT];
	struct sp_manifest *out = r->out;

	if (!read_numbers(r, values))
		return false;
	r->is_el0 = values[N_EXCEPTION_LEVEL] == MANIFEST_EL0;
	out->ffa_version = values[N_FFA_VERSION];
	out->execution_ctx_count = values[N_CONTEXTS];
	out->exception_level = values[N_EXCEPTION_LEVEL];
	out->boot_order = (uint16_t)values[N_BOOT_ORDER];
	out->power_messages = values[N_POWER_MESSAGES];
	out->vm_messages = values[N_VM_MESSAGES];
	out->gp_register = -1;
	if (values[N_GP_REGISTER] != ABSENT)
		out->gp_register = (int32_t)values[N_GP_REGISTER];
	return check_el0(r, values) && check_lifecycle(r, values) &&
	       read_interrupt_actions(r, values) && read_load_address(r) &&
	       read_id(r) && read_boot_info(r) &&
	       fdt_reader_flag(&r->fdt, FDT_NODE_ROOT, "notification-support",
		       &out->notification_support);
}

bool manifest_read_sp(const struct manifest_blob *blob, struct paddr package,
	struct sp_manifest *out, struct manifest_error *error)
{
	struct sp_reader r = {
		.fdt = {blob->fdt, blob->name, error},
		.package = package,
		.out = out,
	};

	memset(out, 0, sizeof(*out));
	if (!fdt_reader_open(&r.fdt, blob->size))
		return false;
	if (!fdt_reader_is_compatible(
		    &r.fdt, FDT_NODE_ROOT, "arm,ffa-manifest-1.0") &&
		!fdt_reader_is_compatible(
			&r.fdt, FDT_NODE_ROOT, "arm,ffa-manifest-1.1"))
		return refuse(&r, "compatible",
			"must be arm,ffa-manifest-1.0 or -1.1");
	return read_root(&r) && manifest_services_read(&r) &&
	       manifest_regions_read(&r);
}
