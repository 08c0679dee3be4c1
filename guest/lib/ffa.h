/*
 * FF-A calls in the words of a guest program, over guest_call(). Portable.
 * Nothing is checked or retried: what comes back is the test's to judge.
 */
#ifndef GUEST_FFA_H
#define GUEST_FFA_H

#include "abi/ffa_func.h"
#include "abi/ffa_regs.h"
#include "abi/ffa_status.h"
#include "lib/desc.h"

/* Where a program's RX and TX lie: one page each. */
struct ffa_mailbox {
	uint16_t id; /* the program's own */
	struct paddr tx;
	struct paddr rx;
	bool ns; /* partitions: the pages are non-secure memory */
};

struct ffa_regs ffa_call(
	uint32_t func, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4);

/* FFA_OK unless the result is FFA_ERROR. */
enum ffa_status ffa_status(const struct ffa_regs *regs);

/* Registers 2 and 3 of a send's success. */
uint64_t ffa_handle(const struct ffa_regs *regs);

uint16_t ffa_id_get(void);
enum ffa_status ffa_rxtx_map(const struct ffa_mailbox *box);
enum ffa_status ffa_rx_release(void);

/* A partition's console: complete lines. */
void ffa_console_log(const char *text);

/* A direct request (64-bit) with x3 to x5; the result is as it comes. */
struct ffa_regs ffa_request(
	uint16_t from, uint16_t to, uint64_t x3, uint64_t x4, uint64_t x5);

/* Answers the request in `regs` with its x3 to x7 and waits for the next. */
void ffa_respond(struct ffa_regs *regs);

/* Memory calls of one fragment: the descriptor goes through TX. */
struct ffa_regs ffa_mem_send(
	const struct ffa_mailbox *box, uint32_t func, const struct desc *desc);
struct ffa_regs ffa_mem_retrieve(
	const struct ffa_mailbox *box, const struct desc *desc);
enum ffa_status ffa_mem_relinquish(
	const struct ffa_mailbox *box, uint64_t handle, uint32_t flags);
enum ffa_status ffa_mem_reclaim(uint64_t handle, uint32_t flags);

#endif
