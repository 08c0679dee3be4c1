/* See kinds.h. */
#include "decode/kinds.h"

#include <string.h>

static const struct kind_info kinds[KIND_COUNT] = {
	[KIND_SHARE] = {"share", "FFA_MEM_SHARE descriptor", true, false,
		length_mtd, check_send, show_mtd},
	[KIND_LEND] = {"lend", "FFA_MEM_LEND descriptor", true, false,
		length_mtd, check_send, show_mtd},
	[KIND_DONATE] = {"donate", "FFA_MEM_DONATE descriptor", true, false,
		length_mtd, check_send, show_mtd},
	[KIND_RETRIEVE] = {"retrieve", "retrieve request", true, false,
		length_mtd, check_retrieve, show_mtd},
	[KIND_HYPERVISOR] = {"hypervisor", "hypervisor's retrieve request",
		true, false, length_mtd, check_retrieve, show_mtd},
	[KIND_RESPONSE] = {"response", "retrieve response", true, true,
		length_mtd, check_response, show_mtd},
	[KIND_RANGES] = {"ranges", "further fragment (ranges)", false, false,
		NULL, check_ranges, show_ranges},
	[KIND_RELINQUISH] = {"relinquish", "FFA_MEM_RELINQUISH descriptor",
		false, false, length_relinquish, check_relinquish,
		show_relinquish},
	[KIND_INFO] = {"partition-info", "partition information", true, true,
		length_info, check_info, show_info},
	[KIND_BOOT_INFO] = {"boot-info", "boot information blob", false, true,
		length_boot_info, check_boot_info, show_boot_info},
	[KIND_NS_RES] = {"ns-res-info", "FFA_NS_RES_INFO_GET answer", false,
		true, length_ns_res, check_ns_res, show_ns_res},
};

const struct kind_info *kind_info(enum kind kind)
{
	return &kinds[kind];
}

enum kind kind_named(const char *option)
{
	for (unsigned i = KIND_UNKNOWN + 1; i < KIND_COUNT; i++)
		if (strcmp(kinds[i].option, option) == 0)
			return (enum kind)i;
	return KIND_UNKNOWN;
}
