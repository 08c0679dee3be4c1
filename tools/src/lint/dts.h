/* Source text of a manifest, made a tree by the device tree compiler. */
#ifndef LINT_DTS_H
#define LINT_DTS_H

#include "dt.h"

/*
 * Fills in tree->fdt and tree->lines from the source of that file; text with
 * #include and the like goes through cpp first. What the compiler has to say
 * becomes findings. False, after a sentence on stderr, when none can be run.
 */
bool dts_compile(struct dt *tree, const char *source);

#endif
