/*
 * The protocol of the low-level tests: a direct request (64-bit) to a
 * partition with a command in x3 and arguments in x4 and x5; the response has
 * results in x3 to x6.
 */
#ifndef TEST_LOWLEVEL_H
#define TEST_LOWLEVEL_H

enum lowlevel_command {
	LOW_FILL = 1,  /* x4 seed */
	LOW_WRONG,     /* x4 seed -> x3 registers_wrong() */
	LOW_FIRST,     /* -> x3 SIMD registers that were not zero at entry */
	LOW_CONDUITS,  /* -> x3 id by SMC, x4 by HVC, x5 registers that changed
			*/
	LOW_READ,      /* x4 address, x5 ns -> x3 ok, x4 byte, x5 ESR, x6 FAR */
	LOW_WRITE,     /* x4 address, x5 ns -> x3 ok */
	LOW_EXECUTE,   /* x4 address, x5 ns -> x3 ok */
	LOW_SPIN,      /* x4 nanoseconds -> x3 turns */
	LOW_ASK_OTHER, /* x4 id, x5 command: as a request of its own -> x3 */

	LOW_VERSION, /* x4 asked -> x3 */
	LOW_ECHO,    /* x7 to x17 -> themselves */
	LOW_STEP, /* -> x3 registers_wrong() of the last step's; fills anew */
	LOW_CALL, /* x4 function, x5 to x7 its x1 to x3 -> x3 to x6 x0 to x3 */
	LOW_DIE,  /* never responds: faults in its fault handler */
};

/* What a partition finds at the address that it shares with nobody. */
#define LOW_SP1_BASE 0x0e300000ul
#define LOW_SP2_BASE 0x0e400000ul
#define LOW_SP1_ID 0x8001u
#define LOW_SP2_ID 0x8002u
#define LOW_SP3_ID 0x8003u /* with a context for every CPU */

/* In the first partition's manifest: non-secure, read-write. */
#define LOW_NS_PAGE 0x50000000ul

/* In the second one's: secure, read-only; and read-write. */
#define LOW_RO_PAGE 0x0e4f0000ul
#define LOW_RW_PAGE 0x0e4f1000ul

/* There, too: the rings of the trace. */
#define LOW_RINGS 0x0e680000ul

#endif
