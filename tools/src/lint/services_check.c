/* Services: UUIDs and what may be sent to each, in either form. */
#include <string.h>

#include "lint.h"
#include "schema.h"

#define UUID_WORDS 4

static struct finding *bad_uuid(const struct sp *sp, fdt_node node,
	const char *property, const char *why)
{
	struct finding *f = dt_report(&sp->tree, RULE_UUID, node, property);

	reason(f, "%s", why);
	return f;
}

static bool is_nil(const uint8_t uuid[MANIFEST_UUID_SIZE])
{
	static const uint8_t nil[MANIFEST_UUID_SIZE];

	return memcmp(uuid, nil, sizeof(nil)) == 0;
}

static void from_words(struct fdt_cells words, uint32_t first,
	uint8_t uuid[MANIFEST_UUID_SIZE])
{
	for (uint32_t i = 0; i < MANIFEST_UUID_SIZE; i++)
		uuid[i] = (uint8_t)(fdt_cells_u32(words, first + i / 4) >>
				    (8 * (i % 4)));
}

static bool has_service(const struct sp *sp, const uint8_t *uuid)
{
	for (unsigned i = 0; i < sp->service_count; i++)
		if (memcmp(sp->service[i].uuid, uuid, MANIFEST_UUID_SIZE) == 0)
			return true;
	return false;
}

static void add_uuid(
	struct sp *sp, fdt_node node, const uint8_t uuid[MANIFEST_UUID_SIZE])
{
	if (is_nil(uuid))
		advise(bad_uuid(sp, node, "uuid", "is nil"),
			"make one, for example with uuidgen");
	else if (has_service(sp, uuid))
		advise(bad_uuid(sp, node, "uuid", "is there twice"),
			"give each service a UUID of its own");
	else if (sp->service_count < LINT_SERVICES_MAX) {
		struct lint_service *new = &sp->service[sp->service_count++];

		new->node = node;
		memcpy(new->uuid, uuid, MANIFEST_UUID_SIZE);
	}
}

static void check_method(const struct sp *sp, fdt_node node, uint32_t method)
{
	const char *name = "messaging-method";
	struct finding *f;

	if (method & ~MANIFEST_METHOD_MASK) {
		f = dt_report(&sp->tree, RULE_METHOD, node, name);
		reason(f, "0x%x has a reserved bit set", method);
		advise(f, "1 receives and 2 sends direct requests; 3 does "
			  "both");
	}
}

static void check_count(const struct sp *sp, fdt_node node, unsigned count)
{
	struct finding *f;

	if (count <= PARTITION_UUIDS_MAX)
		return;
	f = dt_report(&sp->tree, RULE_TOO_MANY, node, "uuid");
	reason(f, "the partition has %u services; the manager can hold %u",
		count, PARTITION_UUIDS_MAX);
	advise(f, "drop %u of them", count - PARTITION_UUIDS_MAX);
}

/* --- A node of services ----------------------------------------------------
 */

static void check_service(struct sp *sp, fdt_node node)
{
	char text[MANIFEST_UUID_TEXT_SIZE];
	uint8_t uuid[MANIFEST_UUID_SIZE];
	uint32_t method;

	schema_check(&sp->tree, node, &schema_service);
	if (dt_u32(&sp->tree, node, "messaging-method", &method))
		check_method(sp, node, method);
	if (!dt_string(&sp->tree, node, "uuid", text, sizeof(text)))
		return;
	if (manifest_services_uuid(text, uuid))
		add_uuid(sp, node, uuid);
	else
		advise(bad_uuid(sp, node, "uuid", "is not a UUID string"),
			"write it like "
			"\"b4b5671e-4a90-4fe1-b81f-fb13dae1dacb\"");
}

static void tell_ignored(const struct sp *sp, const char *property)
{
	struct finding *f;

	if (!dt_has(&sp->tree, FDT_NODE_ROOT, property))
		return;
	f = dt_report(&sp->tree, RULE_UUID_IGNORED, FDT_NODE_ROOT, property);
	reason(f, "is not read, because there is a node of services");
	advise(f, "make it a service, or drop it");
}

static void check_group(struct sp *sp, fdt_node group)
{
	fdt_node node = dt_first(&sp->tree, group);
	unsigned count = 0;

	schema_check(&sp->tree, group, &schema_group);
	if (node < 0) {
		struct finding *f =
			dt_report(&sp->tree, RULE_NODE_MISSING, group, NULL);

		reason(f, "has no service");
		advise(f, "add a child with uuid and messaging-method");
	}
	for (; node >= 0; node = dt_next(&sp->tree, node)) {
		check_service(sp, node);
		count++;
	}
	check_count(sp, group, count);
	tell_ignored(sp, "uuid");
	tell_ignored(sp, "messaging-method");
}

/* --- Lists at the root -----------------------------------------------------
 */

static const struct property_rule uuid_rule = {"uuid", VALUE_CELLS,
	"uuid = <0x1e67b5b4 0xe14f904a 0x13fb1fb8 0xcbdae1da>;", NULL, 0};
static const struct property_rule method_rule = {
	"messaging-method", VALUE_CELLS, "messaging-method = <3>;", NULL, 0};

static unsigned check_uuids(struct sp *sp)
{
	const struct dt *tree = &sp->tree;
	struct fdt_cells cells;

	if (!schema_check_property(tree, FDT_NODE_ROOT, &uuid_rule) ||
		!dt_cells(tree, FDT_NODE_ROOT, "uuid", &cells))
		return 0;
	if (cells.count % UUID_WORDS != 0) {
		advise(bad_uuid(sp, FDT_NODE_ROOT, "uuid",
			       "is not four cells a UUID"),
			"write four numbers a UUID");
		return 0;
	}
	for (uint32_t i = 0; i < cells.count; i += UUID_WORDS) {
		uint8_t uuid[MANIFEST_UUID_SIZE];

		from_words(cells, i, uuid);
		add_uuid(sp, FDT_NODE_ROOT, uuid);
	}
	check_count(sp, FDT_NODE_ROOT, cells.count / UUID_WORDS);
	return cells.count / UUID_WORDS;
}

static void check_methods(const struct sp *sp, unsigned uuids)
{
	const struct dt *tree = &sp->tree;
	const char *name = "messaging-method";
	struct fdt_cells cells;

	if (!schema_check_property(tree, FDT_NODE_ROOT, &method_rule) ||
		!dt_cells(tree, FDT_NODE_ROOT, name, &cells))
		return;
	for (uint32_t i = 0; i < cells.count; i++)
		check_method(sp, FDT_NODE_ROOT, fdt_cells_u32(cells, i));
	if (uuids > 0 && cells.count != 1 && cells.count != uuids) {
		struct finding *f =
			dt_report(tree, RULE_METHOD, FDT_NODE_ROOT, name);

		reason(f,
			"has %u values for %u UUIDs; it must be one value, "
			"or one a UUID",
			cells.count, uuids);
		advise(f, "write one value, or %u", uuids);
	}
}

/* --- The image's UUID ------------------------------------------------------
 */

static void check_image_uuid(struct sp *sp)
{
	const char *name = "image-uuid";
	struct fdt_cells cells;

	if (!dt_cells(&sp->tree, FDT_NODE_ROOT, name, &cells))
		return;
	if (cells.count != UUID_WORDS) {
		advise(bad_uuid(sp, FDT_NODE_ROOT, name,
			       "is not exactly one UUID"),
			"write four numbers");
		return;
	}
	from_words(cells, 0, sp->image_uuid);
	sp->has_image_uuid = !is_nil(sp->image_uuid);
	if (!sp->has_image_uuid)
		advise(bad_uuid(sp, FDT_NODE_ROOT, name, "is nil"),
			"make one, for example with uuidgen");
	else if (has_service(sp, sp->image_uuid))
		advise(bad_uuid(sp, FDT_NODE_ROOT, name,
			       "is a protocol's UUID, too"),
			"give the image a UUID of its own");
}

void services_check(struct sp *sp)
{
	fdt_node group = dt_compatible(&sp->tree, "arm,ffa-manifest-services");

	if (group >= 0)
		check_group(sp, group);
	else
		check_methods(sp, check_uuids(sp));
	check_image_uuid(sp);
}
