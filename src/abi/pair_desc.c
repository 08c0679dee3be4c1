/* Endpoint RX/TX descriptors: bytes to values. */
#include "abi/pair_desc.h"

#include "abi/ffa_wire.h"
#include "base/cursor.h"

/* A composite and its constituent. */
#define PART_SIZE (COMPOSITE_SIZE + CONSTITUENT_SIZE)

static bool is_part(uint32_t offset)
{
	return offset % 8 == 0 && offset >= PAIR_SIZE &&
	       offset <= PAGE_SIZE - PART_SIZE;
}

static bool decode_part(const uint8_t *composite, struct range *range)
{
	const uint8_t *constituent = composite + COMPOSITE_SIZE;

	range->base = paddr(get64(constituent + CONSTITUENT_BASE));
	range->pages = get32(constituent + CONSTITUENT_PAGES);
	return get32(composite + COMPOSITE_RANGES) == 1 &&
	       get32(composite + COMPOSITE_PAGES) == range->pages &&
	       get64(composite + COMPOSITE_RESERVED) == 0 &&
	       get32(constituent + CONSTITUENT_RESERVED) == 0;
}

enum reason pair_desc_decode(
	const uint8_t page[PAGE_SIZE], struct pair_desc *desc)
{
	uint32_t rx = get32(page + PAIR_RX);
	uint32_t tx = get32(page + PAIR_TX);

	desc->id = get16(page + PAIR_ID);
	if (get16(page + PAIR_RESERVED) != 0 || !is_part(rx) || !is_part(tx))
		return R_BUFFER_DESCRIPTOR;
	if (rx < tx + PART_SIZE && tx < rx + PART_SIZE)
		return R_BUFFER_DESCRIPTOR;
	if (!decode_part(page + rx, &desc->rx) ||
		!decode_part(page + tx, &desc->tx) ||
		desc->rx.pages != desc->tx.pages)
		return R_BUFFER_DESCRIPTOR;
	return R_NONE;
}
