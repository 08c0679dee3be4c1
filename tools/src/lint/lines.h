/*
 * Where the nodes and properties of a tree are in its source. The compiler
 * tells: it can print a tree with a comment on every line.
 */
#ifndef LINT_LINES_H
#define LINT_LINES_H

struct lines;

/* `annotated` is what `dtc -O dts -T` prints. Never NULL. */
struct lines *lines_read(const char *annotated);

/* `file` is as the compiler calls it, or NULL where nothing is known. */
struct line {
	const char *file;
	unsigned number;
};

/* Of the property, else of the node; `property` may be NULL. */
struct line lines_find(
	const struct lines *lines, const char *node, const char *property);
void lines_free(struct lines *lines);

#endif
