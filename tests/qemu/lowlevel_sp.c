/*
 * The partition of the low-level tests: does what the request says and keeps
 * its hands off the registers that patterns are kept in.
 */
#include "lowlevel.h"
#include "registers.h"

#include "abi/ffa_func.h"
#include "lib/guest.h"

static uint64_t simd_at_entry;

static uint64_t read_el1(bool far)
{
	uint64_t value;

	if (far)
		__asm__ volatile("mrs %0, far_el1" : "=r"(value));
	else
		__asm__ volatile("mrs %0, esr_el1" : "=r"(value));
	return value;
}

/* x8 to x17 of a 32-bit call come back as they were, by either conduit. */
static void conduits(struct ffa_regs *regs)
{
	struct ffa_regs smc = {{FFA_ID_GET}};
	struct ffa_regs hvc;
	uint64_t changed = 0;

	for (unsigned i = 8; i < FFA_REG_COUNT; i++)
		smc.x[i] = i * 0x1111;
	hvc = smc;
	guest_call(&smc);
	guest_call_hvc(&hvc);
	for (unsigned i = 8; i < FFA_REG_COUNT; i++)
		changed += smc.x[i] != i * 0x1111 || hvc.x[i] != i * 0x1111;
	regs->x[3] = smc.x[2];
	regs->x[4] = hvc.x[2];
	regs->x[5] = changed;
	regs->x[6] = smc.x[0] << 32 | hvc.x[0];
}

static void read(struct ffa_regs *regs)
{
	uint8_t byte = 0;

	regs->x[3] = guest_read(paddr(regs->x[4]), regs->x[5] != 0, &byte);
	regs->x[4] = byte;
	regs->x[5] = read_el1(false);
	regs->x[6] = read_el1(true);
}

static uint64_t spin(uint64_t nanoseconds)
{
	uint64_t start = guest_time_ns();
	uint64_t turns = 0;

	while (guest_time_ns() - start < nanoseconds)
		turns++;
	return turns;
}

static void ask_other(struct ffa_regs *regs)
{
	struct ffa_regs call = {{FFA_MSG_SEND_DIRECT_REQ_64}};

	call.x[1] = (regs->x[1] & 0xffff) << 16 | (regs->x[4] & 0xffff);
	call.x[3] = regs->x[5];
	guest_call(&call);
	regs->x[3] = (uint32_t)call.x[0] == FFA_MSG_SEND_DIRECT_RESP_64
			     ? call.x[3]
			     : ~0ull;
	regs->x[4] = call.x[2];
}

/* The registers and what the memory says of them change together. */
static uint64_t step(void)
{
	static uint64_t seed;
	uint64_t wrong = seed == 0 ? 0 : registers_wrong(seed);

	registers_fill(++seed);
	return wrong;
}

static uint64_t version(uint64_t asked)
{
	struct ffa_regs call = {{FFA_VERSION, asked}};

	guest_call(&call);
	return call.x[0];
}

static void call(struct ffa_regs *regs)
{
	struct ffa_regs any = {
		{regs->x[4], regs->x[5], regs->x[6], regs->x[7]}};

	guest_call(&any);
	for (unsigned i = 0; i < 4; i++)
		regs->x[3 + i] = any.x[i];
}

static void serve(struct ffa_regs *regs)
{
	bool ns = regs->x[5] != 0;
	struct paddr at = paddr(regs->x[4]);

	switch (regs->x[3]) {
	case LOW_FILL:
		registers_fill(regs->x[4]);
		break;
	case LOW_WRONG:
		regs->x[3] = registers_wrong(regs->x[4]);
		break;
	case LOW_FIRST:
		regs->x[3] = simd_at_entry;
		break;
	case LOW_CONDUITS:
		conduits(regs);
		break;
	case LOW_READ:
		read(regs);
		break;
	case LOW_WRITE:
		regs->x[3] = guest_write(at, ns, 0xa5);
		break;
	case LOW_EXECUTE:
		regs->x[3] = guest_execute(at, ns);
		break;
	case LOW_SPIN:
		regs->x[3] = spin(regs->x[4]);
		break;
	case LOW_ASK_OTHER:
		ask_other(regs);
		break;
	case LOW_VERSION:
		regs->x[3] = version(regs->x[4]);
		break;
	case LOW_ECHO:
		break;
	case LOW_STEP:
		regs->x[3] = step();
		break;
	case LOW_CALL:
		call(regs);
		break;
	case LOW_DIE:
		/* No vectors: the abort's handler cannot be fetched. */
		__asm__ volatile("msr vbar_el1, %0" : : "r"(0x20000000ul));
		__asm__ volatile("isb");
		guest_read(paddr(0x20000000), false, &(uint8_t){0});
		regs->x[3] = ~0ull;
		break;
	default:
		regs->x[3] = ~0ull;
		break;
	}
}

void guest_main(void)
{
	struct ffa_regs regs = {{FFA_MSG_WAIT}};

	simd_at_entry = simd_not_zero();
	guest_print("low-level partition is ready\n");
	for (;;) {
		uint64_t from;
		bool echo;

		guest_call(&regs);
		from = regs.x[1] >> 16 & 0xffff;
		if ((uint32_t)regs.x[0] != FFA_MSG_SEND_DIRECT_REQ_64) {
			regs = (struct ffa_regs){{FFA_MSG_WAIT}};
			continue;
		}
		echo = regs.x[3] == LOW_ECHO;
		serve(&regs);
		regs.x[0] = FFA_MSG_SEND_DIRECT_RESP_64;
		regs.x[1] = (regs.x[1] & 0xffff) << 16 | from;
		regs.x[2] = 0;
		for (unsigned i = 7; !echo && i < FFA_REG_COUNT; i++)
			regs.x[i] = 0;
	}
}
