/*
 * Descriptors, good ones and damaged, and what ffa-decode reads in them: what
 * the suites `decode` share.
 */
#ifndef TESTS_READS_H
#define TESTS_READS_H

#include "decode/bytes.h"
#include "lib/desc.h"

#define READS_MAX 8192u
#define READS_RANGES 8

/* A descriptor in bytes, and what is known of it. */
struct sample {
	uint8_t bytes[READS_MAX] __attribute__((aligned(16)));
	uint32_t size;
	struct want want;
	struct desc desc;
	struct desc_range range[READS_RANGES];
};

/* A good one: `receivers` partitions from 0x8002 on, `ranges` ranges. */
void sample_make(struct sample *sample, enum kind kind, uint32_t version,
	uint32_t receivers, uint32_t ranges);

/* Its bytes again, after a change of its desc. */
void sample_write(struct sample *sample);

/* `size` bytes at `at` become `value`. */
void sample_put(
	struct sample *sample, uint32_t at, uint64_t value, unsigned size);

/* As if the kind, or more, were not known. */
void sample_forget(struct sample *sample, bool kind, bool version);

/* The reading of it; the caller ends it. */
void sample_read(const struct sample *sample, struct reading *reading);

/* What the manager's decoder says by itself. */
enum reason sample_decided(const struct sample *sample);

/* The reason of the first finding that is no hint; R_NONE without one. */
enum reason reading_reason(const struct reading *reading);

/* Fails unless that is `wanted`. Not expect_reason(): no call is refused. */
void expect_said(const struct reading *reading, enum reason wanted);

static inline uint32_t sample_receiver(
	const struct sample *sample, uint32_t index)
{
	return sample->desc.emad_at + index * sample->desc.emad_stride;
}

static inline uint32_t sample_range(const struct sample *sample, uint32_t index)
{
	return sample->desc.composite_at + 16 + 16 * index;
}

#endif
