/* Headers of indirect messages: bytes to values and back. */
#include "abi/msg_header.h"

#include "abi/ffa_func.h"
#include "abi/ffa_wire.h"
#include "base/cursor.h"

uint32_t msg_header_size(uint32_t version)
{
	return version < FFA_VERSION_1_2 ? MESSAGE_V11_SIZE : MESSAGE_V12_SIZE;
}

void msg_header_decode(
	const uint8_t *bytes, uint32_t version, struct msg_header *header)
{
	uint32_t reserved =
		get32(bytes + MESSAGE_FLAGS) | get32(bytes + MESSAGE_RESERVED);

	*header = (struct msg_header){
		.sender = get16(bytes + MESSAGE_SENDER),
		.receiver = get16(bytes + MESSAGE_RECEIVER),
		.offset = get32(bytes + MESSAGE_OFFSET),
		.size = get32(bytes + MESSAGE_SIZE),
	};
	if (version >= FFA_VERSION_1_2) {
		reserved |= get32(bytes + MESSAGE_RESERVED_2);
		memcpy(header->uuid, bytes + MESSAGE_UUID,
			sizeof(header->uuid));
	}
	header->reserved = reserved != 0;
}

void msg_header_encode(
	uint8_t *out, uint32_t version, const struct msg_header *header)
{
	memset(out, 0, msg_header_size(version));
	put32(out + MESSAGE_OFFSET, header->offset);
	put16(out + MESSAGE_RECEIVER, header->receiver);
	put16(out + MESSAGE_SENDER, header->sender);
	put32(out + MESSAGE_SIZE, header->size);
	if (version >= FFA_VERSION_1_2)
		memcpy(out + MESSAGE_UUID, header->uuid, sizeof(header->uuid));
}
