/* What is in which register, function by function; see call.h. */
#include "decode/call.h"

/* Registers as the specification writes them. */
#define W(reg) reg, 1, 31, 0
#define X(reg) reg, 1, 64, 0
#define W_PAIR(reg) reg, 2, 31, 0
#define W_UUID(reg) reg, 4, 31, 0
#define X_UUID(reg) reg, 2, 64, 0
#define BITS(reg, high, low) reg, 1, high, low

#define ROWS(rows) rows, ARRAY_COUNT(rows)
#define NO_ROWS NULL, 0
#define BOTH (FORM_32 | FORM_64)

static const struct call_row target_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "endpoint"},
	{BITS(1, 15, 0), SAY_VCPU, "vcpu"},
};

static const struct call_row error_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "endpoint"},
	{BITS(1, 15, 0), SAY_VCPU, "vcpu"},
	{W(2), SAY_STATUS, "status"},
};

static const struct call_row interrupt_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "endpoint"},
	{BITS(1, 15, 0), SAY_VCPU, "vcpu"},
	{W(2), SAY_COUNT, "interrupt"},
};

static const struct call_row version_rows[] = {
	{W(1), SAY_VERSION, "version"},
	{BITS(2, 1, 0), SAY_VERSION_QUERY, "query"},
};

static const struct call_row features_rows[] = {
	{W(1), SAY_FEATURE, "feature"},
	{W(2), SAY_NOTHING, "input_properties"},
};

static const struct call_row low_id_rows[] = {
	{BITS(1, 15, 0), SAY_ID, "endpoint"},
};

static const struct call_row high_id_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "endpoint"},
};

static const struct call_row rxtx_map_rows[] = {
	{X(1), SAY_ADDRESS, "tx"},
	{X(2), SAY_ADDRESS, "rx"},
	{W(3), SAY_PAGES, "pages"},
};

static const struct call_row info_get_rows[] = {
	{W_UUID(1), SAY_UUID, "uuid"},
	{W(5), SAY_INFO_FLAGS, "flags"},
};

static const struct call_row wait_rows[] = {
	{W(2), SAY_WAIT_FLAGS, "flags"},
};

static const struct call_row yield_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "endpoint"},
	{BITS(1, 15, 0), SAY_VCPU, "vcpu"},
	{W_PAIR(2), SAY_TIMEOUT, "timeout"},
};

static const struct call_row msg_send_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "sender"},
	{BITS(1, 15, 0), SAY_ID, "receiver"},
	{W(3), SAY_BYTES, "length"},
	{W(4), SAY_NOTHING, "flags"},
};

static const struct call_row direct_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "sender"},
	{BITS(1, 15, 0), SAY_ID, "receiver"},
	{W(2), SAY_MESSAGE_FLAGS, "flags"},
};

static const struct call_row direct2_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "sender"},
	{BITS(1, 15, 0), SAY_ID, "receiver"},
	{X_UUID(2), SAY_UUID, "uuid"},
};

static const struct call_row response2_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "sender"},
	{BITS(1, 15, 0), SAY_ID, "receiver"},
};

static const struct call_row mem_rows[] = {
	{W(1), SAY_BYTES, "total_length"},
	{W(2), SAY_BYTES, "fragment_length"},
	{X(3), SAY_ADDRESS, "buffer_address"},
	{W(4), SAY_COUNT, "buffer_pages"},
};

static const struct call_row retrieve_resp_rows[] = {
	{W(1), SAY_BYTES, "total_length"},
	{W(2), SAY_BYTES, "fragment_length"},
};

static const struct call_row reclaim_rows[] = {
	{W_PAIR(1), SAY_HANDLE, "handle"},
	{W(3), SAY_RECLAIM_FLAGS, "flags"},
};

static const struct call_row handle_rows[] = {
	{W_PAIR(1), SAY_HANDLE, "handle"},
};

static const struct call_row frag_rx_rows[] = {
	{W_PAIR(1), SAY_HANDLE, "handle"},
	{W(3), SAY_BYTES, "fragment_offset"},
	{BITS(4, 31, 16), SAY_ID, "endpoint"},
	{BITS(4, 15, 0), SAY_RESERVED, "reserved"},
};

static const struct call_row frag_tx_rows[] = {
	{W_PAIR(1), SAY_HANDLE, "handle"},
	{W(3), SAY_BYTES, "fragment_length"},
	{BITS(4, 31, 16), SAY_ID, "endpoint"},
	{BITS(4, 15, 0), SAY_RESERVED, "reserved"},
};

static const struct call_row bitmap_rows[] = {
	{BITS(1, 15, 0), SAY_ID, "endpoint"},
	{W(2), SAY_COUNT, "vcpus"},
};

static const struct call_row bind_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "sender"},
	{BITS(1, 15, 0), SAY_ID, "receiver"},
	{W(2), SAY_NOTIFICATION_FLAGS, "flags"},
	{W_PAIR(3), SAY_NOTHING, "bitmap"},
};

static const struct call_row notification_set_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "sender"},
	{BITS(1, 15, 0), SAY_ID, "receiver"},
	{BITS(2, 15, 0), SAY_NOTIFICATION_FLAGS, "flags"},
	{BITS(2, 31, 16), SAY_VCPU, "vcpu"},
	{W_PAIR(3), SAY_NOTHING, "bitmap"},
};

static const struct call_row notification_get_rows[] = {
	{BITS(1, 31, 16), SAY_VCPU, "vcpu"},
	{BITS(1, 15, 0), SAY_ID, "receiver"},
	{W(2), SAY_NOTIFICATION_GET_FLAGS, "flags"},
};

static const struct call_row send2_rows[] = {
	{BITS(1, 31, 16), SAY_ID, "sender"},
	{W(2), SAY_SEND2_FLAGS, "flags"},
};

static const struct call_row entry_rows[] = {
	{X(1), SAY_ADDRESS, "entry_point"},
};

static const struct call_row perm_get_rows[] = {
	{X(1), SAY_ADDRESS, "base"},
	{W(2), SAY_PAGES_LESS_1, "pages_less_1"},
};

static const struct call_row perm_set_rows[] = {
	{X(1), SAY_ADDRESS, "base"},
	{W(2), SAY_PAGES, "pages"},
	{W(3), SAY_PERM_WORD, "permissions"},
};

static const struct call_row log_rows[] = {
	{BITS(1, 7, 0), SAY_CHARACTERS, "count"},
};

static const struct call_row info_regs_rows[] = {
	{X_UUID(1), SAY_UUID, "uuid"},
	{BITS(3, 15, 0), SAY_COUNT, "start_index"},
	{BITS(3, 31, 16), SAY_NOTHING, "tag"},
};

static const struct call_row ns_res_rows[] = {
	{X(1), SAY_ID, "endpoint"},
	{X(2), SAY_NS_RES_FLAGS, "flags"},
};

static const struct call_row abort_rows[] = {
	{W(2), SAY_NOTHING, "information"},
};

static const struct call_form forms[] = {
	{0x60, BOTH, 0, R_NONE, ROWS(error_rows)},
	{0x61, BOTH, 2, R_NONE, ROWS(target_rows)},
	{0x62, BOTH, 0, R_NONE, ROWS(interrupt_rows)},
	{0x63, FORM_32, 0, R_NONE, ROWS(version_rows)},
	{0x64, BOTH, 0, R_NONE, ROWS(features_rows)},
	{0x65, FORM_32, 0, R_NONE, ROWS(low_id_rows)},
	{0x66, BOTH, 0, R_NONE, ROWS(rxtx_map_rows)},
	{0x67, FORM_32, 0, R_NONE, ROWS(high_id_rows)},
	{0x68, FORM_32, 0, R_NONE, ROWS(info_get_rows)},
	{0x69, FORM_32, 0, R_RESERVED_REGISTER, NO_ROWS},
	{0x6a, FORM_32, 0, R_NONE, NO_ROWS},
	{0x6b, BOTH, 0, R_RESERVED_REGISTER, ROWS(wait_rows)},
	{0x6c, BOTH, 0, R_NONE, ROWS(yield_rows)},
	{0x6d, BOTH, 0, R_NONE, ROWS(target_rows)},
	{0x6e, FORM_32, 0, R_NONE, ROWS(msg_send_rows)},
	{0x6f, BOTH, 3, R_NONE, ROWS(direct_rows)},
	{0x70, BOTH, 3, R_NONE, ROWS(direct_rows)},
	{0x71, BOTH, 0, R_RESERVED_REGISTER, ROWS(mem_rows)},
	{0x72, BOTH, 0, R_RESERVED_REGISTER, ROWS(mem_rows)},
	{0x73, BOTH, 0, R_RESERVED_REGISTER, ROWS(mem_rows)},
	{0x74, BOTH, 0, R_RESERVED_REGISTER, ROWS(mem_rows)},
	{0x75, FORM_32, 0, R_NONE, ROWS(retrieve_resp_rows)},
	{0x76, FORM_32, 0, R_RESERVED_REGISTER, NO_ROWS},
	{0x77, FORM_32, 0, R_RESERVED_REGISTER, ROWS(reclaim_rows)},
	{0x78, FORM_32, 0, R_NONE, ROWS(handle_rows)},
	{0x79, FORM_32, 0, R_NONE, ROWS(handle_rows)},
	{0x7a, FORM_32, 0, R_RESERVED_REGISTER, ROWS(frag_rx_rows)},
	{0x7b, FORM_32, 0, R_RESERVED_REGISTER, ROWS(frag_tx_rows)},
	{0x7c, BOTH, 0, R_NONE, NO_ROWS},
	{0x7d, FORM_32, 0, R_NONE, ROWS(bitmap_rows)},
	{0x7e, FORM_32, 0, R_NONE, ROWS(low_id_rows)},
	{0x7f, FORM_32, 0, R_NONE, ROWS(bind_rows)},
	{0x80, FORM_32, 0, R_NONE, ROWS(bind_rows)},
	{0x81, FORM_32, 0, R_NONE, ROWS(notification_set_rows)},
	{0x82, FORM_32, 0, R_NONE, ROWS(notification_get_rows)},
	{0x83, BOTH, 0, R_NONE, NO_ROWS},
	{0x84, FORM_32, 0, R_NONE, ROWS(low_id_rows)},
	{0x85, FORM_32, 0, R_NONE, NO_ROWS},
	{0x86, FORM_32, 0, R_NONE, ROWS(send2_rows)},
	{0x87, BOTH, 0, R_NONE, ROWS(entry_rows)},
	{0x88, BOTH, 0, R_NONE, ROWS(perm_get_rows)},
	{0x89, BOTH, 0, R_NONE, ROWS(perm_set_rows)},
	{0x8a, BOTH, 2, R_NONE, ROWS(log_rows)},
	{0x8b, FORM_64, 0, R_NONE, ROWS(info_regs_rows)},
	{0x8c, FORM_32, 0, R_NONE, NO_ROWS},
	{0x8d, FORM_64, 4, R_NONE, ROWS(direct2_rows)},
	{0x8e, FORM_64, 4, R_NONE, ROWS(response2_rows)},
	{0x8f, FORM_64, 0, R_RESERVED_REGISTER, ROWS(ns_res_rows)},
	{0x90, BOTH, 0, R_NONE, ROWS(abort_rows)},
	{0x94, FORM_64, 1, R_NONE, NO_ROWS},
	{0x95, FORM_64, 1, R_NONE, NO_ROWS},
	{0x96, FORM_64, 1, R_NONE, NO_ROWS},
	{0x97, FORM_64, 1, R_NONE, NO_ROWS},
};

/* --- FFA_SUCCESS, by what it answers ------------------------------------ */

static const struct call_row properties_rows[] = {
	{W(2), SAY_NOTHING, "properties"},
	{W(3), SAY_NOTHING, "properties_2"},
};

static const struct call_row buffer_feature_rows[] = {
	{BITS(2, 1, 0), SAY_BUFFER_SIZE, "buffer_minimum"},
	{BITS(2, 31, 16), SAY_PAGES, "buffer_maximum"},
};

static const struct call_row interrupt_feature_rows[] = {
	{W(2), SAY_COUNT, "interrupt"},
};

static const struct call_row info_count_rows[] = {
	{W(2), SAY_COUNT, "count"},
	{W(3), SAY_BYTES, "record_size"},
};

static const struct call_row id_result_rows[] = {
	{BITS(2, 15, 0), SAY_ID, "id"},
};

static const struct call_row handle_result_rows[] = {
	{W_PAIR(2), SAY_HANDLE, "handle"},
};

static const struct call_row notifications_rows[] = {
	{W_PAIR(2), SAY_NOTHING, "of_partitions"},
	{W_PAIR(4), SAY_NOTHING, "of_vms"},
	{W(6), SAY_NOTHING, "of_spm"},
	{W(7), SAY_NOTHING, "of_hypervisor"},
};

static const struct call_row perm_result_rows[] = {
	{W(2), SAY_PERM_WORD, "permissions"},
	{W(3), SAY_PAGES_LESS_1, "pages_less_1"},
};

static const struct call_row info_regs_result_rows[] = {
	{BITS(2, 15, 0), SAY_COUNT, "last_index"},
	{BITS(2, 31, 16), SAY_COUNT, "current_index"},
	{BITS(2, 47, 32), SAY_NOTHING, "tag"},
	{BITS(2, 63, 48), SAY_BYTES, "record_size"},
};

static const struct call_row pending_rows[] = {
	{BITS(2, 0, 0), SAY_COUNT, "more"},
	{BITS(2, 11, 7), SAY_COUNT, "lists"},
};

static const struct call_row ns_res_result_rows[] = {
	{BITS(2, 63, 32), SAY_BYTES, "bytes_written"},
	{BITS(2, 31, 0), SAY_BYTES, "bytes_left"},
};

static const struct call_form success_forms[] = {
	{0x64, BOTH, 0, R_NONE, ROWS(properties_rows)},
	{0x65, BOTH, 0, R_NONE, NO_ROWS},
	{0x66, BOTH, 0, R_NONE, NO_ROWS},
	{0x67, BOTH, 0, R_NONE, NO_ROWS},
	{0x68, BOTH, 0, R_NONE, ROWS(info_count_rows)},
	{0x69, BOTH, 0, R_NONE, ROWS(id_result_rows)},
	{0x71, BOTH, 0, R_NONE, ROWS(handle_result_rows)},
	{0x72, BOTH, 0, R_NONE, ROWS(handle_result_rows)},
	{0x73, BOTH, 0, R_NONE, ROWS(handle_result_rows)},
	{0x74, BOTH, 2, R_NONE, ROWS(target_rows)},
	{0x76, BOTH, 0, R_NONE, NO_ROWS},
	{0x77, BOTH, 0, R_NONE, NO_ROWS},
	{0x7b, BOTH, 0, R_NONE, ROWS(handle_result_rows)},
	{0x82, BOTH, 0, R_NONE, ROWS(notifications_rows)},
	{0x83, BOTH, 3, R_NONE, ROWS(pending_rows)},
	{0x85, BOTH, 0, R_NONE, ROWS(id_result_rows)},
	{0x88, BOTH, 0, R_NONE, ROWS(perm_result_rows)},
	{0x89, BOTH, 0, R_NONE, NO_ROWS},
	{0x8a, BOTH, 0, R_NONE, NO_ROWS},
	{0x8b, BOTH, 3, R_NONE, ROWS(info_regs_result_rows)},
	{0x8f, BOTH, 0, R_NONE, ROWS(ns_res_result_rows)},
};

static const struct call_form buffer_feature = {
	0x64, BOTH, 0, R_NONE, ROWS(buffer_feature_rows)};
static const struct call_form interrupt_feature = {
	0x64, BOTH, 0, R_NONE, ROWS(interrupt_feature_rows)};

static const struct call_form *find(
	const struct call_form *list, size_t count, uint32_t func)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].number == (func & 0xffff))
			return &list[i];
	return NULL;
}

const struct call_form *call_form(uint32_t func)
{
	return find(forms, ARRAY_COUNT(forms), func);
}

bool call_has_answer(uint32_t func)
{
	return find(success_forms, ARRAY_COUNT(success_forms), func) != NULL;
}

const struct call_form *success_form(const struct call *call)
{
	const struct call_form *form =
		find(success_forms, ARRAY_COUNT(success_forms), call->reply_to);

	if (form == NULL || call->reply_to == 0)
		return call_form(FFA_SUCCESS);
	if (form->number != (FFA_FEATURES & 0xffff))
		return form;
	if ((call->asked & ~FFA_64) == FFA_RXTX_MAP)
		return &buffer_feature;
	return call->asked > 0 && call->asked < 4 ? &interrupt_feature : form;
}
