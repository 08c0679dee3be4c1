/* See golden.h. Text as in spec/08, without the offsets. */
#include <stdlib.h>
#include <string.h>

#include "lib/golden.h"

#define RANGES                                                                 \
	"03 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00"                      \
	"00 00 40 07 00 00 00 00 02 00 00 00 00 00 00 00"                      \
	"00 00 41 07 00 00 00 00 01 00 00 00 00 00 00 00"

static const char *const text[] = {
	[GOLDEN_SHARE_1_0] =
		("01 80 2f 00 00 00 00 00 00 00 00 00 00 00 00 00"
		 "88 77 66 55 44 33 22 11 00 00 00 00 01 00 00 00"
		 "02 80 02 00 30 00 00 00 00 00 00 00 00 00 00 00" RANGES),
	[GOLDEN_SHARE_1_1] =
		("01 80 2f 00 00 00 00 00 00 00 00 00 00 00 00 00"
		 "88 77 66 55 44 33 22 11 10 00 00 00 01 00 00 00"
		 "30 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
		 "02 80 02 00 40 00 00 00 00 00 00 00 00 00 00 00" RANGES),
	[GOLDEN_LEND_1_2] =
		("01 80 00 00 01 00 00 00 00 00 00 00 00 00 00 00"
		 "88 77 66 55 44 33 22 11 20 00 00 00 01 00 00 00"
		 "30 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
		 "02 80 02 00 50 00 00 00 aa aa 00 00 00 00 00 00"
		 "bb bb 00 00 00 00 00 00 00 00 00 00 00 00 00 00" RANGES),
	[GOLDEN_REQUEST_1_2] =
		("01 80 00 00 10 00 00 00 05 00 00 00 00 00 00 00"
		 "88 77 66 55 44 33 22 11 20 00 00 00 01 00 00 00"
		 "30 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
		 "02 80 06 00 00 00 00 00 aa aa 00 00 00 00 00 00"
		 "bb bb 00 00 00 00 00 00 00 00 00 00 00 00 00 00"),
	[GOLDEN_RESPONSE_1_2] =
		("01 80 2f 00 11 00 00 00 05 00 00 00 00 00 00 00"
		 "88 77 66 55 44 33 22 11 20 00 00 00 01 00 00 00"
		 "30 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
		 "02 80 06 00 50 00 00 00 aa aa 00 00 00 00 00 00"
		 "bb bb 00 00 00 00 00 00 00 00 00 00 00 00 00 00" RANGES),
	[GOLDEN_RELINQUISH] = ("05 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00"
			       "02 80"),
};

uint32_t golden_bytes(enum golden_vector vector, uint8_t bytes[GOLDEN_SIZE_MAX])
{
	const char *at = text[vector];
	uint32_t count = 0;

	memset(bytes, 0, GOLDEN_SIZE_MAX);
	while (*at) {
		char *end;

		if (*at == ' ') {
			at++;
			continue;
		}
		/* Two digits a byte; rows of the text may touch. */
		bytes[count++] = (uint8_t)strtoul(
			(char[]){at[0], at[1], '\0'}, &end, 16);
		at += 2;
	}
	return count;
}
