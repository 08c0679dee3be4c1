/*
 * The secure console: an Arm pl011 serial port, polled, output only.
 * Not responsible for locking.
 *
 * Source: PrimeCell UART (PL011) reference manual, DDI0183 §3.3.
 */
#ifndef PL011_H
#define PL011_H

#include "base/types.h"

void pl011_init(uintptr_t base);
void pl011_write(uintptr_t base, const char *text, size_t length);

#endif
