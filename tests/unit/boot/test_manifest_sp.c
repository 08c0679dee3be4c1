/* Manifests of partitions: what is read, what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "boot/manifest.h"
#include "dtb.h"
#include "lib/suite.h"

#define SAMPLE_PACKAGE 0x07000000
#define OPTEE_PACKAGE 0x0e300000

static struct sp_manifest sp;
static struct manifest_error error;

static bool read_variant(const char *source, const char *from, const char *to)
{
	struct dtb dtb = dtb_compile(source, from, to);
	struct manifest_blob blob = {dtb.fdt, dtb.size, "sp.dts"};
	struct paddr package = {SAMPLE_PACKAGE};
	bool good;

	if (strcmp(source, "sp_optee.dts") == 0)
		package.v = OPTEE_PACKAGE;
	good = manifest_read_sp(&blob, package, &sp, &error);
	dtb_free(&dtb);
	return good;
}

static void expect_read(const char *source, const char *from, const char *to)
{
	error.text[0] = '\0';
	if (!read_variant(source, from, to))
		fail_msg("%s: %s", to ? to : source, error.text);
}

static void expect_region(
	unsigned index, uint64_t base, uint64_t pages, uint32_t attributes)
{
	assert_int_equal(sp.region[index].range.base.v, base);
	assert_int_equal(sp.region[index].range.pages, pages);
	assert_int_equal(sp.region[index].attributes, attributes);
}

static void the_root_of_the_sample_is_read(void **state)
{
	(void)state;
	expect_read("sp_sample.dts", NULL, NULL);
	assert_int_equal(sp.ffa_version, FFA_VERSION_1_2);
	assert_int_equal(sp.id, -1);
	assert_int_equal(sp.execution_ctx_count, 1);
	assert_int_equal(sp.exception_level, 2);
	assert_int_equal(sp.entrypoint_offset, 0x4000);
	assert_int_equal(sp.boot_order, 0);
	assert_int_equal(sp.ns_action, NS_ACTION_SIGNALED);
	assert_int_equal(sp.gp_register, 0);
	assert_true(sp.boot_info_fdt);
	assert_true(sp.notification_support);
}

static void the_services_of_the_sample_are_read(void **state)
{
	static const uint8_t first[16] = {0xb4, 0xb5, 0x67, 0x1e, 0x4a, 0x90,
		0x4f, 0xe1, 0xb8, 0x1f, 0xfb, 0x13, 0xda, 0xe1, 0xda, 0xcb};

	(void)state;
	expect_read("sp_sample.dts", NULL, NULL);
	assert_int_equal(sp.service_count, 2);
	assert_memory_equal(sp.service[0].uuid, first, 16);
	assert_int_equal(sp.service[0].properties,
		FFA_PROPERTY_RECV_DIRECT | FFA_PROPERTY_SEND_DIRECT |
			FFA_PROPERTY_RECV_DIRECT2 | FFA_PROPERTY_SEND_DIRECT2 |
			FFA_PROPERTY_AARCH64 | FFA_PROPERTY_NOTIFICATIONS);
	assert_int_equal(sp.service[1].uuid[0], 0xd1);
	assert_int_equal(sp.service[1].properties,
		FFA_PROPERTY_RECV_DIRECT | FFA_PROPERTY_AARCH64 |
			FFA_PROPERTY_NOTIFICATIONS);
}

static void the_image_has_a_uuid_of_its_own_or_none(void **state)
{
	static const uint8_t nil[16];

	(void)state;
	expect_read("sp_sample.dts", "<0x00010002>", "<0x00010003>");
	assert_int_equal(sp.ffa_version, FFA_VERSION_1_3);
	assert_memory_equal(sp.image_uuid, nil, 16);
	expect_read("sp_sample.dts", "notification-support;",
		"image-uuid = <0x04030201 5 6 0x10000007>;");
	assert_int_equal(sp.image_uuid[0], 1);
	assert_int_equal(sp.image_uuid[3], 4);
	assert_int_equal(sp.image_uuid[12], 7);
	assert_int_equal(sp.image_uuid[15], 0x10);
}

static void the_regions_of_the_sample_are_read(void **state)
{
	(void)state;
	expect_read("sp_sample.dts", NULL, NULL);
	assert_int_equal(sp.region_count, 5);
	expect_region(0, 0x07300000, 1, REGION_READ);
	expect_region(1, 0x07301000, 1, REGION_READ | REGION_WRITE);
	expect_region(2, SAMPLE_PACKAGE + 0x80000, 16,
		REGION_READ | REGION_WRITE | REGION_EXECUTE);
	expect_region(3, 0x90000000, 4, REGION_READ | REGION_WRITE | REGION_NS);
	expect_region(4, 0x1c0b0000, 1, REGION_READ | REGION_WRITE);
	assert_true(sp.region[4].device);
	assert_false(sp.region[3].device);
	assert_int_equal(sp.rx_region, 0);
	assert_int_equal(sp.tx_region, 1);
	assert_int_equal(sp.interrupt_count, 2);
	assert_int_equal(sp.interrupt[1].intid, 0x29);
	assert_int_equal(sp.interrupt[1].attributes, 0x900);
}

static void a_manifest_of_optee_loads_unchanged(void **state)
{
	static const uint8_t uuid[16] = {0x48, 0x61, 0x78, 0xe0, 0xe7, 0xf8,
		0x11, 0xe3, 0xbc, 0x5e, 0x00, 0x02, 0xa5, 0xd5, 0xc5, 0x1b};

	(void)state;
	expect_read("sp_optee.dts", NULL, NULL);
	assert_int_equal(sp.id, 0x8001);
	assert_int_equal(sp.execution_ctx_count, 2);
	assert_int_equal(sp.ns_action, NS_ACTION_MANAGED_EXIT);
	assert_int_equal(sp.service_count, 1);
	assert_memory_equal(sp.service[0].uuid, uuid, 16);
	assert_int_equal(sp.service[0].properties,
		FFA_PROPERTY_RECV_DIRECT | FFA_PROPERTY_SEND_DIRECT |
			FFA_PROPERTY_AARCH64 | FFA_PROPERTY_NOTIFICATIONS |
			FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_VM_DESTROYED);
	assert_int_equal(sp.region_count, 1);
	assert_true(sp.region[0].device);
	assert_int_equal(sp.interrupt[0].intid, 0x28);
	assert_int_equal(sp.rx_region, -1);
}

static void one_service_and_nothing_optional_is_enough(void **state)
{
	(void)state;
	expect_read("sp_one_service.dts", NULL, NULL);
	assert_int_equal(sp.ffa_version, FFA_VERSION_1_0);
	assert_int_equal(sp.service_count, 1);
	assert_int_equal(sp.service[0].uuid[0], 0xb4);
	assert_int_equal(sp.service[0].properties,
		FFA_PROPERTY_RECV_DIRECT | FFA_PROPERTY_AARCH64);
	assert_int_equal(sp.boot_order, BOOT_ORDER_NONE);
	assert_int_equal(sp.ns_action, NS_ACTION_SIGNALED);
	assert_int_equal(sp.gp_register, -1);
	assert_int_equal(sp.entrypoint_offset, 0);
	assert_int_equal(sp.region_count, 0);
	assert_int_equal(sp.rx_region, -1);
	assert_false(sp.boot_info_fdt);
}

static void forms_that_others_accept_are_accepted(void **state)
{
	static const char *const two_uuids =
		"uuid = <1 2 3 4 5 6 7 8>; messaging-method = <1 4>;";

	(void)state;
	/* A list of UUIDs with a list of methods, and with one for all. */
	expect_read("sp_one_service.dts", "execution-state = <0>;",
		"execution-state = <0>; managed-exit;");
	assert_int_equal(sp.ns_action, NS_ACTION_MANAGED_EXIT);
	expect_read("sp_optee.dts",
		"uuid = <0xe0786148 0xe311f8e7 0x02005ebc 0x1bc5d5a5>;",
		"uuid = <1 2 3 4 5 6 7 8>;");
	assert_int_equal(sp.service_count, 2);
	assert_int_equal(sp.service[1].properties & 7, 3);
	expect_read("sp_one_service.dts",
		"uuid = <0x1e67b5b4 0xe14f904a 0x13fb1fb8 0xcbdae1da>;\n"
		"	messaging-method = <0x1>;",
		two_uuids);
	assert_int_equal(sp.service[0].properties & 7, 1);
	assert_int_equal(sp.service[1].properties & 7, 4);
	/* One cell where two are usual. */
	expect_read("sp_sample.dts", "<0x0 0x07300000>", "<0x07300000>");
	expect_region(0, 0x07300000, 1, REGION_READ);
	expect_read("sp_sample.dts", "load-address = <0x0 0x07000000>",
		"load-address = <0x07000000>");
	/* Properties that nobody knows. */
	expect_read("sp_sample.dts", "gp-register-num",
		"our-own = <1>; "
		"gp-register-num");
}

struct refusal {
	const char *id; /* of the conformance catalogue, or NULL */
	const char *from;
	const char *to;
	const char *sentence; /* a part of it */
};

/* Each is one change of sp_sample.dts. */
static const struct refusal root_refusals[] = {
	{"Y-01", "execution-ctx-count = <1>;", "",
		"sp.dts: node /: property execution-ctx-count: is missing"},
	{"Y-02", "arm,ffa-manifest-1.1", "arm,ffa-manifest-2.0",
		"property compatible: must be"},
	{NULL, "ffa-version = <0x00010002>;", "", "ffa-version: is missing"},
	{NULL, "<0x00010002>", "<0x00010004>", "ffa-version: must be"},
	{NULL, "<0x00010002>", "<0x80010002>", "ffa-version: must be"},
	{NULL, "execution-ctx-count = <1>", "execution-ctx-count = <0>",
		"execution-ctx-count: must be"},
	{NULL, "execution-ctx-count = <1>", "execution-ctx-count = <1 2>",
		"execution-ctx-count: is not one cell"},
	{NULL, "exception-level = <2>;", "", "exception-level: is missing"},
	{NULL, "exception-level = <2>", "exception-level = <0>",
		"exception-level: must be"},
	{NULL, "exception-level = <2>", "exception-level = <3>",
		"exception-level: must be"},
	{NULL, "execution-state = <0>;", "", "execution-state: is missing"},
	{NULL, "execution-state = <0>", "execution-state = <1>",
		"execution-state: must be 0"},
	{NULL, "<0x0 0x07000000>", "<0x0 0x07001000>",
		"load-address: is not where"},
	{NULL, "<0x4000>", "<0x4002>", "entrypoint-offset: is not a multiple"},
	{NULL, "xlat-granule = <0>", "xlat-granule = <1>", "xlat-granule"},
	{NULL, "boot-order = <0>", "boot-order = <0x10000>",
		"boot-order: must fit"},
	{NULL, "ns-interrupts-action = <2>", "ns-interrupts-action = <3>",
		"ns-interrupts-action: must be"},
	{"Y-10", "ns-interrupts-action = <2>;",
		"ns-interrupts-action = <2>; other-s-interrupts-action = <0>;",
		"other-s-interrupts-action: cannot be 0"},
	{NULL, "ns-interrupts-action = <2>;",
		"ns-interrupts-action = <2>; other-s-interrupts-action = <2>;",
		"other-s-interrupts-action: must be"},
	{NULL, "ns-interrupts-action = <2>;",
		"ns-interrupts-action = <2>; managed-exit;", "contradicts"},
	{NULL, "notification-support;", "sri-interrupts-policy = <4>;",
		"sri-interrupts-policy: has a reserved"},
	{NULL, "notification-support;", "notification-support = <1>;",
		"notification-support: is a flag"},
	{"Y-18", "gp-register-num = <0>", "gp-register-num = <4>",
		"gp-register-num: must be 0 to 3"},
	{NULL, "gp-register-num = <0>;", "", "gp-register-num: is missing"},
	{NULL, "notification-support;", "vm-availability-messages = <4>;",
		"vm-availability-messages: has a reserved"},
	{NULL, "notification-support;", "power-management-messages = <8>;",
		"power-management-messages: has a reserved"},
	{NULL, "notification-support;", "id = <0x8000>;", "id: must be"},
	{NULL, "notification-support;", "id = <0x10001>;", "id: must be"},
	{NULL, "execution-ctx-count = <1>;",
		"execution-ctx-count = <2>; lifecycle-support;",
		"lifecycle-support: needs execution-ctx-count"},
	{NULL, "notification-support;", "abort-action = <1>;",
		"abort-action: needs lifecycle-support"},
	{NULL, "notification-support;",
		"lifecycle-support; abort-action = <4>;",
		"abort-action: must be"},
	{NULL, "notification-support;", "live-activation-support;",
		"live-activation-support: needs"},
	{NULL, "notification-support;", "image-uuid = <0 0 0 0>;",
		"image-uuid: is nil"},
	{NULL, "notification-support;", "image-uuid = <1 0 0 0 0>;",
		"image-uuid: is not exactly one"},
	{NULL, "notification-support;",
		"image-uuid = <0x1e67b5b4 0xe14f904a 0x13fb1fb8 0xcbdae1da>;",
		"image-uuid: is a protocol's"},
};

static const struct refusal service_refusals[] = {
	{NULL, "arm,ffa-manifest-services", "other",
		"node /: property uuid: is missing"},
	{NULL, "uuid = \"b4b5671e-4a90-4fe1-b81f-fb13dae1dacb\";", "",
		"node first: property uuid: is missing"},
	{NULL, "b4b5671e-", "b4b5671e", "node first: property uuid: is not"},
	{NULL, "b4b5671e-", "b4b5671g-", "uuid: is not a UUID"},
	{NULL, "fb13dae1dacb", "fb13dae1dacb0", "uuid: is too long"},
	{NULL, "fb13dae1dacb", "fb13dae1dac", "uuid: is not a UUID"},
	{"Y-12", "b4b5671e-4a90-4fe1-b81f-fb13dae1dacb",
		"00000000-0000-0000-0000-000000000000", "uuid: is nil"},
	{NULL, "b4b5671e-4a90-4fe1-b81f-fb13dae1dacb",
		"d1582309-f023-47b9-827c-4464f5578fc8",
		"node second: property uuid: is there twice"},
	{NULL, "messaging-method = <0x603>", "messaging-method = <0x8>",
		"messaging-method: has a reserved"},
	{NULL, "messaging-method = <0x603>;", "",
		"messaging-method: is missing"},
	{NULL, "second {",
		"a { uuid = \"00000000-0000-0000-0000-000000000001\"; "
		"messaging-method = <1>; };"
		"b { uuid = \"00000000-0000-0000-0000-000000000002\"; "
		"messaging-method = <1>; };"
		"c { uuid = \"00000000-0000-0000-0000-000000000003\"; "
		"messaging-method = <1>; }; second {",
		"uuid: is one more than"},
};

static const char *const no_service =
	"services { compatible = \"arm,ffa-manifest-services\"; }; other {";

static const struct refusal region_refusals[] = {
	{"Y-03", "<0x0 0x07301000>", "<0x0 0x07300000>",
		"node tx: property base-address: overlaps"},
	{"Y-05", "attributes = <1>", "attributes = <2>",
		"node rx: property attributes: must allow reading"},
	{"Y-05", "attributes = <1>", "attributes = <6>",
		"attributes: must allow reading"},
	{NULL, "attributes = <1>", "attributes = <4>",
		"attributes: must allow reading"},
	{NULL, "attributes = <1>", "attributes = <0>",
		"attributes: must allow reading"},
	{NULL, "attributes = <1>", "attributes = <0x11>",
		"attributes: has a reserved"},
	{NULL, "attributes = <0xb>", "attributes = <0xd>",
		"node window: property attributes: must not allow executing"},
	{NULL, "attributes = <0xb>", "attributes = <0xf>",
		"must not allow executing non-secure"},
	{NULL, "attributes = <1>;", "", "attributes: is missing"},
	{NULL, "base-address = <0x0 0x07300000>;",
		"base-address = <0x0 0x07300000>; escrow,shared;",
		"a region that is the manager's cannot be a buffer"},
	{NULL, "base-address = <0x0 0x07300000>;",
		"base-address = <0x0 0x07300000>; escrow,shared = <1>;",
		"is a flag and must have no value"},
	{NULL, "base-address = <0x0 0x1c0b0000>;",
		"base-address = <0x0 0x1c0b0000>; escrow,shared;",
		"escrow,shared: is not for device regions"},
	{NULL, "base-address = <0x0 0x07300000>;",
		"base-address = <0x0 0x07300000>; escrow,trace-rings;",
		"a region that is the manager's cannot be a buffer"},
	{NULL, "base-address = <0x0 0x1c0b0000>;",
		"base-address = <0x0 0x1c0b0000>; escrow,trace-rings;",
		"escrow,trace-rings: is not for device regions"},
	{NULL, "attributes = <0xb>;", "attributes = <3>; escrow,trace-rings;",
		"escrow,trace-rings: is for secure memory that is read-only"},
	{NULL, "attributes = <0xb>;", "attributes = <9>; escrow,trace-rings;",
		"escrow,trace-rings: is for secure memory that is read-only"},
	{NULL, "attributes = <0xb>;",
		"attributes = <1>; escrow,trace-rings; escrow,shared;",
		"escrow,trace-rings: does not go with escrow,shared"},
	{"Y-07", "base-address = <0x0 0x07300000>;",
		"base-address = <0x0 0x07300000>; "
		"load-address-relative-offset = <0>;",
		"load-address-relative-offset: excludes base-address"},
	{NULL, "base-address = <0x0 0x07300000>;", "",
		"node rx: property base-address: is missing"},
	{NULL, "<0x0 0x80000>", "<0xffffffff 0xfffff000>",
		"load-address-relative-offset: wraps"},
	{NULL, "<0x0 0x07300000>", "<0xffffffff 0xfffff000>",
		"base-address: wraps"},
	{NULL, "<0x0 0x07300000>", "<0x0 0x07300100>",
		"base-address: is not page aligned"},
	{NULL, "pages-count = <1>", "pages-count = <0>",
		"pages-count: is zero"},
	{NULL, "pages-count = <1>;", "", "pages-count: is missing"},
	{"Y-08", "base-address = <0x0 0x07301000>;\n\t\t\tpages-count = <1>",
		"base-address = <0x0 0x07301000>;\n\t\t\tpages-count = <2>",
		"tx-buffer: has another size"},
	{NULL, "rx-buffer = <&rx>;", "", "rx-buffer: is missing"},
	{NULL, "rx-buffer = <&rx>", "rx-buffer = <0x77>",
		"rx-buffer: refers to no memory region"},
	{NULL, "tx-buffer = <&tx>", "tx-buffer = <&rx>",
		"tx-buffer: is the RX buffer"},
	{NULL, "attributes = <3>", "attributes = <1>",
		"tx-buffer: is not writable"},
};

static const char *const no_region =
	"device-regions { compatible = \"arm,ffa-manifest-device-regions\"; };"
	"other {";

static const struct refusal device_refusals[] = {
	{"Y-14", "attributes = <3>;\n\t\t\tsmmu-id = <0>",
		"attributes = <5>;\n\t\t\tsmmu-id = <0>",
		"node uart: property attributes: must not allow executing"},
	{NULL, "base-address = <0x0 0x1c0b0000>",
		"load-address-relative-offset = <0>",
		"load-address-relative-offset: is not for device"},
	{NULL, "smmu-id = <0>;", "", "smmu-id: is missing"},
	{NULL, "<3 3>", "<3>", "one value a stream id"},
	{NULL, "<0x29 0x900>", "<0x29>", "interrupts: is not two cells"},
	{NULL, "<0x29 0x900>", "<0x28 0x900>",
		"interrupts: has an interrupt twice"},
	{NULL, "<0x28 0x0 0x1>", "<0x2a 0x0 0x1>",
		"interrupts-target: names an interrupt"},
	{NULL, "<0x28 0x0 0x1>", "<0x28 0x0>",
		"interrupts-target: is not three cells"},
};

static void expect_refusals(const struct refusal *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		error.text[0] = '\0';
		if (read_variant("sp_sample.dts", rows[i].from, rows[i].to))
			fail_msg("accepted: %s", rows[i].to);
		if (!strstr(error.text, rows[i].sentence))
			fail_msg("\"%s\" -> \"%s\"", rows[i].to, error.text);
		if (rows[i].id)
			CONFORMS(rows[i].id);
	}
}

static void every_bad_root_property_is_named(void **state)
{
	(void)state;
	expect_refusals(root_refusals, ARRAY_COUNT(root_refusals));
}

static void every_bad_service_is_named(void **state)
{
	(void)state;
	expect_refusals(service_refusals, ARRAY_COUNT(service_refusals));
	assert_false(read_variant("sp_sample.dts", "services {", no_service));
	assert_non_null(strstr(error.text, "node services: has no service"));
}

static void every_bad_region_is_named(void **state)
{
	(void)state;
	expect_refusals(region_refusals, ARRAY_COUNT(region_refusals));
	expect_refusals(device_refusals, ARRAY_COUNT(device_refusals));
	assert_false(
		read_variant("sp_sample.dts", "device-regions {", no_region));
	assert_non_null(strstr(error.text, "has no region"));
}

static void an_s_el0_partition_has_stricter_rules(void **state)
{
	static const struct refusal rows[] = {
		{"Y-05", "exception-level = <2>", "exception-level = <1>",
			"node heap: property attributes: must not allow an"},
		{NULL, "execution-ctx-count = <1>;\n\texception-level = <2>",
			"execution-ctx-count = <2>;\n\texception-level = <1>",
			"execution-ctx-count: must be 1 for an S-EL0"},
		{NULL, "exception-level = <2>;",
			"exception-level = <1>; sri-interrupts-policy = <1>;",
			"sri-interrupts-policy: is not for an S-EL0"},
		{NULL, "exception-level = <2>;",
			"exception-level = <1>; managed-exit;",
			"managed-exit: contradicts"},
	};

	(void)state;
	expect_refusals(rows, ARRAY_COUNT(rows));
	assert_false(
		read_variant("sp_one_service.dts", "exception-level = <2>;",
			"exception-level = <1>; ns-interrupts-action = <1>;"));
	assert_non_null(strstr(error.text, "has no managed exit"));
}

static void as_many_methods_as_uuids_or_one(void **state)
{
	(void)state;
	assert_false(read_variant("sp_one_service.dts",
		"messaging-method = <0x1>", "messaging-method = <1 2>"));
	assert_non_null(strstr(error.text, "messaging-method: must be one"));
	assert_false(read_variant("sp_one_service.dts", "0xcbdae1da", ""));
	assert_non_null(strstr(error.text, "uuid: is not four cells"));
	CONFORMS("Y-13");
}

static void more_regions_than_the_manager_can_hold_are_refused(void **state)
{
	char text[4096] = "";

	(void)state;
	for (unsigned i = 0; i < MANIFEST_REGIONS_MAX; i++)
		sprintf(text + strlen(text),
			"r%u { base-address = <0x%x>; pages-count = <1>; "
			"attributes = <1>; };",
			i, 0x08000000 + (i << 12));
	strcat(text, "heap {");
	assert_false(read_variant("sp_sample.dts", "heap {", text));
	assert_non_null(strstr(error.text, "one region more"));
}

static void more_interrupts_than_the_manager_can_hold_are_refused(void **state)
{
	char text[1024] = "interrupts = ";

	(void)state;
	for (unsigned i = 0; i <= PARTITION_INTERRUPTS_MAX; i++)
		sprintf(text + strlen(text), "<%u 0>,", 100 + i);
	strcat(text, "<0x28 0x900>");
	assert_false(read_variant(
		"sp_sample.dts", "interrupts = <0x28 0x900>", text));
	assert_non_null(strstr(error.text, "interrupts: has one more"));
}

/* ASan and UBSan are the judges: any result is fine, no access is. */
static void any_changed_byte_is_survived(void **state)
{
	static const uint8_t changes[] = {0x01, 0x04, 0x80, 0xff};
	struct dtb dtb = dtb_compile("sp_sample.dts", NULL, NULL);
	struct manifest_blob blob = {dtb.fdt, dtb.size, "sp.dts"};
	uint8_t *bytes = dtb.fdt;
	size_t accepted = 0;

	(void)state;
	for (size_t i = 0; i < dtb.size * ARRAY_COUNT(changes); i++) {
		uint8_t change = changes[i % ARRAY_COUNT(changes)];

		bytes[i / ARRAY_COUNT(changes)] ^= change;
		accepted += manifest_read_sp(
			&blob, (struct paddr){SAMPLE_PACKAGE}, &sp, &error);
		bytes[i / ARRAY_COUNT(changes)] ^= change;
	}
	assert_true(accepted > 0);
	assert_true(accepted < dtb.size * ARRAY_COUNT(changes));
	dtb_free(&dtb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_of_the_sample_is_read),
		cmocka_unit_test(the_services_of_the_sample_are_read),
		cmocka_unit_test(the_image_has_a_uuid_of_its_own_or_none),
		cmocka_unit_test(the_regions_of_the_sample_are_read),
		cmocka_unit_test(a_manifest_of_optee_loads_unchanged),
		cmocka_unit_test(one_service_and_nothing_optional_is_enough),
		cmocka_unit_test(forms_that_others_accept_are_accepted),
		cmocka_unit_test(every_bad_root_property_is_named),
		cmocka_unit_test(every_bad_service_is_named),
		cmocka_unit_test(every_bad_region_is_named),
		cmocka_unit_test(an_s_el0_partition_has_stricter_rules),
		cmocka_unit_test(as_many_methods_as_uuids_or_one),
		cmocka_unit_test(
			more_regions_than_the_manager_can_hold_are_refused),
		cmocka_unit_test(
			more_interrupts_than_the_manager_can_hold_are_refused),
		cmocka_unit_test(any_changed_byte_is_survived),
	};

	return SUITE_RUN("test-manifest-sp", tests);
}
