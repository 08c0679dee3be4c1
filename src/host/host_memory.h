/*
 * Private to src/host: the ghost TLB behind port_host.c.
 */
#ifndef HOST_HOST_MEMORY_H
#define HOST_HOST_MEMORY_H

#include "host/port_host.h"

void host_violate(const char *what, uint64_t at);

void ghost_reset(void);
/* Fills in what `event` translates; keeps the old translation alive. */
void ghost_store(
	const uint64_t *entry, uint64_t value, struct host_event *event);
/* After the store: takes a new subtree into view. */
void ghost_stored(const struct host_event *event);
/* `event`: one range of one VMID, or all of it. */
void ghost_invalidate(const struct host_event *event);

#endif
