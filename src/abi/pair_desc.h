/*
 * The endpoint RX/TX descriptor, by which a hypervisor maps the pair of one of
 * its virtual machines.
 * Spec: FF-A 1.2 §13.6 (FFA_RXTX_MAP), DEN0140 1.2 §1.10.1 (composites).
 */
#ifndef ABI_PAIR_DESC_H
#define ABI_PAIR_DESC_H

#include "abi/reason.h"

struct pair_desc {
	uint16_t id;
	struct range rx;
	struct range tx; /* as many pages */
};

/*
 * From a private copy of a page of TX. Refuses: BUFFER_DESCRIPTOR. What the
 * ranges are is the caller's to check.
 */
enum reason MUST_USE pair_desc_decode(
	const uint8_t page[PAGE_SIZE], struct pair_desc *desc);

#endif
