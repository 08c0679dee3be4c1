/* Readings as text; see output.h. */
#include "decode/output_form.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "decode/words.h"
#include "lib/advice.h"

/* "0x0030", "w1", "x2[15:0]", "w1+w2" */
static char *place_text(const struct reading *reading, struct place place)
{
	char letter = place.high < 32 ? 'w' : 'x';

	if (!reading->registers)
		return place.size == 0 ? text("%s", "")
				       : text("0x%04" PRIx32, place.at);
	if (place.size > 1)
		return text("%c%" PRIu32 "-%c%" PRIu32, letter, place.at,
			letter, place.at + place.size - 1);
	if (place.low == 0 && (place.high == 31 || place.high == 63))
		return text("%c%" PRIu32, letter, place.at);
	if (place.low == place.high)
		return text("%c%" PRIu32 "[%u]", letter, place.at, place.low);
	return text("%c%" PRIu32 "[%u:%u]", letter, place.at, place.high,
		place.low);
}

/* The columns, without spaces at the end. */
static void print_field(
	FILE *file, const struct reading *reading, const struct field *field)
{
	char *place = place_text(reading, field->place);
	char *size = text("%s", "");
	char *line;
	size_t length;

	if (!reading->registers && field->place.size != 0) {
		free(size);
		size = text("%4" PRIu32, field->place.size);
	}
	line = text("%c %-10s%4s  %-27s %-18s  %s", field->wrong ? '!' : ' ',
		place, size, field->name, field->value, field->meaning);
	length = strlen(line);
	while (length > 0 && line[length - 1] == ' ')
		line[--length] = '\0';
	fprintf(file, "%s\n", line);
	free(line);
	free(size);
	free(place);
}

static const char *word_for(
	const struct reading *reading, const struct finding *finding)
{
	if (finding->hint)
		return "hint";
	return finding == &reading->findings[0] ? "wrong" : "also wrong";
}

static void print_error(FILE *file, const struct reading *reading,
	const struct finding *finding)
{
	char *status;

	if (finding->hint)
		return;
	if (reading->answer)
		fputs("    no manager may write this\n", file);
	if (reading->answer || finding->rule != NULL)
		return;
	status = say_status(reason_status(finding->reason));
	fprintf(file, "    a manager answers %s\n", status);
	free(status);
}

static void print_finding(FILE *file, const struct reading *reading,
	const struct finding *finding)
{
	char *place = place_text(reading, finding->place);
	const char *section = output_section(finding);
	char size[32] = "";

	if (!reading->registers)
		snprintf(size, sizeof(size), ", %" PRIu32 " byte%s",
			finding->place.size,
			finding->place.size == 1 ? "" : "s");
	fprintf(file, "%s: %s%s: %s%s%s\n", word_for(reading, finding), place,
		size, finding->name, *finding->found ? " is " : "",
		finding->found);
	fprintf(file, "    %s: %s (%s)\n", finding_rule(finding),
		finding_sentence(finding), finding_spec(finding));
	if (section != NULL)
		fprintf(file, "    %s\n", section);
	if (*finding->right != '\0')
		fprintf(file, "    right: %s\n", finding->right);
	if (*tool_reason_advice(finding->reason) != '\0' && !reading->answer)
		fprintf(file, "    do: %s\n",
			tool_reason_advice(finding->reason));
	print_error(file, reading, finding);
	free(place);
}

static void print_verdict(FILE *file, const struct reading *reading)
{
	size_t count = reading_wrong_count(reading);

	if (reading->finding_more > 0)
		fprintf(file, "and %zu more\n", reading->finding_more);
	if (count == 0)
		fputs("valid\n", file);
	else
		fprintf(file, "not valid: %zu finding%s\n", count,
			count == 1 ? "" : "s");
}

void output_text(
	FILE *file, const struct source *source, const struct reading *reading)
{
	if (source->text != NULL)
		fprintf(file, "%s:%lu: %s\n", source->file, source->line,
			source->text);
	else if (source->line != 0)
		fprintf(file, "%s:%lu:\n", source->file, source->line);
	fprintf(file, "%s\n", reading->title);
	for (size_t i = 0; i < reading->field_count; i++)
		print_field(file, reading, &reading->fields[i]);
	for (size_t i = 0; i < reading->finding_count; i++)
		print_finding(file, reading, &reading->findings[i]);
	if (strcmp(reading->type, "trace") != 0)
		print_verdict(file, reading);
}
