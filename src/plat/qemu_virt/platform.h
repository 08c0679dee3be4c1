/*
 * QEMU's virt machine under TF-A, as data. Everything that the code for the
 * processor needs to know of the machine, and nothing that a manifest tells.
 *
 * Included by C and by assembly.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#define PLATFORM_NAME "QEMU virt"

/* Where the firmware puts the image; it is linked to run there only. */
#define PLATFORM_IMAGE_BASE 0x0e100000

/* Translation tables of the manager's own address space, below the root. */
#define PLATFORM_EL2_TABLES 16

/* And of the one that partitions at S-EL0 share. */
#define PLATFORM_EL0_TABLES 16

/* Processors that stacks are reserved for. */
#define PLATFORM_CPU_COUNT 8

/* A pl011 that only the secure world can reach. */
#define PLATFORM_CONSOLE_BASE 0x09040000

/* GICv3: distributor; two frames a processor. */
#define PLATFORM_GICD_BASE 0x08000000
#define PLATFORM_GICD_END 0x08010000
#define PLATFORM_GICR_BASE 0x080a0000
#define PLATFORM_GICR_END (PLATFORM_GICR_BASE + PLATFORM_CPU_COUNT * 0x20000)

/* What the firmware loads the manifest into; it may be read up to here. */
#define PLATFORM_MANIFEST_SIZE 4096

#endif
