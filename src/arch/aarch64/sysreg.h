/*
 * Access to system registers and barriers. Registers that assemblers do not
 * know without options have their encodings here.
 */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

#include "base/types.h"

#define SYSREG_VSTTBR_EL2 s3_4_c2_c6_0
#define SYSREG_VSTCR_EL2 s3_4_c2_c6_2
#define SYSREG_ID_AA64ISAR2_EL1 s3_0_c0_c6_2
#define SYSREG_ID_AA64SMFR0_EL1 s3_0_c0_c4_5
#define SYSREG_SMCR_EL2 s3_4_c1_c2_6
#define SYSREG_SVCR s3_3_c4_c2_2
#define SYSREG_VDISR_EL2 s3_4_c12_c1_1
#define SYSREG_TPIDR2_EL0 s3_3_c13_c0_5

#define SYSREG_READ_(name)                                                     \
	__extension__({                                                        \
		uint64_t value_;                                               \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));             \
		value_;                                                        \
	})
#define SYSREG_WRITE_(name, value)                                             \
	__asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)))

/* One more level, so that SYSREG_* above are expanded. */
#define sysreg_read(name) SYSREG_READ_(name)
#define sysreg_write(name, value) SYSREG_WRITE_(name, value)

static inline void isb(void)
{
	__asm__ volatile("isb" : : : "memory");
}

#define dsb(domain) __asm__ volatile("dsb " #domain : : : "memory")

#endif
