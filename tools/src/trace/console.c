/*
 * The console trace back into records, as far as its lines tell; and what
 * others wrote with the same stamp. The words are trace_text()'s.
 */
#include "trace/log.h"

#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "abi/ffa_names.h"
#include "abi/reason.h"
#include "port/port.h"

#define LINE_MAX_READ 2048
#define WORD_SIZE 64

/* A word and the spaces behind it; "" at the end, or when it is too long. */
static void next_word(const char **at, char word[WORD_SIZE])
{
	size_t length = strcspn(*at, " ");

	word[0] = '\0';
	if (length >= WORD_SIZE)
		return;
	memcpy(word, *at, length);
	word[length] = '\0';
	*at += length;
	*at += strspn(*at, " ");
}

static bool begins(const char **at, const char *with)
{
	size_t length = strlen(with);

	if (strncmp(*at, with, length) != 0)
		return false;
	*at += length;
	*at += strspn(*at, " ");
	return true;
}

/* --- Stamp and end ------------------------------------------------------ */

static bool read_stars(const char **at, struct entry *entry)
{
	const char *stars = "[    *.******]";

	if (strncmp(*at, stars, strlen(stars)) != 0)
		return false;
	*at += strlen(stars);
	entry->untimed = true;
	return true;
}

static bool read_stamp(const char **at, struct entry *entry)
{
	const char *from = *at;
	uint64_t seconds;
	uint64_t micros;
	char *end;

	if (*from++ != '[')
		return false;
	from += strspn(from, " ");
	if (*from < '0' || *from > '9')
		return false;
	seconds = strtoull(from, &end, 10);
	if (*end != '.' || strspn(end + 1, "0123456789") != 6 || end[7] != ']')
		return false;
	micros = strtoull(end + 1, NULL, 10);
	entry->record.time =
		seconds * port_tick_hz() + micros * (port_tick_hz() / 1000000);
	*at = end + 8;
	return true;
}

/* " (12 more)", " (12 times)": cut off, and noted. */
static void read_times(char *line, struct entry *entry)
{
	char *from = strrchr(line, '(');
	char *end;
	unsigned long times;

	if (from == NULL || from == line || from[-1] != ' ' || from[1] < '0' ||
		from[1] > '9')
		return;
	times = strtoul(from + 1, &end, 10);
	entry->more = strcmp(end, " more)") == 0;
	entry->at_once = strcmp(end, " times)") == 0;
	if (!entry->more && !entry->at_once)
		return;
	entry->times = times < 1            ? 1
		       : times > UINT32_MAX ? UINT32_MAX
					    : (uint32_t)times;
	from[-1] = '\0';
}

/* --- Call, pages, status ------------------------------------------------- */

static bool read_function(const char *word, struct trace_record *record)
{
	size_t length = strlen(word);
	bool wide = length > 3 && strcmp(word + length - 3, "_64") == 0;
	char *end;

	if (strcmp(word, "-") == 0)
		return true;
	if (strncmp(word, "0x", 2) == 0) {
		record->func = (uint32_t)strtoul(word, &end, 16);
		return *end == '\0' && record->func != 0;
	}
	length -= wide ? 3 : 0;
	for (uint32_t func = FFA_ERROR; func <= (FFA_ERROR | 0xff); func++) {
		const char *name = ffa_func_name(func);

		if (name == NULL || strlen(name) != length ||
			strncmp(name, word, length) != 0)
			continue;
		record->func = func | (wide ? FFA_64 : 0);
		return true;
	}
	return false;
}

static void read_pages(const char **at, struct trace_record *record)
{
	char *end;
	unsigned long pages = strtoul(*at, &end, 10);
	const char *behind = end;

	if (end == *at ||
		(!begins(&behind, " pages") && !begins(&behind, " page")))
		return;
	record->pages = (uint32_t)pages;
	*at = behind;
}

static bool read_status(const char **at, struct trace_record *record)
{
	char word[WORD_SIZE];
	const char *from = *at;

	if (record->func == 0)
		return true;
	next_word(&from, word);
	for (int16_t status = 0; ffa_status_name(status) != NULL; status--) {
		if (strcmp(word, ffa_status_name(status)) != 0)
			continue;
		record->status = status;
		*at = from;
		return true;
	}
	return false;
}

/* --- What follows ------------------------------------------------------- */

static bool read_reason(const char *at, struct trace_record *record)
{
	size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	if (length == 0 || at[length] != ':')
		return false;
	for (enum reason reason = R_NONE + 1; reason < R_COUNT; reason++) {
		const char *name = reason_name(reason);

		if (strlen(name) == length && strncmp(name, at, length) == 0)
			record->reason = (uint16_t)reason;
	}
	return record->reason != R_NONE;
}

static void read_change(const char **at, struct trace_record *record)
{
	size_t longest = 0;

	for (enum trace_change change = TRACE_NOTHING + 1;
		change <= TRACE_FOLLOWED; change++) {
		const char *words = trace_change_words(change);
		size_t length = strlen(words);

		if (length <= longest || strncmp(*at, words, length) != 0 ||
			((*at)[length] != ' ' && (*at)[length] != '\0'))
			continue;
		longest = length;
		record->change = (uint8_t)change;
	}
	*at += longest;
	*at += strspn(*at, " ");
}

static bool read_peer(
	struct log *log, const char **at, struct trace_record *record)
{
	char word[WORD_SIZE];
	char *plus;

	next_word(at, word);
	plus = strrchr(word, '+');
	if (plus != NULL) {
		*plus = '\0';
		record->argument = strtoull(plus + 1, NULL, 10);
	}
	return word[0] != '\0' && log_id(log, word, &record->peer);
}

static bool read_version(const char **at, struct trace_record *record)
{
	char word[WORD_SIZE];
	char *end;
	uint64_t major;

	next_word(at, word);
	major = strtoull(word, &end, 10);
	if (end == word || *end != '.')
		return false;
	record->argument = major << 16 | (strtoull(end + 1, NULL, 10) & 0xffff);
	return true;
}

static bool read_argument(
	struct log *log, const char **at, struct trace_record *record)
{
	char word[WORD_SIZE];

	switch ((enum trace_change)record->change) {
	case TRACE_SHARED:
	case TRACE_LENT:
	case TRACE_DONATED:
	case TRACE_SWITCH:
	case TRACE_TOLD:
		return read_peer(log, at, record);
	case TRACE_VERSION:
		return read_version(at, record);
	case TRACE_CPU_ON:
	case TRACE_CPU_OFF:
		next_word(at, word);
		record->cpu = (uint16_t)strtoul(word, NULL, 10);
		return word[0] != '\0';
	case TRACE_ABORTED:
		if (begins(at, "with ")) {
			next_word(at, word);
			record->argument = strtoull(word, NULL, 16);
		}
		return true;
	case TRACE_INTERRUPT:
		next_word(at, word);
		record->argument = strtoull(word, NULL, 10);
		return !begins(at, "for ") || read_peer(log, at, record);
	case TRACE_NOTHING:
	case TRACE_MAPPED:
	case TRACE_OWNED:
	case TRACE_UNMAPPED:
	case TRACE_RESTORED:
	case TRACE_PERMITTED:
	case TRACE_BUFFERS:
	case TRACE_FOLLOWED:
	case TRACE_NO_BUFFERS:
	case TRACE_RX_FREE:
	case TRACE_INJECTED:
	case TRACE_PREEMPTED:
	case TRACE_LEDGER:
		break;
	}
	return true;
}

static void read_access(const char **at, struct trace_record *record)
{
	const char *letters = "rwx";
	uint8_t access = 0;

	for (unsigned i = 0; i < 3; i++) {
		if ((*at)[i] == letters[i])
			access |= (uint8_t)(1u << i);
		else if ((*at)[i] != '-')
			return;
	}
	record->access = access;
	*at += 3;
	*at += strspn(*at, " ");
}

static void read_memory(const char **at, struct trace_record *record)
{
	char *end;

	if (strncmp(*at, "0x", 2) != 0)
		return;
	record->base = strtoull(*at, &end, 16);
	record->ranges = 1;
	if (*end == '+')
		record->ranges += (uint32_t)strtoul(end + 1, &end, 10);
	*at = end + strspn(end, " ");
	read_access(at, record);
}

/* False where the line goes on in a way that a record cannot say. */
static bool read_rest(
	struct log *log, const char *at, struct trace_record *record)
{
	char word[WORD_SIZE];

	if (read_reason(at, record))
		return true;
	read_change(&at, record);
	if (!read_argument(log, &at, record))
		return false;
	read_memory(&at, record);
	if (begins(&at, "handle ")) {
		next_word(&at, word);
		record->handle = strtoull(word, NULL, 16);
	}
	return *at == '\0';
}

/* --- Lines -------------------------------------------------------------- */

static bool read_record(struct log *log, char *line, struct entry *entry)
{
	struct trace_record *record = &entry->record;
	char word[WORD_SIZE];
	const char *at = line;

	next_word(&at, word);
	if (!read_function(word, record))
		return false;
	read_pages(&at, record);
	if (!read_status(&at, record))
		return false;
	read_times(line, entry);
	if (at > line + strlen(line))
		at = "";
	if (!read_rest(log, at, record)) {
		record->change = TRACE_NOTHING;
		record->base = record->handle = 0;
		entry->text = log_copy(at, LINE_MAX_READ);
	}
	return true;
}

/* Who says it, and up to where the console has the next column. */
static bool read_who(struct log *log, char **at, struct entry *entry)
{
	char word[WORD_SIZE];
	size_t length = strcspn(*at, " ");

	if (length == 0 || length >= WORD_SIZE)
		return false;
	memcpy(word, *at, length);
	word[length] = '\0';
	*at += length;
	for (size_t i = length; **at == ' ' && (i == length || i < 8); i++)
		(*at)++;
	return log_id(log, word, &entry->record.who);
}

static bool read_line(struct log *log, char *line)
{
	struct entry entry = {.times = 1};
	const char *after = line;
	char *at;

	if (!read_stars(&after, &entry) && !read_stamp(&after, &entry))
		return false;
	at = line + (after - line);
	at += strspn(at, " ");
	if (!read_who(log, &at, &entry))
		return false;
	if (!read_record(log, at, &entry)) {
		entry.text = log_copy(at, LINE_MAX_READ);
		entry.kind =
			strncmp(at, "== ", 3) == 0 ? ENTRY_CHAPTER : ENTRY_NOTE;
		entry.record.func = 0;
		entry.record.pages = 0;
		entry.times = 1;
		entry.more = entry.at_once = false;
	}
	if (entry.record.time > log->latest)
		log->latest = entry.record.time;
	entry.order = log->latest;
	*log_add(log, entry.kind) = entry;
	return true;
}

int log_read_console(struct log *log, const uint8_t *bytes, size_t size)
{
	char line[LINE_MAX_READ + 1];
	bool any = false;
	size_t at = 0;

	while (at < size) {
		const uint8_t *end = memchr(bytes + at, '\n', size - at);
		size_t whole =
			end == NULL ? size - at : (size_t)(end - (bytes + at));
		size_t length = whole < LINE_MAX_READ ? whole : LINE_MAX_READ;

		memcpy(line, bytes + at, length);
		while (length > 0 &&
			(line[length - 1] == '\r' || line[length - 1] == ' '))
			length--;
		line[length] = '\0';
		any |= read_line(log, line);
		at += whole + 1;
	}
	return any ? 0 : -1;
}
