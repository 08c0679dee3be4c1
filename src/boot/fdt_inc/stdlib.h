/* libfdt includes <stdlib.h>, but what we build of it needs nothing of it. */
#ifndef FDT_INC_STDLIB_H
#define FDT_INC_STDLIB_H

#include <stddef.h>

#endif
