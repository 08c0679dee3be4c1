/*
 * Calls at random: function numbers, registers and TX bytes, most of them
 * nearly right. See test_fuzz.c.
 */
#include <string.h>

#include "unit/call/fuzz.h"

#define HANDLES 8u
#define IDS(from, to) ((uint64_t)(from) << 16 | (to))

uint32_t any(struct fuzz *f, uint32_t limit)
{
	return world_random(f->world, limit);
}

bool one_in(struct fuzz *f, uint32_t n)
{
	return any(f, n) == 0;
}

static uint64_t any64(struct fuzz *f)
{
	return (uint64_t)any(f, 0xffffffff) << 32 | any(f, 0xffffffff);
}

/* --- Values ------------------------------------------------------------ */

static uint16_t any_id(struct fuzz *f)
{
	static const uint16_t ids[] = {ID_SP1, ID_SP2, ID_SP3, ID_NOBODY, ID_VM,
		FFA_ID_NWD, FFA_ID_SPMC, FFA_ID_SPMD};

	return one_in(f, 3) ? ids[any(f, ARRAY_COUNT(ids))] : ids[any(f, 3)];
}

uint64_t any_page(struct fuzz *f)
{
	static const uint64_t bases[] = {SP1_IMAGE, SP1_RW, SP1_RO, SP1_RX,
		SP2_RW, SP2_RO, SP3_RW, SP1_MORE, SP1_BLOCK, SP1_DEVICE,
		NWD_RAM, NWD_ROM, SP1_NS, NWD_BLOCK, NOWHERE, MANAGER_PAGE};
	uint64_t base = bases[any(f, ARRAY_COUNT(bases))];

	return base + any(f, one_in(f, 8) ? 600 : 16) * PAGE_SIZE;
}

/* Memory that this party may well own. */
static uint64_t own_page(struct fuzz *f)
{
	static const uint64_t bases[WORLD_PARTIES][3] = {
		{NWD_RAM, NWD_BLOCK, NWD_ROM}, {SP1_MORE, SP1_BLOCK, SP1_NS},
		{SP2_RW, SP2_RO, SP2_RX}, {SP3_RW, SP3_RW, SP3_IMAGE}};

	return bases[f->party][any(f, 3)] + any(f, 16) * PAGE_SIZE;
}

static uint64_t any_handle(struct fuzz *f)
{
	uint64_t last = f->world->engine.last_handle;

	if (one_in(f, 16))
		return any64(f);
	return last - any(f, HANDLES);
}

/* Of a transaction that the caller may retrieve, or relinquish. */
static uint64_t own_handle(struct fuzz *f, enum borrower_phase phase)
{
	const struct tree_node *node = f->world->engine.txns.first;
	uint64_t handle = any_handle(f);

	for (; node != NULL && !one_in(f, 8); node = node->next) {
		const struct txn *txn = (const struct txn *)node;
		const struct borrower *borrower = txn->borrowers;

		for (; borrower != NULL; borrower = borrower->next)
			if (borrower->phase == phase &&
				borrower->endpoint ==
					&f->world->partition[f->party].ep)
				handle = txn_handle(txn);
	}
	return handle;
}

static uint64_t any_value(struct fuzz *f)
{
	switch (any(f, 8)) {
	case 0:
		return any64(f);
	case 1:
		return any(f, 0xffffffff);
	case 2:
		return any_page(f);
	case 3:
		return IDS(any_id(f), any_id(f));
	case 4:
		return any_handle(f);
	case 5:
		return 1ull << any(f, 64);
	default:
		return any(f, 4);
	}
}

/* --- TX ---------------------------------------------------------------- */

static uint8_t *tx_of(struct fuzz *f)
{
	const struct mailbox *mailbox = &f->world->partition[f->party].mailbox;

	return host_memory(mailbox->mapped ? mailbox->pair.tx.base
					   : paddr(world_tx(f->party)));
}

/* A good descriptor of the caller's version, but for a few bytes. */
static uint32_t put_desc(struct fuzz *f, struct desc *desc)
{
	uint8_t *tx = tx_of(f);
	uint32_t changes = one_in(f, 3) ? 1 + any(f, 3) : 0;

	desc_settle(desc);
	desc_write(desc, tx, buffer_size(f->world, f->party));
	for (uint32_t i = 0; i < changes; i++)
		tx[any(f, desc->length)] ^= (uint8_t)(1 << any(f, 8));
	return desc->length;
}

/* A few ranges; the normal world sends hundreds now and then. */
static uint32_t put_ranges(struct fuzz *f, struct desc_range *range)
{
	uint64_t far = FAR + any(f, RANGES_MAX) * PAGE_SIZE;
	bool is_long = f->party == NWD && one_in(f, 6);
	uint32_t count = 1 + any(f, is_long ? RANGES_MAX : 4);

	for (uint32_t i = 0; i < count; i++) {
		uint64_t at = one_in(f, 8) ? any_page(f) : own_page(f);

		range[i] = (struct desc_range){at, 1 + any(f, 3), 0};
		if (is_long)
			range[i] =
				(struct desc_range){far + i * PAGE_SIZE, 1, 0};
	}
	return count;
}

static uint32_t put_send(struct fuzz *f, bool donate, bool share)
{
	static struct desc_range range[RANGES_MAX];
	struct desc desc;
	uint32_t own = f->world->partition[f->party].version;

	desc_init(&desc, one_in(f, 10) ? FFA_VERSION_1_0 + any(f, 4) : own);
	desc.sender = f->world->partition[f->party].ep.id;
	desc.attributes = share && one_in(f, 2) ? ATTR_NORMAL_WB : 0;
	desc.flags = !share && one_in(f, 4);
	do
		desc_add_receiver(&desc, any_id(f),
			donate         ? 0
			: one_in(f, 3) ? DESC_RO
				       : DESC_RW);
	while (!donate && one_in(f, 4) && desc.receiver_count < 4);
	desc.range_count = put_ranges(f, range);
	desc.range = range;
	return put_desc(f, &desc);
}

static uint32_t put_retrieve(struct fuzz *f)
{
	struct mailbox *mailbox = &f->world->partition[f->party].mailbox;
	struct desc desc;
	const struct txn *txn;

	desc_init(&desc, f->world->partition[f->party].version);
	desc.handle = own_handle(f, BORROWER_IDLE);
	txn = txn_find(&f->world->engine, desc.handle);
	desc.sender = txn && !one_in(f, 8) ? txn->sender : any_id(f);
	desc.tag = txn ? txn->tag : 0;
	desc.flags = one_in(f, 3) ? any(f, 0x20) : 0;
	if (txn && txn->borrower_count > 1)
		desc.flags |= 1u << 10;
	desc_add_receiver(&desc, f->world->partition[f->party].ep.id,
		one_in(f, 2) ? (uint8_t)any(f, 16) : 0);
	/* As if released: else most requests would end there. */
	if (mailbox->rx == RX_FULL && !one_in(f, 8))
		mailbox->rx = RX_EMPTY;
	return put_desc(f, &desc);
}

static void put_relinquish(struct fuzz *f)
{
	struct desc_relinquish give = {own_handle(f, BORROWER_HELD),
		one_in(f, 4), 1, {f->world->partition[f->party].ep.id}};

	desc_write_relinquish(&give, tx_of(f), PAGE_SIZE);
	if (one_in(f, 4))
		tx_of(f)[any(f, 18)] ^= (uint8_t)(1 << any(f, 8));
}

/* --- Calls ------------------------------------------------------------- */

/* The whole descriptor, or its first part. */
static struct ffa_regs send_call(struct fuzz *f, uint32_t func, uint32_t length)
{
	uint32_t part = length;

	if (part > buffer_size(f->world, f->party))
		part = 512;
	else if (one_in(f, 4) && length > 16)
		part = one_in(f, 4) ? any(f, length) : length - 16;
	return REGS(func, length, part);
}

/* The next fragment, in either direction. */
static struct ffa_regs fragment_call(struct fuzz *f)
{
	const struct txn *txn = f->world->partition[f->party].ep.assembling;
	uint64_t handle = any_handle(f);
	uint64_t word = f->party == NWD ? (uint64_t)any_id(f) << 16 : 0;
	uint32_t pages = 1;

	if (txn && !one_in(f, 8)) {
		handle = txn_handle(txn);
		pages = (uint32_t)(txn->page_count - txn->pages_received);
		word = f->party == NWD ? (uint64_t)txn->sender << 16 : 0;
	}
	if (one_in(f, 3))
		return REGS(FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32,
			any(f, 3) * 4096, word);
	/* A range has the layout of a relinquish descriptor's head. */
	desc_write_relinquish(
		&(struct desc_relinquish){own_page(f), pages, 0, {0}}, tx_of(f),
		PAGE_SIZE);
	return REGS(FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32,
		one_in(f, 4) ? any(f, 64) : 16, word);
}

static struct ffa_regs memory_call(struct fuzz *f)
{
	uint64_t handle = any_handle(f);
	uint32_t length;

	switch (any(f, 11)) {
	case 0:
		length = put_send(f, false, true);
		return send_call(f, FFA_MEM_SHARE_64, length);
	case 1:
		length = put_send(f, false, false);
		return send_call(f, FFA_MEM_LEND, length);
	case 2:
		length = put_send(f, true, false);
		return send_call(f, FFA_MEM_DONATE, length);
	case 3:
	case 6:
	case 7:
		length = put_retrieve(f);
		return REGS(FFA_MEM_RETRIEVE_REQ, length, length);
	case 4:
	case 5:
		put_relinquish(f);
		return REGS(FFA_MEM_RELINQUISH);
	case 9:
	case 10:
		return fragment_call(f);
	default:
		return REGS(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32,
			one_in(f, 4));
	}
}

static struct ffa_regs message_call(struct fuzz *f)
{
	uint16_t self = f->vcpu->partition->ep.id;

	switch (any(f, 5)) {
	case 0:
	case 1:
		return REGS(FFA_MSG_SEND_DIRECT_REQ_64, IDS(self, any_id(f)), 0,
			any64(f), any64(f), any64(f), any64(f), any64(f));
	case 2:
		return REGS(FFA_MSG_SEND_DIRECT_RESP_64 &
				    ~(uint64_t)(any(f, 2) * FFA_64),
			IDS(self, f->vcpu->request_from), 0, any64(f));
	case 3:
		return REGS(FFA_RUN, IDS(any_id(f), any(f, 2)));
	default:
		return REGS(FFA_MSG_WAIT);
	}
}

static struct ffa_regs setup_call(struct fuzz *f)
{
	switch (any(f, 6)) {
	case 0:
		return REGS(FFA_RX_RELEASE);
	case 1:
		return REGS(FFA_RXTX_MAP_64,
			one_in(f, 2) ? world_tx(f->party) : own_page(f),
			one_in(f, 2) ? world_rx(f->party) : own_page(f),
			one_in(f, 2) ? 1 : any(f, 18));
	case 2:
		return REGS(one_in(f, 8) ? FFA_RXTX_UNMAP : FFA_RX_RELEASE);
	case 3:
		return REGS(FFA_PARTITION_INFO_GET);
	case 4:
		return REGS(FFA_PARTITION_INFO_GET_REGS, 0, 0, any(f, 4));
	default:
		return REGS(
			FFA_VERSION, FFA_VERSION_1_0 + any(f, 5), any(f, 4));
	}
}

/* A header in TX, nearly right. */
static void write_header(struct fuzz *f, uint16_t to, uint32_t noise)
{
	const struct partition *self = f->vcpu->partition;
	uint32_t header = self->version < FFA_VERSION_1_2 ? 20 : 40;
	uint32_t words[10] = {0, 0, header + (noise & 64),
		to | (uint32_t)self->ep.id << 16, noise & 0xfff};

	if (self->mailbox.mapped)
		memcpy(host_memory(self->mailbox.pair.tx.base), words, header);
}

/*
 * A notification call or an indirect message, mostly nearly right, made of
 * what has been drawn: the tapes of the corpus mean what they meant.
 */
static void notify_call(struct fuzz *f, struct ffa_regs *regs)
{
	static const uint16_t ids[] = {
		ID_SP1, ID_SP2, ID_SP3, ID_SP1, ID_SP2, FFA_ID_NWD, ID_VM, 2};
	const uint64_t *drawn = &regs->x[8];
	uint16_t self = f->vcpu->partition->ep.id;
	uint16_t other = ids[drawn[0] % ARRAY_COUNT(ids)];
	uint32_t func =
		FFA_NOTIFICATION_BITMAP_CREATE + (uint32_t)(drawn[1] % 10);
	uint64_t flags = drawn[2] % 16 == 0;

	*regs = (struct ffa_regs){
		.x = {func, IDS(other, self), flags, 1u << drawn[3] % 2}};
	if (func == FFA_NOTIFICATION_SET)
		regs->x[1] = IDS(self, other);
	if (func == FFA_NOTIFICATION_GET) {
		regs->x[1] = IDS(drawn[4] % 2, self);
		regs->x[2] = drawn[2] % 16;
	}
	if (func <= FFA_NOTIFICATION_BITMAP_DESTROY || func == FFA_RX_ACQUIRE)
		regs->x[1] = other;
	if (func == FFA_NOTIFICATION_BITMAP_CREATE)
		regs->x[2] = drawn[4] % 4;
	if (func == FFA_MSG_SEND2) {
		regs->x[1] = regs->x[2] = 0;
		write_header(f, other, (uint32_t)drawn[4]);
	}
}

static struct ffa_regs noise(struct fuzz *f)
{
	struct ffa_regs regs = REGS(0x84000060u + any(f, 0x40));

	if (one_in(f, 2))
		regs.x[0] |= FFA_64;
	if (one_in(f, 8))
		regs.x[0] = any64(f);
	for (unsigned i = 1; i < 8; i++)
		regs.x[i] = one_in(f, 2) ? any_value(f) : 0;
	return regs;
}

struct ffa_regs any_call(struct fuzz *f)
{
	struct ffa_regs regs;

	switch (any(f, 8)) {
	case 0:
		regs = noise(f);
		break;
	case 1:
		regs = setup_call(f);
		break;
	case 2:
	case 3:
		regs = message_call(f);
		break;
	default:
		regs = memory_call(f);
		break;
	}
	if (one_in(f, 10))
		regs.x[any(f, 8)] = any_value(f);
	for (unsigned i = 8; i < FFA_REG_COUNT; i++)
		regs.x[i] = any64(f);
	if (regs.x[17] % 16 == 5)
		notify_call(f, &regs);
	return regs;
}
