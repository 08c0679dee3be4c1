/*
 * The pool of the manager's pages: everything secure that the manifest gives
 * to no partition. Ledger, tables and contexts come from here.
 *
 * One 24-byte record per page (struct page_meta) tells what a table page
 * holds, so that emptiness is a count and never a scan.
 *
 * Locking: the engine lock, except at boot.
 */
#ifndef STAGE2_PAGE_POOL_H
#define STAGE2_PAGE_POOL_H

#include "base/types.h"

struct page_meta {
	uint16_t live;  /* tables: entries in use; slabs: objects in use */
	uint8_t level;  /* tables: 1 to 3 */
	bool pinned;    /* tables: stays linked when empty */
	uint16_t holds; /* tables: reservations that will fill it */
	uint32_t next;  /* 1 + index of the next page on a list, 0 = end */
	uint32_t prev;  /* slabs: likewise */
	uint64_t *link; /* tables: the entry that points here */
};

struct page_pool {
	struct range span;   /* all pages that may ever belong to the pool */
	uint32_t page_count; /* pages that the pool was given */
	uint32_t free_count;
	uint32_t free_head;  /* 1 + index of the first free page, 0 = none */
	uint32_t fail_after; /* tests: the n-th take from now fails; 0 = off */
	struct page_meta *meta;
};

/* Pages that the metadata of `span` needs. */
uint64_t page_pool_meta_pages(struct range span);

/* An empty pool for pages inside `span`; the metadata lies in `meta`. */
void page_pool_init(
	struct page_pool *pool, struct range span, struct range meta);

/* Gives the pages of `range`, inside the span, to the pool. Boot only. */
void page_pool_add(struct page_pool *pool, struct range range);

/* One page, zeroed or with undefined contents; false: the pool is empty. */
bool MUST_USE page_pool_take(struct page_pool *pool, struct paddr *page);
bool MUST_USE page_pool_take_dirty(struct page_pool *pool, struct paddr *page);

void page_pool_give(struct page_pool *pool, struct paddr page);

struct page_meta *page_pool_meta(struct page_pool *pool, struct paddr page);

/* Conversion for lists that are threaded through page_meta.next. */
uint32_t page_pool_index(const struct page_pool *pool, struct paddr page);
struct paddr page_pool_page(const struct page_pool *pool, uint32_t index);

#endif
