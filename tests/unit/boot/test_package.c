/* SP packages of both versions, and the boot information blob. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "boot/boot_info.h"
#include "boot/package.h"
#include "lib/suite.h"

#define MEMORY 0x100000

enum field { MAGIC, VERSION, PM_OFFSET, PM_SIZE, IMG_OFFSET, IMG_SIZE };

/* magic, version, pm_offset, pm_size, img_offset, img_size */
static const uint32_t version_1[6] = {0x474b5053, 1, 24, 0x500, 0x1000, 0x8000};
static const uint32_t version_2[6] = {
	0x474b5053, 2, 0x1000, 0x500, 0x4000, 0x8000};

static struct sp_package package;
static struct manifest_error error;

static bool read_words(const uint32_t words[6])
{
	uint8_t *page = calloc(1, PAGE_SIZE);
	bool good;

	for (unsigned i = 0; i < 6; i++)
		put32(page + 4 * i, words[i]);
	good = package_read(page, MEMORY, "sp1", &package, &error);
	free(page);
	return good;
}

static void a_package_of_version_1_is_read(void **state)
{
	(void)state;
	assert_true(read_words(version_1));
	assert_int_equal(package.manifest_offset, 24);
	assert_int_equal(package.manifest_size, 0x500);
	assert_int_equal(package.image_offset, 0x1000);
	assert_int_equal(package.image_size, 0x8000);
}

static void a_package_of_version_2_is_read(void **state)
{
	(void)state;
	assert_true(read_words(version_2));
	assert_int_equal(package.manifest_offset, 0x1000);
	assert_int_equal(package.image_offset, 0x4000);
}

struct change {
	const char *id;
	const uint32_t *of;
	enum field field;
	uint32_t value;
	const char *sentence; /* a part of it; NULL = good */
};

static const struct change changes[] = {
	{"Y-15", version_2, MAGIC, 0x474b5052, "sp1: property magic"},
	{"Y-15", version_2, VERSION, 3, "version: must be 1 or 2"},
	{NULL, version_2, VERSION, 0, "version: must be 1 or 2"},
	{"Y-15", version_2, PM_OFFSET, 0x1800, "pm_offset"},
	{NULL, version_2, PM_OFFSET, 0, "pm_offset"},
	{NULL, version_2, PM_OFFSET, 0x4000, "reaches into the image"},
	{NULL, version_2, PM_OFFSET, 0xfffff000, "reaches into the image"},
	{NULL, version_2, PM_SIZE, 0x3000, NULL},
	{NULL, version_2, PM_SIZE, 0x3001, "reaches into the image"},
	{NULL, version_2, PM_SIZE, 0xffffffff, "reaches into the image"},
	{NULL, version_2, IMG_OFFSET, 0x4010, "img_offset: is not page"},
	{NULL, version_2, IMG_OFFSET, 0x0, "reaches into the image"},
	{NULL, version_2, IMG_SIZE, 0, "img_size: is zero"},
	{NULL, version_2, IMG_SIZE, MEMORY - 0x4000, NULL},
	{NULL, version_2, IMG_SIZE, MEMORY - 0x3fff, "larger than the part"},
	{NULL, version_2, IMG_SIZE, 0xffffffff, "larger than the partition"},
	{NULL, version_2, IMG_OFFSET, 0xfffff000, "larger than the partition"},
	{"Y-16", version_1, PM_OFFSET, 0x1000, "must be 24"},
	{NULL, version_1, PM_OFFSET, 32, "must be 24"},
	{NULL, version_1, PM_SIZE, 0x1000 - 24, NULL},
	{NULL, version_1, PM_SIZE, 0x1000 - 23, "reaches into the image"},
};

static void every_bad_field_is_named(void **state)
{
	uint32_t words[6];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
		const struct change *row = &changes[i];
		bool good;

		memcpy(words, row->of, sizeof(words));
		words[row->field] = row->value;
		good = read_words(words);
		if (good != !row->sentence)
			fail_msg("row %zu: %d", i, good);
		if (!good && !strstr(error.text, row->sentence))
			fail_msg("row %zu: %s", i, error.text);
		if (row->id)
			CONFORMS(row->id);
	}
}

static void memory_below_one_page_holds_no_package(void **state)
{
	uint8_t little[24] = {0};

	(void)state;
	assert_false(
		package_read(little, sizeof(little), "sp1", &package, &error));
	assert_non_null(strstr(error.text, "mem_size: is below one page"));
}

static void the_blob_has_one_descriptor_for_the_manifest(void **state)
{
	uint8_t blob[64];

	(void)state;
	memset(blob, 0xa5, sizeof(blob));
	assert_int_equal(
		boot_info_write(blob, sizeof(blob), 0x0e301000, 0x500), 64);
	assert_int_equal(get32(blob), 0x0ffa);
	assert_int_equal(get32(blob + 4), 0x10001);
	assert_int_equal(get32(blob + 8), 64);
	assert_int_equal(get32(blob + 12), 32);
	assert_int_equal(get32(blob + 16), 1);
	assert_int_equal(get32(blob + 20), 32);
	assert_int_equal(get64(blob + 24), 0);
	assert_int_equal(strnlen((char *)blob + 32, 16), 12);
	assert_int_equal(blob[48], 0);
	assert_int_equal(blob[49], 0);
	assert_int_equal(get16(blob + 50), 0);
	assert_int_equal(get32(blob + 52), 0x500);
	assert_int_equal(get64(blob + 56), 0x0e301000);
	CONFORMS("Y-17");
}

static void a_blob_that_does_not_fit_is_not_begun(void **state)
{
	uint8_t blob[64];

	(void)state;
	memset(blob, 0xa5, sizeof(blob));
	assert_int_equal(boot_info_write(blob, 63, 0, 0), 0);
	assert_int_equal(blob[0], 0xa5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_of_version_1_is_read),
		cmocka_unit_test(a_package_of_version_2_is_read),
		cmocka_unit_test(every_bad_field_is_named),
		cmocka_unit_test(memory_below_one_page_holds_no_package),
		cmocka_unit_test(the_blob_has_one_descriptor_for_the_manifest),
		cmocka_unit_test(a_blob_that_does_not_fit_is_not_begun),
	};

	return SUITE_RUN("test-package", tests);
}
