/*
 * OP-TEE beside Escrow without an operating system: both contexts started,
 * what OP-TEE says of itself, and what a request to it costs. The numbers are
 * those of OP-TEE's optee_ffa.h.
 */
#include "abi/ffa_func.h"
#include "lib/ffa.h"
#include "lib/guest.h"
#include "lib/tap.h"

#define OPTEE_ID 0x8001u
#define ROUNDS 1000u

enum optee_request {
	OPTEE_API_VERSION,
	OPTEE_OS_VERSION,
};

static struct tap tap;
static volatile uint32_t other_major;

static struct ffa_regs ask_optee(enum optee_request what)
{
	return ffa_call(FFA_MSG_SEND_DIRECT_REQ, FFA_ID_NWD << 16 | OPTEE_ID, 0,
		what, 0);
}

static void other_cpu(uint64_t unused)
{
	struct ffa_regs regs = ask_optee(OPTEE_API_VERSION);

	(void)unused;
	if ((uint32_t)regs.x[0] == FFA_MSG_SEND_DIRECT_RESP)
		other_major = (uint32_t)regs.x[3];
	__asm__ volatile("dsb sy" : : : "memory");
}

static void test_versions(void)
{
	struct ffa_regs regs = ask_optee(OPTEE_API_VERSION);

	tap_is(&tap, (uint32_t)regs.x[0], FFA_MSG_SEND_DIRECT_RESP,
		"OP-TEE answers");
	tap_is(&tap, regs.x[3], 1, "the ABI over FF-A is version 1");
	regs = ask_optee(OPTEE_OS_VERSION);
	tap_note_value("OP-TEE, major", regs.x[3]);
	tap_note_value("OP-TEE, minor", regs.x[4]);
}

static void test_other_cpu(void)
{
	if (!tap_ok(&tap, guest_cpu_on(1, other_cpu, 0), "a second CPU"))
		return;
	while (!guest_cpu_is_off(1))
		guest_pause();
	tap_is(&tap, other_major, 1, "OP-TEE answers there, too");
}

/* On the deterministic clock a nanosecond is an instruction. */
static void measure(void)
{
	uint64_t start = guest_time_ns();

	for (unsigned i = 0; i < ROUNDS; i++)
		(void)ask_optee(OPTEE_API_VERSION);
	tap_note_value(
		"nanoseconds a request", (guest_time_ns() - start) / ROUNDS);
}

void guest_main(void)
{
	test_versions();
	test_other_cpu();
	measure();
	tap_done(&tap);
	guest_power_off();
}
