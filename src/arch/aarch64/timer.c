/*
 * The physical timer that partitions see, by trapped registers, and the secure
 * timer of EL2 that stands behind it. QEMU 7.2 has none: then partition/timer.c
 * looks at each exit.
 *
 * Source: Arm ARM D11.2 (timers), D19.12 (CNTP_*, CNTHPS_*); BSA (PPI 20).
 */
#include "arch.h"

#include "partition/timer.h"
#include "port/port.h"

/* ISS of a trapped access; CNTP_TVAL, _CTL and _CVAL_EL0 differ in Op2. */
#define ISS_READ (1u << 0)
#define ISS_RT_SHIFT 5
#define ISS_OP2_SHIFT 17
#define ISS_REGISTER 0x30fc1eu /* Op0, Op1, CRn, CRm */
#define ISS_CNTP (3u << 20 | 3u << 14 | 14u << 10 | 2u << 1)

#define OP2_TVAL 0u
#define OP2_CTL 1u
#define OP2_CVAL 2u

#define SYSREG_CNTHPS_CTL_EL2 s3_4_c14_c5_1
#define SYSREG_CNTHPS_CVAL_EL2 s3_4_c14_c5_2

#define CTL_ENABLE 1ull
#define CTL_MASK 2ull
#define CTL_EXPIRED 4ull

static uint64_t read_register(const struct vcpu *vcpu, uint32_t op2)
{
	if (op2 == OP2_CTL)
		return timer_control(vcpu);
	if (op2 == OP2_TVAL)
		return (uint32_t)(vcpu->timer.compare - port_ticks());
	return vcpu->timer.compare;
}

static void write_register(struct vcpu *vcpu, uint32_t op2, uint64_t value)
{
	if (op2 == OP2_CTL)
		timer_set_control(vcpu, (uint32_t)value);
	else if (op2 == OP2_TVAL)
		timer_set_compare(
			vcpu, port_ticks() + (uint64_t)(int64_t)(int32_t)value);
	else
		timer_set_compare(vcpu, value);
}

bool timer_is_register(uint32_t iss)
{
	return (iss & ISS_REGISTER) == ISS_CNTP &&
	       (iss >> ISS_OP2_SHIFT & 7) <= OP2_CVAL;
}

bool timer_emulate(struct vcpu *vcpu, uint32_t iss)
{
	uint32_t rt = iss >> ISS_RT_SHIFT & 31;
	uint32_t op2 = iss >> ISS_OP2_SHIFT & 7;
	bool read = (iss & ISS_READ) != 0;

	vcpu->pc += 4;
	if (!read)
		write_register(
			vcpu, op2, rt < VCPU_REG_COUNT ? vcpu->x[rt] : 0);
	else if (rt < VCPU_REG_COUNT)
		vcpu->x[rt] = read_register(vcpu, op2);
	return !read;
}

bool timer_take_virtual(void)
{
	uint64_t control = sysreg_read(cntv_ctl_el0);

	if (control != (CTL_ENABLE | CTL_EXPIRED))
		return false;
	sysreg_write(cntv_ctl_el0, CTL_ENABLE | CTL_MASK);
	isb();
	return true;
}

void timer_init(struct cpu_local *local)
{
	local->has_timer = guarded_read_cnthps() == 0;
	if (!local->has_timer)
		return;
	sysreg_write(SYSREG_CNTHPS_CTL_EL2, 0);
	gic_timer_enable();
}

bool port_timer_set(uint64_t ticks)
{
	const struct cpu_local *local = this_cpu()->arch;

	if (!local->has_timer)
		return false;
	sysreg_write(SYSREG_CNTHPS_CVAL_EL2, ticks);
	sysreg_write(
		SYSREG_CNTHPS_CTL_EL2, ticks == UINT64_MAX ? 0 : CTL_ENABLE);
	isb();
	return true;
}
