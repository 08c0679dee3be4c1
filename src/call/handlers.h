/*
 * The handlers behind the gate's rows, one file per chapter of FF-A. Each
 * returns why it refuses, or R_NONE with the result in call->out.
 */
#ifndef CALL_HANDLERS_H
#define CALL_HANDLERS_H

#include "call/gate.h"

/* setup_calls.c */
enum reason call_version(struct call *call);
enum reason call_features(struct call *call);
enum reason call_id_get(struct call *call);
enum reason call_spm_id_get(struct call *call);
enum reason call_partition_info_get(struct call *call);
enum reason call_partition_info_get_regs(struct call *call);
enum reason call_console_log(struct call *call);
enum reason call_secondary_ep_register(struct call *call);

/* True when the gate has a row for `func` that `caller` may use. */
bool gate_offers(const struct partition *caller, uint32_t func);

/* mailbox_calls.c */
enum reason call_rxtx_map(struct call *call);
enum reason call_rxtx_unmap(struct call *call);
enum reason call_rx_release(struct call *call);
enum reason call_rx_acquire(struct call *call);

/* notify_calls.c */
enum reason call_notification_create(struct call *call);
enum reason call_notification_destroy(struct call *call);
enum reason call_notification_bind(struct call *call);
enum reason call_notification_unbind(struct call *call);
enum reason call_notification_set(struct call *call);
enum reason call_notification_get(struct call *call);
enum reason call_notification_info_get(struct call *call);

/* indirect_calls.c */
enum reason call_msg_send2(struct call *call);

/* mem_calls.c */
enum reason call_mem_donate(struct call *call);
enum reason call_mem_lend(struct call *call);
enum reason call_mem_share(struct call *call);
enum reason call_mem_frag_tx(struct call *call);
enum reason call_mem_relinquish(struct call *call);
enum reason call_mem_reclaim(struct call *call);

/* retrieve_calls.c */
enum reason call_mem_retrieve(struct call *call);
enum reason call_mem_frag_rx(struct call *call);

/* ns_res_calls.c */
enum reason call_ns_res_info_get(struct call *call);

/* perm_calls.c */
enum reason call_mem_perm_get(struct call *call);
enum reason call_mem_perm_set(struct call *call);

/* msg_calls.c */
enum reason call_direct_req(struct call *call);
enum reason call_direct_resp(struct call *call);

/* run_calls.c */
enum reason call_msg_wait(struct call *call);
enum reason call_yield(struct call *call);
enum reason call_run(struct call *call);
enum reason call_error(struct call *call);
enum reason call_abort(struct call *call);
enum reason call_interrupt(struct call *call);

/* The framework messages of the SPMD: version of the normal world, PSCI. */
enum reason call_framework(struct call *call);

#endif
