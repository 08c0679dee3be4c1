/* See json.h. */
#include "lib/json.h"

#include <inttypes.h>

json_t *tool_json_hex(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

void tool_print_json(FILE *file, json_t *object)
{
	json_dumpf(object, file, JSON_COMPACT);
	fputc('\n', file);
	json_decref(object);
}
