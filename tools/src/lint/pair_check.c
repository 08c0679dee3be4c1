/* What two partitions may not have in common, but for memory. */
#include <string.h>

#include "lint.h"

/* Two that will both be there. */
struct couple {
	const struct sp *sp;
	const struct sp *other; /* an earlier one */
};

static struct finding *tell(
	const struct couple *couple, enum rule rule, const char *property)
{
	return dt_report(&couple->sp->tree, rule, FDT_NODE_ROOT, property);
}

static void check_boot_order(const struct couple *couple)
{
	uint32_t order = couple->sp->boot_order;
	struct finding *f;

	if (order == BOOT_ORDER_NONE || order != couple->other->boot_order)
		return;
	f = tell(couple, RULE_BOOT_ORDER, "boot-order");
	reason(f, "%u is that of %s, too", order, couple->other->file);
	advise(f, "number the partitions in the order in which they start, or "
		  "drop it where it does not matter");
}

static uint32_t id_of(const struct sp *sp)
{
	return sp->has_id ? sp->id : MANIFEST_SPMC_ID + sp->vm->number;
}

static void check_id(const struct couple *couple)
{
	uint32_t id = id_of(couple->sp);
	struct finding *f;

	if (id != id_of(couple->other))
		return;
	f = tell(couple, RULE_ID, "id");
	reason(f, "0x%x is that of %s, too", id, couple->other->file);
	advise(f, "drop it: then it is 0x8000 and the number of vmN");
}

static void check_interrupts(const struct couple *couple)
{
	for (unsigned i = 0; i < couple->sp->interrupt_count; i++) {
		const struct lint_interrupt *own = &couple->sp->interrupt[i];

		for (unsigned j = 0; j < couple->other->interrupt_count; j++) {
			struct finding *f;

			if (own->id != couple->other->interrupt[j].id)
				continue;
			f = dt_report(&couple->sp->tree, RULE_INTERRUPT_TWICE,
				own->node, "interrupts");
			reason(f, "%u belongs to %s", own->id,
				couple->other->file);
			advise(f, "an interrupt is one partition's");
		}
	}
}

static const struct lint_region *find_rings(const struct sp *sp)
{
	for (unsigned i = 0; i < sp->region_count; i++)
		if (sp->region[i].rings)
			return &sp->region[i];
	return NULL;
}

static void check_rings(const struct couple *couple)
{
	const struct lint_region *rings = find_rings(couple->sp);
	struct finding *f;

	if (rings == NULL || find_rings(couple->other) == NULL)
		return;
	f = dt_report(&couple->sp->tree, RULE_TRACE_RINGS, rings->node,
		"escrow,trace-rings");
	reason(f, "%s has them", couple->other->file);
	advise(f, "let one partition read the rings");
}

static void check_services(const struct couple *couple)
{
	for (unsigned i = 0; i < couple->sp->service_count; i++) {
		const struct lint_service *own = &couple->sp->service[i];

		for (unsigned j = 0; j < couple->other->service_count; j++) {
			struct finding *f;

			if (memcmp(own->uuid, couple->other->service[j].uuid,
				    sizeof(own->uuid)) != 0)
				continue;
			f = dt_report(&couple->sp->tree, RULE_UUID_COMMON,
				own->node, "uuid");
			reason(f, "%s speaks that protocol, too",
				couple->other->file);
		}
	}
}

static void check_images(const struct couple *couple)
{
	struct finding *f;

	if (!couple->sp->has_image_uuid || !couple->other->has_image_uuid ||
		memcmp(couple->sp->image_uuid, couple->other->image_uuid,
			sizeof(couple->sp->image_uuid)) != 0)
		return;
	f = tell(couple, RULE_IMAGE_UUID, "image-uuid");
	reason(f, "is that of %s, too: discovery finds both by it",
		couple->other->file);
	advise(f, "give each image a UUID of its own");
}

void pair_check(struct lint *lint)
{
	struct couple couple;

	for (unsigned i = 0; i < lint->sp_count; i++) {
		for (unsigned j = 0; j < i; j++) {
			couple = (struct couple){&lint->sp[i], &lint->sp[j]};
			if (!couple.sp->tree.sound || couple.sp->vm == NULL ||
				!couple.other->tree.sound ||
				couple.other->vm == NULL)
				continue;
			check_boot_order(&couple);
			check_id(&couple);
			check_interrupts(&couple);
			check_rings(&couple);
			check_services(&couple);
			check_images(&couple);
		}
	}
}
