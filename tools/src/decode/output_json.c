/* Readings as JSON; see output.h. */
#include "decode/output_form.h"

#include <stdlib.h>

#include "abi/ffa_names.h"
#include "lib/advice.h"
#include "lib/json.h"

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

/* jansson refuses what is not UTF-8; nothing of ours is, but lines may be. */
static void set_text(json_t *object, const char *key, const char *value)
{
	json_t *string = json_string(value);

	set(object, key, string != NULL ? string : json_string("?"));
}

static void set_place(
	json_t *object, const struct reading *reading, struct place place)
{
	if (!reading->registers) {
		set(object, "offset", json_integer(place.at));
		set(object, "size", json_integer(place.size));
		return;
	}
	set(object, "register", json_integer(place.at));
	set(object, "registers", json_integer(place.size));
	set(object, "high", json_integer(place.high));
	set(object, "low", json_integer(place.low));
}

static json_t *json_fields(const struct reading *reading)
{
	json_t *array = json_array();

	for (size_t i = 0; i < reading->field_count; i++) {
		const struct field *field = &reading->fields[i];
		json_t *object = json_object();

		if (field->place.size != 0)
			set_place(object, reading, field->place);
		set_text(object, "name", field->name);
		set_text(object, "value", field->value);
		set_text(object, "meaning", field->meaning);
		json_array_append_new(array, object);
	}
	return array;
}

static void set_status(json_t *object, enum reason reason)
{
	enum ffa_status status = reason_status(reason);

	set_text(object, "status", ffa_status_name(status));
	set(object, "code", json_integer(status));
}

static json_t *json_finding(
	const struct reading *reading, const struct finding *finding)
{
	const char *section = output_section(finding);
	json_t *object = json_object();

	set_text(object, "level", finding->hint ? "hint" : "wrong");
	set_place(object, reading, finding->place);
	set_text(object, "field", finding->name);
	set_text(object, "value", finding->found);
	set_text(object, "rule", finding_rule(finding));
	set_text(object, "sentence", finding_sentence(finding));
	set_text(object, "check", finding_spec(finding));
	set_text(object, "section",
		section != NULL ? section : finding_spec(finding));
	set_text(object, "right", finding->right);
	if (finding->rule == NULL && !reading->answer) {
		set_status(object, finding->reason);
		set_text(object, "advice", tool_reason_advice(finding->reason));
	}
	return object;
}

static json_t *json_findings(const struct reading *reading)
{
	json_t *array = json_array();

	for (size_t i = 0; i < reading->finding_count; i++)
		json_array_append_new(
			array, json_finding(reading, &reading->findings[i]));
	return array;
}

void output_json(
	FILE *file, const struct source *source, const struct reading *reading)
{
	json_t *object = json_object();

	set_text(object, "type", reading->type);
	set_text(object, "title", reading->title);
	for (size_t i = 0; i < reading->head_count; i++) {
		const struct head *head = &reading->heads[i];

		if (head->number)
			set(object, head->key,
				json_integer(strtoll(head->value, NULL, 10)));
		else
			set_text(object, head->key, head->value);
	}
	if (source->file != NULL)
		set_text(object, "file", source->file);
	if (source->line != 0)
		set(object, "line", json_integer((json_int_t)source->line));
	set(object, "valid", json_boolean(reading_is_valid(reading)));
	set(object, "fields", json_fields(reading));
	set(object, "findings", json_findings(reading));
	if (reading->finding_more > 0)
		set(object, "more",
			json_integer((json_int_t)reading->finding_more));
	tool_print_json(file, object);
}
