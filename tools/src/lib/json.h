/*
 * What the tools say as JSON: one object a line, keys in the order in which
 * they were set. Memory is jansson's business: json_decref() is never needed
 * for what tool_print_json() was given.
 */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

/* Numbers that are read as hex go as text: "0x48000000". */
json_t *tool_json_hex(uint64_t value);

/* One line; takes the object. */
void tool_print_json(FILE *file, json_t *object);

#endif
