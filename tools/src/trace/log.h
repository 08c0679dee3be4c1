/*
 * What a trace says, wherever it comes from: records in order of time, and the
 * lines that others wrote between them. Nothing that is read is trusted; what
 * a record has here can be printed.
 */
#ifndef TRACE_LOG_H
#define TRACE_LOG_H

#include <stdio.h>

#include "abi/ffa_func.h"
#include "call/trace_text.h"
#include "spm.h"

enum entry_kind {
	ENTRY_RECORD,
	ENTRY_NOTE,    /* a line of a client: who, text */
	ENTRY_CHAPTER, /* one that begins with "== " */
	ENTRY_EXIT,    /* no call, no record, but another party goes on */
};

struct entry {
	enum entry_kind kind;
	struct trace_record record; /* time in ticks of port_tick_hz() */
	uint64_t order;             /* what entries are sorted by, */
	size_t place;               /* and between equals */
	uint32_t times;             /* of how many like it this one tells */
	bool more;                  /* those others are not in the trace */
	bool at_once;               /* several CPUs did it, in no known order */
	bool untimed;
	bool numbered;  /* it is known which record of which CPU it is */
	bool has_next;  /* it is known who goes on */
	uint16_t next;  /* that one */
	int foreign;    /* number of a reason that is not ours, or 0 */
	int bad_status; /* a status that FF-A does not have, or 0 */
	int bad_change; /* a change that we do not know, or 0 */
	char *text;     /* what was written there */
};

#define LOG_PARTIES_MAX 96u
/* Entries; what comes behind them is counted. */
#define LOG_MAX ((size_t)2 << 20)

struct log {
	struct entry *entry;
	size_t count;
	size_t room;
	struct spm spm;              /* whose names trace_text() prints */
	struct partition *partition; /* spm.partitions, LOG_PARTIES_MAX */
	bool id_known[LOG_PARTIES_MAX];
	uint64_t latest; /* order of the file's entries so far */
	size_t unready;  /* records without a time */
	size_t torn;     /* whose number does not fit their place */
	size_t damaged;  /* lines of a capture that were left out */
	size_t too_many; /* entries above LOG_MAX, and the last of them */
	struct entry spare;
	bool foreign; /* from a build with other reasons */
};

/* Identity of the manager itself, where a trace does not say. */
#define LOG_SPMC_ID 0x8000
/* Parties of which only the name is known get ids from here on. */
#define LOG_NAMED_ID 0xf000

void log_open(struct log *log);
void log_close(struct log *log);

/* A new entry at the end; one that is not kept where there are too many. */
struct entry *log_add(struct log *log, enum entry_kind kind);

/* A record as it was read; checked, its time converted from `hz`. */
struct entry *log_record(
	struct log *log, const struct trace_record *record, uint64_t hz);

/* `size` bytes of a name that may lack its end. */
void log_party(struct log *log, uint16_t id, const char *name, size_t size);

/* The id of a name that trace_text() has printed; false when there are too
 * many parties. */
bool log_id(struct log *log, const char *name, uint16_t *id);

/* A name for it, as trace_text() has it. */
const char *log_name(const struct log *log, uint16_t id, char buffer[32]);

/* True when the id itself is known, not only a name. */
bool log_knows_id(const struct log *log, uint16_t id);

/* A virtual machine: its calls go to a hypervisor, which is the normal world
 * for the SPMC and keeps a ledger of its own. */
static inline bool is_vm(uint16_t id)
{
	return id != FFA_ID_NWD && (id & FFA_ID_SECURE) == 0;
}

/* In order of time. Lines of a console trace do not change places. */
void log_sort(struct log *log);

/* Readers: 0, or -1 when there is no trace of their kind in there. */
int log_read_dump(struct log *log, const uint8_t *bytes, size_t size);
int log_read_capture(
	struct log *log, const char *name, const uint8_t *bytes, size_t size);
int log_read_console(struct log *log, const uint8_t *bytes, size_t size);

/* Text of `size` bytes at most, with everything unprintable as '?'. */
char *log_copy(const char *text, size_t size);

#define LOG_LINE_SIZE 512

/* The entry as the console prints it, without newline. */
void log_line(const struct log *log, const struct entry *entry,
	char line[LOG_LINE_SIZE]);

/* Some words of it: the call, its status, all behind them. */
const char *entry_call(const struct entry *entry, char buffer[32]);
const char *entry_status(const struct entry *entry, char buffer[32]);
void entry_rest(const struct log *log, const struct entry *entry,
	char rest[LOG_LINE_SIZE]);
bool entry_refused(const struct entry *entry);

int64_t entry_microseconds(const struct entry *entry);

#endif
