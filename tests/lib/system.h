/*
 * A whole machine on the host: the world of world.h as the SPMC's, and beside
 * it a hypervisor with three virtual machines, joined by a model of the
 * firmware's SPMD. The normal world's own party (NWD) is the hypervisor: it
 * makes no calls but those that it relays.
 *
 * One model stands for both managers: what a virtual machine may do with its
 * pages is the hypervisor's to know, what it sends to a secure partition is
 * the SPMC's to know, too. The oracle compares both ledgers.
 */
#ifndef TESTS_SYSTEM_H
#define TESTS_SYSTEM_H

#include "abi/ffa_regs.h"
#include "lib/world.h"

#define VM1 4
#define VM2 5
#define VM3 6
#define SYSTEM_PARTIES 7
#define ID_VM1 0x0001
#define ID_VM2 0x0002
#define ID_VM3 0x0003
#define ID_NO_VM 0x0004

/* The hypervisor's pool. */
#define HYPERVISOR_POOL 0x58000000ull
#define HYPERVISOR_PAGES 512u

/* Memory of the virtual machines; the whole list is in system.c. */
#define VM1_RW 0x50000000ull
#define VM1_RO 0x50020000ull    /* follows VM1_RW without a gap */
#define VM1_RX 0x50030000ull    /* follows VM1_RO without a gap */
#define VM1_BLOCK 0x50200000ull /* RWX; one block of 2 MiB and 8 pages */
#define VM1_DEVICE 0x51000000ull
#define VM2_RW 0x52000000ull
#define VM2_RO 0x52020000ull
#define VM3_RW 0x54000000ull
#define VM_END 0x58000000ull

/* RX/TX of all parties are mapped. */
struct world *system_make(void);

/* The same in place of another world, and nobody has any memory. */
void system_make_again(struct world *world);

/* More memory, behind all that there is: RW, of a virtual machine or an SP. */
void system_extend(
	struct world *world, int owner, uint64_t base, uint32_t pages);

/* As a cmocka fixture; world_tear_down() fits. */
int system_set_up(void **state);

/* What the SPMC's manifest says of the normal world's page. */
struct access system_nwd_access(uint64_t at);

/* The page belongs, or belonged, to a virtual machine. */
bool system_is_vm_page(const struct world *world, uint64_t at);

/*
 * The n-th call from now that the hypervisor makes to the firmware gets
 * `answer` and goes nowhere; 0 = never. Counts down.
 */
void system_fail_firmware(
	struct world *world, uint32_t n, struct ffa_regs answer);

#endif
