/*
 * Area U of the conformance catalogue: indirect messages, between partitions
 * and with the normal world and its virtual machines.
 */
#include <string.h>

#include "lib/oracle.h"
#include "unit/call/notify.h"

#define VM_TX NWD_RAM
#define VM_RX (NWD_RAM + 4 * PAGE_SIZE)
#define VM_PAGES 2u
#define LATE_FLAG 2u

#define SEND2(vm, flags) REGS(FFA_MSG_SEND2, (uint64_t)(vm) << 16, flags)

/* A message as it lies in TX; and what differs by version. */
struct letter {
	int party; /* whose TX, if it is not the VM's */
	uint16_t vm;
	bool is_v11;
	uint32_t flags;
	uint32_t reserved;
	uint32_t offset;
	uint16_t receiver;
	uint16_t sender;
	uint32_t size;
	uint32_t reserved_2;
	uint8_t uuid[16];
};

static void support(struct world *world, int party)
{
	for (uint32_t i = 0; i < world->partition[party].service_count; i++)
		world->partition[party].service[i].properties |=
			FFA_PROPERTY_INDIRECT;
}

/* SP1 and SP2 can do all of it; SP3 has no notifications. */
static struct world *start(void **state)
{
	struct world *world = *state;

	map_buffers(world);
	for (int party = SP1; party <= SP3; party++)
		support(world, party);
	for (int party = SP1; party <= SP2; party++)
		notify_open(&world->partition[party].notify, WORLD_CPUS);
	rest(world);
	return world;
}

static struct letter letter_of(struct world *world, int party, uint16_t to)
{
	struct letter letter = {
		.party = party,
		.is_v11 = world->partition[party].version == FFA_VERSION_1_1,
		.sender = world->partition[party].ep.id,
		.receiver = to,
		.size = 24,
	};

	letter.offset = letter.is_v11 ? 20 : 40;
	return letter;
}

static uint8_t *tx_of(const struct letter *letter)
{
	return host_memory(paddr(letter->vm ? VM_TX : world_tx(letter->party)));
}

static uint8_t payload_byte(uint32_t index)
{
	return (uint8_t)(index * 7 + index / 256 + 1);
}

/* `room` bytes of TX: ones where nothing is said. */
static void write_letter(const struct letter *letter, uint32_t room)
{
	uint8_t *tx = tx_of(letter);
	uint32_t words[10] = {letter->flags, letter->reserved, letter->offset,
		letter->receiver | (uint32_t)letter->sender << 16, letter->size,
		letter->reserved_2};

	memset(tx, 0xff, room);
	for (uint32_t i = 0; i < letter->size && letter->offset + i < room; i++)
		tx[letter->offset + i] = payload_byte(i);
	memcpy(words + 6, letter->uuid, sizeof(letter->uuid));
	memcpy(tx, words, letter->is_v11 ? 20 : 40);
}

static enum reason post_with(
	struct world *world, const struct letter *letter, uint32_t flags)
{
	write_letter(letter, letter->vm ? VM_PAGES * PAGE_SIZE : PAGE_SIZE);
	call_regs(world, letter->party, SEND2(letter->vm, flags));
	rest(world);
	return world->reason;
}

static enum reason post(struct world *world, const struct letter *letter)
{
	return post_with(world, letter, 0);
}

/* What is in an RX buffer, of a receiver of FF-A 1.1 or later. */
static void expect_received(uint64_t rx, uint32_t room, bool is_v11,
	const struct letter *letter, uint32_t offset)
{
	const uint8_t *bytes = host_memory(paddr(rx));
	uint32_t words[10] = {0, 0, offset,
		letter->receiver | (uint32_t)letter->sender << 16,
		letter->size};
	uint32_t header = is_v11 ? 20 : 40;

	if (!letter->is_v11)
		memcpy(words + 6, letter->uuid, sizeof(letter->uuid));
	assert_memory_equal(bytes, words, header);
	for (uint32_t i = header; i < offset; i++)
		assert_int_equal(bytes[i], 0);
	for (uint32_t i = 0; i < letter->size; i++)
		assert_int_equal(bytes[offset + i], payload_byte(i));
	for (uint32_t i = offset + letter->size; i < room; i++)
		assert_int_equal(bytes[i], 0);
}

/* The framework's bits: of the SPM in w6, of the hypervisor in w7. */
static void expect_notified(
	struct world *world, int party, uint16_t id, uint64_t spm, uint64_t hyp)
{
	uint32_t flags = party == NWD ? 5 : 15;
	struct ffa_regs out = call_regs(world, party, GET(0, id, flags));

	rest(world);
	assert_int_equal(out.x[0], FFA_SUCCESS);
	assert_int_equal(out.x[6], spm);
	assert_int_equal(out.x[7], hyp);
}

static void release(struct world *world, int party, uint16_t vm)
{
	call_regs(world, party, REGS(FFA_RX_RELEASE, vm));
	expect_reason(world->reason, R_NONE);
	rest(world);
}

static void map_vm(struct world *world)
{
	expect_ok(do_map_vm(world,
		&(struct model_map){NWD, VM_TX, VM_RX, VM_PAGES, ID_VM}));
}

/* --- From whom to whom -------------------------------------------------- */

static void a_message_goes_from_tx_to_rx(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, ID_SP2);

	CONFORMS("U-01");
	expect_ok(post(world, &letter));
	assert_int_equal(host_count(HOST_SCHEDULE), 1);
	expect_received(world_rx(SP2), PAGE_SIZE, false, &letter, 40);
	expect_notified(world, SP2, ID_SP2, 1, 0);
	CONFORMS("U-06");
	expect_refusal(post(world, &letter), R_RX_FULL);
	release(world, SP2, 0);
	CONFORMS("U-10");
	letter.size = 0;
	expect_ok(post(world, &letter));
	expect_received(world_rx(SP2), PAGE_SIZE, false, &letter, 40);
}

/* Releasing is right before the notification is got, too. */
static void rx_is_released_before_the_notification_is_got(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, ID_SP2);

	CONFORMS("U-13");
	expect_ok(post(world, &letter));
	release(world, SP2, 0);
	expect_ok(post(world, &letter));
	expect_notified(world, SP2, ID_SP2, 1, 0);
	expect_notified(world, SP2, ID_SP2, 0, 0);
}

static void the_normal_world_sends_to_partitions(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, NWD, ID_SP1);

	expect_ok(post(world, &letter));
	expect_received(world_rx(SP1), PAGE_SIZE, false, &letter, 40);
	expect_notified(world, SP1, ID_SP1, 0, 1);
	release(world, SP1, 0);
	/* In the name of a VM, from its TX. */
	letter.vm = letter.sender = ID_VM;
	expect_error(world, NWD, SEND2(ID_VM, 0), R_BUFFERS_NOT_MAPPED);
	map_vm(world);
	letter.size = 100;
	expect_ok(post(world, &letter));
	expect_received(world_rx(SP1), PAGE_SIZE, false, &letter, 40);
	expect_notified(world, SP1, ID_SP1, 0, 1);
	/* What another VM has to say is not in this one's TX. */
	release(world, SP1, 0);
	letter.sender = 2;
	expect_refusal(post(world, &letter), R_MESSAGE_IDS);
}

static void partitions_send_to_the_normal_world(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, 0);

	/* Nobody has asked for notifications. */
	expect_ok(post(world, &letter));
	assert_int_equal(host_count(HOST_SCHEDULE), 0);
	expect_received(world_rx(NWD), PAGE_SIZE, false, &letter, 40);
	release(world, NWD, 0);
	call_plain(world, NWD, CREATE(0, 1));
	expect_ok(post(world, &letter));
	assert_int_equal(host_count(HOST_SCHEDULE), 1);
	expect_notified(world, NWD, 0, 1, 0);
	letter.receiver = ID_VM;
	expect_refusal(post(world, &letter), R_MESSAGE_IDS);
	call_plain(world, NWD, CREATE(ID_VM, 1));
	expect_refusal(post(world, &letter), R_SEND2_NO_RX);
	release(world, NWD, 0);
	map_vm(world);
	rest(world);
	expect_ok(post(world, &letter));
	expect_received(VM_RX, VM_PAGES * PAGE_SIZE, false, &letter, 40);
	expect_notified(world, NWD, ID_VM, 1, 0);
	release(world, NWD, ID_VM);
}

static void an_acquired_rx_takes_no_message(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, ID_VM);

	CONFORMS("D-23");
	map_vm(world);
	call_plain(world, NWD, REGS(FFA_RX_ACQUIRE, ID_VM));
	expect_refusal(post(world, &letter), R_RX_FULL);
	release(world, NWD, ID_VM);
	expect_ok(post(world, &letter));
}

static void the_late_flag_is_a_partitions(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, ID_SP2);

	expect_ok(post_with(world, &letter, LATE_FLAG));
	assert_int_equal(host_count(HOST_SCHEDULE), 0);
	assert_true(world->cpu[0].schedule_late);
	world->cpu[0].schedule_late = false;
	letter = letter_of(world, NWD, ID_SP1);
	expect_refusal(post_with(world, &letter, LATE_FLAG), R_SEND2_FLAGS);
}

/* --- What is refused ---------------------------------------------------- */

static void registers_are_checked(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, ID_SP2);

	write_letter(&letter, PAGE_SIZE);
	CONFORMS("U-08");
	expect_error(world, SP1, SEND2(ID_SP1, 0), R_MESSAGE_IDS);
	expect_error(world, SP1, SEND2(ID_VM, 0), R_MESSAGE_IDS);
	expect_error(world, SP1, REGS(FFA_MSG_SEND2, 1), R_MESSAGE_IDS);
	expect_error(world, NWD, SEND2(ID_SP1, 0), R_MESSAGE_IDS);
	expect_error(world, NWD, REGS(FFA_MSG_SEND2, 1), R_MESSAGE_IDS);
	CONFORMS("U-09");
	for (unsigned bit = 0; bit < 32; bit++)
		if (1u << bit != LATE_FLAG)
			expect_error(world, SP1, SEND2(0, 1ull << bit),
				R_SEND2_FLAGS);
}

static void ids_are_checked(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, ID_SP2);

	CONFORMS("U-02");
	letter.sender = ID_SP3;
	expect_refusal(post(world, &letter), R_MESSAGE_IDS);
	letter.sender = ID_VM;
	expect_refusal(post(world, &letter), R_MESSAGE_IDS);
	CONFORMS("U-03");
	letter = letter_of(world, SP1, ID_SP1);
	expect_refusal(post(world, &letter), R_MESSAGE_IDS);
	letter.receiver = ID_NOBODY;
	expect_refusal(post(world, &letter), R_MESSAGE_IDS);
	letter.receiver = 0x8000;
	expect_refusal(post(world, &letter), R_MESSAGE_IDS);
	/* Among themselves they have their hypervisor. */
	map_vm(world);
	letter = letter_of(world, NWD, ID_VM);
	expect_refusal(post(world, &letter), R_MESSAGE_IDS);
}

static void reserved_words_are_zero(void **state)
{
	struct world *world = start(state);

	for (unsigned bit = 0; bit < 32; bit++) {
		struct letter letter = letter_of(world, SP1, ID_SP2);

		letter.flags = 1u << bit;
		expect_refusal(post(world, &letter), R_SEND2_HEADER);
		letter.flags = 0;
		letter.reserved = 1u << bit;
		expect_refusal(post(world, &letter), R_SEND2_HEADER);
		letter.reserved = 0;
		letter.reserved_2 = 1u << bit;
		expect_refusal(post(world, &letter), R_SEND2_HEADER);
	}
}

static void lengths_are_checked(void **state)
{
	struct world *world = start(state);
	static const struct {
		uint32_t offset, size;
	} bad[] = {{0, 1}, {20, 1}, {39, 1}, {40, PAGE_SIZE - 39},
		{PAGE_SIZE, 1}, {PAGE_SIZE + 1, 0}, {0xffffffff, 1},
		{40, 0xffffffff}, {0xfffff000, 0x1000}, {41, 0xffffffd7}};

	CONFORMS("U-04");
	CONFORMS("U-05");
	for (unsigned i = 0; i < ARRAY_COUNT(bad); i++) {
		struct letter letter = letter_of(world, SP1, ID_SP2);

		letter.offset = bad[i].offset;
		letter.size = bad[i].size;
		expect_refusal(post(world, &letter), R_SEND2_LENGTH);
	}
}

static void both_sides_support_indirect_messages(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, ID_SP2);

	CONFORMS("U-07");
	world->partition[SP2].service[0].properties &= ~FFA_PROPERTY_INDIRECT;
	expect_refusal(post(world, &letter), R_SEND2_METHOD);
	letter = letter_of(world, SP2, ID_SP1);
	expect_refusal(post(world, &letter), R_SEND2_METHOD);
	letter = letter_of(world, NWD, ID_SP2);
	expect_refusal(post(world, &letter), R_SEND2_METHOD);
}

static void a_message_is_for_a_service_or_for_all(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, ID_SP3);
	struct partition *sp3 = &world->partition[SP3];

	CONFORMS("U-11");
	memset(letter.uuid, 0x11, 16);
	expect_refusal(post(world, &letter), R_SEND2_UUID);
	memcpy(letter.uuid, sp3->service[1].uuid, 16);
	expect_ok(post(world, &letter));
	expect_received(world_rx(SP3), PAGE_SIZE, false, &letter, 40);
	release(world, SP3, 0);
	sp3->service[1].properties &= ~FFA_PROPERTY_INDIRECT;
	expect_refusal(post(world, &letter), R_SEND2_METHOD);
	memset(letter.uuid, 0, 16);
	expect_ok(post(world, &letter));
}

static void both_sides_have_buffers_and_live(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, ID_SP2);

	CONFORMS("U-12");
	expect_ok(do_unmap(world, SP2));
	rest(world);
	expect_refusal(post(world, &letter), R_SEND2_NO_RX);
	expect_error(world, SP2, SEND2(0, 0), R_BUFFERS_NOT_MAPPED);
	rest(world);
	letter.receiver = ID_SP3;
	do_kill(world, SP3);
	rest(world);
	expect_refusal(post(world, &letter), R_RECEIVER_ABORTED);
}

static void nobody_of_1_0_takes_part(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, ID_SP2);

	world->partition[SP2].version = FFA_VERSION_1_0;
	expect_refusal(post(world, &letter), R_SEND2_VERSION);
	letter = letter_of(world, SP2, ID_SP1);
	expect_refusal(post(world, &letter), R_SEND2_VERSION);
}

/* --- Formats ------------------------------------------------------------ */

static void headers_are_of_the_readers_version(void **state)
{
	struct world *world = start(state);
	struct letter letter;

	/* 1.1 to 1.2: what lies before the payload grows. */
	world->partition[SP1].version = FFA_VERSION_1_1;
	letter = letter_of(world, SP1, ID_SP2);
	expect_ok(post(world, &letter));
	expect_received(world_rx(SP2), PAGE_SIZE, false, &letter, 40);
	release(world, SP2, 0);
	letter.offset = 28;
	expect_ok(post(world, &letter));
	expect_received(world_rx(SP2), PAGE_SIZE, false, &letter, 48);
	/* 1.2 to 1.1: it shrinks, and nobody is told of a service. */
	letter = letter_of(world, SP2, ID_SP1);
	memcpy(letter.uuid, world->partition[SP1].service[0].uuid, 16);
	letter.offset = 64;
	expect_ok(post(world, &letter));
	expect_received(world_rx(SP1), PAGE_SIZE, true, &letter, 44);
	/* 1.1 to 1.1. */
	world->partition[SP2].version = FFA_VERSION_1_1;
	release(world, SP2, 0);
	letter = letter_of(world, SP1, ID_SP2);
	letter.offset = 32;
	expect_ok(post(world, &letter));
	expect_received(world_rx(SP2), PAGE_SIZE, true, &letter, 32);
}

static void a_longer_header_may_leave_too_little_room(void **state)
{
	struct world *world = start(state);
	struct letter letter;

	world->partition[SP1].version = FFA_VERSION_1_1;
	letter = letter_of(world, SP1, ID_SP2);
	letter.size = PAGE_SIZE - 40;
	expect_ok(post(world, &letter));
	expect_received(world_rx(SP2), PAGE_SIZE, false, &letter, 40);
	release(world, SP2, 0);
	letter.size++;
	expect_refusal(post(world, &letter), R_SEND2_LENGTH);
	/* It can be as long as TX the other way round. */
	letter = letter_of(world, SP2, ID_SP1);
	letter.size = PAGE_SIZE - 40;
	expect_ok(post(world, &letter));
	expect_received(world_rx(SP1), PAGE_SIZE, true, &letter, 20);
}

/* --- Long ones, and faults ---------------------------------------------- */

/* A VM has more pages than a partition here, so the partition maps anew. */
static void map_long(struct world *world)
{
	map_vm(world);
	expect_ok(do_unmap(world, SP1));
	expect_ok(do_map_pages(world, SP1, SP1_MORE, VM_PAGES));
	rest(world);
}

static void a_message_may_have_many_pages(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, NWD, ID_SP1);
	uint64_t rx = SP1_MORE + VM_PAGES * PAGE_SIZE;

	map_long(world);
	letter.vm = letter.sender = ID_VM;
	letter.size = VM_PAGES * PAGE_SIZE - 40;
	expect_ok(post(world, &letter));
	expect_received(rx, VM_PAGES * PAGE_SIZE, false, &letter, 40);
	/* A gap of more than a page; a shorter one leaves nothing behind. */
	release(world, SP1, 0);
	letter.offset = PAGE_SIZE + 100;
	letter.size = 300;
	expect_ok(post(world, &letter));
	expect_received(
		rx, VM_PAGES * PAGE_SIZE, false, &letter, PAGE_SIZE + 100);
	release(world, SP1, 0);
	letter.offset = 40;
	letter.size = 1;
	expect_ok(post(world, &letter));
	expect_received(rx, VM_PAGES * PAGE_SIZE, false, &letter, 40);
}

/* Every copy may fail: then nothing has been sent, and nothing stays taken. */
static void a_fault_leaves_nothing_half_sent(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, NWD, ID_SP1);
	uint32_t faults = 0;

	map_long(world);
	letter.vm = letter.sender = ID_VM;
	letter.size = PAGE_SIZE;
	for (;;) {
		host_fail_copy(++faults);
		if (post(world, &letter) == R_NONE)
			break;
		expect_reason(world->reason, R_BUFFER_FAULT);
		assert_int_equal(world->partition[SP1].mailbox.rx, RX_EMPTY);
		assert_int_equal(host_count(HOST_SCHEDULE), 0);
		expect_notified(world, SP1, ID_SP1, 0, 0);
	}
	host_fail_copy(0);
	/* Header, two pages in, two pages out; the rest is zero by now. */
	assert_true(faults >= 6);
	expect_received(SP1_MORE + VM_PAGES * PAGE_SIZE, VM_PAGES * PAGE_SIZE,
		false, &letter, 40);
}

/* What a sender stores while it sends is not looked at twice. */
static void change_tx(void *context, const struct host_event *event)
{
	(void)context;
	if (event->kind == HOST_COPIED_IN && event->address == world_tx(SP1))
		memset(host_memory(paddr(world_tx(SP1))), 0xee, 40);
}

static void the_header_is_read_once(void **state)
{
	struct world *world = start(state);
	struct letter letter = letter_of(world, SP1, ID_SP2);

	world->also = change_tx;
	expect_ok(post(world, &letter));
	world->also = NULL;
	assert_int_equal(*(uint8_t *)tx_of(&letter), 0xee);
	expect_received(world_rx(SP2), PAGE_SIZE, false, &letter, 40);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_goes_from_tx_to_rx),
		TEST(rx_is_released_before_the_notification_is_got),
		TEST(the_normal_world_sends_to_partitions),
		TEST(partitions_send_to_the_normal_world),
		TEST(an_acquired_rx_takes_no_message),
		TEST(the_late_flag_is_a_partitions),
		TEST(registers_are_checked),
		TEST(ids_are_checked),
		TEST(reserved_words_are_zero),
		TEST(lengths_are_checked),
		TEST(both_sides_support_indirect_messages),
		TEST(a_message_is_for_a_service_or_for_all),
		TEST(both_sides_have_buffers_and_live),
		TEST(nobody_of_1_0_takes_part),
		TEST(headers_are_of_the_readers_version),
		TEST(a_longer_header_may_leave_too_little_room),
		TEST(a_message_may_have_many_pages),
		TEST(a_fault_leaves_nothing_half_sent),
		TEST(the_header_is_read_once),
	};

	return SUITE_RUN("test-indirect", tests);
}
