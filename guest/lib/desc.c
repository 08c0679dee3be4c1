/*
 * Descriptor bytes, one field at a time; see desc.h. Portable: runs in guests
 * and in host tests.
 */
#include "lib/desc.h"

#include "abi/ffa_func.h"

#define HEADER_SIZE_1_0 32u
#define HEADER_SIZE 48u
#define EMAD_SIZE_1_2 32u
#define EMAD_SIZE 16u
#define COMPOSITE_SIZE 16u
#define RANGE_SIZE 16u

/* The part of the descriptor that somebody wants. */
struct window {
	uint8_t *bytes;
	uint32_t from;
	uint32_t size;
};

static void put(
	const struct window *w, uint32_t at, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++, value >>= 8) {
		if (at + i >= w->from && at + i - w->from < w->size)
			w->bytes[at + i - w->from] = (uint8_t)value;
	}
}

static uint64_t get(const uint8_t *bytes, uint32_t at, unsigned count)
{
	uint64_t value = 0;

	for (unsigned i = count; i > 0; i--)
		value = value << 8 | bytes[at + i - 1];
	return value;
}

static bool is_1_0(const struct desc *desc)
{
	return desc->version < FFA_VERSION_1_1;
}

static uint32_t version_stride(uint32_t version)
{
	return version < FFA_VERSION_1_2 ? EMAD_SIZE : EMAD_SIZE_1_2;
}

void desc_init(struct desc *desc, uint32_t version)
{
	*desc = (struct desc){.version = version};
}

struct desc_receiver *desc_add_receiver(
	struct desc *desc, uint16_t id, uint8_t permissions)
{
	struct desc_receiver *r = &desc->receiver[desc->receiver_count++];

	*r = (struct desc_receiver){.id = id, .permissions = permissions};
	return r;
}

void desc_settle(struct desc *desc)
{
	uint32_t end;

	desc->emad_stride = version_stride(desc->version);
	desc->emad_at = is_1_0(desc) ? HEADER_SIZE_1_0 : HEADER_SIZE;
	desc->emad_size = is_1_0(desc) ? 0 : desc->emad_stride;
	desc->emad_offset = is_1_0(desc) ? 0 : desc->emad_at;
	end = desc->emad_at + desc->emad_stride * desc->receiver_count;
	desc->composite_at = desc->range_count != 0 ? end : 0;
	for (uint32_t i = 0; i < desc->receiver_count; i++)
		desc->receiver[i].composite = desc->composite_at;
	desc->page_total = 0;
	for (uint32_t i = 0; i < desc->range_count; i++)
		desc->page_total += desc->range[i].pages;
	desc->range_total = desc->range_count;
	if (desc->range_count != 0)
		end += COMPOSITE_SIZE + RANGE_SIZE * desc->range_count;
	desc->length = end;
}

static void put_header(const struct desc *desc, const struct window *w)
{
	put(w, 0, desc->sender, 2);
	put(w, 2, desc->attributes, 2);
	put(w, 4, desc->flags, 4);
	put(w, 8, desc->handle, 8);
	put(w, 16, desc->tag, 8);
	put(w, 24, desc->emad_size, 4);
	put(w, 28, desc->receiver_count, 4);
	if (is_1_0(desc))
		return;
	put(w, 32, desc->emad_offset, 4);
	for (uint32_t i = 0; i < 3; i++)
		put(w, 36 + 4 * i, desc->reserved[i], 4);
}

static void put_receiver(
	const struct desc *desc, uint32_t index, const struct window *w)
{
	const struct desc_receiver *r = &desc->receiver[index];
	uint32_t at = desc->emad_at + index * desc->emad_stride;

	put(w, at, r->id, 2);
	put(w, at + 2, r->permissions, 1);
	put(w, at + 3, r->flags, 1);
	put(w, at + 4, r->composite, 4);
	if (desc->emad_stride < EMAD_SIZE_1_2) {
		put(w, at + 8, r->reserved, 8);
		return;
	}
	put(w, at + 8, r->impdef[0], 8);
	put(w, at + 16, r->impdef[1], 8);
	put(w, at + 24, r->reserved, 8);
}

static void put_ranges(const struct desc *desc, const struct window *w)
{
	uint32_t at = desc->composite_at;

	put(w, at, desc->page_total, 4);
	put(w, at + 4, desc->range_total, 4);
	put(w, at + 8, desc->composite_reserved, 8);
	at += COMPOSITE_SIZE;
	for (uint32_t i = 0; i < desc->range_count; i++, at += RANGE_SIZE) {
		put(w, at, desc->range[i].base, 8);
		put(w, at + 8, desc->range[i].pages, 4);
		put(w, at + 12, desc->range[i].reserved, 4);
	}
}

uint32_t desc_write_part(
	const struct desc *desc, uint32_t from, void *bytes, uint32_t size)
{
	struct window w = {bytes, from, size};

	if (from >= desc->length)
		return 0;
	if (w.size > desc->length - from)
		w.size = desc->length - from;
	for (uint32_t i = 0; i < w.size; i++)
		w.bytes[i] = 0;
	put_header(desc, &w);
	for (uint32_t i = 0; i < desc->receiver_count; i++)
		put_receiver(desc, i, &w);
	if (desc->composite_at != 0)
		put_ranges(desc, &w);
	return w.size;
}

uint32_t desc_write(const struct desc *desc, void *bytes, uint32_t size)
{
	return desc_write_part(desc, 0, bytes, size);
}

static void get_receiver(
	struct desc *desc, uint32_t index, const uint8_t *bytes)
{
	struct desc_receiver *r = &desc->receiver[index];
	uint32_t at = desc->emad_at + index * desc->emad_stride;

	r->id = (uint16_t)get(bytes, at, 2);
	r->permissions = (uint8_t)get(bytes, at + 2, 1);
	r->flags = (uint8_t)get(bytes, at + 3, 1);
	r->composite = (uint32_t)get(bytes, at + 4, 4);
	if (desc->emad_stride < EMAD_SIZE_1_2) {
		r->reserved = get(bytes, at + 8, 8);
		return;
	}
	r->impdef[0] = get(bytes, at + 8, 8);
	r->impdef[1] = get(bytes, at + 16, 8);
	r->reserved = get(bytes, at + 24, 8);
}

static void get_header(struct desc *desc, const uint8_t *bytes)
{
	desc->sender = (uint16_t)get(bytes, 0, 2);
	desc->attributes = (uint16_t)get(bytes, 2, 2);
	desc->flags = (uint32_t)get(bytes, 4, 4);
	desc->handle = get(bytes, 8, 8);
	desc->tag = get(bytes, 16, 8);
	desc->emad_size = (uint32_t)get(bytes, 24, 4);
	desc->receiver_count = (uint32_t)get(bytes, 28, 4);
	desc->emad_at = HEADER_SIZE_1_0;
	desc->emad_stride = EMAD_SIZE;
	if (is_1_0(desc))
		return;
	desc->emad_offset = (uint32_t)get(bytes, 32, 4);
	for (uint32_t i = 0; i < 3; i++)
		desc->reserved[i] = (uint32_t)get(bytes, 36 + 4 * i, 4);
	desc->emad_at = desc->emad_offset;
	desc->emad_stride = desc->emad_size;
}

static bool get_ranges(struct desc *desc, const uint8_t *bytes, uint32_t size,
	uint32_t range_room)
{
	uint32_t at = desc->composite_at;

	if (at > size || size - at < COMPOSITE_SIZE)
		return false;
	desc->page_total = (uint32_t)get(bytes, at, 4);
	desc->range_total = (uint32_t)get(bytes, at + 4, 4);
	desc->composite_reserved = get(bytes, at + 8, 8);
	at += COMPOSITE_SIZE;
	for (uint32_t i = 0; i < desc->range_total; i++, at += RANGE_SIZE) {
		if (i == range_room || size - at < RANGE_SIZE)
			break;
		desc->range[i].base = get(bytes, at, 8);
		desc->range[i].pages = (uint32_t)get(bytes, at + 8, 4);
		desc->range[i].reserved = (uint32_t)get(bytes, at + 12, 4);
		desc->range_count++;
	}
	desc->length = desc->composite_at + COMPOSITE_SIZE +
		       desc->range_total * RANGE_SIZE;
	return true;
}

bool desc_read(struct desc *desc, const void *bytes, uint32_t size,
	uint32_t range_room)
{
	uint64_t end;

	desc->range_count = 0;
	desc->composite_at = 0;
	if (size < (is_1_0(desc) ? HEADER_SIZE_1_0 : HEADER_SIZE))
		return false;
	get_header(desc, bytes);
	end = desc->emad_at +
	      (uint64_t)desc->emad_stride * desc->receiver_count;
	if (desc->receiver_count > DESC_RECEIVERS_MAX || end > size ||
		desc->emad_stride < EMAD_SIZE)
		return false;
	for (uint32_t i = 0; i < desc->receiver_count; i++) {
		get_receiver(desc, i, bytes);
		if (desc->composite_at == 0)
			desc->composite_at = desc->receiver[i].composite;
	}
	desc->length = (uint32_t)end;
	if (desc->composite_at == 0)
		return true;
	return get_ranges(desc, bytes, size, range_room);
}

uint32_t desc_write_relinquish(
	const struct desc_relinquish *relinquish, void *bytes, uint32_t size)
{
	struct window w = {bytes, 0, size};
	uint32_t count = relinquish->endpoint_count;

	if (count > DESC_RECEIVERS_MAX)
		count = DESC_RECEIVERS_MAX;
	put(&w, 0, relinquish->handle, 8);
	put(&w, 8, relinquish->flags, 4);
	put(&w, 12, relinquish->endpoint_count, 4);
	for (uint32_t i = 0; i < count; i++)
		put(&w, 16 + 2 * i, relinquish->endpoint[i], 2);
	return 16 + 2 * count;
}
