/* A manifest as a tree; see the header. */
#include "dt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#define ALIGNMENT 16

/* Larger ones take too long to look at, and are refused in any case. */
#define DT_SIZE_MAX (1u << 16)

struct fdt_reader dt_reader(const struct dt *tree, struct manifest_error *error)
{
	return (struct fdt_reader){tree->fdt, "", error};
}

/* What the image's code says, without the empty file name in front. */
static const char *sentence(const struct manifest_error *error)
{
	const char *text = error->text;

	return strncmp(text, ": ", 2) == 0 ? text + 2 : text;
}

static void tell_size(const struct dt *tree)
{
	struct finding *f = dt_report(tree, RULE_MANIFEST_SIZE, DT_FILE, NULL);

	reason(f, "has %zu bytes as a blob, which no manifest has", tree->size);
	advise(f, "give the manifest");
}

void dt_set(struct dt *tree, const void *bytes, size_t size)
{
	struct manifest_error error = {""};
	struct fdt_reader reader;
	struct finding *f;

	tree->fdt = must_have(malloc(size + ALIGNMENT));
	memcpy(tree->fdt, bytes, size);
	tree->size = size;
	if (size > DT_SIZE_MAX) {
		tell_size(tree);
		return;
	}
	reader = dt_reader(tree, &error);
	tree->sound = fdt_reader_open(&reader, size);
	if (tree->sound)
		return;
	f = dt_report(tree, RULE_TREE, DT_FILE, NULL);
	reason(f, "%s", sentence(&error));
	advise(f, "compile it again: dtc -I dts -O dtb");
}

void dt_free(struct dt *tree)
{
	free(tree->fdt);
	lines_free(tree->lines);
	tree->fdt = NULL;
	tree->lines = NULL;
	tree->sound = false;
}

/* One tag of the structure block that is not NOP. */
static uint32_t next_tag(const void *fdt, int *at, int *next)
{
	uint32_t tag;

	do {
		*at = *next;
		tag = fdt_next_tag(fdt, *at, next);
	} while (tag == FDT_NOP);
	return tag;
}

static bool same_node(const void *a, int at_a, const void *b, int at_b)
{
	const char *name_a = fdt_get_name(a, at_a, NULL);
	const char *name_b = fdt_get_name(b, at_b, NULL);

	return name_a && name_b && strcmp(name_a, name_b) == 0;
}

static bool same_property(const void *a, int at_a, const void *b, int at_b)
{
	const char *name_a, *name_b;
	int length_a, length_b;
	const void *value_a =
		fdt_getprop_by_offset(a, at_a, &name_a, &length_a);
	const void *value_b =
		fdt_getprop_by_offset(b, at_b, &name_b, &length_b);

	return value_a && value_b && strcmp(name_a, name_b) == 0 &&
	       length_a == length_b &&
	       memcmp(value_a, value_b, (size_t)length_a) == 0;
}

bool dt_is_equal(const struct dt *a, const struct dt *b)
{
	int next_a = 0, next_b = 0, at_a, at_b;
	uint32_t tag;

	do {
		tag = next_tag(a->fdt, &at_a, &next_a);
		if (next_tag(b->fdt, &at_b, &next_b) != tag)
			return false;
		if (tag == FDT_BEGIN_NODE &&
			!same_node(a->fdt, at_a, b->fdt, at_b))
			return false;
		if (tag == FDT_PROP &&
			!same_property(a->fdt, at_a, b->fdt, at_b))
			return false;
	} while (tag != FDT_END);
	return true;
}

const char *dt_name(const struct dt *tree, fdt_node node)
{
	const char *name = fdt_get_name(tree->fdt, node, NULL);

	return name != NULL ? name : "";
}

struct dt_path dt_path(const struct dt *tree, fdt_node node)
{
	struct dt_path path = {"/"};

	if (fdt_get_path(tree->fdt, node, path.text, sizeof(path.text)) != 0)
		snprintf(path.text, sizeof(path.text), ".../%.*s",
			DT_PATH_SIZE - 8, dt_name(tree, node));
	clean_text(path.text);
	return path;
}

/* The compiler shortens names of files: ours is told as the user wrote it. */
static void set_line(
	struct finding *f, const struct dt *tree, const struct line *line)
{
	const char *own = strrchr(tree->file, '/');
	size_t folder = own ? (size_t)(own + 1 - tree->file) : 0;
	char path[1024];

	f->line = line->number;
	if (strcmp(line->file, tree->file + folder) == 0)
		return;
	if (line->file[0] == '/')
		folder = 0;
	snprintf(path, sizeof(path), "%.*s%s", (int)folder, tree->file,
		line->file);
	free(f->file);
	f->file = copy_text(path);
}

struct finding *dt_report(const struct dt *tree, enum rule rule, fdt_node node,
	const char *property)
{
	struct finding *f = report_add(tree->report, rule, tree->file);
	struct line line = {0};

	f->order = tree->order;
	if (property != NULL)
		f->property = clean_text(copy_text(property));
	if (node < 0 || !tree->sound)
		return f;
	f->node = copy_text(dt_path(tree, node).text);
	if (tree->lines != NULL)
		line = lines_find(tree->lines, f->node, property);
	if (line.file != NULL)
		set_line(f, tree, &line);
	return f;
}

bool dt_has(const struct dt *tree, fdt_node node, const char *property)
{
	struct fdt_reader r = dt_reader(tree, NULL);

	return fdt_reader_has(&r, node, property);
}

bool dt_u32(const struct dt *tree, fdt_node node, const char *property,
	uint32_t *out)
{
	struct manifest_error error;
	struct fdt_reader r = dt_reader(tree, &error);

	return fdt_reader_u32(&r, node, property, out);
}

bool dt_u64(const struct dt *tree, fdt_node node, const char *property,
	uint64_t *out)
{
	struct manifest_error error;
	struct fdt_reader r = dt_reader(tree, &error);

	return fdt_reader_u64(&r, node, property, out);
}

bool dt_cells(const struct dt *tree, fdt_node node, const char *property,
	struct fdt_cells *out)
{
	struct manifest_error error;
	struct fdt_reader r = dt_reader(tree, &error);

	return fdt_reader_cells(&r, node, property, out);
}

bool dt_string(const struct dt *tree, fdt_node node, const char *property,
	char *out, size_t size)
{
	struct manifest_error error;
	struct fdt_reader r = dt_reader(tree, &error);

	return fdt_reader_string(&r, node, property, out, size);
}

const char *dt_text(const struct dt *tree, fdt_node node, const char *property)
{
	int length;
	const char *at = fdt_getprop(tree->fdt, node, property, &length);

	if (at == NULL || length <= 0 ||
		memchr(at, '\0', (size_t)length) == NULL)
		return NULL;
	return at;
}

fdt_node dt_first(const struct dt *tree, fdt_node node)
{
	return fdt_first_subnode(tree->fdt, node);
}

fdt_node dt_next(const struct dt *tree, fdt_node node)
{
	return fdt_next_subnode(tree->fdt, node);
}

fdt_node dt_child(const struct dt *tree, fdt_node node, const char *name)
{
	return fdt_subnode_offset(tree->fdt, node, name);
}

fdt_node dt_compatible(const struct dt *tree, const char *compatible)
{
	struct fdt_reader r = dt_reader(tree, NULL);

	return fdt_reader_child_compatible(&r, FDT_NODE_ROOT, compatible);
}

bool dt_is(const struct dt *tree, fdt_node node, const char *compatible)
{
	struct fdt_reader r = dt_reader(tree, NULL);

	return fdt_reader_is_compatible(&r, node, compatible);
}

const char *dt_property(const struct dt *tree, fdt_node node, int *cursor)
{
	int at = *cursor == 0 ? fdt_first_property_offset(tree->fdt, node)
			      : fdt_next_property_offset(tree->fdt, *cursor);
	const char *name;
	int length;

	if (at < 0 || !fdt_getprop_by_offset(tree->fdt, at, &name, &length))
		return NULL;
	*cursor = at;
	return name;
}
