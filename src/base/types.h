/*
 * Base types: sizes, physical addresses, address ranges.
 *
 * Every endpoint is identity-mapped (VA = IPA = PA), so one address type is
 * enough; it is a one-member struct so that it never mixes with a count.
 */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ull
#define PAGE_MASK (PAGE_SIZE - 1)

#define MUST_USE __attribute__((warn_unused_result))
#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A physical address, in bytes. */
struct paddr {
	uint64_t v;
};

/* `pages` 4 KiB pages from the page-aligned `base`. Never wraps. */
struct range {
	struct paddr base;
	uint64_t pages;
};

static inline struct paddr paddr(uint64_t v)
{
	return (struct paddr){v};
}

static inline uint64_t range_end(struct range r)
{
	return r.base.v + (r.pages << PAGE_SHIFT);
}

#endif
