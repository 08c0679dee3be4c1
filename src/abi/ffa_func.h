/*
 * FF-A function identifiers, versions, ids and register fields.
 * Spec: FF-A 1.2 §11 to §18 (function ids), §13.2 (versions), §6.1 (ids).
 */
#ifndef ABI_FFA_FUNC_H
#define ABI_FFA_FUNC_H

#include <stdint.h>

#define FFA_VERSION_OF(major, minor) ((uint32_t)(major) << 16 | (minor))
#define FFA_VERSION_1_0 FFA_VERSION_OF(1, 0)
#define FFA_VERSION_1_1 FFA_VERSION_OF(1, 1)
#define FFA_VERSION_1_2 FFA_VERSION_OF(1, 2)
#define FFA_VERSION_1_3 FFA_VERSION_OF(1, 3)
#define FFA_VERSION_OURS FFA_VERSION_1_3

/* The 64-bit form of a function id has bit 30 set. */
#define FFA_64 0x40000000u
#define FFA_SVE_HINT 0x00010000u

#define FFA_ERROR 0x84000060u
#define FFA_SUCCESS 0x84000061u
#define FFA_SUCCESS_64 (FFA_SUCCESS | FFA_64)
#define FFA_INTERRUPT 0x84000062u
#define FFA_VERSION 0x84000063u
#define FFA_FEATURES 0x84000064u
#define FFA_RX_RELEASE 0x84000065u
#define FFA_RXTX_MAP 0x84000066u
#define FFA_RXTX_MAP_64 (FFA_RXTX_MAP | FFA_64)
#define FFA_RXTX_UNMAP 0x84000067u
#define FFA_PARTITION_INFO_GET 0x84000068u
#define FFA_ID_GET 0x84000069u
#define FFA_MSG_POLL 0x8400006au
#define FFA_MSG_WAIT 0x8400006bu
#define FFA_YIELD 0x8400006cu
#define FFA_RUN 0x8400006du
#define FFA_MSG_SEND 0x8400006eu
#define FFA_MSG_SEND_DIRECT_REQ 0x8400006fu
#define FFA_MSG_SEND_DIRECT_REQ_64 (FFA_MSG_SEND_DIRECT_REQ | FFA_64)
#define FFA_MSG_SEND_DIRECT_RESP 0x84000070u
#define FFA_MSG_SEND_DIRECT_RESP_64 (FFA_MSG_SEND_DIRECT_RESP | FFA_64)
#define FFA_MEM_DONATE 0x84000071u
#define FFA_MEM_DONATE_64 (FFA_MEM_DONATE | FFA_64)
#define FFA_MEM_LEND 0x84000072u
#define FFA_MEM_LEND_64 (FFA_MEM_LEND | FFA_64)
#define FFA_MEM_SHARE 0x84000073u
#define FFA_MEM_SHARE_64 (FFA_MEM_SHARE | FFA_64)
#define FFA_MEM_RETRIEVE_REQ 0x84000074u
#define FFA_MEM_RETRIEVE_REQ_64 (FFA_MEM_RETRIEVE_REQ | FFA_64)
#define FFA_MEM_RETRIEVE_RESP 0x84000075u
#define FFA_MEM_RELINQUISH 0x84000076u
#define FFA_MEM_RECLAIM 0x84000077u
#define FFA_MEM_FRAG_RX 0x8400007au
#define FFA_MEM_FRAG_TX 0x8400007bu
#define FFA_NORMAL_WORLD_RESUME 0x8400007cu
#define FFA_NOTIFICATION_BITMAP_CREATE 0x8400007du
#define FFA_RX_ACQUIRE 0x84000084u
#define FFA_SPM_ID_GET 0x84000085u
#define FFA_MSG_SEND2 0x84000086u
#define FFA_SECONDARY_EP_REGISTER_64 0xc4000087u
#define FFA_MEM_PERM_GET 0x84000088u
#define FFA_MEM_PERM_GET_64 (FFA_MEM_PERM_GET | FFA_64)
#define FFA_MEM_PERM_SET 0x84000089u
#define FFA_MEM_PERM_SET_64 (FFA_MEM_PERM_SET | FFA_64)
#define FFA_CONSOLE_LOG 0x8400008au
#define FFA_CONSOLE_LOG_64 (FFA_CONSOLE_LOG | FFA_64)
#define FFA_PARTITION_INFO_GET_REGS 0xc400008bu
#define FFA_MSG_SEND_DIRECT_REQ2 0xc400008du
#define FFA_MSG_SEND_DIRECT_RESP2 0xc400008eu
#define FFA_NS_RES_INFO_GET 0xc400008fu
#define FFA_ABORT 0x84000090u
#define FFA_ABORT_64 (FFA_ABORT | FFA_64)

/* The numbers an FF-A function may have in bits 15:0 of its id. */
#define FFA_NUMBER_FIRST 0x60u
#define FFA_NUMBER_LAST 0x97u

/* The schedule receiver interrupt: an SGI, donated to the normal world. */
#define FFA_SCHEDULE_RECEIVER 8u

/* Endpoint ids. Bit 15 tells the secure world's from the normal world's. */
#define FFA_ID_NWD 0x0000u
#define FFA_ID_SPMC 0x8000u
#define FFA_ID_SPMD 0xffffu
#define FFA_ID_SECURE 0x8000u
/* Logical partitions of the firmware, at EL3. */
#define FFA_ID_EL3_FIRST 0xffc0u
#define FFA_ID_EL3_LAST 0xfffeu

static inline int ffa_id_is_el3(uint32_t id)
{
	return id >= FFA_ID_EL3_FIRST && id <= FFA_ID_EL3_LAST;
}

/* Partition properties, as PARTITION_INFO_GET reports them. */
#define FFA_PROPERTY_RECV_DIRECT (1u << 0)
#define FFA_PROPERTY_SEND_DIRECT (1u << 1)
#define FFA_PROPERTY_INDIRECT (1u << 2)
#define FFA_PROPERTY_NOTIFICATIONS (1u << 3)
#define FFA_PROPERTY_VM_CREATED (1u << 6)
#define FFA_PROPERTY_VM_DESTROYED (1u << 7)
#define FFA_PROPERTY_AARCH64 (1u << 8)
#define FFA_PROPERTY_RECV_DIRECT2 (1u << 9)
#define FFA_PROPERTY_SEND_DIRECT2 (1u << 10)

/* Framework messages: w2 of a direct request or response. */
#define FFA_FRAMEWORK 0x80000000u
#define FFA_FRAMEWORK_PSCI_REQ 0x00u
#define FFA_FRAMEWORK_PSCI_RESP 0x02u
#define FFA_FRAMEWORK_VM_CREATED_REQ 0x04u
#define FFA_FRAMEWORK_VM_CREATED_RESP 0x05u
#define FFA_FRAMEWORK_VM_DESTROYED_REQ 0x06u
#define FFA_FRAMEWORK_VM_DESTROYED_RESP 0x07u
#define FFA_FRAMEWORK_VERSION_REQ 0x08u
#define FFA_FRAMEWORK_VERSION_RESP 0x09u

#endif
