/* Interrupts of device regions, and the processors they are sent to. */
#include "lint.h"

#define INTERRUPT_CELLS 2 /* id, attributes */
#define TARGET_CELLS 3    /* id, MPIDR high, MPIDR low */

/* Interrupts of the interrupt controller, by number. */
#define PPI_FIRST 16u
#define SPI_FIRST 32u
#define SPI_END 1020u

#define TYPE_SHIFT 10
#define TYPE_MASK 3u

static const char *const type_names[] = {
	"an SGI", "a PPI", "an SPI", "a reserved type"};

static struct finding *bad_list(
	const struct sp *sp, fdt_node node, const char *property)
{
	return dt_report(&sp->tree, RULE_INTERRUPT_LIST, node, property);
}

static unsigned type_of(uint32_t id)
{
	if (id < PPI_FIRST)
		return 0;
	return id < SPI_FIRST ? 1 : 2;
}

static void check_number(
	const struct sp *sp, fdt_node node, uint32_t id, uint32_t attributes)
{
	unsigned type = attributes >> TYPE_SHIFT & TYPE_MASK;
	struct finding *f;

	if (id < PPI_FIRST || id >= SPI_END) {
		f = bad_list(sp, node, "interrupts");
		reason(f, "%u is no device's: PPIs are 16 to 31, SPIs 32 to %u",
			id, SPI_END - 1);
		advise(f, "write the number that the processor sees: SPI 8 is "
			  "40");
	} else if (type != type_of(id)) {
		f = dt_report(
			&sp->tree, RULE_INTERRUPT_NUMBER, node, "interrupts");
		reason(f,
			"%u is %s, but its attributes (0x%x, bits 11 and "
			"10) say %s",
			id, type_names[type_of(id)], attributes,
			type_names[type]);
		advise(f,
			"write 0x%x as attributes, or the number that the "
			"processor sees: SPI 8 is 40",
			(attributes & ~(TYPE_MASK << TYPE_SHIFT)) |
				type_of(id) << TYPE_SHIFT);
	}
}

static bool has_interrupt(const struct sp *sp, unsigned first, uint32_t id)
{
	for (unsigned i = first; i < sp->interrupt_count; i++)
		if (sp->interrupt[i].id == id)
			return true;
	return false;
}

static void add_interrupt(struct sp *sp, fdt_node node, uint32_t id)
{
	struct finding *f;

	if (has_interrupt(sp, 0, id)) {
		f = dt_report(
			&sp->tree, RULE_INTERRUPT_TWICE, node, "interrupts");
		reason(f, "%u is there twice", id);
		advise(f, "name each interrupt once");
	} else if (sp->interrupt_count < LINT_INTERRUPTS_MAX) {
		sp->interrupt[sp->interrupt_count++] =
			(struct lint_interrupt){node, id};
	}
}

static void check_list(struct sp *sp, fdt_node node)
{
	struct fdt_cells list;

	if (!dt_cells(&sp->tree, node, "interrupts", &list))
		return;
	if (list.count % INTERRUPT_CELLS != 0) {
		struct finding *f = bad_list(sp, node, "interrupts");

		reason(f, "is not two cells an interrupt");
		advise(f, "write number and attributes: <0x28 0x900>");
		return;
	}
	for (uint32_t i = 0; i < list.count; i += INTERRUPT_CELLS) {
		uint32_t id = fdt_cells_u32(list, i);

		check_number(sp, node, id, fdt_cells_u32(list, i + 1));
		add_interrupt(sp, node, id);
	}
}

static bool is_cpu(const struct spmc *spmc, uint64_t mpidr)
{
	for (unsigned i = 0; i < spmc->cpu_count; i++)
		if (spmc->mpidr[i] == mpidr)
			return true;
	return false;
}

static void check_target(const struct lint *lint, const struct sp *sp,
	fdt_node node, uint64_t mpidr)
{
	struct finding *f;

	if (lint->spmc.cpu_count == 0 || is_cpu(&lint->spmc, mpidr))
		return;
	f = dt_report(
		&sp->tree, RULE_INTERRUPT_NUMBER, node, "interrupts-target");
	reason(f, "0x%llx is no processor of %s", (unsigned long long)mpidr,
		lint->spmc.tree.file);
	advise(f, "write the number, then the MPIDR in two cells");
}

static void check_targets(const struct lint *lint, const struct sp *sp,
	fdt_node node, unsigned first_own)
{
	const char *name = "interrupts-target";
	struct fdt_cells list;
	struct finding *f;

	if (!dt_cells(&sp->tree, node, name, &list))
		return;
	if (list.count % TARGET_CELLS != 0) {
		f = bad_list(sp, node, name);
		reason(f, "is not three cells an interrupt");
		advise(f, "write number and MPIDR: <0x28 0x0 0x1>");
		return;
	}
	for (uint32_t i = 0; i < list.count; i += TARGET_CELLS) {
		uint32_t id = fdt_cells_u32(list, i);

		check_target(lint, sp, node, fdt_cells_u64(list, i + 1, 2));
		if (has_interrupt(sp, first_own, id))
			continue;
		f = bad_list(sp, node, name);
		reason(f, "names %u, which is not in interrupts", id);
		advise(f, "add it to interrupts of this node");
	}
}

void interrupts_check(struct lint *lint, struct sp *sp, fdt_node node)
{
	unsigned first_own = sp->interrupt_count;

	check_list(sp, node);
	check_targets(lint, sp, node, first_own);
}
