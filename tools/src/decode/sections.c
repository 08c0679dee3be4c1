/*
 * Where in the specification the rules on descriptors are. Of reasons on
 * registers, reason.def has the section; of these it has the number of our
 * check. DEN0140 is the memory management protocol of FF-A 1.2, which was
 * chapter 5 of FF-A 1.0 and chapter 10 of 1.1.
 */
#include "decode/output.h"

#define HEADER                                                                 \
	"DEN0140 §1.10; FF-A 1.1 §10.9, table 10.20; 1.0 §5.12, table 5.19"
#define SENDING "DEN0140 §1.10; FF-A 1.1 table 10.21; 1.0 table 5.20"
#define ASKING "DEN0140 §1.10; FF-A 1.1 table 10.22; 1.0 table 5.21"
#define RECEIVER                                                               \
	"DEN0140 §1.10.3, table 1.16; FF-A 1.1 table 10.16; 1.0 table 5.16"
#define PERMISSION                                                             \
	"DEN0140 §1.10.2, §1.10.3; FF-A 1.1 table 10.15; 1.0 table 5.15"
#define DATA "DEN0140 §1.10.2; FF-A 1.1 §10.10.2; 1.0 §5.11.2"
#define INSTRUCTION "DEN0140 §1.10.3; FF-A 1.1 §10.10.3; 1.0 §5.11.3"
#define ATTRIBUTES "DEN0140 §1.10.4; FF-A 1.1 §10.10.4; 1.0 §5.11.4, table 5.18"
#define REGION "DEN0140 §1.10; FF-A 1.1 table 10.13; 1.0 §5.10, table 5.13"
#define RANGE "DEN0140 §1.10; FF-A 1.1 table 10.14; 1.0 §5.10, table 5.14"
#define TRANSPORT "DEN0140 §1.8, §1.9"
#define RELINQUISH "FF-A 1.1 table 16.25; 1.0 table 11.25"

static const char *const sections[R_COUNT] = {
	[R_FRAGMENT_LENGTH] = TRANSPORT,
	[R_FRAGMENT_SENDER] = TRANSPORT,
	[R_LENGTH_ALIGNMENT] = TRANSPORT,
	[R_REQUEST_LENGTH] = TRANSPORT,
	[R_HYPERVISOR_REQUEST] = "DEN0140 §1.7",
	[R_HEADER_RESERVED] = HEADER,
	[R_HANDLE_NOT_ZERO] = HEADER,
	[R_RECEIVER_SIZE] = HEADER,
	[R_RECEIVER_OFFSET] = HEADER,
	[R_RECEIVER_NONE] = HEADER,
	[R_RECEIVER_COUNT] = HEADER,
	[R_DONATE_RECEIVERS] = HEADER,
	[R_SEND_FLAGS] = SENDING,
	[R_SHARE_ZERO] = SENDING,
	[R_RETRIEVE_FLAGS] = ASKING,
	[R_ZERO_NEEDS_WRITE] = ASKING,
	[R_ZERO_DEVICE] = ASKING,
	[R_ATTRIBUTE_NS] = ATTRIBUTES,
	[R_ATTRIBUTE_RESERVED] = ATTRIBUTES,
	[R_ATTRIBUTE_GIVEN] = ATTRIBUTES,
	[R_RECEIVER_RESERVED] = RECEIVER,
	[R_RECEIVER_TWICE] = RECEIVER,
	[R_RECEIVER_SELF] = RECEIVER,
	[R_RECEIVER_WORLD] = RECEIVER,
	[R_NWD_RECEIVERS] = RECEIVER,
	[R_RECEIVER_FLAGS] =
		"DEN0140 §1.10; FF-A 1.1 table 10.17; 1.0 table 5.17",
	[R_PERMISSION_RESERVED] = PERMISSION,
	[R_SENDER_INSTRUCTION] = INSTRUCTION,
	[R_INSTRUCTION_STATED] = INSTRUCTION,
	[R_EXECUTE_DEVICE] = INSTRUCTION,
	[R_DONATE_DATA] = DATA,
	[R_DATA_MISSING] = DATA,
	[R_COMPOSITE_OFFSET] = RECEIVER,
	[R_COMPOSITE_DIFFERS] = RECEIVER,
	[R_RANGES_CHOSEN] = RECEIVER,
	[R_RANGE_RESERVED] = RANGE,
	[R_RANGE_EMPTY] = RANGE,
	[R_RANGE_ALIGNMENT] = RANGE,
	[R_RANGE_WRAPS] = RANGE,
	[R_RANGE_OVERLAP] = RANGE,
	[R_RANGE_NONE] = REGION,
	[R_RANGE_LENGTH] = REGION,
	[R_RANGE_SUM] = REGION,
	[R_RELINQUISH_COUNT] = RELINQUISH,
	[R_RELINQUISH_FLAGS] = RELINQUISH,
	[R_RECLAIM_FLAGS] = "DEN0140",
	[R_PERM_ALIGNMENT] = "DEN0140",
	[R_PERM_COUNT] = "DEN0140",
	[R_PERM_ATTRIBUTES] = "DEN0140",
};

const char *output_section(const struct finding *finding)
{
	return finding->rule == NULL ? sections[finding->reason] : NULL;
}
