/*
 * What must hold of all contexts of the SPMC's after every step: states,
 * callers and callees fit together (FF-A 1.2 §7, §8.2). Fails the test.
 */
#ifndef TESTS_CHAIN_H
#define TESTS_CHAIN_H

#include "lib/world.h"

void chain_expect_sound(const struct world *world);

#endif
