/* Properties of a node; see the header. */
#include "schema.h"

#include <ctype.h>
#include <string.h>

/* Longer names are nobody's misspelling. */
#define NAME_MAX_BYTES 40

/* --- What a name was meant to be ------------------------------------------ */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* "load_address" is "load-address", in any case. */
static int fold(char c)
{
	return c == '_' ? '-' : tolower((unsigned char)c);
}

/* Letters to change, add or drop. Both are short. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_BYTES + 1];
	size_t width = strlen(b);

	for (unsigned j = 0; j <= width; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1] != '\0'; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= width; j++) {
			unsigned above = row[j];
			bool same = fold(a[i - 1]) == fold(b[j - 1]);

			row[j] = least(
				diagonal + !same, above + 1, row[j - 1] + 1);
			diagonal = above;
		}
	}
	return row[width];
}

int schema_nearest(const char *name, const char *const names[], unsigned count)
{
	unsigned best = (unsigned)strlen(name) / 4 + 1;
	int index = -1;

	if (strlen(name) > NAME_MAX_BYTES)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		unsigned far;

		if (names[i] == NULL || strlen(names[i]) > NAME_MAX_BYTES)
			continue;
		far = distance(name, names[i]);
		if (far < best) {
			best = far;
			index = (int)i;
		}
	}
	return index;
}

/* --- Missing, and of a wrong type ----------------------------------------- */

static bool has_type(const struct fdt_reader *r, fdt_node node,
	const struct property_rule *rule)
{
	char text[64];
	struct fdt_cells cells;
	uint64_t wide;
	uint32_t number;
	bool flag;

	switch (rule->type) {
	case VALUE_FLAG:
		return fdt_reader_flag(r, node, rule->name, &flag);
	case VALUE_U32:
		return fdt_reader_u32(r, node, rule->name, &number);
	case VALUE_U64:
		return fdt_reader_u64(r, node, rule->name, &wide);
	case VALUE_CELLS:
		return fdt_reader_cells(r, node, rule->name, &cells);
	case VALUE_STRING:
		return fdt_reader_string(r, node, rule->name, text, rule->size);
	case VALUE_ANY:
		break;
	}
	return true;
}

/* The end of the image's sentence: behind file, node and property. */
static const char *why(const struct manifest_error *error)
{
	const char *text = error->text;
	const char *next;

	while ((next = strstr(text, ": ")) != NULL)
		text = next + 2;
	return text;
}

static const char *const type_advice[] = {
	[VALUE_ANY] = "",
	[VALUE_FLAG] = "write the name alone",
	[VALUE_U32] = "write one number: <0x1>",
	[VALUE_U64] = "write one number or two: <0x0 0x1000>",
	[VALUE_CELLS] = "write numbers: <0x1 0x2>",
	[VALUE_STRING] = "write one string that is short enough",
};

bool schema_check_property(
	const struct dt *tree, fdt_node node, const struct property_rule *rule)
{
	struct manifest_error error = {""};
	struct fdt_reader r = dt_reader(tree, &error);
	struct finding *f;

	if (!dt_has(tree, node, rule->name)) {
		if (rule->example == NULL)
			return false;
		f = dt_report(tree, RULE_PROPERTY_MISSING, node, rule->name);
		reason(f, "is missing");
		advise(f, "add, for example: %s", rule->example);
		return false;
	}
	if (!has_type(&r, node, rule)) {
		f = dt_report(tree, RULE_PROPERTY_TYPE, node, rule->name);
		reason(f, "%s", why(&error));
		advise(f, "%s",
			rule->example ? rule->example
				      : type_advice[rule->type]);
		return false;
	}
	if (rule->effect != NULL) {
		f = dt_report(tree, RULE_NO_EFFECT, node, rule->name);
		reason(f, "has no effect: %s", rule->effect);
	}
	return true;
}

/* --- Unknown -------------------------------------------------------------- */

static const char *const known_everywhere[] = {"compatible", "phandle",
	"linux,phandle", "description", "status", "#address-cells",
	"#size-cells"};

static bool is_known(const struct schema *schema, const char *name)
{
	for (unsigned i = 0; i < ARRAY_COUNT(known_everywhere); i++)
		if (strcmp(known_everywhere[i], name) == 0)
			return true;
	for (unsigned i = 0; i < schema->count; i++)
		if (strcmp(schema->rule[i].name, name) == 0)
			return true;
	return false;
}

#define RULES_MAX 64

static void tell_unknown(const struct dt *tree, fdt_node node,
	const struct schema *schema, const char *name)
{
	const char *names[RULES_MAX] = {NULL};
	struct finding *f;
	int nearest;

	/* What is there already is not what this one was meant to be. */
	for (unsigned i = 0; i < schema->count && i < RULES_MAX; i++)
		if (!dt_has(tree, node, schema->rule[i].name))
			names[i] = schema->rule[i].name;
	nearest = schema_nearest(name, names, RULES_MAX);
	if (nearest < 0) {
		f = dt_report(tree, RULE_PROPERTY_UNKNOWN, node, name);
		reason(f, "is not known, and nobody reads it");
		return;
	}
	f = dt_report(tree, RULE_PROPERTY_MISSPELT, node, name);
	reason(f, "is not known, so nobody reads it");
	advise(f, "did you mean %s?", names[nearest]);
}

void schema_check(
	const struct dt *tree, fdt_node node, const struct schema *schema)
{
	const char *name;
	int cursor = 0;

	for (unsigned i = 0; i < schema->count; i++)
		(void)schema_check_property(tree, node, &schema->rule[i]);
	while ((name = dt_property(tree, node, &cursor)) != NULL)
		if (!is_known(schema, name))
			tell_unknown(tree, node, schema, name);
}

struct finding *schema_bad_value(const struct dt *tree, fdt_node node,
	const char *property, const char *why_not)
{
	struct finding *f =
		dt_report(tree, RULE_PROPERTY_VALUE, node, property);

	reason(f, "%s", why_not);
	return f;
}
