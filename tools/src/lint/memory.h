/*
 * The memory that the image's code reads packages from: a piece of the port,
 * which the tool and its tests have each in their own way.
 */
#ifndef LINT_MEMORY_H
#define LINT_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* From `at` on there are these bytes, and zeros behind; they stay there. */
void memory_place(uint64_t at, const void *bytes, size_t size);
void memory_clear(void);

#endif
