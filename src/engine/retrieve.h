/*
 * FFA_MEM_RETRIEVE_REQ: open (claim, tables reserved), the response, publish;
 * the hypervisor's request; further fragments of a response.
 * Spec: DEN0140 1.2 §1.7 to §1.9; checks V81 to V111.
 */
#ifndef ENGINE_RETRIEVE_H
#define ENGINE_RETRIEVE_H

#include "abi/mem_encode.h"
#include "engine/txn.h"

/* A retrieval between its claim and its publication. */
struct retrieval {
	struct txn *txn;
	struct borrower *borrower;
};

/*
 * Decides, puts the borrower into phase retrieving and reserves its tables.
 * Nothing is mapped yet. A refusal leaves no trace. Lock held.
 */
enum reason MUST_USE retrieve_open(struct engine *engine,
	struct endpoint *caller, const struct mem_desc *desc,
	struct retrieval *out);

/*
 * What the response says; claimed. No lock. `receiver` has room for one and
 * must stay while `response` is used.
 */
void retrieve_describe(const struct retrieval *retrieval,
	struct mem_receiver *receiver, struct mem_response *response);

/* Cache maintenance where the borrower's attributes are not the owner's. */
void retrieve_work(const struct retrieval *retrieval);

/*
 * Maps the memory, or undoes when `outcome` (of writing the response) is a
 * refusal; `cursor` is how far the response went. A donation changes its
 * owner here, and ends with the last fragment. Lock held.
 * Returns `outcome`, or BORROWER_DEAD.
 */
enum reason MUST_USE retrieve_publish(struct engine *engine,
	const struct retrieval *retrieval, enum reason outcome,
	struct mem_cursor cursor);

/*
 * The hypervisor's request: describes what the normal world sent, all
 * receivers of it (room for MEM_RECEIVERS_MAX). Changes nothing. Lock held.
 * Refuses: HANDLE_UNKNOWN, HANDLE_BUSY, HYPERVISOR_REQUEST,
 * HYPERVISOR_RETRIEVES.
 */
enum reason MUST_USE retrieve_describe_all(struct engine *engine,
	const struct endpoint *caller, const struct mem_desc *desc,
	struct mem_receiver *receivers, struct mem_response *response);

/*
 * The transaction as its sender stated it; claimed. No lock. `receivers` has
 * room for MEM_RECEIVERS_MAX.
 */
void retrieve_describe_sent(const struct txn *txn,
	struct mem_receiver *receivers, struct mem_response *response);

/* Where the response to the hypervisor goes on. Lock held. */
void retrieve_hypervisor_cursor(
	struct engine *engine, uint64_t handle, struct mem_cursor cursor);

/* --- Further fragments -------------------------------------------------- */

struct fragment_request {
	const struct endpoint *caller;
	uint64_t handle;
	uint32_t offset;
	uint16_t sender; /* the id in w4; 0 from partitions */
};

/*
 * The cursor that serves the request. Lock held. Refuses: NO_FRAGMENT,
 * FRAGMENT_OFFSET, FRAGMENT_SENDER.
 */
enum reason MUST_USE retrieve_fragment(struct engine *engine,
	const struct fragment_request *request, struct mem_cursor **cursor);

/*
 * The fragment is out: the cursor moves to `to`, if it is where it was, and a
 * donation whose response is complete ends. Lock held.
 */
void retrieve_fragment_done(struct engine *engine,
	const struct fragment_request *request, struct mem_cursor to);

/* Donations to `donee` whose responses it will not read end. Lock held. */
void retrieve_drain_all(struct engine *engine, const struct endpoint *donee);

#endif
