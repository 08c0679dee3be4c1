/*
 * A capture: everything that reaches the manager from outside, as lines of
 * text on the secure console, so that a run can be played again on another
 * machine. Whatever it costs: calls do not overlap while it is on.
 *
 * A line is `~`, its number, a letter for its kind, and fields, all of them
 * hexadecimal. docs/TRACE.md has the kinds.
 */
#ifndef PARTITION_CAPTURE_H
#define PARTITION_CAPTURE_H

#include "base/lock.h"
#include "base/types.h"

#define CAPTURE_FORMAT 2u

enum capture_kind {
	CAPTURE_FORMAT_LINE =
		'V',            /* format, reason_checksum(), ticks a second */
	CAPTURE_MANIFEST = 'M', /* the SPMC manifest: offset, bytes */
	CAPTURE_IMAGE = 'I',    /* base, pages; port_el0_support() likewise */
	CAPTURE_PACKAGE = 'K',  /* of a package: address, bytes */
	CAPTURE_PARTY = 'P',    /* a partition: id, name in bytes */
	CAPTURE_ONLINE = 'O',   /* a CPU came up: its index */
	CAPTURE_CALL = 'C',     /* CPU, caller's id, context, x0 … */
	CAPTURE_EXIT = 'E',     /* CPU, id, context, four numbers, x0 … */
	CAPTURE_TX = 'B',       /* read from a caller: address, bytes */
	CAPTURE_TX_FAULT = 'F', /* that could not be read: address */
	CAPTURE_RESULT = 'R',   /* CPU, who runs next, context, x0 … */
	CAPTURE_RECORD = 'T',   /* a trace record as eight words */
	CAPTURE_CLOCK = 'W',    /* timers were looked at: ticks; polled? */
};

/* Of an exit: kind, address, flags (bit 0: in the non-secure space, 1: a
 * write, 2: an instruction), program counter. Of one for a timer: the value
 * that the context's is compared with, and as flags its control bits, bit 2:
 * the context has been told. */
#define CAPTURE_EXIT_NUMBERS 4

/*
 * Set in each byte of a line where a partition may write on the console, too:
 * what is mixed can then be told apart.
 */
#define CAPTURE_OURS 0x80u

struct capture {
	bool on;
	uint32_t lines;       /* so far */
	struct lock lock;     /* a call, with all that it causes */
	struct lock *console; /* NULL while nobody else writes there */
	bool mixed;           /* a partition has a device: CAPTURE_OURS */
};

/* Zeroes at the end are left out. */
void capture_numbers(struct capture *capture, enum capture_kind kind,
	const uint64_t *numbers, unsigned count);

/* In as many lines as it takes. */
void capture_bytes(struct capture *capture, enum capture_kind kind, uint64_t at,
	const void *bytes, size_t size);

#endif
