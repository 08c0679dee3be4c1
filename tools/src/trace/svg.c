/* See svg.h. */
#include "trace/svg.h"

#include <inttypes.h>
#include <string.h>

static const char style[] =
	"<style>\n"
	"svg{font-family:sans-serif;font-size:12px;fill:#1f2733}\n"
	".m{font-family:monospace;font-size:11px}\n"
	".b{font-weight:bold}\n"
	".t{font-size:15px;font-weight:bold}\n"
	".c{font-size:13px;font-weight:bold}\n"
	".q{fill:#566274}\n"
	".end{text-anchor:end}\n"
	".mid{text-anchor:middle}\n"
	".bad{fill:#b3261e;font-weight:bold}\n"
	".halo{paint-order:stroke;stroke:#fff;stroke-width:3px;"
	"stroke-linejoin:round}\n"
	".ok{fill:#2f6b3f}\n"
	".grid{stroke:#e9edf2}\n"
	".rule{stroke:#9aa5b4}\n"
	".life{stroke:#aab4c2;stroke-dasharray:3 3}\n"
	".wire{stroke:#33404f;stroke-width:1.3;fill:none}\n"
	".back{stroke-dasharray:4 3}\n"
	".wrong{stroke:#b3261e;stroke-width:1.6}\n"
	".own{fill:#1f2a44;stroke:none}\n"
	".r{fill:#cfe2f5;stroke:#4f81b3}\n"
	".rw{fill:#c3e6cd;stroke:#3d8b59}\n"
	".rx{fill:#fbe6b6;stroke:#b58a1d}\n"
	".rwx{fill:#e0d4f2;stroke:#7a5fae}\n"
	".other{fill:#e6e9ee;stroke:#7c8796}\n"
	".away{fill:#fff;stroke:#7c8796;stroke-dasharray:4 3}\n"
	".offer{stroke:#7c8796;stroke-dasharray:1 4;stroke-width:2;"
	"stroke-linecap:round}\n"
	".no{fill:#b3261e;stroke:#fff}\n"
	".cross{stroke:#fff;stroke-width:1.8}\n"
	".fault{fill:#fff;stroke:#b3261e;stroke-width:1.6}\n"
	".ground{fill:#fff;fill-opacity:.85}\n"
	".quiet{opacity:.5}\n"
	".hit{fill:transparent}\n"
	".e:hover .hit,.hot .hit{fill:#ffd54a;fill-opacity:.28}\n"
	".dim{opacity:.18}\n"
	"</style>\n";

void svg_style(FILE *out)
{
	fputs(style, out);
}

/* The source of a reason begins with it: UTF-8, two bytes. */
#define SECTION_SIGN "\u00a7"

void xml_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strncmp(text, SECTION_SIGN, 2) == 0) {
			fputs("&#167;", out);
			text++;
			continue;
		}
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		case '\1': /* TIMES_SIGN */
			fputs("&#215;", out);
			break;
		default:
			putc(*text >= ' ' && *text <= '~' ? *text : '?', out);
		}
	}
}

void svg_begin(FILE *out, struct picture size, unsigned y)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
		"height=\"%u\" viewBox=\"0 0 %u %u\" y=\"%u\">\n",
		size.width, size.height, size.width, size.height, y);
	fprintf(out, "<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>\n",
		size.width, size.height);
}

void shown_line(
	const struct story *story, size_t index, char line[LOG_LINE_SIZE + 32])
{
	const struct shown *shown = &story->shown[index];

	log_line(story->log, shown->entry, line);
	if (shown->times > 1 && !shown->entry->more && !shown->entry->at_once)
		snprintf(line + strlen(line), 32, " (%" PRIu64 " times)",
			shown->times);
}

void svg_entry(FILE *out, const struct story *story, size_t index)
{
	char line[LOG_LINE_SIZE + 32];

	shown_line(story, index, line);
	fprintf(out, "<g class=\"e\" data-e=\"%zu\"><title>", index);
	xml_text(out, line);
	fputs("</title>", out);
}

void svg_text(
	FILE *out, double x, double y, const char *class, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	xml_text(out, text);
	fputs("</text>\n", out);
}

void svg_short(char *text, size_t most)
{
	if (most < 3)
		most = 3;
	if (strlen(text) > most)
		strcpy(text + most - 2, "..");
}

void access_word(uint8_t access, char word[4])
{
	word[0] = access & TRACE_READ ? 'r' : '-';
	word[1] = access & TRACE_WRITE ? 'w' : '-';
	word[2] = access & TRACE_EXECUTE ? 'x' : '-';
	word[3] = '\0';
}

const char *access_class(uint8_t access)
{
	switch (access) {
	case TRACE_READ:
		return "r";
	case TRACE_READ | TRACE_WRITE:
		return "rw";
	case TRACE_READ | TRACE_EXECUTE:
		return "rx";
	case TRACE_READ | TRACE_WRITE | TRACE_EXECUTE:
		return "rwx";
	default:
		return "other";
	}
}
