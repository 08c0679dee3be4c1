/*
 * Area C of the conformance catalogue: partition discovery, by buffer and by
 * registers.
 */
#include <string.h>

#include "lib/calls.h"

static const uint8_t *rx(int party)
{
	return host_memory(paddr(world_rx(party)));
}

/* Registers w1 to w4 of a service's UUID. */
static struct ffa_regs info_get(int party, int service, uint64_t flags)
{
	struct ffa_regs regs = REGS(FFA_PARTITION_INFO_GET);

	for (unsigned byte = 0; party && byte < 16; byte++)
		regs.x[1 + byte / 4] |=
			(uint64_t)(uint8_t)(party << 6 | service << 4 |
					    (int)byte)
			<< 8 * (byte % 4);
	regs.x[5] = flags;
	return regs;
}

static void all_services_are_listed(void **state)
{
	struct world *world = start_mapped(state);
	struct ffa_regs out;

	CONFORMS("C-01");
	CONFORMS("C-12");
	out = call_regs(world, SP1, info_get(0, 0, 0));
	assert_int_equal(out.x[0], FFA_SUCCESS);
	assert_int_equal(out.x[2], 4);
	assert_int_equal(out.x[3], 24);
	assert_int_equal(*(const uint16_t *)rx(SP1), ID_SP1);
	assert_int_equal(*(const uint16_t *)(rx(SP1) + 2), WORLD_CPUS);
	CONFORMS("C-20");
	for (unsigned byte = 0; byte < 16; byte++)
		assert_int_equal(rx(SP1)[72 + 8 + byte], 0xd0 | byte);
	assert_int_equal(*(const uint16_t *)(rx(SP1) + 72), ID_SP3);
	CONFORMS("C-07");
	expect_error(world, SP1, info_get(0, 0, 0), R_RX_FULL);
	expect_ok(do_release_rx(world, SP1));
	/* One record a partition for who knows no services. */
	world->partition[SP1].version = FFA_VERSION_1_1;
	out = call_regs(world, SP1, info_get(0, 0, 0));
	assert_int_equal(out.x[2], 3);
	assert_int_equal(out.x[3], 24);
}

static void services_can_be_counted_without_a_buffer(void **state)
{
	struct world *world = start_mapped(state);
	struct ffa_regs out;

	CONFORMS("C-02");
	memset(host_memory(paddr(world_rx(SP1))), 0x77, PAGE_SIZE);
	out = call_regs(world, SP1, info_get(0, 0, 1));
	assert_int_equal(out.x[2], 4);
	assert_int_equal(out.x[3], 0);
	assert_int_equal(rx(SP1)[0], 0x77);
	CONFORMS("C-09");
	expect_ok(do_unmap(world, SP1));
	out = call_regs(world, SP1, info_get(0, 0, 1));
	assert_int_equal(out.x[2], 4);
	CONFORMS("C-08");
	expect_error(world, SP1, info_get(0, 0, 0), R_BUFFERS_NOT_MAPPED);
}

static void a_service_is_found_by_its_uuid(void **state)
{
	struct world *world = start_mapped(state);
	struct ffa_regs out;

	CONFORMS("C-03");
	out = call_regs(world, SP1, info_get(SP1, 0, 0));
	assert_int_equal(out.x[2], 1);
	assert_int_equal(*(const uint16_t *)rx(SP1), ID_SP1);
	for (unsigned byte = 8; byte < 24; byte++)
		assert_int_equal(rx(SP1)[byte], 0);
	expect_ok(do_release_rx(world, SP1));
	out = call_regs(world, SP1, info_get(SP3, 1, 0));
	assert_int_equal(out.x[2], 1);
	assert_int_equal(*(const uint16_t *)rx(SP1), ID_SP3);
	CONFORMS("C-04");
	expect_error(world, SP2, info_get(SP3, 2, 0), R_INFO_UUID);
	CONFORMS("C-05");
	expect_error(world, SP2, info_get(0, 0, 2), R_INFO_FLAGS);
}

static void a_1_0_caller_gets_short_records(void **state)
{
	struct world *world = start_mapped(state);
	struct ffa_regs out;

	CONFORMS("C-06");
	CONFORMS("A-10");
	world->partition[SP2].version = FFA_VERSION_1_0;
	out = call_regs(world, SP2, info_get(0, 0, 0));
	assert_int_equal(out.x[2], 3);
	assert_int_equal(out.x[3], 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(
			*(const uint16_t *)(rx(SP2) + 8 * i), ID_SP1 + i);
		assert_true(*(const uint32_t *)(rx(SP2) + 8 * i + 4) <= 7);
	}
	expect_error(world, SP2, info_get(0, 0, 1), R_INFO_FLAGS);
}

static uint32_t word(const uint8_t *at)
{
	return *(const uint32_t *)at;
}

/* FF-A 1.3: with the image's UUID and the partition's version. */
static void a_1_3_caller_gets_long_records(void **state)
{
	struct world *world = start_mapped(state);
	struct ffa_regs out;

	CONFORMS("C-01");
	world->partition[SP1].version = FFA_VERSION_1_3;
	world->partition[SP3].version = FFA_VERSION_1_1;
	memset(world->partition[SP3].image_uuid, 0x77, 16);
	out = call_regs(world, SP1, info_get(0, 0, 0));
	assert_int_equal(out.x[2], 4);
	assert_int_equal(out.x[3], 48);
	assert_int_equal(word(rx(SP1)), WORLD_CPUS << 16 | ID_SP1);
	assert_int_equal(rx(SP1)[8 + 3], SP1 << 6 | 3);
	assert_int_equal(word(rx(SP1) + 24), 0);
	assert_int_equal(word(rx(SP1) + 40), FFA_VERSION_1_3);
	assert_int_equal(word(rx(SP1) + 44), 0);
	assert_int_equal(word(rx(SP1) + 144), WORLD_CPUS << 16 | ID_SP3);
	assert_int_equal(word(rx(SP1) + 144 + 24), 0x77777777);
	assert_int_equal(word(rx(SP1) + 144 + 40), FFA_VERSION_1_1);
	expect_ok(do_release_rx(world, SP1));
	/* By a service: its UUID is known, the image's is not. */
	out = call_regs(world, SP1, info_get(SP3, 1, 0));
	assert_int_equal(out.x[2], 1);
	assert_int_equal(word(rx(SP1) + 8), 0);
	assert_int_equal(word(rx(SP1) + 24), 0x77777777);
	expect_ok(do_release_rx(world, SP1));
	/* By the image: all its services. */
	out = call_regs(world, SP1,
		REGS(FFA_PARTITION_INFO_GET, 0x77777777, 0x77777777, 0x77777777,
			0x77777777));
	assert_int_equal(out.x[2], 2);
	assert_int_equal(rx(SP1)[48 + 8 + 2], (SP3 << 6 | 1 << 4 | 2) & 0xff);
	assert_int_equal(word(rx(SP1) + 48 + 24), 0);
	/* Of images nobody knew before. */
	expect_error(world, SP2,
		REGS(FFA_PARTITION_INFO_GET, 0x77777777, 0x77777777, 0x77777777,
			0x77777777),
		R_INFO_UUID);
}

static void two_long_records_fit_the_registers(void **state)
{
	struct world *world = start_mapped(state);
	struct ffa_regs out;

	world->partition[SP1].version = FFA_VERSION_1_3;
	out = call_regs(world, SP1, REGS(FFA_PARTITION_INFO_GET_REGS));
	assert_int_equal(out.x[0], FFA_SUCCESS_64);
	assert_int_equal(out.x[2], 48ull << 48 | 1ull << 16 | 3);
	assert_int_equal(out.x[3] & 0xffff, ID_SP1);
	assert_int_equal(out.x[8], FFA_VERSION_1_3);
	assert_int_equal(out.x[9] & 0xffff, ID_SP2);
	assert_int_equal(out.x[14], FFA_VERSION_1_2);
	assert_int_equal(out.x[15], 0);
	out = call_regs(world, SP1, REGS(FFA_PARTITION_INFO_GET_REGS, 0, 0, 3));
	assert_int_equal(out.x[2], 48ull << 48 | 3ull << 16 | 3);
	assert_int_equal(out.x[9], 0);
}

static void the_normal_world_sees_no_senders(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("C-10");
	call_regs(world, NWD, info_get(0, 0, 0));
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(
			*(const uint32_t *)(rx(NWD) + 24 * i + 4) & 0x402, 0);
	CONFORMS("C-11");
	assert_int_equal(*(const uint32_t *)(rx(NWD) + 4) & 0x40, 0x40);
	call_regs(world, SP1, info_get(0, 0, 0));
	assert_int_equal(*(const uint32_t *)(rx(SP1) + 4) & 0x40, 0);
	assert_int_equal(*(const uint32_t *)(rx(SP1) + 4) & 0x2, 0x2);
}

static void services_come_in_registers_too(void **state)
{
	struct world *world = start_mapped(state);
	struct ffa_regs out;

	CONFORMS("C-14");
	CONFORMS("C-15");
	out = call_regs(world, SP1, REGS(FFA_PARTITION_INFO_GET_REGS));
	assert_int_equal(out.x[0], FFA_SUCCESS_64);
	assert_int_equal(out.x[2], 24ull << 48 | 3ull << 16 | 3);
	assert_int_equal(out.x[3] & 0xffff, ID_SP1);
	assert_int_equal(out.x[3 + 9] & 0xffff, ID_SP3);
	assert_int_equal(out.x[15], 0);
	assert_int_equal(out.x[17], 0);
	out = call_regs(world, SP1, REGS(FFA_PARTITION_INFO_GET_REGS, 0, 0, 3));
	assert_int_equal(out.x[2], 24ull << 48 | 3ull << 16 | 3);
	assert_int_equal(out.x[3] & 0xffff, ID_SP3);
	assert_int_equal(out.x[6], 0);
	CONFORMS("C-16");
	expect_error(world, SP1, REGS(FFA_PARTITION_INFO_GET_REGS, 0, 0, 4),
		R_INFO_INDEX);
	CONFORMS("C-17");
	expect_error(world, SP1,
		REGS(FFA_PARTITION_INFO_GET_REGS, 0, 0, 0xbeef0001),
		R_INFO_TAG);
	CONFORMS("C-19");
	expect_error(world, SP1,
		REGS(FFA_PARTITION_INFO_GET_REGS, 0, 0, 0x10000), R_INFO_TAG);
	CONFORMS("C-18");
	expect_error(world, SP1, REGS(FFA_PARTITION_INFO_GET_REGS, 7, 7),
		R_INFO_UUID);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_services_are_listed),
		TEST(services_can_be_counted_without_a_buffer),
		TEST(a_service_is_found_by_its_uuid),
		TEST(a_1_0_caller_gets_short_records),
		TEST(a_1_3_caller_gets_long_records),
		TEST(two_long_records_fit_the_registers),
		TEST(the_normal_world_sees_no_senders),
		TEST(services_come_in_registers_too),
	};

	return SUITE_RUN("test-discovery", tests);
}
