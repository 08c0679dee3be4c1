/* See output.h. */
#include "decode/output_form.h"

void output_reading(struct output *output, const struct source *source,
	const struct reading *reading)
{
	if (output->json) {
		output_json(output->file, source, reading);
		return;
	}
	if (output->began)
		fputc('\n', output->file);
	output->began = true;
	output_text(output->file, source, reading);
}
