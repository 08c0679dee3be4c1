/*
 * FFA_MEM_RETRIEVE_REQ: open (claim, tables reserved), the response, publish.
 * Spec: DEN0140 1.2 §1.7; checks V81 to V107.
 */
#ifndef ENGINE_RETRIEVE_H
#define ENGINE_RETRIEVE_H

#include "abi/mem_encode.h"
#include "engine/txn.h"

/*
 * Decides, puts the borrower into phase retrieving and reserves its tables.
 * Nothing is mapped yet. A refusal leaves no trace. Lock held.
 */
enum reason MUST_USE retrieve_open(struct engine *engine,
	struct endpoint *borrower, const struct mem_desc *desc,
	struct txn **txn);

/* What the response says; claimed. No lock. */
void retrieve_describe(const struct txn *txn, struct mem_response *response);

/* Cache maintenance where the borrower's attributes are not the owner's. */
void retrieve_work(const struct txn *txn);

/*
 * Maps the memory, or undoes when `outcome` (of writing the response) is a
 * refusal. A donation changes its owner here and ends. Lock held.
 * Returns `outcome`, or BORROWER_DEAD. `txn` of a donation is gone then.
 */
enum reason MUST_USE retrieve_publish(struct engine *engine, struct txn *txn,
	enum reason outcome);

#endif
