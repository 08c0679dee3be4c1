/* See reading.h. */
#include "decode/reading.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
	if (memory == NULL) {
		fputs("ffa-decode: no memory\n", stderr);
		exit(2);
	}
	return memory;
}

char *text_v(const char *format, va_list args)
{
	va_list again;
	size_t size;
	char *out;

	va_copy(again, args);
	size = (size_t)vsnprintf(NULL, 0, format, args) + 1;
	out = checked(malloc(size));
	vsnprintf(out, size, format, again);
	va_end(again);
	return out;
}

char *text(const char *format, ...)
{
	va_list args;
	char *out;

	va_start(args, format);
	out = text_v(format, args);
	va_end(args);
	return out;
}

void *grown(void *array, size_t count, size_t size)
{
	return checked(reallocarray(array, count, size));
}

void reading_begin(struct reading *reading, const char *type)
{
	memset(reading, 0, sizeof(*reading));
	reading->type = type;
	reading->title = text("%s", type);
}

static void end_finding(struct finding *finding)
{
	free(finding->right);
	free(finding->name);
	free(finding->found);
}

void reading_end(struct reading *reading)
{
	for (size_t i = 0; i < reading->field_count; i++) {
		free(reading->fields[i].name);
		free(reading->fields[i].value);
		free(reading->fields[i].meaning);
	}
	for (size_t i = 0; i < reading->finding_count; i++)
		end_finding(&reading->findings[i]);
	for (size_t i = 0; i < reading->head_count; i++)
		free(reading->heads[i].value);
	free(reading->fields);
	free(reading->title);
}

void reading_head(struct reading *reading, const char *key, char *value)
{
	if (reading->head_count == READING_HEADS) {
		free(value);
		return;
	}
	reading->heads[reading->head_count++] =
		(struct head){key, value, false};
}

void reading_number(struct reading *reading, const char *key, uint32_t value)
{
	size_t index = reading->head_count;

	reading_head(reading, key, text("%" PRIu32, value));
	if (reading->head_count > index)
		reading->heads[index].number = true;
}

struct field *reading_field(struct reading *reading, struct place place,
	const char *name, char *value, char *meaning)
{
	struct field *field;

	if (reading->field_count == reading->field_room) {
		reading->field_room = 2 * reading->field_room + 32;
		reading->fields = grown(reading->fields, reading->field_room,
			sizeof(*reading->fields));
	}
	field = &reading->fields[reading->field_count++];
	*field = (struct field){
		.place = place,
		.name = text("%s", name),
		.value = value,
		.meaning = meaning,
	};
	return field;
}

static void add_finding(struct reading *reading, struct finding finding)
{
	if (reading->finding_count < READING_FINDINGS) {
		reading->findings[reading->finding_count++] = finding;
		return;
	}
	reading->finding_more += !finding.hint;
	end_finding(&finding);
}

void reading_wrong(struct reading *reading, enum reason reason,
	struct place place, char *right)
{
	add_finding(reading, (struct finding){
				     .place = place,
				     .reason = reason,
				     .right = right,
			     });
}

void reading_remark(struct reading *reading, const struct rule *rule,
	struct place place, char *right)
{
	add_finding(reading, (struct finding){
				     .place = place,
				     .rule = rule,
				     .right = right,
			     });
}

void reading_hint(struct reading *reading, const struct rule *rule,
	struct place place, char *right)
{
	add_finding(reading, (struct finding){
				     .place = place,
				     .rule = rule,
				     .hint = true,
				     .right = right,
			     });
}

bool reading_put_first(struct reading *reading, enum reason reason)
{
	size_t i = 0;
	struct finding first;

	while (i < reading->finding_count &&
		reading->findings[i].reason != reason)
		i++;
	if (i == reading->finding_count)
		return false;
	first = reading->findings[i];
	memmove(&reading->findings[1], &reading->findings[0],
		i * sizeof(first));
	reading->findings[0] = first;
	return true;
}

static bool is_in(
	const struct reading *reading, struct place part, struct place whole)
{
	if (reading->registers)
		return part.at == whole.at && part.low <= whole.high &&
		       part.high >= whole.low;
	return part.at < whole.at + whole.size &&
	       part.at + part.size > whole.at;
}

/* The first and the last of the fields that it is about; all are marked. */
static void name_finding(struct reading *reading, struct finding *finding)
{
	const struct field *first = NULL;
	const struct field *last = NULL;

	for (size_t i = 0; i < reading->field_count; i++) {
		struct field *field = &reading->fields[i];

		if (!is_in(reading, finding->place, field->place))
			continue;
		field->wrong |= !finding->hint;
		last = field;
		if (first == NULL)
			first = field;
	}
	if (first == NULL) {
		finding->name = text("no field");
	} else if (first == last) {
		finding->name = text("%s", first->name);
		finding->found = text("%s", first->value);
	} else {
		finding->name = text("%s to %s", first->name, last->name);
	}
	if (finding->found == NULL)
		finding->found = text("%s", "");
}

void reading_name_findings(struct reading *reading)
{
	for (size_t i = 0; i < reading->finding_count; i++)
		name_finding(reading, &reading->findings[i]);
}

size_t reading_wrong_count(const struct reading *reading)
{
	size_t count = reading->finding_more;

	for (size_t i = 0; i < reading->finding_count; i++)
		count += !reading->findings[i].hint;
	return count;
}

bool reading_is_valid(const struct reading *reading)
{
	return reading_wrong_count(reading) == 0;
}

const char *finding_rule(const struct finding *finding)
{
	return finding->rule != NULL ? finding->rule->name
				     : reason_name(finding->reason);
}

const char *finding_spec(const struct finding *finding)
{
	return finding->rule != NULL ? finding->rule->spec
				     : reason_spec(finding->reason);
}

const char *finding_sentence(const struct finding *finding)
{
	return finding->rule != NULL ? finding->rule->sentence
				     : reason_sentence(finding->reason);
}
