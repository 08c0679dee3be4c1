/*
 * Device trees for tests: a source file of this folder, with one piece of
 * text replaced, compiled by dtc.
 */
#ifndef TESTS_UNIT_BOOT_DTB_H
#define TESTS_UNIT_BOOT_DTB_H

#include <stddef.h>

/* A blob at the end of an allocation, so that ASan sees a byte too far. */
struct dtb {
	void *fdt;
	size_t size;
};

/*
 * The first occurrence of `from` in the source becomes `to`; both NULL: as it
 * is. Fails the test when `from` is not there or dtc refuses.
 */
struct dtb dtb_compile(const char *source, const char *from, const char *to);
void dtb_free(struct dtb *dtb);

#endif
