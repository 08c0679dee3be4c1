/*
 * One run of the tool: input of any form to readings, printed as they come.
 */
#ifndef DECODE_SESSION_H
#define DECODE_SESSION_H

#include "decode/hex.h"
#include "decode/output.h"
#include "decode/regs.h"

enum form {
	FORM_AUTO,
	FORM_BINARY,
	FORM_HEX,
	FORM_LOG,
};

/* What the user says; 0 where nothing. */
struct options {
	enum form form;
	struct want want;
	struct dump_options dump;
	uint64_t skip;     /* bytes in front of the descriptor */
	uint32_t length;   /* and no more than so many */
	uint32_t reply_to; /* registers answer this function */
	bool json;
};

/* Also the exit status: what is worse wins. */
enum verdict {
	VERDICT_VALID,
	VERDICT_WRONG,
	VERDICT_UNREADABLE,
};

/* Calls that have not been answered yet. */
#define SESSION_PENDING 8

struct pending {
	uint32_t func;
	uint32_t asked; /* its w1 */
};

struct session {
	const struct options *options;
	struct output output;
	FILE *errors;
	const char *file;
	enum verdict verdict;
	bool found; /* something has been decoded */
	struct pending pending[SESSION_PENDING];
	unsigned pending_count;
	struct want said; /* what the last call says of a descriptor */
	bool said_new;    /* and no descriptor has followed it */
};

void session_begin(struct session *session, const struct options *options,
	FILE *out, FILE *errors);

/* A whole file, in the form that the options say or it seems to have. */
void session_read(struct session *session, FILE *file, const char *name);

/* Registers as words of their own: "c4000073 60 60", "x0=… x1=…". */
void session_registers(struct session *session, const char *words);

/* What `session_read` found nothing in is an error. */
enum verdict session_end(struct session *session);

/* --- Private to session*.c ---------------------------------------------- */

/* One line on errors; makes the input unreadable. */
void session_error(struct session *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void session_bytes(struct session *session, const uint8_t *bytes, uint32_t size,
	const struct source *source);
void session_call(struct session *session, const struct call *call,
	const struct source *source);
/* Bytes of a dump that is over. */
void session_dump(struct session *session, const struct dump *dump,
	const struct source *source);

/* Lines of text, and what they are read with. */
struct lines;
void session_log(struct session *session, struct lines *lines);

#endif
