/*
 * How a client in the normal world asks a partition of the story something.
 */
#ifndef GUEST_ASK_H
#define GUEST_ASK_H

#include "abi/ffa_func.h"
#include "abi/ffa_status.h"
#include "lib/guest.h"
#include "story/story.h"

struct answer {
	int64_t status;
	uint64_t value;
};

static inline struct answer ask(uint16_t sp, const uint64_t args[5])
{
	struct ffa_regs regs = {{FFA_MSG_SEND_DIRECT_REQ_64, sp, 0, args[0],
		args[1], args[2], args[3], args[4]}};

	guest_call(&regs);
	if ((uint32_t)regs.x[0] != FFA_MSG_SEND_DIRECT_RESP_64)
		return (struct answer){.status = FFA_ABORTED};
	return (struct answer){(int64_t)regs.x[3], regs.x[4]};
}

/* The operation, and what story.h says that it takes. */
#define ASK(sp, ...) ask(sp, (const uint64_t[5]){__VA_ARGS__})

#endif
