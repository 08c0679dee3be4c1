/*
 * RX/TX pairs of virtual machines, which a hypervisor maps, releases and
 * acquires for them: area D of the conformance catalogue.
 */
#include <string.h>

#include "lib/oracle.h"
#include "unit/call/notify.h"

#define ID_VM2 2
#define VM_TX NWD_RAM
#define VM_RX (NWD_RAM + 4 * PAGE_SIZE)

static const struct model_map vm_pair = {NWD, VM_TX, VM_RX, 1, ID_VM};

static struct world *start(void **state)
{
	struct world *world = *state;

	map_buffers(world);
	rest(world);
	return world;
}

static uint8_t *nwd_tx(void)
{
	return host_memory(paddr(world_tx(NWD)));
}

static void a_hypervisor_maps_a_pair_for_its_machine(void **state)
{
	struct world *world = start(state);
	struct model_map second = vm_pair;

	expect_ok(do_map_vm(world, &vm_pair));
	expect_refusal(do_map_vm(world, &vm_pair), R_BUFFERS_MAPPED);
	second.vm = ID_VM2;
	expect_refusal(do_map_vm(world, &second), R_BUFFER_IN_USE);
	expect_ok(do_unmap_vm(world, ID_VM));
	expect_refusal(do_unmap_vm(world, ID_VM), R_BUFFER_ENDPOINT);
	second.pages = 3;
	expect_ok(do_map_vm(world, &second));
	/* Its own is another. */
	expect_ok(do_unmap(world, NWD));
	expect_refusal(do_map_vm(world, &vm_pair), R_BUFFERS_NOT_MAPPED);
	expect_ok(do_unmap_vm(world, ID_VM2));
	assert_int_equal(world->spm.vms[0].id, 0);
}

static void what_a_descriptor_names_is_checked(void **state)
{
	struct world *world = start(state);
	struct model_map op = vm_pair;

	op.vm = 0;
	write_pair(&op);
	expect_error(world, NWD, REGS(FFA_RXTX_MAP_64), R_BUFFER_ENDPOINT);
	op.vm = ID_SP1;
	expect_refusal(do_map_vm(world, &op), R_BUFFER_ENDPOINT);
	op = vm_pair;
	op.pages = 17;
	expect_refusal(do_map_vm(world, &op), R_BUFFER_COUNT);
	op.pages = 0;
	expect_refusal(do_map_vm(world, &op), R_BUFFER_COUNT);
	op = vm_pair;
	op.tx += 8;
	expect_refusal(do_map_vm(world, &op), R_BUFFER_ALIGNMENT);
	op.tx = op.rx;
	expect_refusal(do_map_vm(world, &op), R_BUFFER_OVERLAP);
	op.tx = SP1_RW;
	expect_refusal(do_map_vm(world, &op), R_BUFFER_NOT_OWNED);
	op.tx = NWD_ROM;
	expect_refusal(do_map_vm(world, &op), R_BUFFER_ACCESS);
	op.tx = NWD_DEVICE;
	op.rx = NWD_DEVICE + PAGE_SIZE;
	expect_refusal(do_map_vm(world, &op), R_BUFFER_DEVICE);
	host_fail_copy(1);
	world->injecting = true;
	expect_refusal(do_map_vm(world, &vm_pair), R_BUFFER_FAULT);
	world->injecting = false;
	world_limit(world, NWD, MODEL_NODES,
		world->partition[NWD].ep.quota.used.of[QUOTA_NODES] + 1);
	expect_refusal(do_map_vm(world, &vm_pair), R_QUOTA_NODES);
	assert_int_equal(world->spm.vms[0].id, 0);
}

/* A word of the descriptor that is wrong, or a place for its parts. */
struct damage {
	uint32_t at;
	uint32_t value;
};

static void a_malformed_descriptor_is_refused(void **state)
{
	static const struct damage damages[] = {
		{0, 1u << 16 | ID_VM}, /* reserved */
		{4, 8},
		{4, 20},
		{4, 4064 + 8},
		{4, 4096},
		{4, 0xfffffff0},
		{4, 48},
		{4, 40},
		{4, 72},
		{8, 0},
		{8, 16},
		{8, 4080},
		{16, 2},
		{20, 0},
		{20, 2},
		{24, 1},
		{28, 1},
		{40, 2},
		{44, 1},
		{48, 2},
		{52, 2},
		{56, 1},
		{60, 1},
		{72, 2},
		{76, 1},
	};
	struct world *world = start(state);

	CONFORMS("D-27");
	for (unsigned i = 0; i < ARRAY_COUNT(damages); i++) {
		write_pair(&vm_pair);
		memcpy(nwd_tx() + damages[i].at, &damages[i].value, 4);
		expect_error(
			world, NWD, REGS(FFA_RXTX_MAP_64), R_BUFFER_DESCRIPTOR);
	}
	/* Both of two pages, and their counts: the parts of one differ. */
	write_pair(&vm_pair);
	memcpy(nwd_tx() + 48, &(uint32_t){2}, 4);
	memcpy(nwd_tx() + 72, &(uint32_t){2}, 4);
	expect_error(world, NWD, REGS(FFA_RXTX_MAP_64), R_BUFFER_DESCRIPTOR);
}

/* The last place where they fit, in the other order. */
static void parts_of_a_descriptor_lie_anywhere(void **state)
{
	struct world *world = start(state);
	uint8_t *tx = nwd_tx();

	write_pair(&vm_pair);
	memcpy(tx + 4064, tx + 16, 32);
	memcpy(tx + 4, &(uint32_t){4064}, 4);
	memset(tx + 16, 0xff, 32);
	oracle_begin(world);
	assert_int_equal(model_map(&world->model, &vm_pair), MODEL_OK);
	call_plain(world, NWD, REGS(FFA_RXTX_MAP));
	expect_reason(world->reason, R_NONE);
	assert_true(oracle_end(world));
}

static void there_is_room_for_so_many_pairs(void **state)
{
	struct world *world = start(state);
	struct model_map op = vm_pair;

	for (op.vm = 1; op.vm <= SPM_VMS_MAX; op.vm++) {
		op.tx = NWD_BLOCK + 2 * op.vm * PAGE_SIZE;
		op.rx = op.tx + PAGE_SIZE;
		expect_ok(do_map_vm(world, &op));
	}
	op.tx = VM_TX;
	op.rx = VM_RX;
	expect_refusal(do_map_vm(world, &op), R_NO_VM);
	expect_ok(do_unmap_vm(world, 4));
	expect_ok(do_map_vm(world, &op));
}

/* Bitmaps and buffers of one machine share its place, and come and go alone. */
static void a_machine_is_forgotten_with_the_last_of_it(void **state)
{
	struct world *world = start(state);

	expect_ok(do_map_vm(world, &vm_pair));
	call_plain(world, NWD, CREATE(ID_VM, 1));
	assert_int_equal(world->spm.vms[0].id, ID_VM);
	assert_int_equal(world->spm.vms[1].id, 0);
	expect_ok(do_unmap_vm(world, ID_VM));
	expect_error(
		world, NWD, REGS(FFA_RX_RELEASE, ID_VM), R_BUFFER_ENDPOINT);
	assert_int_equal(world->spm.vms[0].id, ID_VM);
	call_plain(world, NWD, DESTROY(ID_VM));
	assert_int_equal(world->spm.vms[0].id, 0);
}

static void only_a_hypervisor_names_machines(void **state)
{
	struct world *world = start(state);

	expect_ok(do_map_vm(world, &vm_pair));
	CONFORMS("D-22");
	expect_error(world, SP1, REGS(FFA_RX_ACQUIRE, ID_VM), R_NOT_FOR_CALLER);
	CONFORMS("D-26");
	expect_error(
		world, SP1, REGS(FFA_RX_RELEASE, ID_VM), R_BUFFER_ENDPOINT);
	CONFORMS("D-15");
	expect_error(world, SP1, REGS(FFA_RXTX_UNMAP, ID_VM << 16),
		R_BUFFER_ENDPOINT);
	expect_ok(do_unmap(world, SP1));
	expect_error(world, SP1, REGS(FFA_RXTX_MAP_64), R_BUFFER_COUNT);
	expect_error(
		world, NWD, REGS(FFA_RXTX_UNMAP, ID_VM), R_BUFFER_ENDPOINT);
	expect_error(world, NWD, REGS(FFA_RXTX_UNMAP, (uint64_t)ID_SP1 << 16),
		R_BUFFER_ENDPOINT);
	CONFORMS("D-25");
	expect_error(
		world, NWD, REGS(FFA_RX_ACQUIRE, ID_VM2), R_BUFFER_ENDPOINT);
	expect_error(world, NWD, REGS(FFA_RX_ACQUIRE, 0), R_BUFFER_ENDPOINT);
	expect_error(
		world, NWD, REGS(FFA_RX_ACQUIRE, ID_SP1), R_BUFFER_ENDPOINT);
	expect_error(world, NWD, REGS(FFA_RX_ACQUIRE, 1u << 16 | ID_VM),
		R_BUFFER_ENDPOINT);
	expect_error(
		world, NWD, REGS(FFA_RX_RELEASE, ID_VM2), R_BUFFER_ENDPOINT);
	expect_error(
		world, NWD, REGS(FFA_RX_RELEASE, 1u << 16), R_BUFFER_ENDPOINT);
}

static void an_acquired_rx_is_the_hypervisors(void **state)
{
	struct world *world = start(state);
	struct mailbox *mailbox = &world->spm.vms[0].mailbox;

	expect_ok(do_map_vm(world, &vm_pair));
	expect_error(world, NWD, REGS(FFA_RX_RELEASE, ID_VM), R_RX_NOT_OWNED);
	CONFORMS("D-23");
	call_regs(world, NWD, REGS(FFA_RX_ACQUIRE, ID_VM));
	expect_reason(world->reason, R_NONE);
	CONFORMS("D-24");
	expect_error(world, NWD, REGS(FFA_RX_ACQUIRE, ID_VM), R_RX_NOT_FREE);
	call_regs(world, NWD, REGS(FFA_RX_RELEASE, ID_VM));
	expect_reason(world->reason, R_NONE);
	assert_int_equal(mailbox->rx, RX_EMPTY);
	mailbox->rx = RX_FULL;
	expect_error(world, NWD, REGS(FFA_RX_ACQUIRE, ID_VM), R_RX_NOT_FREE);
	mailbox->rx = RX_TAKEN;
	expect_error(world, NWD, REGS(FFA_RX_ACQUIRE, ID_VM), R_RX_NOT_FREE);
	expect_error(
		world, NWD, REGS(FFA_RXTX_UNMAP, ID_VM << 16), R_BUFFERS_BUSY);
	expect_error(world, NWD, REGS(FFA_RX_RELEASE, ID_VM), R_RX_NOT_OWNED);
	mailbox->rx = RX_EMPTY;
}

/* The normal world's own pair is none of its machines'. */
static void pages_of_a_pair_are_not_sent(void **state)
{
	struct world *world = start(state);
	struct op op;

	CONFORMS("D-29");
	CONFORMS("D-16");
	expect_ok(do_map_vm(world, &vm_pair));
	op = op_of(world, MODEL_LEND, NWD, SP1);
	op_range(&op, VM_RX, 1);
	expect_refusal(do_send(world, &op), R_NOT_EXCLUSIVE);
	op = op_of(world, MODEL_SHARE, NWD, SP1);
	op_range(&op, world_rx(NWD), 1);
	expect_refusal(do_send(world, &op), R_NOT_EXCLUSIVE);
	expect_ok(do_unmap_vm(world, ID_VM));
	op = op_of(world, MODEL_LEND, NWD, SP1);
	op_range(&op, VM_RX, 1);
	expect_ok(do_send(world, &op));
	expect_refusal(do_map_vm(world, &vm_pair), R_BUFFER_IN_USE);
}

static void pairs_of_machines_keep_the_version(void **state)
{
	struct world *world = start(state);
	struct ffa_regs ask = REGS(FFA_MSG_SEND_DIRECT_REQ,
		IDS(FFA_ID_SPMD, 0x8000),
		FFA_FRAMEWORK | FFA_FRAMEWORK_VERSION_REQ, FFA_VERSION_1_1);

	expect_ok(do_map_vm(world, &vm_pair));
	expect_ok(do_unmap(world, NWD));
	assert_int_equal(
		(int32_t)call_regs(world, NWD, ask).x[3], FFA_NOT_SUPPORTED);
	expect_ok(do_unmap_vm(world, ID_VM));
	assert_int_equal(call_regs(world, NWD, ask).x[3], FFA_VERSION_OURS);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hypervisor_maps_a_pair_for_its_machine),
		TEST(what_a_descriptor_names_is_checked),
		TEST(a_malformed_descriptor_is_refused),
		TEST(parts_of_a_descriptor_lie_anywhere),
		TEST(there_is_room_for_so_many_pairs),
		TEST(a_machine_is_forgotten_with_the_last_of_it),
		TEST(only_a_hypervisor_names_machines),
		TEST(an_acquired_rx_is_the_hypervisors),
		TEST(pages_of_a_pair_are_not_sent),
		TEST(pairs_of_machines_keep_the_version),
	};

	return SUITE_RUN("test-vm-buffers", tests);
}
