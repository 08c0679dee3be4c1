/*
 * Services of a partition: which protocols (UUIDs) it speaks and what may be
 * sent to each. Two forms: lists at the root (1.0) or a node of services (1.1).
 * Spec: FF-A 1.2 §5.2.1, §6.2 (properties); spec/05 §2, §3.
 */
#include "boot/manifest_sp.h"

#include "abi/ffa_func.h"
#include "base/mem.h"

#define UUID_SIZE MANIFEST_UUID_SIZE
#define UUID_TEXT_SIZE MANIFEST_UUID_TEXT_SIZE
#define UUID_WORDS 4

static bool uuid_is_nil(const uint8_t uuid[UUID_SIZE])
{
	for (unsigned i = 0; i < UUID_SIZE; i++) {
		if (uuid[i])
			return false;
	}
	return true;
}

/* Four words in the packing of the SMC calling convention. */
static void uuid_from_words(
	struct fdt_cells words, uint32_t first, uint8_t uuid[UUID_SIZE])
{
	for (uint32_t i = 0; i < UUID_SIZE; i++) {
		uint32_t word = fdt_cells_u32(words, first + i / 4);

		uuid[i] = (uint8_t)(word >> (8 * (i % 4)));
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool manifest_services_uuid(
	const char text[UUID_TEXT_SIZE], uint8_t uuid[UUID_SIZE])
{
	unsigned byte = 0;

	for (unsigned i = 0; i < UUID_TEXT_SIZE - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		int high = hex_digit(text[i]);
		int low;

		if (dash && text[i] == '-')
			continue;
		/* A NUL is no digit: nothing is read behind it. */
		if (dash || high < 0)
			return false;
		low = hex_digit(text[++i]);
		if (low < 0)
			return false;
		uuid[byte++] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Such messages are direct requests: who gets none cannot ask for them. */
static uint32_t vm_properties(const struct sp_manifest *sp, uint32_t method)
{
	uint32_t properties = 0;

	if ((method & FFA_PROPERTY_RECV_DIRECT) == 0)
		return 0;
	if (sp->vm_messages & VM_MESSAGES_CREATED)
		properties |= FFA_PROPERTY_VM_CREATED;
	if (sp->vm_messages & VM_MESSAGES_DESTROYED)
		properties |= FFA_PROPERTY_VM_DESTROYED;
	return properties;
}

/* Takes over service[service_count] after the checks that all forms share. */
static bool add_service(
	const struct sp_reader *r, fdt_node node, uint32_t method)
{
	struct sp_manifest *out = r->out;
	struct partition_service *new = &out->service[out->service_count];

	if (uuid_is_nil(new->uuid))
		return fdt_reader_refuse(&r->fdt, node, "uuid", "is nil");
	for (uint32_t i = 0; i < out->service_count; i++) {
		if (memcmp(out->service[i].uuid, new->uuid, UUID_SIZE) == 0)
			return fdt_reader_refuse(
				&r->fdt, node, "uuid", "is there twice");
	}
	if (method & ~MANIFEST_METHOD_MASK)
		return fdt_reader_refuse(&r->fdt, node, "messaging-method",
			"has a reserved bit set");
	new->properties = method | FFA_PROPERTY_AARCH64;
	if (out->notification_support)
		new->properties |= FFA_PROPERTY_NOTIFICATIONS;
	new->properties |= vm_properties(out, method);
	out->service_count++;
	return true;
}

static bool room_for_service(const struct sp_reader *r, fdt_node node)
{
	if (r->out->service_count < PARTITION_UUIDS_MAX)
		return true;
	return fdt_reader_refuse(
		&r->fdt, node, "uuid", "is one more than the manager can hold");
}

static bool read_root_lists(const struct sp_reader *r)
{
	struct fdt_cells uuids, methods;
	uint32_t count;

	if (!fdt_reader_cells(&r->fdt, FDT_NODE_ROOT, "uuid", &uuids) ||
		!fdt_reader_cells(
			&r->fdt, FDT_NODE_ROOT, "messaging-method", &methods))
		return false;
	if (uuids.count % UUID_WORDS != 0)
		return fdt_reader_refuse(&r->fdt, FDT_NODE_ROOT, "uuid",
			"is not four cells a UUID");
	count = uuids.count / UUID_WORDS;
	if (methods.count != 1 && methods.count != count)
		return fdt_reader_refuse(&r->fdt, FDT_NODE_ROOT,
			"messaging-method", "must be one value, or one a UUID");
	for (uint32_t i = 0; i < count; i++) {
		uint32_t method =
			fdt_cells_u32(methods, methods.count == 1 ? 0 : i);

		if (!room_for_service(r, FDT_NODE_ROOT))
			return false;
		uuid_from_words(uuids, i * UUID_WORDS, r->out->service[i].uuid);
		if (!add_service(r, FDT_NODE_ROOT, method))
			return false;
	}
	return true;
}

static bool read_service_node(const struct sp_reader *r, fdt_node node)
{
	char text[UUID_TEXT_SIZE];
	uint32_t method;

	if (!fdt_reader_string(&r->fdt, node, "uuid", text, sizeof(text)) ||
		!fdt_reader_u32(&r->fdt, node, "messaging-method", &method) ||
		!room_for_service(r, node))
		return false;
	if (!manifest_services_uuid(
		    text, r->out->service[r->out->service_count].uuid))
		return fdt_reader_refuse(
			&r->fdt, node, "uuid", "is not a UUID string");
	return add_service(r, node, method);
}

static bool read_service_nodes(const struct sp_reader *r, fdt_node services)
{
	fdt_node node = fdt_reader_first_child(&r->fdt, services);

	if (node < 0)
		return fdt_reader_refuse(
			&r->fdt, services, NULL, "has no service");
	for (; node >= 0; node = fdt_reader_next_child(&r->fdt, node)) {
		if (!read_service_node(r, node))
			return false;
	}
	return true;
}

/* image-uuid names the image, not a protocol. */
static bool read_image_uuid(const struct sp_reader *r)
{
	uint8_t *uuid = r->out->image_uuid;
	struct fdt_cells words;

	if (!fdt_reader_has(&r->fdt, FDT_NODE_ROOT, "image-uuid"))
		return true;
	if (!fdt_reader_cells(&r->fdt, FDT_NODE_ROOT, "image-uuid", &words))
		return false;
	if (words.count != UUID_WORDS)
		return fdt_reader_refuse(&r->fdt, FDT_NODE_ROOT, "image-uuid",
			"is not exactly one UUID");
	uuid_from_words(words, 0, uuid);
	if (uuid_is_nil(uuid))
		return fdt_reader_refuse(
			&r->fdt, FDT_NODE_ROOT, "image-uuid", "is nil");
	for (uint32_t i = 0; i < r->out->service_count; i++) {
		if (memcmp(r->out->service[i].uuid, uuid, UUID_SIZE) == 0)
			return fdt_reader_refuse(&r->fdt, FDT_NODE_ROOT,
				"image-uuid", "is a protocol's UUID, too");
	}
	return true;
}

bool manifest_services_read(const struct sp_reader *r)
{
	fdt_node services = fdt_reader_child_compatible(
		&r->fdt, FDT_NODE_ROOT, "arm,ffa-manifest-services");

	if (services >= 0 ? !read_service_nodes(r, services)
			  : !read_root_lists(r))
		return false;
	return read_image_uuid(r);
}
