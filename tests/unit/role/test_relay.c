/*
 * What the other world's manager may answer: refusals of every kind, and what
 * the protocol does not have, at every call that the hypervisor makes to it.
 * Nothing changes on either side, and the call can be made again.
 */
#include <stdlib.h>
#include <string.h>

#include "call/teardown.h"
#include "lib/calls.h"
#include "lib/oracle.h"
#include "lib/system.h"

/* More ranges than the hypervisor's TX holds. */
#define MANY 300u
#define MANY_BASE 0x90000000ull

static const struct {
	int32_t status;
	enum reason reason;
} refusals[] = {
	{FFA_NOT_SUPPORTED, R_PEER_NOT_SUPPORTED},
	{FFA_INVALID_PARAMETERS, R_PEER_INVALID},
	{FFA_NO_MEMORY, R_PEER_NO_MEMORY},
	{FFA_BUSY, R_PEER_BUSY},
	{FFA_DENIED, R_PEER_DENIED},
	{FFA_ABORTED, R_PEER_ABORTED},
	{FFA_RETRY, R_PEER_ANSWER},
	{FFA_INTERRUPTED, R_PEER_ANSWER},
	{-100, R_PEER_ANSWER},
};

static struct ffa_regs error(int32_t status)
{
	return REGS(FFA_ERROR, 0, (uint32_t)status);
}

static uint32_t calls_made(const struct world *world)
{
	return world->hypervisor.firmware_calls;
}

/* --- Steps of an op that may be repeated ------------------------------- */

typedef enum reason action(struct world *world, struct op *op);

static enum reason send(struct world *world, struct op *op)
{
	op->desc.length = 0;
	return do_send(world, op);
}

static enum reason send_first(struct world *world, struct op *op)
{
	op->desc.length = 0;
	op->first = op->desc.version == FFA_VERSION_1_0 ? 96 : 128;
	return do_send_first(world, op);
}

static enum reason retrieve(struct world *world, struct op *op)
{
	op->receiver = VM2;
	return do_retrieve(world, op);
}

static enum reason relinquish(struct world *world, struct op *op)
{
	op->receiver = VM2;
	return do_relinquish(world, op, 0);
}

static enum reason reclaim(struct world *world, struct op *op)
{
	return do_reclaim(world, op, 0);
}

/* What a run of the step's calls to the firmware is. */
static uint32_t calls_of(struct world *world, struct op *op, action *step)
{
	uint32_t before = calls_made(world);

	expect_ok(step(world, op));
	return calls_made(world) - before;
}

/*
 * `back` undoes `step`. Every call that the step makes is refused once, with
 * every status; each time nothing has changed.
 */
static void refuse_everywhere(
	struct world *world, struct op *op, action *step, action *back)
{
	uint32_t count = calls_of(world, op, step);
	uint64_t digest;

	expect_ok(back(world, op));
	digest = oracle_digest(world);
	world->injecting = true;
	for (uint32_t n = 1; n <= count; n++)
		for (unsigned i = 0; i < ARRAY_COUNT(refusals); i++) {
			system_fail_firmware(
				world, n, error(refusals[i].status));
			expect_refusal(step(world, op), refusals[i].reason);
			assert_int_equal(oracle_digest(world), digest);
			/* Where it was the release of RX that was refused. */
			call_on(world, 0, NWD, REGS(FFA_RX_RELEASE));
		}
	world->injecting = false;
	system_fail_firmware(world, 0, error(0));
	expect_ok(step(world, op));
	expect_ok(back(world, op));
}

static struct op small_op(
	struct world *world, enum model_func func, int receiver)
{
	struct op op = op_of(world, func, VM1, receiver);

	op_scatter(&op, VM1_RW, 5);
	return op;
}

static struct op large_op(struct world *world, enum model_func func)
{
	struct op op = op_of(world, func, VM1, SP2);

	system_extend(world, VM1, MANY_BASE, 2 * MANY);
	op_scatter(&op, MANY_BASE, MANY);
	return op;
}

static void a_refused_send_leaves_the_owner_its_memory(void **state)
{
	struct world *world = *state;

	CONFORMS("Q-17");
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
		struct op op = small_op(world, (enum model_func)func, SP2);

		refuse_everywhere(world, &op, send, reclaim);
	}
}

static void a_long_send_may_be_refused_at_every_fragment(void **state)
{
	struct world *world = *state;
	struct op op = large_op(world, MODEL_LEND);

	assert_true(calls_of(world, &op, send) > 1);
	expect_ok(reclaim(world, &op));
	refuse_everywhere(world, &op, send, reclaim);
}

static void a_refused_first_fragment_is_no_unfinished_send(void **state)
{
	struct world *world = *state;
	struct op op = small_op(world, MODEL_LEND, SP2);

	refuse_everywhere(world, &op, send_first, reclaim);
}

/* VM1 shares with a partition and with VM2. */
static struct op mixed(struct world *world)
{
	struct op op = small_op(world, MODEL_SHARE, SP2);

	op_receiver(world, &op, VM2, DESC_RW);
	expect_ok(do_send(world, &op));
	return op;
}

static void a_refused_retrieval_maps_nothing(void **state)
{
	struct world *world = *state;
	struct op op = mixed(world);

	refuse_everywhere(world, &op, retrieve, relinquish);
	assert_int_equal(access_of(world, VM2, VM1_RW), 0);
	expect_ok(reclaim(world, &op));
}

/* A step that takes back what relinquish gave. */
static void a_refused_relinquish_leaves_the_borrower_its_access(void **state)
{
	struct world *world = *state;
	struct op op = mixed(world);

	expect_ok(retrieve(world, &op));
	refuse_everywhere(world, &op, relinquish, retrieve);
	assert_int_equal(access_of(world, VM2, VM1_RW), MODEL_R | MODEL_W);
}

static void a_refused_reclaim_leaves_the_memory_lent(void **state)
{
	struct world *world = *state;
	struct op op = small_op(world, MODEL_LEND, SP2);

	expect_ok(send(world, &op));
	refuse_everywhere(world, &op, reclaim, send);
	expect_ok(reclaim(world, &op));
}

/* --- Answers that the protocol does not have --------------------------- */

#define HIGH (1ull << 31)

static void no_answer_but_the_protocols_is_believed(void **state)
{
	struct world *world = *state;
	struct op other = small_op(world, MODEL_LEND, SP3);
	const struct ffa_regs answers[] = {
		REGS(FFA_MSG_SEND_DIRECT_RESP),
		REGS(FFA_INTERRUPT),
		/* A handle of ours, one in use, one of somebody else's. */
		REGS(FFA_SUCCESS, 0, 7, HIGH),
		REGS(FFA_MEM_FRAG_RX, 7, HIGH, 4096, 1u << 16),
		REGS(FFA_SUCCESS, 0, 1, 0),
		REGS(FFA_MEM_FRAG_RX, 1, 0, 4096, 1u << 16),
		/* Another place in the descriptor, another sender. */
		REGS(FFA_MEM_FRAG_RX, 77, 0, 16, 1u << 16),
		REGS(FFA_MEM_FRAG_RX, 77, 0, 96, 2u << 16),
		REGS(FFA_MEM_FRAG_RX, 77, 0, 96, 0),
		/* Too early. */
		REGS(FFA_SUCCESS, 0, 77, 0),
	};
	struct op op = large_op(world, MODEL_SHARE);
	uint64_t digest;
	uint32_t count;

	op_range(&other, VM1_BLOCK, 4);
	expect_ok(send(world, &other));
	assert_int_equal(other.handle, 1);
	count = calls_of(world, &op, send);
	expect_ok(reclaim(world, &op));
	digest = oracle_digest(world);
	world->injecting = true;
	for (uint32_t n = 1; n <= count; n++)
		for (unsigned i = 0; i < ARRAY_COUNT(answers); i++) {
			system_fail_firmware(world, n, answers[i]);
			expect_refusal(send(world, &op), R_PEER_ANSWER);
			assert_int_equal(oracle_digest(world), digest);
		}
	world->injecting = false;
	expect_ok(reclaim(world, &other));
}

/* --- What does not go there -------------------------------------------- */

static void what_a_donor_cannot_write_is_not_donated_to_the_secure_world(
	void **state)
{
	struct world *world = *state;
	struct op op = op_of(world, MODEL_DONATE, VM1, SP2);

	op_range(&op, VM1_RO, 2);
	expect_refusal(do_send(world, &op), R_FOREIGN_READ_ONLY);
	/* Between virtual machines the donor's own access is the bound. */
	op = op_of(world, MODEL_DONATE, VM1, VM2);
	op_range(&op, VM1_RO, 2);
	expect_ok(do_send(world, &op));
	op.asked = DESC_RW | DESC_XN;
	expect_refusal(do_retrieve(world, &op), R_OWNER_LACKS_WRITE);
	op.asked = DESC_RO | DESC_XN;
	expect_ok(do_retrieve(world, &op));
}

/* VM2 got the memory as Non-cacheable; the SPMC would map it Write-Back. */
static void weaker_attributes_do_not_go_there_unstated(void **state)
{
	struct world *world = *state;
	struct op op = op_of(world, MODEL_DONATE, VM1, VM2);

	op_range(&op, VM1_RW, 4);
	op.asked_attr = 0x27;
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	op = op_of(world, MODEL_LEND, VM2, SP2);
	op_range(&op, VM1_RW, 4);
	expect_refusal(do_send(world, &op), R_FOREIGN_ATTRIBUTES);
	op = op_of(world, MODEL_SHARE, VM2, SP2);
	op_range(&op, VM1_RW, 4);
	op.desc.attributes = 0x27;
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.attributes, 0x27 | ATTR_NS);
}

static void a_partition_never_executes_what_a_vm_may(void **state)
{
	struct world *world = *state;
	struct op op = op_of(world, MODEL_LEND, VM1, SP2);

	op_range(&op, VM1_RX, 2);
	op.desc.receiver[0].permissions = DESC_RO;
	expect_ok(do_send(world, &op));
	op.asked = DESC_RO | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_EXECUTE_NON_SECURE);
	op = op_of(world, MODEL_LEND, VM1, VM2);
	op_range(&op, VM1_RX + 4 * PAGE_SIZE, 2);
	op.desc.receiver[0].permissions = DESC_RO;
	expect_ok(do_send(world, &op));
	op.asked = DESC_RO | DESC_X;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(access_of(world, VM2, VM1_RX + 4 * PAGE_SIZE),
		MODEL_R | MODEL_X);
}

static void the_donor_hears_of_a_retrieval_when_it_asks(void **state)
{
	struct world *world = *state;
	struct op op = op_of(world, MODEL_DONATE, VM1, SP2);
	const struct ledger_node *title;

	op_range(&op, VM1_RW, 4);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	expect_refusal(do_reclaim(world, &op, 0), R_DONATION_TAKEN);
	title = ledger_title(&world->hypervisor.engine.ledger, paddr(VM1_RW));
	assert_ptr_equal(title->title.owner, &world->hypervisor.relay.peer);
	expect_refusal(do_reclaim(world, &op, 0), R_HANDLE_UNKNOWN);
	/* It is nobody's of ours to send any longer. */
	op = op_of(world, MODEL_SHARE, VM1, VM2);
	op_range(&op, VM1_RW, 1);
	expect_refusal(do_send(world, &op), R_NOT_OWNER);
}

/* The SPMC says the same status where it is the flag that it refuses. */
static void a_donation_that_cannot_be_zeroed_is_not_taken(void **state)
{
	struct world *world = *state;
	struct op op = op_of(world, MODEL_DONATE, VM1, SP2);
	uint64_t digest = oracle_digest(world);

	op_range(&op, VM1_RW, 4);
	expect_ok(do_send(world, &op));
	world->engine.policy.zero_pages_max = 2;
	world->model.zero_pages_max = 2;
	expect_refusal(do_reclaim(world, &op, 1), R_PEER_INVALID);
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(oracle_digest(world), digest);
}

/* Nor is memory that a virtual machine might own as a device lent as memory. */
static void memory_does_not_become_a_device_by_a_donation(void **state)
{
	struct world *world = *state;
	struct op op = op_of(world, MODEL_DONATE, VM1, VM2);

	op_range(&op, VM1_RW, 4);
	expect_ok(do_send(world, &op));
	op.asked_attr = 0x10;
	expect_refusal(do_retrieve(world, &op), R_RETRIEVE_ATTRIBUTES);
	op.asked_attr = 0;
	expect_ok(do_retrieve(world, &op));
	op = op_of(world, MODEL_LEND, VM1, SP2);
	op_range(&op, VM1_DEVICE, 1);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.attributes, ATTR_DEVICE | ATTR_NS);
}

static void a_refused_unmap_ends_no_send(void **state)
{
	struct world *world = *state;
	struct op op = small_op(world, MODEL_LEND, SP2);

	expect_ok(send_first(world, &op));
	/* A call on another CPU is copying. */
	world->partition[VM1].mailbox.tx_readers = 1;
	world->injecting = true;
	expect_refusal(do_unmap(world, VM1), R_BUFFERS_BUSY);
	world->injecting = false;
	world->partition[VM1].mailbox.tx_readers = 0;
	expect_ok(do_rest(world, &op));
	expect_ok(reclaim(world, &op));
}

/* --- Another CPU, while the SPMC is asked ------------------------------- */

struct meeting {
	struct world *world;
	void (*act)(struct world *world);
	unsigned met;
};

static void on_call(void *context, const struct host_event *event)
{
	struct meeting *meeting = context;

	if (event->kind == HOST_FIRMWARE && meeting->met++ == 0)
		meeting->act(meeting->world);
}

static enum reason call_met(struct world *world, int party,
	struct ffa_regs regs, void (*act)(struct world *world))
{
	struct meeting meeting = {.world = world, .act = act};

	host_checker_set(on_call, &meeting);
	call_on(world, 0, party, regs);
	host_checker_set(NULL, NULL);
	assert_true(meeting.met > 0);
	return (enum reason)world_cpu(world, party, 0)->last->reason;
}

static void unmap_in_vain(struct world *world)
{
	call_on(world, 1, VM1, REGS(FFA_RXTX_UNMAP));
	assert_int_equal(
		world_cpu(world, VM1, 1)->last->reason, R_BUFFERS_BUSY);
}

/* Nothing reads from TX any more, but the send is not noted yet. */
static void a_pair_stays_while_the_spmc_hears_of_a_send(void **state)
{
	struct world *world = *state;
	struct op op = small_op(world, MODEL_LEND, SP2);

	op.desc.range = op.range;
	desc_settle(&op.desc);
	desc_write(&op.desc, host_memory(paddr(world_tx(VM1))), PAGE_SIZE);
	expect_ok(call_met(world, VM1,
		REGS(FFA_MEM_LEND, op.desc.length, op.desc.length - 16),
		unmap_in_vain));
	assert_int_equal(world->vcpu[VM1][0].x[0], FFA_MEM_FRAG_RX);
	assert_true(world->partition[VM1].mailbox.mapped);
}

static void vm2_dies(struct world *world)
{
	world->partition[VM2].ep.aborted = true;
	teardown(&world->hypervisor.spm, &world->partition[VM2]);
}

/* The SPMC has let it in; it hears that it is gone, or VM1 would wait for it
 * for ever. */
static void the_spmc_hears_of_a_borrower_that_died_meanwhile(void **state)
{
	struct world *world = *state;
	struct op op = mixed(world);
	struct desc desc;
	struct ffa_regs out;

	op.receiver = VM2;
	desc = retrieve_desc(world, &op);
	desc_write(&desc, host_memory(paddr(world_tx(VM2))), PAGE_SIZE);
	expect_refusal(
		call_met(world, VM2,
			REGS(FFA_MEM_RETRIEVE_REQ, desc.length, desc.length),
			vm2_dies),
		R_BORROWER_DEAD);
	assert_int_equal(access_of(world, VM2, VM1_RW), 0);
	out = call_on(world, 0, VM1,
		REGS(FFA_MEM_RECLAIM, (uint32_t)op.handle, op.handle >> 32));
	assert_int_equal(out.x[0], FFA_SUCCESS);
}

static void a_handle_of_the_other_managers_is_unknown_there(void **state)
{
	struct world *world = *state;
	struct op op = small_op(world, MODEL_SHARE, VM2);

	expect_ok(do_send(world, &op));
	assert_true(op.handle >> 63);
	op.receiver = SP2;
	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
}

static void the_manager_of_the_secure_world_has_its_own_id(void **state)
{
	struct world *world = *state;
	struct ffa_regs out = call_regs(world, VM1, REGS(FFA_SPM_ID_GET));

	assert_int_equal(out.x[0], FFA_SUCCESS);
	assert_int_equal(out.x[2], FFA_ID_SPMC);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, system_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_refused_send_leaves_the_owner_its_memory),
		TEST(a_long_send_may_be_refused_at_every_fragment),
		TEST(a_refused_first_fragment_is_no_unfinished_send),
		TEST(a_refused_retrieval_maps_nothing),
		TEST(a_refused_relinquish_leaves_the_borrower_its_access),
		TEST(a_refused_reclaim_leaves_the_memory_lent),
		TEST(no_answer_but_the_protocols_is_believed),
		TEST(what_a_donor_cannot_write_is_not_donated_to_the_secure_world),
		TEST(weaker_attributes_do_not_go_there_unstated),
		TEST(a_partition_never_executes_what_a_vm_may),
		TEST(the_donor_hears_of_a_retrieval_when_it_asks),
		TEST(a_donation_that_cannot_be_zeroed_is_not_taken),
		TEST(memory_does_not_become_a_device_by_a_donation),
		TEST(a_refused_unmap_ends_no_send),
		TEST(a_pair_stays_while_the_spmc_hears_of_a_send),
		TEST(the_spmc_hears_of_a_borrower_that_died_meanwhile),
		TEST(a_handle_of_the_other_managers_is_unknown_there),
		TEST(the_manager_of_the_secure_world_has_its_own_id),
	};

	return SUITE_RUN("test-relay", tests);
}
