/*
 * The memory of the trace: a directory and one ring a CPU, see base/trace.h.
 * Boot only.
 */
#ifndef PARTITION_TRACE_RINGS_H
#define PARTITION_TRACE_RINGS_H

#include "spm.h"

/* In trace_pages() pages, from there on; all partitions have been made. */
void trace_rings_open(struct spm *spm, struct paddr pages);

#endif
