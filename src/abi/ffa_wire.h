/*
 * Offsets and sizes of FF-A structures in memory. Private to src/abi.
 * Spec: DEN0140 1.2 §1.10; FF-A 1.0 §5.10 to §5.12; FF-A 1.1 §10.
 */
#ifndef ABI_FFA_WIRE_H
#define ABI_FFA_WIRE_H

/* Transaction descriptor: common part, then what differs by version. */
#define MTD_SENDER 0
#define MTD_ATTRIBUTES 2
#define MTD_FLAGS 4
#define MTD_HANDLE 8
#define MTD_TAG 16
#define MTD_V10_RESERVED 24
#define MTD_RECEIVER_COUNT 28
#define MTD_V10_SIZE 32
#define MTD_RECEIVER_SIZE 24
#define MTD_RECEIVER_OFFSET 32
#define MTD_RESERVED 36
#define MTD_SIZE 48

/* Endpoint memory access descriptor. */
#define EMAD_ID 0
#define EMAD_PERMISSIONS 2
#define EMAD_FLAGS 3
#define EMAD_COMPOSITE 4
#define EMAD_SHORT_RESERVED 8
#define EMAD_SHORT_SIZE 16u
#define EMAD_IMPDEF 8
#define EMAD_LONG_RESERVED 24
#define EMAD_LONG_SIZE 32u

/* Composite memory region descriptor and its constituents. */
#define COMPOSITE_PAGES 0
#define COMPOSITE_RANGES 4
#define COMPOSITE_RESERVED 8
#define COMPOSITE_SIZE 16u
#define CONSTITUENT_BASE 0
#define CONSTITUENT_PAGES 8
#define CONSTITUENT_RESERVED 12
#define CONSTITUENT_SIZE 16u

/* Relinquish descriptor. */
#define RELINQUISH_HANDLE 0
#define RELINQUISH_FLAGS 8
#define RELINQUISH_COUNT 12
#define RELINQUISH_ENDPOINTS 16

/* Endpoint RX/TX descriptor; its composites have one constituent each. */
#define PAIR_ID 0
#define PAIR_RESERVED 2
#define PAIR_RX 4
#define PAIR_TX 8
#define PAIR_SIZE 16u

/* Header of an indirect message. */
#define MESSAGE_FLAGS 0
#define MESSAGE_RESERVED 4
#define MESSAGE_OFFSET 8
#define MESSAGE_RECEIVER 12
#define MESSAGE_SENDER 14
#define MESSAGE_SIZE 16
#define MESSAGE_V11_SIZE 20u
#define MESSAGE_RESERVED_2 20
#define MESSAGE_UUID 24
#define MESSAGE_V12_SIZE 40u

/* Partition information descriptor. */
#define INFO_ID 0
#define INFO_CONTEXTS 2
#define INFO_PROPERTIES 4
#define INFO_UUID 8
#define INFO_IMAGE_UUID 24
#define INFO_VERSION 40
#define INFO_RESERVED 44
#define INFO_V10_SIZE 8u
#define INFO_SIZE 24u
#define INFO_V13_SIZE 48u

/* Resource information descriptor: a header, then address map descriptors. */
#define NS_RES_AMD_SIZE 0
#define NS_RES_AMD_COUNT 4
#define NS_RES_AMD_OFFSET 8
#define NS_RES_RESERVED 12
#define AMD_BASE 0
#define AMD_PAGES 8
#define AMD_PERMISSIONS 12
#define AMD_ID 13
#define AMD_FLAGS 15

#endif
