/*
 * Contexts that call each other on the CPUs of a world: who runs calls, and
 * the next one runs. Nothing here knows what should come of it.
 */
#ifndef TESTS_TALK_H
#define TESTS_TALK_H

#include "lib/calls.h"

#define REQ FFA_MSG_SEND_DIRECT_REQ
#define REQ_64 FFA_MSG_SEND_DIRECT_REQ_64
#define REQ2 FFA_MSG_SEND_DIRECT_REQ2
#define RESP FFA_MSG_SEND_DIRECT_RESP
#define RESP_64 FFA_MSG_SEND_DIRECT_RESP_64
#define RESP2 FFA_MSG_SEND_DIRECT_RESP2
#define IDS(from, to) ((uint64_t)(from) << 16 | (to))

/* Of a party, on CPU 0. */
struct vcpu *context(struct world *world, int party);

/* The normal world runs on CPU 0, everybody else waits. */
struct world *start(void **state);

/* One call of whoever runs on CPU 0; who runs then. */
struct vcpu *go(struct world *world, struct ffa_regs regs);

/* Refused: the caller goes on and is told so. */
void refused(struct world *world, struct ffa_regs regs, enum reason reason);

/* x0 to x17 are these. */
void expect_regs(const struct vcpu *vcpu, struct ffa_regs regs);

/* Whoever runs on CPU 0 comes back otherwise; who runs then. */
struct vcpu *leaves(struct world *world, struct vcpu_exit exit);

#endif
