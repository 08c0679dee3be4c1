/*
 * What is kept of a partition that may be restarted (abort-action 2): its
 * package as loaded, what it owned at boot, and how.
 */
#ifndef BOOT_PRISTINE_H
#define BOOT_PRISTINE_H

#include "boot/loader.h"

/*
 * After loader_make() of `partition`; `pristine` is a page, zeroed,
 * and plan_package_pages() behind it.
 * False: the package cannot be read.
 */
bool MUST_USE pristine_make(struct spm *spm, const struct loaded *loaded,
	struct partition *partition, struct pristine *pristine);

#endif
