/*
 * Values in words: what a number means where the specification says what is
 * there. Nothing is judged here.
 */
#ifndef DECODE_WORDS_H
#define DECODE_WORDS_H

#include "decode/reading.h"

/* What a field holds. */
enum say {
	SAY_NOTHING,
	SAY_RESERVED,
	SAY_ID,
	SAY_VCPU,
	SAY_COUNT,
	SAY_BYTES,
	SAY_PAGES,
	SAY_PAGES_LESS_1,
	SAY_OFFSET,
	SAY_ADDRESS,
	SAY_HANDLE,
	SAY_UUID, /* 16 bytes */
	SAY_NAME, /* 16 bytes */
	SAY_VERSION,
	SAY_VERSION_QUERY,
	SAY_STATUS,
	SAY_FEATURE,
	SAY_ATTRIBUTES,
	SAY_PERMISSIONS,
	SAY_RECEIVER_FLAGS,
	SAY_SEND_FLAGS,
	SAY_RETRIEVE_FLAGS,
	SAY_RESPONSE_FLAGS,
	SAY_RELINQUISH_FLAGS,
	SAY_RECLAIM_FLAGS,
	SAY_PROPERTIES,
	SAY_BOOT_SIGNATURE,
	SAY_BOOT_TYPE,
	SAY_BOOT_FLAGS,
	SAY_AMD_PERMISSIONS,
	SAY_AMD_FLAGS,
	SAY_PERM_WORD,
	SAY_MESSAGE_FLAGS,
	SAY_WAIT_FLAGS,
	SAY_INFO_FLAGS,
	SAY_NS_RES_FLAGS,
	SAY_SEND2_FLAGS,
	SAY_NOTIFICATION_FLAGS,
	SAY_NOTIFICATION_GET_FLAGS,
	SAY_BUFFER_SIZE,
	SAY_CHARACTERS,
	SAY_TIMEOUT,
};

/* Text of its own, "" where there is nothing to say. */
char *say(enum say what, uint64_t value);

/* The same of 16 bytes. */
char *say_uuid(const uint8_t bytes[16]);
char *say_name(const uint8_t bytes[16]);

/* "FFA_MEM_SHARE_64", or the number. */
char *say_function(uint32_t func);

/* "1.2" */
char *say_version(uint32_t version);

/* "INVALID_PARAMETERS (-2)" */
char *say_status(int32_t status);

#endif
