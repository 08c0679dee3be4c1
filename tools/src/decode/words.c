/* See words.h. */
#include "decode/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "abi/ffa_names.h"
#include "abi/mem_desc.h"

/* EL3's logical partitions have the ids before the SPMD's. */
#define ID_LOGICAL_FIRST 0xffc0u

/* --- Bits with names --------------------------------------------------- */

struct bit {
	uint64_t mask;
	const char *name;
};

#define BITS_END                                                               \
	{                                                                      \
		0, NULL                                                        \
	}

/* "a, b", and what has no name; `none` where no bit is set. */
static char *say_bits(uint64_t value, const struct bit *bits, const char *none)
{
	char *out = text("%s", "");

	for (; bits->name != NULL; bits++) {
		char *longer;

		if ((value & bits->mask) == 0)
			continue;
		value &= ~bits->mask;
		longer = text("%s%s%s", out, *out ? ", " : "", bits->name);
		free(out);
		out = longer;
	}
	if (value != 0) {
		char *longer = text("%s%sreserved 0x%" PRIx64, out,
			*out ? ", " : "", value);

		free(out);
		out = longer;
	}
	if (*out != '\0')
		return out;
	free(out);
	return text("%s", none);
}

static const struct bit properties[] = {
	{FFA_PROPERTY_RECV_DIRECT, "receives direct requests"},
	{FFA_PROPERTY_SEND_DIRECT, "sends direct requests"},
	{FFA_PROPERTY_INDIRECT, "indirect messages"},
	{FFA_PROPERTY_NOTIFICATIONS, "receives notifications"},
	{1u << 4, "SEPID (independent)"},
	{1u << 5, "SEPID (dependent) or auxiliary id"},
	{FFA_PROPERTY_VM_CREATED, "hears of VM creation"},
	{FFA_PROPERTY_VM_DESTROYED, "hears of VM destruction"},
	{FFA_PROPERTY_AARCH64, "AArch64"},
	{FFA_PROPERTY_RECV_DIRECT2, "receives direct request 2"},
	{FFA_PROPERTY_SEND_DIRECT2, "sends direct request 2"},
	{1u << 11, "live activation"},
	{1u << 12, "CPU rendezvous for live activation"},
	{1u << 13, "64-bit cycle management"},
	BITS_END,
};

static const struct bit send_flags[] = {
	{MEM_FLAG_ZERO, "zero before retrieval"},
	{MEM_FLAG_TIME_SLICE, "time slicing"},
	BITS_END,
};

static const struct bit give_back_flags[] = {
	{MEM_FLAG_ZERO, "zero"},
	{MEM_FLAG_TIME_SLICE, "time slicing"},
	BITS_END,
};

static const struct bit receiver_flags[] = {
	{1, "only names a further borrower"},
	BITS_END,
};

static const struct bit info_flags[] = {{1, "count only"}, BITS_END};
static const struct bit wait_flags[] = {{1, "keeps RX"}, BITS_END};
static const struct bit amd_flags[] = {{1, "indirect access"}, BITS_END};

static const struct bit send2_flags[] = {
	{1u << 1, "delay the schedule receiver interrupt"},
	BITS_END,
};

static const struct bit notification_flags[] = {
	{1u << 0, "per vCPU"},
	{1u << 1, "delay the schedule receiver interrupt"},
	BITS_END,
};

static const struct bit notification_get_flags[] = {
	{1u << 0, "of partitions"},
	{1u << 1, "of VMs"},
	{1u << 2, "of the SPM"},
	{1u << 3, "of the hypervisor"},
	BITS_END,
};

static const struct bit ns_res_flags[] = {
	{1u << 0, "of the partition named"},
	{1u << 4, "go on"},
	BITS_END,
};

/* --- Words of their own ------------------------------------------------ */

static char *say_id(uint64_t id)
{
	if (id == FFA_ID_NWD)
		return text("hypervisor or OS kernel of the normal world");
	if (id == FFA_ID_SPMC)
		return text("SPMC");
	if (id == FFA_ID_SPMD)
		return text("SPMD");
	if (id > FFA_ID_SPMD)
		return text("no endpoint");
	if (id >= ID_LOGICAL_FIRST)
		return text("logical partition of EL3");
	return text("%s", id & FFA_ID_SECURE ? "secure partition" : "VM");
}

static const char *type_word(uint64_t attributes)
{
	static const char *const words[] = {
		"type not specified",
		"Device",
		"Normal",
		"type reserved",
	};

	return words[attributes >> 4 & 3];
}

static const char *cache_word(uint64_t attributes)
{
	static const char *const normal[] = {
		"cacheability reserved",
		"non-cacheable",
		"cacheability reserved",
		"write-back",
	};
	static const char *const device[] = {"nGnRnE", "nGnRE", "nGRE", "GRE"};
	uint64_t code = attributes >> 2 & 3;
	uint64_t type = attributes >> 4 & 3;

	if (type == 0 || type == 3)
		return code == 0 ? "" : "with a cacheability";
	return type == 1 ? device[code] : normal[code];
}

static const char *share_word(uint64_t attributes)
{
	static const char *const normal[] = {
		"non-shareable",
		"shareability reserved",
		"outer shareable",
		"inner shareable",
	};
	uint64_t code = attributes & 3;

	if ((attributes >> 4 & 3) == 2)
		return normal[code];
	return code == 0 ? "" : "with a shareability";
}

static char *say_attributes(uint64_t value)
{
	const char *cache = cache_word(value);
	const char *share = share_word(value);
	char reserved[32] = "";

	if (value >> 7 != 0)
		snprintf(reserved, sizeof(reserved), ", reserved 0x%" PRIx64,
			value >> 7 << 7);
	return text("%s%s%s%s%s%s%s", type_word(value), *cache ? ", " : "",
		cache, *share ? ", " : "", share,
		value & ATTR_NS ? ", non-secure" : "", reserved);
}

static char *say_permissions(uint64_t value)
{
	static const char *const data[] = {
		"data not specified",
		"read-only",
		"read-write",
		"data reserved",
	};
	static const char *const instr[] = {
		"execution not specified",
		"not executable",
		"executable",
		"execution reserved",
	};

	return text("%s, %s%s", data[value & 3], instr[value >> 2 & 3],
		value >> 4 != 0 ? ", reserved bits" : "");
}

static const char *transaction_word(uint64_t flags)
{
	static const char *const words[] = {
		"type not specified",
		"share",
		"lend",
		"donate",
	};

	return words[(flags & MEM_FLAG_TYPE_MASK) >> MEM_FLAG_TYPE_SHIFT];
}

static char *say_retrieve_flags(uint64_t value, const struct bit *bits)
{
	char *rest = say_bits(value & ~(uint64_t)MEM_FLAG_TYPE_MASK, bits, "");
	char *out = text(
		"%s%s%s", transaction_word(value), *rest ? ", " : "", rest);

	free(rest);
	return out;
}

static const struct bit retrieve_flags[] = {
	{MEM_FLAG_ZERO, "zero before retrieval"},
	{MEM_FLAG_TIME_SLICE, "time slicing"},
	{MEM_FLAG_ZERO_AFTER, "zero after relinquish"},
	{MEM_FLAG_HINT_MASK, "alignment hint"},
	{MEM_FLAG_HINT_VALID, "alignment hint valid"},
	{MEM_FLAG_BYPASS, "the caller alone is named"},
	BITS_END,
};

static const struct bit response_flags[] = {
	{MEM_FLAG_ZERO, "was zeroed"},
	BITS_END,
};

static char *say_handle(uint64_t value)
{
	if (value == UINT64_MAX)
		return text("invalid");
	if (value == 0)
		return text("none");
	return text("%s", value >> 63 ? "the hypervisor's" : "the SPMC's");
}

static char *say_pages(uint64_t value)
{
	const char *s = value == 1 ? "" : "s";

	if (value >= 256 && value % 256 == 0)
		return text("%" PRIu64 " page%s, %" PRIu64 " MiB", value, s,
			value / 256);
	return text("%" PRIu64 " page%s, %" PRIu64 " KiB", value, s, 4 * value);
}

static char *say_feature(uint64_t value)
{
	static const char *const words[] = {
		NULL,
		"notification pending interrupt",
		"schedule receiver interrupt",
		"managed exit interrupt",
		"notifications",
	};

	if (value >> 31 != 0)
		return say_function((uint32_t)value);
	if (value == 0 || value >= ARRAY_COUNT(words))
		return text("no such feature");
	return text("%s", words[value]);
}

static char *say_boot_type(uint64_t value)
{
	if (value & 0x80)
		return text("implementation-defined");
	if (value > 1)
		return text("reserved");
	return text("%s", value == 0 ? "FDT" : "HOB");
}

static char *say_boot_flags(uint64_t value)
{
	static const char *const contents[] = {
		"an address",
		"a value",
		"an offset",
		"reserved",
	};

	return text("name is a %s, contents are %s%s",
		value & 1 ? "UUID" : "string", contents[value >> 2 & 3],
		value >> 4 != 0 || value & 2 ? ", reserved bits" : "");
}

static char *say_amd_permissions(uint64_t value)
{
	return text("privileged %c%c%c, unprivileged %c%c%c%s",
		value & 0x10 ? 'r' : '-', value & 0x20 ? 'w' : '-',
		value & 0x40 ? 'x' : '-', value & 1 ? 'r' : '-',
		value & 2 ? 'w' : '-', value & 4 ? 'x' : '-',
		value & 0x88 ? ", reserved bits" : "");
}

static char *say_perm_word(uint64_t value)
{
	static const char *const data[] = {
		"no access",
		"read-write",
		"data reserved",
		"read-only",
	};

	return text("%s, %sexecutable%s", data[value & 3],
		value & 4 ? "not " : "", value >> 3 ? ", reserved bits" : "");
}

static char *say_message_flags(uint64_t value)
{
	static const char *const types[] = {
		[0x00] = "PSCI request",
		[0x01] = "PSCI warm boot",
		[0x02] = "PSCI response",
		[0x04] = "VM created",
		[0x05] = "VM created: response",
		[0x06] = "VM destroyed",
		[0x07] = "VM destroyed: response",
		[0x08] = "FFA_VERSION of the normal world",
		[0x09] = "FFA_VERSION: response",
		[0x0a] = "partition stop",
		[0x0b] = "partition stop: response",
		[0x0c] = "live activation",
		[0x0d] = "live activation: response",
		[0x0e] = "live activation finished",
		[0x0f] = "live activation finished: response",
	};
	uint64_t type = value & 0xff;

	if ((value & FFA_FRAMEWORK) == 0)
		return text("partition message%s",
			value != 0 ? ", reserved bits" : "");
	if (type >= ARRAY_COUNT(types) || types[type] == NULL)
		return text("framework message, unknown type");
	return text("framework message: %s%s", types[type],
		value & 0x7fffff00 ? ", reserved bits" : "");
}

static char *say_version_query(uint64_t value)
{
	static const char *const words[] = {
		"negotiate",
		"would it do?",
		"which one is in force?",
		"reserved",
	};

	return text("%s", words[value & 3]);
}

static char *say_buffer_size(uint64_t value)
{
	static const char *const words[] = {
		"4 KiB",
		"64 KiB",
		"16 KiB",
		"reserved",
	};

	return text("%s", words[value & 3]);
}

char *say_function(uint32_t func)
{
	const char *name = ffa_func_name(func);
	uint32_t fixed = func & ~(FFA_64 | FFA_SVE_HINT | 0xffffu);

	if (name == NULL || fixed != 0x84000000u)
		return text("0x%08" PRIx32, func);
	return text("FFA_%s%s", name, func & FFA_64 ? "_64" : "");
}

char *say_version(uint32_t version)
{
	return text("%" PRIu32 ".%" PRIu32, version >> 16, version & 0xffff);
}

char *say_status(int32_t status)
{
	const char *name = ffa_status_name(status);

	return text("%s (%" PRId32 ")", name != NULL ? name : "no such status",
		status);
}

char *say_uuid(const uint8_t b[16])
{
	return text("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		    "%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		b[10], b[11], b[12], b[13], b[14], b[15]);
}

char *say_name(const uint8_t bytes[16])
{
	char name[17];
	size_t length = 0;

	while (length < 16 && bytes[length] != 0) {
		uint8_t next = bytes[length];

		name[length++] = next >= ' ' && next <= '~' ? (char)next : '?';
	}
	name[length] = '\0';
	return text("\"%s\"", name);
}

/* What is a set of flags; NULL for what is not. */
static char *say_flags(enum say what, uint64_t value)
{
	static const struct {
		const struct bit *bits;
		const char *none;
	} sets[] = {
		[SAY_RECEIVER_FLAGS] = {receiver_flags, "none"},
		[SAY_SEND_FLAGS] = {send_flags, "none"},
		[SAY_RELINQUISH_FLAGS] = {give_back_flags, "none"},
		[SAY_RECLAIM_FLAGS] = {give_back_flags, "none"},
		[SAY_PROPERTIES] = {properties, "none"},
		[SAY_AMD_FLAGS] = {amd_flags, "direct access"},
		[SAY_WAIT_FLAGS] = {wait_flags, "RX is released"},
		[SAY_INFO_FLAGS] = {info_flags, "none"},
		[SAY_NS_RES_FLAGS] = {ns_res_flags, "of all, from the start"},
		[SAY_SEND2_FLAGS] = {send2_flags, "none"},
		[SAY_NOTIFICATION_FLAGS] = {notification_flags, "global"},
		[SAY_NOTIFICATION_GET_FLAGS] = {notification_get_flags, "none"},
	};

	if (what >= ARRAY_COUNT(sets) || sets[what].bits == NULL)
		return NULL;
	return say_bits(value, sets[what].bits, sets[what].none);
}

/* What has a function of its own; NULL for the rest. */
static char *say_word(enum say what, uint64_t value)
{
	static char *(*const words[])(uint64_t) = {
		[SAY_ID] = say_id,
		[SAY_PAGES] = say_pages,
		[SAY_HANDLE] = say_handle,
		[SAY_FEATURE] = say_feature,
		[SAY_VERSION_QUERY] = say_version_query,
		[SAY_ATTRIBUTES] = say_attributes,
		[SAY_PERMISSIONS] = say_permissions,
		[SAY_BOOT_TYPE] = say_boot_type,
		[SAY_BOOT_FLAGS] = say_boot_flags,
		[SAY_AMD_PERMISSIONS] = say_amd_permissions,
		[SAY_PERM_WORD] = say_perm_word,
		[SAY_MESSAGE_FLAGS] = say_message_flags,
		[SAY_BUFFER_SIZE] = say_buffer_size,
	};

	if (what >= ARRAY_COUNT(words) || words[what] == NULL)
		return NULL;
	return words[what](value);
}

/* What needs no more than a line; NULL for the rest. */
static char *say_short(enum say what, uint64_t value)
{
	switch ((unsigned)what) {
	case SAY_RESERVED:
		return text(
			"%s", value == 0 ? "reserved" : "reserved: not zero");
	case SAY_BYTES:
		return text("%" PRIu64 " byte%s", value, value == 1 ? "" : "s");
	case SAY_COUNT:
	case SAY_VCPU:
		return text("%" PRIu64, value);
	case SAY_CHARACTERS:
		return text("%" PRIu64 " characters", value);
	case SAY_TIMEOUT:
		return text("%" PRIu64 " ns", value);
	case SAY_PAGES_LESS_1:
		return say_pages(value + 1);
	case SAY_STATUS:
		return say_status((int32_t)value);
	case SAY_VERSION:
		return say_version((uint32_t)value);
	case SAY_BOOT_SIGNATURE:
		return text("%s", value == 0xffa ? "boot information" : "");
	case SAY_RETRIEVE_FLAGS:
		return say_retrieve_flags(value, retrieve_flags);
	case SAY_RESPONSE_FLAGS:
		return say_retrieve_flags(value, response_flags);
	default:
		return NULL;
	}
}

char *say(enum say what, uint64_t value)
{
	char *out = say_flags(what, value);

	if (out == NULL)
		out = say_word(what, value);
	if (out == NULL)
		out = say_short(what, value);
	return out != NULL ? out : text("%s", "");
}
