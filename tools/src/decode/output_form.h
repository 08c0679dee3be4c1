/* The two forms; private to output*.c. */
#ifndef DECODE_OUTPUT_FORM_H
#define DECODE_OUTPUT_FORM_H

#include "decode/output.h"

void output_text(
	FILE *file, const struct source *source, const struct reading *reading);
void output_json(
	FILE *file, const struct source *source, const struct reading *reading);

#endif
