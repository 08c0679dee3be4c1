/* See ffa.h. */
#include "lib/ffa.h"

#include "lib/guest.h"

struct ffa_regs ffa_call(
	uint32_t func, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4)
{
	struct ffa_regs regs = {{func, x1, x2, x3, x4}};

	guest_call(&regs);
	return regs;
}

enum ffa_status ffa_status(const struct ffa_regs *regs)
{
	if ((uint32_t)regs->x[0] != FFA_ERROR)
		return FFA_OK;
	return (enum ffa_status)(int32_t)(uint32_t)regs->x[2];
}

uint64_t ffa_handle(const struct ffa_regs *regs)
{
	return (uint32_t)regs->x[2] | regs->x[3] << 32;
}

uint16_t ffa_id_get(void)
{
	struct ffa_regs regs = ffa_call(FFA_ID_GET, 0, 0, 0, 0);

	return (uint16_t)regs.x[2];
}

enum ffa_status ffa_rxtx_map(const struct ffa_mailbox *box)
{
	struct ffa_regs regs =
		ffa_call(FFA_RXTX_MAP_64, box->tx.v, box->rx.v, 1, 0);

	return ffa_status(&regs);
}

enum ffa_status ffa_rx_release(void)
{
	struct ffa_regs regs = ffa_call(FFA_RX_RELEASE, 0, 0, 0, 0);

	return ffa_status(&regs);
}

struct ffa_regs ffa_request(
	uint16_t from, uint16_t to, uint64_t x3, uint64_t x4, uint64_t x5)
{
	struct ffa_regs regs = {{FFA_MSG_SEND_DIRECT_REQ_64,
		(uint64_t)from << 16 | to, 0, x3, x4, x5}};

	guest_call(&regs);
	return regs;
}

void ffa_respond(struct ffa_regs *regs)
{
	uint64_t from = regs->x[1] >> 16 & 0xffff;

	regs->x[0] = FFA_MSG_SEND_DIRECT_RESP_64;
	regs->x[1] = (regs->x[1] & 0xffff) << 16 | from;
	regs->x[2] = 0;
	for (unsigned i = 8; i < FFA_REG_COUNT; i++)
		regs->x[i] = 0;
	guest_call(regs);
}

/* Characters in x2 to x7. */
#define LOG_CHARACTERS 48u

void ffa_console_log(const char *text)
{
	while (*text != '\0') {
		struct ffa_regs regs = {{FFA_CONSOLE_LOG_64}};
		uint64_t count = 0;

		for (; *text != '\0' && count < LOG_CHARACTERS; count++)
			regs.x[2 + count / 8] |= (uint64_t)(uint8_t)*text++
						 << 8 * (count % 8);
		regs.x[1] = count;
		guest_call(&regs);
	}
}

/* TX is one page: what does not fit is left out, and refused by its length. */
static void *tx_of(const struct ffa_mailbox *box)
{
	return guest_pointer(box->tx, box->ns);
}

struct ffa_regs ffa_mem_send(
	const struct ffa_mailbox *box, uint32_t func, const struct desc *desc)
{
	desc_write(desc, tx_of(box), (uint32_t)PAGE_SIZE);
	return ffa_call(func, desc->length, desc->length, 0, 0);
}

struct ffa_regs ffa_mem_retrieve(
	const struct ffa_mailbox *box, const struct desc *desc)
{
	return ffa_mem_send(box, FFA_MEM_RETRIEVE_REQ_64, desc);
}

enum ffa_status ffa_mem_relinquish(
	const struct ffa_mailbox *box, uint64_t handle, uint32_t flags)
{
	struct desc_relinquish relinquish = {handle, flags, 1, {box->id}};
	struct ffa_regs regs;

	desc_write_relinquish(&relinquish, tx_of(box), (uint32_t)PAGE_SIZE);
	regs = ffa_call(FFA_MEM_RELINQUISH, 0, 0, 0, 0);
	return ffa_status(&regs);
}

enum ffa_status ffa_mem_reclaim(uint64_t handle, uint32_t flags)
{
	struct ffa_regs regs = ffa_call(
		FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, flags, 0);

	return ffa_status(&regs);
}
