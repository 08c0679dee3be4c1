/*
 * Register values of the manager's own translation: EL2, stage 1, 4 KiB
 * granule, 39-bit addresses, identity-mapped.
 *
 * Source: Arm ARM D8.3 (descriptors), D19.2 (TCR_EL2, SCTLR_EL2, MAIR_EL2).
 */
#ifndef ARCH_EL2_MMU_BITS_H
#define ARCH_EL2_MMU_BITS_H

/* Attribute 0: Normal write-back; 1: Device-nGnRE. */
#define EL2_MAIR 0x04ff

/* T0SZ 25, walks inner-shareable write-back; bits 31 and 23 are RES1. */
#define EL2_TCR (0x80800000 | 3 << 12 | 1 << 10 | 1 << 8 | 25)
#define EL2_TCR_PS_SHIFT 16
#define EL2_PS_MAX 5 /* 48 bits */

/*
 * RES1 bits; I, C, M; SA: a misaligned stack faults at once; WXN: what can be
 * written is never executed, whatever its descriptor says.
 */
#define EL2_SCTLR (0x30c50830 | 1 << 19 | 1 << 12 | 1 << 3 | 1 << 2 | 1)

#endif
