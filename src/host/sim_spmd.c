/*
 * The firmware's SPM dispatcher, as far as guest programs meet it: what it
 * answers by itself, the framework messages it makes of FFA_VERSION and of
 * CPU_OFF, and what it forwards. Source: TF-A's SPMD, observed.
 */
#include "abi/ffa_func.h"
#include "abi/ffa_regs.h"
#include "abi/ffa_status.h"
#include "base/mem.h"
#include "host/sim_world.h"

#define PSCI_CPU_OFF 0x84000002u

static void set(uint64_t x[18], uint64_t x0, uint64_t x2)
{
	memset(x, 0, 8 * sizeof(x[0]));
	x[0] = x0;
	x[2] = x2;
}

static void forward(void)
{
	sim_leave((struct vcpu_exit){.kind = VCPU_EXIT_CALL});
}

static void framework_request(uint64_t x[18], uint32_t type, uint64_t value)
{
	memset(x, 0, FFA_REG_COUNT * sizeof(x[0]));
	x[0] = FFA_MSG_SEND_DIRECT_REQ;
	x[1] = (uint64_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC;
	x[2] = FFA_FRAMEWORK | type;
	x[3] = value;
}

static void call_version(struct sim_context *context, uint64_t x[18])
{
	framework_request(context->vcpu->x, FFA_FRAMEWORK_VERSION_REQ, x[1]);
	context->in_version = true;
	forward();
	context->in_version = false;
	set(x, (uint32_t)context->vcpu->x[3], 0);
}

void sim_spmd_call(struct sim_context *context, uint64_t x[18])
{
	switch ((uint32_t)x[0]) {
	case FFA_VERSION:
		call_version(context, x);
		return;
	case FFA_ID_GET:
		set(x, FFA_SUCCESS, FFA_ID_NWD);
		return;
	case FFA_SPM_ID_GET:
		set(x, FFA_SUCCESS, FFA_ID_SPMC);
		return;
	case PSCI_CPU_OFF:
		framework_request(
			context->vcpu->x, FFA_FRAMEWORK_PSCI_REQ, PSCI_CPU_OFF);
		context->in_cpu_off = true;
		forward();
		return;
	default:
		memcpy(context->vcpu->x, x, FFA_REG_COUNT * sizeof(x[0]));
		forward();
		memcpy(x, context->vcpu->x, FFA_REG_COUNT * sizeof(x[0]));
	}
}

/*
 * The manager's FFA_MSG_WAIT lets the processor's program begin; its answer
 * to CPU_OFF ends it. Everything else is the result of the program's call.
 */
bool sim_spmd_answer(struct sim_context *context, uint64_t x[18])
{
	(void)x;
	return !context->in_cpu_off;
}

/* The manager itself asks the firmware for nothing yet. */
void sim_firmware_call(uint64_t x[18])
{
	set(x, FFA_ERROR, (uint32_t)FFA_NOT_SUPPORTED);
}
