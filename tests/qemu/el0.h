/*
 * The protocol of the tests of partitions at S-EL0: a direct request (64-bit)
 * with a command in x3 and arguments in x4 and x5; the response has the result
 * in x3.
 */
#ifndef TEST_EL0_H
#define TEST_EL0_H

enum el0_command {
	EL0_BOOT = 1,   /* -> x3: bits of enum el0_boot_test that held */
	EL0_RETRIEVE,   /* x4 handle -> x3 enum ffa_status */
	EL0_RELINQUISH, /* x4 handle -> x3 enum ffa_status */
	EL0_READ,       /* x4 address -> x3 byte */
	EL0_WRITE,      /* x4 address, x5 byte */
	EL0_EXECUTE,    /* x4 address */
	EL0_UNDEFINED,  /* an instruction that S-EL0 does not have */
	EL0_PERM_SET,  /* x4 address -> x3 enum ffa_status of a read-only one */
	EL0_OWN_TEXT,  /* -> x3 an address in its text */
	EL0_OWN_DATA,  /* -> x3 an address in its data: a return instruction */
	EL0_SIMD_FILL, /* x4 seed */
	EL0_SIMD_WRONG, /* x4 seed -> x3 registers that have another value */
	EL0_SPIN,       /* x4 nanoseconds -> x3 turns */
	EL0_ASK_OTHER,  /* x4 id -> x3 the other's answer to EL0_BOOT */
};

/* What a partition tries in its initialisation. */
enum el0_boot_test {
	BOOT_VERSION,
	BOOT_ID,
	BOOT_INFO,
	BOOT_TEXT,
	BOOT_DATA,
	BOOT_RODATA,
	BOOT_WRITE_AND_EXECUTE,
	BOOT_OTHERS,
	BOOT_CODE,
	BOOT_CODE_AGAIN,
	BOOT_SECONDARY,
	BOOT_FEATURE_PERM,
	BOOT_FEATURE_NPI,
	BOOT_STACK,
	BOOT_BUFFERS,
	BOOT_TESTS,
};

#define EL0_FIRST_ID 0x8001u
#define EL0_COUNT 5u

#endif
