/* How often the partition dies in each way, see life_nwd.c. */
#ifndef TEST_LIFE_NWD_H
#define TEST_LIFE_NWD_H

#include "base/types.h"

void life_nwd(uint32_t rounds);

#endif
