/* See pl011.h. */
#include "pl011.h"

#define REG_DATA 0x00u
#define REG_FLAGS 0x18u
#define REG_LINE 0x2cu
#define REG_CONTROL 0x30u

#define FLAGS_TX_FULL (1u << 5)
#define LINE_8_BITS_FIFO 0x70u
#define CONTROL_ENABLE 0x301u /* port, transmit, receive */

static volatile uint32_t *reg(uintptr_t base, uint32_t offset)
{
	return (volatile uint32_t *)(base + offset);
}

void pl011_init(uintptr_t base)
{
	/* A port that runs keeps the baud rate that the firmware gave it. */
	if ((*reg(base, REG_CONTROL) & CONTROL_ENABLE) == CONTROL_ENABLE)
		return;
	*reg(base, REG_CONTROL) = 0;
	*reg(base, REG_LINE) = LINE_8_BITS_FIFO;
	*reg(base, REG_CONTROL) = CONTROL_ENABLE;
}

void pl011_write(uintptr_t base, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		while ((*reg(base, REG_FLAGS) & FLAGS_TX_FULL) != 0)
			;
		*reg(base, REG_DATA) = (uint8_t)text[i];
	}
}
