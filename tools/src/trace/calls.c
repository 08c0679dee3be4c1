/* Draws the calls: a lifeline a party, a row or two a call. */
#include "trace/svg.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"

#define FIRST_X 170
#define SPACING 176
#define TEXT_WIDTH 640
#define TEXT_MOST 94
#define HEAD 64
#define PARTIES_MAX (LOG_PARTIES_MAX + 3)

struct lines {
	const struct story *story;
	uint16_t party[PARTIES_MAX];
	unsigned count;
	bool cpus; /* there is more than one */
};

/* --- Parties, from virtual machines to secure partitions ---------------- */

static unsigned rank(const struct lines *lines, uint16_t id)
{
	if (id == FFA_ID_SPMD)
		return 0x10000;
	if (id == lines->story->log->spm.id)
		return 0x10001;
	if (id == FFA_ID_NWD)
		return 0x8000;
	return id & FFA_ID_SECURE ? 0x20000u + id : id;
}

static void add_party(struct lines *lines, uint16_t id)
{
	unsigned at = lines->count;

	for (unsigned i = 0; i < lines->count; i++)
		if (lines->party[i] == id)
			return;
	if (lines->count == PARTIES_MAX)
		return;
	for (; at > 0 && rank(lines, lines->party[at - 1]) > rank(lines, id);
		at--)
		lines->party[at] = lines->party[at - 1];
	lines->party[at] = id;
	lines->count++;
}

static struct lines lines_of(const struct story *story)
{
	struct lines lines = {.story = story};

	add_party(&lines, FFA_ID_NWD);
	add_party(&lines, FFA_ID_SPMD);
	add_party(&lines, story->log->spm.id);
	for (size_t i = 0; i < story->count; i++) {
		const struct entry *entry = story->shown[i].entry;

		add_party(&lines, entry->record.who);
		if (entry->record.change == TRACE_SWITCH)
			add_party(&lines, entry->record.peer);
		if (entry->has_next)
			add_party(&lines, entry->next);
		lines.cpus |= entry->record.cpu > 0;
	}
	return lines;
}

/* One that has no place is drawn at the end. */
static double x_of(const struct lines *lines, uint16_t id)
{
	unsigned at = 0;

	while (at + 1 < lines->count && lines->party[at] != id)
		at++;
	return FIRST_X + at * SPACING;
}

static double text_x(const struct lines *lines)
{
	return FIRST_X + (lines->count - 1) * SPACING + 40;
}

/* Where a call of this entry's caller goes. */
static double manager_x(const struct lines *lines, const struct entry *entry)
{
	return x_of(lines, is_vm(entry->record.who)
				   ? FFA_ID_NWD
				   : lines->story->log->spm.id);
}

/* --- Rows ---------------------------------------------------------------- */

enum row {
	ROW_CHAPTER,
	ROW_NOTE,
	ROW_EVENT,  /* no call */
	ROW_SWITCH, /* from party to party */
	ROW_PLAIN,  /* a call and its return */
	ROW_TOLD,   /* the same, with something to tell */
};

static const unsigned row_heights[] = {
	[ROW_CHAPTER] = 62,
	[ROW_NOTE] = 20,
	[ROW_EVENT] = 24,
	[ROW_SWITCH] = 32,
	[ROW_PLAIN] = 30,
	[ROW_TOLD] = 40,
};

static enum row row_of(const struct entry *entry)
{
	if (entry->kind == ENTRY_CHAPTER)
		return ROW_CHAPTER;
	if (entry->kind == ENTRY_NOTE)
		return ROW_NOTE;
	if (entry->kind == ENTRY_EXIT || entry->record.func == 0)
		return ROW_EVENT;
	if (entry->record.change == TRACE_SWITCH && !entry_refused(entry))
		return ROW_SWITCH;
	if (entry_refused(entry) || entry->record.handle != 0 ||
		entry->record.change != TRACE_NOTHING || entry->text != NULL)
		return ROW_TOLD;
	return ROW_PLAIN;
}

struct picture calls_size(const struct story *story)
{
	struct lines lines = lines_of(story);
	struct picture size = {
		.width = (unsigned)text_x(&lines) + TEXT_WIDTH,
		.height = HEAD + 30,
	};

	for (size_t i = 0; i < story->count; i++)
		size.height += row_heights[row_of(story->shown[i].entry)];
	if (story->left_out > 0)
		size.height += 30;
	return size;
}

/* --- Strokes ------------------------------------------------------------- */

static void draw_arrow(
	FILE *out, double from, double to, double y, const char *class)
{
	double way = to > from ? 1 : -1;

	fprintf(out,
		"<path d=\"M%.1f %.1fH%.1f\" class=\"wire %s\"/>"
		"<path d=\"M%.1f %.1fl%.0f -4m%.0f 4l%.0f 4\" "
		"class=\"wire%s\"/>\n",
		from, y, to, class, to, y, -6 * way, 6 * way, -6 * way,
		strstr(class, "wrong") ? " wrong" : "");
}

static void draw_dot(FILE *out, double x, double y, const char *class)
{
	fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" class=\"%s\"/>\n",
		x, y, class);
}

struct stroke {
	double from;
	double to;
	double y;
};

/* Where it begins, above it. */
static void draw_label(FILE *out, const struct stroke *stroke,
	const char *class, const char *text)
{
	bool left = stroke->to < stroke->from;
	char classes[64];

	snprintf(classes, sizeof(classes), "m halo %s %s", class,
		left ? "end" : "");
	svg_text(out, stroke->from + (left ? -8 : 8), stroke->y - 5, classes,
		text);
}

/* --- A call -------------------------------------------------------------- */

static void draw_call(FILE *out, const struct lines *lines,
	const struct entry *entry, double y, enum row row)
{
	double who = x_of(lines, entry->record.who);
	double spmc = manager_x(lines, entry);
	double next = entry->has_next ? x_of(lines, entry->next) : who;
	bool refused = entry_refused(entry);
	char call[32];
	char status[32];
	char text[80];

	snprintf(text, sizeof(text), "%s%s%s", entry_call(entry, call),
		row == ROW_PLAIN ? ": " : "",
		row == ROW_PLAIN ? entry_status(entry, status) : "");
	draw_label(out, &(struct stroke){who, spmc, y + 17}, "", text);
	draw_arrow(out, who, spmc, y + 17, "");
	if (row == ROW_TOLD) {
		draw_label(out, &(struct stroke){next, spmc, y + 34},
			refused ? "bad" : "ok", entry_status(entry, status));
		y += 11;
	}
	draw_arrow(out, spmc, next, y + 23, refused ? "back wrong" : "back");
	/* EL3 does not hand this on, but asks by a message of its own. */
	if (entry->record.func == FFA_VERSION &&
		entry->record.who == FFA_ID_NWD) {
		draw_dot(out, x_of(lines, FFA_ID_SPMD),
			y + (row == ROW_TOLD ? 6 : 17), "own");
		draw_dot(out, x_of(lines, FFA_ID_SPMD), y + 23, "own");
	}
}

static bool is_response(uint32_t func)
{
	return (func & ~FFA_64) == FFA_MSG_SEND_DIRECT_RESP ||
	       func == FFA_MSG_SEND_DIRECT_RESP2;
}

static void draw_switch(FILE *out, const struct lines *lines,
	const struct entry *entry, double y)
{
	double who = x_of(lines, entry->record.who);
	double spmc = manager_x(lines, entry);
	double peer = x_of(lines, entry->record.peer);
	const char *way = is_response(entry->record.func) ? " back" : "";
	char call[32];

	draw_label(out, &(struct stroke){who, spmc, y + 17}, "",
		entry_call(entry, call));
	fprintf(out, "<path d=\"M%.1f %.1fH%.1fv8\" class=\"wire%s\"/>", who,
		y + 17, spmc, way);
	draw_arrow(out, spmc, peer, y + 25, way);
	draw_dot(out, spmc, y + 17, "own");
}

static void draw_fault(FILE *out, double x, double y)
{
	fprintf(out,
		"<path d=\"M%.1f %.1fl7 7l-7 7l-7 -7z\" class=\"fault\"/>\n", x,
		y - 7);
}

static void draw_event(FILE *out, const struct lines *lines,
	const struct entry *entry, double y)
{
	double who = x_of(lines, entry->record.who);
	double spmc = manager_x(lines, entry);
	double next = entry->has_next ? x_of(lines, entry->next) : who;
	enum trace_change change = (enum trace_change)entry->record.change;

	y += 13;
	if (change == TRACE_ABORTED)
		fprintf(out,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"14\" "
			"height=\"14\" class=\"no\"/>",
			who - 7, y - 7);
	else if (change == TRACE_INJECTED)
		draw_fault(out, who, y);
	else
		draw_dot(out, who, y, "own");
	if (entry->kind == ENTRY_EXIT || next != who)
		draw_arrow(out, who, next, y, "back");
	else if (who != spmc && change != TRACE_INJECTED)
		draw_arrow(out, who, spmc, y, "back");
}

/* --- What stands beside -------------------------------------------------- */

static void draw_time(FILE *out, const struct lines *lines,
	const struct entry *entry, double y)
{
	int64_t micros = entry_microseconds(entry);
	char text[48];

	if (!entry->untimed) {
		snprintf(text, sizeof(text), "%" PRId64 ".%06" PRId64,
			micros / 1000000, micros % 1000000);
		svg_text(out, 84, y, "m q end", text);
	}
	if (lines->cpus && entry->numbered) {
		snprintf(text, sizeof(text), "cpu%u", entry->record.cpu);
		svg_text(out, 92, y, "m q", text);
	}
}

static void draw_rest(FILE *out, const struct lines *lines,
	const struct shown *shown, double y)
{
	const struct entry *entry = shown->entry;
	double x = text_x(lines);
	char rest[LOG_LINE_SIZE];
	char times[32];

	if (shown->times > 1) {
		snprintf(times, sizeof(times), TIMES_SIGN " %" PRIu64,
			shown->times);
		svg_text(out, x, y, "m b", times);
		x += (double)(strlen(times) + 1) * CHARACTER;
	}
	entry_rest(lines->story->log, entry, rest);
	if (entry->kind == ENTRY_EXIT)
		strcpy(rest, "no call: somebody else goes on");
	svg_short(rest, TEXT_MOST);
	if (row_of(entry) == ROW_SWITCH)
		return;
	svg_text(out, x, y,
		entry_refused(entry) ||
				entry->record.change == TRACE_INJECTED ||
				entry->record.change == TRACE_ABORTED
			? "m bad"
			: "m",
		rest);
}

static const char *head_of(
	const struct lines *lines, uint16_t id, char name[32])
{
	if (id == FFA_ID_NWD)
		return is_vm(lines->party[0]) ? "hypervisor" : "normal world";
	if (id == FFA_ID_SPMD)
		return "EL3 (SPMD)";
	if (id == lines->story->log->spm.id)
		return "Escrow";
	return log_name(lines->story->log, id, name);
}

/* The parties' names come again: a picture is long. */
static void draw_chapter(
	FILE *out, const struct lines *lines, const char *words, double y)
{
	char text[TEXT_MOST + 1];
	char name[32];

	snprintf(text, sizeof(text), "%s", words);
	fprintf(out, "<path d=\"M12 %.1fH%.1f\" class=\"rule\"/>", y + 14,
		text_x(lines) + TEXT_WIDTH - 12);
	svg_text(out, 12, y + 34, "c halo", text);
	for (unsigned i = 0; i < lines->count; i++)
		svg_text(out, FIRST_X + i * SPACING, y + 54, "q mid halo",
			head_of(lines, lines->party[i], name));
}

static void draw_words(FILE *out, const struct lines *lines,
	const struct entry *entry, double y)
{
	const char *text = entry->text + strspn(entry->text, " =");
	char words[TEXT_MOST + 1];

	if (entry->kind == ENTRY_CHAPTER) {
		draw_chapter(out, lines, text, y);
		return;
	}
	snprintf(words, sizeof(words), "%s", text);
	draw_dot(out, x_of(lines, entry->record.who), y + 10, "ok");
	svg_text(out, text_x(lines), y + 14, "ok", words);
}

static void draw_row(
	FILE *out, const struct lines *lines, size_t index, double y)
{
	const struct shown *shown = &lines->story->shown[index];
	const struct entry *entry = shown->entry;
	enum row row = row_of(entry);
	unsigned width = (unsigned)text_x(lines) + TEXT_WIDTH;

	svg_entry(out, lines->story, index);
	fprintf(out,
		"<rect x=\"6\" y=\"%.1f\" width=\"%u\" height=\"%u\" "
		"class=\"hit\"/>\n",
		y + 1, width - 12, row_heights[row]);
	if (row == ROW_CHAPTER || row == ROW_NOTE) {
		draw_words(out, lines, entry, y);
	} else {
		double line = y + (row == ROW_TOLD ? 25 : 19);

		draw_time(out, lines, entry, y + 17);
		if (row == ROW_SWITCH)
			draw_switch(out, lines, entry, y);
		else if (row == ROW_EVENT)
			draw_event(out, lines, entry, y);
		else
			draw_call(out, lines, entry, y, row);
		draw_rest(out, lines, shown, line);
	}
	fputs("</g>\n", out);
}

static void draw_lifelines(
	FILE *out, const struct lines *lines, unsigned height)
{
	for (unsigned i = 0; i < lines->count; i++)
		fprintf(out, "<path d=\"M%d %dV%u\" class=\"life\"/>\n",
			FIRST_X + (int)i * SPACING, HEAD - 4, height - 12);
}

/* The page keeps them in view; drawn last, they hide what is under them. */
static void draw_heads(FILE *out, const struct lines *lines, unsigned width)
{
	fprintf(out,
		"<g class=\"stick-y\"><rect width=\"%u\" height=\"%d\" "
		"fill=\"#fff\"/>\n",
		width, HEAD);
	svg_text(out, 12, 22, "t", "Calls across worlds");
	for (unsigned i = 0; i < lines->count; i++) {
		double x = FIRST_X + i * SPACING;
		char name[32];

		fprintf(out,
			"<rect x=\"%.1f\" y=\"%d\" width=\"120\" height=\"22\" "
			"rx=\"4\" fill=\"#eef2f7\" stroke=\"#9aa5b4\"/>",
			x - 60, HEAD - 26);
		svg_text(out, x, HEAD - 11, "b mid",
			head_of(lines, lines->party[i], name));
	}
	fputs("</g>\n", out);
}

void calls_write(FILE *out, const struct story *story, unsigned y)
{
	struct lines lines = lines_of(story);
	struct picture size = calls_size(story);
	double at = HEAD + 4;
	char text[80];

	svg_begin(out, size, y);
	draw_lifelines(out, &lines, size.height);
	for (size_t i = 0; i < story->count; i++) {
		draw_row(out, &lines, i, at);
		at += row_heights[row_of(story->shown[i].entry)];
	}
	if (story->left_out > 0) {
		snprintf(text, sizeof(text),
			"%zu more are not drawn: see "
			"--from, --to, --who",
			story->left_out);
		svg_text(out, 12, at + 20, "b", text);
	}
	draw_heads(out, &lines, size.width);
	fputs("</svg>\n", out);
}
