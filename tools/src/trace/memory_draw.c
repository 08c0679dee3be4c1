/* Draws memory over time. */
#include "trace/memory.h"

#include <inttypes.h>
#include <string.h>

#define LANE 22
#define GAP 16
#define LEGEND_TOP 34
#define LEGEND_WIDTH 1330
#define CHAPTERS_TOP 72
#define HEADER_BOTTOM 210
#define REGIONS_TOP (HEADER_BOTTOM + 8)
#define BAR 16
#define THIN 4
/* Headings of the last columns reach beyond them. */
#define MARGIN 110

static unsigned region_height(const struct region *region)
{
	return region->lanes * LANE + GAP;
}

struct picture memory_size(const struct memory *memory)
{
	struct picture size = {
		.width = (unsigned)memory->right + MARGIN,
		.height = HEADER_BOTTOM + 16,
	};

	for (size_t i = 0; i < memory->regions; i++)
		size.height += region_height(&memory->region[i]);
	if (size.width < LEGEND_WIDTH)
		size.width = LEGEND_WIDTH;
	return size;
}

static double left_of(const struct memory *memory, size_t column)
{
	return column < memory->columns ? memory->column[column].x
					: memory->right;
}

/* --- Marks --------------------------------------------------------------- */

static void draw_refused(FILE *out, double x, double y)
{
	fprintf(out,
		"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"7.5\" class=\"no\"/>"
		"<path d=\"M%.1f %.1fl6 6m0-6l-6 6\" class=\"cross\"/>\n",
		x, y, x - 3, y - 3);
}

static void draw_fault(FILE *out, double x, double y, uint8_t access)
{
	const char *letter = access & TRACE_EXECUTE ? "x"
			     : access & TRACE_WRITE ? "w"
						    : "r";

	fprintf(out, "<path d=\"M%.1f %.1fl9 9l-9 9l-9 -9z\" class=\"fault\"/>",
		x, y - 9);
	svg_text(out, x, y + 3.5, "m mid bad", letter);
}

static void draw_stopped(FILE *out, double x, double y)
{
	fprintf(out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"14\" height=\"14\" "
		"class=\"no\"/>",
		x - 7, y - 7);
}

static void draw_mark(FILE *out, const struct memory *memory,
	const struct item *item, double y)
{
	double x = left_of(memory, item->column) + 13;
	char label[40];

	svg_entry(out, memory->story, item->shown);
	if (item->guessed)
		fputs("<desc>The trace does not say which memory: drawn "
		      "where the caller was concerned last.</desc>",
			out);
	if (item->kind == ITEM_FAULT)
		draw_fault(out, x, y, item->access);
	else if (item->kind == ITEM_REFUSED)
		draw_refused(out, x, y);
	else
		draw_stopped(out, x, y);
	item_label(memory, item, label);
	if (label[0] != '\0')
		fprintf(out,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			"height=\"12\" class=\"ground\"/>",
			x + 9, y - 6, (double)strlen(label) * CHARACTER + 3);
	svg_text(out, x + 11, y + 4, "m bad", label);
	fputs("</g>\n", out);
}

/* --- Spans --------------------------------------------------------------- */

struct bar {
	double from;
	double to;
	double y; /* its middle */
	double height;
};

static void draw_bar(FILE *out, const char *class, struct bar bar)
{
	if (bar.to - bar.from < 1)
		return;
	fprintf(out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		"rx=\"2\" class=\"%s\"/>",
		bar.from, bar.y - bar.height / 2, bar.to - bar.from, bar.height,
		class);
}

static const char *span_class(const struct item *item)
{
	if (item->hold == HOLD_LENT || item->hold == HOLD_GIVEN)
		return "away";
	return item->known ? access_class(item->access) : "other";
}

static void draw_held(
	FILE *out, const struct item *item, double from, double to, double y)
{
	if (item->hold == HOLD_OFFERED) {
		fprintf(out, "<path d=\"M%.1f %.1fH%.1f\" class=\"offer\"/>\n",
			from + 4, y, to - 2);
		return;
	}
	draw_bar(out, span_class(item), (struct bar){from + 1, to - 1, y, BAR});
	if (item->hold != HOLD_BORROWED)
		draw_bar(out, "own",
			(struct bar){from + 1, to - 1, y + BAR / 2 + 0.5, 3});
	fputs("\n", out);
}

/* Before something happens with the region, and after that. */
static void draw_quiet(
	FILE *out, const struct item *item, double from, double to, double y)
{
	if (item->hold == HOLD_OFFERED)
		return;
	fputs("<g class=\"quiet\">", out);
	draw_bar(out, span_class(item), (struct bar){from, to, y, THIN});
	if (item->hold != HOLD_BORROWED)
		draw_bar(out, "own", (struct bar){from, to, y + THIN, 1.5});
	fputs("</g>\n", out);
}

static void draw_span(FILE *out, const struct memory *memory,
	const struct region *region, const struct item *item, double y)
{
	double from = left_of(memory, item->column);
	double to = left_of(memory, item->last);
	double first = left_of(memory, region->first);
	double last = left_of(memory, region->touched + 1);
	double busy = from > first ? from : first;
	char label[40];

	if (from < first)
		draw_quiet(out, item, from, first, y);
	if (to > last)
		draw_quiet(out, item, last, to, y);
	if (to > last)
		to = last;
	if (to <= busy)
		return;
	draw_held(out, item, busy, to, y);
	item_label(memory, item, label);
	if (to - busy >= (double)strlen(label) * CHARACTER)
		svg_text(out, busy + 4, y + 3.5, "m", label);
}

static void draw_lane(FILE *out, const struct memory *memory,
	const struct region *region, const struct lane *lane, double y)
{
	for (size_t i = 0; i < lane->count; i++)
		if (lane->item[i].kind == ITEM_SPAN)
			draw_span(out, memory, region, &lane->item[i], y);
	for (size_t i = 0; i < lane->count; i++)
		if (lane->item[i].kind != ITEM_SPAN)
			draw_mark(out, memory, &lane->item[i], y);
}

static void begin_band(
	FILE *out, const struct memory *memory, const struct region *region)
{
	char name[32];

	fprintf(out, "<g class=\"band\" data-t=\"%#" PRIx64, region->base);
	for (unsigned i = 0; i < region->lanes; i++) {
		putc(' ', out);
		xml_text(out, log_name(memory->story->log,
				      region->lane[i].party, name));
	}
	fputs("\">\n", out);
}

static void draw_region(FILE *out, const struct memory *memory,
	const struct region *region, unsigned y)
{
	begin_band(out, memory, region);
	fprintf(out,
		"<path d=\"M8 %uH%.0f\" class=\"grid\" "
		"stroke-width=\"1.5\"/>\n",
		y - 4, memory->right);
	for (unsigned i = 0; i < region->lanes; i++)
		draw_lane(out, memory, region, &region->lane[i],
			y + i * LANE + LANE / 2.0);
	fputs("</g>\n", out);
}

static void draw_names(FILE *out, const struct memory *memory,
	const struct region *region, unsigned y)
{
	char name[32];
	char text[64];

	begin_band(out, memory, region);
	snprintf(text, sizeof(text), "%#" PRIx64, region->base);
	svg_text(out, 12, y + 15, "m b", text);
	snprintf(text, sizeof(text), "%u page%s", region->pages,
		region->pages == 1 ? "" : "s");
	if (region->ranges > 1)
		snprintf(text + strlen(text), 32, ", +%u ranges",
			region->ranges - 1);
	if (region->faults)
		strcpy(text, "faults only");
	svg_text(out, 12, y + 31, "q", text);
	for (unsigned i = 0; i < region->lanes; i++) {
		snprintf(text, sizeof(text), "%s",
			log_name(memory->story->log, region->lane[i].party,
				name));
		svg_short(text, 12);
		svg_text(out, MEMORY_LEFT - 10, y + i * LANE + LANE / 2.0 + 4,
			"m end", text);
	}
	fputs("</g>\n", out);
}

/* The page keeps it in view; drawn last, it hides what is under it. */
static void draw_gutter(FILE *out, const struct memory *memory, unsigned height)
{
	unsigned top = REGIONS_TOP;

	fprintf(out,
		"<g class=\"stick-x\"><rect y=\"%d\" width=\"%d\" "
		"height=\"%u\" fill=\"#fff\"/>\n",
		CHAPTERS_TOP - 10, MEMORY_LEFT - 1, height - CHAPTERS_TOP);
	for (size_t i = 0; i < memory->regions; i++) {
		draw_names(out, memory, &memory->region[i], top);
		top += region_height(&memory->region[i]);
	}
	fputs("</g>\n", out);
}

/* --- Head ---------------------------------------------------------------- */

static void draw_sample(
	FILE *out, double *x, enum hold what, uint8_t access, const char *text)
{
	struct item item = {
		.hold = what, .known = access != 0, .access = access};
	char word[4];

	draw_held(out, &item, *x, *x + 34, LEGEND_TOP + 10);
	access_word(access, word);
	if (what == HOLD_BORROWED)
		svg_text(out, *x + 6, LEGEND_TOP + 13.5, "m",
			item.known ? word : "?");
	svg_text(out, *x + 40, LEGEND_TOP + 14, "q", text);
	*x += 56 + (double)strlen(text) * 6.2;
}

static void draw_legend(FILE *out)
{
	double x = 12;

	draw_sample(out, &x, HOLD_BORROWED, TRACE_READ, "read");
	draw_sample(out, &x, HOLD_BORROWED, TRACE_READ | TRACE_WRITE, "write");
	draw_sample(
		out, &x, HOLD_BORROWED, TRACE_READ | TRACE_EXECUTE, "execute");
	draw_sample(out, &x, HOLD_BORROWED,
		TRACE_READ | TRACE_WRITE | TRACE_EXECUTE, "all");
	draw_sample(out, &x, HOLD_OWN, TRACE_READ | TRACE_WRITE,
		"thick line: the owner");
	draw_sample(out, &x, HOLD_BORROWED, 0, "not told");
	draw_sample(out, &x, HOLD_LENT, 0, "owner without access");
	draw_sample(out, &x, HOLD_OFFERED, 0, "may retrieve it");
	draw_refused(out, x + 8, LEGEND_TOP + 10);
	svg_text(out, x + 22, LEGEND_TOP + 14, "q", "refused");
	draw_fault(out, x + 88, LEGEND_TOP + 10, TRACE_WRITE);
	svg_text(out, x + 102, LEGEND_TOP + 14, "q", "access stopped");
	draw_stopped(out, x + 206, LEGEND_TOP + 10);
	svg_text(out, x + 220, LEGEND_TOP + 14, "q", "party stopped");
}

/* In two lines where one is too short. */
static void draw_title(FILE *out, const char *title, double x, double width)
{
	size_t most = (size_t)(width / TITLE_CHARACTER);
	size_t split = strlen(title);
	char text[128];

	while (split > most && split > 0) {
		do
			split--;
		while (split > 0 && title[split] != ' ');
	}
	if (split == 0)
		split = most < strlen(title) ? most : strlen(title);
	snprintf(text, sizeof(text), "%.*s", (int)split, title);
	svg_text(out, x, CHAPTERS_TOP + 9, "c", text);
	title += split + (title[split] == ' ');
	snprintf(text, sizeof(text), "%s", title);
	svg_short(text, most);
	svg_text(out, x, CHAPTERS_TOP + 25, "c", text);
}

static void draw_chapters(
	FILE *out, const struct memory *memory, unsigned bottom)
{
	const struct story *story = memory->story;

	for (size_t i = 0; i < memory->chapters; i++) {
		const struct chapter *chapter = &memory->chapter[i];
		double from = left_of(memory, chapter->column);
		double to = i + 1 < memory->chapters
				    ? left_of(memory, chapter[1].column)
				    : memory->right + MARGIN;

		if (to - from < 2)
			continue;
		svg_entry(out, story, chapter->shown);
		fprintf(out, "<path d=\"M%.1f %dV%u\" class=\"rule\"/>", from,
			CHAPTERS_TOP - 4, bottom - 8);
		draw_title(out, story->shown[chapter->shown].entry->text + 3,
			from + 5, to - from - 8);
		fputs("</g>\n", out);
	}
}

/* RETRIEVE, of MEM_RETRIEVE_REQ_64. */
static void short_call(const struct entry *entry, char text[64])
{
	char buffer[32];
	const char *call = entry_call(entry, buffer);
	char *end;

	if (entry->record.change == TRACE_INJECTED)
		call = "fault";
	else if (entry->record.change == TRACE_ABORTED)
		call = "stopped";
	else if (strncmp(call, "MEM_", 4) == 0)
		call += 4;
	snprintf(text, 64, "%s", call);
	end = strstr(text, "_REQ");
	if (end == NULL)
		end = strstr(text, "_64");
	if (end != NULL)
		*end = '\0';
}

static void draw_column(FILE *out, const struct memory *memory,
	const struct column *column, unsigned bottom)
{
	const struct shown *shown = &memory->story->shown[column->shown];
	double x = column->x + 13;
	char name[32];
	char call[64];
	char text[160];

	short_call(shown->entry, call);
	snprintf(text, sizeof(text), "%s %s",
		log_name(memory->story->log, shown->entry->record.who, name),
		call);
	if (shown->times > 1)
		snprintf(text + strlen(text), 32, " " TIMES_SIGN "%" PRIu64,
			shown->times);
	svg_entry(out, memory->story, column->shown);
	fprintf(out,
		"<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" "
		"class=\"hit\"/><path d=\"M%.1f %dV%u\" class=\"grid\"/>",
		column->x, HEADER_BOTTOM - 14, column->width,
		(int)bottom - HEADER_BOTTOM + 6, column->x, HEADER_BOTTOM,
		bottom - 8);
	fprintf(out,
		"<text transform=\"translate(%.1f %d) rotate(-48)\" "
		"class=\"m%s\">",
		x + 2, HEADER_BOTTOM - 10,
		entry_refused(shown->entry) ||
				shown->entry->record.change == TRACE_INJECTED
			? " bad"
			: "");
	xml_text(out, text);
	fputs("</text></g>\n", out);
}

void memory_write(FILE *out, const struct memory *memory, unsigned y)
{
	struct picture size = memory_size(memory);
	unsigned top = REGIONS_TOP;

	svg_begin(out, size, y);
	svg_text(out, 12, 22, "t", "Who owns and who can access what");
	draw_legend(out);
	for (size_t i = 0; i < memory->columns; i++)
		draw_column(out, memory, &memory->column[i], size.height);
	draw_chapters(out, memory, size.height);
	for (size_t i = 0; i < memory->regions; i++) {
		draw_region(out, memory, &memory->region[i], top);
		top += region_height(&memory->region[i]);
	}
	draw_gutter(out, memory, size.height);
	if (memory->columns == 0)
		svg_text(out, 12, HEADER_BOTTOM, "q",
			"No call of this trace concerned memory.");
	fputs("</svg>\n", out);
}
