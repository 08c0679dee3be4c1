/*
 * The protocol of the tests for stale translations: a direct request (64-bit)
 * with a command in x3 and an argument in x4; the response has the result in
 * x3.
 */
#ifndef TEST_STALE_H
#define TEST_STALE_H

enum stale_command {
	STALE_RETRIEVE,   /* x4 handle -> x3 enum ffa_status */
	STALE_RELINQUISH, /* x4 handle -> x3 enum ffa_status */
	STALE_LEND,       /* own pages to the other: -> x3 handle, 0 refused */
	STALE_RECLAIM,    /* x4 handle -> x3 enum ffa_status */
	STALE_READ,       /* x4 address, bit 0: ns -> x3: it could be read */
	STALE_WATCH,      /* the same, until it faults -> x3 enum stale_watch */
	STALE_WATCHED,    /* -> x3: reads of the watch so far */
};

/*
 * How a watch ended. It began while the page was there; another CPU takes it
 * away meanwhile (RELINQUISH, LEND).
 */
enum stale_watch {
	WATCH_FAULTED = 1, /* at the latest with the first read after that */
	WATCH_STALE,       /* the page was still read then */
	WATCH_TOO_LONG,    /* nobody took it away */
};

#define STALE_SP1 0x8001
#define STALE_SP2 0x8002

/* Pages of its own that the first partition lends, from its package's base. */
#define STALE_OWN_BASE 0x0e3e0000ul
#define STALE_OWN_PAGES 4

#endif
