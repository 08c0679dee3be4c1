/* The RX/TX pair that a manifest asks for. */
#include "lint.h"
#include "partition/mailbox.h"
#include "schema.h"

static void tell(const struct sp *sp, fdt_node node, const char *property,
	const char *why, const char *advice)
{
	struct finding *f = dt_report(&sp->tree, RULE_BUFFERS, node, property);

	reason(f, "%s", why);
	advise(f, "%s", advice);
}

/* The memory region that the phandle refers to; NULL: none. */
static const struct lint_region *find(
	const struct sp *sp, fdt_node node, const char *property)
{
	uint32_t handle;

	if (!dt_u32(&sp->tree, node, property, &handle))
		return NULL;
	for (unsigned i = 0; handle != 0 && i < sp->region_count; i++)
		if (sp->region[i].phandle == handle && !sp->region[i].device)
			return &sp->region[i];
	tell(sp, node, property, "refers to no memory region",
		"give a region a label, and write its name: <&label>");
	return NULL;
}

static void check_sizes(const struct sp *sp, fdt_node node,
	const struct lint_region *rx, const struct lint_region *tx)
{
	struct finding *f;

	if (!rx->has_range || !tx->has_range)
		return;
	if (rx->range.pages != tx->range.pages)
		tell(sp, node, "tx-buffer",
			"has another size than the RX buffer",
			"give both the same pages-count");
	if (rx->range.pages <= MAILBOX_PAGES_MAX &&
		tx->range.pages <= MAILBOX_PAGES_MAX)
		return;
	f = dt_report(&sp->tree, RULE_BUFFERS, node, "tx-buffer");
	reason(f, "the buffers have more pages than are supported");
	advise(f, "write a pages-count of 1 to %u", MAILBOX_PAGES_MAX);
}

static void check_rights(const struct sp *sp, fdt_node node,
	const struct lint_region *rx, const struct lint_region *tx)
{
	struct finding *f;

	if (!rx->has_attributes || !tx->has_attributes)
		return;
	if ((tx->attributes & REGION_WRITE) == 0)
		tell(sp, node, "tx-buffer", "is not writable by the partition",
			"give that region attributes = <3>");
	if ((rx->attributes ^ tx->attributes) & REGION_NS)
		tell(sp, node, "tx-buffer",
			"only one of the two buffers is non-secure",
			"let both lie in memory of one kind");
	if ((rx->attributes & REGION_WRITE) == 0)
		return;
	f = dt_report(&sp->tree, RULE_BUFFERS_WRITE, rx->node, "attributes");
	reason(f, "the partition may write into its RX buffer");
	advise(f, "write 0x%x", rx->attributes & ~REGION_WRITE);
}

void buffers_check(const struct sp *sp)
{
	fdt_node node =
		dt_compatible(&sp->tree, "arm,ffa-manifest-rx_tx-buffer");
	const struct lint_region *rx, *tx;

	if (node < 0)
		return;
	schema_check(&sp->tree, node, &schema_buffers);
	rx = find(sp, node, "rx-buffer");
	tx = find(sp, node, "tx-buffer");
	if (rx == NULL || tx == NULL)
		return;
	if (rx == tx) {
		tell(sp, node, "tx-buffer", "is the RX buffer, too",
			"give each a region of its own");
		return;
	}
	if (rx->shared || tx->shared || rx->rings || tx->rings)
		tell(sp, node, "tx-buffer",
			"a region that is the manager's cannot be a buffer",
			"drop escrow,shared or escrow,trace-rings there");
	check_sizes(sp, node, rx, tx);
	check_rights(sp, node, rx, tx);
}
