/* What ffa-lint says, as text and as JSON. */
#ifndef LINT_PRINT_H
#define LINT_PRINT_H

#include "lint.h"

struct print_options {
	bool json;
	bool verbose;
};

void print_all(const struct lint *lint, struct print_options options);

/* The table of memory: who has which range. */
void layout_print(const struct lint *lint, bool json);

/* Every rule with its severity. */
void print_rules(void);

#endif
