/*
 * The header of an indirect message, which lies in TX of its sender and in RX
 * of its receiver, before the payload.
 * Spec: FF-A 1.1 and 1.2 §7.3 (indirect messages).
 */
#ifndef ABI_MSG_HEADER_H
#define ABI_MSG_HEADER_H

#include "base/types.h"

#define MSG_HEADER_SIZE_MAX 40u

struct msg_header {
	uint16_t sender;
	uint16_t receiver;
	uint32_t offset;  /* of the payload, from the header's begin */
	uint32_t size;    /* of the payload */
	uint8_t uuid[16]; /* the receiver's service; nil before FF-A 1.2 */
	bool reserved;    /* a bit that must be zero is not */
};

/* Bytes of a header in this version. */
uint32_t msg_header_size(uint32_t version);

/* msg_header_size() bytes, 8-byte aligned. */
void msg_header_decode(
	const uint8_t *bytes, uint32_t version, struct msg_header *header);
void msg_header_encode(
	uint8_t *out, uint32_t version, const struct msg_header *header);

#endif
