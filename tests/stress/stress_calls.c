/* See stress.h. */
#include "stress/stress.h"

#include <string.h>

#include "call/virq_calls.h"
#include "partition/virq.h"
#include "unit/call/steps.h"

#define IDS(from, to) ((uint64_t)(from) << 16 | (to))
#define PSCI_CPU_OFF 0x84000002u

static uint32_t any(struct world *world, uint32_t limit)
{
	return world_random(world, limit);
}

static uint64_t any64(struct world *world)
{
	return (uint64_t)any(world, 0xffffffff) << 32 | any(world, 0xffffffff);
}

static uint16_t any_id(struct world *world)
{
	static const uint16_t others[] = {
		0, ID_VM, FFA_ID_SPMC, FFA_ID_SPMD, 0x8000 + SIX_PARTIES};

	if (one_in(world, 8))
		return others[any(world, ARRAY_COUNT(others))];
	return (uint16_t)(ID_SP1 + any(world, SIX_PARTIES - SP1));
}

static uint16_t self_of(const struct cpu *cpu)
{
	return cpu->current->partition->ep.id;
}

/* --- Messages ------------------------------------------------------------ */

/* Of a service of the first three partitions', or of none. */
static void put_uuid(struct world *world, struct ffa_regs *regs)
{
	uint32_t party = any(world, SP4);

	if (one_in(world, 2))
		return;
	for (unsigned byte = 0; byte < 16; byte++)
		regs->x[2 + byte / 8] |= (uint64_t)(party << 6 | byte)
					 << 8 * (byte % 8);
}

static struct ffa_regs request(struct world *world, const struct cpu *cpu)
{
	static const uint32_t funcs[] = {FFA_MSG_SEND_DIRECT_REQ,
		FFA_MSG_SEND_DIRECT_REQ_64, FFA_MSG_SEND_DIRECT_REQ2};
	uint32_t func = funcs[any(world, ARRAY_COUNT(funcs))];
	struct ffa_regs regs = REGS(func, IDS(self_of(cpu), any_id(world)), 0,
		any64(world), any64(world), any64(world));

	if (func == FFA_MSG_SEND_DIRECT_REQ2) {
		regs.x[3] = 0;
		put_uuid(world, &regs);
	} else if (one_in(world, 12)) {
		regs.x[2] = FFA_FRAMEWORK | any(world, 10);
		regs.x[5] = any(world, 3);
	}
	for (unsigned i = 8; i < FFA_REG_COUNT; i++)
		regs.x[i] = any64(world);
	return regs;
}

/* What the framework's requests want to hear. */
static uint32_t flags_of_response(uint32_t flags)
{
	if (!(flags & FFA_FRAMEWORK))
		return 0;
	return flags == (FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_REQ)
		       ? FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_RESP
		       : flags + 1;
}

static struct ffa_regs response(struct world *world, const struct cpu *cpu)
{
	const struct vcpu *vcpu = cpu->current;
	bool second = vcpu->request_func == FFA_MSG_SEND_DIRECT_REQ2;

	/* One in eight has the wrong kind. */
	return REGS((uint64_t)(one_in(world, 8) ? FFA_MSG_SEND_DIRECT_RESP_64
						: vcpu->request_func + 1),
		IDS(self_of(cpu), vcpu->request_from),
		second ? 0 : flags_of_response(vcpu->request_flags),
		/* CPU_OFF is refused now and then. */
		vcpu->model == RTM_POWER && !one_in(world, 4) ? 0
							      : any64(world));
}

/* Whom it waits for; or one that has stopped, for a chain must go on. */
static struct ffa_regs run(struct world *world, const struct cpu *cpu)
{
	const struct vcpu *target = cpu->current->callee;
	unsigned start = any(world, SIX_PARTIES * WORLD_CPUS);

	for (unsigned i = 0; !target && i < SIX_PARTIES * WORLD_CPUS; i++) {
		unsigned at = (start + i) % (SIX_PARTIES * WORLD_CPUS);
		const struct vcpu *vcpu =
			&world->vcpu[at / WORLD_CPUS][at % WORLD_CPUS];

		if (at / WORLD_CPUS != NWD &&
			(vcpu->state == VCPU_PREEMPTED || vcpu->yielded) &&
			(vcpu->index == cpu->index ||
				vcpu->partition->vcpu_count == 1))
			target = vcpu;
	}
	if (!target || one_in(world, 4))
		return REGS(FFA_RUN,
			IDS(any_id(world),
				one_in(world, 3) ? any(world, 5) : cpu->index));
	return REGS(FFA_RUN, IDS(target->partition->ep.id, target->index));
}

static struct ffa_regs message(struct world *world, const struct cpu *cpu)
{
	/* There are many contexts to be initialised, and to be again. */
	if (cpu->current->model == RTM_INIT && one_in(world, 2))
		return REGS(FFA_MSG_WAIT);
	switch (any(world, 8)) {
	case 0:
	case 1:
		return request(world, cpu);
	case 2:
	case 3:
		return response(world, cpu);
	case 4:
	case 5:
		return run(world, cpu);
	case 6:
		return REGS(FFA_YIELD, 0, any(world, 2), any(world, 2));
	default:
		return REGS(FFA_MSG_WAIT, 0, any(world, 2));
	}
}

/* --- Setup and discovery ------------------------------------------------- */

/* Features, functions of this side and that one, with arguments. */
static struct ffa_regs features(struct world *world)
{
	if (one_in(world, 3))
		return REGS(FFA_FEATURES, any(world, 6), any(world, 2));
	return REGS(FFA_FEATURES,
		FFA_ERROR + any(world, 0x38) + (one_in(world, 2) ? FFA_64 : 0),
		any(world, 4));
}

static struct ffa_regs partition_info(struct world *world)
{
	struct ffa_regs regs = {.x = {FFA_PARTITION_INFO_GET}};

	regs.x[5] = any(world, 3);
	if (one_in(world, 2)) {
		regs.x[0] = FFA_PARTITION_INFO_GET_REGS;
		regs.x[5] = 0;
		regs.x[3] = any(world, 8) | (uint64_t)any(world, 4) << 16;
	} else if (one_in(world, 2)) {
		for (unsigned i = 1; i < 5; i++)
			regs.x[i] = any(world, 2);
	}
	return regs;
}

static struct ffa_regs console(struct world *world)
{
	struct ffa_regs regs =
		REGS(one_in(world, 2) ? FFA_CONSOLE_LOG_64 : FFA_CONSOLE_LOG,
			any(world, one_in(world, 4) ? 200 : 25));

	for (unsigned i = 2; i < FFA_REG_COUNT; i++)
		regs.x[i] = any64(world);
	return regs;
}

static struct ffa_regs discovery(struct world *world)
{
	switch (any(world, 9)) {
	case 0:
		return REGS(FFA_VERSION, FFA_VERSION_1_0 + any(world, 5),
			any(world, 4));
	case 1:
		return features(world);
	case 2:
		return REGS(FFA_ID_GET);
	case 3:
		return REGS(FFA_SPM_ID_GET);
	case 4:
	case 5:
		return partition_info(world);
	case 6:
		return REGS(FFA_NS_RES_INFO_GET, any_id(world),
			any(world, 2) | any(world, 2) << 4);
	case 7:
		return REGS(FFA_SECONDARY_EP_REGISTER_64, SP1_IMAGE);
	default:
		return console(world);
	}
}

/* --- Notifications and indirect messages ---------------------------------- */

/* A header in TX, nearly right. */
static void write_header(struct world *world, const struct cpu *cpu)
{
	const struct partition *self = cpu->current->partition;
	uint32_t header = self->version < FFA_VERSION_1_2 ? 20 : 40;
	uint32_t words[10] = {0, 0, header + 64 * any(world, 2),
		any_id(world) | (uint32_t)self->ep.id << 16, any(world, 4200)};

	if (self->mailbox.mapped)
		memcpy(host_memory(self->mailbox.pair.tx.base), words, header);
}

/* Few notifications, so that they are the same ones now and then. */
static struct ffa_regs notification(struct world *world, const struct cpu *cpu)
{
	uint16_t self = self_of(cpu);
	uint16_t other = one_in(world, 4) ? 0 : any_id(world);
	uint32_t func = FFA_NOTIFICATION_BITMAP_CREATE + any(world, 10);
	struct ffa_regs regs = {.x = {func, IDS(other, self),
					one_in(world, 8) ? any(world, 4) : 0,
					1u << any(world, 3)}};

	switch (func) {
	case FFA_NOTIFICATION_BITMAP_CREATE:
	case FFA_NOTIFICATION_BITMAP_DESTROY:
	case FFA_RX_ACQUIRE:
		regs.x[1] = any(world, 3);
		regs.x[2] = func == FFA_NOTIFICATION_BITMAP_CREATE
				    ? any(world, 6)
				    : 0;
		regs.x[3] = 0;
		break;
	case FFA_NOTIFICATION_SET:
		regs.x[1] = IDS(self, other);
		break;
	case FFA_NOTIFICATION_GET:
		regs.x[1] = IDS(any(world, 5), self);
		regs.x[2] = any(world, 16);
		regs.x[3] = 0;
		break;
	case FFA_NOTIFICATION_INFO_GET:
	case FFA_SPM_ID_GET:
	case FFA_MSG_SEND2:
		regs = REGS(func);
		if (func == FFA_MSG_SEND2)
			write_header(world, cpu);
		break;
	default:
		break;
	}
	return regs;
}

/* --- Interrupts ---------------------------------------------------------- */

static struct ffa_regs virtual_interrupt(
	struct world *world, const struct cpu *cpu)
{
	static const uint32_t lines[] = {VIRQ_INTID_TIMER,
		VIRQ_INTID_MANAGED_EXIT, VIRQ_INTID_NOTIFICATION,
		VIRQ_INTID_IPI};
	uint32_t own = FIRST_DEVICE + (self_of(cpu) & 0xff);
	uint32_t line =
		one_in(world, 2) ? own : lines[any(world, ARRAY_COUNT(lines))];

	if (one_in(world, 10))
		line = any(world, 64);
	switch (any(world, 8)) {
	case 0:
	case 1:
		return REGS(
			VIRQ_ENABLE, line, !one_in(world, 6), any(world, 2));
	case 2:
		return REGS(VIRQ_DEACTIVATE, line, line + one_in(world, 8));
	case 3:
		return REGS(
			VIRQ_RECONFIGURE, line, any(world, 4), any(world, 5));
	case 4:
		return REGS(VIRQ_SEND_IPI, any(world, 5));
	default:
		return REGS(VIRQ_GET);
	}
}

/* --- All ----------------------------------------------------------------- */

/* What the firmware says in the normal world's place. */
static struct ffa_regs framework(struct world *world)
{
	uint64_t ids = IDS(FFA_ID_SPMD, FFA_ID_SPMC);

	if (one_in(world, 3))
		return REGS(FFA_MSG_SEND_DIRECT_REQ, ids,
			FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_REQ, PSCI_CPU_OFF);
	if (one_in(world, 2))
		return REGS(FFA_INTERRUPT);
	return REGS(FFA_MSG_SEND_DIRECT_REQ, ids,
		FFA_FRAMEWORK | FFA_FRAMEWORK_VERSION_REQ,
		FFA_VERSION_1_0 + any(world, 5));
}

/* Of memory; or the caller's end. */
static bool is_excluded(uint32_t number)
{
	return number == 0x60 || number == 0x90 || number == 0x65 ||
	       number == 0x66 || number == 0x67 ||
	       (number >= 0x71 && number <= 0x7b) || number == 0x88 ||
	       number == 0x89;
}

static struct ffa_regs noise(struct world *world)
{
	uint32_t number = 0x60 + any(world, 0x40);
	struct ffa_regs regs = REGS(
		(is_excluded(number) ? FFA_MSG_POLL : 0x84000000u | number) |
		(one_in(world, 2) ? FFA_64 : 0));

	for (unsigned i = 1; i < 8; i++)
		if (one_in(world, 2))
			regs.x[i] =
				one_in(world, 4) ? any64(world) : any(world, 4);
	return regs;
}

struct ffa_regs stress_call(struct world *world, const struct cpu *cpu)
{
	bool is_nwd = cpu->current == cpu->nwd;

	switch (any(world, 12)) {
	case 0:
		return noise(world);
	case 1:
	case 2:
		return discovery(world);
	case 3:
	case 4:
		return notification(world, cpu);
	case 5:
	case 6:
		if (is_nwd)
			return one_in(world, 3) ? framework(world)
						: run(world, cpu);
		return virtual_interrupt(world, cpu);
	default:
		return message(world, cpu);
	}
}
