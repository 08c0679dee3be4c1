/*
 * A run of a scenario: the machine, what has been sent, what is to go wrong,
 * and what was said about it. One line at a time.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdio.h>

#include <jansson.h>

#include "lib/desc.h"
#include "sim/machine.h"
#include "sim/words.h"

#define SIM_SENDS_MAX 64
#define SIM_RANGES_MAX 1024
#define SIM_MOMENTS_MAX 8
#define SIM_NAME_SIZE 24

/* Memory that was sent, as its sender described it. */
struct sent {
	char name[SIM_NAME_SIZE];
	struct party *sender;
	enum mem_func func;
	uint64_t handle;
	struct desc desc;
	struct desc_range range[SIM_RANGES_MAX];
};

/* A line that runs when the next call does something for the n-th time. */
struct moment {
	enum host_event_kind kind;
	uint64_t countdown; /* 0: over, or none */
	unsigned cpu;
	const char *line; /* what is to be done then */
};

struct sim {
	struct machine machine;
	const char *file;
	unsigned line;
	unsigned cpu;   /* of the line */
	unsigned depth; /* 1: a line; 2: one that runs in between */
	bool quiet;
	bool json;
	FILE *records; /* every record goes there, too; or NULL */
	uint32_t record_lines;
	bool prompts;    /* a person types */
	bool keep_going; /* a bad line is not the end */
	unsigned failures;
	uint32_t sent_count;
	struct sent sent[SIM_SENDS_MAX];
	struct moment moment[SIM_MOMENTS_MAX];
	uint32_t fail_pages; /* for the next call: the n-th page is missing */
	/* The last call. */
	struct party *caller;
	struct ffa_regs regs;
	enum reason reason;
	bool called;
	bool faulted; /* an access of a party was not possible */
};

/* One line of a scenario. False: it is no such line, and was told so. */
bool sim_line(struct sim *sim, const char *line);

/* A sentence about the line, on stderr; always false. */
bool sim_bad(struct sim *sim, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* An expectation does not hold; counts. */
void sim_failed(struct sim *sim, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The machine, made at the first line that needs it. */
bool sim_make(struct sim *sim);

/* declare.c: what there is. False where the first word is none of these; bad
 * lines are told. */
enum sim_line { SIM_OTHER, SIM_DONE, SIM_BAD };
enum sim_line sim_declare(struct sim *sim, struct words *words);

/* memory_calls.c, raw_calls.c: what `party` does. */
enum sim_line sim_memory_call(
	struct sim *sim, struct party *party, struct words *words);
enum sim_line sim_raw_call(
	struct sim *sim, struct party *party, struct words *words);

/* send_calls.c: shares, lends, donates. */
bool sim_send(struct sim *sim, struct party *party, struct words *words,
	enum mem_func func);
const char *sim_send_word(enum mem_func func);
/* Where TX is, or would be, and its bytes; permissions as descriptors have
 * them. */
void *sim_tx(const struct party *party);
uint32_t sim_tx_size(const struct party *party);
uint8_t sim_permissions(uint8_t perm);

/* expect.c: behind `=>`, and `expect …`. */
bool sim_check_outcome(struct sim *sim, struct words *words);
bool sim_expect(struct sim *sim, struct words *words);
/* What a party may do with memory, as three letters. */
const char *sim_perm_text(uint8_t perm);

/* moments.c: faults and what happens in between, of the next call. */
bool sim_fail(struct sim *sim, struct words *words);
bool sim_during(struct sim *sim, const char *line, struct words *words);

/* One call; the line's outcome is that of its last. */
enum reason sim_call(
	struct sim *sim, struct party *party, struct ffa_regs *regs);

/* show.c */
void sim_show_memory(struct sim *sim);
void sim_tell_line(struct sim *sim, const char *line);
void sim_tell_records(struct sim *sim);
/* records.c: lines of a capture that ffa-trace reads. */
void sim_begin_records(struct sim *sim);
void sim_write_record(struct sim *sim, const struct trace_record *record);
void sim_tell_json(struct sim *sim, const char *line, bool good);

#endif
