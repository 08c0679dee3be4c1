/* See ffa_names.h. */
#include "abi/ffa_names.h"

#include "abi/ffa_func.h"

#define NAME(number) [(number)-FFA_NUMBER_FIRST]

static const char *const functions[] = {
	NAME(0x60) = "ERROR",
	NAME(0x61) = "SUCCESS",
	NAME(0x62) = "INTERRUPT",
	NAME(0x63) = "VERSION",
	NAME(0x64) = "FEATURES",
	NAME(0x65) = "RX_RELEASE",
	NAME(0x66) = "RXTX_MAP",
	NAME(0x67) = "RXTX_UNMAP",
	NAME(0x68) = "PARTITION_INFO_GET",
	NAME(0x69) = "ID_GET",
	NAME(0x6a) = "MSG_POLL",
	NAME(0x6b) = "MSG_WAIT",
	NAME(0x6c) = "YIELD",
	NAME(0x6d) = "RUN",
	NAME(0x6e) = "MSG_SEND",
	NAME(0x6f) = "MSG_SEND_DIRECT_REQ",
	NAME(0x70) = "MSG_SEND_DIRECT_RESP",
	NAME(0x71) = "MEM_DONATE",
	NAME(0x72) = "MEM_LEND",
	NAME(0x73) = "MEM_SHARE",
	NAME(0x74) = "MEM_RETRIEVE_REQ",
	NAME(0x75) = "MEM_RETRIEVE_RESP",
	NAME(0x76) = "MEM_RELINQUISH",
	NAME(0x77) = "MEM_RECLAIM",
	NAME(0x78) = "MEM_OP_PAUSE",
	NAME(0x79) = "MEM_OP_RESUME",
	NAME(0x7a) = "MEM_FRAG_RX",
	NAME(0x7b) = "MEM_FRAG_TX",
	NAME(0x7c) = "NORMAL_WORLD_RESUME",
	NAME(0x7d) = "NOTIFICATION_BITMAP_CREATE",
	NAME(0x7e) = "NOTIFICATION_BITMAP_DESTROY",
	NAME(0x7f) = "NOTIFICATION_BIND",
	NAME(0x80) = "NOTIFICATION_UNBIND",
	NAME(0x81) = "NOTIFICATION_SET",
	NAME(0x82) = "NOTIFICATION_GET",
	NAME(0x83) = "NOTIFICATION_INFO_GET",
	NAME(0x84) = "RX_ACQUIRE",
	NAME(0x85) = "SPM_ID_GET",
	NAME(0x86) = "MSG_SEND2",
	NAME(0x87) = "SECONDARY_EP_REGISTER",
	NAME(0x88) = "MEM_PERM_GET",
	NAME(0x89) = "MEM_PERM_SET",
	NAME(0x8a) = "CONSOLE_LOG",
	NAME(0x8b) = "PARTITION_INFO_GET_REGS",
	NAME(0x8c) = "EL3_INTR_HANDLE",
	NAME(0x8d) = "MSG_SEND_DIRECT_REQ2",
	NAME(0x8e) = "MSG_SEND_DIRECT_RESP2",
	NAME(0x8f) = "NS_RES_INFO_GET",
	NAME(0x90) = "ABORT",
	NAME(0x94) = "NOTIFICATION_BIND2",
	NAME(0x95) = "NOTIFICATION_UNBIND2",
	NAME(0x96) = "NOTIFICATION_SET2",
	NAME(0x97) = "NOTIFICATION_GET2",
};

_Static_assert(ARRAY_COUNT(functions) == FFA_NUMBER_LAST - FFA_NUMBER_FIRST + 1,
	"a place for every number");

static const char *const statuses[] = {
	"SUCCESS",
	"NOT_SUPPORTED",
	"INVALID_PARAMETERS",
	"NO_MEMORY",
	"BUSY",
	"INTERRUPTED",
	"DENIED",
	"RETRY",
	"ABORTED",
	"NO_DATA",
	"NOT_READY",
};

const char *ffa_func_name(uint32_t func)
{
	uint32_t number = func & 0xffff;

	if (number < FFA_NUMBER_FIRST || number > FFA_NUMBER_LAST)
		return NULL;
	return functions[number - FFA_NUMBER_FIRST];
}

const char *ffa_status_name(int32_t status)
{
	if (status > 0 || status <= -(int32_t)ARRAY_COUNT(statuses))
		return NULL;
	return statuses[-status];
}
