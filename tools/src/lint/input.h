/* From the command line to trees: source, blobs, packages. */
#ifndef LINT_INPUT_H
#define LINT_INPUT_H

#include "lint.h"

/*
 * Every argument is [NAME=]FILE[,PACKAGE][@ADDRESS]; FILE may be a package,
 * too. The manager's manifest is the one that says so, or else the first.
 * What is wrong inside a file is a finding; false, after a sentence on stderr,
 * when there is nothing to look at.
 */
bool input_files(struct lint *lint, char *const arguments[]);

/* An ELF file tells all of the image; a flat one has no bss. */
bool input_image(struct lint *lint, const char *file);

#endif
