/*
 * The registers of a call or of an answer: which function, what is in them,
 * what is wrong with them.
 */
#ifndef DECODE_CALL_H
#define DECODE_CALL_H

#include "abi/ffa_func.h"
#include "abi/ffa_regs.h"
#include "decode/bytes.h"

struct call {
	struct ffa_regs regs;
	uint32_t known;    /* a bit for each register that somebody gave */
	uint32_t reply_to; /* function id of the call it answers; 0 = none */
	uint32_t asked;    /* w1 of that call, where known */
};

/* Is this the id of an FF-A function? The SVE hint bit may be set. */
bool call_is_ffa(uint64_t value);

static inline bool call_knows(const struct call *call, unsigned reg)
{
	return (call->known >> reg & 1) != 0;
}

static inline uint32_t call_word(const struct call *call, unsigned reg)
{
	return (uint32_t)call->regs.x[reg];
}

/* The function id without hint. */
static inline uint32_t call_func(const struct call *call)
{
	return call_word(call, 0) & ~FFA_SVE_HINT;
}

/* A function that answers another: SUCCESS, ERROR, …; or both. */
bool call_is_answer(uint32_t func);

/* A call whose FFA_SUCCESS has a layout of its own. */
bool call_has_answer(uint32_t func);

void read_call(const struct call *call, struct reading *reading);

/* The descriptor that the call says is in TX or RX; false for none. */
bool call_descriptor(const struct call *call, struct want *want);

/* Registers that hold partition information; returns bytes, 0 for none. */
uint32_t call_info_bytes(
	const struct call *call, uint8_t bytes[128], struct want *want);

/* --- Private to call*.c ------------------------------------------------ */

/* A field: bits of a register; or `span` whole ones. */
struct call_row {
	uint8_t reg;
	uint8_t span;
	uint8_t high; /* 64: all of the register in the 64-bit form */
	uint8_t low;
	enum say say;
	const char *name;
};

struct call_form {
	uint8_t number; /* of the function */
	uint8_t forms;  /* FORM_32, FORM_64 */
	/* Registers from this one on are payload; 0 = none. */
	uint8_t payload;
	/* How bits that belong to nothing are refused; R_NONE: they are not. */
	enum reason reserved;
	const struct call_row *rows;
	uint8_t row_count;
};

#define FORM_32 1u
#define FORM_64 2u

/* NULL for a function that is not known. */
const struct call_form *call_form(uint32_t func);
/* Of FFA_SUCCESS; one that fits all when the question is not known. */
const struct call_form *success_form(const struct call *call);

/* The registers that the function may use. */
static inline unsigned call_last(uint32_t func)
{
	return (func & FFA_64) != 0 ? FFA_REG_COUNT - 1 : 7;
}

uint64_t call_bits(
	const struct call *call, unsigned reg, unsigned high, unsigned low);

void check_call(const struct call *call, const struct call_form *form,
	struct reading *reading);

#endif
