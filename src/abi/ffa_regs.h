/*
 * The registers of one FF-A call or completion, x0 to x17 (SMCCC 1.2).
 */
#ifndef ABI_FFA_REGS_H
#define ABI_FFA_REGS_H

#include <stdint.h>

#define FFA_REG_COUNT 18

struct ffa_regs {
	uint64_t x[FFA_REG_COUNT];
};

#endif
