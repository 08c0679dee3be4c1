/*
 * Logs: every line is looked at for registers of FF-A calls, for lines of our
 * own trace and for lines of hex dumps; what is none of these is passed over.
 */
#include <stdlib.h>
#include <string.h>

#include "decode/input.h"
#include "decode/session.h"

/* What is shown of a line, and a dump that is too short for a descriptor. */
#define LINE_SHOWN 200
#define DUMP_DIGITS_MIN 32

struct log {
	struct session *session;
	struct lines *lines;
	struct dump dump; /* the one that the last lines belong to */
	unsigned long dump_line;
	struct call call; /* registers that may go on in the next line */
	unsigned long call_line;
	char call_text[LINE_SHOWN + 1];
	bool open;    /* there is such a call */
	bool claimed; /* the descriptor it speaks of came before it */
};

/* The line without what a terminal would obey. */
static void show_line(const char *line, char *out)
{
	size_t used = 0;

	for (; *line != '\0' && used < LINE_SHOWN; line++) {
		bool plain = *line >= ' ' && *line <= '~';

		out[used++] = *line == '\t' || plain ? *line : '?';
	}
	out[used] = '\0';
}

static size_t dump_digits(const struct dump *dump)
{
	size_t digits = 0;

	for (uint32_t i = 0; i < dump->word_count && digits < DUMP_DIGITS_MIN;
		i++)
		digits += dump->words[i].digits;
	return digits;
}

/*
 * A client prints its descriptor, then it calls: the dump that has just ended
 * is what the call speaks of when it is as long.
 */
static bool claim_dump(struct log *log, const struct call *call)
{
	struct session *session = log->session;
	struct want said = {.kind = KIND_UNKNOWN};
	uint64_t digits = 0;

	for (uint32_t i = 0; i < log->dump.word_count; i++)
		digits += log->dump.words[i].digits;
	if (digits == 0 || session->said_new || !call_descriptor(call, &said) ||
		said.fragment != digits / 2)
		return false;
	session->said = said;
	session->said_new = true;
	return true;
}

static void end_dump(struct log *log)
{
	struct source source = {
		.file = log->session->file,
		.line = log->dump_line,
	};

	if (dump_digits(&log->dump) >= DUMP_DIGITS_MIN)
		session_dump(log->session, &log->dump, &source);
	dump_end(&log->dump);
	dump_begin(&log->dump);
}

static void end_call(struct log *log)
{
	struct source source = {
		.file = log->session->file,
		.line = log->call_line,
		.text = log->call_text,
	};

	if (log->open && call_knows(&log->call, 0) &&
		call_is_ffa(log->call.regs.x[0]))
		session_call(log->session, &log->call, &source);
	if (log->claimed)
		log->session->said_new = false;
	log->claimed = false;
	log->open = false;
}

static void begin_call(struct log *log, const struct call *call)
{
	end_call(log);
	log->call = *call;
	log->call_line = log->lines->number;
	show_line(log->lines->line, log->call_text);
	log->open = true;
}

static bool take_calls(struct log *log)
{
	struct regs_line found;
	bool claimed;

	regs_in_line(log->lines->line, &found);
	if (found.count == 0) {
		end_call(log);
		return false;
	}
	claimed = claim_dump(log, &found.calls[0]);
	end_dump(log);
	for (unsigned i = 0; i < found.count; i++) {
		if (i == 0 && found.goes_on && log->open &&
			regs_add(&log->call, &found.calls[i]))
			continue;
		begin_call(log, &found.calls[i]);
		log->claimed = claimed && i == 0;
	}
	return true;
}

static bool take_trace(struct log *log)
{
	struct reading reading;
	char shown[LINE_SHOWN + 1];
	struct source source = {
		.file = log->session->file,
		.line = log->lines->number,
		.text = shown,
	};

	if (!trace_in_line(log->lines->line, &reading))
		return false;
	end_call(log);
	show_line(log->lines->line, shown);
	output_reading(&log->session->output, &source, &reading);
	log->session->found = true;
	reading_end(&reading);
	return true;
}

static void take_dump(struct log *log)
{
	bool fresh = false;
	enum dump_answer answer = dump_in_log(
		&log->dump, log->lines->line, log->lines->number, &fresh);

	if (fresh) {
		end_dump(log);
		answer = dump_in_log(&log->dump, log->lines->line,
			log->lines->number, &fresh);
	}
	if (answer == DUMP_YES && log->dump.line_count == 1)
		log->dump_line = log->lines->number;
	/* Without offsets, a dump ends with its last line. */
	if (answer == DUMP_NO && log->dump.line_count > 0 &&
		!log->dump.lines[0].has_offset)
		end_dump(log);
}

void session_log(struct session *session, struct lines *lines)
{
	struct log log = {.session = session, .lines = lines};

	dump_begin(&log.dump);
	while (lines_next(lines))
		if (!take_trace(&log) && !take_calls(&log))
			take_dump(&log);
	end_call(&log);
	end_dump(&log);
	dump_end(&log.dump);
}
