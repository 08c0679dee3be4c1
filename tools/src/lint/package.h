/* Packages, field by field. */
#ifndef LINT_PACKAGE_H
#define LINT_PACKAGE_H

#include "lint.h"

/*
 * Reads the header of sp->package.bytes, and the manifest in it when none was
 * given beside it.
 */
void package_open(struct sp *sp);

#endif
