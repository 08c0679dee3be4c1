/* What libfdt wants of <limits.h>, for the freestanding build. */
#ifndef FDT_INC_LIMITS_H
#define FDT_INC_LIMITS_H

#define INT_MAX __INT_MAX__
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX (INT_MAX * 2u + 1u)

#endif
